/* The effect of one axis: each value against the best one, all else alike; see rank.h. */
#include "estimate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define REFERENCES_MAX                                                                             \
	8 /* tries to find the best value; one or two do unless points are missing                 \
	   */

/* A value beside the reference, over the pairs of points that are alike in all else. */
struct pair_sum {
	size_t n;
	struct contrast trials; /* sum over pairs, as if trials were independent */
	double mean_n[2];       /* sum of trials of its points, and of the reference's */
	double step_var[2];     /* sum of the least variance of the points' means */
};

struct comparison {
	const struct rank_work *work;
	size_t axis;
	size_t n_levels;
	const size_t *order; /* points, see work_order */
	size_t n_order;
	bool blocked;
	struct pair_sum *pairs; /* one a level */
	/* Blocked: by level and round, how far the sum over its points and that of the reference's
	 * were off. */
	double *off[2];
};

static int by_order(const void *pa, const void *pb)
{
	const struct rank_trial *a = pa, *b = pb;

	if (a->round != b->round)
		return a->round < b->round ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

/*
 * Did the trials of each value stand together in each round, at more than one point? SCRATCH has
 * room for all trials, SEEN for a number a level.
 */
static bool is_blocked(const struct comparison *c, struct rank_trial *scratch, size_t *seen)
{
	size_t n = 0, runs = 0, blocks = 0, i, level, before = RANK_NONE;

	for (i = 0; i < c->work->sweep->n_trials; i++)
		if (work_level(c->work, c->work->trials[i].point, c->axis) != RANK_NONE)
			scratch[n++] = c->work->trials[i];
	if (n)
		qsort(scratch, n, sizeof(*scratch), by_order);
	for (i = 0; i < n; i++) {
		bool begins = !i || scratch[i].round != scratch[i - 1].round;

		level = work_level(c->work, scratch[i].point, c->axis);
		runs += begins || level != before;
		before = level;
		/* seen: the last round with the level, from 1 */
		blocks += seen[level] != scratch[i].round + 1;
		seen[level] = scratch[i].round + 1;
	}
	return runs == blocks && blocks < n;
}

static void add_off(const struct comparison *c, int which, size_t level, const struct point_sum *p)
{
	const struct rank_trial *t = &c->work->trials[p->first];
	double n = (double)p->n;
	size_t i;

	/* sqrt(n / (n - 1)): residuals of n trials are that much too small */
	for (i = 0; i < p->n; i++)
		c->off[which][level * c->work->n_rounds + t[i].round] +=
			(t[i].value - p->mean) / n * sqrt(n / (n - 1));
}

static void add_pair(const struct comparison *c, size_t level, size_t point, size_t reference)
{
	const struct point_sum *p = &c->work->points[point], *r = &c->work->points[reference];
	double step = c->work->sweep->resolution;
	struct pair_sum *pair = &c->pairs[level];

	pair->n++;
	contrast_add_point(&pair->trials, 1, p);
	contrast_add_point(&pair->trials, -1, r);
	pair->mean_n[0] += (double)p->n;
	pair->mean_n[1] += (double)r->n;
	pair->step_var[0] += step * step / (double)p->n;
	pair->step_var[1] += step * step / (double)r->n;
	if (c->blocked) {
		add_off(c, 0, level, p);
		add_off(c, 1, level, r);
	}
}

static void compare_with(struct comparison *c, size_t reference)
{
	size_t i, k, end, level;

	for (level = 0; level < c->n_levels; level++)
		c->pairs[level] = (struct pair_sum){0};
	for (i = 0; c->blocked && i < c->n_levels * c->work->n_rounds; i++)
		c->off[0][i] = c->off[1][i] = 0;
	for (i = 0; i < c->n_order; i = end) {
		size_t at = RANK_NONE;

		for (end = i; end < c->n_order &&
			      work_alike(c->work, &c->axis, 1, c->order[i], c->order[end]);
		     end++)
			if (work_level(c->work, c->order[end], c->axis) == reference &&
			    work_known(c->work, c->order[end]))
				at = c->order[end];
		for (k = i; at != RANK_NONE && k < end; k++)
			if (c->order[k] != at && work_known(c->work, c->order[k]))
				add_pair(c, work_level(c->work, c->order[k], c->axis), c->order[k],
					 at);
	}
}

/* The mean difference of a level to the reference, from what was summed over the pairs. */
static struct contrast pair_contrast(const struct comparison *c, size_t level)
{
	const struct pair_sum *pair = &c->pairs[level];
	double n = (double)pair->n, var[2] = {0, 0};
	struct contrast sum = {0};
	size_t i;
	int w;

	if (!pair->n)
		return sum;
	if (!c->blocked) {
		sum = pair->trials;
		sum.value /= n;
		sum.var /= n * n;
		sum.var2_df /= n * n * n * n;
		return sum;
	}
	for (w = 0; w < 2; w++) {
		for (i = 0; i < c->work->n_rounds; i++) {
			double off = c->off[w][level * c->work->n_rounds + i];

			var[w] += off * off;
		}
		var[w] = fmax(var[w], pair->step_var[w]) / (n * n);
		contrast_add(&sum, 1, 0, var[w], pair->mean_n[w] / n - 1);
	}
	sum.value = pair->trials.value / n;
	return sum;
}

/* How much worse; negative: better. */
static double worse_by(const struct rank_work *work, double difference)
{
	return work->sweep->more_is_better ? -difference : difference;
}

/* The level with the most points that compare, the best of these; then as long as another is
 * better, that. */
static size_t find_best(struct comparison *c, const struct rank_value *values, size_t n_values,
			const size_t *known)
{
	size_t best = RANK_NONE, i, tries;

	for (i = 0; i < n_values; i++) {
		size_t level = values[i].level;

		if (!known[level])
			continue;
		if (best == RANK_NONE || known[level] > known[values[best].level] ||
		    (known[level] == known[values[best].level] &&
		     worse_by(c->work, values[i].mean - values[best].mean) < 0))
			best = i;
	}
	for (tries = 0; best != RANK_NONE && tries < REFERENCES_MAX; tries++) {
		double least = 0;
		size_t next = best;

		compare_with(c, values[best].level);
		for (i = 0; i < n_values; i++) {
			struct contrast sum = pair_contrast(c, values[i].level);

			if (sum.n && worse_by(c->work, sum.value) < least) {
				least = worse_by(c->work, sum.value);
				next = i;
			}
		}
		if (next == best)
			break;
		best = next;
	}
	return best;
}

static void judge(const struct comparison *c, struct rank_effect *effect, double alpha)
{
	size_t i;

	for (i = 0; i < effect->n_values; i++) {
		struct rank_value *v = &effect->values[i];
		struct contrast sum = pair_contrast(c, v->level);
		double half = contrast_half(&sum, alpha);

		if (i == effect->best) {
			v->standing = RANK_BEST;
			v->difference = v->low = v->high = 0;
			continue;
		}
		v->difference = v->low = v->high = NAN;
		v->standing = RANK_UNKNOWN;
		if (!sum.n || effect->best == RANK_NONE)
			continue;
		v->n_pairs = c->pairs[v->level].n;
		v->difference = sum.value;
		v->low = sum.value - half;
		v->high = sum.value + half;
		v->standing = fabs(sum.value) <= half            ? RANK_TIE
			      : worse_by(c->work, sum.value) > 0 ? RANK_WORSE
								 : RANK_UNKNOWN;
		effect->matters |= v->standing == RANK_WORSE;
	}
}

/* The values that have a trial, and for each level the points whose noise is known. */
static void find_values(const struct comparison *c, struct rank_effect *effect, size_t *known,
			size_t *seen, double *sums)
{
	size_t i, level;

	for (i = 0; i < c->n_order; i++) {
		level = work_level(c->work, c->order[i], c->axis);
		if (!c->work->points[c->order[i]].n)
			continue;
		seen[level]++;
		sums[level] += c->work->points[c->order[i]].mean;
		known[level] += work_known(c->work, c->order[i]);
	}
	for (level = 0; level < c->n_levels; level++)
		if (seen[level])
			effect->values[effect->n_values++] = (struct rank_value){
				.level = level,
				.n_points = seen[level],
				.mean = sums[level] / (double)seen[level],
			};
}

int effect_make(const struct rank_work *work, size_t axis, struct rank_effect *effect)
{
	size_t n_levels = work->sweep->n_levels[axis], n_known = 0, i;
	size_t *order = calloc(work->sweep->n_points + 1, sizeof(*order));
	size_t *counts = calloc(3 * n_levels + 1, sizeof(*counts));
	size_t *known = counts, *seen = counts ? counts + n_levels : NULL;
	double *sums = calloc(n_levels + 1, sizeof(*sums));
	double *off = calloc(2 * n_levels * work->n_rounds + 1, sizeof(*off));
	struct rank_trial *scratch = calloc(work->sweep->n_trials + 1, sizeof(*scratch));
	struct comparison c = {.work = work, .axis = axis, .n_levels = n_levels, .order = order};
	int ret = -ENOMEM;

	*effect = (struct rank_effect){.axis = axis, .best = RANK_NONE, .share = NAN};
	effect->values = calloc(n_levels + 1, sizeof(*effect->values));
	c.pairs = calloc(n_levels + 1, sizeof(*c.pairs));
	if (!order || !counts || !sums || !off || !scratch || !effect->values || !c.pairs)
		goto out;
	c.off[0] = off;
	c.off[1] = off + n_levels * work->n_rounds;
	c.n_order = work_order(work, &axis, 1, order);
	find_values(&c, effect, known, seen, sums);
	effect->blocked = c.blocked = is_blocked(&c, scratch, counts + 2 * n_levels);
	effect->best = find_best(&c, effect->values, effect->n_values, known);
	for (i = 0; i < n_levels; i++)
		n_known += known[i] > 0;
	if (n_known > 1)
		judge(&c, effect, (1 - RANK_LEVEL) / ((double)n_known * (double)(n_known - 1) / 2));
	else
		effect->best = RANK_NONE;
	if (effect->best == RANK_NONE)
		judge(&c, effect, 1 - RANK_LEVEL);
	ret = 0;
out:
	free(scratch);
	free(off);
	free(sums);
	free(counts);
	free(order);
	free(c.pairs);
	return ret;
}
