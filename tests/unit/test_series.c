/* Series of samples: nothing is made up, nothing grows without bound, what is unknown is null. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "json.h"
#include "series.h"

#define INTERVAL (100 * NSEC_PER_MSEC)
#define READING (1 * NSEC_PER_MSEC)

/* Two columns: frames that rise by 7 a millisecond, and one that is unknown at odd rows. */
static struct series *two_columns(uint64_t interval)
{
	struct series *s = series_new(interval);

	assert_non_null(s);
	assert_int_equal(series_column(s, "paths", "a-b", "accepted"), 0);
	assert_int_equal(series_column(s, "sides", "rx", "dev.rx_dropped"), 1);
	return s;
}

static void add_at(struct series *s, uint64_t time_ns, int64_t second)
{
	const int64_t row[] = {(int64_t)(time_ns / NSEC_PER_MSEC * 7), second};

	series_add(s, time_ns, time_ns + READING, row);
}

static void test_due(void **state)
{
	const struct {
		uint64_t time_ms, took_ms, next_ms;
	} rows[] = {
		{100, 1, 200},                 /* on the grid */
		{217, 1, 300},                 /* late: the grid stays */
		{299, 0, 300},                 /* a sample out of turn */
		{300, 1, 400}, {400, 30, 700}, /* slow: nine times as long a rest */
	};
	struct series *s = two_columns(INTERVAL);
	const int64_t row[] = {0, 0};
	size_t i;

	assert_int_equal(s->next_ns, INTERVAL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t at = rows[i].time_ms * NSEC_PER_MSEC;

		series_add(s, at, at + rows[i].took_ms * NSEC_PER_MSEC, row);
		assert_int_equal(s->next_ns, rows[i].next_ms * NSEC_PER_MSEC);
	}
	assert_int_equal(s->read_max_ns, 30 * NSEC_PER_MSEC);
	series_free(s);
}

/* An hour at 100 ms: 36,000 samples are due, 1,000 at most are kept, and each says what it said. */
static void test_bounded(void **state)
{
	struct series *s = two_columns(INTERVAL);
	uint64_t end = 3600 * NSEC_PER_SEC, last = 0, step;
	size_t i;

	while (s->next_ns <= end) {
		last = s->next_ns;
		add_at(s, last, (int64_t)last);
		assert_in_range(s->n, 1, SERIES_ROWS_MAX - 1);
	}
	assert_int_equal(s->interval_ns, 64 * INTERVAL);
	assert_in_range(s->n, SERIES_ROWS_MAX / 2, SERIES_ROWS_MAX);
	step = s->interval_ns;
	for (i = 0; i < s->n; i++) {
		/* evenly spaced still, and no value is of another time */
		assert_int_equal(s->time_ns[i], (i + 1) * step);
		assert_int_equal(s->columns[0].values[i], s->time_ns[i] / NSEC_PER_MSEC * 7);
		assert_int_equal(s->columns[1].values[i], s->time_ns[i]);
	}
	/* the last one is a real one, shorter than the others as it may be */
	add_at(s, last + 5 * NSEC_PER_MSEC, SERIES_NONE);
	assert_int_equal(s->time_ns[s->n - 1], last + 5 * NSEC_PER_MSEC);
	series_free(s);
}

static void test_json(void **state)
{
	struct series *s = two_columns(INTERVAL);
	json_t *json, *times, *accepted, *dropped;

	assert_int_equal(series_column(s, "paths", "a-b", "received"), 2);
	series_add(s, 100123456, 101123456, (const int64_t[]){10, 0, SERIES_NONE});
	series_add(s, 107000999, 109000999, (const int64_t[]){20, SERIES_NONE, 15});
	json = series_json(s);
	assert_true(json_num(json, "interval_s", 0) == 0.1);
	assert_true(json_num(json, "read_s", 0) == 0.002);
	times = json_object_get(json, "t_s");
	assert_int_equal(json_array_size(times), 2);
	assert_true(json_real_value(json_array_get(times, 0)) == 0.100123);
	assert_true(json_real_value(json_array_get(times, 1)) == 0.107);
	accepted =
		json_object_get(json_object_get(json_object_get(json, "paths"), "a-b"), "accepted");
	assert_int_equal(json_integer_value(json_array_get(accepted, 1)), 20);
	dropped = json_object_get(json_object_get(json_object_get(json, "sides"), "rx"),
				  "dev.rx_dropped");
	assert_true(json_is_integer(json_array_get(dropped, 0)));
	/* could not be read: neither 0 nor what it was before */
	assert_true(json_is_null(json_array_get(dropped, 1)));
	json_decref(json);
	series_free(s);
	series_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_due),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
