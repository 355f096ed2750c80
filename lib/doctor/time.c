/* Clocks and timers: what reading the time costs, and what interrupts a thread that spins. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define CLOCK_FOLDER "/sys/devices/system/clocksource/clocksource0"

/* Those that are read without a system call and without a device (arch/x86, arm64: vdso). */
static bool is_fast(const char *source)
{
	static const char *const fast[] = {"tsc", "kvm-clock", "hyperv_clocksource_tsc_page",
					   "arch_sys_counter"};
	size_t i;

	for (i = 0; i < sizeof(fast) / sizeof(fast[0]); i++)
		if (!strcmp(source, fast[i]))
			return true;
	return false;
}

void check_clocksource(const struct doctor *d, struct doctor_finding *f)
{
	char *now = doctor_file(d, CLOCK_FOLDER "/current_clocksource");
	char *all = doctor_file(d, CLOCK_FOLDER "/available_clocksource");
	char words[256];

	if (!now || !all) {
		doctor_unread(f, CLOCK_FOLDER, errno);
		goto out;
	}
	doctor_found(f, is_fast(now) ? DOCTOR_OK : DOCTOR_WARN, "%s of %s", now, all);
	if (is_fast(now))
		goto out;
	snprintf(words, sizeof(words), " %s ", all);
	if (strstr(words, " tsc "))
		doctor_command(f, "echo tsc > " CLOCK_FOLDER "/current_clocksource");
	else
		doctor_advice(f,
			      "dmesg says why the kernel gave up the TSC, if this machine has one");
out:
	free(now);
	free(all);
}

void check_tick(const struct doctor *d, struct doctor_finding *f)
{
	cpu_set_t full = {0};
	char nohz[32], list[96];

	if (!d->tick_ns) {
		doctor_unread(f, "CLOCK_MONOTONIC_COARSE", EINVAL);
		return;
	}
	doctor_found(f, DOCTOR_OK, "%.0f Hz", 1e9 / (double)d->tick_ns);
	if (doctor_boot_option(d, "nohz", nohz, sizeof(nohz)) && !strcmp(nohz, "off"))
		doctor_more(f, ", also on idle CPUs (nohz=off)");
	if (!doctor_exists(d, "/sys/devices/system/cpu/nohz_full"))
		doctor_more(f, " on a busy CPU; this kernel cannot stop it (no nohz_full)");
	else if (doctor_cpus(d, &full, "/sys/devices/system/cpu/nohz_full") && cpus_count(&full))
		doctor_more(f, " on a busy CPU, none on %s while one thread runs there",
			    cpus_text(&full, list, sizeof(list)));
	else
		doctor_more(f, " on a busy CPU");
}

void check_watchdog(const struct doctor *d, struct doctor_finding *f)
{
	long long soft = 0, nmi;

	if (!doctor_exists(d, "/proc/sys/kernel/nmi_watchdog")) {
		doctor_found(f, DOCTOR_NA, "this kernel has none");
		return;
	}
	if (!doctor_number(d, &nmi, "/proc/sys/kernel/nmi_watchdog")) {
		doctor_unread(f, "/proc/sys/kernel/nmi_watchdog", errno);
		return;
	}
	if (doctor_exists(d, "/proc/sys/kernel/soft_watchdog") &&
	    !doctor_number(d, &soft, "/proc/sys/kernel/soft_watchdog"))
		soft = 0;
	doctor_found(f, nmi ? DOCTOR_WARN : DOCTOR_OK, "NMI watchdog %s, soft lock-up watchdog %s",
		     nmi ? "on" : "off", soft ? "on" : "off");
	if (nmi)
		doctor_command(f, "sysctl -w kernel.nmi_watchdog=0");
}

void check_rt_throttling(const struct doctor *d, struct doctor_finding *f)
{
	long long runtime, period;

	if (!doctor_number(d, &runtime, "/proc/sys/kernel/sched_rt_runtime_us") ||
	    !doctor_number(d, &period, "/proc/sys/kernel/sched_rt_period_us"))
		doctor_unread(f, "/proc/sys/kernel/sched_rt_runtime_us", errno);
	else if (runtime < 0)
		doctor_found(f, DOCTOR_OK, "off");
	else
		doctor_found(f, DOCTOR_OK,
			     "real-time tasks get %lld of %lld us; ringloss has none of that class",
			     runtime, period);
}
