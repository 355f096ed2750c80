/*
 * The ledger's rows for DPDK's drivers: which counter of which driver books a loss, and which one,
 * though it moves, does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger.h"

/* Counters as "tx:ID=N rx:ID=N"; those that are not there are unknown. */
static bool read_text(void *ctx, enum ledger_end end, const char *id, int64_t *delta)
{
	const char *prefix = end == END_TX ? "tx:" : "rx:";
	size_t len = strlen(id);

	for (const char *p = ctx; *p; p += strcspn(p, " "), p += *p == ' ') {
		if (strncmp(p, prefix, 3) || strncmp(p + 3, id, len) || p[3 + len] != '=')
			continue;
		*delta = strtoll(p + 3 + len + 1, NULL, 10);
		return true;
	}
	return false;
}

#define DPDK(tx, tx_driver, rx, rx_driver)                                                         \
	{                                                                                          \
		"dpdk", tx, tx_driver, "dpdk", rx, rx_driver, false                                \
	}
#define SENT "tx:worker.accepted=100 tx:worker.refused=0 rx:worker.duplicate=0 "
#define GOT(n)                                                                                     \
	"rx:worker.frames=" n " rx:worker.unique=" n " rx:worker.stale=0 rx:worker.foreign=0 "
#define XDP_TX "tx:xsk.tx_invalid_descs=0 "

static const struct {
	struct ledger_path path;
	const char *counters;
	const char *place; /* booked; NULL: nothing is */
	int64_t frames;
	int64_t located; /* not booked */
} cases[] = {
	/* no loss */
	{DPDK("net_memif", "net_memif", "net_memif", "net_memif"), SENT GOT("100"), NULL, 0, 0},
	{DPDK("net_ring", "net_ring", "net_ring", "net_ring"), SENT GOT("100"), NULL, 0, 0},
	/* oerrors of net_af_xdp are short bursts, sent again: not even evidence of loss */
	{DPDK("net_af_xdp", "veth", "net_af_xdp", "veth"),
	 SENT XDP_TX GOT("100") "tx:dpdk.oerrors=40 rx:dev.rx_packets=100 rx:xdp.ours=100 "
				"rx:xdp.foreign=0 rx:xdp.stale=0 rx:xsk.rx_dropped=0 "
				"rx:xsk.rx_ring_full=0 rx:dpdk.imissed=0",
	 NULL, 0, 0},
	/* the loss that imissed hides */
	{DPDK("net_af_xdp", "veth", "net_af_xdp", "veth"),
	 SENT XDP_TX GOT("70") "rx:dev.rx_packets=100 rx:dev.rx_dropped=30 rx:eth.rx_drops=30 "
			       "rx:xdp.ours=100 rx:xdp.foreign=0 rx:xdp.stale=0 "
			       "rx:xsk.rx_dropped=0 rx:xsk.rx_fill_ring_empty_descs=0 "
			       "rx:xsk.rx_ring_full=30 rx:dpdk.imissed=0",
	 "AF_XDP RX ring full", 30, 0},
	/* imissed repeats xsk.rx_dropped: once is enough */
	{DPDK("net_af_xdp", "veth", "net_af_xdp", "veth"),
	 SENT XDP_TX GOT("70") "rx:dev.rx_packets=100 rx:dev.rx_dropped=30 rx:eth.rx_drops=30 "
			       "rx:xdp.ours=100 rx:xdp.foreign=0 rx:xdp.stale=0 "
			       "rx:xsk.rx_dropped=30 rx:xsk.rx_fill_ring_empty_descs=30 "
			       "rx:xsk.rx_ring_full=0 rx:dpdk.imissed=30",
	 "AF_XDP fill ring empty", 30, 0},
	{DPDK("net_af_xdp", "veth", "net_af_xdp/generic", "veth"),
	 SENT XDP_TX GOT("70") "rx:dev.rx_packets=100 rx:dev.rx_dropped=0 rx:xdp.ours=100 "
			       "rx:xdp.foreign=0 rx:xdp.stale=0 rx:xsk.rx_dropped=0 "
			       "rx:xsk.rx_fill_ring_empty_descs=0 rx:xsk.rx_ring_full=30",
	 "AF_XDP RX ring full", 30, 0},
	{DPDK("net_af_xdp", "veth", "net_af_xdp", "veth"),
	 "tx:worker.accepted=100 tx:worker.refused=0 tx:xsk.tx_invalid_descs=5 "
	 "rx:worker.duplicate=0 " GOT("95") "rx:dev.rx_packets=95 rx:xdp.ours=95 "
					    "rx:xdp.foreign=0 rx:xdp.stale=0 rx:xsk.rx_dropped=0 "
					    "rx:xsk.rx_ring_full=0",
	 "TX invalid descriptor", 5, 0},
	/* the peer of a veth had no room, and DPDK's drivers do not tell the sender */
	{DPDK("net_af_xdp", "veth", "net_af_xdp", "veth"),
	 SENT XDP_TX GOT("90") "tx:dev.tx_dropped=10 tx:dev.tx_errors=0 rx:dev.rx_packets=90 "
			       "rx:xdp.ours=90 rx:xdp.foreign=0 rx:xdp.stale=0 "
			       "rx:xsk.rx_dropped=0 rx:xsk.rx_ring_full=0",
	 "driver TX", 10, 0},
	{DPDK("net_af_packet", "veth", "net_af_packet", "veth"),
	 SENT GOT("90") "tx:dev.tx_dropped=10 tx:dev.tx_errors=0 rx:dev.rx_packets=90 "
			"rx:dev.rx_dropped=0 rx:softnet.dropped=0 rx:dpdk.packet_drops=0 "
			"rx:packet.ours=90 rx:packet.foreign=0 rx:packet.stale=0 "
			"rx:packet.merged=0 rx:packet.merged_packets=0",
	 "driver TX", 10, 0},
	/* net_af_packet says nothing; its sockets do, of ours alone: the tap keeps others out */
	{DPDK("net_af_packet", "veth", "net_af_packet", "veth"),
	 SENT GOT("60") "rx:dev.rx_packets=100 rx:dev.rx_dropped=0 rx:softnet.dropped=0 "
			"rx:dpdk.packet_drops=40 rx:packet.ours=100 rx:packet.foreign=0 "
			"rx:packet.stale=0 rx:packet.merged=0 rx:packet.merged_packets=0",
	 "AF_PACKET RX ring full", 40, 0},
	{DPDK("net_af_packet", "veth", "net_af_packet", "veth"),
	 SENT GOT("60") "rx:dev.rx_packets=150 rx:dev.rx_dropped=0 rx:softnet.dropped=0 "
			"rx:dpdk.packet_drops=40 rx:packet.ours=100 rx:packet.foreign=50 "
			"rx:packet.stale=0 rx:packet.merged=0 rx:packet.merged_packets=0",
	 "AF_PACKET RX ring full", 40, 0},
	/* ours lost before the tap stay unexplained, whatever the ring took and however many
	 * foreign frames could make up for them */
	{DPDK("net_af_packet", "veth", "net_af_packet", "veth"),
	 SENT GOT("60") "rx:dev.rx_packets=150 rx:dev.rx_dropped=0 rx:softnet.dropped=0 "
			"rx:dpdk.packet_drops=30 rx:packet.ours=90 rx:packet.foreign=45 "
			"rx:packet.stale=0 rx:packet.merged=0 rx:packet.merged_packets=0",
	 "AF_PACKET RX ring full", 30, 10},
	{DPDK("net_af_packet", "veth", "net_af_packet", "veth"),
	 SENT GOT("70") "rx:dev.rx_packets=72 rx:dev.rx_dropped=0 rx:softnet.dropped=0 "
			"rx:dpdk.packet_drops=0 rx:packet.ours=100 rx:packet.foreign=0 "
			"rx:packet.stale=0 rx:packet.merged=30 rx:packet.merged_packets=2",
	 "merged frames", 30, 0},
	/* a full backlog is rx_dropped, softnet.dropped and the sender's tx_dropped at once */
	{DPDK("net_af_packet", "veth", "net_af_packet", "veth"),
	 SENT GOT("80") "tx:dev.tx_dropped=20 tx:dev.tx_errors=0 rx:dev.rx_packets=80 "
			"rx:dev.rx_dropped=20 rx:softnet.dropped=20 rx:eth.rx_xdp_packets=0 "
			"rx:dpdk.packet_drops=0 rx:packet.ours=80 rx:packet.foreign=0 "
			"rx:packet.stale=0 rx:packet.merged=0 rx:packet.merged_packets=0",
	 "backlog", 20, 0},
	/* a port of its own */
	{DPDK("pci", "vfio-pci", "pci", "vfio-pci"),
	 SENT GOT("75") "rx:dpdk.imissed=25 rx:dpdk.ierrors=0 rx:dpdk.rx_nombuf=0",
	 "RX descriptor ring", 25, 0},
	/* rx_nombuf may be in imissed: it gives what is left and no more */
	{DPDK("pci", "vfio-pci", "pci", "vfio-pci"),
	 SENT GOT("75") "rx:dpdk.imissed=25 rx:dpdk.ierrors=0 rx:dpdk.rx_nombuf=25",
	 "RX descriptor ring", 25, 0},
	{DPDK("pci", "vfio-pci", "pci", "vfio-pci"),
	 SENT GOT("75") "rx:dpdk.imissed=0 rx:dpdk.ierrors=0 rx:dpdk.rx_nombuf=25",
	 "receive buffers", 25, 0},
	{DPDK("pci", "vfio-pci", "pci", "vfio-pci"),
	 SENT GOT("97") "rx:dpdk.imissed=0 rx:dpdk.ierrors=3 rx:dpdk.rx_nombuf=0",
	 "damaged on the wire", 3, 0},
	{DPDK("pci", "vfio-pci", "pci", "vfio-pci"),
	 SENT GOT("96") "tx:dpdk.oerrors=4 rx:dpdk.imissed=0 rx:dpdk.ierrors=0 "
			"rx:dpdk.rx_nombuf=0",
	 "driver TX", 4, 0},
	/* a driver without imissed leaves it unexplained, and does not book a 0 */
	{DPDK("pci", "vfio-pci", "pci", "vfio-pci"),
	 SENT GOT("75") "rx:dpdk.ierrors=0 rx:dpdk.rx_nombuf=0", NULL, 0, 25},
	{DPDK("net_memif", "net_memif", "net_memif", "net_memif"),
	 SENT GOT("98") "rx:dpdk.ierrors=2", "memif bad descriptor", 2, 0},
	{DPDK("net_vhost", "net_vhost", "vdev", "net_bonding"),
	 SENT GOT("98") "rx:dpdk.imissed=2 rx:dpdk.ierrors=0", "RX descriptor ring", 2, 0},
	{DPDK("net_af_packet", "veth", "net_af_packet", "veth"),
	 SENT GOT("95") "tx:qdisc.drops=5 rx:dev.rx_packets=95 rx:dev.rx_dropped=0 "
			"rx:softnet.dropped=0 rx:dpdk.packet_drops=0 rx:packet.ours=95 "
			"rx:packet.foreign=0 rx:packet.stale=0 rx:packet.merged=0 "
			"rx:packet.merged_packets=0",
	 "qdisc", 5, 0},
	{DPDK("net_af_packet", "ice", "net_af_packet", "ice"),
	 SENT GOT("95") "rx:dev.rx_packets=100 rx:dev.rx_dropped=5 rx:softnet.dropped=0 "
			"rx:dpdk.packet_drops=0 rx:packet.ours=95 rx:packet.foreign=0 "
			"rx:packet.stale=0 rx:packet.merged=0 rx:packet.merged_packets=0",
	 "driver RX drop", 5, 0},
	{DPDK("net_af_xdp", "veth", "net_af_xdp", "veth"),
	 SENT XDP_TX GOT("91") "rx:dev.rx_packets=100 rx:dev.rx_dropped=9 rx:xdp.ours=100 "
			       "rx:xdp.foreign=0 rx:xdp.stale=0 rx:xsk.rx_dropped=9 "
			       "rx:xsk.rx_fill_ring_empty_descs=0 rx:xsk.rx_ring_full=0",
	 "frame above chunk", 9, 0},
	{DPDK("net_af_xdp", "veth", "net_af_xdp", "veth"),
	 SENT XDP_TX GOT("91") "rx:dev.rx_packets=100 rx:dev.rx_dropped=0 rx:xdp.ours=100 "
			       "rx:xdp.foreign=0 rx:xdp.stale=0 rx:xsk.rx_dropped=0 "
			       "rx:xsk.rx_ring_full=0 rx:xdp.no_socket=9",
	 "no AF_XDP socket", 9, 0},
	{DPDK("net_af_xdp", "veth", "net_af_xdp", "veth"),
	 SENT XDP_TX GOT("91") "rx:dev.rx_packets=100 rx:dev.rx_dropped=9 rx:xdp.ours=100 "
			       "rx:xdp.foreign=0 rx:xdp.stale=0 rx:xsk.rx_dropped=0 "
			       "rx:xsk.rx_ring_full=0",
	 "redirect refused", 9, 0},
	/* to nowhere, by design */
	{DPDK("net_null", "net_null", "net_null", "net_null"), SENT GOT("0") "tx:dpdk.opackets=100",
	 "null generator", 100, 0},
	{DPDK("net_pcap/file", "net_pcap", "net_pcap/file", "net_pcap"),
	 SENT GOT("0") "tx:dpdk.opackets=100", "capture file", 100, 0},
};

static void test_places(void **state)
{
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		struct ledger l;
		struct error err;
		int64_t booked = 0, located = 0;

		assert_int_equal(ledger_balance(&cases[c].path, read_text,
						(void *)(uintptr_t)cases[c].counters, &l, &err),
				 0);
		for (size_t i = 0; i < l.n_rows; i++) {
			const struct ledger_row *r = &l.rows[i];

			if (r->state == LEDGER_LOCATED)
				located += r->frames;
			if (r->state != LEDGER_BOOKED)
				continue;
			if (!cases[c].place || strcmp(r->place, cases[c].place))
				fail_msg("case %zu: booked to %s", c, r->place);
			booked += r->frames;
		}
		if (booked != cases[c].frames || located != cases[c].located)
			fail_msg("case %zu: booked %lld, located %lld", c, (long long)booked,
				 (long long)located);
		ledger_free(&l);
	}
}

/* What the kernel counts of an interface is not missed where there is none. */
static void test_user_space(void **state)
{
	struct ledger_path path = DPDK("pci", "vfio-pci", "pci", "vfio-pci");
	const char *counters = SENT GOT("90");
	bool imissed = false;
	struct ledger l;
	struct error err;

	path.tx_user_space = path.rx_user_space = true;
	assert_int_equal(ledger_balance(&path, read_text, (void *)(uintptr_t)counters, &l, &err),
			 0);
	for (size_t i = 0; i < l.n_rows; i++)
		for (size_t e = 0; e < l.rows[i].n_evidence; e++) {
			const char *counter = l.rows[i].evidence[e].counter;

			if (l.rows[i].state == LEDGER_LOCATED)
				continue;
			if (!strncmp(counter, "dev.", 4) || !strncmp(counter, "qdisc.", 6))
				fail_msg("%s asks for %s", l.rows[i].place, counter);
			imissed |= !strcmp(counter, "dpdk.imissed");
		}
	assert_true(imissed);
	assert_int_equal(l.remainder, 10);
	ledger_free(&l);
}

static bool is_dpdk(const char *endpoint)
{
	return endpoint && !strcmp(endpoint, "dpdk");
}

static void test_every_place(void **state)
{
	size_t n;
	const struct loss_def *losses = ledger_loss_table(&n);

	for (size_t i = 0; i < n; i++) {
		bool tried = !is_dpdk(losses[i].match.tx_endpoint) &&
			     !is_dpdk(losses[i].match.rx_endpoint);

		for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
			tried |= cases[c].place && !strcmp(cases[c].place, losses[i].place);
		if (!tried)
			fail_msg("no case of %s", losses[i].place);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_places),
					   cmocka_unit_test(test_user_space),
					   cmocka_unit_test(test_every_place)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
