/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What TCP sends again, by connection, in every namespace, and resets: at tracepoints with BTF,
 * which cost nothing while nothing is sent again. Of resets those count for which there is a
 * socket.
 */
#include <stdbool.h>

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "retransmitted.h"

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
struct in6_addr {
	union {
		__u8 u6_addr8[16];
		__u32 u6_addr32[4];
	} in6_u;
};
struct sock_common {
	__u32 skc_daddr, skc_rcv_saddr;
	__u16 skc_dport, skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};
struct sock {
	struct sock_common __sk_common;
};
struct inet_sock {
	__u16 inet_sport;
};
struct request_sock_ops {
	int family;
};
struct request_sock {
	struct sock_common __req_common;
	const struct request_sock_ops *rsk_ops;
};
struct tcp_skb_cb {
	__u16 tcp_gso_segs;
	__u8 tcp_flags;
};
struct sk_buff {
	char cb[48];
};
#pragma clang attribute pop

#define SYN_RECV 3
#define CLOSE 7
#define FLAG_SYN 2

/* What the loader found in this kernel's BTF. */
const volatile bool has_error = true; /* tcp_retransmit_skb tells of failures, too (6.16) */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RETRANSMIT_CONNECTIONS_MAX);
	__type(key, struct retransmit_key);
	__type(value, struct retransmit_value);
} connections SEC(".maps");

__u32 entries;                        /* in the table, about */
__u64 missed_segments, missed_resets; /* for which there was no room */

/* A new one only while there are fewer than ROOM: resets must not take it from what is sent again.
 */
static __always_inline struct retransmit_value *entry_of(const struct sock_common *c, __u16 family,
							 __u32 room)
{
	struct retransmit_key key = {.netns = c->skc_net.net->ns.inum, .family = family};
	struct retransmit_value none = {0}, *value;
	const __u32 *words = c->skc_v6_daddr.in6_u.u6_addr32;

	key.local_port = c->skc_num;
	/* a socket that was closed by a reset has given its port back */
	if (!key.local_port && c->skc_state == CLOSE)
		key.local_port = __builtin_bswap16(
			BPF_CORE_READ((const struct inet_sock *)(const void *)c, inet_sport));
	key.remote_port = __builtin_bswap16(c->skc_dport);
	/* ::ffff:a.b.c.d */
	if (family == RETRANSMIT_FAMILY_INET6 && !words[0] && !words[1] &&
	    words[2] == __builtin_bswap32(0xffff))
		key.family = RETRANSMIT_FAMILY_INET;
	if (key.family == RETRANSMIT_FAMILY_INET) {
		__u32 local = c->skc_rcv_saddr, remote = c->skc_daddr;

		__builtin_memcpy(key.local, &local, sizeof(local));
		__builtin_memcpy(key.remote, &remote, sizeof(remote));
	} else {
		bpf_probe_read_kernel(key.local, 16, &c->skc_v6_rcv_saddr);
		bpf_probe_read_kernel(key.remote, 16, &c->skc_v6_daddr);
	}
	value = bpf_map_lookup_elem(&connections, &key);
	if (value || entries >= room)
		return value;
	if (!bpf_map_update_elem(&connections, &key, &none, BPF_NOEXIST))
		__sync_fetch_and_add(&entries, 1);
	return bpf_map_lookup_elem(&connections, &key);
}

static __always_inline void add(struct retransmit_value *value, __u32 segments, bool syn,
				__u8 state)
{
	if (!value) {
		__sync_fetch_and_add(&missed_segments, segments);
		return;
	}
	__sync_fetch_and_add(&value->segments, segments);
	if (syn)
		__sync_fetch_and_add(&value->syns, segments);
	value->state = state;
}

/*
 * What failed before anything was counted as sent again (__tcp_retransmit_skb,
 * net/ipv4/tcp_output.c): it is in no MIB either.
 */
static __always_inline bool never_left(int error)
{
	const int eagain = 11, enomem = 12, ebusy = 16, einval = 22, ehostunreach = 113;

	return error == -eagain || error == -enomem || error == -ebusy || error == -einval ||
	       error == -ehostunreach;
}

SEC("tp_btf/tcp_retransmit_skb")
int retransmit_segment(__u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];
	const struct sk_buff *skb = (const struct sk_buff *)ctx[1];
	const struct sock_common *c = &sk->__sk_common;
	const struct tcp_skb_cb *cb = (const void *)skb->cb;

	if (has_error && never_left((int)ctx[2]))
		return 0;
	add(entry_of(c, c->skc_family, RETRANSMIT_CONNECTIONS_MAX), BPF_CORE_READ(cb, tcp_gso_segs),
	    BPF_CORE_READ(cb, tcp_flags) & FLAG_SYN, c->skc_state);
	return 0;
}

/* Of a request on an IPv6 socket the family is that of its packets (tcp_conn_request). */
SEC("tp_btf/tcp_retransmit_synack")
int retransmit_synack(__u64 *ctx)
{
	const struct request_sock *req = (const struct request_sock *)ctx[1];

	add(entry_of(&req->__req_common, req->rsk_ops->family, RETRANSMIT_CONNECTIONS_MAX), 1, true,
	    SYN_RECV);
	return 0;
}

static __always_inline void count_reset(const struct sock *sk)
{
	const struct sock_common *c = &sk->__sk_common;
	struct retransmit_value *value = entry_of(c, c->skc_family, RETRANSMIT_CONNECTIONS_MAX / 2);

	if (!value) {
		__sync_fetch_and_add(&missed_resets, 1);
		return;
	}
	__sync_fetch_and_add(&value->resets, 1);
	if (!value->segments)
		value->state = c->skc_state;
}

SEC("tp_btf/tcp_send_reset")
int retransmit_reset_sent(__u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];

	if (sk) /* none: it answers what is for no socket */
		count_reset(sk);
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int retransmit_reset_received(__u64 *ctx)
{
	count_reset((const struct sock *)ctx[0]);
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
