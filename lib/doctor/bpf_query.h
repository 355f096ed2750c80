/* What the bpf system call tells of programs that are attached. */
#ifndef RINGLOSS_DOCTOR_BPF_QUERY_H
#define RINGLOSS_DOCTOR_BPF_QUERY_H

#include <stdint.h>

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
