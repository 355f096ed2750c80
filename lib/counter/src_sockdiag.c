/*
 * UDP sockets of the namespace and what was dropped at them: sock_diag(7), INET_DIAG_SKMEMINFO.
 * Both are levels: with a socket that is closed its drops are gone from the sum.
 */
#include "source.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>

struct answer {
	uint64_t sockets, drops;
};

static int take_socket(const struct nlmsghdr *nlh, void *ctx)
{
	struct answer *answer = ctx;
	const struct nlattr *attr;

	answer->sockets++;
	mnl_attr_for_each(attr, nlh, sizeof(struct inet_diag_msg))
	{
		uint32_t drops;

		if (mnl_attr_get_type(attr) != INET_DIAG_SKMEMINFO ||
		    mnl_attr_get_payload_len(attr) < (SK_MEMINFO_DROPS + 1) * sizeof(drops))
			continue;
		memcpy(&drops,
		       (const char *)mnl_attr_get_payload(attr) + SK_MEMINFO_DROPS * sizeof(drops),
		       sizeof(drops));
		answer->drops += drops;
	}
	return MNL_CB_OK;
}

int source_sockdiag_read(const struct source_target *target, struct sample *samples, size_t n)
{
	struct answer answer = {0};
	int ret = netlink_sockets(AF_INET, IPPROTO_UDP, UINT32_MAX, true, take_socket, &answer);

	if (!ret)
		ret = netlink_sockets(AF_INET6, IPPROTO_UDP, UINT32_MAX, true, take_socket,
				      &answer);
	if (ret == -ENOENT || ret == -EPROTONOSUPPORT)
		return 0; /* a kernel without it */
	for (size_t i = 0; !ret && i < n; i++)
		if (sample_is_from(&samples[i], SOURCE_SOCKDIAG))
			sample_set(&samples[i], strcmp(samples[i].def->locator, "drops")
							? answer.sockets
							: answer.drops);
	return ret;
}
