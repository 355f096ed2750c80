/* Finding a port, renaming and moving it; see port_move.h. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ethtool.h"
#include "port_move.h"
#include "rtnl.h"

/* A new name, and a namespace (-1: this one). */
static int link_set(const char *ifname, int to, const char *wanted)
{
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	struct ifinfomsg *ifi;
	struct rtnl rtnl;
	void *extra;
	int ret;

	ret = rtnl_open(&rtnl, 0);
	if (ret)
		return ret;
	nlh = rtnl_request(buf, RTM_NEWLINK, 0, sizeof(*ifi), &extra);
	ifi = extra;
	ifi->ifi_index = (int)if_nametoindex(ifname);
	if (to >= 0)
		mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (uint32_t)to);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, wanted);
	ret = ifi->ifi_index ? rtnl_talk(&rtnl, nlh, NULL, NULL) : -ENODEV;
	rtnl_close(&rtnl);
	return ret;
}

int port_move(const char *ifname, int to, const char *wanted)
{
	return link_set(ifname, to, wanted);
}

int port_rename(const char *ifname, const char *wanted)
{
	return strcmp(ifname, wanted) ? link_set(ifname, -1, wanted) : 0;
}

static bool bus_is(int fd, const char *ifname, const char *bus)
{
	char now[32];

	return ethtool_bus(fd, ifname, now, sizeof(now)) == 0 && strcmp(now, bus) == 0;
}

bool port_find(const char *bus, const char *ifname, char now[IF_NAMESIZE])
{
	struct if_nameindex *all = if_nameindex(), *one;
	int fd = ethtool_open();
	bool found = false;

	for (one = all; fd >= 0 && one && one->if_index && !found; one++) {
		found = *bus ? bus_is(fd, one->if_name, bus) : !strcmp(one->if_name, ifname);
		if (found)
			snprintf(now, IF_NAMESIZE, "%s", one->if_name);
	}
	if (all)
		if_freenameindex(all);
	if (fd >= 0)
		close(fd);
	return found;
}
