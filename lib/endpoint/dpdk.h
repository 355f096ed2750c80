/* DPDK: what the files of the endpoint share; private to the back end. */
#ifndef RINGLOSS_ENDPOINT_DPDK_H
#define RINGLOSS_ENDPOINT_DPDK_H

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "dpdk_driver.h"
#include "dpdk_sockets.h"
#include "endpoint.h"
#include "verdict.h"

struct packet_sink; /* the skeleton of xdp/packet_sink.bpf.c */
struct xsk_def;     /* the skeleton of xdp/xsk_def.bpf.c */

enum dpdk_pmd { DPDK_PMD_AF_XDP, DPDK_PMD_AF_PACKET };
enum dpdk_rss { DPDK_RSS_UDP, DPDK_RSS_IP, DPDK_RSS_OFF };

struct dpdk_config {
	uint64_t ring;     /* descriptors of each RX and TX queue */
	uint32_t pmd;      /* enum dpdk_pmd: on an interface of the kernel's */
	uint64_t mbufs;    /* of each queue's pool; 0: enough */
	uint32_t rss;      /* enum dpdk_rss */
	char rss_key[160]; /* "default", "symmetric" or hexadecimal digits */
	char eal[512];     /* further arguments of EAL */
};

/* Buffers that a pool holds for each of its users beyond what lies in rings: the cache of a
 * thread holds 1.5 times its size at most (rte_mempool.h), and a burst is in hand. */
#define DPDK_CACHE 256
#define DPDK_THREAD_MBUFS (DPDK_CACHE + DPDK_CACHE / 2 + ENDPOINT_BURST)

/* Where the frame lies in every mbuf of a TX pool: behind the mbuf itself and its headroom. */
#define DPDK_TX_OFFSET (sizeof(struct rte_mbuf) + RTE_PKTMBUF_HEADROOM)

/* One queue of each direction, each direction served by one thread. */
struct dpdk_queue {
	uint16_t port, queue; /* of DPDK */
	/* generator */
	_Alignas(64) struct rte_mempool *tx_pool;
	const struct frame_template *tx;
	bool lays_out;   /* the driver may change buffers: lay the frame out each time */
	uint32_t n_have; /* reserved and not accepted, at the front of have */
	struct rte_mbuf *have[ENDPOINT_BURST];
	/* sink */
	_Alignas(64) struct rte_mempool *rx_pool;
	uint32_t n_held;
	struct rte_mbuf *held[ENDPOINT_BURST]; /* given out by rx until release */
};

struct dpdk_priv {
	const struct dpdk_driver *driver;
	const char *mode; /* what the ledger matches */
	struct dpdk_queue *queues;
	uint32_t n;
	uint16_t port;
	bool has_port, started;
	bool was_up;               /* its link */
	bool passive;              /* the other end connects */
	char vdev[64];             /* name of the virtual device that was made; "" for another */
	struct rte_device *rte;    /* to be removed */
	uint16_t rx_ring, tx_ring; /* descriptors in effect */
	uint8_t src_mac[6];        /* what generated frames come from */
	char rss[32], rss_key[sizeof(((struct dpdk_config *)0)->rss_key)]; /* read back; "" none */
	struct xsk_def *skel;                                              /* net_af_xdp */
	int link_fd;          /* of its XDP program; -1: none */
	const char *xdp_mode; /* "native", "generic"; NULL without program */
	struct dpdk_sockets sockets;
	struct packet_sink *tap; /* net_af_packet, of a sink */
};

/* Its counters: those of the XDP program first. */
enum dpdk_count {
	COUNT_VERDICTS, /* in the order of enum verdict */
	COUNT_NO_SOCKET = COUNT_VERDICTS + VERDICT_NO_SOCKET,
	COUNT_XSK_DROPPED,
	COUNT_XSK_INVALID,
	COUNT_XSK_TX_INVALID,
	COUNT_XSK_RING_FULL,
	COUNT_XSK_FILL_EMPTY,
	COUNT_PACKET_DROPS,
	COUNT_TAP_OURS,
	COUNT_TAP_STALE,
	COUNT_TAP_FOREIGN,
	COUNT_TAP_MERGED,
	COUNT_TAP_MERGED_PACKETS,
	COUNT_RX_PACKETS,
	COUNT_MISSED,
	COUNT_RX_ERRORS,
	COUNT_NOMBUF,
	COUNT_TX_PACKETS,
	COUNT_TX_ERRORS,
	DPDK_COUNTS
};

/* dpdk_port.c: make, configure and start the port of EP; take it down. */
int dpdk_port_open(struct endpoint *ep, struct error *err);
void dpdk_port_close(struct dpdk_priv *p);

/* dpdk_pool.c: the buffers of queue Q. */
int dpdk_pools_open(struct dpdk_queue *q, const struct endpoint *ep, int socket, struct error *err);
void dpdk_pools_close(struct dpdk_queue *q);
/* Bytes that all pools of the endpoint take, or nearly so. */
uint64_t dpdk_pools_size(const struct endpoint_setup *setup);
/* Bytes of the largest frame that a buffer of net_af_xdp holds (without FCS). */
uint32_t dpdk_pool_xdp_frame_max(void);
/* Bytes of a slot in net_af_packet's rings. */
uint32_t dpdk_pool_packet_frame(const struct endpoint_setup *setup);

/* dpdk_rss.c: what the port is asked for, and what it does. */
int dpdk_rss_configure(struct rte_eth_conf *conf, const struct rte_eth_dev_info *info,
		       const struct dpdk_config *cfg, uint32_t queues, uint8_t key[64],
		       struct error *err);
void dpdk_rss_read(struct dpdk_priv *p);

/* dpdk_xdp.c: the XDP program of net_af_xdp, before the port is made; away again after it. */
int dpdk_xdp_attach(struct dpdk_priv *p, const struct device *device, struct error *err);
void dpdk_xdp_detach(struct dpdk_priv *p);
/*
 * While a port is made or taken down, libbpf and libxdp write to standard error what is as it
 * should be: that they find a program without reference count, and that they cannot detach it.
 */
struct dpdk_hushed {
	libbpf_print_fn_t bpf;
	libxdp_print_fn_t xdp;
};
void dpdk_xdp_hush(struct dpdk_hushed *old);
void dpdk_xdp_unhush(const struct dpdk_hushed *old);
int dpdk_xdp_expect(struct dpdk_priv *p, const struct stamp_expect *expect, struct error *err);
/* xdp.* into samples[0..VERDICT_COUNT-1]; untouched without program. */
void dpdk_xdp_stats(const struct dpdk_priv *p, struct sample *samples);

/* dpdk_tap.c: the program on net_af_packet's sockets, once they are there. */
int dpdk_tap_attach(struct dpdk_priv *p, struct error *err);
void dpdk_tap_detach(struct dpdk_priv *p);
int dpdk_tap_expect(struct dpdk_priv *p, const struct stamp_expect *expect, struct error *err);
/* packet.* into SAMPLES, by enum dpdk_count; untouched without program. */
void dpdk_tap_stats(const struct dpdk_priv *p, struct sample *samples);

/* dpdk_queue.c: as endpoint_ops. */
uint32_t dpdk_tx_reserve(struct endpoint *ep, uint32_t queue, uint8_t **frames, uint32_t n,
			 uint64_t *refused);
uint32_t dpdk_tx_commit(struct endpoint *ep, uint32_t queue, const uint32_t *len, uint32_t n,
			uint64_t *refused);
bool dpdk_tx_drain(struct endpoint *ep, uint32_t queue, uint64_t *refused);
uint32_t dpdk_rx(struct endpoint *ep, uint32_t queue, const uint8_t **payload, uint32_t *len,
		 uint32_t n);
void dpdk_rx_release(struct endpoint *ep, uint32_t queue);
void dpdk_rx_wait(struct endpoint *ep, uint32_t queue, int timeout_ms);

/* dpdk_stats.c: as endpoint_ops. */
extern const struct counter_def dpdk_counters[DPDK_COUNTS];
void dpdk_stats(struct endpoint *ep, struct sample *samples);
void dpdk_more_stats(struct endpoint *ep, json_t *counters);

#endif
