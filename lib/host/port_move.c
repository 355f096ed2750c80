/* Finding a port, renaming and moving it; see port_move.h. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ethtool.h"
#include "file.h"
#include "netns.h"
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

/* Whether nobody has named or used the interface yet (net_device.h, NET_NAME_ENUM). */
static bool is_untouched(const char *ifname)
{
	char path[128], *named, *flags;
	int sys = netns_sysfs_open(NULL);
	bool untouched;

	snprintf(path, sizeof(path), "/proc/thread-self/fd/%d/class/net/%s/name_assign_type", sys,
		 ifname);
	named = file_read(path, NULL, NULL);
	snprintf(path, sizeof(path), "/proc/thread-self/fd/%d/class/net/%s/flags", sys, ifname);
	flags = file_read(path, NULL, NULL);
	untouched = named && flags && !strcmp(named, "1\n") && !(strtoul(flags, NULL, 16) & IFF_UP);
	free(named);
	free(flags);
	if (sys >= 0)
		close(sys);
	return untouched;
}

int port_swap_names(const char *ifname, const char *wanted)
{
	char between[IF_NAMESIZE];
	int ret;

	if (!is_untouched(wanted))
		return -EEXIST;
	snprintf(between, sizeof(between), "rl-swap%u", if_nametoindex(ifname) % 1000000);
	ret = port_rename(ifname, between);
	if (ret)
		return ret;
	ret = port_rename(wanted, ifname);
	/* what cannot be had is tried again; it is found by its bus address under any name */
	return ret ? ret : port_rename(between, wanted);
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
