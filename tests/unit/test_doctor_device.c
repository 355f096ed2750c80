/*
 * lib/doctor's checks of a device: each on NICs that are well and on such that are not. What cannot
 * be asked is never well.
 */
#include "doctor_world.h"

static void set_nothing(struct nic_facts *nic, struct device *device)
{
}

static void set_down(struct nic_facts *nic, struct device *device)
{
	device->up = false;
}

static void set_no_carrier(struct nic_facts *nic, struct device *device)
{
	device->carrier = false;
}

static void set_half(struct nic_facts *nic, struct device *device)
{
	nic->duplex = DUPLEX_HALF;
}

static void set_small_ring(struct nic_facts *nic, struct device *device)
{
	nic->ring.rx_pending = 256;
}

static void set_no_rings(struct nic_facts *nic, struct device *device)
{
	nic->ring_ret = -EOPNOTSUPP;
}

static void set_refused(struct nic_facts *nic, struct device *device)
{
	nic->ring_ret = -EPERM;
}

static void set_many_channels(struct nic_facts *nic, struct device *device)
{
	nic->channels.combined_count = 8;
}

static void set_uneven(struct nic_facts *nic, struct device *device)
{
	size_t i;

	for (i = 0; i < nic->rss_size; i++)
		nic->rss[i] = 0;
}

static void set_pause(struct nic_facts *nic, struct device *device)
{
	nic->pause.rx_pause = 1;
	nic->pause.autoneg = 1;
}

static void set_lro(struct nic_facts *nic, struct device *device)
{
	nic->feature[NIC_LRO] = 1;
	nic->feature[NIC_GRO_HW] = -EOPNOTSUPP;
}

static void set_lro_fixed(struct nic_facts *nic, struct device *device)
{
	nic->feature[NIC_LRO] = 1;
	nic->fixed[NIC_LRO] = true;
}

static void set_adaptive(struct nic_facts *nic, struct device *device)
{
	nic->coalesce.use_adaptive_rx_coalesce = 1;
}

static void set_coded(struct nic_facts *nic, struct device *device)
{
	nic->coalesce.rx_coalesce_usecs = 3;
}

static void set_eee(struct nic_facts *nic, struct device *device)
{
	nic->eee.eee_enabled = 1;
}

static void set_program(struct nic_facts *nic, struct device *device)
{
	nic->n_xdp = 1;
	nic->xdp_ids[0] = 77;
	nic->xdp_modes[0] = "generic";
}

static void set_linked(struct nic_facts *nic, struct device *device)
{
	set_program(nic, device);
	nic->xdp_links[0] = 5;
}

static void set_filter(struct nic_facts *nic, struct device *device)
{
	nic->tc_filters = 2;
}

static void set_fq_codel(struct nic_facts *nic, struct device *device)
{
	strcpy(nic->qdiscs[1], "fq_codel");
	nic->n_qdiscs = 2;
}

static void set_netem(struct nic_facts *nic, struct device *device)
{
	strcpy(nic->qdiscs[0], "netem");
}

static void set_rules(struct nic_facts *nic, struct device *device)
{
	nic->drop_rules = 3;
	nic->dropped = 12;
}

static void set_route(struct nic_facts *nic, struct device *device)
{
	nic->uses.n = 1;
	nic->uses.use[0].what = "it carries a default route";
	strcpy(nic->uses.use[0].remedy, "choose another port");
}

static void set_no_xdp(struct nic_facts *nic, struct device *device)
{
	nic->xdp_features = 0;
}

static void set_old_kernel(struct nic_facts *nic, struct device *device)
{
	nic->xdp_features_ret = -EOPNOTSUPP;
}

static void set_unknown_driver(struct nic_facts *nic, struct device *device)
{
	strcpy(device->driver, "novel");
}

static void set_ifb(struct nic_facts *nic, struct device *device)
{
	strcpy(device->driver, "ifb");
	device->bus[0] = '\0';
}

static void set_veth(struct nic_facts *nic, struct device *device)
{
	strcpy(device->driver, "veth");
	device->bus[0] = '\0';
	device->real_speed = false;
}

static void set_40g(struct nic_facts *nic, struct device *device)
{
	device->speed_mbps = 40000;
}

static void set_flags(struct nic_facts *nic, struct device *device, const char *driver,
		      const char *flag, bool on)
{
	strcpy(device->driver, driver);
	strcpy(nic->flag_names[0], "other-flag");
	strcpy(nic->flag_names[1], flag);
	nic->n_flags = 2;
	nic->flags = on ? 2 : 1;
}

#define FLAG(name, driver, flag, on)                                                               \
	static void set_##name(struct nic_facts *nic, struct device *device)                       \
	{                                                                                          \
		set_flags(nic, device, driver, flag, on);                                          \
	}

FLAG(compress, "mlx5_core", "rx_cqe_compress", true)
FLAG(no_compress, "mlx5_core", "rx_cqe_compress", false)
FLAG(striding, "mlx5_core", "rx_striding_rq", true)
FLAG(no_striding, "mlx5_core", "rx_striding_rq", false)
FLAG(i40e_lldp, "i40e", "disable-fw-lldp", false)
FLAG(i40e_no_lldp, "i40e", "disable-fw-lldp", true)
FLAG(ice_lldp, "ice", "fw-lldp-agent", true)
FLAG(ice_no_lldp, "ice", "fw-lldp-agent", false)

static void set_llq(struct nic_facts *nic, struct device *device)
{
	strcpy(device->driver, "ena");
	nic->tx_push_len = 224;
}

static void set_no_llq(struct nic_facts *nic, struct device *device)
{
	strcpy(device->driver, "ena");
}

static void set_virtio(struct nic_facts *nic, struct device *device)
{
	strcpy(device->driver, "virtio_net");
}

#define BITS "0000000000000001000000100000000000000000000000000000000000000000"

static const struct row rows[] = {
	{"driver", DOCTOR_OK, "igb, firmware 3.25", NULL, set_nothing},
	{"pcie",
	 DOCTOR_OK,
	 "8.0 GT/s x8 of 8.0 GT/s x8; room for",
	 NULL,
	 set_nothing,
	 {{PCI "/current_link_speed", "8.0 GT/s PCIe\n"},
	  {PCI "/current_link_width", "8\n"},
	  {PCI "/max_link_speed", "8.0 GT/s PCIe\n"},
	  {PCI "/max_link_width", "8\n"}}},
	{"pcie",
	 DOCTOR_WARN,
	 "8.0 GT/s x4 of 8.0 GT/s x8",
	 "slot with more lanes",
	 set_nothing,
	 {{PCI "/current_link_speed", "8.0 GT/s PCIe\n"},
	  {PCI "/current_link_width", "4\n"},
	  {PCI "/max_link_speed", "8.0 GT/s PCIe\n"},
	  {PCI "/max_link_width", "8\n"}}},
	/* 31.5 Gb/s for 59.5 Mpps of 106 bytes */
	{"pcie",
	 DOCTOR_WARN,
	 "room for 37.16 Mpps of 64 bytes (estimate), line rate is 59.52",
	 "larger frames",
	 set_40g,
	 {{PCI "/current_link_speed", "8.0 GT/s PCIe\n"},
	  {PCI "/current_link_width", "4\n"},
	  {PCI "/max_link_speed", "8.0 GT/s PCIe\n"},
	  {PCI "/max_link_width", "4\n"}}},
	{"pcie",
	 DOCTOR_UNKNOWN,
	 "cannot read",
	 NULL,
	 set_nothing,
	 {{PCI "/current_link_speed", "Unknown\n"}, {PCI "/current_link_width", "0\n"}}},
	{"pcie", DOCTOR_NA, "no PCIe link", NULL, set_nothing},
	{"pcie", DOCTOR_NA, "no PCI device", NULL, set_veth},
	{"numa-node",
	 DOCTOR_OK,
	 "node 1 of 2, CPUs 2-3",
	 NULL,
	 set_nothing,
	 {STATUS(ROOT_CAPS, "0-3"),
	  {PCI "/numa_node", "1"},
	  {NODE "/node0/cpulist", "0-1"},
	  {NODE "/node1/cpulist", "2-3"}}},
	{"numa-node",
	 DOCTOR_WARN,
	 "none of which",
	 "taskset",
	 set_nothing,
	 {STATUS(ROOT_CAPS, "0-1"),
	  {PCI "/numa_node", "1"},
	  {NODE "/node0/cpulist", "0-1"},
	  {NODE "/node1/cpulist", "2-3"}}},
	{"numa-node",
	 DOCTOR_WARN,
	 "firmware does not say",
	 "CPUs of each node",
	 set_nothing,
	 {{PCI "/numa_node", "-1"}, {NODE "/node0/cpulist", "0"}, {NODE "/node1/cpulist", "1"}}},
	{"iommu-group",
	 DOCTOR_OK,
	 "group 6",
	 NULL,
	 set_nothing,
	 {{PCI "/iommu_group", "->../../../kernel/iommu_groups/6"},
	  {"/sys/kernel/iommu_groups/6/devices/0000:3b:00.0", ""},
	  {"/sys/kernel/iommu_groups/6/devices/0000:3a:00.0", ""},
	  {"/sys/bus/pci/devices/0000:3a:00.0/class", "0x060400"}}},
	{"iommu-group",
	 DOCTOR_WARN,
	 "shared with 0000:3b:00.1",
	 "vfio-pci",
	 set_nothing,
	 {{PCI "/iommu_group", "->../../../kernel/iommu_groups/6"},
	  {"/sys/kernel/iommu_groups/6/devices/0000:3b:00.0", ""},
	  {"/sys/kernel/iommu_groups/6/devices/0000:3b:00.1", ""}}},
	{"link", DOCTOR_OK, "up, 10000 Mb/s, full duplex, MTU 1500", NULL, set_nothing},
	{"link", DOCTOR_OK, "it is virtual", NULL, set_veth},
	{"link", DOCTOR_FAIL, "down", "ip link set eth9 up", set_down},
	{"link", DOCTOR_FAIL, "no carrier", "cable", set_no_carrier},
	{"link", DOCTOR_FAIL, "half duplex", "autoneg on", set_half},
	{"used-by", DOCTOR_OK, "nobody", NULL, set_nothing},
	{"used-by", DOCTOR_WARN, "default route", "another port", set_route},
	{"rings", DOCTOR_OK, "RX 4096 of 4096", NULL, set_nothing},
	{"rings", DOCTOR_WARN, "RX 256 of 4096", "ethtool -G eth9 rx 4096", set_small_ring},
	{"rings", DOCTOR_NA, "has no rings", NULL, set_no_rings},
	{"rings", DOCTOR_UNKNOWN, "run as root", NULL, set_refused},
	{"channels",
	 DOCTOR_OK,
	 "4 RX queues of 8, 4 CPUs",
	 NULL,
	 set_nothing,
	 {STATUS(ROOT_CAPS, "0-3")}},
	{"channels",
	 DOCTOR_WARN,
	 "8 RX queues of 8, 4 CPUs",
	 "ethtool -L eth9 combined 4",
	 set_many_channels,
	 {STATUS(ROOT_CAPS, "0-3")}},
	{"rss", DOCTOR_OK, "10 entries over 4 of 4 queues, 2 to 3 each", NULL, set_nothing},
	{"rss", DOCTOR_WARN, "over 1 of 4 queues", "ethtool -X eth9 default", set_uneven},
	{"pause", DOCTOR_OK, "RX off, TX off", NULL, set_nothing},
	{"pause", DOCTOR_WARN, "RX on", "ethtool -A eth9 autoneg off rx off tx off", set_pause},
	{"merging", DOCTOR_OK, "lro off", NULL, set_nothing},
	{"merging", DOCTOR_WARN, "lro on, rx-gro-hw not there", "ethtool -K eth9 lro off", set_lro},
	{"merging", DOCTOR_WARN, "; fixed: lro", "does not let it", set_lro_fixed},
	{"coalescing", DOCTOR_OK, "RX 50 us", NULL, set_nothing},
	{"coalescing", DOCTOR_WARN, "adaptive RX on", "adaptive-rx off", set_adaptive},
	{"coalescing", DOCTOR_WARN, "rx-usecs 3: no time", "ethtool -C eth9 rx-usecs 50",
	 set_coded},
	{"eee", DOCTOR_OK, "off", NULL, set_nothing},
	{"eee", DOCTOR_WARN, "on", "ethtool --set-eee eth9 eee off", set_eee},
	{"xdp-features", DOCTOR_OK, "native XDP yes", NULL, set_nothing},
	{"xdp-features", DOCTOR_WARN, "native XDP no", "generic", set_no_xdp},
	{"xdp-features", DOCTOR_UNKNOWN, "before 6.3", NULL, set_old_kernel},
	{"loss-counters", DOCTOR_OK, "eth.rx_port_full", NULL, set_nothing},
	{"loss-counters", DOCTOR_WARN, "novel", "ethtool -S eth9", set_unknown_driver},
	{"xdp-programs", DOCTOR_OK, "none", NULL, set_nothing},
	{"xdp-programs", DOCTOR_FAIL, "program 77, generic", "ip link set eth9 xdpgeneric off",
	 set_program},
	{"xdp-programs", DOCTOR_FAIL, "program 77, generic, held by link 5",
	 "bpftool link show id 5", set_linked},
	{"tc-programs", DOCTOR_OK, "none", NULL, set_nothing},
	{"tc-programs", DOCTOR_WARN, "2 tc filters", "tc qdisc del dev eth9 clsact", set_filter},
	{"qdisc", DOCTOR_OK, "mq", NULL, set_nothing},
	{"qdisc", DOCTOR_WARN, "mq, fq_codel", "default_qdisc=pfifo_fast", set_fq_codel},
	{"qdisc", DOCTOR_WARN, "netem", "tc qdisc replace dev eth9 root pfifo_fast", set_netem},
	{"firewall", DOCTOR_OK, "no rule", NULL, set_nothing},
	{"firewall", DOCTOR_WARN, "3 rules or policies that drop; they counted 12", "iptables-save",
	 set_rules},
	{"conntrack",
	 DOCTOR_OK,
	 "not in this namespace",
	 NULL,
	 set_nothing,
	 {{"/proc/sys/net/x", ""}}},
	{"conntrack",
	 DOCTOR_WARN,
	 "5 of 100",
	 "remove the rules",
	 set_nothing,
	 {{"/proc/sys/net/netfilter/nf_conntrack_count", "5"},
	  {"/proc/sys/net/netfilter/nf_conntrack_max", "100"}}},
	{"bifurcated", DOCTOR_WARN, "mlx5_core keeps the port", "own MAC", set_compress},
	{"mlx5.cqe-compress", DOCTOR_WARN, "rx_cqe_compress on",
	 "ethtool --set-priv-flags eth9 rx_cqe_compress off", set_compress},
	{"mlx5.cqe-compress", DOCTOR_OK, "rx_cqe_compress off", NULL, set_no_compress},
	{"mlx5.cqe-compress", DOCTOR_UNKNOWN, "no flag rx_cqe_compress", NULL, set_striding},
	{"mlx5.striding-rq", DOCTOR_WARN, "rx_striding_rq on", "rx_striding_rq off", set_striding},
	{"mlx5.striding-rq", DOCTOR_OK, "rx_striding_rq off", NULL, set_no_striding},
	{"i40e.fw-lldp", DOCTOR_WARN, "disable-fw-lldp off", "disable-fw-lldp on", set_i40e_lldp},
	{"i40e.fw-lldp", DOCTOR_OK, "disable-fw-lldp on", NULL, set_i40e_no_lldp},
	{"ice.fw-lldp", DOCTOR_WARN, "fw-lldp-agent on", "fw-lldp-agent off", set_ice_lldp},
	{"ice.fw-lldp", DOCTOR_OK, "fw-lldp-agent off", NULL, set_ice_no_lldp},
	{"ena.llq", DOCTOR_OK, "224 bytes (wide)", NULL, set_llq},
	{"ena.llq", DOCTOR_UNKNOWN, "LLQ is off, or", NULL, set_no_llq},
	{"virtio.features",
	 DOCTOR_OK,
	 "mrg_rxbuf on, mq on, notf_coal off, rss off",
	 NULL,
	 set_virtio,
	 {{"/sys/class/net/eth9/device/features", BITS "\n"}}},
	{"virtio.features", DOCTOR_UNKNOWN, "cannot read", NULL, set_virtio},
	/* the link of the bridge above is the narrower one */
	{"pcie",
	 DOCTOR_WARN,
	 "but 4.0 Gb/s 1 bridge above",
	 "narrower bridge",
	 set_nothing,
	 {{PCI, "->../../../devices/bridge/card"},
	  {"/sys/devices/bridge/card/current_link_speed", "8.0 GT/s PCIe\n"},
	  {"/sys/devices/bridge/card/current_link_width", "8\n"},
	  {"/sys/devices/bridge/card/max_link_speed", "8.0 GT/s PCIe\n"},
	  {"/sys/devices/bridge/card/max_link_width", "8\n"},
	  {"/sys/devices/bridge/current_link_speed", "5.0 GT/s PCIe\n"},
	  {"/sys/devices/bridge/current_link_width", "1\n"}}},
	{"loss-counters", DOCTOR_NA, "no NIC", NULL, set_ifb},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static void test_rows(void **state)
{
	size_t i;

	for (i = 0; i < N_ROWS; i++)
		check_row(&rows[i]);
}

static void test_covered(void **state)
{
	check_covered(DOCTOR_DEVICE, rows, N_ROWS);
}

/* Of what the driver is, whether there is a link and which counters are known netlink and tables
 * say. */
static void test_nothing_readable(void **state)
{
	check_unreadable(DOCTOR_DEVICE, "driver link loss-counters");
}

/* A remedy is for the namespace that the device is in, and says which program is missing. */
static void test_remedies(void **state)
{
	struct device device;
	struct nic_facts nic;
	struct doctor d = {.root = "/nowhere", .device = &device, .nic = &nic};
	json_t *findings;

	make_device(&device, &nic);
	strcpy(device.netns, "ringloss-x");
	set_down(&nic, &device);
	set_small_ring(&nic, &device);
	findings = doctor_run(&d, DOCTOR_DEVICE);
	assert_string_equal(
		json_str(find(findings, "link"), "remedy", ""),
		"ip netns exec ringloss-x ip link set eth9 up   # not installed here: ip");
	assert_string_equal(json_str(find(findings, "rings"), "remedy", ""),
			    "ip netns exec ringloss-x ethtool -G eth9 rx 4096   # not installed "
			    "here: ethtool");
	assert_string_equal(json_str(find(findings, "link"), "device", ""), "eth9");
	assert_int_equal(doctor_count(findings, DOCTOR_FAIL), 1);
	json_decref(findings);
}

/* The setting of a plan that is named is the one that does it. */
static void test_settings(void **state)
{
	static const struct {
		void (*nic)(struct nic_facts *nic, struct device *device);
		const char *check, *setting; /* NULL: none */
	} wants[] = {
		{set_adaptive, "coalescing", "SIDE.coalesce.adaptive_rx"},
		{set_coded, "coalescing", "SIDE.coalesce.rx_usecs"},
		{set_lro, "merging", "SIDE.offload.lro"},
		{set_lro_fixed, "merging", NULL},
		{set_small_ring, "rings", "SIDE.nic.rx_ring"},
		{set_nothing, "rings", NULL},
		{set_down, "link", NULL},
	};
	size_t i;

	for (i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		struct device device;
		struct nic_facts nic;
		struct doctor d = {.root = "/nowhere", .device = &device, .nic = &nic};
		const char *setting;
		json_t *findings;

		make_device(&device, &nic);
		wants[i].nic(&nic, &device);
		findings = doctor_run(&d, DOCTOR_DEVICE);
		setting = json_str(find(findings, wants[i].check), "setting", NULL);
		if (!setting != !wants[i].setting || (setting && strcmp(setting, wants[i].setting)))
			fail_msg("row %zu: %s", i, setting ? setting : "none");
		json_decref(findings);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_covered),
		cmocka_unit_test(test_nothing_readable),
		cmocka_unit_test(test_remedies),
		cmocka_unit_test(test_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
