/*
 * A packet as the observer's programs find it at a tracepoint: where it is, whose, how many frames
 * it holds, and bytes of its headers. Nothing here counts.
 */
#ifndef RINGLOSS_XDP_OBSERVE_PACKET_BPF_H
#define RINGLOSS_XDP_OBSERVE_PACKET_BPF_H

#include <stdbool.h>

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "wire.h"

/* Of the kernel's structures what is read here; libbpf finds the offsets (CO-RE). */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct ns_common {
	unsigned int inum;
};
struct net {
	struct ns_common ns;
};
typedef struct {
	struct net *net;
} possible_net_t;
struct net_device {
	int ifindex;
	possible_net_t nd_net;
};
struct sock_common {
	unsigned short skc_family;
	possible_net_t skc_net;
};
struct sock {
	struct sock_common __sk_common;
};
struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	int skb_iif;
	unsigned int len, data_len;
	__u8 pkt_type : 3;
	__u16 protocol;
	__u16 network_header;
	unsigned int end;
	unsigned char *head, *data;
};
struct skb_shared_info {
	unsigned short gso_segs;
};
#pragma clang attribute pop

/* What the loader found in this kernel's BTF: bpf_dynptr_from_skb at tracepoints (6.11). */
const volatile bool has_dynptr = true;

extern int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags,
			       struct bpf_dynptr *ptr) __ksym __weak;

/*
 * While a datagram waits in a UDP socket, its dev holds other things (udp_set_dev_scratch,
 * net/ipv4/udp.c), whose highest byte is 0 or 1. An address of the kernel's has 0xff there: with
 * five levels of page tables its memory begins at 0xff11000000000000
 * (Documentation/arch/x86/x86_64/mm.rst).
 */
static __always_inline struct net_device *device_of(const struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;

	return (__u64)dev >> 56 == 0xff ? dev : 0;
}

/*
 * The namespace in which a packet was given up. A packet that has just crossed a veth belongs to
 * the sender's socket still (skb_scrub_packet leaves it), so the device tells before that.
 */
static __always_inline __u32 netns_of(const struct sk_buff *skb, const struct sock *rx_sk)
{
	const struct net_device *dev = device_of(skb);
	const struct sock *sk;

	/* plain loads, which the kernel guards by itself here: a helper's read costs ten times that
	 */
	if (rx_sk)
		return rx_sk->__sk_common.skc_net.net->ns.inum;
	if (dev)
		return dev->nd_net.net->ns.inum;
	sk = skb->sk;
	return sk ? sk->__sk_common.skc_net.net->ns.inum : 0;
}

/* Frames in a packet: one, or what segmentation offload makes of it. */
static __always_inline __u32 frames_in(const struct sk_buff *skb)
{
	const struct skb_shared_info *shared = (const void *)(skb->head + skb->end);
	__u16 segs = BPF_CORE_READ(shared, gso_segs);

	return segs ? segs : 1;
}

struct view {
	const unsigned char *head;
	__u32 data, linear_end; /* offsets from head */
};

/* LEN bytes at offset AT from head: in the linear part, or in fragments where the kernel can. */
static __always_inline bool load(struct sk_buff *skb, const struct view *v, __u32 at, void *to,
				 __u32 len)
{
	struct bpf_dynptr whole;

	if (at + len <= v->linear_end)
		return !bpf_probe_read_kernel(to, len, v->head + at);
	if (!has_dynptr || at < v->data)
		return false;
	if (bpf_dynptr_from_skb((struct __sk_buff *)skb, 0, &whole))
		return false;
	return !bpf_dynptr_read(to, len, &whole, at - v->data, 0);
}

/* Where the IP header begins: the kernel's note if there is one, else looked for at data. */
static __always_inline __u32 find_ip(const struct sk_buff *skb, const struct view *v)
{
	__u16 note = skb->network_header, type = 0;
	__u8 first = 0;

	/* an skb whose header nobody has noted yet has 0 (or ~0) there, in the headroom */
	if (note != 0xffff && note && note < v->linear_end)
		return note;
	bpf_probe_read_kernel(&first, sizeof(first), v->head + v->data);
	if (first >> 4 == 4 || (first & 0xf0) == 0x60)
		return v->data;
	bpf_probe_read_kernel(&type, sizeof(type), v->head + v->data + 12);
	return v->data + FRAME_ETH_LEN + (type == FRAME_TYPE_VLAN ? FRAME_VLAN_LEN : 0);
}

#endif
