/*
 * The worker: the process that holds a side's endpoint and its threads, a child of
 * the agent. It is told what to do over a SOCK_SEQPACKET socket (protocol.h) and tells
 * how far it is in shared memory that outlives it. It dies with its agent, and its
 * trials are bounded in frames and seconds, so that an orphan stops by itself.
 *
 * Requests: open, trial, rx_start, tx_start, rx_stop, tx_stop, dealt, stats, sample, result,
 * close.
 */
#ifndef RINGLOSS_AGENT_WORKER_H
#define RINGLOSS_AGENT_WORKER_H

#include <sys/types.h>

#include <jansson.h>

#include "error.h"
#include "protocol.h"
#include "traffic.h"

/* In a memfd, shared with the agent. */
struct worker_shared {
	_Atomic uint32_t n_tx, n_rx;
	struct thread_stats tx[TRAFFIC_THREADS_MAX];
	struct thread_stats rx[TRAFFIC_THREADS_MAX];
};

/* The agent's hold on its worker. */
struct worker {
	pid_t pid; /* 0: none */
	int fd;    /* of the control socket */
	struct channel channel;
	struct worker_shared *shared; /* stays when the process dies */
};

/* Start a worker process. */
int worker_spawn(struct worker *w, struct error *err);

/*
 * Ask the worker; as channel_call. When it died, the error says how ("killed by
 * signal 9"), and the worker is reaped.
 */
int worker_call(struct worker *w, const char *op, const json_t *args, json_t **reply,
		struct error *err);

/* True while the process lives; reaps it otherwise, with the reason in *err. */
bool worker_alive(struct worker *w, struct error *err);

/* End the process (close, then kill) and wait for it. Safe when there is none. */
void worker_end(struct worker *w);

/* {"tx": {accepted, refused, intended, no_room, late_max_ns, first_ns, last_ns, running}, "rx":
 * {...}} */
json_t *worker_progress(const struct worker_shared *shared);

/* The process itself: serve requests on FD until it ends. Returns an exit code. */
int worker_main(int fd, struct worker_shared *shared);

#endif
