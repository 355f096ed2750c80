/*
 * Recorded trees (tests/recorded, a folder a driver) read by the readers of the live host: which
 * counters moved between before and after, by how much, and no others; trees that are cut off or
 * damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "counter.h"
#include "file.h"
#include "log.h"

/* Of a tree, what moved besides good packets and their bytes. */
static const struct row {
	const char *tree, *id;
	uint64_t delta;
} rows[] = {
	{"mlx5_core", "eth.rx_ring_full", 1000},
	{"mlx5_core", "dev.rx_missed_errors", 1000},
	{"mlx5_core", "eth.rx_port_full", 300},
	{"mlx5_core", "dev.rx_dropped", 300},
	{"mlx5_core", "eth.rx_prio_discards", 300},
	{"mlx5_core", "eth.rx_pci_full", 20},
	{"mlx5_core", "eth.rx_steer_missed", 2},
	{"mlx5_core", "eth.rx_oversize", 3},
	{"mlx5_core", "eth.rx_alloc_fail", 7},
	{"mlx5_core", "eth.tx_drops", 11},
	{"mlx5_core", "dev.tx_dropped", 11},
	{"mlx5_core", "dev.rx_crc_errors", 4},
	{"mlx5_core", "dev.rx_errors", 4},
	{"mlx5_core", "mac.fcs_errors", 4},
	{"mlx5_core", "phy.symbol_errors", 9},
	{"mlx5_core", "eth.symbol_errors", 9},
	{"mlx5_core", "eth.pcs_errors", 21},
	{"mlx5_core", "eth.link_faults", 1},
	{"mlx5_core", "dev.carrier_changes", 2},
	{"mlx5_core", "eth.rx_pause", 50},
	{"mlx5_core", "eth.tx_pause", 60},
	{"mlx5_core", "ctrl.rx", 50},
	{"mlx5_core", "ctrl.tx", 60},
	{"mlx5_core", "pause.rx", 50},
	{"mlx5_core", "pause.tx", 60},
	{"mlx5_core", "qdisc.drops", 13},

	{"mlx5_core-pfc", "eth.rx_prio_pause", 405},
	{"mlx5_core-pfc", "eth.tx_prio_pause", 31},

	{"mlx5_core-rdma", "rdma.out_of_buffer", 90},
	{"mlx5_core-rdma", "rdma.out_of_sequence", 30},
	{"mlx5_core-rdma", "rdma.packet_seq_err", 25},
	{"mlx5_core-rdma", "rdma.duplicate_request", 4},
	{"mlx5_core-rdma", "rdma.rnr_nak_retry_err", 17},
	{"mlx5_core-rdma", "rdma.local_ack_timeout_err", 6},
	{"mlx5_core-rdma", "rdma.implied_nak_seq_err", 2},
	{"mlx5_core-rdma", "rdma.rx_icrc_encapsulated", 1},
	{"mlx5_core-rdma", "rdma.np_cnp_sent", 50},
	{"mlx5_core-rdma", "rdma.np_ecn_marked_roce_packets", 55},
	{"mlx5_core-rdma", "rdma.rp_cnp_handled", 12},
	{"mlx5_core-rdma", "rdma.rp_cnp_ignored", 3},
	{"mlx5_core-rdma", "rdma.roce_adp_retrans", 5},
	{"mlx5_core-rdma", "rdma.roce_adp_retrans_to", 8},
	{"mlx5_core-rdma", "rdma.roce_slow_restart", 7},
	{"mlx5_core-rdma", "rdma.roce_slow_restart_cnps", 9},
	{"mlx5_core-rdma", "rdma.roce_slow_restart_trans", 11},
	{"mlx5_core-rdma", "rdma.req_cqe_error", 2},
	{"mlx5_core-rdma", "rdma.resp_cqe_error", 13},
	{"mlx5_core-rdma", "rdma.resp_local_length_error", 14},
	{"mlx5_core-rdma", "rdma.req_remote_invalid_request", 15},
	{"mlx5_core-rdma", "rdma.req_remote_access_errors", 16},
	{"mlx5_core-rdma", "rdma.resp_remote_access_errors", 18},
	{"mlx5_core-rdma", "irq.device", 2214}, /* (1000 + 1500 - 300) + (9 + 19 - 14) */

	{"ice", "eth.rx_ring_full", 700},
	{"ice", "dev.rx_dropped", 700},
	{"ice", "eth.rx_port_full", 400},
	{"ice", "dev.rx_missed_errors", 400},
	{"ice", "eth.rx_alloc_fail", 5}, /* buffers 3, pages 2 */
	{"ice", "eth.tx_link_down", 6},
	{"ice", "dev.rx_crc_errors", 5},
	{"ice", "dev.rx_errors", 13},
	{"ice", "eth.symbol_errors", 8},
	{"ice", "eth.link_faults", 3},
	{"ice", "eth.rx_pause", 35},
	{"ice", "eth.tx_pause", 15},
	{"ice", "eth.rx_prio_pause", 100},
	{"ice", "eth.tx_prio_pause", 40},

	{"i40e", "eth.rx_ring_full", 650}, /* missed 600, dropped 50 */
	{"i40e", "dev.rx_missed_errors", 600},
	{"i40e", "dev.rx_dropped", 50},
	{"i40e", "eth.rx_port_full", 240},
	{"i40e", "eth.rx_alloc_fail", 5},
	{"i40e", "eth.tx_link_down", 3},
	{"i40e", "eth.symbol_errors", 2},
	{"i40e", "eth.link_faults", 1},
	{"i40e", "eth.rx_pause", 45},
	{"i40e", "eth.rx_prio_pause", 77},

	{"ixgbe", "eth.rx_ring_full", 1500},
	{"ixgbe", "eth.rx_port_full", 90},
	{"ixgbe", "dev.rx_missed_errors", 90},
	{"ixgbe", "eth.rx_alloc_fail", 5},
	{"ixgbe", "eth.rx_pause", 12},
	{"ixgbe", "eth.tx_pause", 8},
	{"ixgbe", "eth.rx_prio_pause", 20},

	{"igb", "eth.rx_ring_full", 350}, /* queue 0: 100, queue 1: 250 */
	{"igb", "eth.rx_port_full", 60},
	{"igb", "dev.rx_missed_errors", 60},
	{"igb", "dev.rx_fifo_errors", 410},
	{"igb", "eth.rx_no_buffer", 75},
	{"igb", "eth.rx_alloc_fail", 8},
	{"igb", "eth.rx_pause", 14},
	{"igb", "eth.tx_pause", 2},

	{"e1000e", "eth.rx_port_full", 130},
	{"e1000e", "dev.rx_missed_errors", 130},
	{"e1000e", "eth.rx_no_buffer", 500},
	{"e1000e", "eth.rx_alloc_fail", 2},
	{"e1000e", "dev.rx_crc_errors", 3},
	{"e1000e", "dev.rx_errors", 3},
	{"e1000e", "eth.rx_pause", 5},
	{"e1000e", "eth.tx_pause", 19},

	{"bnxt_en", "eth.rx_ring_full", 800}, /* of its rings 300 and 500 */
	{"bnxt_en", "dev.rx_missed_errors", 800},
	{"bnxt_en", "eth.rx_port_full", 60},
	{"bnxt_en", "eth.rx_port_discards", 860},
	{"bnxt_en", "eth.rx_drops", 24},
	{"bnxt_en", "dev.rx_dropped", 24},
	{"bnxt_en", "eth.rx_buffer_errors", 2},
	{"bnxt_en", "eth.tx_drops", 9},
	{"bnxt_en", "eth.rx_pause", 7},
	{"bnxt_en", "eth.tx_pause", 3},
	{"bnxt_en", "eth.rx_prio_pause", 37},
	{"bnxt_en", "eth.tx_prio_pause", 18},
	{"bnxt_en", "eth.link_faults", 1},
	{"bnxt_en", "dev.carrier_changes", 2},

	{"ena", "eth.limit_rx_bandwidth", 111},
	{"ena", "eth.limit_tx_bandwidth", 22},
	{"ena", "eth.limit_packets", 333},
	{"ena", "eth.limit_conntrack", 44},
	{"ena", "eth.limit_linklocal", 5},
	{"ena", "eth.rx_alloc_fail", 5},
	{"ena", "eth.rx_no_buffer", 7},
	{"ena", "eth.xdp_drops", 12},
	{"ena", "dev.rx_dropped", 70},

	{"gve", "eth.rx_ring_full", 100},
	{"gve", "eth.rx_no_buffer", 7},
	{"gve", "eth.rx_oversize", 2},
	{"gve", "eth.rx_drops", 7},
	{"gve", "eth.rx_alloc_fail", 4},
	{"gve", "eth.xdp_drops", 8},

	{"gve-silent", "eth.rx_drops", 7},
	{"gve-silent", "eth.rx_alloc_fail", 4},
	{"gve-silent", "eth.xdp_drops", 8},

	{"vmxnet3", "eth.rx_ring_full", 100},
	{"vmxnet3", "eth.rx_drops", 7},
	{"vmxnet3", "dev.rx_dropped", 7},
	{"vmxnet3", "eth.rx_alloc_fail", 3},
	{"vmxnet3", "eth.tx_drops", 6},
	{"vmxnet3", "dev.tx_dropped", 6},

	{"mana", "eth.rx_ring_full", 210},
	{"mana", "dev.rx_missed_errors", 210},
	{"mana", "eth.rx_port_discards", 13},
	{"mana", "eth.rx_prio_pause", 10},
	{"mana", "eth.xdp_drops", 7},
	{"mana", "eth.xdp_redirects", 9},

	{"qede", "eth.rx_ring_full", 140},
	{"qede", "dev.rx_fifo_errors", 140},
	{"qede", "eth.rx_port_full", 30},
	{"qede", "eth.rx_truncated", 2},
	{"qede", "eth.rx_alloc_fail", 3},
	{"qede", "dev.rx_crc_errors", 2},
	{"qede", "eth.rx_pause", 11},
	{"qede", "eth.tx_pause", 3},
	{"qede", "eth.rx_prio_pause", 6},
	{"qede", "eth.tx_prio_pause", 4},

	{"cxgb4", "eth.rx_port_full", 60},
	{"cxgb4", "eth.rx_truncated", 3},
	{"cxgb4", "dev.rx_dropped", 63},
	{"cxgb4", "eth.symbol_errors", 6},
	{"cxgb4", "dev.rx_frame_errors", 6},
	{"cxgb4", "dev.rx_errors", 6},
	{"cxgb4", "eth.rx_pause", 4},
	{"cxgb4", "eth.tx_pause", 5},
	{"cxgb4", "eth.rx_prio_pause", 18},

	{"virtio_net", "eth.rx_drops", 20}, /* queue 0: 12, queue 1: 8, the total left out */
	{"virtio_net", "dev.rx_dropped", 20},
	{"virtio_net", "eth.xdp_drops", 5},
	{"virtio_net", "eth.xdp_redirects", 2},
};

/* Counters of a tree that are not what they would be if missing were 0. */
static const struct {
	const char *tree, *id;
	enum sample_state state;
} states[] = {
	{"gve-silent", "eth.rx_ring_full", SAMPLE_UNSUPPORTED}, /* report-stats is off */
	{"gve-silent", "eth.rx_oversize", SAMPLE_UNSUPPORTED},
	{"gve", "eth.tx_drops", SAMPLE_UNSUPPORTED},
	{"ena", "eth.rx_ring_full", SAMPLE_UNSUPPORTED},
	{"virtio_net", "eth.rx_ring_full", SAMPLE_UNSUPPORTED},
	{"mlx5_core", "dev.rx_nohandler", SAMPLE_UNSUPPORTED}, /* ip leaves it out if it is 0 */
	{"mlx5_core", "dev.carrier_down", SAMPLE_UNSUPPORTED}, /* and this always */
	{"mlx5_core", "rdma.out_of_buffer", SAMPLE_UNSUPPORTED},
	{"mlx5_core", "snmp.Udp.InErrors", SAMPLE_UNSUPPORTED},
	{"mlx5_core", "softnet.dropped", SAMPLE_UNSUPPORTED},
	{"mlx5_core", "ct.drop", SAMPLE_UNSUPPORTED},
	{"mlx5_core", "nft.drops", SAMPLE_UNSUPPORTED},
	{"mlx5_core", "xt.drops", SAMPLE_UNSUPPORTED},
	{"mlx5_core", "qstat.rx_hw_drops", SAMPLE_UNSUPPORTED},
	{"mlx5_core", "sock.udp", SAMPLE_UNSUPPORTED},
	{"mlx5_core", "neigh.arp_table_fulls", SAMPLE_UNSUPPORTED},
	{"ixgbe", "pause.rx", SAMPLE_UNSUPPORTED},
	{"ixgbe", "dev.rx_dropped", SAMPLE_OK},
};

static json_t *take_root(const char *root, const char *ifname)
{
	const struct snapshot_request request = {ifname, 0, SCOPES_ALL, root};
	struct sample *samples;
	struct error err;
	size_t n;
	json_t *obj;

	assert_int_equal(snapshot_read(&request, &samples, &n, &err), 0);
	for (size_t i = 0; i < n; i++)
		assert_in_range(samples[i].state, SAMPLE_OK, SAMPLE_FAILED);
	obj = snapshot_json(samples, n);
	free(samples);
	return obj;
}

static json_t *take(const char *tree, const char *moment)
{
	char root[512];

	snprintf(root, sizeof(root), "%s/%s/%s", RECORDED, tree, moment);
	return take_root(root, "eth0");
}

static const struct row *find_row(const char *tree, const char *id)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].tree, tree) && !strcmp(rows[i].id, id))
			return &rows[i];
	return NULL;
}

static void check_tree(const char *tree)
{
	json_t *before = take(tree, "before"), *after = take(tree, "after");
	size_t n;
	const struct counter_def *defs = counter_table(&n);
	static const char *const traffic[] = {"dev.rx_packets", "dev.tx_packets", "dev.rx_bytes",
					      "dev.tx_bytes",   "mac.rx_packets", "mac.tx_packets"};

	for (size_t i = 0; i < n; i++) {
		const struct row *row = find_row(tree, defs[i].id);
		uint64_t delta = 0;
		enum sample_state state =
			snapshot_delta(before, after, defs[i].id, defs[i].bits, &delta);
		bool is_traffic = false;

		for (size_t t = 0; t < sizeof(traffic) / sizeof(traffic[0]); t++)
			is_traffic |= !strcmp(traffic[t], defs[i].id);
		if (is_traffic)
			continue;
		if (row && state != SAMPLE_OK)
			fail_msg("%s: %s: %s", tree, row->id, sample_state_name(state));
		if (delta != (row ? row->delta : 0))
			fail_msg("%s: %s: %llu", tree, defs[i].id, (unsigned long long)delta);
	}
	json_decref(before);
	json_decref(after);
}

static void test_trees(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!i || strcmp(rows[i].tree, rows[i - 1].tree))
			check_tree(rows[i].tree);
}

static void test_states(void **state)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		json_t *after = take(states[i].tree, "after");
		uint64_t value;
		enum sample_state got = snapshot_value(after, states[i].id, &value);

		if (got != states[i].state)
			fail_msg("%s: %s: %s", states[i].tree, states[i].id,
				 sample_state_name(got));
		json_decref(after);
	}
}

/* Every driver of the map of names has its tree, so that a name that is misspelt shows. */
static void test_every_driver(void **state)
{
	static const char *const without[] = {"veth", "igc",
					      "e1000"}; /* live, and as igb, e1000e */
	size_t n;
	const struct counter_name *names = counter_names(&n);

	for (size_t i = 0; i < n; i++) {
		bool has = false;

		for (size_t k = 0; k < sizeof(without) / sizeof(without[0]); k++)
			has |= !strcmp(without[k], names[i].driver);
		for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
			has |= !strcmp(rows[k].tree, names[i].driver);
		if (!has)
			fail_msg("%s has no tree", names[i].driver);
	}
}

/* ---- files that are cut off, damaged, missing ---- */

static char folder[64]; /* a copy of a tree */
static char tree_root[128];
static size_t n_damaged;

static void write_file(const char *path, const char *data, size_t len)
{
	struct error err;

	assert_int_equal(file_replace(path, data, len, &err), 0);
}

/* Whatever a file holds, reading ends, and other files' counters are not touched by it. */
static int damage_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct error err;
	size_t len;
	char *text, *copy;
	uint32_t random = 12345;

	if (type != FTW_F)
		return 0;
	text = file_read(path, &len, &err);
	assert_non_null(text);
	copy = malloc(len + 1);
	assert_non_null(copy);
	for (size_t i = 0; i < 12; i++) { /* cut */
		write_file(path, text, len * i / 12);
		json_decref(take_root(tree_root, "eth0"));
	}
	for (int i = 0; i < 24; i++) { /* some bytes are others */
		memcpy(copy, text, len);
		for (int k = 0; len && k <= i / 4; k++) {
			random = random * 1664525 + 1013904223;
			copy[random % len] = (char)(random >> 24);
		}
		write_file(path, copy, len);
		json_decref(take_root(tree_root, "eth0"));
	}
	write_file(path, text, len);
	n_damaged++;
	free(copy);
	free(text);
	return 0;
}

static void copy_tree(const char *tree)
{
	char command[512];

	snprintf(command, sizeof(command), "cp -r %s/%s/after %s/t", RECORDED, tree, folder);
	assert_int_equal(system(command), 0);
	snprintf(tree_root, sizeof(tree_root), "%s/t", folder);
}

static void remove_tree(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s/t", folder);
	assert_int_equal(system(command), 0);
}

static void test_damaged(void **state)
{
	static const char *const trees[] = {"mlx5_core", "mlx5_core-rdma", "gve", "vmxnet3"};

	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		copy_tree(trees[i]);
		assert_int_equal(nftw(tree_root, damage_file, 8, FTW_PHYS), 0);
		remove_tree();
	}
	assert_true(n_damaged > 20);
}

/* What a file that cannot be understood, or is not there, does to a counter. */
static void test_broken(void **state)
{
	static const struct {
		const char *file, *text; /* NULL: the file is away */
		const char *id;
		enum sample_state state;
	} cases[] = {
		{"link.json", "[{\"ifname\":\"eth0\",\"stats64\":{\"rx\":{", "dev.rx_dropped",
		 SAMPLE_FAILED},
		{"link.json", "{}", "dev.rx_dropped", SAMPLE_FAILED},
		{"link.json", "[]", "dev.rx_dropped", SAMPLE_FAILED},
		{"link.json", "[{\"ifname\":\"eth1\",\"stats64\":{}}]", "dev.rx_dropped",
		 SAMPLE_FAILED},
		{"link.json", "[{\"ifname\":\"eth0\"}]", "dev.rx_dropped", SAMPLE_FAILED},
		{"link.json", "[{\"ifname\":\"eth0\",\"stats64\":{\"rx\":{\"dropped\":-1}}}]",
		 "dev.rx_dropped", SAMPLE_FAILED},
		{"link.json", "[{\"ifname\":\"eth0\",\"stats64\":{\"rx\":{\"dropped\":7}}}]",
		 "dev.rx_dropped", SAMPLE_OK},
		{"link.json", "[{\"ifname\":\"eth0\",\"stats64\":{\"rx\":{\"dropped\":7}}}]",
		 "dev.tx_dropped", SAMPLE_UNSUPPORTED},
		{"link.json", NULL, "dev.rx_dropped", SAMPLE_UNSUPPORTED},
		{"link.json", "", "dev.rx_dropped", SAMPLE_UNSUPPORTED},
		{"qdisc.json", "[{\"kind\":\"fq\"", "qdisc.drops", SAMPLE_FAILED},
		{"qdisc.json", "[{\"kind\":\"fq\",\"handle\":\"xyz\",\"root\":true}]",
		 "qdisc.drops", SAMPLE_FAILED},
		{"qdisc.json",
		 "[{\"kind\":\"noqueue\",\"handle\":\"0:\",\"root\":true,"
		 "\"drops\":0,\"requeues\":0,\"overlimits\":0}]",
		 "qdisc.drops", SAMPLE_UNSUPPORTED},
		{"qdisc.json", NULL, "qdisc.drops", SAMPLE_UNSUPPORTED},
		{"ethtool/eth0/statistics", "NIC statistics:\n     rx_out_of_buffer: 1",
		 "eth.rx_ring_full", SAMPLE_FAILED},
		{"ethtool/eth0/statistics", "NIC statistics:\n     rx_out_of_buffer: x\n",
		 "eth.rx_ring_full", SAMPLE_FAILED},
		{"ethtool/eth0/statistics", "netlink error\n", "eth.rx_ring_full", SAMPLE_FAILED},
		{"ethtool/eth0/statistics",
		 "NIC statistics:\n     a_name_longer_than_a_name_can_ever_be: 1\n",
		 "eth.rx_ring_full", SAMPLE_FAILED},
		{"ethtool/eth0/statistics", "NIC statistics:\n     rx_out_of_buffer: 1\n",
		 "eth.rx_ring_full", SAMPLE_OK},
		{"ethtool/eth0/statistics", "NIC statistics:\n     rx_out_of_buffer: 1\n",
		 "eth.rx_port_full", SAMPLE_UNSUPPORTED},
		{"ethtool/eth0/statistics", NULL, "eth.rx_ring_full", SAMPLE_UNSUPPORTED},
		{"ethtool/eth0/driver", NULL, "eth.rx_ring_full", SAMPLE_UNSUPPORTED},
		{"ethtool/eth0/groups.json", "[ {", "mac.fcs_errors", SAMPLE_FAILED},
		{"ethtool/eth0/groups.json", "[ ]", "mac.fcs_errors", SAMPLE_UNSUPPORTED},
		{"ethtool/eth0/groups.json", NULL, "mac.fcs_errors", SAMPLE_UNSUPPORTED},
		{"ethtool/eth0/groups.json", NULL, "pause.rx", SAMPLE_OK},
		{"ethtool/eth0/pause.json", "", "pause.rx", SAMPLE_UNSUPPORTED},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[256];
		uint64_t value;
		json_t *snapshot;
		enum sample_state got;

		copy_tree("mlx5_core");
		snprintf(path, sizeof(path), "%s/%s", tree_root, cases[i].file);
		if (cases[i].text)
			write_file(path, cases[i].text, strlen(cases[i].text));
		else
			assert_int_equal(unlink(path), 0);
		snapshot = take_root(tree_root, "eth0");
		got = snapshot_value(snapshot, cases[i].id, &value);
		if (got != cases[i].state)
			fail_msg("%s with %s: %s: %s", cases[i].file,
				 cases[i].text ? cases[i].text : "nothing", cases[i].id,
				 sample_state_name(got));
		json_decref(snapshot);
		remove_tree();
	}
}

/* Files of /proc and of the kernel's tables, as the live ones are. */
static void test_proc(void **state)
{
	static const struct {
		const char *file, *text;
		const char *id;
		uint64_t value;
	} cases[] = {
		{"proc/net/snmp", "Tcp: RetransSegs CurrEstab\nTcp: 17 4\n", "snmp.Tcp.RetransSegs",
		 17},
		{"proc/net/netstat", "TcpExt: ListenDrops PAWSEstab\nTcpExt: 5 6\n",
		 "netstat.TcpExt.PAWSEstab", 6},
		{"proc/net/snmp6", "Icmp6InPktTooBigs               \t9\n",
		 "snmp6.Icmp6InPktTooBigs", 9},
		{"proc/net/softnet_stat",
		 "00000010 00000003 00000000\n00000001 00000004 00000000\n", "softnet.dropped", 7},
		{"proc/net/sockstat", "TCP: inuse 8 orphan 1 tw 33 alloc 9 mem 2\n",
		 "sockstat.tcp_tw", 33},
		{"proc/net/stat/arp_cache", "entries table_fulls\n00000001 0000000a\n",
		 "neigh.arp_table_fulls", 10},
		{"proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=77\n",
		 "psi.cpu_some", 77},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[256], *slash;
		struct error err;
		uint64_t value = 0;
		json_t *snapshot;

		snprintf(tree_root, sizeof(tree_root), "%s/t", folder);
		snprintf(path, sizeof(path), "%s/%s", tree_root, cases[i].file);
		slash = strrchr(path, '/');
		*slash = '\0';
		assert_int_equal(file_make_dirs(path, &err), 0);
		*slash = '/';
		write_file(path, cases[i].text, strlen(cases[i].text));
		snapshot = take_root(tree_root, "");
		if (snapshot_value(snapshot, cases[i].id, &value) != SAMPLE_OK ||
		    value != cases[i].value)
			fail_msg("%s: %llu", cases[i].id, (unsigned long long)value);
		json_decref(snapshot);
		remove_tree();
	}
}

/* In the way to a tree nothing is a pattern. */
static void test_odd_name(void **state)
{
	char command[512], root[256];
	uint64_t value;
	json_t *snapshot;

	snprintf(command, sizeof(command), "cp -r %s/mlx5_core-rdma/after '%s/a[b]*\\?'", RECORDED,
		 folder);
	assert_int_equal(system(command), 0);
	snprintf(root, sizeof(root), "%s/a[b]*\\?", folder);
	snapshot = take_root(root, "eth0");
	assert_int_equal(snapshot_value(snapshot, "rdma.out_of_buffer", &value), SAMPLE_OK);
	assert_int_equal(value, 100);
	json_decref(snapshot);
}

static int setup(void **state)
{
	log_set_level(LOG_LEVEL_ERROR);
	snprintf(folder, sizeof(folder), "/tmp/ringloss-recorded-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees),    cmocka_unit_test(test_states),
		cmocka_unit_test(test_broken),   cmocka_unit_test(test_every_driver),
		cmocka_unit_test(test_damaged),  cmocka_unit_test(test_proc),
		cmocka_unit_test(test_odd_name),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
