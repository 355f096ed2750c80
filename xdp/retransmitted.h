/* What the programs that see TCP send again share with their loader: a connection, and its counts.
 */
#ifndef RINGLOSS_XDP_RETRANSMITTED_H
#define RINGLOSS_XDP_RETRANSMITTED_H

#include <linux/types.h>

/* Connections that can be told; what others send again is counted as missed. */
#define RETRANSMIT_CONNECTIONS_MAX 8192

#define RETRANSMIT_FAMILY_INET 2
#define RETRANSMIT_FAMILY_INET6 10

struct retransmit_key {
	__u32 netns; /* inode of the namespace */
	__u16 family;
	__u16 local_port, remote_port; /* host order */
	__u16 pad;
	__u8 local[16], remote[16]; /* of IPv4, also over an IPv6 socket, the first four bytes */
};

struct retransmit_value {
	__u64 segments; /* sent again, SYNs among them */
	__u64 syns;     /* SYN and SYN-ACK */
	__u64 resets;   /* sent or received */
	__u32 state;    /* TCP_ESTABLISHED ... of include/net/tcp_states.h, at the last event */
	__u32 pad;
};

#endif
