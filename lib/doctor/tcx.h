/* Programs at the tcx hooks of an interface (kernel 6.6). */
#ifndef RINGLOSS_DOCTOR_TCX_H
#define RINGLOSS_DOCTOR_TCX_H

/*
 * How many, both directions together; 0 for a kernel that has no tcx. A negative errno: -EPERM
 * without CAP_NET_ADMIN.
 */
int tcx_programs(int ifindex);

#endif
