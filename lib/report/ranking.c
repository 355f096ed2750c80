/* A ranking from the model of a run; see ranking.h. */
#include "ranking.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

static bool is_at_max(const json_t *trial)
{
	const json_t *values = json_object_get(json_object_get(trial, "plan"), "values");

	return !strcmp(json_str(values, "traffic.rate", ""), "max");
}

/* The measure of a trial; NAN: it has none. *step: the smallest difference that it can have. */
static double trial_value(const struct report_ranking *rr, enum ranked what, const json_t *trial,
			  double *step)
{
	double accepted = json_num(json_object_get(trial, "offered"), "accepted", 0);
	double seconds = json_num(trial, "duration_s", 0);

	if (what == RANKED_LOSS) {
		*step = accepted > 0 ? 1 / accepted : 0;
		return accepted > 0
			       ? json_num(json_object_get(trial, "loss"), "frames", NAN) / accepted
			       : NAN;
	}
	*step = seconds > 0 ? 1 / seconds : 0;
	if (rr->at_max && !is_at_max(trial))
		return NAN;
	return json_num(json_object_get(trial, "rates"), "rx_pps", NAN);
}

static int rank_measure(struct report_ranking *rr, enum ranked what)
{
	const struct model *m = rr->model;
	struct rank_trial *trials = calloc(m->n_trials + 1, sizeof(*trials));
	size_t *n_levels = calloc(rr->n_axes + 1, sizeof(*n_levels));
	struct rank_sweep sweep = {
		.n_axes = rr->n_axes,
		.n_points = m->n_points,
		.n_levels = n_levels,
		.levels = rr->levels,
		.trials = trials,
		.more_is_better = what == RANKED_RECEIVED,
		.most = what == RANKED_LOSS ? 1 : INFINITY,
	};
	size_t i, k;

	for (i = 0; n_levels && i < rr->n_axes; i++)
		n_levels[i] = rr->axes[i].n_levels;
	for (i = 0; trials && n_levels && i < m->n_points; i++) {
		for (k = 0; k < m->points[i].n_trials; k++) {
			const json_t *trial = m->points[i].trials[k];
			double step, value = trial_value(rr, what, trial, &step);

			if (isnan(value) || strcmp(json_str(trial, "verdict", ""), "valid"))
				continue;
			sweep.resolution = fmax(sweep.resolution, step);
			trials[sweep.n_trials++] = (struct rank_trial){
				.point = i,
				.round = (size_t)json_u64(trial, "repeat", 0),
				.order = json_u64(trial, "seq", 0),
				.value = value,
			};
		}
	}
	rr->of[what] = trials && n_levels ? rank_make(&sweep) : NULL;
	free(n_levels);
	free(trials);
	return rr->of[what] ? 0 : -ENOMEM;
}

static int sum_frames(struct report_ranking *rr)
{
	const struct model *m = rr->model;
	size_t i, k;

	rr->frames = calloc(m->n_points + 1, sizeof(*rr->frames));
	rr->lost = calloc(m->n_points + 1, sizeof(*rr->lost));
	if (!rr->frames || !rr->lost)
		return -ENOMEM;
	for (i = 0; i < m->n_points; i++) {
		for (k = 0; k < m->points[i].n_trials; k++) {
			const json_t *trial = m->points[i].trials[k];
			double lost = json_num(json_object_get(trial, "loss"), "frames", NAN);

			if (isnan(lost) || strcmp(json_str(trial, "verdict", ""), "valid"))
				continue;
			rr->at_max |= is_at_max(trial);
			rr->lost[i] += lost;
			rr->frames[i] += json_num(json_object_get(trial, "offered"), "accepted", 0);
		}
	}
	return 0;
}

struct report_ranking *report_ranking_new(const struct model *m)
{
	struct report_ranking *rr = calloc(1, sizeof(*rr));
	int what, ret = -ENOMEM;

	if (!rr)
		return NULL;
	rr->model = m;
	if (!sum_frames(rr) && !report_ranking_find_axes(rr))
		for (what = ret = 0; what < RANKED_COUNT && !ret; what++)
			ret = rank_measure(rr, (enum ranked)what);
	if (!ret)
		return rr;
	report_ranking_free(rr);
	return NULL;
}

void report_ranking_free(struct report_ranking *rr)
{
	size_t i, k;

	if (!rr)
		return;
	for (i = 0; i < RANKED_COUNT; i++)
		rank_free(rr->of[i]);
	for (i = 0; rr->axes && i < rr->n_axes; i++) {
		for (k = 0; rr->axes[i].labels && k < rr->axes[i].n_levels; k++)
			free(rr->axes[i].labels[k]);
		for (k = 0; rr->axes[i].asked && k < rr->axes[i].n_levels; k++)
			free(rr->axes[i].asked[k]);
		free(rr->axes[i].members);
		free(rr->axes[i].key);
		free(rr->axes[i].short_key);
		free(rr->axes[i].labels);
		free(rr->axes[i].asked);
		free(rr->axes[i].frames);
		free(rr->axes[i].lost);
	}
	free(rr->axes);
	free(rr->levels);
	free(rr->frames);
	free(rr->lost);
	free(rr);
}

bool report_ranking_asks(const struct report_ranking *rr)
{
	size_t i;

	for (i = 0; i < rr->of[RANKED_LOSS]->n_effects; i++)
		if (rr->of[RANKED_LOSS]->effects[i].n_values > 1)
			return rr->model->repeats;
	return false;
}

bool report_ranking_tells(const struct report_ranking *rr)
{
	return rr->of[RANKED_LOSS]->n_known > 1;
}
