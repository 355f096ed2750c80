/* The groups, in one table; see groups.h. */
#include "groups.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>

#include "observer.h"

/*
 * LINK: out, and past IP: the link header is there. TCP, ICMP: in, and of that protocol. MANY: in,
 * and not to this host alone.
 */
enum direction { ANY, OUT, LINK, IN, TCP, ICMP, MANY };

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
 * The first row that matches has the event. NAME, stage, what the counter is, kind, direction,
 * patterns, what an increment means. What TCP throws away at its sockets has rows of its own,
 * before those of UDP, which has some reasons with it in common.
 */
/* clang-format off */
#define GROUPS(X) \
	X(tcp_repeated, "TCP", EVENT, DROP, TCP, \
	  "TCP_OLD_DATA TCP_OFOMERGE TCP_OLD_ACK TCP_TOO_OLD_ACK TCP_OLD_SEQUENCE " \
	  "TCP_RFC7323_PAWS_ACK", \
	  "segments whose data or acknowledgement was there already: no loss") \
	X(tcp_ended, "TCP", EVENT, DROP, TCP, \
	  "TCP_RESET TCP_CLOSE TCP_FLAGS TCP_FASTOPEN TCP_ABORT_ON_DATA TCP_ACK_UNSENT_DATA " \
	  "TCP_INVALID_ACK_SEQUENCE TCP_INVALID_SYN SOCKET_CLOSE QUEUE_PURGE NOT_SPECIFIED@tcp_*", \
	  "resets, segments of connections that end or have ended, data that was never read: no loss") \
	X(tcp_no_socket, "TCP", EVENT, DROP, TCP, "NO_SOCKET", \
	  "no socket for the segment: it is answered by a reset, and was for a port that is closed, or " \
	  "late") \
	X(tcp_paws, "TCP", LOSS, DROP, TCP, "TCP_RFC7323_*", \
	  "a time stamp that is too old (PAWS) or was never sent") \
	X(tcp_accept_queue, "TCP", LOSS, DROP, TCP, "TCP_LISTEN_OVERFLOW", \
	  "the listening socket's accept queue was full") \
	X(tcp_backlog, "TCP", LOSS, DROP, TCP, "SOCKET_BACKLOG", \
	  "the socket was busy, and its backlog full") \
	X(tcp_window, "TCP", LOSS, DROP, TCP, \
	  "TCP_ZEROWINDOW TCP_OVERWINDOW TCP_INVALID_SEQUENCE TCP_INVALID_END_SEQUENCE", \
	  "beyond the window that the socket had offered, or that window was 0") \
	X(tcp_receive_buffer, "TCP", LOSS, DROP, TCP, "SOCKET_RCVBUFF TCP_OFO_*", \
	  "the socket's receive buffer was full: out-of-order segments were thrown away") \
	X(tcp_memory, "TCP", LOSS, DROP, TCP, "PROTO_MEM", \
	  "the socket had no memory left: its receive buffer, or tcp_mem") \
	X(tcp_checksum, "TCP", LOSS, DROP, TCP, "TCP_CSUM", "wrong TCP checksum") \
	X(tcp_refused, "TCP", LOSS, DROP, TCP, \
	  "SOCKET_FILTER TCP_AUTH_HDR TCP_MD5* TCP_AO* TCP_MINTTL", \
	  "at the socket, for another reason: a filter, a signature, hops") \
	X(copies, "packet tap", EVENT, DROP, ANY, "PACKET_SOCK_ERROR QUEUE_PURGE", \
	  "copies of frames, at a packet socket or in an error queue: no loss") \
	X(neighbour, "neighbour", LOSS, DROP, OUT, "NEIGH_*", \
	  "the next hop's link address is not known") \
	X(no_route, "IP", LOSS, DROP, OUT, "IP_OUTNOROUTES", "no route") \
	X(frame_length, "driver TX", LOSS, DROP, OUT, \
	  "PKT_TOO_BIG NOT_SPECIFIED@*dev_forward_skb*", \
	  "longer than the MTU of the way on, or of a virtual device's other end") \
	X(tc_egress, "tc egress", LOSS, DROP, OUT, "TC_EGRESS", "a filter of tc's egress hook dropped it") \
	X(qdisc, "qdisc", LOSS, DROP, ANY, "QDISC_* FQ_* CAKE_* DUALPI2_*", "a queueing discipline dropped it") \
	X(firewall_egress, "firewall", LOSS, DROP, LINK, "NETFILTER_DROP", \
	  "a rule at the device's egress hook dropped it") \
	X(firewall_output, "firewall", LOSS, DROP, OUT, "NETFILTER_DROP BPF_CGROUP_EGRESS SECURITY_HOOK", \
	  "a rule on the way out dropped it (output, postrouting, cgroup)") \
	X(driver_freed, "driver TX", EVENT, DROP, OUT, \
	  "NOT_SPECIFIED@dev_kfree_skb_any* NOT_SPECIFIED@net_tx_action", \
	  "the driver let it go: sent (e1000, and others that do not say so), or dropped") \
	X(driver_tx, "driver TX", LOSS, DROP, ANY, "FULL_RING DEV_READY NOT_SPECIFIED@*xmit*", \
	  "the driver, or the core just above it, dropped it on the way out") \
	X(backlog, "backlog", LOSS, DROP, ANY, "CPU_BACKLOG", "the backlog queue of a CPU was full") \
	X(xdp, "XDP program", LOSS, DROP, ANY, "XDP NOT_SPECIFIED@*generic_xdp* NOT_SPECIFIED@do_xdp_generic NOT_SPECIFIED@*xdp_rcv*", \
	  "XDP dropped a packet, by verdict or by a redirect that failed: generic, or native on a veth") \
	X(tx_other, "kernel", LOSS, DROP, OUT, "*", "dropped on the way out for another reason") \
	X(tc_ingress, "tc ingress", LOSS, DROP, IN, "TC_INGRESS", \
	  "a filter of tc's ingress hook dropped it") \
	X(hook, "firewall", LOSS, DROP, IN, "NETFILTER_DROP@nf_hook_slow*", \
	  "a netfilter hook without nftables rules dropped it: connection tracking, iptables") \
	X(firewall, "firewall", LOSS, DROP, IN, "NETFILTER_DROP", "an nftables rule on the way in dropped it") \
	X(other_host, "IP", LOSS, DROP, IN, "OTHERHOST", "for another MAC address") \
	X(icmp_unasked, "IP", EVENT, DROP, ICMP, "NO_SOCKET", \
	  "answers to an echo that no ping socket waits for (raw ones have had a copy): no loss") \
	X(multicast, "IP", EVENT, DROP, MANY, \
	  "IP_INNOROUTES NOT_SPECIFIED@ip6_mc_input NOT_SPECIFIED@ip_rcv_finish* " \
	  "NOT_SPECIFIED@__udp?_lib_*", \
	  "to all or to a group, and nobody here takes it (a host's observer only): no loss") \
	X(ip_header, "IP", LOSS, DROP, IN, \
	  "IP_CSUM IP_INHDR IPV6_BAD_EXTHDR UNHANDLED_PROTO@ip6_rcv* UNHANDLED_PROTO@ipv6_rcv", \
	  "bad IP header or checksum") \
	X(protocol, "IP", LOSS, DROP, IN, "UNHANDLED_PROTO", "no handler for the EtherType") \
	X(ip_protocol, "IP", LOSS, DROP, IN, "IP_NOPROTO", "no handler for the IP protocol") \
	X(ip_truncated, "IP", LOSS, DROP, IN, "PKT_TOO_SMALL HDR_TRUNC", "shorter than its headers say") \
	X(ip_address, "IP", LOSS, DROP, IN, \
	  "IP_INADDRERRORS IP_INNOROUTES IP_INVALID_* IP_LOCAL* UNICAST_IN_L2_MULTICAST IPV6DISABLED", \
	  "an address that is not this host's or cannot be one") \
	X(rp_filter, "IP", LOSS, DROP, IN, "IP_RPFILTER", "reverse path filter") \
	X(reassembly, "IP", LOSS, DROP, IN, "FRAG_* DUP_FRAG NOT_SPECIFIED@*frag*", "fragments were given up") \
	X(udp_checksum_early, "UDP", LOSS, DROP, IN, \
	  "UDP_CSUM@__udp?_lib_rcv UDP_CSUM@udp_rcv UDP_CSUM@udpv6_rcv", \
	  "wrong UDP checksum, found before the socket was looked up") \
	X(udp_checksum, "UDP", LOSS, DROP, IN, "UDP_CSUM SKB_CSUM", "wrong UDP checksum") \
	X(no_listener, "UDP", LOSS, DROP, IN, "NO_SOCKET", "no socket for the port") \
	X(receive_buffer, "UDP socket", LOSS, DROP, IN, "SOCKET_RCVBUFF", \
	  "the socket's receive buffer was full") \
	X(udp_memory, "UDP socket", LOSS, DROP, IN, "PROTO_MEM", "udp_mem was used up") \
	X(socket, "UDP socket", LOSS, DROP, IN, \
	  "SOCKET_FILTER *@udp_queue_rcv* *@udpv6_queue_rcv* *@udp_unicast_rcv* *@udp6_unicast_rcv*", \
	  "at the socket, for another reason: a filter, a policy") \
	X(unread, "UDP socket", EVENT, DROP, IN, "SOCKET_CLOSE NOT_SPECIFIED@udp*_destruct*", \
	  "received, but its program closed the socket without reading it") \
	X(rx_other, "kernel", LOSS, DROP, IN, "*", "dropped on the way in for another reason")

/* Of these there is no packet to look at, or it is a dropped one above, too: one counter each. */
#define UNTOLD(X) \
	X(xdp_action, "XDP program", EVENT, XDP_ACTION, ANY, "*", \
	  "an XDP program aborted, or its verdict could not be carried out; of anyone") \
	X(xdp_redirect, "XDP program", EVENT, XDP_REDIRECT, ANY, "*", \
	  "a redirect of an XDP program failed; of anyone") \
	X(udp_queue, "UDP socket", EVENT, UDP_QUEUE, ANY, "*", \
	  "a socket refused the datagram, for its buffer or memory: dropped packets, of anyone")

#define GROUP(name, where, what, kind_, way, patterns_, text) \
	{ .kind = OBSERVER_##kind_, .direction = way, .patterns = patterns_ },
static const struct group groups[] = { GROUPS(GROUP) UNTOLD(GROUP) };

#define ONE(name, where, what, kind_, way, patterns_, text) 1,
enum { TOLD = sizeof((char[]){ GROUPS(ONE) }) };

#define DEFS(name, where, what, kind_, way, patterns_, text) \
	{ .id = "bpf." #name, .stage = where, .kind = COUNTER_##what, .scope = SCOPE_NETNS, \
	  .reader = READER_AGENT, .source = SOURCE_OBSERVER, .locator = patterns_, .bits = 64, \
	  .since = "5.5", .overlaps = "", .help = "ours: " text }, \
	{ .id = "bpf." #name ".others", .stage = where, .kind = COUNTER_##what, \
	  .scope = SCOPE_NETNS, .reader = READER_AGENT, .source = SOURCE_OBSERVER, \
	  .locator = patterns_, .bits = 64, .since = "5.5", .overlaps = "", \
	  .help = "not ours: " text },
#define UNTOLD_DEF(name, where, what, kind_, way, patterns_, text) \
	{ .id = "bpf." #name, .stage = where, .kind = COUNTER_##what, .scope = SCOPE_NETNS, \
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

size_t observer_group_count(void)
{
	return sizeof(groups) / sizeof(groups[0]);
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

#define PROTOCOL_ICMP 1
#define PROTOCOL_TCP 6
#define PROTOCOL_ICMPV6 58

static bool direction_matches(enum direction direction, const struct observer_key *key)
{
	const bool in = key->direction == OBSERVER_RX;

	switch (direction) {
	case OUT:
		return !in;
	case LINK:
		return !in && key->at_link;
	case IN:
		return in;
	case TCP:
		return in && key->ip_protocol == PROTOCOL_TCP;
	case ICMP:
		return in &&
		       (key->ip_protocol == PROTOCOL_ICMP || key->ip_protocol == PROTOCOL_ICMPV6);
	case MANY:
		return in && key->to_many;
	default:
		return true;
	}
}

static bool group_matches(const struct group *group, const struct observer_key *key,
			  const char *reason, const char *function)
{
	const char *patterns = group->patterns;
	char one[96];

	if (group->kind != key->kind || !direction_matches(group->direction, key))
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
	size_t i;

	for (i = 0; i + 1 < observer_group_count(); i++)
		if (group_matches(&groups[i], key, reason, function))
			return i;
	return i;
}
