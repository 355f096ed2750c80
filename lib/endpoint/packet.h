/*
 * AF_PACKET sockets with memory-mapped rings: what the generator's side (packet_tx.c), the sink's
 * (packet_rx.c) and the table of the back end (packet.c) share; private to the back end.
 */
#ifndef RINGLOSS_ENDPOINT_PACKET_H
#define RINGLOSS_ENDPOINT_PACKET_H

#include <stdatomic.h>
#include <stddef.h>

#include <linux/if_packet.h>

#include "endpoint.h"

struct packet_sink;

enum packet_version { PACKET_SINK_V2, PACKET_SINK_V3 };
enum packet_stack { STACK_AUTO, STACK_STOP, STACK_DEAF, STACK_PASS };

extern const char *const packet_stack_names[];

struct packet_config {
	uint64_t ring;    /* frames */
	uint32_t version; /* enum packet_version, of a sink */
	uint32_t stack;   /* enum packet_stack, of a sink */
	bool qdisc_bypass;
};

/* A TX ring and its socket. The kernel sends slots strictly in their order. */
struct packet_tx {
	int fd;
	uint8_t *ring;
	size_t ring_size;
	uint32_t slot; /* bytes of a slot, a power of two */
	uint32_t mask; /* slots - 1 */
	uint32_t head; /* next slot to fill; counts on, the mask gives the slot */
	uint32_t tail; /* oldest slot not known to be free again */
	bool stuck;    /* the kernel calls the slot at its head malformed */
	/* written by the generator's thread, read by the control thread */
	_Atomic uint64_t left;    /* not sent when last drained, this trial's */
	_Atomic uint64_t retries; /* sends refused and put back into the ring */
	uint64_t left_before;     /* of earlier trials; the control thread's own */
};

/* An RX ring and its socket. */
struct packet_rx {
	int fd;
	bool blocks; /* TPACKET_V3 */
	uint8_t *ring;
	size_t ring_size;
	uint32_t slot; /* bytes of a slot (v2) or of a block (v3) */
	uint32_t n;    /* slots or blocks */
	uint32_t at;   /* next of them to look at */
	uint32_t held; /* v2: slots given out until rx_release */
	/* v3: the rest of block `at` */
	const uint8_t *next; /* header of its next frame */
	uint32_t left;       /* frames from there on; 0: none, or the block is not ours yet */
	bool open;           /* block `at` is ours */
	/* PACKET_STATISTICS clears on read: the sums since open, the control thread's own */
	uint64_t tp_packets, tp_drops, tp_freezes;
};

struct packet_queue {
	struct packet_tx tx;
	struct packet_rx rx;
};

struct packet_priv {
	struct packet_queue *queues;
	uint32_t n;
	struct packet_sink *skel;
	enum packet_stack stack; /* in effect; never STACK_AUTO */
	int stack_fd;            /* link or socket that does it; -1 */
};

/* setsockopt at SOL_PACKET. 0 or a negative errno. */
int packet_set_option(int fd, int name, int value);

/* Bytes that hold N, as a power of two. */
uint32_t packet_power_of_two(uint64_t n);

int packet_tx_open(struct packet_tx *tx, const struct endpoint_setup *setup, struct error *err);
void packet_tx_close(struct packet_tx *tx);
/* Frames that an earlier trial left unsent are void from now on. */
void packet_tx_forget(struct packet_tx *tx);
/* As endpoint_ops, of one queue. */
uint32_t packet_tx_reserve(struct packet_tx *tx, uint8_t **frames, uint32_t n);
/* LEN as in endpoint_ops. */
uint32_t packet_tx_commit(struct packet_tx *tx, const uint32_t *len, uint32_t n);
bool packet_tx_drain(struct packet_tx *tx);

/* All sockets of a sink, their filter and how flows are dealt out to them. */
int packet_rx_open(struct endpoint *ep, struct error *err);
void packet_rx_close(struct packet_rx *rx);
/* As endpoint_ops, of one queue. */
uint32_t packet_rx_take(struct packet_rx *rx, const uint8_t **payload, uint32_t *len, uint32_t n);
void packet_rx_release(struct packet_rx *rx);
/* Add what the kernel counted since the last call. 0 or a negative errno. */
int packet_rx_count(struct packet_rx *rx);

/*
 * Keep the frames that the tap took from the stack behind it, as the knob says; fills in
 * priv->stack and priv->stack_fd.
 */
int packet_stack_open(struct endpoint *ep, struct error *err);

#endif
