/* The points of a plan, for tests to compare. Behind cmocka.h. */
#ifndef RINGLOSS_TESTS_PLAN_POINTS_H
#define RINGLOSS_TESTS_PLAN_POINTS_H

#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "plan.h"

static const struct point **expand(struct plan *plan, size_t *n)
{
	const struct point **points;
	struct error err = {0};

	if (plan_expand(plan, &points, n, &err))
		fail_msg("%s", err.text);
	return points;
}

/* All points as text, the axes' values only; the caller frees. */
static char *points_of(struct plan *plan)
{
	size_t n, i, len = 0, size = 1 << 16;
	const struct point **points = expand(plan, &n);
	char *all = calloc(1, size);

	for (i = 0; i < n; i++) {
		json_t *axes = point_axes(points[i]);
		const char *key;
		json_t *value;

		json_object_foreach (axes, key, value) {
			assert_string_equal(json_string_value(value), point_value(points[i], key));
			len += (size_t)snprintf(all + len, size - len, " %s",
						json_string_value(value));
		}
		len += (size_t)snprintf(all + len, size - len, "\n");
		json_decref(axes);
		assert_in_range(len, 0, size - 1);
	}
	return all;
}

#endif
