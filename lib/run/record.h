/*
 * From a trial's numbers to its line: the ledger of each path balanced, sums, verdict. The
 * line's form is results/trial.schema.json.
 */
#ifndef RINGLOSS_RUN_RECORD_H
#define RINGLOSS_RUN_RECORD_H

#include <jansson.h>

#include "trial.h"

/* What a line says beside the numbers. */
struct record_context {
	const struct trial_env *env;
	const char *run; /* name of the result */
	const char *plan_name;
	const struct plan *plan;
	const struct point *point;
	uint64_t seq, repeat; /* both from 1 */
	bool set_up;          /* the sides are as the point asks */
};

/*
 * The line of a trial that ran. May add reasons to TRIAL (a counter that went
 * back). New reference; NULL with *err set.
 */
json_t *record_trial(const struct record_context *ctx, struct trial *trial, struct error *err);

/* What program writes the lines. New reference. */
json_t *record_build(void);

/* Where the counter of an id wraps: 64, or 32 bits. */
uint32_t record_counter_bits(const char *id);

/*
 * The line of a trial that could not be run to its end, and why: VERDICT is "failed", or "skipped"
 * when the point cannot be had here. New reference; NULL with *err set.
 */
json_t *record_unmeasured(const struct record_context *ctx, const char *verdict,
			  const struct error *why, struct error *err);

#endif
