/*
 * Buffers. Each queue has a pool of its own for each direction. A generator's buffers hold the
 * frame from the beginning, so that sending writes the UDP header and the stamp and nothing else.
 */
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include "dpdk.h"
#include "dpdk_eal.h"

/*
 * net_af_xdp makes its umem of the pool: a chunk is a buffer with all that is before the frame,
 * and no larger than a page. 63 lines of 64 bytes are the most that rte_mempool leaves as it is
 * (optimize_object_size).
 */
#define XDP_CHUNK (63 * RTE_CACHE_LINE_SIZE)
#define XDP_HEADROOM 256 /* XDP_PACKET_HEADROOM of the kernel, in every chunk */
#define PACKET_SLACK 128 /* what TPACKET_V2 puts before a frame, and a tag */
#define OBJECT_HEADER 64 /* struct rte_mempool_objhdr */
#define OBJECT_LEN (OBJECT_HEADER + sizeof(struct rte_mbuf) + RTE_PKTMBUF_HEADROOM)

uint32_t dpdk_pool_xdp_frame_max(void)
{
	return XDP_CHUNK - OBJECT_LEN - XDP_HEADROOM;
}

static uint32_t align(uint32_t n)
{
	return (n + RTE_CACHE_LINE_SIZE - 1) & ~(RTE_CACHE_LINE_SIZE - 1u);
}

/* Bytes of frame that a buffer takes. A sink's takes what others send, too. */
static uint32_t tx_room(const struct endpoint_setup *setup)
{
	return align(setup->tx ? setup->tx->len : 64);
}

static uint32_t rx_room(const struct endpoint_setup *setup, const struct dpdk_driver *driver)
{
	uint32_t room = align(setup->frame_len + XDP_HEADROOM);

	/* net_af_packet wants room for all that a slot of its ring could hold */
	if (driver && driver->socket_family == AF_PACKET)
		return dpdk_pool_packet_frame(setup);
	return room > 2048 ? room : 2048;
}

uint32_t dpdk_pool_packet_frame(const struct endpoint_setup *setup)
{
	uint32_t frame = 2048;

	while (frame < setup->frame_len + PACKET_SLACK)
		frame *= 2;
	return frame;
}

/* What lies in rings, what lies in caches (of both threads where one side sends to itself). */
static uint32_t tx_count(const struct endpoint_setup *setup)
{
	const struct dpdk_config *cfg = setup->config;

	if (!setup->tx)
		return 0;
	return (uint32_t)(cfg->mbufs ? cfg->mbufs : 2 * cfg->ring + 1024) + 3 * DPDK_THREAD_MBUFS;
}

/* Twice the ring: the largest driver takes some for a TX ring besides. */
static uint32_t rx_count(const struct endpoint_setup *setup)
{
	const struct dpdk_config *cfg = setup->config;

	return (uint32_t)(cfg->mbufs ? cfg->mbufs : 3 * cfg->ring + 1024) + 3 * DPDK_THREAD_MBUFS;
}

uint64_t dpdk_pools_size(const struct endpoint_setup *setup)
{
	uint64_t tx = (uint64_t)tx_count(setup) * (OBJECT_LEN + 64 + tx_room(setup));
	/* whatever the driver takes beyond its rings: no driver is known yet */
	uint64_t rx = (uint64_t)(rx_count(setup) + 2048) *
		      (OBJECT_LEN + 64 + dpdk_pool_packet_frame(setup));

	return (tx + rx) * setup->side->queues;
}

struct layout {
	const struct frame_template *template;
	const uint8_t *src_mac;
};

static void lay_out(struct rte_mempool *pool, void *arg, void *object, unsigned int index)
{
	const struct layout *layout = arg;
	const struct frame_template *t = layout->template;
	struct rte_mbuf *m = object;
	uint8_t *frame = (uint8_t *)m + DPDK_TX_OFFSET;

	m->data_off = RTE_PKTMBUF_HEADROOM;
	m->data_len = (uint16_t)t->len;
	m->pkt_len = t->len;
	m->ol_flags = 0;
	memcpy(frame, t->bytes, t->len);
	memcpy(frame + 6, layout->src_mac, 6);
}

static int no_memory(const char *what, uint32_t n, struct error *err)
{
	return error_set(err, EX_OSERR, -ENOMEM,
			 "no memory for %u %s buffers of DPDK (%s%s): a smaller ring, fewer "
			 "queues, fewer mbufs%s",
			 n, what, rte_strerror(rte_errno), dpdk_eal_log(),
			 dpdk_eal_hugepages() ? ", or more hugepages" : "");
}

int dpdk_pools_open(struct dpdk_queue *q, const struct endpoint *ep, int socket, struct error *err)
{
	const struct endpoint_setup *setup = &ep->setup;
	const struct dpdk_priv *p = ep->priv;
	uint32_t n = rx_count(setup) + p->driver->extra_mbufs;
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "rx-%u-%u", q->port, q->queue);
	q->rx_pool = rte_pktmbuf_pool_create(
		name, n, DPDK_CACHE, 0,
		(uint16_t)(RTE_PKTMBUF_HEADROOM + rx_room(setup, p->driver)), socket);
	if (!q->rx_pool)
		return no_memory("RX", n, err);
	if (!setup->tx)
		return 0;
	n = tx_count(setup);
	snprintf(name, sizeof(name), "tx-%u-%u", q->port, q->queue);
	q->tx_pool = rte_pktmbuf_pool_create(
		name, n, DPDK_CACHE, 0, (uint16_t)(RTE_PKTMBUF_HEADROOM + tx_room(setup)), socket);
	if (!q->tx_pool)
		return no_memory("TX", n, err);
	rte_mempool_obj_iter(q->tx_pool, lay_out,
			     &(struct layout){.template = setup->tx, .src_mac = p->src_mac});
	return 0;
}

void dpdk_pools_close(struct dpdk_queue *q)
{
	rte_mempool_free(q->rx_pool);
	rte_mempool_free(q->tx_pool);
	q->rx_pool = q->tx_pool = NULL;
}
