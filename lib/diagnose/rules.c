/*
 * The rules, a row each, in the order in which they explain counters: what knows the cause comes
 * before what only knows that something got lost. Paths of sources are of the kernel, Linux 6.18;
 * which counters repeat which was measured where the ledger's tests do, else read there.
 */
#include "causes.h"

#define BOTH(name, name6) "snmp." name "+snmp6." name6
/* What a UDP sender's namespace counts when the device or what is behind it refused. */
#define TOLD_SENDER                                                                                \
	"snmp.Udp.SndbufErrors snmp.Ip.OutDiscards snmp6.Udp6SndbufErrors snmp6.Ip6OutDiscards"
#define PEER_TOLD_SENDER                                                                           \
	"peer:snmp.Udp.SndbufErrors peer:snmp.Ip.OutDiscards peer:snmp6.Udp6SndbufErrors "         \
	"peer:snmp6.Ip6OutDiscards"
#define TCP "netstat.TcpExt."
/* What was sent again and need not have been, as far as it is told. */
#define NEEDLESS                                                                                   \
	TCP "TCPDSACKRecvSegs-" TCP "TCPSpuriousRTOs-" TCP "TCPLossProbes+" TCP                    \
	    "TCPLossProbeRecovery"

/* clang-format off */
static const struct diagnosis_rule rules[] = {
	/* ---- on the way in: NIC and driver ---- */
	{
		.place = "RX descriptor ring", .row = 10, .of = SUBJECT_DEVICE,
		.count = "eth.rx_ring_full", .repeats = "qstat.rx_hw_drops rdma.out_of_buffer",
		.evidence = "eth.rx_no_buffer eth.rx_alloc_fail qstat.rx_hw_drop_overruns",
		.facts = "rings irqs interrupts coalesce channels rps link", .explain = cause_rx_ring,
		.means = "the CPU came too late: no descriptor was ready for the frame",
		.source = "the driver's name of the counter: ringloss list names",
	},
	{
		.place = "NIC FIFO", .row = 9, .of = SUBJECT_DEVICE,
		.count = "eth.rx_port_full+eth.rx_truncated", .repeats = "eth.rx_port_discards qstat.rx_hw_drops",
		.evidence = "eth.rx_prio_discards eth.rx_pci_full eth.rx_no_buffer dev.rx_fifo_errors",
		.facts = "rings irqs interrupts channels pause link", .explain = cause_rx_port,
		.means = "the port's own buffer was full: the host or PCIe took frames too slowly",
		.source = "the driver's name of the counter: ringloss list names",
	},
	{
		.place = "RX descriptor ring", .row = 10, .of = SUBJECT_DEVICE,
		.count = "dev.rx_missed_errors", .repeats = "dev.rx_fifo_errors dev.rx_over_errors qstat.rx_hw_drops",
		.facts = "rings irqs interrupts coalesce channels rps link", .explain = cause_rx_ring,
		.means = "no buffer of the host was ready for the frame; some drivers count the NIC's FIFO (9) here, too",
		.source = "include/uapi/linux/if_link.h, rx_missed_errors",
	},
	{
		.place = "NIC FIFO", .row = 9, .of = SUBJECT_DEVICE,
		.count = "dev.rx_over_errors+dev.rx_fifo_errors", .repeats = "dev.rx_errors",
		.facts = "rings irqs interrupts channels pause link", .explain = cause_rx_port,
		.means = "the receiver overran: the NIC's FIFO was full",
		.source = "include/uapi/linux/if_link.h, rx_over_errors, rx_fifo_errors",
	},
	{
		.place = "RX descriptor ring", .row = 10, .of = SUBJECT_DEVICE,
		.count = "qstat.rx_hw_drops", .evidence = "qstat.rx_hw_drop_overruns qstat.rx_hw_drop_ratelimits",
		.repeats = "dev.rx_dropped",
		.facts = "rings irqs interrupts coalesce channels rps link", .explain = cause_rx_ring,
		.means = "the device had no buffer for the frame",
		.source = "Documentation/netlink/specs/netdev.yaml, rx-hw-drops",
	},
	{
		.place = "frame length", .row = 7, .of = SUBJECT_DEVICE,
		.count = "eth.rx_oversize", .repeats = "dev.rx_length_errors dev.rx_errors",
		.facts = "link", .explain = cause_rx_length,
		.means = "the frame is larger than a receive buffer: the sender's MTU is above this one's",
		.source = "the driver's name of the counter: ringloss list names",
	},
	{
		.place = "frame length", .row = 7, .of = SUBJECT_DEVICE, .count = "dev.rx_length_errors",
		.repeats = "dev.rx_errors mac.too_long mac.length_errors rmon.oversize rmon.undersize mac.out_of_range_length",
		.facts = "link", .explain = cause_rx_length,
		.means = "frames of a wrong length came in",
		.source = "include/uapi/linux/if_link.h, rx_length_errors",
	},
	{
		.place = "frame length", .row = 7, .of = SUBJECT_DEVICE,
		.count = "mac.too_long+mac.length_errors", .repeats = "rmon.oversize rmon.undersize dev.rx_errors",
		.facts = "link", .explain = cause_rx_length,
		.means = "frames of a wrong length came in",
		.source = "IEEE 802.3 30.3.1.1.25, aFrameTooLongErrors; 30.3.1.1.23, aInRangeLengthErrors",
	},
	{
		.place = "frame length", .row = 7, .of = SUBJECT_DEVICE,
		.count = "rmon.oversize+rmon.undersize", .repeats = "dev.rx_errors",
		.facts = "link", .explain = cause_rx_length,
		.means = "frames of a wrong length came in",
		.source = "RFC 2819, etherStatsOversizePkts, etherStatsUndersizePkts",
	},
	{
		.place = "wire", .row = 6, .of = SUBJECT_DEVICE,
		.count = "dev.rx_crc_errors+dev.rx_frame_errors",
		.repeats = "dev.rx_errors mac.fcs_errors mac.align_errors rmon.fragments rmon.jabbers",
		.evidence = "phy.symbol_errors eth.symbol_errors dev.carrier_changes",
		.facts = "link log", .explain = cause_wire,
		.means = "frames came damaged: cable, optics, connector, or a duplex mismatch",
		.source = "include/uapi/linux/if_link.h, rx_crc_errors, rx_frame_errors",
	},
	{
		.place = "wire", .row = 6, .of = SUBJECT_DEVICE,
		.count = "mac.fcs_errors+mac.align_errors", .repeats = "dev.rx_errors rmon.fragments rmon.jabbers",
		.evidence = "phy.symbol_errors eth.symbol_errors dev.carrier_changes",
		.facts = "link log", .explain = cause_wire,
		.means = "frames came damaged: cable, optics, connector, or a duplex mismatch",
		.source = "IEEE 802.3 30.3.1.1.6, aFrameCheckSequenceErrors; 30.3.1.1.7, aAlignmentErrors",
	},
	{
		.place = "wire", .row = 6, .of = SUBJECT_DEVICE,
		.count = "rmon.fragments+rmon.jabbers", .repeats = "dev.rx_errors",
		.evidence = "phy.symbol_errors eth.symbol_errors dev.carrier_changes",
		.facts = "link log", .explain = cause_wire,
		.means = "pieces of frames came in: collisions, cable, optics",
		.source = "RFC 2819, etherStatsFragments, etherStatsJabbers",
	},
	{
		.place = "wire", .row = 6, .of = SUBJECT_DEVICE, .count = "mac.rx_int_errors",
		.repeats = "dev.rx_errors", .facts = "link log", .explain = cause_wire,
		.means = "frames got lost within the MAC",
		.source = "IEEE 802.3 30.3.1.1.15, aFramesLostDueToIntMACRcvError",
	},
	{
		.place = "wire", .row = 6, .of = SUBJECT_DEVICE, .count = "dev.rx_errors",
		.facts = "link log", .explain = cause_wire,
		.means = "bad frames of which the driver says no more",
		.source = "include/uapi/linux/if_link.h, rx_errors",
	},
	{
		.place = "wire", .row = 6, .of = SUBJECT_DEVICE, .kind = FINDING_SIGN, .unit = "times",
		.count = "dev.carrier_changes", .repeats = "dev.carrier_down", .facts = "link log", .explain = cause_carrier,
		.means = "the link goes down and up: what is sent meanwhile is lost, or waits",
		.source = "Documentation/ABI/testing/sysfs-class-net, carrier_changes",
	},
	{
		.place = "wire", .row = 6, .of = SUBJECT_DEVICE, .kind = FINDING_SIGN, .unit = "times",
		.count = "phy.symbol_errors", .repeats = "eth.symbol_errors", .facts = "link", .explain = cause_wire,
		.means = "symbols are damaged on the wire, also where the FEC still mends them",
		.source = "IEEE 802.3 30.3.2.1.5, aSymbolErrorDuringCarrier",
	},
	{
		.place = "wire", .row = 6, .of = SUBJECT_DEVICE, .kind = FINDING_SIGN, .unit = "times",
		.count = "eth.symbol_errors", .facts = "link", .explain = cause_wire,
		.means = "symbols are damaged on the wire, also where the FEC still mends them",
		.source = "the driver's name of the counter: ringloss list names",
	},
	{
		.place = "flow control", .row = 8, .of = SUBJECT_DEVICE, .kind = FINDING_SIGN,
		.count = "pause.rx", .repeats = "eth.rx_pause ctrl.rx", .facts = "pause link", .explain = cause_pause_rx,
		.means = "the other end tells this one to wait: what is lost is lost before sending, in qdisc or program",
		.source = "IEEE 802.3 annex 31B; Documentation/networking/ethtool-netlink.rst, PAUSE_GET",
	},
	{
		.place = "flow control", .row = 8, .of = SUBJECT_DEVICE, .kind = FINDING_SIGN,
		.count = "pause.tx", .repeats = "eth.tx_pause ctrl.tx", .facts = "pause link rings", .explain = cause_pause_tx,
		.means = "this host tells the other end to wait: it is too slow, and the loss moves there",
		.source = "IEEE 802.3 annex 31B; Documentation/networking/ethtool-netlink.rst, PAUSE_GET",
	},
	{
		.place = "flow control", .row = 8, .of = SUBJECT_DEVICE, .kind = FINDING_SIGN,
		.count = "eth.rx_pause+eth.tx_pause", .facts = "pause link", .explain = cause_pause_rx,
		.means = "pause frames: one end is too slow, and the loss moves to the sender",
		.source = "IEEE 802.3 annex 31B",
	},
	{
		.place = "priority flow control", .row = 8, .of = SUBJECT_DEVICE, .kind = FINDING_SIGN,
		.count = "eth.rx_prio_pause+eth.tx_prio_pause", .facts = "link", .explain = cause_pfc,
		.means = "a priority is told to wait, in one direction or both: congestion, or a pause storm",
		.source = "IEEE 802.1Q clause 36, priority-based flow control",
	},
	{
		.place = "cloud limit", .row = 36, .of = SUBJECT_DEVICE,
		.count = "eth.limit_rx_bandwidth+eth.limit_tx_bandwidth+eth.limit_packets+"
			 "eth.limit_conntrack+eth.limit_linklocal",
		.explain = cause_cloud,
		.means = "the instance's allowance was exceeded: the hypervisor held frames back or dropped them",
		.source = "Amazon EC2 User Guide, network performance metrics of the ENA driver",
	},
	{
		.place = "RDMA", .row = 34, .of = SUBJECT_DEVICE,
		.count = "rdma.out_of_buffer+rdma.rx_icrc_encapsulated+rdma.rx_discards+rdma.tx_discards", .evidence =
			"rdma.out_of_sequence rdma.packet_seq_err rdma.rnr_nak_retry_err rdma.local_ack_timeout_err",
		.facts = "link", .explain = cause_rdma,
		.means = "the NIC had no receive request posted for a packet, or it was damaged",
		.source = "Documentation/networking/device_drivers/ethernet/mellanox/mlx5/counters.rst",
	},
	{
		.place = "RDMA", .row = 34, .of = SUBJECT_DEVICE,
		.count = "rdma.out_of_sequence+rdma.packet_seq_err",
		.evidence = "rdma.implied_nak_seq_err rdma.local_ack_timeout_err rdma.duplicate_request "
			    "rdma.rnr_nak_retry_err rdma.np_ecn_marked_roce_packets",
		.facts = "link", .explain = cause_rdma,
		.means = "RoCE packets are missing in sequence: they were lost on the way, and are sent again",
		.source = "Documentation/networking/device_drivers/ethernet/mellanox/mlx5/counters.rst",
	},
	{
		.place = "RDMA", .row = 34, .of = SUBJECT_DEVICE, .kind = FINDING_SIGN,
		.count = "rdma.rnr_nak_retry_err+rdma.local_ack_timeout_err+rdma.implied_nak_seq_err",
		.facts = "link", .explain = cause_rdma,
		.means = "an RDMA peer was not ready or did not answer in time, and packets are sent again",
		.source = "Documentation/networking/device_drivers/ethernet/mellanox/mlx5/counters.rst",
	},
	{
		.place = "RDMA congestion", .row = 34, .of = SUBJECT_DEVICE, .kind = FINDING_SIGN,
		.count = "rdma.np_ecn_marked_roce_packets+rdma.np_cnp_sent+rdma.rp_cnp_handled",
		.facts = "link", .explain = cause_rdma_congestion,
		.means = "switches mark RoCE packets: a queue on the path is filling, senders are slowed down",
		.source = "Documentation/networking/device_drivers/ethernet/mellanox/mlx5/counters.rst",
	},

	/* ---- XDP and AF_XDP ---- */
	{
		.place = "redirect refused", .row = 14, .of = SUBJECT_NETNS, .count = "bpf.xdp_redirect",
		.repeats = "eth.rx_drops dev.rx_dropped bpf.xdp.others", .explain = cause_redirect,
		.means = "an XDP program redirected frames to where they could not go: a full or empty AF_XDP ring, no socket, another device",
		.source = "kernel/bpf/devmap.c, net/xdp/xsk.c; tracepoint xdp:xdp_redirect_err",
	},
	{
		.place = "XDP program", .row = 13, .of = SUBJECT_DEVICE,
		.count = "eth.rx_xdp_drops+eth.xdp_drops+eth.rx_xdp_tx_errors",
		.repeats = "bpf.xdp.others bpf.xdp_action", .facts = "xdp", .explain = cause_xdp,
		.means = "an XDP program of the device dropped or aborted the frame",
		.source = "Documentation/bpf/prog_xdp (libbpf), drivers/net/veth.c, veth_xdp_rcv_skb",
	},
	{
		.place = "XDP program", .row = 13, .of = SUBJECT_NETNS,
		.count = "bpf.xdp.others", .repeats = "bpf.xdp_action", .explain = cause_xdp_netns,
		.means = "an XDP program dropped the packet",
		.source = "net/core/dev.c, do_xdp_generic",
	},
	{
		.place = "XDP program", .row = 13, .of = SUBJECT_NETNS,
		.count = "bpf.xdp_action", .explain = cause_xdp_netns,
		.means = "an XDP program aborted, or its verdict could not be carried out",
		.source = "net/core/filter.c, bpf_warn_invalid_xdp_action; tracepoint xdp:xdp_exception",
	},
	{
		.place = "driver RX drop", .row = 12, .of = SUBJECT_DEVICE, .count = "eth.rx_drops",
		.repeats = "peer:dev.tx_dropped " PEER_TOLD_SENDER, .evidence = "eth.rx_alloc_fail",
		.facts = "link rings xdp", .explain = cause_driver_rx,
		.means = "the driver could not take the frame: no memory, or its queue was full",
		.source = "the driver's name of the counter: ringloss list names",
	},
	{
		.place = "receive buffers", .row = 12, .of = SUBJECT_DEVICE, .kind = FINDING_SIGN,
		.unit = "buffers", .count = "eth.rx_alloc_fail+eth.rx_xsk_alloc_fail+eth.rx_buffer_errors",
		.repeats = "qstat.rx_alloc_fail", .facts = "rings log sysctl", .explain = cause_alloc,
		.means = "receive buffers could not be allocated: the ring runs dry, and frames are lost then",
		.source = "the driver's name of the counter: ringloss list names",
	},
	{
		.place = "receive buffers", .row = 12, .of = SUBJECT_DEVICE, .kind = FINDING_SIGN,
		.unit = "buffers", .count = "qstat.rx_alloc_fail", .facts = "rings log sysctl", .explain = cause_alloc,
		.means = "receive buffers could not be allocated: the ring runs dry, and frames are lost then",
		.source = "Documentation/netlink/specs/netdev.yaml, rx-alloc-fail",
	},

	/* ---- backlog and softirq ---- */
	{
		.place = "backlog", .row = 16, .of = SUBJECT_MACHINE, .count = "softnet.dropped",
		.repeats = "bpf.backlog.others dev.rx_dropped peer:dev.tx_dropped " PEER_TOLD_SENDER,
		.evidence = "softnet.flow_limit softnet.time_squeeze", .facts = "cpus sysctl",
		.explain = cause_backlog,
		.means = "a CPU's backlog queue was full (RPS, veth without NAPI, tunnels, loopback)",
		.source = "net/core/dev.c, enqueue_to_backlog",
	},
	{
		.place = "softirq budget", .row = 15, .of = SUBJECT_MACHINE, .kind = FINDING_SIGN,
		.unit = "times", .count = "softnet.time_squeeze", .facts = "cpus sysctl", .explain = cause_squeeze,
		.means = "the receive softirq ended with work left: nothing lost by it, but rings and backlog fill meanwhile",
		.source = "net/core/dev.c, net_rx_action",
	},
	{
		.place = "interrupts on one CPU", .row = 11, .of = SUBJECT_DEVICE, .kind = FINDING_SIGN,
		.unit = "interrupts", .measure = measure_interrupts, .facts = "irqs channels rps link",
		.explain = cause_interrupts,
		.means = "one CPU takes nearly all interrupts of a device with several queues, and others have room",
		.source = "Documentation/networking/scaling.rst, RSS IRQ configuration",
	},

	/* ---- the stack, on the way in ---- */
	{
		.place = "other host", .row = 17, .of = SUBJECT_DEVICE, .count = "dev.rx_otherhost_dropped",
		.repeats = "bpf.other_host.others", .facts = "link", .explain = cause_other_host,
		.means = "frames for another MAC address came to IP (promiscuous mode, flooding, a wrong neighbour entry of the sender)",
		.source = "net/ipv4/ip_input.c, ip_rcv_core; net/ipv6/ip6_input.c, ip6_rcv_core",
	},
	{
		.place = "other host", .row = 17, .of = SUBJECT_DEVICE, .count = "eth.rx_steer_missed",
		.facts = "link", .explain = cause_other_host,
		.means = "no steering rule of the NIC took the frame: another MAC address or VLAN",
		.source = "the driver's name of the counter: ringloss list names",
	},
	{
		.place = "unknown protocol", .row = 17, .of = SUBJECT_NETNS, .count = "bpf.protocol.others",
		.repeats = "dev.rx_dropped", .explain = cause_protocol,
		.means = "nothing on this host handles the frame's EtherType or VLAN",
		.source = "net/core/dev.c, __netif_receive_skb_core, SKB_DROP_REASON_UNHANDLED_PROTO",
	},
	{
		.place = "unknown protocol", .row = 17, .of = SUBJECT_NETNS,
		.count = BOTH("Ip.InUnknownProtos", "Ip6InUnknownProtos"), .repeats = "bpf.ip_protocol.others",
		.explain = cause_protocol, .means = "nothing on this host handles the packet's IP protocol",
		.source = "RFC 4293, ipIfStatsInUnknownProtos",
	},
	{
		.place = "inactive device", .row = 17, .of = SUBJECT_DEVICE, .count = "dev.rx_nohandler",
		.facts = "link", .explain = cause_inactive,
		.means = "frames came to a device that is not in use, such as a bond's passive member",
		.source = "include/uapi/linux/if_link.h, rx_nohandler",
	},
	{
		.place = "tc ingress", .row = 33, .of = SUBJECT_NETNS, .count = "bpf.tc_ingress.others",
		.explain = cause_tc, .means = "a filter at a device's tc ingress dropped the packet",
		.source = "net/core/dev.c, sch_handle_ingress",
	},
	{
		.place = "tc egress", .row = 33, .of = SUBJECT_NETNS, .count = "bpf.tc_egress.others",
		.repeats = TOLD_SENDER, .explain = cause_tc,
		.means = "a filter at a device's tc egress dropped the packet",
		.source = "net/core/dev.c, sch_handle_egress",
	},
	{
		.place = "reverse path filter", .row = 19, .of = SUBJECT_NETNS,
		.count = "netstat.TcpExt.IPReversePathFilter", .repeats = "bpf.rp_filter.others",
		.facts = "reverse_path", .explain = cause_rp_filter,
		.means = "the way back to the packet's source is another interface (asymmetric routing, or a spoofed source)",
		.source = "net/ipv4/fib_frontend.c, fib_validate_source; RFC 3704",
	},
	{
		.place = "no route", .row = 18, .of = SUBJECT_NETNS,
		.count = "netstat.IpExt.InNoRoutes+snmp6.Ip6InNoRoutes", .repeats = "bpf.ip_address.others",
		.explain = cause_no_route, .means = "there is no route for packets that came in to be forwarded",
		.source = "net/ipv4/route.c, ip_route_input_slow",
	},
	{
		.place = "IP address", .row = 18, .of = SUBJECT_NETNS,
		.count = BOTH("Ip.InAddrErrors", "Ip6InAddrErrors"), .repeats = "bpf.ip_address.others",
		.facts = "sysctl", .explain = cause_ip_address,
		.means = "packets came for addresses that this host has not, and it does not forward",
		.source = "net/ipv4/ip_input.c; net/ipv4/route.c, ip_error",
	},
	{
		.place = "IP header", .row = 18, .of = SUBJECT_NETNS,
		.count = BOTH("Ip.InHdrErrors", "Ip6InHdrErrors"), .repeats = "bpf.ip_header.others netstat.IpExt.InCsumErrors",
		.evidence = "netstat.IpExt.InCsumErrors", .explain = cause_ip_header,
		.means = "the IP header is wrong, its checksum is, or the packet's TTL ended here",
		.source = "net/ipv4/ip_input.c, ip_rcv_core; net/ipv4/ip_forward.c",
	},
	{
		.place = "IP truncated", .row = 18, .of = SUBJECT_NETNS,
		.count = "netstat.IpExt.InTruncatedPkts+snmp6.Ip6InTruncatedPkts", .repeats = "bpf.ip_truncated.others",
		.explain = cause_ip_header, .means = "packets are shorter than their IP header says",
		.source = "net/ipv4/ip_input.c, ip_rcv_core",
	},
	{
		.place = "IP memory", .row = 18, .of = SUBJECT_NETNS,
		.count = BOTH("Ip.InDiscards", "Ip6InDiscards"), .facts = "pressure", .explain = cause_ip_memory,
		.means = "IP dropped packets for want of memory, or IPv6 is off at the device",
		.source = "RFC 4293, ipIfStatsInDiscards; net/ipv6/ip6_input.c, ip6_rcv_core",
	},
	{
		.place = "ICMP", .row = 18, .of = SUBJECT_NETNS, .kind = FINDING_SIGN,
		.count = "snmp.Icmp.OutRateLimitGlobal+snmp.Icmp.OutRateLimitHost+snmp6.Icmp6OutRateLimitHost",
		.facts = "sysctl", .explain = cause_icmp_rate,
		.means = "ICMP messages were held back by the rate limit: senders do not hear why their packets fail, and pings seem lost",
		.source = "net/ipv4/icmp.c, icmpv4_global_allow, icmpv4_xrlim_allow",
	},
	{
		.place = "ICMP", .row = 18, .of = SUBJECT_NETNS, .kind = FINDING_SIGN,
		.count = "snmp.Icmp.InErrors+snmp6.Icmp6InErrors", .repeats = "snmp.Icmp.InCsumErrors snmp6.Icmp6InCsumErrors",
		.means = "ICMP messages that are damaged, or of no packet of this host",
		.source = "RFC 4293, icmpStatsInErrors",
	},
	{
		.place = "frame length", .row = 7, .of = SUBJECT_NETNS, .kind = FINDING_SIGN,
		.count = "snmp6.Icmp6InPktTooBigs", .facts = "tunnels sysctl", .explain = cause_mtu,
		.means = "routers say that packets of this host are too large for the way on: the path has a smaller MTU",
		.source = "RFC 8201; net/ipv6/icmp.c, ICMPV6_PKT_TOOBIG",
	},
	{
		.place = "broadcast storm", .row = 17, .of = SUBJECT_NETNS, .kind = FINDING_SIGN,
		.measure = measure_storm, .explain = cause_storm,
		.means = "a large part of what comes in is broadcast or multicast: every host on the segment takes it",
		.source = "RFC 4293, ipIfStatsHCInBcastPkts, InMcastPkts; RFC 2819, etherStatsBroadcastPkts",
	},
	{
		.place = "reassembly", .row = 20, .of = SUBJECT_NETNS,
		.count = BOTH("Ip.ReasmFails", "Ip6ReasmFails"), .repeats = "bpf.reassembly.others",
		.evidence = "snmp.Ip.ReasmTimeout snmp6.Ip6ReasmTimeout", .facts = "sysctl", .explain = cause_reassembly,
		.means = "fragments were given up: some never came, or their memory was full",
		.source = "net/ipv4/ip_fragment.c; net/ipv6/reassembly.c",
	},
	{
		.place = "connection tracking", .row = 22, .of = SUBJECT_NETNS, .count = "ct.insert_failed",
		.repeats = "ct.drop bpf.hook.others bpf.firewall_output.others " TOLD_SENDER, .evidence = "ct.chain_toolong ct.clash_resolve", .facts = "conntrack",
		.explain = cause_insert_failed,
		.means = "the packet's entry clashed with another and the packet was dropped (two flows NATed to one tuple, a race)",
		.source = "net/netfilter/nf_conntrack_core.c, __nf_conntrack_confirm",
	},
	{
		.place = "connection tracking", .row = 22, .of = SUBJECT_NETNS, .count = "ct.drop",
		.repeats = "bpf.hook.others bpf.firewall_output.others " TOLD_SENDER, .evidence = "ct.early_drop ct.chain_toolong ct.invalid",
		.facts = "conntrack log", .explain = cause_conntrack,
		.means = "connection tracking dropped the packet: its table is full, or the entry could not be made",
		.source = "net/netfilter/nf_conntrack_core.c, __nf_conntrack_alloc, nf_conntrack_in",
	},
	{
		.place = "connection tracking evicts", .row = 22, .of = SUBJECT_NETNS, .kind = FINDING_SIGN,
		.unit = "entries", .count = "ct.early_drop", .facts = "conntrack", .explain = cause_conntrack,
		.means = "the table is full: entries of others are thrown out for new ones, and their packets may be dropped later",
		.source = "net/netfilter/nf_conntrack_core.c, early_drop",
	},
	{
		.place = "firewall", .row = 21, .of = SUBJECT_NETNS,
		.count = "bpf.firewall.others+bpf.hook.others+bpf.firewall_output.others+bpf.firewall_egress.others",
		.repeats = "nft.drops xt.drops snmp.Ip.OutDiscards", .facts = "rules", .explain = cause_firewall,
		.means = "a rule or policy of the firewall dropped the packet",
		.source = "net/netfilter/core.c, nf_hook_slow; net/netfilter/nf_tables_core.c",
	},
	{
		.place = "firewall", .row = 21, .of = SUBJECT_NETNS, .count = "nft.drops+xt.drops",
		.facts = "rules", .explain = cause_firewall,
		.means = "a rule or policy of the firewall dropped the packet",
		.source = "net/netfilter/nft_counter.c; net/netfilter/x_tables.c",
	},

	/* ---- UDP ---- */
	{
		.place = "no listener", .row = 23, .of = SUBJECT_NETNS,
		.count = BOTH("Udp.NoPorts", "Udp6NoPorts"), .repeats = "bpf.no_listener.others",
		.explain = cause_no_listener, .means = "no socket is bound to the datagram's port",
		.source = "net/ipv4/udp.c, __udp4_lib_rcv",
	},
	{
		.place = "UDP checksum", .row = 24, .of = SUBJECT_NETNS,
		.count = BOTH("Udp.InCsumErrors", "Udp6InCsumErrors"),
		.repeats = "snmp.Udp.InErrors snmp6.Udp6InErrors bpf.udp_checksum.others bpf.udp_checksum_early.others "
			   "bpf.no_listener.others", /* IPv6 names the reason so where nobody listens */
		.explain = cause_checksum, .means = "the UDP checksum is wrong: damaged on the way, or by a sender's offload",
		.source = "net/ipv4/udp.c, UDP_MIB_CSUMERRORS",
	},
	{
		.place = "UDP memory", .row = 26, .of = SUBJECT_NETNS,
		.count = BOTH("Udp.MemErrors", "Udp6MemErrors"),
		.repeats = "snmp.Udp.InErrors snmp6.Udp6InErrors bpf.udp_memory.others bpf.udp_queue",
		.facts = "sysctl udp_sockets", .explain = cause_udp_memory,
		.means = "all UDP sockets together hold as much memory as udp_mem allows",
		.source = "net/ipv4/udp.c, __udp_enqueue_schedule_skb",
	},
	{
		/* kernels that batch what comes to a socket (6.18) do not count it in MemErrors */
		.place = "UDP memory", .row = 26, .of = SUBJECT_NETNS, .count = "bpf.udp_memory.others",
		.repeats = "bpf.udp_queue", .facts = "sysctl udp_sockets", .explain = cause_udp_memory,
		.means = "all UDP sockets together hold as much memory as udp_mem allows",
		.source = "include/net/dropreason-core.h, SKB_DROP_REASON_PROTO_MEM; net/ipv4/udp.c, __udp_enqueue_schedule_skb",
	},
	{
		.place = "UDP receive buffer", .row = 25, .of = SUBJECT_NETNS,
		.count = BOTH("Udp.RcvbufErrors", "Udp6RcvbufErrors"),
		.repeats = "snmp.Udp.InErrors snmp6.Udp6InErrors bpf.receive_buffer.others bpf.udp_queue",
		.facts = "udp_sockets sysctl", .explain = cause_udp_buffer,
		.means = "a program does not read fast enough: its socket's receive buffer is full",
		.source = "net/ipv4/udp.c, __udp_enqueue_schedule_skb",
	},
	{
		.place = "socket drop", .row = 25, .of = SUBJECT_NETNS,
		.count = BOTH("Udp.InErrors", "Udp6InErrors"), .repeats = "bpf.socket.others", .facts = "udp_sockets",
		.explain = cause_socket_drop, .means = "a UDP socket refused the datagram: its filter, or a policy (IPsec)",
		.source = "net/ipv4/udp.c, udp_queue_rcv_one_skb",
	},

	/* ---- TCP ---- */
	{
		.place = "TCP accept queue", .row = 28, .of = SUBJECT_NETNS, .unit = "connections",
		.count = TCP "ListenOverflows", .repeats = TCP "ListenDrops bpf.tcp_accept_queue.others", .facts = "listeners sysctl log",
		.explain = cause_accept_queue, .means = "a program does not accept fast enough: the queue of finished connections is full",
		.source = "net/ipv4/tcp_ipv4.c, tcp_v4_syn_recv_sock; net/ipv4/tcp_input.c, tcp_conn_request",
	},
	{
		.place = "TCP half-open queue", .row = 27, .of = SUBJECT_NETNS, .unit = "connections",
		.count = TCP "TCPReqQFullDrop", .repeats = TCP "ListenDrops", .facts = "listeners tcp_states sysctl log",
		.explain = cause_half_open, .means = "the queue of half-open connections is full and SYN cookies are off: a SYN flood, or a small backlog",
		.source = "net/ipv4/tcp_input.c, tcp_syn_flood_action",
	},
	{
		.place = "TCP half-open queue", .row = 27, .of = SUBJECT_NETNS, .kind = FINDING_SIGN,
		.unit = "connections", .count = TCP "TCPReqQFullDoCookies", .evidence = TCP "SyncookiesSent " TCP "SyncookiesFailed",
		.facts = "listeners tcp_states sysctl log", .explain = cause_half_open,
		.means = "the queue of half-open connections is full and SYN cookies are sent instead: a SYN flood, or a small backlog",
		.source = "net/ipv4/tcp_input.c, tcp_syn_flood_action",
	},
	{
		.place = "TCP half-open queue", .row = 27, .of = SUBJECT_NETNS, .unit = "connections",
		.count = TCP "ListenDrops", .facts = "listeners tcp_states sysctl log", .explain = cause_half_open,
		.means = "connections were dropped while they were opened: no memory, no route back, or the queue of half-open ones is nearly full",
		.source = "net/ipv4/tcp_input.c, tcp_conn_request",
	},
	{
		.place = "TCP PAWS", .row = 29, .of = SUBJECT_NETNS, .unit = "segments",
		.count = TCP "PAWSEstab+" TCP "PAWSActive+" TCP "PAWSTimewait+" TCP "PAWSOldAck",
		.repeats = "bpf.tcp_paws.others", .facts = "sysctl", .explain = cause_paws,
		.means = "segments carry a timestamp older than the connection's: several hosts behind one address (NAT), or an old duplicate",
		.source = "RFC 7323 section 5; net/ipv4/tcp_input.c, tcp_validate_incoming",
	},
	{
		.place = "TCP socket backlog", .row = 30, .of = SUBJECT_NETNS, .unit = "segments",
		.count = TCP "TCPBacklogDrop", .repeats = "bpf.tcp_backlog.others", .facts = "sysctl tcp_queues", .explain = cause_tcp_backlog,
		.means = "segments came while a program held the socket, and the backlog of that was full",
		.source = "net/ipv4/tcp_ipv4.c, tcp_add_backlog",
	},
	{
		.place = "TCP memory", .row = 30, .of = SUBJECT_NETNS, .unit = "segments",
		.count = TCP "TCPRcvQDrop+" TCP "TCPOFODrop", .when = when_tcp_memory_is_full,
		.repeats = "bpf.tcp_receive_buffer.others bpf.tcp_memory.others", .facts = "sysctl log",
		.explain = cause_tcp_memory,
		.means = "all TCP sockets together hold as much memory as tcp_mem allows",
		.source = "net/ipv4/tcp_input.c, tcp_try_rmem_schedule; net/core/sock.c, __sk_mem_raise_allocated",
	},
	{
		.place = "TCP receive buffer", .row = 30, .of = SUBJECT_NETNS, .unit = "segments",
		.count = TCP "TCPRcvQDrop+" TCP "TCPOFODrop", .evidence = TCP "PruneCalled " TCP "RcvPruned " TCP "OfoPruned " TCP "TCPRcvCollapsed",
		.repeats = "bpf.tcp_receive_buffer.others bpf.tcp_memory.others", .facts = "sysctl tcp_queues", .explain = cause_tcp_buffer,
		.means = "the receive buffer of a socket is full: the program reads too slowly, or tcp_rmem is small",
		.source = "net/ipv4/tcp_input.c, tcp_try_rmem_schedule, tcp_data_queue_ofo",
	},
	{
		.place = "TCP receive buffer", .row = 30, .of = SUBJECT_NETNS, .kind = FINDING_SIGN, .unit = "times",
		.count = TCP "RcvPruned+" TCP "OfoPruned+" TCP "PruneCalled", .facts = "sysctl tcp_queues", .explain = cause_tcp_buffer,
		.means = "a socket's receive buffer ran over and its queues were compacted or thrown away, to be sent again",
		.source = "net/ipv4/tcp_input.c, tcp_prune_queue",
	},
	{
		.place = "TCP receive buffer", .row = 30, .of = SUBJECT_NETNS, .unit = "segments",
		.count = TCP "BeyondWindow", .repeats = "bpf.tcp_window.others", .facts = "sysctl tcp_queues",
		.explain = cause_tcp_buffer,
		.means = "segments end behind the window that was offered: it shrank, or the peer does not look at it",
		.source = "RFC 9293 section 3.10.7.4; net/ipv4/tcp_input.c, tcp_sequence",
	},
	{
		.place = "TCP zero window", .row = 30, .of = SUBJECT_NETNS, .unit = "segments",
		.count = TCP "TCPZeroWindowDrop", .repeats = "bpf.tcp_window.others", .facts = "tcp_queues", .explain = cause_zero_window,
		.means = "a peer sent into a window that this host had closed: the program does not read",
		.source = "net/ipv4/tcp_input.c, tcp_data_queue",
	},
	{
		.place = "TCP zero window", .row = 30, .of = SUBJECT_NETNS, .kind = FINDING_SIGN, .unit = "times",
		.count = TCP "TCPToZeroWindowAdv+" TCP "TCPWantZeroWindowAdv", .facts = "tcp_queues", .explain = cause_zero_window,
		.means = "this host closed the window of a connection: a program does not read, and the sender waits",
		.source = "net/ipv4/tcp_output.c, tcp_select_window",
	},
	{
		.place = "TCP memory", .row = 30, .of = SUBJECT_NETNS, .unit = "segments",
		.count = TCP "PFMemallocDrop+" TCP "TCPAbortOnMemory", .facts = "sysctl log", .explain = cause_tcp_memory,
		.means = "TCP had no memory for a segment or a connection",
		.source = "net/core/filter.c, sk_filter_trim_cap; net/ipv4/tcp_timer.c, tcp_out_of_resources",
	},
	{
		.place = "TCP memory", .row = 30, .of = SUBJECT_NETNS, .kind = FINDING_SIGN, .unit = "times",
		.count = TCP "TCPMemoryPressures", .facts = "sysctl log", .explain = cause_tcp_memory,
		.means = "TCP is under memory pressure: windows shrink, and buffers are cut",
		.source = "net/ipv4/tcp.c, tcp_enter_memory_pressure",
	},
	{
		.place = "TTL expired", .row = 18, .of = SUBJECT_NETNS, .unit = "segments", .count = TCP "TCPMinTTLDrop",
		.repeats = "bpf.tcp_refused.others",
		.means = "segments came from further away than IP_MINTTL of the socket allows (GTSM)",
		.source = "RFC 5082; net/ipv4/tcp_ipv4.c, tcp_v4_rcv",
	},
	{
		.place = "TCP half-open queue", .row = 27, .of = SUBJECT_NETNS, .kind = FINDING_SIGN, .unit = "segments",
		.count = TCP "TCPDeferAcceptDrop",
		.means = "bare ACKs that TCP_DEFER_ACCEPT waits behind: the connection opens with its first data",
		.source = "net/ipv4/tcp_minisocks.c, tcp_check_req",
	},
	{
		.place = "TIME_WAIT", .row = 32, .of = SUBJECT_NETNS, .kind = FINDING_SIGN, .unit = "connections", .count = TCP "TCPTimeWaitOverflow",
		.facts = "tcp_states sysctl log", .explain = cause_time_wait,
		.means = "more connections wait to end than tcp_max_tw_buckets: they end without TIME_WAIT, and late segments meet a reset",
		.source = "net/ipv4/tcp_minisocks.c, tcp_time_wait; net/ipv4/inet_timewait_sock.c",
	},
	{
		.place = "local ports", .row = 32, .of = SUBJECT_NETNS, .kind = FINDING_SIGN, .unit = "ports",
		.measure = measure_ports, .level = true, .facts = "ports tcp_states sysctl", .explain = cause_ports,
		.means = "nearly all local ports are in use: new connections are refused (EADDRNOTAVAIL)",
		.source = "net/ipv4/inet_hashtables.c, __inet_hash_connect",
	},
	{
		.place = "TCP retransmission", .row = 31, .of = SUBJECT_NETNS, .unit = "segments",
		.count = "snmp.Tcp.RetransSegs-" NEEDLESS, .when = when_sent_again_for_loss, .evidence = "snmp.Tcp.OutSegs " TCP "TCPLostRetransmit " TCP "TCPTimeouts "
			 TCP "TCPSynRetrans " TCP "TCPFastRetrans " TCP "TCPSlowStartRetrans " TCP "TCPRetransFail",
		.explain = cause_retransmission,
		.means = "segments were sent again: they, or the acknowledgements, got lost on the path, or came late",
		.source = "net/ipv4/tcp_output.c, __tcp_retransmit_skb; RFC 6298, RFC 8985",
	},
	{
		.place = "TCP retransmission", .row = 31, .of = SUBJECT_NETNS, .kind = FINDING_SIGN,
		.unit = "segments", .count = "snmp.Tcp.RetransSegs", .evidence = TCP "TCPDSACKRecvSegs " TCP "TCPLossProbes " TCP "TCPSpuriousRTOs",
		.explain = cause_retransmission,
		.means = "segments were sent again, most of them without need, as the receiver says (DSACK) or as probes: they came late or out of order, and nothing needs to have been lost",
		.source = "RFC 2883; net/ipv4/tcp_input.c, tcp_check_dsack",
	},
	{
		.place = "TCP segment refused", .row = 31, .of = SUBJECT_NETNS, .unit = "segments",
		.count = TCP "TCPMD5NotFound+" TCP "TCPMD5Unexpected+" TCP "TCPMD5Failure+" TCP "TCPAORequired+" TCP
			 "TCPAOBad+" TCP "TCPAOKeyNotFound",
		.repeats = "bpf.tcp_refused.others", .explain = cause_signatures,
		.means = "segments without the signature that is due (TCP-MD5, TCP-AO), or with a wrong one",
		.source = "RFC 2385, RFC 5925; net/ipv4/tcp.c, tcp_inbound_hash",
	},
	{
		.place = "TCP segment refused", .row = 31, .of = SUBJECT_NETNS, .unit = "segments",
		.count = TCP "TSEcrRejected", .repeats = "bpf.tcp_refused.others bpf.tcp_paws.others",
		.means = "segments echo a time stamp that was never sent: injected, or of a peer that is broken",
		.source = "RFC 7323 section 3.2; net/ipv4/tcp_input.c, tcp_validate_incoming",
	},
	{
		.place = "TCP resets", .row = 31, .of = SUBJECT_NETNS, .kind = FINDING_SIGN, .unit = "connections",
		.count = "snmp.Tcp.AttemptFails+snmp.Tcp.EstabResets", .evidence = "snmp.Tcp.OutRsts",
		.explain = cause_resets, .means = "connections were refused or reset",
		.source = "RFC 4022, tcpAttemptFails, tcpEstabResets",
	},
	{
		.place = "TCP segment refused", .row = 31, .of = SUBJECT_NETNS, .unit = "segments",
		.count = "snmp.Tcp.InCsumErrors", .repeats = "snmp.Tcp.InErrs bpf.tcp_checksum.others", .explain = cause_checksum,
		.means = "the TCP checksum is wrong: damaged on the way, or by a sender's offload",
		.source = "net/ipv4/tcp_ipv4.c, TCP_MIB_CSUMERRORS",
	},
	{
		.place = "TCP segment refused", .row = 31, .of = SUBJECT_NETNS, .unit = "segments",
		.count = "snmp.Tcp.InErrs", .repeats = "bpf.tcp_refused.others",
		.means = "segments with a bad header, or a SYN within a connection",
		.source = "RFC 4022, tcpInErrs",
	},

	/* ---- on the way out ---- */
	{
		.place = "neighbour table full", .row = 3, .of = SUBJECT_MACHINE,
		.count = "neigh.arp_table_fulls+neigh.ndisc_table_fulls", .repeats = "bpf.neighbour.others",
		.facts = "log sysctl", .explain = cause_neighbour_table,
		.means = "there was no room for a new neighbour entry",
		.source = "net/core/neighbour.c, neigh_alloc",
	},
	{
		.place = "neighbour unresolved", .row = 3, .of = SUBJECT_NETNS, .count = "bpf.neighbour.others",
		.repeats = "neigh.arp_unresolved_discards neigh.ndisc_unresolved_discards",
		.facts = "neighbours", .explain = cause_neighbour,
		.means = "nobody answers for the next hop's address, and the packets that waited were dropped",
		.source = "net/core/neighbour.c, __neigh_event_send, neigh_invalidate",
	},
	{
		.place = "neighbour unresolved", .row = 3, .of = SUBJECT_MACHINE,
		.count = "neigh.arp_unresolved_discards+neigh.ndisc_unresolved_discards", .when = when_nobody_observes, .explain = cause_neighbour_table,
		.means = "nobody answers for the next hop's address, and the packets that waited were dropped",
		.source = "net/core/neighbour.c, __neigh_event_send",
	},
	{
		.place = "no route", .row = 18, .of = SUBJECT_NETNS, .count = "bpf.no_route.others",
		.repeats = "snmp.Ip.OutNoRoutes snmp6.Ip6OutNoRoutes", .explain = cause_no_route,
		.means = "there is no route for packets on their way out",
		.source = "net/ipv4/ip_output.c, __ip_queue_xmit",
	},
	{
		.place = "no route", .row = 18, .of = SUBJECT_NETNS, .kind = FINDING_SIGN, .unit = "times",
		.count = BOTH("Ip.OutNoRoutes", "Ip6OutNoRoutes"), .explain = cause_no_route,
		.means = "a program wanted to send to where there is no route, and was told so",
		.source = "net/ipv4/route.c, ip_route_output_key_hash_rcu",
	},
	{
		.place = "frame length", .row = 7, .of = SUBJECT_NETNS, .count = "bpf.frame_length.others",
		.repeats = "dev.tx_dropped peer:dev.rx_dropped snmp.Ip.FragFails snmp6.Ip6FragFails snmp6.Ip6InTooBigErrors " TOLD_SENDER,
		.facts = "tunnels sysctl", .explain = cause_mtu,
		.means = "packets are longer than the MTU of the way on, or of a virtual device's other end",
		.source = "net/ipv4/ip_output.c, ip_finish_output; include/linux/netdevice.h, __is_skb_forwardable",
	},
	{
		.place = "frame length", .row = 7, .of = SUBJECT_NETNS,
		.count = "snmp.Ip.FragFails+snmp6.Ip6FragFails+snmp6.Ip6InTooBigErrors",
		.repeats = "dev.tx_dropped bpf.rx_other.others bpf.tx_other.others", .facts = "tunnels sysctl", .explain = cause_mtu,
		.means = "packets are longer than the MTU and may not be cut (DF): the sender must be told by ICMP, which must reach it",
		.source = "RFC 1191, RFC 8201; net/ipv4/ip_output.c, ip_fragment",
	},
	{
		.place = "qdisc", .row = 4, .of = SUBJECT_DEVICE, .count = "qdisc.drops",
		.repeats = "bpf.qdisc.others " TOLD_SENDER, .evidence = "qdisc.overlimits qdisc.requeues",
		.facts = "qdiscs link", .explain = cause_qdisc,
		.means = "the queue before the device is full, or its discipline drops (shaping, AQM)",
		.source = "include/net/sch_generic.h, qdisc_drop; tc(8)",
	},
	{
		.place = "driver TX", .row = 5, .of = SUBJECT_DEVICE, .count = "eth.tx_link_down",
		.repeats = "dev.tx_dropped", .facts = "link", .explain = cause_driver_tx,
		.means = "the link was down when the frame was to be sent",
		.source = "the driver's name of the counter: ringloss list names",
	},
	{
		.place = "driver TX", .row = 5, .of = SUBJECT_DEVICE,
		.count = "eth.tx_drops+eth.tx_xdp_xmit_errors", .repeats = "dev.tx_dropped qstat.tx_hw_drops bpf.driver_tx.others " TOLD_SENDER,
		.facts = "link rings", .explain = cause_driver_tx, .means = "the driver or the NIC did not send the frame",
		.source = "the driver's name of the counter: ringloss list names",
	},
	{
		.place = "driver TX", .row = 5, .of = SUBJECT_DEVICE,
		.count = "dev.tx_errors", .evidence = "dev.tx_carrier_errors dev.tx_aborted_errors dev.tx_fifo_errors dev.tx_heartbeat_errors "
			"dev.tx_window_errors dev.collisions mac.late_collisions mac.excess_collisions",
		.repeats = "mac.tx_int_errors mac.late_collisions mac.excess_collisions bpf.driver_tx.others", .facts = "link", .explain = cause_driver_tx,
		.means = "frames could not be sent: carrier, collisions, or the device's FIFO",
		.source = "include/uapi/linux/if_link.h, tx_errors",
	},
	{
		.place = "driver TX", .row = 5, .of = SUBJECT_DEVICE, .count = "dev.tx_dropped",
		.repeats = "qstat.tx_hw_drops bpf.driver_tx.others bpf.qdisc.others " TOLD_SENDER, .facts = "link rings", .explain = cause_driver_tx,
		.means = "the driver refused the frame: the device is down, its queue full, or a virtual device's other end did not take it",
		.source = "include/uapi/linux/if_link.h, tx_dropped; net/sched/sch_generic.c, noop_enqueue",
	},
	{
		.place = "qdisc", .row = 4, .of = SUBJECT_NETNS, .count = "bpf.qdisc.others", .repeats = TOLD_SENDER,
		.explain = cause_qdisc_netns, .means = "a queueing discipline dropped the packet",
		.source = "include/net/sch_generic.h, qdisc_drop",
	},
	{
		.place = "driver TX", .row = 5, .of = SUBJECT_DEVICE,
		.count = "qstat.tx_hw_drops+mac.tx_int_errors+mac.late_collisions+mac.excess_collisions", .facts = "link rings", .explain = cause_driver_tx,
		.means = "the device took frames and did not send them",
		.source = "Documentation/netlink/specs/netdev.yaml, tx-hw-drops; IEEE 802.3 30.3.1.1",
	},
	{
		.place = "transmit queue full", .row = 1, .of = SUBJECT_DEVICE, .kind = FINDING_SIGN, .unit = "times",
		.count = "qstat.tx_stop+qdisc.requeues", .facts = "rings qdiscs link", .explain = cause_tx_ring,
		.means = "the transmit ring was full: nothing lost by it, the queue above holds frames or programs wait",
		.source = "Documentation/netlink/specs/netdev.yaml, tx-stop; net/sched/sch_generic.c, dev_requeue_skb",
	},
	{
		.place = "driver RX drop", .row = 12, .of = SUBJECT_DEVICE, .count = "dev.rx_dropped",
		.repeats = "bpf.rx_other.others", .facts = "link rings", .explain = cause_driver_rx,
		.means = "the driver or the core dropped good frames, and no other counter says why",
		.source = "include/uapi/linux/if_link.h, rx_dropped",
	},
	{
		.place = "socket send buffer", .row = 2, .of = SUBJECT_NETNS,
		.count = BOTH("Udp.SndbufErrors", "Udp6SndbufErrors"), .repeats = "snmp.Ip.OutDiscards snmp6.Ip6OutDiscards",
		.facts = "sysctl", .explain = cause_send_buffer,
		.means = "a program was told that its socket's send buffer is full, or that the kernel below refused",
		.source = "net/ipv4/udp.c, udp_sendmsg, udp_send_skb",
	},
	{
		.place = "socket send buffer", .row = 2, .of = SUBJECT_NETNS, .kind = FINDING_SIGN,
		.count = BOTH("Ip.OutDiscards", "Ip6OutDiscards"),
		.means = "a program was told that its packet cannot be sent: an ICMP error waited at its socket, or "
			 "the kernel below refused",
		.source = "RFC 4293, ipIfStatsOutDiscards; net/ipv4/ip_output.c, __ip_append_data, ip_send_skb",
	},

	/* ---- what the kernel names itself ---- */
	{
		.place = "kernel drop", .row = 33, .of = SUBJECT_NETNS,
		.count = "bpf.rx_other.others+bpf.tx_other.others+bpf.driver_tx.others+bpf.socket.others+bpf.ip_address.others+"
			 "bpf.receive_buffer.others+bpf.backlog.others+bpf.other_host.others+bpf.ip_header.others+"
			 "bpf.ip_protocol.others+bpf.ip_truncated.others+bpf.rp_filter.others+bpf.reassembly.others+"
			 "bpf.udp_checksum_early.others+bpf.udp_checksum.others+bpf.no_listener.others+"
			 "bpf.tcp_refused.others+bpf.tcp_memory.others+bpf.tcp_paws.others+"
			 "bpf.tcp_accept_queue.others+bpf.tcp_backlog.others+bpf.tcp_window.others+"
			 "bpf.tcp_receive_buffer.others+bpf.tcp_checksum.others",
		.explain = cause_kernel_drop, .means = "the kernel gave packets up for a reason that no counter above covers",
		.source = "include/net/dropreason-core.h, enum skb_drop_reason; tracepoint skb:kfree_skb",
	},

	/* ---- the machine ---- */
	{
		.place = "system load", .row = 35, .of = SUBJECT_MACHINE, .kind = FINDING_SIGN, .unit = "ticks",
		.measure = measure_steal, .facts = "cpus pressure load", .explain = cause_steal,
		.means = "the hypervisor gives the CPUs to others: nobody empties rings meanwhile",
		.source = "proc_stat(5), steal",
	},
	{
		.place = "system load", .row = 35, .of = SUBJECT_MACHINE, .kind = FINDING_SIGN, .unit = "CPUs",
		.measure = measure_softirq_cpus, .level = true, .facts = "cpus sysctl load", .explain = cause_softirq_cpus,
		.means = "a CPU does nearly nothing but softirqs: it takes no more packets than it takes now",
		.source = "proc_stat(5), softirq; Documentation/networking/scaling.rst",
	},
	{
		.place = "system load", .row = 35, .of = SUBJECT_MACHINE, .kind = FINDING_SIGN, .unit = "us",
		.measure = measure_memory, .facts = "pressure log", .explain = cause_memory,
		.means = "tasks wait for memory: buffers are allocated late or not at all",
		.source = "Documentation/accounting/psi.rst",
	},
};
/* clang-format on */

const struct diagnosis_rule *diagnosis_rule_table(size_t *n)
{
	*n = sizeof(rules) / sizeof(rules[0]);
	return rules;
}
