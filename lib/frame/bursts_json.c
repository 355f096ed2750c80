/* Bursts and gaps as JSON, between processes and in results; see bursts.h. */
#include <stdio.h>
#include <string.h>

#include "bursts.h"
#include "json.h"

#define KEY_LEN 32

static json_t *runs_json(const struct burst_runs *runs)
{
	json_t *lengths = json_array();
	size_t bins = BURSTS_BINS, i;

	while (bins && !runs->lengths[bins - 1])
		bins--;
	for (i = 0; i < bins; i++)
		json_array_append_new(lengths, json_integer((json_int_t)runs->lengths[i]));
	return json_pack("{s:I, s:I, s:I, s:o, s:o}", "count", (json_int_t)runs->count, "frames",
			 (json_int_t)runs->frames, "longest", (json_int_t)runs->longest, "mean",
			 runs->count ? json_real((double)runs->frames / (double)runs->count)
				     : json_null(),
			 "lengths", lengths);
}

static void runs_from_json(const json_t *json, struct burst_runs *runs)
{
	const json_t *lengths = json_object_get(json, "lengths"), *value;
	size_t i;

	memset(runs, 0, sizeof(*runs));
	runs->count = json_u64(json, "count", 0);
	runs->frames = json_u64(json, "frames", 0);
	runs->longest = json_u64(json, "longest", 0);
	json_array_foreach (lengths, i, value)
		if (i < BURSTS_BINS)
			runs->lengths[i] = (uint64_t)json_integer_value(value);
}

void bursts_put(json_t *obj, const char *prefix, const struct bursts *b)
{
	char key[KEY_LEN];

	snprintf(key, sizeof(key), "%sbursts", prefix);
	json_object_set_new(obj, key, b ? runs_json(&b->lost) : json_null());
	snprintf(key, sizeof(key), "%sgaps", prefix);
	json_object_set_new(obj, key, b ? runs_json(&b->gaps) : json_null());
}

void bursts_get(const json_t *obj, const char *prefix, struct bursts *b)
{
	char key[KEY_LEN];

	snprintf(key, sizeof(key), "%sbursts", prefix);
	runs_from_json(json_object_get(obj, key), &b->lost);
	snprintf(key, sizeof(key), "%sgaps", prefix);
	runs_from_json(json_object_get(obj, key), &b->gaps);
}
