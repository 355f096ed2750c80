/*
 * The edges of every kind of path, from the generator to the sink. For each id the
 * first row that matches the path holds. device-rx stands only where the driver
 * counts a frame before the XDP program sees it: in native mode that is veth
 * (drivers/net/veth.c, veth_xdp_rcv counts what NAPI took), while mlx5, say,
 * leaves redirected frames out of rx_packets.
 */
#include "ledger.h"

static const struct edge_def rows[] = {
	{
		.id = "accepted",
		.end = END_TX,
		.ours = "worker.accepted",
		.help = "frames that the generator's endpoint took",
	},
	{
		.id = "wire",
		.end = END_TX,
		.match = {.tx_endpoint = "af_xdp"},
		.ours = "worker.accepted-worker.refused-xsk.tx_invalid_descs-xsk.tx_left",
		.help = "frames that neither socket nor driver refused to the sender's face",
	},
	{
		.id = "wire",
		.end = END_TX,
		.match = {.tx_endpoint = "dpdk", .tx_mode = "net_af_xdp"},
		.ours = "worker.accepted-xsk.tx_invalid_descs",
		.help = "frames that the socket under DPDK did not refuse",
	},
	{
		.id = "wire",
		.end = END_TX,
		.match = {.tx_endpoint = "udp"},
		.ours = "worker.accepted-worker.refused-udp.tx_eperm",
		.help = "frames that neither firewall, queue nor driver refused to the sender's "
			"face",
	},
	{
		.id = "wire",
		.end = END_TX,
		.match = {.tx_endpoint = "packet"},
		.ours = "worker.accepted-packet.tx_left",
		.help = "frames that left the TX ring; those refused were sent again",
	},
	{
		.id = "wire",
		.end = END_TX,
		.ours = "worker.accepted-worker.refused",
		.help = "frames that neither queue nor driver refused to the sender's face",
	},
	{
		.id = "device-rx",
		.end = END_RX,
		.match = {.tx_mode = "gso", .rx_into = "socket"},
		.total = "dev.rx_packets+udp.merged-udp.merged_packets",
		.counted_behind = true,
		.help = "frames that the receiving driver took, of anyone",
	},
	{
		.id = "device-rx",
		.end = END_RX,
		.match = {.rx_into = "socket"},
		.total = "dev.rx_packets+udp.merged-udp.merged_packets",
		.help = "frames that the receiving driver took, of anyone",
	},
	{
		.id = "device-rx",
		.end = END_RX,
		.match = {.tx_mode = "gso", .rx_into = "tap"},
		.total = "dev.rx_packets+packet.merged-packet.merged_packets",
		.counted_behind = true,
		.help = "frames that the receiving driver took, of anyone",
	},
	{
		.id = "device-rx",
		.end = END_RX,
		.match = {.rx_into = "tap"},
		.total = "dev.rx_packets+packet.merged-packet.merged_packets",
		.help = "frames that the receiving driver took, of anyone",
	},
	{
		.id = "device-rx",
		.end = END_RX,
		.match = {.rx_way = "skb"},
		.total = "dev.rx_packets",
		.help = "frames that the receiving driver took, of anyone",
	},
	{
		.id = "device-rx",
		.end = END_RX,
		.match = {.rx_way = "driver", .rx_driver = "veth"},
		.total = "dev.rx_packets",
		.help = "frames that the receiving driver took, of anyone",
	},
	{
		.id = "stack",
		.end = END_RX,
		.match = {.rx_way = "skb"},
		.ours = "bpf.at_stack",
		.foreign = "bpf.at_stack.others",
		.foreign_complete = true,
		.optional = true,
		.help = "frames that reached the protocols; counted with traffic.observer = full",
	},
	{
		.id = "program",
		.end = END_RX,
		.match = {.rx_into = "socket"},
		.ours = "udp.prog_ours",
		.foreign = "udp.prog_stale+udp.prog_foreign",
		.help = "frames for which the kernel looked up the sink's socket",
	},
	{
		.id = "program",
		.end = END_RX,
		.match = {.rx_into = "tap"},
		.ours = "packet.ours",
		.foreign = "packet.stale+packet.foreign",
		.foreign_complete = true,
		.help = "frames that the filter of the sink's packet tap saw",
	},
	{
		.id = "program",
		.end = END_RX,
		.match = {.rx_into = "xsk"},
		.ours = "xdp.ours",
		.foreign = "xdp.stale+xdp.foreign",
		.foreign_complete = true,
		.help = "frames that the sink's XDP program saw",
	},
	{
		.id = "program",
		.end = END_RX,
		.match = {.rx_into = "check"},
		.ours = "xdp.ours",
		.foreign = "xdp.stale+xdp.foreign",
		.foreign_complete = true,
		.help = "frames that the sink's XDP program saw",
	},
	{
		.id = "received",
		.end = END_RX,
		.ours = "worker.frames",
		.foreign = "worker.stale+worker.foreign",
		.foreign_complete = true,
		.help = "frames that the sink read, damaged and repeated ones included",
	},
	{
		.id = "unique",
		.end = END_RX,
		.ours = "worker.unique",
		.help = "frames that arrived whole, each counted once",
	},
};

const struct edge_def *ledger_edge_table(size_t *n)
{
	*n = sizeof(rows) / sizeof(rows[0]);
	return rows;
}
