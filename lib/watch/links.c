/* One RTM_GETLINK dump a look, so that interfaces that come and go are seen; see links.h. */
#include "links.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "netlink.h"

static int take_link(const struct nlmsghdr *nlh, void *ctx)
{
	const struct ifinfomsg *ifm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	struct watch_ifs *ifs = ctx;
	struct watch_if *one;

	if (ifs->n == ifs->room) {
		size_t room = ifs->room ? 2 * ifs->room : 16;
		struct watch_if *more = realloc(ifs->list, room * sizeof(*more));

		if (!more) {
			errno = ENOMEM;
			return MNL_CB_ERROR;
		}
		ifs->list = more;
		ifs->room = room;
	}
	one = &ifs->list[ifs->n++];
	*one = (struct watch_if){.ifindex = ifm->ifi_index,
				 .up = ifm->ifi_flags & IFF_UP,
				 .carrier = ifm->ifi_flags & IFF_LOWER_UP};
	mnl_attr_for_each(attr, nlh, sizeof(*ifm)) if (mnl_attr_get_type(attr) == IFLA_IFNAME)
		snprintf(one->ifname, sizeof(one->ifname), "%s", mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

int watch_ifs_read(struct watch_ifs *ifs)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	int ret;

	ifs->n = 0;
	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = 1;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	ret = netlink_query(NETLINK_ROUTE, nlh, take_link, ifs);
	return ret == -EINTR ? 0 : ret; /* one came or went meanwhile: the next look sees it */
}

const struct watch_if *watch_ifs_find(const struct watch_ifs *ifs, int ifindex)
{
	for (size_t i = 0; i < ifs->n; i++)
		if (ifs->list[i].ifindex == ifindex)
			return &ifs->list[i];
	return NULL;
}
