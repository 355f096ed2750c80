/*
 * The BPF program on the sockets under DPDK's net_af_packet: that of endpoint packet. It runs
 * before the ring is looked at, counts ours and foreign apart and lets only ours in, so that every
 * frame that finds no room is one of ours. What the host itself sends is never let in.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "dpdk.h"
#include "packet_sink.skel.h"
#include "verdicts.h"

int dpdk_tap_attach(struct dpdk_priv *p, struct error *err)
{
	static const struct stamp_expect nothing_yet;
	uint32_t i;
	int ret, fd;

	p->tap = packet_sink__open_and_load();
	if (!p->tap)
		return error_set(err, EX_OSERR, -errno,
				 "the kernel refuses the BPF programs of an AF_PACKET sink: %s; "
				 "they need CAP_BPF and CAP_NET_ADMIN, and kernel 6.1 or later",
				 strerror(errno));
	ret = dpdk_tap_expect(p, &nothing_yet, err);
	fd = bpf_program__fd(p->tap->progs.packet_tap);
	for (i = 0; !ret && i < p->sockets.n; i++)
		if (setsockopt(p->sockets.fd[i], SOL_SOCKET, SO_ATTACH_BPF, &fd, sizeof(fd)) < 0)
			ret = error_set(err, EX_OSERR, -errno,
					"cannot attach a program to net_af_packet's socket: %s",
					strerror(errno));
	return ret;
}

void dpdk_tap_detach(struct dpdk_priv *p)
{
	packet_sink__destroy(p->tap);
	p->tap = NULL;
}

int dpdk_tap_expect(struct dpdk_priv *p, const struct stamp_expect *expect, struct error *err)
{
	return p->tap ? verdicts_expect(bpf_map__fd(p->tap->maps.config), expect, p->n, err) : 0;
}

void dpdk_tap_stats(const struct dpdk_priv *p, struct sample *samples)
{
	static const struct {
		enum verdict verdict;
		enum dpdk_count count;
	} rows[] = {
		{VERDICT_OURS, COUNT_TAP_OURS},
		{VERDICT_STALE, COUNT_TAP_STALE},
		{VERDICT_FOREIGN, COUNT_TAP_FOREIGN},
		{VERDICT_MERGED, COUNT_TAP_MERGED},
		{VERDICT_MERGED_PACKETS, COUNT_TAP_MERGED_PACKETS},
	};
	struct sample verdicts[VERDICT_COUNT];
	size_t i;

	if (!p->tap)
		return;
	verdicts_read(bpf_map__fd(p->tap->maps.verdicts), verdicts, VERDICT_COUNT);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		samples[rows[i].count].state = verdicts[rows[i].verdict].state;
		samples[rows[i].count].value = verdicts[rows[i].verdict].value;
	}
}
