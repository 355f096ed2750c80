/*
 * Everything that the port of a NIC loses when it gets another driver or another namespace, read
 * as JSON before, and put back onto the same port after. One row of port_parts a part; a part that
 * the port does not have is left out. What belongs to others (a bridge's port, VLAN interfaces,
 * a default route) is not put back: port_use_check refuses such ports beforehand.
 */
#ifndef RINGLOSS_HOST_PORT_STATE_H
#define RINGLOSS_HOST_PORT_STATE_H

#include <jansson.h>
#include <net/if.h>

#include "error.h"
#include "rtnl.h"

/* A port of this thread's namespace while it is read or written. */
struct port_at {
	char ifname[IF_NAMESIZE];
	int ifindex;
	char bus[32];      /* "" for virtual ones */
	int ethtool;       /* socket */
	int sysfs;         /* that shows this namespace */
	struct rtnl rtnl;  /* of this namespace */
	struct error *err; /* of the first thing that could not be put back */
};

struct port_part {
	const char *name;
	/* What there is, or NULL: the port has no such thing. New reference. */
	json_t *(*read)(struct port_at *at);
	/* Write what differs from SAVED. 0, or a negative errno with at->err set by port_failed. */
	int (*write)(struct port_at *at, const json_t *saved);
};

extern const struct port_part port_part_sysctl, port_part_ethtool, port_part_features,
	port_part_hash, port_part_link, port_part_sysfs, port_part_irq, port_part_addresses,
	port_part_routes, port_part_neighbours;

/* Note that SUBJECT could not be put back, for the reason RET. Returns RET. */
int port_failed(struct port_at *at, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Bytes as JSON, and back: false when VALUE is no such text or has another length. */
json_t *port_hex(const void *bytes, size_t len);
bool port_unhex(const json_t *value, void *bytes, size_t len);

/* The state of IFNAME in this thread's namespace; NULL with *err set. */
json_t *port_state_read(const char *ifname, struct error *err);

/*
 * Put STATE back onto IFNAME of this thread's namespace, its name and flags included. What is not
 * possible at once (a route before the link is up) is tried again for a while. 0, or a negative
 * errno with *err naming what could not be put back; the rest is back all the same.
 */
int port_state_write(const char *ifname, const json_t *state, struct error *err);

/*
 * Whether IFNAME of this thread's namespace may be taken at all. -EBUSY with EX_CONFIG when
 * something depends on it that could not be put back: a default route, a bridge or bond, VLAN
 * interfaces, an XDP program, a queueing discipline, flow rules, TCP connections.
 */
int port_use_check(const char *ifname, struct error *err);

#endif
