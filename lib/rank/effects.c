/* The effect of one axis: each value against the best one, all else alike; see rank.h. */
#include "estimate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define REFERENCES_MAX                                                                             \
	8 /* tries to find the best value; one or two do unless points are missing                 \
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
			const struct contrast *sum = &c->sums[values[i].level];

			if (sum->n && worse_by(c->work, sum->value) < least) {
				least = worse_by(c->work, sum->value);
				next = i;
			}
		}
		if (next == best)
			break;
		best = next;
	}
	return best;
}

/* Each value that has pairs with the best one, at the level that keeps false discoveries rare. P is
 * scratch. */
static void judge(const struct comparison *c, struct rank_effect *effect, double *p)
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
		v->standing = contrast_p(sum) > level             ? RANK_TIE
			      : worse_by(c->work, sum->value) > 0 ? RANK_WORSE
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
				.difference = NAN,
				.low = NAN,
				.high = NAN,
				.standing = RANK_UNKNOWN,
			};
}

int effect_make(const struct rank_work *work, size_t axis, struct rank_effect *effect)
{
	size_t n_levels = work->sweep->n_levels[axis], n_known = 0, i;
	size_t *order = calloc(work->sweep->n_points + 1, sizeof(*order));
	size_t *counts = calloc(3 * n_levels + 1, sizeof(*counts));
	size_t *known = counts, *seen = counts ? counts + n_levels : NULL;
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
	find_values(&c, effect, known, seen, sums);
	effect->best = find_best(&c, effect->values, effect->n_values, known);
	for (i = 0; i < n_levels; i++)
		n_known += known[i] > 0;
	if (n_known < 2)
		effect->best = RANK_NONE;
	if (effect->best != RANK_NONE) {
		struct rank_value *best = &effect->values[effect->best];

		judge(&c, effect, sums);
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
