/* The checks, a row each; see doctor.h. Paths of sources are of the kernel, Linux 6.18. */
#include "check.h"

/*
 * ROW(name, group, scope, needs, function, why it matters, who says so, drivers that have it,
 * setting of a plan that does it)
 */
#define ROW(name_, group_, scope_, needs_, run_, why_, source_, drivers_, setting_)                \
	{                                                                                          \
		.name = name_, .group = group_, .scope = DOCTOR_##scope_,                          \
		.needs = DOCTOR_NEEDS_##needs_, .run = check_##run_, .why = why_,                  \
		.source = source_, .drivers = drivers_, .setting = setting_                        \
	}

static const struct doctor_check checks[] = {
	ROW("hugepages", "memory", HOST, NOTHING, hugepages,
	    "DPDK takes a card only with hugepages, and is slower without; on each node that is to "
	    "poll",
	    "Documentation/admin-guide/mm/hugetlbpage.rst", NULL, "host.hugepages_2m"),
	ROW("thp", "memory", HOST, NOTHING, thp,
	    "with always, khugepaged moves pages of processes that did not ask for it, which "
	    "stalls them",
	    "Documentation/admin-guide/mm/transhuge.rst", NULL, NULL),
	ROW("numa-balancing", "memory", HOST, NOTHING, numa_balancing,
	    "it unmaps pages to see who touches them, which makes faults in the threads that "
	    "measure",
	    "Documentation/admin-guide/sysctl/kernel.rst, numa_balancing", NULL, NULL),
	ROW("memlock", "memory", HOST, NOTHING, memlock,
	    "AF_XDP's memory is locked; above the limit a socket is refused",
	    "net/xdp/xdp_umem.c, xdp_umem_account_pages", NULL, NULL),
	ROW("cpus", "CPU", HOST, NOTHING, cpus,
	    "generator and sink need a core each; a quota stops them when it is used up, and a "
	    "ring overflows meanwhile",
	    "Documentation/admin-guide/cgroup-v2.rst, cpu.max", NULL, NULL),
	ROW("isolation", "CPU", HOST, NOTHING, isolation,
	    "on a CPU that is not isolated any task may run in the middle of a trial",
	    "Documentation/admin-guide/kernel-parameters.txt, isolcpus, nohz_full, rcu_nocbs", NULL,
	    NULL),
	ROW("smt", "CPU", HOST, NOTHING, smt,
	    "two siblings share one core: what one does slows the other",
	    "Documentation/ABI/testing/sysfs-devices-system-cpu, smt", NULL, NULL),
	ROW("irqbalance", "CPU", HOST, NOTHING, irqbalance,
	    "it moves interrupts of the NIC every ten seconds, in the middle of trials",
	    "irqbalance(1)", NULL, "irq.irqbalance"),
	ROW("load", "CPU", HOST, LOOK, load,
	    "time that others take is missing to threads that measure; steal is what a hypervisor "
	    "took",
	    "proc_stat(5); Documentation/accounting/psi.rst", NULL, NULL),
	ROW("governor", "power", HOST, NOTHING, governor,
	    "with others than performance the clock rises with the load, late: rates and loss "
	    "depend on what was before",
	    "Documentation/admin-guide/pm/cpufreq.rst", NULL, "host.governor"),
	ROW("boost", "power", HOST, NOTHING, boost,
	    "the clock then depends on heat and on what other cores do: repeats differ",
	    "Documentation/admin-guide/pm/cpufreq.rst, intel_pstate.rst", NULL, "host.boost"),
	ROW("cstates", "power", HOST, NOTHING, cstates,
	    "a core that sleeps deep wakes late, and the ring must hold the frames of that time",
	    "Documentation/admin-guide/pm/cpuidle.rst", NULL, NULL),
	ROW("clocksource", "time", HOST, NOTHING, clocksource,
	    "others may take a system call or a device's register a reading, up to a microsecond: "
	    "too slow to pace or to stamp",
	    "arch/x86/kernel/tsc.c; vdso(7)", NULL, NULL),
	ROW("tick", "time", HOST, NOTHING, tick, "each tick interrupts a thread that spins",
	    "Documentation/timers/no_hz.rst", NULL, NULL),
	ROW("watchdog", "time", HOST, NOTHING, watchdog,
	    "the NMI watchdog interrupts every busy CPU, and holds a hardware counter",
	    "Documentation/admin-guide/lockup-watchdogs.rst", NULL, NULL),
	ROW("rt-throttling", "time", HOST, NOTHING, rt_throttling,
	    "a real-time task that spins is stopped for the rest of each period",
	    "Documentation/scheduler/sched-rt-group.rst", NULL, NULL),
	ROW("capabilities", "kernel", HOST, NOTHING, capabilities,
	    "without them there are no namespaces, raw sockets, XDP programs and settings",
	    "capabilities(7)", NULL, NULL),
	ROW("btf", "kernel", HOST, NOTHING, btf,
	    "the observer that names drops reads the kernel's types there; without it counters are "
	    "left",
	    "Documentation/bpf/btf.rst", NULL, NULL),
	ROW("bpf-jit", "kernel", HOST, NOTHING, bpf_jit,
	    "without it XDP programs are interpreted, several times slower",
	    "Documentation/admin-guide/sysctl/net.rst, bpf_jit_enable", NULL, NULL),
	ROW("mitigations", "kernel", HOST, NOTHING, mitigations,
	    "they cost time at each system call and indirect call: compare hosts with the same "
	    "ones",
	    "Documentation/admin-guide/hw-vuln/", NULL, NULL),
	ROW("iommu", "kernel", HOST, NOTHING, iommu,
	    "a card is handed to user space (DPDK) safely only behind one",
	    "Documentation/driver-api/vfio.rst", NULL, NULL),
	ROW("vfio", "kernel", HOST, NOTHING, vfio, "the driver by which DPDK has a card",
	    "Documentation/driver-api/vfio.rst; DPDK linux_gsg/linux_drivers", NULL, NULL),
	ROW("backlog", "stack", HOST, NOTHING, backlog,
	    "what softirqs may queue and do at a time; less than the defaults drops or squeezes "
	    "early",
	    "Documentation/admin-guide/sysctl/net.rst, netdev_max_backlog, netdev_budget", NULL,
	    "sysctl.netdev_max_backlog"),
	ROW("socket-buffers", "stack", HOST, NOTHING, socket_buffers,
	    "the most that others' programs get as a socket's buffer", "socket(7)", NULL, NULL),
	ROW("driver", "NIC", DEVICE, NOTHING, driver,
	    "results are of a driver and a firmware: another version may lose elsewhere",
	    "ethtool(8), -i", NULL, NULL),
	ROW("pcie", "NIC", DEVICE, PCI, pcie,
	    "a link narrower or slower than the card is loses frames before the ring does",
	    "drivers/pci/pci-sysfs.c, current_link_speed_show", NULL, NULL),
	ROW("numa-node", "NIC", DEVICE, PCI, numa_node,
	    "memory and CPUs of another node cost each frame a trip between sockets",
	    "Documentation/ABI/testing/sysfs-bus-pci, numa_node", NULL, NULL),
	ROW("iommu-group", "NIC", DEVICE, PCI, iommu_group,
	    "a group is handed to user space as a whole or not at all",
	    "Documentation/driver-api/vfio.rst", NULL, NULL),
	ROW("link", "NIC", DEVICE, INTERFACE, link,
	    "without a link nothing arrives; half duplex loses by collisions", "ethtool(8)", NULL,
	    NULL),
	ROW("used-by", "NIC", DEVICE, INTERFACE, used_by,
	    "others' frames are in its counters, and what is set on it cuts them off; some of it "
	    "refuses the port to a run",
	    "rtnetlink(7)", NULL, NULL),
	ROW("rings", "NIC", DEVICE, INTERFACE, rings,
	    "a small ring overflows in the time of one interruption; a plan can sweep it",
	    "ethtool(8), -g", NULL, "nic.rx_ring"),
	ROW("channels", "NIC", DEVICE, INTERFACE, channels,
	    "more queues than CPUs take turns on them", "ethtool(8), -l", NULL, "nic.channels"),
	ROW("rss", "NIC", DEVICE, INTERFACE, rss,
	    "an uneven table fills one ring while others are empty", "ethtool(8), -x", NULL,
	    "rss.indirection"),
	ROW("pause", "NIC", DEVICE, INTERFACE, pause,
	    "back-pressure hides loss: the sender is stopped instead, and its unsent frames are "
	    "the loss",
	    "IEEE 802.3 annex 31B; ethtool(8), -a", NULL, "nic.pause"),
	ROW("merging", "NIC", DEVICE, INTERFACE, merging,
	    "what merges frames below the stack has them counted as one, and some drivers refuse "
	    "XDP with it",
	    "Documentation/networking/segmentation-offloads.rst; drivers/net/virtio_net.c, "
	    "virtnet_xdp_set",
	    NULL, "offload.lro"),
	ROW("coalescing", "NIC", DEVICE, INTERFACE, coalescing,
	    "interrupts that adapt to the traffic make loss depend on what was before",
	    "ethtool(8), -c; drivers/net/ethernet/intel/*/ethtool.c, get_coalesce", NULL,
	    "coalesce.adaptive_rx"),
	ROW("eee", "NIC", DEVICE, INTERFACE, eee,
	    "a link that sleeps between frames delays the first of each burst",
	    "IEEE 802.3 clause 78; ethtool(8), --show-eee", NULL, NULL),
	ROW("xdp-features", "NIC", DEVICE, INTERFACE, xdp_features,
	    "sinks xdp and af_xdp run in the driver only if it has native XDP, without a copy only "
	    "with zero-copy",
	    "include/uapi/linux/netdev.h, enum netdev_xdp_act", NULL, NULL),
	ROW("loss-counters", "NIC", DEVICE, INTERFACE, loss_counters,
	    "what a full ring of the NIC drops is then missing between wire and driver, under no "
	    "name, unless the driver adds it to rtnetlink's rx_missed_errors",
	    "ringloss list names", NULL, NULL),
	ROW("xdp-programs", "path", DEVICE, FREE, xdp_programs,
	    "it sees frames before every endpoint, what it drops is no loss of the path's, and no "
	    "second one is attached in its mode",
	    "net/core/dev.c, dev_xdp_attach", NULL, NULL),
	ROW("tc-programs", "path", DEVICE, FREE, tc_programs,
	    "they see frames before the stack, and may drop, change or redirect them", "tc-bpf(8)",
	    NULL, NULL),
	ROW("qdisc", "path", DEVICE, INTERFACE, qdisc,
	    "one that drops, delays or shapes by design does so to ours", "tc(8)", NULL,
	    "qdisc.root"),
	ROW("firewall", "path", DEVICE, INTERFACE, firewall,
	    "rules that drop may drop ours, and each rule costs each packet", "nft(8)", NULL, NULL),
	ROW("conntrack", "path", DEVICE, INTERFACE, conntrack,
	    "each flow takes an entry, each packet a look-up, and a full table drops",
	    "Documentation/networking/nf_conntrack-sysctl.rst", NULL, NULL),
	ROW("bifurcated", "driver", DEVICE, INTERFACE, bifurcated,
	    "frames that no rule of DPDK's takes go to the kernel, and are in no counter of DPDK's",
	    "DPDK nics/mlx5, howto/flow_bifurcation", "mlx5_core mlx4_en mana", NULL),
	ROW("mlx5.cqe-compress", "driver", DEVICE, INTERFACE, mlx5_cqe_compress,
	    "completions come several in one: less PCIe, more work a frame, and other figures than "
	    "without",
	    "drivers/net/ethernet/mellanox/mlx5/core/en_ethtool.c, mlx5e_priv_flags", "mlx5_core",
	    NULL),
	ROW("mlx5.striding-rq", "driver", DEVICE, INTERFACE, mlx5_striding_rq,
	    "a ring's slot is then a stride of a large buffer: ring sizes mean something else",
	    "drivers/net/ethernet/mellanox/mlx5/core/en_ethtool.c, mlx5e_priv_flags", "mlx5_core",
	    NULL),
	ROW("i40e.fw-lldp", "driver", DEVICE, INTERFACE, i40e_lldp,
	    "the firmware swallows LLDP and may set up DCB and priority flow control by itself",
	    "drivers/net/ethernet/intel/i40e/i40e_ethtool.c, i40e_gstrings_priv_flags", "i40e",
	    NULL),
	ROW("ice.fw-lldp", "driver", DEVICE, INTERFACE, ice_lldp,
	    "the firmware swallows LLDP and may set up DCB and priority flow control by itself",
	    "drivers/net/ethernet/intel/ice/ice_ethtool.c, ice_gstrings_priv_flags", "ice", NULL),
	ROW("ena.llq", "driver", DEVICE, INTERFACE, ena_llq,
	    "without the device's own queue memory sending is slower; with wide headers half as "
	    "many fit",
	    "Documentation/networking/device_drivers/ethernet/amazon/ena.rst", "ena", NULL),
	ROW("virtio.features", "driver", DEVICE, INTERFACE, virtio_features,
	    "what the hypervisor offers: it has the other end of the rings",
	    "virtio specification 1.2, 5.1.3", "virtio_net", NULL),
};

const struct doctor_check *doctor_check_table(size_t *n)
{
	*n = sizeof(checks) / sizeof(checks[0]);
	return checks;
}
