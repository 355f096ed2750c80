/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The observer: sees every packet that the kernel gives up in one network namespace, and tells
 * ours from others by the stamp. It runs at tracepoints with BTF (tp_btf), so it costs
 * nothing while nothing is lost. With observer = full it also counts the frames
 * that reach the protocols. Of a host it sees every namespace, and nothing is ours.
 */
#include <stdbool.h>

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "observe_packet.bpf.h"
#include "observed.h"
#include "wire.h"

/* What the loader found in this kernel's BTF: dead code is cut before the verifier sees it. */
const volatile bool has_reason = true;  /* kfree_skb tells the reason (5.17) */
const volatile bool has_socket = true;  /* kfree_skb tells the receiving socket (6.11) */
const volatile bool has_udp_skb = true; /* udp_fail_queue_rcv_skb tells the packet (6.10) */

/* Of a host; then for which drop reasons the port says nothing, a bit each. */
const volatile bool whole_host = false;
const volatile __u64 portless[OBSERVER_REASONS_MAX / 64];

/* Set by the loader before each trial. */
struct stamp_expect expect;
struct observer_streams streams[2]; /* by enum observer_direction */
__u32 netns;                        /* inode of the namespace */
__s32 ifindex; /* of the side's device: what comes in elsewhere is not on its path */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, OBSERVER_KEYS_MAX);
	__uint(key_size, OBSERVER_TRIAL_KEY); /* of a host the whole key */
	__uint(value_size, sizeof(struct observer_value));
} events SEC(".maps");

/* Frames that reached the protocols, by enum observer_class. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, OBSERVER_CLASSES);
	__type(key, __u32);
	__type(value, __u64);
} passed SEC(".maps");

/* Events for which there was no key left. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} overflow SEC(".maps");

/* Keys with a port so far, of a host. */
__u32 port_keys;

/* Whether there is room for one more; else its events are counted without. */
static __always_inline bool port_fits(void)
{
	if (port_keys >= OBSERVER_PORT_KEYS_MAX)
		return false;
	__sync_fetch_and_add(&port_keys, 1);
	return true;
}

static __always_inline void count(struct observer_key *key, __u64 frames)
{
	struct observer_value *value = bpf_map_lookup_elem(&events, key);
	__u32 zero = 0;
	__u64 *lost;

	if (whole_host && !value && key->port && !port_fits()) {
		key->port = 0;
		value = bpf_map_lookup_elem(&events, key);
	}
	if (!value) {
		struct observer_value none = {0};

		bpf_map_update_elem(&events, key, &none, BPF_NOEXIST);
		value = bpf_map_lookup_elem(&events, key);
	}
	if (value) {
		value->frames += frames;
		return;
	}
	lost = bpf_map_lookup_elem(&overflow, &zero);
	if (lost)
		*lost += frames;
}

/* What is of another path of the run is foreign to the side. Damaged ones are believed. */
static __always_inline enum observer_class class_of(const __u8 *stamp, __u32 direction)
{
	const struct observer_streams *own = &streams[direction & 1];

	switch (stamp_classify(stamp, &expect)) {
	case STAMP_OURS:
	case STAMP_CORRUPT:
		return stamp_stream(stamp) - own->first < own->count ? OBSERVER_OURS
								     : OBSERVER_FOREIGN;
	case STAMP_STALE:
		return OBSERVER_STALE;
	default:
		return OBSERVER_FOREIGN;
	}
}

static __always_inline enum observer_class classify_at(struct sk_buff *skb, const struct view *v,
						       __u32 at, __u32 direction)
{
	__u8 stamp[STAMP_LEN];

	if (load(skb, v, at, stamp, sizeof(stamp)))
		return class_of(stamp, direction);
	return at + STAMP_LEN <= v->data + skb->len && !has_dynptr ? OBSERVER_UNKNOWN
								   : OBSERVER_FOREIGN;
}

/* A frame without options over IPv4, which most are, is one read. */
struct head4 {
	__u8 ip[FRAME_IPV4_LEN], udp[FRAME_UDP_LEN], stamp[STAMP_LEN];
};

/*
 * Whose it is. A header that somebody damaged must not hide one of ours, so the stamp is looked
 * for where UDP over IPv4 and over IPv6 have it, in the order that the version suggests.
 */
static __always_inline enum observer_class classify(struct sk_buff *skb, __u32 direction,
						    __u8 *ip_protocol)
{
	struct view v = {.head = skb->head};
	enum observer_class class;
	struct head4 head = {0};
	__u32 at, v6;

	v.data = skb->data - skb->head;
	v.linear_end = v.data + skb->len - skb->data_len;
	at = find_ip(skb, &v);
	bpf_probe_read_kernel(&head, sizeof(head), v.head + at);
	v6 = at + FRAME_IPV6_LEN + FRAME_UDP_LEN;
	if ((head.ip[0] & 0xf0) == 0x60) {
		*ip_protocol = head.ip[6];
		class = classify_at(skb, &v, v6, direction);
		if (class != OBSERVER_FOREIGN)
			return class;
		/* behind a fragment header of 8 bytes, or of a frame that says to be IPv6 */
		at += FRAME_IPV4_LEN + FRAME_UDP_LEN;
		return classify_at(skb, &v, head.ip[6] == 44 ? v6 + 8 : at, direction);
	}
	*ip_protocol = head.ip[9];
	if (at + sizeof(head) <= v.linear_end)
		class = class_of(head.stamp, direction);
	else
		class = classify_at(skb, &v, at + FRAME_IPV4_LEN + FRAME_UDP_LEN, direction);
	return class == OBSERVER_FOREIGN ? classify_at(skb, &v, v6, direction) : class;
}

/* Frames of any type and protocol may come in; they must not use up the keys. */
#define TYPE_ARP 0x0806
#define TYPE_VLAN 0x8100
#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd
#define PROTOCOL_OTHER 255

static __always_inline void set_protocol(struct observer_key *key, __u16 type, __u8 protocol)
{
	/* ICMP, TCP, UDP, GRE, ESP, ICMPv6 */
	const __u64 known =
		1ULL << 1 | 1ULL << 6 | 1ULL << 17 | 1ULL << 47 | 1ULL << 50 | 1ULL << 58;

	if (type == TYPE_IPV4 || type == TYPE_IPV6)
		key->ip_protocol =
			protocol < 64 && (known >> protocol & 1) ? protocol : PROTOCOL_OTHER;
	else if (type != TYPE_ARP && type != TYPE_VLAN)
		type = 0;
	key->protocol = type;
}

/*
 * Whether a device of this namespace has received the packet: the core has noted which
 * (__netif_receive_skb_core), or it comes from a socket of another namespace, or from none.
 */
static __always_inline bool came_in(const struct sk_buff *skb, const struct net_device *dev)
{
	const struct sock *sk = skb->sk;

	if (skb->skb_iif)
		return true;
	return dev && (!sk || sk->__sk_common.skc_net.net != dev->nd_net.net);
}

#define FAMILY_INET 2
#define FAMILY_INET6 10
#define FAMILY_PACKET 17

/*
 * Messages of local sockets (UNIX, netlink) end in the same function as packets do. They are at no
 * device, and of no EtherType.
 */
static __always_inline bool is_message(const struct sk_buff *skb, const struct sock *rx_sk)
{
	const struct sock *sk = rx_sk ? rx_sk : skb->sk;
	__u16 family;

	if (skb->skb_iif || skb->protocol || device_of(skb))
		return false;
	family = sk ? sk->__sk_common.skc_family : 0;
	return family != FAMILY_INET && family != FAMILY_INET6 && family != FAMILY_PACKET;
}

#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define TCP_FLAGS 13 /* where they are in its header */
#define TCP_SYN 0x02
#define TCP_ACK 0x10

/*
 * Whether the port of a TCP segment at AT is told: each connection has one of its own, which would
 * use up the room for ports. It is where the reason says that it matters, and of a first segment.
 */
static __always_inline bool tells_port(struct sk_buff *skb, const struct view *v, __u32 at,
				       const struct observer_key *key)
{
	__u32 reason = key->reason;
	__u8 flags = 0;

	if (reason < OBSERVER_REASONS_MAX && !(portless[reason / 64] >> reason % 64 & 1))
		return true;
	return load(skb, v, at + TCP_FLAGS, &flags, sizeof(flags)) &&
	       (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/* The protocol of an IP packet and, of TCP and UDP in a first or only fragment, the port. */
static __always_inline void find_port(struct sk_buff *skb, struct observer_key *key)
{
	struct view v = {.head = skb->head};
	__u8 ip[FRAME_IPV4_LEN] = {0}, protocol;
	bool later = false;
	__u16 port = 0;
	__u32 at;

	v.data = skb->data - skb->head;
	v.linear_end = v.data + skb->len - skb->data_len;
	at = find_ip(skb, &v);
	bpf_probe_read_kernel(ip, sizeof(ip), v.head + at);
	if ((ip[0] & 0xf0) == 0x60) {
		protocol = ip[6];
		at += FRAME_IPV6_LEN;
	} else {
		protocol = ip[9];
		at += (ip[0] & 0xf) * 4;
		later = (ip[6] & 0x1f) || ip[7];
	}
	set_protocol(key, __builtin_bswap16(skb->protocol), protocol);
	if (later || !load(skb, &v, at + 2, &port, sizeof(port)))
		return;
	if (key->ip_protocol == PROTOCOL_UDP ||
	    (key->ip_protocol == PROTOCOL_TCP && tells_port(skb, &v, at, key)))
		key->port = __builtin_bswap16(port);
}

/* Of include/uapi/linux/if_packet.h; what was sent to all or a group comes back to the sender, too.
 */
#define PACKET_BROADCAST 1
#define PACKET_MULTICAST 2
#define PACKET_LOOPBACK 5

static __always_inline bool is_to_many(const struct sk_buff *skb)
{
	__u8 type = BPF_CORE_READ_BITFIELD_PROBED(skb, pkt_type);

	return type == PACKET_BROADCAST || type == PACKET_MULTICAST || type == PACKET_LOOPBACK;
}

/* Of a host: the device where it was given up, on the way out if it came in by another one. */
static __always_inline void count_anyones(struct sk_buff *skb, struct observer_key *key)
{
	const struct net_device *dev = device_of(skb);
	__u32 at = dev ? dev->ifindex : skb->skb_iif;
	bool forwarded = skb->skb_iif && at != skb->skb_iif;

	key->ifindex = at;
	key->direction = came_in(skb, dev) && !forwarded ? OBSERVER_RX : OBSERVER_TX;
	key->at_link = skb->data - skb->head + FRAME_ETH_LEN <= skb->network_header;
	key->class = OBSERVER_FOREIGN;
	key->to_many = is_to_many(skb);
	find_port(skb, key);
	count(key, frames_in(skb));
}

static __always_inline void count_packet(struct sk_buff *skb, struct observer_key *key)
{
	const struct net_device *dev = device_of(skb);
	__u8 protocol;

	if (whole_host) {
		count_anyones(skb, key);
		return;
	}
	key->ifindex = skb->skb_iif;
	key->direction = came_in(skb, dev) ? OBSERVER_RX : OBSERVER_TX;
	if (!key->ifindex && dev)
		key->ifindex = dev->ifindex;
	key->at_link = skb->data - skb->head + FRAME_ETH_LEN <= skb->network_header;
	key->class = classify(skb, key->direction, &protocol);
	set_protocol(key, __builtin_bswap16(skb->protocol), protocol);
	count(key, frames_in(skb));
}

/* Whether an event of this namespace is looked for. */
static __always_inline bool is_wanted(struct observer_key *key, __u32 inode)
{
	if (whole_host)
		key->netns = inode;
	return whole_host || inode == netns;
}

SEC("tp_btf/kfree_skb")
int observe_drop(__u64 *ctx)
{
	struct sk_buff *skb = (struct sk_buff *)ctx[0];
	struct observer_key key = {.kind = OBSERVER_DROP, .location = ctx[1]};
	const struct sock *rx_sk = 0;

	if (has_socket)
		rx_sk = (const struct sock *)ctx[3];
	if (!is_wanted(&key, netns_of(skb, rx_sk)) || (whole_host && is_message(skb, rx_sk)))
		return 0;
	if (has_reason)
		key.reason = (__u32)ctx[2];
	count_packet(skb, &key);
	return 0;
}

SEC("tp_btf/udp_fail_queue_rcv_skb")
int observe_udp_queue(__u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[1];
	struct observer_key key = {.kind = OBSERVER_UDP_QUEUE,
				   .direction = OBSERVER_RX,
				   .class = OBSERVER_UNKNOWN,
				   .reason = -(int)ctx[0]};

	if (!is_wanted(&key, sk->__sk_common.skc_net.net->ns.inum))
		return 0;
	if (has_udp_skb)
		count_packet((struct sk_buff *)ctx[2], &key);
	else
		count(&key, 1);
	return 0;
}

static __always_inline int count_xdp(const struct net_device *dev, struct observer_key *key)
{
	if (!is_wanted(key, dev->nd_net.net->ns.inum))
		return 0;
	key->ifindex = dev->ifindex;
	key->direction = OBSERVER_RX;
	key->class = OBSERVER_UNKNOWN;
	count(key, 1);
	return 0;
}

SEC("tp_btf/xdp_exception")
int observe_xdp_exception(__u64 *ctx)
{
	struct observer_key key = {.kind = OBSERVER_XDP_ACTION, .reason = (__u32)ctx[2]};

	return count_xdp((const struct net_device *)ctx[0], &key);
}

SEC("tp_btf/xdp_redirect_err")
int observe_xdp_redirect(__u64 *ctx)
{
	struct observer_key key = {.kind = OBSERVER_XDP_REDIRECT, .reason = -(int)ctx[3]};

	return count_xdp((const struct net_device *)ctx[0], &key);
}

SEC("tp_btf/netif_receive_skb")
int observe_stack(__u64 *ctx)
{
	struct sk_buff *skb = (struct sk_buff *)ctx[0];
	const struct net_device *dev = device_of(skb);
	__u8 ip_protocol;
	__u32 class;
	__u64 *n;

	if (!dev || dev->ifindex != ifindex || netns_of(skb, 0) != netns)
		return 0;
	class = classify(skb, OBSERVER_RX, &ip_protocol);
	n = bpf_map_lookup_elem(&passed, &class);
	if (n)
		*n += frames_in(skb);
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
