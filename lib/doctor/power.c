/* Power saving: the clock of the CPUs, and how deep they sleep. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

#define CPU_FOLDER "/sys/devices/system/cpu"
/* A state that costs no more to leave does no harm; C1 of processors of PCs takes 1 to 10 us. */
#define LATENCY_US_FINE 20

struct governors {
	const struct doctor *d;
	size_t n, other; /* CPUs with one; those whose is not performance */
	char name[32];   /* one of those, or the last */
};

static void add_governor(const char *cpu, void *arg)
{
	struct governors *g = arg;
	char *text = doctor_file(g->d, CPU_FOLDER "/%s/cpufreq/scaling_governor", cpu);

	if (!text)
		return;
	g->n++;
	if (strcmp(text, "performance"))
		g->other++;
	if (strcmp(text, "performance") || !g->other)
		snprintf(g->name, sizeof(g->name), "%s", text);
	free(text);
}

void check_governor(const struct doctor *d, struct doctor_finding *f)
{
	struct governors g = {.d = d};
	char *driver;

	doctor_each(d, CPU_FOLDER, "cpu[0-9]*", add_governor, &g);
	if (!g.n) {
		doctor_found(f, DOCTOR_NA, "no cpufreq here: firmware or hypervisor set the clock");
		return;
	}
	driver = doctor_file(d, CPU_FOLDER "/cpu0/cpufreq/scaling_driver");
	doctor_found(f, g.other ? DOCTOR_WARN : DOCTOR_OK, "%s on %zu of %zu CPUs%s%s", g.name,
		     g.other ? g.other : g.n, g.n, driver ? ", driver " : "", driver ? driver : "");
	free(driver);
	if (!g.other)
		return;
	if (doctor_program(d, "cpupower"))
		doctor_command(f, "cpupower frequency-set -g performance");
	else
		doctor_command(f, "echo performance | tee " CPU_FOLDER
				  "/cpu*/cpufreq/scaling_governor");
}

void check_boost(const struct doctor *d, struct doctor_finding *f)
{
	/* intel_pstate says it the other way round (Documentation/admin-guide/pm/) */
	static const struct {
		const char *path;
		bool means_off;
	} files[] = {
		{CPU_FOLDER "/intel_pstate/no_turbo", true},
		{CPU_FOLDER "/cpufreq/boost", false},
	};
	long long value;
	size_t i;

	for (i = 0; i < 2 && !doctor_exists(d, "%s", files[i].path); i++)
		;
	if (i == 2) {
		doctor_found(f, DOCTOR_NA, "no switch for it here");
		return;
	}
	if (!doctor_number(d, &value, "%s", files[i].path)) {
		doctor_unread(f, files[i].path, errno);
		return;
	}
	if (!!value == files[i].means_off) {
		doctor_found(f, DOCTOR_OK, "off");
		return;
	}
	doctor_found(f, DOCTOR_WARN, "on");
	doctor_command(f, "echo %d > %s", files[i].means_off, files[i].path);
}

/* What /dev/cpu_dma_latency answers: the bound that somebody holds, in us (kernel/power/qos.c). */
static bool latency_bound(const struct doctor *d, long long *us)
{
	char path[PATH_MAX];
	int32_t value;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/dev/cpu_dma_latency", d->root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, &value, sizeof(value));
	close(fd);
	/* 2000 s: nobody holds one */
	if (n != sizeof(value) || value < 0 || value >= 2000000000)
		return false;
	*us = value;
	return true;
}

struct idle {
	const struct doctor *d;
	const char *cpu;
	long long bound; /* us; -1: none */
	long long deepest_us, first_slow;
	char name[32];    /* of the deepest */
	bool found, slow; /* of this CPU */
	size_t n, n_slow; /* CPUs */
};

static void add_state(const char *state, void *arg)
{
	struct idle *idle = arg;
	long long latency, disabled = 0, number = atoll(state + strlen("state"));
	char *name;

	if (!doctor_number(idle->d, &latency, CPU_FOLDER "/%s/cpuidle/%s/latency", idle->cpu,
			   state))
		return;
	idle->found = true;
	if (!doctor_number(idle->d, &disabled, CPU_FOLDER "/%s/cpuidle/%s/disable", idle->cpu,
			   state))
		disabled = 0;
	if (disabled || (idle->bound >= 0 && latency > idle->bound))
		return;
	if (latency > LATENCY_US_FINE) {
		idle->slow = true;
		if (idle->first_slow < 0 || number < idle->first_slow)
			idle->first_slow = number;
	}
	if (latency <= idle->deepest_us)
		return;
	idle->deepest_us = latency;
	name = doctor_file(idle->d, CPU_FOLDER "/%s/cpuidle/%s/name", idle->cpu, state);
	snprintf(idle->name, sizeof(idle->name), "%s", name ? name : state);
	free(name);
}

static void add_idle(const char *cpu, void *arg)
{
	struct idle *idle = arg;
	char folder[96];

	idle->cpu = cpu;
	idle->found = idle->slow = false;
	snprintf(folder, sizeof(folder), CPU_FOLDER "/%.32s/cpuidle", cpu);
	doctor_each(idle->d, folder, "state[0-9]*", add_state, idle);
	idle->n += idle->found;
	idle->n_slow += idle->slow;
}

void check_cstates(const struct doctor *d, struct doctor_finding *f)
{
	struct idle idle = {.d = d, .bound = -1, .deepest_us = -1, .first_slow = -1};
	char *driver;

	latency_bound(d, &idle.bound);
	doctor_each(d, CPU_FOLDER, "cpu[0-9]*", add_idle, &idle);
	if (!idle.n) {
		doctor_found(f, DOCTOR_NA, "no cpuidle here: firmware or hypervisor rule");
		return;
	}
	if (idle.deepest_us < 0) {
		doctor_found(f, DOCTOR_OK, "all idle states are off");
		return;
	}
	driver = doctor_file(d, CPU_FOLDER "/cpuidle/current_driver");
	doctor_found(f, idle.n_slow ? DOCTOR_WARN : DOCTOR_OK,
		     "deepest %s, %lld us to leave, driver %s", idle.name, idle.deepest_us,
		     driver ? driver : "unknown");
	free(driver);
	if (idle.n_slow)
		doctor_more(f, "; above %d us on %zu of %zu CPUs", LATENCY_US_FINE, idle.n_slow,
			    idle.n);
	if (idle.bound >= 0)
		doctor_more(f, "; somebody holds /dev/cpu_dma_latency at %lld us", idle.bound);
	if (!idle.n_slow)
		return;
	if (doctor_program(d, "cpupower"))
		doctor_command(f, "cpupower idle-set -D %d", LATENCY_US_FINE);
	else
		doctor_command(f,
			       "for f in " CPU_FOLDER
			       "/cpu[0-9]*/cpuidle/state[%lld-9]*/disable; do echo 1 > $f; done",
			       idle.first_slow);
}
