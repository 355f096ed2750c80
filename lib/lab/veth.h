/*
 * The routing netlink messages for the veth of a lab, one function each. All return 0 or the
 * kernel's negative errno. The sockets decide in which namespace it happens.
 */
#ifndef RINGLOSS_LAB_VETH_H
#define RINGLOSS_LAB_VETH_H

#include "cable.h"
#include "lab.h"
#include "rtnl.h"

/*
 * Create both ends in one request, each in its namespace under its last name: end 0 where RTNL
 * is, end 1 in PEER_NETNS (an fd). IFINDEX: the interface numbers they get.
 */
int veth_add(struct rtnl *rtnl, const struct lab *lab, const struct lab_end ends[LAB_ENDS],
	     const int ifindex[LAB_ENDS], int peer_netns);

int veth_set_up(struct rtnl *rtnl, int ifindex);

/* Both addresses; they can be used at once, without detection of duplicates. */
int veth_addresses_add(struct rtnl *rtnl, int ifindex, const struct lab_end *end);

/* Permanent: nobody asks who has the other end's addresses, not even once. */
int veth_neighbours_add(struct rtnl *rtnl, int ifindex, const struct lab_end *other);

/* All of *state but `addressed`, which is no property of the link. -ENODEV without the link. */
int veth_query(struct rtnl *rtnl, const char *ifname, struct cable_state *state);

/* Whether there are all addresses of END in the namespace. */
int veth_addresses_query(struct rtnl *rtnl, const struct lab_end *end, bool *addressed);

#endif
