/* What the bpf system call tells of programs that are attached. */
#ifndef RINGLOSS_DEVICE_BPF_QUERY_H
#define RINGLOSS_DEVICE_BPF_QUERY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Numbers of the programs at a tcx hook (kernel 6.6) of an interface, at most MAX. How many; 0 for
 * a kernel that has no tcx. A negative errno: -EPERM without CAP_NET_ADMIN.
 */
int bpf_tcx_list(int ifindex, bool egress, uint32_t *ids, uint32_t max);

/* The name of program ID, "" if it has none or the kernel does not say (without CAP_SYS_ADMIN). */
void bpf_program_name(uint32_t id, char name[16]);

/*
 * How many programs are at the tcx hooks of an interface (kernel 6.6), both directions together; 0
 * for a kernel that has no tcx. A negative errno: -EPERM without CAP_NET_ADMIN.
 */
int bpf_tcx_programs(int ifindex);

/*
 * The number of the XDP link that holds program ID: such a one goes with its owner and cannot be
 * taken off by netlink. 0: none does, or the kernel does not say (before 5.8, without
 * CAP_SYS_ADMIN).
 */
uint32_t bpf_xdp_link(uint32_t id);

#endif
