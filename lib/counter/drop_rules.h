/*
 * The firewall rules of the calling process's namespace that drop or reject, with what they
 * counted. nf_tables and iptables upon it are read by netlink; the older tables of iptables, which
 * are a structure of their own in the kernel, by getsockopt (linux/netfilter_ipv4/ip_tables.h).
 * Nothing is spawned, and no table comes to be because it is read.
 */
#ifndef RINGLOSS_COUNTER_DROP_RULES_H
#define RINGLOSS_COUNTER_DROP_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "error.h"

/* Strings are valid during the call only, and of any bytes. */
struct drop_rule {
	const char *kind;   /* "rule", "policy" of a base chain, "map": elements of a verdict map */
	const char *family; /* "ip", "ip6", "inet", "arp", "bridge", "netdev" */
	const char *table;
	const char *chain;   /* of a map its name */
	const char *comment; /* NULL: none */
	uint64_t handle;     /* 0: none; of an older table's rule its number in the chain */
	bool legacy;         /* of iptables' older tables */
	/*
	 * Whether PACKETS is how many it dropped. False without a counter, and where something
	 * after the counter may still let the packet go on ("counter limit rate 1/second drop").
	 */
	bool counted;
	uint64_t packets;
};

/* Not 0: stop, and return that. */
typedef int (*drop_rule_cb)(const struct drop_rule *rule, void *ctx);

/*
 * CB for each rule, policy and map of nf_tables that drops. 0, what CB returned, or a negative
 * errno: -EOPNOTSUPP without nf_tables, -EINTR if the rules changed meanwhile. Without tables
 * it costs one short question.
 */
int nft_rules_each(drop_rule_cb cb, void *ctx);

/*
 * The same for the older tables of iptables and ip6tables that exist in the namespace.
 * -EOPNOTSUPP without them in the kernel.
 */
int xt_rules_each(drop_rule_cb cb, void *ctx);

/*
 * All of them: [{kind, family, table, chain, handle, comment, legacy, packets}]; packets is null
 * where the rule does not count, comment where there is none. What this kernel has not is left
 * out. New reference; NULL with *err set if the rules cannot be read.
 */
json_t *drop_rules_json(struct error *err);

#endif
