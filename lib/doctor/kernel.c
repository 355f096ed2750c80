/* What the kernel allows this process, and what of BPF it has. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

/* Since kernel 5.8; an older one asks for CAP_SYS_ADMIN (capabilities(7)). */
#ifndef CAP_BPF
#define CAP_BPF 39
#endif

/* A capability, and what is not possible without. */
static const struct {
	int number;
	const char *name;
	bool needed; /* by every endpoint */
} wanted[] = {
	{CAP_NET_ADMIN, "CAP_NET_ADMIN", true}, {CAP_NET_RAW, "CAP_NET_RAW", true},
	{CAP_SYS_ADMIN, "CAP_SYS_ADMIN", true}, {CAP_BPF, "CAP_BPF", false},
	{CAP_SYS_NICE, "CAP_SYS_NICE", false},  {CAP_SYS_RAWIO, "CAP_SYS_RAWIO", false},
};

void check_capabilities(const struct doctor *d, struct doctor_finding *f)
{
	char *text = doctor_file(d, "/proc/thread-self/status");
	char *at = text ? strstr(text, "\nCapEff:") : NULL;
	unsigned long long have;
	size_t i, missing = 0;

	if (!at) {
		doctor_unread(f, "/proc/self/status", text ? EINVAL : errno);
		free(text);
		return;
	}
	have = strtoull(at + strlen("\nCapEff:"), NULL, 16);
	free(text);
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (have >> wanted[i].number & 1)
			continue;
		if (!missing)
			doctor_found(f, DOCTOR_WARN, "missing: ");
		if (wanted[i].needed)
			f->state = DOCTOR_FAIL;
		doctor_more(f, "%s%s", missing++ ? ", " : "", wanted[i].name);
	}
	if (!missing)
		doctor_found(f, DOCTOR_OK, "all that are needed");
	else if (f->state == DOCTOR_FAIL)
		doctor_advice(f, "run ringloss as root (sudo), in a container privileged");
	else
		doctor_advice(f, "run ringloss with all capabilities of root");
}

void check_btf(const struct doctor *d, struct doctor_finding *f)
{
	if (doctor_exists(d, "/sys/kernel/btf/vmlinux")) {
		doctor_found(f, DOCTOR_OK, "/sys/kernel/btf/vmlinux");
		return;
	}
	doctor_found(f, DOCTOR_WARN, "missing: no /sys/kernel/btf/vmlinux");
	doctor_advice(f, "a kernel with CONFIG_DEBUG_INFO_BTF=y (those of distributions have it)");
}

void check_bpf_jit(const struct doctor *d, struct doctor_finding *f)
{
	long long on;

	if (!doctor_number(d, &on, "/proc/sys/net/core/bpf_jit_enable")) {
		if (errno == ENOENT)
			doctor_found(f, DOCTOR_UNKNOWN,
				     "no net.core.bpf_jit_enable: only the first network namespace "
				     "shows it, or this kernel has no JIT");
		else
			doctor_unread(f, "/proc/sys/net/core/bpf_jit_enable", errno);
	} else if (on == 1) {
		doctor_found(f, DOCTOR_OK, "on");
	} else {
		doctor_found(f, DOCTOR_WARN,
			     on ? "on, and dumps every program (%lld)" : "off (%lld)", on);
		doctor_command(f, "sysctl -w net.core.bpf_jit_enable=1");
	}
}

struct mitigations {
	const struct doctor *d;
	struct doctor_finding *f;
	size_t on, n;
};

static void add_mitigation(const char *name, void *arg)
{
	struct mitigations *m = arg;
	char *text = doctor_file(m->d, "/sys/devices/system/cpu/vulnerabilities/%s", name);

	m->n++;
	if (text && !strncmp(text, "Mitigation", strlen("Mitigation")))
		doctor_more(m->f, "%s%s", m->on++ ? ", " : "on: ", name);
	free(text);
}

void check_mitigations(const struct doctor *d, struct doctor_finding *f)
{
	struct mitigations m = {.d = d, .f = f};

	doctor_each(d, "/sys/devices/system/cpu/vulnerabilities", "*", add_mitigation, &m);
	if (!m.n) {
		doctor_found(f, DOCTOR_UNKNOWN, "no /sys/devices/system/cpu/vulnerabilities");
		return;
	}
	f->state = DOCTOR_OK;
	doctor_more(f, "%sof %zu known vulnerabilities; what it costs here is not known",
		    m.on ? "; " : "none on, ", m.n);
}
