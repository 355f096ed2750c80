/*
 * One trial: warm up, snapshot, send, drain, snapshot, and what every side and path
 * then knows. Numbers only; the ledger and the record are made from them by record.c.
 */
#ifndef RINGLOSS_RUN_TRIAL_H
#define RINGLOSS_RUN_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "bursts.h"
#include "config.h"
#include "error.h"
#include "sampler.h"
#include "side.h"

#define TRIAL_REASONS_MAX 8

/* What a trial is made with. */
struct trial_env {
	struct side *sides;
	size_t n_sides;
	struct path *paths;
	size_t n_paths;
	const struct traffic_config *traffic;
	uint64_t frames_bound; /* most frames of a path in any trial of the run at rate max */
	uint32_t streams;      /* of all paths, at the point */
	uint64_t max_seq;      /* numbers of one stream lie below this, at the point */
	uint16_t *epoch;       /* of the last trial or warm-up; the next one takes the next */
	bool warm;             /* the warm-up of what is open has been done */
	int wake_fd;           /* readable: the user wants to stop */
	void (*progress)(void *ctx, uint64_t elapsed_ns, uint64_t total_ns, bool warm_up);
	void *progress_ctx;
};

struct trial_path {
	uint64_t intended, unsent, accepted;
	uint64_t no_room; /* of unsent: the endpoint took no more */
	uint64_t refused; /* of accepted: dropped by qdisc or device, as an errno told */
	uint64_t frames, unique, duplicate, reordered, corrupt, stale, foreign;
	uint64_t stale_seen,
		foreign_seen; /* where the endpoint first sees them; >= stale, foreign */
	uint32_t flows, flows_seen;
	uint32_t warm_up_flows_seen; /* == flows unless a reason says otherwise */
	uint64_t tx_ns; /* of sending: of the schedule, or at rate max from first burst to end */
	uint64_t late_max_ns;
	struct bursts bursts;       /* of what the sink lacks, by flow */
	struct bursts queue_bursts; /* in the order in which a queue of the generator sent */
};

struct trial {
	uint16_t epoch;
	char time[32];
	struct trial_path paths[PLAN_PATHS_MAX];
	json_t *before[PLAN_SIDES_MAX],
		*after[PLAN_SIDES_MAX];         /* counters of each side, with worker.* */
	json_t *details_before[PLAN_SIDES_MAX]; /* what a side knows besides */
	json_t *details[PLAN_SIDES_MAX];        /* what a side knows besides, at the end */
	struct sampler *sampler;                /* NULL: the plan wants no samples */
	char reasons[TRIAL_REASONS_MAX][256];   /* why it is invalid */
	size_t n_reasons;
};

/*
 * Set up sides and paths for POINT: agents, settings, endpoints. Then a warm-up if
 * anything is new. Errors name the side. -EINTR when the user wants to stop.
 */
int trial_set_up(struct trial_env *env, const struct point *point, struct error *err);

/*
 * Whether what trial_set_up said would be said again: what the point asks for cannot be had here. A
 * worker that died, a device in use, a link that is down: these may be otherwise the next time.
 */
bool trial_is_impossible(const struct error *why);

/* Run one trial on what is set up. *trial is filled in; trial_free it in each case. */
int trial_run(struct trial_env *env, struct trial *trial, struct error *err);
void trial_free(struct trial *trial);

/*
 * A trial whose ledger does not close: let the sinks go on for a while and read
 * everything again, since on a busy machine frames may still be on their way.
 */
int trial_settle(struct trial_env *env, struct trial *trial, struct error *err);

void trial_add_reason(struct trial *trial, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
