/*
 * What a host is: stored with each result, so that a reader can tell what was measured.
 */
#ifndef RINGLOSS_HOST_PROBE_H
#define RINGLOSS_HOST_PROBE_H

#include <jansson.h>

/*
 * {"hostname", "kernel", "boot_id", "arch", "cpu_model", "cpus", "memory_bytes", "numa_nodes",
 *  "clocksource", "governor", "virtualised", "btf", "mitigations", ...}; what could
 * not be read is null. New reference; NULL when out of memory.
 */
json_t *host_probe(void);

/* CPUs this process may run on (sched_getaffinity); 0 on failure. */
int host_cpu_count(void);

#endif
