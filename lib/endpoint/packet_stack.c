/*
 * A tap gets a copy: the frame itself goes on into the stack, which finds no receiver for
 * it, moves Udp.NoPorts and sends an ICMP error to the generator. Three ways with that:
 *
 *   stop  a BPF program at the device's tcx ingress hook (kernel 6.6), which lies right behind the
 *         taps, drops our frames and passes all others. It moves no counter, costs the least and
 *         goes with its link, so with this process.
 *   deaf  a UDP socket on our address and port whose filter drops everything, on older kernels:
 *         IP and UDP do their work, no ICMP goes out. Moves Ip.InReceives, Ip.InDelivers and
 *         Udp.InErrors, which are no loss of ours: they lie behind the tap.
 *   pass  nothing is done: the price of a tap beside a stack that handles the frames, too.
 */
#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "packet.h"
#include "packet_sink.skel.h"
#include "udp.h"

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS of enum bpf_attach_type since kernel 6.6 */

const char *const packet_stack_names[] = {"auto", "stop", "deaf", "pass", NULL};

static int stop_behind_tap(struct endpoint *ep, struct error *err)
{
	struct packet_priv *p = ep->priv;
	int fd =
		bpf_link_create(bpf_program__fd(p->skel->progs.packet_stop),
				ep->setup.device->ifindex, (enum bpf_attach_type)TCX_INGRESS, NULL);

	if (fd < 0)
		return error_set(err, EX_UNAVAILABLE, fd,
				 "%s refuses a tcx program: %s; it needs kernel 6.6; stack = deaf",
				 ep->setup.device->ifname, strerror(-fd));
	p->stack_fd = fd;
	return 0;
}

static int be_deaf(struct endpoint *ep, struct error *err)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = {.len = 1, .filter = &drop};
	struct packet_priv *p = ep->priv;
	int fd = udp_bound_socket(&ep->setup, ep->setup.rx_ip, ep->setup.rx_port, false, err);

	/* to an address that is not the host's the stack answers nothing */
	if (fd == -EADDRNOTAVAIL)
		return 0;
	if (fd < 0)
		return fd;
	p->stack_fd = fd;
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0)
		return error_set(err, EX_OSERR, -errno, "cannot attach a socket filter: %s",
				 strerror(errno));
	return 0;
}

int packet_stack_open(struct endpoint *ep, struct error *err)
{
	const struct packet_config *cfg = ep->setup.config;
	struct packet_priv *p = ep->priv;
	int ret;

	p->stack = (enum packet_stack)cfg->stack;
	if (p->stack == STACK_AUTO) {
		p->stack = STACK_STOP;
		ret = stop_behind_tap(ep, err);
		/* an attach type that the kernel does not know */
		if (ret != -EINVAL && ret != -EOPNOTSUPP)
			return ret;
		p->stack = STACK_DEAF;
	}
	switch (p->stack) {
	case STACK_STOP:
		return stop_behind_tap(ep, err);
	case STACK_DEAF:
		return be_deaf(ep, err);
	default:
		return 0;
	}
}
