/* BPF_PROG_QUERY at the tcx hooks; see tcx.h. */
#include "tcx.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

/* enum bpf_attach_type since kernel 6.6; the headers of Debian 12 are older. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47

int tcx_programs(int ifindex)
{
	int hook, n = 0;

	for (hook = TCX_INGRESS; hook <= TCX_EGRESS; hook++) {
		/* the interface stands where a file descriptor would (kernel/bpf/tcx.c) */
		union bpf_attr attr = {
			.query = {.target_fd = (__u32)ifindex, .attach_type = (__u32)hook}};

		if (!syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)))
			n += (int)attr.query.prog_cnt;
		else if (errno != EINVAL && errno != ENOENT && errno != EOPNOTSUPP)
			return -errno;
	}
	return n;
}
