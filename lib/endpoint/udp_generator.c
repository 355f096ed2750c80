/*
 * The generator over UDP sockets: a connected socket a flow, sendmmsg.
 *
 * What the stack refused is told by IP_RECVERR: sendmsg then answers ENOBUFS for a
 * packet that qdisc or driver dropped (net/ipv4/udp.c, udp_send_skb), which it
 * otherwise hides. sendmmsg swallows the errno that ended a batch: that packet was
 * tried and is not sent again. A send of several frames (UDP_SEGMENT) is refused as one: all its
 * frames are lost, unless the kernel cut it and gave the frames to a device without a queue one by
 * one. Then the errno is that of the last frame (dev_hard_start_xmit), and of the others only the
 * device's counter tells.
 */
#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "udp.h"

/* Sockets of all flows may pass the soft limit of open files. */
static void raise_file_limit(uint32_t wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted;
	if (limit.rlim_max < wanted)
		limit.rlim_max = wanted;
	setrlimit(RLIMIT_NOFILE, &limit); /* a refusal shows as EMFILE, with its remedy */
}

/* Be told of every refusal, and fragment nothing. */
static int hear_errors(int fd, uint32_t family)
{
	bool six = family == FRAME_IPV6;
	int level = six ? IPPROTO_IPV6 : IPPROTO_IP;
	int ret = udp_set_option(fd, level, six ? IPV6_RECVERR : IP_RECVERR, 1);

	if (ret)
		return ret;
	return six ? udp_set_option(fd, level, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO)
		   : udp_set_option(fd, level, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
}

int udp_open_generator(struct endpoint *ep, struct error *err)
{
	const struct udp_config *cfg = ep->setup.config;
	const struct frame_template *t = ep->setup.tx;
	struct udp_priv *p = ep->priv;
	char text[INET6_ADDRSTRLEN];
	union udp_address to;
	socklen_t to_len = udp_address(&to, ep->setup.family, t->spec.dst_ip, t->spec.dst_port);
	uint32_t i, q;

	raise_file_limit(t->spec.flows + 256);
	p->flow_fd = malloc(t->spec.flows * sizeof(*p->flow_fd));
	if (!p->flow_fd)
		goto no_memory;
	memset(p->flow_fd, 0xff, t->spec.flows * sizeof(*p->flow_fd));
	p->n_flows = t->spec.flows;
	for (i = 0; i < p->n_flows; i++) {
		int fd = udp_bound_socket(&ep->setup, t->spec.src_ip,
					  (uint16_t)(FRAME_PORT_BASE + i), false, err);

		if (fd < 0)
			return fd;
		p->flow_fd[i] = fd;
		if (connect(fd, &to.any, to_len) < 0)
			return error_set(
				err, EX_OSERR, -errno,
				"no route from %s to %s: %s; give the device an address of "
				"that network",
				ep->setup.device->ifname,
				udp_ip_text(text, ep->setup.family, t->spec.dst_ip),
				strerror(errno));
		if (hear_errors(fd, ep->setup.family) < 0 ||
		    (cfg->sndbuf &&
		     udp_set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, (int)(cfg->sndbuf)) < 0))
			return error_set(err, EX_OSERR, -errno, "cannot set up a UDP socket: %s",
					 strerror(errno));
	}
	for (q = 0; q < p->n; q++) {
		struct udp_queue *uq = &p->queues[q];

		uq->tx_stride = (t->len + 63) & ~63u;
		uq->tx_buf = aligned_alloc(64, (size_t)uq->tx_stride * ENDPOINT_BURST);
		if (!uq->tx_buf)
			goto no_memory;
		for (i = 0; i < ENDPOINT_BURST; i++) {
			uint8_t *frame = uq->tx_buf + (size_t)i * uq->tx_stride;

			memcpy(frame, t->bytes, t->len);
			uq->tx_iov[i].iov_base = frame + t->headers_len;
			uq->tx_iov[i].iov_len = t->len - t->headers_len;
			uq->tx_msg[i].msg_hdr.msg_iov = &uq->tx_iov[i];
			uq->tx_msg[i].msg_hdr.msg_iovlen = 1;
		}
	}
	return 0;
no_memory:
	return error_set(err, EX_OSERR, -ENOMEM, "no memory for %u UDP flows", t->spec.flows);
}

uint32_t udp_tx_reserve(struct endpoint *ep, uint32_t queue, uint8_t **frames, uint32_t n,
			uint64_t *refused)
{
	struct udp_queue *q = &((struct udp_priv *)ep->priv)->queues[queue];
	uint32_t i;

	n = n < ENDPOINT_BURST ? n : ENDPOINT_BURST;
	for (i = 0; i < n; i++)
		frames[i] = q->tx_buf + (size_t)i * q->tx_stride;
	return n;
}

static uint16_t frame_port(const struct udp_queue *q, const struct frame_template *t, uint32_t i)
{
	return STAMP_LOAD(uint16_t, q->tx_buf + (size_t)i * q->tx_stride + t->udp_off);
}

/* Take an ICMP error off the socket; true if there was one: the packet was not tried. */
static bool take_icmp_error(int fd)
{
	char control[256], data[64];
	struct iovec iov = {.iov_base = data, .iov_len = sizeof(data)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};

	return recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0;
}

/* A send of FRAMES was refused. */
static void book_refusal(const struct udp_priv *p, struct udp_queue *q, bool eperm, uint32_t frames,
			 uint64_t *refused)
{
	if (eperm) {
		udp_tally_add(&q->eperm, frames);
		return;
	}
	udp_tally_add(&q->refused_sends, 1);
	*refused += p->last_only ? 1 : frames;
}

/*
 * Put frames first .. end - 1 into messages of up to p->segments frames, from message FIRST on.
 * Returns the message behind the last. Of one frame each they are laid out already.
 */
static uint32_t make_sends(const struct udp_priv *p, struct udp_queue *q, uint32_t first,
			   uint32_t end)
{
	uint32_t i, m = first;

	if (p->segments == 1)
		return end;
	for (i = first; i < end; i += p->segments, m++) {
		uint32_t n = end - i < p->segments ? end - i : p->segments;

		q->tx_msg[m].msg_hdr.msg_iov = &q->tx_iov[i];
		q->tx_msg[m].msg_hdr.msg_iovlen = n;
	}
	return m;
}

/* Message M is no longer ours: how many frames that are. */
static uint32_t tried(struct udp_queue *q, uint32_t m)
{
	uint32_t frames = (uint32_t)q->tx_msg[m].msg_hdr.msg_iovlen;

	if (frames > 1) {
		udp_tally_add(&q->gso_sends, 1);
		udp_tally_add(&q->gso_segments, frames);
	}
	return frames;
}

/*
 * Send messages m .. end - 1, all of one flow. Returns how many frames were tried from
 * the front; fewer only when an ICMP error of an earlier one stood in the way.
 */
static uint32_t send_run(const struct udp_priv *p, struct udp_queue *q, int fd, uint32_t m,
			 uint32_t end, uint64_t *refused)
{
	uint32_t frames = 0;

	while (m < end) {
		int n = sendmmsg(fd, &q->tx_msg[m], end - m, 0), i;

		if (n < 0 && errno == EINTR)
			continue;
		for (i = 0; i < n; i++)
			frames += tried(q, m++);
		if (m == end)
			break;
		if (n < 0 && errno != ENOBUFS && errno != EPERM) {
			take_icmp_error(fd); /* ECONNREFUSED and its kin: not tried */
			break;
		}
		if (n > 0 && take_icmp_error(fd))
			break;
		if (n < 0)
			q->last_was_eperm = errno == EPERM;
		book_refusal(p, q, q->last_was_eperm, (uint32_t)q->tx_msg[m].msg_hdr.msg_iovlen,
			     refused);
		frames += tried(q, m++);
	}
	return frames;
}

uint32_t udp_tx_commit(struct endpoint *ep, uint32_t queue, const uint32_t *len, uint32_t n,
		       uint64_t *refused)
{
	const struct frame_template *t = ep->setup.tx;
	struct udp_priv *p = ep->priv;
	struct udp_queue *q = &p->queues[queue];
	uint32_t i = 0, end, sent;

	for (end = 0; len && end < n; end++)
		q->tx_iov[end].iov_len = len[end] - t->headers_len;
	while (i < n) {
		uint16_t port = frame_port(q, t, i);

		for (end = i + 1; end < n && frame_port(q, t, end) == port; end++)
			;
		sent = send_run(p, q, p->flow_fd[ntohs(port) - FRAME_PORT_BASE], i,
				make_sends(p, q, i, end), refused);
		i += sent;
		if (i < end)
			break;
	}
	return i;
}
