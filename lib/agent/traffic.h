/*
 * The threads that touch packets: generators send numbered frames on time, sinks
 * check every number. Pinned, one writer a statistics block, nothing in the loops but
 * the work. They know the endpoint's contract and no back end.
 */
#ifndef RINGLOSS_AGENT_TRAFFIC_H
#define RINGLOSS_AGENT_TRAFFIC_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "endpoint.h"
#include "error.h"
#include "seqcheck.h"

#define TRAFFIC_THREADS_MAX 256 /* of each kind, a worker */

enum thread_state { THREAD_IDLE, THREAD_RUNNING, THREAD_DONE };

/*
 * What a thread tells while it runs, in memory that outlives the worker. One writer; readers
 * see each value whole, not all of one moment.
 */
struct thread_stats {
	_Alignas(64) _Atomic uint32_t state; /* enum thread_state */
	_Atomic uint64_t accepted;           /* tx: frames that the endpoint took */
	_Atomic uint64_t refused;     /* tx: of these, told to be dropped by qdisc or device */
	_Atomic uint64_t intended;    /* tx: frames of the schedule; == accepted at rate max */
	_Atomic uint64_t late_max_ns; /* tx: most that a burst was behind its schedule */
	_Atomic uint64_t no_room;     /* tx: unsent because the endpoint took no more; at the end */
	_Atomic uint64_t frames;      /* rx: ours */
	_Atomic uint64_t foreign;     /* rx: foreign and stale that reached the thread */
	_Atomic uint64_t first_ns;    /* first burst, CLOCK_MONOTONIC; 0: none */
	_Atomic uint64_t last_ns;     /* last burst; tx: when sending ended */
};

/* What generators do in one trial. */
struct schedule {
	uint64_t start_ns;    /* CLOCK_MONOTONIC at which frame 0 is due */
	uint64_t duration_ns; /* sending ends then, whatever was sent */
	double rate_pps;      /* of this thread; INFINITY: as fast as it goes */
	uint64_t frames;      /* of this thread, never more */
	uint32_t head;        /* stamp_head_wire of the epoch */
	uint32_t run;         /* frames of one flow in a row */
};

/* A thread and the queues it serves. */
struct traffic_thread {
	struct endpoint *ep;
	uint16_t cpu;
	uint32_t n_queues;
	uint32_t queues[ENDPOINT_QUEUES_MAX];
	struct thread_stats *stats;
	struct seqcheck *check;             /* sinks */
	struct schedule schedule;           /* generators */
	uint64_t sent[ENDPOINT_QUEUES_MAX]; /* generators: accepted, by [queues]; once it ended */
	uint32_t tx_queues;  /* generators: queues of the side; queue q has flows q, q + n, ... */
	enum idle_mode idle; /* sinks */
	uint64_t pause_ns;   /* sinks: after the queues were found empty */
	_Atomic bool stop;
	bool started;
	pthread_t thread;
};

/* Start the loop on its CPU. -EINVAL with a remedy when the CPU cannot be had. */
int generator_start(struct traffic_thread *t, struct error *err);
int sink_start(struct traffic_thread *t, struct error *err);

/* Ask a thread to end and wait for it; fine if it was never started. */
void traffic_stop(struct traffic_thread *t);

#endif
