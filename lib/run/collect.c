/* What every side knows before and after a trial: counters, totals of the threads; see collect.h.
 */
#include "collect.h"

#include <math.h>

#include "clock.h"
#include "counter.h"
#include "json.h"

#define SNAPSHOT_TRIES 20
#define STALE_TRIES 4 /* with a driver whose numbers are old at times */
#define SNAPSHOT_PAUSE_MS 2

/* *refresh_ms grows to how old the side's counters may be. */
static int snapshot_side(struct trial_env *env, struct side *side, json_t **counters,
			 json_t **details, uint64_t *refresh_ms, struct error *err)
{
	json_t *args = json_pack("{s:b}", "machine", side->machine_counters);
	json_t *reply;
	int ret = side_call(side, "snapshot", args, env->wake_fd, &reply, err);
	uint64_t ms;

	json_decref(args);
	if (ret)
		return ret;
	json_decref(*counters);
	*counters = json_incref(json_object_get(reply, "counters"));
	json_decref(*details);
	*details = json_incref(json_object_get(reply, "details"));
	ms = json_u64(reply, "refresh_ms", 0);
	if (ms > *refresh_ms)
		*refresh_ms = ms;
	json_decref(reply);
	return 0;
}

/*
 * Old numbers always agree: so two readings that count as one are further apart than they are old.
 */
int snapshot_all(struct trial_env *env, json_t **counters, json_t **details, struct error *err)
{
	uint64_t pause_ms = SNAPSHOT_PAUSE_MS;
	int tries, ret;
	size_t i;

	for (tries = 0; tries < (pause_ms > SNAPSHOT_PAUSE_MS ? STALE_TRIES : SNAPSHOT_TRIES);
	     tries++) {
		bool same = tries > 0;

		for (i = 0; i < env->n_sides; i++) {
			json_t *old = json_incref(counters[i]);

			ret = snapshot_side(env, &env->sides[i], &counters[i], &details[i],
					    &pause_ms, err);
			same = same && !ret && snapshot_settled(old, counters[i]);
			json_decref(old);
			if (ret)
				return ret;
		}
		if (same)
			return 0;
		clock_pause_ns(pause_ms * NSEC_PER_MSEC);
	}
	return 0;
}

/*
 * {"all", "ranges"} of a sink, for the streams of its paths; ranges in the order of env->paths. How
 * many frames each stream was sent, and so which are missing at its end, only the generators know.
 */
static int sink_result(struct trial_env *env, struct side *side, json_t **result, struct error *err)
{
	json_t *ranges = json_array(), *dealt = json_array(), *args;
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < env->n_paths; i++) {
		const struct path *path = &env->paths[i];
		json_t *of_path;

		if (path->to != side->index)
			continue;
		ret = side_call(&env->sides[path->from], "dealt", NULL, env->wake_fd, &of_path,
				err);
		if (ret)
			break;
		json_array_append_new(dealt, of_path);
		json_array_append_new(
			ranges, json_pack("[i, i]", (int)path->first_stream, (int)path->flows));
	}
	args = json_pack("{s:o, s:o}", "ranges", ranges, "dealt", dealt);
	if (!ret)
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
	bursts_get(range, "", &p->bursts);
	bursts_get(range, "queue_", &p->queue_bursts);
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

int collect_received(struct trial_env *env, struct trial *trial, struct error *err)
{
	size_t s, i, k;

	for (s = 0; s < env->n_sides; s++) {
		struct side *side = &env->sides[s];
		json_t *result, *ranges;
		int ret;

		if (!side_sinks(side))
			continue;
		ret = sink_result(env, side, &result, err);
		if (ret)
			return ret;
		ranges = json_object_get(result, "ranges");
		for (i = 0, k = 0; i < env->n_paths; i++) {
			if (env->paths[i].to != side->index)
				continue;
			fill_received(&trial->paths[i], json_array_get(ranges, k++),
				      json_object_get(result, "all"), json_array_size(ranges) == 1);
		}
		json_decref(result);
	}
	return 0;
}

int collect_sent(struct trial_env *env, struct trial *trial, struct error *err)
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
		p->no_room = json_u64(tx, "no_room", 0);
		p->refused = json_u64(tx, "refused", 0);
		p->late_max_ns = json_u64(tx, "late_max_ns", 0);
		p->tx_ns = json_u64(tx, "last_ns", 0) - json_u64(tx, "first_ns", 0);
		/* the last frame of a schedule stands for its interval, too */
		if (!isinf(env->traffic->rate_pps))
			p->tx_ns = (uint64_t)((double)p->intended * 1e9 / env->traffic->rate_pps);
		json_decref(reply);
	}
	return 0;
}
