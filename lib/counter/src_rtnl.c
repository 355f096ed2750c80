/*
 * Device counters of every driver: struct rtnl_link_stats64 in IFLA_STATS64
 * (include/uapi/linux/if_link.h, which also says what each member means). Not
 * /proc/net/dev: its drop column is rx_dropped + rx_missed_errors
 * (net/core/net-procfs.c). How often the link came and went is in attributes of its own.
 */
#include "source.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#define MEMBER(name, json)                                                                         \
	{                                                                                          \
#name, offsetof(struct rtnl_link_stats64, name), json                              \
	}

/* With what `ip -j -s -s` calls them in stats64 (iproute2, ip/ipaddress.c, print_stats64). */
static const struct {
	const char *name;
	size_t offset;
	const char *json;
} members[] = {
	MEMBER(rx_packets, "rx.packets"),
	MEMBER(tx_packets, "tx.packets"),
	MEMBER(rx_bytes, "rx.bytes"),
	MEMBER(tx_bytes, "tx.bytes"),
	MEMBER(rx_errors, "rx.errors"),
	MEMBER(tx_errors, "tx.errors"),
	MEMBER(rx_dropped, "rx.dropped"),
	MEMBER(tx_dropped, "tx.dropped"),
	MEMBER(multicast, "rx.multicast"),
	MEMBER(collisions, "tx.collisions"),
	MEMBER(rx_length_errors, "rx.length_errors"),
	MEMBER(rx_over_errors, "rx.over_errors"),
	MEMBER(rx_crc_errors, "rx.crc_errors"),
	MEMBER(rx_frame_errors, "rx.frame_errors"),
	MEMBER(rx_fifo_errors, "rx.fifo_errors"),
	MEMBER(rx_missed_errors, "rx.missed_errors"),
	MEMBER(tx_aborted_errors, "tx.aborted_errors"),
	MEMBER(tx_carrier_errors, "tx.carrier_errors"),
	MEMBER(tx_fifo_errors, "tx.fifo_errors"),
	MEMBER(tx_heartbeat_errors, "tx.heartbeat_errors"),
	MEMBER(tx_window_errors, "tx.window_errors"),
	MEMBER(rx_nohandler, "rx.nohandler"),
	MEMBER(rx_otherhost_dropped, "rx.otherhost_dropped"),
};

/* Attributes of their own, of 32 bits. */
static const struct {
	const char *name;
	uint16_t type;
	const char *json; /* likewise; NULL: ip does not say */
} attributes[] = {
	{"carrier_changes", IFLA_CARRIER_CHANGES, "tx.carrier_changes"},
	{"carrier_down", IFLA_CARRIER_DOWN_COUNT, NULL},
};

struct answer {
	struct sample *samples;
	size_t n;
};

/* An older kernel's struct is shorter: what it lacks stays UNSUPPORTED. */
static void take_member(struct sample *sample, const void *stats, size_t len)
{
	uint64_t value;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (strcmp(members[i].name, sample->def->locator))
			continue;
		if (members[i].offset + sizeof(value) > len)
			return;
		memcpy(&value, (const char *)stats + members[i].offset, sizeof(value));
		sample_set(sample, value);
		return;
	}
}

static void take_attribute(struct sample *sample, const struct nlattr *attr)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (attributes[i].type == mnl_attr_get_type(attr) &&
		    mnl_attr_get_payload_len(attr) == sizeof(uint32_t) &&
		    !strcmp(attributes[i].name, sample->def->locator))
			sample_set(sample, mnl_attr_get_u32(attr));
}

static int take_link(const struct nlmsghdr *nlh, void *ctx)
{
	const struct answer *answer = ctx;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg))
	{
		for (size_t i = 0; i < answer->n; i++) {
			if (!sample_is_from(&answer->samples[i], SOURCE_RTNL))
				continue;
			if (mnl_attr_get_type(attr) == IFLA_STATS64)
				take_member(&answer->samples[i], mnl_attr_get_payload(attr),
					    mnl_attr_get_payload_len(attr));
			else
				take_attribute(&answer->samples[i], attr);
		}
	}
	return MNL_CB_STOP;
}

int source_rtnl_read(const struct source_target *target, struct sample *samples, size_t n)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct answer answer = {samples, n};
	struct ifinfomsg *ifm;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = 1;
	ifm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifm));
	ifm->ifi_index = target->ifindex;
	return netlink_query(NETLINK_ROUTE, nlh, take_link, &answer);
}

/* Where a sample's number is in stats64; NULL: nowhere. */
static const char *find_json(const char *locator)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (!strcmp(members[i].name, locator))
			return members[i].json;
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (!strcmp(attributes[i].name, locator))
			return attributes[i].json;
	return NULL;
}

static int take_recorded(const json_t *link, struct sample *samples, size_t n)
{
	const json_t *stats = json_object_get(link, "stats64");
	int ret = json_is_object(stats) ? 0 : -EBADMSG;

	for (size_t i = 0; !ret && i < n; i++) {
		const char *json = sample_is_from(&samples[i], SOURCE_RTNL)
					   ? find_json(samples[i].def->locator)
					   : NULL;
		uint64_t value;

		/* "rx.packets" is {"rx": {"packets"}} */
		if (json && recorded_count(json_object_get(stats, json[0] == 'r' ? "rx" : "tx"),
					   json + 3, &value, &ret))
			sample_set(&samples[i], value);
	}
	return ret;
}

int source_rtnl_replay(const struct source_target *target, struct sample *samples, size_t n)
{
	json_t *links, *link;
	size_t i;
	int ret = recorded_array(target, "link.json", &links);

	if (ret)
		return ret;
	ret = -ENODEV;
	json_array_foreach (links, i, link) {
		const char *name = json_string_value(json_object_get(link, "ifname"));

		if (name && !strcmp(name, target->ifname)) {
			ret = take_recorded(link, samples, n);
			break;
		}
	}
	json_decref(links);
	return ret;
}
