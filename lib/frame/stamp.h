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

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "stamp.h swaps bytes by constants of little-endian machines"
#endif

/*
 * Unaligned fixed-size access; memcpy of constants compiles to one move. For BPF clang takes
 * packed words byte by byte; a program whose stamps lie in packets (not on its stack)
 * defines STAMP_IN_PACKET for one plain access, which the verifier lets pass there where
 * the machine can.
 */
#if defined(__bpf__) && defined(STAMP_IN_PACKET)
#define STAMP_LOAD(type, p) (*(const type __attribute__((may_alias)) *)(p))
#define STAMP_STORE(type, p, x) (*(type __attribute__((may_alias)) *)(p) = (x))
#else
#define STAMP_LOAD(type, p)                                                                        \
	(((const struct { type v; } __attribute__((packed, may_alias)) *)(p))->v)
#define STAMP_STORE(type, p, x)                                                                    \
	(((struct { type v; } __attribute__((packed, may_alias)) *)(p))->v = (x))
#endif

/* What a frame is, by its stamp. */
enum stamp_class {
	STAMP_OURS,    /* magic, epoch and sum right */
	STAMP_STALE,   /* ours, sum right, but of another epoch */
	STAMP_CORRUPT, /* ours, damaged: see stamp_classify for what is known by what */
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
 * Sum of the nine words, HEAD in place of the first two, with end-around carry in 64
 * bits: 2^64 = 2^32 = 2^16 = 1 modulo 0xffff, so wide words may be added for narrow
 * ones (RFC 1071 section 2).
 */
static inline __attribute__((always_inline)) unsigned long long stamp_total(const void *stamp,
									    unsigned int head)
{
	const unsigned char *p = stamp;
	unsigned long long middle = STAMP_LOAD(unsigned long long, p + 4);
	unsigned long long total = (STAMP_LOAD(unsigned long long, p + 10) >> 16) + head;
	unsigned int carry = __builtin_add_overflow(total, middle, &total);

	return total + carry;
}

/* TOTAL folded to 16 bits; 0 only if TOTAL is 0. Each rotation adds the halves and the carry. */
static inline __attribute__((always_inline)) unsigned int stamp_fold(unsigned long long total)
{
	unsigned int half;

	total += total << 32 | total >> 32;
	half = (unsigned int)(total >> 32);
	half += half << 16 | half >> 16;
	return half >> 16;
}

/* One's-complement sum of the nine words in memory order; 0xffff for a whole stamp. */
static inline __attribute__((always_inline)) unsigned int stamp_sum(const void *stamp)
{
	return stamp_fold(stamp_total(stamp, STAMP_LOAD(unsigned int, stamp)));
}

/*
 * Whether TOTAL is a multiple of 0xffff, which a sum of 0xffff (or of nothing but
 * zeros) is. A multiplication by the inverse of 0xffff modulo 2^64 takes the
 * multiples to 0 .. (2^64 - 1) / 0xffff and nothing else: two instructions instead of a fold.
 */
static inline __attribute__((always_inline)) int stamp_balanced(unsigned long long total)
{
	return total * -0x0001000100010001ULL <= 0x0001000100010001ULL;
}

static inline __attribute__((always_inline)) unsigned int stamp_head_wire(unsigned int epoch)
{
	return __builtin_bswap32(((unsigned int)STAMP_MAGIC << 16) | (epoch & 0xffff));
}

/* Bytes 4 to 11 as one number: the stream in the upper 16 bits, the sequence below. */
static inline __attribute__((always_inline)) unsigned long long stamp_number(const void *stamp)
{
	return __builtin_bswap64(STAMP_LOAD(unsigned long long, (const unsigned char *)stamp + 4));
}

static inline __attribute__((always_inline)) unsigned int stamp_stream(const void *stamp)
{
	return (unsigned int)(stamp_number(stamp) >> STAMP_SEQ_BITS);
}

static inline __attribute__((always_inline)) unsigned long long stamp_seq(const void *stamp)
{
	return stamp_number(stamp) & ((1ULL << STAMP_SEQ_BITS) - 1);
}

/* Whether stream and sequence are such as the trial has. */
static inline __attribute__((always_inline)) int stamp_in_range(const void *stamp,
								const struct stamp_expect *expect)
{
	return stamp_stream(stamp) < expect->streams && stamp_seq(stamp) < expect->max_seq;
}

/*
 * Class of the 18 bytes at STAMP:
 *
 *   magic  epoch  sum    in range
 *   right  right  right  yes       ours
 *   right  right  any    any       corrupt
 *   right  wrong  right  any       stale
 *   right  wrong  wrong  yes       corrupt (in the epoch at least)
 *   wrong  right  wrong  yes       corrupt (in the magic only) if right with our magic
 *   anything else                  foreign
 *
 * So one damaged word of the nine is always corrupt, and never ours or stale: it
 * leaves the sum wrong. The exception is all of one's complement's: a word that
 * turns from 0x0000 to 0xffff or back leaves the sum as it was. With the epoch that
 * makes a frame stale; in the stream and the upper word of the sequence the range finds
 * it; in the lower words of the sequence nothing does (nor would a UDP checksum).
 *
 * A random payload passes for ours or corrupt about once in 2^32 (head right);
 * the other rows add less: 2^-16 * streams/2^16 * max_seq/2^48. Zeros pass for nothing.
 */
static inline __attribute__((always_inline)) enum stamp_class stamp_classify(
	const void *stamp, const struct stamp_expect *expect)
{
	unsigned int differs = STAMP_LOAD(unsigned int, stamp) ^ expect->head;
	/* with the head as it should be, which is the frame's own if it is ours */
	int balanced = stamp_balanced(stamp_total(stamp, expect->head));

	if (__builtin_expect(differs == 0, 1)) {
		if (__builtin_expect(!balanced, 0) ||
		    __builtin_expect(!stamp_in_range(stamp, expect), 0))
			return STAMP_CORRUPT;
		return STAMP_OURS;
	}
	if ((differs & 0xffff) == 0 && stamp_sum(stamp) == 0xffff)
		return STAMP_STALE;
	if ((differs & 0xffff) != 0 && (differs >> 16 != 0 || !balanced))
		return STAMP_FOREIGN;
	return stamp_in_range(stamp, expect) ? STAMP_CORRUPT : STAMP_FOREIGN;
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
	unsigned long long total = (unsigned long long)head + when;
	unsigned int carry = __builtin_add_overflow(total, mid, &total);

	STAMP_STORE(unsigned int, p, head);
	STAMP_STORE(unsigned long long, p + 4, mid);
	STAMP_STORE(unsigned int, p + 12, when);
	STAMP_STORE(unsigned short, p + 16, (unsigned short)~stamp_fold(total + carry));
}

#endif
