/* Waiting for a link by RTNLGRP_LINK notices; see link.h. */
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

#include "clock.h"
#include "link.h"

#ifndef IFF_LOWER_UP
#define IFF_LOWER_UP (1 << 16) /* linux/if.h, which excludes net/if.h */
#endif

struct watch {
	int ifindex;
	uint32_t flags; /* last told */
	bool gone;
};

static int notice(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct watch *watch = arg;

	if ((nlh->nlmsg_type != RTM_NEWLINK && nlh->nlmsg_type != RTM_DELLINK) ||
	    ifi->ifi_index != watch->ifindex)
		return MNL_CB_OK;
	watch->flags = ifi->ifi_flags;
	watch->gone = nlh->nlmsg_type == RTM_DELLINK;
	return MNL_CB_OK;
}

/* Ask once: what was before the first notice. */
static int ask(struct mnl_socket *nl, const struct watch *watch)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = watch->ifindex;
	return mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0 ? -errno : 0;
}

/* What has come within the time left. 0, -EAGAIN when that is over, or a negative errno. */
static int take_notices(struct mnl_socket *nl, struct watch *watch, uint64_t deadline)
{
	struct pollfd p = {.fd = mnl_socket_get_fd(nl), .events = POLLIN};
	uint64_t now = clock_ns();
	char buf[32768];
	ssize_t n;

	if (now >= deadline)
		return -EAGAIN;
	if (poll(&p, 1, (int)((deadline - now) / NSEC_PER_MSEC) + 1) <= 0)
		return 0;
	n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (n < 0)
		return errno == EINTR ? 0 : errno == ENOBUFS ? ask(nl, watch) : -errno;
	return mnl_cb_run(buf, (size_t)n, 0, 0, notice, watch) < 0 ? -errno : 0;
}

int link_wait_carrier(const char *ifname, uint64_t timeout_ns, struct error *err)
{
	struct watch watch = {.ifindex = (int)if_nametoindex(ifname)};
	uint64_t deadline = clock_ns() + timeout_ns;
	struct mnl_socket *nl;
	int ret;

	nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!nl)
		return error_set(err, EX_OSERR, -errno, "%s: cannot watch its link: %s", ifname,
				 strerror(errno));
	ret = mnl_socket_bind(nl, RTMGRP_LINK, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
	if (!ret)
		ret = ask(nl, &watch);
	while (!ret && !watch.gone && !((watch.flags & IFF_UP) && (watch.flags & IFF_LOWER_UP)))
		ret = take_notices(nl, &watch, deadline);
	mnl_socket_close(nl);
	if (watch.gone || !watch.ifindex)
		return error_set(err, EX_UNAVAILABLE, -ENODEV, "interface %s is gone", ifname);
	if (ret == -EAGAIN)
		return error_set(err, EX_UNAVAILABLE, watch.flags & IFF_UP ? -EAGAIN : -ENETDOWN,
				 watch.flags & IFF_UP
					 ? "%s has no link: check the cable and the other end"
					 : "%s is down: ip link set %s up",
				 ifname, ifname);
	return ret ? error_set(err, EX_OSERR, ret, "%s: cannot watch its link: %s", ifname,
			       strerror(-ret))
		   : 0;
}
