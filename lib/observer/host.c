/*
 * The observer of a whole host: what was given up in each namespace, by whom, and at which port.
 * Nothing is ours, so of the two counters of a group the second one has it all.
 */
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "groups.h"
#include "json.h"
#include "kernel.h"
#include "observe.skel.h"
#include "seen.h"

/* The counter of what is of anyone. */
static const struct counter_def *counter_of(size_t group)
{
	size_t n;

	return &observer_counter_table(&n)[observer_group_counter(group, OBSERVER_FOREIGN)];
}

/*
 * Whether the port says something about a TCP segment that is given up for this reason: not where
 * it is of what TCP does every day.
 */
static bool has_port(const char *reason)
{
	const struct observer_key tcp = {
		.kind = OBSERVER_DROP, .direction = OBSERVER_RX, .ip_protocol = IPPROTO_TCP};

	return strcmp(reason, "NOT_SPECIFIED") &&
	       counter_of(observer_group_of(&tcp, reason, ""))->kind == COUNTER_LOSS;
}

int host_fit(struct observer *o, struct error *err)
{
	char name[64];
	int ret = bpf_map__set_key_size(o->skel->maps.events, sizeof(struct observer_key));

	if (ret)
		return error_set(err, EX_SOFTWARE, ret, "cannot lay out the observer's table: %s",
				 strerror(-ret));
	o->skel->rodata->whole_host = true;
	for (uint32_t i = 0; i < OBSERVER_REASONS_MAX; i++)
		if (!has_port(kernel_reason_name(o->kernel, i, name, sizeof(name))))
			o->skel->rodata->portless[i / 64] |= 1ULL << i % 64;
	/* the kernel's symbols are read now, and not when something is looked at */
	kernel_function(o->kernel, 0);
	return 0;
}

static size_t group_of(const struct observer *o, const struct observer_key *key)
{
	char reason[64];

	return observer_group_of(key, seen_reason(o, key, reason, sizeof(reason)),
				 key->location ? kernel_function(o->kernel, key->location) : "");
}

json_t *observer_netns_counters(struct observer *observer, uint64_t inode)
{
	uint64_t *values = calloc(observer_group_count(), sizeof(*values)), missed;
	json_t *counters = json_object();
	struct seen_list all = {0};
	bool whole =
		values && !seen_read(observer, &all) && seen_missed(observer, &missed) && !missed;

	for (size_t i = 0; whole && i < all.n; i++)
		if (all.list[i].key.netns == inode)
			values[group_of(observer, &all.list[i].key)] += all.list[i].frames;
	for (size_t group = 0; group < observer_group_count(); group++) {
		const char *id = counter_of(group)->id;

		if (whole)
			json_put_u64(counters, id, values[group]);
		else
			json_put_str(counters, id, sample_state_name(SAMPLE_FAILED));
	}
	free(all.list);
	free(values);
	return counters;
}

/* "IPv4 TCP", "IPv6", "ARP"; "" of another kind, or unknown. */
static void name_protocol(const struct observer_key *key, char buf[32])
{
	static const struct {
		uint16_t type;
		const char *name;
	} types[] = {{ETH_P_IP, "IPv4"},
		     {ETH_P_IPV6, "IPv6"},
		     {ETH_P_ARP, "ARP"},
		     {ETH_P_8021Q, "VLAN"}};
	static const struct {
		uint8_t protocol;
		const char *name;
	} inside[] = {{IPPROTO_ICMP, " ICMP"}, {IPPROTO_TCP, " TCP"}, {IPPROTO_UDP, " UDP"},
		      {IPPROTO_GRE, " GRE"},   {IPPROTO_ESP, " ESP"}, {IPPROTO_ICMPV6, " ICMPv6"}};
	const char *type = "", *ip = "";

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == key->protocol)
			type = types[i].name;
	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
		if (inside[i].protocol == key->ip_protocol)
			ip = inside[i].name;
	snprintf(buf, 32, "%s%s", type, ip);
}

static json_t *event_json(const struct observer *o, const struct seen *seen)
{
	const struct observer_key *key = &seen->key;
	char reason[64], protocol[32];

	name_protocol(key, protocol);
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:i, s:I, s:s}", "kind",
			 seen_kind_name(key), "reason", seen_reason(o, key, reason, sizeof(reason)),
			 "function", key->location ? kernel_function(o->kernel, key->location) : "",
			 "direction", key->direction == OBSERVER_RX ? "in" : "out", "netns",
			 (json_int_t)key->netns, "ifindex", (json_int_t)key->ifindex, "protocol",
			 protocol, "port", (int)key->port, "frames", (json_int_t)seen->frames,
			 "counter", counter_of(group_of(o, key))->id);
}

json_t *observer_events(struct observer *observer)
{
	json_t *events;
	struct seen_list all;

	if (seen_read(observer, &all))
		return NULL;
	events = json_array();
	if (all.n)
		qsort(all.list, all.n, sizeof(*all.list), seen_most_first);
	for (size_t i = 0; i < all.n && i < SEEN_LISTED_MAX; i++)
		json_array_append_new(events, event_json(observer, &all.list[i]));
	free(all.list);
	return events;
}
