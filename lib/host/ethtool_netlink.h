/*
 * ethtool's messages over generic netlink (Linux 5.6 and later), for what its ioctls do not tell:
 * which parameters of a device there are at all. Documentation/networking/ethtool-netlink.rst.
 */
#ifndef RINGLOSS_HOST_ETHTOOL_NETLINK_H
#define RINGLOSS_HOST_ETHTOOL_NETLINK_H

#include <stdint.h>

#include "rtnl.h"

/* One request for a device of this thread's namespace. */
struct ethtool_netlink {
	struct rtnl socket;
	uint16_t family;
	struct nlmsghdr *nlh; /* attributes are added to it */
	char buf[RTNL_BUFFER];
};

/*
 * Begin a message CMD (ETHTOOL_MSG_...) about IFNAME, whose header is the attribute 1, as in all of
 * them. 0, or a negative errno: -ENOENT when the kernel has no such netlink.
 * ethtool_netlink_close in either case.
 */
int ethtool_netlink_open(struct ethtool_netlink *e, uint8_t cmd, const char *ifname);
void ethtool_netlink_close(struct ethtool_netlink *e);

/* Send it; answers go to CB (may be NULL), behind a struct genlmsghdr. 0 or a negative errno. */
int ethtool_netlink_talk(struct ethtool_netlink *e, mnl_cb_t cb, void *arg);

#endif
