/*
 * What the observer must know of the running kernel: the names of drop reasons, the arguments of
 * tracepoints (both from BTF), and the functions behind addresses (/proc/kallsyms).
 */
#ifndef RINGLOSS_OBSERVER_KERNEL_H
#define RINGLOSS_OBSERVER_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct kernel;

/* -ENOTSUP without BTF, or where addresses are hidden. 0 with *kernel, which the caller closes. */
int kernel_open(struct kernel **kernel, struct error *err);
void kernel_close(struct kernel *kernel);

/* Arguments of tracepoint NAME; -1: there is no such tracepoint. */
int kernel_tracepoint_arguments(const struct kernel *kernel, const char *name);

/* Whether the kernel offers function NAME to BPF programs. */
bool kernel_has_function(const struct kernel *kernel, const char *name);

/* "NETFILTER_DROP" of enum skb_drop_reason; "reason N" where it has no name. Into BUF, returned. */
const char *kernel_reason_name(const struct kernel *kernel, uint32_t reason, char *buf,
			       size_t size);

/*
 * The function that ADDRESS lies in, without what compilers append (".isra.0"); "?" where the
 * kernel does not tell. Owned by KERNEL.
 */
const char *kernel_function(struct kernel *kernel, uint64_t address);

#endif
