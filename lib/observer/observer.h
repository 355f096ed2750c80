/*
 * The observer: BPF programs at the kernel's tracepoints that see every packet that is given up in
 * the calling process's network namespace, with reason, function and protocol, and tell ours from
 * others by the stamp (xdp/observe.bpf.c). What it saw comes out as counters ("bpf.*", one row a
 * group of reasons) and as a list. It needs the kernel's BTF (/sys/kernel/btf/vmlinux) and
 * CAP_BPF with CAP_PERFMON; without them there is none, and the ledger works with what is left.
 */
#ifndef RINGLOSS_OBSERVER_OBSERVER_H
#define RINGLOSS_OBSERVER_OBSERVER_H

#include <jansson.h>

#include "counter.h"
#include "error.h"
#include "observed.h"
#include "stamp.h"

enum observer_mode {
	OBSERVER_MODE_OFF,
	OBSERVER_MODE_COUNTERS, /* lost packets: costs nothing while nothing is lost */
	OBSERVER_MODE_FULL,     /* and each one that reaches the protocols */
	OBSERVER_MODE_AUTO, /* of a plan: counters, or off where all that is received ends as a drop
			     */
	OBSERVER_MODE_HOST, /* lost packets of anyone in every namespace; of no plan */
};

struct observer;

/*
 * Load and attach for the calling thread's namespace and device IFINDEX (0: none, nothing passes).
 * MODE is COUNTERS or FULL. Measures what an event costs, by packets dropped in a namespace of its
 * own (a few milliseconds). 0 with *observer, which the caller closes, or a negative errno:
 * -ENOTSUP without BTF, addresses of functions or a tracepoint, -EPERM.
 */
int observer_open(enum observer_mode mode, int ifindex, struct observer **observer,
		  struct error *err);

/* Detach and free; NULL is fine. */
void observer_close(struct observer *observer);

/* What a side calls ours in a trial. */
struct observer_expect {
	struct stamp_expect stamp;
	struct observer_streams tx,
		rx; /* of the paths that it sends and receives on; count 0: none */
};

/* From now on frames of this trial are ours, and counters begin anew. No traffic of ours flows. */
void observer_expect(struct observer *observer, const struct observer_expect *expect);

/*
 * The rows that observer_counters fills in, *n of them: "bpf.X" counts frames of ours,
 * "bpf.X.others" all others (stale ones included); where there are no others, it is of anyone.
 */
const struct counter_def *observer_counter_table(size_t *n);

/*
 * Add all counters to COUNTERS as snapshot_json writes them. FAILED where events were missed since
 * observer_expect, for then the numbers are too small. OBSERVER NULL: all UNSUPPORTED.
 */
void observer_counters(struct observer *observer, json_t *counters);

/*
 * What was seen so far, for people, counted as counters are ("missed" since observer_expect):
 * {"mode", "ns_per_event", "missed", "events":
 * [{"kind", "reason", "function", "direction", "device", "protocol", "ours", "stale", "foreign",
 * "unknown", "counter"}, ...]}: the 200 with the most frames;
 * "missed" and "events" are left out where they could not be read. New reference.
 */
json_t *observer_details(struct observer *observer);

/*
 * The observer of a host: lost packets in every namespace, of anyone. Errors and owner as of
 * observer_open. Not for observer_expect, observer_counters and observer_details.
 */
int observer_open_host(struct observer **observer, struct error *err);

/*
 * Counters since opening of the namespace of INODE, as snapshot_json writes them: "bpf.X.others" of
 * each group and those that are of anyone; never reset, so differences are exact. FAILED once
 * events were missed: an observer that is opened anew goes on. New reference.
 */
json_t *observer_netns_counters(struct observer *observer, uint64_t inode);

/*
 * What was seen since opening, those with the most frames first, 200 at most: [{"kind", "reason",
 * "function", "direction" ("in", "out"), "netns" (inode; 0: none), "ifindex" (in that namespace;
 * 0: none), "protocol" ("IPv4 TCP", "ARP", ""), "port" (destination of TCP or UDP; 0: none or not
 * known), "frames", "counter"}]. New reference; NULL: could not be read.
 */
json_t *observer_events(struct observer *observer);

#endif
