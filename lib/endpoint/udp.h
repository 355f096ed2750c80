/* UDP sockets: what generator and sink share; private to the back end. */
#ifndef RINGLOSS_ENDPOINT_UDP_H
#define RINGLOSS_ENDPOINT_UDP_H

#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "endpoint.h"

struct udp_sink;

struct udp_config {
	uint64_t rcvbuf;    /* bytes, 0: the system's default */
	uint64_t sndbuf;    /* bytes, 0: the system's default */
	uint64_t busy_poll; /* us, 0: off */
	uint64_t segments;  /* frames of a send, 1: no UDP_SEGMENT */
};

struct udp_queue {
	/* generator */
	uint8_t *tx_buf; /* ENDPOINT_BURST frames of tx_stride bytes */
	uint32_t tx_stride;
	struct mmsghdr tx_msg[ENDPOINT_BURST];
	struct iovec tx_iov[ENDPOINT_BURST];
	/* these four are read by the control thread */
	_Atomic uint64_t eperm;         /* frames */
	_Atomic uint64_t refused_sends; /* ENOBUFS, whatever number of frames they had */
	_Atomic uint64_t gso_sends;     /* sends of several frames */
	_Atomic uint64_t gso_segments;  /* frames that went so */
	bool last_was_eperm;            /* of the refusals whose errno was told */
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
	uint32_t segments; /* most frames of a send */
	bool whole;        /* the device gets such sends as one packet */
	bool last_only;    /* the errno of such a send is that of its last frame alone */
	struct udp_sink *skel;
};

/* Totals with one writer, read by others. */
static inline void udp_tally_add(_Atomic uint64_t *total, uint64_t n)
{
	atomic_store_explicit(total, atomic_load_explicit(total, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

static inline uint64_t udp_tally_read(const _Atomic uint64_t *total)
{
	return atomic_load_explicit(total, memory_order_relaxed);
}

/* setsockopt of an int. 0 or a negative errno. */
int udp_set_option(int fd, int level, int name, int value);

union udp_address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* IP (FAMILY's) and PORT (host order) into *at. Returns the length of the address. */
socklen_t udp_address(union udp_address *at, uint32_t family, const uint8_t *ip, uint16_t port);

/* IP as people write it, into TEXT. */
const char *udp_ip_text(char text[INET6_ADDRSTRLEN], uint32_t family, const uint8_t *ip);

/* A datagram socket of the device and the family, bound to ip:port. The fd, or a negative errno. */
int udp_bound_socket(const struct endpoint_setup *setup, const uint8_t *ip, uint16_t port,
		     bool reuse_port, struct error *err);

/* Tags are a VLAN interface's: 0 if there are none or the device is the one for them. */
int udp_check_vlan(const struct endpoint_setup *setup, struct error *err);

/* UDP_SEGMENT on the generator's sockets, if the knob says so; fills in ep->mode. */
int udp_segment_open(struct endpoint *ep, struct error *err);
void udp_segment_describe(const struct udp_priv *p, const struct device *device, json_t *effective);

/* A socket for each flow of the template, and buffers that hold it. */
int udp_open_generator(struct endpoint *ep, struct error *err);

/* As endpoint_ops. */
uint32_t udp_tx_reserve(struct endpoint *ep, uint32_t queue, uint8_t **frames, uint32_t n,
			uint64_t *refused);
uint32_t udp_tx_commit(struct endpoint *ep, uint32_t queue, const uint32_t *len, uint32_t n,
		       uint64_t *refused);

#endif
