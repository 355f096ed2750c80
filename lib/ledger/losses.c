/*
 * The places where frames get lost and the counters that tell, in path order; in
 * one distance the earlier row takes first. Which counters move for one and the
 * same event is said where it decides a row. Pure data.
 */
#include "ledger.h"

/* clang-format off */
static const struct loss_def rows[] = {
	{
		.after = "accepted", .end = END_TX, .match = {.tx_endpoint = "af_xdp"},
		.any_loop = true,
		.stage = "AF_XDP socket", .place = "TX invalid descriptor", .place_row = 14,
		.column = COLUMN_OURS,
		.count = "xsk.tx_invalid_descs",
		.remedy = "keep the frame within one chunk of the umem and the device's MTU",
		.help = "the kernel completed the descriptor without sending it",
	},
	{
		.after = "accepted", .end = END_TX,
		.match = {.tx_endpoint = "dpdk", .tx_mode = "net_af_xdp"}, .any_loop = true,
		.stage = "AF_XDP socket", .place = "TX invalid descriptor", .place_row = 14,
		.column = COLUMN_OURS,
		.count = "xsk.tx_invalid_descs",
		.remedy = "keep the frame within one chunk of the umem and the device's MTU",
		.help = "the kernel completed the descriptor without sending it",
	},
	{
		.after = "accepted", .end = END_TX, .match = {.tx_endpoint = "af_xdp"},
		.any_loop = true,
		.stage = "AF_XDP socket", .place = "TX ring not drained", .place_row = 5,
		.column = COLUMN_OURS,
		.count = "xsk.tx_left",
		.evidence = "dev.tx_carrier_errors",
		.remedy = "see why the device stopped sending: link, driver, kernel log",
		.help = "handed over and not completed two seconds after sending ended",
	},
	{
		.after = "accepted", .end = END_TX, .match = {.tx_endpoint = "packet"},
		.any_loop = true,
		.stage = "AF_PACKET socket", .place = "AF_PACKET TX ring not drained",
		.place_row = 5,
		.column = COLUMN_OURS,
		.count = "packet.tx_left",
		.evidence = "packet.tx_retries dev.tx_carrier_errors",
		.remedy = "see why device or qdisc take nothing any more: link, driver, MTU, an egress "
			"rule (tc, nft), kernel log",
		.help = "handed over and not sent two seconds after sending ended",
	},
	{
		.after = "accepted", .end = END_TX, .match = {.tx_endpoint = "udp"},
		.any_loop = true,
		.stage = "firewall", .place = "firewall output", .place_row = 21,
		.column = COLUMN_OURS,
		.count = "udp.tx_eperm",
		.remedy = "nft list ruleset, in the sender's namespace: find the rule of the output "
			"hook that drops these ports",
		.help = "a rule of the output hook dropped the frame and the sender was told (EPERM)",
	},
	/*
	 * A qdisc hides what the driver says, so where one counts, refusals are its own. It counts
	 * sends, which with UDP_SEGMENT are of several frames each: a refusal's other frames come on
	 * top.
	 */
	{
		.after = "accepted", .end = END_TX, .match = {.tx_endpoint = "udp"},
		.any_loop = true,
		.stage = "qdisc", .place = "qdisc", .place_row = 4, .column = COLUMN_SHARED,
		.count = "worker.refused",
		.limit = "qdisc.drops+worker.refused-udp.refused_sends", .requires = "qdisc.drops",
		.evidence = "snmp.Udp.SndbufErrors snmp.Ip.OutDiscards "
			"snmp6.Udp6SndbufErrors snmp6.Ip6OutDiscards",
		.remedy = "tc qdisc: raise the limit (txqueuelen for pfifo), choose another qdisc, "
			"or lower the rate",
		.help = "the qdisc dropped the frame and told the sender (ENOBUFS)",
	},
	/*
	 * A veth without NAPI hands frames to the peer's backlog on the sender's CPU: a full
	 * one is a refusal, rx_dropped, softnet.dropped and tx_dropped at once (veth_xmit).
	 * With NAPI every frame that the core drops was counted in xdp_packets before, and the
	 * row behind device-rx is the one that books it. Both take from one pot, since the
	 * machine's softnet.dropped may hold another path's drops as well.
	 */
	{
		.after = "accepted", .end = END_RX,
		.match = {.tx_driver = "veth", .rx_driver = "veth", .rx_endpoint = "udp"},
		.any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.unless = "eth.rx_xdp_packets",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the receiver's backlog was full and veth passed that on to the sender",
	},
	{
		.after = "accepted", .end = END_RX,
		.match = {.tx_driver = "veth", .rx_driver = "veth", .rx_endpoint = "af_xdp",
			.rx_mode = "generic"},
		.any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.unless = "eth.rx_xdp_packets",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the receiver's backlog was full and veth passed that on to the sender",
	},
	{
		.after = "accepted", .end = END_RX,
		.match = {.tx_driver = "veth", .rx_driver = "veth", .rx_endpoint = "packet"},
		.any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.unless = "eth.rx_xdp_packets",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the receiver's backlog was full and veth passed that on to the sender",
	},
	{
		.after = "accepted", .end = END_RX,
		.match = {.tx_driver = "veth", .rx_driver = "veth", .rx_endpoint = "xdp",
			.rx_mode = "generic"},
		.any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped", .unless = "eth.rx_xdp_packets",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the receiver's backlog was full and veth passed that on to the sender",
	},
	{
		.after = "accepted", .end = END_RX,
		.match = {.tx_driver = "veth", .rx_driver = "veth", .rx_endpoint = "dpdk",
			.rx_mode = "net_af_packet"},
		.any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.unless = "eth.rx_xdp_packets",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the receiver's backlog was full and veth passed that on to the sender",
	},
	{
		.after = "accepted", .end = END_RX,
		.match = {.tx_driver = "veth", .rx_driver = "veth", .rx_endpoint = "dpdk",
			.rx_mode = "net_af_xdp/generic"},
		.any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.unless = "eth.rx_xdp_packets",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the receiver's backlog was full and veth passed that on to the sender",
	},
	/* What was refused and is not of the places before. */
	{
		.after = "accepted", .end = END_TX, .any_loop = true,
		.stage = "driver TX", .place = "driver TX", .place_row = 5, .column = COLUMN_SHARED,
		.count = "worker.refused",
		.evidence = "dev.tx_dropped dev.tx_errors dev.tx_carrier_errors dev.tx_fifo_errors",
		.remedy = "lower the rate, use more TX queues; on veth: the peer's ring is full "
			"(give its NAPI a core), or its MTU is smaller",
		.help = "the driver refused the frame and the sender was told",
	},
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "null"}, .any_loop = true,
		.stage = "generator", .place = "null generator", .column = COLUMN_OURS,
		.count = "null.discarded",
		.remedy = "none: this endpoint discards by design, to measure the generator alone",
		.help = "discarded by design",
	},
	{
		.after = "wire", .end = END_TX,
		.match = {.tx_endpoint = "dpdk", .tx_mode = "net_null"}, .any_loop = true,
		.stage = "generator", .place = "null generator", .column = COLUMN_OURS,
		.count = "dpdk.opackets",
		.remedy = "none: net_null discards by design, to measure the generator alone",
		.help = "discarded by design",
	},
	{
		.after = "wire", .end = END_TX,
		.match = {.tx_endpoint = "dpdk", .tx_mode = "net_pcap/file"}, .any_loop = true,
		.stage = "generator", .place = "capture file", .column = COLUMN_OURS,
		.count = "dpdk.opackets", .evidence = "dpdk.oerrors",
		.remedy = "none: net_pcap writes to a file by design, to look at the frames",
		.help = "written to a file by design",
	},
	/* netem's loss, or a drop from the head of the queue: the sender saw success. */
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "udp"}, .any_loop = true,
		.stage = "qdisc", .place = "qdisc", .place_row = 4, .column = COLUMN_MIXED,
		.count = "qdisc.drops-udp.refused_sends",
		.evidence = "snmp.Udp.SndbufErrors snmp6.Udp6SndbufErrors",
		.remedy = "tc qdisc: raise the limit (txqueuelen for pfifo), choose another qdisc, "
			"or lower the rate",
		.help = "the qdisc dropped the frame after it had taken it",
	},
	{
		.after = "wire", .end = END_RX,
		.match = {.tx_driver = "veth", .rx_driver = "veth", .rx_endpoint = "udp"},
		.any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.unless = "eth.rx_xdp_packets",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the receiver's backlog was full; a qdisc hid that from the sender",
	},
	{
		.after = "wire", .end = END_RX,
		.match = {.tx_driver = "veth", .rx_driver = "veth", .rx_endpoint = "packet"},
		.any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.unless = "eth.rx_xdp_packets",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the receiver's backlog was full; a qdisc hid that from the sender",
	},
	{
		.after = "wire", .end = END_RX,
		.match = {.tx_driver = "veth", .rx_driver = "veth", .rx_endpoint = "af_xdp",
			.rx_mode = "generic"},
		.any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.unless = "eth.rx_xdp_packets",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the receiver's backlog was full; a qdisc hid that from the sender",
	},
	{
		.after = "wire", .end = END_RX,
		.match = {.tx_driver = "veth", .rx_driver = "veth", .rx_endpoint = "xdp",
			.rx_mode = "generic"},
		.any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped", .unless = "eth.rx_xdp_packets",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the receiver's backlog was full; a qdisc hid that from the sender",
	},
	{
		.after = "wire", .end = END_RX,
		.match = {.tx_driver = "veth", .rx_driver = "veth", .rx_endpoint = "dpdk",
			.rx_mode = "net_af_packet"},
		.any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.unless = "eth.rx_xdp_packets",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the receiver's backlog was full; a qdisc hid that from the sender",
	},
	{
		.after = "wire", .end = END_RX,
		.match = {.tx_driver = "veth", .rx_driver = "veth", .rx_endpoint = "dpdk",
			.rx_mode = "net_af_xdp/generic"},
		.any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.unless = "eth.rx_xdp_packets",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the receiver's backlog was full; a qdisc hid that from the sender",
	},
	/*
	 * Refusals beyond the qdisc's drops were the driver's and are booked: t - (refused -
	 * q), at most t.
	 */
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "udp"}, .any_loop = true,
		.stage = "driver TX", .place = "driver TX", .place_row = 5, .column = COLUMN_MIXED,
		.count = "dev.tx_dropped+dev.tx_errors+qdisc.drops-udp.refused_sends",
		.limit = "dev.tx_dropped+dev.tx_errors",
		.evidence = "dev.tx_carrier_errors dev.tx_fifo_errors",
		.remedy = "lower the rate, use more TX queues; on veth: the peer's ring is full "
			"(give its NAPI a core), or its MTU is smaller",
		.help = "the driver dropped the frame and the sender was not told",
	},
	/*
	 * A frame of an AF_PACKET TX ring that qdisc or driver refused is sent again, and each
	 * refusal moved their counters (none, where PACKET_QDISC_BYPASS met a stopped queue): what
	 * is above the retries was dropped without a word to the sender.
	 */
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "packet"},
		.any_loop = true,
		.stage = "qdisc", .place = "qdisc", .place_row = 4, .column = COLUMN_SHARED,
		.count = "qdisc.drops-packet.tx_retries",
		.remedy = "tc qdisc: raise the limit (txqueuelen for pfifo), choose another qdisc, "
			"or lower the rate",
		.help = "the qdisc dropped the frame after it had taken it",
	},
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "packet"},
		.any_loop = true,
		.stage = "driver TX", .place = "driver TX", .place_row = 5, .column = COLUMN_SHARED,
		.count = "dev.tx_dropped+dev.tx_errors+qdisc.drops-packet.tx_retries",
		.limit = "dev.tx_dropped+dev.tx_errors",
		.evidence = "dev.tx_carrier_errors dev.tx_fifo_errors",
		.remedy = "lower the rate, use more TX queues; on veth: the peer's ring is full "
			"(give its NAPI a core), or its MTU is smaller",
		.help = "the driver dropped the frame and the sender was not told",
	},
	/* DPDK's driver takes ENOBUFS for success; it passes the qdisc by unless told not to. */
	{
		.after = "wire", .end = END_TX,
		.match = {.tx_endpoint = "dpdk", .tx_mode = "net_af_packet"}, .any_loop = true,
		.stage = "qdisc", .place = "qdisc", .place_row = 4, .column = COLUMN_MIXED,
		.count = "qdisc.drops",
		.remedy = "tc qdisc: raise the limit (txqueuelen for pfifo), choose another qdisc, "
			"or lower the rate",
		.help = "the qdisc dropped the frame, and DPDK's driver does not tell",
	},
	{
		.after = "wire", .end = END_TX,
		.match = {.tx_endpoint = "dpdk", .tx_mode = "net_af_packet"}, .any_loop = true,
		.stage = "driver TX", .place = "driver TX", .place_row = 5, .column = COLUMN_MIXED,
		.count = "dev.tx_dropped+dev.tx_errors",
		.evidence = "dpdk.oerrors dev.tx_carrier_errors dev.tx_fifo_errors",
		.remedy = "lower the rate, use more TX queues; on veth: the peer's ring is full "
			"(give its NAPI a core), or its MTU is smaller",
		.help = "the driver dropped the frame, and DPDK's driver does not tell",
	},
	{
		.after = "wire", .end = END_TX,
		.match = {.tx_endpoint = "dpdk", .tx_mode = "net_af_xdp"}, .any_loop = true,
		.stage = "driver TX", .place = "driver TX", .place_row = 5, .column = COLUMN_MIXED,
		.count = "dev.tx_dropped+dev.tx_errors",
		.evidence = "dev.tx_carrier_errors dev.tx_fifo_errors",
		.remedy = "lower the rate, use more TX queues; on veth: the peer's ring is full "
			"(give its NAPI a core), or its MTU is smaller",
		.help = "the driver dropped the frame, and DPDK's driver does not tell",
	},
	{
		.after = "wire", .end = END_TX,
		.match = {.tx_endpoint = "dpdk", .tx_mode = "pci"}, .any_loop = true,
		.stage = "driver TX", .place = "driver TX", .place_row = 5, .column = COLUMN_SHARED,
		.count = "dpdk.oerrors",
		.remedy = "see the port's extended counters (dpdk.xstats) and its link",
		.help = "the port took the frame and did not send it",
	},
	/* AF_XDP in copy mode passes the qdisc by (__dev_direct_xmit). */
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "af_xdp"},
		.any_loop = true,
		.stage = "driver TX", .place = "driver TX", .place_row = 5, .column = COLUMN_MIXED,
		.count = "dev.tx_dropped+dev.tx_errors-worker.refused",
		.evidence = "dev.tx_carrier_errors dev.tx_fifo_errors",
		.remedy = "lower the rate, use more TX queues; on veth: the peer's ring is full "
			"(give its NAPI a core), or its MTU is smaller",
		.help = "the driver dropped the frame and the sender was not told",
	},
	/* Where refusals are not told one by one they are in the device's counters alone. */
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "xdp"},
		.any_loop = true,
		.stage = "driver TX", .place = "driver TX", .place_row = 5, .column = COLUMN_MIXED,
		.count = "dev.tx_dropped+dev.tx_errors-worker.refused",
		.evidence = "dev.tx_carrier_errors dev.tx_fifo_errors",
		.remedy = "lower the rate, use more TX queues; on veth: the peer's ring is full "
			"(give its NAPI a core), or its MTU is smaller",
		.help = "the driver dropped the frame and the sender was not told",
	},
	{
		.after = "wire", .end = END_RX, .any_loop = true,
		.stage = "wire", .place = "damaged on the wire", .place_row = 6,
		.column = COLUMN_MIXED,
		.count = "dev.rx_crc_errors+dev.rx_frame_errors", .evidence = "dev.rx_errors",
		.remedy = "check cable, optics, duplex and speed negotiation",
		.help = "wrong check sequence or alignment",
	},
	{
		.after = "wire", .end = END_RX, .any_loop = true,
		.stage = "wire", .place = "frame length", .place_row = 7, .column = COLUMN_MIXED,
		.count = "dev.rx_length_errors", .evidence = "dev.rx_errors",
		.remedy = "set the same MTU along the whole path; tunnels need 50 bytes and more",
		.help = "the frame was too long or too short for the receiver",
	},
	/*
	 * Some drivers repeat missed frames in rx_fifo_errors (igb: missed and queue drops
	 * together).
	 */
	{
		.after = "wire", .end = END_RX, .any_loop = true,
		.stage = "NIC", .place = "NIC FIFO", .place_row = 9, .column = COLUMN_MIXED,
		.count = "dev.rx_over_errors+dev.rx_fifo_errors-dev.rx_missed_errors",
		.evidence = "dev.rx_errors",
		.remedy = "spread load over queues (RSS), check the PCIe slot, turn pause frames "
			"on if loss must move to the sender",
		.help = "the NIC's own buffer overran",
	},
	{
		.after = "wire", .end = END_RX, .any_loop = true,
		.stage = "NIC", .place = "RX descriptor ring", .place_row = 10,
		.column = COLUMN_MIXED,
		.count = "dev.rx_missed_errors",
		.evidence = "dev.rx_fifo_errors dev.rx_over_errors",
		.remedy = "ethtool -G DEV rx MAX, more queues, IRQ affinity, less coalescing",
		.help = "no descriptor was ready; some drivers count row 9 here too",
	},
	/*
	 * Whether a driver's own drops are in rx_packets differs; the distance with room takes
	 * them.
	 */
	{
		.after = "wire", .end = END_RX, .match = {.rx_endpoint = "udp"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-softnet.dropped", .evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "the driver dropped a good frame before it counted it",
	},
	{
		.after = "wire", .end = END_RX,
		.match = {.rx_endpoint = "af_xdp", .rx_mode = "generic"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-softnet.dropped", .evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "the driver dropped a good frame before it counted it",
	},
	{
		.after = "wire", .end = END_RX, .match = {.rx_endpoint = "packet"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-softnet.dropped", .evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "the driver dropped a good frame before it counted it",
	},
	{
		.after = "wire", .end = END_RX,
		.match = {.rx_endpoint = "xdp", .rx_mode = "generic"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-softnet.dropped", .evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "the driver dropped a good frame before it counted it",
	},
	/* In native mode a failed redirect is the driver's rx_dropped too. */
	{
		.after = "wire", .end = END_RX,
		.match = {.rx_endpoint = "af_xdp", .rx_mode = "native"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-xsk.rx_dropped-xsk.rx_ring_full",
		.evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "the driver dropped a good frame before it counted it",
	},
	/*
	 * Our own XDP_DROPs are in rx_dropped with some drivers (virtio_net) and apart with
	 * others (veth, drivers/net/veth.c), where subtracting them leaves nothing.
	 */
	{
		.after = "wire", .end = END_RX,
		.match = {.rx_endpoint = "xdp", .rx_mode = "native"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-eth.rx_xdp_drops",
		.evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "the driver dropped a good frame before it counted it",
	},
	{
		.after = "wire", .end = END_RX,
		.match = {.rx_endpoint = "xdp", .rx_mode = "native",
			.rx_driver = "veth"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped",
		.evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "the driver dropped a good frame before it counted it",
	},
	{
		.after = "device-rx", .end = END_RX, .match = {.rx_endpoint = "udp"},
		.any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_MIXED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the backlog queue of a CPU was full",
	},
	/*
	 * For AF_XDP the stack goes on beyond the program: there the same counters move for
	 * foreign frames.
	 */
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "af_xdp", .rx_mode = "generic"}, .any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the backlog queue of a CPU was full",
	},
	/* Beyond a tap the stack goes on, too. */
	{
		.after = "device-rx", .end = END_RX, .match = {.rx_endpoint = "packet"},
		.any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the backlog queue of a CPU was full",
	},
	{
		.after = "device-rx", .end = END_RX, .match = {.rx_endpoint = "packet"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-softnet.dropped", .evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "a good frame was dropped between the driver and the protocols",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "xdp", .rx_mode = "generic"}, .any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the backlog queue of a CPU was full",
	},
	{
		.after = "device-rx", .end = END_RX, .match = {.rx_endpoint = "udp"},
		.any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_MIXED,
		.count = "dev.rx_dropped-softnet.dropped", .evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "a good frame was dropped between the driver and the protocols",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "af_xdp", .rx_mode = "generic"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-softnet.dropped", .evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "a good frame was dropped between the driver and the protocols",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "xdp", .rx_mode = "generic"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-softnet.dropped", .evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "a good frame was dropped between the driver and the protocols",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "af_xdp", .rx_mode = "native"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-xsk.rx_dropped-xsk.rx_ring_full",
		.evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "no memory to hand the frame to the XDP program (veth)",
	},
	/*
	 * Our own XDP_DROPs are in rx_dropped with some drivers (virtio_net) and apart with
	 * others (veth, drivers/net/veth.c), where subtracting them leaves nothing.
	 */
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "xdp", .rx_mode = "native"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-eth.rx_xdp_drops",
		.evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "no memory to hand the frame to the XDP program (veth)",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "xdp", .rx_mode = "native",
			.rx_driver = "veth"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped",
		.evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "no memory to hand the frame to the XDP program (veth)",
	},
	{
		.after = "device-rx", .end = END_RX, .match = {.rx_endpoint = "udp"},
		.any_loop = true,
		.stage = "IP", .place = "inactive device", .place_row = 17, .column = COLUMN_MIXED,
		.count = "dev.rx_nohandler",
		.remedy = "receive on the bond or bridge, not on a passive member of it",
		.help = "the device is an inactive member",
	},
	{
		.after = "device-rx", .end = END_RX, .match = {.rx_endpoint = "udp"},
		.any_loop = true,
		.stage = "IP", .place = "other host", .place_row = 17, .column = COLUMN_MIXED,
		.count = "dev.rx_otherhost_dropped",
		.remedy = "give the generator the sink's MAC address (and VLAN)",
		.help = "the destination MAC is not this host's",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv4"}, .any_loop = true,
		.stage = "IP", .place = "IP header", .place_row = 18, .column = COLUMN_MIXED,
		.count = "snmp.Ip.InHdrErrors", .evidence = "netstat.IpExt.InCsumErrors",
		.remedy = "look for what damages frames on the way; check checksum offload of the "
			"sender",
		.help = "bad IPv4 header, checksum or TTL",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv6"}, .any_loop = true,
		.stage = "IP", .place = "IP header", .place_row = 18, .column = COLUMN_MIXED,
		.count = "snmp6.Ip6InHdrErrors",
		.remedy = "look for what damages frames on the way",
		.help = "bad IPv6 header, options or hop limit",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv4"}, .any_loop = true,
		.stage = "IP", .place = "IP truncated", .place_row = 18, .column = COLUMN_MIXED,
		.count = "netstat.IpExt.InTruncatedPkts",
		.remedy = "look for what cuts frames on the way",
		.help = "shorter than the IP header says",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv6"}, .any_loop = true,
		.stage = "IP", .place = "IP truncated", .place_row = 18, .column = COLUMN_MIXED,
		.count = "snmp6.Ip6InTruncatedPkts",
		.remedy = "look for what cuts frames on the way",
		.help = "shorter than the IP header says",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv4"}, .any_loop = true,
		.stage = "IP", .place = "IP memory", .place_row = 18, .column = COLUMN_MIXED,
		.count = "snmp.Ip.InDiscards",
		.remedy = "free memory: IP could not allocate",
		.help = "dropped by IP for want of memory",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv6"}, .any_loop = true,
		.stage = "IP", .place = "IP memory", .place_row = 18, .column = COLUMN_MIXED,
		.count = "snmp6.Ip6InDiscards",
		.remedy = "free memory; sysctl net.ipv6.conf.DEV.disable_ipv6=0",
		.help = "dropped by IPv6 for want of memory, or IPv6 is off on the device",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv4"}, .any_loop = true,
		.stage = "IP", .place = "reverse path filter", .place_row = 19,
		.column = COLUMN_MIXED,
		.count = "netstat.TcpExt.IPReversePathFilter",
		.remedy = "sysctl net.ipv4.conf.{all,DEV}.rp_filter=2 or 0; the larger of the two "
			"holds",
		.help = "the source address would be answered through another device",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv4"}, .any_loop = true,
		.stage = "IP", .place = "IP address", .place_row = 18, .column = COLUMN_MIXED,
		.count = "snmp.Ip.InAddrErrors+netstat.IpExt.InNoRoutes",
		.remedy = "send to an address of the sink",
		.help = "the destination address is not this host's",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv6"}, .any_loop = true,
		.stage = "IP", .place = "IP address", .place_row = 18, .column = COLUMN_MIXED,
		.count = "snmp6.Ip6InAddrErrors+snmp6.Ip6InNoRoutes",
		.remedy = "send to an address of the sink",
		.help = "the destination address is not this host's",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv4"}, .any_loop = true,
		.stage = "IP", .place = "reassembly", .place_row = 20, .column = COLUMN_MIXED,
		.count = "snmp.Ip.ReasmFails", .evidence = "snmp.Ip.ReasmTimeout",
		.remedy = "keep frames below the MTU; raise net.ipv4.ipfrag_high_thresh",
		.help = "fragments were given up",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv6"}, .any_loop = true,
		.stage = "IP", .place = "reassembly", .place_row = 20, .column = COLUMN_MIXED,
		.count = "snmp6.Ip6ReasmFails", .evidence = "snmp6.Ip6ReasmTimeout",
		.remedy = "keep frames below the MTU; raise net.ipv6.ip6frag_high_thresh",
		.help = "fragments were given up",
	},
	/* Up to 76 bytes (CHECKSUM_BREAK) are summed before the lookup, longer ones after it. */
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv4"}, .any_loop = true,
		.stage = "UDP", .place = "UDP checksum", .place_row = 24, .column = COLUMN_SHARED,
		.count = "snmp.Udp.InCsumErrors", .evidence = "snmp.Udp.InErrors",
		.remedy = "look for what damages frames; check sender and checksum offload",
		.help = "wrong UDP checksum, found before the socket was looked up",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv6"}, .any_loop = true,
		.stage = "UDP", .place = "UDP checksum", .place_row = 24, .column = COLUMN_SHARED,
		.count = "snmp6.Udp6InCsumErrors", .evidence = "snmp6.Udp6InErrors",
		.remedy = "look for what damages frames; check sender and checksum offload",
		.help = "wrong UDP checksum, found before the socket was looked up",
	},
	/* Where the program hangs on the socket, a frame without one passes no program. */
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv4"}, .any_loop = true,
		.stage = "UDP", .place = "no listener", .place_row = 23, .column = COLUMN_SHARED,
		.count = "snmp.Udp.NoPorts",
		.remedy = "start the receiver, or send to the port on which it listens",
		.help = "no socket for the port",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv6"}, .any_loop = true,
		.stage = "UDP", .place = "no listener", .place_row = 23, .column = COLUMN_SHARED,
		.count = "snmp6.Udp6NoPorts",
		.remedy = "start the receiver, or send to the port on which it listens",
		.help = "no socket for the port",
	},
	/*
	 * Every cause at the socket moves socket_drops once and its own counter once, of the
	 * namespace.
	 */
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv4"}, .any_loop = true,
		.stage = "UDP socket", .place = "UDP receive buffer", .place_row = 25,
		.column = COLUMN_MIXED,
		.count = "snmp.Udp.RcvbufErrors", .limit = "udp.socket_drops",
		.evidence = "snmp.Udp.InErrors",
		.remedy = "a larger receive buffer (the sink's rcvbuf; elsewhere SO_RCVBUF and "
			"net.core.rmem_max), more sockets and cores (queues, cpus)",
		.help = "the socket's receive buffer was full",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv6"}, .any_loop = true,
		.stage = "UDP socket", .place = "UDP receive buffer", .place_row = 25,
		.column = COLUMN_MIXED,
		.count = "snmp6.Udp6RcvbufErrors", .limit = "udp.socket_drops",
		.evidence = "snmp6.Udp6InErrors",
		.remedy = "a larger receive buffer (the sink's rcvbuf; elsewhere SO_RCVBUF and "
			"net.core.rmem_max), more sockets and cores (queues, cpus)",
		.help = "the socket's receive buffer was full",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv4"}, .any_loop = true,
		.stage = "UDP socket", .place = "UDP memory", .place_row = 26,
		.column = COLUMN_MIXED,
		.count = "snmp.Udp.MemErrors", .limit = "udp.socket_drops",
		.evidence = "snmp.Udp.InErrors",
		.remedy = "raise net.ipv4.udp_mem",
		.help = "the memory of all UDP sockets was used up",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv6"}, .any_loop = true,
		.stage = "UDP socket", .place = "UDP memory", .place_row = 26,
		.column = COLUMN_MIXED,
		.count = "snmp6.Udp6MemErrors", .limit = "udp.socket_drops",
		.evidence = "snmp6.Udp6InErrors",
		.remedy = "raise net.ipv4.udp_mem",
		.help = "the memory of all UDP sockets was used up",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv4"}, .any_loop = true,
		.stage = "UDP", .place = "UDP checksum", .place_row = 24,
		.column = COLUMN_MIXED,
		.count = "snmp.Udp.InCsumErrors", .limit = "udp.socket_drops",
		.evidence = "snmp.Udp.InErrors",
		.remedy = "look for what damages frames; check sender and checksum offload",
		.help = "wrong UDP checksum, found at the socket",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv6"}, .any_loop = true,
		.stage = "UDP", .place = "UDP checksum", .place_row = 24,
		.column = COLUMN_MIXED,
		.count = "snmp6.Udp6InCsumErrors", .limit = "udp.socket_drops",
		.evidence = "snmp6.Udp6InErrors",
		.remedy = "look for what damages frames; check sender and checksum offload",
		.help = "wrong UDP checksum, found at the socket",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv4"}, .any_loop = true,
		.stage = "UDP socket", .place = "socket drop", .place_row = 25,
		.column = COLUMN_MIXED,
		.count = "udp.socket_drops-snmp.Udp.RcvbufErrors-snmp.Udp.MemErrors"
			"-snmp.Udp.InCsumErrors",
		.evidence = "snmp.Udp.InErrors",
		.remedy = "look for a filter on the socket (ss -0 -b)",
		.help = "the socket dropped the frame and UDP gives no cause",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv6"}, .any_loop = true,
		.stage = "UDP socket", .place = "socket drop", .place_row = 25,
		.column = COLUMN_MIXED,
		.count = "udp.socket_drops-snmp6.Udp6RcvbufErrors-snmp6.Udp6MemErrors"
			"-snmp6.Udp6InCsumErrors",
		.evidence = "snmp6.Udp6InErrors",
		.remedy = "look for a filter on the socket (ss -0 -b)",
		.help = "the socket dropped the frame and UDP gives no cause",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv4"}, .any_loop = true,
		.stage = "UDP", .place = "no listener", .place_row = 23, .column = COLUMN_MIXED,
		.count = "snmp.Udp.NoPorts",
		.remedy = "start the receiver, or send to the port on which it listens",
		.help = "no socket for the port",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "udp", .family = "ipv6"}, .any_loop = true,
		.stage = "UDP", .place = "no listener", .place_row = 23, .column = COLUMN_MIXED,
		.count = "snmp6.Udp6NoPorts",
		.remedy = "start the receiver, or send to the port on which it listens",
		.help = "no socket for the port",
	},
	{
		.after = "program", .end = END_RX, .match = {.rx_endpoint = "af_xdp"},
		.any_loop = true,
		.stage = "AF_XDP socket", .place = "no AF_XDP socket", .place_row = 14,
		.column = COLUMN_OURS,
		.count = "xdp.no_socket",
		.remedy = "bind a socket to every RX queue, or cut channels (ethtool -L) or RSS "
			"(ethtool -X) to those bound",
		.help = "the frame came on an RX queue to which no socket is bound",
	},
	{
		.after = "program", .end = END_RX, .match = {.rx_endpoint = "af_xdp"},
		.any_loop = true,
		.stage = "AF_XDP socket", .place = "AF_XDP fill ring empty", .place_row = 14,
		.column = COLUMN_OURS,
		.count = "xsk.rx_dropped", .limit = "xsk.rx_fill_ring_empty_descs",
		.evidence = "eth.rx_drops dev.rx_dropped xsk.rx_invalid_descs",
		.remedy = "a larger fill_ring of the sink, a core of its own for it",
		.help = "no buffer was ready in the fill ring",
	},
	{
		.after = "program", .end = END_RX, .match = {.rx_endpoint = "af_xdp"},
		.any_loop = true,
		.stage = "AF_XDP socket", .place = "frame above chunk", .place_row = 14,
		.column = COLUMN_OURS,
		.count = "xsk.rx_dropped-xsk.rx_fill_ring_empty_descs",
		.evidence = "eth.rx_drops dev.rx_dropped",
		.remedy = "larger chunks in the umem, smaller frames",
		.help = "the frame does not fit a chunk of the umem",
	},
	{
		.after = "program", .end = END_RX, .match = {.rx_endpoint = "af_xdp"},
		.any_loop = true,
		.stage = "AF_XDP socket", .place = "AF_XDP RX ring full", .place_row = 14,
		.column = COLUMN_OURS,
		.count = "xsk.rx_ring_full", .evidence = "eth.rx_drops dev.rx_dropped",
		.remedy = "a larger ring of the sink, more queues and cpus, a core of its own",
		.help = "the sink had not emptied its RX ring",
	},
	/* Drops before the program, and the stack's of frames passed to it, are in there too. */
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "af_xdp", .rx_mode = "native"}, .any_loop = true,
		.stage = "AF_XDP socket", .place = "redirect refused", .place_row = 14,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-xsk.rx_dropped-xsk.rx_ring_full",
		.evidence = "eth.rx_drops",
		.remedy = "bind each socket to the queue under whose number the map holds it",
		.help = "the redirect failed: the socket is bound to another queue",
	},
	/* DPDK on a port of its own. */
	{
		.after = "wire", .end = END_RX, .match = {.rx_endpoint = "dpdk", .rx_mode = "pci"},
		.any_loop = true,
		.stage = "wire", .place = "damaged on the wire", .place_row = 6,
		.column = COLUMN_MIXED,
		.count = "dpdk.ierrors",
		.remedy = "check cable, optics, duplex and speed negotiation",
		.help = "the port counted an error; its extended counters (dpdk.xstats) say which",
	},
	{
		.after = "wire", .end = END_RX, .match = {.rx_endpoint = "dpdk", .rx_mode = "pci"},
		.any_loop = true,
		.stage = "NIC", .place = "RX descriptor ring", .place_row = 10,
		.column = COLUMN_MIXED,
		.count = "dpdk.imissed", .evidence = "dpdk.rx_nombuf",
		.remedy = "a larger ring of the sink, more queues and cpus; some drivers count row 9 "
			"here too (PCIe slot, firmware)",
		.help = "no descriptor was ready: the sink had not emptied its ring",
	},
	/* Some drivers count frames in imissed, too, for which there was no buffer. */
	{
		.after = "wire", .end = END_RX, .match = {.rx_endpoint = "dpdk", .rx_mode = "pci"},
		.any_loop = true,
		.stage = "driver RX", .place = "receive buffers", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dpdk.rx_nombuf",
		.remedy = "more mbufs of the sink",
		.help = "the pool had no buffer for the frame",
	},
	{
		.after = "wire", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_memif"}, .any_loop = true,
		.stage = "memif", .place = "memif bad descriptor", .column = COLUMN_MIXED,
		.count = "dpdk.ierrors",
		.remedy = "both ends must be of versions that understand each other",
		.help = "the other end described a buffer that is none",
	},
	{
		.after = "wire", .end = END_RX, .match = {.rx_endpoint = "dpdk", .rx_mode = "vdev"},
		.any_loop = true,
		.stage = "NIC", .place = "RX descriptor ring", .place_row = 10,
		.column = COLUMN_MIXED,
		.count = "dpdk.imissed+dpdk.ierrors",
		.remedy = "a larger ring of the sink, more queues and cpus",
		.help = "the driver counted the frame as missed or wrong",
	},
	/* DPDK over an interface of the kernel's: what the kernel counts below it. */
	{
		.after = "wire", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_packet"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-softnet.dropped",
		.evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "the driver dropped a good frame before it counted it",
	},
	{
		.after = "wire", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_xdp/generic"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-softnet.dropped",
		.evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "the driver dropped a good frame before it counted it",
	},
	{
		.after = "wire", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_xdp"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-xsk.rx_dropped-xsk.rx_ring_full",
		.evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "the driver dropped a good frame before it counted it",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_packet"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-softnet.dropped",
		.evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "a good frame was dropped between the driver and the protocols",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_xdp/generic"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-softnet.dropped",
		.evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "a good frame was dropped between the driver and the protocols",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_xdp"}, .any_loop = true,
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-xsk.rx_dropped-xsk.rx_ring_full",
		.evidence = "eth.rx_drops",
		.remedy = "ethtool -S DEV names the cause: no buffers (more memory, larger rings) "
			"or frames without a handler",
		.help = "no memory to hand the frame to the XDP program (veth)",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_packet"}, .any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the backlog queue of a CPU was full",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_xdp/generic"}, .any_loop = true,
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.evidence = "softnet.flow_limit",
		.remedy = "raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, "
			"more queues)",
		.help = "the backlog queue of a CPU was full",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_packet"}, .any_loop = true,
		.stage = "AF_PACKET socket", .place = "AF_PACKET RX ring full",
		.column = COLUMN_OURS,
		.count = "dpdk.packet_drops",
		.remedy = "a larger ring of the sink, more queues and cpus, a core of its own",
		.help = "the sink had not emptied its RX ring; DPDK's driver does not tell",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_packet"}, .any_loop = true,
		.stage = "AF_PACKET socket", .place = "merged frames",
		.column = COLUMN_OURS,
		.count = "packet.merged",
		.remedy = "tx.offload.uso = off where UDP_SEGMENT sends pass a virtual device whole; "
			"ethtool -K DEV gro off, rx-gro-hw off, lro off",
		.help = "several frames came as one packet, which no slot of the ring holds",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_xdp"}, .any_loop = true,
		.stage = "AF_XDP socket", .place = "no AF_XDP socket", .place_row = 14,
		.column = COLUMN_OURS,
		.count = "xdp.no_socket",
		.remedy = "bind a socket to every RX queue, or cut channels (ethtool -L) or RSS "
			"(ethtool -X) to those bound",
		.help = "the frame came on an RX queue to which no socket is bound",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_xdp"}, .any_loop = true,
		.stage = "AF_XDP socket", .place = "AF_XDP fill ring empty", .place_row = 14,
		.column = COLUMN_OURS,
		.count = "xsk.rx_dropped", .limit = "xsk.rx_fill_ring_empty_descs",
		.evidence = "dpdk.imissed eth.rx_drops dev.rx_dropped xsk.rx_invalid_descs",
		.remedy = "more mbufs of the sink, a core of its own for it",
		.help = "no buffer was ready in the fill ring",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_xdp"}, .any_loop = true,
		.stage = "AF_XDP socket", .place = "frame above chunk", .place_row = 14,
		.column = COLUMN_OURS,
		.count = "xsk.rx_dropped-xsk.rx_fill_ring_empty_descs",
		.evidence = "dpdk.imissed eth.rx_drops dev.rx_dropped",
		.remedy = "larger chunks in the umem, smaller frames",
		.help = "the frame does not fit a chunk of the umem",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_xdp"}, .any_loop = true,
		.stage = "AF_XDP socket", .place = "AF_XDP RX ring full", .place_row = 14,
		.column = COLUMN_OURS,
		.count = "xsk.rx_ring_full", .evidence = "dpdk.imissed eth.rx_drops dev.rx_dropped",
		.remedy = "a larger ring of the sink, more queues and cpus, a core of its own",
		.help = "the sink had not emptied its RX ring; DPDK's imissed leaves these out",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_xdp/generic"}, .any_loop = true,
		.stage = "AF_XDP socket", .place = "no AF_XDP socket", .place_row = 14,
		.column = COLUMN_OURS,
		.count = "xdp.no_socket",
		.remedy = "bind a socket to every RX queue, or cut channels (ethtool -L) or RSS "
			"(ethtool -X) to those bound",
		.help = "the frame came on an RX queue to which no socket is bound",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_xdp/generic"}, .any_loop = true,
		.stage = "AF_XDP socket", .place = "AF_XDP fill ring empty", .place_row = 14,
		.column = COLUMN_OURS,
		.count = "xsk.rx_dropped", .limit = "xsk.rx_fill_ring_empty_descs",
		.evidence = "dpdk.imissed eth.rx_drops dev.rx_dropped xsk.rx_invalid_descs",
		.remedy = "more mbufs of the sink, a core of its own for it",
		.help = "no buffer was ready in the fill ring",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_xdp/generic"}, .any_loop = true,
		.stage = "AF_XDP socket", .place = "frame above chunk", .place_row = 14,
		.column = COLUMN_OURS,
		.count = "xsk.rx_dropped-xsk.rx_fill_ring_empty_descs",
		.evidence = "dpdk.imissed eth.rx_drops dev.rx_dropped",
		.remedy = "larger chunks in the umem, smaller frames",
		.help = "the frame does not fit a chunk of the umem",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_xdp/generic"}, .any_loop = true,
		.stage = "AF_XDP socket", .place = "AF_XDP RX ring full", .place_row = 14,
		.column = COLUMN_OURS,
		.count = "xsk.rx_ring_full", .evidence = "dpdk.imissed eth.rx_drops dev.rx_dropped",
		.remedy = "a larger ring of the sink, more queues and cpus, a core of its own",
		.help = "the sink had not emptied its RX ring; DPDK's imissed leaves these out",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_af_xdp"}, .any_loop = true,
		.stage = "AF_XDP socket", .place = "redirect refused", .place_row = 14,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-xsk.rx_dropped-xsk.rx_ring_full",
		.evidence = "eth.rx_drops",
		.remedy = "bind each socket to the queue under whose number the map holds it",
		.help = "the redirect failed: the socket is bound to another queue",
	},
	/*
	 * Only ours pass the tap's filter, so all that its ring refuses is ours. The tap has no row
	 * of its own in the table of places: it is no socket of UDP's (row 25), and it gets copies.
	 */
	{
		.after = "program", .end = END_RX, .match = {.rx_endpoint = "packet"},
		.any_loop = true,
		.stage = "AF_PACKET socket", .place = "AF_PACKET RX ring full",
		.column = COLUMN_OURS,
		.count = "packet.tp_drops", .evidence = "packet.tp_freezes",
		.remedy = "a larger ring of the sink, more queues and cpus, a core of its own",
		.help = "the sink had not emptied its RX ring",
	},
	{
		.after = "program", .end = END_RX, .match = {.rx_endpoint = "packet"},
		.any_loop = true,
		.stage = "AF_PACKET socket", .place = "merged frames",
		.column = COLUMN_OURS,
		.count = "packet.merged",
		.remedy = "tx.offload.uso = off where UDP_SEGMENT sends pass a virtual device whole; "
			"ethtool -K DEV gro off, rx-gro-hw off, lro off",
		.help = "several frames came as one packet, which no slot of the ring holds",
	},
	{
		.after = "received", .end = END_RX, .any_loop = true,
		.stage = "sink", .place = "corrupt", .place_row = 6, .column = COLUMN_OURS,
		.count = "worker.corrupt",
		.remedy = "look for what damages frames: cable, memory, offloads of the sender",
		.help = "the frame arrived with a wrong stamp",
	},
};
/* clang-format on */

const struct loss_def *ledger_loss_table(size_t *n)
{
	*n = sizeof(rows) / sizeof(rows[0]);
	return rows;
}
