/*
 * What a host is, from /proc and /sys; see probe.h. Facts that are the first line of a file
 * are rows. Reads little: it runs before each run, on each side.
 */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "clock.h"
#include "json.h"

#define SYS_CPU "/sys/devices/system/cpu"
#define CPUS_MAX 65536

/* A fact that stands in the first line of a file. */
struct file_fact {
	const char *key;
	const char *path;
};

static const struct file_fact file_facts[] = {
	{"clocksource", "/sys/devices/system/clocksource/clocksource0/current_clocksource"},
	{"governor", SYS_CPU "/cpu0/cpufreq/scaling_governor"},
	{"smt", SYS_CPU "/smt/control"},
	{"isolated_cpus", SYS_CPU "/isolated"},
	{"nohz_full_cpus", SYS_CPU "/nohz_full"},
	{"transparent_hugepages", "/sys/kernel/mm/transparent_hugepage/enabled"},
	{"hugepages_2m", "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"},
	{"hugepages_1g", "/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages"},
};

/* Set obj[key]; a value that could not be had, or made, is null. */
static void put(json_t *obj, const char *key, json_t *value)
{
	json_object_set_new(obj, key, value ? value : json_null());
}

/* First line of a file as a string; NULL if it cannot be read. */
static json_t *first_line(const char *path)
{
	FILE *f = fopen(path, "re");
	char line[4096];
	json_t *value = NULL;

	if (!f)
		return NULL;
	if (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		value = json_string(line);
	}
	fclose(f);
	return value;
}

/* The text after "KEY ... :" in the block of the first CPU; arm64 has no model name. */
static void probe_cpuinfo(json_t *obj)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	json_t *model = NULL, *virtualised = NULL;
	char line[4096];

	while (f && fgets(line, sizeof(line), f) && line[0] != '\n') {
		char *value = strstr(line, ": ");

		if (!value)
			continue;
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "model name", 10) == 0 && !model)
			model = json_string(value + 2);
		/* The CPUID bit that only hypervisors set. */
		if (strncmp(line, "flags", 5) == 0 && !virtualised)
			virtualised = json_boolean(strstr(value, " hypervisor") != NULL);
	}
	if (f)
		fclose(f);
	put(obj, "cpu_model", model);
	put(obj, "virtualised", virtualised);
}

/* How many entries of PATH are PREFIX and a number; NULL if it cannot be read. */
static json_t *count_numbered(const char *path, const char *prefix)
{
	DIR *dir = opendir(path);
	size_t len = strlen(prefix);
	struct dirent *entry;
	json_int_t n = 0;

	if (!dir)
		return NULL;
	while ((entry = readdir(dir)))
		if (strncmp(entry->d_name, prefix, len) == 0 && entry->d_name[len] >= '0' &&
		    entry->d_name[len] <= '9')
			n++;
	closedir(dir);
	return json_integer(n);
}

/* {"spectre_v2": "Mitigation: ...", ...}: what the kernel does about each, which costs time. */
static json_t *probe_mitigations(void)
{
	static const char folder[] = SYS_CPU "/vulnerabilities";
	struct dirent **names;
	json_t *obj;
	int i, n;

	n = scandir(folder, &names, NULL, alphasort);
	if (n < 0)
		return NULL;
	obj = json_object();
	for (i = 0; i < n; i++) {
		char path[512];

		if (obj && names[i]->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
			put(obj, names[i]->d_name, first_line(path));
		}
		free(names[i]);
	}
	free(names);
	return obj;
}

json_t *host_probe(void)
{
	char boot_id[CLOCK_BOOT_ID_LEN];
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	json_t *obj = json_object();
	struct utsname uts;
	bool named = uname(&uts) == 0;
	size_t i;

	if (!obj)
		return NULL;
	put(obj, "hostname", named ? json_string(uts.nodename) : NULL);
	put(obj, "kernel", named ? json_string(uts.release) : NULL);
	put(obj, "kernel_build", named ? json_string(uts.version) : NULL);
	put(obj, "arch", named ? json_string(uts.machine) : NULL);
	put(obj, "boot_id", clock_boot_id(boot_id) == 0 ? json_string(boot_id) : NULL);
	probe_cpuinfo(obj);
	put(obj, "cpus", cpus > 0 ? json_integer(cpus) : NULL);
	put(obj, "cpus_usable", json_integer(host_cpu_count()));
	put(obj, "memory_bytes",
	    pages > 0 && page > 0 ? json_integer((json_int_t)pages * page) : NULL);
	put(obj, "numa_nodes", count_numbered("/sys/devices/system/node", "node"));
	put(obj, "btf", json_boolean(access("/sys/kernel/btf/vmlinux", R_OK) == 0));
	put(obj, "mitigations", probe_mitigations());
	for (i = 0; i < sizeof(file_facts) / sizeof(file_facts[0]); i++)
		put(obj, file_facts[i].key, first_line(file_facts[i].path));
	return obj;
}

int host_cpu_count(void)
{
	size_t n;

	/* EINVAL: the kernel was built for more CPUs than the set has room for. */
	for (n = CPU_SETSIZE; n <= CPUS_MAX; n *= 2) {
		cpu_set_t *set = CPU_ALLOC(n);
		int count = -1;

		if (!set)
			return 0;
		if (sched_getaffinity(0, CPU_ALLOC_SIZE(n), set) == 0)
			count = CPU_COUNT_S(CPU_ALLOC_SIZE(n), set);
		CPU_FREE(set);
		if (count >= 0)
			return count;
		if (errno != EINVAL)
			return 0;
	}
	return 0;
}
