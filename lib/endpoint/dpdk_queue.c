/*
 * The hot path over one queue.
 *
 * Sending takes buffers from the pool without initialising them (rte_mempool_get_bulk, not
 * rte_pktmbuf_alloc_bulk: about 20 instructions a frame less). That is right because a buffer
 * that was freed has refcnt 1, one segment and no next (rte_pktmbuf_prefree_seg), and because
 * of a driver that keeps buffers nothing else of them has changed since the pool was made.
 * For other drivers all of it is written again.
 *
 * A short rte_eth_tx_burst is back-pressure: what was not taken stays at the front and is
 * written anew by the next burst, so numbers have no holes.
 */
#include <poll.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include "clock.h"
#include "dpdk.h"

#define PREFETCH_AHEAD 4
#define WAIT_NS (50 * NSEC_PER_USEC) /* of a sink that sleeps where nothing wakes it */

static inline struct dpdk_queue *queue_of(const struct endpoint *ep, uint32_t queue)
{
	return &((struct dpdk_priv *)ep->priv)->queues[queue];
}

/* A buffer as it was when the pool was made, but for what every frame writes. */
static void lay_out_again(const struct dpdk_queue *q, const uint8_t *src_mac, struct rte_mbuf *m)
{
	uint8_t *frame = (uint8_t *)m + DPDK_TX_OFFSET;

	rte_pktmbuf_reset(m);
	m->data_len = (uint16_t)q->tx->len;
	m->pkt_len = q->tx->len;
	memcpy(frame, q->tx->bytes, q->tx->headers_len);
	memcpy(frame + 6, src_mac, 6);
}

uint32_t dpdk_tx_reserve(struct endpoint *ep, uint32_t queue, uint8_t **frames, uint32_t n,
			 uint64_t *refused)
{
	struct dpdk_queue *q = queue_of(ep, queue);
	uint32_t i, had = q->n_have;

	if (had < n) {
		if (rte_mempool_get_bulk(q->tx_pool, (void **)&q->have[had], n - had) == 0)
			q->n_have = n;
		else
			n = had;
		for (i = had; q->lays_out && i < n; i++)
			lay_out_again(q, ((struct dpdk_priv *)ep->priv)->src_mac, q->have[i]);
	}
	for (i = 0; i < n; i++)
		frames[i] = (uint8_t *)q->have[i] + DPDK_TX_OFFSET;
	return n;
}

uint32_t dpdk_tx_commit(struct endpoint *ep, uint32_t queue, const uint32_t *len, uint32_t n,
			uint64_t *refused)
{
	struct dpdk_queue *q = queue_of(ep, queue);
	uint32_t i, sent;

	for (i = 0; len && i < n; i++) {
		q->have[i]->data_len = (uint16_t)len[i];
		q->have[i]->pkt_len = len[i];
	}
	sent = rte_eth_tx_burst(q->port, q->queue, q->have, (uint16_t)n);
	q->n_have -= sent;
	if (q->n_have)
		memmove(q->have, q->have + sent, q->n_have * sizeof(q->have[0]));
	return sent;
}

/* What a driver has taken leaves by itself, but for AF_PACKET's ring, which wants a system call. */
bool dpdk_tx_drain(struct endpoint *ep, uint32_t queue, uint64_t *refused)
{
	const struct dpdk_priv *p = ep->priv;

	return p->sockets.family != AF_PACKET || dpdk_sockets_kick(&p->sockets);
}

/* Our frames fit one buffer; a driver may all the same have used several. */
static const uint8_t *payload_of(struct rte_mbuf *m, uint32_t *len)
{
	const uint8_t *frame;

	if (unlikely(m->nb_segs > 1) && rte_pktmbuf_linearize(m))
		return NULL;
	frame = rte_pktmbuf_mtod(m, const uint8_t *);
	return frame_payload(frame, frame + m->data_len, 1, len);
}

uint32_t dpdk_rx(struct endpoint *ep, uint32_t queue, const uint8_t **payload, uint32_t *len,
		 uint32_t n)
{
	struct dpdk_queue *q = queue_of(ep, queue);
	uint32_t i, got;

	got = rte_eth_rx_burst(q->port, q->queue, q->held, (uint16_t)n);
	for (i = 0; i < got && i < PREFETCH_AHEAD; i++)
		rte_prefetch0(rte_pktmbuf_mtod(q->held[i], void *));
	for (i = 0; i < got; i++) {
		if (i + PREFETCH_AHEAD < got)
			rte_prefetch0(rte_pktmbuf_mtod(q->held[i + PREFETCH_AHEAD], void *));
		payload[i] = payload_of(q->held[i], &len[i]);
		if (unlikely(!payload[i]))
			len[i] = 0;
	}
	q->n_held = got;
	return got;
}

void dpdk_rx_release(struct endpoint *ep, uint32_t queue)
{
	struct dpdk_queue *q = queue_of(ep, queue);

	rte_pktmbuf_free_bulk(q->held, q->n_held);
	q->n_held = 0;
}

void dpdk_rx_wait(struct endpoint *ep, uint32_t queue, int timeout_ms)
{
	const struct dpdk_priv *p = ep->priv;
	struct pollfd fds[ENDPOINT_QUEUES_MAX];
	uint32_t i;

	for (i = 0; i < p->sockets.n; i++)
		fds[i] = (struct pollfd){.fd = p->sockets.fd[i], .events = POLLIN};
	if (p->sockets.n)
		poll(fds, p->sockets.n, timeout_ms);
	else
		clock_pause_ns(WAIT_NS);
}
