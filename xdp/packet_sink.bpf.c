/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sink side of AF_PACKET, three programs: packet_tap filters what a tap lets into its ring and
 * counts ours and foreign apart; packet_deal gives each flow to one socket of a fanout
 * group; packet_stop, at the device's tcx ingress hook behind the taps, ends our frames before
 * the stack looks for a receiver, finds none and answers by ICMP.
 */
#include <linux/bpf.h>
#include <linux/if_packet.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "verdicts.bpf.h"
#include "wire.h"

#define TC_ACT_SHOT 2 /* linux/pkt_cls.h */
#define TCX_NEXT -1   /* on to the hook's next program, or the stack */

/* What must be seen of a frame to know whose it is. */
#define HEAD_LEN (FRAME_HEADERS_MAX + STAMP_LEN)

struct head {
	unsigned char bytes[HEAD_LEN];
};

/*
 * The payload of a frame of our kind in HEAD, a copy of its beginning, or NULL. A socket filter may
 * not look into the packet itself, and some of it may lie in fragments.
 */
static __always_inline const unsigned char *payload_of(struct __sk_buff *skb, struct head *head)
{
	__u32 n = skb->len, len;

	if (n > sizeof(head->bytes))
		n = sizeof(head->bytes);
	if (!n || bpf_skb_load_bytes(skb, 0, head->bytes, n))
		return 0;
	return frame_payload(head->bytes, head->bytes + n, 0, &len);
}

/* The same where the packet begins behind its Ethernet header (packet_rcv_fanout). */
static __always_inline const unsigned char *payload_behind(struct __sk_buff *skb, struct head *head)
{
	__u32 n = skb->len, len;

	if (n > sizeof(head->bytes) - FRAME_ETH_LEN)
		n = sizeof(head->bytes) - FRAME_ETH_LEN;
	if (!n || bpf_skb_load_bytes(skb, 0, head->bytes + FRAME_ETH_LEN, n))
		return 0;
	STAMP_STORE(unsigned short, head->bytes + 12, (unsigned short)skb->protocol);
	return frame_payload(head->bytes, head->bytes + FRAME_ETH_LEN + n, 0, &len);
}

static __always_inline enum stamp_class classify(struct __sk_buff *skb)
{
	const struct verdict_config *cfg = trial_config();
	struct head head = {};
	const unsigned char *payload = payload_of(skb, &head);

	return payload && cfg ? stamp_classify(payload, &cfg->expect) : STAMP_FOREIGN;
}

/* Returns how many bytes of the frame go into the ring. */
SEC("socket")
int packet_tap(struct __sk_buff *skb)
{
	enum stamp_class class;

	if (skb->pkt_type == PACKET_OUTGOING)
		return 0;
	class = classify(skb);
	if (class == STAMP_FOREIGN) {
		count(VERDICT_FOREIGN);
		return 0;
	}
	if (class == STAMP_STALE) {
		count(VERDICT_STALE);
		return 0;
	}
	/* several frames in one: UDP_SEGMENT's, handed on by a virtual device, or GRO's */
	if (skb->gso_segs > 1) {
		count_many(VERDICT_OURS, skb->gso_segs);
		count_many(VERDICT_MERGED, skb->gso_segs);
		count(VERDICT_MERGED_PACKETS);
		return 0;
	}
	count(VERDICT_OURS);
	return skb->len;
}

/* Returns the number of a socket of the group; the kernel takes it modulo their number. */
SEC("socket")
int packet_deal(struct __sk_buff *skb)
{
	struct head head = {};
	const unsigned char *payload = payload_behind(skb, &head);

	return payload ? bpf_ntohs(STAMP_LOAD(unsigned short, payload - FRAME_UDP_LEN)) : 0;
}

SEC("tc")
int packet_stop(struct __sk_buff *skb)
{
	return classify(skb) == STAMP_FOREIGN ? TCX_NEXT : TC_ACT_SHOT;
}

char _license[] SEC("license") = "Dual BSD/GPL";
