/*
 * What drivers call their counters in ethtool's statistics, and how old what they answer may be.
 * A name stands here only if it counts what its id says; one that repeats others names them, and
 * totals beside the queues' own numbers are left out, so that nothing is summed twice.
 */
#include <string.h>

#include "counter.h"

/* clang-format off */
static const struct counter_name names[] = {
	/* drivers/net/veth.c */
	{"veth", "eth.rx_xdp_packets", "rx_queue_%u_xdp_packets", "dev.rx_packets"},
	{"veth", "eth.rx_xdp_drops", "rx_queue_%u_xdp_drops", ""},
	{"veth", "eth.rx_drops", "rx_queue_%u_drops", "dev.rx_dropped"},
	{"veth", "eth.rx_xdp_redirect", "rx_queue_%u_xdp_redirect", ""},
	{"veth", "eth.rx_xdp_tx", "rx_queue_%u_xdp_tx", ""},
	{"veth", "eth.rx_xdp_tx_errors", "rx_queue_%u_xdp_tx_errors", ""},
	{"veth", "eth.tx_xdp_xmit", "tx_queue_%u_xdp_xmit", ""},
	{"veth", "eth.tx_xdp_xmit_errors", "tx_queue_%u_xdp_xmit_errors", ""},

	/* virtio_net.c; rx_drops beside rx0_drops is their sum */
	{"virtio_net", "eth.rx_drops", "rx%u_drops", "dev.rx_dropped"},
	{"virtio_net", "eth.rx_drops", "rx_queue_%u_drops", "dev.rx_dropped"}, /* before 6.8 */
	{"virtio_net", "eth.xdp_drops", "rx%u_xdp_drops", ""},
	{"virtio_net", "eth.xdp_drops", "rx_queue_%u_xdp_drops", ""},
	{"virtio_net", "eth.xdp_redirects", "rx%u_xdp_redirects", ""},
	{"virtio_net", "eth.xdp_redirects", "rx_queue_%u_xdp_redirects", ""},

	/* mellanox/mlx5/core/en_stats.c; rx0_buff_alloc_err and so on are parts of the totals */
	{"mlx5_core", "eth.rx_ring_full", "rx_out_of_buffer", "dev.rx_missed_errors"},
	{"mlx5_core", "eth.rx_port_full", "rx_discards_phy", "dev.rx_dropped"},
	{"mlx5_core", "eth.rx_prio_discards", "rx_prio%u_discards", "eth.rx_port_full"},
	{"mlx5_core", "eth.rx_pci_full", "outbound_pci_buffer_overflow", "eth.rx_port_full"},
	{"mlx5_core", "eth.rx_steer_missed", "rx_steer_missed_packets", ""},
	{"mlx5_core", "eth.rx_oversize", "rx_oversize_pkts_buffer", ""},
	{"mlx5_core", "eth.rx_alloc_fail", "rx_buff_alloc_err", ""},
	{"mlx5_core", "eth.rx_xsk_alloc_fail", "rx_xsk_buff_alloc_err", ""},
	{"mlx5_core", "eth.xdp_drops", "rx_xdp_drop", ""},
	{"mlx5_core", "eth.xdp_redirects", "rx_xdp_redirect", ""},
	{"mlx5_core", "eth.tx_drops", "tx_queue_dropped", "dev.tx_dropped"},
	{"mlx5_core", "eth.rx_pause", "rx_pause_ctrl_phy", "pause.rx ctrl.rx"},
	{"mlx5_core", "eth.tx_pause", "tx_pause_ctrl_phy", "pause.tx ctrl.tx"},
	{"mlx5_core", "eth.rx_prio_pause", "rx_prio%u_pause", ""},
	{"mlx5_core", "eth.tx_prio_pause", "tx_prio%u_pause", ""},
	{"mlx5_core", "eth.symbol_errors", "rx_symbol_err_phy", "phy.symbol_errors"},
	{"mlx5_core", "eth.pcs_errors", "rx_pcs_symbol_err_phy", ""},
	{"mlx5_core", "eth.link_faults", "link_down_events_phy", "dev.carrier_down"},

	/* intel/ice/ice_ethtool.c, ice_main.c: of the VSI, and with .nic of the port */
	{"ice", "eth.rx_ring_full", "rx_dropped", "dev.rx_dropped"},
	{"ice", "eth.rx_port_full", "rx_dropped.nic", "dev.rx_missed_errors"},
	{"ice", "eth.rx_alloc_fail", "rx_alloc_fail", ""},
	{"ice", "eth.rx_alloc_fail", "rx_pg_alloc_fail", ""},
	{"ice", "eth.tx_link_down", "tx_dropped_link_down.nic", ""},
	{"ice", "eth.rx_pause", "link_xoff_rx.nic", "pause.rx ctrl.rx"},
	{"ice", "eth.tx_pause", "link_xoff_tx.nic", "pause.tx ctrl.tx"},
	{"ice", "eth.rx_prio_pause", "rx_priority_%u_xoff.nic", ""},
	{"ice", "eth.tx_prio_pause", "tx_priority_%u_xoff.nic", ""},
	{"ice", "eth.symbol_errors", "illegal_bytes.nic", ""},
	{"ice", "eth.link_faults", "mac_local_faults.nic", ""},
	{"ice", "eth.link_faults", "mac_remote_faults.nic", ""},

	/* intel/i40e/i40e_ethtool.c, i40e_main.c; what is missed and what is dropped are apart or,
	 * in older ones, all in rx_dropped */
	{"i40e", "eth.rx_ring_full", "rx_missed_errors", "dev.rx_missed_errors"},
	{"i40e", "eth.rx_ring_full", "rx_dropped", "dev.rx_dropped"},
	{"i40e", "eth.rx_port_full", "port.rx_discards", ""},
	{"i40e", "eth.rx_alloc_fail", "rx_alloc_fail", ""},
	{"i40e", "eth.rx_alloc_fail", "rx_pg_alloc_fail", ""},
	{"i40e", "eth.tx_link_down", "port.tx_dropped_link_down", ""},
	{"i40e", "eth.rx_pause", "port.link_xoff_rx", "pause.rx ctrl.rx"},
	{"i40e", "eth.tx_pause", "port.link_xoff_tx", "pause.tx ctrl.tx"},
	{"i40e", "eth.rx_prio_pause", "port.rx_priority_%u_xoff_rx", ""},
	{"i40e", "eth.tx_prio_pause", "port.tx_priority_%u_xoff_tx", ""},
	{"i40e", "eth.rx_prio_pause", "port.rx_priority_%u_xoff", ""}, /* before 4.19 */
	{"i40e", "eth.tx_prio_pause", "port.tx_priority_%u_xoff", ""},
	{"i40e", "eth.symbol_errors", "port.illegal_bytes", ""},
	{"i40e", "eth.link_faults", "port.mac_local_faults", ""},
	{"i40e", "eth.link_faults", "port.mac_remote_faults", ""},

	/* intel/ixgbe/ixgbe_ethtool.c */
	{"ixgbe", "eth.rx_ring_full", "rx_no_dma_resources", ""},
	{"ixgbe", "eth.rx_port_full", "rx_missed_errors", "dev.rx_missed_errors"},
	{"ixgbe", "eth.rx_alloc_fail", "alloc_rx_page_failed", ""},
	{"ixgbe", "eth.rx_alloc_fail", "alloc_rx_buff_failed", ""},
	{"ixgbe", "eth.rx_pause", "rx_flow_control_xoff", "pause.rx ctrl.rx"},
	{"ixgbe", "eth.tx_pause", "tx_flow_control_xoff", "pause.tx ctrl.tx"},
	{"ixgbe", "eth.rx_prio_pause", "rx_pb_%u_pxoff", ""},
	{"ixgbe", "eth.tx_prio_pause", "tx_pb_%u_pxoff", ""},

	/* intel/igb/igb_ethtool.c, igb_main.c: rx_fifo_errors is missed and queue drops together */
	{"igb", "eth.rx_ring_full", "rx_queue_%u_drops", "dev.rx_fifo_errors"},
	{"igb", "eth.rx_port_full", "rx_missed_errors", "dev.rx_missed_errors dev.rx_fifo_errors"},
	{"igb", "eth.rx_no_buffer", "rx_no_buffer_count", "eth.rx_port_full"},
	{"igb", "eth.rx_alloc_fail", "rx_queue_%u_alloc_failed", ""},
	{"igb", "eth.rx_pause", "rx_flow_control_xoff", "pause.rx ctrl.rx"},
	{"igb", "eth.tx_pause", "tx_flow_control_xoff", "pause.tx ctrl.tx"},
	{"igc", "eth.rx_ring_full", "rx_queue_%u_drops", "dev.rx_fifo_errors"},
	{"igc", "eth.rx_port_full", "rx_missed_errors", "dev.rx_missed_errors dev.rx_fifo_errors"},
	{"igc", "eth.rx_no_buffer", "rx_no_buffer_count", "eth.rx_port_full"},
	{"igc", "eth.rx_alloc_fail", "rx_queue_%u_alloc_failed", ""},
	{"igc", "eth.rx_pause", "rx_flow_control_xoff", "pause.rx ctrl.rx"},
	{"igc", "eth.tx_pause", "tx_flow_control_xoff", "pause.tx ctrl.tx"},

	/* intel/e1000e/ethtool.c, e1000/e1000_ethtool.c */
	{"e1000e", "eth.rx_port_full", "rx_missed_errors", "dev.rx_missed_errors"},
	{"e1000e", "eth.rx_no_buffer", "rx_no_buffer_count", "eth.rx_port_full"},
	{"e1000e", "eth.rx_alloc_fail", "alloc_rx_buff_failed", ""},
	{"e1000e", "eth.rx_pause", "rx_flow_control_xoff", "pause.rx ctrl.rx"},
	{"e1000e", "eth.tx_pause", "tx_flow_control_xoff", "pause.tx ctrl.tx"},
	{"e1000", "eth.rx_port_full", "rx_missed_errors", "dev.rx_missed_errors"},
	{"e1000", "eth.rx_no_buffer", "rx_no_buffer_count", "eth.rx_port_full"},
	{"e1000", "eth.rx_alloc_fail", "alloc_rx_buff_failed", ""},
	{"e1000", "eth.rx_pause", "rx_flow_control_xoff", "pause.rx ctrl.rx"},
	{"e1000", "eth.tx_pause", "tx_flow_control_xoff", "pause.tx ctrl.tx"},

	/* broadcom/bnxt/bnxt_ethtool.c; "[0]: rx_discards" and so on are parts of the totals */
	{"bnxt_en", "eth.rx_ring_full", "rx_total_ring_discards", "dev.rx_missed_errors"},
	{"bnxt_en", "eth.rx_port_full", "rx_discard_packets_cos%u", ""},
	{"bnxt_en", "eth.rx_port_discards", "rx_stat_discard", "eth.rx_port_full eth.rx_ring_full"},
	{"bnxt_en", "eth.rx_drops", "rx_total_oom_discards", "dev.rx_dropped"},
	{"bnxt_en", "eth.rx_drops", "rx_total_netpoll_discards", "dev.rx_dropped"},
	{"bnxt_en", "eth.rx_buffer_errors", "rx_total_buf_errors", ""},
	{"bnxt_en", "eth.tx_drops", "tx_total_ring_discards", ""},
	{"bnxt_en", "eth.rx_pause", "rx_pause_frames", "pause.rx ctrl.rx"},
	{"bnxt_en", "eth.tx_pause", "tx_pause_frames", "pause.tx ctrl.tx"},
	{"bnxt_en", "eth.rx_prio_pause", "rx_pfc_ena_frames_pri%u", ""},
	{"bnxt_en", "eth.tx_prio_pause", "tx_pfc_ena_frames_pri%u", ""},
	{"bnxt_en", "eth.link_faults", "link_down_events", "dev.carrier_down"},

	/* amazon/ena/ena_ethtool.c */
	{"ena", "eth.rx_alloc_fail", "queue_%u_rx_page_alloc_fail", ""},
	{"ena", "eth.rx_no_buffer", "queue_%u_rx_empty_rx_ring", ""},
	{"ena", "eth.xdp_drops", "queue_%u_rx_xdp_drop", ""},
	{"ena", "eth.xdp_redirects", "queue_%u_rx_xdp_redirect", ""},
	{"ena", "eth.limit_rx_bandwidth", "bw_in_allowance_exceeded", ""},
	{"ena", "eth.limit_tx_bandwidth", "bw_out_allowance_exceeded", ""},
	{"ena", "eth.limit_packets", "pps_allowance_exceeded", ""},
	{"ena", "eth.limit_conntrack", "conntrack_allowance_exceeded", ""},
	{"ena", "eth.limit_linklocal", "linklocal_allowance_exceeded", ""},

	/* google/gve/gve_ethtool.c; the NIC reports some of them, if asked to */
	{"gve", "eth.rx_ring_full", "rx_queue_drop_cnt[%u]", "", "report-stats"},
	{"gve", "eth.rx_no_buffer", "rx_no_buffers_posted[%u]", "eth.rx_ring_full", "report-stats"},
	{"gve", "eth.rx_oversize", "rx_drops_packet_over_mru[%u]", "", "report-stats"},
	{"gve", "eth.rx_drops", "rx_dropped_pkt[%u]", "dev.rx_dropped"},
	{"gve", "eth.rx_alloc_fail", "rx_skb_alloc_fail", ""},
	{"gve", "eth.rx_alloc_fail", "rx_buf_alloc_fail", ""},
	{"gve", "eth.xdp_drops", "rx_xdp_drop[%u]", ""},
	{"gve", "eth.xdp_redirects", "rx_xdp_redirect[%u]", ""},

	/* vmxnet3/vmxnet3_ethtool.c, the same name for each queue */
	{"vmxnet3", "eth.rx_ring_full", "pkts rx OOB", ""},
	{"vmxnet3", "eth.rx_drops", "drv dropped rx total", "dev.rx_dropped"},
	{"vmxnet3", "eth.rx_alloc_fail", "rx buf alloc fail", ""},
	{"vmxnet3", "eth.tx_drops", "drv dropped tx total", "dev.tx_dropped"},

	/* microsoft/mana/mana_ethtool.c */
	{"mana", "eth.rx_ring_full", "hc_rx_discards_no_wqe", "dev.rx_missed_errors"},
	{"mana", "eth.xdp_drops", "rx_%u_xdp_drop", ""},
	{"mana", "eth.xdp_redirects", "rx_%u_xdp_redirect", ""},
	{"mana", "eth.rx_port_discards", "hc_rx_pkt_drop_phy", ""}, /* of all guests at the port */
	{"mana", "eth.rx_prio_pause", "hc_tc%u_rx_pause_phy", ""},
	{"mana", "eth.tx_prio_pause", "hc_tc%u_tx_pause_phy", ""},

	/* qlogic/qede/qede_ethtool.c, qede_main.c */
	{"qede", "eth.rx_ring_full", "no_buff_discards", "dev.rx_fifo_errors"},
	{"qede", "eth.rx_port_full", "brb_discards", ""},
	{"qede", "eth.rx_truncated", "brb_truncates", ""},
	{"qede", "eth.rx_alloc_fail", "%u: rx_alloc_errors", ""},
	{"qede", "eth.rx_pause", "rx_pause_frames", "pause.rx ctrl.rx"},
	{"qede", "eth.tx_pause", "tx_pause_frames", "pause.tx ctrl.tx"},
	{"qede", "eth.rx_prio_pause", "rx_pfc_frames", ""},
	{"qede", "eth.tx_prio_pause", "tx_pfc_frames", ""},

	/* chelsio/cxgb4/cxgb4_ethtool.c, cxgb4_main.c; a buffer group each */
	{"cxgb4", "eth.rx_port_full", "rx_bg%u_frames_dropped", "dev.rx_dropped"},
	{"cxgb4", "eth.rx_truncated", "rx_bg%u_frames_trunc", "dev.rx_dropped"},
	{"cxgb4", "eth.rx_pause", "rx_pause_frames", "pause.rx ctrl.rx"},
	{"cxgb4", "eth.tx_pause", "tx_pause_frames", "pause.tx ctrl.tx"},
	{"cxgb4", "eth.rx_prio_pause", "rx_ppp%u_frames", ""},
	{"cxgb4", "eth.tx_prio_pause", "tx_ppp%u_frames", ""},
	{"cxgb4", "eth.symbol_errors", "rx_symbol_errors", "dev.rx_frame_errors"},
};
/* clang-format on */

/*
 * Drivers not named here answer with what is, or bring rtnetlink's numbers up to date when
 * ethtool asks (ice, i40e, ixgbe, mlx5), which a snapshot does first.
 */
static const struct {
	const char *driver;
	uint32_t rtnl_ms, ethtool_ms;
} refresh[] = {
	{"bnxt_en", 1000, 1000}, /* the NIC writes them: bnxt.h, BNXT_DEF_STATS_COAL_TICKS */
	{"ena", 1000, 0},        /* drops come with keep-alive events */
	{"gve", 0, 20000},       /* gve.h, GVE_STATS_REPORT_TIMER_PERIOD; of the NIC's report */
	{"mana", 2000, 2000},    /* mana.h, MANA_GF_STATS_PERIOD */
};

const struct counter_name *counter_names(size_t *n)
{
	*n = sizeof(names) / sizeof(names[0]);
	return names;
}

uint32_t counter_driver_refresh_ms(const char *driver, enum counter_source source)
{
	for (size_t i = 0; i < sizeof(refresh) / sizeof(refresh[0]); i++) {
		if (strcmp(refresh[i].driver, driver))
			continue;
		if (source == SOURCE_RTNL)
			return refresh[i].rtnl_ms;
		if (source == SOURCE_ETHTOOL)
			return refresh[i].ethtool_ms;
	}
	return 0;
}
