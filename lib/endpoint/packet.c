/*
 * AF_PACKET: knobs, counters and the table of the back end. A packet socket sends below the
 * stack and taps above the driver; rings of both directions are in packet_tx.c and
 * packet_rx.c, what becomes of tapped frames in packet_stack.c.
 */
#include "packet.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "back_ends.h"
#include "packet_sink.skel.h"
#include "verdicts.h"

#define FIELD(member) offsetof(struct packet_config, member)

static const char *const version_names[] = {"v2", "v3", NULL};

static const struct knob packet_rows[] = {
	{.name = "ring",
	 .type = KNOB_U64,
	 .offset = FIELD(ring),
	 .min = 64,
	 .max = 65536,
	 .def = "2048",
	 .unit = "frames",
	 .help = "RX ring of a sink, TX ring of a generator, a socket each; a power of two",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "version",
	 .type = KNOB_CHOICE,
	 .offset = FIELD(version),
	 .choices = version_names,
	 .def = "v2",
	 .unit = "",
	 .help = "RX ring of a sink: v2 has slots for ring frames; v3 has blocks with room for "
		 "ring frames of the largest size, handed over when full, and as they are after "
		 "8 ms",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "stack",
	 .type = KNOB_CHOICE,
	 .offset = FIELD(stack),
	 .choices = packet_stack_names,
	 .def = "auto",
	 .unit = "",
	 .help = "our frames behind a sink's tap: stop (BPF at tcx, kernel 6.6), deaf (a UDP "
		 "socket "
		 "that drops all), pass (the stack may answer by ICMP); auto: stop, else deaf",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "qdisc_bypass",
	 .type = KNOB_BOOL,
	 .offset = FIELD(qdisc_bypass),
	 .def = "off",
	 .unit = "",
	 .help = "PACKET_QDISC_BYPASS of a generator: on to the driver at once, on TX queue CPU "
		 "modulo queues (or XPS); off: XPS or flow hash choose the queue",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
};

static const struct knob_set packet_knobs = {
	.name = "packet",
	.scope = KNOB_SCOPE_SIDE,
	.endpoint = "packet",
	.rows = packet_rows,
	.n = sizeof(packet_rows) / sizeof(packet_rows[0]),
	.config_size = sizeof(struct packet_config),
};

enum packet_counter {
	TAP_OURS, /* these three in the order of enum verdict */
	TAP_STALE,
	TAP_FOREIGN,
	TAP_MERGED,
	TAP_MERGED_PACKETS,
	TP_PACKETS,
	TP_DROPS,
	TP_FREEZES,
	TX_LEFT,
	TX_RETRIES,
	COUNTS
};

#define FIELDS(name, where, what, over, text)                                                      \
	.id = name, .stage = where, .kind = what, .scope = SCOPE_SOCKET, .reader = READER_WORKER,  \
	.source = SOURCE_ENDPOINT, .locator = "", .bits = 64, .since = "", .overlaps = over,       \
	.help = text
#define COUNTER(...)                                                                               \
	{                                                                                          \
		FIELDS(__VA_ARGS__)                                                                \
	}
/* PACKET_STATISTICS: reading sets it to 0 (packet(7)). */
#define CLEARS(...)                                                                                \
	{                                                                                          \
		FIELDS(__VA_ARGS__), .clears = true                                                \
	}

static const struct counter_def packet_counters[COUNTS] = {
	[TAP_OURS] = COUNTER("packet.ours", "packet tap", COUNTER_IN, "",
			     "our frames at the tap, before its ring, damaged ones included"),
	[TAP_STALE] = COUNTER("packet.stale", "packet tap", COUNTER_IN, "",
			      "our frames of another trial, kept out of the ring"),
	[TAP_FOREIGN] = COUNTER("packet.foreign", "packet tap", COUNTER_IN, "",
				"frames not ours that came in on the device, kept out of the ring"),
	[TAP_MERGED] = COUNTER("packet.merged", "packet tap", COUNTER_LOSS, "",
			       "our frames in packets of several (UDP_SEGMENT, GRO), kept out of "
			       "the ring"),
	[TAP_MERGED_PACKETS] = COUNTER("packet.merged_packets", "packet tap", COUNTER_IN,
				       "packet.merged", "packets that held those frames"),
	[TP_PACKETS] = CLEARS("packet.tp_packets", "packet ring", COUNTER_IN, "packet.tp_drops",
			      "frames that passed the tap's filter, dropped ones included; 32 "
			      "bits in the kernel, widened here"),
	[TP_DROPS] = CLEARS("packet.tp_drops", "packet ring", COUNTER_LOSS, "packet.tp_packets",
			    "frames that found no room in the ring; 32 bits in the kernel, "
			    "widened here"),
	[TP_FREEZES] = CLEARS("packet.tp_freezes", "packet ring", COUNTER_EVENT, "",
			      "times that every block was full (v3)"),
	[TX_LEFT] = COUNTER("packet.tx_left", "generator", COUNTER_LOSS, "",
			    "frames in the TX ring that were never sent"),
	[TX_RETRIES] = COUNTER("packet.tx_retries", "generator", COUNTER_EVENT, "",
			       "sends that qdisc or driver refused (ENOBUFS): the kernel puts the "
			       "frame back and sends it again, no loss"),
};

static bool is_power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

static void packet_close(struct endpoint *ep)
{
	struct packet_priv *p = ep->priv;
	uint32_t q;

	if (!p)
		return;
	/* the tap first: behind it the frames are still kept from the stack */
	for (q = 0; p->queues && q < p->n; q++) {
		packet_rx_close(&p->queues[q].rx);
		packet_tx_close(&p->queues[q].tx);
	}
	if (p->stack_fd >= 0)
		close(p->stack_fd);
	packet_sink__destroy(p->skel);
	free(p->queues);
	free(p);
	ep->priv = NULL;
}

static int packet_open(struct endpoint *ep, struct error *err)
{
	const struct packet_config *cfg = ep->setup.config;
	struct packet_priv *p;
	uint32_t q;
	int ret = 0;

	if (!is_power_of_two(cfg->ring))
		return error_set(err, EX_DATAERR, -EINVAL,
				 "ring = %llu is no power of two, as endpoint packet needs it",
				 (unsigned long long)cfg->ring);
	p = calloc(1, sizeof(*p));
	if (p)
		p->queues = calloc(ep->setup.side->queues, sizeof(*p->queues));
	if (!p || !p->queues) {
		free(p);
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for endpoint packet");
	}
	ep->priv = p;
	p->stack_fd = -1;
	p->stack = STACK_PASS;
	p->n = (uint32_t)ep->setup.side->queues;
	for (q = 0; q < p->n; q++)
		p->queues[q].tx.fd = p->queues[q].rx.fd = -1;
	for (q = 0; !ret && ep->setup.tx && q < p->n; q++)
		ret = packet_tx_open(&p->queues[q].tx, &ep->setup, err);
	if (!ret && ep->setup.rx)
		ret = packet_rx_open(ep, err);
	if (!ret && ep->setup.rx)
		ret = packet_stack_open(ep, err);
	if (ret) {
		packet_close(ep);
		return ret;
	}
	ep->mode = ep->setup.rx ? version_names[cfg->version] : cfg->qdisc_bypass ? "bypass" : "";
	return 0;
}

/* No thread runs: what the last trial could not send, the next one does not send either. */
static int packet_expect(struct endpoint *ep, const struct stamp_expect *expect, struct error *err)
{
	struct packet_priv *p = ep->priv;
	uint32_t q;

	for (q = 0; ep->setup.tx && q < p->n; q++)
		packet_tx_forget(&p->queues[q].tx);
	if (!p->skel)
		return 0;
	return verdicts_expect(bpf_map__fd(p->skel->maps.config), expect, p->n, err);
}

static struct packet_queue *queue_of(struct endpoint *ep, uint32_t queue)
{
	return &((struct packet_priv *)ep->priv)->queues[queue];
}

static uint32_t reserve(struct endpoint *ep, uint32_t queue, uint8_t **frames, uint32_t n,
			uint64_t *refused)
{
	return packet_tx_reserve(&queue_of(ep, queue)->tx, frames, n);
}

static uint32_t commit(struct endpoint *ep, uint32_t queue, const uint32_t *len, uint32_t n,
		       uint64_t *refused)
{
	return packet_tx_commit(&queue_of(ep, queue)->tx, len, n);
}

static bool drain(struct endpoint *ep, uint32_t queue, uint64_t *refused)
{
	return packet_tx_drain(&queue_of(ep, queue)->tx);
}

static uint32_t packet_rx(struct endpoint *ep, uint32_t queue, const uint8_t **payload,
			  uint32_t *len, uint32_t n)
{
	return packet_rx_take(&queue_of(ep, queue)->rx, payload, len, n);
}

static void rx_release(struct endpoint *ep, uint32_t queue)
{
	packet_rx_release(&queue_of(ep, queue)->rx);
}

static void rx_wait(struct endpoint *ep, uint32_t queue, int timeout_ms)
{
	struct pollfd pfd = {.fd = queue_of(ep, queue)->rx.fd, .events = POLLIN};

	poll(&pfd, 1, timeout_ms);
}

static void add_queue_stats(struct endpoint *ep, struct packet_queue *q, struct sample *samples)
{
	if (ep->setup.tx) {
		samples[TX_LEFT].value +=
			q->tx.left_before + atomic_load_explicit(&q->tx.left, memory_order_relaxed);
		samples[TX_RETRIES].value +=
			atomic_load_explicit(&q->tx.retries, memory_order_relaxed);
	}
	if (!ep->setup.rx)
		return;
	if (packet_rx_count(&q->rx)) {
		samples[TP_PACKETS].state = samples[TP_DROPS].state = SAMPLE_FAILED;
		samples[TP_FREEZES].state = SAMPLE_FAILED;
	}
	samples[TP_PACKETS].value += q->rx.tp_packets;
	samples[TP_DROPS].value += q->rx.tp_drops;
	samples[TP_FREEZES].value += q->rx.tp_freezes;
}

static void packet_stats(struct endpoint *ep, struct sample *samples)
{
	const struct packet_config *cfg = ep->setup.config;
	struct packet_priv *p = ep->priv;
	struct sample verdicts[VERDICT_COUNT] = {0};
	uint32_t q;

	if (ep->setup.tx)
		samples[TX_LEFT].state = samples[TX_RETRIES].state = SAMPLE_OK;
	if (ep->setup.rx) {
		verdicts_read(bpf_map__fd(p->skel->maps.verdicts), verdicts, VERDICT_COUNT);
		for (q = TAP_OURS; q <= TAP_FOREIGN; q++) {
			samples[q].state = verdicts[q].state;
			samples[q].value = verdicts[q].value;
		}
		for (q = 0; q < 2; q++) {
			samples[TAP_MERGED + q].state = verdicts[VERDICT_MERGED + q].state;
			samples[TAP_MERGED + q].value = verdicts[VERDICT_MERGED + q].value;
		}
		samples[TP_PACKETS].state = samples[TP_DROPS].state = SAMPLE_OK;
		if (cfg->version == PACKET_SINK_V3)
			samples[TP_FREEZES].state = SAMPLE_OK;
	}
	for (q = 0; q < p->n; q++)
		add_queue_stats(ep, &p->queues[q], samples);
}

static void packet_describe(struct endpoint *ep, json_t *effective)
{
	const struct packet_config *cfg = ep->setup.config;
	struct packet_priv *p = ep->priv;

	json_object_set_new(effective, "ring", json_integer((json_int_t)cfg->ring));
	if (ep->setup.tx)
		json_object_set_new(effective, "qdisc_bypass",
				    json_string(cfg->qdisc_bypass ? "on" : "off"));
	if (!ep->setup.rx)
		return;
	json_object_set_new(effective, "version", json_string(version_names[cfg->version]));
	json_object_set_new(effective, "stack", json_string(packet_stack_names[p->stack]));
}

const struct endpoint_ops endpoint_packet = {
	.name = "packet",
	.help = "AF_PACKET sockets with mapped rings: sends below the stack, taps above the driver",
	.caps = ENDPOINT_TX | ENDPOINT_RX | ENDPOINT_NEEDS_DEVICE,
	.tx_run = 1,
	.knobs = &packet_knobs,
	.counters = packet_counters,
	.n_counters = COUNTS,
	.foreign_counter = "packet.foreign",
	.stale_counter = "packet.stale",
	.open = packet_open,
	.close = packet_close,
	.expect = packet_expect,
	.tx_reserve = reserve,
	.tx_commit = commit,
	.tx_drain = drain,
	.rx = packet_rx,
	.rx_release = rx_release,
	.rx_wait = rx_wait,
	.stats = packet_stats,
	.describe = packet_describe,
};
