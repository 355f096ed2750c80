/* Which rule drops, and what connection tracking lacks. */
#include <string.h>

#include "causes.h"
#include "json.h"

#define SHOWN 5

/* Whether nft can be given NAME: an identifier of its language (src/scanner.l of nftables). */
static bool is_nft_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.";
	static const char further[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_."
				      "0123456789/-";

	return *name && strchr(letters, *name) && !name[strspn(name, further)];
}

static void explain_rule(struct explanation *e, const json_t *rule, int64_t packets)
{
	const char *family = json_str(rule, "family", ""), *table = json_str(rule, "table", "");
	const char *chain = json_str(rule, "chain", ""), *kind = json_str(rule, "kind", "");
	const char *comment = json_str(rule, "comment", "");
	long long handle = json_s64(rule, "handle", 0);
	char count[64] = "it has no counter";

	if (packets >= 0)
		amount_text(count, sizeof(count), packets, "packets");
	if (json_flag(rule, "legacy", false)) {
		const char *program = strcmp(family, "ip6") ? "iptables" : "ip6tables";

		explain_cause(e, "%s: table %s, chain %s, %s %lld: %s", program, table, chain, kind,
			      handle, count);
		if (handle)
			explain_command(e, "%s -t %s -D %s %lld", program, table, chain, handle);
		else
			explain_command(e, "%s -t %s -P %s ACCEPT", program, table, chain);
		return;
	}
	explain_cause(e, "%s %s %s %s%s%s%s, %s %lld: %s", kind, family, table, chain,
		      *comment ? " \"" : "", comment, *comment ? "\"" : "", "handle", handle,
		      count);
	/* its words are joined: what is no name would be read as a command */
	if (!is_nft_name(family) || !is_nft_name(table) || !is_nft_name(chain))
		explain_advice(e,
			       "nft cannot be given this name; nft -a list ruleset shows the rule");
	else if (!strcmp(kind, "rule"))
		explain_command(e, "nft delete rule %s %s %s handle %lld", family, table, chain,
				handle);
	else if (!strcmp(kind, "policy"))
		explain_command(e, "nft chain %s %s %s '{ policy accept; }'", family, table, chain);
	else
		explain_command(e, "nft list map %s %s %s", family, table, chain);
}

void cause_firewall(struct explanation *e)
{
	static const char *const counters[] = {"bpf.firewall", "bpf.hook", "bpf.firewall_output",
					       "bpf.firewall_egress"};
	const json_t *rules = fact(e->sight, e->subject, "rules"), *rule;
	struct moved moved[SHOWN];
	size_t i, k,
		n = facts_moved(e, "rules", "kind family table chain handle legacy", "packets",
				moved, SHOWN);
	int64_t counted = 0;

	for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		struct event events[SHOWN];
		size_t seen = events_moved(e, counters[i], events, SHOWN);
		char device[16], flow[64], amount[48];

		for (k = 0; k < seen; k++) {
			event_device(e, events[k].event, device, sizeof(device));
			event_flow(events[k].event, flow, sizeof(flow));
			explain_cause(
				e, "%s%s%s%s%s: %s", json_str(events[k].event, "reason", ""),
				*device ? " at " : "", device, *flow ? ", " : "", flow,
				amount_text(amount, sizeof(amount), events[k].frames, "packets"));
		}
	}
	for (i = 0; i < n; i++) {
		explain_rule(e, moved[i].element, moved[i].delta);
		counted += moved[i].delta;
	}
	/* those that count nothing may be it, where the others do not account for all */
	if (counted < e->lost)
		json_array_foreach ((json_t *)rules, i, rule)
			if (json_is_null(json_object_get(rule, "packets")))
				explain_rule(e, rule, -1);
	explain_advice(e, "if the rule is meant to drop these packets, stop who sends them");
}

static bool table_fill(struct explanation *e, int64_t *count, int64_t *max)
{
	return (fact_s64(e->sight, e->subject, "conntrack.count", count) ||
		sight_level(e->sight, e->subject, "ct.count", count)) &&
	       (fact_s64(e->sight, e->subject, "conntrack.max", max) ||
		sight_level(e->sight, e->subject, "ct.max", max)) &&
	       *max > 0;
}

static void explain_timeouts(struct explanation *e)
{
	static const struct {
		const char *name, *path;
		int64_t usual; /* seconds that do in most places */
	} timeouts[] = {
		{"nf_conntrack_tcp_timeout_established", "conntrack.timeouts.tcp_established",
		 86400},
		{"nf_conntrack_udp_timeout", "conntrack.timeouts.udp", 30},
		{"nf_conntrack_udp_timeout_stream", "conntrack.timeouts.udp_stream", 120},
	};

	for (size_t i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++) {
		char name[96];
		int64_t seconds;

		if (!fact_s64(e->sight, e->subject, timeouts[i].path, &seconds))
			continue;
		explain_cause(e, "%s is %lld s", timeouts[i].name, (long long)seconds);
		snprintf(name, sizeof(name), "net.netfilter.%s", timeouts[i].name);
		if (seconds > timeouts[i].usual)
			explain_sysctl(e, name, "%lld", (long long)timeouts[i].usual);
	}
}

void cause_conntrack(struct explanation *e)
{
	int64_t count = 0, max, buckets;

	if (table_fill(e, &count, &max)) {
		explain_cause(e, "%lld of %lld entries are in use (%lld %%)", (long long)count,
			      (long long)max, (long long)(100 * count / max));
		if (count >= max - max / 10)
			explain_sysctl_more(e, "net.netfilter.nf_conntrack_max", max, 262144, 4);
	}
	if (fact_s64(e->sight, e->subject, "conntrack.buckets", &buckets) && count > 4 * buckets)
		explain_sysctl(e, "net.netfilter.nf_conntrack_buckets", "%lld", (long long)count);
	explain_timeouts(e);
	explain_log(e, "nf_conntrack");
	explain_advice(e, "do not track what needs no tracking: a rule with notrack in a chain of "
			  "hook prerouting, priority raw");
}

void cause_insert_failed(struct explanation *e)
{
	explain_cause(e,
		      "two packets wanted the same tuple: source NAT of many flows to one address "
		      "(ports run out, or two CPUs choose the same), or two answers to one DNS "
		      "socket at once");
	explain_command(e, "conntrack -S");
	explain_advice(e, "more source addresses or ports for the NAT (masquerade to :1024-65535 "
			  "fully-random), or no tracking for these flows");
}
