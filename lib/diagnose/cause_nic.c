/* Why a NIC loses frames before the driver has them: rings, interrupts, wire, pause, RDMA, clouds.
 */
#include <string.h>

#include "causes.h"
#include "json.h"

/* Interrupts by CPU while it was looked: the CPU with the most, its share in per cent. */
static bool busiest_cpu(const json_t *before, const json_t *after, int64_t *cpu, int64_t *most,
			int64_t *sum)
{
	const json_t *one;
	size_t i, k;

	*sum = *most = 0;
	*cpu = -1;
	json_array_foreach ((json_t *)after, i, one) {
		int64_t number = json_s64(one, "cpu", -1), count = json_s64(one, "interrupts", 0);
		const json_t *old;

		json_array_foreach ((json_t *)before, k, old)
			if (json_s64(old, "cpu", -1) == number)
				count -= json_s64(old, "interrupts", 0);
		*sum += count;
		if (count > *most) {
			*most = count;
			*cpu = number;
		}
	}
	return *sum > 0;
}

static bool interrupts_of(const struct subject *s, int64_t *cpu, int64_t *most, int64_t *sum)
{
	return busiest_cpu(json_object_get(s->facts_before, "interrupts"),
			   json_object_get(s->facts, "interrupts"), cpu, most, sum);
}

/* Enough interrupts to matter, nearly all on one CPU of several, by a device with several queues.
 */
int64_t measure_interrupts(struct sight *sight, struct subject *subject)
{
	int64_t cpu, most, sum, online = 0, queues = 0;

	if (!interrupts_of(subject, &cpu, &most, &sum) || subject->seconds <= 0 ||
	    (double)sum / subject->seconds < 1000 || most < sum / 10 * 9)
		return 0;
	facts_read(sight, subject, "irqs");
	fact_s64(sight, subject, "irqs.cpus_online", &online);
	queues = (int64_t)json_array_size(fact(sight, subject, "irqs.queues"));
	return online > 1 && queues > 1 ? most : 0;
}

static void explain_irqs(struct explanation *e)
{
	int64_t cpu, most, sum, used = 0, online = 0, rps = 0;

	if (interrupts_of(e->subject, &cpu, &most, &sum))
		explain_cause(e, "CPU %lld took %lld %% of the device's %lld interrupts",
			      (long long)cpu, (long long)(100 * most / sum), (long long)sum);
	if (fact_s64(e->sight, e->subject, "irqs.cpus_used", &used) &&
	    fact_s64(e->sight, e->subject, "irqs.cpus_online", &online)) {
		explain_cause(e, "its queues' interrupts go to %lld of %lld CPUs", (long long)used,
			      (long long)online);
		if (used < online)
			explain_advice(
				e, "spread the interrupts of its queues: write a CPU each to "
				   "/proc/irq/N/smp_affinity_list, and stop irqbalance (in a plan: "
				   "rx.irq.affinity)");
	}
	if (fact_s64(e->sight, e->subject, "rps.on", &rps) && rps)
		explain_cause(e, "RPS is on at %lld queues", (long long)rps);
}

void cause_interrupts(struct explanation *e)
{
	const json_t *queues = fact(e->sight, e->subject, "irqs.queues"), *q;
	int64_t online = 0;
	size_t i;

	explain_irqs(e);
	fact_s64(e->sight, e->subject, "irqs.cpus_online", &online);
	json_array_foreach ((json_t *)queues, i, q)
		if (online > 0)
			explain_command(e, "sh -c 'echo %lld > /proc/irq/%lld/smp_affinity_list'",
					(long long)(i % (size_t)online),
					(long long)json_s64(q, "irq", 0));
}

static void explain_ring(struct explanation *e)
{
	int64_t now, most;

	if (!fact_s64(e->sight, e->subject, "rings.rx", &now) ||
	    !fact_s64(e->sight, e->subject, "rings.rx_max", &most))
		return;
	explain_cause(e, "the receive ring has %lld descriptors of %lld possible", (long long)now,
		      (long long)most);
	if (now < most)
		explain_command(e, "ethtool -G %s rx %lld", e->subject->ifname, (long long)most);
}

static void explain_channels(struct explanation *e)
{
	int64_t now = 0, most = 0, cpus = 0;
	const char *kind = "combined";

	if (!fact_s64(e->sight, e->subject, "channels.max_combined", &most) || !most) {
		kind = "rx";
		if (!fact_s64(e->sight, e->subject, "channels.max_rx", &most))
			return;
	}
	fact_s64(e->sight, e->subject, strcmp(kind, "rx") ? "channels.combined" : "channels.rx",
		 &now);
	explain_cause(e, "%lld queues of %lld possible", (long long)now, (long long)most);
	if (fact_s64(e->sight, e->subject, "irqs.cpus_online", &cpus) && cpus > 0 && most > cpus)
		most = cpus;
	if (now < most)
		explain_command(e, "ethtool -L %s %s %lld", e->subject->ifname, kind,
				(long long)most);
}

static void explain_uneven(struct explanation *e)
{
	const json_t *before = fact(e->sight, e->subject, "queue_counts.rx");
	const json_t *old =
		json_object_get(json_object_get(e->subject->facts_before, "queue_counts"), "rx");
	int64_t sum = 0, most = 0;
	size_t busiest = 0, n = json_array_size(before);

	for (size_t i = 0; i < n; i++) {
		int64_t count = json_integer_value(json_array_get(before, i)) -
				json_integer_value(json_array_get(old, i));

		sum += count;
		if (count > most) {
			most = count;
			busiest = i;
		}
	}
	if (n < 2 || sum <= 0 || most < sum / 2)
		return;
	explain_cause(e, "queue %zu of %zu received %lld %% of the frames", busiest, n,
		      (long long)(100 * most / sum));
	explain_advice(e,
		       "RSS does not spread this traffic: few flows, or only addresses are hashed; "
		       "ethtool -N DEV rx-flow-hash udp4 sdfn, ethtool -X DEV equal N");
}

void cause_rx_ring(struct explanation *e)
{
	int64_t usecs, adaptive = 0;

	explain_ring(e);
	explain_irqs(e);
	explain_uneven(e);
	explain_channels(e);
	if (fact_s64(e->sight, e->subject, "coalesce.rx_usecs", &usecs) &&
	    !(fact_s64(e->sight, e->subject, "coalesce.adaptive_rx", &adaptive) && adaptive))
		explain_cause(e, "an interrupt waits %lld us (rx-usecs)", (long long)usecs);
	explain_advice(
		e,
		"if the ring is as large as it can be, the CPU is too slow: spread the queues' "
		"interrupts, more queues, less work a packet (ringloss doctor %s)",
		e->subject->ifname);
}

void cause_rx_port(struct explanation *e)
{
	int64_t full = 0;

	if (sight_delta(e->sight, e->subject, "eth.rx_pci_full", &full) && full)
		explain_cause(e, "%lld because PCIe took them too slowly", (long long)full);
	explain_irqs(e);
	explain_uneven(e);
	explain_channels(e);
	explain_ring(e);
	explain_command(e, "ringloss doctor %s", e->subject->ifname);
	explain_advice(
		e,
		"the PCIe slot (width and generation: lspci -vv, LnkSta), the memory's NUMA node, "
		"the firmware; several ports together may be more than the slot carries");
}

void cause_rx_length(struct explanation *e)
{
	int64_t mtu;

	if (fact_s64(e->sight, e->subject, "link.mtu", &mtu)) {
		explain_cause(e, "%s has an MTU of %lld", e->subject->ifname, (long long)mtu);
		if (mtu < 9000)
			explain_advice(e,
				       "if the senders are right: ip link set dev %s mtu 9000, or "
				       "what the device takes",
				       e->subject->ifname);
	}
	explain_advice(
		e,
		"the same MTU at both ends and in the switch; too short frames are damaged ones");
}

void cause_wire(struct explanation *e)
{
	const json_t *link = fact(e->sight, e->subject, "link");
	int64_t speed = json_s64(link, "speed_mbps", 0);
	const char *duplex = json_str(link, "duplex", "");

	if (speed > 0)
		explain_cause(e, "%s runs at %lld Mb/s%s%s", e->subject->ifname, (long long)speed,
			      *duplex ? ", duplex " : "", duplex);
	if (!strcmp(duplex, "half"))
		explain_command(e, "ethtool -s %s autoneg on", e->subject->ifname);
	explain_command(e, "ethtool -m %s", e->subject->ifname);
	explain_log(e, e->subject->ifname);
	explain_advice(
		e, "change cable, optics and port one after the other; clean the fibre; both ends "
		   "must negotiate, or neither, and agree on the FEC");
}

void cause_carrier(struct explanation *e)
{
	explain_log(e, e->subject->ifname);
	cause_wire(e);
}

void cause_pause_rx(struct explanation *e)
{
	int64_t rx;

	if (fact_s64(e->sight, e->subject, "pause.rx", &rx))
		explain_cause(e, "taking pause frames is %s", rx ? "on" : "off");
	explain_command(e, "ethtool -A %s rx off tx off", e->subject->ifname);
	explain_advice(
		e, "the receiver is the one to mend: run ringloss diagnose there. For a loss test "
		   "pause must be off at both ends, or loss hides before the sender");
}

void cause_pause_tx(struct explanation *e)
{
	explain_ring(e);
	explain_irqs(e);
	explain_command(e, "ethtool -A %s rx off tx off", e->subject->ifname);
	explain_advice(
		e, "without pause the frames that wait at the sender are lost here: mend the cause "
		   "first (ring, interrupts, queues)");
}

void cause_pfc(struct explanation *e)
{
	explain_command(e, "dcb pfc show dev %s", e->subject->ifname);
	explain_command(e, "ethtool -S %s", e->subject->ifname);
	explain_advice(
		e,
		"which priority: the prio number in the counter's name. Pauses without end in one "
		"direction are a storm: find the slow receiver. Traffic that is not lossless "
		"must not carry that priority (DSCP mapping)");
}

void cause_cloud(struct explanation *e)
{
	static const struct {
		const char *id, *text;
	} limits[] = {
		{"eth.limit_rx_bandwidth", "bandwidth in"},
		{"eth.limit_tx_bandwidth", "bandwidth out"},
		{"eth.limit_packets", "packets a second"},
		{"eth.limit_conntrack", "tracked connections"},
		{"eth.limit_linklocal",
		 "packets to the provider's local services (DNS, metadata, time)"},
	};
	int64_t moved;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (sight_delta(e->sight, e->subject, limits[i].id, &moved) && moved)
			explain_cause(e, "%s: %lld above the instance's allowance", limits[i].text,
				      (long long)moved);
	explain_advice(
		e, "a larger instance, or one of a network-optimised kind; fewer, larger packets; "
		   "no connection tracking by security groups for this traffic; a cache for DNS");
}

void cause_rdma(struct explanation *e)
{
	explain_command(e, "rdma statistic show");
	explain_command(e, "ethtool -S %s", e->subject->ifname);
	explain_advice(
		e,
		"RoCE wants no loss: is PFC on for its priority on the whole path (dcb pfc show), "
		"does its DSCP map there on every switch, is ECN on? out_of_buffer: post more "
		"receive requests, or a shared receive queue");
}

void cause_rdma_congestion(struct explanation *e)
{
	explain_advice(
		e,
		"a switch queue on the path is filling (incast, a slow receiver): find it by its "
		"ECN marks and pause frames; nothing is lost as long as senders slow down");
}
