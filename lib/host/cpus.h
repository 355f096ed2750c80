/*
 * Sets of CPUs as text, and what the kernel says of how CPUs lie beside each other.
 */
#ifndef RINGLOSS_HOST_CPUS_H
#define RINGLOSS_HOST_CPUS_H

#include <sched.h>
#include <stddef.h>
#include <stdint.h>

#define CPUS_TEXT_MAX 4096 /* a set of CPU_SETSIZE as text, each way of writing it */
#define CPUS_NONE "none"   /* the empty set */

/*
 * "0-3,8" with SEPARATOR ',' (the kernel's: smp_affinity_list) or "0-3+8" (a plan's, where a comma
 * is an axis); CPUS_NONE or "" is no CPU. 0, -EINVAL, -ERANGE from CPU_SETSIZE on.
 */
int cpus_parse(const char *text, char separator, cpu_set_t *set);
void cpus_format(const cpu_set_t *set, char separator, char text[CPUS_TEXT_MAX]);

/* Masks in hex, groups of 32 bits with commas between: rps_cpus, xps_cpus. */
int cpus_parse_mask(const char *text, cpu_set_t *set);
void cpus_format_mask(const cpu_set_t *set, char text[CPUS_TEXT_MAX]);

/* Where CPUs are. */
struct cpu_topology {
	cpu_set_t online;
	cpu_set_t allowed;         /* those of them that this process may use */
	int16_t node[CPU_SETSIZE]; /* NUMA node; -1: not told */
	int16_t core[CPU_SETSIZE]; /* the lowest of its SMT siblings */
};

/* 0 or a negative errno. */
int cpu_topology_read(struct cpu_topology *topology);

#endif
