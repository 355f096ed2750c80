/* One trial; see trial.h. */
#include "trial.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "collect.h"
#include "json.h"
#include "ledger.h"
#include "observer.h"

#define POLL_NS (10 * NSEC_PER_MSEC)
#define SETTLE_POLL_NS (2 * NSEC_PER_MSEC)
#define SETTLE_STILL 3 /* looks in a row without a change */
/* When frames are missing: they may be with a kernel thread that waits for its CPU. */
#define SETTLE_LOSS_NS (50 * NSEC_PER_MSEC)
/* When frames are unexplained: time for the last excuse of a busy machine. */
#define SETTLE_UNEXPLAINED_NS (400 * NSEC_PER_MSEC)
#define SETTLE_PATIENCE_NS (2 * NSEC_PER_SEC)
#define SEND_GRACE_NS (10 * NSEC_PER_SEC) /* for a worker to say that it has ended */
#define WARM_UP_TRIES 3
#define WARM_UP_FRAMES_A_FLOW 4
#define WARM_UP_PPS 50000.0
#define WARM_UP_SECONDS 2.0 /* of one that is repeated, at most */

void trial_add_reason(struct trial *trial, const char *fmt, ...)
{
	char *reason = trial->reasons[trial->n_reasons];
	va_list ap;
	size_t i;

	if (trial->n_reasons == TRIAL_REASONS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(trial->reasons[0]), fmt, ap);
	va_end(ap);
	for (i = 0; i < trial->n_reasons; i++)
		if (!strcmp(trial->reasons[i], reason))
			return;
	trial->n_reasons++;
}

void trial_free(struct trial *trial)
{
	size_t i;

	for (i = 0; i < PLAN_SIDES_MAX; i++) {
		json_decref(trial->before[i]);
		json_decref(trial->after[i]);
		json_decref(trial->details_before[i]);
		json_decref(trial->details[i]);
		trial->before[i] = trial->after[i] = NULL;
		trial->details_before[i] = trial->details[i] = NULL;
	}
	sampler_free(trial->sampler);
	trial->sampler = NULL;
}

/* Ask every side that has a part in traffic. */
static int call_all(struct trial_env *env, bool (*which)(const struct side *), const char *op,
		    const json_t *args, struct error *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < env->n_sides; i++)
		if (which(&env->sides[i]))
			ret = side_call(&env->sides[i], op, args, env->wake_fd, NULL, err);
	return ret;
}

static bool takes_part(const struct side *side)
{
	return side->plan->role != ROLE_OBSERVER;
}

/*
 * What is received by a tap goes on into the stack and ends there as a drop, and an XDP check drops
 * what it has seen; both tell ours from others themselves.
 */
static enum observer_mode observer_wanted(const struct trial_env *env)
{
	size_t i;

	if (env->traffic->observer != OBSERVER_MODE_AUTO)
		return env->traffic->observer;
	for (i = 0; i < env->n_paths; i++) {
		const struct side *to = &env->sides[env->paths[i].to];
		struct ledger_path path = {0};

		if (env->paths[i].to < 0)
			continue;
		path.rx_endpoint = side_endpoint(to);
		path.rx_mode = to->mode;
		ledger_path_complete(&path);
		if (!strcmp(path.rx_into, "tap") || !strcmp(path.rx_into, "check"))
			return OBSERVER_MODE_OFF;
	}
	return OBSERVER_MODE_COUNTERS;
}

static json_t *epoch_request(const struct trial_env *env, const struct side *side)
{
	json_t *args = json_pack("{s:i, s:i, s:I, s:i}", "epoch", (int)*env->epoch, "streams",
				 (int)env->streams, "max_seq", (json_int_t)env->max_seq, "observer",
				 (int)observer_wanted(env));
	size_t i;

	for (i = 0; i < env->n_paths; i++) {
		const struct path *path = &env->paths[i];

		if (path->from == side->index) {
			json_put_u64(args, "tx_first", path->first_stream);
			json_put_u64(args, "tx_flows", path->flows);
		}
		if (path->to == side->index) {
			json_put_u64(args, "rx_first", path->first_stream);
			json_put_u64(args, "rx_flows", path->flows);
		}
	}
	return args;
}

static int begin_epoch(struct trial_env *env, struct error *err)
{
	size_t i;
	int ret = 0;

	++*env->epoch;
	for (i = 0; !ret && i < env->n_sides; i++) {
		json_t *args;

		if (!takes_part(&env->sides[i]))
			continue;
		args = epoch_request(env, &env->sides[i]);
		ret = side_call(&env->sides[i], "trial", args, env->wake_fd, NULL, err);
		json_decref(args);
	}
	return ret;
}

static uint64_t paced_frames(double rate_pps, uint64_t duration_ns)
{
	return (uint64_t)(rate_pps * (double)duration_ns / 1e9 + 0.5);
}

static uint64_t trial_frames(const struct trial_env *env)
{
	const struct traffic_config *t = env->traffic;
	uint64_t n = env->frames_bound;

	if (!isinf(t->rate_pps))
		n = paced_frames(t->rate_pps, t->duration_ns);
	return t->frames && t->frames < n ? t->frames : n;
}

/* rate INFINITY: as fast as it goes. */
static int start_generators(struct trial_env *env, double rate, uint64_t frames,
			    uint64_t duration_ns, bool warm_up, struct error *err)
{
	json_t *args = json_pack("{s:I, s:I, s:b}", "frames", (json_int_t)frames, "duration_ns",
				 (json_int_t)duration_ns, "warm_up", warm_up);
	int ret;

	if (!isinf(rate))
		json_put_num(args, "rate_pps", rate);
	ret = call_all(env, side_generates, "tx_start", args, err);
	json_decref(args);
	return ret;
}

static bool sends_to_a_sink(const struct trial_env *env, size_t side)
{
	size_t i;

	for (i = 0; i < env->n_paths; i++)
		if (env->paths[i].from == (int)side && env->paths[i].to >= 0)
			return true;
	return false;
}

/*
 * Sums over the sides: is any generator at work, frames that were taken and should come to a
 * sink, frames that did.
 */
static int progress_all(struct trial_env *env, bool *sending, uint64_t *accepted, uint64_t *arrived,
			struct error *err)
{
	size_t i;

	*sending = false;
	*accepted = *arrived = 0;
	for (i = 0; i < env->n_sides; i++) {
		json_t *reply, *tx;
		int ret;

		if (!takes_part(&env->sides[i]))
			continue;
		ret = side_call(&env->sides[i], "progress", NULL, env->wake_fd, &reply, err);
		if (ret)
			return ret;
		tx = json_object_get(reply, "tx");
		*sending |= json_flag(tx, "running", false);
		if (sends_to_a_sink(env, i))
			*accepted += json_u64(tx, "accepted", 0);
		*arrived += json_u64(json_object_get(reply, "rx"), "frames", 0);
		json_decref(reply);
	}
	return 0;
}

static int wait_sent(struct trial_env *env, uint64_t duration_ns, struct sampler *sampler,
		     struct error *err)
{
	uint64_t begin = clock_ns(), accepted, arrived;
	bool sending = true;
	int ret;

	while (sending) {
		ret = progress_all(env, &sending, &accepted, &arrived, err);
		/* at once when sending has ended, so that no sample has a pause in it */
		if (!ret)
			ret = sampler_look(env, sampler, !sending, err);
		if (ret)
			return ret;
		if (env->progress && duration_ns)
			env->progress(env->progress_ctx, clock_ns() - begin, duration_ns,
				      !env->warm);
		if (sending && clock_ns() - begin > duration_ns + SEND_GRACE_NS)
			return error_set(err, EX_SOFTWARE, -ETIMEDOUT,
					 "a generator does not end its trial");
		if (sending)
			clock_pause_ns(sampler_wait_ns(sampler, POLL_NS));
	}
	return 0;
}

/* Until nothing of ours comes any more: several looks in a row, for LOSS_NS if any are missing. */
static int wait_still(struct trial_env *env, uint64_t loss_ns, struct sampler *sampler,
		      bool *settled, struct error *err)
{
	uint64_t begin = clock_ns(), changed = begin, last = UINT64_MAX, now, sent, arrived;
	int still = 0, ret;
	bool sending;

	do {
		ret = progress_all(env, &sending, &sent, &arrived, err);
		if (!ret)
			ret = sampler_look(env, sampler, false, err);
		if (ret)
			return ret;
		now = clock_ns();
		still = arrived == last ? still + 1 : 0;
		changed = arrived == last ? changed : now;
		last = arrived;
		clock_pause_ns(SETTLE_POLL_NS);
	} while ((still < SETTLE_STILL || (arrived < sent && now - changed < loss_ns)) &&
		 now - begin < SETTLE_PATIENCE_NS);
	*settled = still >= SETTLE_STILL;
	return 0;
}

static int start_sinks(struct trial_env *env, bool read_on, struct error *err)
{
	json_t *args = json_pack("{s:b}", "read_on", read_on);
	int ret = call_all(env, side_sinks, "rx_start", args, err);

	json_decref(args);
	return ret;
}

/* Frames of the path are to come to its sink: they are addressed to it. */
static bool is_to_arrive(const struct trial_env *env, const struct path *path)
{
	uint8_t mac[6];

	return path->to >= 0 && !side_to_mac(&env->sides[path->from].config, mac);
}

/*
 * A few frames of each flow, slowly, before anything is counted: caches, neighbours
 * and switches learn, and every flow planned must be seen.
 */
static int warm_up(struct trial_env *env, struct trial *seen, struct error *err)
{
	uint32_t flows = 0;
	uint64_t frames, duration;
	double pps = WARM_UP_PPS;
	size_t i;
	bool settled;
	int try, ret;

	for (i = 0; i < env->n_paths; i++)
		flows = env->paths[i].flows > flows ? env->paths[i].flows : flows;
	frames = (uint64_t)flows * WARM_UP_FRAMES_A_FLOW;
	for (try = 0; try < WARM_UP_TRIES; try++) {
		bool all = true;

		/* a small ring before a slow reader loses even these: then slower, within reason */
		if (try)
			pps = fmax(pps / 4, fmin(pps, (double)frames / WARM_UP_SECONDS));
		/* twice the time that it takes: being late costs nothing here */
		duration = (uint64_t)((double)frames / pps * 2e9) + 100 * NSEC_PER_MSEC;
		memset(seen->paths, 0, sizeof(seen->paths));
		ret = begin_epoch(env, err);
		if (!ret)
			ret = start_sinks(env, true, err);
		if (!ret)
			ret = start_generators(env, pps, frames, duration, true, err);
		if (!ret)
			ret = wait_sent(env, duration, NULL, err);
		if (!ret)
			ret = call_all(env, side_generates, "tx_stop", NULL, err);
		if (!ret)
			ret = wait_still(env, SETTLE_LOSS_NS, NULL, &settled, err);
		if (!ret)
			ret = call_all(env, side_sinks, "rx_stop", NULL, err);
		if (!ret)
			ret = collect_received(env, seen, err);
		if (ret)
			return ret;
		for (i = 0; i < env->n_paths; i++)
			all &= !is_to_arrive(env, &env->paths[i]) ||
			       seen->paths[i].flows_seen == env->paths[i].flows;
		if (all)
			break;
	}
	return 0;
}

static int ensure_warm(struct trial_env *env, struct error *err)
{
	struct trial seen = {0};
	size_t i;
	int ret;

	if (env->warm)
		return 0;
	ret = warm_up(env, &seen, err);
	for (i = 0; i < env->n_paths; i++)
		env->paths[i].warm_flows_seen = seen.paths[i].flows_seen;
	env->warm = !ret;
	return ret;
}

static void judge(struct trial_env *env, struct trial *trial)
{
	size_t i;

	for (i = 0; i < env->n_paths; i++) {
		const struct path *path = &env->paths[i];
		struct trial_path *p = &trial->paths[i];
		double unsent = p->intended ? (double)p->unsent / (double)p->intended : 0;

		p->warm_up_flows_seen = path->warm_flows_seen;
		if (is_to_arrive(env, path) && path->warm_flows_seen != path->flows)
			trial_add_reason(
				trial,
				"%s: %u of %u flows came through in the warm-up; check RSS, "
				"queues bound and addresses",
				path->plan->name, path->warm_flows_seen, path->flows);
		if (unsent > env->traffic->unsent_max)
			trial_add_reason(
				trial,
				"%s: the generator fell behind, %llu of %llu frames unsent "
				"(%.3g %%, limit %.3g %%), up to %.3g ms late, %llu of them for "
				"want of "
				"room in its ring or socket",
				path->plan->name, (unsigned long long)p->unsent,
				(unsigned long long)p->intended, unsent * 100,
				env->traffic->unsent_max * 100, (double)p->late_max_ns / 1e6,
				(unsigned long long)p->no_room);
		if (!p->accepted)
			trial_add_reason(trial, "%s: nothing was sent", path->plan->name);
	}
}

/* What somebody else set meanwhile was not measured. */
static int check_settings(struct trial_env *env, struct trial *trial, struct error *err)
{
	char text[200];
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < env->n_sides; i++) {
		if (!takes_part(&env->sides[i]))
			continue;
		ret = side_settings_hold(&env->sides[i], env->wake_fd, text, sizeof(text), err);
		if (!ret && text[0])
			trial_add_reason(trial, "%s: %s: somebody else set it during the trial",
					 env->sides[i].plan->name, text);
	}
	return ret;
}

/* Sending is over: everything into TRIAL, once nothing of ours has come for QUIET_NS. */
static int take_stock(struct trial_env *env, struct trial *trial, uint64_t quiet_ns,
		      struct error *err)
{
	bool settled;
	int ret = wait_still(env, quiet_ns, trial->sampler, &settled, err);

	if (!ret && !settled)
		trial_add_reason(trial,
				 "frames still came %.0f s after sending had ended: what the path "
				 "holds back (a qdisc, a shaper) is not lost",
				 (double)SETTLE_PATIENCE_NS / 1e9);
	if (!ret)
		ret = snapshot_all(env, trial->after, trial->details, err);
	if (!ret)
		ret = call_all(env, side_sinks, "rx_stop", NULL, err);
	/* behind the sinks' last look at their queues, so that the series ends with the totals */
	if (!ret)
		ret = sampler_look(env, trial->sampler, true, err);
	if (!ret)
		ret = check_settings(env, trial, err);
	if (!ret)
		ret = collect_received(env, trial, err);
	return ret ? ret : collect_sent(env, trial, err);
}

int trial_settle(struct trial_env *env, struct trial *trial, struct error *err)
{
	int ret = start_sinks(env, true, err);

	return ret ? ret : take_stock(env, trial, SETTLE_UNEXPLAINED_NS, err);
}

int trial_run(struct trial_env *env, struct trial *trial, struct error *err)
{
	const struct traffic_config *t = env->traffic;
	size_t i;
	int ret;

	memset(trial, 0, sizeof(*trial));
	clock_wall_iso(trial->time, sizeof(trial->time));
	ret = ensure_warm(env, err);
	if (!ret)
		ret = begin_epoch(env, err);
	trial->epoch = *env->epoch;
	if (!ret)
		ret = start_sinks(env, false, err);
	if (!ret)
		ret = snapshot_all(env, trial->before, trial->details_before, err);
	if (!ret)
		ret = sampler_start(env, &trial->sampler, err);
	if (!ret)
		ret = start_generators(env, t->rate_pps, trial_frames(env), t->duration_ns, false,
				       err);
	if (!ret)
		ret = wait_sent(env, t->duration_ns, trial->sampler, err);
	if (!ret)
		ret = call_all(env, side_generates, "tx_stop", NULL, err);
	if (!ret)
		ret = take_stock(env, trial, SETTLE_LOSS_NS, err);
	if (ret) {
		struct error ignored;

		/* sides that live go quiet before the next trial, also when the user stops */
		env->warm = false;
		for (i = 0; i < env->n_sides; i++) {
			struct side *side = &env->sides[i];

			if (!side->opened)
				continue;
			side_call(side, "tx_stop", NULL, -1, NULL, &ignored);
			side_call(side, "rx_stop", NULL, -1, NULL, &ignored);
		}
		return ret;
	}
	judge(env, trial);
	return 0;
}
