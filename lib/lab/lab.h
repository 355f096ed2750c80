/*
 * The built-in lab: pairs of network namespaces, each pair joined by a veth with N queues at
 * each end, addresses from 198.18.0.0/15 (RFC 2544 C.2.2) and 2001:2::/48 (RFC 5180),
 * permanent neighbours, silent otherwise. Nothing outside these namespaces is touched. A pair has
 * namespaces of its own, so that what a namespace counts is not mixed with another pair's.
 */
#ifndef RINGLOSS_LAB_LAB_H
#define RINGLOSS_LAB_LAB_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "error.h"
#include "journal.h"

#define LAB_ENDS 2 /* of a cable */
#define LAB_PAIRS_MAX 16
#define LAB_QUEUES_MAX 64
#define LAB_MTU_MIN 1280 /* IPv6's smallest (RFC 8200 section 5) */
#define LAB_MTU_DEFAULT 1500
#define LAB_MTU_MAX 65535

/* One end of a cable. N is the number of its pair, which the first pair's namespaces leave out. */
struct lab_end {
	char netns[64];  /* "ringloss-txN-ID", "ringloss-rxN-ID"; standing: without -ID */
	char ifname[16]; /* "rl-txN", "rl-rxN" */
	uint8_t mac[6];  /* locally administered, fixed per end */
	uint8_t ip[4];   /* 198.18.N.1 and 198.18.N.2, network order */
	uint8_t prefix;  /* 24 */
	uint8_t ip6[16]; /* 2001:2:0:N::1 and 2001:2:0:N::2 */
	uint8_t prefix6; /* 64; 0: the kernel has no IPv6, and so has the lab */
};

struct lab {
	char id[32];     /* "" for the standing one */
	uint32_t queues; /* RX = TX queues of each end */
	uint32_t mtu;    /* of all ends, bytes without the Ethernet header */
	uint32_t pairs;
	/*
	 * Of pair N: 2 * N, where generators live, and 2 * N + 1, where sinks live. Beyond `pairs`
	 * names only.
	 */
	struct lab_end end[LAB_ENDS * LAB_PAIRS_MAX];
};

/* Both ends of pair N. */
static inline const struct lab_end *lab_pair(const struct lab *lab, uint32_t n)
{
	return &lab->end[LAB_ENDS * n];
}

/*
 * Bring a lab up. ID "" is the standing one of `ringloss lab up`: if it is there
 * already, whole and with as many queues and pairs and that MTU, that is success; with another
 * number, an error that names the remedy; if it is there in part, it is made anew. Another ID that
 * is taken is -EEXIST. Any failure leaves nothing behind. With a journal J the namespaces are noted
 * in it (a run's own lab); J NULL: the lab keeps a journal of its own while it is being made. Link
 * is up and addresses usable at return. MTU 0: LAB_MTU_DEFAULT, or whatever a standing lab has.
 * Native XDP on a veth without multi-buffer programs wants at most about 3,500 (drivers/net/veth.c,
 * veth_xdp_set: a page less headroom and skb_shared_info), so that larger frames are for the other
 * endpoints. ID: letters, digits, '-', '_'. EX_NOPERM without CAP_NET_ADMIN and CAP_SYS_ADMIN.
 */
int lab_up(struct lab *lab, const char *id, uint32_t queues, uint32_t pairs, uint32_t mtu,
	   struct journal *j, struct error *err);

/*
 * Claim the standing lab for a run: an fd that holds it until it is closed (or the process
 * ends). -EBUSY with EX_TEMPFAIL when another run has it; lab_down("") and rebuilding it are
 * refused the same way as long.
 */
int lab_claim(struct error *err);

/* Take it down, whatever state it is in. 0 if there was none. */
int lab_down(const char *id, struct error *err);

/*
 * Fill LAB from what exists: 0; -ENOENT with EX_UNAVAILABLE and the remedy if there is none,
 * -ENODEV the same way if it is there in part only.
 */
int lab_find(struct lab *lab, const char *id, struct error *err);

/*
 * {"up": true, "id", "queues", "pairs", "mtu", "ends": [{"netns", "ifname", "mac", "ip", "ip6"}]},
 * two ends a pair; "ip6" is null without IPv6. New reference; NULL when out of memory.
 */
json_t *lab_json(const struct lab *lab, bool up);

#endif
