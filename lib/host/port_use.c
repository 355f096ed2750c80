/*
 * Who depends on a port: what would be lost for good when it gets another driver or
 * namespace, and what nobody would forgive.
 */
#include <fcntl.h>
#include <glob.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ethtool.h"
#include "netns.h"
#include "port.h"
#include "port_state.h"
#include "port_use.h"

const char port_use_xdp[] = "an XDP program is attached to it";

struct use {
	int ifindex;
	const char *ifname;
	struct port_uses *found;
};

/* REMEDY: how to end that; %s stands for the port's name. Said once each. */
static void use_found(struct use *use, const char *what, const char *remedy)
{
	struct port_uses *found = use->found;
	const char *name = strstr(remedy, "%s");
	size_t i;

	for (i = 0; i < found->n; i++)
		if (!strcmp(found->use[i].what, what))
			return;
	if (found->n == PORT_USES_MAX)
		return;
	found->use[found->n].what = what;
	snprintf(found->use[found->n].remedy, sizeof(found->use[0].remedy), "%.*s%s%s",
		 name ? (int)(name - remedy) : (int)strlen(remedy), remedy, name ? use->ifname : "",
		 name ? name + 2 : "");
	found->n++;
}

static bool is_kind(const struct nlattr *info, const char *kind)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, info)
	{
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			return strcmp(mnl_attr_get_str(attr), kind) == 0;
	}
	return false;
}

static bool has_program(const struct nlattr *xdp)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, xdp)
	{
		if (mnl_attr_get_type(attr) == IFLA_XDP_ATTACHED)
			return mnl_attr_get_u8(attr) != XDP_ATTACHED_NONE;
	}
	return false;
}

static int link_look(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct use *use = arg;
	const struct nlattr *attr;
	bool upon = false, peer = false; /* made upon the port; the other end of a veth */

	mnl_attr_for_each(attr, nlh, sizeof(*ifi))
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_MASTER:
			if (ifi->ifi_index == use->ifindex)
				use_found(use, "it is a port of a bridge or bond",
					  "ip link set %s nomaster");
			break;
		case IFLA_XDP:
			if (ifi->ifi_index == use->ifindex && has_program(attr))
				use_found(use, port_use_xdp,
					  "ip link set %s xdp off, or end its owner");
			break;
		case IFLA_LINK:
			upon = (int)mnl_attr_get_u32(attr) == use->ifindex;
			break;
		case IFLA_LINK_NETNSID: /* that number is of another namespace */
			peer = true;
			break;
		case IFLA_LINKINFO:
			peer |= is_kind(attr, "veth");
			break;
		}
	}
	if (upon && !peer && ifi->ifi_index != use->ifindex)
		use_found(use, "other interfaces (VLAN, macvlan ...) stand upon it",
			  "remove them first");
	return MNL_CB_OK;
}

static bool hops_over(const struct nlattr *multipath, int ifindex)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(multipath);
	int left = mnl_attr_get_payload_len(multipath);

	for (; RTNH_OK(hop, left); left -= (int)RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop))
		if (hop->rtnh_ifindex == ifindex)
			return true;
	return false;
}

static int route_look(const struct nlmsghdr *nlh, void *arg)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct use *use = arg;
	const struct nlattr *attr;
	bool over = false, multipath = false;

	mnl_attr_for_each(attr, nlh, sizeof(*rtm))
	{
		if (mnl_attr_get_type(attr) == RTA_OIF)
			over |= (int)mnl_attr_get_u32(attr) == use->ifindex;
		if (mnl_attr_get_type(attr) == RTA_MULTIPATH)
			multipath |= hops_over(attr, use->ifindex);
	}
	/* halves of all addresses are what a VPN makes of it */
	if ((over || multipath) && rtm->rtm_dst_len <= 1 && rtm->rtm_type == RTN_UNICAST &&
	    rtm->rtm_table != RT_TABLE_LOCAL)
		use_found(use, "it carries a default route", "choose another port");
	if (multipath)
		use_found(use, "a route with several next hops uses it", "remove it first");
	return MNL_CB_OK;
}

static int nexthop_look(const struct nlmsghdr *nlh, void *arg)
{
	struct use *use = arg;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct nhmsg))
	{
		if (mnl_attr_get_type(attr) == NHA_OIF &&
		    (int)mnl_attr_get_u32(attr) == use->ifindex)
			use_found(use, "a next hop object uses it", "ip nexthop flush dev %s");
	}
	return MNL_CB_OK;
}

/* Those that the kernel makes by itself have no handle (net/sched/sch_generic.c). */
static int qdisc_look(const struct nlmsghdr *nlh, void *arg)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	struct use *use = arg;

	if (tcm->tcm_ifindex == use->ifindex && tcm->tcm_handle)
		use_found(use, "it has a queueing discipline that somebody chose",
			  "tc qdisc del dev %s root (ingress, clsact)");
	return MNL_CB_OK;
}

/* A look from another namespace at what may stand upon the port. */
struct elsewhere {
	struct use *use;
	int home;     /* namespace of the port */
	int32_t nsid; /* its number in the one looked at */
};

static int nsid_take(const struct nlmsghdr *nlh, void *arg)
{
	struct elsewhere *e = arg;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct rtgenmsg))
	{
		if (mnl_attr_get_type(attr) == NETNSA_NSID)
			e->nsid = (int32_t)mnl_attr_get_u32(attr);
	}
	return MNL_CB_OK;
}

static int link_look_elsewhere(const struct nlmsghdr *nlh, void *arg)
{
	const struct elsewhere *e = arg;
	const struct nlattr *attr;
	bool upon = false, there = false, veth = false;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg))
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_LINK:
			upon = (int)mnl_attr_get_u32(attr) == e->use->ifindex;
			break;
		case IFLA_LINK_NETNSID:
			there = (int32_t)mnl_attr_get_u32(attr) == e->nsid;
			break;
		case IFLA_LINKINFO:
			veth = is_kind(attr, "veth");
			break;
		}
	}
	if (upon && there && !veth)
		use_found(e->use,
			  "other interfaces (macvlan, ipvlan ...) in another namespace stand "
			  "upon it",
			  "remove them first");
	return MNL_CB_OK;
}

static int look_from_there(void *arg)
{
	struct elsewhere *e = arg;
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	struct rtnl rtnl;
	void *extra;
	int ret;

	if (netns_inode("") == netns_fd_inode(e->home))
		return 0;
	ret = rtnl_open(&rtnl, 0);
	if (ret)
		return ret;
	e->nsid = -1;
	nlh = rtnl_request(buf, RTM_GETNSID, 0, sizeof(struct rtgenmsg), &extra);
	mnl_attr_put_u32(nlh, NETNSA_FD, (uint32_t)e->home);
	ret = rtnl_talk(&rtnl, nlh, nsid_take, e);
	/* without a number for the port's namespace nothing in here refers to it */
	if (!ret && e->nsid >= 0) {
		nlh = rtnl_request(buf, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg), &extra);
		ret = rtnl_talk(&rtnl, nlh, link_look_elsewhere, e);
	}
	rtnl_close(&rtnl);
	return 0;
}

/* In each other namespace. */
static void elsewhere_look(struct use *use)
{
	struct elsewhere e = {.use = use,
			      .home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)};

	if (e.home < 0)
		return;
	netns_each(look_from_there, &e);
	close(e.home);
}

static const struct {
	uint16_t type;
	size_t header;
	mnl_cb_t look;
} dumps[] = {
	{RTM_GETLINK, sizeof(struct ifinfomsg), link_look},
	{RTM_GETROUTE, sizeof(struct rtmsg), route_look},
	{RTM_GETNEXTHOP, sizeof(struct nhmsg), nexthop_look},
	{RTM_GETQDISC, sizeof(struct tcmsg), qdisc_look},
};

static void rules_look(const char *ifname, struct use *use)
{
	struct ethtool_rxnfc nfc = {.cmd = ETHTOOL_GRXCLSRLCNT};
	int fd = ethtool_open();

	if (fd < 0)
		return;
	if (!ethtool_call(fd, ifname, &nfc) && nfc.rule_cnt)
		use_found(use, "it has flow steering rules", "ethtool -N %s delete N");
	close(fd);
}

/*
 * Whether LINE of /proc/net/tcp or tcp6 is an established connection at IP (4 or 16 bytes): words
 * of 32 bits, each printed as a number of this machine's, then the port and the state;
 * proc_pid_net(5).
 */
static bool is_connection(const char *line, const uint8_t *ip, size_t size)
{
	char text[40] = "", local[40], state[3];
	size_t i, len = 0;

	for (i = 0; i < size; i += 4) {
		uint32_t word;

		memcpy(&word, ip + i, sizeof(word));
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%08X", word);
	}
	if (sscanf(line, " %*[^:]: %39[^:]:%*x %*[^ ] %2s", local, state) != 2 ||
	    strcmp(state, "01"))
		return false;
	/* an IPv4 connection of an IPv6 socket has ::ffff:0:0/96 before its address (RFC 4291) */
	return strlen(local) >= len && !strcmp(local + strlen(local) - len, text) &&
	       (strlen(local) == len || !strncmp(local, "0000000000000000FFFF0000", 24));
}

static bool is_connected(const char *path, const uint8_t *ip, size_t size)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	bool found = false;

	while (f && !found && getline(&line, &cap, f) > 0)
		found = is_connection(line, ip, size);
	free(line);
	if (f)
		fclose(f);
	return found;
}

/* Somebody's session may come by it, this one's above all. */
static void connections_look(const char *ifname, struct use *use)
{
	struct ifaddrs *all, *one;
	bool found = false;

	if (getifaddrs(&all))
		return;
	for (one = all; one; one = one->ifa_next) {
		if (!one->ifa_addr || strcmp(one->ifa_name, ifname))
			continue;
		if (one->ifa_addr->sa_family == AF_INET) {
			const uint8_t *ip =
				(void *)&((struct sockaddr_in *)(void *)one->ifa_addr)->sin_addr;

			found |= is_connected("/proc/thread-self/net/tcp", ip, 4) ||
				 is_connected("/proc/thread-self/net/tcp6", ip, 4);
		} else if (one->ifa_addr->sa_family == AF_INET6) {
			const uint8_t *ip =
				(void *)&((struct sockaddr_in6 *)(void *)one->ifa_addr)->sin6_addr;

			found |= is_connected("/proc/thread-self/net/tcp6", ip, 16);
		}
	}
	freeifaddrs(all);
	if (found)
		use_found(use, "TCP connections use its address (ss -t)",
			  "end them, or choose another port");
}

/* 0, or a negative errno of a socket; TYPE 0: all dumps. */
static int dumps_look(uint16_t type, struct use *use)
{
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	struct rtnl rtnl;
	void *extra;
	size_t i;
	int ret;

	ret = rtnl_open(&rtnl, 0);
	for (i = 0; !ret && i < sizeof(dumps) / sizeof(dumps[0]); i++) {
		if (type && dumps[i].type != type)
			continue;
		nlh = rtnl_request(buf, dumps[i].type, NLM_F_DUMP, dumps[i].header, &extra);
		ret = rtnl_talk(&rtnl, nlh, dumps[i].look, use);
		if (ret == -EOPNOTSUPP) /* a kernel without it has none */
			ret = 0;
	}
	rtnl_close(&rtnl);
	return ret;
}

static int look_failed(const char *ifname, int ret, struct error *err)
{
	return error_set(err, EX_OSERR, ret, "%s: cannot find out who uses it: %s", ifname,
			 strerror(-ret));
}

int port_uses_find(const char *ifname, struct port_uses *found)
{
	struct use use = {.ifindex = (int)if_nametoindex(ifname), .ifname = ifname, .found = found};
	int ret;

	found->n = 0;
	ret = dumps_look(0, &use);
	if (ret)
		return ret;
	rules_look(ifname, &use);
	connections_look(ifname, &use);
	elsewhere_look(&use);
	return 0;
}

int port_use_check(const char *ifname, struct error *err)
{
	struct port_uses found;
	int ret = port_uses_find(ifname, &found);

	if (ret)
		return look_failed(ifname, ret, err);
	if (!found.n)
		return 0;
	return error_set(err, EX_CONFIG, -EBUSY,
			 "%s is not taken: %s, which could not be put back: %s", ifname,
			 found.use[0].what, found.use[0].remedy);
}

int port_session_check(const char *ifname, struct error *err)
{
	struct port_uses found = {0};
	struct use use = {
		.ifindex = (int)if_nametoindex(ifname), .ifname = ifname, .found = &found};
	int ret = dumps_look(RTM_GETROUTE, &use);

	if (ret)
		return look_failed(ifname, ret, err);
	connections_look(ifname, &use);
	if (!found.n)
		return 0;
	return error_set(err, EX_CONFIG, -EPERM,
			 "its settings are left alone: %s; take another port, or insist with "
			 "nic.force = on",
			 found.use[0].what);
}
