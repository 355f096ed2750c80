/* The groups, in one table; see groups.h. */
#include "groups.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>

#include "observer.h"

/* LINK: out, and past IP: the link header is there. */
enum direction { ANY, OUT, LINK, IN };

struct group {
	enum observer_kind kind;
	enum direction direction;
	/*
	 * Patterns (fnmatch) of reasons, each with a pattern of functions behind '@' where only
	 * some are meant, separated by blanks. Reasons: enum skb_drop_reason of the kernel
	 * (include/net/dropreason-core.h). "*": all that is left.
	 */
	const char *patterns;
};

/*
 * The first row that matches has the event. NAME, stage, kind, direction, patterns, what an
 * increment means.
 */
/* clang-format off */
#define GROUPS(X) \
	X(copies, "packet tap", DROP, ANY, "PACKET_SOCK_ERROR QUEUE_PURGE", \
	  "copies of frames, at a packet socket or in an error queue: no loss") \
	X(neighbour, "neighbour", DROP, OUT, "NEIGH_*", \
	  "the next hop's link address is not known") \
	X(no_route, "IP", DROP, OUT, "IP_OUTNOROUTES", "no route") \
	X(frame_length, "driver TX", DROP, OUT, \
	  "PKT_TOO_BIG NOT_SPECIFIED@*dev_forward_skb*", \
	  "longer than the MTU of the way on, or of a virtual device's other end") \
	X(tc_egress, "tc egress", DROP, OUT, "TC_EGRESS", "a filter of tc's egress hook dropped it") \
	X(qdisc, "qdisc", DROP, ANY, "QDISC_* FQ_* CAKE_* DUALPI2_*", "a queueing discipline dropped it") \
	X(firewall_egress, "firewall", DROP, LINK, "NETFILTER_DROP", \
	  "a rule at the device's egress hook dropped it") \
	X(firewall_output, "firewall", DROP, OUT, "NETFILTER_DROP BPF_CGROUP_EGRESS SECURITY_HOOK", \
	  "a rule on the way out dropped it (output, postrouting, cgroup)") \
	X(driver_tx, "driver TX", DROP, OUT, \
	  "FULL_RING DEV_READY NOT_SPECIFIED@*xmit* NOT_SPECIFIED@dev_kfree_skb_any*", \
	  "the driver, or the core just above it, dropped it on the way out") \
	X(backlog, "backlog", DROP, ANY, "CPU_BACKLOG", "the backlog queue of a CPU was full") \
	X(xdp, "XDP program", DROP, ANY, "XDP NOT_SPECIFIED@*generic_xdp* NOT_SPECIFIED@do_xdp_generic NOT_SPECIFIED@*xdp_rcv*", \
	  "XDP dropped a packet, by verdict or by a redirect that failed: generic, or native on a veth") \
	X(tx_other, "kernel", DROP, OUT, "*", "dropped on the way out for another reason") \
	X(tc_ingress, "tc ingress", DROP, IN, "TC_INGRESS", \
	  "a filter of tc's ingress hook dropped it") \
	X(hook, "firewall", DROP, IN, "NETFILTER_DROP@nf_hook_slow*", \
	  "a netfilter hook without nftables rules dropped it: connection tracking, iptables") \
	X(firewall, "firewall", DROP, IN, "NETFILTER_DROP", "an nftables rule on the way in dropped it") \
	X(other_host, "IP", DROP, IN, "OTHERHOST", "for another MAC address") \
	X(ip_header, "IP", DROP, IN, \
	  "IP_CSUM IP_INHDR IPV6_BAD_EXTHDR UNHANDLED_PROTO@ip6_rcv* UNHANDLED_PROTO@ipv6_rcv", \
	  "bad IP header or checksum") \
	X(protocol, "IP", DROP, IN, "UNHANDLED_PROTO", "no handler for the EtherType") \
	X(ip_protocol, "IP", DROP, IN, "IP_NOPROTO", "no handler for the IP protocol") \
	X(ip_truncated, "IP", DROP, IN, "PKT_TOO_SMALL HDR_TRUNC", "shorter than its headers say") \
	X(ip_address, "IP", DROP, IN, \
	  "IP_INADDRERRORS IP_INNOROUTES IP_INVALID_* IP_LOCAL* UNICAST_IN_L2_MULTICAST IPV6DISABLED", \
	  "an address that is not this host's or cannot be one") \
	X(rp_filter, "IP", DROP, IN, "IP_RPFILTER", "reverse path filter") \
	X(reassembly, "IP", DROP, IN, "FRAG_* DUP_FRAG NOT_SPECIFIED@*frag*", "fragments were given up") \
	X(udp_checksum_early, "UDP", DROP, IN, \
	  "UDP_CSUM@__udp?_lib_rcv UDP_CSUM@udp_rcv UDP_CSUM@udpv6_rcv", \
	  "wrong UDP checksum, found before the socket was looked up") \
	X(udp_checksum, "UDP", DROP, IN, "UDP_CSUM SKB_CSUM", "wrong UDP checksum") \
	X(no_listener, "UDP", DROP, IN, "NO_SOCKET", "no socket for the port") \
	X(receive_buffer, "UDP socket", DROP, IN, "SOCKET_RCVBUFF", \
	  "the socket's receive buffer was full") \
	X(udp_memory, "UDP socket", DROP, IN, "PROTO_MEM", "udp_mem was used up") \
	X(socket, "UDP socket", DROP, IN, \
	  "SOCKET_FILTER *@udp_queue_rcv* *@udpv6_queue_rcv* *@udp_unicast_rcv* *@udp6_unicast_rcv*", \
	  "at the socket, for another reason: a filter, a policy") \
	X(rx_other, "kernel", DROP, IN, "*", "dropped on the way in for another reason")

/* Of these there is no packet to look at, or it is a dropped one above, too: one counter each. */
#define UNTOLD(X) \
	X(xdp_action, "XDP program", XDP_ACTION, ANY, "*", \
	  "an XDP program aborted, or its verdict could not be carried out; of anyone") \
	X(xdp_redirect, "XDP program", XDP_REDIRECT, ANY, "*", \
	  "a redirect of an XDP program failed; of anyone") \
	X(udp_queue, "UDP socket", UDP_QUEUE, ANY, "*", \
	  "a socket refused the datagram, for its buffer or memory: dropped packets, of anyone")

#define GROUP(name, where, kind_, way, patterns_, text) \
	{ .kind = OBSERVER_##kind_, .direction = way, .patterns = patterns_ },
static const struct group groups[] = { GROUPS(GROUP) UNTOLD(GROUP) };

#define ONE(name, where, kind_, way, patterns_, text) 1,
enum { TOLD = sizeof((char[]){ GROUPS(ONE) }) };

#define DEFS(name, where, kind_, way, patterns_, text) \
	{ .id = "bpf." #name, .stage = where, .kind = COUNTER_LOSS, .scope = SCOPE_NETNS, \
	  .reader = READER_AGENT, .source = SOURCE_OBSERVER, .locator = patterns_, .bits = 64, \
	  .since = "5.5", .overlaps = "", .help = "ours: " text }, \
	{ .id = "bpf." #name ".others", .stage = where, .kind = COUNTER_LOSS, \
	  .scope = SCOPE_NETNS, .reader = READER_AGENT, .source = SOURCE_OBSERVER, \
	  .locator = patterns_, .bits = 64, .since = "5.5", .overlaps = "", \
	  .help = "not ours: " text },
#define UNTOLD_DEF(name, where, kind_, way, patterns_, text) \
	{ .id = "bpf." #name, .stage = where, .kind = COUNTER_EVENT, .scope = SCOPE_NETNS, \
	  .reader = READER_AGENT, .source = SOURCE_OBSERVER, .locator = patterns_, .bits = 64, \
	  .since = "5.5", .overlaps = "", .help = text },
#define PASSED(name, text) \
	{ .id = "bpf." name, .stage = "stack", .kind = COUNTER_IN, .scope = SCOPE_DEVICE, \
	  .reader = READER_AGENT, .source = SOURCE_OBSERVER, .locator = "", .bits = 64, \
	  .since = "5.5", .overlaps = "", .help = text }
static const struct counter_def defs[] = {
	GROUPS(DEFS)
	UNTOLD(UNTOLD_DEF)
	PASSED("at_stack", "ours: reached the protocols (traffic.observer = full)"),
	PASSED("at_stack.others", "not ours: reached the protocols (traffic.observer = full)"),
};
/* clang-format on */

const struct counter_def *observer_counter_table(size_t *n)
{
	*n = sizeof(defs) / sizeof(defs[0]);
	return defs;
}

size_t observer_group_counter(size_t group, enum observer_class class)
{
	return group < TOLD ? 2 * group + (class != OBSERVER_OURS) : group + TOLD;
}

/* PATTERN: "REASON" or "REASON@FUNCTION", cut in two by this. */
static bool pattern_matches(char *pattern, const char *reason, const char *function)
{
	char *at = strchr(pattern, '@');

	if (at)
		*at++ = '\0';
	return !fnmatch(pattern, reason, 0) && (!at || !fnmatch(at, function, 0));
}

static bool group_matches(const struct group *group, const struct observer_key *key,
			  const char *reason, const char *function)
{
	const char *patterns = group->patterns;
	char one[96];

	if (group->kind != key->kind ||
	    (group->direction == OUT && key->direction != OBSERVER_TX) ||
	    (group->direction == LINK && (key->direction != OBSERVER_TX || !key->at_link)) ||
	    (group->direction == IN && key->direction != OBSERVER_RX))
		return false;
	while (*patterns) {
		size_t len = strcspn(patterns, " ");

		if (len < sizeof(one)) {
			memcpy(one, patterns, len);
			one[len] = '\0';
			if (pattern_matches(one, reason, function))
				return true;
		}
		patterns += len + (patterns[len] == ' ');
	}
	return false;
}

size_t observer_group_of(const struct observer_key *key, const char *reason, const char *function)
{
	const size_t n = sizeof(groups) / sizeof(groups[0]);
	size_t i;

	for (i = 0; i + 1 < n; i++)
		if (group_matches(&groups[i], key, reason, function))
			return i;
	return i;
}
