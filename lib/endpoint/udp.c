/*
 * UDP sockets: the kernel's stack. Generator: a connected socket a flow, sendmmsg.
 * Sink: a SO_REUSEPORT socket a queue, recvmmsg; a BPF program at the socket
 * look-up counts ours and foreign apart and deals flows out to the sockets.
 *
 * What the stack refused is told by IP_RECVERR: sendmsg then answers ENOBUFS for a
 * packet that qdisc or driver dropped (net/ipv4/udp.c, udp_send_skb), which it
 * otherwise hides. sendmmsg swallows the errno that ended a batch: that packet was
 * tried and is not sent again.
 */
#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "back_ends.h"
#include "udp_sink.skel.h"
#include "verdicts.h"

#ifndef SO_ATTACH_REUSEPORT_EBPF
#define SO_ATTACH_REUSEPORT_EBPF 52
#endif

struct udp_config {
	uint64_t rcvbuf;    /* bytes, 0: the system's default */
	uint64_t sndbuf;    /* bytes, 0: the system's default */
	uint64_t busy_poll; /* us, 0: off */
};

#define FIELD(member) offsetof(struct udp_config, member)

static const struct knob udp_rows[] = {
	{.name = "rcvbuf",
	 .type = KNOB_BYTES,
	 .offset = FIELD(rcvbuf),
	 .max = 1ULL << 30,
	 .def = "0",
	 .unit = "bytes",
	 .help = "SO_RCVBUF of each sink socket, past rmem_max; 0: the system's default",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "sndbuf",
	 .type = KNOB_BYTES,
	 .offset = FIELD(sndbuf),
	 .max = 1ULL << 30,
	 .def = "0",
	 .unit = "bytes",
	 .help = "SO_SNDBUF of each generator socket, past wmem_max; 0: the system's default",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "busy_poll",
	 .type = KNOB_U64,
	 .offset = FIELD(busy_poll),
	 .max = 1000000,
	 .def = "0",
	 .unit = "us",
	 .help = "SO_BUSY_POLL of each sink socket; 0: off",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
};

static const struct knob_set udp_knobs = {
	.name = "udp",
	.scope = KNOB_SCOPE_SIDE,
	.endpoint = "udp",
	.rows = udp_rows,
	.n = sizeof(udp_rows) / sizeof(udp_rows[0]),
	.config_size = sizeof(struct udp_config),
};

enum udp_counter { PROG_OURS, PROG_STALE, PROG_FOREIGN, SOCKET_DROPS, TX_EPERM, UDP_COUNTERS };

#define COUNTER(name, where, what, width, text)                                                    \
	{                                                                                          \
		.id = name, .stage = where, .kind = what, .scope = SCOPE_SOCKET,                   \
		.reader = READER_WORKER, .source = SOURCE_ENDPOINT, .locator = "", .bits = width,  \
		.since = "", .overlaps = "", .help = text                                          \
	}

static const struct counter_def udp_counters[UDP_COUNTERS] = {
	[PROG_OURS] = COUNTER("udp.prog_ours", "socket look-up", COUNTER_IN, 64,
			      "our frames at the socket look-up, before the receive buffer"),
	[PROG_STALE] = COUNTER("udp.prog_stale", "socket look-up", COUNTER_IN, 64,
			       "our frames of another trial at the socket look-up"),
	[PROG_FOREIGN] = COUNTER("udp.prog_foreign", "socket look-up", COUNTER_IN, 64,
				 "foreign datagrams to our port at the socket look-up"),
	[SOCKET_DROPS] = COUNTER("udp.socket_drops", "socket", COUNTER_LOSS, 64,
				 "SK_MEMINFO_DROPS of the sink's sockets: receive buffer, memory, "
				 "checksum; 32 bits in the kernel, widened here"),
	[TX_EPERM] = COUNTER("udp.tx_eperm", "generator", COUNTER_LOSS, 64,
			     "sends refused with EPERM: an output rule of the firewall"),
};

struct udp_queue {
	/* generator */
	uint8_t *tx_buf; /* ENDPOINT_BURST frames of tx_stride bytes */
	uint32_t tx_stride;
	struct mmsghdr tx_msg[ENDPOINT_BURST];
	struct iovec tx_iov[ENDPOINT_BURST];
	_Atomic uint64_t eperm; /* read by the control thread */
	bool last_was_eperm;    /* of the refusals whose errno was told */
	/* sink */
	int rx_fd;
	uint8_t *rx_buf;
	uint32_t rx_stride;
	struct mmsghdr rx_msg[ENDPOINT_BURST];
	struct iovec rx_iov[ENDPOINT_BURST];
	uint32_t drops_seen; /* SK_MEMINFO_DROPS at the last look */
	uint64_t drops;      /* the same, 64 bits wide */
};

struct udp_priv {
	struct udp_queue *queues;
	uint32_t n;
	int *flow_fd; /* a socket a flow */
	uint32_t n_flows;
	struct udp_sink *skel;
};

static void udp_close(struct endpoint *ep)
{
	struct udp_priv *p = ep->priv;
	uint32_t i;

	if (!p)
		return;
	for (i = 0; p->queues && i < p->n; i++) {
		if (p->queues[i].rx_fd >= 0)
			close(p->queues[i].rx_fd);
		free(p->queues[i].tx_buf);
		free(p->queues[i].rx_buf);
	}
	for (i = 0; p->flow_fd && i < p->n_flows; i++)
		if (p->flow_fd[i] >= 0)
			close(p->flow_fd[i]);
	udp_sink__destroy(p->skel);
	free(p->flow_fd);
	free(p->queues);
	free(p);
	ep->priv = NULL;
}

static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

/* A datagram socket of the device, bound to ip:port. The fd, or a negative errno. */
static int bound_socket(const struct device *device, const uint8_t ip[4], uint16_t port,
			bool reuse_port, struct error *err)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return error_set(err, EX_OSERR, -errno, "cannot open a UDP socket: %s%s",
				 strerror(errno),
				 errno == EMFILE ? "; fewer flows, or ulimit -n" : "");
	memcpy(&at.sin_addr, ip, 4);
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device->ifname,
		       (socklen_t)strlen(device->ifname)) < 0 ||
	    (reuse_port && set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1) < 0) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		ret = -errno;
		error_set(err, ret == -EADDRINUSE ? EX_TEMPFAIL : EX_OSERR, ret,
			  "cannot bind UDP %u.%u.%u.%u:%u on %s: %s%s", ip[0], ip[1], ip[2], ip[3],
			  port, device->ifname, strerror(-ret),
			  ret == -EADDRINUSE
				  ? "; end the program that has it (ss -ulnp), or choose "
				    "another traffic.port"
				  : "");
		close(fd);
		return ret;
	}
	return fd;
}

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

static int open_generator(struct endpoint *ep, struct error *err)
{
	const struct udp_config *cfg = ep->setup.config;
	const struct frame_template *t = ep->setup.tx;
	struct udp_priv *p = ep->priv;
	uint32_t i, q;

	raise_file_limit(t->spec.flows + 256);
	p->flow_fd = malloc(t->spec.flows * sizeof(*p->flow_fd));
	if (!p->flow_fd)
		goto no_memory;
	memset(p->flow_fd, 0xff, t->spec.flows * sizeof(*p->flow_fd));
	p->n_flows = t->spec.flows;
	for (i = 0; i < p->n_flows; i++) {
		struct sockaddr_in to = {.sin_family = AF_INET,
					 .sin_port = htons(t->spec.dst_port)};
		int fd = bound_socket(ep->setup.device, t->spec.src_ip,
				      (uint16_t)(FRAME_PORT_BASE + i), false, err);

		if (fd < 0)
			return fd;
		p->flow_fd[i] = fd;
		memcpy(&to.sin_addr, t->spec.dst_ip, 4);
		if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
			return error_set(err, EX_OSERR, -errno,
					 "no route from %s to %u.%u.%u.%u: %s; give the device an "
					 "address of that network",
					 ep->setup.device->ifname, t->spec.dst_ip[0],
					 t->spec.dst_ip[1], t->spec.dst_ip[2], t->spec.dst_ip[3],
					 strerror(errno));
		if (set_option(fd, IPPROTO_IP, IP_RECVERR, 1) < 0 ||
		    set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO) < 0 ||
		    (cfg->sndbuf &&
		     set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, (int)(cfg->sndbuf)) < 0))
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
			uq->tx_iov[i].iov_base = frame + FRAME_HEADERS_LEN;
			uq->tx_iov[i].iov_len = t->len - FRAME_HEADERS_LEN;
			uq->tx_msg[i].msg_hdr.msg_iov = &uq->tx_iov[i];
			uq->tx_msg[i].msg_hdr.msg_iovlen = 1;
		}
	}
	return 0;
no_memory:
	return error_set(err, EX_OSERR, -ENOMEM, "no memory for %u UDP flows", t->spec.flows);
}

static int open_sink_queue(struct endpoint *ep, uint32_t queue, struct error *err)
{
	const struct udp_config *cfg = ep->setup.config;
	struct udp_priv *p = ep->priv;
	struct udp_queue *uq = &p->queues[queue];
	uint64_t fd;
	uint32_t i;

	uq->rx_fd = bound_socket(ep->setup.device, ep->setup.rx_ip, ep->setup.rx_port, true, err);
	if (uq->rx_fd < 0)
		return uq->rx_fd;
	if (cfg->rcvbuf &&
	    set_option(uq->rx_fd, SOL_SOCKET, SO_RCVBUFFORCE, (int)(cfg->rcvbuf)) < 0)
		return error_set(err, EX_NOPERM, -errno,
				 "cannot set rcvbuf to %llu bytes: %s; it needs CAP_NET_ADMIN",
				 (unsigned long long)cfg->rcvbuf, strerror(errno));
	if (cfg->busy_poll &&
	    set_option(uq->rx_fd, SOL_SOCKET, SO_BUSY_POLL, (int)cfg->busy_poll) < 0)
		return error_set(err, EX_UNAVAILABLE, -errno,
				 "cannot set busy_poll: %s; leave it at 0", strerror(errno));
	fd = (uint64_t)uq->rx_fd;
	if (bpf_map_update_elem(bpf_map__fd(p->skel->maps.sockets), &queue, &fd, BPF_ANY) < 0)
		return error_set(err, EX_OSERR, -errno,
				 "cannot add a socket to the reuseport program: %s",
				 strerror(errno));
	uq->rx_stride = (ep->setup.frame_len + 63) & ~63u;
	uq->rx_buf = aligned_alloc(64, (size_t)uq->rx_stride * ENDPOINT_BURST);
	if (!uq->rx_buf)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for receive buffers");
	for (i = 0; i < ENDPOINT_BURST; i++) {
		uq->rx_iov[i].iov_base = uq->rx_buf + (size_t)i * uq->rx_stride;
		uq->rx_iov[i].iov_len = uq->rx_stride;
		uq->rx_msg[i].msg_hdr.msg_iov = &uq->rx_iov[i];
		uq->rx_msg[i].msg_hdr.msg_iovlen = 1;
	}
	return 0;
}

static int open_sink(struct endpoint *ep, struct error *err)
{
	static const struct stamp_expect nothing_yet;
	struct udp_priv *p = ep->priv;
	uint32_t q;
	int ret, fd;

	p->skel = udp_sink__open_and_load();
	if (!p->skel)
		return error_set(err, EX_OSERR, -errno,
				 "the kernel refuses the BPF program of the UDP sink: %s; it needs "
				 "CAP_BPF and CAP_NET_ADMIN, and kernel 6.1 or later",
				 strerror(errno));
	ret = verdicts_expect(bpf_map__fd(p->skel->maps.config), &nothing_yet, p->n, err);
	for (q = 0; !ret && q < p->n; q++)
		ret = open_sink_queue(ep, q, err);
	if (ret)
		return ret;
	fd = bpf_program__fd(p->skel->progs.udp_sink);
	if (set_option(p->queues[0].rx_fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, fd) < 0)
		return error_set(err, EX_OSERR, -errno, "cannot attach the reuseport program: %s",
				 strerror(errno));
	return 0;
}

static int udp_open(struct endpoint *ep, struct error *err)
{
	struct udp_priv *p = calloc(1, sizeof(*p));
	uint32_t q;
	int ret = 0;

	if (p)
		p->queues = calloc(ep->setup.side->queues, sizeof(*p->queues));
	if (!p || !p->queues) {
		free(p);
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for endpoint udp");
	}
	ep->priv = p;
	p->n = (uint32_t)ep->setup.side->queues;
	for (q = 0; q < p->n; q++)
		p->queues[q].rx_fd = -1;
	if (ep->setup.tx)
		ret = open_generator(ep, err);
	if (!ret && ep->setup.rx)
		ret = open_sink(ep, err);
	if (ret)
		udp_close(ep);
	return ret;
}

static int udp_expect(struct endpoint *ep, const struct stamp_expect *expect, struct error *err)
{
	struct udp_priv *p = ep->priv;

	if (!p->skel)
		return 0;
	return verdicts_expect(bpf_map__fd(p->skel->maps.config), expect, p->n, err);
}

static uint32_t udp_tx_reserve(struct endpoint *ep, uint32_t queue, uint8_t **frames, uint32_t n,
			       uint64_t *refused)
{
	struct udp_queue *q = &((struct udp_priv *)ep->priv)->queues[queue];
	uint32_t i;

	n = n < ENDPOINT_BURST ? n : ENDPOINT_BURST;
	for (i = 0; i < n; i++)
		frames[i] = q->tx_buf + (size_t)i * q->tx_stride;
	return n;
}

static uint16_t frame_port(const struct udp_queue *q, uint32_t i)
{
	return STAMP_LOAD(uint16_t,
			  q->tx_buf + (size_t)i * q->tx_stride + FRAME_ETH_LEN + FRAME_IPV4_LEN);
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

static void book_refusal(struct udp_queue *q, bool eperm, uint64_t *refused)
{
	if (eperm)
		atomic_store_explicit(&q->eperm,
				      atomic_load_explicit(&q->eperm, memory_order_relaxed) + 1,
				      memory_order_relaxed);
	else
		(*refused)++;
}

/*
 * Send frames first .. end - 1, all of one flow. Returns how many were tried from
 * the front; fewer only when an ICMP error of an earlier one stood in the way.
 */
static uint32_t send_run(struct udp_queue *q, int fd, uint32_t first, uint32_t end,
			 uint64_t *refused)
{
	uint32_t i = first;

	while (i < end) {
		int n = sendmmsg(fd, &q->tx_msg[i], end - i, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0)
			i += (uint32_t)n;
		if (i == end)
			break;
		if (n < 0 && errno != ENOBUFS && errno != EPERM) {
			take_icmp_error(fd); /* ECONNREFUSED and its kin: not tried */
			break;
		}
		if (n > 0 && take_icmp_error(fd))
			break;
		if (n < 0)
			q->last_was_eperm = errno == EPERM;
		book_refusal(q, q->last_was_eperm, refused);
		i++;
	}
	return i - first;
}

static uint32_t udp_tx_commit(struct endpoint *ep, uint32_t queue, uint32_t n, uint64_t *refused)
{
	struct udp_priv *p = ep->priv;
	struct udp_queue *q = &p->queues[queue];
	uint32_t i = 0, end, sent;

	while (i < n) {
		uint16_t port = frame_port(q, i);

		for (end = i + 1; end < n && frame_port(q, end) == port; end++)
			;
		sent = send_run(q, p->flow_fd[ntohs(port) - FRAME_PORT_BASE], i, end, refused);
		i += sent;
		if (i < end)
			break;
	}
	return i;
}

static uint32_t udp_rx(struct endpoint *ep, uint32_t queue, const uint8_t **payload, uint32_t *len,
		       uint32_t n)
{
	struct udp_queue *q = &((struct udp_priv *)ep->priv)->queues[queue];
	int got = recvmmsg(q->rx_fd, q->rx_msg, n < ENDPOINT_BURST ? n : ENDPOINT_BURST,
			   MSG_DONTWAIT, NULL);
	int i;

	for (i = 0; i < got; i++) {
		payload[i] = q->rx_iov[i].iov_base;
		len[i] = q->rx_msg[i].msg_hdr.msg_flags & MSG_TRUNC ? 0 : q->rx_msg[i].msg_len;
	}
	return got > 0 ? (uint32_t)got : 0;
}

static void udp_rx_release(struct endpoint *ep, uint32_t queue)
{
}

static void udp_rx_wait(struct endpoint *ep, uint32_t queue, int timeout_ms)
{
	struct udp_queue *q = &((struct udp_priv *)ep->priv)->queues[queue];
	struct pollfd pfd = {.fd = q->rx_fd, .events = POLLIN};

	poll(&pfd, 1, timeout_ms);
}

static void udp_stats(struct endpoint *ep, struct sample *samples)
{
	struct udp_priv *p = ep->priv;
	uint32_t info[SK_MEMINFO_VARS];
	uint32_t q;

	if (p->skel)
		verdicts_read(bpf_map__fd(p->skel->maps.verdicts), samples, 3);
	samples[SOCKET_DROPS].state = p->skel ? SAMPLE_OK : SAMPLE_UNSUPPORTED;
	samples[TX_EPERM].state = p->flow_fd ? SAMPLE_OK : SAMPLE_UNSUPPORTED;
	for (q = 0; q < p->n; q++) {
		struct udp_queue *uq = &p->queues[q];
		socklen_t len = sizeof(info);

		samples[TX_EPERM].value += atomic_load_explicit(&uq->eperm, memory_order_relaxed);
		if (uq->rx_fd < 0)
			continue;
		if (getsockopt(uq->rx_fd, SOL_SOCKET, SO_MEMINFO, info, &len) < 0 ||
		    len < sizeof(info)) {
			samples[SOCKET_DROPS].state = SAMPLE_FAILED;
			continue;
		}
		uq->drops += info[SK_MEMINFO_DROPS] - uq->drops_seen;
		uq->drops_seen = info[SK_MEMINFO_DROPS];
		samples[SOCKET_DROPS].value += uq->drops;
	}
}

static void describe_buffer(int fd, int option, const char *name, json_t *effective)
{
	int bytes;
	socklen_t len = sizeof(bytes);

	if (fd >= 0 && !getsockopt(fd, SOL_SOCKET, option, &bytes, &len))
		json_object_set_new(effective, name, json_integer(bytes));
}

static void udp_describe(struct endpoint *ep, json_t *effective)
{
	struct udp_priv *p = ep->priv;

	/* as the kernel says: twice what was asked for, bookkeeping included (socket(7)) */
	if (p->flow_fd)
		describe_buffer(p->flow_fd[0], SO_SNDBUF, "sndbuf", effective);
	describe_buffer(p->queues[0].rx_fd, SO_RCVBUF, "rcvbuf", effective);
	describe_buffer(p->queues[0].rx_fd, SO_BUSY_POLL, "busy_poll", effective);
}

const struct endpoint_ops endpoint_udp = {
	.name = "udp",
	.help = "UDP sockets: the kernel's stack",
	.caps = ENDPOINT_TX | ENDPOINT_RX | ENDPOINT_NEEDS_DEVICE | ENDPOINT_NEEDS_IP,
	.tx_run = 32,
	.knobs = &udp_knobs,
	.counters = udp_counters,
	.n_counters = UDP_COUNTERS,
	.foreign_counter = "udp.prog_foreign",
	.stale_counter = "udp.prog_stale",
	.open = udp_open,
	.close = udp_close,
	.expect = udp_expect,
	.tx_reserve = udp_tx_reserve,
	.tx_commit = udp_tx_commit,
	.rx = udp_rx,
	.rx_release = udp_rx_release,
	.rx_wait = udp_rx_wait,
	.stats = udp_stats,
	.describe = udp_describe,
};
