/* What counted in between; see moved.h. */
#include "moved.h"

#include <stdbool.h>
#include <string.h>

#include "json.h"

static bool is_one_of(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

/* All that names a thing, but not what it COUNTS. */
static bool is_same(const json_t *a, const json_t *b, const char *const *counts)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)a, key, value)
		if (!is_one_of(counts, key) && !json_equal(value, json_object_get(b, key)))
			return false;
	return true;
}

static const json_t *find(const json_t *list, const json_t *thing, const char *const *counts)
{
	const json_t *other;
	size_t i;

	json_array_foreach (list, i, other)
		if (is_same(other, thing, counts))
			return other;
	return NULL;
}

static json_t *moved(const json_t *before, const json_t *after, const char *const *counts)
{
	json_t *list = json_array(), *thing;
	size_t i, c;

	json_array_foreach (after, i, thing) {
		const json_t *old = find(before, thing, counts);
		json_t *copy = json_copy(thing);
		bool any = false;

		for (c = 0; counts[c]; c++) {
			uint64_t now = json_u64(thing, counts[c], 0);
			uint64_t then = json_u64(old, counts[c], 0);

			if (!json_is_integer(json_object_get(thing, counts[c])))
				continue;
			any |= now > then;
			json_put_u64(copy, counts[c], now > then ? now - then : 0);
		}
		if (any)
			json_array_append(list, copy);
		json_decref(copy);
	}
	return list;
}

json_t *moved_rules(const json_t *before, const json_t *after)
{
	static const char *const counts[] = {"packets", NULL};

	return moved(before, after, counts);
}

json_t *moved_cpus(const json_t *before, const json_t *after)
{
	static const char *const counts[] = {"interrupts", "net_rx", "net_tx", NULL};

	return before && after ? moved(before, after, counts) : NULL;
}

json_t *moved_events(const json_t *before, const json_t *after)
{
	static const char *const counts[] = {"ours", "stale", "foreign", "unknown", NULL};
	json_t *copy;

	if (!after)
		return NULL;
	copy = json_copy((json_t *)after);
	/* without the one that was before nothing is known of in between */
	json_object_del(copy, "events");
	if (json_object_get(before, "events") && json_object_get(after, "events"))
		json_object_set_new(copy, "events",
				    moved(json_object_get(before, "events"),
					  json_object_get(after, "events"), counts));
	return copy;
}
