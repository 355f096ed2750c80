/*
 * How much of the variation each axis accounts for; see struct ranking in rank.h. An additive model
 * of the axes' values is fitted to the points' means by least squares, by fitting one axis to what
 * the others left until nothing changes (backfitting: Buja, Hastie, Tibshirani, Linear smoothers
 * and additive models, The Annals of Statistics 17, 1989): no matrix, so that 10,000 points cost
 * little, and points may be missing.
 */
#include "estimate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define PASSES_MAX 300

struct fit {
	const struct rank_work *work;
	double mean;
	double **effects;       /* by axis and level; the last is of points without the axis */
	double *sums, *weights; /* by level, scratch */
	double *rest;           /* by point: its mean less what is fitted */
};

static size_t slot(const struct fit *fit, size_t point, size_t axis)
{
	size_t level = work_level(fit->work, point, axis);

	return level == RANK_NONE ? fit->work->sweep->n_levels[axis] : level;
}

/* Fit AXIS to what is left. Returns the largest change of an effect. */
static double fit_axis(struct fit *fit, size_t axis)
{
	const struct rank_sweep *sweep = fit->work->sweep;
	size_t n = sweep->n_levels[axis] + 1, i;
	double most = 0;

	for (i = 0; i < n; i++)
		fit->sums[i] = fit->weights[i] = 0;
	for (i = 0; i < sweep->n_points; i++) {
		double weight = (double)fit->work->points[i].n;

		if (!fit->work->points[i].n)
			continue;
		fit->sums[slot(fit, i, axis)] += weight * fit->rest[i];
		fit->weights[slot(fit, i, axis)] += weight;
	}
	for (i = 0; i < n; i++) {
		fit->sums[i] = fit->weights[i] > 0 ? fit->sums[i] / fit->weights[i] : 0;
		fit->effects[axis][i] += fit->sums[i];
		most = fmax(most, fabs(fit->sums[i]));
	}
	for (i = 0; i < sweep->n_points; i++)
		if (fit->work->points[i].n)
			fit->rest[i] -= fit->sums[slot(fit, i, axis)];
	return most;
}

/* Sum of squares between points that all axes but WITHOUT leave. SCALE: a size of values. */
static double left_by(struct fit *fit, size_t without, double scale)
{
	const struct rank_sweep *sweep = fit->work->sweep;
	double sum = 0, change;
	size_t i, axis, pass;

	for (axis = 0; axis < sweep->n_axes; axis++)
		for (i = 0; i <= sweep->n_levels[axis]; i++)
			fit->effects[axis][i] = 0;
	for (i = 0; i < sweep->n_points; i++)
		fit->rest[i] = fit->work->points[i].n ? fit->work->points[i].mean - fit->mean : 0;
	for (pass = 0; pass < PASSES_MAX; pass++) {
		for (axis = 0, change = 0; axis < sweep->n_axes; axis++)
			if (axis != without)
				change = fmax(change, fit_axis(fit, axis));
		if (change <= 1e-9 * scale)
			break;
	}
	for (i = 0; i < sweep->n_points; i++)
		sum += (double)fit->work->points[i].n * fit->rest[i] * fit->rest[i];
	return sum;
}

/* Sums of squares of the trials and their degrees of freedom. */
struct squares {
	double between, within, rounds;
	double df_between, df_within, df_rounds;
};

static int sum_squares(struct fit *fit, struct squares *sq)
{
	const struct rank_work *work = fit->work;
	const struct rank_sweep *sweep = work->sweep;
	double *off = calloc(2 * work->n_rounds + 1, sizeof(*off));
	double *n = off ? off + work->n_rounds : NULL;
	size_t i, points = 0;
	double sum = 0;

	if (!off)
		return -ENOMEM;
	*sq = (struct squares){0};
	for (i = 0; i < sweep->n_trials; i++)
		sum += work->trials[i].value;
	fit->mean = sum / (double)sweep->n_trials;
	for (i = 0; i < sweep->n_trials; i++) {
		const struct rank_trial *t = &work->trials[i];
		double d = t->value - work->points[t->point].mean;

		sq->within += d * d;
		off[t->round] += d;
		n[t->round]++;
	}
	for (i = 0; i < sweep->n_points; i++) {
		double d = work->points[i].n ? work->points[i].mean - fit->mean : 0;

		points += work->points[i].n > 0;
		sq->between += (double)work->points[i].n * d * d;
	}
	for (i = 0; i < work->n_rounds; i++)
		sq->rounds += off[i] * off[i] / n[i];
	sq->df_between = (double)points - 1;
	sq->df_rounds = (double)work->n_rounds - 1;
	sq->df_within = (double)(sweep->n_trials - points);
	free(off);
	return 0;
}

static double clamp(double share)
{
	return fmin(fmax(share, 0), 1);
}

static void set_shares(struct fit *fit, const struct squares *sq, struct ranking *r)
{
	double total = sq->between + sq->within,
	       scale = sqrt(total / (double)fit->work->sweep->n_trials);
	double df_noise = sq->df_within - sq->df_rounds, df_axes = 0, axes = 0, known = 0;
	double noise = (sq->within - sq->rounds) / df_noise; /* of a single trial */
	double all = left_by(fit, RANK_NONE, scale);
	size_t i;

	for (i = 0; i < r->n_effects; i++) {
		struct rank_effect *e = &r->effects[i];
		double df, squares;

		e->share = 0;
		if (e->n_values < 2)
			continue; /* what is left of it is rounding */
		df = (double)(e->n_values - 1);
		squares = fmax(0, left_by(fit, e->axis, scale) - all);
		axes += squares;
		df_axes += df;
		e->share = clamp((squares - df * noise) / total);
		known += e->share;
	}
	r->together = clamp((all - fmax(0, sq->df_between - df_axes) * noise) / total);
	/* what rounding leaves of a difference of sums is nothing */
	r->unclear = clamp((sq->between - all - axes) / total);
	r->unclear = r->unclear < 1e-6 ? 0 : r->unclear;
	r->rounds = clamp((sq->rounds - sq->df_rounds * noise) / total);
	r->noise = clamp(1 - known - r->together - r->unclear - r->rounds);
}

int shares_make(const struct rank_work *work, struct ranking *r)
{
	size_t n_axes = work->sweep->n_axes, n_slots = 0, most = 0, axis;
	struct fit fit = {.work = work};
	struct squares sq;
	double *slots = NULL;
	int ret = -ENOMEM;

	r->together = r->unclear = r->rounds = r->noise = NAN;
	if (!work->sweep->n_trials)
		return 0;
	for (axis = 0; axis < n_axes; axis++) {
		size_t n = work->sweep->n_levels[axis] + 1;

		n_slots += n;
		most = n > most ? n : most;
	}
	fit.effects = calloc(n_axes + 1, sizeof(*fit.effects));
	fit.sums = calloc(2 * most + 1, sizeof(*fit.sums));
	fit.rest = calloc(work->sweep->n_points + 1, sizeof(*fit.rest));
	slots = calloc(n_slots + 1, sizeof(*slots));
	if (!fit.effects || !fit.sums || !fit.rest || !slots || sum_squares(&fit, &sq))
		goto out;
	fit.weights = fit.sums + most;
	for (axis = 0, n_slots = 0; axis < n_axes; axis++) {
		fit.effects[axis] = slots + n_slots;
		n_slots += work->sweep->n_levels[axis] + 1;
	}
	if (sq.df_within > sq.df_rounds && r->n_known && sq.between + sq.within > 0)
		set_shares(&fit, &sq, r);
	ret = 0;
out:
	free(slots);
	free(fit.rest);
	free(fit.sums);
	free(fit.effects);
	return ret;
}
