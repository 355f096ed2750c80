/* What the machine lacks: backlog, budget, CPUs, memory. */
#include <string.h>

#include "causes.h"
#include "json.h"

/* By how much KEY of CPU I rose; CPUs are in the same order in both looks. */
static int64_t risen(const struct subject *s, size_t i, const char *key)
{
	const json_t *after = json_array_get(json_object_get(s->facts, "cpus"), i);
	const json_t *before = json_array_get(json_object_get(s->facts_before, "cpus"), i);

	if (!after || !before || json_s64(after, "cpu", -1) != json_s64(before, "cpu", -2))
		return 0;
	return json_s64(after, key, 0) - json_s64(before, key, 0);
}

static size_t cpus_of(const struct subject *s)
{
	return json_array_size(json_object_get(s->facts, "cpus"));
}

static long long cpu_number(const struct subject *s, size_t i)
{
	return json_s64(json_array_get(json_object_get(s->facts, "cpus"), i), "cpu", -1);
}

/* CPUs whose KEY rose, with how much; the first few. */
static void explain_cpus(struct explanation *e, const char *key, const char *what)
{
	size_t shown = 0;

	for (size_t i = 0; i < cpus_of(e->subject); i++) {
		int64_t n = risen(e->subject, i, key), ticks = risen(e->subject, i, "total_ticks");

		if (n <= 0 || shown++ >= 8)
			continue;
		if (ticks > 0)
			explain_cause(
				e, "CPU %lld: %lld %s, %lld %% of its time in softirqs",
				cpu_number(e->subject, i), (long long)n, what,
				(long long)(100 * risen(e->subject, i, "softirq_ticks") / ticks));
		else
			explain_cause(e, "CPU %lld: %lld %s", cpu_number(e->subject, i),
				      (long long)n, what);
	}
}

void cause_backlog(struct explanation *e)
{
	int64_t limit, flow = 0;

	explain_cpus(e, "dropped", "dropped");
	if (sysctl_value(e, "net.core.netdev_max_backlog", &limit)) {
		explain_cause(e, "net.core.netdev_max_backlog is %lld (packets of a CPU)",
			      (long long)limit);
		explain_sysctl_more(e, "net.core.netdev_max_backlog", limit, 10000, 4);
	}
	if (sight_delta(e->sight, e->subject, "softnet.flow_limit", &flow) && flow) {
		explain_cause(e,
			      "%lld by the flow limit: one flow took more than half of a backlog",
			      (long long)flow);
		explain_sysctl(e, "net.core.flow_limit_cpu_bitmap", "0");
	}
	explain_advice(
		e, "if one CPU alone drops, spread RPS over more (/sys/class/net/DEV/queues/rx-N/"
		   "rps_cpus), away from CPUs that are busy");
}

void cause_squeeze(struct explanation *e)
{
	int64_t budget, usecs;

	explain_cpus(e, "squeezed", "times squeezed");
	if (sysctl_value(e, "net.core.netdev_budget", &budget)) {
		explain_cause(e, "net.core.netdev_budget is %lld packets", (long long)budget);
		explain_sysctl_more(e, "net.core.netdev_budget", budget, 600, 2);
	}
	if (sysctl_value(e, "net.core.netdev_budget_usecs", &usecs)) {
		explain_cause(e, "net.core.netdev_budget_usecs is %lld", (long long)usecs);
		explain_sysctl_more(e, "net.core.netdev_budget_usecs", usecs, 8000, 2);
	}
	explain_advice(
		e,
		"or threaded NAPI (echo 1 > /sys/class/net/DEV/threaded), or more queues and CPUs");
}

/* Ticks that the hypervisor took, where that is more than one in fifty. */
int64_t measure_steal(struct sight *sight, struct subject *subject)
{
	int64_t stolen = 0, all = 0;

	for (size_t i = 0; i < cpus_of(subject); i++) {
		stolen += risen(subject, i, "steal_ticks");
		all += risen(subject, i, "total_ticks");
	}
	return all > 0 && stolen > 1 && stolen * 50 > all ? stolen : 0;
}

void cause_steal(struct explanation *e)
{
	int64_t all = 0;

	for (size_t i = 0; i < cpus_of(e->subject); i++)
		all += risen(e->subject, i, "total_ticks");
	if (all > 0)
		explain_cause(e, "%.1f %% of the CPUs' time went to other guests of the host",
			      100 * (double)e->lost / (double)all);
	explain_advice(e, "a host that is not overcommitted, or CPUs that are this guest's alone");
}

/* CPUs that spend more than nine tenths in softirqs; a look that is too short tells nothing. */
int64_t measure_softirq_cpus(struct sight *sight, struct subject *subject)
{
	int64_t full = 0;

	for (size_t i = 0; i < cpus_of(subject); i++) {
		int64_t all = risen(subject, i, "total_ticks");

		full += all >= 20 && risen(subject, i, "softirq_ticks") * 10 > all * 9;
	}
	return full;
}

void cause_softirq_cpus(struct explanation *e)
{
	for (size_t i = 0; i < cpus_of(e->subject); i++) {
		int64_t all = risen(e->subject, i, "total_ticks");
		int64_t softirq = risen(e->subject, i, "softirq_ticks");

		if (all > 0 && softirq * 10 > all * 9)
			explain_cause(e, "CPU %lld: %lld %% in softirqs", cpu_number(e->subject, i),
				      (long long)(100 * softirq / all));
	}
	explain_advice(
		e, "spread the work: more queues (ethtool -L), their interrupts on more CPUs, RPS; "
		   "keep programs off these CPUs");
}

/* Microseconds in which every task waited for memory, where that is more than one in a hundred. */
int64_t measure_memory(struct sight *sight, struct subject *subject)
{
	int64_t waited;

	if (!sight_delta(sight, subject, "psi.memory_full", &waited) || subject->seconds <= 0)
		return 0;
	return (double)waited > subject->seconds * 10000 ? waited : 0;
}

void cause_memory(struct explanation *e)
{
	double now = json_number_value(fact(e->sight, e->subject, "pressure.memory"));

	explain_cause(
		e,
		"all tasks waited for memory %.1f %% of the time (of the last 10 s, some: %.1f %%)",
		(double)e->lost / e->subject->seconds / 10000, now);
	explain_log(e, "Out of memory");
	explain_advice(
		e, "free memory or add some: without it the kernel cannot give the NIC buffers");
}
