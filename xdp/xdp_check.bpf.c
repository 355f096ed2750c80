/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sink that ends in the driver: our frames are checked here, number by number, and dropped;
 * stale ones are dropped; all others go on to the stack. What seqcheck.c does for a burst this
 * does for a frame, in the same arrays (seqcheck_state.h), which user space has mapped.
 *
 * Frames of one stream may come by several queues and CPUs, so a frame's bit is set by one
 * atomic operation that tells whether it was set before, and counts are by CPU (XDP runs with
 * bottom halves off: nothing else on the CPU counts meanwhile). NextExp is of a queue,
 * which one CPU serves at a time; in generic mode with RPS, where several may, reordered
 * can be off, and nothing else.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define STAMP_IN_PACKET
#include "wire.h"
#include "xdp_check.h"

#define UNSEEN (~0ULL)
#define LINEAR_MAX 4096  /* bytes of a frame looked at in place, */
#define LINEAR_MOST 3968 /* of these what may be fill */
#define BLOCK 256        /* bytes taken at once of what follows in fragments */
#define REST_BLOCKS 36
#define PAYLOAD_MAX (BLOCK * REST_BLOCKS) /* more than a frame of 9018 has */

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* max_entries are set by the loader */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct check_counts);
} counts SEC(".maps");

/* Rows of 64 numbers: a word a stream. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
} bitmap SEC(".maps");

/* By [queue][stream]. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
} next SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct check_tally);
} tally SEC(".maps");

struct stamp_expect expect; /* of the trial; streams 0: none yet, everything is foreign or stale */

const volatile __u32 queues = 1;      /* rows of next */
const volatile __u32 common_len = 18; /* payload of most frames: what bytes_beyond is beyond */

/*
 * Whether the fill is what we send, in parts. Not static: so the verifier looks at each once, and
 * not on every way that leads to it.
 */

/* An offset that the verifier can see the bound of, whatever the compiler knows of it. */
static __always_inline __u64 in_page(__u64 offset)
{
	offset &= LINEAR_MAX - 1;
	asm volatile("" : "+r"(offset));
	return offset;
}

/* Less than 64 bytes at offset FROM, all in the first buffer; what lies before is the frame's. */
__noinline int tail_is_zero(struct xdp_md *ctx, __u32 from, __u32 len)
{
	const unsigned char *frame = (const unsigned char *)(long)ctx->data, *p;
	const unsigned char *end = (const unsigned char *)(long)ctx->data_end;
	__u64 any = 0;
	__u32 i;

	if (len >= 64)
		return 0;
	p = frame + in_page(from);
	for (i = 0; i < 64; i += 8) {
		if (i + 8 > len)
			break;
		if (p + i + 8 > end)
			return 0;
		any |= STAMP_LOAD(__u64, p + i);
	}
	if (len & 7) {
		/* the last word overlaps what was before */
		p = frame + in_page(from + len - 8);
		if (p + 8 > end)
			return 0;
		any |= STAMP_LOAD(__u64, p) >> (64 - 8 * (len & 7));
	}
	return any == 0;
}

/* LEN bytes at offset FROM, all in the first buffer. */
__noinline int linear_is_zero(struct xdp_md *ctx, __u32 from, __u32 len)
{
	const unsigned char *p = (const unsigned char *)(long)ctx->data;
	const unsigned char *end = (const unsigned char *)(long)ctx->data_end;
	__u64 any = 0;
	__u32 i, k;

	p += in_page(from);
	for (i = 0; i < LINEAR_MAX; i += 64) {
		if (i + 64 > len)
			break;
		if (p + i + 64 > end)
			return 0;
#pragma unroll
		for (k = 0; k < 64; k += 8)
			any |= STAMP_LOAD(__u64, p + i + k);
	}
	return any == 0 && (len == i || tail_is_zero(ctx, from + i, len - i));
}

/* Up to 256 bytes at offset FROM, wherever they lie. Not zero, too, if not all there. */
__noinline int block_is_zero(struct xdp_md *ctx, __u32 from, __u32 len)
{
	__u64 block[BLOCK / 8] = {0};
	__u64 any = 0;
	__u32 k;

	/*
	 * What the compiler knows of len the verifier has to see tested, and each bound on len
	 * itself: of the one comparison that the compiler would make of both (len - 257 < -256)
	 * kernel 6.12 learns nothing about len.
	 */
	asm volatile("" : "+r"(len));
	if (!len)
		return 0;
	asm volatile("" : "+r"(len));
	if (len > sizeof(block) || bpf_xdp_load_bytes(ctx, from, block, len))
		return 0;
	for (k = 0; k < BLOCK / 8; k++)
		any |= block[k];
	return any == 0;
}

/* Bytes FROM to TO, likewise. */
__noinline int rest_is_zero(struct xdp_md *ctx, __u32 from, __u32 to)
{
	__u32 i;

	for (i = 0; i < REST_BLOCKS && from < to; i++) {
		if (!block_is_zero(ctx, from, to - from < BLOCK ? to - from : BLOCK))
			return 0;
		from += BLOCK;
	}
	return from >= to;
}

/* Whether the payload of LEN bytes at offset FROM is, beyond its stamp, what we send. */
__noinline int is_filled(struct xdp_md *ctx, __u32 from, __u32 len)
{
	__u32 there = (__u32)(ctx->data_end - ctx->data);

	if (len <= STAMP_LEN || len > PAYLOAD_MAX || from + STAMP_LEN > there)
		return 0;
	from += STAMP_LEN;
	len -= STAMP_LEN;
	there -= from;
	if (unlikely(there > LINEAR_MOST))
		there = LINEAR_MOST;
	if (likely(len <= there))
		return linear_is_zero(ctx, from, len);
	return linear_is_zero(ctx, from, there) && rest_is_zero(ctx, from + there, from + len);
}

/* A damaged frame; to its stream's account if the stream can be believed. As enter_corrupt. */
static __noinline int enter_corrupt(struct check_counts *c, __u32 stream, __u32 believed, __u32 len)
{
	struct check_tally *t;

	if (!c)
		return XDP_DROP;
	c->ours++;
	c->corrupt++;
	c->bytes += len;
	t = believed ? bpf_map_lookup_elem(&tally, &stream) : 0;
	if (t) {
		__sync_fetch_and_add(&t->corrupt, 1);
		__sync_fetch_and_add(&t->corrupt_bytes, len);
	}
	return XDP_DROP;
}

/* Whether the stamp is ours but for its magic or epoch. */
static __always_inline int is_believed(const unsigned char *stamp)
{
	return stamp_balanced(stamp_total(stamp, expect.head)) && stamp_in_range(stamp, &expect);
}

static __always_inline void enter(struct xdp_md *ctx, struct check_counts *c, __u64 number)
{
	__u64 seq = number & ((1ULL << STAMP_SEQ_BITS) - 1), bit = 1ULL << (seq & 63), *word;
	__u32 stream = (__u32)(number >> STAMP_SEQ_BITS), queue, key;
	struct check_tally *t;

	key = (__u32)(seq >> 6) * expect.streams + stream;
	word = bpf_map_lookup_elem(&bitmap, &key);
	if (unlikely(!word)) /* the loader made room for all that expect lets through */
		return;
	if (unlikely(__sync_fetch_and_or(word, bit) & bit)) {
		c->duplicate++;
		t = bpf_map_lookup_elem(&tally, &stream);
		if (t)
			__sync_fetch_and_add(&t->duplicate, 1);
		return;
	}
	queue = ctx->rx_queue_index;
	if (unlikely(queue >= queues)) /* channels were added since */
		queue = queues - 1;
	key = queue * expect.streams + stream;
	word = bpf_map_lookup_elem(&next, &key);
	if (unlikely(!word))
		return;
	/* UNSEEN is above all numbers: one test finds both */
	if (likely(seq >= *word) || *word == UNSEEN) {
		*word = seq + 1;
		return;
	}
	c->reordered++;
	t = bpf_map_lookup_elem(&tally, &stream);
	if (t)
		__sync_fetch_and_add(&t->reordered, 1);
}

/* frags: frames of several buffers pass, too */
SEC("xdp.frags")
int xdp_check(struct xdp_md *ctx)
{
	const unsigned char *frame = (const unsigned char *)(long)ctx->data;
	const unsigned char *end = (const unsigned char *)(long)ctx->data_end;
	enum stamp_class class = STAMP_FOREIGN;
	const unsigned char *payload;
	struct check_counts *c;
	struct check_tally *t;
	__u32 cpu, len, stream;

	cpu = bpf_get_smp_processor_id();
	c = bpf_map_lookup_elem(&counts, &cpu);
	if (!c)
		return XDP_PASS;
	payload = frame_payload(frame, end, 0, &len);
	if (payload)
		class = stamp_classify(payload, &expect);
	if (unlikely(class == STAMP_FOREIGN || !payload || len < STAMP_LEN)) {
		c->foreign++;
		return XDP_PASS;
	}
	if (unlikely(class == STAMP_STALE)) {
		c->stale++;
		return XDP_DROP;
	}
	stream = stamp_stream(payload);
	if (unlikely(class == STAMP_CORRUPT ||
		     (len > STAMP_LEN && !is_filled(ctx, (__u32)(payload - frame), len))))
		return enter_corrupt(c, stream, is_believed(payload), len);
	c->ours++;
	c->bytes += len;
	if (unlikely(len != common_len)) {
		t = bpf_map_lookup_elem(&tally, &stream);
		if (t)
			__sync_fetch_and_add(&t->bytes_beyond, (__u64)len - common_len);
	}
	enter(ctx, c, stamp_number(payload));
	return XDP_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";
