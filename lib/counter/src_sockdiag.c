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

static int query(uint8_t family, struct answer *answer)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2 *request;

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = 1;
	request = mnl_nlmsg_put_extra_header(nlh, sizeof(*request));
	request->sdiag_family = family;
	request->sdiag_protocol = IPPROTO_UDP;
	request->idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1);
	request->idiag_states = UINT32_MAX;
	return netlink_query(NETLINK_SOCK_DIAG, nlh, take_socket, answer);
}

int source_sockdiag_read(const struct source_target *target, struct sample *samples, size_t n)
{
	struct answer answer = {0};
	int ret = query(AF_INET, &answer);

	if (!ret)
		ret = query(AF_INET6, &answer);
	if (ret == -ENOENT || ret == -EPROTONOSUPPORT)
		return 0; /* a kernel without it */
	for (size_t i = 0; !ret && i < n; i++)
		if (sample_is_from(&samples[i], SOURCE_SOCKDIAG))
			sample_set(&samples[i], strcmp(samples[i].def->locator, "drops")
							? answer.sockets
							: answer.drops);
	return ret;
}
