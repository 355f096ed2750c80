/*
 * The veth between the two namespaces of one pair of a lab: made, looked at and taken away by
 * routing netlink. Knows no names of labs, no journal and no lock.
 */
#ifndef RINGLOSS_LAB_CABLE_H
#define RINGLOSS_LAB_CABLE_H

#include <stdbool.h>

#include "error.h"
#include "lab.h"

/* What is found at one end. */
struct cable_state {
	bool present;    /* there is a veth of the end's name */
	bool up;         /* its operational state is up, so queues are active and carry frames */
	bool addressed;  /* has the end's addresses */
	uint32_t queues; /* RX queues, 0 when they differ from the TX queues */
	uint32_t mtu;    /* bytes */
};

/*
 * Join the (fresh) namespaces of ENDS by a veth as LAB says: addresses, neighbours, link up.
 * Returns when both ends carry frames.
 */
int cable_make(const struct lab *lab, const struct lab_end ends[LAB_ENDS], struct error *err);

/* Delete the veth from whichever namespace still has an end of it. 0 if there was none. */
int cable_cut(const struct lab_end ends[LAB_ENDS], struct error *err);

/* What END looks like. 0, also when the link is not there; a negative errno otherwise. */
int cable_look(const struct lab_end *end, struct cable_state *state, struct error *err);

#endif
