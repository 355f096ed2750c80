/* Routing netlink requests by libmnl; see rtnl.h. */
#include "rtnl.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

int rtnl_open(struct rtnl *rtnl, uint32_t groups)
{
	int ret;

	rtnl->seq = 0;
	rtnl->nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!rtnl->nl)
		return -errno;
	if (mnl_socket_bind(rtnl->nl, groups, MNL_SOCKET_AUTOPID) < 0) {
		ret = -errno;
		rtnl_close(rtnl);
		return ret;
	}
	return 0;
}

void rtnl_close(struct rtnl *rtnl)
{
	if (rtnl->nl)
		mnl_socket_close(rtnl->nl);
	rtnl->nl = NULL;
}

struct nlmsghdr *rtnl_request(void *buf, uint16_t type, uint16_t flags, size_t size, void **extra)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	*extra = mnl_nlmsg_put_extra_header(nlh, size);
	return nlh;
}

int rtnl_talk(struct rtnl *rtnl, struct nlmsghdr *nlh, mnl_cb_t cb, void *arg)
{
	unsigned int port = mnl_socket_get_portid(rtnl->nl);
	/* An answer with all attributes of a link does not fit a page (RTM_GETLINK). */
	char buf[32768];
	ssize_t n;
	int ret;

	nlh->nlmsg_seq = ++rtnl->seq;
	if (mnl_socket_sendto(rtnl->nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(rtnl->nl, buf, sizeof(buf));
		if (n < 0 && errno == EINTR) {
			ret = MNL_CB_OK;
			continue;
		}
		if (n < 0)
			return -errno;
		ret = mnl_cb_run(buf, (size_t)n, rtnl->seq, port, cb, arg);
	} while (ret > MNL_CB_STOP);
	return ret < 0 ? -errno : 0;
}

int rtnl_link_delete(struct rtnl *rtnl, const char *ifname)
{
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	void *info;

	nlh = rtnl_request(buf, RTM_DELLINK, 0, sizeof(struct ifinfomsg), &info);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, ifname);
	return rtnl_talk(rtnl, nlh, NULL, NULL);
}

int rtnl_address_add(struct rtnl *rtnl, int ifindex, uint8_t family, const void *addr, size_t size,
		     uint8_t prefix)
{
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	struct ifaddrmsg *ifa;
	void *extra;

	nlh = rtnl_request(buf, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(*ifa), &extra);
	ifa = extra;
	ifa->ifa_family = family;
	ifa->ifa_prefixlen = prefix;
	ifa->ifa_index = (uint32_t)ifindex;
	ifa->ifa_flags = family == AF_INET6 ? IFA_F_NODAD : 0;
	mnl_attr_put(nlh, IFA_LOCAL, size, addr);
	mnl_attr_put(nlh, IFA_ADDRESS, size, addr);
	return rtnl_talk(rtnl, nlh, NULL, NULL);
}

int rtnl_neighbour_add(struct rtnl *rtnl, int ifindex, uint8_t family, const void *addr,
		       size_t size, const uint8_t mac[6])
{
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	struct ndmsg *ndm;
	void *extra;

	nlh = rtnl_request(buf, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*ndm), &extra);
	ndm = extra;
	ndm->ndm_family = family;
	ndm->ndm_ifindex = ifindex;
	ndm->ndm_state = NUD_PERMANENT;
	mnl_attr_put(nlh, NDA_DST, size, addr);
	mnl_attr_put(nlh, NDA_LLADDR, 6, mac);
	return rtnl_talk(rtnl, nlh, NULL, NULL);
}
