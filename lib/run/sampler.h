/*
 * Samples of a trial while it runs: each side is asked for its threads' totals and a few counters,
 * which disturbs no thread that touches packets. What comes of it is a series (series.h).
 */
#ifndef RINGLOSS_RUN_SAMPLER_H
#define RINGLOSS_RUN_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "error.h"
#include "series.h"

struct trial_env;
struct sampler;

/*
 * Read everything once: this is the start. *sampler is NULL when the plan wants no samples. Errors
 * name the side; the caller frees in each case.
 */
int sampler_start(struct trial_env *env, struct sampler **sampler, struct error *err);

/* Add a sample if one is due, or if NOW is set. A SAMPLER that is NULL samples nothing. */
int sampler_look(struct trial_env *env, struct sampler *sampler, bool now, struct error *err);

/* How long until the next one is due, but at most MOST_NS. */
uint64_t sampler_wait_ns(const struct sampler *sampler, uint64_t most_ns);

/* The series, as series_json has it; null without a sampler. New reference. */
json_t *sampler_json(const struct sampler *sampler);

void sampler_free(struct sampler *sampler);

#endif
