/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sink side of UDP sockets: runs when the kernel looks up the socket of a
 * datagram, before the receive buffer. Counts ours and foreign apart, which no
 * kernel counter does, and gives each flow to one socket of the group.
 */
#include <linux/bpf.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "verdicts.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
	__uint(max_entries, VERDICT_QUEUES_MAX);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

/* UDP payload of the largest frame; set before the program is loaded. */
const volatile __u32 payload_len = 0;

/*
 * Frames in a datagram: a send of several (UDP_SEGMENT) that was not cut on its way passes here as
 * one packet, and is cut behind the look-up (net/ipv4/udp.c, udp_queue_rcv_skb).
 */
static __always_inline __u32 frames_in(struct sk_reuseport_md *ctx)
{
	__u32 len = ctx->len - sizeof(struct udphdr);

	if (!payload_len || len <= payload_len)
		return 1;
	return (len + payload_len - 1) / payload_len;
}

SEC("sk_reuseport")
int udp_sink(struct sk_reuseport_md *ctx)
{
	struct {
		struct udphdr udp;
		__u8 stamp[STAMP_LEN];
	} head = {};
	enum stamp_class class = STAMP_FOREIGN;
	const struct verdict_config *cfg;
	__u32 queue = 0, frames = frames_in(ctx);

	/* at the UDP header; the payload may lie in fragments, so it is copied */
	cfg = trial_config();
	if (cfg && !bpf_skb_load_bytes(ctx, 0, &head, sizeof(head))) {
		class = stamp_classify(head.stamp, &cfg->expect);
		if (cfg->queues)
			queue = bpf_ntohs(head.udp.source) % cfg->queues;
	}
	if (class == STAMP_FOREIGN)
		count(VERDICT_FOREIGN);
	else if (class == STAMP_STALE)
		count_many(VERDICT_STALE, frames);
	else
		count_many(VERDICT_OURS, frames);
	if (class != STAMP_FOREIGN && frames > 1) {
		count_many(VERDICT_MERGED, frames);
		count(VERDICT_MERGED_PACKETS);
	}
	if (bpf_sk_select_reuseport(ctx, &sockets, &queue, 0) && class != STAMP_FOREIGN)
		count(VERDICT_NO_SOCKET);
	return SK_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
