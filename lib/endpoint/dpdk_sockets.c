/* Sockets of DPDK's drivers; see dpdk_sockets.h. */
#include "dpdk_sockets.h"

#include <dirent.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "patience.h"

#define PROBE_SIZE 4096 /* a page */

void dpdk_fds_look(struct dpdk_fds *fds)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	memset(fds, 0, sizeof(*fds));
	while (dir && (entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		if (fd >= 0 && fd < DPDK_FDS_MAX && fd != dirfd(dir) && entry->d_name[0] != '.')
			fds->open[fd / 64] |= 1ULL << fd % 64;
	}
	if (dir)
		closedir(dir);
}

/*
 * Binds to QUEUE for zero-copy, which a device without hardware refuses, but only after it
 * has been seen whether the queue is free (net/xdp/xsk_buff_pool.c, xp_assign_dev).
 */
static bool is_bound(int ifindex, uint32_t queue, void *page)
{
	struct xdp_umem_reg umem = {
		.addr = (uintptr_t)page, .len = PROBE_SIZE, .chunk_size = PROBE_SIZE};
	struct sockaddr_xdp name = {.sxdp_family = AF_XDP,
				    .sxdp_flags = XDP_ZEROCOPY,
				    .sxdp_ifindex = (uint32_t)ifindex,
				    .sxdp_queue_id = queue};
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0), ring = 1;
	bool bound = false;

	if (fd < 0)
		return false;
	if (!setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &umem, sizeof(umem)) &&
	    !setsockopt(fd, SOL_XDP, XDP_UMEM_FILL_RING, &ring, sizeof(ring)) &&
	    !setsockopt(fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &ring, sizeof(ring)) &&
	    !setsockopt(fd, SOL_XDP, XDP_RX_RING, &ring, sizeof(ring)) &&
	    bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
		bound = errno == EBUSY;
	close(fd);
	return bound;
}

void dpdk_xsk_wait_free(const struct device *device, uint32_t queues)
{
	void *page = device->bus[0] ? NULL : aligned_alloc(PROBE_SIZE, PROBE_SIZE);
	uint64_t deadline = 0;
	uint32_t q;

	for (q = 0; page && q < queues; q++)
		while (is_bound(device->ifindex, q, page) && patience(&deadline))
			;
	free(page);
}

static bool is_of_family(int fd, int family)
{
	int domain = 0;
	socklen_t len = sizeof(domain);

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) && domain == family;
}

void dpdk_sockets_find(struct dpdk_sockets *s, int family, const struct dpdk_fds *before)
{
	struct dpdk_fds now;
	int fd;

	memset(s, 0, sizeof(*s));
	s->family = family;
	if (!family)
		return;
	dpdk_fds_look(&now);
	for (fd = 0; fd < DPDK_FDS_MAX && s->n < ENDPOINT_QUEUES_MAX; fd++) {
		if (!dpdk_fds_has(&now, fd) || dpdk_fds_has(before, fd) ||
		    !is_of_family(fd, family))
			continue;
		s->fd[s->n++] = fd;
	}
}

void dpdk_sockets_close(struct dpdk_sockets *s)
{
	uint32_t i;

	for (i = 0; i < s->n; i++)
		if (is_of_family(s->fd[i], s->family))
			close(s->fd[i]);
	s->n = 0;
}

bool dpdk_sockets_xdp(const struct dpdk_sockets *s, struct xdp_statistics *sum)
{
	uint32_t i;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < s->n; i++) {
		struct xdp_statistics one = {0};
		socklen_t len = sizeof(one);

		/* before Linux 5.9 there are three fields, and the first holds ring_full too */
		if (getsockopt(s->fd[i], SOL_XDP, XDP_STATISTICS, &one, &len) < 0 ||
		    len < sizeof(one))
			return false;
		sum->rx_dropped += one.rx_dropped;
		sum->rx_invalid_descs += one.rx_invalid_descs;
		sum->tx_invalid_descs += one.tx_invalid_descs;
		sum->rx_ring_full += one.rx_ring_full;
		sum->rx_fill_ring_empty_descs += one.rx_fill_ring_empty_descs;
		sum->tx_ring_empty_descs += one.tx_ring_empty_descs;
	}
	return s->n > 0;
}

bool dpdk_sockets_packet(struct dpdk_sockets *s, uint64_t *drops)
{
	uint32_t i;

	for (i = 0; i < s->n; i++) {
		struct tpacket_stats stats;
		socklen_t len = sizeof(stats);

		if (getsockopt(s->fd[i], SOL_PACKET, PACKET_STATISTICS, &stats, &len) < 0)
			return false;
		s->packet_drops += stats.tp_drops;
	}
	*drops = s->packet_drops;
	return s->n > 0;
}

bool dpdk_sockets_kick(const struct dpdk_sockets *s)
{
	bool empty = true;
	uint32_t i;

	/* the bytes that were sent, so 0 when there was nothing (net/packet/af_packet.c) */
	for (i = 0; i < s->n; i++)
		empty &= sendto(s->fd[i], NULL, 0, MSG_DONTWAIT, NULL, 0) == 0;
	return empty;
}
