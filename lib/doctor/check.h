/*
 * Inside lib/doctor: what a check is given, how it answers, and how it reads. A check reads
 * files by doctor_file and its kin only, below a root folder, and of a NIC what is in struct
 * nic_facts, so that a test can make any host of it.
 */
#ifndef RINGLOSS_DOCTOR_CHECK_H
#define RINGLOSS_DOCTOR_CHECK_H

#include <stdbool.h>

#include "cpus.h"
#include "doctor.h"
#include "nic_facts.h"

struct doctor {
	const char *root;            /* before "/proc" and "/sys": "" for the host itself */
	const struct device *device; /* NULL in checks of the host */
	const struct nic_facts *nic; /* NULL without interface */
	bool ours;                   /* an endpoint of ours has the device */
	uint64_t tick_ns;            /* 1 / HZ */
	const char *stat_before;     /* /proc/stat as it was when the look began; NULL: no look */
	uint64_t look_ns;
};

struct doctor_finding {
	enum doctor_state state;
	char fact[400];      /* a line, with figures */
	char remedy[400];    /* "" none */
	bool command;        /* the remedy is one to be copied, not a sentence */
	const char *setting; /* of a plan, where it is another than the row's; "" none */
};

/* Answer, once: the state and the fact. */
void doctor_found(struct doctor_finding *f, enum doctor_state state, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* More of the fact: a part of a list. */
void doctor_more(struct doctor_finding *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* DOCTOR_UNKNOWN: WHAT could not be read, for the reason of errno ERR (positive). */
void doctor_unread(struct doctor_finding *f, const char *what, int err);

/* A command to copy. */
void doctor_command(struct doctor_finding *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* What to do where no command does it. */
void doctor_advice(struct doctor_finding *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- read.c ---- */

/* All of a file below the root, without the line's end at its end; NULL with errno. To be freed. */
char *doctor_file(const struct doctor *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

bool doctor_exists(const struct doctor *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The number in a file; false with errno. */
bool doctor_number(const struct doctor *d, long long *value, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Names in a folder that match PATTERN (fnmatch), sorted as numbers; a callback each; how many. */
size_t doctor_each(const struct doctor *d, const char *folder, const char *pattern,
		   void (*each)(const char *name, void *arg), void *arg);

/* Whether there is a program of that name in the folders for such. */
bool doctor_program(const struct doctor *d, const char *name);

/* The value of KEY=VALUE on the kernel's command line into buf; false: it is not there. */
bool doctor_boot_option(const struct doctor *d, const char *key, char *buf, size_t size);

/* Whether the kernel has the module, loaded, built in or to be loaded; whether its modules are
 * here. */
enum module_is { MODULE_MISSING, MODULE_THERE, MODULE_LOADED };
enum module_is doctor_module(const struct doctor *d, const char *name);
bool doctor_module_folder(const struct doctor *d);

/* The text between the brackets of "always [madvise] never". */
bool doctor_choice(const struct doctor *d, char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Sets of CPUs, beside what lib/host/cpus.h has. */
unsigned int cpus_count(const cpu_set_t *cpus);
/* A without B, what is in both, and what is in any. */
cpu_set_t cpus_without(const cpu_set_t *a, const cpu_set_t *b);
cpu_set_t cpus_both(const cpu_set_t *a, const cpu_set_t *b);
cpu_set_t cpus_any(const cpu_set_t *a, const cpu_set_t *b);
/* As a list again; cut with "..." where the room ends. Returns buf. */
const char *cpus_text(const cpu_set_t *cpus, char *buf, size_t size);
/* Those of a file; false with errno (-EINVAL's too). "(null)" is the empty set. */
bool doctor_cpus(const struct doctor *d, cpu_set_t *cpus, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Those that this process may use, and those online. */
bool doctor_cpus_allowed(const struct doctor *d, cpu_set_t *cpus);
bool doctor_cpus_online(const struct doctor *d, cpu_set_t *cpus);

/*
 * Whether a question of struct nic_facts was answered (RET is 0); else WHAT is DOCTOR_NA where the
 * driver has no such thing, and unread otherwise.
 */
bool doctor_answered(const struct doctor *d, struct doctor_finding *f, int ret, const char *what);

/* Run the checks of SCOPE; see doctor_host. */
json_t *doctor_run(const struct doctor *d, enum doctor_scope scope);

/* ---- the checks, a file each ---- */

#define CHECK(name) void check_##name(const struct doctor *d, struct doctor_finding *f)

/* memory.c */
CHECK(hugepages);
CHECK(thp);
CHECK(numa_balancing);
CHECK(memlock);
/* cpu.c */
CHECK(cpus);
CHECK(isolation);
CHECK(smt);
CHECK(irqbalance);
CHECK(load);
/* power.c */
CHECK(governor);
CHECK(boost);
CHECK(cstates);
/* time.c */
CHECK(clocksource);
CHECK(tick);
CHECK(watchdog);
CHECK(rt_throttling);
/* kernel.c */
CHECK(capabilities);
CHECK(btf);
CHECK(bpf_jit);
CHECK(mitigations);
/* iommu.c */
CHECK(iommu);
CHECK(vfio);
CHECK(iommu_group);
/* stack.c */
CHECK(backlog);
CHECK(socket_buffers);
CHECK(conntrack);
CHECK(firewall);
CHECK(qdisc);
CHECK(xdp_programs);
CHECK(tc_programs);
CHECK(used_by);
/* pci.c */
CHECK(pcie);
CHECK(numa_node);
/* nic.c */
CHECK(link);
CHECK(rings);
CHECK(channels);
CHECK(rss);
CHECK(pause);
CHECK(merging);
CHECK(coalescing);
CHECK(eee);
/* driver.c */
CHECK(driver);
CHECK(xdp_features);
CHECK(bifurcated);
CHECK(mlx5_cqe_compress);
CHECK(mlx5_striding_rq);
CHECK(i40e_lldp);
CHECK(ice_lldp);
CHECK(ena_llq);
CHECK(virtio_features);
CHECK(loss_counters);

#undef CHECK

#endif
