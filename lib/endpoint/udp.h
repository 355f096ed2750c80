/* UDP sockets: what generator and sink share; private to the back end. */
#ifndef RINGLOSS_ENDPOINT_UDP_H
#define RINGLOSS_ENDPOINT_UDP_H

#include <stdatomic.h>
#include <sys/socket.h>

#include "endpoint.h"

struct udp_sink;

struct udp_config {
	uint64_t rcvbuf;    /* bytes, 0: the system's default */
	uint64_t sndbuf;    /* bytes, 0: the system's default */
	uint64_t busy_poll; /* us, 0: off */
};

struct udp_queue {
	/* generator */
	uint8_t *tx_buf; /* ENDPOINT_BURST frames of tx_stride bytes */
	uint32_t tx_stride;
	struct mmsghdr tx_msg[ENDPOINT_BURST];
	struct iovec tx_iov[ENDPOINT_BURST];
	_Atomic uint64_t eperm; /* read by the control thread */
	bool last_was_eperm;    /* of the refusals whose errno was told */
	/* sink */
	int rx_fd;
	uint8_t *rx_buf;
	uint32_t rx_stride;
	struct mmsghdr rx_msg[ENDPOINT_BURST];
	struct iovec rx_iov[ENDPOINT_BURST];
	uint32_t drops_seen; /* SK_MEMINFO_DROPS at the last look */
	uint64_t drops;      /* the same, 64 bits wide */
};

struct udp_priv {
	struct udp_queue *queues;
	uint32_t n;
	int *flow_fd; /* a socket a flow */
	uint32_t n_flows;
	struct udp_sink *skel;
};

/* setsockopt of an int. 0 or a negative errno. */
int udp_set_option(int fd, int level, int name, int value);

/* A datagram socket of the device, bound to ip:port. The fd, or a negative errno. */
int udp_bound_socket(const struct device *device, const uint8_t ip[4], uint16_t port,
		     bool reuse_port, struct error *err);

/* A socket for each flow of the template, and buffers that hold it. */
int udp_open_generator(struct endpoint *ep, struct error *err);

/* As endpoint_ops. */
uint32_t udp_tx_reserve(struct endpoint *ep, uint32_t queue, uint8_t **frames, uint32_t n,
			uint64_t *refused);
uint32_t udp_tx_commit(struct endpoint *ep, uint32_t queue, const uint32_t *len, uint32_t n,
		       uint64_t *refused);

#endif
