/* A port's own properties as a link: flags, MTU, queue length, address, alias. rtnetlink(7). */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "json.h"
#include "port_state.h"

#define FLAGS (IFF_UP | IFF_PROMISC | IFF_ALLMULTI | IFF_NOARP | IFF_MULTICAST)

static int link_take(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	json_t *link = arg;

	json_object_set_new(link, "flags", json_integer(ifi->ifi_flags & FLAGS));
	mnl_attr_for_each(attr, nlh, sizeof(*ifi))
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_MTU:
			json_object_set_new(link, "mtu", json_integer(mnl_attr_get_u32(attr)));
			break;
		case IFLA_TXQLEN:
			json_object_set_new(link, "txqlen", json_integer(mnl_attr_get_u32(attr)));
			break;
		case IFLA_ADDRESS:
			json_object_set_new(link, "address",
					    port_hex(mnl_attr_get_payload(attr),
						     mnl_attr_get_payload_len(attr)));
			break;
		case IFLA_IFALIAS:
			json_object_set_new(link, "alias", json_string(mnl_attr_get_str(attr)));
			break;
		}
	}
	return MNL_CB_OK;
}

static json_t *link_read(struct port_at *at)
{
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	json_t *link = json_object();
	void *extra;

	nlh = rtnl_request(buf, RTM_GETLINK, 0, sizeof(struct ifinfomsg), &extra);
	((struct ifinfomsg *)extra)->ifi_index = at->ifindex;
	if (rtnl_talk(&at->rtnl, nlh, link_take, link)) {
		json_decref(link);
		return NULL;
	}
	return link;
}

/* A request that changes nothing yet. */
static struct nlmsghdr *link_request(struct port_at *at, void *buf, struct ifinfomsg **ifi)
{
	void *extra;
	struct nlmsghdr *nlh = rtnl_request(buf, RTM_NEWLINK, 0, sizeof(**ifi), &extra);

	*ifi = extra;
	(*ifi)->ifi_index = at->ifindex;
	return nlh;
}

static bool differs(const json_t *now, const json_t *saved, const char *key)
{
	const json_t *value = json_object_get(saved, key);

	return value && !json_equal(value, json_object_get(now, key));
}

static int number_write(struct port_at *at, const json_t *now, const json_t *saved, const char *key,
			uint16_t type)
{
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	struct ifinfomsg *ifi;
	int ret;

	if (!differs(now, saved, key))
		return 0;
	nlh = link_request(at, buf, &ifi);
	mnl_attr_put_u32(nlh, type, (uint32_t)json_u64(saved, key, 0));
	ret = rtnl_talk(&at->rtnl, nlh, NULL, NULL);
	return ret ? port_failed(at, ret, "%s %s", key, json_str(saved, key, "")) : 0;
}

static int address_write(struct port_at *at, const json_t *now, const json_t *saved)
{
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	struct ifinfomsg *ifi;
	uint8_t mac[6];
	int ret;

	if (!differs(now, saved, "address") ||
	    !port_unhex(json_object_get(saved, "address"), mac, sizeof(mac)))
		return 0;
	nlh = link_request(at, buf, &ifi);
	mnl_attr_put(nlh, IFLA_ADDRESS, sizeof(mac), mac);
	ret = rtnl_talk(&at->rtnl, nlh, NULL, NULL);
	return ret ? port_failed(at, ret, "its MAC address") : 0;
}

static int alias_write(struct port_at *at, const json_t *now, const json_t *saved)
{
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	struct ifinfomsg *ifi;
	int ret;

	if (!differs(now, saved, "alias"))
		return 0;
	nlh = link_request(at, buf, &ifi);
	mnl_attr_put_str(nlh, IFLA_IFALIAS, json_str(saved, "alias", ""));
	ret = rtnl_talk(&at->rtnl, nlh, NULL, NULL);
	return ret ? port_failed(at, ret, "its alias") : 0;
}

static int flags_write(struct port_at *at, const json_t *now, const json_t *saved)
{
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	struct ifinfomsg *ifi;
	int ret;

	if (!differs(now, saved, "flags"))
		return 0;
	nlh = link_request(at, buf, &ifi);
	ifi->ifi_flags = (uint32_t)json_u64(saved, "flags", 0);
	ifi->ifi_change = FLAGS;
	ret = rtnl_talk(&at->rtnl, nlh, NULL, NULL);
	return ret ? port_failed(at, ret, "its flags (up, promiscuous ...)") : 0;
}

static int link_write(struct port_at *at, const json_t *saved)
{
	json_t *now = link_read(at);
	int ret[5] = {0}, first = 0;
	size_t i;

	if (!now)
		return port_failed(at, -ENODEV, "what kind of link it is");
	ret[0] = number_write(at, now, saved, "mtu", IFLA_MTU);
	ret[1] = number_write(at, now, saved, "txqlen", IFLA_TXQLEN);
	ret[2] = address_write(at, now, saved);
	ret[3] = alias_write(at, now, saved);
	ret[4] = flags_write(at, now, saved);
	json_decref(now);
	for (i = 0; i < sizeof(ret) / sizeof(ret[0]); i++)
		first = first ? first : ret[i];
	return first;
}

const struct port_part port_part_link = {
	.name = "link",
	.read = link_read,
	.write = link_write,
};
