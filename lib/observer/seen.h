/*
 * Inside of lib/observer: the observer itself, and what its programs have seen so far, read from
 * their maps. The observer of a trial and that of a host make counters and lists of it.
 */
#ifndef RINGLOSS_OBSERVER_SEEN_H
#define RINGLOSS_OBSERVER_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "observed.h"
#include "observer.h"

struct kernel;
struct observe;

#define SEEN_LISTED_MAX 200 /* events in a list for people */

struct observer {
	enum observer_mode mode;
	int ifindex; /* of the side's device; 0: none */
	struct kernel *kernel;
	struct observe *skel;
	int cpus;            /* that the kernel may have: length of per-CPU values */
	double ns_per_event; /* as the kernel measured it; 0: it could not */
	bool missed_known;   /* when the trial began */
	uint64_t missed;     /* events that the programs had not seen then */
};

/* A key with its frames, summed over CPUs. */
struct seen {
	struct observer_key key;
	uint64_t frames;
};

struct seen_list {
	struct seen *list;
	size_t n;
};

/* Before loading: make the programs those of a host. 0 or a negative errno (host.c). */
int host_fit(struct observer *o, struct error *err);

/* All events so far. 0 with LIST, whose list the caller frees, or a negative errno. */
int seen_read(const struct observer *o, struct seen_list *list);

/*
 * Events that the programs did not see so far: a program that is at work on a CPU is not entered
 * again there (recursion_misses), and the table of keys may be full. False: the kernel does not
 * tell.
 */
bool seen_missed(const struct observer *o, uint64_t *missed);

/* "NETFILTER_DROP", "XDP_ABORTED", "ENOBUFS", "?": maybe in BUF. */
const char *seen_reason(const struct observer *o, const struct observer_key *key, char *buf,
			size_t size);

/* "drop", "xdp action", "xdp redirect", "udp queue". */
const char *seen_kind_name(const struct observer_key *key);

/* For qsort of struct seen. */
int seen_most_first(const void *a, const void *b);

/* Values of CPUS added up. */
uint64_t seen_sum(const uint64_t *per_cpu, int cpus);

#endif
