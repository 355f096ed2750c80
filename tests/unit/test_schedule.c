/* The order of trials. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schedule.h"

#define POINTS 50
#define REPEATS 4
#define BLOCKS 6

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

/* Blocks of 1, 2, 4, ... points, their points spread over the list. */
static void make_blocks(uint32_t *block)
{
	uint32_t b = 0, i, left = 1;

	for (i = 0; i < POINTS; i++) {
		block[i * 7 % POINTS] = b;
		if (--left == 0 && b < BLOCKS - 1)
			left = 1U << ++b;
	}
}

static void test_listed(void **state)
{
	struct scheduled *all = schedule_make(POINTS, REPEATS, SCHEDULE_LISTED, 1, NULL);
	size_t i;

	check_rounds(all);
	for (i = 0; i < POINTS * REPEATS; i++)
		assert_int_equal(all[i].point, i % POINTS);
	free(all);
}

/* The same for the same seed, another for another, and each round its own. */
static void check_seeds(enum schedule_order order, const uint32_t *block)
{
	struct scheduled *a = schedule_make(POINTS, REPEATS, order, 7, block);
	struct scheduled *b = schedule_make(POINTS, REPEATS, order, 7, block);
	struct scheduled *c = schedule_make(POINTS, REPEATS, order, 8, block);
	size_t round = POINTS * sizeof(*a), i;
	bool same_rounds = true;

	check_rounds(a);
	assert_memory_equal(a, b, REPEATS * round);
	assert_memory_not_equal(a, c, REPEATS * round);
	for (i = 0; i < POINTS; i++)
		same_rounds &= a[i].point == a[POINTS + i].point;
	assert_false(same_rounds);
	free(a);
	free(b);
	free(c);
}

static void test_shuffled(void **state)
{
	check_seeds(SCHEDULE_SHUFFLED, NULL);
}

/* Results that are stored can be gone on with only as long as a seed means the same order. */
static void an_order_is_for_ever(void **state)
{
	static const uint32_t shuffled[] = {4, 3, 0, 2, 5, 1}, blocked[] = {4, 5, 3, 2, 0, 1};
	static const uint32_t block[] = {0, 0, 1, 1, 2, 2};
	struct scheduled *all = schedule_make(6, 1, SCHEDULE_SHUFFLED, 42, NULL);
	size_t i;

	for (i = 0; i < 6; i++)
		assert_int_equal(all[i].point, shuffled[i]);
	free(all);
	all = schedule_make(6, 1, SCHEDULE_BLOCKED, 42, block);
	for (i = 0; i < 6; i++)
		assert_int_equal(all[i].point, blocked[i]);
	free(all);
}

static void blocks_stay_together_and_come_in_every_round(void **state)
{
	uint32_t block[POINTS];
	struct scheduled *all;
	size_t r, i;

	make_blocks(block);
	check_seeds(SCHEDULE_BLOCKED, block);
	all = schedule_make(POINTS, REPEATS, SCHEDULE_BLOCKED, 7, block);
	for (r = 0; r < REPEATS; r++)
		assert_int_equal(schedule_changes(all + r * POINTS, POINTS, block), BLOCKS - 1);
	/* inside a block, too, they are shuffled: the largest is not in the order of the list */
	for (i = 1; i < POINTS; i++)
		if (block[all[i].point] == BLOCKS - 1 && block[all[i - 1].point] == BLOCKS - 1 &&
		    all[i].point < all[i - 1].point)
			break;
	assert_in_range(i, 1, POINTS - 1);
	free(all);
}

/* A block's size has no part in when it comes: each is first about as often. */
static void every_block_may_be_first(void **state)
{
	enum { ROUNDS = 1200 };
	uint32_t block[POINTS];
	size_t first[BLOCKS] = {0}, i;
	struct scheduled *all;

	make_blocks(block);
	all = schedule_make(POINTS, ROUNDS, SCHEDULE_BLOCKED, 3, block);
	for (i = 0; i < ROUNDS; i++)
		first[block[all[i * POINTS].point]]++;
	/* 200 each, with a standard deviation of 13 */
	for (i = 0; i < BLOCKS; i++)
		assert_in_range(first[i], 130, 270);
	free(all);
}

static void one_block_is_a_shuffle(void **state)
{
	uint32_t block[POINTS] = {0};
	struct scheduled *all = schedule_make(POINTS, REPEATS, SCHEDULE_BLOCKED, 7, block);

	check_rounds(all);
	assert_int_equal(schedule_changes(all, POINTS * REPEATS, block), 0);
	free(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_shuffled),
		cmocka_unit_test(an_order_is_for_ever),
		cmocka_unit_test(blocks_stay_together_and_come_in_every_round),
		cmocka_unit_test(every_block_may_be_first),
		cmocka_unit_test(one_block_is_a_shuffle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
