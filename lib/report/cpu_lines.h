/* Which CPUs the network's work was done on, as text: proof of where interrupts and RPS went. */
#ifndef RINGLOSS_REPORT_CPU_LINES_H
#define RINGLOSS_REPORT_CPU_LINES_H

#include <jansson.h>

/*
 * Lines of TRIALS, one for each side and what it was asked of CPUs ("rx, irq.affinity same:
 * interrupts on CPU 1 100 %; NET_RX on CPU 1 97 %, 0 3 %"): of sides whose device has interrupts,
 * or that were asked. Softirqs, of those that receive, are the whole host's. An array of strings, a
 * new reference; NULL: no memory.
 */
json_t *cpu_lines(const json_t *trials);

#endif
