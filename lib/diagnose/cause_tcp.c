/* Why TCP loses or delays on this host: listening sockets, buffers, ports, and who sends again. */
#include <limits.h>
#include <string.h>

#include "causes.h"
#include "json.h"

#define SHOWN 3

/* Listening sockets whose queue is full or that dropped, and what their backlog is. */
static int64_t explain_listeners(struct explanation *e)
{
	const json_t *listeners = fact(e->sight, e->subject, "listeners"), *s;
	char who[128], amount[48];
	int64_t smallest = 0;
	size_t i, shown = 0;

	json_array_foreach ((json_t *)listeners, i, s) {
		int64_t queue = json_s64(s, "queue", 0), backlog = json_s64(s, "backlog", 0);

		/* one in which half or more waits; the kernel lets in one more than the backlog */
		if (2 * queue < backlog || shown++ >= SHOWN)
			continue;
		smallest = !smallest || backlog < smallest ? backlog : smallest;
		explain_cause(e, "%s: %s waiting for accept(), its backlog is %lld",
			      socket_text(s, who, sizeof(who)),
			      amount_text(amount, sizeof(amount), queue, "connections"),
			      (long long)backlog);
	}
	return smallest;
}

void cause_accept_queue(struct explanation *e)
{
	int64_t most = 0, abort = 0, smallest = explain_listeners(e);

	if (sysctl_value(e, "net.core.somaxconn", &most)) {
		explain_cause(e, "net.core.somaxconn is %lld: no backlog is larger",
			      (long long)most);
		/* it helps where the program asked for more than it */
		if (!smallest || smallest >= most)
			explain_sysctl_more(e, "net.core.somaxconn", most, 4096, 4);
	}
	if (sysctl_value(e, "net.ipv4.tcp_abort_on_overflow", &abort))
		explain_cause(
			e,
			abort ? "clients are told by a reset (tcp_abort_on_overflow = 1)"
			      : "clients see nothing and send again (tcp_abort_on_overflow = 0)");
	explain_advice(e,
		       "then start the program anew with a larger backlog of listen(), and let it "
		       "accept faster: more threads, accept in a loop until EAGAIN");
}

/* As many half-open connections as its backlog are all that a listener has. */
static void explain_half_open(struct explanation *e, int64_t half)
{
	const json_t *listeners = fact(e->sight, e->subject, "listeners"), *s;
	char who[128];
	size_t i, shown = 0;

	json_array_foreach ((json_t *)listeners, i, s) {
		int64_t backlog = json_s64(s, "backlog", 0);

		if (half < backlog || shown++ >= SHOWN)
			continue;
		explain_cause(e, "%s has a backlog of %lld", socket_text(s, who, sizeof(who)),
			      (long long)backlog);
		explain_advice(e, "start its program anew with a larger backlog of listen()");
	}
}

void cause_half_open(struct explanation *e)
{
	int64_t half = 0, backlog = 0, cookies = 0, most = 0;

	if (fact_s64(e->sight, e->subject, "tcp_states.syn_recv", &half))
		explain_cause(e, "%lld connections are half open (SYN_RECV)", (long long)half);
	explain_half_open(e, half);
	if (sysctl_value(e, "net.ipv4.tcp_syncookies", &cookies) && !cookies) {
		explain_cause(e, "net.ipv4.tcp_syncookies is 0");
		explain_sysctl(e, "net.ipv4.tcp_syncookies", "1");
	}
	if (sysctl_value(e, "net.ipv4.tcp_max_syn_backlog", &backlog)) {
		explain_cause(e, "net.ipv4.tcp_max_syn_backlog is %lld", (long long)backlog);
		/* it counts without cookies alone, and keeps its last quarter for known peers */
		if (!cookies && (!half || half >= backlog / 2))
			explain_sysctl_more(e, "net.ipv4.tcp_max_syn_backlog", backlog, 4096, 4);
	}
	if (sysctl_value(e, "net.core.somaxconn", &most))
		explain_cause(e,
			      "net.core.somaxconn is %lld; the queue holds as many as the "
			      "listener's backlog at most",
			      (long long)most);
	explain_log(e, "SYN flooding");
	explain_advice(e, "is it a flood? ss -tn state syn-recv shows from where");
}

void cause_paws(struct explanation *e)
{
	int64_t recycle, stamps;

	if (sysctl_value(e, "net.ipv4.tcp_tw_recycle", &recycle) && recycle) {
		explain_cause(
			e, "net.ipv4.tcp_tw_recycle is on: with clients behind NAT it drops their "
			   "connections");
		explain_sysctl(e, "net.ipv4.tcp_tw_recycle", "0");
	}
	if (sysctl_value(e, "net.ipv4.tcp_timestamps", &stamps) && stamps)
		explain_sysctl(e, "net.ipv4.tcp_timestamps", "0");
	explain_advice(e, "find the peers whose timestamps go back: several hosts behind one NAT "
			  "address, a load balancer that reuses ports. Without timestamps new "
			  "connections are not checked, and lose PAWS and exact round trip times");
}

/* Where it is what limits: half of it is in use, or it is FULL as the kernel counts. */
static void explain_tcp_mem(struct explanation *e, bool full)
{
	int64_t pages = 0, middle, high;
	bool known = sight_level(e->sight, e->subject, "sockstat.tcp_mem", &pages);

	if (!full && (!known || !sysctl_value(e, "net.ipv4.tcp_mem.2", &high) || pages < high / 2))
		return;
	if (known)
		explain_cause(e, "TCP sockets hold %lld pages of memory", (long long)pages);
	if (!sysctl_value(e, "net.ipv4.tcp_mem.1", &middle) ||
	    !sysctl_value(e, "net.ipv4.tcp_mem.2", &high))
		return;
	explain_cause(e, "net.ipv4.tcp_mem: pressure from %lld pages on, no more than %lld",
		      (long long)middle, (long long)high);
	high = high < 65536 ? 262144 : 2 * high;
	explain_sysctl(e, "net.ipv4.tcp_mem", "%lld %lld %lld", (long long)high / 2,
		       (long long)high / 4 * 3, (long long)high);
}

static int64_t longest_queue(const struct explanation *e)
{
	const json_t *queues = fact(e->sight, e->subject, "tcp_queues"), *s;
	int64_t longest = 0;
	size_t i;

	json_array_foreach ((json_t *)queues, i, s) {
		int64_t queue = json_s64(s, "receive_queue", 0);

		longest = queue > longest ? queue : longest;
	}
	return longest;
}

static void explain_rmem(struct explanation *e)
{
	int64_t least, usual, most;

	if (!sysctl_value(e, "net.ipv4.tcp_rmem.0", &least) ||
	    !sysctl_value(e, "net.ipv4.tcp_rmem.1", &usual) ||
	    !sysctl_value(e, "net.ipv4.tcp_rmem.2", &most))
		return;
	explain_cause(e, "net.ipv4.tcp_rmem: %lld bytes at first, %lld at most", (long long)usual,
		      (long long)most);
	/* a buffer that the program made small itself is not held back by it */
	if (most >= 6291456 && longest_queue(e) < most / 2)
		return;
	explain_sysctl(e, "net.ipv4.tcp_rmem", "%lld %lld %lld",
		       (long long)(least < 4096 ? 4096 : least),
		       (long long)(usual < 131072 ? 131072 : usual),
		       (long long)(most < 6291456       ? 6291456
				   : most > INT_MAX / 2 ? INT_MAX
							: 2 * most));
}

/* Connections whose receive queue is longest. */
static void explain_queues(struct explanation *e)
{
	const json_t *queues = fact(e->sight, e->subject, "tcp_queues"), *s;
	char who[128], amount[48];
	size_t i;

	json_array_foreach ((json_t *)queues, i, s)
		if (i < SHOWN)
			explain_cause(e, "%s: %s waiting to be read",
				      socket_text(s, who, sizeof(who)),
				      amount_text(amount, sizeof(amount),
						  json_s64(s, "receive_queue", 0), "bytes"));
}

void cause_tcp_backlog(struct explanation *e)
{
	explain_queues(e);
	explain_rmem(e);
	explain_advice(e, "a thread that reads or sends much in one call holds the socket: read in "
			  "smaller pieces, from a CPU other than that of the softirq");
}

void cause_tcp_buffer(struct explanation *e)
{
	explain_queues(e);
	explain_rmem(e);
	explain_tcp_mem(e, false);
	explain_advice(e,
		       "let the program read faster; a fixed SO_RCVBUF switches off the growing of "
		       "its window");
}

void cause_zero_window(struct explanation *e)
{
	explain_queues(e);
	explain_command(e, "ss -tnpm state established");
	explain_advice(
		e, "the program named does not read: more threads, a profile of what it waits for");
}

/* All sockets of the machine together hold as much as tcp_mem allows, or nearly. */
bool when_tcp_memory_is_full(struct sight *sight, struct subject *subject)
{
	int64_t pages, most;

	facts_read(sight, sight->subjects, "memory");
	return fact_s64(sight, subject, "memory.tcp.pages", &pages) &&
	       fact_s64(sight, subject, "memory.tcp.max", &most) && pages >= most - most / 10;
}

void cause_tcp_memory(struct explanation *e)
{
	explain_tcp_mem(e, true);
	explain_log(e, "TCP: out of memory");
	explain_log(e, "out of memory");
}

void cause_time_wait(struct explanation *e)
{
	int64_t count = 0, most = 0;

	if (fact_s64(e->sight, e->subject, "tcp_states.time_wait", &count) &&
	    sysctl_value(e, "net.ipv4.tcp_max_tw_buckets", &most))
		explain_cause(e, "%lld connections in TIME_WAIT, tcp_max_tw_buckets is %lld",
			      (long long)count, (long long)most);
	if (sysctl_value(e, "net.ipv4.tcp_max_tw_buckets", &most))
		explain_sysctl_more(e, "net.ipv4.tcp_max_tw_buckets", most, 262144, 2);
	explain_log(e, "time wait bucket table overflow");
	explain_advice(e,
		       "many short connections: keep them open, or let the other end close first");
}

/* Used ports of the range, where that is nearly all of it. */
int64_t measure_ports(struct sight *sight, struct subject *subject)
{
	int64_t low, high, used, sockets = 0, waiting = 0;

	/* the list of all sockets is read only where there are many */
	sight_level(sight, subject, "sockstat.tcp_inuse", &sockets);
	sight_level(sight, subject, "sockstat.tcp_tw", &waiting);
	facts_read(sight, subject, "sysctl");
	if (!fact_s64(sight, subject, "sysctl.net.ipv4.ip_local_port_range.0", &low) ||
	    !fact_s64(sight, subject, "sysctl.net.ipv4.ip_local_port_range.1", &high) ||
	    sockets + waiting < (high - low + 1) * 4 / 5)
		return 0;
	facts_read(sight, subject, "ports");
	if (!fact_s64(sight, subject, "ports.in_use", &used))
		return 0;
	return used >= (high - low + 1) * 9 / 10 ? used : 0;
}

void cause_ports(struct explanation *e)
{
	int64_t low = 0, high = 0, used = 0, waiting = 0, reuse = 0;

	fact_s64(e->sight, e->subject, "ports.low", &low);
	fact_s64(e->sight, e->subject, "ports.high", &high);
	fact_s64(e->sight, e->subject, "ports.in_use", &used);
	explain_cause(
		e,
		"%lld of %lld local ports (net.ipv4.ip_local_port_range %lld to %lld) are in use",
		(long long)used, (long long)(high - low + 1), (long long)low, (long long)high);
	if (fact_s64(e->sight, e->subject, "tcp_states.time_wait", &waiting) && waiting)
		explain_cause(e, "%lld connections in TIME_WAIT hold a port each for 60 s",
			      (long long)waiting);
	if (low > 1024 || high < 65535)
		explain_sysctl(e, "net.ipv4.ip_local_port_range", "%lld 65535",
			       (long long)(low < 1024 ? low : 1024));
	if (sysctl_value(e, "net.ipv4.tcp_tw_reuse", &reuse) && reuse != 1)
		explain_sysctl(e, "net.ipv4.tcp_tw_reuse", "1");
	explain_advice(e, "more addresses at either end, or connections that are kept open");
}

/*
 * Whether more was sent again than receivers say they had already, and than probes at the end of a
 * transfer: on a busy host segments overtake each other, and what TCP takes for loss is none. What
 * is left then is too little to be told from that.
 */
bool when_sent_again_for_loss(struct sight *sight, struct subject *subject)
{
	static const char *const needless[] = {"netstat.TcpExt.TCPDSACKRecvSegs",
					       "netstat.TcpExt.TCPSpuriousRTOs",
					       "netstat.TcpExt.TCPLossProbes"};
	int64_t again = 0, sum = 0, repaired = 0;

	sight_delta(sight, subject, "snmp.Tcp.RetransSegs", &again);
	for (size_t i = 0; i < sizeof(needless) / sizeof(needless[0]); i++) {
		int64_t moved = 0;

		sight_delta(sight, subject, needless[i], &moved);
		sum += moved;
	}
	/* probes that found a loss */
	sight_delta(sight, subject, "netstat.TcpExt.TCPLossProbeRecovery", &repaired);
	return again > 2 * (sum - repaired);
}

void cause_retransmission(struct explanation *e)
{
	const struct sight *sight = e->sight;
	int64_t sent = 0, again = 0;
	const char *syn;
	char amount[48];
	size_t shown = 0, i;
	json_t *c;

	if (sight_delta(sight, e->subject, "snmp.Tcp.RetransSegs", &again) &&
	    sight_delta(sight, e->subject, "snmp.Tcp.OutSegs", &sent))
		explain_cause(e,
			      "%lld sent again, %lld segments sent besides (OutSegs leaves pure "
			      "retransmissions out)",
			      (long long)again, (long long)sent);
	json_array_foreach (sight->connections, i, c) {
		if (json_u64(c, "netns", 0) != e->subject->inode || !json_s64(c, "segments", 0) ||
		    shown++ >= 5)
			continue;
		syn = !json_s64(c, "syns", 0) ? ""
		      : !strcmp(json_str(c, "state", "?"), "SYN_RECV")
			      ? ", its SYN-ACK is not answered"
			      : ", its SYN is not answered";
		explain_cause(
			e, "%s port %lld to %s port %lld, %s: %s%s", json_str(c, "local", "?"),
			(long long)json_s64(c, "local_port", 0), json_str(c, "remote", "?"),
			(long long)json_s64(c, "remote_port", 0), json_str(c, "state", "?"),
			amount_text(amount, sizeof(amount), json_s64(c, "segments", 0), "segments"),
			syn);
	}
	explain_advice(
		e, "look for the place on the path to these peers: run ringloss diagnose at the "
		   "other end, and at each hop that can be looked at");
}

void cause_resets(struct explanation *e)
{
	int64_t failed = 0, reset = 0;

	sight_delta(e->sight, e->subject, "snmp.Tcp.AttemptFails", &failed);
	sight_delta(e->sight, e->subject, "snmp.Tcp.EstabResets", &reset);
	if (failed)
		explain_cause(
			e,
			"%lld attempts failed: no listener at the port, or a firewall that rejects",
			(long long)failed);
	if (reset)
		explain_cause(
			e,
			"%lld connections were reset: a program closed with data unread, or died",
			(long long)reset);
	explain_command(e, "ss -tan");
}

void cause_signatures(struct explanation *e)
{
	explain_advice(e,
		       "both ends must have the same keys for the same addresses and ports (BGP: "
		       "neighbor password); a wrong clock of key rollover looks the same");
}
