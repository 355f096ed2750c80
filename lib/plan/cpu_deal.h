/* How a side's queues are dealt out to its CPUs; workers do so, and settings follow them. */
#ifndef RINGLOSS_PLAN_CPU_DEAL_H
#define RINGLOSS_PLAN_CPU_DEAL_H

#include "knob.h"

/* Threads that QUEUES are served by, a CPU each. */
static inline uint32_t cpu_deal_threads(const struct cpu_list *cpus, uint64_t queues)
{
	return cpus->n < queues ? cpus->n : (uint32_t)queues;
}

/*
 * The CPU of thread I; of a side with both roles the sinks come after the generators: FIRST is how
 * many there are of these, else 0. Thread I serves queues I, I + threads, ...
 */
static inline uint16_t cpu_deal(const struct cpu_list *cpus, uint32_t first, uint64_t i)
{
	return cpus->cpu[(first + i) % cpus->n];
}

#endif
