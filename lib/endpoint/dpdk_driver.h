/* What is known of DPDK's drivers by name; nothing here is found out by trying. */
#ifndef RINGLOSS_ENDPOINT_DPDK_DRIVER_H
#define RINGLOSS_ENDPOINT_DPDK_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dpdk_driver {
	const char *name; /* as DPDK has it: "net_memif"; of a row for the rest: NULL */
	const char *mode; /* what the ledger matches */
	const char *file_arg, *file_mode; /* with this argument it is another mode, or NULL */
	/*
	 * It leaves the buffers of a private TX pool alone: neither data_off, lengths and
	 * ol_flags nor the frame are changed by sending, and none is given to somebody who may.
	 */
	bool keeps_buffers;
	bool counts_missed;   /* imissed is what it says, if not all of it */
	bool counts_nombuf;   /* rx_nombuf counts frames */
	bool ignores_mtu;     /* takes longer frames than max_mtu says */
	bool opens_once;      /* in a process: what it leaves when closed is in the way */
	bool has_rings;       /* number of descriptors means something: the ring asked for is had */
	const char *ring_arg; /* argument of a virtual device with the size of its rings */
	bool ring_arg_log2;   /* as a power of two */
	const char *buffer_arg; /* likewise, with the size of a buffer that must hold a frame */
	const char *passive;    /* with this argument the other end says sizes, and connects */
	int socket_family;      /* of the sockets that it opens, AF_XDP or AF_PACKET; 0: none */
	uint32_t extra_mbufs;   /* that it takes from a queue's RX pool beyond the ring */
};

/* The row of a driver; the last one, which supposes nothing, for those without. */
const struct dpdk_driver *dpdk_driver_find(const char *name, bool pci);

#endif
