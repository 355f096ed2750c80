/*
 * What the observer's programs and their loader share: the key under which an event is counted,
 * per CPU, never reset.
 */
#ifndef RINGLOSS_XDP_OBSERVED_H
#define RINGLOSS_XDP_OBSERVED_H

#include <linux/types.h>

#include "stamp.h"

/* Different keys that one run can have; events beyond are counted in the map overflow. */
#define OBSERVER_KEYS_MAX 4096
/* Of a host, of these so many with a port: a scan of ports must not use them up. */
#define OBSERVER_PORT_KEYS_MAX 2048
/* Drop reasons of the kernel's core that can be told to have no port; more than it has. */
#define OBSERVER_REASONS_MAX 256

enum observer_kind {
	OBSERVER_DROP,         /* skb:kfree_skb; reason: enum skb_drop_reason */
	OBSERVER_XDP_ACTION,   /* xdp:xdp_exception; reason: the action */
	OBSERVER_XDP_REDIRECT, /* xdp:xdp_redirect_err; reason: the errno, positive */
	OBSERVER_UDP_QUEUE,    /* udp:udp_fail_queue_rcv_skb; reason: the errno, positive */
	OBSERVER_KINDS
};

/* Whose frame it was, by its stamp. */
enum observer_class {
	OBSERVER_OURS, /* of this trial, damaged ones included */
	OBSERVER_STALE,
	OBSERVER_FOREIGN,
	OBSERVER_UNKNOWN, /* no frame to look at, or its payload was out of reach */
	OBSERVER_CLASSES
};

/* A frame on its way in was received by a device of this namespace; all others are on their way
 * out. */
enum observer_direction { OBSERVER_TX, OBSERVER_RX };

/* Streams first .. first + count - 1: those of the path that the side sends on, or receives on. */
struct observer_streams {
	__u32 first, count;
};

struct observer_key {
	__u64 location;   /* address in the kernel that gave the frame up; 0: none */
	__u32 reason;     /* see enum observer_kind */
	__u32 ifindex;    /* of the device it was at; 0: none */
	__u16 protocol;   /* EtherType, host order: IPv4, IPv6, ARP, VLAN; 0: another */
	__u8 ip_protocol; /* of IP; 255: none of the usual ones */
	__u8 kind;        /* enum observer_kind */
	__u8 direction;   /* enum observer_direction */
	__u8 class;       /* enum observer_class */
	__u8 at_link;     /* 1: the link header was on it already, or still */
	__u8 pad;
	/* of a host only; a trial's keys end here */
	__u32 netns;  /* inode of the namespace; 0: of none */
	__u16 port;   /* TCP's or UDP's destination, host order; 0: none, or not in reach */
	__u8 to_many; /* 1: to all or to a group, not to this host alone */
	__u8 pad2;
};

#define OBSERVER_TRIAL_KEY __builtin_offsetof(struct observer_key, netns)

struct observer_value {
	__u64 frames; /* a merged packet is as many as it holds */
};

#endif
