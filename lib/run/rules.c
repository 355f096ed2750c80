/* Which rules counted; see rules.h. */
#include "rules.h"

#include <stdbool.h>
#include <string.h>

#include "json.h"

/* All that names a rule, but not what it counted. */
static bool is_same(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)a, key, value)
		if (strcmp(key, "packets") && !json_equal(value, json_object_get(b, key)))
			return false;
	return true;
}

static const json_t *find(const json_t *rules, const json_t *rule)
{
	const json_t *other;
	size_t i;

	json_array_foreach (rules, i, other)
		if (is_same(other, rule))
			return other;
	return NULL;
}

json_t *rules_moved(const json_t *before, const json_t *after)
{
	json_t *moved = json_array(), *rule;
	size_t i;

	json_array_foreach (after, i, rule) {
		uint64_t now = json_u64(rule, "packets", 0);
		uint64_t old = json_u64(find(before, rule), "packets", 0);
		json_t *copy;

		if (now <= old)
			continue;
		copy = json_copy(rule);
		json_put_u64(copy, "packets", now - old);
		json_array_append_new(moved, copy);
	}
	return moved;
}
