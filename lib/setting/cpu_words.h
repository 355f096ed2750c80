/*
 * Which CPUs what belongs to a queue goes to, in a user's words:
 *
 *   same      the CPU of the worker that serves the queue (the side's cpus)
 *   other     another core of the same NUMA node, none of the side's
 *   far       a core of another node
 *   spread    queue by queue over the CPUs of the device's node, round robin
 *   one:CPU   all on that one
 *   list:A+B  queue i on the i-th, round robin
 *   all, none every queue on all CPUs of the node, or none: for masks that may be so
 *
 * Canonical: a set for each, separated by spaces ("0 1 0-3+8 none"). Pure: reads nothing.
 */
#ifndef RINGLOSS_HOST_CPU_WORDS_H
#define RINGLOSS_HOST_CPU_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "cpus.h"
#include "error.h"
#include "knob.h"

/* What the words are about. */
struct cpu_where {
	const struct cpu_topology *topology;
	int node;             /* of the device; -1: not told */
	struct cpu_list side; /* its cpus; none: the words that need them are refused */
	uint64_t queues;      /* of the side */
	uint32_t first;       /* its first thread that receives (cpu_deal.h) */
};

/* What gets CPUs. */
struct cpu_user {
	unsigned int queue; /* of the device, that it belongs to */
	bool sends;         /* and does not receive */
};

/* For knobs: NULL if TEXT is "one:CPU" or "list:CPU+CPU", else why it is not. */
const char *cpu_words_check(const char *text);
#define CPU_WORDS_FORM "one:CPU|list:CPU+CPU"

/*
 * ASKED for N USERS into SETS. Canonical text too: as
 * it stands, cut or repeated to fit. 0 or a negative errno with *err set: the remedy in it.
 */
int cpu_words_resolve(const char *asked, const struct cpu_where *where,
		      const struct cpu_user *users, size_t n, cpu_set_t *sets, struct error *err);

/* Sets as canonical text of SIZE bytes; -EFBIG. And back, N sets at most; *n of them. */
int cpu_sets_format(const cpu_set_t *sets, size_t n, char *text, size_t size);
int cpu_sets_parse(const char *text, cpu_set_t *sets, size_t max, size_t *n);

#endif
