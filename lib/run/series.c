/* Columns of samples that never grow without bound; see series.h. */
#include "series.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"

#define READING_SHARE 10 /* reading takes one in so many ns at most */

struct series *series_new(uint64_t interval_ns)
{
	struct series *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->interval_ns = s->next_ns = interval_ns;
	s->time_ns = calloc(SERIES_ROWS_MAX, sizeof(*s->time_ns));
	if (!s->time_ns) {
		series_free(s);
		return NULL;
	}
	return s;
}

void series_free(struct series *s)
{
	size_t c;

	if (!s)
		return;
	for (c = 0; c < s->n_columns; c++)
		free(s->columns[c].values);
	free(s->columns);
	free(s->time_ns);
	free(s);
}

int series_column(struct series *s, const char *group, const char *owner, const char *name)
{
	struct series_column *grown, *column;

	grown = realloc(s->columns, (s->n_columns + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	s->columns = grown;
	column = &grown[s->n_columns];
	*column = (struct series_column){.values = calloc(SERIES_ROWS_MAX, sizeof(int64_t))};
	if (!column->values)
		return -ENOMEM;
	snprintf(column->group, sizeof(column->group), "%s", group);
	snprintf(column->owner, sizeof(column->owner), "%s", owner);
	snprintf(column->name, sizeof(column->name), "%s", name);
	return (int)s->n_columns++;
}

/* Of each pair of rows the later one stays: it says all that the earlier one did. */
static void halve(struct series *s)
{
	size_t i, c;

	for (i = 0; i < s->n / 2; i++) {
		s->time_ns[i] = s->time_ns[2 * i + 1];
		for (c = 0; c < s->n_columns; c++)
			s->columns[c].values[i] = s->columns[c].values[2 * i + 1];
	}
	s->n /= 2;
	s->interval_ns *= 2;
}

void series_add(struct series *s, uint64_t time_ns, uint64_t done_ns, const int64_t *values)
{
	uint64_t took = done_ns - time_ns, rested = done_ns + (READING_SHARE - 1) * took;
	size_t c;

	s->time_ns[s->n] = time_ns;
	for (c = 0; c < s->n_columns; c++)
		s->columns[c].values[s->n] = values[c];
	/* full: halved at once, so that the next sample is due on the new grid */
	if (++s->n == SERIES_ROWS_MAX)
		halve(s);
	s->read_max_ns = took > s->read_max_ns ? took : s->read_max_ns;
	s->next_ns = (time_ns / s->interval_ns + 1) * s->interval_ns;
	s->next_ns = rested > s->next_ns ? rested : s->next_ns;
}

static json_t *seconds(uint64_t ns)
{
	return json_real((double)(ns / NSEC_PER_USEC) / 1e6);
}

static json_t *member(json_t *obj, const char *key)
{
	json_t *value = json_object_get(obj, key);

	if (!value) {
		value = json_object();
		json_object_set_new(obj, key, value);
	}
	return value;
}

json_t *series_json(const struct series *s)
{
	json_t *times = json_array();
	json_t *json =
		json_pack("{s:o, s:o, s:o, s:{}, s:{}}", "interval_s", seconds(s->interval_ns),
			  "read_s", seconds(s->read_max_ns), "t_s", times, "paths", "sides");
	size_t c, i;

	for (i = 0; i < s->n; i++)
		json_array_append_new(times, seconds(s->time_ns[i]));
	for (c = 0; c < s->n_columns; c++) {
		const struct series_column *column = &s->columns[c];
		json_t *values = json_array();

		for (i = 0; i < s->n; i++)
			json_array_append_new(values, column->values[i] == SERIES_NONE
							      ? json_null()
							      : json_integer(column->values[i]));
		json_object_set_new(member(member(json, column->group), column->owner),
				    column->name, values);
	}
	return json;
}
