/* Glue on jansson; see json.h. */
#include "json.h"

#include <stdlib.h>
#include <string.h>

uint64_t json_u64(const json_t *obj, const char *key, uint64_t fallback)
{
	const json_t *v = json_object_get(obj, key);

	return json_is_integer(v) && json_integer_value(v) >= 0 ? (uint64_t)json_integer_value(v)
								: fallback;
}

int64_t json_s64(const json_t *obj, const char *key, int64_t fallback)
{
	const json_t *v = json_object_get(obj, key);

	return json_is_integer(v) ? json_integer_value(v) : fallback;
}

double json_num(const json_t *obj, const char *key, double fallback)
{
	const json_t *v = json_object_get(obj, key);

	return json_is_number(v) ? json_number_value(v) : fallback;
}

bool json_flag(const json_t *obj, const char *key, bool fallback)
{
	const json_t *v = json_object_get(obj, key);

	return json_is_boolean(v) ? json_boolean_value(v) : fallback;
}

const char *json_str(const json_t *obj, const char *key, const char *fallback)
{
	const json_t *v = json_object_get(obj, key);

	return json_is_string(v) ? json_string_value(v) : fallback;
}

void json_put_u64(json_t *obj, const char *key, uint64_t value)
{
	json_object_set_new(obj, key, json_integer((json_int_t)value));
}

void json_put_num(json_t *obj, const char *key, double value)
{
	json_object_set_new(obj, key, json_real(value));
}

void json_put_flag(json_t *obj, const char *key, bool value)
{
	json_object_set_new(obj, key, json_boolean(value));
}

void json_put_str(json_t *obj, const char *key, const char *value)
{
	json_object_set_new(obj, key, json_string(value));
}

json_t *json_text(const char *s)
{
	json_t *text = json_string(s);
	char *ascii;
	size_t i;

	if (text)
		return text;
	ascii = strdup(s);
	for (i = 0; ascii && ascii[i]; i++)
		if (ascii[i] & 0x80)
			ascii[i] = '?';
	text = json_string(ascii);
	free(ascii);
	return text;
}

json_t *json_bytes(const uint8_t *bytes, size_t n)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(array, json_integer(bytes[i]));
	return array;
}

void json_get_bytes(const json_t *obj, const char *key, uint8_t *bytes, size_t n)
{
	const json_t *array = json_object_get(obj, key);
	size_t i;

	for (i = 0; i < n; i++)
		bytes[i] = (uint8_t)json_integer_value(json_array_get(array, i));
}

char *json_line(const json_t *value)
{
	return json_dumps(value, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12) |
					 JSON_ENCODE_ANY);
}
