/* The order of trials. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schedule.h"

#define POINTS 50
#define REPEATS 4

/* Every round holds every point once. */
static void check_rounds(const struct scheduled *all)
{
	size_t r, i;

	for (r = 0; r < REPEATS; r++) {
		int seen[POINTS] = {0};

		for (i = 0; i < POINTS; i++) {
			assert_in_range(all[r * POINTS + i].point, 0, POINTS - 1);
			assert_int_equal(all[r * POINTS + i].repeat, r);
			seen[all[r * POINTS + i].point]++;
		}
		for (i = 0; i < POINTS; i++)
			assert_int_equal(seen[i], 1);
	}
}

static void test_listed(void **state)
{
	struct scheduled *all = schedule_make(POINTS, REPEATS, false, 1);
	size_t i;

	check_rounds(all);
	for (i = 0; i < POINTS * REPEATS; i++)
		assert_int_equal(all[i].point, i % POINTS);
	free(all);
}

static void test_shuffled(void **state)
{
	struct scheduled *a = schedule_make(POINTS, REPEATS, true, 7);
	struct scheduled *b = schedule_make(POINTS, REPEATS, true, 7);
	struct scheduled *c = schedule_make(POINTS, REPEATS, true, 8);
	size_t round = POINTS * sizeof(*a), i;
	bool same_rounds = true;

	check_rounds(a);
	assert_memory_equal(a, b, REPEATS * round);
	assert_memory_not_equal(a, c, REPEATS * round);
	/* each round has an order of its own */
	for (i = 0; i < POINTS; i++)
		same_rounds &= a[i].point == a[POINTS + i].point;
	assert_false(same_rounds);
	free(a);
	free(b);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_shuffled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
