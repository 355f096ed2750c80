/*
 * The XDP program under DPDK's net_af_xdp: ours, attached by a bpf_link before the port is made,
 * so that it tells ours from others and goes with the process that holds it, killed or not.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "dpdk.h"
#include "patience.h"
#include "verdicts.h"
#include "xsk_def.skel.h"

static int attach(struct dpdk_priv *p, int ifindex, uint32_t flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);
	int fd = bpf_program__fd(p->skel->progs.xsk_def_prog);
	uint64_t deadline = 0;
	int ret;

	do
		ret = bpf_link_create(fd, ifindex, BPF_XDP, &opts);
	while ((ret == -EBUSY || ret == -EEXIST) && patience(&deadline));
	return ret;
}

/* Warnings are for us to read out of errors; what libbpf finds unusual in a section's name is not.
 */
static int print_warnings(enum libbpf_print_level level, const char *format, va_list ap)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, ap) : 0;
}

void dpdk_xdp_hush(struct dpdk_hushed *old)
{
	old->bpf = libbpf_set_print(NULL);
	old->xdp = libxdp_set_print(NULL);
}

void dpdk_xdp_unhush(const struct dpdk_hushed *old)
{
	libbpf_set_print(old->bpf);
	libxdp_set_print(old->xdp);
}

int dpdk_xdp_attach(struct dpdk_priv *p, const struct device *device, struct error *err)
{
	static const struct stamp_expect nothing_yet;
	libbpf_print_fn_t old = libbpf_set_print(print_warnings);
	int ret;

	p->skel = xsk_def__open_and_load();
	libbpf_set_print(old);
	if (!p->skel)
		return error_set(err, EX_OSERR, -errno,
				 "the kernel refuses the XDP program: %s; it needs CAP_BPF and "
				 "CAP_NET_ADMIN, and kernel 6.1 or later",
				 strerror(errno));
	ret = dpdk_xdp_expect(p, &nothing_yet, err);
	if (ret)
		return ret;
	p->xdp_mode = "native";
	p->link_fd = attach(p, device->ifindex, XDP_FLAGS_DRV_MODE);
	if (p->link_fd == -EOPNOTSUPP || p->link_fd == -ENOSPC || p->link_fd == -EINVAL) {
		p->xdp_mode = "generic";
		p->link_fd = attach(p, device->ifindex, XDP_FLAGS_SKB_MODE);
	}
	if (p->link_fd < 0)
		return error_set(err, EX_TEMPFAIL, p->link_fd,
				 "%s does not take the XDP program that net_af_xdp needs: %s; "
				 "another one may be there: see `bpftool net show dev %s`, end its "
				 "owner, or ip link set dev %s xdp off",
				 device->ifname, strerror(-p->link_fd), device->ifname,
				 device->ifname);
	return 0;
}

static uint32_t program_id(int fd)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);
	char path[32], target[32] = "";

	/* maps and links have numbers of their own */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, target, sizeof(target) - 1) < 0 || strcmp(target, "anon_inode:bpf-prog"))
		return 0;
	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

/* libxdp 1.3 looks the program up for each socket and leaves a descriptor of it open. */
static void close_references(int program)
{
	uint32_t id = program_id(program);
	struct dpdk_fds fds;
	int fd;

	dpdk_fds_look(&fds);
	for (fd = 0; id && fd < DPDK_FDS_MAX; fd++)
		if (fd != program && dpdk_fds_has(&fds, fd) && program_id(fd) == id)
			close(fd);
}

void dpdk_xdp_detach(struct dpdk_priv *p)
{
	if (p->skel)
		close_references(bpf_program__fd(p->skel->progs.xsk_def_prog));
	if (p->link_fd >= 0)
		close(p->link_fd);
	xsk_def__destroy(p->skel);
	p->link_fd = -1;
	p->skel = NULL;
}

int dpdk_xdp_expect(struct dpdk_priv *p, const struct stamp_expect *expect, struct error *err)
{
	if (!p->skel)
		return 0;
	return verdicts_expect(bpf_map__fd(p->skel->maps.config), expect, p->n, err);
}

void dpdk_xdp_stats(const struct dpdk_priv *p, struct sample *samples)
{
	if (p->skel)
		verdicts_read(bpf_map__fd(p->skel->maps.verdicts), samples, VERDICT_COUNT);
}
