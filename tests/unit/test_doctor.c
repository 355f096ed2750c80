/*
 * lib/doctor: each check on hosts that are made of a few files, and on NICs that are made of
 * answers: one that is well and one that is not at least. What cannot be read is never well.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "json.h"

#define CPU "/sys/devices/system/cpu"
#define PCI "/sys/bus/pci/devices/0000:3b:00.0"
#define NODE "/sys/devices/system/node"
#define HUGE "/sys/kernel/mm/hugepages/hugepages-2048kB"
#define STATUS(caps, cpus)                                                                         \
	{                                                                                          \
		"/proc/thread-self/status",                                                        \
			"Name:\tx\nCapEff:\t" caps "\nCpus_allowed_list:\t" cpus "\n"              \
	}
#define ROOT_CAPS "000001ffffffffff"

/* A file of a host; a text that begins with "->" is where a link points to. */
struct file {
	const char *path, *text;
};

struct row {
	const char *check;
	enum doctor_state state;
	const char *fact, *remedy; /* parts of them; NULL: any, and no remedy */
	void (*nic)(struct nic_facts *nic, struct device *device);
	struct file files[14];
};

/* ---- NICs ---- */

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

/* ---- hosts ---- */

static const struct row rows[] = {
	{"hugepages",
	 DOCTOR_OK,
	 "384 of 384 free of 2 MiB",
	 NULL,
	 NULL,
	 {{HUGE "/nr_hugepages", "384"}, {HUGE "/free_hugepages", "384"}}},
	{"hugepages",
	 DOCTOR_WARN,
	 "3 of 384 free",
	 "echo 128 > /sys/kernel/mm/hugepages/",
	 NULL,
	 {{HUGE "/nr_hugepages", "384"}, {HUGE "/free_hugepages", "3"}}},
	{"hugepages",
	 DOCTOR_WARN,
	 "node0 1024 MiB, node1 0 MiB",
	 "for node in",
	 NULL,
	 {{HUGE "/nr_hugepages", "512"},
	  {HUGE "/free_hugepages", "512"},
	  {NODE "/node0/hugepages/hugepages-2048kB/free_hugepages", "512"},
	  {NODE "/node1/hugepages/hugepages-2048kB/free_hugepages", "0"}}},
	{"hugepages", DOCTOR_UNKNOWN, "cannot read", NULL, NULL, {{HUGE "/nr_hugepages", "384"}}},
	{"hugepages", DOCTOR_NA, NULL, NULL, NULL, {{"/x", ""}}},
	{"thp",
	 DOCTOR_OK,
	 "madvise",
	 NULL,
	 NULL,
	 {{"/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"}}},
	{"thp",
	 DOCTOR_WARN,
	 "always",
	 "echo madvise >",
	 NULL,
	 {{"/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n"}}},
	{"numa-balancing",
	 DOCTOR_WARN,
	 "on, 2 nodes",
	 "sysctl -w kernel.numa_balancing=0",
	 NULL,
	 {{"/proc/sys/kernel/numa_balancing", "1"}, {NODE "/node0/x", ""}, {NODE "/node1/x", ""}}},
	{"numa-balancing",
	 DOCTOR_OK,
	 "on, 1 node",
	 NULL,
	 NULL,
	 {{"/proc/sys/kernel/numa_balancing", "1"}, {NODE "/node0/x", ""}}},
	{"memlock",
	 DOCTOR_WARN,
	 "65536 bytes",
	 "ulimit -l",
	 NULL,
	 {STATUS("0000000000000000", "0"),
	  {"/proc/thread-self/limits",
	   "Max locked memory         65536       65536      bytes\n"}}},
	{"memlock",
	 DOCTOR_OK,
	 "CAP_IPC_LOCK there",
	 NULL,
	 NULL,
	 {STATUS(ROOT_CAPS, "0"),
	  {"/proc/thread-self/limits",
	   "Max locked memory         65536       65536      bytes\n"}}},
	{"cpus",
	 DOCTOR_OK,
	 "4 of 4 allowed (0-3), no quota",
	 NULL,
	 NULL,
	 {STATUS(ROOT_CAPS, "0-3"),
	  {CPU "/online", "0-3"},
	  {"/proc/thread-self/cgroup", "0::/a/b\n"},
	  {"/proc/thread-self/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n"},
	  {"/sys/fs/cgroup/a/b/cpu.max", "max 100000\n"}}},
	{"cpus",
	 DOCTOR_WARN,
	 "quota of 1.50 CPUs in cgroup /a",
	 "cpu.max",
	 NULL,
	 {STATUS(ROOT_CAPS, "0-3"),
	  {CPU "/online", "0-3"},
	  {"/proc/thread-self/cgroup", "0::/a/b\n"},
	  {"/proc/thread-self/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n"},
	  {"/sys/fs/cgroup/a/b/cpu.max", "max 100000\n"},
	  {"/sys/fs/cgroup/a/cpu.max", "150000 100000\n"}}},
	{"cpus",
	 DOCTOR_WARN,
	 "quota of 0.50 CPUs in cgroup /c",
	 "cpu.max",
	 NULL,
	 {STATUS(ROOT_CAPS, "0-3"),
	  {CPU "/online", "0-3"},
	  {"/proc/thread-self/cgroup", "4:cpu,cpuacct:/c\n1:cpuset:/d\n0::/\n"},
	  {"/proc/thread-self/mounts",
	   "cgroup /cg/set cgroup rw,cpuset 0 0\ncgroup /cg/cpu cgroup rw,cpu,cpuacct 0 0\n"},
	  {"/cg/cpu/c/cpu.cfs_quota_us", "50000"},
	  {"/cg/cpu/c/cpu.cfs_period_us", "100000"}}},
	{"cpus",
	 DOCTOR_WARN,
	 "1 of 4 allowed (2)",
	 "taskset",
	 NULL,
	 {STATUS(ROOT_CAPS, "2"),
	  {CPU "/online", "0-3"},
	  {"/proc/thread-self/cgroup", "0::/\n"},
	  {"/proc/thread-self/mounts", ""}}},
	{"isolation",
	 DOCTOR_OK,
	 "isolated 2-3, nohz_full 2-3, rcu_nocbs 2-3; housekeeping 0-1",
	 NULL,
	 NULL,
	 {{CPU "/online", "0-3"},
	  {CPU "/isolated", "2-3"},
	  {CPU "/nohz_full", "2-3"},
	  {"/proc/cmdline", "quiet rcu_nocbs=2-3 isolcpus=2-3\n"}}},
	{"isolation",
	 DOCTOR_WARN,
	 "isolated none, nohz_full none",
	 "nohz_full=1-N",
	 NULL,
	 {{CPU "/online", "0-3"}, {CPU "/isolated", "\n"}, {CPU "/nohz_full", "(null)\n"}}},
	{"isolation",
	 DOCTOR_WARN,
	 "not in this kernel",
	 "isolcpus=1 rcu_nocbs=1 ",
	 NULL,
	 {{CPU "/online", "0-1"}, {CPU "/isolated", "\n"}}},
	{"smt",
	 DOCTOR_WARN,
	 "0,2; 1,3",
	 "echo off > " CPU "/smt/control",
	 NULL,
	 {STATUS(ROOT_CAPS, "0-3"),
	  {CPU "/online", "0-3"},
	  {CPU "/smt/active", "1"},
	  {CPU "/smt/control", "on"},
	  {CPU "/cpu0/topology/thread_siblings_list", "0,2"},
	  {CPU "/cpu1/topology/thread_siblings_list", "1,3"},
	  {CPU "/cpu2/topology/thread_siblings_list", "0,2"},
	  {CPU "/cpu3/topology/thread_siblings_list", "1,3"}}},
	{"smt",
	 DOCTOR_OK,
	 "no two of the CPUs allowed are siblings",
	 NULL,
	 NULL,
	 {STATUS(ROOT_CAPS, "0-1"),
	  {CPU "/online", "0-3"},
	  {CPU "/smt/active", "1"},
	  {CPU "/cpu0/topology/thread_siblings_list", "0,2"},
	  {CPU "/cpu1/topology/thread_siblings_list", "1,3"}}},
	{"smt",
	 DOCTOR_OK,
	 "no sibling in use (off)",
	 NULL,
	 NULL,
	 {STATUS(ROOT_CAPS, "0"),
	  {CPU "/online", "0"},
	  {CPU "/smt/active", "0"},
	  {CPU "/smt/control", "off"}}},
	{"irqbalance", DOCTOR_OK, "not running", NULL, NULL, {{"/proc/1/comm", "init\n"}}},
	{"irqbalance",
	 DOCTOR_WARN,
	 "process 77",
	 "kill 77",
	 NULL,
	 {{"/proc/1/comm", "init\n"}, {"/proc/77/comm", "irqbalance\n"}}},
	{"irqbalance",
	 DOCTOR_WARN,
	 "process 77",
	 "systemctl stop irqbalance",
	 NULL,
	 {{"/proc/77/comm", "irqbalance\n"},
	  {"/run/systemd/system/x", ""},
	  {"/usr/bin/systemctl", ""}}},
	{"load",
	 DOCTOR_OK,
	 "busy 10 %, steal 0.0 %; waited for a CPU in the last 10 s: 0.5 %",
	 NULL,
	 NULL,
	 {{"/proc/stat", "cpu 10 0 0 90 0 0 0 0 0 0\n"},
	  {"/proc/pressure/cpu", "some avg10=0.50 avg60=1 avg300=1 total=1\n"}}},
	{"load",
	 DOCTOR_WARN,
	 "steal 20.0 %; no PSI",
	 "hypervisor",
	 NULL,
	 {{"/proc/stat", "cpu 10 0 0 70 0 0 0 20 0 0\n"}}},
	{"load",
	 DOCTOR_WARN,
	 "busy 80 %",
	 "end what else runs",
	 NULL,
	 {{"/proc/stat", "cpu 80 0 0 20 0 0 0 0 0 0\n"}}},
	{"load",
	 DOCTOR_UNKNOWN,
	 "no time passed",
	 NULL,
	 NULL,
	 {{"/proc/stat", "cpu 0 0 0 0 0 0 0 0 0 0\n"}}},
	{"governor",
	 DOCTOR_OK,
	 "performance on 2 of 2 CPUs, driver acpi-cpufreq",
	 NULL,
	 NULL,
	 {{CPU "/cpu0/cpufreq/scaling_governor", "performance\n"},
	  {CPU "/cpu0/cpufreq/scaling_driver", "acpi-cpufreq\n"},
	  {CPU "/cpu1/cpufreq/scaling_governor", "performance\n"}}},
	{"governor",
	 DOCTOR_WARN,
	 "powersave on 1 of 2",
	 "echo performance | tee",
	 NULL,
	 {{CPU "/cpu0/cpufreq/scaling_governor", "powersave\n"},
	  {CPU "/cpu1/cpufreq/scaling_governor", "performance\n"}}},
	{"governor",
	 DOCTOR_WARN,
	 "powersave on 1 of 1",
	 "cpupower frequency-set",
	 NULL,
	 {{CPU "/cpu0/cpufreq/scaling_governor", "powersave\n"}, {"/usr/bin/cpupower", ""}}},
	{"governor", DOCTOR_NA, "no cpufreq", NULL, NULL, {{CPU "/cpu0/x", ""}}},
	{"boost",
	 DOCTOR_WARN,
	 "on",
	 "echo 1 > " CPU "/intel_pstate/no_turbo",
	 NULL,
	 {{CPU "/intel_pstate/no_turbo", "0"}}},
	{"boost", DOCTOR_OK, "off", NULL, NULL, {{CPU "/intel_pstate/no_turbo", "1"}}},
	{"boost",
	 DOCTOR_WARN,
	 "on",
	 "echo 0 > " CPU "/cpufreq/boost",
	 NULL,
	 {{CPU "/cpufreq/boost", "1"}}},
	{"cstates",
	 DOCTOR_WARN,
	 "deepest C6, 133 us",
	 "state[2-9]",
	 NULL,
	 {{CPU "/cpu0/cpuidle/state0/latency", "0"},
	  {CPU "/cpu0/cpuidle/state1/latency", "10"},
	  {CPU "/cpu0/cpuidle/state2/latency", "133"},
	  {CPU "/cpu0/cpuidle/state2/name", "C6"}}},
	{"cstates",
	 DOCTOR_OK,
	 "deepest C1E, 10 us",
	 NULL,
	 NULL,
	 {{CPU "/cpu0/cpuidle/state1/latency", "10"},
	  {CPU "/cpu0/cpuidle/state1/name", "C1E"},
	  {CPU "/cpu0/cpuidle/state2/latency", "133"},
	  {CPU "/cpu0/cpuidle/state2/disable", "1"}}},
	{"cstates",
	 DOCTOR_OK,
	 "holds /dev/cpu_dma_latency at 538976288 us",
	 NULL,
	 NULL,
	 {{CPU "/cpu0/cpuidle/state1/latency", "10"}, {"/dev/cpu_dma_latency", "    "}}},
	{"clocksource",
	 DOCTOR_OK,
	 "tsc of tsc hpet",
	 NULL,
	 NULL,
	 {{"/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n"},
	  {"/sys/devices/system/clocksource/clocksource0/available_clocksource", "tsc hpet \n"}}},
	{"clocksource",
	 DOCTOR_WARN,
	 "hpet of tsc hpet",
	 "echo tsc >",
	 NULL,
	 {{"/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n"},
	  {"/sys/devices/system/clocksource/clocksource0/available_clocksource", "tsc hpet \n"}}},
	{"clocksource",
	 DOCTOR_WARN,
	 "hpet of hpet acpi_pm",
	 "dmesg",
	 NULL,
	 {{"/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n"},
	  {"/sys/devices/system/clocksource/clocksource0/available_clocksource", "hpet acpi_pm"}}},
	{"tick",
	 DOCTOR_OK,
	 "250 Hz on a busy CPU, none on 2-3",
	 NULL,
	 NULL,
	 {{CPU "/nohz_full", "2-3"}}},
	{"tick", DOCTOR_OK, "nohz=off", NULL, NULL, {{"/proc/cmdline", "nohz=off"}}},
	{"watchdog",
	 DOCTOR_WARN,
	 "NMI watchdog on",
	 "sysctl -w kernel.nmi_watchdog=0",
	 NULL,
	 {{"/proc/sys/kernel/nmi_watchdog", "1"}, {"/proc/sys/kernel/soft_watchdog", "1"}}},
	{"watchdog",
	 DOCTOR_OK,
	 "NMI watchdog off, soft lock-up watchdog on",
	 NULL,
	 NULL,
	 {{"/proc/sys/kernel/nmi_watchdog", "0"}, {"/proc/sys/kernel/soft_watchdog", "1"}}},
	{"rt-throttling",
	 DOCTOR_OK,
	 "950000 of 1000000 us",
	 NULL,
	 NULL,
	 {{"/proc/sys/kernel/sched_rt_runtime_us", "950000"},
	  {"/proc/sys/kernel/sched_rt_period_us", "1000000"}}},
	{"rt-throttling",
	 DOCTOR_UNKNOWN,
	 "cannot read",
	 NULL,
	 NULL,
	 {{"/proc/sys/kernel/sched_rt_runtime_us", "950000"}}},
	{"capabilities", DOCTOR_OK, "all", NULL, NULL, {STATUS(ROOT_CAPS, "0")}},
	/* without number 12 and 13, and without 39 */
	{"capabilities",
	 DOCTOR_FAIL,
	 "missing: CAP_NET_ADMIN, CAP_NET_RAW",
	 "as root",
	 NULL,
	 {STATUS("000001ffffffcfff", "0")}},
	{"capabilities",
	 DOCTOR_WARN,
	 "missing: CAP_BPF",
	 "all capabilities",
	 NULL,
	 {STATUS("0000017fffffffff", "0")}},
	{"btf", DOCTOR_OK, NULL, NULL, NULL, {{"/sys/kernel/btf/vmlinux", "x"}}},
	{"btf", DOCTOR_WARN, "missing", "CONFIG_DEBUG_INFO_BTF", NULL, {{"/sys/x", ""}}},
	{"bpf-jit", DOCTOR_OK, "on", NULL, NULL, {{"/proc/sys/net/core/bpf_jit_enable", "1"}}},
	{"bpf-jit",
	 DOCTOR_WARN,
	 "off",
	 "sysctl -w net.core.bpf_jit_enable=1",
	 NULL,
	 {{"/proc/sys/net/core/bpf_jit_enable", "0"}}},
	{"bpf-jit", DOCTOR_UNKNOWN, "first network namespace", NULL, NULL, {{"/proc/x", ""}}},
	{"mitigations",
	 DOCTOR_OK,
	 "on: spectre_v2; of 2 known",
	 NULL,
	 NULL,
	 {{CPU "/vulnerabilities/spectre_v2", "Mitigation: Retpolines\n"},
	  {CPU "/vulnerabilities/srbds", "Not affected\n"}}},
	{"mitigations", DOCTOR_UNKNOWN, NULL, NULL, NULL, {{CPU "/x", ""}}},
	{"iommu",
	 DOCTOR_OK,
	 "1 unit, 2 groups",
	 NULL,
	 NULL,
	 {{PCI "/class", "0x020000"},
	  {"/sys/class/iommu/dmar0/x", ""},
	  {"/sys/kernel/iommu_groups/0/x", ""},
	  {"/sys/kernel/iommu_groups/1/x", ""}}},
	{"iommu",
	 DOCTOR_WARN,
	 "none",
	 "intel_iommu=on",
	 NULL,
	 {{PCI "/class", "0x020000"}, {"/proc/cpuinfo", "vendor_id : GenuineIntel\n"}}},
	{"iommu", DOCTOR_NA, "no PCI network device", NULL, NULL, {{PCI "/class", "0x010000"}}},
	{"vfio",
	 DOCTOR_OK,
	 "vfio-pci is loaded",
	 NULL,
	 NULL,
	 {{PCI "/class", "0x020000"},
	  {"/sys/kernel/iommu_groups/0/x", ""},
	  {"/sys/bus/pci/drivers/vfio-pci/x", ""}}},
	{"vfio",
	 DOCTOR_WARN,
	 "no IOMMU",
	 "echo Y > /sys/module/vfio",
	 NULL,
	 {{PCI "/class", "0x020000"},
	  {"/sys/bus/pci/drivers/vfio-pci/x", ""},
	  {"/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "N\n"}}},
	{"vfio", DOCTOR_WARN, "no vfio-pci", "CONFIG_VFIO_PCI", NULL, {{PCI "/class", "0x020000"}}},
	{"backlog",
	 DOCTOR_OK,
	 "netdev_max_backlog 1000",
	 NULL,
	 NULL,
	 {{"/proc/sys/net/core/netdev_max_backlog", "1000"},
	  {"/proc/sys/net/core/netdev_budget", "300"},
	  {"/proc/sys/net/core/netdev_budget_usecs", "8000"}}},
	{"backlog",
	 DOCTOR_WARN,
	 "netdev_max_backlog 10",
	 "net.core.netdev_max_backlog=1000",
	 NULL,
	 {{"/proc/sys/net/core/netdev_max_backlog", "10"},
	  {"/proc/sys/net/core/netdev_budget", "300"},
	  {"/proc/sys/net/core/netdev_budget_usecs", "8000"}}},
	{"backlog", DOCTOR_UNKNOWN, "first network namespace", NULL, NULL, {{"/proc/x", ""}}},
	{"socket-buffers",
	 DOCTOR_OK,
	 "rmem_max 212992",
	 NULL,
	 NULL,
	 {{"/proc/sys/net/core/rmem_max", "212992"}, {"/proc/sys/net/core/wmem_max", "212992"}}},
	{"socket-buffers", DOCTOR_UNKNOWN, NULL, NULL, NULL, {{"/proc/x", ""}}},

	/* of a device */
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
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/* ---- making them ---- */

static void make_file(const char *root, const struct file *file)
{
	char path[PATH_MAX], *slash;
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", root, file->path);
	for (slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		assert_true(!mkdir(path, 0700) || errno == EEXIST);
		*slash = '/';
	}
	if (!strncmp(file->text, "->", 2)) {
		assert_int_equal(symlink(file->text + 2, path), 0);
		return;
	}
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(file->text, f);
	assert_int_equal(fclose(f), 0);
}

static void make_device(struct device *device, struct nic_facts *nic)
{
	static uint32_t table[10];
	size_t i;

	*device = (struct device){.ifname = "eth9",
				  .ifindex = 9,
				  .bus = "0000:3b:00.0",
				  .driver = "igb",
				  .firmware = "3.25",
				  .mtu = 1500,
				  .rx_queues = 4,
				  .up = true,
				  .carrier = true,
				  .speed_mbps = 10000,
				  .real_speed = true};
	*nic = (struct nic_facts){
		.duplex = DUPLEX_FULL,
		.ring = {.rx_pending = 4096, .rx_max_pending = 4096, .tx_max_pending = 4096},
		.channels = {.combined_count = 4, .max_combined = 8},
		.rss = table,
		.rss_size = 10,
		.coalesce = {.rx_coalesce_usecs = 50},
		.xdp_features = 7,
		.qdiscs = {"mq"},
		.n_qdiscs = 1,
	};
	for (i = 0; i < 10; i++)
		table[i] = (uint32_t)i % 4;
}

/* The finding of CHECK, borrowed. */
static const json_t *find(const json_t *findings, const char *check)
{
	const json_t *finding;
	size_t i;

	json_array_foreach (findings, i, finding)
		if (!strcmp(json_str(finding, "check", ""), check))
			return finding;
	return NULL;
}

static void check_row(const struct row *row)
{
	char root[] = "/tmp/test_doctor.XXXXXX", command[64];
	struct device device;
	struct nic_facts nic;
	struct doctor d = {
		.root = mkdtemp(root),
		.tick_ns = 4000000,
		.stat_before = "cpu 0 0 0 0 0 0 0 0 0 0\n",
		.look_ns = 200000000,
	};
	const char *state, *fact, *remedy;
	const json_t *finding;
	json_t *findings;
	size_t i;

	assert_non_null(d.root);
	for (i = 0; row->files[i].path; i++)
		make_file(root, &row->files[i]);
	if (row->nic) {
		make_device(&device, &nic);
		row->nic(&nic, &device);
		d.device = &device;
		d.nic = &nic;
	}
	findings = doctor_run(&d, row->nic ? DOCTOR_DEVICE : DOCTOR_HOST);
	finding = find(findings, row->check);
	state = json_str(finding, "state", "(none)");
	fact = json_str(finding, "fact", "");
	remedy = json_str(finding, "remedy", NULL);
	if (strcmp(state, doctor_state_name(row->state)) ||
	    (row->fact && !strstr(fact, row->fact)) || !remedy != !row->remedy ||
	    (remedy && !strstr(remedy, row->remedy)))
		fail_msg("row %zu, %s: %s, \"%s\", remedy %s", (size_t)(row - rows), row->check,
			 state, fact, remedy ? remedy : "none");
	/* one name in what is removed, made by mkdtemp above */
	snprintf(command, sizeof(command), "rm -rf %s", root);
	assert_int_equal(system(command), 0);
	json_decref(findings);
}

static void test_rows(void **state)
{
	size_t i;

	for (i = 0; i < N_ROWS; i++)
		check_row(&rows[i]);
}

/* Every check has a row that is well, if it can be, and one that is not. */
static void test_covered(void **state)
{
	/* that tell a fact, or a danger that is always there */
	static const char *const never_well = "bifurcated";
	size_t n, i, k;
	const struct doctor_check *checks = doctor_check_table(&n);

	for (i = 0; i < n; i++) {
		bool well = !strcmp(checks[i].name, never_well), ill = false;

		for (k = 0; k < N_ROWS; k++)
			if (!strcmp(rows[k].check, checks[i].name)) {
				well |= rows[k].state == DOCTOR_OK;
				ill |= rows[k].state != DOCTOR_OK;
			}
		if (!strcmp(checks[i].name, "driver") || !strcmp(checks[i].name, "tick"))
			ill = true;
		if (!well || !ill)
			fail_msg("%s: well %d, ill %d", checks[i].name, well, ill);
	}
}

/* Rows that tell people nothing, or two of one name. */
static void test_table(void **state)
{
	size_t n, i, k;
	const struct doctor_check *checks = doctor_check_table(&n);

	for (i = 0; i < n; i++) {
		assert_true(strlen(checks[i].why) > 10 && strlen(checks[i].source) > 3);
		assert_non_null(checks[i].run);
		for (k = 0; k < i; k++)
			assert_string_not_equal(checks[i].name, checks[k].name);
	}
}

/* A host without files, and a NIC of which nobody may ask: nothing of it is well. */
static void test_nothing_readable(void **state)
{
	struct device device;
	struct nic_facts nic;
	struct doctor d = {.root = "/nowhere", .stat_before = "", .device = &device, .nic = &nic};
	enum doctor_scope scope;

	make_device(&device, &nic);
	nic.link_ret = nic.ring_ret = nic.push_ret = nic.channels_ret = nic.rss_ret = -EPERM;
	nic.pause_ret = nic.coalesce_ret = nic.eee_ret = nic.flags_ret = -EPERM;
	nic.xdp_features_ret = nic.xdp_ret = nic.tc_ret = nic.qdisc_ret = -EPERM;
	nic.use_ret = nic.firewall_ret = -EPERM;
	for (size_t i = 0; i < NIC_FEATURES; i++)
		nic.feature[i] = -EPERM;
	for (scope = DOCTOR_HOST; scope <= DOCTOR_DEVICE; scope++) {
		json_t *findings = doctor_run(&d, scope), *finding;
		size_t i;

		json_array_foreach (findings, i, finding) {
			const char *check = json_str(finding, "check", "");

			/* of what netlink and the tables of counters say, which are there */
			if (!strcmp(check, "driver") || !strcmp(check, "link") ||
			    !strcmp(check, "loss-counters"))
				continue;
			if (!strcmp(json_str(finding, "state", ""), "OK"))
				fail_msg("%s is OK: %s", check, json_str(finding, "fact", ""));
		}
		json_decref(findings);
	}
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

static void test_cpus(void **state)
{
	static const struct {
		const char *text, *again; /* NULL: no list */
	} lists[] = {
		{"", ""},           {"0", "0"},       {"0-3", "0-3"}, {"0,1,2,5", "0-2,5"},
		{"3-1", NULL},      {"a", NULL},      {"1-", NULL},   {"0;1", NULL},
		{"64-66", "64-66"}, {"4095", "4095"}, {"4096", NULL},
	};
	struct cpus cpus;
	char buf[32];
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		assert_int_equal(cpus_parse_list(lists[i].text, &cpus), lists[i].again != NULL);
		if (lists[i].again)
			assert_string_equal(cpus_text(&cpus, buf, sizeof(buf)), lists[i].again);
	}
	assert_true(cpus_parse_list("1,3,5,7,9,11,13", &cpus));
	assert_string_equal(cpus_text(&cpus, buf, 12), "1,3,5,7,...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),     cmocka_unit_test(test_covered),
		cmocka_unit_test(test_table),    cmocka_unit_test(test_nothing_readable),
		cmocka_unit_test(test_remedies), cmocka_unit_test(test_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
