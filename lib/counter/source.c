/* What the readers share: setting samples, one netlink request with its answer. */
#include "source.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#define ANSWER_SIZE 32768 /* NLMSG_GOODSIZE of the kernel's dumps is at most this */
#define ANSWER_SECONDS 1  /* the kernel answers at once or not at all */

void sample_set(struct sample *sample, uint64_t value)
{
	sample->value = sample->def->bits == 32 ? (uint32_t)value : value;
	sample->state = SAMPLE_OK;
}

void sample_add(struct sample *sample, uint64_t value)
{
	sample_set(sample, sample->state == SAMPLE_OK ? sample->value + value : value);
}

int source_netlink_query(int protocol, struct nlmsghdr *request, mnl_cb_t cb, void *ctx)
{
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
		ret = mnl_cb_run(buf, (size_t)len, request->nlmsg_seq, port, cb, ctx);
	} while (ret > MNL_CB_STOP);
	ret = ret < 0 ? -errno : 0;
out:
	mnl_socket_close(nl);
	return ret;
}
