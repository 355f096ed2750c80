/*
 * plan_expand: axes to points. A side's endpoint decides which of its axes
 * apply, so the combinations are made endpoint by endpoint, each exactly once,
 * and then put in the order in which one loop over all dimensions would have met them first.
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
	uint32_t *rank; /* of the combination that is being made: one a dimension */
	bool *applies;  /* each axis, with the endpoints of that combination */
	size_t n;
};

static bool is_endpoint_axis(const struct plan *plan, const struct param *axis)
{
	return axis->side >= 0 && plan->side_info[axis->side].endpoint == axis;
}

static bool has_endpoint(const struct plan *plan, const struct dimension *dim)
{
	size_t k;

	for (k = 0; k < dim->n; k++)
		if (is_endpoint_axis(plan, dim->axes[k]))
			return true;
	return false;
}

/* a * b, but no more than one above the limit. */
static size_t times(size_t a, size_t b)
{
	size_t product;

	if (__builtin_mul_overflow(a, b, &product) || product > POINTS_MAX)
		return POINTS_MAX + 1;
	return product;
}

/* The endpoint of the axis' side in the combination that is being made. */
static const char *endpoint_now(const struct maker *m, const struct param *axis)
{
	const struct side_info *info = axis->side < 0 ? NULL : &m->plan->side_info[axis->side];
	const struct param *endpoint = info ? info->endpoint : NULL;

	if (!endpoint)
		return NULL;
	return plan_endpoint_value(info, endpoint->axis == NO_AXIS ? 0 : m->rank[endpoint->dim]);
}

/*
 * The endpoints are chosen: which axes apply, and every other dimension at its first combination,
 * or COLLAPSED when none of its axes does.
 */
static void begin_endpoints(struct maker *m)
{
	const struct plan *plan = m->plan;
	size_t i, k;

	for (i = 0; i < plan->n_axes; i++)
		m->applies[i] = plan->axes[i]->side < 0 ||
				plan_row_for(plan->axes[i], endpoint_now(m, plan->axes[i]));
	for (i = 0; i < plan->n_dims; i++) {
		const struct dimension *dim = &plan->dims[i];
		bool any = false;

		for (k = 0; k < dim->n; k++)
			any |= m->applies[dim->axes[k]->axis];
		if (!has_endpoint(plan, dim))
			m->rank[i] = any ? 0 : COLLAPSED;
	}
}

/*
 * Count on by one, over the dimensions with endpoints (ENDPOINTS true) or over the
 * others that apply; the last fastest. False after the last combination,
 * with all of them back at the first.
 */
static bool step(struct maker *m, bool endpoints)
{
	size_t i;

	for (i = m->plan->n_dims; i-- > 0;) {
		const struct dimension *dim = &m->plan->dims[i];

		if (m->rank[i] == COLLAPSED || has_endpoint(m->plan, dim) != endpoints)
			continue;
		if (++m->rank[i] < dim->n_values)
			return true;
		m->rank[i] = 0;
	}
	return false;
}

/* How many combinations make_points makes, or one above the limit. */
static size_t count_points(struct maker *m)
{
	const struct plan *plan = m->plan;
	size_t total = 1, i;

	/* each makes a point at least */
	for (i = 0; i < plan->n_dims; i++)
		if (has_endpoint(plan, &plan->dims[i]))
			total = times(total, plan->dims[i].n_values);
	if (total > POINTS_MAX)
		return total;
	total = 0;
	do {
		size_t product = 1;

		begin_endpoints(m);
		for (i = 0; i < plan->n_dims; i++)
			if (m->rank[i] != COLLAPSED && !has_endpoint(plan, &plan->dims[i]))
				product = times(product, plan->dims[i].n_values);
		total += product;
	} while (step(m, true) && total <= POINTS_MAX);
	memset(m->rank, 0, plan->n_dims * sizeof(*m->rank));
	return total;
}

static void make_point(struct maker *m)
{
	const struct plan *plan = m->plan;
	struct point *p = (struct point *)(m->store + m->n * m->stride);
	size_t i;

	p->plan = plan;
	for (i = 0; i < plan->n_axes; i++) {
		const struct param *axis = plan->axes[i];
		uint32_t value = m->rank[axis->dim];

		p->index[i] = !m->applies[i] ? COLLAPSED : axis->same ? axis->same[value] : value;
	}
	memcpy(p->index + plan->n_axes, m->rank, plan->n_dims * sizeof(*m->rank));
	plan->points[m->n++] = p;
}

static void make_points(struct maker *m)
{
	do {
		begin_endpoints(m);
		do
			make_point(m);
		while (step(m, false));
	} while (step(m, true));
}

/*
 * A collapsed dimension stands where its first combination would: one loop over all meets it
 * there first.
 */
static int in_order(const void *a, const void *b)
{
	const struct point *x = *(const struct point *const *)a;
	const struct point *y = *(const struct point *const *)b;
	size_t n = x->plan->n_axes, end = n + x->plan->n_dims, i;

	for (i = n; i < end; i++) {
		uint32_t p = x->index[i] == COLLAPSED ? 0 : x->index[i];
		uint32_t q = y->index[i] == COLLAPSED ? 0 : y->index[i];

		if (p != q)
			return p < q ? -1 : 1;
	}
	return 0;
}

static int by_values(const void *a, const void *b)
{
	const struct point *x = *(const struct point *const *)a;
	const struct point *y = *(const struct point *const *)b;
	int order = memcmp(x->index, y->index, x->plan->n_axes * sizeof(x->index[0]));

	return order ? order : in_order(a, b);
}

/*
 * Where an axis of a group does not apply, combinations that differ in it alone are one point: the
 * first of them stays.
 */
static void drop_same(struct plan *plan, size_t *n)
{
	size_t size = plan->n_axes * sizeof(uint32_t), i, kept = 0;

	qsort(plan->points, *n, sizeof(*plan->points), by_values);
	for (i = 0; i < *n; i++)
		if (!kept || memcmp(plan->points[i]->index, plan->points[kept - 1]->index, size))
			plan->points[kept++] = plan->points[i];
	*n = kept;
}

static void maker_free(struct maker *m)
{
	free(m->store);
	free(m->rank);
	free(m->applies);
}

static int no_memory(struct maker *m, struct error *err)
{
	maker_free(m);
	free(m->plan->points);
	m->plan->points = NULL;
	return error_set(err, EX_OSERR, -ENOMEM, "no memory for the points of the plan");
}

static int expand(struct plan *plan, struct error *err)
{
	struct maker m = {.plan = plan};
	size_t total;

	m.rank = calloc(plan->n_dims + 1, sizeof(*m.rank));
	m.applies = calloc(plan->n_axes + 1, sizeof(*m.applies));
	if (!m.rank || !m.applies)
		return no_memory(&m, err);
	total = count_points(&m);
	if (total > POINTS_MAX) {
		maker_free(&m);
		return error_set(err, EX_DATAERR, -E2BIG,
				 "%s: the lists make more than %d points; shorten some, or split "
				 "the plan",
				 plan->source ? plan->source : "plan", POINTS_MAX);
	}
	m.stride = sizeof(struct point) + (plan->n_axes + plan->n_dims) * sizeof(uint32_t);
	m.stride = (m.stride + _Alignof(struct point) - 1) & ~(_Alignof(struct point) - 1);
	m.store = calloc(total, m.stride);
	plan->points = calloc(total, sizeof(*plan->points));
	if (!m.store || !plan->points)
		return no_memory(&m, err);
	make_points(&m);
	if (plan->zipped)
		drop_same(plan, &m.n);
	qsort(plan->points, m.n, sizeof(*plan->points), in_order);
	plan->n_points = m.n;
	plan->point_store = m.store;
	m.store = NULL;
	maker_free(&m);
	return 0;
}

int plan_expand(struct plan *plan, const struct point ***points, size_t *n, struct error *err)
{
	int ret = plan->points ? 0 : expand(plan, err);

	if (ret)
		return ret;
	*points = plan->points;
	*n = plan->n_points;
	return 0;
}
