/*
 * What a checker holds; for seqcheck.c, which fills it, seqcheck_merge.c and bursts.c, which read
 * it, and an endpoint whose own program fills the same arrays (xdp), and
 * their tests. Nobody else includes this.
 *
 * The bitmap is laid out by rows of 64 sequence numbers: row seq / 64 has one
 * 64-bit word a stream. Streams advance together, so the words in use lie side by
 * side (2 KiB for 256 streams), and new pages are met one at a time: with a
 * bitmap apart for each stream, all streams come to a fresh page at once, and
 * hundreds of page faults in a row stop the sink long enough to lose frames.
 */
#ifndef RINGLOSS_FRAME_SEQCHECK_STATE_H
#define RINGLOSS_FRAME_SEQCHECK_STATE_H

#include "seqcheck.h"

#define SEQCHECK_ROW_BITS 6
/* NextExp of a stream that nothing came of: above all numbers, so that one test finds it too. */
#define SEQCHECK_UNSEEN UINT64_MAX

/* Per stream, what is rare; the number of its unique frames is in the bitmap. */
struct seqcheck_tally {
	uint64_t duplicate;     /* whole, seen before */
	uint64_t reordered;     /* first arrivals below NextExp */
	uint64_t corrupt;       /* damaged where the stream can still be believed */
	uint64_t corrupt_bytes; /* lengths of those */
	uint64_t bytes_beyond;  /* sum of length - common_len of whole frames, modulo 2^64 */
};

struct seqcheck {
	struct seqcheck_result totals;
	struct stamp_expect expect;
	uint32_t queues;
	uint32_t common_len; /* length of the first whole frame; UINT32_MAX: none came yet */
	uint64_t *bitmap;    /* rows of expect.streams words */
	size_t bitmap_bytes; /* as mapped */
	uint64_t *next;      /* NextExp by [queue][stream], or SEQCHECK_UNSEEN */
	struct seqcheck_tally *tally; /* by [stream] */
	bool borrowed;                /* the arrays are somebody else's */

	/* scratch of seqcheck_merge */
	uint64_t merge_words; /* words of the bitmap that can hold bits of the range */
	uint64_t merge_bits;  /* bits set in the range */
};

/*
 * A checker over arrays that somebody else owns and fills, in the layout above: BITMAP of
 * seqcheck_words(max_seq) words, NEXT by [queue][stream], TALLY by [stream]. COMMON_LEN is what
 * bytes_beyond is counted against. The totals are the caller's to write, but for
 * streams_seen, which only seqcheck_merge knows. Not for seqcheck_burst. seqcheck_reset clears
 * what was used, so it is to be called once before the first trial. Errors as seqcheck_new.
 */
struct seqcheck_arrays {
	uint64_t *bitmap;
	uint64_t *next;
	struct seqcheck_tally *tally;
	uint32_t common_len;
};
struct seqcheck *seqcheck_over(const struct seqcheck_arrays *arrays, uint32_t streams,
			       uint64_t max_seq, uint32_t queues, struct error *err);

/* Highest NextExp of the streams first .. first + count - 1 over all queues; 0: none came. */
uint64_t seqcheck_high(const struct seqcheck *sc, uint32_t first, uint32_t count);

/* Words of the bitmap that hold all numbers below HIGH. */
static inline uint64_t seqcheck_words(const struct seqcheck *sc, uint64_t high)
{
	uint64_t row = 1ULL << SEQCHECK_ROW_BITS;

	return (high + row - 1) / row * sc->expect.streams;
}

#endif
