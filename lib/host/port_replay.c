/*
 * What routing netlink keeps for a port: addresses, routes, permanent neighbours. Kept as
 * the kernel's own messages, without what changes by itself, and said again as they are.
 */
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "port_state.h"

#define MESSAGE_MAX 2048
#define NO_ATTR 0xffff
/* Of an address's flags those that its user chose; the others the kernel computes. */
#define ADDRESS_FLAGS                                                                              \
	(IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE |            \
	 IFA_F_MCAUTOJOIN)

struct replay {
	const char *what;         /* for messages: "address" */
	uint16_t get, put, flags; /* flags of PUT */
	size_t header;
	uint16_t index_attr; /* that names the port; NO_ATTR: the header does */
	uint16_t time_attr;  /* that changes by itself; left out */
	/* Whether HEADER is of the port and the user's; takes the rest of what changes off it. */
	bool (*take)(void *header, int ifindex);
	void (*aim)(void *header, int ifindex); /* at the port, again */
};

static bool address_take(void *header, int ifindex)
{
	struct ifaddrmsg *ifa = header;

	/* a temporary IPv6 address is the kernel's, made anew (RFC 8981) */
	if ((int)ifa->ifa_index != ifindex ||
	    (ifa->ifa_family == AF_INET6 && (ifa->ifa_flags & IFA_F_TEMPORARY)))
		return false;
	ifa->ifa_index = 0;
	ifa->ifa_flags = 0; /* IFA_FLAGS has them all */
	return true;
}

static void address_aim(void *header, int ifindex)
{
	((struct ifaddrmsg *)header)->ifa_index = (uint32_t)ifindex;
}

/* Neither the kernel's own (they come with an address) nor what a router announces. */
static bool route_take(void *header, int ifindex)
{
	struct rtmsg *rtm = header;

	if (rtm->rtm_protocol == RTPROT_KERNEL || rtm->rtm_protocol == RTPROT_RA ||
	    (rtm->rtm_flags & RTM_F_CLONED))
		return false;
	rtm->rtm_flags &= RTNH_F_ONLINK | RTNH_F_PERVASIVE;
	return true;
}

static bool neighbour_take(void *header, int ifindex)
{
	struct ndmsg *ndm = header;

	if (ndm->ndm_ifindex != ifindex || !(ndm->ndm_state & NUD_PERMANENT))
		return false;
	ndm->ndm_ifindex = 0;
	ndm->ndm_flags &= NTF_PROXY | NTF_ROUTER;
	return true;
}

static void neighbour_aim(void *header, int ifindex)
{
	((struct ndmsg *)header)->ndm_ifindex = ifindex;
}

static const struct replay addresses = {
	.what = "address",
	.get = RTM_GETADDR,
	.put = RTM_NEWADDR,
	.flags = NLM_F_CREATE | NLM_F_REPLACE,
	.header = sizeof(struct ifaddrmsg),
	.index_attr = NO_ATTR,
	.time_attr = IFA_CACHEINFO,
	.take = address_take,
	.aim = address_aim,
};
static const struct replay routes = {
	.what = "route",
	.get = RTM_GETROUTE,
	.put = RTM_NEWROUTE,
	.flags = NLM_F_CREATE | NLM_F_EXCL,
	.header = sizeof(struct rtmsg),
	.index_attr = RTA_OIF,
	.time_attr = RTA_CACHEINFO,
	.take = route_take,
};
static const struct replay neighbours = {
	.what = "neighbour",
	.get = RTM_GETNEIGH,
	.put = RTM_NEWNEIGH,
	.flags = NLM_F_CREATE | NLM_F_REPLACE,
	.header = sizeof(struct ndmsg),
	.index_attr = NO_ATTR,
	.time_attr = NDA_CACHEINFO,
	.take = neighbour_take,
	.aim = neighbour_aim,
};

struct collect {
	const struct replay *row;
	int ifindex;
	json_t *list;
};

/* "HEX" or, of an address that ends some day, "HEX VALID PREFERRED" (seconds). */
static void list_add(json_t *list, const void *body, size_t len, const struct ifa_cacheinfo *life)
{
	json_t *hex = port_hex(body, len);

	if (hex && life && (life->ifa_valid != UINT32_MAX || life->ifa_prefered != UINT32_MAX))
		json_array_append_new(list, json_sprintf("%s %u %u", json_string_value(hex),
							 life->ifa_valid, life->ifa_prefered));
	else if (hex)
		json_array_append(list, hex);
	json_decref(hex);
}

static int message_take(const struct nlmsghdr *nlh, void *arg)
{
	struct collect *c = arg;
	const struct replay *row = c->row;
	const struct ifa_cacheinfo *life = NULL;
	const struct nlattr *attr;
	uint8_t body[MESSAGE_MAX] = {0};
	size_t len = MNL_ALIGN(row->header);
	bool ours = row->index_attr == NO_ATTR;

	if (nlh->nlmsg_type != row->put || mnl_nlmsg_get_payload_len(nlh) > sizeof(body))
		return MNL_CB_OK;
	memcpy(body, mnl_nlmsg_get_payload(nlh), row->header);
	if (!row->take(body, c->ifindex))
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, row->header)
	{
		uint16_t type = mnl_attr_get_type(attr), size = mnl_attr_get_len(attr);
		struct nlattr *copy = (struct nlattr *)(body + len);

		if (type == row->time_attr) {
			if (row == &addresses)
				life = mnl_attr_get_payload(attr);
			continue;
		}
		if (row == &neighbours && type == NDA_PROBES)
			continue;
		memcpy(copy, attr, size);
		if (type == row->index_attr) {
			ours = (int)mnl_attr_get_u32(attr) == c->ifindex;
			memset(copy + 1, 0, sizeof(uint32_t));
		}
		if (row == &addresses && type == IFA_FLAGS)
			*(uint32_t *)(copy + 1) &= ADDRESS_FLAGS;
		len += MNL_ALIGN(size);
	}
	if (ours)
		list_add(c->list, body, len, life);
	return MNL_CB_OK;
}

static json_t *replay_read(struct port_at *at, const struct replay *row)
{
	struct collect c = {.row = row, .ifindex = at->ifindex, .list = json_array()};
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	void *extra;

	nlh = rtnl_request(buf, row->get, NLM_F_DUMP, row->header, &extra);
	if (rtnl_talk(&at->rtnl, nlh, message_take, &c)) {
		json_decref(c.list);
		return NULL;
	}
	return c.list;
}

/* The same message up to how long it holds. */
static bool is_there(const json_t *list, const char *text)
{
	size_t i, len = strcspn(text, " ");
	json_t *one;

	json_array_foreach (list, i, one) {
		const char *other = json_string_value(one);

		if (strcspn(other, " ") == len && !strncmp(other, text, len))
			return true;
	}
	return false;
}

static int message_say(struct port_at *at, const struct replay *row, const char *text)
{
	_Alignas(struct nlmsghdr) char buf[2 * MESSAGE_MAX];
	uint8_t body[MESSAGE_MAX];
	size_t hex = strcspn(text, " "), len = hex / 2;
	struct ifa_cacheinfo life = {0};
	struct nlmsghdr *nlh;
	struct nlattr *attr;
	json_t *value;
	void *extra;
	int ret;
	bool ok;

	value = json_stringn(text, hex);
	ok = len >= MNL_ALIGN(row->header) && len <= sizeof(body) && port_unhex(value, body, len);
	json_decref(value);
	if (!ok)
		return -EBADMSG;
	nlh = rtnl_request(buf, row->put, row->flags, len, &extra);
	memcpy(extra, body, len);
	if (row->aim)
		row->aim(extra, at->ifindex);
	mnl_attr_for_each(attr, nlh, row->header) if (mnl_attr_get_type(attr) == row->index_attr) *
		(uint32_t *)mnl_attr_get_payload(attr) = (uint32_t)at->ifindex;
	if (sscanf(text + hex, "%u %u", &life.ifa_valid, &life.ifa_prefered) == 2)
		mnl_attr_put(nlh, IFA_CACHEINFO, sizeof(life), &life);
	ret = rtnl_talk(&at->rtnl, nlh, NULL, NULL);
	/* by a gateway that no address of the port's leads to any more */
	if (row == &routes && (ret == -EHOSTUNREACH || ret == -ENETUNREACH)) {
		((struct rtmsg *)extra)->rtm_flags |= RTNH_F_ONLINK;
		ret = rtnl_talk(&at->rtnl, nlh, NULL, NULL);
	}
	return ret;
}

static int replay_write(struct port_at *at, const struct replay *row, const json_t *saved)
{
	json_t *now = replay_read(at, row), *one;
	int first = 0;
	size_t i;

	json_array_foreach (saved, i, one) {
		const char *text = json_string_value(one);
		int ret;

		if (!text || is_there(now, text))
			continue;
		ret = message_say(at, row, text);
		if (ret)
			ret = port_failed(at, ret, "%s %zu of %zu", row->what, i + 1,
					  json_array_size(saved));
		first = first ? first : ret;
	}
	json_decref(now);
	return first;
}

static json_t *addresses_read(struct port_at *at)
{
	return replay_read(at, &addresses);
}

static int addresses_write(struct port_at *at, const json_t *saved)
{
	return replay_write(at, &addresses, saved);
}

static json_t *routes_read(struct port_at *at)
{
	return replay_read(at, &routes);
}

static int routes_write(struct port_at *at, const json_t *saved)
{
	return replay_write(at, &routes, saved);
}

static json_t *neighbours_read(struct port_at *at)
{
	return replay_read(at, &neighbours);
}

static int neighbours_write(struct port_at *at, const json_t *saved)
{
	return replay_write(at, &neighbours, saved);
}

const struct port_part port_part_addresses = {
	.name = "addresses",
	.read = addresses_read,
	.write = addresses_write,
};
const struct port_part port_part_routes = {
	.name = "routes",
	.read = routes_read,
	.write = routes_write,
};
const struct port_part port_part_neighbours = {
	.name = "neighbours",
	.read = neighbours_read,
	.write = neighbours_write,
};
