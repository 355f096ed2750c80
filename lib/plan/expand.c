/*
 * plan_expand: axes to points. A side's endpoint decides which of its axes
 * apply, so the combinations are made endpoint by endpoint, each exactly once,
 * and then put in the order in which one loop over all axes would have met them first.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define POINTS_MAX 1000000

/* The points under construction. */
struct maker {
	struct plan *plan;
	char *store;
	size_t stride;
	uint32_t *index; /* of the combination that is being made */
	size_t n;
};

static bool is_endpoint_axis(const struct plan *plan, const struct param *axis)
{
	return axis->side >= 0 && plan->side_info[axis->side].endpoint == axis;
}

static bool applies(const struct param *axis, const char *endpoint)
{
	return axis->side < 0 || plan_row_for(axis, endpoint);
}

/* a * b, but no more than one above the limit. */
static size_t times(size_t a, size_t b)
{
	size_t product;

	if (__builtin_mul_overflow(a, b, &product) || product > POINTS_MAX)
		return POINTS_MAX + 1;
	return product;
}

/* The points of the axes of one side (-1: of no side); sides do not touch each other. */
static size_t count_side(const struct plan *plan, int side)
{
	const struct side_info *info = side < 0 ? NULL : &plan->side_info[side];
	size_t n = info ? plan_endpoint_count(info) : 1, sum = 0, e, i;

	for (e = 0; e < n && sum <= POINTS_MAX; e++) {
		const char *endpoint = info ? plan_endpoint_value(info, e) : NULL;
		size_t product = 1;

		for (i = 0; i < plan->n_axes; i++)
			if (plan->axes[i]->side == side && applies(plan->axes[i], endpoint) &&
			    !is_endpoint_axis(plan, plan->axes[i]))
				product = times(product, plan->axes[i]->n_values);
		sum += product;
	}
	return sum;
}

static size_t count_points(const struct plan *plan)
{
	size_t total = count_side(plan, -1), i;

	for (i = 0; i < plan->n_sides; i++)
		total = times(total, count_side(plan, (int)i));
	return total;
}

/* The endpoint of the axis' side in the combination that is being made. */
static const char *endpoint_now(const struct maker *m, const struct param *axis)
{
	const struct side_info *info = axis->side < 0 ? NULL : &m->plan->side_info[axis->side];

	if (!info || !info->endpoint)
		return NULL;
	return plan_endpoint_value(
		info, info->endpoint->axis == NO_AXIS ? 0 : m->index[info->endpoint->axis]);
}

/*
 * Count m->index on by one, over the endpoints (ENDPOINTS true) or over the
 * other axes that apply; the last fastest. False after the last combination,
 * with all of them back at the first.
 */
static bool step(struct maker *m, bool endpoints)
{
	size_t i;

	for (i = m->plan->n_axes; i-- > 0;) {
		const struct param *axis = m->plan->axes[i];

		if (is_endpoint_axis(m->plan, axis) != endpoints || m->index[i] == COLLAPSED)
			continue;
		if (++m->index[i] < axis->n_values)
			return true;
		m->index[i] = 0;
	}
	return false;
}

static void make_points(struct maker *m)
{
	const struct plan *plan = m->plan;
	size_t i;

	do {
		for (i = 0; i < plan->n_axes; i++)
			if (!is_endpoint_axis(plan, plan->axes[i]))
				m->index[i] = applies(plan->axes[i], endpoint_now(m, plan->axes[i]))
						      ? 0
						      : COLLAPSED;
		do {
			struct point *p = (struct point *)(m->store + m->n * m->stride);

			p->plan = plan;
			memcpy(p->index, m->index, plan->n_axes * sizeof(p->index[0]));
			plan->points[m->n++] = p;
		} while (step(m, false));
	} while (step(m, true));
}

/* A collapsed axis stands where its first value would: one loop over all meets it there first. */
static int in_order(const void *a, const void *b)
{
	const struct point *x = *(const struct point *const *)a;
	const struct point *y = *(const struct point *const *)b;
	size_t i;

	for (i = 0; i < x->plan->n_axes; i++) {
		uint32_t p = x->index[i] == COLLAPSED ? 0 : x->index[i];
		uint32_t q = y->index[i] == COLLAPSED ? 0 : y->index[i];

		if (p != q)
			return p < q ? -1 : 1;
	}
	return 0;
}

int plan_expand(struct plan *plan, const struct point ***points, size_t *n, struct error *err)
{
	size_t total = count_points(plan);
	struct maker m = {.plan = plan};

	if (total > POINTS_MAX)
		return error_set(err, EX_DATAERR, -E2BIG,
				 "%s: the lists make more than %d points; shorten some, or split "
				 "the plan",
				 plan->source ? plan->source : "plan", POINTS_MAX);
	if (!plan->points) {
		m.stride = sizeof(struct point) + plan->n_axes * sizeof(uint32_t);
		m.stride = (m.stride + _Alignof(struct point) - 1) & ~(_Alignof(struct point) - 1);
		m.store = calloc(total, m.stride);
		m.index = calloc(plan->n_axes + 1, sizeof(*m.index));
		plan->points = calloc(total, sizeof(*plan->points));
		if (!m.store || !m.index || !plan->points) {
			free(m.store);
			free(m.index);
			free(plan->points);
			plan->points = NULL;
			return error_set(err, EX_OSERR, -ENOMEM, "no memory for %zu points", total);
		}
		make_points(&m);
		qsort(plan->points, m.n, sizeof(*plan->points), in_order);
		free(m.index);
		plan->point_store = m.store;
		plan->n_points = m.n;
	}
	*points = plan->points;
	*n = plan->n_points;
	return 0;
}
