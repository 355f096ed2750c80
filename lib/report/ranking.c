/* A ranking from the model of a run; see ranking.h. */
#include "ranking.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

struct level_ctx {
	const struct model *m;
	size_t axis;
};

/* As the model sorts them; values that sort alike ("1K", "1024") stay apart. */
static int by_value(const void *pa, const void *pb, void *data)
{
	const struct level_ctx *ctx = data;
	const struct report_point *a = &ctx->m->points[*(const size_t *)pa];
	const struct report_point *b = &ctx->m->points[*(const size_t *)pb];

	if (a->order[ctx->axis] != b->order[ctx->axis])
		return a->order[ctx->axis] < b->order[ctx->axis] ? -1 : 1;
	return strcmp(a->values[ctx->axis], b->values[ctx->axis]);
}

/* What took effect is shown if it is the same at all points with the value. */
static char *level_label(const struct model *m, size_t axis, const size_t *points, size_t n)
{
	const char *label = point_value(&m->points[points[0]], axis);
	char *text;
	size_t i;

	for (i = 1; i < n; i++)
		if (strcmp(label, point_value(&m->points[points[i]], axis)))
			break;
	if (i == n)
		return strdup(label);
	return asprintf(&text, "%s (varies)", m->points[points[0]].values[axis]) < 0 ? NULL : text;
}

/* Number the values of an axis of the model as axis AT of the ranking. ORDER is scratch. */
static int add_axis(struct report_ranking *rr, size_t at, size_t number, size_t *order)
{
	const struct model *m = rr->model;
	struct level_ctx ctx = {.m = m, .axis = number};
	struct ranking_axis *axis = &rr->axes[at];
	size_t n = 0, i, end;

	axis->axis = &m->axes[number];
	axis->number = number;
	for (i = 0; i < m->n_points; i++) {
		rr->levels[i * rr->n_axes + at] = RANK_NONE;
		if (m->points[i].values[number])
			order[n++] = i;
	}
	if (n)
		qsort_r(order, n, sizeof(*order), by_value, &ctx);
	axis->asked = calloc(n + 1, sizeof(*axis->asked));
	axis->labels = calloc(n + 1, sizeof(*axis->labels));
	axis->frames = calloc(n + 1, sizeof(*axis->frames));
	axis->lost = calloc(n + 1, sizeof(*axis->lost));
	if (!axis->asked || !axis->labels || !axis->frames || !axis->lost)
		return -ENOMEM;
	for (i = 0; i < n; i = end) {
		for (end = i; end < n && !by_value(&order[i], &order[end], &ctx); end++) {
			rr->levels[order[end] * rr->n_axes + at] = axis->n_levels;
			axis->frames[axis->n_levels] += rr->frames[order[end]];
			axis->lost[axis->n_levels] += rr->lost[order[end]];
		}
		axis->asked[axis->n_levels] = m->points[order[i]].values[number];
		axis->labels[axis->n_levels] = level_label(m, number, order + i, end - i);
		if (!axis->labels[axis->n_levels++])
			return -ENOMEM;
	}
	return 0;
}

static int find_axes(struct report_ranking *rr)
{
	const struct model *m = rr->model;
	size_t *order = calloc(m->n_points + 1, sizeof(*order));
	size_t a, at = 0;
	int ret = 0;

	for (a = 0; a < m->n_axes; a++)
		rr->n_axes += !m->axes[a].fixed;
	rr->axes = calloc(rr->n_axes + 1, sizeof(*rr->axes));
	rr->levels = calloc(m->n_points * rr->n_axes + 1, sizeof(*rr->levels));
	if (!order || !rr->axes || !rr->levels)
		ret = -ENOMEM;
	for (a = 0; a < m->n_axes && !ret; a++)
		if (!m->axes[a].fixed)
			ret = add_axis(rr, at++, a, order);
	free(order);
	return ret;
}

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
	if (!sum_frames(rr) && !find_axes(rr))
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
	size_t i;

	for (i = 0; i < rr->of[RANKED_LOSS]->n_effects; i++)
		if (rr->of[RANKED_LOSS]->effects[i].best != RANK_NONE)
			return true;
	return false;
}
