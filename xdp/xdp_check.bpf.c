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

#include "wire.h"
#include "xdp_check.h"

#define UNSEEN (~0ULL)
#define LINEAR_MAX 4096 /* of a buffer: a page. In blocks of 64 */
#define REST_BLOCKS 40  /* of 256 bytes: what follows in fragments of a frame of 9018 */
#define PAYLOAD_MAX 9216

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
 * Whether LEN bytes from P are 0, of a buffer that ends at END; P + LEN lies in it. The last
 * word overlaps what is before P, which is the stamp.
 */
static __always_inline int all_zero(const unsigned char *p, const unsigned char *end, __u32 len)
{
	const unsigned char *last;
	__u64 any = 0;
	__u32 i, k;

	for (i = 0; i < LINEAR_MAX; i += 64) {
		if (i + 64 > len || p + i + 64 > end)
			break;
#pragma unroll
		for (k = 0; k < 64; k += 8)
			any |= STAMP_LOAD(__u64, p + i + k);
	}
	for (k = 0; k < 64; k += 8) {
		if (i + k + 8 > len || p + i + k + 8 > end)
			break;
		any |= STAMP_LOAD(__u64, p + i + k);
	}
	if (len & 7) {
		last = p + (len & 0x1fff) - 8;
		if (last + 8 > end)
			return 0;
		any |= STAMP_LOAD(__u64, last) >> (64 - 8 * (len & 7));
	}
	return any == 0;
}

/*
 * The same for bytes FROM to TO of a frame, wherever they lie. Damaged, too, if not all there.
 * Not static, as is_filled: so the verifier looks at it once and not on every way that leads here.
 */
__noinline int rest_is_zero(struct xdp_md *ctx, __u32 from, __u32 to)
{
	__u64 block[32] = {0};
	__u64 any = 0;
	__u32 i, k, len;

	for (i = 0; i < REST_BLOCKS && from < to; i++) {
		len = to - from < sizeof(block) ? to - from : sizeof(block);
		/* what the compiler knows of len the verifier has to see tested */
		asm volatile("" : "+r"(len));
		if (!len || len > sizeof(block) || bpf_xdp_load_bytes(ctx, from, block, len))
			return 0;
		/* a last one that is shorter leaves what was 0 before */
		for (k = 0; k < 32; k++)
			any |= block[k];
		from += sizeof(block);
	}
	return from >= to && any == 0;
}

/* Whether the payload of LEN bytes at offset FROM is, beyond its stamp, what we send. */
__noinline int is_filled(struct xdp_md *ctx, __u32 from, __u32 len)
{
	const unsigned char *frame = (const unsigned char *)(long)ctx->data;
	const unsigned char *end = (const unsigned char *)(long)ctx->data_end;
	const unsigned char *fill;
	__u32 there;

	if (from > FRAME_HEADERS_MAX || len <= STAMP_LEN || len > PAYLOAD_MAX)
		return 0;
	fill = frame + from + STAMP_LEN;
	if (fill > end)
		return 0;
	len -= STAMP_LEN;
	there = (__u32)(end - fill);
	if (likely(len <= there))
		return all_zero(fill, end, len);
	return all_zero(fill, end, there) &&
	       rest_is_zero(ctx, from + STAMP_LEN + there, from + STAMP_LEN + len);
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
