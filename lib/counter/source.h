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

struct source_target {
	const char *ifname; /* "": no device */
	int ifindex;
	const char *driver; /* "": unknown */
	const char *bus;    /* its address on the bus, "" unknown */
};

struct source_reader {
	enum counter_source source;
	const char *name;
	bool needs_device; /* without one its samples are UNSUPPORTED */
	/*
	 * 0, or a negative errno: every sample of the source is FAILED. -EINTR: what was read
	 * changed meanwhile, and it is read anew a few times.
	 */
	int (*read)(const struct source_target *target, struct sample *samples, size_t n);
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
 * The driver of an interface and its address on the bus (both of SIZE bytes), as
 * ETHTOOL_GDRVINFO says them; "" what is not known.
 */
void source_driver_find(const char *ifname, char *driver, char *bus, size_t size);

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
int source_conntrack_read(const struct source_target *target, struct sample *samples, size_t n);

#endif
