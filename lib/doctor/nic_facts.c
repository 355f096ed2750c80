/* What the kernel says about an interface, asked once; see nic_facts.h. Judges nothing. */
#include "nic_facts.h"

#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf_query.h"
#include "drop_rules.h"
#include "ethtool.h"
#include "netlink.h"
#include "xdp_features.h"

/* enum of net/ethtool's rings since kernel 6.4; the headers of Debian 12 are older. */
#define RINGS_TX_PUSH_BUF_LEN 15

const char *const nic_features[NIC_FEATURES] = {
	[NIC_LRO] = "rx-lro",           [NIC_GRO_HW] = "rx-gro-hw",
	[NIC_GRO_LIST] = "rx-gro-list", [NIC_UDP_GRO_FORWARDING] = "rx-udp-gro-forwarding",
	[NIC_GRO] = "rx-gro",
};

/* A command whose answer is of a fixed size. */
#define ASK(fd, ifname, number, answer)                                                            \
	((answer)->cmd = (number), ethtool_call((fd), (ifname), (answer)))

static void feature_take(const struct ethtool_gfeatures *get, uint32_t bit, enum nic_feature which,
			 struct nic_facts *facts)
{
	const struct ethtool_get_features_block *block = &get->features[bit / 32];
	uint32_t mask = 1u << bit % 32;

	facts->feature[which] = !!(block->active & mask);
	facts->fixed[which] = !(block->available & mask) || (block->never_changed & mask);
}

static void features_read(int fd, const char *ifname, struct nic_facts *facts)
{
	struct ethtool_gfeatures *get = NULL;
	struct ethtool_gstrings *names;
	uint32_t bit, blocks;
	size_t i;
	int ret;

	names = ethtool_strings(fd, ifname, ETH_SS_FEATURES);
	ret = names ? 0 : -errno;
	if (names) {
		blocks = (names->len + 31) / 32;
		get = calloc(1, sizeof(*get) + blocks * sizeof(get->features[0]));
		ret = -ENOMEM;
	}
	if (get) {
		get->cmd = ETHTOOL_GFEATURES;
		get->size = blocks;
		ret = ethtool_call(fd, ifname, get);
	}
	for (i = 0; i < NIC_FEATURES; i++)
		facts->feature[i] = ret ? ret : -EOPNOTSUPP;
	for (bit = 0; !ret && bit < names->len; bit++)
		for (i = 0; i < NIC_FEATURES; i++)
			if (!strncmp((char *)names->data + (size_t)bit * ETH_GSTRING_LEN,
				     nic_features[i], ETH_GSTRING_LEN))
				feature_take(get, bit, (enum nic_feature)i, facts);
	free(names);
	free(get);
}

static void flags_read(int fd, const char *ifname, struct nic_facts *facts)
{
	struct ethtool_value value = {.cmd = ETHTOOL_GPFLAGS};
	struct ethtool_gstrings *names;
	size_t i;
	int ret;

	names = ethtool_strings(fd, ifname, ETH_SS_PRIV_FLAGS);
	ret = names ? 0 : -errno;
	if (!ret)
		ret = ethtool_call(fd, ifname, &value);
	for (i = 0; !ret && i < names->len && i < NIC_FLAGS_MAX; i++)
		memcpy(facts->flag_names[i], names->data + i * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
	facts->n_flags = ret ? 0 : i;
	facts->flags = value.data;
	facts->flags_ret = ret;
	free(names);
}

static void duplex_read(int fd, const char *ifname, struct nic_facts *facts)
{
	struct ethtool_link_settings ask = {.cmd = ETHTOOL_GLINKSETTINGS};
	struct {
		struct ethtool_link_settings head;
		uint32_t masks[3 * 127];
	} s = {0};

	/* the first call says how many words the masks have, negated; linux/ethtool.h */
	facts->duplex = DUPLEX_UNKNOWN;
	facts->link_ret = ethtool_call(fd, ifname, &ask);
	if (facts->link_ret || ask.link_mode_masks_nwords >= 0)
		return;
	s.head.cmd = ETHTOOL_GLINKSETTINGS;
	s.head.link_mode_masks_nwords = (int8_t)-ask.link_mode_masks_nwords;
	facts->link_ret = ethtool_call(fd, ifname, &s);
	if (!facts->link_ret)
		facts->duplex = s.head.duplex;
}

static int push_take(const struct nlmsghdr *nlh, void *ctx)
{
	struct nic_facts *facts = ctx;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) == ETHTOOL_A_RINGS_TX_PUSH)
			facts->tx_push = mnl_attr_get_u8(attr);
		if (mnl_attr_get_type(attr) == RINGS_TX_PUSH_BUF_LEN)
			facts->tx_push_len = mnl_attr_get_u32(attr);
	}
	return MNL_CB_OK;
}

static void push_read(int ifindex, struct nic_facts *facts)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	uint16_t family;

	facts->push_ret = netlink_genl_family(ETHTOOL_GENL_NAME, &family);
	if (facts->push_ret)
		return;
	nlh = netlink_genl_request(buf, family, ETHTOOL_MSG_RINGS_GET, NLM_F_ACK);
	nest = mnl_attr_nest_start(nlh, ETHTOOL_A_RINGS_HEADER);
	mnl_attr_put_u32(nlh, ETHTOOL_A_HEADER_DEV_INDEX, (uint32_t)ifindex);
	mnl_attr_nest_end(nlh, nest);
	facts->push_ret = netlink_query(NETLINK_GENERIC, nlh, push_take, facts);
}

static void xdp_add(struct nic_facts *facts, const struct nlattr *attr, const char *mode)
{
	if (!mnl_attr_get_u32(attr) || facts->n_xdp == NIC_PROGRAMS_MAX)
		return;
	facts->xdp_ids[facts->n_xdp] = mnl_attr_get_u32(attr);
	facts->xdp_links[facts->n_xdp] = bpf_xdp_link(facts->xdp_ids[facts->n_xdp]);
	facts->xdp_modes[facts->n_xdp++] = mode;
}

static int xdp_take(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *attr, *inner;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg))
	{
		if (mnl_attr_get_type(attr) != IFLA_XDP)
			continue;
		mnl_attr_for_each_nested(inner, attr)
		{
			if (mnl_attr_get_type(inner) == IFLA_XDP_DRV_PROG_ID)
				xdp_add(ctx, inner, "native");
			if (mnl_attr_get_type(inner) == IFLA_XDP_SKB_PROG_ID)
				xdp_add(ctx, inner, "generic");
			if (mnl_attr_get_type(inner) == IFLA_XDP_HW_PROG_ID)
				xdp_add(ctx, inner, "offloaded");
		}
	}
	return MNL_CB_STOP;
}

static void xdp_read(int ifindex, struct nic_facts *facts)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = ifindex;
	facts->xdp_ret = netlink_query(NETLINK_ROUTE, nlh, xdp_take, facts);
	facts->xdp_features_ret = xdp_features(ifindex, &facts->xdp_features);
}

/* What a dump of qdiscs or filters is about. */
struct tc_look {
	struct nic_facts *facts;
	int ifindex;
	bool ingress; /* there is an ingress or clsact qdisc, which filters may hang at */
};

static int qdisc_take(const struct nlmsghdr *nlh, void *ctx)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	struct tc_look *look = ctx;
	struct nic_facts *facts = look->facts;
	const struct nlattr *attr;
	size_t i;

	if (tcm->tcm_ifindex != look->ifindex)
		return MNL_CB_OK;
	look->ingress |= tcm->tcm_parent == TC_H_INGRESS;
	mnl_attr_for_each(attr, nlh, sizeof(*tcm))
	{
		if (mnl_attr_get_type(attr) != TCA_KIND)
			continue;
		for (i = 0; i < facts->n_qdiscs; i++)
			if (!strcmp(facts->qdiscs[i], mnl_attr_get_str(attr)))
				break;
		if (i == facts->n_qdiscs && i < NIC_QDISCS_MAX)
			strncpy(facts->qdiscs[facts->n_qdiscs++], mnl_attr_get_str(attr),
				sizeof(facts->qdiscs[0]) - 1);
	}
	return MNL_CB_OK;
}

/* Each filter is one message with a handle, and one without that names its kind and priority. */
static int filter_take(const struct nlmsghdr *nlh, void *ctx)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	struct tc_look *look = ctx;

	if (nlh->nlmsg_type == RTM_NEWTFILTER && tcm->tcm_handle)
		look->facts->tc_filters++;
	return MNL_CB_OK;
}

static int tc_dump(uint16_t type, int ifindex, uint32_t parent, mnl_cb_t cb, struct tc_look *look)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct tcmsg *tcm;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	tcm = mnl_nlmsg_put_extra_header(nlh, sizeof(*tcm));
	tcm->tcm_ifindex = ifindex;
	tcm->tcm_parent = parent;
	return netlink_query(NETLINK_ROUTE, nlh, cb, look);
}

static void tc_read(int ifindex, struct nic_facts *facts)
{
	struct tc_look look = {.facts = facts, .ifindex = ifindex};
	int programs;

	facts->qdisc_ret = tc_dump(RTM_GETQDISC, ifindex, 0, qdisc_take, &look);
	facts->tc_ret = facts->qdisc_ret;
	if (look.ingress) {
		facts->tc_ret =
			tc_dump(RTM_GETTFILTER, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
				filter_take, &look);
		if (!facts->tc_ret)
			facts->tc_ret = tc_dump(RTM_GETTFILTER, ifindex,
						TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS),
						filter_take, &look);
	}
	programs = bpf_tcx_programs(ifindex);
	if (programs >= 0)
		facts->tcx_programs = (size_t)programs;
	else if (!facts->tc_ret)
		facts->tc_ret = programs;
}

static int rule_take(const struct drop_rule *rule, void *ctx)
{
	struct nic_facts *facts = ctx;

	facts->drop_rules++;
	if (rule->counted)
		facts->dropped += rule->packets;
	return 0;
}

static void firewall_read(struct nic_facts *facts)
{
	int nft = nft_rules_each(rule_take, facts), xt = xt_rules_each(rule_take, facts);

	/* a kernel without it has none */
	facts->firewall_ret = nft && nft != -EOPNOTSUPP ? nft : xt != -EOPNOTSUPP ? xt : 0;
}

void nic_facts_read(const struct device *device, struct nic_facts *facts)
{
	const char *name = device->ifname;
	int fd = ethtool_open();

	memset(facts, 0, sizeof(*facts));
	/* an fd that is none makes each of them say so */
	duplex_read(fd, name, facts);
	facts->ring_ret = ASK(fd, name, ETHTOOL_GRINGPARAM, &facts->ring);
	facts->channels_ret = ASK(fd, name, ETHTOOL_GCHANNELS, &facts->channels);
	facts->pause_ret = ASK(fd, name, ETHTOOL_GPAUSEPARAM, &facts->pause);
	facts->coalesce_ret = ASK(fd, name, ETHTOOL_GCOALESCE, &facts->coalesce);
	facts->eee_ret = ASK(fd, name, ETHTOOL_GEEE, &facts->eee);
	facts->rss_ret = ethtool_rss_table(fd, name, &facts->rss, &facts->rss_size);
	flags_read(fd, name, facts);
	features_read(fd, name, facts);
	if (fd >= 0)
		close(fd);
	push_read(device->ifindex, facts);
	xdp_read(device->ifindex, facts);
	tc_read(device->ifindex, facts);
	facts->use_ret = port_uses_find(name, &facts->uses);
	firewall_read(facts);
}

void nic_facts_free(struct nic_facts *facts)
{
	free(facts->rss);
	facts->rss = NULL;
}
