/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The generator inside the kernel: runs once for each live frame of BPF_PROG_TEST_RUN, writes
 * it and sends it to the device. And how many of them the driver took, as the kernel
 * says when it has handed a bulk over (net/core/devmap, tracepoint xdp_devmap_xmit).
 *
 * Pages come back from the receiver as it left them (its stack may rewrite headers in place),
 * so all that lies before the fill is written into every frame.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define STAMP_IN_PACKET
#include "xdp_generate.h"

#define LOOPBACK_IFINDEX 1

/* max_entries are set by the loader */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct generate_call);
} calls SEC(".maps");

/* UDP headers, of size s and flow f at s * flows + f. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
} udp SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u32);
} pattern SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} device SEC(".maps");

const volatile __u32 ifindex, netns; /* of the device */
const volatile __u32 flows = 1, first_stream;
const volatile __u32 len_max = 60; /* of a frame; what data holds */
const volatile __u32 ip_off = FRAME_ETH_LEN, udp_off = FRAME_ETH_LEN + FRAME_IPV4_LEN;
const volatile __u32 ipv6;
const volatile __u32 n_sizes = 1, n_pattern = 1;
const volatile __u64 headers[GENERATE_HEADER_WORDS];
const volatile struct generate_length lengths[GENERATE_SIZES_MAX];

/* On to the frame that follows. */
static __always_inline void advance(struct generate_call *call)
{
	call->made++;
	call->flow += call->step;
	if (n_sizes > 1) {
		call->place += call->step_place;
		if (call->place >= n_pattern)
			call->place -= n_pattern;
	}
	if (call->flow < flows)
		return;
	call->flow = call->first_flow;
	call->seq++;
	if (n_sizes > 1) {
		if (++call->first_place >= n_pattern)
			call->first_place = 0;
		call->place = call->first_place;
	}
}

SEC("xdp")
int xdp_generate(struct xdp_md *ctx)
{
	__u32 cpu = bpf_get_smp_processor_id(), size = 0, key, i;
	struct generate_call *call = bpf_map_lookup_elem(&calls, &cpu);
	unsigned char *frame, *end;
	__u32 *place;
	__u64 *word;

	if (!call || !call->active)
		return XDP_DROP;
	if (n_sizes > 1) {
		place = bpf_map_lookup_elem(&pattern, &call->place);
		if (place)
			size = *place;
		size &= GENERATE_SIZES_MAX - 1;
		if (bpf_xdp_adjust_tail(ctx, (int)lengths[size].len - (int)len_max))
			return XDP_DROP;
	}
	frame = (unsigned char *)(long)ctx->data;
	end = (unsigned char *)(long)ctx->data_end;
	key = size * flows + call->flow;
	word = bpf_map_lookup_elem(&udp, &key);
	if (!word || frame + udp_off + FRAME_UDP_LEN + STAMP_LEN > end)
		return XDP_DROP;
		/* in words: the last goes beyond, and the UDP header over it */
#pragma unroll
	for (i = 0; i < GENERATE_HEADER_WORDS; i++)
		if (i * 8 < udp_off)
			STAMP_STORE(__u64, frame + i * 8, headers[i]);
	if (n_sizes > 1) {
		if (ipv6) {
			STAMP_STORE(__u16, frame + ip_off + 4, lengths[size].ip_len);
		} else {
			STAMP_STORE(__u16, frame + ip_off + 2, lengths[size].ip_len);
			STAMP_STORE(__u16, frame + ip_off + 10, lengths[size].ip_checksum);
		}
	}
	STAMP_STORE(__u64, frame + udp_off, *word);
	stamp_write(frame + udp_off + FRAME_UDP_LEN, call->head, first_stream + call->flow,
		    call->seq, call->time);
	advance(call);
	return call->dry ? XDP_DROP : bpf_redirect_map(&device, 0, 0);
}

/* Of the kernel's structures what is read here; the loader finds where it lies (CO-RE). */
struct ns_common {
	unsigned int inum;
} __attribute__((preserve_access_index));

struct net {
	struct ns_common ns;
} __attribute__((preserve_access_index));

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	int ifindex;
	possible_net_t nd_net;
} __attribute__((preserve_access_index));

/* Live frames seem to come from the loopback device, from which no other redirect does. */
SEC("tp_btf/xdp_devmap_xmit")
int BPF_PROG(count_sent, const struct net_device *from, const struct net_device *to, int sent,
	     int drops, int err)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct generate_call *call;

	if (from->ifindex != LOOPBACK_IFINDEX || to->ifindex != (int)ifindex ||
	    to->nd_net.net->ns.inum != netns)
		return 0;
	call = bpf_map_lookup_elem(&calls, &cpu);
	if (call && sent > 0)
		call->sent += (__u32)sent;
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
