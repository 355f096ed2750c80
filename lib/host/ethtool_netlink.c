/* ethtool by generic netlink; see ethtool_netlink.h. */
#include "ethtool_netlink.h"

#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <string.h>
#include <sys/socket.h>

static struct nlmsghdr *request(char *buf, uint16_t family, uint8_t cmd, uint8_t version)
{
	struct genlmsghdr *genl;
	struct nlmsghdr *nlh;
	void *extra;

	nlh = rtnl_request(buf, family, 0, sizeof(*genl), &extra);
	genl = extra;
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

static int family_take(const struct nlmsghdr *nlh, void *arg)
{
	uint16_t *family = arg;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			*family = mnl_attr_get_u16(attr);
	}
	return MNL_CB_OK;
}

static int family_find(struct ethtool_netlink *e)
{
	struct nlmsghdr *nlh = request(e->buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	int ret;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, ETHTOOL_GENL_NAME);
	ret = rtnl_talk(&e->socket, nlh, family_take, &e->family);
	return !ret && !e->family ? -ENOENT : ret;
}

int ethtool_netlink_open(struct ethtool_netlink *e, uint8_t cmd, const char *ifname)
{
	struct nlattr *header;
	int ret;

	memset(e, 0, sizeof(*e));
	e->socket.nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!e->socket.nl || mnl_socket_bind(e->socket.nl, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	ret = family_find(e);
	if (ret)
		return ret;
	e->nlh = request(e->buf, e->family, cmd, ETHTOOL_GENL_VERSION);
	header = mnl_attr_nest_start(e->nlh, ETHTOOL_A_COALESCE_HEADER);
	mnl_attr_put_strz(e->nlh, ETHTOOL_A_HEADER_DEV_NAME, ifname);
	mnl_attr_nest_end(e->nlh, header);
	return 0;
}

void ethtool_netlink_close(struct ethtool_netlink *e)
{
	rtnl_close(&e->socket);
}

int ethtool_netlink_talk(struct ethtool_netlink *e, mnl_cb_t cb, void *arg)
{
	return rtnl_talk(&e->socket, e->nlh, cb, arg);
}
