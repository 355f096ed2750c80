/*
 * Which CPUs a device kept busy: its interrupts and the network's softirqs, CPU by CPU. What the
 * counters have as sums, for people who set the CPUs of interrupts.
 */
#ifndef RINGLOSS_COUNTER_CPU_WORK_H
#define RINGLOSS_COUNTER_CPU_WORK_H

#include <jansson.h>

/*
 * [{"cpu", "interrupts", "net_rx", "net_tx"}] since boot, of CPUs that had any. "interrupts" are
 * those of the PCI device BUS (/sys/kernel/irq/N/per_cpu_count, kernel 4.9), left out without one;
 * "net_rx" and "net_tx" how often these softirqs ran (/proc/softirqs), for any device. New
 * reference; NULL where softirqs cannot be read.
 */
json_t *cpu_work_json(const char *bus);

#endif
