/*
 * UDP sockets: the kernel's stack. Here the knobs, the counters and the sink: a
 * SO_REUSEPORT socket a queue, recvmmsg; a BPF program at the socket look-up counts ours and
 * foreign apart and deals flows out to the sockets. The generator is in udp_generator.c.
 */
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "back_ends.h"
#include "patience.h"
#include "udp.h"
#include "udp_sink.skel.h"
#include "verdicts.h"

#ifndef SO_ATTACH_REUSEPORT_EBPF
#define SO_ATTACH_REUSEPORT_EBPF 52
#endif

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
	{.name = "segments",
	 .type = KNOB_U64,
	 .offset = FIELD(segments),
	 .min = 1,
	 .max = ENDPOINT_BURST,
	 .def = "1",
	 .unit = "frames",
	 .help = "UDP_SEGMENT of a generator: up to so many frames of a flow a send, as many as "
		 "are "
		 "due; a veth passes them on merged unless offload.uso = off, and then AF_PACKET "
		 "and generic AF_XDP sinks get none of them; 1: off",
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

enum udp_counter {
	PROG_OURS, /* these three in the order of enum verdict */
	PROG_STALE,
	PROG_FOREIGN,
	PROG_MERGED,
	PROG_MERGED_PACKETS,
	SOCKET_DROPS,
	TX_EPERM,
	REFUSED_SENDS,
	GSO_SENDS,
	GSO_SEGMENTS,
	UDP_COUNTERS
};

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
	[PROG_MERGED] = COUNTER("udp.merged", "socket look-up", COUNTER_IN, 64,
				"of our frames at the socket look-up: in packets of several "
				"(UDP_SEGMENT, not cut on its way)"),
	[PROG_MERGED_PACKETS] = COUNTER("udp.merged_packets", "socket look-up", COUNTER_IN, 64,
					"packets that held those frames"),
	[SOCKET_DROPS] = COUNTER("udp.socket_drops", "socket", COUNTER_LOSS, 64,
				 "SK_MEMINFO_DROPS of the sink's sockets: receive buffer, memory, "
				 "checksum; 32 bits in the kernel, widened here"),
	[TX_EPERM] = COUNTER("udp.tx_eperm", "generator", COUNTER_LOSS, 64,
			     "frames refused with EPERM: an output rule of the firewall"),
	[REFUSED_SENDS] = COUNTER("udp.refused_sends", "generator", COUNTER_EVENT, 64,
				  "sends refused with ENOBUFS, of one frame or several each"),
	[GSO_SENDS] =
		COUNTER("udp.gso_sends", "generator", COUNTER_OUT, 64,
			"sends of several frames in one (UDP_SEGMENT), refused ones included"),
	[GSO_SEGMENTS] =
		COUNTER("udp.gso_segments", "generator", COUNTER_OUT, 64, "frames in those sends"),
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

static int open_sink_queue(struct endpoint *ep, uint32_t queue, struct error *err)
{
	const struct udp_config *cfg = ep->setup.config;
	struct udp_priv *p = ep->priv;
	struct udp_queue *uq = &p->queues[queue];
	uint64_t fd;
	uint32_t i;

	uq->rx_fd = udp_bound_socket(&ep->setup, ep->setup.rx_ip, ep->setup.rx_port, true, err);
	if (uq->rx_fd < 0)
		return uq->rx_fd;
	if (cfg->rcvbuf &&
	    udp_set_option(uq->rx_fd, SOL_SOCKET, SO_RCVBUFFORCE, (int)(cfg->rcvbuf)) < 0)
		return error_set(err, EX_NOPERM, -errno,
				 "cannot set rcvbuf to %llu bytes: %s; it needs CAP_NET_ADMIN",
				 (unsigned long long)cfg->rcvbuf, strerror(errno));
	if (cfg->busy_poll &&
	    udp_set_option(uq->rx_fd, SOL_SOCKET, SO_BUSY_POLL, (int)cfg->busy_poll) < 0)
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

/* Of the largest frame. */
static uint32_t payload_max(const struct endpoint_setup *setup)
{
	return setup->frame_len - FRAME_ETH_LEN - (setup->vlan ? FRAME_VLAN_LEN : 0) -
	       (setup->family == FRAME_IPV6 ? FRAME_IPV6_LEN : FRAME_IPV4_LEN) - FRAME_UDP_LEN;
}

static int open_sink(struct endpoint *ep, struct error *err)
{
	static const struct stamp_expect nothing_yet;
	struct udp_priv *p = ep->priv;
	uint32_t q;
	int ret, fd;

	/*
	 * A group of sockets has one program, the last that was attached: joining somebody
	 * else's group would take his datagrams and his program away.
	 */
	fd = udp_bound_socket(&ep->setup, ep->setup.rx_ip, ep->setup.rx_port, false, err);
	if (fd < 0)
		return fd;
	close(fd);
	p->skel = udp_sink__open();
	if (p->skel)
		p->skel->rodata->payload_len = payload_max(&ep->setup);
	if (!p->skel || udp_sink__load(p->skel))
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
	if (udp_set_option(p->queues[0].rx_fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, fd) < 0)
		return error_set(err, EX_OSERR, -errno, "cannot attach the reuseport program: %s",
				 strerror(errno));
	return 0;
}

static int udp_open(struct endpoint *ep, struct error *err)
{
	struct udp_priv *p = calloc(1, sizeof(*p));
	uint32_t q;
	int ret;

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
	ret = udp_check_vlan(&ep->setup, err);
	if (!ret && ep->setup.tx)
		ret = udp_open_generator(ep, err);
	if (!ret && ep->setup.tx)
		ret = udp_segment_open(ep, err);
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

static void read_verdicts(const struct udp_priv *p, struct sample *samples)
{
	struct sample verdicts[VERDICT_COUNT] = {0};
	uint32_t i;

	verdicts_read(bpf_map__fd(p->skel->maps.verdicts), verdicts, VERDICT_COUNT);
	for (i = 0; i <= PROG_MERGED_PACKETS; i++) {
		const struct sample *from =
			&verdicts[i < PROG_MERGED ? i : VERDICT_MERGED + i - PROG_MERGED];

		samples[i].state = from->state;
		samples[i].value = from->value;
	}
}

static void udp_stats(struct endpoint *ep, struct sample *samples)
{
	struct udp_priv *p = ep->priv;
	uint32_t info[SK_MEMINFO_VARS];
	uint32_t q;

	if (p->skel)
		read_verdicts(p, samples);
	samples[SOCKET_DROPS].state = p->skel ? SAMPLE_OK : SAMPLE_UNSUPPORTED;
	for (q = TX_EPERM; p->flow_fd && q < UDP_COUNTERS; q++)
		samples[q].state = SAMPLE_OK;
	for (q = 0; q < p->n; q++) {
		struct udp_queue *uq = &p->queues[q];
		socklen_t len = sizeof(info);

		samples[TX_EPERM].value += udp_tally_read(&uq->eperm);
		samples[REFUSED_SENDS].value += udp_tally_read(&uq->refused_sends);
		samples[GSO_SENDS].value += udp_tally_read(&uq->gso_sends);
		samples[GSO_SEGMENTS].value += udp_tally_read(&uq->gso_segments);
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
	if (p->flow_fd) {
		describe_buffer(p->flow_fd[0], SO_SNDBUF, "sndbuf", effective);
		udp_segment_describe(p, ep->setup.device, effective);
	}
	describe_buffer(p->queues[0].rx_fd, SO_RCVBUF, "rcvbuf", effective);
	describe_buffer(p->queues[0].rx_fd, SO_BUSY_POLL, "busy_poll", effective);
}

const struct endpoint_ops endpoint_udp = {
	.name = "udp",
	.help = "UDP sockets: the kernel's stack",
	.caps = ENDPOINT_TX | ENDPOINT_RX | ENDPOINT_NEEDS_DEVICE | ENDPOINT_NEEDS_IP,
	.tx_run = ENDPOINT_BURST,
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
