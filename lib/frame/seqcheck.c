/*
 * The checker of one thread: from stamps to counts, some nanoseconds a frame.
 * The loop of seqcheck_burst takes whole frames of the usual length; all else
 * goes to a function out of its way.
 */
#include "seqcheck.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "seqcheck_state.h"

#define STREAMS_MAX 65536
#define PREFETCH_AHEAD 16
/* Half of the 47 bits of address space that a process has on x86-64. */
#define BITMAP_BYTES_MAX (1ULL << 46)
/* Up to here clearing is cheaper than the page faults that the next trial would take. */
#define CLEAR_BYTES_MAX (256ULL << 20)

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

static int map_bitmap(struct seqcheck *sc, struct error *err)
{
	uint64_t words = seqcheck_words(sc, sc->expect.max_seq);
	void *bitmap;

	if (words > BITMAP_BYTES_MAX / sizeof(uint64_t))
		return error_set(
			err, EX_OSERR, -ENOMEM,
			"sequence check: %u streams of %llu frames need %llu GiB of address "
			"space; shorten the trial or use fewer flows",
			sc->expect.streams, sc->expect.max_seq, (unsigned long long)(words >> 27));
	sc->bitmap_bytes = words * sizeof(uint64_t);
	bitmap = mmap(NULL, sc->bitmap_bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (bitmap == MAP_FAILED)
		return error_set(err, EX_OSERR, -errno,
				 "sequence check: cannot reserve %zu MiB of address space for %u "
				 "streams of %llu frames (%s); shorten the trial, use fewer flows, "
				 "raise ulimit -v or set vm.overcommit_memory to 0",
				 sc->bitmap_bytes >> 20, sc->expect.streams, sc->expect.max_seq,
				 strerror(errno));
	sc->bitmap = bitmap;
	/*
	 * Small pages: the kernel clears a huge one in the middle of a burst, 100 us and more,
	 * in which a short ring overflows. Both are advice; a kernel without them does as well.
	 */
	madvise(bitmap, sc->bitmap_bytes, MADV_NOHUGEPAGE);
	madvise(bitmap, sc->bitmap_bytes, MADV_DONTDUMP);
	return 0;
}

struct seqcheck *seqcheck_new(uint32_t streams, uint64_t max_seq, uint32_t queues,
			      struct error *err)
{
	struct seqcheck *sc;

	if (streams == 0 || streams > STREAMS_MAX || max_seq == 0 ||
	    max_seq > 1ULL << STAMP_SEQ_BITS || queues == 0) {
		error_set(
			err, EX_DATAERR, -EINVAL,
			"sequence check: %u streams of %llu frames on %u queues; a stamp numbers 1 "
			"to %u streams of 1 to 2^%u frames, on at least one queue",
			streams, (unsigned long long)max_seq, queues, STREAMS_MAX, STAMP_SEQ_BITS);
		return NULL;
	}
	/* cache lines of its own, so that no other thread's writes slow this one */
	sc = aligned_alloc(64, (sizeof(*sc) + 63) / 64 * 64);
	if (!sc)
		goto no_memory;
	memset(sc, 0, sizeof(*sc));
	sc->expect.head = stamp_head_wire(0);
	sc->expect.streams = streams;
	sc->expect.max_seq = max_seq;
	sc->queues = queues;
	sc->next = calloc((size_t)streams * queues, sizeof(*sc->next));
	sc->tally = calloc(streams, sizeof(*sc->tally));
	if (!sc->next || !sc->tally)
		goto no_memory;
	if (map_bitmap(sc, err))
		goto fail;
	return sc;

no_memory:
	error_set(err, EX_OSERR, -ENOMEM,
		  "sequence check: no memory for %u streams on %u queues; use fewer flows", streams,
		  queues);
fail:
	seqcheck_free(sc);
	return NULL;
}

void seqcheck_free(struct seqcheck *sc)
{
	if (!sc)
		return;
	if (sc->bitmap)
		munmap(sc->bitmap, sc->bitmap_bytes);
	free(sc->tally);
	free(sc->next);
	free(sc);
}

uint64_t seqcheck_high(const struct seqcheck *sc, uint32_t first, uint32_t count)
{
	uint64_t high = 0;

	for (uint32_t q = 0; q < sc->queues; q++) {
		const uint64_t *next = sc->next + (size_t)q * sc->expect.streams + first;

		for (uint32_t i = 0; i < count; i++)
			high = next[i] > high ? next[i] : high;
	}
	return high;
}

void seqcheck_reset(struct seqcheck *sc, uint32_t epoch)
{
	uint32_t streams = sc->expect.streams;
	size_t used = seqcheck_words(sc, seqcheck_high(sc, 0, streams)) * sizeof(uint64_t);

	/* a refused madvise (locked memory) leaves the bits, so they are cleared by hand */
	if (used <= CLEAR_BYTES_MAX || madvise(sc->bitmap, used, MADV_DONTNEED))
		memset(sc->bitmap, 0, used);
	memset(sc->next, 0, (size_t)streams * sc->queues * sizeof(*sc->next));
	memset(sc->tally, 0, streams * sizeof(*sc->tally));
	memset(&sc->totals, 0, sizeof(sc->totals));
	sc->common_len = 0;
	sc->expect.head = stamp_head_wire(epoch);
}

const struct seqcheck_result *seqcheck_totals(const struct seqcheck *sc)
{
	return &sc->totals;
}

/* Whether all of LEN bytes are 0. No way out early: they nearly always are. */
static bool all_zero(const uint8_t *p, uint32_t len)
{
	uint64_t any = 0, word;
	uint32_t i;

	for (i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, p + i, sizeof(word));
		any |= word;
	}
	for (; i < len; i++)
		any |= p[i];
	return any == 0;
}

/* The first whole frame of STREAM on a queue: on another queue it may have been before. */
static __attribute__((noinline, cold)) void meet_stream(struct seqcheck *sc, uint32_t stream)
{
	for (uint32_t q = 0; q < sc->queues; q++)
		if (sc->next[(size_t)q * sc->expect.streams + stream])
			return;
	sc->totals.streams_seen++;
}

/* Enter a whole frame; true: it is a duplicate. next is the queue's row of sc->next. */
static inline __attribute__((always_inline)) bool enter(struct seqcheck *sc, uint64_t *bitmap,
							uint64_t *next, uint32_t streams,
							uint32_t stream, uint64_t seq)
{
	uint64_t *word = &bitmap[(seq >> SEQCHECK_ROW_BITS) * streams + stream];
	uint64_t bit = 1ULL << (seq & ((1U << SEQCHECK_ROW_BITS) - 1));
	uint64_t bits = *word;
	uint64_t expected = next[stream];

	if (unlikely(bits & bit)) {
		sc->tally[stream].duplicate++;
		return true;
	}
	*word = bits | bit;
	if (unlikely(seq < expected)) {
		sc->tally[stream].reordered++;
		sc->totals.reordered++;
		return false;
	}
	if (unlikely(expected == 0))
		meet_stream(sc, stream);
	next[stream] = seq + 1;
	return false;
}

/* A damaged frame; it is put to its stream's account if the stream can be believed. */
static void enter_corrupt(struct seqcheck *sc, const uint8_t *payload, uint32_t len)
{
	uint32_t stream = stamp_stream(payload);
	uint8_t repaired[STAMP_LEN];

	sc->totals.frames++;
	sc->totals.corrupt++;
	sc->totals.bytes += len;
	memcpy(repaired, payload, sizeof(repaired));
	memcpy(repaired, &sc->expect.head, sizeof(sc->expect.head));
	if (stamp_classify(repaired, &sc->expect) != STAMP_OURS)
		return;
	sc->tally[stream].corrupt++;
	sc->tally[stream].corrupt_bytes += len;
}

/* A frame that is not of the usual length, not whole or not ours: all cases, for all lengths. */
static __attribute__((noinline)) void check_unusual(struct seqcheck *sc, uint64_t *next,
						    const uint8_t *payload, uint32_t len)
{
	enum stamp_class class =
		len < STAMP_LEN ? STAMP_FOREIGN : stamp_classify(payload, &sc->expect);
	uint32_t stream;

	if (class == STAMP_FOREIGN) {
		sc->totals.foreign++;
		return;
	}
	if (class == STAMP_STALE) {
		sc->totals.stale++;
		return;
	}
	if (class == STAMP_CORRUPT || !all_zero(payload + STAMP_LEN, len - STAMP_LEN)) {
		enter_corrupt(sc, payload, len);
		return;
	}
	if (sc->common_len == 0)
		sc->common_len = len;
	stream = stamp_stream(payload);
	sc->totals.frames++;
	sc->totals.bytes += len;
	sc->tally[stream].bytes_beyond += (uint64_t)len - sc->common_len;
	if (enter(sc, sc->bitmap, next, sc->expect.streams, stream, stamp_seq(payload)))
		sc->totals.duplicate++;
	else
		sc->totals.unique++;
}

void seqcheck_burst(struct seqcheck *sc, uint32_t queue, const uint8_t *const *payload,
		    const uint32_t *len, uint32_t n)
{
	const struct stamp_expect expect = sc->expect;
	uint64_t *bitmap = sc->bitmap;
	uint64_t *next = sc->next + (size_t)queue * expect.streams;
	uint32_t common_len = sc->common_len;
	uint64_t whole = 0, duplicate = 0;

	for (uint32_t i = 0; i < PREFETCH_AHEAD && i < n; i++)
		__builtin_prefetch(payload[i]);
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *p = payload[i];

		/* worth 3 times its cost when frames lie in DRAM, 0.2 ns when in the cache */
		if (i + PREFETCH_AHEAD < n)
			__builtin_prefetch(payload[i + PREFETCH_AHEAD]);
		/* common_len is 0, or a stamp's length and more */
		if (unlikely(len[i] != common_len || len[i] == 0 ||
			     stamp_classify(p, &expect) != STAMP_OURS ||
			     (common_len > STAMP_LEN &&
			      !all_zero(p + STAMP_LEN, common_len - STAMP_LEN)))) {
			check_unusual(sc, next, p, len[i]);
			common_len = sc->common_len;
			continue;
		}
		whole++;
		if (unlikely(
			    enter(sc, bitmap, next, expect.streams, stamp_stream(p), stamp_seq(p))))
			duplicate++;
	}
	sc->totals.frames += whole;
	sc->totals.unique += whole - duplicate;
	sc->totals.duplicate += duplicate;
	sc->totals.bytes += whole * common_len;
}
