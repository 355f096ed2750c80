/* One trial; see trial.h. */
#include "trial.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "json.h"

#define POLL_NS (10 * NSEC_PER_MSEC)
#define SETTLE_POLL_NS (2 * NSEC_PER_MSEC)
#define SETTLE_STILL 3 /* looks in a row without a change */
#define SETTLE_PATIENCE_NS (2 * NSEC_PER_SEC)
#define SEND_GRACE_NS (10 * NSEC_PER_SEC) /* for a worker to say that it has ended */
#define SNAPSHOT_TRIES 20
#define WARM_UP_TRIES 3
#define WARM_UP_FRAMES_A_FLOW 4
#define WARM_UP_PPS 50000.0

void trial_add_reason(struct trial *trial, const char *fmt, ...)
{
	va_list ap;

	if (trial->n_reasons == TRIAL_REASONS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(trial->reasons[trial->n_reasons++], sizeof(trial->reasons[0]), fmt, ap);
	va_end(ap);
}

void trial_free(struct trial *trial)
{
	size_t i;

	for (i = 0; i < PLAN_SIDES_MAX; i++) {
		json_decref(trial->before[i]);
		json_decref(trial->after[i]);
		trial->before[i] = trial->after[i] = NULL;
	}
}

static json_t *bytes_json(const uint8_t *bytes, size_t n)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(array, json_integer(bytes[i]));
	return array;
}

static struct path *path_from(struct trial_env *env, int side)
{
	size_t i;

	for (i = 0; i < env->n_paths; i++)
		if (env->paths[i].from == side)
			return &env->paths[i];
	return NULL;
}

/* What the generator of a path writes into its frames. */
static json_t *tx_request(struct trial_env *env, const struct path *path)
{
	const struct side *from = &env->sides[path->from];
	const struct side *to = path->to >= 0 ? &env->sides[path->to] : from;
	uint8_t src_ip[4], dst_ip[4];

	side_ip(from, src_ip);
	side_ip(to, dst_ip);
	return json_pack("{s:I, s:I, s:i, s:i, s:o, s:o, s:o}", "size",
			 (json_int_t)env->traffic->frame, "port", (json_int_t)env->traffic->port,
			 "flows", (int)path->flows, "first_stream", (int)path->first_stream,
			 "src_ip", bytes_json(src_ip, 4), "dst_mac", bytes_json(to->device.mac, 6),
			 "dst_ip", bytes_json(dst_ip, 4));
}

/*
 * Numbers of one stream lie below this: all frames of a path on the queue with
 * the fewest flows, and a run more.
 */
static uint64_t max_seq(const struct trial_env *env)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < env->n_paths; i++) {
		const struct path *p = &env->paths[i];
		uint64_t flows = p->flows / env->sides[p->from].config.queues;
		uint64_t n = env->frames_bound / (flows ? flows : 1) + 4096;

		most = n > most ? n : most;
	}
	return most;
}

static json_t *open_request(struct trial_env *env, struct side *side)
{
	const struct path *path = side_generates(side) ? path_from(env, side->index) : NULL;
	json_t *rx = json_null(), *tx = json_null();
	uint32_t streams = 0;
	uint8_t ip[4];
	size_t i;

	for (i = 0; i < env->n_paths; i++)
		streams += env->paths[i].flows;
	if (path)
		tx = tx_request(env, path);
	if (side_sinks(side)) {
		side_ip(side, ip);
		rx = json_pack("{s:I, s:o}", "port", (json_int_t)env->traffic->port, "ip",
			       bytes_json(ip, 4));
	}
	return json_pack("{s:O, s:i, s:I, s:I, s:o, s:o, s:O}", "values", side->values, "streams",
			 (int)streams, "max_seq", (json_int_t)max_seq(env), "frame_len",
			 (json_int_t)(env->traffic->frame - FRAME_FCS_LEN), "tx", tx, "rx", rx,
			 "prepared", side->prepared);
}

static int open_sides(struct trial_env *env, bool sinks, bool *fresh, struct error *err)
{
	struct error announce;
	bool opened;
	size_t i;
	int ret;

	for (i = 0; i < env->n_sides; i++) {
		struct side *side = &env->sides[i];
		uint8_t ip[4];
		json_t *args;

		if (side_sinks(side) != sinks || side->plan->role == ROLE_OBSERVER)
			continue;
		ret = side_open(side, open_request(env, side), env->wake_fd, &opened, err);
		if (ret)
			return ret;
		*fresh |= opened;
		if (!sinks || !opened)
			continue;
		side_ip(side, ip);
		args = json_pack("{s:o}", "ip", bytes_json(ip, 4));
		/* without it a switch floods, which the warm-up shows; no error */
		ret = side_call(side, "announce", args, env->wake_fd, NULL, &announce);
		json_decref(args);
		if (ret == -EINTR || ret == -EPIPE) {
			*err = announce;
			return ret;
		}
	}
	return 0;
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

static int begin_epoch(struct trial_env *env, struct error *err)
{
	json_t *args;
	int ret;

	args = json_pack("{s:i}", "epoch", (int)++*env->epoch);
	ret = call_all(env, takes_part, "trial", args, err);
	json_decref(args);
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

/* Sums over the sides: is any generator at work, how many frames came to the sinks. */
static int progress_all(struct trial_env *env, bool *sending, uint64_t *arrived, struct error *err)
{
	size_t i;

	*sending = false;
	*arrived = 0;
	for (i = 0; i < env->n_sides; i++) {
		json_t *reply, *rx;
		int ret;

		if (!takes_part(&env->sides[i]))
			continue;
		ret = side_call(&env->sides[i], "progress", NULL, env->wake_fd, &reply, err);
		if (ret)
			return ret;
		*sending |= json_flag(json_object_get(reply, "tx"), "running", false);
		rx = json_object_get(reply, "rx");
		*arrived += json_u64(rx, "frames", 0);
		json_decref(reply);
	}
	return 0;
}

static int wait_sent(struct trial_env *env, uint64_t duration_ns, struct error *err)
{
	uint64_t begin = clock_ns(), arrived;
	bool sending = true;
	int ret;

	while (sending) {
		ret = progress_all(env, &sending, &arrived, err);
		if (ret)
			return ret;
		if (env->progress && duration_ns)
			env->progress(env->progress_ctx, clock_ns() - begin, duration_ns);
		if (clock_ns() - begin > duration_ns + SEND_GRACE_NS)
			return error_set(err, EX_SOFTWARE, -ETIMEDOUT,
					 "a generator does not end its trial");
		if (sending)
			clock_pause_ns(POLL_NS);
	}
	return 0;
}

/* Until nothing of ours arrives any more, several looks in a row. */
static int wait_still(struct trial_env *env, struct error *err)
{
	uint64_t deadline = clock_ns() + SETTLE_PATIENCE_NS, last = UINT64_MAX, now;
	int still = 0, ret;
	bool sending;

	while (still < SETTLE_STILL && clock_ns() < deadline) {
		ret = progress_all(env, &sending, &now, err);
		if (ret)
			return ret;
		still = now == last ? still + 1 : 0;
		last = now;
		clock_pause_ns(SETTLE_POLL_NS);
	}
	return 0;
}

static int snapshot_side(struct trial_env *env, struct side *side, json_t **counters,
			 struct error *err)
{
	json_t *args = json_pack("{s:b}", "machine", side->machine_counters);
	json_t *reply;
	int ret = side_call(side, "snapshot", args, env->wake_fd, &reply, err);

	json_decref(args);
	if (ret)
		return ret;
	json_decref(*counters);
	*counters = json_incref(json_object_get(reply, "counters"));
	json_decref(reply);
	return 0;
}

/*
 * Counters of all sides, read until two rounds in a row agree; where other traffic
 * never stands still, the last of a bounded number counts.
 */
static int snapshot_all(struct trial_env *env, json_t **counters, struct error *err)
{
	int tries, ret;
	size_t i;

	for (tries = 0; tries < SNAPSHOT_TRIES; tries++) {
		bool same = tries > 0;

		for (i = 0; i < env->n_sides; i++) {
			json_t *old = json_incref(counters[i]);

			ret = snapshot_side(env, &env->sides[i], &counters[i], err);
			same = same && !ret && json_equal(old, counters[i]);
			json_decref(old);
			if (ret)
				return ret;
		}
		if (same)
			return 0;
		clock_pause_ns(SETTLE_POLL_NS);
	}
	return 0;
}

/* {"all", "ranges"} of a sink, for the streams of its paths; ranges in the order of env->paths. */
static int sink_result(struct trial_env *env, struct side *side, json_t **result, struct error *err)
{
	json_t *ranges = json_array(), *args;
	size_t i;
	int ret;

	for (i = 0; i < env->n_paths; i++)
		if (env->paths[i].to == side->index)
			json_array_append_new(ranges,
					      json_pack("[i, i]", (int)env->paths[i].first_stream,
							(int)env->paths[i].flows));
	args = json_pack("{s:o}", "ranges", ranges);
	ret = side_call(side, "result", args, env->wake_fd, result, err);
	json_decref(args);
	return ret;
}

/*
 * ALONE: all streams of the sink are this path's, so that damaged frames whose stream
 * cannot be believed are, too.
 */
static void fill_received(struct trial_path *p, const json_t *range, const json_t *all, bool alone)
{
	if (alone)
		range = all;

	p->frames = json_u64(range, "frames", 0);
	p->unique = json_u64(range, "unique", 0);
	p->duplicate = json_u64(range, "duplicate", 0);
	p->reordered = json_u64(range, "reordered", 0);
	p->corrupt = json_u64(range, "corrupt", 0);
	p->flows_seen = (uint32_t)json_u64(range, "streams_seen", 0);
	/* which path these belong to cannot be told */
	p->stale = json_u64(all, "stale", 0);
	p->foreign = json_u64(all, "foreign", 0);
}

/* Sinks are stopped. Fills in the receiving half of every path. */
static int collect_received(struct trial_env *env, struct trial *trial, struct error *err)
{
	size_t s, i, k;

	for (s = 0; s < env->n_sides; s++) {
		struct side *side = &env->sides[s];
		json_t *result, *progress, *ranges;
		uint64_t first, last;
		int ret;

		if (!side_sinks(side))
			continue;
		ret = sink_result(env, side, &result, err);
		if (ret)
			return ret;
		ret = side_call(side, "progress", NULL, env->wake_fd, &progress, err);
		if (ret) {
			json_decref(result);
			return ret;
		}
		ranges = json_object_get(result, "ranges");
		first = json_u64(json_object_get(progress, "rx"), "first_ns", 0);
		last = json_u64(json_object_get(progress, "rx"), "last_ns", 0);
		for (i = 0, k = 0; i < env->n_paths; i++) {
			if (env->paths[i].to != side->index)
				continue;
			fill_received(&trial->paths[i], json_array_get(ranges, k++),
				      json_object_get(result, "all"), json_array_size(ranges) == 1);
			trial->paths[i].rx_ns = last - first;
		}
		json_decref(progress);
		json_decref(result);
	}
	return 0;
}

static int collect_sent(struct trial_env *env, struct trial *trial, struct error *err)
{
	size_t i;

	for (i = 0; i < env->n_paths; i++) {
		struct trial_path *p = &trial->paths[i];
		json_t *reply, *tx;
		int ret = side_call(&env->sides[env->paths[i].from], "progress", NULL, env->wake_fd,
				    &reply, err);

		if (ret)
			return ret;
		tx = json_object_get(reply, "tx");
		p->flows = env->paths[i].flows;
		p->intended = json_u64(tx, "intended", 0);
		p->accepted = json_u64(tx, "accepted", 0);
		p->unsent = p->intended - p->accepted;
		p->refused = json_u64(tx, "refused", 0);
		p->late_max_ns = json_u64(tx, "late_max_ns", 0);
		p->tx_ns = json_u64(tx, "last_ns", 0) - json_u64(tx, "first_ns", 0);
		/* the last frame of a schedule stands for its interval, too */
		if (!isinf(env->traffic->rate_pps))
			p->tx_ns = (uint64_t)((double)p->intended * 1e9 / env->traffic->rate_pps);
		if (p->rx_ns < p->tx_ns)
			p->rx_ns = p->tx_ns;
		json_decref(reply);
	}
	return 0;
}

/*
 * A few frames of each flow, slowly, before anything is counted: caches, neighbours
 * and switches learn, and every flow planned must be seen.
 */
static int warm_up(struct trial_env *env, struct trial *seen, struct error *err)
{
	uint32_t flows = 0;
	uint64_t frames, duration;
	size_t i;
	int try, ret;

	for (i = 0; i < env->n_paths; i++)
		flows = env->paths[i].flows > flows ? env->paths[i].flows : flows;
	frames = (uint64_t)flows * WARM_UP_FRAMES_A_FLOW;
	/* twice the time that it takes: being late costs nothing here */
	duration = (uint64_t)((double)frames / WARM_UP_PPS * 2e9) + 100 * NSEC_PER_MSEC;
	for (try = 0; try < WARM_UP_TRIES; try++) {
		bool all = true;

		memset(seen->paths, 0, sizeof(seen->paths));
		ret = begin_epoch(env, err);
		if (!ret)
			ret = call_all(env, side_sinks, "rx_start", NULL, err);
		if (!ret)
			ret = start_generators(env, WARM_UP_PPS, frames, duration, true, err);
		if (!ret)
			ret = wait_sent(env, duration, err);
		if (!ret)
			ret = call_all(env, side_generates, "tx_stop", NULL, err);
		if (!ret)
			ret = wait_still(env, err);
		if (!ret)
			ret = call_all(env, side_sinks, "rx_stop", NULL, err);
		if (!ret)
			ret = collect_received(env, seen, err);
		if (ret)
			return ret;
		for (i = 0; i < env->n_paths; i++)
			all &= env->paths[i].to < 0 ||
			       seen->paths[i].flows_seen == env->paths[i].flows;
		if (all)
			break;
	}
	return 0;
}

static int plan_streams(struct trial_env *env, struct error *err)
{
	uint32_t stream = 0;
	size_t i;

	for (i = 0; i < env->n_paths; i++) {
		env->paths[i].first_stream = stream;
		env->paths[i].flows = (uint32_t)env->traffic->flows;
		stream += env->paths[i].flows;
	}
	if (stream > UINT16_MAX + 1u)
		return error_set(
			err, EX_DATAERR, -ERANGE,
			"traffic.flows: %u flows of all paths, and the stamp numbers 65536",
			stream);
	return 0;
}

int trial_set_up(struct trial_env *env, const struct point *point, struct error *err)
{
	bool fresh = false;
	size_t i, k;
	int ret;

	ret = plan_streams(env, err);
	for (i = 0; !ret && i < env->n_sides; i++) {
		struct side *side = &env->sides[i];

		ret = side_prepare(side, point, env->wake_fd, err);
		side->machine_counters = true;
		for (k = 0; !ret && k < i; k++)
			if (!strcmp(json_str(side->host, "boot_id", ""),
				    json_str(env->sides[k].host, "boot_id", "")))
				side->machine_counters = false;
	}
	/* sinks first: nothing is sent before it can be received */
	if (!ret)
		ret = open_sides(env, true, &fresh, err);
	if (!ret)
		ret = open_sides(env, false, &fresh, err);
	if (ret)
		return ret;
	env->warm = env->warm && !fresh;
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
		if (path->to >= 0 && path->warm_flows_seen != path->flows)
			trial_add_reason(
				trial,
				"%s: %u of %u flows came through in the warm-up; check RSS, "
				"queues bound and addresses",
				path->plan->name, path->warm_flows_seen, path->flows);
		if (unsent > env->traffic->unsent_max)
			trial_add_reason(
				trial,
				"%s: the generator fell behind, %llu of %llu frames unsent "
				"(%.3g %%, limit %.3g %%)",
				path->plan->name, (unsigned long long)p->unsent,
				(unsigned long long)p->intended, unsent * 100,
				env->traffic->unsent_max * 100);
		if (!p->accepted)
			trial_add_reason(trial, "%s: nothing was sent", path->plan->name);
	}
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
		ret = call_all(env, side_sinks, "rx_start", NULL, err);
	if (!ret)
		ret = snapshot_all(env, trial->before, err);
	if (!ret)
		ret = start_generators(env, t->rate_pps, trial_frames(env), t->duration_ns, false,
				       err);
	if (!ret)
		ret = wait_sent(env, t->duration_ns, err);
	if (!ret)
		ret = call_all(env, side_generates, "tx_stop", NULL, err);
	if (!ret)
		ret = wait_still(env, err);
	if (!ret)
		ret = snapshot_all(env, trial->after, err);
	if (!ret)
		ret = call_all(env, side_sinks, "rx_stop", NULL, err);
	if (!ret)
		ret = collect_received(env, trial, err);
	if (!ret)
		ret = collect_sent(env, trial, err);
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
