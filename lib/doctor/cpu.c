/* CPUs: which this process may use, who else is on them, and what they did in a short look. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define CPU_FOLDER "/sys/devices/system/cpu"

/* The least of the quotas above a process, in CPUs; 0: none. */
struct quota {
	bool looked; /* at a hierarchy that is mounted */
	double cpus;
	char where[128];
};

static void take_quota(struct quota *q, double cpus, const char *where)
{
	if (cpus <= 0 || (q->cpus > 0 && q->cpus <= cpus))
		return;
	q->cpus = cpus;
	snprintf(q->where, sizeof(q->where), "%s", *where ? where : "/");
}

/* Of one group: cpu.max (Documentation/admin-guide/cgroup-v2.rst) or version 1's two files. */
static void read_quota(const struct doctor *d, const char *mount, const char *group,
		       struct quota *q)
{
	char *text = doctor_file(d, "%s%s/cpu.max", mount, group);
	long long quota, period;

	if (text && sscanf(text, "%lld %lld", &quota, &period) == 2 && period > 0)
		take_quota(q, (double)quota / (double)period, group);
	free(text);
	if (doctor_number(d, &quota, "%s%s/cpu.cfs_quota_us", mount, group) &&
	    doctor_number(d, &period, "%s%s/cpu.cfs_period_us", mount, group) && period > 0)
		take_quota(q, (double)quota / (double)period, group);
}

/* Where the hierarchy is mounted that has the CPU controller of that version. */
static bool find_mount(const struct doctor *d, bool v2, char *mount, size_t size)
{
	char *text = doctor_file(d, "/proc/thread-self/mounts"), *rest = text, *line;
	bool found = false;

	while (!found && rest && (line = strsep(&rest, "\n"))) {
		char where[256], type[32], options[256];

		if (sscanf(line, "%*s %255s %31s %255s", where, type, options) != 3 ||
		    strcmp(type, v2 ? "cgroup2" : "cgroup"))
			continue;
		if (!v2) {
			char *word, *words = options;

			while ((word = strsep(&words, ",")) && strcmp(word, "cpu"))
				;
			if (!word)
				continue;
		}
		snprintf(mount, size, "%s", where);
		found = true;
	}
	free(text);
	return found;
}

/* "0::/a/b" or "4:cpu,cpuacct:/a/b": the groups of this process (cgroups(7)). */
static bool find_quota(const struct doctor *d, struct quota *q)
{
	char *text = doctor_file(d, "/proc/thread-self/cgroup"), *rest = text, *line;
	bool told = text;

	while (rest && (line = strsep(&rest, "\n"))) {
		char *controllers = strchr(line, ':');
		char *group = controllers ? strchr(controllers + 1, ':') : NULL, *slash;
		char mount[256], word[128];
		bool v2;

		if (!group)
			continue;
		*group++ = '\0';
		controllers++;
		v2 = !*controllers;
		snprintf(word, sizeof(word), ",%s,", controllers);
		if ((!v2 && !strstr(word, ",cpu,")) || !find_mount(d, v2, mount, sizeof(mount)))
			continue;
		q->looked = true;
		if (!strcmp(group, "/"))
			*group = '\0';
		for (;;) {
			read_quota(d, mount, group, q);
			slash = strrchr(group, '/');
			if (!slash)
				break;
			*slash = '\0';
		}
	}
	free(text);
	return told;
}

void check_cpus(const struct doctor *d, struct doctor_finding *f)
{
	cpu_set_t online, allowed;
	struct quota quota = {0};
	char list[96];

	if (!doctor_cpus_online(d, &online) || !doctor_cpus_allowed(d, &allowed)) {
		doctor_unread(f, CPU_FOLDER "/online or /proc/self/status", errno);
		return;
	}
	allowed = cpus_both(&allowed, &online);
	if (!find_quota(d, &quota)) {
		doctor_unread(f, "/proc/self/cgroup", errno);
		return;
	}
	doctor_found(f, DOCTOR_OK, "%u of %u allowed (%s)", cpus_count(&allowed),
		     cpus_count(&online), cpus_text(&allowed, list, sizeof(list)));
	if (!quota.looked) {
		doctor_more(f, "; quota not known: no cgroup is mounted");
		f->state = DOCTOR_UNKNOWN;
	} else if (quota.cpus > 0) {
		doctor_more(f, ", quota of %.2f CPUs in cgroup %s", quota.cpus, quota.where);
	} else {
		doctor_more(f, ", no quota");
	}
	if (quota.cpus > 0 && quota.cpus < cpus_count(&allowed)) {
		f->state = DOCTOR_WARN;
		doctor_advice(f,
			      "run outside of that cgroup, or lift its cpu.max (cpu.cfs_quota_us)");
	} else if (cpus_count(&allowed) < 2) {
		f->state = DOCTOR_WARN;
		doctor_advice(f, cpus_count(&online) < 2
					 ? "a machine with more CPUs"
					 : "taskset or the cgroup's cpuset with two CPUs or more");
	}
}

void check_isolation(const struct doctor *d, struct doctor_finding *f)
{
	cpu_set_t online, isolated, parted, ticking, none = {0}, housekeeping;
	bool full = doctor_exists(d, CPU_FOLDER "/nohz_full");
	char a[96], b[96], rcu[96], last[96], mount[256];

	if (!doctor_cpus_online(d, &online) || !doctor_cpus(d, &isolated, CPU_FOLDER "/isolated")) {
		doctor_unread(f, CPU_FOLDER "/isolated", errno);
		return;
	}
	/* isolated partitions of cpusets are not among those of the boot (cgroup-v2.rst) */
	if (find_mount(d, true, mount, sizeof(mount)) &&
	    doctor_cpus(d, &parted, "%s/cpuset.cpus.isolated", mount))
		isolated = cpus_any(&isolated, &parted);
	ticking = none;
	if (full && !doctor_cpus(d, &ticking, CPU_FOLDER "/nohz_full")) {
		doctor_unread(f, CPU_FOLDER "/nohz_full", errno);
		return;
	}
	if (!doctor_boot_option(d, "rcu_nocbs", rcu, sizeof(rcu)))
		snprintf(rcu, sizeof(rcu), "none");
	housekeeping = cpus_without(&online, &isolated);
	doctor_found(f, DOCTOR_OK, "isolated %s, nohz_full %s, rcu_nocbs %s; housekeeping %s",
		     cpus_count(&isolated) ? cpus_text(&isolated, a, sizeof(a)) : "none",
		     !full                  ? "not in this kernel"
		     : cpus_count(&ticking) ? cpus_text(&ticking, b, sizeof(b))
					    : "none",
		     rcu, cpus_text(&housekeeping, last, sizeof(last)));
	if (cpus_count(&isolated))
		return;
	f->state = DOCTOR_WARN;
	if (cpus_count(&online) < 2)
		doctor_advice(f, "a machine with more CPUs");
	else
		doctor_advice(
			f, "boot with isolcpus=1%s%s%s rcu_nocbs=1%s%s (or the CPUs of the plan)",
			cpus_count(&online) > 2 ? "-N" : "", full ? " nohz_full=1" : "",
			full && cpus_count(&online) > 2 ? "-N" : "",
			cpus_count(&online) > 2 ? "-N" : "",
			cpus_count(&online) > 2 ? ", N the last CPU" : "");
}

void check_smt(const struct doctor *d, struct doctor_finding *f)
{
	cpu_set_t online, allowed, seen = {0}, siblings, mine;
	unsigned int cpu, shared = 0;
	char list[64], control[32], *text;
	long long active;

	if (!doctor_exists(d, CPU_FOLDER "/smt/active")) {
		doctor_found(f, DOCTOR_NA, "this processor or kernel has no SMT");
		return;
	}
	if (!doctor_number(d, &active, CPU_FOLDER "/smt/active") ||
	    !doctor_cpus_online(d, &online) || !doctor_cpus_allowed(d, &allowed)) {
		doctor_unread(f, CPU_FOLDER "/smt/active", errno);
		return;
	}
	text = doctor_file(d, CPU_FOLDER "/smt/control");
	snprintf(control, sizeof(control), "%s", text ? text : "?");
	free(text);
	if (!active) {
		doctor_found(f, DOCTOR_OK, "no sibling in use (%s)", control);
		return;
	}
	doctor_found(f, DOCTOR_WARN, "siblings in use:");
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &online) || CPU_ISSET(cpu, &seen) ||
		    !doctor_cpus(d, &siblings, CPU_FOLDER "/cpu%u/topology/thread_siblings_list",
				 cpu))
			continue;
		seen = cpus_any(&seen, &siblings);
		mine = cpus_both(&siblings, &allowed);
		if (cpus_count(&mine) < 2)
			continue;
		if (++shared <= 8)
			doctor_more(f, "%s %s", shared > 1 ? ";" : "",
				    cpus_text(&mine, list, sizeof(list)));
	}
	if (shared > 8)
		doctor_more(f, "; %u more pairs", shared - 8);
	if (!shared)
		doctor_found(f, DOCTOR_OK, "on, and no two of the CPUs allowed are siblings");
	else if (!strcmp(control, "on"))
		doctor_command(f, "echo off > " CPU_FOLDER "/smt/control");
	else
		doctor_advice(f, "give generator and sink CPUs that are no siblings (cpus)");
}

struct process_look {
	const struct doctor *d;
	char pid[16];
};

static void look_for_irqbalance(const char *pid, void *arg)
{
	struct process_look *look = arg;
	char *comm = look->pid[0] ? NULL : doctor_file(look->d, "/proc/%s/comm", pid);

	if (comm && !strcmp(comm, "irqbalance"))
		snprintf(look->pid, sizeof(look->pid), "%s", pid);
	free(comm);
}

void check_irqbalance(const struct doctor *d, struct doctor_finding *f)
{
	struct process_look look = {.d = d};

	if (!doctor_each(d, "/proc", "[0-9]*", look_for_irqbalance, &look)) {
		doctor_unread(f, "/proc", ENOENT);
		return;
	}
	if (!look.pid[0]) {
		doctor_found(f, DOCTOR_OK, "not running");
		return;
	}
	doctor_found(f, DOCTOR_WARN, "running as process %s", look.pid);
	if (doctor_exists(d, "/run/systemd/system") && doctor_program(d, "systemctl"))
		doctor_command(f, "systemctl stop irqbalance");
	else
		doctor_command(f, "kill %s", look.pid);
}

/* The first line of /proc/stat: user nice system idle iowait irq softirq steal ... (proc(5)). */
#define STAT_FIELDS 8

static bool parse_stat(const char *text, unsigned long long v[STAT_FIELDS])
{
	return text && sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1],
			      &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]) == STAT_FIELDS;
}

void check_load(const struct doctor *d, struct doctor_finding *f)
{
	char *now = doctor_file(d, "/proc/stat"), *psi = doctor_file(d, "/proc/pressure/cpu");
	unsigned long long a[STAT_FIELDS], b[STAT_FIELDS], total = 0;
	double avg10 = -1, idle, steal;
	bool good = parse_stat(d->stat_before, a) && parse_stat(now, b);
	int i, err = now ? EINVAL : errno;

	for (i = 0; good && i < STAT_FIELDS; i++)
		total += b[i] - a[i];
	if (psi && sscanf(psi, "some avg10=%lf", &avg10) != 1)
		avg10 = -1;
	free(now);
	free(psi);
	if (!good) {
		doctor_unread(f, "/proc/stat", err);
		return;
	}
	if (!total) {
		doctor_found(f, DOCTOR_UNKNOWN, "no time passed in /proc/stat while looking");
		return;
	}
	idle = 100.0 * (double)(b[3] + b[4] - a[3] - a[4]) / (double)total;
	steal = 100.0 * (double)(b[7] - a[7]) / (double)total;
	doctor_found(f, steal >= 1 || avg10 >= 5 || idle < 50 ? DOCTOR_WARN : DOCTOR_OK,
		     "in %.1f s: busy %.0f %%, steal %.1f %%", (double)d->look_ns / 1e9,
		     100 - idle - steal, steal);
	if (avg10 >= 0)
		doctor_more(f, "; waited for a CPU in the last 10 s: %.1f %% (PSI)", avg10);
	else
		doctor_more(f, "; no PSI");
	if (f->state == DOCTOR_WARN)
		doctor_advice(f, steal >= 1 ? "a host of its own, or CPUs that the hypervisor pins"
					    : "end what else runs (top), or wait for it");
}
