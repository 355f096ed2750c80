/*
 * What a reader of one source of counters looks like inside lib/counter. A
 * reader fills in the samples of its own source that it found; the rest stay
 * UNSUPPORTED.
 */
#ifndef RINGLOSS_COUNTER_SOURCE_H
#define RINGLOSS_COUNTER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include "counter.h"
#include "netlink.h"

#define SOURCE_PATH_SIZE 4096
#define SOURCE_NAME_LEN 32          /* ETH_GSTRING_LEN */
#define SOURCE_STATISTICS_MAX 65536 /* more than any driver has; bounds what is allocated */

/* A driver's own statistics, as ethtool has them. */
struct source_statistics {
	size_t n;
	char (*names)[SOURCE_NAME_LEN]; /* of any bytes, not ended by NUL where they fill it */
	uint64_t *values;
};

struct source_target;

/* Where the strings and numbers of ethtool come from: of the live host, or of a recorded tree. */
struct source_access {
	/*
	 * The driver of the device and its address on the bus (both of SIZE bytes), as
	 * ETHTOOL_GDRVINFO says them; "" what is not known.
	 */
	void (*find_driver)(const struct source_target *target, char *driver, char *bus,
			    size_t size);
	/*
	 * All that the driver counts, zeroed before; source_statistics_free whatever it returns.
	 * 0 also without any, or a negative errno; -EINTR: changed meanwhile.
	 */
	int (*read_statistics)(const struct source_target *target,
			       struct source_statistics *statistics);
	/* Whether a private flag of the driver is there and set. */
	bool (*flag_is_set)(const struct source_target *target, const char *flag);
};

struct source_target {
	const char *ifname; /* "": no device */
	int ifindex;        /* of a live one */
	const char *driver; /* "": unknown */
	const char *bus;    /* its address on the bus, "" unknown */
	const char *root;   /* "": the live host; else a recorded tree */
	const struct source_access *access;
};

extern const struct source_access source_live, source_recorded;

struct source_reader {
	enum counter_source source;
	const char *name;
	bool needs_device; /* without one its samples are UNSUPPORTED */
	/*
	 * 0, or a negative errno: every sample of the source is FAILED. -EINTR: what was read
	 * changed meanwhile, and it is read anew a few times.
	 */
	int (*read)(const struct source_target *target, struct sample *samples, size_t n);
	/*
	 * The same from a recorded tree, where -ENOENT says that it was not recorded. NULL: it
	 * never is, and its samples are UNSUPPORTED.
	 */
	int (*replay)(const struct source_target *target, struct sample *samples, size_t n);
};

/* True if SAMPLE is of SOURCE. */
static inline bool sample_is_from(const struct sample *sample, enum counter_source source)
{
	return sample->def->source == source;
}

/* Set a value: state OK, reduced to the row's width so that sums of 32-bit counters wrap as one. */
void sample_set(struct sample *sample, uint64_t value);

/* Add to a value, the first time like sample_set. */
void sample_add(struct sample *sample, uint64_t value);

/*
 * The way to PATH of the host, or below the target's tree, into BUF. What a thread sees of itself
 * ("/proc/thread-self/net/snmp", "/proc/1/...") is plain "/proc/net/snmp" in a tree. -ENAMETOOLONG.
 */
int source_path(const struct source_target *target, const char *path, char *buf, size_t size);

/* file_read of that. NULL with *err set. */
char *source_file_read(const struct source_target *target, const char *path, struct error *err);

/*
 * FILE of a recorded tree ("link.json") as an array, a new reference. -ENOENT if there is none or
 * nothing in it, -EBADMSG if it is no array.
 */
int recorded_array(const struct source_target *target, const char *file, json_t **array);

/* A count in it: false if it is not there. -EBADMSG into *ret if it is no count. */
bool recorded_count(const json_t *object, const char *key, uint64_t *value, int *ret);

void source_statistics_free(struct source_statistics *statistics);

int source_rtnl_read(const struct source_target *target, struct sample *samples, size_t n);
int source_ethtool_read(const struct source_target *target, struct sample *samples, size_t n);
int source_snmp_read(const struct source_target *target, struct sample *samples, size_t n);
int source_snmp6_read(const struct source_target *target, struct sample *samples, size_t n);
int source_softnet_read(const struct source_target *target, struct sample *samples, size_t n);
int source_qdisc_read(const struct source_target *target, struct sample *samples, size_t n);
int source_nft_read(const struct source_target *target, struct sample *samples, size_t n);
int source_xt_read(const struct source_target *target, struct sample *samples, size_t n);
int source_neigh_read(const struct source_target *target, struct sample *samples, size_t n);
int source_ethstd_read(const struct source_target *target, struct sample *samples, size_t n);
int source_qstats_read(const struct source_target *target, struct sample *samples, size_t n);
int source_cpu_read(const struct source_target *target, struct sample *samples, size_t n);
int source_softirq_read(const struct source_target *target, struct sample *samples, size_t n);
int source_psi_read(const struct source_target *target, struct sample *samples, size_t n);
int source_sockstat_read(const struct source_target *target, struct sample *samples, size_t n);
int source_sockdiag_read(const struct source_target *target, struct sample *samples, size_t n);
int source_irq_read(const struct source_target *target, struct sample *samples, size_t n);
int source_rdma_read(const struct source_target *target, struct sample *samples, size_t n);
int source_rtnl_replay(const struct source_target *target, struct sample *samples, size_t n);
int source_qdisc_replay(const struct source_target *target, struct sample *samples, size_t n);
int source_ethstd_replay(const struct source_target *target, struct sample *samples, size_t n);
int source_conntrack_read(const struct source_target *target, struct sample *samples, size_t n);

#endif
