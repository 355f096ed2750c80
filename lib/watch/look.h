/*
 * What one look of `ringloss watch` found, as plain structs: numbers as the kernel keeps them, and
 * whether they are known. Read by sampler.c, turned into rates by model.c.
 */
#ifndef RINGLOSS_WATCH_LOOK_H
#define RINGLOSS_WATCH_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A counter. */
struct watch_count {
	uint64_t value;
	uint8_t bits; /* where it wraps, 32 or 64; 0: it is not known */
};

struct watch_link {
	char ifname[16], driver[64];
	int ifindex;
	bool up, carrier;
	uint64_t time_ns; /* of its counters */
	struct watch_count rx_packets, rx_bytes, tx_packets, tx_bytes;
};

struct watch_cpu {
	unsigned int cpu;
	struct watch_count total, idle, softirq, steal; /* ticks */
	struct watch_count net_rx, net_tx;              /* how often these softirqs ran */
	struct watch_count processed, dropped, squeezed;
};

/* What was lost at a place since the watch began. */
struct watch_drop {
	char place[48];
	int row; /* of the table of places */
	bool sign;
	char where[16]; /* device, "namespace" or "machine" */
	char unit[16];
	uint64_t total;
};

/* Read with every look. */
struct watch_fast {
	uint64_t time_ns;
	struct watch_link *links;
	struct watch_cpu *cpus;
	struct watch_drop *drops;
	size_t n_links, n_cpus, n_drops;
	bool has_cpus;
};

enum watch_duplex { DUPLEX_IS_UNKNOWN, DUPLEX_IS_HALF, DUPLEX_IS_FULL };

struct watch_speed {
	int ifindex;
	int64_t mbps; /* -1: not known, or it means nothing */
	enum watch_duplex duplex;
};

struct watch_queue {
	int ifindex;
	char ifname[16];
	bool tx;
	unsigned int queue;
	struct watch_count packets;
};

struct watch_irq {
	int ifindex;
	char ifname[16];
	unsigned int cpu;
	struct watch_count interrupts;
};

struct watch_socket {
	bool tcp;
	char address[64];
	unsigned int port;
	uint64_t inode;      /* 0: nobody has it open */
	int64_t used, limit; /* of a listener connections and its backlog, else bytes; -1 unknown */
	int64_t half_open;   /* of a listener; -1 unknown */
	struct watch_count drops;
	char program[20]; /* "": not known */
	int64_t pid;      /* 0: likewise */
};

/* Read less often: what takes a question an interface, or all sockets. */
struct watch_slow {
	uint64_t time_ns;
	struct watch_speed *speeds;
	struct watch_queue *queues;
	struct watch_irq *irqs;
	struct watch_socket *sockets, *listeners;
	size_t n_speeds, n_queues, n_irqs, n_sockets, n_listeners;
	bool has_sockets, has_listeners, more_sockets;
};

void watch_fast_free(struct watch_fast *look);
void watch_slow_free(struct watch_slow *look);

#endif
