/*
 * The places where frames get lost and the counters that tell, in path order; in
 * one distance the earlier row takes first. Which counters move for one and the
 * same event is said where it decides a row. Pure data.
 */
#include "ledger.h"

#define REMEDY_BACKLOG                                                                             \
	"raise net.core.netdev_max_backlog, or spread the receiving CPUs (RPS, more queues)"
#define REMEDY_QDISC                                                                               \
	"tc qdisc: raise the limit (txqueuelen for pfifo), choose another qdisc, or lower the "    \
	"rate"
#define REMEDY_DRIVER_TX                                                                           \
	"lower the rate, use more TX queues; on veth: the peer's ring is full (give its NAPI a "   \
	"core), or its MTU is smaller"
#define REMEDY_DRIVER_RX                                                                           \
	"ethtool -S DEV names the cause: no buffers (more memory, larger rings) or frames "        \
	"without a handler"
#define REMEDY_FRAME_LENGTH "set the same MTU along the whole path; tunnels need 50 bytes and more"
#define REMEDY_OTHER_END                                                                           \
	"set the same MTU at both ends of the virtual cable; the other end drops the same way "    \
	"while it is down (ip link)"
#define REMEDY_FIREWALL                                                                            \
	"nft -a list ruleset (and iptables-save -c), in the sink's namespace: find the rule that " \
	"drops these ports"
#define REMEDY_RCVBUF                                                                              \
	"a larger receive buffer (the sink's rcvbuf; elsewhere SO_RCVBUF and net.core.rmem_max), " \
	"more sockets and cores (queues, cpus)"
#define REMEDY_KERNEL                                                                              \
	"the observer's list in the result names reason and function: look there, in the "         \
	"kernel's sources"

/* clang-format off */
static const struct loss_def rows[] = {
	{
		.after = "accepted", .end = END_TX, .match = {.tx_endpoint = "af_xdp"},
		.stage = "AF_XDP socket", .place = "TX invalid descriptor", .place_row = 14,
		.column = COLUMN_OURS, .count = "xsk.tx_invalid_descs",
		.remedy = "keep the frame within one chunk of the umem and the device's MTU",
		.help = "the kernel completed the descriptor without sending it",
	},
	{
		.after = "accepted", .end = END_TX,
		.match = {.tx_endpoint = "dpdk", .tx_mode = "net_af_xdp"},
		.stage = "AF_XDP socket", .place = "TX invalid descriptor", .place_row = 14,
		.column = COLUMN_OURS, .count = "xsk.tx_invalid_descs",
		.remedy = "keep the frame within one chunk of the umem and the device's MTU",
		.help = "the kernel completed the descriptor without sending it",
	},
	{
		.after = "accepted", .end = END_TX, .match = {.tx_endpoint = "af_xdp"},
		.stage = "AF_XDP socket", .place = "TX ring not drained", .place_row = 5,
		.column = COLUMN_OURS, .count = "xsk.tx_left",
		.evidence = "dev.tx_carrier_errors",
		.remedy = "see why the device stopped sending: link, driver, kernel log",
		.help = "handed over and not completed two seconds after sending ended",
	},
	{
		.after = "accepted", .end = END_TX, .match = {.tx_endpoint = "packet"},
		.stage = "AF_PACKET socket", .place = "AF_PACKET TX ring not drained",
		.place_row = 5, .column = COLUMN_OURS, .count = "packet.tx_left",
		.evidence = "packet.tx_retries dev.tx_carrier_errors",
		.remedy = "see why device or qdisc take nothing any more: link, driver, "
			"MTU, an egress rule (tc, nft), kernel log",
		.help = "handed over and not sent two seconds after sending ended",
	},
	{
		.after = "accepted", .end = END_TX, .match = {.tx_endpoint = "udp"},
		.stage = "firewall", .place = "firewall output", .place_row = 21,
		.column = COLUMN_OURS, .count = "udp.tx_eperm", .seen = "bpf.firewall_output",
		.evidence = "nft.drops",
		.remedy = "nft -a list ruleset, in the sender's namespace: find the rule "
			"of the output hook that drops these ports",
		.help = "a rule of the output hook dropped the frame and the sender was "
			"told (EPERM)",
	},
	/*
	 * What a socket is told is ENOBUFS for each of the next four; which of them it was only the
	 * observer knows. A device that is full by itself tells, too.
	 */
	{
		.after = "accepted", .end = END_TX, .match = {.tx_endpoint = "udp"},
		.stage = "firewall", .place = "firewall egress", .place_row = 21,
		.column = COLUMN_SHARED, .count = "worker.refused+udp.tx_eperm",
		.requires = "bpf.firewall_egress", .seen = "bpf.firewall_egress",
		.evidence = "nft.drops",
		.remedy = "nft -a list ruleset, in the sender's namespace: find the rule "
			"of a netdev table's egress hook that drops these ports",
		.help = "a rule of the device's egress hook dropped the frame and the "
			"sender was told (ENOBUFS)",
	},
	{
		.after = "accepted", .end = END_TX, .match = {.tx_endpoint = "udp"},
		.stage = "tc egress", .place = "tc egress", .place_row = 33,
		.column = COLUMN_SHARED, .count = "worker.refused+udp.tx_eperm",
		.requires = "bpf.tc_egress", .seen = "bpf.tc_egress",
		.remedy = "tc filter show dev DEV egress: find the filter that drops "
			"these frames",
		.help = "a filter of tc's egress hook dropped the frame and the sender "
			"was told (ENOBUFS)",
	},
	{
		.after = "accepted", .end = END_TX, .match = {.tx_endpoint = "udp"},
		.stage = "wire", .place = "frame length", .place_row = 7,
		.column = COLUMN_SHARED, .count = "worker.refused+udp.tx_eperm",
		.requires = "bpf.frame_length", .seen = "bpf.frame_length",
		.evidence = "dev.tx_dropped",
		.remedy = REMEDY_OTHER_END,
		.help = "the frame was longer than the other end's MTU, or that end was "
			"down; the sender was told (ENOBUFS)",
	},
	/*
	 * A qdisc hides what the driver says, so where one counts, refusals are its own. It counts
	 * sends, which with UDP_SEGMENT are of several frames each: a refusal's other frames come on
	 * top.
	 */
	{
		.after = "accepted", .end = END_TX, .match = {.tx_endpoint = "udp"},
		.stage = "qdisc", .place = "qdisc", .place_row = 4, .column = COLUMN_SHARED,
		.count = "worker.refused+udp.tx_eperm",
		.limit = "qdisc.drops+worker.refused-udp.refused_sends",
		.requires = "qdisc.drops", .seen = "bpf.qdisc",
		.evidence = "snmp.Udp.SndbufErrors snmp.Ip.OutDiscards "
			"snmp6.Udp6SndbufErrors snmp6.Ip6OutDiscards",
		.remedy = REMEDY_QDISC,
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
		.match = {.tx_driver = "veth", .rx_driver = "veth", .rx_way = "skb"},
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.unless = "eth.rx_xdp_packets", .seen = "bpf.backlog",
		.evidence = "softnet.flow_limit",
		.remedy = REMEDY_BACKLOG,
		.help = "the receiver's backlog was full and veth passed that on to the sender",
	},
	/* What was refused and is not of the places before. */
	{
		.after = "accepted", .end = END_TX, .stage = "driver TX", .place = "driver TX",
		.place_row = 5, .column = COLUMN_SHARED, .count = "worker.refused+udp.tx_eperm",
		.evidence = "dev.tx_dropped dev.tx_errors dev.tx_carrier_errors "
			"dev.tx_fifo_errors bpf.driver_tx bpf.driver_freed",
		.remedy = REMEDY_DRIVER_TX,
		.help = "the driver refused the frame and the sender was told",
	},
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "null"},
		.stage = "generator", .place = "null generator", .column = COLUMN_OURS,
		.count = "null.discarded",
		.remedy = "none: this endpoint discards by design, to measure the "
			"generator alone",
		.help = "discarded by design",
	},
	{
		.after = "wire", .end = END_TX,
		.match = {.tx_endpoint = "dpdk", .tx_mode = "net_null"}, .stage = "generator",
		.place = "null generator", .column = COLUMN_OURS, .count = "dpdk.opackets",
		.remedy = "none: net_null discards by design, to measure the generator alone",
		.help = "discarded by design",
	},
	{
		.after = "wire", .end = END_TX,
		.match = {.tx_endpoint = "dpdk", .tx_mode = "net_pcap/file"},
		.stage = "generator", .place = "capture file", .column = COLUMN_OURS,
		.count = "dpdk.opackets", .evidence = "dpdk.oerrors",
		.remedy = "none: net_pcap writes to a file by design, to look at the frames",
		.help = "written to a file by design",
	},
	/* Of a packet that would have been cut later, the sender was told of one frame alone. */
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "udp"},
		.stage = "firewall", .place = "firewall egress", .place_row = 21,
		.column = COLUMN_SHARED,
		.count = "bpf.firewall_egress+bpf.firewall_egress.others",
		.seen = "bpf.firewall_egress", .evidence = "nft.drops",
		.remedy = "nft -a list ruleset, in the sender's namespace: find the rule "
			"of a netdev table's egress hook that drops these ports",
		.help = "a rule of the device's egress hook dropped the frame, and the "
			"sender was not told of each",
	},
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "udp"},
		.stage = "tc egress", .place = "tc egress", .place_row = 33,
		.column = COLUMN_SHARED, .count = "bpf.tc_egress+bpf.tc_egress.others",
		.seen = "bpf.tc_egress",
		.remedy = "tc filter show dev DEV egress: find the filter that drops "
			"these frames",
		.help = "a filter of tc's egress hook dropped the frame, and the sender "
			"was not told of each",
	},
	/* Between socket and device, and the sender saw success. */
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "udp"}, .stage = "IP",
		.place = "neighbour unresolved", .place_row = 3, .column = COLUMN_MIXED,
		.count = "bpf.neighbour+bpf.neighbour.others", .seen = "bpf.neighbour",
		.evidence = "neigh.unresolved_discards neigh.table_fulls",
		.remedy = "ip neigh: see why nobody answers for the next hop, or set a "
			"permanent neighbour; net.ipv4.neigh.default.gc_thresh3 where the "
			"table is full",
		.help = "the next hop's link address was not known, and the frame was "
			"dropped without a word to the sender",
	},
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "udp"}, .stage = "IP",
		.place = "no route", .place_row = 18, .column = COLUMN_MIXED,
		.count = "bpf.no_route+bpf.no_route.others", .seen = "bpf.no_route",
		.evidence = "snmp.Ip.OutNoRoutes snmp6.Ip6OutNoRoutes",
		.remedy = "ip route get ADDRESS, in the sender's namespace",
		.help = "there was no route for the frame",
	},
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "udp"}, .stage = "wire",
		.place = "frame length", .place_row = 7, .column = COLUMN_SHARED,
		.count = "dev.tx_dropped", .requires = "bpf.frame_length",
		.seen = "bpf.frame_length",
		.remedy = REMEDY_OTHER_END,
		.help = "the frame was longer than the other end's MTU, or that end was "
			"down; the sender was not told",
	},
	/* netem's loss, or a drop from the head of the queue: the sender saw success. */
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "udp"},
		.stage = "qdisc", .place = "qdisc", .place_row = 4, .column = COLUMN_MIXED,
		.count = "qdisc.drops-udp.refused_sends", .seen = "bpf.qdisc",
		.evidence = "snmp.Udp.SndbufErrors snmp6.Udp6SndbufErrors",
		.remedy = REMEDY_QDISC,
		.help = "the qdisc dropped the frame after it had taken it",
	},
	{
		.after = "wire", .end = END_RX,
		.match = {.tx_driver = "veth", .rx_driver = "veth", .rx_way = "skb"},
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped",
		.unless = "eth.rx_xdp_packets", .seen = "bpf.backlog",
		.evidence = "softnet.flow_limit",
		.remedy = REMEDY_BACKLOG,
		.help = "the receiver's backlog was full; a qdisc hid that from the sender",
	},
	/*
	 * Refusals beyond the qdisc's drops were the driver's and are booked: t - (refused -
	 * q), at most t.
	 */
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "udp"},
		.stage = "driver TX", .place = "driver TX", .place_row = 5,
		.column = COLUMN_MIXED,
		.count = "dev.tx_dropped+dev.tx_errors+qdisc.drops-udp.refused_sends",
		.limit = "dev.tx_dropped+dev.tx_errors",
		.evidence = "dev.tx_carrier_errors dev.tx_fifo_errors eth.tx_drops "
			"eth.tx_link_down bpf.driver_tx bpf.driver_freed",
		.remedy = REMEDY_DRIVER_TX,
		.help = "the driver dropped the frame and the sender was not told",
	},
	/*
	 * A frame of an AF_PACKET TX ring that qdisc or driver refused is sent again, and each
	 * refusal moved their counters (none, where PACKET_QDISC_BYPASS met a stopped queue): what
	 * is above the retries was dropped without a word to the sender.
	 */
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "packet"},
		.stage = "qdisc", .place = "qdisc", .place_row = 4, .column = COLUMN_SHARED,
		.count = "qdisc.drops-packet.tx_retries", .seen = "bpf.qdisc-packet.tx_retries",
		.remedy = REMEDY_QDISC,
		.help = "the qdisc dropped the frame after it had taken it",
	},
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "packet"},
		.stage = "driver TX", .place = "driver TX", .place_row = 5,
		.column = COLUMN_SHARED,
		.count = "dev.tx_dropped+dev.tx_errors+qdisc.drops-packet.tx_retries",
		.limit = "dev.tx_dropped+dev.tx_errors",
		.evidence = "dev.tx_carrier_errors dev.tx_fifo_errors eth.tx_drops "
			"eth.tx_link_down bpf.driver_tx bpf.driver_freed",
		.remedy = REMEDY_DRIVER_TX,
		.help = "the driver dropped the frame and the sender was not told",
	},
	/* DPDK's driver takes ENOBUFS for success; it passes the qdisc by unless told not to. */
	{
		.after = "wire", .end = END_TX,
		.match = {.tx_endpoint = "dpdk", .tx_mode = "net_af_packet"}, .stage = "qdisc",
		.place = "qdisc", .place_row = 4, .column = COLUMN_MIXED, .count = "qdisc.drops",
		.remedy = REMEDY_QDISC,
		.help = "the qdisc dropped the frame, and DPDK's driver does not tell",
	},
	{
		.after = "wire", .end = END_TX,
		.match = {.tx_endpoint = "dpdk", .tx_mode = "net_af_packet"},
		.stage = "driver TX", .place = "driver TX", .place_row = 5,
		.column = COLUMN_MIXED, .count = "dev.tx_dropped+dev.tx_errors",
		.evidence = "dpdk.oerrors dev.tx_carrier_errors dev.tx_fifo_errors",
		.remedy = REMEDY_DRIVER_TX,
		.help = "the driver dropped the frame, and DPDK's driver does not tell",
	},
	{
		.after = "wire", .end = END_TX,
		.match = {.tx_endpoint = "dpdk", .tx_mode = "net_af_xdp"}, .stage = "driver TX",
		.place = "driver TX", .place_row = 5, .column = COLUMN_MIXED,
		.count = "dev.tx_dropped+dev.tx_errors",
		.evidence = "dev.tx_carrier_errors dev.tx_fifo_errors",
		.remedy = REMEDY_DRIVER_TX,
		.help = "the driver dropped the frame, and DPDK's driver does not tell",
	},
	{
		.after = "wire", .end = END_TX,
		.match = {.tx_endpoint = "dpdk", .tx_mode = "pci"}, .stage = "driver TX",
		.place = "driver TX", .place_row = 5, .column = COLUMN_SHARED,
		.count = "dpdk.oerrors",
		.remedy = "see the port's extended counters (dpdk.xstats) and its link",
		.help = "the port took the frame and did not send it",
	},
	/* AF_XDP in copy mode passes the qdisc by (__dev_direct_xmit). */
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "af_xdp"},
		.stage = "driver TX", .place = "driver TX", .place_row = 5,
		.column = COLUMN_MIXED, .count = "dev.tx_dropped+dev.tx_errors-worker.refused",
		.evidence = "dev.tx_carrier_errors dev.tx_fifo_errors",
		.remedy = REMEDY_DRIVER_TX,
		.help = "the driver dropped the frame and the sender was not told",
	},
	/* Where refusals are not told one by one they are in the device's counters alone. */
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "xdp"},
		.stage = "driver TX", .place = "driver TX", .place_row = 5,
		.column = COLUMN_MIXED, .count = "dev.tx_dropped+dev.tx_errors-worker.refused",
		.evidence = "dev.tx_carrier_errors dev.tx_fifo_errors",
		.remedy = REMEDY_DRIVER_TX,
		.help = "the driver dropped the frame and the sender was not told",
	},
	/* On another device than the side's, say, or for a reason of no other row. */
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "udp"},
		.stage = "kernel", .place = "kernel drop", .place_row = 33,
		.column = COLUMN_MIXED, .count = "bpf.tx_other+bpf.tx_other.others",
		.seen = "bpf.tx_other",
		.remedy = REMEDY_KERNEL,
		.help = "the kernel dropped the frame on its way out for a reason that "
			"has no place of its own",
	},
	{
		.after = "wire", .end = END_TX, .match = {.tx_endpoint = "udp"},
		.stage = "kernel", .place = "kernel drop", .place_row = 33,
		.column = COLUMN_SHARED, .count = "bpf.driver_tx+bpf.driver_freed",
		.remedy = REMEDY_KERNEL,
		.help = "a driver dropped the frame, and not the one of the side",
	},
	{
		.after = "wire", .end = END_RX, .stage = "wire", .place = "damaged on the wire",
		.place_row = 6, .column = COLUMN_MIXED,
		.count = "dev.rx_crc_errors+dev.rx_frame_errors", .evidence = "dev.rx_errors",
		.remedy = "check cable, optics, duplex and speed negotiation",
		.help = "wrong check sequence or alignment",
	},
	{
		.after = "wire", .end = END_RX, .stage = "wire", .place = "frame length",
		.place_row = 7, .column = COLUMN_MIXED, .count = "dev.rx_length_errors",
		.evidence = "dev.rx_errors",
		.remedy = REMEDY_FRAME_LENGTH,
		.help = "the frame was too long or too short for the receiver",
	},
	/*
	 * Some drivers repeat missed frames in rx_fifo_errors (igb: missed and queue drops
	 * together).
	 */
	{
		.after = "wire", .end = END_RX, .stage = "NIC", .place = "NIC FIFO",
		.place_row = 9, .column = COLUMN_MIXED,
		.count = "dev.rx_over_errors+dev.rx_fifo_errors-dev.rx_missed_errors",
		.evidence = "dev.rx_errors",
		.remedy = "spread load over queues (RSS), check the PCIe slot, turn pause "
			"frames on if loss must move to the sender",
		.help = "the NIC's own buffer overran",
	},
	{
		.after = "wire", .end = END_RX, .stage = "NIC", .place = "RX descriptor ring",
		.place_row = 10, .column = COLUMN_MIXED, .count = "dev.rx_missed_errors",
		.evidence = "dev.rx_fifo_errors dev.rx_over_errors",
		.remedy = "ethtool -G DEV rx MAX, more queues, IRQ affinity, less coalescing",
		.help = "no descriptor was ready; some drivers count row 9 here too",
	},
	/* What rtnetlink leaves out of these with some drivers (lib/counter/drivers.c). */
	{
		.after = "wire", .end = END_RX, .stage = "NIC", .place = "NIC FIFO",
		.place_row = 9, .column = COLUMN_SHARED,
		.count = "eth.rx_port_full+eth.rx_truncated",
		.evidence = "eth.rx_port_discards eth.rx_pci_full eth.rx_prio_discards",
		.remedy = "spread load over queues (RSS), check the PCIe slot, turn pause "
			"frames on if loss must move to the sender",
		.help = "the port's buffer overran",
	},
	{
		.after = "wire", .end = END_RX, .stage = "NIC", .place = "RX descriptor ring",
		.place_row = 10, .column = COLUMN_SHARED, .count = "eth.rx_ring_full",
		.evidence = "eth.rx_no_buffer eth.rx_alloc_fail",
		.remedy = "ethtool -G DEV rx MAX, more queues, IRQ affinity, less coalescing",
		.help = "no descriptor was ready",
	},
	{
		.after = "wire", .end = END_RX, .stage = "wire", .place = "frame length",
		.place_row = 7, .column = COLUMN_SHARED, .count = "eth.rx_oversize",
		.remedy = REMEDY_FRAME_LENGTH,
		.help = "the frame was too long for the receiver",
	},
	{
		.after = "wire", .end = END_RX, .match = {.rx_driver = "ena"},
		.stage = "cloud limit", .place = "cloud limit", .place_row = 36,
		.column = COLUMN_SHARED,
		.count = "eth.limit_rx_bandwidth+eth.limit_packets+eth.limit_conntrack"
			"+eth.limit_linklocal",
		.remedy = "a larger instance: the cloud limits this one",
		.help = "the instance's allowance was used up; some of these frames may "
			"only have been late",
	},
	/*
	 * Whether a driver's own drops are in rx_packets differs; the distance with room takes
	 * them. For what reads frames above the stack's entrance the same counters move behind it,
	 * too, for frames that went on into the stack.
	 */
	{
		.after = "wire", .end = END_RX, .match = {.rx_way = "skb"}, .stage = "driver RX",
		.place = "driver RX drop", .place_row = 12, .column = COLUMN_SHARED,
		.count = "dev.rx_dropped-softnet.dropped-bpf.protocol-bpf.protocol.others",
		.evidence = "eth.rx_drops eth.rx_alloc_fail",
		.remedy = REMEDY_DRIVER_RX,
		.help = "the driver dropped a good frame before it counted it",
	},
	/* In native mode a failed redirect is the driver's rx_dropped too. */
	{
		.after = "wire", .end = END_RX, .match = {.rx_way = "driver", .rx_into = "xsk"},
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-xsk.rx_dropped-xsk.rx_ring_full",
		.evidence = "eth.rx_drops",
		.remedy = REMEDY_DRIVER_RX,
		.help = "the driver dropped a good frame before it counted it",
	},
	/*
	 * Our own XDP_DROPs are in rx_dropped with some drivers (virtio_net) and apart with
	 * others (veth, drivers/net/veth.c), where subtracting them leaves nothing.
	 */
	{
		.after = "wire", .end = END_RX,
		.match = {.rx_way = "driver", .rx_into = "check"}, .stage = "driver RX",
		.place = "driver RX drop", .place_row = 12, .column = COLUMN_SHARED,
		.count = "dev.rx_dropped-eth.rx_xdp_drops-eth.xdp_drops",
		.evidence = "eth.rx_drops",
		.remedy = REMEDY_DRIVER_RX,
		.help = "the driver dropped a good frame before it counted it",
	},
	{
		.after = "wire", .end = END_RX,
		.match = {.rx_way = "driver", .rx_into = "check", .rx_driver = "veth"},
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED, .count = "dev.rx_dropped", .evidence = "eth.rx_drops",
		.remedy = REMEDY_DRIVER_RX,
		.help = "the driver dropped a good frame before it counted it",
	},
	/* Somebody's XDP program in front of the stack: in native mode the driver counts. */
	{
		.after = "device-rx", .end = END_RX, .match = {.rx_way = "skb"},
		.stage = "XDP program", .place = "XDP program", .place_row = 13,
		.column = COLUMN_MIXED,
		.count = "eth.rx_xdp_drops+eth.rx_xdp_tx+eth.rx_xdp_tx_errors"
			"+eth.rx_xdp_redirect+eth.xdp_drops+eth.xdp_redirects",
		.evidence = "bpf.xdp_action bpf.xdp_redirect",
		.remedy = "ip link show dev DEV names the program: see what it does with "
			"these frames (bpftool prog)",
		.help = "an XDP program of others took the frame, in native mode",
	},
	{
		.after = "device-rx", .end = END_RX, .match = {.rx_into = "socket"},
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_MIXED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped", .seen = "bpf.backlog",
		.evidence = "softnet.flow_limit",
		.remedy = REMEDY_BACKLOG,
		.help = "the backlog queue of a CPU was full",
	},
	/*
	 * For AF_XDP and taps the stack goes on beyond the program: there the same counters move for
	 * foreign frames.
	 */
	{
		.after = "device-rx", .end = END_RX, .match = {.rx_way = "skb"},
		.stage = "backlog", .place = "backlog", .place_row = 16, .column = COLUMN_SHARED,
		.count = "softnet.dropped", .limit = "dev.rx_dropped", .seen = "bpf.backlog",
		.evidence = "softnet.flow_limit",
		.remedy = REMEDY_BACKLOG,
		.help = "the backlog queue of a CPU was full",
	},
	{
		.after = "device-rx", .end = END_RX, .match = {.rx_into = "socket"},
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_MIXED,
		.count = "dev.rx_dropped-softnet.dropped-bpf.protocol-bpf.protocol.others",
		.evidence = "eth.rx_drops eth.rx_alloc_fail",
		.remedy = REMEDY_DRIVER_RX,
		.help = "a good frame was dropped between the driver and the protocols",
	},
	{
		.after = "device-rx", .end = END_RX, .match = {.rx_way = "skb"},
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED,
		.count = "dev.rx_dropped-softnet.dropped-bpf.protocol-bpf.protocol.others",
		.evidence = "eth.rx_drops eth.rx_alloc_fail",
		.remedy = REMEDY_DRIVER_RX,
		.help = "a good frame was dropped between the driver and the protocols",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_way = "driver", .rx_into = "xsk"}, .stage = "driver RX",
		.place = "driver RX drop", .place_row = 12, .column = COLUMN_SHARED,
		.count = "dev.rx_dropped-xsk.rx_dropped-xsk.rx_ring_full",
		.evidence = "eth.rx_drops",
		.remedy = REMEDY_DRIVER_RX,
		.help = "no memory to hand the frame to the XDP program (veth)",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_way = "driver", .rx_into = "check"}, .stage = "driver RX",
		.place = "driver RX drop", .place_row = 12, .column = COLUMN_SHARED,
		.count = "dev.rx_dropped-eth.rx_xdp_drops-eth.xdp_drops",
		.evidence = "eth.rx_drops",
		.remedy = REMEDY_DRIVER_RX,
		.help = "no memory to hand the frame to the XDP program (veth)",
	},
	{
		.after = "device-rx", .end = END_RX,
		.match = {.rx_way = "driver", .rx_into = "check", .rx_driver = "veth"},
		.stage = "driver RX", .place = "driver RX drop", .place_row = 12,
		.column = COLUMN_SHARED, .count = "dev.rx_dropped", .evidence = "eth.rx_drops",
		.remedy = REMEDY_DRIVER_RX,
		.help = "no memory to hand the frame to the XDP program (veth)",
	},
	{
		.after = "stack", .end = END_RX, .match = {.rx_way = "skb", .rx_into = "socket"},
		.stage = "XDP program", .place = "XDP program", .place_row = 13,
		.column = COLUMN_MIXED, .count = "bpf.xdp+bpf.xdp.others", .seen = "bpf.xdp",
		.evidence = "eth.rx_xdp_drops eth.xdp_drops",
		.remedy = "ip link show dev DEV names the program: see what it does with "
			"these frames (bpftool prog)",
		.help = "an XDP program of others dropped the frame: generic, or native "
			"where the driver had made a packet of it",
	},
	{
		.after = "stack", .end = END_RX, .match = {.rx_way = "skb", .rx_into = "tap"},
		.stage = "XDP program", .place = "XDP program", .place_row = 13,
		.column = COLUMN_MIXED, .count = "bpf.xdp+bpf.xdp.others", .seen = "bpf.xdp",
		.evidence = "eth.rx_xdp_drops eth.xdp_drops",
		.remedy = "ip link show dev DEV names the program: see what it does with "
			"these frames (bpftool prog)",
		.help = "an XDP program of others dropped the frame: generic, or native "
			"where the driver had made a packet of it",
	},
	{
		.after = "stack", .end = END_RX, .match = {.rx_into = "socket"},
		.stage = "tc ingress", .place = "tc ingress", .place_row = 33,
		.column = COLUMN_MIXED, .count = "bpf.tc_ingress+bpf.tc_ingress.others",
		.seen = "bpf.tc_ingress",
		.remedy = "tc filter show dev DEV ingress: find the filter that drops "
			"these frames",
		.help = "a filter of tc's ingress hook dropped the frame",
	},
	/*
	 * A full table is a verdict of the hook itself, and so is what iptables drops (nf_hook_slow);
	 * a rule of nftables drops where it is evaluated (nft_do_chain).
	 */
	{
		.after = "stack", .end = END_RX, .match = {.rx_into = "socket"},
		.stage = "connection tracking", .place = "connection tracking", .place_row = 22,
		.column = COLUMN_MIXED, .count = "ct.drop", .limit = "ct.drop",
		.seen = "bpf.hook", .evidence = "ct.insert_failed ct.early_drop ct.count ct.max",
		.remedy = "sysctl net.netfilter.nf_conntrack_max (and "
			"nf_conntrack_buckets), shorter timeouts, or notrack for these "
			"ports",
		.help = "connection tracking had no room for the flow, or could not enter it",
	},
	{
		.after = "stack", .end = END_RX, .match = {.rx_into = "socket"},
		.stage = "firewall", .place = "firewall", .place_row = 21,
		.column = COLUMN_MIXED, .count = "bpf.firewall+bpf.firewall.others",
		.seen = "bpf.firewall", .evidence = "nft.drops",
		.remedy = REMEDY_FIREWALL,
		.help = "a rule of nftables dropped the frame (ingress, prerouting or "
			"input hook)",
	},
	{
		.after = "stack", .end = END_RX, .match = {.rx_into = "socket"},
		.stage = "firewall", .place = "firewall", .place_row = 21,
		.column = COLUMN_MIXED, .count = "bpf.hook+bpf.hook.others", .seen = "bpf.hook",
		.evidence = "xt.drops",
		.remedy = REMEDY_FIREWALL,
		.help = "a netfilter hook that is not nftables' dropped the frame (iptables)",
	},
	/* Without the observer, the rules' own counters: of all hooks, and of all traffic. */
	{
		.after = "stack", .end = END_RX, .match = {.rx_into = "socket"},
		.stage = "firewall", .place = "firewall", .place_row = 21,
		.column = COLUMN_SHARED, .count = "nft.drops+xt.drops",
		.without = "bpf.firewall", .evidence = "nft.unsaid",
		.remedy = REMEDY_FIREWALL,
		.help = "rules with a counter dropped frames",
	},
	{
		.after = "device-rx", .end = END_RX, .match = {.rx_into = "socket"},
		.stage = "IP", .place = "inactive device", .place_row = 17,
		.column = COLUMN_MIXED, .count = "dev.rx_nohandler",
		.remedy = "receive on the bond or bridge, not on a passive member of it",
		.help = "the device is an inactive member",
	},
	{
		.after = "stack", .end = END_RX, .match = {.rx_into = "socket"}, .stage = "IP",
		.place = "other host", .place_row = 17, .column = COLUMN_MIXED,
		.count = "dev.rx_otherhost_dropped", .seen = "bpf.other_host",
		.remedy = "give the generator the sink's MAC address (and VLAN)",
		.help = "the destination MAC is not this host's",
	},
	{
		.after = "stack", .end = END_RX, .match = {.rx_into = "socket"}, .stage = "IP",
		.place = "unknown protocol", .place_row = 17, .column = COLUMN_MIXED,
		.count = "bpf.protocol+bpf.protocol.others", .seen = "bpf.protocol",
		.evidence = "dev.rx_dropped",
		.remedy = "see with tcpdump -e what EtherType and VLAN the frames have",
		.help = "nobody on this host handles the EtherType",
	},
	{
		.after = "stack", .end = END_RX, .match = {.rx_into = "socket"}, .stage = "IP",
		.place = "unknown protocol", .place_row = 17, .column = COLUMN_MIXED,
		.count = "bpf.ip_protocol+bpf.ip_protocol.others", .seen = "bpf.ip_protocol",
		.evidence = "snmp.Ip.InUnknownProtos snmp6.Ip6InUnknownProtos",
		.remedy = "see with tcpdump -v what IP protocol the frames have",
		.help = "nobody on this host handles the IP protocol",
	},
	{
		.after = "stack", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv4"}, .stage = "IP",
		.place = "IP header", .place_row = 18, .column = COLUMN_MIXED,
		.count = "snmp.Ip.InHdrErrors", .seen = "bpf.ip_header", .seen_is_least = true,
		.evidence = "netstat.IpExt.InCsumErrors",
		.remedy = "look for what damages frames on the way; check checksum "
			"offload of the sender",
		.help = "bad IPv4 header, checksum or TTL",
	},
	{
		.after = "stack", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv6"}, .stage = "IP",
		.place = "IP header", .place_row = 18, .column = COLUMN_MIXED,
		.count = "snmp6.Ip6InHdrErrors", .seen = "bpf.ip_header", .seen_is_least = true,
		.remedy = "look for what damages frames on the way",
		.help = "bad IPv6 header, options or hop limit",
	},
	{
		.after = "stack", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv4"}, .stage = "IP",
		.place = "IP truncated", .place_row = 18, .column = COLUMN_MIXED,
		.count = "netstat.IpExt.InTruncatedPkts", .seen = "bpf.ip_truncated",
		.seen_is_least = true,
		.remedy = "look for what cuts frames on the way",
		.help = "shorter than the IP header says",
	},
	{
		.after = "stack", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv6"}, .stage = "IP",
		.place = "IP truncated", .place_row = 18, .column = COLUMN_MIXED,
		.count = "snmp6.Ip6InTruncatedPkts", .seen = "bpf.ip_truncated",
		.seen_is_least = true,
		.remedy = "look for what cuts frames on the way",
		.help = "shorter than the IP header says",
	},
	{
		.after = "stack", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv4"}, .stage = "IP",
		.place = "IP memory", .place_row = 18, .column = COLUMN_MIXED,
		.count = "snmp.Ip.InDiscards",
		.remedy = "free memory: IP could not allocate",
		.help = "dropped by IP for want of memory",
	},
	{
		.after = "stack", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv6"}, .stage = "IP",
		.place = "IP memory", .place_row = 18, .column = COLUMN_MIXED,
		.count = "snmp6.Ip6InDiscards",
		.remedy = "free memory; sysctl net.ipv6.conf.DEV.disable_ipv6=0",
		.help = "dropped by IPv6 for want of memory, or IPv6 is off on the device",
	},
	{
		.after = "stack", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv4"}, .stage = "IP",
		.place = "reverse path filter", .place_row = 19, .column = COLUMN_MIXED,
		.count = "netstat.TcpExt.IPReversePathFilter", .seen = "bpf.rp_filter",
		.remedy = "sysctl net.ipv4.conf.{all,DEV}.rp_filter=2 or 0; the larger of "
			"the two holds. The route back to the source must lead through "
			"this device for 1",
		.help = "the source address would be answered through another device",
	},
	{
		.after = "stack", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv4"}, .stage = "IP",
		.place = "IP address", .place_row = 18, .column = COLUMN_MIXED,
		.count = "snmp.Ip.InAddrErrors+netstat.IpExt.InNoRoutes",
		.seen = "bpf.ip_address",
		.remedy = "send to an address of the sink",
		.help = "the destination address is not this host's",
	},
	{
		.after = "stack", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv6"}, .stage = "IP",
		.place = "IP address", .place_row = 18, .column = COLUMN_MIXED,
		.count = "snmp6.Ip6InAddrErrors+snmp6.Ip6InNoRoutes", .seen = "bpf.ip_address",
		.remedy = "send to an address of the sink",
		.help = "the destination address is not this host's",
	},
	{
		.after = "stack", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv4"}, .stage = "IP",
		.place = "reassembly", .place_row = 20, .column = COLUMN_MIXED,
		.count = "snmp.Ip.ReasmFails", .seen = "bpf.reassembly", .seen_is_least = true,
		.evidence = "snmp.Ip.ReasmTimeout",
		.remedy = "keep frames below the MTU; raise net.ipv4.ipfrag_high_thresh",
		.help = "fragments were given up",
	},
	{
		.after = "stack", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv6"}, .stage = "IP",
		.place = "reassembly", .place_row = 20, .column = COLUMN_MIXED,
		.count = "snmp6.Ip6ReasmFails", .seen = "bpf.reassembly", .seen_is_least = true,
		.evidence = "snmp6.Ip6ReasmTimeout",
		.remedy = "keep frames below the MTU; raise net.ipv6.ip6frag_high_thresh",
		.help = "fragments were given up",
	},
	/* The program hangs on the socket: a frame without one passes no program. */
	{
		.after = "stack", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv4"}, .stage = "UDP",
		.place = "no listener", .place_row = 23, .column = COLUMN_MIXED,
		.count = "snmp.Udp.NoPorts", .seen = "bpf.no_listener",
		.remedy = "start the receiver, or send to the port on which it listens",
		.help = "no socket for the port",
	},
	{
		.after = "stack", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv6"}, .stage = "UDP",
		.place = "no listener", .place_row = 23, .column = COLUMN_MIXED,
		.count = "snmp6.Udp6NoPorts", .seen = "bpf.no_listener",
		.remedy = "start the receiver, or send to the port on which it listens",
		.help = "no socket for the port",
	},
	/*
	 * Up to 76 bytes (CHECKSUM_BREAK) are summed before the lookup, longer ones after it; the
	 * stack's counter does not tell which.
	 */
	{
		.after = "stack", .end = END_RX, .match = {.rx_into = "socket"}, .stage = "UDP",
		.place = "UDP checksum", .place_row = 24, .column = COLUMN_MIXED,
		.count = "bpf.udp_checksum_early+bpf.udp_checksum_early.others",
		.seen = "bpf.udp_checksum_early",
		.evidence = "snmp.Udp.InCsumErrors snmp6.Udp6InCsumErrors",
		.remedy = "look for what damages frames; check sender and checksum offload",
		.help = "wrong UDP checksum, found before the socket was looked up",
	},
	{
		.after = "stack", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv4"}, .stage = "UDP",
		.place = "UDP checksum", .place_row = 24, .column = COLUMN_SHARED,
		.count = "snmp.Udp.InCsumErrors", .seen = "bpf.udp_checksum_early",
		.seen_is_least = true, .evidence = "snmp.Udp.InErrors",
		.remedy = "look for what damages frames; check sender and checksum offload",
		.help = "wrong UDP checksum, found before the socket was looked up",
	},
	{
		.after = "stack", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv6"}, .stage = "UDP",
		.place = "UDP checksum", .place_row = 24, .column = COLUMN_SHARED,
		.count = "snmp6.Udp6InCsumErrors", .seen = "bpf.udp_checksum_early",
		.seen_is_least = true, .evidence = "snmp6.Udp6InErrors",
		.remedy = "look for what damages frames; check sender and checksum offload",
		.help = "wrong UDP checksum, found before the socket was looked up",
	},
	{
		.after = "stack", .end = END_RX, .match = {.rx_into = "socket"},
		.stage = "kernel", .place = "kernel drop", .place_row = 33,
		.column = COLUMN_MIXED, .count = "bpf.rx_other+bpf.rx_other.others",
		.seen = "bpf.rx_other",
		.remedy = REMEDY_KERNEL,
		.help = "the kernel dropped the frame on its way in for a reason that has "
			"no place of its own",
	},
	/*
	 * Every cause at the socket moves socket_drops once and its own counter once, of the
	 * namespace.
	 */
	{
		.after = "program", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv4"}, .stage = "UDP socket",
		.place = "UDP receive buffer", .place_row = 25, .column = COLUMN_MIXED,
		.count = "snmp.Udp.RcvbufErrors", .limit = "udp.socket_drops",
		.seen = "bpf.receive_buffer", .evidence = "snmp.Udp.InErrors bpf.udp_queue",
		.remedy = REMEDY_RCVBUF,
		.help = "the socket's receive buffer was full",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv6"}, .stage = "UDP socket",
		.place = "UDP receive buffer", .place_row = 25, .column = COLUMN_MIXED,
		.count = "snmp6.Udp6RcvbufErrors", .limit = "udp.socket_drops",
		.seen = "bpf.receive_buffer", .evidence = "snmp6.Udp6InErrors bpf.udp_queue",
		.remedy = REMEDY_RCVBUF,
		.help = "the socket's receive buffer was full",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv4"}, .stage = "UDP socket",
		.place = "UDP memory", .place_row = 26, .column = COLUMN_MIXED,
		.count = "snmp.Udp.MemErrors", .limit = "udp.socket_drops",
		.seen = "bpf.udp_memory", .evidence = "snmp.Udp.InErrors",
		.remedy = "raise net.ipv4.udp_mem",
		.help = "the memory of all UDP sockets was used up",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv6"}, .stage = "UDP socket",
		.place = "UDP memory", .place_row = 26, .column = COLUMN_MIXED,
		.count = "snmp6.Udp6MemErrors", .limit = "udp.socket_drops",
		.seen = "bpf.udp_memory", .evidence = "snmp6.Udp6InErrors",
		.remedy = "raise net.ipv4.udp_mem",
		.help = "the memory of all UDP sockets was used up",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv4"}, .stage = "UDP",
		.place = "UDP checksum", .place_row = 24, .column = COLUMN_MIXED,
		.count = "snmp.Udp.InCsumErrors", .limit = "udp.socket_drops",
		.seen = "bpf.udp_checksum", .seen_is_least = true,
		.evidence = "snmp.Udp.InErrors",
		.remedy = "look for what damages frames; check sender and checksum offload",
		.help = "wrong UDP checksum, found at the socket",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv6"}, .stage = "UDP",
		.place = "UDP checksum", .place_row = 24, .column = COLUMN_MIXED,
		.count = "snmp6.Udp6InCsumErrors", .limit = "udp.socket_drops",
		.seen = "bpf.udp_checksum", .seen_is_least = true,
		.evidence = "snmp6.Udp6InErrors",
		.remedy = "look for what damages frames; check sender and checksum offload",
		.help = "wrong UDP checksum, found at the socket",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv4"}, .stage = "UDP socket",
		.place = "socket drop", .place_row = 25, .column = COLUMN_MIXED,
		.count = "udp.socket_drops-snmp.Udp.RcvbufErrors-snmp.Udp.MemErrors"
			"-snmp.Udp.InCsumErrors",
		.seen = "bpf.socket", .evidence = "snmp.Udp.InErrors",
		.remedy = "look for a filter on the socket (ss -0 -b)",
		.help = "the socket dropped the frame and UDP gives no cause",
	},
	{
		.after = "program", .end = END_RX,
		.match = {.rx_into = "socket", .family = "ipv6"}, .stage = "UDP socket",
		.place = "socket drop", .place_row = 25, .column = COLUMN_MIXED,
		.count = "udp.socket_drops-snmp6.Udp6RcvbufErrors-snmp6.Udp6MemErrors"
			"-snmp6.Udp6InCsumErrors",
		.seen = "bpf.socket", .evidence = "snmp6.Udp6InErrors",
		.remedy = "look for a filter on the socket (ss -0 -b)",
		.help = "the socket dropped the frame and UDP gives no cause",
	},
	/* AF_XDP, DPDK's driver for it included. */
	{
		.after = "program", .end = END_RX, .match = {.rx_into = "xsk"},
		.stage = "AF_XDP socket", .place = "no AF_XDP socket", .place_row = 14,
		.column = COLUMN_OURS, .count = "xdp.no_socket",
		.remedy = "bind a socket to every RX queue, or cut channels (ethtool -L) "
			"or RSS (ethtool -X) to those bound",
		.help = "the frame came on an RX queue to which no socket is bound",
	},
	{
		.after = "program", .end = END_RX, .match = {.rx_into = "xsk"},
		.stage = "AF_XDP socket", .place = "AF_XDP fill ring empty", .place_row = 14,
		.column = COLUMN_OURS, .count = "xsk.rx_dropped",
		.limit = "xsk.rx_fill_ring_empty_descs",
		.evidence = "dpdk.imissed eth.rx_drops dev.rx_dropped xsk.rx_invalid_descs",
		.remedy = "a larger fill_ring of the sink (DPDK: more mbufs), a core of "
			"its own for it",
		.help = "no buffer was ready in the fill ring",
	},
	{
		.after = "program", .end = END_RX, .match = {.rx_into = "xsk"},
		.stage = "AF_XDP socket", .place = "frame above chunk", .place_row = 14,
		.column = COLUMN_OURS, .count = "xsk.rx_dropped-xsk.rx_fill_ring_empty_descs",
		.evidence = "dpdk.imissed eth.rx_drops dev.rx_dropped",
		.remedy = "larger chunks in the umem, smaller frames",
		.help = "the frame does not fit a chunk of the umem",
	},
	{
		.after = "program", .end = END_RX, .match = {.rx_into = "xsk"},
		.stage = "AF_XDP socket", .place = "AF_XDP RX ring full", .place_row = 14,
		.column = COLUMN_OURS, .count = "xsk.rx_ring_full",
		.evidence = "dpdk.imissed eth.rx_drops dev.rx_dropped bpf.xdp_redirect",
		.remedy = "a larger ring of the sink, more queues and cpus, a core of its own",
		.help = "the sink had not emptied its RX ring; DPDK's imissed leaves these out",
	},
	/* Drops before the program, and the stack's of frames passed to it, are in there too. */
	{
		.after = "program", .end = END_RX,
		.match = {.rx_way = "driver", .rx_into = "xsk"}, .stage = "AF_XDP socket",
		.place = "redirect refused", .place_row = 14, .column = COLUMN_SHARED,
		.count = "dev.rx_dropped-xsk.rx_dropped-xsk.rx_ring_full",
		.evidence = "eth.rx_drops bpf.xdp_redirect",
		.remedy = "bind each socket to the queue under whose number the map holds it",
		.help = "the redirect failed: the socket is bound to another queue",
	},
	{
		.after = "program", .end = END_RX, .match = {.rx_way = "skb", .rx_into = "xsk"},
		.stage = "AF_XDP socket", .place = "redirect refused", .place_row = 14,
		.column = COLUMN_SHARED,
		.count = "bpf.xdp_redirect-xsk.rx_dropped-xsk.rx_ring_full",
		.evidence = "bpf.xdp",
		.remedy = "bind each socket to the queue under whose number the map holds it",
		.help = "the redirect failed: the socket is bound to another queue",
	},
	/* DPDK on a port of its own. */
	{
		.after = "wire", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "pci"}, .stage = "wire",
		.place = "damaged on the wire", .place_row = 6, .column = COLUMN_MIXED,
		.count = "dpdk.ierrors",
		.remedy = "check cable, optics, duplex and speed negotiation",
		.help = "the port counted an error; its extended counters (dpdk.xstats) "
			"say which",
	},
	{
		.after = "wire", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "pci"}, .stage = "NIC",
		.place = "RX descriptor ring", .place_row = 10, .column = COLUMN_MIXED,
		.count = "dpdk.imissed", .evidence = "dpdk.rx_nombuf",
		.remedy = "a larger ring of the sink, more queues and cpus; some drivers "
			"count row 9 here too (PCIe slot, firmware)",
		.help = "no descriptor was ready: the sink had not emptied its ring",
	},
	/* Some drivers count frames in imissed, too, for which there was no buffer. */
	{
		.after = "wire", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "pci"}, .stage = "driver RX",
		.place = "receive buffers", .place_row = 12, .column = COLUMN_SHARED,
		.count = "dpdk.rx_nombuf",
		.remedy = "more mbufs of the sink",
		.help = "the pool had no buffer for the frame",
	},
	{
		.after = "wire", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "net_memif"}, .stage = "memif",
		.place = "memif bad descriptor", .column = COLUMN_MIXED, .count = "dpdk.ierrors",
		.remedy = "both ends must be of versions that understand each other",
		.help = "the other end described a buffer that is none",
	},
	{
		.after = "wire", .end = END_RX,
		.match = {.rx_endpoint = "dpdk", .rx_mode = "vdev"}, .stage = "NIC",
		.place = "RX descriptor ring", .place_row = 10, .column = COLUMN_MIXED,
		.count = "dpdk.imissed+dpdk.ierrors",
		.remedy = "a larger ring of the sink, more queues and cpus",
		.help = "the driver counted the frame as missed or wrong",
	},
	/*
	 * Only ours pass the tap's filter, so all that its ring refuses is ours. The tap has no row
	 * of its own in the table of places: it is no socket of UDP's (row 25), and it gets copies.
	 * DPDK's driver does not tell what its ring refuses: its sockets are asked.
	 */
	{
		.after = "program", .end = END_RX, .match = {.rx_into = "tap"},
		.stage = "AF_PACKET socket", .place = "AF_PACKET RX ring full",
		.column = COLUMN_OURS, .count = "packet.tp_drops+dpdk.packet_drops",
		.evidence = "packet.tp_freezes",
		.remedy = "a larger ring of the sink, more queues and cpus, a core of its own",
		.help = "the sink had not emptied its RX ring",
	},
	{
		.after = "program", .end = END_RX, .match = {.rx_into = "tap"},
		.stage = "AF_PACKET socket", .place = "merged frames", .column = COLUMN_OURS,
		.count = "packet.merged",
		.remedy = "tx.offload.uso = off where UDP_SEGMENT sends pass a virtual "
			"device whole; ethtool -K DEV gro off, rx-gro-hw off, lro off",
		.help = "several frames came as one packet, which no slot of the ring holds",
	},
	{
		.after = "received", .end = END_RX, .stage = "sink", .place = "corrupt",
		.place_row = 6, .column = COLUMN_OURS, .count = "worker.corrupt",
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
