/* What a driver can do with XDP frames, asked of the kernel's generic netlink family "netdev". */
#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>

#include "xdp_features.h"

/* include/uapi/linux/netdev.h, kernel 6.3; the headers of Debian 12 are older. */
#define NETDEV_FAMILY "netdev"
#define NETDEV_DEV_GET 1
#define NETDEV_DEV_IFINDEX 1
#define NETDEV_DEV_XDP_FEATURES 3

struct answer {
	uint16_t wanted; /* attribute */
	bool found;
	uint64_t value;
};

static int take_attribute(const struct nlmsghdr *nlh, void *data)
{
	struct answer *a = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) != a->wanted)
			continue;
		a->found = true;
		a->value = mnl_attr_get_payload_len(attr) == sizeof(uint16_t)
				   ? mnl_attr_get_u16(attr)
				   : mnl_attr_get_u64(attr);
	}
	return MNL_CB_OK;
}

static struct nlmsghdr *put_request(void *buf, uint16_t type, uint8_t cmd, uint32_t seq)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
	return nlh;
}

static int ask(struct mnl_socket *nl, struct nlmsghdr *nlh, uint16_t wanted, uint64_t *value)
{
	char buf[8192];
	struct answer a = {.wanted = wanted};
	uint32_t seq = nlh->nlmsg_seq;
	ssize_t n;
	int ret = MNL_CB_OK;

	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (ret > MNL_CB_STOP) {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (n < 0)
			return -errno;
		ret = mnl_cb_run(buf, (size_t)n, seq, mnl_socket_get_portid(nl), take_attribute,
				 &a);
	}
	if (ret < 0)
		return -errno;
	*value = a.value;
	return a.found ? 0 : -EOPNOTSUPP;
}

int xdp_features(int ifindex, uint64_t *features)
{
	char buf[512];
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	struct nlmsghdr *nlh;
	uint64_t family;
	int ret;

	if (!nl)
		return -errno;
	ret = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
	if (!ret) {
		nlh = put_request(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
		mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, NETDEV_FAMILY);
		ret = ask(nl, nlh, CTRL_ATTR_FAMILY_ID, &family);
	}
	if (!ret) {
		nlh = put_request(buf, (uint16_t)family, NETDEV_DEV_GET, 2);
		mnl_attr_put_u32(nlh, NETDEV_DEV_IFINDEX, (uint32_t)ifindex);
		ret = ask(nl, nlh, NETDEV_DEV_XDP_FEATURES, features);
	}
	mnl_socket_close(nl);
	return ret == -ENOENT ? -EOPNOTSUPP : ret;
}
