/*
 * A device among others: what is below and above it, with MTUs; the other end of a veth; tunnels
 * and whether their packets fit what carries them. By rtnetlink; see facts.c.
 */
#include "fact_read.h"

#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ethtool.h"
#include "fact_links.h"
#include "json.h"
#include "link.h"
#include "netlink.h"

#define DEPTH_MAX 8 /* of a stack */
#define LIST_MAX 64 /* devices named below or above */

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
