/*
 * The sockets that a DPDK driver opens for itself, found among the process's descriptors: they
 * tell what its own counters hide.
 */
#ifndef RINGLOSS_ENDPOINT_DPDK_SOCKETS_H
#define RINGLOSS_ENDPOINT_DPDK_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/if_xdp.h>

#include "endpoint.h"

struct dpdk_sockets {
	int family;                  /* AF_XDP, AF_PACKET; 0: none are looked for */
	int fd[ENDPOINT_QUEUES_MAX]; /* the driver's, not owned */
	uint32_t n;
	uint64_t packet_drops; /* AF_PACKET: all that was read so far, for reading clears it */
};

/* A set of the descriptors that are open now. */
#define DPDK_FDS_MAX 4096
struct dpdk_fds {
	uint64_t open[DPDK_FDS_MAX / 64]; /* a bit each */
};
static inline bool dpdk_fds_has(const struct dpdk_fds *fds, int fd)
{
	return fds->open[fd / 64] & 1ULL << fd % 64;
}
void dpdk_fds_look(struct dpdk_fds *fds);

/*
 * Wait until no AF_XDP socket is bound to the first QUEUES queues of DEVICE: the kernel gives a
 * queue back some time after its socket was closed, and the driver fails meanwhile. Only for
 * virtual devices, where it can be found out without taking the queue.
 */
void dpdk_xsk_wait_free(const struct device *device, uint32_t queues);

/* The sockets of FAMILY that are open now and were not in BEFORE. */
void dpdk_sockets_find(struct dpdk_sockets *s, int family, const struct dpdk_fds *before);

/*
 * Close those that a driver has left open after its port was closed: net_af_xdp of DPDK 22.11 never
 * comes to destroy its umem (eth_dev_close compares one count too late), which holds the
 * socket and so the queue.
 */
void dpdk_sockets_close(struct dpdk_sockets *s);

/* Sums of the sockets' XDP_STATISTICS; false when a socket does not tell. */
bool dpdk_sockets_xdp(const struct dpdk_sockets *s, struct xdp_statistics *sum);

/* Frames that found no room in the sockets' RX rings since they were opened. */
bool dpdk_sockets_packet(struct dpdk_sockets *s, uint64_t *drops);

/* Have the kernel send what waits in the AF_PACKET sockets' TX rings; true when none does. */
bool dpdk_sockets_kick(const struct dpdk_sockets *s);

#endif
