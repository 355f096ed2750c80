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
	if (!work->trials || !work->points)
		return -ENOMEM;
	memcpy(work->trials, sweep->trials, sweep->n_trials * sizeof(*work->trials));
	number_rounds(work);
	for (i = 0; i < sweep->n_trials; i++) {
		struct point_sum *p = &work->points[work->trials[i].point];

		p->first = p->n++ ? p->first : i;
	}
	for (i = 0; i < sweep->n_points; i++)
		sum_point(work, &work->points[i]);
	return 0;
}

void work_clear(struct rank_work *work)
{
	free(work->trials);
	free(work->points);
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
