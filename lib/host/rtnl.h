/*
 * A routing netlink socket: requests that wait for their answer. A socket stays in
 * the network namespace it was opened in, wherever its user goes.
 */
#ifndef RINGLOSS_HOST_RTNL_H
#define RINGLOSS_HOST_RTNL_H

#include <stdint.h>

#include <libmnl/libmnl.h>

#define RTNL_BUFFER 4096

struct rtnl {
	struct mnl_socket *nl; /* NULL when not open */
	uint32_t seq;          /* of the last request */
};

/* Open in this thread's namespace, listening to GROUPS (RTMGRP_*). 0 or a negative errno. */
int rtnl_open(struct rtnl *rtnl, uint32_t groups);

/* Not open is fine. */
void rtnl_close(struct rtnl *rtnl);

/* A request of TYPE in BUF (RTNL_BUFFER bytes) with an EXTRA header of SIZE zeroed bytes. */
struct nlmsghdr *rtnl_request(void *buf, uint16_t type, uint16_t flags, size_t size, void **extra);

/*
 * Send, and wait for the acknowledgement; messages before it go to CB (may be NULL), as with
 * mnl_cb_run. 0 or the kernel's negative errno.
 */
int rtnl_talk(struct rtnl *rtnl, struct nlmsghdr *nlh, mnl_cb_t cb, void *arg);

/* Delete a link, and with a veth its peer. -ENODEV if there is none. */
int rtnl_link_delete(struct rtnl *rtnl, const char *ifname);

/*
 * Add an address of FAMILY (SIZE bytes, network order) that can be used at once, without detection
 * of duplicates. -EEXIST if it is there.
 */
int rtnl_address_add(struct rtnl *rtnl, int ifindex, uint8_t family, const void *addr, size_t size,
		     uint8_t prefix);

/* ADDR (as above) is at MAC for good: nobody asks. One that is there becomes so. */
int rtnl_neighbour_add(struct rtnl *rtnl, int ifindex, uint8_t family, const void *addr,
		       size_t size, const uint8_t mac[6]);

#endif
