/* Why UDP loses datagrams on this host: sockets, their buffers, their ports. */
#include <string.h>

#include "causes.h"
#include "json.h"
#include "table.h"

#define SHOWN 3 /* sockets, ports: the ones with the most */

void cause_udp_buffer(struct explanation *e)
{
	struct moved sockets[SHOWN];
	size_t n = facts_moved(e, "udp_sockets", "inode", "drops", sockets, SHOWN);
	int64_t most = 0, usual = 0, largest = 0, limit;
	char who[128], used[32], of[32];

	for (size_t i = 0; i < n; i++) {
		const json_t *s = sockets[i].element;

		limit = json_s64(s, "limit", 0);
		largest = limit > largest ? limit : largest;
		explain_cause(e, "%s: %lld dropped, its receive buffer holds %s of %s bytes",
			      socket_text(s, who, sizeof(who)), (long long)sockets[i].delta,
			      table_s64(used, sizeof(used), json_s64(s, "used", 0)),
			      table_s64(of, sizeof(of), limit));
	}
	if (sysctl_value(e, "net.core.rmem_max", &most)) {
		explain_cause(e, "net.core.rmem_max is %s bytes: SO_RCVBUF gets at most twice that",
			      table_s64(of, sizeof(of), most));
		if (largest < most * 2)
			explain_advice(e, "let the program ask for more: SO_RCVBUF of %s bytes",
				       table_s64(of, sizeof(of), most));
		explain_sysctl_more(e, "net.core.rmem_max", most, 4 << 20, 4);
	}
	/* the kernel's default of a buffer is what programs have that ask for nothing */
	if (sysctl_value(e, "net.core.rmem_default", &usual))
		explain_sysctl_more(e, "net.core.rmem_default", usual, 4 << 20, 4);
	explain_advice(e,
		       "then start the program anew: a socket keeps the buffer it has. If it "
		       "cannot read as fast as datagrams come, more buffer only delays the loss: "
		       "recvmmsg, more sockets (SO_REUSEPORT), a CPU of its own");
}

void cause_udp_memory(struct explanation *e)
{
	int64_t pages = 0;
	int64_t high;

	if (sight_level(e->sight, e->subject, "sockstat.udp_mem", &pages))
		explain_cause(e, "UDP sockets hold %lld pages of memory", (long long)pages);
	if (sysctl_value(e, "net.ipv4.udp_mem.2", &high)) {
		explain_cause(e, "net.ipv4.udp_mem allows %lld", (long long)high);
		high = high < 1024 ? 65536 : high * 4;
		explain_sysctl(e, "net.ipv4.udp_mem", "%lld %lld %lld", (long long)high / 2,
			       (long long)high / 4 * 3, (long long)high);
	}
	explain_advice(e, "find who does not read: ss -uanm (r is what a socket holds)");
}

void cause_no_listener(struct explanation *e)
{
	struct event events[SHOWN];
	size_t n = events_moved(e, "bpf.no_listener", events, SHOWN);
	char flow[64], amount[48];

	for (size_t i = 0; i < n; i++)
		if (json_s64(events[i].event, "port", 0))
			explain_cause(
				e, "%s: %s", event_flow(events[i].event, flow, sizeof(flow)),
				amount_text(amount, sizeof(amount), events[i].frames, "datagrams"));
	explain_advice(e, "start the program that serves the port, or tell the sender to stop");
	explain_command(e, "ss -uanp");
}

void cause_checksum(struct explanation *e)
{
	static const char *const counters[] = {"bpf.udp_checksum", "bpf.udp_checksum_early",
					       "bpf.tcp_checksum"};
	char device[16], flow[64], amount[48];

	for (size_t c = 0; c < sizeof(counters) / sizeof(counters[0]); c++) {
		struct event events[SHOWN];
		size_t n = events_moved(e, counters[c], events, SHOWN);

		for (size_t i = 0; i < n; i++) {
			event_device(e, events[i].event, device, sizeof(device));
			explain_cause(
				e, "%s%s%s: %s", event_flow(events[i].event, flow, sizeof(flow)),
				*device ? " from " : "", device,
				amount_text(amount, sizeof(amount), events[i].frames, "packets"));
			if (*device)
				explain_command(e, "ethtool -K %s rx off", device);
		}
	}
	explain_advice(e,
		       "if they are right in tcpdump -vv, the NIC's check is wrong (rx off); else "
		       "look at the sender: its checksum offload (ethtool -K DEV tx off) or what "
		       "rewrites packets on the way");
}

void cause_socket_drop(struct explanation *e)
{
	struct moved sockets[SHOWN];
	size_t n = facts_moved(e, "udp_sockets", "inode", "drops", sockets, SHOWN);
	char who[128];

	for (size_t i = 0; i < n; i++)
		explain_cause(e, "%s: %lld dropped",
			      socket_text(sockets[i].element, who, sizeof(who)),
			      (long long)sockets[i].delta);
	explain_command(e, "ip xfrm policy");
	explain_advice(
		e, "a filter of the socket (ss -uanb shows it) or an IPsec policy refuses them");
}

void cause_send_buffer(struct explanation *e)
{
	int64_t most = 0, usual = 0;

	if (sysctl_value(e, "net.core.wmem_max", &most) &&
	    sysctl_value(e, "net.core.wmem_default", &usual))
		explain_cause(e, "net.core.wmem_default is %lld bytes, wmem_max %lld",
			      (long long)usual, (long long)most);
	if (sysctl_value(e, "net.core.wmem_max", &most))
		explain_sysctl_more(e, "net.core.wmem_max", most, 4 << 20, 4);
	explain_advice(e,
		       "let the program ask for more (SO_SNDBUF), wait for POLLOUT, or send more "
		       "slowly: what holds packets back is the qdisc or the device");
}
