/*
 * Device counters of every driver: struct rtnl_link_stats64 in IFLA_STATS64
 * (include/uapi/linux/if_link.h, which also says what each member means). Not
 * /proc/net/dev: its drop column is rx_dropped + rx_missed_errors
 * (net/core/net-procfs.c). How often the link came and went is in attributes of its own.
 */
#include "source.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#define MEMBER(name)                                                                               \
	{                                                                                          \
#name, offsetof(struct rtnl_link_stats64, name)                                    \
	}

static const struct {
	const char *name;
	size_t offset;
} members[] = {
	MEMBER(rx_packets),
	MEMBER(tx_packets),
	MEMBER(rx_bytes),
	MEMBER(tx_bytes),
	MEMBER(rx_errors),
	MEMBER(tx_errors),
	MEMBER(rx_dropped),
	MEMBER(tx_dropped),
	MEMBER(multicast),
	MEMBER(collisions),
	MEMBER(rx_length_errors),
	MEMBER(rx_over_errors),
	MEMBER(rx_crc_errors),
	MEMBER(rx_frame_errors),
	MEMBER(rx_fifo_errors),
	MEMBER(rx_missed_errors),
	MEMBER(tx_aborted_errors),
	MEMBER(tx_carrier_errors),
	MEMBER(tx_fifo_errors),
	MEMBER(tx_heartbeat_errors),
	MEMBER(tx_window_errors),
	MEMBER(rx_nohandler),
	MEMBER(rx_otherhost_dropped),
};

/* Attributes of their own, of 32 bits. */
static const struct {
	const char *name;
	uint16_t type;
} attributes[] = {
	{"carrier_changes", IFLA_CARRIER_CHANGES},
	{"carrier_down", IFLA_CARRIER_DOWN_COUNT},
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
