/*
 * What drivers report of the standards' own counters: ETHTOOL_MSG_STATS_GET (IEEE 802.3 clauses
 * 30.3 and 30.5, RFC 2819) and the pause frames of ETHTOOL_MSG_PAUSE_GET. The kernel leaves out
 * what a driver does not fill in (net/ethtool/stats.c), so that it stays UNSUPPORTED.
 */
#include "source.h"

#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#define PAUSE_GROUP 0xffff /* not a group of the kernel's: the other message */

/* With what the kernel calls them (net/ethtool/stats.c), which is what ethtool prints. */
static const struct {
	const char *name;
	uint16_t group, id;
	const char *json;
} values[] = {
	{"phy.symbol_errors", ETHTOOL_STATS_ETH_PHY, ETHTOOL_A_STATS_ETH_PHY_5_SYM_ERR,
	 "SymbolErrorDuringCarrier"},
	{"mac.tx_packets", ETHTOOL_STATS_ETH_MAC, ETHTOOL_A_STATS_ETH_MAC_2_TX_PKT,
	 "FramesTransmittedOK"},
	{"mac.rx_packets", ETHTOOL_STATS_ETH_MAC, ETHTOOL_A_STATS_ETH_MAC_5_RX_PKT,
	 "FramesReceivedOK"},
	{"mac.fcs_errors", ETHTOOL_STATS_ETH_MAC, ETHTOOL_A_STATS_ETH_MAC_6_FCS_ERR,
	 "FrameCheckSequenceErrors"},
	{"mac.align_errors", ETHTOOL_STATS_ETH_MAC, ETHTOOL_A_STATS_ETH_MAC_7_ALIGN_ERR,
	 "AlignmentErrors"},
	{"mac.tx_deferred", ETHTOOL_STATS_ETH_MAC, ETHTOOL_A_STATS_ETH_MAC_9_TX_DEFER,
	 "FramesWithDeferredXmissions"},
	{"mac.late_collisions", ETHTOOL_STATS_ETH_MAC, ETHTOOL_A_STATS_ETH_MAC_10_LATE_COL,
	 "LateCollisions"},
	{"mac.excess_collisions", ETHTOOL_STATS_ETH_MAC, ETHTOOL_A_STATS_ETH_MAC_11_XS_COL,
	 "FramesAbortedDueToXSColls"},
	{"mac.tx_int_errors", ETHTOOL_STATS_ETH_MAC, ETHTOOL_A_STATS_ETH_MAC_12_TX_INT_ERR,
	 "FramesLostDueToIntMACXmitError"},
	{"mac.carrier_errors", ETHTOOL_STATS_ETH_MAC, ETHTOOL_A_STATS_ETH_MAC_13_CS_ERR,
	 "CarrierSenseErrors"},
	{"mac.rx_int_errors", ETHTOOL_STATS_ETH_MAC, ETHTOOL_A_STATS_ETH_MAC_15_RX_INT_ERR,
	 "FramesLostDueToIntMACRcvError"},
	{"mac.length_errors", ETHTOOL_STATS_ETH_MAC, ETHTOOL_A_STATS_ETH_MAC_23_IR_LEN_ERR,
	 "InRangeLengthErrors"},
	{"mac.out_of_range_length", ETHTOOL_STATS_ETH_MAC, ETHTOOL_A_STATS_ETH_MAC_24_OOR_LEN,
	 "OutOfRangeLengthField"},
	{"mac.too_long", ETHTOOL_STATS_ETH_MAC, ETHTOOL_A_STATS_ETH_MAC_25_TOO_LONG_ERR,
	 "FrameTooLongErrors"},
	{"ctrl.tx", ETHTOOL_STATS_ETH_CTRL, ETHTOOL_A_STATS_ETH_CTRL_3_TX,
	 "MACControlFramesTransmitted"},
	{"ctrl.rx", ETHTOOL_STATS_ETH_CTRL, ETHTOOL_A_STATS_ETH_CTRL_4_RX,
	 "MACControlFramesReceived"},
	{"ctrl.rx_unknown", ETHTOOL_STATS_ETH_CTRL, ETHTOOL_A_STATS_ETH_CTRL_5_RX_UNSUP,
	 "UnsupportedOpcodesReceived"},
	{"rmon.undersize", ETHTOOL_STATS_RMON, ETHTOOL_A_STATS_RMON_UNDERSIZE,
	 "etherStatsUndersizePkts"},
	{"rmon.oversize", ETHTOOL_STATS_RMON, ETHTOOL_A_STATS_RMON_OVERSIZE,
	 "etherStatsOversizePkts"},
	{"rmon.fragments", ETHTOOL_STATS_RMON, ETHTOOL_A_STATS_RMON_FRAG, "etherStatsFragments"},
	{"rmon.jabbers", ETHTOOL_STATS_RMON, ETHTOOL_A_STATS_RMON_JABBER, "etherStatsJabbers"},
	{"pause.tx", PAUSE_GROUP, ETHTOOL_A_PAUSE_STAT_TX_FRAMES, "tx_pause_frames"},
	{"pause.rx", PAUSE_GROUP, ETHTOOL_A_PAUSE_STAT_RX_FRAMES, "rx_pause_frames"},
};

struct answer {
	struct sample *samples;
	size_t n;
};

static void set_value(const struct answer *answer, const char *name, uint64_t value)
{
	for (size_t i = 0; i < answer->n; i++)
		if (sample_is_from(&answer->samples[i], SOURCE_ETHSTD) &&
		    !strcmp(answer->samples[i].def->locator, name))
			sample_set(&answer->samples[i], value);
}

static void take_value(const struct answer *answer, uint16_t group, const struct nlattr *attr)
{
	if (mnl_attr_get_payload_len(attr) != sizeof(uint64_t))
		return;
	for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++)
		if (values[v].group == group && values[v].id == mnl_attr_get_type(attr))
			set_value(answer, values[v].name, mnl_attr_get_u64(attr));
}

static void take_nest(const struct answer *answer, uint16_t group, const struct nlattr *nest)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		take_value(answer, group, attr);
	}
}

static void take_group(const struct answer *answer, const struct nlattr *nest)
{
	uint16_t group = PAUSE_GROUP;
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		uint16_t type = mnl_attr_get_type(attr);

		if (type == ETHTOOL_A_STATS_GRP_ID &&
		    mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
			group = (uint16_t)mnl_attr_get_u32(attr);
		else if (type == ETHTOOL_A_STATS_GRP_STAT && group != PAUSE_GROUP)
			take_nest(answer, group, attr);
	}
}

static int take_message(const struct nlmsghdr *nlh, void *ctx)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(*genl))
	{
		uint16_t type = mnl_attr_get_type(attr);

		if (genl->cmd == ETHTOOL_MSG_STATS_GET_REPLY && type == ETHTOOL_A_STATS_GRP)
			take_group(ctx, attr);
		if (genl->cmd == ETHTOOL_MSG_PAUSE_GET_REPLY && type == ETHTOOL_A_PAUSE_STATS)
			take_nest(ctx, PAUSE_GROUP, attr);
	}
	return MNL_CB_OK;
}

static void put_header(struct nlmsghdr *nlh, uint16_t type, int ifindex, uint32_t flags)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);

	mnl_attr_put_u32(nlh, ETHTOOL_A_HEADER_DEV_INDEX, (uint32_t)ifindex);
	if (flags)
		mnl_attr_put_u32(nlh, ETHTOOL_A_HEADER_FLAGS, flags);
	mnl_attr_nest_end(nlh, nest);
}

static int query_stats(uint16_t family, int ifindex, struct answer *answer)
{
	const uint32_t groups = 1u << ETHTOOL_STATS_ETH_PHY | 1u << ETHTOOL_STATS_ETH_MAC |
				1u << ETHTOOL_STATS_ETH_CTRL | 1u << ETHTOOL_STATS_RMON;
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = netlink_genl_request(buf, family, ETHTOOL_MSG_STATS_GET, NLM_F_ACK);
	struct nlattr *nest;

	put_header(nlh, ETHTOOL_A_STATS_HEADER, ifindex, 0);
	nest = mnl_attr_nest_start(nlh, ETHTOOL_A_STATS_GROUPS);
	mnl_attr_put(nlh, ETHTOOL_A_BITSET_NOMASK, 0, NULL);
	mnl_attr_put_u32(nlh, ETHTOOL_A_BITSET_SIZE, __ETHTOOL_STATS_CNT);
	mnl_attr_put_u32(nlh, ETHTOOL_A_BITSET_VALUE, groups);
	mnl_attr_nest_end(nlh, nest);
	return netlink_query(NETLINK_GENERIC, nlh, take_message, answer);
}

static int query_pause(uint16_t family, int ifindex, struct answer *answer)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = netlink_genl_request(buf, family, ETHTOOL_MSG_PAUSE_GET, NLM_F_ACK);

	put_header(nlh, ETHTOOL_A_PAUSE_HEADER, ifindex, ETHTOOL_FLAG_STATS);
	return netlink_query(NETLINK_GENERIC, nlh, take_message, answer);
}

/* A kernel or a driver without it. EINVAL: of kernels that do not know the flag. */
static bool is_missing(int ret)
{
	return ret == -EOPNOTSUPP || ret == -EINVAL;
}

int source_ethstd_read(const struct source_target *target, struct sample *samples, size_t n)
{
	struct answer answer = {samples, n};
	uint16_t family;
	int ret = netlink_genl_family(ETHTOOL_GENL_NAME, &family);

	if (ret)
		return ret == -ENOENT ? 0 : ret; /* before 5.6 */
	ret = query_stats(family, target->ifindex, &answer);
	if (!ret || is_missing(ret))
		ret = query_pause(family, target->ifindex, &answer);
	return is_missing(ret) ? 0 : ret;
}

/* How ethtool names the groups, and of which file an object of that name is. */
static const struct {
	uint16_t group;
	const char *file, *json;
} groups[] = {
	{ETHTOOL_STATS_ETH_PHY, "groups.json", "eth-phy"},
	{ETHTOOL_STATS_ETH_MAC, "groups.json", "eth-mac"},
	{ETHTOOL_STATS_ETH_CTRL, "groups.json", "eth-ctrl"},
	{ETHTOOL_STATS_RMON, "groups.json", "rmon"},
	{PAUSE_GROUP, "pause.json", "statistics"},
};

static int take_recorded(const json_t *device, const char *file, struct answer *answer)
{
	int ret = 0;

	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		const json_t *object = json_object_get(device, groups[g].json);

		if (strcmp(groups[g].file, file))
			continue;
		for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
			uint64_t value;

			if (values[v].group == groups[g].group &&
			    recorded_count(object, values[v].json, &value, &ret))
				set_value(answer, values[v].name, value);
		}
	}
	return ret;
}

static int replay_file(const struct source_target *target, const char *file, struct answer *answer)
{
	char path[64];
	json_t *devices, *device;
	size_t i;
	int ret;

	snprintf(path, sizeof(path), "ethtool/%s/%s", target->ifname, file);
	ret = recorded_array(target, path, &devices);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	json_array_foreach (devices, i, device)
		if (!ret)
			ret = take_recorded(device, file, answer);
	json_decref(devices);
	return ret;
}

int source_ethstd_replay(const struct source_target *target, struct sample *samples, size_t n)
{
	struct answer answer = {samples, n};
	int ret = replay_file(target, "groups.json", &answer);

	return ret ? ret : replay_file(target, "pause.json", &answer);
}
