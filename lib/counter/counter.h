/*
 * Counters as rows. A row says what a counter means and where it is read; a
 * reader per source fills in samples. Counters are never reset: only two
 * snapshots and their difference. Missing is a state, never 0.
 */
#ifndef RINGLOSS_COUNTER_COUNTER_H
#define RINGLOSS_COUNTER_COUNTER_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "error.h"

enum counter_kind { COUNTER_IN, COUNTER_OUT, COUNTER_LOSS, COUNTER_EVENT };
enum counter_scope { SCOPE_MACHINE, SCOPE_NETNS, SCOPE_DEVICE, SCOPE_QUEUE, SCOPE_SOCKET };
enum counter_reader { READER_AGENT, READER_WORKER };
enum counter_source {
	SOURCE_RTNL,     /* IFLA_STATS64; locator: offset of the member as a name, "rx_packets" */
	SOURCE_ETHTOOL,  /* ETHTOOL_GSTATS; locator: string, one %u stands for each queue, summed */
	SOURCE_SNMP,     /* /proc/net/snmp and netstat; locator: "Udp.InErrors" */
	SOURCE_SNMP6,    /* /proc/net/snmp6; locator: "Udp6InErrors" */
	SOURCE_SOFTNET,  /* /proc/net/softnet_stat; locator: column number, summed over CPUs */
	SOURCE_QDISC,    /* RTM_GETQDISC TCA_STATS2, leaves only; locator: "drops", "requeues" */
	SOURCE_ENDPOINT, /* the endpoint's own; read in the worker */
	SOURCE_OBSERVER, /* BPF programs at tracepoints; locator: the reasons, lib/observer */
};

struct counter_def {
	const char *id;    /* "dev.rx_packets", "snmp.Udp.InErrors", "xsk.rx_dropped" */
	const char *stage; /* where in the path: "generator", "driver tx", "driver rx", ... */
	enum counter_kind kind;
	enum counter_scope scope;
	enum counter_reader reader;
	enum counter_source source;
	const char *locator;  /* for the reader of that source */
	uint32_t bits;        /* 64 or 32: where it wraps */
	uint32_t refresh_ms;  /* 0: always fresh */
	const char *since;    /* kernel that has it first, "" for ever */
	const char *overlaps; /* ids that count the same event, "" for none */
	const char *help;     /* one line: what an increment means */
};

enum sample_state { SAMPLE_OK, SAMPLE_UNSUPPORTED, SAMPLE_FAILED, SAMPLE_WENT_BACK };

struct sample {
	const struct counter_def *def;
	uint64_t value; /* only with SAMPLE_OK */
	enum sample_state state;
	uint64_t time_ns; /* CLOCK_MONOTONIC at reading */
};

/* The rows read by agents, *n of them. */
const struct counter_def *counter_table(size_t *n);

/*
 * Read every agent row for device IFNAME (ifindex IFINDEX) in the calling process's
 * namespace. machine: read SCOPE_MACHINE rows too (one agent a host does). IFNAME ""
 * (an endpoint without device): device rows are UNSUPPORTED. *samples is an array of
 * *n that the caller frees. A source that fails makes its samples FAILED, never
 * the call; only lack of memory does.
 */
int snapshot_take(const char *ifname, int ifindex, int machine, struct sample **samples, size_t *n,
		  struct error *err);

/* {"id": value | "UNSUPPORTED" | "FAILED", ...}. New reference. */
json_t *snapshot_json(const struct sample *samples, size_t n);

/* "OK", "UNSUPPORTED", "FAILED", "WENT_BACK". */
const char *sample_state_name(enum sample_state state);

/*
 * after - before for the row of an id, modulo its width. Both as snapshot_json wrote
 * them. SAMPLE_OK with *delta; UNSUPPORTED or FAILED if either is; WENT_BACK
 * if a 64-bit counter fell. BITS as in the row (32 wraps are taken once).
 */
enum sample_state snapshot_delta(const json_t *before, const json_t *after, const char *id,
				 uint32_t bits, uint64_t *delta);

#endif
