/*
 * No device, to measure the program itself. A generator alone sends to nowhere; a
 * side with both roles sends to itself through a lock-free ring a queue (one producer,
 * one consumer). The ring never loses: full is no room, so the generator falls behind.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "back_ends.h"

struct null_config {
	uint64_t ring; /* frames */
};

#define RING_DEFAULT "1024"

static const struct knob null_rows[] = {
	{.name = "ring",
	 .type = KNOB_U64,
	 .offset = offsetof(struct null_config, ring),
	 .min = 64,
	 .max = 65536,
	 .def = RING_DEFAULT,
	 .unit = "frames",
	 .help = "ring from generator to sink of a side with both roles; rounded up to a power of "
		 "two",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
};

static const struct knob_set null_knobs = {
	.name = "null",
	.scope = KNOB_SCOPE_SIDE,
	.endpoint = "null",
	.rows = null_rows,
	.n = sizeof(null_rows) / sizeof(null_rows[0]),
	.config_size = sizeof(struct null_config),
};

static const struct counter_def null_counters[] = {
	{.id = "null.discarded",
	 .stage = "generator",
	 .kind = COUNTER_LOSS,
	 .scope = SCOPE_SOCKET,
	 .reader = READER_WORKER,
	 .source = SOURCE_ENDPOINT,
	 .locator = "",
	 .bits = 64,
	 .since = "",
	 .overlaps = "",
	 .help = "frames that endpoint null sent to nowhere"},
};

/* Producer's and consumer's lines apart; each caches the other's index. */
struct null_queue {
	uint8_t *frames;            /* slots of stride bytes, template laid in */
	uint32_t mask;              /* slots - 1 */
	uint32_t stride;            /* bytes, a multiple of 64 */
	uint32_t headers_len;       /* where the payload begins */
	uint32_t *len;              /* UDP payload bytes, by slot */
	bool loop;                  /* false: commit discards */
	_Alignas(64) uint32_t head; /* producer: next slot to write */
	uint32_t tail_seen;
	_Atomic uint64_t discarded;
	_Alignas(64) _Atomic uint32_t head_out; /* published by the producer */
	_Alignas(64) uint32_t tail;             /* consumer: next slot to read */
	uint32_t held;                          /* slots given out by rx, until rx_release */
	_Alignas(64) _Atomic uint32_t tail_out; /* published by the consumer */
};

struct null_priv {
	struct null_queue *queues;
	uint32_t n;
};

static void null_close(struct endpoint *ep)
{
	struct null_priv *p = ep->priv;
	uint32_t q;

	if (!p)
		return;
	for (q = 0; p->queues && q < p->n; q++) {
		free(p->queues[q].frames);
		free(p->queues[q].len);
	}
	free(p->queues);
	free(p);
	ep->priv = NULL;
}

static uint32_t power_of_two(uint64_t n)
{
	uint32_t p = 64;

	while (p < n)
		p <<= 1;
	return p;
}

static int null_open(struct endpoint *ep, struct error *err)
{
	const struct null_config *cfg = ep->setup.config;
	const struct frame_template *t = ep->setup.tx;
	struct null_priv *p = calloc(1, sizeof(*p));
	uint32_t q, i;

	if (!p)
		goto no_memory;
	ep->priv = p;
	p->n = (uint32_t)ep->setup.side->queues;
	p->queues = aligned_alloc(64, p->n * sizeof(*p->queues));
	if (!p->queues)
		goto no_memory;
	memset(p->queues, 0, p->n * sizeof(*p->queues));
	for (q = 0; t && q < p->n; q++) {
		struct null_queue *nq = &p->queues[q];
		uint32_t slots = power_of_two(cfg->ring);

		nq->loop = ep->setup.rx;
		nq->mask = slots - 1;
		nq->stride = (t->len + 63) & ~63u;
		nq->headers_len = t->headers_len;
		nq->frames = aligned_alloc(64, (size_t)slots * nq->stride);
		nq->len = malloc(slots * sizeof(*nq->len));
		if (!nq->frames || !nq->len)
			goto no_memory;
		for (i = 0; i < slots; i++) {
			memcpy(nq->frames + (size_t)i * nq->stride, t->bytes, t->len);
			nq->len[i] = t->len - t->headers_len;
		}
	}
	ep->mode = ep->setup.tx && ep->setup.rx ? "loop" : "nowhere";
	return 0;
no_memory:
	null_close(ep);
	return error_set(err, EX_OSERR, -ENOMEM, "no memory for the rings of endpoint null");
}

static uint32_t null_tx_reserve(struct endpoint *ep, uint32_t queue, uint8_t **frames, uint32_t n,
				uint64_t *refused)
{
	struct null_queue *q = &((struct null_priv *)ep->priv)->queues[queue];
	uint32_t i, room = n;

	if (q->loop) {
		room = q->mask + 1 - (q->head - q->tail_seen);
		if (room < n) {
			q->tail_seen = atomic_load_explicit(&q->tail_out, memory_order_acquire);
			room = q->mask + 1 - (q->head - q->tail_seen);
		}
		room = room < n ? room : n;
	}
	for (i = 0; i < room; i++)
		frames[i] = q->frames + (size_t)((q->head + i) & q->mask) * q->stride;
	return room;
}

static uint32_t null_tx_commit(struct endpoint *ep, uint32_t queue, const uint32_t *len, uint32_t n,
			       uint64_t *refused)
{
	struct null_queue *q = &((struct null_priv *)ep->priv)->queues[queue];
	uint32_t i;

	for (i = 0; len && i < n; i++)
		q->len[(q->head + i) & q->mask] = len[i] - q->headers_len;
	q->head += n;
	if (q->loop)
		atomic_store_explicit(&q->head_out, q->head, memory_order_release);
	else
		atomic_store_explicit(&q->discarded,
				      atomic_load_explicit(&q->discarded, memory_order_relaxed) + n,
				      memory_order_relaxed);
	return n;
}

static uint32_t null_rx(struct endpoint *ep, uint32_t queue, const uint8_t **payload, uint32_t *len,
			uint32_t n)
{
	struct null_queue *q = &((struct null_priv *)ep->priv)->queues[queue];
	uint32_t i, ready;

	if (!q->loop)
		return 0;
	ready = atomic_load_explicit(&q->head_out, memory_order_acquire) - q->tail;
	ready = ready < n ? ready : n;
	for (i = 0; i < ready; i++) {
		uint32_t slot = (q->tail + i) & q->mask;

		payload[i] = q->frames + (size_t)slot * q->stride + q->headers_len;
		len[i] = q->len[slot];
	}
	q->held = ready;
	return ready;
}

static void null_rx_release(struct endpoint *ep, uint32_t queue)
{
	struct null_queue *q = &((struct null_priv *)ep->priv)->queues[queue];

	q->tail += q->held;
	q->held = 0;
	atomic_store_explicit(&q->tail_out, q->tail, memory_order_release);
}

static void null_stats(struct endpoint *ep, struct sample *samples)
{
	struct null_priv *p = ep->priv;
	uint32_t q;

	samples[0].state = SAMPLE_OK;
	samples[0].value = 0;
	for (q = 0; q < p->n; q++)
		samples[0].value +=
			atomic_load_explicit(&p->queues[q].discarded, memory_order_relaxed);
}

static void null_describe(struct endpoint *ep, json_t *effective)
{
	struct null_priv *p = ep->priv;

	if (ep->setup.tx && ep->setup.rx)
		json_object_set_new(effective, "ring", json_integer(p->queues[0].mask + 1));
}

const struct endpoint_ops endpoint_null = {
	.name = "null",
	.help = "no device: to nowhere, or (role = both) through a ring to its own sink",
	.caps = ENDPOINT_TX | ENDPOINT_RX | ENDPOINT_LOOPS,
	.tx_run = 1,
	.knobs = &null_knobs,
	.counters = null_counters,
	.n_counters = 1,
	.open = null_open,
	.close = null_close,
	.tx_reserve = null_tx_reserve,
	.tx_commit = null_tx_commit,
	.rx = null_rx,
	.rx_release = null_rx_release,
	.stats = null_stats,
	.describe = null_describe,
};
