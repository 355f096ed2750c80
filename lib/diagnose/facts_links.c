/* Links by rtnetlink, and what kinds of tunnels put before a packet; see fact_links.h. */
#include "fact_links.h"

#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netlink.h"

#define LINKS_MAX 16384 /* of a namespace, that are looked at */

static const struct tunnel_kind tunnel_kinds[] = {
	{"vxlan", 50, IFLA_VXLAN_LINK, IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6, 0, false},
	{"geneve", 50, 0, IFLA_GENEVE_REMOTE, IFLA_GENEVE_REMOTE6, 0, false},
	{"gre", 24, IFLA_GRE_LINK, IFLA_GRE_REMOTE, 0, IFLA_GRE_OFLAGS, false},
	{"gretap", 38, IFLA_GRE_LINK, IFLA_GRE_REMOTE, 0, IFLA_GRE_OFLAGS, false},
	{"ip6gre", 24, IFLA_GRE_LINK, IFLA_GRE_REMOTE, 0, IFLA_GRE_OFLAGS, true},
	{"ip6gretap", 38, IFLA_GRE_LINK, IFLA_GRE_REMOTE, 0, IFLA_GRE_OFLAGS, true},
	{"ipip", 20, IFLA_IPTUN_LINK, IFLA_IPTUN_REMOTE, 0, 0, false},
	{"sit", 20, IFLA_IPTUN_LINK, IFLA_IPTUN_REMOTE, 0, 0, false},
	{"ip6tnl", 20, IFLA_IPTUN_LINK, IFLA_IPTUN_REMOTE, 0, 0, true},
	{"wireguard", 60, 0, 0, 0, 0, false},
};

const struct tunnel_kind *tunnel_kind(const char *kind)
{
	size_t i;

	for (i = 0; i < sizeof(tunnel_kinds) / sizeof(tunnel_kinds[0]); i++)
		if (!strcmp(tunnel_kinds[i].kind, kind))
			return &tunnel_kinds[i];
	return NULL;
}

static void remote_take(struct one_link *link, const struct nlattr *attr)
{
	size_t len = mnl_attr_get_payload_len(attr);
	static const uint8_t none[16];

	if ((len != 4 && len != 16) || !memcmp(mnl_attr_get_payload(attr), none, len))
		return;
	memcpy(link->remote, mnl_attr_get_payload(attr), len);
	link->remote_len = (uint8_t)len;
}

static void data_take(struct one_link *link, const struct nlattr *data)
{
	const struct tunnel_kind *kind = tunnel_kind(link->kind);
	const struct nlattr *attr;

	if (!kind)
		return;
	mnl_attr_for_each_nested(attr, data)
	{
		uint16_t type = mnl_attr_get_type(attr);

		if (kind->link && type == kind->link && mnl_attr_get_u32(attr))
			link->below = (int)mnl_attr_get_u32(attr);
		if ((kind->remote && type == kind->remote) ||
		    (kind->remote6 && type == kind->remote6))
			remote_take(link, attr);
		if (kind->keys && type == kind->keys)
			link->key = mnl_attr_get_u16(attr) & GRE_KEY;
	}
}

static void info_take(struct one_link *link, const struct nlattr *info)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, info)
	{
		/* the kind comes before its data: net/core/rtnetlink.c, rtnl_link_info_fill */
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			snprintf(link->kind, sizeof(link->kind), "%s", mnl_attr_get_str(attr));
		if (mnl_attr_get_type(attr) == IFLA_INFO_DATA)
			data_take(link, attr);
	}
}

static void link_parse(const struct nlmsghdr *nlh, struct one_link *link)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	*link = (struct one_link){.ifindex = ifi->ifi_index, .below_netns = -1};
	mnl_attr_for_each(attr, nlh, sizeof(*ifi))
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			snprintf(link->ifname, sizeof(link->ifname), "%s", mnl_attr_get_str(attr));
			break;
		case IFLA_MTU:
			link->mtu = mnl_attr_get_u32(attr);
			break;
		case IFLA_TXQLEN:
			link->tx_queue_len = mnl_attr_get_u32(attr);
			break;
		case IFLA_CARRIER_CHANGES:
			link->carrier_changes = mnl_attr_get_u32(attr);
			link->has_carrier_changes = true;
			break;
		case IFLA_LINK:
			link->below = (int)mnl_attr_get_u32(attr);
			break;
		case IFLA_LINK_NETNSID:
			link->below_netns = (int32_t)mnl_attr_get_u32(attr);
			break;
		case IFLA_MASTER:
			link->master = (int)mnl_attr_get_u32(attr);
			break;
		case IFLA_LINKINFO:
			info_take(link, attr);
			break;
		}
	}
	/* a device that names itself (some tunnels) has nothing below */
	if (link->below == link->ifindex && link->below_netns < 0)
		link->below = 0;
}

static int link_take(const struct nlmsghdr *nlh, void *ctx)
{
	struct links *links = ctx;

	if (links->n == LINKS_MAX)
		return MNL_CB_STOP;
	if (links->n == links->room) {
		size_t room = links->room ? 2 * links->room : 32;
		struct one_link *list = realloc(links->list, room * sizeof(*list));

		if (!list)
			return MNL_CB_ERROR;
		links->list = list;
		links->room = room;
	}
	link_parse(nlh, &links->list[links->n++]);
	return MNL_CB_OK;
}

void links_read(struct links *links, int ifindex, int32_t netns)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = RTM_GETLINK;
	/* the answer about one link has no end of its own, and would be waited for */
	nlh->nlmsg_flags = NLM_F_REQUEST | (ifindex ? NLM_F_ACK : NLM_F_DUMP);
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = ifindex;
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (netns >= 0)
		mnl_attr_put_u32(nlh, IFLA_TARGET_NETNSID, (uint32_t)netns);
	netlink_query(NETLINK_ROUTE, nlh, link_take, links);
}

const struct one_link *link_find(const struct links *links, int ifindex)
{
	size_t i;

	for (i = 0; ifindex && i < links->n; i++)
		if (links->list[i].ifindex == ifindex)
			return &links->list[i];
	return NULL;
}
