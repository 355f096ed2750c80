/* One netlink request with its answer; see netlink.h. */
#include "netlink.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define ANSWER_SIZE 32768 /* NLMSG_GOODSIZE of the kernel's dumps is at most this */
#define ANSWER_SECONDS 1  /* the kernel answers at once or not at all */

/* A dump that cannot be begun says why at its end (net/netlink/af_netlink.c, netlink_dump_done). */
static int take_done(const struct nlmsghdr *nlh, void *ctx)
{
	int why = 0;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(why))
		memcpy(&why, mnl_nlmsg_get_payload(nlh), sizeof(why));
	if (why >= 0)
		return MNL_CB_STOP;
	errno = -why;
	return MNL_CB_ERROR;
}

/* An errno, or 0 for an acknowledgement. */
static int take_error(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlmsgerr *answer = mnl_nlmsg_get_payload(nlh);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*answer)) {
		errno = EBADMSG;
		return MNL_CB_ERROR;
	}
	errno = -answer->error;
	return answer->error ? MNL_CB_ERROR : MNL_CB_STOP;
}

int netlink_query(int protocol, struct nlmsghdr *request, mnl_cb_t cb, void *ctx)
{
	mnl_cb_t control[] = {[NLMSG_ERROR] = take_error, [NLMSG_DONE] = take_done};
	static const struct timeval patience = {.tv_sec = ANSWER_SECONDS};
	_Alignas(struct nlmsghdr) char buf[ANSWER_SIZE];
	struct mnl_socket *nl;
	unsigned int port;
	int ret;

	nl = mnl_socket_open2(protocol, SOCK_CLOEXEC);
	if (!nl)
		return -errno;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) < 0 ||
	    mnl_socket_sendto(nl, request, request->nlmsg_len) < 0) {
		ret = -errno;
		goto out;
	}
	port = mnl_socket_get_portid(nl);
	do {
		ssize_t len = mnl_socket_recvfrom(nl, buf, sizeof(buf));

		if (len < 0) {
			ret = -errno;
			goto out;
		}
		ret = mnl_cb_run2(buf, (size_t)len, request->nlmsg_seq, port, cb, ctx, control,
				  sizeof(control) / sizeof(control[0]));
	} while (ret > MNL_CB_STOP);
	ret = ret < 0 ? -errno : 0;
out:
	mnl_socket_close(nl);
	return ret;
}

static int take_family(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			*(uint16_t *)ctx = mnl_attr_get_u16(attr);
	}
	return MNL_CB_STOP;
}

struct nlmsghdr *netlink_genl_request(char *buf, uint16_t family, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = 1;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
	return nlh;
}

int netlink_sockets(uint8_t family, uint8_t protocol, uint32_t states, bool memory, mnl_cb_t cb,
		    void *ctx)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2 *request;

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = 1;
	request = mnl_nlmsg_put_extra_header(nlh, sizeof(*request));
	request->sdiag_family = family;
	request->sdiag_protocol = protocol;
	request->idiag_ext = memory ? 1 << (INET_DIAG_SKMEMINFO - 1) : 0;
	request->idiag_states = states;
	return netlink_query(NETLINK_SOCK_DIAG, nlh, cb, ctx);
}

int netlink_genl_family(const char *name, uint16_t *family)
{
	_Alignas(struct nlmsghdr) char buf[128];
	struct nlmsghdr *nlh = netlink_genl_request(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	int ret;

	*family = 0;
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, name);
	ret = netlink_query(NETLINK_GENERIC, nlh, take_family, family);
	return ret ? ret : *family ? 0 : -ENOENT;
}
