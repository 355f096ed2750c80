/*
 * The sink's loops: take a burst, check every number, give the buffers back; or look at what an
 * endpoint's own checker has counted.
 */
#include "clock.h"
#include "traffic.h"
#include "traffic_loops.h"

#define SLICE_NS NSEC_PER_MSEC               /* how soon a pausing sink sees its stop */
#define LOOK_NS NSEC_PER_MSEC                /* between looks at an endpoint's own checker */
#define IDLE_POLL_MS 50                      /* how soon a sleeping sink sees its stop */
#define DRAIN_PATIENCE_NS (2 * NSEC_PER_SEC) /* of one whose queues others keep filling */

static void publish(struct thread_stats *stats, const struct seqcheck_result *r, uint64_t now)
{
	if (!atomic_load_explicit(&stats->first_ns, memory_order_relaxed))
		atomic_store_explicit(&stats->first_ns, now, memory_order_relaxed);
	atomic_store_explicit(&stats->last_ns, now, memory_order_relaxed);
	atomic_store_explicit(&stats->frames, r->frames, memory_order_relaxed);
	atomic_store_explicit(&stats->foreign, r->foreign + r->stale, memory_order_relaxed);
}

/* Let the queues fill. */
static void stay_away(struct traffic_thread *t)
{
	uint64_t now = clock_ns(), until = now + t->pause_ns;

	while (now < until && !atomic_load_explicit(&t->stop, memory_order_relaxed)) {
		clock_pause_ns(until - now < SLICE_NS ? until - now : SLICE_NS);
		now = clock_ns();
	}
}

void *sink_loop(void *thread)
{
	struct traffic_thread *t = thread;
	const struct endpoint_ops *ops = t->ep->ops;
	const struct seqcheck_result *totals = seqcheck_totals(t->check);
	const uint8_t *payload[ENDPOINT_BURST];
	uint32_t len[ENDPOINT_BURST];
	uint64_t last_stop = 0; /* when reading on ends, whatever still comes; 0: not to stop yet */
	uint32_t i, n, idle = 0;

	if (!traffic_begin(t))
		return NULL;
	for (;;) {
		/* read before the queues are: what was in them at the stop is taken all the same */
		bool stop = atomic_load_explicit(&t->stop, memory_order_relaxed);
		uint32_t got = 0;

		for (i = 0; i < t->n_queues; i++) {
			n = ops->rx(t->ep, t->queues[i], payload, len, ENDPOINT_BURST);
			if (!n)
				continue;
			seqcheck_burst(t->check, i, payload, len, n);
			ops->rx_release(t->ep, t->queues[i]);
			got += n;
		}
		if (got) {
			uint64_t now = clock_ns();

			publish(t->stats, totals, now);
			idle = 0;
			if (!stop)
				continue;
			last_stop = last_stop ? last_stop : now + DRAIN_PATIENCE_NS;
			if (now < last_stop)
				continue;
		}
		if (stop)
			break;
		if (t->pause_ns) {
			stay_away(t);
			continue;
		}
		clock_relax();
		/* several queues cannot be slept on at once: then only the last one's wait counts
		 */
		if (t->idle == IDLE_POLL && ++idle > 16 && ops->rx_wait)
			ops->rx_wait(t->ep, t->queues[0], t->n_queues > 1 ? 1 : IDLE_POLL_MS);
	}
	traffic_finish(t);
	return NULL;
}

void *checker_loop(void *thread)
{
	struct traffic_thread *t = thread;
	const struct seqcheck_result *totals = seqcheck_totals(t->check);
	bool stop;

	if (!traffic_begin(t))
		return NULL;
	do {
		uint64_t seen = totals->frames + totals->foreign + totals->stale;

		stop = atomic_load_explicit(&t->stop, memory_order_relaxed);
		t->ep->ops->rx_totals(t->ep);
		if (totals->frames + totals->foreign + totals->stale != seen)
			publish(t->stats, totals, clock_ns());
		if (!stop)
			clock_pause_ns(LOOK_NS);
	} while (!stop);
	traffic_finish(t);
	return NULL;
}
