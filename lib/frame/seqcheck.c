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
/*
 * How far ahead payloads are prefetched: 16 in flight hide DRAM; more at once, or in
 * groups of 16, fill the line buffers and are slower.
 */
#define AHEAD 16
/* Half of the 47 bits of address space that a process has on x86-64. */
#define BITMAP_BYTES_MAX (1ULL << 46)
/* Up to here clearing is cheaper than the page faults that the next trial would take. */
#define CLEAR_BYTES_MAX (256ULL << 20)

#define NO_MEMORY "sequence check: no memory for %u streams on %u queues; use fewer flows"

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

/* What every checker begins with; NULL with *err. */
static struct seqcheck *new_state(uint32_t streams, uint64_t max_seq, uint32_t queues,
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
	if (!sc) {
		error_set(err, EX_OSERR, -ENOMEM, NO_MEMORY, streams, queues);
		return NULL;
	}
	memset(sc, 0, sizeof(*sc));
	sc->expect.head = stamp_head_wire(0);
	sc->expect.streams = streams;
	sc->expect.max_seq = max_seq;
	sc->queues = queues;
	sc->common_len = UINT32_MAX;
	return sc;
}

struct seqcheck *seqcheck_new(uint32_t streams, uint64_t max_seq, uint32_t queues,
			      struct error *err)
{
	struct seqcheck *sc = new_state(streams, max_seq, queues, err);

	if (!sc)
		return NULL;
	sc->next = malloc((size_t)streams * queues * sizeof(*sc->next));
	sc->tally = calloc(streams, sizeof(*sc->tally));
	if (!sc->next || !sc->tally) {
		error_set(err, EX_OSERR, -ENOMEM, NO_MEMORY, streams, queues);
		goto fail;
	}
	memset(sc->next, 0xff, (size_t)streams * queues * sizeof(*sc->next));
	if (map_bitmap(sc, err))
		goto fail;
	return sc;
fail:
	seqcheck_free(sc);
	return NULL;
}

struct seqcheck *seqcheck_over(const struct seqcheck_arrays *arrays, uint32_t streams,
			       uint64_t max_seq, uint32_t queues, struct error *err)
{
	struct seqcheck *sc = new_state(streams, max_seq, queues, err);

	if (!sc)
		return NULL;
	sc->borrowed = true;
	sc->bitmap = arrays->bitmap;
	sc->next = arrays->next;
	sc->tally = arrays->tally;
	sc->common_len = arrays->common_len;
	return sc;
}

void seqcheck_free(struct seqcheck *sc)
{
	if (!sc)
		return;
	if (!sc->borrowed) {
		if (sc->bitmap)
			munmap(sc->bitmap, sc->bitmap_bytes);
		free(sc->tally);
		free(sc->next);
	}
	free(sc);
}

uint64_t seqcheck_high(const struct seqcheck *sc, uint32_t first, uint32_t count)
{
	uint64_t high = 0;

	for (uint32_t q = 0; q < sc->queues; q++) {
		const uint64_t *next = sc->next + (size_t)q * sc->expect.streams + first;

		for (uint32_t i = 0; i < count; i++)
			if (next[i] != SEQCHECK_UNSEEN && next[i] > high)
				high = next[i];
	}
	return high;
}

void seqcheck_reset(struct seqcheck *sc, uint32_t epoch)
{
	uint32_t streams = sc->expect.streams;
	size_t used = seqcheck_words(sc, seqcheck_high(sc, 0, streams)) * sizeof(uint64_t);

	/*
	 * A refused madvise (locked memory) leaves the bits, so they are cleared by hand. Borrowed
	 * pages may not come back from it at all.
	 */
	if (used <= CLEAR_BYTES_MAX || sc->borrowed || madvise(sc->bitmap, used, MADV_DONTNEED))
		memset(sc->bitmap, 0, used);
	memset(sc->next, 0xff, (size_t)streams * sc->queues * sizeof(*sc->next));
	memset(sc->tally, 0, streams * sizeof(*sc->tally));
	memset(&sc->totals, 0, sizeof(sc->totals));
	if (!sc->borrowed)
		sc->common_len = UINT32_MAX;
	sc->expect.head = stamp_head_wire(epoch);
}

const struct seqcheck_result *seqcheck_totals(const struct seqcheck *sc)
{
	return &sc->totals;
}

static inline __attribute__((always_inline)) uint64_t load64(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/*
 * Whether all of LEN bytes are 0. No way out early: they nearly always are. Wide
 * blocks, then words; the last word overlaps the one before, so that no byte loop follows.
 */
static bool all_zero(const uint8_t *p, uint32_t len)
{
	typedef uint64_t block __attribute__((vector_size(16), aligned(1), may_alias));
	block even = {0}, odd = {0};
	uint64_t any = 0;
	uint32_t i = 0;

	if (len < sizeof(any)) {
		while (i < len)
			any |= p[i++];
		return any == 0;
	}
	for (; i + 4 * sizeof(block) <= len; i += 4 * sizeof(block)) {
		const block *b = (const block *)(p + i);

		even |= b[0] | b[2];
		odd |= b[1] | b[3];
	}
	even |= odd;
	for (; i + sizeof(any) <= len; i += sizeof(any))
		any |= load64(p + i);
	any |= load64(p + len - sizeof(any));
	return (any | even[0] | even[1]) == 0;
}

/* A first arrival below NextExp, or the stream's first frame on this queue (next is the queue's).
 */
static __attribute__((noinline)) void enter_below(struct seqcheck *sc, uint64_t *next,
						  uint32_t stream, uint64_t seq)
{
	bool seen = false;

	if (next[stream] != SEQCHECK_UNSEEN) {
		sc->tally[stream].reordered++;
		sc->totals.reordered++;
		return;
	}
	next[stream] = seq + 1;
	for (uint32_t q = 0; q < sc->queues; q++) {
		const uint64_t *other = sc->next + (size_t)q * sc->expect.streams;

		seen |= other != next && other[stream] != SEQCHECK_UNSEEN;
	}
	sc->totals.streams_seen += !seen;
}

static __attribute__((noinline)) void enter_duplicate(struct seqcheck *sc, uint32_t stream)
{
	sc->tally[stream].duplicate++;
	sc->totals.duplicate++;
}

/*
 * Set bit N modulo 64; whether it was set. Written to memory again when it was, which
 * costs nothing. On x86 one instruction on a register (on memory it is slow)
 * that compilers do not find: 4 instructions less a frame.
 */
static inline __attribute__((always_inline)) bool test_and_set(uint64_t *word, uint64_t n)
{
	uint64_t bits = *word;
	bool was;

#ifdef __x86_64__
	__asm__("btsq %2, %0" : "+r"(bits), "=@ccc"(was) : "r"(n));
#else
	was = bits >> (n & 63) & 1;
	bits |= 1ULL << (n & 63);
#endif
	*word = bits;
	return was;
}

/* Enter a whole frame. next is the queue's row of sc->next. */
static inline __attribute__((always_inline)) void enter(struct seqcheck *sc, uint64_t *bitmap,
							uint64_t *next, uint64_t streams,
							uint64_t number)
{
	uint64_t seq = number & ((1ULL << STAMP_SEQ_BITS) - 1);
	uint64_t stream = number >> STAMP_SEQ_BITS;
	uint64_t *word = &bitmap[(seq >> SEQCHECK_ROW_BITS) * streams + stream];

	if (unlikely(test_and_set(word, seq))) {
		enter_duplicate(sc, stream);
		return;
	}
	if (unlikely(seq < next[stream]))
		enter_below(sc, next, stream, seq);
	else
		next[stream] = seq + 1;
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
	if (sc->common_len == UINT32_MAX)
		sc->common_len = len;
	sc->totals.frames++;
	sc->totals.bytes += len;
	sc->tally[stamp_stream(payload)].bytes_beyond += (uint64_t)len - sc->common_len;
	enter(sc, sc->bitmap, next, sc->expect.streams, stamp_number(payload));
}

/*
 * N payloads, of which those AHEAD further on are prefetched (0: none). Inlined for each
 * case apart, with constants for the last three: what a 64-byte frame takes is 48 instructions.
 * Returns how many were not of the usual length, not whole or not ours, and so have been
 * counted already.
 */
static inline __attribute__((always_inline)) uint64_t check(struct seqcheck *sc, uint64_t *next,
							    const uint8_t *const *payload,
							    const uint32_t *len, size_t n,
							    size_t ahead, uint32_t common_len,
							    bool filled)
{
	const struct stamp_expect expect = sc->expect;
	uint64_t *bitmap = sc->bitmap;
	uint64_t unusual = 0;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = payload[i];

		if (ahead)
			__builtin_prefetch(payload[i + ahead]);
		if (likely(len[i] == common_len && stamp_classify(p, &expect) == STAMP_OURS) &&
		    (!filled || likely(all_zero(p + STAMP_LEN, common_len - STAMP_LEN)))) {
			enter(sc, bitmap, next, expect.streams, stamp_number(p));
			continue;
		}
		check_unusual(sc, next, p, len[i]);
		unusual++;
	}
	return unusual;
}

void seqcheck_burst(struct seqcheck *sc, uint32_t queue, const uint8_t *const *payload,
		    const uint32_t *len, uint32_t n)
{
	uint64_t *next = sc->next + (size_t)queue * sc->expect.streams;
	uint32_t common_len = sc->common_len;
	uint32_t start = n < AHEAD ? n : AHEAD;
	uint32_t first = n - start; /* those before the last AHEAD */
	uint64_t usual = n;

	for (uint32_t i = 0; i < start; i++)
		__builtin_prefetch(payload[i]);
	if (likely(common_len == STAMP_LEN)) {
		usual -= check(sc, next, payload, len, first, AHEAD, STAMP_LEN, false);
		usual -= check(sc, next, payload + first, len + first, start, 0, STAMP_LEN, false);
	} else {
		usual -= check(sc, next, payload, len, first, AHEAD, common_len, true);
		usual -= check(sc, next, payload + first, len + first, start, 0, common_len, true);
	}
	sc->totals.frames += usual;
	sc->totals.bytes += usual * common_len;
	sc->totals.unique = sc->totals.frames - sc->totals.duplicate - sc->totals.corrupt;
}
