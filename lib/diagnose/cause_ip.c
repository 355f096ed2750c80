/* Why IP loses packets on this host: addresses, routes, fragments, neighbours, MTUs. */
#include <string.h>

#include "causes.h"
#include "json.h"

#define SHOWN 3

/* What the observer saw under COUNTER: reason, function, device, protocol. */
static void explain_events(struct explanation *e, const char *counter, char *device, size_t size)
{
	struct event events[SHOWN];
	size_t n = events_moved(e, counter, events, SHOWN);
	char name[16], flow[64], amount[48];

	if (device)
		device[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		const json_t *event = events[i].event;

		event_device(e, event, name, sizeof(name));
		if (device && !*device)
			snprintf(device, size, "%s", name);
		event_flow(event, flow, sizeof(flow));
		explain_cause(e, "%s at %s%s%s%s%s, on the way %s: %s",
			      json_str(event, "reason", "?"), json_str(event, "function", "?"),
			      *flow ? ", " : "", flow, *name ? ", " : "", name,
			      json_str(event, "direction", "?"),
			      amount_text(amount, sizeof(amount), events[i].frames, "packets"));
	}
}

void cause_protocol(struct explanation *e)
{
	char device[16];

	explain_events(e, "bpf.protocol", device, sizeof(device));
	explain_events(e, "bpf.ip_protocol", NULL, 0);
	if (*device)
		explain_command(e, "tcpdump -c 10 -e -nn -i %s not ip and not ip6 and not arp",
				device);
	explain_advice(
		e, "tell the switch or the sender not to send them here: LLDP, spanning tree, a "
		   "VLAN that has no interface. Nothing that a program here wanted was lost");
}

void cause_tc(struct explanation *e)
{
	char device[16];

	explain_events(e, !strcmp(e->rule->place, "tc egress") ? "bpf.tc_egress" : "bpf.tc_ingress",
		       device, sizeof(device));
	if (*device)
		explain_command(e, "tc -s filter show dev %s %s", device,
				!strcmp(e->rule->place, "tc egress") ? "egress" : "ingress");
	explain_advice(
		e, "remove the filter that drops: tc filter del, or the program that put it there");
}

void cause_rp_filter(struct explanation *e)
{
	const json_t *devices = fact(e->sight, e->subject, "reverse_path");
	char device[16];
	const char *name;
	json_t *value;
	bool all = false;

	explain_events(e, "bpf.rp_filter", device, sizeof(device));
	json_object_foreach ((json_t *)devices, name, value) {
		char sysctl[64];
		char *dot;

		if (json_integer_value(value) != 1 || (*device && strcmp(device, name)))
			continue;
		explain_cause(e, "%s: rp_filter is 1 (strict), the larger of all's and its own",
			      name);
		/* sysctl(8) has / for a dot within a name */
		snprintf(sysctl, sizeof(sysctl), "net.ipv4.conf.%s", name);
		while ((dot = strchr(sysctl + strlen("net.ipv4.conf."), '.')))
			*dot = '/';
		snprintf(sysctl + strlen(sysctl), sizeof(sysctl) - strlen(sysctl), ".rp_filter");
		explain_sysctl(e, sysctl, "2");
		all = true;
	}
	if (all)
		explain_advice(
			e, "2 is loose: the source must be reachable through any interface. If it "
			   "should be reachable through this one, its route is missing: ip route");
}

void cause_no_route(struct explanation *e)
{
	explain_events(e, "bpf.no_route", NULL, 0);
	explain_command(e, "ip route");
	explain_command(e, "ip -6 route");
	explain_advice(e, "ip route get ADDRESS says which route a packet takes; add the one that "
			  "is missing");
}

void cause_ip_address(struct explanation *e)
{
	int64_t forward;
	char device[16];

	explain_events(e, "bpf.ip_address", device, sizeof(device));
	if (sysctl_value(e, "net.ipv4.ip_forward", &forward))
		explain_cause(e, "net.ipv4.ip_forward is %lld: packets for other hosts are %s",
			      (long long)forward, forward ? "forwarded" : "dropped");
	explain_command(e, "ip addr");
	if (*device)
		explain_command(e, "tcpdump -c 10 -e -nn -i %s", device);
	explain_advice(e,
		       "give this host the address, correct the sender's, or switch forwarding on "
		       "where this host is to be a router");
}

void cause_ip_header(struct explanation *e)
{
	char device[16];

	explain_events(e, "bpf.ip_header", device, sizeof(device));
	explain_events(e, "bpf.ip_truncated", NULL, 0);
	if (*device)
		explain_command(e, "tcpdump -c 10 -vv -nn -i %s", device);
	explain_advice(e, "tcpdump -vv names what is wrong (bad cksum, ttl 0): find who sends or "
			  "changes them");
}

void cause_ip_memory(struct explanation *e)
{
	double waiting = json_number_value(fact(e->sight, e->subject, "pressure.memory"));

	if (waiting > 0)
		explain_cause(e, "tasks waited for memory %.1f %% of the last 10 s", waiting);
	explain_command(e, "sysctl -a -r net.ipv6.conf.*disable_ipv6");
}

void cause_reassembly(struct explanation *e)
{
	static const struct {
		const char *sysctl, *gauge, *what, *fails;
	} memories[] = {
		{"net.ipv4.ipfrag_high_thresh", "sockstat.frag_memory", "IPv4",
		 "snmp.Ip.ReasmFails"},
		{"net.ipv6.ip6frag_high_thresh", "sockstat.frag6_memory", "IPv6",
		 "snmp6.Ip6ReasmFails"},
	};
	int64_t late = 0, late6 = 0;

	sight_delta(e->sight, e->subject, "snmp.Ip.ReasmTimeout", &late);
	sight_delta(e->sight, e->subject, "snmp6.Ip6ReasmTimeout", &late6);
	if (late + late6)
		explain_cause(
			e,
			"%lld of %lld because a fragment did not come in time: it was lost before",
			(long long)(late + late6), (long long)e->lost);
	for (size_t i = 0; i < sizeof(memories) / sizeof(memories[0]); i++) {
		int64_t limit, used = 0, failed = 0;

		sight_delta(e->sight, e->subject, memories[i].fails, &failed);
		if (!failed || !sysctl_value(e, memories[i].sysctl, &limit))
			continue;
		sight_level(e->sight, e->subject, memories[i].gauge, &used);
		explain_cause(e, "%s fragments hold %lld of %lld bytes (%s)", memories[i].what,
			      (long long)used, (long long)limit, memories[i].sysctl);
		if (late + late6 < e->lost)
			explain_sysctl_more(e, memories[i].sysctl, limit, 16 << 20, 4);
	}
	explain_advice(
		e, "best is no fragments: the same MTU on the whole path, and programs that send "
		   "no more than fits");
}

void cause_neighbour(struct explanation *e)
{
	static const char *const families[] = {"neighbours.ipv4.failed", "neighbours.ipv6.failed"};
	char device[16];

	explain_events(e, "bpf.neighbour", device, sizeof(device));
	for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
		const json_t *failed = fact(e->sight, e->subject, families[f]);

		for (size_t i = 0; i < json_array_size(failed) && i < SHOWN; i++) {
			const json_t *one = json_array_get(failed, i);
			const char *address = json_is_string(one) ? json_string_value(one)
								  : json_str(one, "address", "?");

			explain_cause(e, "%s does not answer%s%s", address, *device ? " at " : "",
				      device);
			if (*device)
				explain_advice(
					e,
					"if the host is there but silent: ip neigh replace %s "
					"lladdr MAC dev %s nud permanent",
					address, device);
		}
	}
	explain_command(e, "ip -s neigh");
}

/*
 * These counters are the machine's, of namespaces that nobody asked for, too; what the observer
 * sees is of those that are looked at.
 */
bool when_nobody_observes(struct sight *sight, struct subject *subject)
{
	return !sight->observer;
}

void cause_neighbour_table(struct explanation *e)
{
	static const char *const names[] = {"net.ipv4.neigh.default.gc_thresh3",
					    "net.ipv6.neigh.default.gc_thresh3"};
	int64_t limit;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!sysctl_value(e, names[i], &limit))
			continue;
		explain_cause(e, "%s is %lld", names[i], (long long)limit);
		explain_sysctl_more(e, names[i], limit, 4096, 4);
	}
	explain_log(e, "neighbour: ");
	explain_log(e, "neighbor table overflow");
}

void cause_mtu(struct explanation *e)
{
	const json_t *tunnels = fact(e->sight, e->subject, "tunnels"), *t;
	int64_t probing;
	bool found = false;
	char device[16];
	size_t i;

	explain_events(e, "bpf.frame_length", device, sizeof(device));
	for (size_t k = 0; *device && k < e->sight->n; k++) {
		const struct subject *s = &e->sight->subjects[k];
		int64_t mtu, peer_mtu;

		if (s->kind != SUBJECT_DEVICE || s->inode != e->subject->inode ||
		    strcmp(s->ifname, device))
			continue;
		facts_read((struct sight *)e->sight, (struct subject *)s, "link");
		if (!fact_s64(e->sight, s, "link.mtu", &mtu))
			continue;
		if (fact_s64(e->sight, s, "link.peer_mtu", &peer_mtu) && peer_mtu < mtu) {
			explain_cause(e, "%s has an MTU of %lld, its other end of %lld", device,
				      (long long)mtu, (long long)peer_mtu);
			explain_command(e, "ip link set %s mtu %lld", device, (long long)peer_mtu);
			found = true;
		} else {
			explain_cause(e, "%s has an MTU of %lld", device, (long long)mtu);
		}
	}
	json_array_foreach ((json_t *)tunnels, i, t) {
		int64_t below = json_s64(t, "below_mtu", 0), overhead = json_s64(t, "overhead", 0);

		if (json_flag(t, "fits", true))
			continue;
		explain_cause(e, "%s (%s) has an MTU of %lld and adds %lld bytes, %s below it %lld",
			      json_str(t, "ifname", "?"), json_str(t, "kind", "?"),
			      (long long)json_s64(t, "mtu", 0), (long long)overhead,
			      json_str(t, "below", "?"), (long long)below);
		explain_command(e, "ip link set %s mtu %lld", json_str(t, "ifname", "?"),
				(long long)(below - overhead));
		found = true;
	}
	if (!found && sysctl_value(e, "net.ipv4.tcp_mtu_probing", &probing) && !probing)
		explain_sysctl(e, "net.ipv4.tcp_mtu_probing", "1");
	explain_advice(
		e, "the same MTU on the whole path; let ICMP type 3 code 4 and ICMPv6 type 2 pass "
		   "every firewall, else TCP stands still (a black hole)");
}

void cause_kernel_drop(struct explanation *e)
{
	const json_t *one;
	size_t i;

	json_array_foreach ((json_t *)e->evidence, i, one) {
		char counter[64];

		/* as events name it, without ".others" */
		snprintf(counter, sizeof(counter), "%s", json_str(one, "counter", ""));
		if (strstr(counter, ".others"))
			*strstr(counter, ".others") = '\0';
		explain_events(e, counter, NULL, 0);
	}
	explain_advice(e,
		       "the reason's comment in include/net/dropreason-core.h says what it means");
}

void cause_icmp_rate(struct explanation *e)
{
	int64_t all, one, moved = 0;

	sight_delta(e->sight, e->subject, "snmp.Icmp.OutRateLimitGlobal", &moved);
	if (moved && sysctl_value(e, "net.ipv4.icmp_msgs_per_sec", &all)) {
		explain_cause(e, "net.ipv4.icmp_msgs_per_sec is %lld for all", (long long)all);
		explain_sysctl_more(e, "net.ipv4.icmp_msgs_per_sec", all, 10000, 10);
	}
	if (sysctl_value(e, "net.ipv4.icmp_ratelimit", &one))
		explain_cause(e, "net.ipv4.icmp_ratelimit is %lld ms to each peer", (long long)one);
	explain_advice(
		e, "look for what makes so many of them: packets to ports without a listener, or "
		   "without a route");
}

/* Broadcast and multicast packets, where they are many and a fifth of all. */
int64_t measure_storm(struct sight *sight, struct subject *subject)
{
	int64_t broadcast = 0, multicast = 0, all = 0, sum;

	if (!sight_delta(sight, subject, "netstat.IpExt.InBcastPkts", &broadcast) ||
	    !sight_delta(sight, subject, "netstat.IpExt.InMcastPkts", &multicast) ||
	    !sight_delta(sight, subject, "snmp.Ip.InReceives", &all) || subject->seconds <= 0)
		return 0;
	sum = broadcast + multicast;
	return (double)sum / subject->seconds > 1000 && sum > all / 5 ? sum : 0;
}

void cause_storm(struct explanation *e)
{
	int64_t broadcast = 0, multicast = 0;

	sight_delta(e->sight, e->subject, "netstat.IpExt.InBcastPkts", &broadcast);
	sight_delta(e->sight, e->subject, "netstat.IpExt.InMcastPkts", &multicast);
	explain_cause(e, "%lld broadcast and %lld multicast packets", (long long)broadcast,
		      (long long)multicast);
	explain_command(e, "tcpdump -c 20 -e -nn broadcast or multicast");
	explain_advice(
		e, "a loop in the network (spanning tree), or a program that floods; IGMP snooping "
		   "keeps multicast from who did not ask for it");
}
