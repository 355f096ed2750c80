/*
 * AF_XDP: knobs, the XDP program of the sink (attached by bpf_link, so that the
 * kernel detaches it with its last holder), counters. The rings are in af_xdp_queue.c.
 */
#include "af_xdp.h"

#include <linux/if_xdp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "back_ends.h"
#include "verdicts.h"
#include "xdp_sink.skel.h"

#define FIELD(member) offsetof(struct af_xdp_config, member)

static const char *const zero_copy_names[] = {"auto", "on", "off", NULL};

static const struct knob af_xdp_rows[] = {
	{.name = "ring",
	 .type = KNOB_U64,
	 .offset = FIELD(ring),
	 .min = 64,
	 .max = 65536,
	 .def = "2048",
	 .unit = "frames",
	 .help = "RX ring of a sink, TX ring of a generator; a power of two",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "fill_ring",
	 .type = KNOB_U64,
	 .offset = FIELD(fill_ring),
	 .max = 65536,
	 .def = "0",
	 .unit = "frames",
	 .help = "fill ring of a sink; a power of two; 0: twice ring, so that ring is what limits",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "frame_size",
	 .type = KNOB_U64,
	 .offset = FIELD(frame_size),
	 .min = 2048,
	 .max = 4096,
	 .def = "2048",
	 .unit = "bytes",
	 .help = "umem chunk: 2048 or 4096; a frame that does not fit with 256 bytes of headroom "
		 "takes several (kernel 6.6)",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "xdp_mode",
	 .type = KNOB_CHOICE,
	 .offset = FIELD(xdp_mode),
	 .choices = xdp_mode_names,
	 .def = "native",
	 .unit = "",
	 .help = "where a sink's XDP program runs: in the driver, or in the stack",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "zero_copy",
	 .type = KNOB_CHOICE,
	 .offset = FIELD(zero_copy),
	 .choices = zero_copy_names,
	 .def = "auto",
	 .unit = "",
	 .help = "AF_XDP without a copy: auto takes it where the driver can",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "need_wakeup",
	 .type = KNOB_BOOL,
	 .offset = FIELD(need_wakeup),
	 .def = "on",
	 .unit = "",
	 .help = "XDP_USE_NEED_WAKEUP: system calls only when the driver asks",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "busy_poll",
	 .type = KNOB_U64,
	 .offset = FIELD(busy_poll),
	 .max = 1000000,
	 .def = "0",
	 .unit = "us",
	 .help = "SO_PREFER_BUSY_POLL and SO_BUSY_POLL of each socket; 0: off",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
};

static const struct knob_set af_xdp_knobs = {
	.name = "af_xdp",
	.scope = KNOB_SCOPE_SIDE,
	.endpoint = "af_xdp",
	.rows = af_xdp_rows,
	.n = sizeof(af_xdp_rows) / sizeof(af_xdp_rows[0]),
	.config_size = sizeof(struct af_xdp_config),
};

enum {
	COUNT_OURS,
	COUNT_STALE,
	COUNT_FOREIGN,
	COUNT_NO_SOCKET,
	COUNT_RX_DROPPED, /* from here on in the order of struct xdp_statistics */
	COUNT_RX_INVALID,
	COUNT_TX_INVALID,
	COUNT_RX_RING_FULL,
	COUNT_FILL_EMPTY,
	COUNT_TX_EMPTY,
	COUNT_TX_LEFT,
	COUNTS
};

#define COUNTER(name, where, what, over, text)                                                     \
	{                                                                                          \
		.id = name, .stage = where, .kind = what, .scope = SCOPE_QUEUE,                    \
		.reader = READER_WORKER, .source = SOURCE_ENDPOINT, .locator = "", .bits = 64,     \
		.since = "", .overlaps = over, .help = text                                        \
	}

static const struct counter_def af_xdp_counters[COUNTS] = {
	[COUNT_OURS] = COUNTER("xdp.ours", "XDP program", COUNTER_IN, "",
			       "our frames seen by the XDP program, damaged ones included"),
	[COUNT_STALE] = COUNTER("xdp.stale", "XDP program", COUNTER_IN, "",
				"our frames of another trial, dropped by the XDP program"),
	[COUNT_FOREIGN] = COUNTER("xdp.foreign", "XDP program", COUNTER_IN, "",
				  "frames not ours, passed on to the stack"),
	[COUNT_NO_SOCKET] = COUNTER("xdp.no_socket", "XDP program", COUNTER_LOSS, "",
				    "our frames on a queue without AF_XDP socket, passed on"),
	[COUNT_RX_DROPPED] = COUNTER("xsk.rx_dropped", "AF_XDP socket", COUNTER_LOSS,
				     "xsk.rx_fill_ring_empty_descs",
				     "dropped: fill ring empty (copy mode), frame too large"),
	[COUNT_RX_INVALID] = COUNTER("xsk.rx_invalid_descs", "AF_XDP socket", COUNTER_EVENT, "",
				     "descriptors in the fill ring that the kernel refused"),
	[COUNT_TX_INVALID] = COUNTER("xsk.tx_invalid_descs", "generator", COUNTER_LOSS, "",
				     "descriptors in the TX ring that the kernel refused; they "
				     "complete all the same"),
	[COUNT_RX_RING_FULL] = COUNTER("xsk.rx_ring_full", "AF_XDP socket", COUNTER_LOSS, "",
				       "dropped: RX ring full"),
	[COUNT_FILL_EMPTY] = COUNTER("xsk.rx_fill_ring_empty_descs", "AF_XDP socket", COUNTER_EVENT,
				     "xsk.rx_dropped",
				     "fill ring found empty; copy mode: once a dropped frame, "
				     "zero-copy: once a batch"),
	[COUNT_TX_EMPTY] = COUNTER("xsk.tx_ring_empty_descs", "generator", COUNTER_EVENT, "",
				   "TX ring found empty: polls, no loss"),
	[COUNT_TX_LEFT] = COUNTER("xsk.tx_left", "generator", COUNTER_LOSS, "",
				  "frames in the TX ring that never completed"),
};

struct af_xdp_priv {
	struct xsk_queue *queues;
	uint32_t n;
	struct xdp_sink *skel;
	int link_fd; /* of the XDP program; closing it detaches */
};

static bool is_power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

static int check_config(const struct endpoint_setup *setup, struct error *err)
{
	const struct af_xdp_config *cfg = setup->config;
	const struct device *dev = setup->device;
	uint32_t channels = setup->rx ? dev->rx_queues : dev->tx_queues;

	if (!is_power_of_two(cfg->ring))
		return error_set(err, EX_DATAERR, -EINVAL,
				 "ring = %llu is no power of two, which AF_XDP needs",
				 (unsigned long long)cfg->ring);
	if (cfg->fill_ring && !is_power_of_two(cfg->fill_ring))
		return error_set(err, EX_DATAERR, -EINVAL,
				 "fill_ring = %llu is no power of two, which AF_XDP needs",
				 (unsigned long long)cfg->fill_ring);
	if (!is_power_of_two(cfg->frame_size))
		return error_set(err, EX_DATAERR, -EINVAL, "frame_size = %llu: 2048 or 4096",
				 (unsigned long long)cfg->frame_size);
	if (channels && setup->side->queues > channels)
		return error_set(err, EX_DATAERR, -ERANGE,
				 "queues = %llu, and %s has %u: fewer queues, or ethtool -L %s",
				 (unsigned long long)setup->side->queues, dev->ifname, channels,
				 dev->ifname);
	return 0;
}

static int attach_sink(struct endpoint *ep, struct error *err)
{
	static const struct stamp_expect nothing_yet;
	const struct af_xdp_config *cfg = ep->setup.config;
	struct af_xdp_priv *p = ep->priv;
	uint32_t q;
	int ret;

	p->skel = xdp_sink__open_and_load();
	if (!p->skel)
		return error_set(err, EX_OSERR, -errno,
				 "the kernel refuses the XDP program: %s; it needs CAP_BPF and "
				 "CAP_NET_ADMIN, and kernel 6.1 or later",
				 strerror(errno));
	ret = verdicts_expect(bpf_map__fd(p->skel->maps.config), &nothing_yet, p->n, err);
	if (ret)
		return ret;
	for (q = 0; q < p->n; q++) {
		if (bpf_map_update_elem(bpf_map__fd(p->skel->maps.sockets), &q, &p->queues[q].fd,
					BPF_ANY) < 0)
			return error_set(err, EX_OSERR, -errno,
					 "cannot add the AF_XDP socket of queue %u to its map: %s",
					 q, strerror(errno));
	}
	p->link_fd = xdp_attach(ep->setup.device, bpf_program__fd(p->skel->progs.xdp_sink),
				cfg->xdp_mode, err);
	return p->link_fd < 0 ? p->link_fd : 0;
}

static void af_xdp_close(struct endpoint *ep)
{
	struct af_xdp_priv *p = ep->priv;
	uint32_t q;

	if (!p)
		return;
	if (p->link_fd >= 0)
		close(p->link_fd);
	for (q = 0; p->queues && q < p->n; q++)
		xsk_queue_close(&p->queues[q]);
	xdp_sink__destroy(p->skel);
	free(p->queues);
	free(p);
	ep->priv = NULL;
}

static int af_xdp_open(struct endpoint *ep, struct error *err)
{
	const struct af_xdp_config *cfg = ep->setup.config;
	struct af_xdp_priv *p;
	uint32_t q;
	int ret;

	ret = check_config(&ep->setup, err);
	if (ret)
		return ret;
	p = calloc(1, sizeof(*p));
	if (p)
		p->queues = calloc(ep->setup.side->queues, sizeof(*p->queues));
	if (!p || !p->queues) {
		free(p);
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for endpoint af_xdp");
	}
	ep->priv = p;
	p->link_fd = -1;
	p->n = (uint32_t)ep->setup.side->queues;
	for (q = 0; !ret && q < p->n; q++)
		ret = xsk_queue_open(&p->queues[q], &ep->setup, q, err);
	if (!ret && ep->setup.rx)
		ret = attach_sink(ep, err);
	if (ret) {
		af_xdp_close(ep);
		return ret;
	}
	ep->mode = ep->setup.rx             ? xdp_mode_names[cfg->xdp_mode]
		   : p->queues[0].zero_copy ? "zero-copy"
					    : "copy";
	return 0;
}

static int af_xdp_expect(struct endpoint *ep, const struct stamp_expect *expect, struct error *err)
{
	struct af_xdp_priv *p = ep->priv;

	if (!p->skel)
		return 0;
	return verdicts_expect(bpf_map__fd(p->skel->maps.config), expect, p->n, err);
}

static struct xsk_queue *queue_of(struct endpoint *ep, uint32_t queue)
{
	return &((struct af_xdp_priv *)ep->priv)->queues[queue];
}

static uint32_t af_xdp_tx_reserve(struct endpoint *ep, uint32_t queue, uint8_t **frames, uint32_t n,
				  uint64_t *refused)
{
	return xsk_queue_tx_reserve(queue_of(ep, queue), frames, n, refused);
}

static uint32_t af_xdp_tx_commit(struct endpoint *ep, uint32_t queue, const uint32_t *len,
				 uint32_t n, uint64_t *refused)
{
	return xsk_queue_tx_commit(queue_of(ep, queue), len, n, refused);
}

static bool af_xdp_tx_drain(struct endpoint *ep, uint32_t queue, uint64_t *refused)
{
	return xsk_queue_tx_drain(queue_of(ep, queue), refused);
}

static uint32_t af_xdp_rx(struct endpoint *ep, uint32_t queue, const uint8_t **payload,
			  uint32_t *len, uint32_t n)
{
	return xsk_queue_rx(queue_of(ep, queue), payload, len, n);
}

static void af_xdp_rx_release(struct endpoint *ep, uint32_t queue)
{
	xsk_queue_rx_release(queue_of(ep, queue));
}

static void af_xdp_rx_wait(struct endpoint *ep, uint32_t queue, int timeout_ms)
{
	struct pollfd pfd = {.fd = queue_of(ep, queue)->fd, .events = POLLIN};

	poll(&pfd, 1, timeout_ms);
}

static void add_socket_stats(const struct xsk_queue *q, struct sample *samples)
{
	struct xdp_statistics stats;
	const __u64 *fields = (const __u64 *)&stats;
	socklen_t len = sizeof(stats);
	size_t i;

	/* Kernels before 5.9 give 24 bytes, with rx_ring_full folded into rx_dropped. */
	if (getsockopt(q->fd, SOL_XDP, XDP_STATISTICS, &stats, &len) < 0) {
		for (i = COUNT_RX_DROPPED; i <= COUNT_TX_EMPTY; i++)
			samples[i].state = SAMPLE_FAILED;
		return;
	}
	for (i = 0; i <= COUNT_TX_EMPTY - COUNT_RX_DROPPED; i++) {
		struct sample *s = &samples[COUNT_RX_DROPPED + i];

		if ((i + 1) * sizeof(*fields) > len)
			s->state = SAMPLE_UNSUPPORTED;
		else
			s->value += fields[i];
	}
}

static void af_xdp_stats(struct endpoint *ep, struct sample *samples)
{
	struct af_xdp_priv *p = ep->priv;
	size_t i;
	uint32_t q;

	if (p->skel)
		verdicts_read(bpf_map__fd(p->skel->maps.verdicts), samples, COUNT_RX_DROPPED);
	for (i = COUNT_RX_DROPPED; i < COUNTS; i++)
		samples[i].state = SAMPLE_OK;
	for (q = 0; q < p->n; q++) {
		add_socket_stats(&p->queues[q], samples);
		samples[COUNT_TX_LEFT].value +=
			atomic_load_explicit(&p->queues[q].tx_left, memory_order_relaxed);
	}
}

static void af_xdp_describe(struct endpoint *ep, json_t *effective)
{
	const struct af_xdp_config *cfg = ep->setup.config;
	struct af_xdp_priv *p = ep->priv;

	json_object_set_new(effective, "ring", json_integer((json_int_t)cfg->ring));
	json_object_set_new(effective, "frame_size", json_integer((json_int_t)cfg->frame_size));
	json_object_set_new(effective, "zero_copy",
			    json_string(p->queues[0].zero_copy ? "on" : "off"));
	json_object_set_new(effective, "need_wakeup", json_string(cfg->need_wakeup ? "on" : "off"));
	if (!ep->setup.rx)
		return;
	json_object_set_new(effective, "fill_ring",
			    json_integer((json_int_t)af_xdp_fill_ring(cfg)));
	json_object_set_new(effective, "xdp_mode", json_string(xdp_mode_names[cfg->xdp_mode]));
}

const struct endpoint_ops endpoint_af_xdp = {
	.name = "af_xdp",
	.help = "AF_XDP sockets: past the stack by the kernel's own means",
	.caps = ENDPOINT_TX | ENDPOINT_RX | ENDPOINT_NEEDS_DEVICE | ENDPOINT_ATTACHES,
	.tx_run = 1,
	.knobs = &af_xdp_knobs,
	.counters = af_xdp_counters,
	.n_counters = COUNTS,
	.foreign_counter = "xdp.foreign",
	.stale_counter = "xdp.stale",
	.open = af_xdp_open,
	.close = af_xdp_close,
	.expect = af_xdp_expect,
	.tx_reserve = af_xdp_tx_reserve,
	.tx_commit = af_xdp_tx_commit,
	.tx_drain = af_xdp_tx_drain,
	.rx = af_xdp_rx,
	.rx_release = af_xdp_rx_release,
	.rx_wait = af_xdp_rx_wait,
	.stats = af_xdp_stats,
	.describe = af_xdp_describe,
};
