/* Netlink messages for one veth; see veth.h. */
#include "veth.h"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
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

int veth_add(struct rtnl *rtnl, const struct lab *lab, const int ifindex[LAB_ENDS], int peer_netns)
{
	struct nlattr *info, *data, *peer;
	struct ifinfomsg *ifi, *peer_ifi;
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	void *extra;

	nlh = rtnl_request(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(*ifi), &extra);
	ifi = extra;
	ifi->ifi_index = ifindex[0];
	put_end(nlh, lab, &lab->end[0]);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	peer_ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*peer_ifi));
	peer_ifi->ifi_index = ifindex[1];
	put_end(nlh, lab, &lab->end[1]);
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

int veth_address_add(struct rtnl *rtnl, int ifindex, const struct lab_end *end)
{
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	struct ifaddrmsg *ifa;
	void *extra;

	nlh = rtnl_request(buf, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(*ifa), &extra);
	ifa = extra;
	ifa->ifa_family = AF_INET;
	ifa->ifa_prefixlen = end->prefix;
	ifa->ifa_index = (uint32_t)ifindex;
	mnl_attr_put(nlh, IFA_LOCAL, sizeof(end->ip), end->ip);
	mnl_attr_put(nlh, IFA_ADDRESS, sizeof(end->ip), end->ip);
	return rtnl_talk(rtnl, nlh, NULL, NULL);
}

int veth_neighbour_add(struct rtnl *rtnl, int ifindex, const struct lab_end *other)
{
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	struct ndmsg *ndm;
	void *extra;

	nlh = rtnl_request(buf, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*ndm), &extra);
	ndm = extra;
	ndm->ndm_family = AF_INET;
	ndm->ndm_ifindex = ifindex;
	ndm->ndm_state = NUD_PERMANENT;
	mnl_attr_put(nlh, NDA_DST, sizeof(other->ip), other->ip);
	mnl_attr_put(nlh, NDA_LLADDR, sizeof(other->mac), other->mac);
	return rtnl_talk(rtnl, nlh, NULL, NULL);
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
