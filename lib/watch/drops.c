/* Totals by place, window by window; see drops.h. */
#include "drops.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

void drops_begin(struct drops *drops)
{
	for (size_t i = 0; i < drops->n; i++)
		drops->list[i].kept = drops->list[i].drop.total;
}

static bool is_it(const struct watch_drop *a, const struct watch_drop *b)
{
	return a->row == b->row && a->sign == b->sign && !strcmp(a->place, b->place) &&
	       !strcmp(a->where, b->where) && !strcmp(a->unit, b->unit);
}

static struct drop_total *total_of(struct drops *drops, const struct watch_drop *drop)
{
	struct drop_total *more;

	for (size_t i = 0; i < drops->n; i++)
		if (is_it(&drops->list[i].drop, drop))
			return &drops->list[i];
	more = realloc(drops->list, (drops->n + 1) * sizeof(*more));
	if (!more)
		return NULL;
	drops->list = more;
	more = &drops->list[drops->n++];
	*more = (struct drop_total){.drop = *drop};
	return more;
}

/* Several rules may name one place. */
static uint64_t lost_at(const json_t *findings, const json_t *first, size_t from)
{
	uint64_t lost = json_u64(first, "lost", 0);

	for (size_t i = from; i < json_array_size(findings); i++) {
		const json_t *one = json_array_get(findings, i);

		if (json_equal(json_object_get(one, "place"), json_object_get(first, "place")) &&
		    json_equal(json_object_get(one, "kind"), json_object_get(first, "kind")) &&
		    json_equal(json_object_get(one, "unit"), json_object_get(first, "unit")) &&
		    json_equal(json_object_get(one, "row"), json_object_get(first, "row")) &&
		    json_equal(json_object_get(one, "device"), json_object_get(first, "device")))
			lost += json_u64(one, "lost", 0);
	}
	return lost;
}

int drops_take(struct drops *drops, const json_t *findings)
{
	const json_t *one;
	size_t i;

	json_array_foreach ((json_t *)findings, i, one) {
		struct watch_drop drop = {.row = (int)json_s64(one, "row", 0),
					  .sign = !strcmp(json_str(one, "kind", ""), "sign")};
		struct drop_total *total;
		uint64_t lost = lost_at(findings, one, i + 1);

		snprintf(drop.place, sizeof(drop.place), "%s", json_str(one, "place", ""));
		snprintf(drop.where, sizeof(drop.where), "%s",
			 json_str(one, "device",
				  json_is_null(json_object_get(one, "netns")) ? "machine"
									      : "namespace"));
		snprintf(drop.unit, sizeof(drop.unit), "%s", json_str(one, "unit", ""));
		total = total_of(drops, &drop);
		if (!total)
			return -ENOMEM;
		/* what was explained otherwise at the look before stays what it was */
		if (total->kept + lost > total->drop.total)
			total->drop.total = total->kept + lost;
	}
	return 0;
}
