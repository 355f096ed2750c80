/*
 * The keys that mean something in a plan: the rows of all sets, crossed with
 * the sides and paths, joined with what was given. Says nothing about whether
 * the values are right.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"

void plan_free_values(char **values, size_t n)
{
	size_t i;

	for (i = 0; values && i < n; i++)
		free(values[i]);
	free(values);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

int plan_split(const char *text, bool split, char ***values, size_t *n)
{
	const char *p = text;

	*values = NULL;
	*n = 0;
	for (;;) {
		size_t whole = split ? strcspn(p, ",") : strlen(p), len = whole;
		const char *start = p;
		char **grown;

		for (; len && is_blank(*start); len--)
			start++;
		while (len && is_blank(start[len - 1]))
			len--;
		if (!len && (*n || p[whole])) {
			plan_free_values(*values, *n);
			*values = NULL;
			return -EINVAL;
		}
		grown = plan_grow(*values, *n, sizeof(**values));
		if (grown)
			*values = grown;
		if (!grown || !(grown[*n] = strndup(start, len))) {
			plan_free_values(*values, *n);
			*values = NULL;
			return -ENOMEM;
		}
		(*n)++;
		if (!p[whole])
			return 0;
		p += whole + 1;
	}
}

/*
 * One more row that answers to HEAD.GROUP.name (GROUP may be NULL). The params
 * from FIRST on belong to the same head.
 */
static int add_row(struct plan *plan, size_t first, const char *head, const char *group, int side,
		   const struct knob_set *set, const struct knob *row)
{
	struct param *param = NULL, *grown;
	struct row_ref *refs;
	char *key;
	size_t i;

	if (asprintf(&key, "%s.%s%s%s", head, group ? group : "", group ? "." : "", row->name) < 0)
		return -ENOMEM;
	for (i = first; i < plan->n_params && !param; i++)
		if (!strcmp(plan->params[i].key, key))
			param = &plan->params[i];
	if (param) {
		free(key);
	} else {
		grown = plan_grow(plan->params, plan->n_params, sizeof(*grown));
		if (!grown) {
			free(key);
			return -ENOMEM;
		}
		plan->params = grown;
		param = &plan->params[plan->n_params++];
		*param = (struct param){.key = key, .side = side, .axis = NO_AXIS, .dim = NO_AXIS};
		param->rest = key + strlen(head) + 1;
	}
	refs = plan_grow(param->refs, param->n_refs, sizeof(*refs));
	if (!refs)
		return -ENOMEM;
	param->refs = refs;
	refs[param->n_refs++] = (struct row_ref){set, row};
	return 0;
}

static int add_set(struct plan *plan, size_t first, const char *head, const char *group, int side,
		   const struct knob_set *set)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		if (add_row(plan, first, head, group, side, set, knob_row(set, i)))
			return -ENOMEM;
	return 0;
}

/* The sets of a side, groups last, so that plan_write finds each section in one place. */
static int add_side(struct plan *plan, int side)
{
	struct side_info *info = &plan->side_info[side];
	const char *name = plan->sides[side].name;
	size_t i;

	info->first = plan->n_params;
	for (i = 0; i < plan->n_sets; i++)
		if (plan->sets[i]->scope == KNOB_SCOPE_SIDE &&
		    add_set(plan, info->first, name, NULL, side, plan->sets[i]))
			return -ENOMEM;
	for (i = 0; i < plan->n_sets; i++)
		if (plan->sets[i]->scope == KNOB_SCOPE_GROUP &&
		    add_set(plan, info->first, name, plan->sets[i]->name, side, plan->sets[i]))
			return -ENOMEM;
	info->n = plan->n_params - info->first;
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct param *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

static int key_against(const void *key, const void *member)
{
	const struct param *const *param = member;

	return strcmp(key, (*param)->key);
}

struct param *plan_find_param(const struct plan *plan, const char *key)
{
	struct param **found = plan->n_params ? bsearch(key, plan->by_key, plan->n_params,
							sizeof(*found), key_against)
					      : NULL;

	return found ? *found : NULL;
}

static int join_entry(struct plan *plan, const struct entry *entry)
{
	struct param *param = plan_find_param(plan, entry->key);
	bool split = false;
	size_t i;

	for (i = 0; i < param->n_refs; i++)
		split |= param->refs[i].row->sweepable || param->refs[i].row->type != KNOB_STRING;
	param->entry = entry;
	if (plan_split(entry->text, split, &param->values, &param->n_values))
		return -ENOMEM;
	param->listed = param->n_values;
	return 0;
}

int plan_build_params(struct plan *plan)
{
	char endpoint[PLAN_NAME_MAX + sizeof(".endpoint")];
	size_t i;

	for (i = 0; i < plan->n_sets; i++)
		if (plan->sets[i]->scope == KNOB_SCOPE_PLAN &&
		    add_set(plan, 0, plan->sets[i]->name, NULL, -1, plan->sets[i]))
			return -ENOMEM;
	for (i = 0; i < plan->n_sides; i++)
		if (add_side(plan, (int)i))
			return -ENOMEM;
	for (i = 0; i < plan->n_paths; i++)
		if (add_set(plan, plan->n_params, "path", plan->paths[i].name, -1, &plan_path_set))
			return -ENOMEM;

	plan->by_key = calloc(plan->n_params, sizeof(*plan->by_key));
	if (!plan->by_key)
		return -ENOMEM;
	for (i = 0; i < plan->n_params; i++)
		plan->by_key[i] = &plan->params[i];
	qsort(plan->by_key, plan->n_params, sizeof(*plan->by_key), by_key);

	for (i = 0; i < plan->n_entries; i++)
		if (join_entry(plan, &plan->entries[i]))
			return -ENOMEM;
	for (i = 0; i < plan->n_sides; i++) {
		snprintf(endpoint, sizeof(endpoint), "%s.endpoint", plan->sides[i].name);
		plan->side_info[i].endpoint = plan_find_param(plan, endpoint);
	}
	return 0;
}

const char *plan_default(const struct knob *row)
{
	return row->def ? row->def : "";
}

size_t plan_endpoint_count(const struct side_info *info)
{
	return info->endpoint && info->endpoint->n_values ? info->endpoint->n_values : 1;
}

const char *plan_endpoint_value(const struct side_info *info, size_t i)
{
	if (!info->endpoint)
		return NULL;
	return info->endpoint->n_values ? info->endpoint->values[i]
					: plan_default(info->endpoint->refs[0].row);
}

const struct knob *plan_row_for(const struct param *param, const char *endpoint)
{
	size_t i;

	for (i = 0; i < param->n_refs; i++) {
		const char *only = param->refs[i].set->endpoint;

		if (!only || (endpoint && !strcmp(only, endpoint)))
			return param->refs[i].row;
	}
	return NULL;
}
