/* Asking the bpf system call as it is, for its library here is older than what is asked; see
 * bpf_query.h. */
#include "bpf_query.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
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

int bpf_tcx_list(int ifindex, bool egress, uint32_t *ids, uint32_t max)
{
	/* the interface stands where a file descriptor would (kernel/bpf/tcx.c) */
	union bpf_attr attr = {.query = {.target_fd = (__u32)ifindex,
					 .attach_type = egress ? TCX_EGRESS : TCX_INGRESS,
					 .prog_ids = (__u64)(uintptr_t)ids,
					 .prog_cnt = max}};
	int ret = bpf_call(BPF_PROG_QUERY, &attr);

	/* the number stands for all, if there was no room for them */
	if (ret == -ENOSPC)
		return (int)max;
	if (ret == -EINVAL || ret == -ENOENT || ret == -EOPNOTSUPP)
		return 0;
	return ret ? ret : (int)attr.query.prog_cnt;
}

void bpf_program_name(uint32_t id, char name[16])
{
	struct bpf_prog_info info = {0};
	union bpf_attr get = {.prog_id = id}, ask;
	int fd = bpf_call(BPF_PROG_GET_FD_BY_ID, &get);

	name[0] = '\0';
	if (fd < 0)
		return;
	ask = (union bpf_attr){.info = {.bpf_fd = (__u32)fd,
					.info_len = sizeof(info),
					.info = (__u64)(uintptr_t)&info}};
	if (!bpf_call(BPF_OBJ_GET_INFO_BY_FD, &ask))
		memcpy(name, info.name, sizeof(info.name));
	name[15] = '\0';
	close(fd);
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
