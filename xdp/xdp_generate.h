/* What xdp_generate.bpf.c and its loader share. */
#ifndef RINGLOSS_XDP_GENERATE_H
#define RINGLOSS_XDP_GENERATE_H

#include <linux/types.h>

#include "wire.h"

#define GENERATE_SIZES_MAX 16   /* FRAME_MIX_MAX */
#define GENERATE_HEADER_WORDS 8 /* up to the UDP header: 58 bytes with a tag and IPv6 */

/* What a size writes: struct frame_length, which is not freestanding. */
struct generate_length {
	__u32 len;
	__u16 ip_len;
	__u16 ip_checksum;
};

/*
 * One call of a thread, an element of map "calls" by CPU. The thread fills it in, calls, and
 * reads what came of it; nobody else of the process is in a call on that CPU meanwhile.
 */
struct generate_call {
	__u64 seq;         /* of the next frame */
	__u64 made;        /* frames made */
	__u64 sent;        /* of these the driver took; by count_sent */
	__u32 flow;        /* of the next frame */
	__u32 place;       /* its place in the pattern of sizes */
	__u32 first_flow;  /* where a round of the queue's flows begins */
	__u32 first_place; /* of the first frame of the round */
	__u32 step;        /* to the next flow of the queue */
	__u32 step_place;  /* the same in the pattern */
	__u32 head;        /* as in struct tx_batch */
	__u32 time;
	__u32 active; /* 0: no call: the frame is nobody's */
	__u32 dry;    /* drop what was made: to see whether the kernel can */
};

#endif
