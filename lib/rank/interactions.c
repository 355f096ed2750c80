/*
 * Pairs of axes of which the effect of one depends on the other: differences of differences over
 * the cells of their table; see rank.h. The intervals hold together over all pairs of axes
 * (Bonferroni).
 */
#include "estimate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* The table of two axes: each cell is the mean over the points alike in all else. */
struct grid {
	size_t axis[2];
	size_t n[2];
	size_t level[2][RANK_LEVELS_MAX];
	struct contrast *cells; /* n[0] * n[1]; .n == 0: no point */
	size_t n_rectangles;    /* differences of differences that there are */
};

static const struct contrast *cell(const struct grid *g, size_t i, size_t k)
{
	return &g->cells[i * g->n[1] + k];
}

static void add_cell(struct contrast *sum, double sign, const struct contrast *part)
{
	sum->value += sign * part->value;
	sum->var += part->var;
	sum->var2_df += part->var2_df;
	sum->df += part->df;
	sum->n += part->n;
}

static bool has_rectangle(const struct grid *g, size_t i, size_t k, size_t a, size_t b)
{
	return cell(g, i, a)->n && cell(g, i, b)->n && cell(g, k, a)->n && cell(g, k, b)->n;
}

static size_t count_rectangles(const struct grid *g)
{
	size_t i, k, a, n = 0;

	for (i = 0; i < g->n[0]; i++) {
		for (k = i + 1; k < g->n[0]; k++) {
			size_t shared = 0;

			for (a = 0; a < g->n[1]; a++)
				shared += cell(g, i, a)->n && cell(g, k, a)->n;
			n += shared ? shared * (shared - 1) / 2 : 0;
		}
	}
	return n;
}

/* The levels of axis W among known points. False: more than RANK_LEVELS_MAX. */
static bool find_levels(const struct rank_work *work, struct grid *g, int w, const size_t *order,
			size_t n, size_t *index)
{
	size_t i, level, n_levels = work->sweep->n_levels[g->axis[w]];

	for (level = 0; level < n_levels; level++)
		index[level] = RANK_NONE;
	for (i = 0; i < n; i++)
		if (work_known(work, order[i]))
			index[work_level(work, order[i], g->axis[w])] = 0;
	for (level = 0; level < n_levels; level++) {
		if (index[level] == RANK_NONE)
			continue;
		if (g->n[w] == RANK_LEVELS_MAX)
			return false;
		g->level[w][g->n[w]] = level;
		index[level] = g->n[w]++;
	}
	return true;
}

static size_t cell_of(const struct rank_work *work, const struct grid *g, size_t *const index[2],
		      size_t point)
{
	return index[0][work_level(work, point, g->axis[0])] * g->n[1] +
	       index[1][work_level(work, point, g->axis[1])];
}

/*
 * Means over the groups of points alike in all else that have every cell which any
 * group has; others would make cells differ by what they are a mean of.
 */
static void fill_cells(const struct rank_work *work, struct grid *g, const size_t *order, size_t n,
		       size_t *const index[2], bool *there)
{
	size_t n_there = 0, groups = 0, i, k, end;
	double share;

	for (i = 0; i < n; i++) {
		if (!work_known(work, order[i]))
			continue;
		n_there += !there[cell_of(work, g, index, order[i])];
		there[cell_of(work, g, index, order[i])] = true;
	}
	for (i = 0; i < n; i = end) {
		size_t here = 0;

		for (end = i; end < n && work_alike(work, g->axis, 2, order[i], order[end]); end++)
			here += work_known(work, order[end]);
		if (here < n_there)
			continue;
		groups++;
		for (k = i; k < end; k++)
			if (work_known(work, order[k]))
				contrast_add_point(&g->cells[cell_of(work, g, index, order[k])], 1,
						   &work->points[order[k]]);
	}
	share = groups ? 1 / (double)groups : 0;
	for (i = 0; i < g->n[0] * g->n[1]; i++) {
		g->cells[i].value *= share;
		g->cells[i].var *= share * share;
		g->cells[i].var2_df *= share * share * share * share;
	}
}

/* 1 when it was made, 0 when there is nothing to look at or too much (*cut), -ENOMEM. */
static int grid_make(const struct rank_work *work, size_t a, size_t b, struct grid *g, bool *cut)
{
	size_t *order = calloc(work->sweep->n_points + 1, sizeof(*order));
	size_t *index[2] = {calloc(work->sweep->n_levels[a] + 1, sizeof(size_t)),
			    calloc(work->sweep->n_levels[b] + 1, sizeof(size_t))};
	bool *there = calloc((size_t)RANK_LEVELS_MAX * RANK_LEVELS_MAX, sizeof(*there));
	int ret = -ENOMEM;
	size_t n;

	*g = (struct grid){.axis = {a, b}};
	if (!order || !index[0] || !index[1] || !there)
		goto out;
	n = work_order(work, g->axis, 2, order);
	ret = 0;
	if (!find_levels(work, g, 0, order, n, index[0]) ||
	    !find_levels(work, g, 1, order, n, index[1])) {
		*cut = true;
		goto out;
	}
	g->cells = calloc(g->n[0] * g->n[1] + 1, sizeof(*g->cells));
	if (!g->cells) {
		ret = -ENOMEM;
		goto out;
	}
	fill_cells(work, g, order, n, index, there);
	g->n_rectangles = count_rectangles(g);
	ret = 1;
out:
	free(there);
	free(index[1]);
	free(index[0]);
	free(order);
	return ret;
}

static struct contrast rectangle(const struct grid *g, size_t i, size_t k, size_t a, size_t b)
{
	struct contrast sum = {0};

	add_cell(&sum, 1, cell(g, i, a));
	add_cell(&sum, -1, cell(g, i, b));
	add_cell(&sum, -1, cell(g, k, a));
	add_cell(&sum, 1, cell(g, k, b));
	return sum;
}

/* The larger of the two differences first, and it positive. */
static void orient(const struct grid *g, struct rank_interaction *x)
{
	size_t swap;

	if (x->difference < 0) {
		swap = x->a, x->a = x->b, x->b = swap;
		x->difference = -x->difference;
	}
	if (fabs(cell(g, x->i, x->a)->value - cell(g, x->i, x->b)->value) <
	    fabs(cell(g, x->k, x->a)->value - cell(g, x->k, x->b)->value)) {
		swap = x->i, x->i = x->k, x->k = swap;
		swap = x->a, x->a = x->b, x->b = swap;
	}
}

/* The largest difference of differences that can be told from 0 at ALPHA. False: none. */
static bool find_largest(const struct grid *g, double alpha, struct rank_interaction *x)
{
	struct contrast sum;
	size_t i, k, a, b;
	double half;

	x->difference = 0;
	for (i = 0; i < g->n[0]; i++)
		for (k = i + 1; k < g->n[0]; k++)
			for (a = 0; a < g->n[1]; a++)
				for (b = a + 1; b < g->n[1]; b++) {
					if (!has_rectangle(g, i, k, a, b))
						continue;
					sum = rectangle(g, i, k, a, b);
					if (fabs(sum.value) <= fabs(x->difference) ||
					    contrast_p(&sum) > alpha)
						continue;
					x->difference = sum.value;
					x->i = i, x->k = k, x->a = a, x->b = b;
				}
	if (x->difference == 0)
		return false;
	orient(g, x);
	sum = rectangle(g, x->i, x->k, x->a, x->b);
	half = contrast_half(&sum, alpha);
	x->low = x->difference - half;
	x->high = x->difference + half;
	return true;
}

/* Does the other axis make a difference at level I of axis W? */
static void find_matters(const struct grid *g, int w, size_t i, struct rank_interaction *x)
{
	size_t n = g->n[!w], a, b;
	double pairs = (double)g->n[w] * (double)n * (double)(n - 1) / 2;
	double low = INFINITY, high = -INFINITY;

	for (a = 0; a < n; a++) {
		const struct contrast *ca = w ? cell(g, a, i) : cell(g, i, a);

		if (!ca->n)
			continue;
		low = fmin(low, ca->value);
		high = fmax(high, ca->value);
		for (b = a + 1; b < n; b++) {
			const struct contrast *cb = w ? cell(g, b, i) : cell(g, i, b);
			struct contrast sum = {0};

			if (!cb->n)
				continue;
			add_cell(&sum, 1, ca);
			add_cell(&sum, -1, cb);
			x->matters[w][i] |= contrast_p(&sum) <= (1 - RANK_LEVEL) / pairs;
		}
	}
	x->most[w][i] = high > low ? high - low : 0;
}

static int fill_interaction(const struct grid *g, struct rank_interaction *x)
{
	size_t i;
	int w;

	x->mean = calloc(g->n[0] * g->n[1], sizeof(*x->mean));
	for (w = 0; w < 2; w++) {
		x->axis[w] = g->axis[w];
		x->n[w] = g->n[w];
		x->level[w] = calloc(g->n[w], sizeof(*x->level[w]));
		x->matters[w] = calloc(g->n[w], sizeof(*x->matters[w]));
		x->most[w] = calloc(g->n[w], sizeof(*x->most[w]));
		if (!x->mean || !x->level[w] || !x->matters[w] || !x->most[w])
			return -ENOMEM;
		for (i = 0; i < g->n[w]; i++) {
			x->level[w][i] = g->level[w][i];
			find_matters(g, w, i, x);
		}
	}
	for (i = 0; i < g->n[0] * g->n[1]; i++)
		x->mean[i] = g->cells[i].n ? g->cells[i].value : NAN;
	return 0;
}

static int by_difference(const void *pa, const void *pb)
{
	const struct rank_interaction *a = pa, *b = pb;

	return a->difference > b->difference ? -1 : a->difference < b->difference;
}

int interactions_make(const struct rank_work *work, struct ranking *r)
{
	size_t n = work->sweep->n_axes, n_pairs = n ? n * (n - 1) / 2 : 0, made = 0, a, b, i;
	struct grid *grids = calloc(n_pairs + 1, sizeof(*grids));
	size_t rectangles = 0;
	int ret = 0;

	r->interactions = calloc(n_pairs + 1, sizeof(*r->interactions));
	if (!grids || !r->interactions)
		ret = -ENOMEM;
	for (a = 0; a < n && ret >= 0; a++) {
		for (b = a + 1; b < n && ret >= 0; b++) {
			ret = grid_make(work, a, b, &grids[made], &r->interactions_cut);
			if (ret > 0)
				rectangles += grids[made++].n_rectangles;
		}
	}
	for (i = 0; i < made && ret >= 0; i++) {
		struct rank_interaction *x = &r->interactions[r->n_interactions];

		if (!find_largest(&grids[i], (1 - RANK_LEVEL) / (double)rectangles, x))
			continue;
		r->n_interactions++;
		ret = fill_interaction(&grids[i], x);
	}
	if (ret >= 0 && r->n_interactions)
		qsort(r->interactions, r->n_interactions, sizeof(*r->interactions), by_difference);
	for (i = 0; i < made; i++)
		free(grids[i].cells);
	free(grids);
	return ret < 0 ? ret : 0;
}
