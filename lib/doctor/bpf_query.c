/* Asking the bpf system call as it is, for its library here is older than what is asked; see
 * bpf_query.h. */
#include "bpf_query.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

/* enum bpf_attach_type since kernel 6.6; the headers of Debian 12 are older. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47

#define LINKS_MAX 4096 /* that are looked at */

static int bpf_call(int cmd, union bpf_attr *attr)
{
	long ret = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : (int)ret;
}

int bpf_tcx_programs(int ifindex)
{
	int hook, n = 0;

	for (hook = TCX_INGRESS; hook <= TCX_EGRESS; hook++) {
		/* the interface stands where a file descriptor would (kernel/bpf/tcx.c) */
		union bpf_attr attr = {
			.query = {.target_fd = (__u32)ifindex, .attach_type = (__u32)hook}};
		int ret = bpf_call(BPF_PROG_QUERY, &attr);

		if (!ret)
			n += (int)attr.query.prog_cnt;
		else if (ret != -EINVAL && ret != -ENOENT && ret != -EOPNOTSUPP)
			return ret;
	}
	return n;
}

uint32_t bpf_xdp_link(uint32_t id)
{
	uint32_t link = 0;
	int i;

	for (i = 0; i < LINKS_MAX; i++) {
		union bpf_attr next = {.start_id = link}, get, ask;
		struct bpf_link_info info = {0};
		int fd, ret;

		if (bpf_call(BPF_LINK_GET_NEXT_ID, &next))
			return 0;
		link = next.next_id;
		get = (union bpf_attr){.link_id = link};
		fd = bpf_call(BPF_LINK_GET_FD_BY_ID, &get);
		if (fd < 0)
			continue; /* it ended meanwhile */
		ask = (union bpf_attr){.info = {.bpf_fd = (__u32)fd,
						.info_len = sizeof(info),
						.info = (__u64)(uintptr_t)&info}};
		ret = bpf_call(BPF_OBJ_GET_INFO_BY_FD, &ask);
		close(fd);
		if (!ret && info.type == BPF_LINK_TYPE_XDP && info.prog_id == id)
			return link;
	}
	return 0;
}
