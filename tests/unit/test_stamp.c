/*
 * The stamp and its classes: sums by a slow second way, each bit flipped, a table
 * of damages, and payloads of others: zeros, ones, chance.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "stamp.h"

#define SEED 20240612u

static uint64_t random_state;

/* splitmix64: the same numbers on every machine */
static uint64_t random64(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint32_t below(uint32_t n)
{
	return (uint32_t)(random64() % n);
}

static void test_sum_is_constant(void **state)
{
	for (int i = 0; i < 200000; i++) {
		uint8_t stamp[STAMP_LEN + 1];
		uint32_t epoch = below(65536), stream = below(65536), sum = 0;
		uint64_t seq = random64() >> (16 + below(48));

		stamp_write(stamp + 1, stamp_head_wire(epoch), stream, seq, (uint32_t)random64());
		for (int k = 0; k < STAMP_LEN; k++) {
			sum += (uint32_t)stamp[1 + k] << (k % 2 * 8);
			sum = sum > 0xffff ? sum - 0xffff : sum;
		}
		assert_int_equal(sum, 0xffff);
		assert_int_equal(stamp_sum(stamp + 1), 0xffff);
		assert_int_equal(stamp_stream(stamp + 1), stream);
		assert_true(stamp_seq(stamp + 1) == seq);
	}
}

/* stamp_sum, stamp_balanced against word-by-word addition, on bytes that are mostly 0 or 0xff. */
static void test_sum_of_any_bytes(void **state)
{
	for (int i = 0; i < 300000; i++) {
		static const uint8_t edges[] = {0, 0xff, 1, 0x80};
		uint8_t bytes[STAMP_LEN];
		uint32_t sum = 0;

		for (int k = 0; k < STAMP_LEN; k++)
			bytes[k] = i % 3 ? edges[below(2 + i % 3)] : (uint8_t)random64();
		for (int k = 0; k < STAMP_LEN; k += 2) {
			sum += bytes[k] | (uint32_t)bytes[k + 1] << 8;
			sum = sum > 0xffff ? sum - 0xffff : sum;
		}
		assert_int_equal(stamp_sum(bytes), sum);
		assert_int_equal(stamp_balanced(stamp_total(bytes, STAMP_LOAD(uint32_t, bytes))),
				 sum == 0xffff || sum == 0);
	}
}

/* Every bit of the stamp flipped: corrupt, never ours, never stale, never foreign. */
static void test_each_bit(void **state)
{
	for (int round = 0; round < 2000; round++) {
		static const uint32_t epochs[] = {0, 0xffff, 0xadb3, 1};
		uint32_t epoch = round % 8 < 4 ? epochs[round % 8] : below(65536);
		struct stamp_expect expect = {stamp_head_wire(epoch), 256, 1ULL << 32};
		uint8_t stamp[STAMP_LEN];

		stamp_write(stamp, expect.head, below(256), random64() >> (32 + below(32)),
			    round % 5 ? (uint32_t)random64() : 0);
		assert_int_equal(stamp_classify(stamp, &expect), STAMP_OURS);
		for (int bit = 0; bit < STAMP_LEN * 8; bit++) {
			stamp[bit / 8] ^= 1 << bit % 8;
			if (stamp_classify(stamp, &expect) != STAMP_CORRUPT)
				fail_msg("round %d, bit %d: class %d", round, bit,
					 stamp_classify(stamp, &expect));
			stamp[bit / 8] ^= 1 << bit % 8;
		}
	}
}

/* Stamps of epoch 7, stream 5, sequence 9, changed; 16 streams of 100 frames expected. */
static const struct {
	const char *what;
	uint16_t magic, epoch, stream;
	uint64_t seq;
	uint16_t then_at[3], then_xor[3]; /* words changed after the sum was made */
	enum stamp_class class;
} class_rows[] = {
	{"whole", 0x524c, 7, 5, 9, {0}, {0}, STAMP_OURS},
	{"last of range", 0x524c, 7, 15, 99, {0}, {0}, STAMP_OURS},
	{"stream out of range", 0x524c, 7, 16, 9, {0}, {0}, STAMP_CORRUPT},
	{"sequence out of range", 0x524c, 7, 5, 100, {0}, {0}, STAMP_CORRUPT},
	{"stream and sequence all ones",
	 0x524c,
	 7,
	 0xffff,
	 (1ULL << 48) - 1,
	 {0},
	 {0},
	 STAMP_CORRUPT},
	{"stale", 0x524c, 8, 5, 9, {0}, {0}, STAMP_STALE},
	{"stale, of a larger trial", 0x524c, 8, 5000, 1ULL << 40, {0}, {0}, STAMP_STALE},
	{"epoch damaged", 0x524c, 7, 5, 9, {1}, {0xffff}, STAMP_CORRUPT},
	{"epoch and time damaged", 0x524c, 7, 5, 9, {1, 6}, {0x100, 0x300}, STAMP_CORRUPT},
	{"epoch damaged, no stream of ours", 0x524c, 7, 5, 9, {1, 2}, {1, 0xff}, STAMP_FOREIGN},
	{"magic damaged", 0x524c, 7, 5, 9, {0}, {0x00ff}, STAMP_CORRUPT},
	{"magic and time damaged", 0x524c, 7, 5, 9, {0, 6}, {1, 1}, STAMP_FOREIGN},
	{"magic damaged, no stream of ours", 0x524c, 7, 16, 9, {0}, {1}, STAMP_FOREIGN},
	{"magic and epoch damaged", 0x524c, 7, 5, 9, {0, 1}, {1, 1}, STAMP_FOREIGN},
	{"another magic", 0x1234, 7, 5, 9, {0}, {0}, STAMP_FOREIGN},
	{"another magic and epoch", 0x1234, 8, 5, 9, {0}, {0}, STAMP_FOREIGN},
	{"stream and sequence damaged", 0x524c, 7, 5, 9, {2, 5}, {0x8000, 0x8}, STAMP_CORRUPT},
	{"stream 0 to 0xffff keeps the sum", 0x524c, 7, 0, 9, {2}, {0xffff}, STAMP_CORRUPT},
	{"sequence 0 to 0xffff keeps the sum", 0x524c, 7, 5, 9, {3}, {0xffff}, STAMP_CORRUPT},
};

static void test_classes(void **state)
{
	struct stamp_expect expect = {stamp_head_wire(7), 16, 100};

	for (size_t i = 0; i < sizeof(class_rows) / sizeof(class_rows[0]); i++) {
		uint8_t stamp[STAMP_LEN];
		uint32_t head = (uint32_t)class_rows[i].magic << 16 | class_rows[i].epoch;

		stamp_write(stamp, __builtin_bswap32(head), class_rows[i].stream, class_rows[i].seq,
			    0x01020304);
		for (int k = 0; k < 3; k++) {
			stamp[class_rows[i].then_at[k] * 2] ^= class_rows[i].then_xor[k] >> 8;
			stamp[class_rows[i].then_at[k] * 2 + 1] ^= class_rows[i].then_xor[k] & 0xff;
		}
		if (stamp_classify(stamp, &expect) != class_rows[i].class)
			fail_msg("%s: class %d, wanted %d", class_rows[i].what,
				 stamp_classify(stamp, &expect), class_rows[i].class);
	}
}

/* The one change of a word that no one's-complement sum shows, in the epoch: not ours. */
static void test_epoch_all_ones(void **state)
{
	struct stamp_expect expect = {stamp_head_wire(0), 16, 100};
	uint8_t stamp[STAMP_LEN];

	stamp_write(stamp, expect.head, 5, 9, 0);
	memset(stamp + 2, 0xff, 2);
	assert_int_equal(stamp_classify(stamp, &expect), STAMP_STALE);
}

/* Payloads without our stamp: bytes all alike in every epoch, and random ones. */
static void test_foreign(void **state)
{
	uint32_t classes[STAMP_CLASSES] = {0};
	uint8_t bytes[STAMP_LEN];

	for (uint32_t epoch = 0; epoch < 65536; epoch++) {
		struct stamp_expect expect = {stamp_head_wire(epoch), 16384, 1ULL << 40};

		for (uint32_t fill = 0; fill < 256; fill += epoch % 16 ? 0xff : 1) {
			memset(bytes, (int)fill, sizeof(bytes));
			assert_int_equal(stamp_classify(bytes, &expect), STAMP_FOREIGN);
		}
	}
	for (int i = 0; i < 1000000; i++) {
		struct stamp_expect expect = {stamp_head_wire((uint32_t)i / 1000), 256, 1ULL << 32};

		for (int k = 0; k < STAMP_LEN; k += 8) {
			uint64_t word = random64();

			memcpy(bytes + k, &word, STAMP_LEN - k < 8 ? STAMP_LEN - k : 8);
		}
		classes[stamp_classify(bytes, &expect)]++;
	}
	assert_int_equal(classes[STAMP_FOREIGN], 1000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sum_is_constant), cmocka_unit_test(test_sum_of_any_bytes),
		cmocka_unit_test(test_each_bit),        cmocka_unit_test(test_classes),
		cmocka_unit_test(test_epoch_all_ones),  cmocka_unit_test(test_foreign),
	};

	printf("seed %u\n", SEED);
	random_state = SEED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
