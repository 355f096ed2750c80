/* What is known of a device from ethtool and rtnetlink: its settings; see facts.c. */
#include "fact_read.h"

#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf_query.h"
#include "ethtool.h"
#include "json.h"
#include "netlink.h"

#define RSS_QUEUES_MAX 1024 /* that are counted */

/* One question with a structure of fixed size as answer. */
static bool ask(const struct subject *subject, void *answer)
{
	int fd = ethtool_open(), ret;

	if (fd < 0)
		return false;
	ret = ethtool_call(fd, subject->ifname, answer);
	close(fd);
	return !ret;
}

FACT_READER(fact_rings_read)
{
	struct ethtool_ringparam r = {.cmd = ETHTOOL_GRINGPARAM};

	if (!ask(subject, &r))
		return NULL;
	return json_pack("{s:I, s:I, s:I, s:I}", "rx", (json_int_t)r.rx_pending, "rx_max",
			 (json_int_t)r.rx_max_pending, "tx", (json_int_t)r.tx_pending, "tx_max",
			 (json_int_t)r.tx_max_pending);
}

FACT_READER(fact_channels_read)
{
	struct ethtool_channels c = {.cmd = ETHTOOL_GCHANNELS};

	if (!ask(subject, &c))
		return NULL;
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "rx", (json_int_t)c.rx_count,
			 "tx", (json_int_t)c.tx_count, "combined", (json_int_t)c.combined_count,
			 "max_rx", (json_int_t)c.max_rx, "max_tx", (json_int_t)c.max_tx,
			 "max_combined", (json_int_t)c.max_combined, "rx_queues",
			 (json_int_t)c.rx_count + c.combined_count, "tx_queues",
			 (json_int_t)c.tx_count + c.combined_count);
}

/* How many entries of the table send to each queue. */
FACT_READER(fact_rss_read)
{
	int fd = ethtool_open();
	uint32_t *table = NULL, *entries = NULL, highest = 0;
	json_t *queues = NULL;
	size_t i, n = 0;

	if (fd < 0)
		return NULL;
	if (!ethtool_rss_table(fd, subject->ifname, &table, &n))
		queues = json_array();
	close(fd);
	for (i = 0; i < n; i++)
		if (table[i] > highest && table[i] < RSS_QUEUES_MAX)
			highest = table[i];
	entries = calloc(highest + 1, sizeof(*entries));
	for (i = 0; entries && i < n; i++)
		if (table[i] <= highest)
			entries[table[i]]++;
	for (i = 0; queues && entries && i <= highest; i++)
		json_array_append_new(queues, json_integer(entries[i]));
	free(entries);
	free(table);
	return queues ? json_pack("{s:I, s:o}", "size", (json_int_t)n, "entries", queues) : NULL;
}

FACT_READER(fact_coalesce_read)
{
	struct ethtool_coalesce c = {.cmd = ETHTOOL_GCOALESCE};

	if (!ask(subject, &c))
		return NULL;
	return json_pack("{s:I, s:I, s:b, s:I, s:I}", "rx_usecs", (json_int_t)c.rx_coalesce_usecs,
			 "rx_frames", (json_int_t)c.rx_max_coalesced_frames, "adaptive_rx",
			 c.use_adaptive_rx_coalesce != 0, "tx_usecs",
			 (json_int_t)c.tx_coalesce_usecs, "tx_frames",
			 (json_int_t)c.tx_max_coalesced_frames);
}

FACT_READER(fact_pause_read)
{
	struct ethtool_pauseparam p = {.cmd = ETHTOOL_GPAUSEPARAM};

	if (!ask(subject, &p))
		return NULL;
	return json_pack("{s:b, s:b, s:b}", "rx", p.rx_pause != 0, "tx", p.tx_pause != 0, "autoneg",
			 p.autoneg != 0);
}

/* Names as the kernel has them (net/ethtool/common.c), and by those that ethtool prints. */
FACT_READER(fact_offloads_read)
{
	static const struct {
		const char *key, *feature;
	} features[] = {
		{"gro", "rx-gro"},
		{"gro-hw", "rx-gro-hw"},
		{"gro-list", "rx-gro-list"},
		{"udp-gro-forwarding", "rx-udp-gro-forwarding"},
		{"lro", "rx-lro"},
		{"gso", "tx-generic-segmentation"},
		{"tso", "tx-tcp-segmentation"},
		{"udp-segmentation", "tx-udp-segmentation"},
		{"rx-checksum", "rx-checksum"},
		{"tx-checksum", "tx-checksum-ip-generic"},
		{"rx-all", "rx-all"},
		{"rx-fcs", "rx-fcs"},
		{"rx-vlan-filter", "rx-vlan-filter"},
		{"ntuple", "rx-ntuple-filter"},
		{"rxhash", "rx-hashing"},
	};
	int fd = ethtool_open();
	json_t *obj = fd < 0 ? NULL : json_object();
	size_t i;

	for (i = 0; obj && i < sizeof(features) / sizeof(features[0]); i++) {
		bool on;

		if (!ethtool_feature_get(fd, subject->ifname, features[i].feature, &on))
			json_put_flag(obj, features[i].key, on);
	}
	if (fd >= 0)
		close(fd);
	return fact_unless_empty(obj);
}

/* ---- XDP ---- */

static void xdp_add(json_t *list, const struct nlattr *attr, const char *mode)
{
	uint32_t id = mnl_attr_get_u32(attr);
	json_t *one;
	char name[16];

	if (!id)
		return;
	one = json_pack("{s:I, s:s}", "id", (json_int_t)id, "mode", mode);
	bpf_program_name(id, name);
	if (name[0])
		json_object_set_new(one, "name", json_text(name));
	json_array_append_new(list, one);
}

static int xdp_take(const struct nlmsghdr *nlh, void *ctx)
{
	static const char *const modes[] = {
		[IFLA_XDP_DRV_PROG_ID] = "native",
		[IFLA_XDP_SKB_PROG_ID] = "generic",
		[IFLA_XDP_HW_PROG_ID] = "offloaded",
	};
	const struct nlattr *attr, *inner;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg))
	{
		if (mnl_attr_get_type(attr) != IFLA_XDP)
			continue;
		mnl_attr_for_each_nested(inner, attr)
		{
			uint16_t type = mnl_attr_get_type(inner);

			if (type < sizeof(modes) / sizeof(modes[0]) && modes[type])
				xdp_add(ctx, inner, modes[type]);
		}
	}
	return MNL_CB_STOP;
}

FACT_READER(fact_xdp_read)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	json_t *list = json_array();
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = subject->ifindex;
	if (!netlink_query(NETLINK_ROUTE, nlh, xdp_take, list))
		return list;
	json_decref(list);
	return NULL;
}
