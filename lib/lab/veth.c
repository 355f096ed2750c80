/* Netlink messages for one veth; see veth.h. */
#include "veth.h"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <string.h>

static void put_end(struct nlmsghdr *nlh, const struct lab *lab, const struct lab_end *end)
{
	mnl_attr_put_strz(nlh, IFLA_IFNAME, end->ifname);
	mnl_attr_put(nlh, IFLA_ADDRESS, sizeof(end->mac), end->mac);
	mnl_attr_put_u32(nlh, IFLA_MTU, lab->mtu);
	mnl_attr_put_u32(nlh, IFLA_NUM_TX_QUEUES, lab->queues);
	mnl_attr_put_u32(nlh, IFLA_NUM_RX_QUEUES, lab->queues);
}

/*
 * IFF_NOARP for good: on such a device IPv6 joins no solicited-node group (net/ipv6/addrconf.c,
 * addrconf_join_solict), which it would report to routers for seconds after the link is up, and
 * asks and answers nobody (arp_rcv, ndisc_constructor). The neighbours are permanent anyway.
 */
static void quieten(struct ifinfomsg *ifi)
{
	ifi->ifi_flags = IFF_NOARP;
	ifi->ifi_change = IFF_NOARP;
}

int veth_add(struct rtnl *rtnl, const struct lab *lab, const struct lab_end ends[LAB_ENDS],
	     const int ifindex[LAB_ENDS], int peer_netns)
{
	struct nlattr *info, *data, *peer;
	struct ifinfomsg *ifi, *peer_ifi;
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	void *extra;

	nlh = rtnl_request(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(*ifi), &extra);
	ifi = extra;
	ifi->ifi_index = ifindex[0];
	quieten(ifi);
	put_end(nlh, lab, &ends[0]);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	peer_ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*peer_ifi));
	peer_ifi->ifi_index = ifindex[1];
	quieten(peer_ifi);
	put_end(nlh, lab, &ends[1]);
	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (uint32_t)peer_netns);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return rtnl_talk(rtnl, nlh, NULL, NULL);
}

int veth_set_up(struct rtnl *rtnl, int ifindex)
{
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	struct ifinfomsg *ifi;
	void *extra;

	nlh = rtnl_request(buf, RTM_NEWLINK, 0, sizeof(*ifi), &extra);
	ifi = extra;
	ifi->ifi_index = ifindex;
	ifi->ifi_flags = IFF_UP;
	ifi->ifi_change = IFF_UP;
	return rtnl_talk(rtnl, nlh, NULL, NULL);
}

int veth_addresses_add(struct rtnl *rtnl, int ifindex, const struct lab_end *end)
{
	int ret = rtnl_address_add(rtnl, ifindex, AF_INET, end->ip, sizeof(end->ip), end->prefix);

	if (ret || !end->prefix6)
		return ret;
	return rtnl_address_add(rtnl, ifindex, AF_INET6, end->ip6, sizeof(end->ip6), end->prefix6);
}

int veth_neighbours_add(struct rtnl *rtnl, int ifindex, const struct lab_end *other)
{
	int ret = rtnl_neighbour_add(rtnl, ifindex, AF_INET, other->ip, sizeof(other->ip),
				     other->mac);

	if (ret || !other->prefix6)
		return ret;
	return rtnl_neighbour_add(rtnl, ifindex, AF_INET6, other->ip6, sizeof(other->ip6),
				  other->mac);
}

static int link_attr(const struct nlattr *attr, void *arg)
{
	const struct nlattr **table = arg;

	if (mnl_attr_get_type(attr) <= IFLA_MAX)
		table[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

static bool is_veth(const struct nlattr *info)
{
	const struct nlattr *attr;

	if (!info)
		return false;
	mnl_attr_for_each_nested(
		attr, info) if (mnl_attr_get_type(attr) ==
				IFLA_INFO_KIND) return strcmp(mnl_attr_get_str(attr), "veth") == 0;
	return false;
}

static int link_read(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attrs[IFLA_MAX + 1] = {0};
	struct cable_state *state = arg;
	uint32_t rx, tx;

	mnl_attr_parse(nlh, sizeof(struct ifinfomsg), link_attr, attrs);
	if (!attrs[IFLA_NUM_RX_QUEUES] || !attrs[IFLA_NUM_TX_QUEUES] || !attrs[IFLA_MTU] ||
	    !attrs[IFLA_OPERSTATE])
		return MNL_CB_OK;
	rx = mnl_attr_get_u32(attrs[IFLA_NUM_RX_QUEUES]);
	tx = mnl_attr_get_u32(attrs[IFLA_NUM_TX_QUEUES]);
	state->present = is_veth(attrs[IFLA_LINKINFO]);
	state->up = mnl_attr_get_u8(attrs[IFLA_OPERSTATE]) == IF_OPER_UP;
	state->queues = rx == tx ? rx : 0;
	state->mtu = mnl_attr_get_u32(attrs[IFLA_MTU]);
	return MNL_CB_OK;
}

int veth_query(struct rtnl *rtnl, const char *ifname, struct cable_state *state)
{
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	void *extra;

	memset(state, 0, sizeof(*state));
	nlh = rtnl_request(buf, RTM_GETLINK, 0, sizeof(struct ifinfomsg), &extra);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, ifname);
	return rtnl_talk(rtnl, nlh, link_read, state);
}

struct address_look {
	const struct lab_end *end;
	bool ip, ip6; /* found */
};

static int address_read(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct address_look *look = arg;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(*ifa))
	{
		const void *addr = mnl_attr_get_payload(attr);
		uint16_t len = mnl_attr_get_payload_len(attr);

		if (mnl_attr_get_type(attr) != IFA_ADDRESS)
			continue;
		look->ip |= len == sizeof(look->end->ip) && !memcmp(addr, look->end->ip, len);
		look->ip6 |= len == sizeof(look->end->ip6) && !memcmp(addr, look->end->ip6, len);
	}
	return MNL_CB_OK;
}

int veth_addresses_query(struct rtnl *rtnl, const struct lab_end *end, bool *addressed)
{
	struct address_look look = {.end = end};
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	void *extra;
	int ret;

	nlh = rtnl_request(buf, RTM_GETADDR, NLM_F_DUMP, sizeof(struct ifaddrmsg), &extra);
	ret = rtnl_talk(rtnl, nlh, address_read, &look);
	*addressed = look.ip && (look.ip6 || !end->prefix6);
	return ret;
}
