/*
 * The generator's loop. Frame i of a schedule is due at start + i / rate. Sending ends when
 * the duration ends, never later: what was due and not taken is unsent.
 *
 * Flows are dealt out to queues (queue q of n has flows q, q + n, ...), and each queue
 * counts its own frames: number i is frame (i / run / flows * run + i % run) of flow
 * (i / run % flows). A frame that the endpoint does not take is sent again with the
 * same number, so numbers have no holes but those of the path.
 */
#include <math.h>
#include <string.h>

#include "clock.h"
#include "deal.h"
#include "traffic.h"
#include "traffic_loops.h"

#define DRAIN_PATIENCE_NS (2 * NSEC_PER_SEC)

/* Where a queue stands in its numbering. */
struct position {
	uint32_t queue;    /* of the endpoint */
	uint32_t flows;    /* that the queue has */
	uint64_t count;    /* frames accepted so far */
	uint32_t flow;     /* 0 .. flows - 1 */
	uint32_t in_run;   /* 0 .. run - 1 */
	uint64_t seq_base; /* sequence number of the run's first frame */
};

/* After a burst that was not taken whole: divisions, but off the common path. */
static void position_set(struct position *p, uint64_t count, uint32_t run)
{
	uint64_t runs = count / run;

	p->count = count;
	p->in_run = (uint32_t)(count % run);
	p->flow = (uint32_t)(runs % p->flows);
	p->seq_base = runs / p->flows * run;
}

/* On to the next frame. */
static inline __attribute__((always_inline)) bool position_next(struct position *p, uint32_t run)
{
	if (++p->in_run < run)
		return false;
	p->in_run = 0;
	if (++p->flow < p->flows)
		return false;
	p->flow = 0;
	p->seq_base += run;
	return true;
}

/* About 12 instructions a frame beside the stamp's own 15. */
static void write_burst(struct position *p, const struct traffic_thread *t, uint8_t **frames,
			uint32_t n, uint32_t now32)
{
	const struct frame_template *template = t->ep->setup.tx;
	const struct schedule *s = &t->schedule;
	uint32_t i;

	for (i = 0; i < n; i++) {
		frame_write(template, frames[i], p->queue + p->flow * t->tx_queues, s->head,
			    p->seq_base + p->in_run, now32);
		position_next(p, s->run);
	}
}

/* The same for frames of several sizes, whose lengths go to LEN. */
static void write_mixed_burst(struct position *p, const struct traffic_thread *t, uint8_t **frames,
			      uint32_t *len, uint32_t n, uint32_t now32)
{
	const struct frame_template *template = t->ep->setup.tx;
	const struct schedule *s = &t->schedule;
	uint32_t i;

	for (i = 0; i < n; i++) {
		uint32_t flow = p->queue + p->flow * t->tx_queues;
		uint64_t seq = p->seq_base + p->in_run;

		len[i] = frame_write_sized(template, frames[i],
					   frame_size_index(template, flow, seq), flow, s->head,
					   seq, now32);
		position_next(p, s->run);
	}
}

/* Up to WANTED frames on one queue; returns how many were accepted. */
static uint32_t send_burst(struct position *p, struct traffic_thread *t, uint32_t wanted,
			   uint64_t now, uint64_t *refused)
{
	const struct endpoint_ops *ops = t->ep->ops;
	const bool mixed = t->ep->setup.tx->n_sizes > 1;
	uint8_t *frames[ENDPOINT_BURST];
	uint32_t len[ENDPOINT_BURST];
	uint32_t n, accepted;

	n = ops->tx_reserve(t->ep, p->queue, frames, wanted, refused);
	if (!n)
		return 0;
	if (mixed)
		write_mixed_burst(p, t, frames, len, n, (uint32_t)now);
	else
		write_burst(p, t, frames, n, (uint32_t)now);
	accepted = ops->tx_commit(t->ep, p->queue, mixed ? len : NULL, n, refused);
	if (accepted == n)
		p->count += n;
	else
		position_set(p, p->count + accepted, t->schedule.run);
	return accepted;
}

/* The same with an endpoint that makes its frames itself. */
static uint32_t make_burst(struct position *p, struct traffic_thread *t, uint32_t wanted,
			   uint64_t now, uint64_t *refused)
{
	const struct tx_batch batch = {
		.first = p->count,
		.n = wanted,
		.flows = p->flows,
		.queues = t->tx_queues,
		.head = t->schedule.head,
		.time = (uint32_t)now,
	};
	uint32_t accepted = t->ep->ops->tx_make(t->ep, p->queue, &batch, refused);

	p->count += accepted;
	return accepted;
}

static void publish(struct thread_stats *stats, uint64_t accepted, uint64_t refused)
{
	atomic_store_explicit(&stats->accepted, accepted, memory_order_relaxed);
	atomic_store_explicit(&stats->refused, refused, memory_order_relaxed);
}

static void drain(struct traffic_thread *t, uint64_t *refused)
{
	uint64_t deadline = clock_ns() + DRAIN_PATIENCE_NS;
	uint32_t i;

	if (!t->ep->ops->tx_drain)
		return;
	for (i = 0; i < t->n_queues; i++)
		while (!t->ep->ops->tx_drain(t->ep, t->queues[i], refused) && clock_ns() < deadline)
			clock_relax();
}

/* Of UNSENT frames, those that became due while the endpoint took none, FULL_NS in all. */
static uint64_t no_room(const struct schedule *s, uint64_t unsent, uint64_t full_ns)
{
	double due = s->rate_pps / 1e9 * (double)full_ns;

	return due < (double)unsent ? (uint64_t)due : unsent;
}

void *generator_loop(void *thread)
{
	struct traffic_thread *t = thread;
	const struct schedule *s = &t->schedule;
	const uint32_t all_flows = t->ep->setup.tx->spec.flows;
	const bool paced = !isinf(s->rate_pps);
	const struct endpoint_ops *ops = t->ep->ops;
	uint32_t (*const send)(struct position *, struct traffic_thread *, uint32_t, uint64_t,
			       uint64_t *) = ops->tx_make ? make_burst : send_burst;
	const uint32_t most = ops->tx_make ? ops->tx_most : ENDPOINT_BURST;
	/* frames due = elapsed ns * this / 2^64, plus the one due at 0 */
	const unsigned __int128 per_ns =
		paced ? (unsigned __int128)(s->rate_pps / 1e9 * 0x1p64) : 0;
	const uint64_t end = s->start_ns + s->duration_ns;
	struct position positions[ENDPOINT_QUEUES_MAX];
	uint64_t accepted = 0, refused = 0, late_max = 0, full_ns = 0, now;
	uint32_t i, next = 0;

	for (i = 0; i < t->n_queues; i++) {
		positions[i] = (struct position){.queue = t->queues[i]};
		positions[i].flows = deal_flows(all_flows, t->tx_queues, t->queues[i]);
	}
	if (!traffic_begin(t))
		return NULL;
	do {
		now = clock_ns();
	} while (now < s->start_ns && !atomic_load_explicit(&t->stop, memory_order_relaxed));
	atomic_store_explicit(&t->stats->first_ns, now, memory_order_relaxed);

	while (now < end && accepted < s->frames &&
	       !atomic_load_explicit(&t->stop, memory_order_relaxed)) {
		uint64_t due = s->frames, then = now;
		uint32_t burst, sent;

		if (paced) {
			due = (uint64_t)(((now - s->start_ns) * per_ns) >> 64) + 1;
			due = due < s->frames ? due : s->frames;
		}
		due -= accepted;
		if (!due) {
			clock_relax();
			now = clock_ns();
			continue;
		}
		burst = due < most ? (uint32_t)due : most;
		sent = send(&positions[next], t, burst, now, &refused);
		next = next + 1 < t->n_queues ? next + 1 : 0;
		accepted += sent;
		if (paced && due > most) {
			uint64_t late = (uint64_t)((double)due * 1e9 / s->rate_pps);

			late_max = late > late_max ? late : late_max;
		}
		publish(t->stats, accepted, refused);
		now = clock_ns();
		if (sent < burst)
			full_ns += now - then;
	}
	atomic_store_explicit(&t->stats->last_ns, now, memory_order_relaxed);
	drain(t, &refused);
	publish(t->stats, accepted, refused);
	for (i = 0; i < t->n_queues; i++)
		t->sent[i] = positions[i].count;
	if (paced && accepted < s->frames) {
		/* the first of those that remain is as late as all of them take */
		uint64_t late = (uint64_t)((double)(s->frames - accepted) * 1e9 / s->rate_pps);

		late_max = late > late_max ? late : late_max;
	}
	atomic_store_explicit(&t->stats->late_max_ns, late_max, memory_order_relaxed);
	if (paced)
		atomic_store_explicit(&t->stats->no_room, no_room(s, s->frames - accepted, full_ns),
				      memory_order_relaxed);
	atomic_store_explicit(&t->stats->intended, paced ? s->frames : accepted,
			      memory_order_relaxed);
	traffic_finish(t);
	return NULL;
}
