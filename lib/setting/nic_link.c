/*
 * What routing netlink says and sets of a link: MTU, length of its queue, whether its user wants it
 * promiscuous. linux/if_link.h.
 */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rtnl.h"
#include "setting_nic.h"

/* A value is an attribute or, with attr 0, a flag of the header. */
struct setting_link {
	uint16_t attr, max_attr;
	unsigned int flag;
	const char *what;
};

const struct setting_link setting_link_mtu = {IFLA_MTU, IFLA_MAX_MTU, 0, "this MTU"};
const struct setting_link setting_link_txqueuelen = {IFLA_TXQLEN, 0, 0, "this length of its queue"};
/*
 * Of those who want it promiscuous the kernel keeps a count; this flag is said and shown of the
 * user alone (net/core/dev.c, dev_get_flags: gflags).
 */
const struct setting_link setting_link_promisc = {0, 0, IFF_PROMISC, "promiscuous mode"};

struct answer {
	const struct setting_link *link;
	uint32_t value, max;
};

static int link_take(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	struct answer *answer = arg;
	const struct setting_link *link = answer->link;
	const struct nlattr *attr;

	if (!link->attr)
		answer->value = (info->ifi_flags & link->flag) != 0;
	mnl_attr_for_each(attr, nlh, sizeof(*info))
	{
		uint16_t type = mnl_attr_get_type(attr);

		if (link->attr && type == link->attr)
			answer->value = mnl_attr_get_u32(attr);
		if (link->max_attr && type == link->max_attr)
			answer->max = mnl_attr_get_u32(attr);
	}
	return MNL_CB_OK;
}

/* A request of TYPE for the device, sent; its answer to CB. */
static int link_talk(const struct setting_site *site, const struct setting_link *link,
		     const uint32_t *value, struct answer *answer)
{
	char buf[RTNL_BUFFER];
	struct ifinfomsg *info;
	struct nlmsghdr *nlh;
	struct rtnl rtnl;
	void *extra;
	int ret;

	ret = rtnl_open(&rtnl, 0);
	if (ret)
		return ret;
	nlh = rtnl_request(buf, value ? RTM_SETLINK : RTM_GETLINK, 0, sizeof(*info), &extra);
	info = extra;
	info->ifi_index = (int)if_nametoindex(site->ifname);
	if (value && link->attr) {
		mnl_attr_put_u32(nlh, link->attr, *value);
	} else if (value) {
		info->ifi_flags = *value ? link->flag : 0;
		info->ifi_change = link->flag;
	}
	ret = info->ifi_index ? rtnl_talk(&rtnl, nlh, answer ? link_take : NULL, answer) : -ENODEV;
	rtnl_close(&rtnl);
	return ret;
}

SETTING_READ(setting_link_read)
{
	const struct setting_link *link = row->what;
	struct answer answer = {.link = link};
	int ret = link_talk(site, link, NULL, &answer);

	if (ret)
		return setting_refused(ret, link->what, err);
	if (link->attr)
		snprintf(value, SETTING_TEXT_MAX, "%u", answer.value);
	else
		snprintf(value, SETTING_TEXT_MAX, "%s", answer.value ? "on" : "off");
	return 0;
}

SETTING_RESOLVE(setting_link_resolve)
{
	const struct setting_link *link = row->what;
	struct answer answer = {.link = link};
	unsigned long n;
	int ret;

	if (!link->attr) {
		snprintf(value, SETTING_TEXT_MAX, "%s", asked);
		return 0;
	}
	ret = link_talk(site, link, NULL, &answer);
	if (ret)
		return setting_refused(ret, link->what, err);
	/* no maximum is known, or it is none */
	if (!answer.max)
		answer.max = UINT32_MAX;
	n = strcmp(asked, "max") ? strtoul(asked, NULL, 10) : answer.max;
	if (n > answer.max)
		return error_set(err, EX_DATAERR, -ERANGE,
				 "%s: the device's maximum is %u: give that, or max", asked,
				 answer.max);
	snprintf(value, SETTING_TEXT_MAX, "%lu", n);
	return 0;
}

SETTING_WRITE(setting_link_write)
{
	const struct setting_link *link = row->what;
	uint32_t n = link->attr ? (uint32_t)strtoul(value, NULL, 10) : !strcmp(value, "on");
	int ret = link_talk(site, link, &n, NULL);

	if (link == &setting_link_mtu && (ret == -EINVAL || ret == -ERANGE))
		return error_set(
			err, EX_UNAVAILABLE, ret,
			"the driver refuses this MTU (%s): with an XDP program a frame has to "
			"fit a page: give a smaller one",
			strerror(-ret));
	return ret ? setting_refused(ret, link->what, err) : 0;
}
