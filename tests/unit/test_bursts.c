/*
 * Bursts and gaps from bitmaps: patterns made by hand, and random ones against a reference that
 * goes frame by frame. How frames are dealt out to flows, against a generator that does it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bursts.h"
#include "deal.h"
#include "seqcheck_state.h"

#define STREAMS_MAX 5
#define FRAMES_MAX 400
#define STREAMS_MANY 200
#define FRAMES_MANY 20000 /* of a queue: more than a row of all streams */
#define PARTS_MAX 3
#define QUEUES 2

/* As the sink's loop enters a frame. */
static void receive(struct seqcheck *sc, uint32_t queue, uint32_t stream, uint64_t seq)
{
	uint32_t streams = sc->expect.streams;
	uint64_t *next = &sc->next[queue * streams + stream];

	sc->bitmap[(seq >> SEQCHECK_ROW_BITS) * streams + stream] |= 1ULL << (seq & 63);
	if (*next == SEQCHECK_UNSEEN || *next < seq + 1)
		*next = seq + 1;
}

static struct seqcheck *checker(uint32_t streams, uint64_t frames)
{
	struct error err;
	struct seqcheck *sc = seqcheck_new(streams, frames, QUEUES, &err);

	assert_non_null(sc);
	return sc;
}

static void count_run(struct burst_runs *runs, uint64_t frames)
{
	int bin = 0;

	while (frames >> (bin + 1))
		bin++;
	runs->count++;
	runs->frames += frames;
	runs->longest = frames > runs->longest ? frames : runs->longest;
	runs->lengths[bin]++;
}

/* One stream, frame by frame: '1' came, anything else did not. */
static void count_pattern(const char *pattern, size_t n, struct bursts *b)
{
	size_t i, run = 0, gap = 0;
	int lost_before = 0;

	for (i = 0; i < n; i++) {
		if (pattern[i] == '1') {
			if (run)
				count_run(&b->lost, run);
			run = 0;
			gap++;
			continue;
		}
		if (gap && lost_before)
			count_run(&b->gaps, gap);
		gap = 0;
		run++;
		lost_before = 1;
	}
	if (run)
		count_run(&b->lost, run);
}

/* Patterns of the streams, a blank between; what comes behind '|' is above the numbers sent. */
struct row {
	const char *what, *pattern;
	uint64_t lost, lost_frames, lost_longest;
	uint64_t gaps, gap_frames, gap_longest;
};

#define ONES_60 "111111111111111111111111111111111111111111111111111111111111"
#define ZEROS_60 "000000000000000000000000000000000000000000000000000000000000"

static const struct row rows[] = {
	{"nothing sent", "", 0, 0, 0, 0, 0, 0},
	{"nothing lost", "11111111", 0, 0, 0, 0, 0, 0},
	{"everything lost", "00000000", 1, 8, 8, 0, 0, 0},
	{"everything lost, several rows", ZEROS_60 ZEROS_60 ZEROS_60, 1, 180, 180, 0, 0, 0},
	{"the first frame", "0111", 1, 1, 1, 0, 0, 0},
	{"the last frame", "1110", 1, 1, 1, 0, 0, 0},
	{"the tail", "1111000", 1, 3, 3, 0, 0, 0},
	{"a tail of rows that nobody touched", "11" ZEROS_60 ZEROS_60 ZEROS_60, 1, 180, 180, 0, 0,
	 0},
	{"one in the middle", "11101111", 1, 1, 1, 0, 0, 0},
	{"two bursts and a gap", "1001110001", 2, 5, 3, 1, 3, 3},
	{"every second one", "1010101010", 5, 5, 1, 4, 4, 1},
	{"first, middle and last", "0110110", 3, 3, 1, 2, 4, 2},
	{"a burst across a word", ONES_60 "11000011", 1, 4, 4, 0, 0, 0},
	{"a burst that ends with a word", ONES_60 "00001", 1, 4, 4, 0, 0, 0},
	{"a burst that begins with a word", ONES_60 "111100001", 1, 4, 4, 0, 0, 0},
	{"exactly a word, all lost", ZEROS_60 "00001", 1, 64, 64, 0, 0, 0},
	{"a gap across words", "0" ONES_60 ONES_60 "0", 2, 2, 1, 1, 120, 120},
	{"a burst over three words", "1" ZEROS_60 ZEROS_60 "1", 1, 120, 120, 0, 0, 0},
	{"one stream of several entirely", "1111 0000 1111", 1, 4, 4, 0, 0, 0},
	{"a stream that was sent nothing", "1101  1111", 1, 1, 1, 0, 0, 0},
	{"streams of different lengths", "10 110 " ONES_60 "00000", 3, 7, 5, 0, 0, 0},
	{"bursts of two streams do not join", "1100 0011", 2, 4, 2, 0, 0, 0},
	{"numbers that nobody sent are not looked at", "11|11 10|1", 1, 1, 1, 0, 0, 0},
};

/* A stream's pattern up to blank, bar or end. */
static size_t sent_of(const char *pattern)
{
	return strcspn(pattern, " |");
}

static void test_by_hand(void **state)
{
	size_t r;

	for (r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		const struct row *row = &rows[r];
		const char *at = row->pattern;
		uint64_t sent[STREAMS_MAX] = {0};
		struct seqcheck *sc = checker(STREAMS_MAX, FRAMES_MAX);
		struct bursts got, wanted = {0};
		struct error err;
		uint32_t streams = 0;

		for (;; at++) {
			uint64_t seq = 0;

			sent[streams] = sent_of(at);
			count_pattern(at, sent[streams], &wanted);
			for (; *at && *at != ' '; at++) {
				if (*at == '1')
					receive(sc, 0, streams, seq);
				seq += *at != '|';
			}
			streams++;
			if (!*at)
				break;
		}
		assert_int_equal(bursts_find(&sc, 1, 0, streams, sent, &got, &err), 0);
		if (got.lost.count != row->lost || got.lost.frames != row->lost_frames ||
		    got.lost.longest != row->lost_longest || got.gaps.count != row->gaps ||
		    got.gaps.frames != row->gap_frames || got.gaps.longest != row->gap_longest)
			fail_msg("%s: %llu bursts of %llu frames, longest %llu; %llu gaps of %llu, "
				 "longest %llu",
				 row->what, (unsigned long long)got.lost.count,
				 (unsigned long long)got.lost.frames,
				 (unsigned long long)got.lost.longest,
				 (unsigned long long)got.gaps.count,
				 (unsigned long long)got.gaps.frames,
				 (unsigned long long)got.gaps.longest);
		/* the reference knows the same, and the histogram */
		assert_memory_equal(&got, &wanted, sizeof(got));
		seqcheck_free(sc);
	}
}

static uint64_t draw(uint64_t *state, uint64_t n)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (*state >> 33) % n;
}

/* Several threads, each with frames of its own or another's, and a range of the streams. */
static void test_random(void **state)
{
	uint64_t seed = 1;
	int round;

	for (round = 0; round < 3000; round++) {
		uint32_t parts = 1 + (uint32_t)draw(&seed, PARTS_MAX);
		uint32_t first = (uint32_t)draw(&seed, STREAMS_MAX);
		uint32_t count = 1 + (uint32_t)draw(&seed, STREAMS_MAX - first);
		uint64_t stay = 1 + draw(&seed, 40); /* mean length of a run, about */
		struct seqcheck *sc[PARTS_MAX];
		uint64_t sent[STREAMS_MAX];
		struct bursts got, wanted = {0};
		struct error err;
		uint32_t i, s;

		for (i = 0; i < parts; i++)
			sc[i] = checker(STREAMS_MAX, FRAMES_MAX);
		for (s = 0; s < STREAMS_MAX; s++) {
			char pattern[FRAMES_MAX];
			uint64_t n = draw(&seed, FRAMES_MAX), seq;
			char now = draw(&seed, 2) ? '1' : '0';

			for (seq = 0; seq < n; seq++) {
				if (!draw(&seed, stay))
					now = now == '1' ? '0' : '1';
				pattern[seq] = now;
				if (now == '1')
					receive(sc[draw(&seed, parts)],
						(uint32_t)draw(&seed, QUEUES), s, seq);
				if (now == '1' && !draw(&seed, 10))
					receive(sc[draw(&seed, parts)],
						(uint32_t)draw(&seed, QUEUES), s, seq);
			}
			if (s < first || s >= first + count)
				continue;
			sent[s - first] = n;
			count_pattern(pattern, n, &wanted);
		}
		assert_int_equal(bursts_find(sc, parts, first, count, sent, &got, &err), 0);
		assert_memory_equal(&got, &wanted, sizeof(got));
		for (i = 0; i < parts; i++)
			seqcheck_free(sc[i]);
	}
}

/* Frames of each queue as the generator sends them, its streams in turn, against a list of them. */
static void test_in_order(void **state)
{
	uint64_t seed = 3;
	int round;

	for (round = 0; round < 1000; round++) {
		uint64_t queues[4], stay = 1 + draw(&seed, 3000);
		struct deal deal = {.queues = 1 + (uint32_t)draw(&seed, 4),
				    .run = 1 + (uint32_t)draw(&seed, 3) * (uint32_t)draw(&seed, 40),
				    .sent = queues};
		uint32_t parts = 1 + (uint32_t)draw(&seed, PARTS_MAX), i, q;
		uint32_t first;
		struct seqcheck *sc[PARTS_MAX];
		struct bursts got, wanted = {0};
		struct error err;

		deal.flows = deal.queues + (uint32_t)draw(&seed, STREAMS_MANY + 1 - deal.queues);
		first = (uint32_t)draw(&seed, STREAMS_MANY + 1 - deal.flows);
		for (i = 0; i < parts; i++)
			sc[i] = checker(STREAMS_MANY, FRAMES_MANY);
		for (q = 0; q < deal.queues; q++) {
			static char pattern[FRAMES_MANY];
			uint32_t flow = q, in_run = 0;
			uint64_t base = 0, k;
			char now = draw(&seed, 2) ? '1' : '0';

			queues[q] = draw(&seed, draw(&seed, 2) ? FRAMES_MANY : 100);
			for (k = 0; k < queues[q]; k++) {
				if (!draw(&seed, stay))
					now = now == '1' ? '0' : '1';
				pattern[k] = now;
				if (now == '1')
					receive(sc[draw(&seed, parts)],
						(uint32_t)draw(&seed, QUEUES), first + flow,
						base + in_run);
				if (++in_run < deal.run)
					continue;
				in_run = 0;
				flow += deal.queues;
				if (flow >= deal.flows) {
					flow = q;
					base += deal.run;
				}
			}
			count_pattern(pattern, queues[q], &wanted);
		}
		assert_int_equal(bursts_find_in_order(sc, parts, first, &deal, &got, &err), 0);
		assert_memory_equal(&got, &wanted, sizeof(got));
		for (i = 0; i < parts; i++)
			seqcheck_free(sc[i]);
	}
}

/* What a trial of hours that went nowhere looks like: told at once, and no number overflows. */
static void test_long_tail(void **state)
{
	struct seqcheck *sc = checker(2, FRAMES_MAX);
	const uint64_t sent[] = {1ULL << 47, (1ULL << 47) + 1};
	struct bursts got;
	struct error err;

	receive(sc, 0, 1, 0);
	assert_int_equal(bursts_find(&sc, 1, 0, 2, sent, &got, &err), 0);
	assert_int_equal(got.lost.count, 2);
	assert_int_equal(got.lost.frames, 1ULL << 48);
	assert_int_equal(got.lost.longest, 1ULL << 47);
	assert_int_equal(got.lost.lengths[47], 2);
	assert_int_equal(bursts_find(&sc, 1, 1, 2, sent, &got, &err), -EINVAL);
	/* in order of sending, too */
	assert_int_equal(bursts_find_in_order(&sc, 1, 0,
					      &(struct deal){.flows = 2,
							     .queues = 1,
							     .run = 1,
							     .sent = (uint64_t[]){1ULL << 48}},
					      &got, &err),
			 0);
	assert_int_equal(got.lost.count, 2);
	assert_int_equal(got.lost.longest, (1ULL << 48) - 2);
	assert_int_equal(got.gaps.count, 1);
	seqcheck_free(sc);
}

static void test_json(void **state)
{
	struct bursts b = {0}, sum = {0}, back;
	json_t *json = json_object(), *runs;

	count_pattern("1000001101101", 13, &b);
	bursts_put(json, "", &b);
	runs = json_object_get(json, "bursts");
	assert_int_equal(json_integer_value(json_object_get(runs, "longest")), 5);
	assert_true(json_real_value(json_object_get(runs, "mean")) == 7.0 / 3);
	assert_int_equal(json_array_size(json_object_get(runs, "lengths")), 3);
	bursts_get(json, "", &back);
	assert_memory_equal(&back, &b, sizeof(b));
	bursts_add(&sum, &b);
	bursts_add(&sum, &b);
	assert_int_equal(sum.lost.count, 2 * b.lost.count);
	assert_int_equal(sum.lost.longest, 5);
	assert_int_equal(sum.gaps.lengths[1], 2 * b.gaps.lengths[1]);
	/* of another kind; without any there is no mean */
	bursts_put(json, "queue_", &(struct bursts){0});
	runs = json_object_get(json, "queue_bursts");
	assert_true(json_is_null(json_object_get(runs, "mean")));
	bursts_get(json, "", &back);
	assert_memory_equal(&back, &b, sizeof(b));
	bursts_put(json, "", NULL);
	assert_true(json_is_null(json_object_get(json, "gaps")));
	json_decref(json);
}

/* The generator's own way: frame by frame, round and round. */
static void deal_by_hand(const struct deal *deal, uint64_t *sent)
{
	uint32_t q;

	memset(sent, 0, deal->flows * sizeof(*sent));
	for (q = 0; q < deal->queues; q++) {
		uint32_t flow = q, in_run = 0;
		uint64_t i;

		for (i = 0; i < deal->sent[q]; i++) {
			sent[flow]++;
			if (++in_run < deal->run)
				continue;
			in_run = 0;
			flow += deal->queues;
			if (flow >= deal->flows)
				flow = q;
		}
	}
}

static void test_deal(void **state)
{
	uint64_t seed = 2;
	int round;

	for (round = 0; round < 3000; round++) {
		uint64_t queues[8], got[40], wanted[40];
		struct deal deal = {.queues = 1 + (uint32_t)draw(&seed, 8), .sent = queues};
		uint32_t q;

		deal.flows = deal.queues + (uint32_t)draw(&seed, 32);
		deal.run = 1 + (uint32_t)draw(&seed, 70);
		for (q = 0; q < deal.queues; q++)
			queues[q] = draw(&seed, 3000);
		deal_by_hand(&deal, wanted);
		deal_frames(&deal, got);
		assert_memory_equal(got, wanted, deal.flows * sizeof(*got));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_hand),  cmocka_unit_test(test_random),
		cmocka_unit_test(test_in_order), cmocka_unit_test(test_long_tail),
		cmocka_unit_test(test_json),     cmocka_unit_test(test_deal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
