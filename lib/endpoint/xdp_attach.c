/* Attaching a sink's XDP program; see xdp_attach.h. */
#include "xdp_attach.h"

#include <linux/if_link.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "patience.h"

const char *const xdp_mode_names[] = {"native", "generic", NULL};

/* Who is there already, for the message; 0 if nobody or unknown. */
static uint32_t attached_program(int ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);

	if (bpf_xdp_query(ifindex, 0, &opts) < 0)
		return 0;
	return opts.prog_id ? opts.prog_id : opts.skb_prog_id ? opts.skb_prog_id : opts.drv_prog_id;
}

static int attach_error(const struct device *dev, uint32_t mode, int ret, struct error *err)
{
	uint32_t other = attached_program(dev->ifindex);

	if (other)
		return error_set(
			err, EX_TEMPFAIL, ret,
			"%s has another XDP program (id %u): see `bpftool prog show id %u`, "
			"end its owner, or ip link set dev %s xdp off",
			dev->ifname, other, other, dev->ifname);
	if (mode == XDP_MODE_NATIVE)
		return error_set(
			err, EX_UNAVAILABLE, ret,
			"%s (driver %s, MTU %u) refuses native XDP: %s; xdp_mode = generic, a "
			"smaller MTU, or for veth as many RX queues as its peer has TX queues",
			dev->ifname, dev->driver, dev->mtu, strerror(-ret));
	return error_set(err, EX_UNAVAILABLE, ret, "%s refuses generic XDP: %s", dev->ifname,
			 strerror(-ret));
}

int xdp_attach(const struct device *device, int prog_fd, uint32_t mode, struct error *err)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts,
		    .flags = mode == XDP_MODE_GENERIC ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	uint64_t deadline = 0;
	int fd;

	do
		fd = bpf_link_create(prog_fd, device->ifindex, BPF_XDP, &opts);
	while ((fd == -EBUSY || fd == -EEXIST) && patience(&deadline));
	return fd < 0 ? attach_error(device, mode, fd, err) : fd;
}
