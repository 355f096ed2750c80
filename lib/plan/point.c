/* The values of one point: by key, as a config struct, as JSON, and against another point. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

/* Room for SIDE.GROUP.name; a longer one is nobody's key. */
#define KEY_TEXT_MAX 256

const char *point_endpoint(const struct point *point, int side)
{
	const struct side_info *info = side < 0 ? NULL : &point->plan->side_info[side];
	const struct param *endpoint = info ? info->endpoint : NULL;

	if (!endpoint)
		return NULL;
	return plan_endpoint_value(info,
				   endpoint->axis == NO_AXIS ? 0 : point->index[endpoint->axis]);
}

/* The value of PARAM at a point, or NULL where the side's endpoint has no such key. */
static const char *value_of(const struct point *point, const struct param *param)
{
	const struct knob *row = plan_row_for(param, point_endpoint(point, param->side));

	if (!row)
		return NULL;
	if (param->axis != NO_AXIS)
		return param->values[point->index[param->axis]];
	return param->n_values ? param->values[0] : plan_default(row);
}

const char *point_value(const struct point *point, const char *key)
{
	const struct param *param = plan_find_param(point->plan, key);

	return param ? value_of(point, param) : NULL;
}

json_t *point_axes(const struct point *point)
{
	json_t *axes = json_object();
	size_t i;

	for (i = 0; axes && i < point->plan->n_axes; i++) {
		const struct param *axis = point->plan->axes[i];

		if (point->index[i] != COLLAPSED)
			json_object_set_new(axes, axis->key,
					    json_string(axis->values[point->index[i]]));
	}
	return axes;
}

/* Parse VALUE for a row of SET, or its default where VALUE is NULL. */
static int fill(const struct knob *row, const char *key, const char *value, void *config,
		struct error *err)
{
	int ret = knob_parse(row, value ? value : plan_default(row), config, err);

	if (ret)
		error_prefix(err, "%s", key);
	return ret;
}

int point_config(const struct point *point, const struct knob_set *set, int side, void *config,
		 struct error *err)
{
	const struct plan *plan = point->plan;
	char key[KEY_TEXT_MAX];
	const char *head = "";
	size_t i;
	int ret;

	if (set->scope != KNOB_SCOPE_PLAN) {
		if (side < 0 || (size_t)side >= plan->n_sides)
			return error_set(err, EX_SOFTWARE, -EINVAL, "the plan has no side %d",
					 side);
		head = plan->sides[side].name;
	}
	for (i = 0; i < set->n; i++) {
		const struct knob *row = knob_row(set, i);
		const char *value = NULL;
		const struct param *param;

		snprintf(key, sizeof(key), "%s%s%s%s%s", head, *head ? "." : "",
			 set->scope == KNOB_SCOPE_SIDE ? "" : set->name,
			 set->scope == KNOB_SCOPE_SIDE ? "" : ".", row->name);
		param = plan_find_param(plan, key);
		/* the set of an endpoint that the point does not use has defaults only */
		if (param && plan_row_for(param, point_endpoint(point, param->side)) == row)
			value = value_of(point, param);
		ret = fill(row, key, value, config, err);
		if (ret)
			return ret;
	}
	return 0;
}

json_t *point_side_values(const struct point *point, int side)
{
	const struct plan *plan = point->plan;
	json_t *values = json_object();
	const struct side_info *info;
	size_t i;

	if (side < 0 || (size_t)side >= plan->n_sides)
		return values;
	info = &plan->side_info[side];
	for (i = info->first; values && i < info->first + info->n; i++) {
		const char *value = value_of(point, &plan->params[i]);

		if (value)
			json_object_set_new(values, plan->params[i].rest, json_string(value));
	}
	return values;
}

json_t *point_values(const struct point *point)
{
	const struct plan *plan = point->plan;
	json_t *values = json_object();
	size_t i;

	for (i = 0; values && i < plan->n_params; i++) {
		const char *value = value_of(point, &plan->params[i]);

		if (value)
			json_object_set_new(values, plan->params[i].key, json_string(value));
	}
	return values;
}

int knob_set_from_json(const struct knob_set *set, const json_t *values, void *config,
		       struct error *err)
{
	char key[KEY_TEXT_MAX];
	size_t i;
	int ret;

	for (i = 0; i < set->n; i++) {
		const json_t *value;

		snprintf(key, sizeof(key), "%s%s%s", set->scope == KNOB_SCOPE_SIDE ? "" : set->name,
			 set->scope == KNOB_SCOPE_SIDE ? "" : ".", knob_row(set, i)->name);
		value = json_object_get(values, key);
		if (value && !json_is_string(value))
			return error_set(err, EX_DATAERR, -EINVAL,
					 "%s: not a string; send every value as the plan has it",
					 key);
		ret = fill(knob_row(set, i), key, value ? json_string_value(value) : NULL, config,
			   err);
		if (ret)
			return ret;
	}
	return 0;
}
