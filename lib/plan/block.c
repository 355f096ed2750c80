/* What lies between two points: which of them need the link to go down, and what a change costs. */
#include <stdlib.h>
#include <string.h>

#include "model.h"

/* The points by the values of the axes that relink; VALUES are N_AXES a point. */
struct blocks {
	uint32_t *values;
	size_t n_axes;
};

/* What changing AXIS means at a point: by the row of the point's endpoint. -1: it has none. */
static int change_at(const struct point *point, const struct param *axis)
{
	const struct knob *row = plan_row_for(axis, point_endpoint(point, axis->side));

	return row ? (int)row->change : -1;
}

enum knob_change point_change(const struct point *from, const struct point *to)
{
	int most = KNOB_RETUNE;
	size_t i;

	for (i = 0; i < from->plan->n_axes; i++) {
		const struct param *axis = from->plan->axes[i];
		int changes[2];

		if (from->index[i] == to->index[i])
			continue;
		changes[0] = change_at(from, axis);
		changes[1] = change_at(to, axis);
		most = changes[0] > most ? changes[0] : most;
		most = changes[1] > most ? changes[1] : most;
	}
	return (enum knob_change)most;
}

static bool may_relink(const struct param *axis)
{
	size_t i;

	for (i = 0; i < axis->n_refs; i++)
		if (axis->refs[i].row->change == KNOB_RELINK)
			return true;
	return false;
}

static int by_block(const void *a, const void *b, void *ctx)
{
	const struct blocks *blocks = ctx;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int order = memcmp(blocks->values + x * blocks->n_axes, blocks->values + y * blocks->n_axes,
			   blocks->n_axes * sizeof(*blocks->values));

	return order ? order : (x > y) - (x < y);
}

/* Number the points that are sorted in ORDER; a block's number for now is its first point's. */
static void group(const struct blocks *blocks, const uint32_t *order, size_t n, uint32_t *block)
{
	size_t size = blocks->n_axes * sizeof(*blocks->values), i;

	for (i = 0; i < n; i++) {
		bool same = i && !memcmp(blocks->values + order[i] * blocks->n_axes,
					 blocks->values + order[i - 1] * blocks->n_axes, size);

		block[order[i]] = same ? block[order[i - 1]] : order[i];
	}
}

int plan_blocks(const struct plan *plan, const struct point *const *points, size_t n,
		uint32_t *block, size_t *n_blocks)
{
	struct blocks blocks = {0};
	uint32_t *order = calloc(n + 1, sizeof(*order));
	size_t i, a, k;

	blocks.values = calloc(n * plan->n_axes + 1, sizeof(*blocks.values));
	if (!order || !blocks.values) {
		free(order);
		free(blocks.values);
		return -ENOMEM;
	}
	for (a = 0; a < plan->n_axes; a++)
		blocks.n_axes += may_relink(plan->axes[a]);
	for (i = 0; i < n; i++) {
		order[i] = (uint32_t)i;
		for (a = k = 0; a < plan->n_axes; a++)
			if (may_relink(plan->axes[a]))
				blocks.values[i * blocks.n_axes + k++] =
					change_at(points[i], plan->axes[a]) == KNOB_RELINK
						? points[i]->index[a]
						: COLLAPSED;
	}
	qsort_r(order, n, sizeof(*order), by_block, &blocks);
	group(&blocks, order, n, block);
	*n_blocks = 0;
	/* the first point of a block comes before the others and gives it the next number */
	for (i = 0; i < n; i++)
		block[i] = block[i] == i ? (uint32_t)(*n_blocks)++ : block[block[i]];
	free(order);
	free(blocks.values);
	return 0;
}
