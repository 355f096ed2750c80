/*
 * The contract between a worker's threads and the ways of touching packets. A
 * back end is one file with one struct endpoint_ops, and one row in
 * endpoint_table. Hot functions (tx_*, rx*) are called once per burst by the one
 * thread that serves the queue; all others by the worker's control thread while
 * no hot function runs, unless said otherwise.
 */
#ifndef RINGLOSS_ENDPOINT_ENDPOINT_H
#define RINGLOSS_ENDPOINT_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "counter.h"
#include "device.h"
#include "error.h"
#include "knob.h"
#include "seqcheck.h"
#include "template.h"

#define ENDPOINT_BURST 64 /* most frames a call */
#define ENDPOINT_QUEUES_MAX 256

enum endpoint_caps {
	ENDPOINT_TX = 1,           /* can generate */
	ENDPOINT_RX = 2,           /* can sink */
	ENDPOINT_NEEDS_DEVICE = 4, /* an interface of the kernel's */
	ENDPOINT_NEEDS_IP = 8,     /* an address of the traffic's family on it */
	ENDPOINT_LOOPS = 16,       /* a side with both roles sends to itself inside the process */
	ENDPOINT_TAKES_DEVICE =
		32,               /* an interface of the kernel's is one of the things it can use */
	ENDPOINT_USER_SPACE = 64, /* drives PCI devices itself */
	ENDPOINT_ATTACHES = 128,  /* an XDP program to the device, while it is open */
};

/* Knobs that every side has. */
struct side_config {
	uint32_t endpoint;    /* index into endpoint_table */
	char device[512];     /* "lab", "net:eth5", "pci:...", "vdev:...", "" */
	char netns[64];       /* namespace that the side lives in, "" for the host's own */
	uint64_t queues;      /* sockets or rings bound */
	struct cpu_list cpus; /* a thread on each; queues are dealt out to them */
	struct knob_ipv4 ip;  /* address in IPv4 frames; unset: the device's */
	struct knob_ipv6 ip6; /* in IPv6 frames, likewise */
	char to_mac[20];      /* of a generator's frames instead of the sink's; "": the sink's */
	uint32_t idle;        /* enum idle_mode */
	uint64_t pause_ns;    /* a sink's, after it has emptied its queues; 0: none */
};

enum idle_mode { IDLE_SPIN, IDLE_POLL };

extern const struct knob_set side_knob_set;

/* Whether frames are to go to another address than the sink's, and into MAC to which. */
bool side_to_mac(const struct side_config *config, uint8_t mac[6]);

/* What an endpoint is opened with. The worker owns all of it and outlives the endpoint. */
struct endpoint_setup {
	const struct side_config *side;
	const void *config;          /* the endpoint's own knobs, ops->knobs->config_size bytes */
	const struct device *device; /* resolved; empty without one */
	const struct frame_template *tx; /* what to send; NULL: this side does not generate */
	bool rx;                         /* this side sinks */
	uint32_t family;                 /* enum frame_family of the traffic */
	uint16_t vlan;                   /* VLAN that frames are tagged with; 0: no tag */
	uint8_t rx_ip[FRAME_IP_LEN_MAX]; /* our address, network order */
	uint16_t rx_port;                /* UDP destination port, host order */
	uint32_t frame_len;              /* bytes of the largest frame, without FCS */
	bool any_mtu; /* frames may be longer than the device takes: the plan has set a sink's MTU
		       */
};

struct endpoint {
	const struct endpoint_ops *ops;
	struct endpoint_setup setup;
	void *priv;       /* the back end's */
	const char *mode; /* "native", "zero-copy", ...; the ledger matches it; "" */
};

/*
 * Frames for an endpoint that makes them itself. Frame I of a queue is frame I / flows of
 * flow queue + I % flows * queues; it is to be made of the template as frame_write does.
 */
struct tx_batch {
	uint64_t first;  /* I of the first one */
	uint32_t n;      /* frames; at most ops->tx_most */
	uint32_t flows;  /* that the queue has */
	uint32_t queues; /* of the side */
	uint32_t head;   /* stamp_head_wire of the epoch */
	uint32_t time;   /* for their stamps */
};

struct endpoint_ops {
	const char *name;
	const char *help; /* one line for `ringloss list endpoints` */
	uint32_t caps;    /* enum endpoint_caps */
	/*
	 * Frames of one flow in a row that suit it (one system call takes one
	 * flow's frames for udp); 1 where it does not matter.
	 */
	uint32_t tx_run;
	const struct knob_set *knobs;       /* Optional */
	const struct counter_def *counters; /* Optional: its own, READER_WORKER */
	size_t n_counters;
	/*
	 * Optional. Of these, the ids of those that count foreign and stale frames where the
	 * endpoint first sees them, separated by blanks: the first that is known holds. NULL,
	 * or none known: only the sink's threads count them.
	 */
	const char *foreign_counter, *stale_counter;

	/*
	 * Required. Acquire everything for setup.side->queues queues; fill in mode. On failure
	 * nothing is left and *err names object and remedy. -ERESTART: this takes a new worker
	 * process (a library can be set up only once); it is opened there again.
	 */
	int (*open)(struct endpoint *ep, struct error *err);
	/* Required. Release everything; what it attached is detached. */
	void (*close)(struct endpoint *ep);
	/*
	 * Optional. Called after both ends of every path are open, sinks first: wait
	 * until frames can flow, for a link that comes up only with its other end. -EAGAIN:
	 * not yet, and it may be asked again. -ERESTART: the other end was made anew, and this
	 * one must be opened again to see it. Any other error is final.
	 */
	int (*wait_link)(struct endpoint *ep, uint64_t timeout_ns, struct error *err);
	/*
	 * Optional. Called by each thread that serves queues, first and last. thread_begin
	 * returns 0 or a negative errno: the thread then sends and receives nothing.
	 */
	int (*thread_begin)(struct endpoint *ep);
	void (*thread_end)(struct endpoint *ep);
	/* Optional. The trial that begins: for programs that tell ours from others. */
	int (*expect)(struct endpoint *ep, const struct stamp_expect *expect, struct error *err);
	/*
	 * Up to N buffers that hold the template's bytes, for the thread to write flow and
	 * stamp into. Fewer, or 0: no room now (the call may do the work that makes room, so
	 * *refused may rise as in tx_commit).
	 */
	uint32_t (*tx_reserve)(struct endpoint *ep, uint32_t queue, uint8_t **frames, uint32_t n,
			       uint64_t *refused);
	/*
	 * Hand over the first N of the buffers just reserved, len[i] bytes each; LEN is
	 * NULL when all have the template's length. Returns how many were
	 * accepted, from the front; the others are void and are written again later.
	 * *refused is raised by frames that were accepted and then refused by device or
	 * qdisc, as an errno told.
	 */
	uint32_t (*tx_commit)(struct endpoint *ep, uint32_t queue, const uint32_t *len, uint32_t n,
			      uint64_t *refused);
	/*
	 * Optional, in place of tx_reserve and tx_commit: make and send the frames of BATCH.
	 * Returns how many were accepted, from the front; *refused as in tx_commit.
	 */
	uint32_t (*tx_make)(struct endpoint *ep, uint32_t queue, const struct tx_batch *batch,
			    uint64_t *refused);
	uint32_t tx_most; /* with tx_make: most frames a call */
	/*
	 * Optional. True when every accepted frame has left the endpoint; called
	 * again until it is, or until the caller's patience ends.
	 */
	bool (*tx_drain)(struct endpoint *ep, uint32_t queue, uint64_t *refused);
	/*
	 * Up to N received payloads (what follows the UDP header) and their lengths; length
	 * 0 stands for a frame that cannot be ours. Valid until rx_release.
	 */
	uint32_t (*rx)(struct endpoint *ep, uint32_t queue, const uint8_t **payload, uint32_t *len,
		       uint32_t n);
	void (*rx_release)(struct endpoint *ep, uint32_t queue);
	/*
	 * Optional, in place of rx and rx_release: frames are checked where they arrive, and
	 * this checker shows them. It is the endpoint's, with all that it points to. Called
	 * once after open; the sink then has one thread.
	 */
	int (*rx_checker)(struct endpoint *ep, uint32_t streams, uint64_t max_seq,
			  struct seqcheck **check, struct error *err);
	/* With rx_checker: bring the checker's totals up to date. */
	void (*rx_totals)(struct endpoint *ep);
	/* Optional. Sleep until there may be something to receive, at most timeout_ms. */
	void (*rx_wait)(struct endpoint *ep, uint32_t queue, int timeout_ms);
	/*
	 * Optional. Values and states of ops->counters, in their order. May be called
	 * while threads run.
	 */
	void (*stats)(struct endpoint *ep, struct sample *samples);
	/*
	 * Optional. Counters whose names are known only at run time, into COUNTERS: {"ID": n}.
	 * As stats.
	 */
	void (*more_stats)(struct endpoint *ep, json_t *counters);
	/* Optional. What took effect, by knob name, into EFFECTIVE. */
	void (*describe)(struct endpoint *ep, json_t *effective);
};

/* All back ends, NULL-terminated; side_config.endpoint is an index into it. */
extern const struct endpoint_ops *const endpoint_table[];

/* By name; NULL if there is none. */
const struct endpoint_ops *endpoint_find(const char *name);

/*
 * Check caps against setup and open. *ep is filled in. Errors as ops->open, and
 * EX_USAGE when the endpoint cannot do what the side asks of it.
 */
int endpoint_open(struct endpoint *ep, const struct endpoint_ops *ops,
		  const struct endpoint_setup *setup, struct error *err);
void endpoint_close(struct endpoint *ep);

/*
 * Wait until the interface has its link, which many drivers take down for seconds when a program is
 * attached or detached or their rings change, and then as ops->wait_link, with its errors.
 */
int endpoint_wait_link(struct endpoint *ep, uint64_t timeout_ns, struct error *err);

/* Whether the setup's interface is up and takes its frames: -ENETDOWN, -EMSGSIZE. */
int endpoint_check_interface(const struct endpoint_setup *setup, struct error *err);

/*
 * Send a gratuitous ARP or, for an IPv6 address, an unsolicited neighbour advertisement from DEVICE
 * so that switches learn where the sink is. FAMILY: enum frame_family, which says how long IP is.
 * 0, or a negative errno with *err (a warning for the caller: traffic may still flow).
 */
int endpoint_announce(const struct device *device, uint32_t family,
		      const uint8_t ip[FRAME_IP_LEN_MAX], struct error *err);

#endif
