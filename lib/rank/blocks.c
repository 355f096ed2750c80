/*
 * Blocks of trials, seen from the order in which they ran: the largest set of axes of which each
 * combination of values stood together in every round, as it does when settings that take the link
 * down are changed as rarely as can be.
 */
#include "estimate.h"

#include <errno.h>
#include <stdlib.h>

/* An axis, and how often its value changed from one trial to the next. */
struct axis_changes {
	size_t axis, changes;
};

static int by_changes(const void *pa, const void *pb)
{
	const struct axis_changes *a = pa, *b = pb;

	if (a->changes != b->changes)
		return a->changes < b->changes ? -1 : 1;
	return (a->axis > b->axis) - (a->axis < b->axis);
}

static int by_order(const void *pa, const void *pb)
{
	const struct rank_trial *a = pa, *b = pb;

	if (a->round != b->round)
		return a->round < b->round ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

static void count_changes(const struct rank_work *work, const struct rank_trial *trials,
			  struct axis_changes *axes)
{
	size_t i, a;

	for (a = 0; a < work->sweep->n_axes; a++) {
		axes[a] = (struct axis_changes){.axis = a};
		for (i = 1; i < work->sweep->n_trials; i++)
			axes[a].changes += trials[i].round == trials[i - 1].round &&
					   work_level(work, trials[i].point, a) !=
						   work_level(work, trials[i - 1].point, a);
	}
}

struct axes_ctx {
	const struct rank_work *work;
	const struct axis_changes *axes;
	size_t n;
};

static int by_levels(const void *pa, const void *pb, void *data)
{
	const struct axes_ctx *ctx = data;
	size_t i;

	for (i = 0; i < ctx->n; i++) {
		size_t a = work_level(ctx->work, *(const size_t *)pa, ctx->axes[i].axis);
		size_t b = work_level(ctx->work, *(const size_t *)pb, ctx->axes[i].axis);

		if (a != b)
			return a < b ? -1 : 1;
	}
	return 0;
}

/* Number the combinations of the first N of AXES. */
static void number_blocks(struct rank_work *work, const struct axis_changes *axes, size_t n)
{
	struct axes_ctx ctx = {.work = work, .axes = axes, .n = n};
	size_t points = work->sweep->n_points, number = 0, i;

	for (i = 0; i < points; i++)
		work->listed[i] = i;
	if (points)
		qsort_r(work->listed, points, sizeof(*work->listed), by_levels, &ctx);
	for (i = 0; i < points; i++) {
		number += i && by_levels(&work->listed[i - 1], &work->listed[i], &ctx);
		work->block[work->listed[i]] = number;
	}
}

/* Does each block stand together in each round, and some block have more than one trial there? */
static bool stand_together(const struct rank_work *work, const struct rank_trial *trials,
			   size_t *seen)
{
	size_t n = work->sweep->n_trials, runs = 0, blocks = 0, i;

	for (i = 0; i < work->sweep->n_points; i++)
		seen[i] = 0; /* the last round with the block, from 1 */
	for (i = 0; i < n; i++) {
		size_t block = work->block[trials[i].point];

		runs += !i || trials[i].round != trials[i - 1].round ||
			block != work->block[trials[i - 1].point];
		blocks += seen[block] != trials[i].round + 1;
		seen[block] = trials[i].round + 1;
	}
	return runs == blocks && blocks < n;
}

int blocks_find(struct rank_work *work)
{
	const struct rank_sweep *sweep = work->sweep;
	struct axis_changes *axes = calloc(sweep->n_axes + 1, sizeof(*axes));
	struct rank_trial *trials = calloc(sweep->n_trials + 1, sizeof(*trials));
	size_t n = sweep->n_axes, i;
	int ret = -ENOMEM;

	if (!axes || !trials)
		goto out;
	for (i = 0; i < sweep->n_trials; i++)
		trials[i] = work->trials[i];
	if (sweep->n_trials)
		qsort(trials, sweep->n_trials, sizeof(*trials), by_order);
	count_changes(work, trials, axes);
	qsort(axes, n, sizeof(*axes), by_changes);
	for (; n; n--) {
		number_blocks(work, axes, n);
		if (stand_together(work, trials, work->listed))
			break;
	}
	for (i = 0; i < n; i++)
		work->blocked[axes[i].axis] = true;
	for (i = 0; !n && i < sweep->n_points; i++)
		work->block[i] = i;
	ret = 0;
out:
	free(trials);
	free(axes);
	return ret;
}
