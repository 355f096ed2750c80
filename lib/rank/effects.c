/* The effect of one axis: each value against the best one, all else alike; see rank.h. */
#include "estimate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define REFERENCES_MAX                                                                             \
	32 /* tries to find the best value; one or two do if no points are missing                 \
	    */

/* Two points that are alike in all but the axis: one with LEVEL, and one with the reference's. */
struct pair {
	size_t level;
	size_t point[2];
};

struct comparison {
	const struct rank_work *work;
	size_t axis;
	size_t n_levels;
	const size_t *order; /* points, see work_order */
	size_t n_order;
	struct pair *pairs; /* by level */
	size_t n_pairs;
	size_t *counts;        /* of pairs, one a level */
	struct contrast *sums; /* mean difference to the reference, one a level; .n == 0: none */
};

struct pair_order {
	const struct comparison *c;
	int w; /* which of the two points */
};

/* What of a pair's point W varies together: its block, or nothing but itself. */
static size_t unit_of(const struct comparison *c, const struct pair *pair, int w)
{
	return c->work->blocked[c->axis] ? c->work->block[pair->point[w]] : pair->point[w];
}

static int by_level_and_unit(const void *pa, const void *pb, void *data)
{
	const struct pair_order *order = data;
	const struct pair *a = pa, *b = pb;
	size_t ua = unit_of(order->c, a, order->w), ub = unit_of(order->c, b, order->w);

	if (a->level != b->level)
		return a->level < b->level ? -1 : 1;
	if (ua != ub)
		return ua < ub ? -1 : 1;
	return (a->point[0] > b->point[0]) - (a->point[0] < b->point[0]);
}

static void find_pairs(struct comparison *c, size_t reference)
{
	size_t i, k, end;

	c->n_pairs = 0;
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
				c->pairs[c->n_pairs++] = (struct pair){
					.level = work_level(c->work, c->order[k], c->axis),
					.point = {c->order[k], at},
				};
	}
}

/* Add the points W of all pairs to the sums of their levels, unit by unit. */
static void sum_points(struct comparison *c, int w)
{
	struct pair_order order = {.c = c, .w = w};
	size_t i, end, n;

	if (c->n_pairs)
		qsort_r(c->pairs, c->n_pairs, sizeof(*c->pairs), by_level_and_unit, &order);
	for (i = 0; i < c->n_pairs; i = end) {
		const struct pair *first = &c->pairs[i];

		for (end = i, n = 0; end < c->n_pairs && c->pairs[end].level == first->level &&
				     unit_of(c, &c->pairs[end], w) == unit_of(c, first, w);
		     end++)
			c->work->listed[n++] = c->pairs[end].point[w];
		contrast_add_block(c->work, &c->sums[first->level], w ? -1 : 1, c->work->listed, n);
	}
}

static void compare_with(struct comparison *c, size_t reference)
{
	size_t i;

	find_pairs(c, reference);
	for (i = 0; i < c->n_levels; i++) {
		c->sums[i] = (struct contrast){0};
		c->counts[i] = 0;
	}
	for (i = 0; i < c->n_pairs; i++)
		c->counts[c->pairs[i].level]++;
	sum_points(c, 0);
	sum_points(c, 1);
	for (i = 0; i < c->n_levels; i++)
		if (c->counts[i])
			contrast_divide(&c->sums[i], (double)c->counts[i]);
}

/* How much worse; negative: better. */
static double worse_by(const struct rank_work *work, double difference)
{
	return work->sweep->more_is_better ? -difference : difference;
}

/*
 * The level with the most points that compare, the best of these; then as long as another is
 * better over their pairs, that. Where points are missing this may go round in circles, and the one
 * that others are better than by least is taken. None: no value can be compared with another.
 */
static size_t find_best(struct comparison *c, const struct rank_value *values, size_t n_values,
			const size_t *comparable)
{
	size_t at = RANK_NONE, best, i, tries;
	double least_behind = INFINITY;

	for (i = 0; i < n_values; i++) {
		size_t n = comparable[values[i].level];

		if (!n)
			continue;
		if (at == RANK_NONE || n > comparable[values[at].level] ||
		    (n == comparable[values[at].level] &&
		     worse_by(c->work, values[i].mean - values[at].mean) < 0))
			at = i;
	}
	best = at;
	for (tries = 0; at != RANK_NONE && least_behind > 0 && tries < REFERENCES_MAX; tries++) {
		double behind = 0; /* the best of the others */
		size_t next = at;

		compare_with(c, values[at].level);
		for (i = 0; i < n_values; i++) {
			const struct contrast *sum = &c->sums[values[i].level];

			if (sum->n && -worse_by(c->work, sum->value) > behind) {
				behind = -worse_by(c->work, sum->value);
				next = i;
			}
		}
		if (behind < least_behind) {
			least_behind = behind;
			best = at;
		}
		at = next;
	}
	if (best != RANK_NONE && least_behind > 0)
		compare_with(c, values[best].level);
	return best;
}

/*
 * Each value that has pairs with the best one, at the level that keeps false discoveries rare.
 * False: one of them can be told to be better, so that none is the best. P is scratch.
 */
static bool judge(const struct comparison *c, struct rank_effect *effect, double *p)
{
	size_t n = 0, i;
	double level;

	for (i = 0; i < effect->n_values; i++) {
		const struct contrast *sum = &c->sums[effect->values[i].level];

		if (sum->n)
			p[n++] = contrast_p(sum);
	}
	level = false_discovery_level(p, n);
	for (i = 0; i < effect->n_values; i++) {
		const struct contrast *sum = &c->sums[effect->values[i].level];

		if (sum->n && contrast_p(sum) <= level && worse_by(c->work, sum->value) < 0)
			return false;
	}
	for (i = 0; i < effect->n_values; i++) {
		struct rank_value *v = &effect->values[i];
		const struct contrast *sum = &c->sums[v->level];
		double half;

		if (!sum->n)
			continue;
		half = contrast_half(sum, level);
		v->n_pairs = c->counts[v->level];
		v->difference = sum->value;
		v->low = sum->value - half;
		v->high = sum->value + half;
		v->standing = contrast_p(sum) > level ? RANK_TIE : RANK_WORSE;
		effect->matters |= v->standing == RANK_WORSE;
	}
	return true;
}

/* For each level how many of its points have one of another level that is alike in all else. */
static void count_comparable(const struct comparison *c, size_t *comparable)
{
	size_t i, k, end, n;

	for (i = 0; i < c->n_order; i = end) {
		for (end = i, n = 0; end < c->n_order &&
				     work_alike(c->work, &c->axis, 1, c->order[i], c->order[end]);
		     end++)
			n += work_known(c->work, c->order[end]);
		for (k = i; n > 1 && k < end; k++)
			comparable[work_level(c->work, c->order[k], c->axis)] +=
				work_known(c->work, c->order[k]);
	}
}

/* The values that have a trial. SEEN and SUMS are scratch. */
static void find_values(const struct comparison *c, struct rank_effect *effect, size_t *seen,
			double *sums)
{
	size_t i, level;

	for (i = 0; i < c->n_order; i++) {
		level = work_level(c->work, c->order[i], c->axis);
		if (!c->work->points[c->order[i]].n)
			continue;
		seen[level]++;
		sums[level] += c->work->points[c->order[i]].mean;
	}
	for (level = 0; level < c->n_levels; level++)
		if (seen[level])
			effect->values[effect->n_values++] = (struct rank_value){
				.level = level,
				.n_points = seen[level],
				.mean = sums[level] / (double)seen[level],
				.difference = NAN,
				.low = NAN,
				.high = NAN,
				.standing = RANK_UNKNOWN,
			};
}

int effect_make(const struct rank_work *work, size_t axis, struct rank_effect *effect)
{
	size_t n_levels = work->sweep->n_levels[axis];
	size_t *order = calloc(work->sweep->n_points + 1, sizeof(*order));
	size_t *counts = calloc(3 * n_levels + 1, sizeof(*counts));
	size_t *comparable = counts, *seen = counts ? counts + n_levels : NULL;
	double *sums = calloc(n_levels + 1, sizeof(*sums));
	struct comparison c = {.work = work, .axis = axis, .n_levels = n_levels, .order = order};
	int ret = -ENOMEM;

	*effect = (struct rank_effect){
		.axis = axis, .best = RANK_NONE, .share = NAN, .blocked = work->blocked[axis]};
	effect->values = calloc(n_levels + 1, sizeof(*effect->values));
	c.pairs = calloc(work->sweep->n_points + 1, sizeof(*c.pairs));
	c.sums = calloc(n_levels + 1, sizeof(*c.sums));
	if (!order || !counts || !sums || !effect->values || !c.pairs || !c.sums)
		goto out;
	c.counts = counts + 2 * n_levels;
	c.n_order = work_order(work, &axis, 1, order);
	find_values(&c, effect, seen, sums);
	count_comparable(&c, comparable);
	effect->best = find_best(&c, effect->values, effect->n_values, comparable);
	effect->circular = effect->best != RANK_NONE && !judge(&c, effect, sums);
	if (effect->circular)
		effect->best = RANK_NONE;
	if (effect->best != RANK_NONE) {
		struct rank_value *best = &effect->values[effect->best];

		best->standing = RANK_BEST;
		best->difference = best->low = best->high = 0;
	}
	ret = 0;
out:
	free(c.sums);
	free(c.pairs);
	free(sums);
	free(counts);
	free(order);
	return ret;
}
