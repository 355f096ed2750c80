/*
 * Statistics of a device's queues, added up by the kernel: NETDEV_CMD_QSTATS_GET, since 6.10
 * (net/core/netdev-genl.c). Only drivers that fill them in answer, and only with what they know.
 */
#include "source.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>

/* include/uapi/linux/netdev.h, which may be newer than the headers of this machine. */
#define FAMILY "netdev"
#define CMD_QSTATS_GET 12 /* NETDEV_CMD_QSTATS_GET */
#define A_IFINDEX 1       /* NETDEV_A_QSTATS_IFINDEX */

static const struct {
	const char *name;
	uint16_t id; /* NETDEV_A_QSTATS_... of that name */
} values[] = {
	{"rx-packets", 8},
	{"tx-packets", 10},
	{"rx-alloc-fail", 12},
	{"rx-hw-drops", 13},
	{"rx-hw-drop-overruns", 14},
	{"rx-csum-bad", 18},
	{"rx-hw-drop-ratelimits", 23},
	{"tx-hw-drops", 24},
	{"tx-hw-drop-errors", 25},
	{"tx-hw-drop-ratelimits", 32},
	{"tx-stop", 33},
	{"tx-wake", 34},
};

struct answer {
	struct sample *samples;
	size_t n;
};

static void take_value(const struct answer *answer, uint16_t id, uint64_t value)
{
	for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
		if (values[v].id != id)
			continue;
		for (size_t i = 0; i < answer->n; i++)
			if (sample_is_from(&answer->samples[i], SOURCE_QSTATS) &&
			    !strcmp(answer->samples[i].def->locator, values[v].name))
				sample_set(&answer->samples[i], value);
	}
}

/* The kernel writes an integer of 64 bits in 32 where it fits (nla_put_uint). */
static int take_message(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		switch (mnl_attr_get_payload_len(attr)) {
		case sizeof(uint32_t):
			take_value(ctx, mnl_attr_get_type(attr), mnl_attr_get_u32(attr));
			break;
		case sizeof(uint64_t):
			take_value(ctx, mnl_attr_get_type(attr), mnl_attr_get_u64(attr));
			break;
		}
	}
	return MNL_CB_OK;
}

int source_qstats_read(const struct source_target *target, struct sample *samples, size_t n)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct answer answer = {samples, n};
	struct nlmsghdr *nlh;
	uint16_t family;
	int ret = netlink_genl_family(FAMILY, &family);

	if (ret)
		return ret == -ENOENT ? 0 : ret; /* before 6.3 */
	nlh = netlink_genl_request(buf, family, CMD_QSTATS_GET, NLM_F_DUMP);
	mnl_attr_put_u32(nlh, A_IFINDEX, (uint32_t)target->ifindex);
	ret = netlink_query(NETLINK_GENERIC, nlh, take_message, &answer);
	return ret == -EOPNOTSUPP ? 0 : ret; /* a kernel or a driver without them */
}
