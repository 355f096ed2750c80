/*
 * Pairs of axes of which the effect of one depends on the other: differences of differences over
 * the cells of their table, judged together over all pairs of axes; see rank.h.
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
	/*
	 * n[0] * n[1]; .n == 0: no point. [0]: their points vary each for itself, [1]: block by
	 * block. What a block shares is the same in two cells that differ in an axis which changes
	 * within the block, so it is in no difference of these: there the first is right, and the
	 * second elsewhere.
	 */
	struct contrast *cells[2];
	bool blocked[2];     /* the axis does not change within a block */
	size_t n_rectangles; /* differences of differences that there are */
};

/* BLOCKS: with the variance block by block. */
static const struct contrast *cell(const struct grid *g, bool blocks, size_t i, size_t k)
{
	return &g->cells[blocks][i * g->n[1] + k];
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
	return cell(g, false, i, a)->n && cell(g, false, i, b)->n && cell(g, false, k, a)->n &&
	       cell(g, false, k, b)->n;
}

static size_t count_rectangles(const struct grid *g)
{
	size_t i, k, a, n = 0;

	for (i = 0; i < g->n[0]; i++) {
		for (k = i + 1; k < g->n[0]; k++) {
			size_t shared = 0;

			for (a = 0; a < g->n[1]; a++)
				shared += cell(g, false, i, a)->n && cell(g, false, k, a)->n;
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

/* A point of a table, its cell, and its block. */
struct placed {
	size_t point, cell, block;
};

static int by_cell(const void *pa, const void *pb)
{
	const struct placed *a = pa, *b = pb;

	if (a->cell != b->cell)
		return a->cell < b->cell ? -1 : 1;
	if (a->block != b->block)
		return a->block < b->block ? -1 : 1;
	return (a->point > b->point) - (a->point < b->point);
}

/* The known points of ORDER with their cells, group by group. Returns how many. */
static size_t place_points(const struct rank_work *work, const struct grid *g, const size_t *order,
			   size_t n, size_t *const index[2], struct placed *placed)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++) {
		if (!work_known(work, order[i]))
			continue;
		placed[found++] = (struct placed){
			.point = order[i],
			.cell = index[0][work_level(work, order[i], g->axis[0])] * g->n[1] +
				index[1][work_level(work, order[i], g->axis[1])],
			.block = work->block[order[i]],
		};
	}
	return found;
}

/*
 * Keep the groups of points alike in all else that have every cell which any
 * group has; others would make cells differ by what they are a mean of. Returns the points that
 * stay.
 */
static size_t keep_complete(const struct rank_work *work, const struct grid *g,
			    struct placed *placed, size_t n, bool *there, size_t *groups)
{
	size_t n_there = 0, kept = 0, i, k, end;

	for (i = 0; i < n; i++) {
		n_there += !there[placed[i].cell];
		there[placed[i].cell] = true;
	}
	for (i = 0; i < n; i = end) {
		for (end = i;
		     end < n && work_alike(work, g->axis, 2, placed[i].point, placed[end].point);)
			end++;
		if (end - i < n_there)
			continue;
		(*groups)++;
		for (k = i; k < end; k++)
			placed[kept++] = placed[k];
	}
	return kept;
}

/* The cells' means, with both of their variances. */
static void fill_cells(const struct rank_work *work, struct grid *g, struct placed *placed,
		       size_t n, size_t groups)
{
	size_t i, end, in_block;

	qsort(placed, n, sizeof(*placed), by_cell);
	for (i = 0; i < n; i = end) {
		for (end = i, in_block = 0; end < n && placed[end].cell == placed[i].cell &&
					    placed[end].block == placed[i].block;
		     end++) {
			work->listed[in_block++] = placed[end].point;
			contrast_add_point(&g->cells[0][placed[i].cell], 1,
					   &work->points[placed[end].point]);
		}
		contrast_add_block(work, &g->cells[1][placed[i].cell], 1, work->listed, in_block);
	}
	for (i = 0; groups && i < 2 * g->n[0] * g->n[1]; i++)
		contrast_divide(&g->cells[i % 2][i / 2], (double)groups);
}

/* 1 when it was made, 0 when there is too much to look at (*cut), -ENOMEM. */
static int grid_make(const struct rank_work *work, size_t a, size_t b, struct grid *g, bool *cut)
{
	size_t *order = calloc(work->sweep->n_points + 1, sizeof(*order));
	struct placed *placed = calloc(work->sweep->n_points + 1, sizeof(*placed));
	size_t *index[2] = {calloc(work->sweep->n_levels[a] + 1, sizeof(size_t)),
			    calloc(work->sweep->n_levels[b] + 1, sizeof(size_t))};
	bool *there = calloc((size_t)RANK_LEVELS_MAX * RANK_LEVELS_MAX, sizeof(*there));
	size_t n, groups = 0;
	int ret = -ENOMEM;

	*g = (struct grid){.axis = {a, b}, .blocked = {work->blocked[a], work->blocked[b]}};
	if (!order || !placed || !index[0] || !index[1] || !there)
		goto out;
	n = work_order(work, g->axis, 2, order);
	if (!find_levels(work, g, 0, order, n, index[0]) ||
	    !find_levels(work, g, 1, order, n, index[1])) {
		*cut = true;
		ret = 0;
		goto out;
	}
	g->cells[0] = calloc(g->n[0] * g->n[1] + 1, sizeof(*g->cells[0]));
	g->cells[1] = calloc(g->n[0] * g->n[1] + 1, sizeof(*g->cells[1]));
	if (!g->cells[0] || !g->cells[1])
		goto out;
	n = place_points(work, g, order, n, index, placed);
	n = keep_complete(work, g, placed, n, there, &groups);
	fill_cells(work, g, placed, n, groups);
	g->n_rectangles = count_rectangles(g);
	ret = 1;
out:
	free(there);
	free(index[1]);
	free(index[0]);
	free(placed);
	free(order);
	return ret;
}

/* What a block of one axis alone shares is in two of the cells with opposite signs. */
static struct contrast rectangle(const struct grid *g, size_t i, size_t k, size_t a, size_t b)
{
	bool blocks = g->blocked[0] && g->blocked[1];
	struct contrast sum = {0};

	add_cell(&sum, 1, cell(g, blocks, i, a));
	add_cell(&sum, -1, cell(g, blocks, i, b));
	add_cell(&sum, -1, cell(g, blocks, k, a));
	add_cell(&sum, 1, cell(g, blocks, k, b));
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
	if (fabs(cell(g, false, x->i, x->a)->value - cell(g, false, x->i, x->b)->value) <
	    fabs(cell(g, false, x->k, x->a)->value - cell(g, false, x->k, x->b)->value)) {
		swap = x->i, x->i = x->k, x->k = swap;
		swap = x->a, x->a = x->b, x->b = swap;
	}
}

/* FN for each difference of differences that there is. */
static void each_rectangle(const struct grid *g,
			   void (*fn)(const struct grid *g, const size_t at[4],
				      const struct contrast *sum, void *ctx),
			   void *ctx)
{
	struct contrast sum;
	size_t i, k, a, b;

	for (i = 0; i < g->n[0]; i++)
		for (k = i + 1; k < g->n[0]; k++)
			for (a = 0; a < g->n[1]; a++)
				for (b = a + 1; b < g->n[1]; b++) {
					if (!has_rectangle(g, i, k, a, b))
						continue;
					sum = rectangle(g, i, k, a, b);
					fn(g, (const size_t[]){i, k, a, b}, &sum, ctx);
				}
}

struct p_list {
	double *p;
	size_t n;
};

static void add_p(const struct grid *g, const size_t at[4], const struct contrast *sum, void *ctx)
{
	struct p_list *list = ctx;

	list->p[list->n++] = contrast_p(sum);
}

struct largest {
	double level;
	struct rank_interaction *x;
};

static void keep_largest(const struct grid *g, const size_t at[4], const struct contrast *sum,
			 void *ctx)
{
	const struct largest *largest = ctx;
	struct rank_interaction *x = largest->x;

	if (fabs(sum->value) <= fabs(x->difference) || contrast_p(sum) > largest->level)
		return;
	x->difference = sum->value;
	x->i = at[0], x->k = at[1], x->a = at[2], x->b = at[3];
}

/* The largest difference of differences that can be told from 0 at LEVEL. False: none. */
static bool find_largest(const struct grid *g, double level, struct rank_interaction *x)
{
	struct largest largest = {.level = level, .x = x};
	struct contrast sum;
	double half;

	x->difference = 0;
	each_rectangle(g, keep_largest, &largest);
	if (x->difference == 0)
		return false;
	orient(g, x);
	sum = rectangle(g, x->i, x->k, x->a, x->b);
	half = contrast_half(&sum, level);
	x->low = x->difference - half;
	x->high = x->difference + half;
	return true;
}

/* Two cells that differ in axis !W, at level I of axis W. */
static struct contrast step(const struct grid *g, int w, size_t i, size_t a, size_t b)
{
	struct contrast sum = {0};
	bool blocks = g->blocked[!w];
	const struct contrast *ca = w ? cell(g, blocks, a, i) : cell(g, blocks, i, a);
	const struct contrast *cb = w ? cell(g, blocks, b, i) : cell(g, blocks, i, b);

	if (!ca->n || !cb->n)
		return sum;
	add_cell(&sum, 1, ca);
	add_cell(&sum, -1, cb);
	return sum;
}

/* At which levels of axis W does the other one make a difference, and how large is it? */
static int find_matters(const struct grid *g, int w, struct rank_interaction *x)
{
	size_t n = g->n[!w], i, a, b, found = 0;
	double *p = calloc(g->n[w] * n * n + 1, sizeof(*p)), level;
	struct contrast sum;
	int pass;

	if (!p)
		return -ENOMEM;
	for (pass = 0, level = 0; pass < 2; pass++) {
		for (i = 0; i < g->n[w]; i++)
			for (a = 0; a < n; a++)
				for (b = a + 1; b < n; b++) {
					sum = step(g, w, i, a, b);
					if (!sum.n)
						continue;
					if (!pass)
						p[found++] = contrast_p(&sum);
					else
						x->matters[w][i] |= contrast_p(&sum) <= level;
					x->most[w][i] = fmax(x->most[w][i], fabs(sum.value));
				}
		if (!pass)
			level = false_discovery_level(p, found);
	}
	free(p);
	return 0;
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
		for (i = 0; i < g->n[w]; i++)
			x->level[w][i] = g->level[w][i];
		if (find_matters(g, w, x))
			return -ENOMEM;
	}
	for (i = 0; i < g->n[0] * g->n[1]; i++)
		x->mean[i] = g->cells[0][i].n ? g->cells[0][i].value : NAN;
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
	struct p_list list = {0};
	size_t rectangles = 0;
	double level = 0;
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
	list.p = calloc(rectangles + 1, sizeof(*list.p));
	ret = list.p ? ret : -ENOMEM;
	for (i = 0; i < made && ret >= 0; i++)
		each_rectangle(&grids[i], add_p, &list);
	if (ret >= 0)
		level = false_discovery_level(list.p, list.n);
	free(list.p);
	for (i = 0; i < made && ret >= 0; i++) {
		struct rank_interaction *x = &r->interactions[r->n_interactions];

		if (!find_largest(&grids[i], level, x))
			continue;
		r->n_interactions++;
		ret = fill_interaction(&grids[i], x);
	}
	if (ret >= 0 && r->n_interactions)
		qsort(r->interactions, r->n_interactions, sizeof(*r->interactions), by_difference);
	for (i = 0; grids && i < n_pairs; i++) {
		free(grids[i].cells[0]);
		free(grids[i].cells[1]);
	}
	free(grids);
	return ret < 0 ? ret : 0;
}
