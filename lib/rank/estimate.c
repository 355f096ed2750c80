/* Means of points and contrasts of them; see estimate.h. */
#include "estimate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "student.h"

static int by_round(const void *pa, const void *pb)
{
	const struct rank_trial *a = pa, *b = pb;

	return (a->round > b->round) - (a->round < b->round);
}

static int by_point(const void *pa, const void *pb)
{
	const struct rank_trial *a = pa, *b = pb;

	if (a->point != b->point)
		return a->point < b->point ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

static void number_rounds(struct rank_work *work)
{
	size_t i, number = 0, n = work->sweep->n_trials;

	if (!n)
		return;
	qsort(work->trials, n, sizeof(*work->trials), by_round);
	for (i = 0; i < n; i++) {
		size_t round = work->trials[i].round;

		if (i + 1 < n && work->trials[i + 1].round != round) {
			work->trials[i].round = number++;
		} else {
			work->trials[i].round = number;
		}
	}
	work->n_rounds = number + 1;
	qsort(work->trials, n, sizeof(*work->trials), by_point);
}

static void sum_point(struct rank_work *work, struct point_sum *p)
{
	const struct rank_trial *t = &work->trials[p->first];
	double step = work->sweep->resolution, sum = 0;
	size_t i;

	p->mean = p->var = NAN;
	if (!p->n)
		return;
	for (i = 0; i < p->n; i++)
		sum += t[i].value;
	p->mean = sum / (double)p->n;
	if (p->n < RANK_LEAST)
		return;
	for (i = 0, sum = 0; i < p->n; i++)
		sum += (t[i].value - p->mean) * (t[i].value - p->mean);
	p->var = fmax(sum / (double)(p->n - 1), step * step);
}

int work_make(struct rank_work *work, const struct rank_sweep *sweep)
{
	size_t i;

	*work = (struct rank_work){.sweep = sweep};
	work->trials = calloc(sweep->n_trials + 1, sizeof(*work->trials));
	work->points = calloc(sweep->n_points + 1, sizeof(*work->points));
	work->block = calloc(sweep->n_points + 1, sizeof(*work->block));
	work->listed = calloc(sweep->n_points + 1, sizeof(*work->listed));
	work->blocked = calloc(sweep->n_axes + 1, sizeof(*work->blocked));
	if (!work->trials || !work->points || !work->block || !work->listed || !work->blocked)
		return -ENOMEM;
	memcpy(work->trials, sweep->trials, sweep->n_trials * sizeof(*work->trials));
	number_rounds(work);
	for (i = 0; i < sweep->n_trials; i++) {
		struct point_sum *p = &work->points[work->trials[i].point];

		p->first = p->n++ ? p->first : i;
	}
	for (i = 0; i < sweep->n_points; i++)
		sum_point(work, &work->points[i]);
	work->scratch = calloc(work->n_rounds + 1, sizeof(*work->scratch));
	return work->scratch ? 0 : -ENOMEM;
}

void work_clear(struct rank_work *work)
{
	free(work->trials);
	free(work->points);
	free(work->block);
	free(work->listed);
	free(work->blocked);
	free(work->scratch);
}

void contrast_add(struct contrast *c, double weight, double mean, double var, double df)
{
	double part = weight * weight * var;

	c->value += weight * mean;
	c->var += part;
	c->var2_df += part * part / df;
	c->df += df;
	c->n++;
}

void contrast_add_point(struct contrast *c, double weight, const struct point_sum *p)
{
	contrast_add(c, weight, p->mean, p->var / (double)p->n, (double)(p->n - 1));
}

void contrast_add_block(const struct rank_work *work, struct contrast *c, double sign,
			const size_t *points, size_t n)
{
	double step = work->sweep->resolution, mean = 0, var = 0, least = 0, trials = 0;
	size_t i, k;

	if (n == 1) {
		contrast_add_point(c, sign, &work->points[points[0]]);
		return;
	}
	for (i = 0; i < work->n_rounds; i++)
		work->scratch[i] = 0;
	for (i = 0; i < n; i++) {
		const struct point_sum *p = &work->points[points[i]];
		double of = (double)p->n;

		mean += p->mean;
		trials += of;
		least += step * step / of;
		/* sqrt(of / (of - 1)): residuals of so many trials are that much too small */
		for (k = p->first; k < p->first + p->n; k++)
			work->scratch[work->trials[k].round] +=
				(work->trials[k].value - p->mean) / of * sqrt(of / (of - 1));
	}
	for (i = 0; i < work->n_rounds; i++)
		var += work->scratch[i] * work->scratch[i];
	contrast_add(c, sign, mean, fmax(var, least), trials / (double)n - 1);
}

void contrast_divide(struct contrast *c, double n)
{
	c->value /= n;
	c->var /= n * n;
	c->var2_df /= n * n * n * n;
}

/* Satterthwaite's, 1946. */
static double contrast_df(const struct contrast *c)
{
	return c->var2_df > 0 ? c->var * c->var / c->var2_df : c->df;
}

double contrast_p(const struct contrast *c)
{
	if (!c->n || c->value == 0)
		return 1;
	return student_beyond(c->var > 0 ? c->value / sqrt(c->var) : INFINITY, contrast_df(c));
}

static int by_size(const void *pa, const void *pb)
{
	const double *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

double false_discovery_level(double *p, size_t n)
{
	double harmonic = 0; /* 1 + 1/2 + ... + 1/n: the comparisons are not independent */
	size_t i, apart = 1;

	if (!n)
		return 1 - RANK_LEVEL;
	for (i = 0; i < n; i++)
		harmonic += 1 / (double)(i + 1);
	qsort(p, n, sizeof(*p), by_size);
	for (i = 0; i < n; i++)
		if (p[i] <= (1 - RANK_LEVEL) * (double)(i + 1) / (double)n / harmonic)
			apart = i + 1;
	return (1 - RANK_LEVEL) * (double)apart / (double)n / harmonic;
}

double contrast_half(const struct contrast *c, double alpha)
{
	if (!c->n)
		return NAN;
	return c->var > 0 ? sqrt(c->var) * student_critical(alpha, contrast_df(c)) : 0;
}

struct order_ctx {
	const struct rank_work *work;
	const size_t *axes;
	size_t n_axes;
};

static bool is_of(const size_t *axes, size_t n_axes, size_t axis)
{
	size_t i;

	for (i = 0; i < n_axes; i++)
		if (axes[i] == axis)
			return true;
	return false;
}

static int compare_others(const struct order_ctx *ctx, size_t a, size_t b)
{
	size_t axis;

	for (axis = 0; axis < ctx->work->sweep->n_axes; axis++) {
		size_t x = work_level(ctx->work, a, axis), y = work_level(ctx->work, b, axis);

		if (x != y && !is_of(ctx->axes, ctx->n_axes, axis))
			return x < y ? -1 : 1;
	}
	return 0;
}

static int by_others(const void *pa, const void *pb, void *data)
{
	const struct order_ctx *ctx = data;
	size_t a = *(const size_t *)pa, b = *(const size_t *)pb, i;
	int order = compare_others(ctx, a, b);

	for (i = 0; i < ctx->n_axes && !order; i++) {
		size_t x = work_level(ctx->work, a, ctx->axes[i]);
		size_t y = work_level(ctx->work, b, ctx->axes[i]);

		order = (x > y) - (x < y);
	}
	return order ? order : (a > b) - (a < b);
}

size_t work_order(const struct rank_work *work, const size_t *axes, size_t n_axes, size_t *order)
{
	struct order_ctx ctx = {.work = work, .axes = axes, .n_axes = n_axes};
	size_t n = 0, point, i;

	for (point = 0; point < work->sweep->n_points; point++) {
		bool applies = true;

		for (i = 0; i < n_axes; i++)
			applies &= work_level(work, point, axes[i]) != RANK_NONE;
		if (applies)
			order[n++] = point;
	}
	if (n)
		qsort_r(order, n, sizeof(*order), by_others, &ctx);
	return n;
}

bool work_alike(const struct rank_work *work, const size_t *axes, size_t n_axes, size_t a, size_t b)
{
	struct order_ctx ctx = {.work = work, .axes = axes, .n_axes = n_axes};

	return !compare_others(&ctx, a, b);
}
