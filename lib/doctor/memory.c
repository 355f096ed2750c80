/* Memory: hugepages for DPDK, and what moves or merges pages meanwhile. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define MEBIBYTE (1ULL << 20)
/* what a DPDK endpoint asks for with the default ring, and EAL besides (lib/endpoint/dpdk_eal.c) */
#define DPDK_BYTES (128 * MEBIBYTE)

struct pages {
	const struct doctor *d;
	struct doctor_finding *f;
	size_t nodes, sizes;
	unsigned long long free_bytes, kib; /* kib: the smallest size */
	char poor[64];                      /* nodes that have less than DPDK asks for */
	int err;                            /* of what could not be read */
};

static void add_size(const char *name, void *arg)
{
	struct pages *p = arg;
	unsigned long long kib = strtoull(name + strlen("hugepages-"), NULL, 10);
	long long total, left;

	if (!doctor_number(p->d, &total, "/sys/kernel/mm/hugepages/%s/nr_hugepages", name) ||
	    !doctor_number(p->d, &left, "/sys/kernel/mm/hugepages/%s/free_hugepages", name)) {
		p->err = errno;
		return;
	}
	doctor_more(p->f, "%s%lld of %lld free of %llu %s", p->sizes++ ? ", " : "", left, total,
		    kib >= 1 << 20 ? kib >> 20
		    : kib >= 1024  ? kib >> 10
				   : kib,
		    kib >= 1 << 20 ? "GiB"
		    : kib >= 1024  ? "MiB"
				   : "KiB");
	p->free_bytes += (unsigned long long)left * kib * 1024;
	if (!p->kib || kib < p->kib)
		p->kib = kib;
}

struct node_pages {
	const struct doctor *d;
	const char *node;
	unsigned long long free_bytes;
};

static void add_node_size(const char *name, void *arg)
{
	struct node_pages *n = arg;
	long long left;

	if (doctor_number(n->d, &left, "/sys/devices/system/node/%s/hugepages/%s/free_hugepages",
			  n->node, name))
		n->free_bytes += (unsigned long long)left * 1024 *
				 strtoull(name + strlen("hugepages-"), NULL, 10);
}

static void add_node(const char *name, void *arg)
{
	struct pages *p = arg;
	struct node_pages n = {p->d, name, 0};
	char folder[128];
	size_t len = strlen(p->poor);

	snprintf(folder, sizeof(folder), "/sys/devices/system/node/%s/hugepages", name);
	doctor_each(p->d, folder, "hugepages-*kB", add_node_size, &n);
	doctor_more(p->f, "%s%s %llu MiB", p->nodes++ ? ", " : "; ", name, n.free_bytes / MEBIBYTE);
	if (n.free_bytes < DPDK_BYTES)
		snprintf(p->poor + len, sizeof(p->poor) - len, "%s%s", len ? ", " : "", name);
}

void check_hugepages(const struct doctor *d, struct doctor_finding *f)
{
	struct pages p = {.d = d, .f = f};

	if (!doctor_each(d, "/sys/kernel/mm/hugepages", "hugepages-*kB", add_size, &p)) {
		doctor_found(f, DOCTOR_NA, "this kernel has none");
		return;
	}
	if (p.err || !p.kib) {
		doctor_unread(f, "/sys/kernel/mm/hugepages", p.err);
		return;
	}
	if (doctor_each(d, "/sys/devices/system/node", "node[0-9]*", NULL, NULL) > 1)
		doctor_each(d, "/sys/devices/system/node", "node[0-9]*", add_node, &p);
	if (p.free_bytes >= DPDK_BYTES && !p.poor[0]) {
		f->state = DOCTOR_OK;
		return;
	}
	f->state = DOCTOR_WARN;
	if (p.nodes > 1)
		doctor_command(f,
			       "for node in /sys/devices/system/node/node[0-9]*; do echo %llu > "
			       "$node/hugepages/hugepages-%llukB/nr_hugepages; done",
			       (2 * DPDK_BYTES + p.kib * 1024 - 1) / (p.kib * 1024), p.kib);
	else
		doctor_command(f,
			       "echo %llu > /sys/kernel/mm/hugepages/hugepages-%llukB/nr_hugepages",
			       (2 * DPDK_BYTES + p.kib * 1024 - 1) / (p.kib * 1024), p.kib);
}

void check_thp(const struct doctor *d, struct doctor_finding *f)
{
	static const char path[] = "/sys/kernel/mm/transparent_hugepage/enabled";
	char now[32];

	if (!doctor_exists(d, path)) {
		doctor_found(f, DOCTOR_NA, "this kernel has none");
	} else if (!doctor_choice(d, now, sizeof(now), path)) {
		doctor_unread(f, path, errno);
	} else if (strcmp(now, "always")) {
		doctor_found(f, DOCTOR_OK, "%s", now);
	} else {
		doctor_found(f, DOCTOR_WARN, "always");
		doctor_command(f, "echo madvise > %s", path);
	}
}

void check_numa_balancing(const struct doctor *d, struct doctor_finding *f)
{
	static const char path[] = "/proc/sys/kernel/numa_balancing";
	size_t nodes = doctor_each(d, "/sys/devices/system/node", "node[0-9]*", NULL, NULL);
	long long on;

	if (!doctor_exists(d, path)) {
		doctor_found(f, DOCTOR_NA, "this kernel has none");
	} else if (!doctor_number(d, &on, path)) {
		doctor_unread(f, path, errno);
	} else if (on && nodes > 1) {
		doctor_found(f, DOCTOR_WARN, "on, %zu nodes", nodes);
		doctor_command(f, "sysctl -w kernel.numa_balancing=0");
	} else {
		doctor_found(f, DOCTOR_OK, "%s, %zu node%s", on ? "on" : "off", nodes,
			     nodes == 1 ? "" : "s");
	}
}

/* CAP_IPC_LOCK is number 14 (linux/capability.h). */
static bool may_lock(const struct doctor *d)
{
	char *text = doctor_file(d, "/proc/thread-self/status");
	char *at = text ? strstr(text, "\nCapEff:") : NULL;
	bool may = at && strtoull(at + strlen("\nCapEff:"), NULL, 16) >> 14 & 1;

	free(text);
	return may;
}

void check_memlock(const struct doctor *d, struct doctor_finding *f)
{
	static const char key[] = "Max locked memory";
	char *text = doctor_file(d, "/proc/thread-self/limits"), soft[32];
	char *at = text ? strstr(text, key) : NULL;

	if (!text)
		doctor_unread(f, "/proc/self/limits", errno);
	else if (!at || sscanf(at + strlen(key), " %31s", soft) != 1)
		doctor_unread(f, "/proc/self/limits", EINVAL);
	else if (!strcmp(soft, "unlimited") || may_lock(d))
		doctor_found(f, DOCTOR_OK, "limit %s%s, CAP_IPC_LOCK %s", soft,
			     strcmp(soft, "unlimited") ? " bytes" : "",
			     may_lock(d) ? "there" : "missing");
	else {
		doctor_found(f, DOCTOR_WARN, "limit %s bytes, CAP_IPC_LOCK missing", soft);
		doctor_command(f, "ulimit -l unlimited");
	}
	free(text);
}
