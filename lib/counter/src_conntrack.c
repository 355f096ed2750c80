/*
 * Connection tracking of the namespace, from ctnetlink (net/netfilter/nf_conntrack_netlink.c):
 * statistics of each CPU, summed, and the number of entries with its limit. Neither answer makes
 * the namespace track anything: only rules do. Nor is a module loaded for it: without
 * connection tracking the sysctl is missing and nothing is asked.
 */
#include "source.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	uint8_t message; /* in whose answer the attribute is */
	uint16_t type;
} values[] = {
	{"found", IPCTNL_MSG_CT_GET_STATS_CPU, CTA_STATS_FOUND},
	{"invalid", IPCTNL_MSG_CT_GET_STATS_CPU, CTA_STATS_INVALID},
	{"insert", IPCTNL_MSG_CT_GET_STATS_CPU, CTA_STATS_INSERT},
	{"insert_failed", IPCTNL_MSG_CT_GET_STATS_CPU, CTA_STATS_INSERT_FAILED},
	{"drop", IPCTNL_MSG_CT_GET_STATS_CPU, CTA_STATS_DROP},
	{"early_drop", IPCTNL_MSG_CT_GET_STATS_CPU, CTA_STATS_EARLY_DROP},
	{"error", IPCTNL_MSG_CT_GET_STATS_CPU, CTA_STATS_ERROR},
	{"search_restart", IPCTNL_MSG_CT_GET_STATS_CPU, CTA_STATS_SEARCH_RESTART},
	{"clash_resolve", IPCTNL_MSG_CT_GET_STATS_CPU, CTA_STATS_CLASH_RESOLVE},
	{"chain_toolong", IPCTNL_MSG_CT_GET_STATS_CPU, CTA_STATS_CHAIN_TOOLONG},
	{"count", IPCTNL_MSG_CT_GET_STATS, CTA_STATS_GLOBAL_ENTRIES},
	{"max", IPCTNL_MSG_CT_GET_STATS, CTA_STATS_GLOBAL_MAX_ENTRIES},
};

struct answer {
	uint8_t message;
	struct sample *samples;
	size_t n;
};

static void take_value(const struct answer *answer, uint16_t type, uint32_t value)
{
	for (size_t i = 0; i < answer->n; i++) {
		struct sample *s = &answer->samples[i];

		if (!sample_is_from(s, SOURCE_CONNTRACK))
			continue;
		for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++)
			if (values[v].message == answer->message && values[v].type == type &&
			    !strcmp(values[v].name, s->def->locator))
				sample_add(s, value);
	}
}

static int take_message(const struct nlmsghdr *nlh, void *ctx)
{
	const struct answer *answer = ctx;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
			take_value(answer, mnl_attr_get_type(attr), ntohl(mnl_attr_get_u32(attr)));
	}
	return MNL_CB_OK;
}

static int query(uint8_t message, uint16_t flags, struct sample *samples, size_t n)
{
	_Alignas(struct nlmsghdr) char buf[64];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct answer answer = {message, samples, n};
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | message;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = 1;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = AF_UNSPEC;
	nfg->version = NFNETLINK_V0;
	return netlink_query(NETLINK_NETFILTER, nlh, take_message, &answer);
}

int source_conntrack_read(const struct source_target *target, struct sample *samples, size_t n)
{
	int ret;

	if (access("/proc/sys/net/netfilter/nf_conntrack_count", F_OK))
		return 0;
	ret = query(IPCTNL_MSG_CT_GET_STATS_CPU, NLM_F_DUMP, samples, n);
	if (!ret)
		ret = query(IPCTNL_MSG_CT_GET_STATS, NLM_F_ACK, samples, n);
	return ret == -EINVAL ? 0 : ret; /* a kernel without ctnetlink */
}
