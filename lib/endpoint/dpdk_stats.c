/*
 * Counters of a port: ethdev's, those of the sockets under it, those of the XDP program under
 * net_af_xdp, and all extended ones by name. A driver that does not count something has it
 * UNSUPPORTED, though ethdev says 0.
 */
#include <stdio.h>
#include <stdlib.h>

#include <rte_ethdev.h>

#include "dpdk.h"

#define FIELDS(name, where, what, over, text)                                                      \
	.id = name, .stage = where, .kind = what, .scope = SCOPE_QUEUE, .reader = READER_WORKER,   \
	.source = SOURCE_ENDPOINT, .locator = "", .bits = 64, .since = "", .overlaps = over,       \
	.help = text
#define COUNTER(name, where, what, over, text)                                                     \
	{                                                                                          \
		FIELDS(name, where, what, over, text)                                              \
	}

const struct counter_def dpdk_counters[DPDK_COUNTS] = {
	[VERDICT_OURS] = COUNTER("xdp.ours", "XDP program", COUNTER_IN, "",
				 "net_af_xdp: our frames seen by the XDP program, damaged ones "
				 "included"),
	[VERDICT_STALE] = COUNTER("xdp.stale", "XDP program", COUNTER_IN, "",
				  "net_af_xdp: our frames of another trial, dropped by the XDP "
				  "program"),
	[VERDICT_FOREIGN] = COUNTER("xdp.foreign", "XDP program", COUNTER_IN, "",
				    "net_af_xdp: frames not ours, passed on to the stack"),
	[COUNT_NO_SOCKET] = COUNTER("xdp.no_socket", "XDP program", COUNTER_LOSS, "",
				    "net_af_xdp: our frames on a queue without AF_XDP socket, "
				    "passed on"),
	[COUNT_XSK_DROPPED] = COUNTER("xsk.rx_dropped", "AF_XDP socket", COUNTER_LOSS,
				      "xsk.rx_fill_ring_empty_descs dpdk.imissed",
				      "net_af_xdp: dropped: fill ring empty (copy mode), frame too "
				      "large"),
	[COUNT_XSK_INVALID] = COUNTER("xsk.rx_invalid_descs", "AF_XDP socket", COUNTER_EVENT, "",
				      "net_af_xdp: descriptors in the fill ring that the kernel "
				      "refused"),
	[COUNT_XSK_TX_INVALID] = COUNTER("xsk.tx_invalid_descs", "generator", COUNTER_LOSS, "",
					 "net_af_xdp: descriptors in the TX ring that the kernel "
					 "refused; they complete all the same"),
	[COUNT_XSK_RING_FULL] = COUNTER("xsk.rx_ring_full", "AF_XDP socket", COUNTER_LOSS, "",
					"net_af_xdp: dropped: RX ring full; imissed leaves it out"),
	[COUNT_XSK_FILL_EMPTY] = COUNTER("xsk.rx_fill_ring_empty_descs", "AF_XDP socket",
					 COUNTER_EVENT, "xsk.rx_dropped",
					 "net_af_xdp: fill ring found empty; copy mode: once a "
					 "dropped frame, zero-copy: once a batch"),
	[COUNT_PACKET_DROPS] = {FIELDS("dpdk.packet_drops", "AF_PACKET socket", COUNTER_LOSS, "",
				       "net_af_packet: RX ring full (PACKET_STATISTICS), which the "
				       "driver does not tell"),
				.clears = true},
	[COUNT_TAP_OURS] = COUNTER("packet.ours", "packet tap", COUNTER_IN, "",
				   "net_af_packet: our frames at the tap, before its ring"),
	[COUNT_TAP_STALE] = COUNTER("packet.stale", "packet tap", COUNTER_IN, "",
				    "net_af_packet: our frames of another trial, kept out of the "
				    "ring"),
	[COUNT_TAP_FOREIGN] = COUNTER("packet.foreign", "packet tap", COUNTER_IN, "",
				      "net_af_packet: frames not ours, kept out of the ring"),
	[COUNT_TAP_MERGED] = COUNTER("packet.merged", "packet tap", COUNTER_LOSS, "",
				     "net_af_packet: our frames in packets of several, kept out of "
				     "the ring"),
	[COUNT_TAP_MERGED_PACKETS] = COUNTER("packet.merged_packets", "packet tap", COUNTER_IN,
					     "packet.merged", "packets that held those frames"),
	[COUNT_RX_PACKETS] =
		COUNTER("dpdk.ipackets", "port", COUNTER_IN, "", "frames received, of anyone"),
	[COUNT_MISSED] = COUNTER("dpdk.imissed", "port", COUNTER_LOSS, "xsk.rx_dropped",
				 "frames that found no descriptor"),
	[COUNT_RX_ERRORS] = COUNTER("dpdk.ierrors", "port", COUNTER_LOSS, "",
				    "damaged frames and bad descriptors"),
	[COUNT_NOMBUF] = COUNTER("dpdk.rx_nombuf", "port", COUNTER_EVENT, "dpdk.imissed",
				 "no buffer was to be had for a frame; some drivers try again"),
	[COUNT_TX_PACKETS] = COUNTER("dpdk.opackets", "port", COUNTER_OUT, "", "frames sent"),
	[COUNT_TX_ERRORS] =
		COUNTER("dpdk.oerrors", "port", COUNTER_EVENT, "",
			"frames that were not sent; net_af_xdp counts here those that it "
			"did not take and that are sent later"),
};
static void set(struct sample *s, bool ok, uint64_t value)
{
	s->state = ok ? SAMPLE_OK : SAMPLE_FAILED;
	s->value = ok ? value : 0;
}

static void socket_stats(struct dpdk_priv *p, struct sample *samples)
{
	struct xdp_statistics xdp;
	uint64_t drops = 0;
	bool ok;

	if (p->sockets.family == AF_XDP) {
		ok = dpdk_sockets_xdp(&p->sockets, &xdp);
		set(&samples[COUNT_XSK_DROPPED], ok, xdp.rx_dropped);
		set(&samples[COUNT_XSK_INVALID], ok, xdp.rx_invalid_descs);
		set(&samples[COUNT_XSK_TX_INVALID], ok, xdp.tx_invalid_descs);
		set(&samples[COUNT_XSK_RING_FULL], ok, xdp.rx_ring_full);
		set(&samples[COUNT_XSK_FILL_EMPTY], ok, xdp.rx_fill_ring_empty_descs);
	} else if (p->sockets.family == AF_PACKET) {
		ok = dpdk_sockets_packet(&p->sockets, &drops);
		set(&samples[COUNT_PACKET_DROPS], ok, drops);
	}
}

void dpdk_stats(struct endpoint *ep, struct sample *samples)
{
	struct dpdk_priv *p = ep->priv;
	struct rte_eth_stats stats = {0};
	bool ok;

	dpdk_xdp_stats(p, samples + COUNT_VERDICTS);
	dpdk_tap_stats(p, samples);
	socket_stats(p, samples);
	ok = rte_eth_stats_get(p->port, &stats) == 0;
	set(&samples[COUNT_RX_PACKETS], ok, stats.ipackets);
	set(&samples[COUNT_RX_ERRORS], ok, stats.ierrors);
	set(&samples[COUNT_TX_PACKETS], ok, stats.opackets);
	set(&samples[COUNT_TX_ERRORS], ok, stats.oerrors);
	if (p->driver->counts_missed)
		set(&samples[COUNT_MISSED], ok, stats.imissed);
	if (p->driver->counts_nombuf)
		set(&samples[COUNT_NOMBUF], ok, stats.rx_nombuf);
}

void dpdk_more_stats(struct endpoint *ep, json_t *counters)
{
	const struct dpdk_priv *p = ep->priv;
	int n = rte_eth_xstats_get_names(p->port, NULL, 0), i;
	struct rte_eth_xstat_name *names = n > 0 ? calloc((size_t)n, sizeof(*names)) : NULL;
	struct rte_eth_xstat *values = n > 0 ? calloc((size_t)n, sizeof(*values)) : NULL;
	char id[RTE_ETH_XSTATS_NAME_SIZE + 16];

	if (names && values && rte_eth_xstats_get_names(p->port, names, (unsigned int)n) == n &&
	    rte_eth_xstats_get(p->port, values, (unsigned int)n) == n)
		for (i = 0; i < n; i++) {
			if (values[i].id >= (uint64_t)n)
				continue;
			snprintf(id, sizeof(id), "dpdk.xstats.%s", names[values[i].id].name);
			json_object_set_new(counters, id,
					    json_integer((json_int_t)values[i].value));
		}
	free(names);
	free(values);
}
