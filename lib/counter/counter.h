/*
 * Counters as rows. A row says what a counter means and where it is read; a
 * reader per source fills in samples. Counters are never reset: only two
 * snapshots and their difference. Missing is a state, never 0.
 */
#ifndef RINGLOSS_COUNTER_COUNTER_H
#define RINGLOSS_COUNTER_COUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "error.h"

/*
 * A gauge is a level (entries of a table, sockets that are open), not a count of events: it may
 * fall, and the difference of two says nothing about loss.
 */
enum counter_kind { COUNTER_IN, COUNTER_OUT, COUNTER_LOSS, COUNTER_EVENT, COUNTER_GAUGE };
enum counter_scope { SCOPE_MACHINE, SCOPE_NETNS, SCOPE_DEVICE, SCOPE_QUEUE, SCOPE_SOCKET };
enum counter_reader { READER_AGENT, READER_WORKER };
enum counter_source {
	SOURCE_RTNL,      /* IFLA_STATS64; locator: name of the member, "rx_packets" */
	SOURCE_ETHTOOL,   /* ETHTOOL_GSTATS; the locators are in counter_names */
	SOURCE_SNMP,      /* /proc/net/snmp and netstat; locator: "Udp.InErrors" */
	SOURCE_SNMP6,     /* /proc/net/snmp6; locator: "Udp6InErrors" */
	SOURCE_SOFTNET,   /* /proc/net/softnet_stat; locator: column number, summed over CPUs */
	SOURCE_QDISC,     /* RTM_GETQDISC TCA_STATS2, leaves only; locator: "drops", "requeues" */
	SOURCE_CONNTRACK, /* ctnetlink; locator: "insert_failed", summed over CPUs; "count" */
	SOURCE_NFT,    /* rules of nf_tables that drop: drop_rules.h; locator: "drops", "unsaid" */
	SOURCE_XT,     /* those of iptables' older tables; locator: "drops" */
	SOURCE_NEIGH,  /* /proc/net/stat/arp_cache, ndisc_cache; locator: "arp_cache.table_fulls" */
	SOURCE_ETHSTD, /* ethtool by netlink: standard and pause statistics; locator:
			  "mac.fcs_errors" */
	SOURCE_QSTATS, /* netdev genl, NETDEV_CMD_QSTATS_GET; locator: "rx-alloc-fail" */
	SOURCE_CPU,    /* /proc/stat, all CPUs; locator: "softirq" */
	SOURCE_SOFTIRQ,  /* /proc/softirqs, all CPUs; locator: "NET_RX" */
	SOURCE_PSI,      /* /proc/pressure; locator: "cpu.some" */
	SOURCE_SOCKSTAT, /* /proc/net/sockstat, sockstat6; locator: "UDP.mem" */
	SOURCE_SOCKDIAG, /* sock_diag; locator: "sockets", "drops" */
	SOURCE_IRQ,      /* /sys/kernel/irq, of the device; locator: "count" */
	SOURCE_RDMA,     /* hw_counters of its RDMA device; locator: "out_of_buffer", names that
			    drivers have for it with blanks between */
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
	const char *unit;     /* "times", "bytes"; NULL: packets */
	const char *locator;  /* for the reader of that source */
	uint32_t bits;        /* 64 or 32: where it wraps; 0: a gauge */
	uint32_t refresh_ms;  /* 0: always fresh */
	bool restless;        /* moves without a packet of ours: a snapshot settles without it */
	bool clears;          /* reading sets it to 0: its one reader adds the readings up */
	const char *since;    /* kernel that has it first, "" for ever */
	const char *overlaps; /* ids that count the same event, "" for none */
	const char *help;     /* one line: what an increment means */
};

enum sample_state { SAMPLE_OK, SAMPLE_UNSUPPORTED, SAMPLE_FAILED, SAMPLE_WENT_BACK };

struct sample {
	const struct counter_def *def;
	uint64_t value; /* only with SAMPLE_OK */
	enum sample_state state;
	uint64_t time_ns;    /* CLOCK_MONOTONIC at reading */
	uint32_t refresh_ms; /* how old the value may be: of the row, or of the device's driver */
};

/* What a driver calls a counter in ethtool's statistics. Several names of one id are summed. */
struct counter_name {
	const char *driver;   /* as ETHTOOL_GDRVINFO says it */
	const char *id;       /* of a row of SOURCE_ETHTOOL */
	const char *name;     /* see counter_name_matches; all that match are summed */
	const char *overlaps; /* ids that count the same event with this driver, "" for none */
	const char *flag; /* private flag of the driver without which it stands still; NULL: none */
};

/* The rows read by agents, *n of them. */
const struct counter_def *counter_table(size_t *n);

/* The names of all drivers, *n of them. */
const struct counter_name *counter_names(size_t *n);

/* How old what this driver says by a source may be; 0: it is what is. */
uint32_t counter_driver_refresh_ms(const char *driver, enum counter_source source);

/*
 * Whether NAME, of LEN bytes, is what PATTERN says: %u stands for one or more digits, anything
 * else for itself, and blanks around NAME do not matter. NAME may be of any bytes and need
 * not end in NUL.
 */
bool counter_name_matches(const char *pattern, const char *name, size_t len);

#define SCOPE_BIT(scope) (1u << (scope))
#define SCOPES_ALL UINT32_MAX

/* What to read, and of what. */
struct snapshot_request {
	const char *ifname; /* "": no device (an endpoint without one); its rows are UNSUPPORTED */
	int ifindex;
	uint32_t scopes; /* SCOPE_BIT of those whose rows are read; one agent a host reads the
			    machine's */
	/*
	 * "" or NULL: the live host. Else a folder that holds what commands and files said on
	 * another one (docs/design.md, "Recorded trees"): what is not in it is UNSUPPORTED.
	 */
	const char *root;
};

/*
 * Read the agent's rows of REQUEST in the calling thread's namespace. *samples is an array of
 * *n that the caller frees. A source that fails makes its samples FAILED, never
 * the call; only lack of memory does.
 */
int snapshot_read(const struct snapshot_request *request, struct sample **samples, size_t *n,
		  struct error *err);

/*
 * The driver of REQUEST's interface and its address on the bus, both of SIZE bytes; "" what is not
 * known.
 */
void counter_driver_find(const struct snapshot_request *request, char *driver, char *bus,
			 size_t size);

/* The longest refresh_ms of the samples that could be read. */
uint32_t snapshot_refresh_ms(const struct sample *samples, size_t n);

/* {"id": value | "UNSUPPORTED" | "FAILED", ...}. New reference. */
json_t *snapshot_json(const struct sample *samples, size_t n);

/* "loss", "gauge", ... */
const char *counter_kind_name(enum counter_kind kind);

/* "machine", "netns", "device", "queue", "socket". */
const char *counter_scope_name(enum counter_scope scope);

/* "rtnetlink", "snmp", ...; "" for those that are not read here (endpoint, observer). */
const char *counter_source_name(enum counter_source source);

/* "OK", "UNSUPPORTED", "FAILED", "WENT_BACK". */
const char *sample_state_name(enum sample_state state);

/*
 * What ID was in SNAPSHOT, as snapshot_json wrote it: SAMPLE_OK with *value, or the state that
 * it had. UNSUPPORTED if it is not there. The way to read a gauge.
 */
enum sample_state snapshot_value(const json_t *snapshot, const char *id, uint64_t *value);

/*
 * after - before for the row of an id, modulo its width. Both as snapshot_json wrote
 * them. SAMPLE_OK with *delta; UNSUPPORTED or FAILED if either is; WENT_BACK
 * if a 64-bit counter fell. BITS as in the row (32 wraps are taken once; 0, a gauge, has no
 * difference: UNSUPPORTED).
 */
enum sample_state snapshot_delta(const json_t *before, const json_t *after, const char *id,
				 uint32_t bits, uint64_t *delta);

/*
 * True if two snapshots say the same but for gauges and rows that move by themselves. Ids of
 * no agent's row (the endpoint's) are compared, too.
 */
bool snapshot_settled(const json_t *before, const json_t *after);

#endif
