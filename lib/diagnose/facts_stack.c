/*
 * A device among others: what is below and above it, with MTUs; the other end of a veth; tunnels
 * and whether their packets fit what carries them. By rtnetlink; see facts.c.
 */
#include "fact_read.h"

#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ethtool.h"
#include "json.h"
#include "link.h"
#include "netlink.h"

#define LINKS_MAX 16384 /* of a namespace, that are looked at */
#define DEPTH_MAX 8     /* of a stack */
#define LIST_MAX 64     /* devices named below or above */

struct one_link {
	int ifindex, below, master; /* 0: none, or not in this namespace */
	int32_t below_netns;        /* id of the namespace that `below` is in; -1: this one */
	uint32_t mtu, tx_queue_len, carrier_changes;
	bool has_carrier_changes;
	char ifname[IFNAMSIZ], kind[16];
	/* of a tunnel */
	uint8_t remote_len, remote[16];
	bool key;
};

struct links {
	struct one_link *list;
	size_t n, room;
};

/*
 * What a kind puts before a packet, over IPv4 (IPv6 takes 20 bytes more), and where it says by
 * which device and to whom (linux/if_link.h, linux/if_tunnel.h). Of VXLAN and Geneve: inner
 * Ethernet 14, their header 8, UDP 8, IP 20.
 */
static const struct tunnel_kind {
	const char *kind;
	uint32_t overhead;
	uint16_t link, remote, remote6, keys; /* attributes; 0: none */
	bool ipv6;                            /* always over IPv6 */
} tunnel_kinds[] = {
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

static const struct tunnel_kind *tunnel_kind(const char *kind)
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

/* All links of this thread's namespace, or the one of IFINDEX in the namespace that it calls NETNS.
 */
static void links_read(struct links *links, int ifindex, int32_t netns)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | (ifindex ? 0 : NLM_F_DUMP);
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = ifindex;
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (netns >= 0)
		mnl_attr_put_u32(nlh, IFLA_TARGET_NETNSID, (uint32_t)netns);
	netlink_query(NETLINK_ROUTE, nlh, link_take, links);
}

static const struct one_link *link_find(const struct links *links, int ifindex)
{
	size_t i;

	for (i = 0; ifindex && i < links->n; i++)
		if (links->list[i].ifindex == ifindex)
			return &links->list[i];
	return NULL;
}

/* Of a veth `below` is its other end, which carries nothing of it. */
static bool is_veth(const struct one_link *link)
{
	return !strcmp(link->kind, "veth") || !strcmp(link->kind, "netkit") ||
	       !strcmp(link->kind, "vxcan");
}

/* The device by which the kernel would send to a tunnel's remote; 0: none. */
static int route_take(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct rtmsg))
	{
		if (mnl_attr_get_type(attr) == RTA_OIF)
			*(int *)ctx = (int)mnl_attr_get_u32(attr);
	}
	return MNL_CB_STOP;
}

static int route_device(const struct one_link *tunnel)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;
	int ifindex = 0;

	if (!tunnel->remote_len)
		return 0;
	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = tunnel->remote_len == 16 ? AF_INET6 : AF_INET;
	rtm->rtm_dst_len = (uint8_t)(tunnel->remote_len * 8);
	mnl_attr_put(nlh, RTA_DST, tunnel->remote_len, tunnel->remote);
	netlink_query(NETLINK_ROUTE, nlh, route_take, &ifindex);
	return ifindex == tunnel->ifindex ? 0 : ifindex;
}

static const struct one_link *below_of(const struct links *links, const struct one_link *link)
{
	if (is_veth(link) || link->below_netns >= 0)
		return NULL;
	if (link->below)
		return link_find(links, link->below);
	return tunnel_kind(link->kind) ? link_find(links, route_device(link)) : NULL;
}

static bool list_add(json_t *list, const struct one_link *link)
{
	json_t *one;
	size_t i;

	json_array_foreach (list, i, one)
		if (!strcmp(json_str(one, "ifname", ""), link->ifname))
			return false;
	if (json_array_size(list) == LIST_MAX)
		return false;
	json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "ifname", link->ifname, "kind",
					      link->kind, "mtu", (json_int_t)link->mtu));
	return true;
}

/* What LINK's packets go out by: the device that it is made upon, or its ports; nearest first. */
static void below_add(const struct links *links, const struct one_link *link, json_t *list,
		      int depth)
{
	const struct one_link *below = below_of(links, link);
	size_t i;

	if (depth == DEPTH_MAX)
		return;
	if (below && list_add(list, below))
		below_add(links, below, list, depth + 1);
	for (i = 0; i < links->n; i++)
		if (links->list[i].master == link->ifindex && list_add(list, &links->list[i]))
			below_add(links, &links->list[i], list, depth + 1);
}

static void above_add(const struct links *links, const struct one_link *link, json_t *list,
		      int depth)
{
	const struct one_link *master = link_find(links, link->master);
	size_t i;

	if (depth == DEPTH_MAX)
		return;
	if (master && list_add(list, master))
		above_add(links, master, list, depth + 1);
	for (i = 0; i < links->n; i++) {
		const struct one_link *other = &links->list[i];

		if (other != link && (other->below || tunnel_kind(other->kind)) &&
		    below_of(links, other) == link && list_add(list, other))
			above_add(links, other, list, depth + 1);
	}
}

static void peer_put(const struct links *links, const struct one_link *link, json_t *obj)
{
	const struct one_link *peer = NULL;
	struct links there = {0};

	if (!is_veth(link) || !link->below)
		return;
	if (link->below_netns < 0) {
		peer = link_find(links, link->below);
	} else {
		links_read(&there, link->below, link->below_netns);
		peer = there.n ? &there.list[0] : NULL;
	}
	if (peer) {
		json_put_u64(obj, "peer_mtu", peer->mtu);
		json_put_str(obj, "peer", peer->ifname);
	}
	free(there.list);
}

static void duplex_put(const struct subject *subject, json_t *obj)
{
	/* what is asked for old structure has duplex too, and is answered by every driver's */
	struct ethtool_cmd cmd = {.cmd = ETHTOOL_GSET};
	int fd = ethtool_open();

	if (fd < 0)
		return;
	if (!ethtool_call(fd, subject->ifname, &cmd) && cmd.duplex <= DUPLEX_FULL)
		json_put_str(obj, "duplex", cmd.duplex == DUPLEX_FULL ? "full" : "half");
	close(fd);
}

FACT_READER(fact_link_read)
{
	struct device device = {.numa_node = -1, .speed_mbps = -1};
	const struct one_link *link;
	struct links links = {0};
	json_t *obj, *list;

	if (link_read(subject->ifname, &device))
		return NULL;
	obj = json_pack("{s:I, s:b, s:b, s:I, s:I}", "mtu", (json_int_t)device.mtu, "up",
			(int)device.up, "carrier", (int)device.carrier, "rx_queues",
			(json_int_t)device.rx_queues, "tx_queues", (json_int_t)device.tx_queues);
	if (device.real_speed) {
		json_object_set_new(obj, "speed_mbps", json_integer(device.speed_mbps));
		duplex_put(subject, obj);
	}
	if (device.numa_node >= 0)
		json_object_set_new(obj, "numa_node", json_integer(device.numa_node));
	links_read(&links, 0, -1);
	link = link_find(&links, device.ifindex);
	if (link) {
		const struct one_link *master = link_find(&links, link->master);

		json_put_u64(obj, "tx_queue_len", link->tx_queue_len);
		if (link->has_carrier_changes)
			json_put_u64(obj, "carrier_changes", link->carrier_changes);
		if (link->kind[0])
			json_put_str(obj, "kind", link->kind);
		if (master)
			json_put_str(obj, "master", master->ifname);
		peer_put(&links, link, obj);
		list = json_array();
		below_add(&links, link, list, 0);
		json_object_set_new(obj, "below", list);
		list = json_array();
		above_add(&links, link, list, 0);
		json_object_set_new(obj, "above", list);
	}
	free(links.list);
	return obj;
}

static json_t *tunnel_json(const struct links *links, const struct one_link *link,
			   const struct tunnel_kind *kind)
{
	const struct one_link *below = below_of(links, link);
	bool ipv6 = kind->ipv6 || link->remote_len == 16;
	uint32_t overhead = kind->overhead + (ipv6 ? 20 : 0) + (link->key ? 4 : 0);
	json_t *one = json_pack("{s:s, s:s, s:I, s:I}", "ifname", link->ifname, "kind", link->kind,
				"mtu", (json_int_t)link->mtu, "overhead", (json_int_t)overhead);
	char text[INET6_ADDRSTRLEN];

	if (link->remote_len && inet_ntop(link->remote_len == 16 ? AF_INET6 : AF_INET, link->remote,
					  text, sizeof(text)))
		json_put_str(one, "remote", text);
	if (below) {
		json_put_str(one, "below", below->ifname);
		json_put_u64(one, "below_mtu", below->mtu);
		json_put_flag(one, "fits", link->mtu + overhead <= below->mtu);
	}
	return one;
}

FACT_READER(fact_tunnels_read)
{
	struct links links = {0};
	json_t *list = json_array();
	size_t i;

	links_read(&links, 0, -1);
	for (i = 0; i < links.n && json_array_size(list) < LIST_MAX; i++) {
		const struct one_link *link = &links.list[i];
		const struct tunnel_kind *kind = tunnel_kind(link->kind);

		/* those that a module makes for itself (gre0, tunl0) have no remote and are down */
		if (kind && strcmp(link->ifname, "gre0") && strcmp(link->ifname, "gretap0") &&
		    strcmp(link->ifname, "tunl0") && strcmp(link->ifname, "sit0") &&
		    strcmp(link->ifname, "ip6tnl0") && strcmp(link->ifname, "ip6gre0"))
			json_array_append_new(list, tunnel_json(&links, link, kind));
	}
	free(links.list);
	return list;
}
