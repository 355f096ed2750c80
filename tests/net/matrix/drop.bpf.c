/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs of somebody else in the path of our frames, for the injection matrix: each strikes the
 * same frames of a trial, exactly K, which it knows by length and sequence number (matrix.sh says
 * which), and every fourth of foreign ones. What they struck is counted in the map "hits".
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "wire.h"

#define FRAME_LEAST 80 /* without FCS; longer by 0, 1 or 2: K is 1, 37 or 1000 */
#define FIRST 1000     /* sequence number of the first that is struck */
#define HEAD_LEN (FRAME_HEADERS_MAX + STAMP_LEN)
#define IPV6_FRAGMENT 44
#define FRAME_TOO_LONG 9200 /* the MTU of own_pair is 9000 */

enum { HITS_IPV4, HITS_IPV6, HITS_FOREIGN_IPV4, HITS_FOREIGN_IPV6, HITS_SEEN, HITS };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HITS);
	__type(key, __u32);
	__type(value, __u64);
} hits SEC(".maps");

struct head {
	unsigned char bytes[HEAD_LEN];
};

static __always_inline __u64 count(__u32 key)
{
	__u64 *n = bpf_map_lookup_elem(&hits, &key);

	return n ? __sync_fetch_and_add(n, 1) : 0;
}

/* Whether the frame of LEN bytes that begins with HEAD is to be struck. */
static __always_inline int strikes(const struct head *head, __u32 n, __u32 len)
{
	const unsigned char *end = head->bytes + n, *payload;
	int v6 = STAMP_LOAD(unsigned short, head->bytes + 12) == FRAME_TYPE_IPV6;
	__u32 payload_len, k;
	__u64 seq;

	payload = frame_payload(head->bytes, end, 0, &payload_len);
	if (!payload)
		return 0;
	if (STAMP_LOAD(unsigned short, payload) != bpf_htons(STAMP_MAGIC)) {
		/* an answer by ICMP has no payload of UDP's, and so has come no further */
		if (count(HITS_SEEN) % 4)
			return 0;
		count(v6 ? HITS_FOREIGN_IPV6 : HITS_FOREIGN_IPV4);
		return 1;
	}
	seq = stamp_seq(payload);
	k = len == FRAME_LEAST       ? 1
	    : len == FRAME_LEAST + 1 ? 37
	    : len == FRAME_LEAST + 2 ? 1000
				     : 0;
	if (seq < FIRST || seq >= FIRST + k)
		return 0;
	count(v6 ? HITS_IPV6 : HITS_IPV4);
	return 1;
}

static __always_inline int strikes_skb(struct __sk_buff *skb)
{
	struct head head = {};
	__u32 n = skb->len;

	if (n > sizeof(head.bytes))
		n = sizeof(head.bytes);
	if (!n || bpf_skb_load_bytes(skb, 0, head.bytes, n))
		return 0;
	return strikes(&head, n, skb->len);
}

SEC("tc/drop")
int tc_drop(struct __sk_buff *skb)
{
	return strikes_skb(skb) ? TC_ACT_SHOT : TC_ACT_OK;
}

/* To a device that is not there. */
SEC("tc/redirect")
int tc_redirect(struct __sk_buff *skb)
{
	return strikes_skb(skb) ? bpf_redirect(0x7fffffff, 0) : TC_ACT_OK;
}

/* IPv6: makes the frame the first fragment of a packet whose others never come. */
SEC("tc/fragment")
int tc_fragment(struct __sk_buff *skb)
{
	unsigned char fragment[8] = {IPPROTO_UDP, 0, 0, 1, 'R', 'L', 0, 0}, next = IPV6_FRAGMENT;
	__u16 len;

	if (skb->protocol != bpf_htons(ETH_P_IPV6) || !strikes_skb(skb))
		return TC_ACT_OK;
	len = bpf_htons((__u16)(skb->len - FRAME_ETH_LEN - FRAME_IPV6_LEN + sizeof(fragment)));
	if (bpf_skb_adjust_room(skb, sizeof(fragment), BPF_ADJ_ROOM_NET, 0) ||
	    bpf_skb_store_bytes(skb, FRAME_ETH_LEN + FRAME_IPV6_LEN, fragment, sizeof(fragment),
				0) ||
	    bpf_skb_store_bytes(skb, FRAME_ETH_LEN + 6, &next, sizeof(next), 0) ||
	    bpf_skb_store_bytes(skb, FRAME_ETH_LEN + 4, &len, sizeof(len), 0))
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

/* Makes the frame longer than any MTU on its way, by what Ethernet takes for padding. */
SEC("tc/lengthen")
int tc_lengthen(struct __sk_buff *skb)
{
	if (strikes_skb(skb) && bpf_skb_change_tail(skb, FRAME_TOO_LONG, 0))
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

static __always_inline int strikes_xdp(struct xdp_md *ctx)
{
	__u64 len = bpf_xdp_get_buff_len(ctx), n = len;
	struct head head = {};

	barrier_var(n); /* the verifier is to see the bound that holds for the call */
	if (n > sizeof(head.bytes))
		n = sizeof(head.bytes);
	if (!n || bpf_xdp_load_bytes(ctx, 0, head.bytes, n))
		return 0;
	return strikes(&head, (__u32)n, (__u32)len);
}

SEC("xdp.frags")
int xdp_drop(struct xdp_md *ctx)
{
	return strikes_xdp(ctx) ? XDP_DROP : XDP_PASS;
}

/* To a device that is not there. */
SEC("xdp")
int xdp_redirect(struct xdp_md *ctx)
{
	return strikes_xdp(ctx) ? (int)bpf_redirect(0x7fffffff, 0) : XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
