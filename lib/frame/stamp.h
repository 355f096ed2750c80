/*
 * The stamp: 18 bytes at the start of the UDP payload of every frame that
 * ringloss sends, and how a receiver tells our frames from others by it. Freestanding, so
 * that BPF programs and C share the same lines.
 *
 *   offset  bytes  field     (network order)
 *   0       2      magic     0x524c, "RL"
 *   2       2      epoch     number of the trial
 *   4       2      stream    index of the 5-tuple
 *   6       6      sequence  in the stream, from 0
 *   12      4      time      CLOCK_MONOTONIC ns modulo 2^32 when written
 *   16      2      balance   makes the one's-complement sum of all nine words 0xffff
 *
 * The sum over the stamp is the same for every frame, so the UDP checksum is
 * computed once per flow (RFC 1071 section 2: the sum does not depend on where
 * in it the words stand), and damage is found by one sum.
 */
#ifndef RINGLOSS_FRAME_STAMP_H
#define RINGLOSS_FRAME_STAMP_H

#define STAMP_LEN 18
#define STAMP_MAGIC 0x524c
#define STAMP_SEQ_BITS 48

/* Unaligned fixed-size access; memcpy of constants compiles to one move. */
#define STAMP_LOAD(type, p)                                                                        \
	(((const struct { type v; } __attribute__((packed, may_alias)) *)(p))->v)
#define STAMP_STORE(type, p, x)                                                                    \
	(((struct { type v; } __attribute__((packed, may_alias)) *)(p))->v = (x))

/* What a frame is, by its stamp. */
enum stamp_class {
	STAMP_OURS,    /* magic, epoch and sum right */
	STAMP_STALE,   /* ours, sum right, but of another epoch */
	STAMP_CORRUPT, /* ours by magic and sum wrong, or damaged in the head only */
	STAMP_FOREIGN, /* not ours */
	STAMP_CLASSES
};

/* What the receiver knows of the trial; the plausible range keeps chance matches out. */
struct stamp_expect {
	unsigned int head; /* first 4 bytes as loaded from memory: magic and epoch, network order */
	unsigned int streams;       /* streams planned: a larger index is no stream of ours */
	unsigned long long max_seq; /* sequence numbers lie below this */
};

/*
 * One's-complement sum of the nine words in memory order, folded to 16 bits.
 * 0xffff for a whole stamp. About 8 instructions.
 */
static inline __attribute__((always_inline)) unsigned int stamp_sum(const void *stamp)
{
	const unsigned char *p = stamp;
	unsigned long long a = STAMP_LOAD(unsigned long long, p);
	unsigned long long b = STAMP_LOAD(unsigned long long, p + 8);
	unsigned long long sum = (a & 0xffffffff) + (a >> 32) + (b & 0xffffffff) + (b >> 32) +
				 STAMP_LOAD(unsigned short, p + 16);

	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (unsigned int)sum;
}

static inline __attribute__((always_inline)) unsigned int stamp_head_wire(unsigned int epoch)
{
	return __builtin_bswap32(((unsigned int)STAMP_MAGIC << 16) | (epoch & 0xffff));
}

static inline __attribute__((always_inline)) unsigned int stamp_stream(const void *stamp)
{
	return __builtin_bswap16(STAMP_LOAD(unsigned short, (const unsigned char *)stamp + 4));
}

static inline __attribute__((always_inline)) unsigned long long stamp_seq(const void *stamp)
{
	/* bytes 4..11 as one word: stream in the upper 16 bits */
	return __builtin_bswap64(STAMP_LOAD(unsigned long long, (const unsigned char *)stamp + 4)) &
	       ((1ULL << STAMP_SEQ_BITS) - 1);
}

/*
 * Class of the 18 bytes at STAMP. A frame whose magic or epoch is damaged and
 * whose other words are whole is known by the sum with the expected head in
 * place, by its stream and its sequence; a foreign payload passes that by
 * chance once in 2^16 * 2^16/streams * 2^48/max_seq frames.
 */
static inline __attribute__((always_inline)) enum stamp_class stamp_classify(
	const void *stamp, const struct stamp_expect *expect)
{
	unsigned int head = STAMP_LOAD(unsigned int, stamp);
	unsigned int sum = stamp_sum(stamp);
	unsigned int repaired;

	if (__builtin_expect(head == expect->head && sum == 0xffff, 1))
		return stamp_stream(stamp) < expect->streams && stamp_seq(stamp) < expect->max_seq
			       ? STAMP_OURS
			       : STAMP_CORRUPT;
	if ((head & 0xffff) == (expect->head & 0xffff) && sum == 0xffff)
		return STAMP_STALE;
	if ((head & 0xffff) == (expect->head & 0xffff))
		return STAMP_CORRUPT;
	/* sum - head + expected head, in one's complement */
	repaired = sum + (~head & 0xffff) + (~(head >> 16) & 0xffff) + (expect->head & 0xffff) +
		   (expect->head >> 16);
	repaired = (repaired & 0xffff) + (repaired >> 16);
	repaired = (repaired & 0xffff) + (repaired >> 16);
	if (repaired == 0xffff && stamp_stream(stamp) < expect->streams &&
	    stamp_seq(stamp) < expect->max_seq)
		return STAMP_CORRUPT;
	return STAMP_FOREIGN;
}

/* Write a whole stamp. head by stamp_head_wire. About 15 instructions. */
static inline __attribute__((always_inline)) void stamp_write(void *stamp, unsigned int head,
							      unsigned int stream,
							      unsigned long long seq,
							      unsigned int time)
{
	unsigned char *p = stamp;
	unsigned long long mid =
		__builtin_bswap64(((unsigned long long)stream << STAMP_SEQ_BITS) | seq);
	unsigned int when = __builtin_bswap32(time);
	unsigned long long sum = (unsigned long long)head + (mid & 0xffffffff) + (mid >> 32) + when;

	sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	STAMP_STORE(unsigned int, p, head);
	STAMP_STORE(unsigned long long, p + 4, mid);
	STAMP_STORE(unsigned int, p + 12, when);
	STAMP_STORE(unsigned short, p + 16, (unsigned short)~sum);
}

#endif
