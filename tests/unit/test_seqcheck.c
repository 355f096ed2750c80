/*
 * The checker against a naive model: random streams shuffled, doubled, cut and
 * damaged, on several threads and queues, counted a second time in arrays of bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seqcheck.h"
#include "seqcheck_state.h"
#include "stamp.h"

#define SEED 20240612u
#define PARTS 3
#define QUEUES 2
#define STREAMS_MOST 12
#define SEQS_MOST 700
#define EVENTS_MOST 6000
#define PAYLOAD_MOST 96
#define BURST 37

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

/* One payload into a checker, by itself, in a buffer that ends where it ends. */
static void put(struct seqcheck *sc, uint32_t queue, const uint8_t *bytes, uint32_t len)
{
	uint8_t *copy = malloc(len + 1);
	const uint8_t *payload = copy + 1;

	assert_non_null(copy);
	memcpy(copy + 1, bytes, len);
	seqcheck_burst(sc, queue, &payload, &len, 1);
	free(copy);
}

static void put_stamp(struct seqcheck *sc, uint32_t epoch, uint32_t stream, uint64_t seq)
{
	uint8_t stamp[STAMP_LEN];

	stamp_write(stamp, stamp_head_wire(epoch), stream, seq, (uint32_t)random64());
	put(sc, 0, stamp, sizeof(stamp));
}

enum kind { WHOLE, FILL_DAMAGED, HEAD_DAMAGED, BODY_DAMAGED, STALE, FOREIGN, SHORT, KINDS };

struct event {
	enum kind kind;
	uint32_t part, queue, stream, len;
	uint64_t seq;
	uint8_t payload[PAYLOAD_MOST];
};

struct scenario {
	uint32_t streams, seqs, epoch, events;
	bool one_length;
	struct event event[EVENTS_MOST];
};

static void make_event(const struct scenario *s, struct event *e)
{
	uint32_t bit = 0;

	e->part = below(PARTS);
	e->queue = below(QUEUES);
	memset(e->payload, 0, sizeof(e->payload));
	e->len = s->one_length ? STAMP_LEN + 3 : STAMP_LEN + below(PAYLOAD_MOST - STAMP_LEN + 1);
	if (e->len == STAMP_LEN && e->kind == FILL_DAMAGED)
		e->kind = WHOLE;
	stamp_write(e->payload, stamp_head_wire(s->epoch + (e->kind == STALE)), e->stream, e->seq,
		    (uint32_t)random64());
	switch (e->kind) {
	case FILL_DAMAGED:
		bit = STAMP_LEN * 8 + below((e->len - STAMP_LEN) * 8);
		break;
	case HEAD_DAMAGED:
		bit = below(32);
		break;
	case BODY_DAMAGED:
		bit = 32 + below(STAMP_LEN * 8 - 32);
		break;
	case FOREIGN:
		memset(e->payload, (int)below(256), e->len);
		return;
	case SHORT:
		e->len = below(STAMP_LEN);
		return;
	default:
		return;
	}
	e->payload[bit / 8] ^= 1 << bit % 8;
}

static void make_scenario(struct scenario *s)
{
	uint32_t damage = below(3) * 20, doubled = below(3) * 15, cut = below(4) * 10;
	uint32_t reach = 1 + below(below(2) ? 3 : 200);

	memset(s, 0, sizeof(*s));
	s->streams = 1 + below(STREAMS_MOST);
	s->seqs = 1 + below(SEQS_MOST);
	s->epoch = below(65535);
	s->one_length = below(2);
	for (uint64_t seq = 0; seq < s->seqs; seq++)
		for (uint32_t stream = 0; stream < s->streams; stream++) {
			uint32_t copies = below(100) < cut ? 0 : 1 + (below(100) < doubled);

			for (; copies && s->events < EVENTS_MOST; copies--) {
				struct event *e = &s->event[s->events++];

				e->stream = stream;
				e->seq = seq;
				e->kind = below(100) < damage ? below(KINDS) : WHOLE;
			}
		}
	/* each event changes places with one that is at most `reach` away */
	for (uint32_t i = 0; i < s->events; i++) {
		uint32_t k = i + below(reach);
		struct event tmp = s->event[i];

		if (k >= s->events)
			continue;
		s->event[i] = s->event[k];
		s->event[k] = tmp;
	}
	for (uint32_t i = 0; i < s->events; i++)
		make_event(s, &s->event[i]);
}

/*
 * The answer for the parts of MASK and streams first .. first + count - 1, by the
 * definitions in seqcheck.h and one pass over the events.
 */
static void model(const struct scenario *s, uint32_t mask, uint32_t first, uint32_t count,
		  struct seqcheck_result *r)
{
	static uint8_t by_part[PARTS][STREAMS_MOST][SEQS_MOST], by_any[STREAMS_MOST][SEQS_MOST];
	uint64_t next[PARTS][QUEUES][STREAMS_MOST] = {0};
	uint8_t seen[STREAMS_MOST] = {0};
	bool all = first == 0 && count == s->streams;

	memset(by_part, 0, sizeof(by_part));
	memset(by_any, 0, sizeof(by_any));
	memset(r, 0, sizeof(*r));
	for (uint32_t i = 0; i < s->events; i++) {
		const struct event *e = &s->event[i];
		bool in_range = e->stream >= first && e->stream < first + count;
		uint64_t *n = &next[e->part][e->queue][e->stream];

		if (!(mask >> e->part & 1))
			continue;
		if (e->kind == STALE || e->kind == FOREIGN || e->kind == SHORT) {
			if (all && e->kind == STALE)
				r->stale++;
			else if (all)
				r->foreign++;
			continue;
		}
		/* the stream of a frame damaged in its body is not known */
		if (!all && (!in_range || e->kind == BODY_DAMAGED))
			continue;
		r->frames++;
		r->bytes += e->len;
		if (e->kind != WHOLE) {
			r->corrupt++;
			continue;
		}
		r->streams_seen += !seen[e->stream];
		seen[e->stream] = 1;
		if (by_any[e->stream][e->seq])
			r->duplicate++;
		else
			r->unique++;
		by_any[e->stream][e->seq] = 1;
		if (by_part[e->part][e->stream][e->seq])
			continue;
		by_part[e->part][e->stream][e->seq] = 1;
		if (e->seq < *n)
			r->reordered++;
		else
			*n = e->seq + 1;
	}
}

static void assert_same(const struct seqcheck_result *got, const struct seqcheck_result *wanted)
{
	assert_int_equal(got->frames, wanted->frames);
	assert_int_equal(got->unique, wanted->unique);
	assert_int_equal(got->duplicate, wanted->duplicate);
	assert_int_equal(got->reordered, wanted->reordered);
	assert_int_equal(got->corrupt, wanted->corrupt);
	assert_int_equal(got->stale, wanted->stale);
	assert_int_equal(got->foreign, wanted->foreign);
	assert_int_equal(got->bytes, wanted->bytes);
	assert_int_equal(got->streams_seen, wanted->streams_seen);
	assert_int_equal(got->frames, got->unique + got->duplicate + got->corrupt);
}

/* Feed a part its events in bursts of one queue each. */
static void feed(struct seqcheck *sc, const struct scenario *s, uint32_t part)
{
	const uint8_t *payload[BURST];
	uint32_t len[BURST], n = 0, queue = 0;

	for (uint32_t i = 0; i < s->events; i++) {
		const struct event *e = &s->event[i];

		if (e->part != part)
			continue;
		if (n == BURST || (n && e->queue != queue)) {
			seqcheck_burst(sc, queue, payload, len, n);
			n = 0;
		}
		queue = e->queue;
		payload[n] = e->payload;
		len[n++] = e->len;
	}
	seqcheck_burst(sc, queue, payload, len, n);
}

static void test_against_model(void **state)
{
	static struct scenario s;

	printf("seed %u\n", SEED);
	random_state = SEED;
	for (int round = 0; round < 300; round++) {
		struct seqcheck *part[PARTS];
		struct seqcheck_result got, wanted;

		make_scenario(&s);
		for (uint32_t p = 0; p < PARTS; p++) {
			part[p] = seqcheck_new(s.streams, s.seqs, QUEUES, NULL);
			assert_non_null(part[p]);
			/* what an earlier trial left must not show */
			if (round % 2)
				feed(part[p], &s, p);
			seqcheck_reset(part[p], s.epoch);
			feed(part[p], &s, p);
			model(&s, 1U << p, 0, s.streams, &wanted);
			assert_same(seqcheck_totals(part[p]), &wanted);
		}
		for (size_t n = 1; n <= PARTS; n++) {
			uint32_t mask = (1U << n) - 1;

			model(&s, mask, 0, s.streams, &wanted);
			assert_int_equal(seqcheck_merge(part, n, 0, s.streams, &got, NULL), 0);
			assert_same(&got, &wanted);
			for (uint32_t k = 0; k < 4; k++) {
				uint32_t first = below(s.streams);
				uint32_t count = below(s.streams - first + 1);

				model(&s, mask, first, count, &wanted);
				assert_int_equal(seqcheck_merge(part, n, first, count, &got, NULL),
						 0);
				assert_same(&got, &wanted);
			}
		}
		for (uint32_t p = 0; p < PARTS; p++)
			seqcheck_free(part[p]);
	}
}

static const struct {
	const char *what;
	uint8_t n;
	uint8_t seq[6];
	uint32_t unique, duplicate, reordered;
} order_rows[] = {
	{"in order", 4, {0, 1, 2, 3}, 4, 0, 0},
	{"a gap is no reordering", 3, {0, 2, 5}, 3, 0, 0},
	{"one late", 4, {0, 2, 1, 3}, 4, 0, 1},
	{"backwards", 4, {3, 2, 1, 0}, 4, 0, 3},
	{"a late duplicate is a duplicate only", 4, {0, 1, 2, 0}, 3, 1, 0},
	{"the late first arrival, then its double", 5, {0, 2, 1, 1, 3}, 4, 1, 1},
	{"thrice", 3, {7, 7, 7}, 1, 2, 0},
	{"first and last", 2, {0, 63}, 2, 0, 0},
};

static void test_order(void **state)
{
	struct seqcheck *sc = seqcheck_new(2, 64, 1, NULL);

	assert_non_null(sc);
	for (size_t i = 0; i < sizeof(order_rows) / sizeof(order_rows[0]); i++) {
		const struct seqcheck_result *t = seqcheck_totals(sc);

		seqcheck_reset(sc, (uint32_t)i);
		for (uint32_t k = 0; k < order_rows[i].n; k++)
			put_stamp(sc, (uint32_t)i, 1, order_rows[i].seq[k]);
		if (t->unique != order_rows[i].unique || t->duplicate != order_rows[i].duplicate ||
		    t->reordered != order_rows[i].reordered || t->streams_seen != 1)
			fail_msg("%s: unique %lu duplicate %lu reordered %lu", order_rows[i].what,
				 (unsigned long)t->unique, (unsigned long)t->duplicate,
				 (unsigned long)t->reordered);
	}
	seqcheck_free(sc);
}

/* Fill: each bit beyond the stamp counts, at any length, also two that leave the sum at 0. */
static void test_fill(void **state)
{
	struct seqcheck *sc = seqcheck_new(1, 100000, 1, NULL);
	uint8_t payload[PAYLOAD_MOST] = {0};
	uint64_t corrupt = 0;

	assert_non_null(sc);
	for (uint32_t len = STAMP_LEN; len <= PAYLOAD_MOST; len++) {
		stamp_write(payload, stamp_head_wire(0), 0, len, 0);
		for (uint32_t bit = STAMP_LEN * 8; bit < len * 8; bit++) {
			payload[bit / 8] ^= 1 << bit % 8;
			put(sc, 0, payload, len);
			payload[bit / 8] ^= 1 << bit % 8;
			assert_int_equal(seqcheck_totals(sc)->corrupt, ++corrupt);
		}
		put(sc, 0, payload, len);
		assert_int_equal(seqcheck_totals(sc)->unique, len - STAMP_LEN + 1);
		assert_int_equal(seqcheck_totals(sc)->corrupt, corrupt);
	}
	payload[20] = 0xff;
	payload[21] = 0xfe;
	payload[23] = 0x01;
	put(sc, 0, payload, PAYLOAD_MOST);
	assert_int_equal(seqcheck_totals(sc)->corrupt, corrupt + 1);
	seqcheck_free(sc);
}

/* 128 GiB of address space, touched at its ends, and cleared through both ways of a reset. */
static void test_huge(void **state)
{
	static const uint64_t seqs[] = {0, 63, 64, 1ULL << 20, (1ULL << 32) - 1};
	const uint64_t max_seq = 1ULL << 32;
	struct seqcheck_result r;
	struct error err = {0};
	struct seqcheck *sc = seqcheck_new(256, max_seq, 1, &err);

	if (!sc) {
		printf("%s\n", err.text);
		skip();
	}
	for (uint32_t round = 0; round < 3; round++) {
		uint64_t bound = round == 1 ? 1 << 20 : max_seq, n = 0;

		seqcheck_reset(sc, round);
		for (size_t i = 0; i < 5; i++)
			for (uint32_t s = 0; s < 256 && seqs[i] < bound; s += 51, n++)
				put_stamp(sc, round, s, seqs[i]);
		assert_int_equal(seqcheck_totals(sc)->unique, n);
		assert_int_equal(seqcheck_totals(sc)->duplicate, 0);
		put_stamp(sc, round, 0, max_seq);
		assert_int_equal(seqcheck_totals(sc)->corrupt, 1);
	}
	seqcheck_reset(sc, 3);
	put_stamp(sc, 3, 255, 1000);
	assert_int_equal(seqcheck_merge(&sc, 1, 255, 1, &r, NULL), 0);
	assert_int_equal(r.unique, 1);
	assert_int_equal(r.bytes, STAMP_LEN);
	seqcheck_free(sc);
}

static const struct {
	uint32_t streams;
	uint64_t max_seq;
	uint32_t queues;
	int exit; /* 0: a checker */
} shapes[] = {
	{1, 1, 1, 0},          {65536, 64, 64, 0},
	{0, 1, 1, EX_DATAERR}, {65537, 1, 1, EX_DATAERR},
	{1, 0, 1, EX_DATAERR}, {1, (1ULL << 48) + 1, 1, EX_DATAERR},
	{1, 1, 0, EX_DATAERR}, {65536, 1ULL << 48, 1, EX_OSERR},
};

static void test_shapes(void **state)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct error err = {0};
		struct seqcheck *sc =
			seqcheck_new(shapes[i].streams, shapes[i].max_seq, shapes[i].queues, &err);

		assert_int_equal(err.exit, shapes[i].exit);
		assert_int_equal(!sc, shapes[i].exit != 0);
		seqcheck_free(sc);
	}
	seqcheck_free(NULL);
}

static void test_merge_refuses(void **state)
{
	struct seqcheck *part[] = {seqcheck_new(4, 10, 1, NULL), seqcheck_new(5, 10, 1, NULL),
				   seqcheck_new(4, 11, 1, NULL), seqcheck_new(4, 10, 2, NULL)};
	struct seqcheck_result r;
	struct error err = {0};

	for (int i = 1; i < 3; i++) {
		struct seqcheck *two[] = {part[0], part[i]};

		assert_int_equal(seqcheck_merge(two, 2, 0, 4, &r, &err), -EINVAL);
		assert_int_equal(err.exit, EX_SOFTWARE);
	}
	struct seqcheck *two[] = {part[0], part[3]};

	assert_int_equal(seqcheck_merge(two, 2, 0, 4, &r, &err), 0);
	assert_int_equal(seqcheck_merge(two, 0, 0, 4, &r, &err), -EINVAL);
	assert_int_equal(seqcheck_merge(two, 2, 4, 1, &r, &err), -EINVAL);
	assert_int_equal(seqcheck_merge(two, 2, 1, ~0u, &r, &err), -EINVAL);
	assert_int_equal(seqcheck_merge(two, 2, 4, 0, &r, &err), 0);
	seqcheck_reset(part[3], 1);
	assert_int_equal(seqcheck_merge(two, 2, 0, 4, &r, &err), -EINVAL);
	for (size_t i = 0; i < 4; i++)
		seqcheck_free(part[i]);
}

/* A checker over arrays of somebody else: what they hold, whoever filled them. */
static void test_over(void **state)
{
	enum { N = 3, MAX = 200, WORDS = (MAX + 63) / 64 * N };
	uint64_t bitmap[WORDS + 1], next[2 * N + 1];
	struct seqcheck_tally tally[N];
	const struct seqcheck_arrays arrays = {bitmap, next, tally, 18};
	struct seqcheck_result r;
	struct error err;
	struct seqcheck *sc;

	memset(next, 0, sizeof(next));
	memset(tally, 0xff, sizeof(tally));
	memset(bitmap, 0, sizeof(bitmap));
	next[2 * N] = bitmap[WORDS] = 4711; /* not the checker's */
	assert_null(seqcheck_over(&arrays, 0, MAX, 2, &err));
	sc = seqcheck_over(&arrays, N, MAX, 2, &err);
	assert_non_null(sc);
	for (int round = 0; round < 2; round++) {
		seqcheck_reset(sc, 1);
		assert_int_equal(seqcheck_merge(&sc, 1, 1, 1, &r, &err), 0);
		assert_int_equal(r.frames + r.streams_seen, 0);
		/* stream 1: numbers 0, 70 and 199, by two queues; 70 twice, one damaged */
		bitmap[1] |= 1;
		bitmap[N + 1] |= 1ULL << (70 - 64);
		bitmap[3 * N + 1] |= 1ULL << (199 - 192);
		next[1] = 1;
		next[N + 1] = 200;
		tally[1] = (struct seqcheck_tally){.duplicate = 1,
						   .reordered = 1,
						   .corrupt = 1,
						   .corrupt_bytes = 20,
						   .bytes_beyond = 5};
		assert_int_equal(seqcheck_merge(&sc, 1, 1, 1, &r, &err), 0);
		assert_int_equal(r.unique, 3);
		assert_int_equal(r.duplicate, 1);
		assert_int_equal(r.frames, 5);
		assert_int_equal(r.reordered, 1);
		assert_int_equal(r.corrupt, 1);
		assert_int_equal(r.bytes, 4 * 18 + 20 + 5);
		assert_int_equal(r.streams_seen, 1);
		assert_int_equal(seqcheck_merge(&sc, 1, 0, 1, &r, &err), 0);
		assert_int_equal(r.frames, 0);
	}
	assert_int_equal(next[2 * N], 4711);
	assert_int_equal(bitmap[WORDS], 4711);
	seqcheck_free(sc);
	assert_int_equal(bitmap[1], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_model), cmocka_unit_test(test_order),
		cmocka_unit_test(test_fill),          cmocka_unit_test(test_huge),
		cmocka_unit_test(test_shapes),        cmocka_unit_test(test_merge_refuses),
		cmocka_unit_test(test_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
