/* Which trials are done; see done.h. */
#include "done.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"

struct done {
	const struct point *const *points;
	size_t n;
	uint64_t repeats;
	uint8_t *state; /* enum done_state, point by point; skipped: of the repeat that found out */
	bool *skipped;  /* points */
	json_t *by_value; /* {axes as one text: index of the point}; made for the first line */
};

const char *done_verdict(enum done_state state)
{
	static const char *const verdicts[DONE_STATES] = {
		[DONE_FAILED] = "failed",
		[DONE_INVALID] = "invalid",
		[DONE_VALID] = "valid",
		[DONE_SKIPPED] = "skipped",
	};

	return verdicts[state];
}

struct done *done_new(const struct point *const *points, size_t n, uint64_t repeats)
{
	struct done *done = calloc(1, sizeof(*done));

	if (!done)
		return NULL;
	*done = (struct done){.points = points, .n = n, .repeats = repeats};
	done->state = calloc(n, repeats);
	done->skipped = calloc(n, sizeof(*done->skipped));
	if (done->state && done->skipped)
		return done;
	done_free(done);
	return NULL;
}

void done_free(struct done *done)
{
	if (!done)
		return;
	free(done->state);
	free(done->skipped);
	json_decref(done->by_value);
	free(done);
}

static uint8_t *state_of(const struct done *done, size_t point, uint64_t repeat)
{
	return &done->state[point * done->repeats + repeat];
}

void done_set(struct done *done, size_t point, uint64_t repeat, enum done_state state)
{
	*state_of(done, point, repeat) = (uint8_t)state;
	done->skipped[point] |= state == DONE_SKIPPED;
}

bool done_is_due(const struct done *done, size_t point, uint64_t repeat)
{
	return !done->skipped[point] && *state_of(done, point, repeat) <= DONE_FAILED;
}

size_t done_due(const struct done *done)
{
	size_t due = 0, i;
	uint64_t r;

	for (i = 0; i < done->n; i++)
		for (r = 0; r < done->repeats; r++)
			due += done_is_due(done, i, r);
	return due;
}

size_t done_count(const struct done *done, enum done_state state)
{
	size_t count = 0, i;

	for (i = 0; i < done->n * done->repeats; i++)
		count += done->state[i] == state;
	return count;
}

static json_t *index_points(const struct done *done)
{
	json_t *by_value = json_object();
	size_t i;

	for (i = 0; by_value && i < done->n; i++) {
		json_t *axes = point_axes(done->points[i]);
		char *text = json_line(axes);

		if (!text || json_object_set_new(by_value, text, json_integer((json_int_t)i))) {
			json_decref(by_value);
			by_value = NULL;
		}
		free(text);
		json_decref(axes);
	}
	return by_value;
}

/* The index of the point that a line is of, or a negative errno. */
static json_int_t find_point(struct done *done, const json_t *trial, struct error *err)
{
	char *text = json_line(json_object_get(trial, "point"));
	const json_t *index;
	json_int_t found;

	if (!done->by_value)
		done->by_value = index_points(done);
	if (!text || !done->by_value) {
		free(text);
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for the points of the plan");
	}
	index = json_object_get(done->by_value, text);
	found = index ? json_integer_value(index)
		      : error_set(err, EX_DATAERR, -ENOENT,
				  "the point %.200s of trial %lld is none of the plan's", text,
				  (long long)json_s64(trial, "seq", 0));
	free(text);
	return found;
}

/* Every value of the line is the plan's: a key that is no axis may have been changed, too. */
static int check_values(const struct point *point, const json_t *trial, struct error *err)
{
	const json_t *values = json_object_get(json_object_get(trial, "plan"), "values");
	const char *key, *value;
	json_t *stored;

	json_object_foreach ((json_t *)values, key, stored) {
		value = point_value(point, key);
		if (!value || !json_is_string(stored) || strcmp(json_string_value(stored), value))
			return error_set(
				err, EX_DATAERR, -EINVAL,
				"trial %lld was run with %s = %.100s, and the plan has %.100s",
				(long long)json_s64(trial, "seq", 0), key,
				json_is_string(stored) ? json_string_value(stored) : "?",
				value ? value : "no such key");
	}
	return 0;
}

int done_take(struct done *done, const json_t *trial, struct error *err)
{
	const char *verdict = json_str(trial, "verdict", "");
	int64_t repeat = json_s64(trial, "repeat", 0);
	json_int_t point = find_point(done, trial, err);
	int state, ret;

	if (point < 0)
		return (int)point;
	ret = check_values(done->points[point], trial, err);
	if (ret)
		return ret;
	if (repeat < 1 || (uint64_t)repeat > done->repeats)
		return error_set(err, EX_DATAERR, -ERANGE,
				 "trial %lld is repeat %lld, and the plan has %llu",
				 (long long)json_s64(trial, "seq", 0), (long long)repeat,
				 (unsigned long long)done->repeats);
	if (*state_of(done, (size_t)point, (uint64_t)repeat - 1) > DONE_FAILED)
		return error_set(err, EX_DATAERR, -EEXIST,
				 "trial %lld is there already: the same point and repeat",
				 (long long)json_s64(trial, "seq", 0));
	for (state = DONE_FAILED; state < DONE_STATES; state++)
		if (!strcmp(verdict, done_verdict((enum done_state)state)))
			done_set(done, (size_t)point, (uint64_t)repeat - 1, (enum done_state)state);
	return 0;
}
