/*
 * All links of a namespace with what they are made upon, for facts_stack.c.
 */
#ifndef RINGLOSS_DIAGNOSE_FACT_LINKS_H
#define RINGLOSS_DIAGNOSE_FACT_LINKS_H

#include <linux/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct one_link {
	int ifindex, below, master; /* 0: none, or not in this namespace */
	int32_t below_netns;        /* id of the namespace that `below` is in; -1: this one */
	uint32_t mtu, tx_queue_len, carrier_changes;
	bool has_carrier_changes;
	char ifname[IFNAMSIZ], kind[16];
	/* of a tunnel */
	uint8_t remote_len, remote[16];
	bool key;
};

struct links {
	struct one_link *list;
	size_t n, room;
};

/*
 * What a kind puts before a packet, over IPv4 (IPv6 takes 20 bytes more), and where it says by
 * which device and to whom (linux/if_link.h, linux/if_tunnel.h). Of VXLAN and Geneve: inner
 * Ethernet 14, their header 8, UDP 8, IP 20.
 */
struct tunnel_kind {
	const char *kind;
	uint32_t overhead;
	uint16_t link, remote, remote6, keys; /* attributes; 0: none */
	bool ipv6;                            /* always over IPv6 */
};

/* NULL: no tunnel. */
const struct tunnel_kind *tunnel_kind(const char *kind);

/*
 * All links of this thread's namespace; or, with IFINDEX, that one of the namespace that this one
 * calls NETNS. Free links->list.
 */
void links_read(struct links *links, int ifindex, int32_t netns);

/* NULL: none of them, or 0. */
const struct one_link *link_find(const struct links *links, int ifindex);

#endif
