/*
 * What rules explain: of a sight with facts, what must be among a finding's causes and remedies,
 * and what must not be. Texts of facts are JSON with ' for ".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "causes.h"
#include "counter.h"
#include "json.h"
#include "observer.h"

enum { MACHINE, NETNS, DEVICE, SUBJECTS };
enum { INODE = 7, IFINDEX = 3, FIRST = 500 };

struct row {
	const char *place, *moves;
	const char *cause, *command, *never;  /* parts of texts; NULL: nothing is asked */
	const char *machine, *netns, *device; /* facts */
	const char *before;                   /* those of the finding's subject in the first look */
	const char *events, *connections;
	const char *driver, *ifname; /* NULL: any, eth0 */
	const char *namespace;       /* NULL: the program's own */
};

struct world {
	struct sight sight;
	struct subject subjects[SUBJECTS];
};

static json_t *parse(const char *text)
{
	char buf[4096];
	json_error_t why;
	json_t *value;

	snprintf(buf, sizeof(buf), "%s", text);
	for (char *at = buf; *at; at++)
		if (*at == '\'')
			*at = '"';
	value = json_loads(buf, 0, &why);
	if (!value)
		fail_msg("%s: %s", text, why.text);
	return value;
}

static json_t *facts_of(const char *text)
{
	return text ? parse(text) : json_object();
}

static int subject_of_counter(const char *id)
{
	for (int part = 0; part < 2; part++) {
		size_t n;
		const struct counter_def *defs =
			part ? observer_counter_table(&n) : counter_table(&n);

		for (size_t i = 0; i < n; i++) {
			if (strcmp(defs[i].id, id))
				continue;
			return defs[i].scope == SCOPE_MACHINE ? MACHINE
			       : defs[i].scope == SCOPE_NETNS || defs[i].scope == SCOPE_SOCKET
				       ? NETNS
				       : DEVICE;
		}
	}
	fail_msg("there is no counter %s", id);
	return MACHINE;
}

/* "qdisc.drops=10 ct.count:90": what moves, and levels that stand. */
static void put_counters(struct world *w, const char *moves)
{
	char text[512], *save = NULL, *word;

	snprintf(text, sizeof(text), "%s", moves);
	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char *value = strpbrk(word, "=:");
		bool moved;
		struct subject *s;
		int64_t n;

		assert_non_null(value);
		moved = *value == '=';
		*value++ = '\0';
		n = strtoll(value, NULL, 10);
		s = &w->subjects[subject_of_counter(word)];
		json_object_set_new(s->before, word, json_integer(moved ? FIRST : n));
		json_object_set_new(s->after, word, json_integer(moved ? FIRST + n : n));
	}
}

static void world_make(struct world *w, const struct row *row)
{
	static const enum subject_kind kinds[] = {SUBJECT_MACHINE, SUBJECT_NETNS, SUBJECT_DEVICE};
	const char *facts[] = {row->machine, row->netns, row->device};

	memset(w, 0, sizeof(*w));
	w->sight = (struct sight){.subjects = w->subjects, .n = SUBJECTS, .unseen = json_array()};
	snprintf(w->sight.root, sizeof(w->sight.root), "/nowhere");
	w->sight.events = row->events ? parse(row->events) : NULL;
	w->sight.connections = row->connections ? parse(row->connections) : NULL;
	for (size_t i = 0; i < SUBJECTS; i++) {
		struct subject *s = &w->subjects[i];

		s->kind = kinds[i];
		/* of a tree it is never used, but for whether there is one */
		s->netns_fd = row->namespace && i ? 0 : -1;
		s->sysfs = -1;
		s->home = i ? NETNS : MACHINE;
		s->seconds = 2;
		s->inode = i ? INODE : 0;
		s->before = json_object();
		s->after = json_object();
		s->facts = facts_of(facts[i]);
		s->facts_before = facts_of(row->before);
		if (i && row->namespace)
			snprintf(s->netns, sizeof(s->netns), "%s", row->namespace);
	}
	w->subjects[DEVICE].ifindex = IFINDEX;
	snprintf(w->subjects[DEVICE].ifname, sizeof(w->subjects[DEVICE].ifname), "%s",
		 row->ifname ? row->ifname : "eth0");
	snprintf(w->subjects[DEVICE].driver, sizeof(w->subjects[DEVICE].driver), "%s",
		 row->driver ? row->driver : "");
	put_counters(w, row->moves);
}

static void world_free(struct world *w)
{
	for (size_t i = 0; i < SUBJECTS; i++) {
		json_decref(w->subjects[i].before);
		json_decref(w->subjects[i].after);
		json_decref(w->subjects[i].facts_before);
		json_decref(w->subjects[i].facts);
	}
	json_decref(w->sight.unseen);
	json_decref(w->sight.events);
	json_decref(w->sight.connections);
}

#define RINGS "'rings': {'rx': 256, 'rx_max': 4096, 'tx': 256, 'tx_max': 4096}"
#define FULL_RINGS "{'rings': {'rx': 4096, 'rx_max': 4096, 'tx': 4096, 'tx_max': 4096}}"
#define EVENT(counter, reason, protocol, port, frames)                                             \
	"[{'kind': 'drop', 'reason': '" reason "', 'function': 'f', 'direction': 'in', 'netns': "  \
	"7, 'ifindex': 3, 'protocol': '" protocol "', 'port': " #port ", 'frames': " #frames       \
	", 'counter': '" counter "'}]"
#define CPU(softirq, steal, total, dropped, squeezed)                                              \
	"{'cpus': [{'cpu': 2, 'softirq_ticks': " #softirq ", 'steal_ticks': " #steal               \
	", 'total_ticks': " #total ", 'dropped': " #dropped ", 'squeezed': " #squeezed "}]"
#define TCP "netstat.TcpExt."

/* clang-format off */
static const struct row rows[] = {
	/* NIC */
	{"RX descriptor ring", "dev.rx_missed_errors=9", "256 descriptors of 4096", "ethtool -G eth0 rx 4096", "%",
	 .device = "{" RINGS ", 'coalesce': {'rx_usecs': 50}, 'queue_counts': {'rx': [90, 10]}}"},
	{"RX descriptor ring", "dev.rx_missed_errors=9", "queue 0 of 2 received 90 %", NULL, "ethtool -G",
	 .device = "{'rings': {'rx': 4096, 'rx_max': 4096}, 'queue_counts': {'rx': [90, 10]}}"},
	{"RX descriptor ring", "dev.rx_missed_errors=9", NULL, NULL, "ethtool -G"},
	{"NIC FIFO", "dev.rx_over_errors=9", "1 queues of 8 possible", "ethtool -L eth0 combined 4", "combined 8",
	 .device = "{'channels': {'combined': 1, 'max_combined': 8}, 'irqs': {'cpus_online': 4, 'cpus_used': 1}}"},
	{"frame length", "dev.rx_length_errors=9", "MTU of 1500", NULL, "$ ip link set", .device = "{'link': {'mtu': 1500}}"},
	{"wire", "dev.rx_crc_errors=9", "100 Mb/s, duplex half", "ethtool -s eth0 autoneg on", NULL,
	 .device = "{'link': {'speed_mbps': 100, 'duplex': 'half'}}"},
	{"wire", "dev.carrier_changes=2", "4 s ago: eth0: link down", NULL, "eth1",
	 .machine = "{'log': [{'text': 'eth1: link up', 'seconds_ago': 9}, {'text': 'eth0: link down', 'seconds_ago': 4}]}"},
	{"flow control", "pause.rx=9", "taking pause frames is on", "ethtool -A eth0 rx off tx off", NULL, .device = "{'pause': {'rx': true}}"},
	{"flow control", "pause.tx=9", "256 descriptors", "ethtool -G eth0 rx 4096", NULL, .device = "{" RINGS "}"},
	{"priority flow control", "eth.rx_prio_pause=9", NULL, "dcb pfc show dev eth0", NULL},
	{"cloud limit", "eth.limit_packets=9", "packets a second: 9 above", NULL, "bandwidth in"},
	{"RDMA", "rdma.out_of_buffer=9", NULL, "rdma statistic show", NULL},
	{"RDMA congestion", "rdma.np_cnp_sent=9", NULL, "ECN", NULL},
	{"interrupts on one CPU", "", "CPU 1 took 100 %", "sh -c 'echo 1 > /proc/irq/41/smp_affinity_list'", NULL,
	 .device = "{'interrupts': [{'cpu': 0, 'interrupts': 5}, {'cpu': 1, 'interrupts': 9000}], 'irqs': {'cpus_online': 2,"
		   "'cpus_used': 1, 'queues': [{'irq': 40}, {'irq': 41}]}}",
	 .before = "{'interrupts': [{'cpu': 0, 'interrupts': 5}, {'cpu': 1, 'interrupts': 10}]}"},
	{"!interrupts on one CPU", "", .device = "{'interrupts': [{'cpu': 1, 'interrupts': 9000}], 'irqs': {'cpus_online': 2,"
	 "'queues': [{'irq': 40}]}}", .before = "{'interrupts': [{'cpu': 1, 'interrupts': 10}]}"},
	{"!interrupts on one CPU", "", .device = "{'interrupts': [{'cpu': 0, 'interrupts': 5000}, {'cpu': 1, 'interrupts': 9000}],"
	 "'irqs': {'cpus_online': 2, 'queues': [{'irq': 40}, {'irq': 41}]}}"},

	/* driver, XDP, qdisc */
	{"redirect refused", "bpf.xdp_redirect=9", "ENOBUFS at eth0: 1 frame; the RX ring", "AF_XDP", "1 frames",
	 .events = EVENT("bpf.xdp_redirect", "ENOBUFS", "", 0, 1)},
	{"XDP program", "eth.rx_xdp_drops=9", "XDP program 17 \"drop\" (native)", "ip link set dev eth0 xdp off", NULL,
	 .device = "{'xdp': [{'id': 17, 'name': 'drop', 'mode': 'native'}]}"},
	{"XDP program", "bpf.xdp.others=9", "XDP at eth0: 9 packets", "ip link set dev eth0 xdp off", NULL,
	 .events = EVENT("bpf.xdp.others", "XDP", "", 0, 9)},
	{"driver RX drop", "dev.rx_dropped=9", "queue of 256", "ethtool -G eth0 rx 4096", NULL, .driver = "veth", .device = "{" RINGS "}"},
	{"driver RX drop", "dev.rx_dropped=9", NULL, "ethtool -S eth0", "ethtool -G", .device = FULL_RINGS},
	{"receive buffers", "eth.rx_alloc_fail=9", "67584", "vm.min_free_kbytes=135168", NULL, .machine = "{'sysctl': {'vm.min_free_kbytes': '67584'}}"},
	{"receive buffers", "eth.rx_alloc_fail=9", NULL, NULL, "vm.min_free_kbytes"},
	{"driver TX", "dev.tx_errors=9", "eth0 is down", "ip link set eth0 up", NULL, .device = "{'link': {'up': false}}"},
	{"driver TX", "dev.tx_dropped=9", NULL, "ethtool -G eth0 tx 4096", NULL, .device = "{" RINGS "}"},
	{"transmit queue full", "qstat.tx_stop=9", NULL, "ethtool -G eth0 tx 4096", NULL, .device = "{" RINGS "}"},
	{"transmit queue full", "qstat.tx_stop=9", "4096 descriptors of 4096", NULL, "ethtool -G", .device = FULL_RINGS},
	{"qdisc", "qdisc.drops=9", "qdisc tbf 8001: 9 dropped",
	 "tc qdisc change dev eth0 parent 1:2 handle 8001: tbf rate 8000bit burst 1600 limit 4194304", NULL,
	 .device = "{'qdiscs': [{'kind': 'tbf', 'handle': '8001:', 'parent': '1:2', 'limit': 3000, 'drops': 9, 'rate_bytes': 1000, 'burst': 1600}]}"},
	{"qdisc", "qdisc.drops=9", NULL, "tc qdisc replace dev eth0 root pfifo limit 20000", "handle",
	 .device = "{'qdiscs': [{'kind': 'pfifo', 'handle': '0:', 'parent': 'root', 'limit': 2000, 'drops': 9}]}"},
	{"qdisc", "bpf.qdisc.others=9", "QDISC_DROP at eth0", "tc -s qdisc show dev eth0", NULL, .events = EVENT("bpf.qdisc.others", "QDISC_DROP", "", 0, 9)},
	{"inactive device", "dev.rx_nohandler=9", "belongs to bond0", NULL, NULL, .device = "{'link': {'master': 'bond0'}}"},
	{"other host", "dev.rx_otherhost_dropped=9", "IPv4 UDP, port 9: 9 packets", "tcpdump -c 10 -e -nn -i eth0", NULL,
	 .events = EVENT("bpf.other_host.others", "OTHERHOST", "IPv4 UDP", 9, 9)},
	{"other host", "dev.rx_otherhost_dropped=9", "ARP: 9 packets", NULL, "port 0", .events = EVENT("bpf.other_host.others", "OTHERHOST", "ARP", 0, 9)},

	/* IP */
	{"unknown protocol", "bpf.protocol.others=1", "on the way in: 1 packet", "tcpdump -c 10 -e -nn -i eth0", "1 packets",
	 .events = EVENT("bpf.protocol.others", "UNHANDLED_PROTO", "", 0, 1)},
	{"tc ingress", "bpf.tc_ingress.others=9", NULL, "tc -s filter show dev eth0 ingress", NULL, .events = EVENT("bpf.tc_ingress.others", "TC", "", 0, 9)},
	{"reverse path filter", "netstat.TcpExt.IPReversePathFilter=9", "eth0.7: rp_filter is 1", "net.ipv4.conf.eth0/7.rp_filter=2", "eth1",
	 .ifname = "eth0.7", .events = EVENT("bpf.rp_filter.others", "IP_RPFILTER", "", 0, 9),
	 .netns = "{'reverse_path': {'eth0.7': 1, 'eth1': 1}, 'sysctl': {'net.ipv4.conf.eth0/7.rp_filter': '1'}}"},
	{"reverse path filter", "netstat.TcpExt.IPReversePathFilter=9", NULL, NULL, "rp_filter is", .netns = "{'reverse_path': {'eth0': 2}}"},
	{"no route", "snmp.Ip.OutNoRoutes=9", NULL, "ip route", NULL},
	{"IP address", "snmp.Ip.InAddrErrors=9", "other hosts are dropped", "ip addr", "forwarded", .netns = "{'sysctl': {'net.ipv4.ip_forward': '0'}}"},
	{"IP header", "snmp.Ip.InHdrErrors=9", NULL, "tcpdump -c 10 -vv -nn -i eth0", NULL, .events = EVENT("bpf.ip_header.others", "IP_CSUM", "", 0, 9)},
	{"IP memory", "snmp.Ip.InDiscards=9", "12.5 %", NULL, NULL, .machine = "{'pressure': {'memory': 12.5}}"},
	{"reassembly", "snmp.Ip.ReasmFails=9", "4194304 bytes", "net.ipv4.ipfrag_high_thresh=16777216", "ip6frag", .netns = "{'sysctl': {'net.ipv4.ipfrag_high_thresh': '4194304', 'net.ipv6.ip6frag_high_thresh': '4194304'}}"},
	{"reassembly", "snmp.Ip.ReasmFails=9 snmp.Ip.ReasmTimeout=9", "9 of 9 because", NULL, "sysctl -w", .netns = "{'sysctl': {'net.ipv4.ipfrag_high_thresh': '4194304'}}"},
	{"neighbour unresolved", "bpf.neighbour.others=9", "198.18.0.9 does not answer at eth0", "ip -s neigh", NULL,
	 .netns = "{'neighbours': {'ipv4': {'failed': ['198.18.0.9']}}}", .events = EVENT("bpf.neighbour.others", "NEIGH_FAILED", "", 0, 9)},
	{"neighbour table full", "neigh.arp_table_fulls=9", "gc_thresh3 is 1024", "net.ipv4.neigh.default.gc_thresh3=4096", NULL,
	 .machine = "{'sysctl': {'net.ipv4.neigh.default.gc_thresh3': '1024'}}"},
	{"frame length", "bpf.frame_length.others=9", "eth0 has an MTU of 9000, its other end of 1500", "ip link set eth0 mtu 1500", "tcp_mtu_probing",
	 .device = "{'link': {'mtu': 9000, 'peer_mtu': 1500}}", .netns = "{'sysctl': {'net.ipv4.tcp_mtu_probing': '2'}}",
	 .events = EVENT("bpf.frame_length.others", "PKT_TOO_BIG", "", 0, 9)},
	{"frame length", "snmp.Ip.FragFails=9", "vx0 (vxlan) has an MTU of 1500 and adds 50", "ip link set vx0 mtu 1450", "fine0",
	 .netns = "{'tunnels': [{'ifname': 'vx0', 'kind': 'vxlan', 'mtu': 1500, 'below': 'eth0', 'below_mtu': 1500, 'overhead': 50, 'fits': false}, {'ifname': 'fine0', 'fits': true}]}"},
	{"ICMP", "snmp.Icmp.OutRateLimitGlobal=9", "is 1000 for all", "net.ipv4.icmp_msgs_per_sec=10000", NULL, .machine = "{'sysctl': {'net.ipv4.icmp_msgs_per_sec': '1000'}}"},
	{"broadcast storm", "netstat.IpExt.InBcastPkts=8000 netstat.IpExt.InMcastPkts=1 snmp.Ip.InReceives=9000", "8000 broadcast", NULL, NULL},
	{"!broadcast storm", "netstat.IpExt.InBcastPkts=1000 netstat.IpExt.InMcastPkts=1 snmp.Ip.InReceives=1100"},
	{"!broadcast storm", "netstat.IpExt.InBcastPkts=8000 netstat.IpExt.InMcastPkts=1 snmp.Ip.InReceives=90000"},
	{"kernel drop", "bpf.rx_other.others=9", "NO_SOCKET at f", NULL, NULL, .events = EVENT("bpf.rx_other.others", "NO_SOCKET", "IPv4", 0, 9)},

	/* firewall */
	{"firewall", "bpf.firewall.others=9", "rule inet t c \"why\", handle 4: 9 packets", "nft delete rule inet t c handle 4", NULL,
	 .netns = "{'rules': [{'kind': 'rule', 'family': 'inet', 'table': 't', 'chain': 'c', 'handle': 4, 'comment': 'why', 'packets': 9}]}"},
	{"firewall", "bpf.firewall.others=9", "it has no counter", "nft chain inet t c '{ policy accept; }'", NULL,
	 .netns = "{'rules': [{'kind': 'policy', 'family': 'inet', 'table': 't', 'chain': 'c', 'handle': 4, 'packets': null}]}"},
	{"firewall", "bpf.firewall.others=9", NULL, "iptables -t filter -D 'A;reboot' 2", NULL,
	 .netns = "{'rules': [{'kind': 'rule', 'legacy': true, 'family': 'ip', 'table': 'filter', 'chain': 'A;reboot', 'handle': 2, 'packets': 9}]}"},
	{"firewall", "bpf.firewall.others=9", NULL, "nft cannot be given this name", "nft delete",
	 .netns = "{'rules': [{'kind': 'rule', 'family': 'inet', 'table': 'a; flush ruleset', 'chain': 'c', 'handle': 4, 'packets': 9}]}"},
	{"connection tracking", "ct.drop=9", "100 of 100 entries", "net.netfilter.nf_conntrack_max=262144", NULL,
	 .machine = "{'sysctl': {'net.netfilter.nf_conntrack_max': '100'}}", .netns = "{'conntrack': {'count': 100, 'max': 100, 'timeouts': {'udp': 30}}}"},
	{"connection tracking", "ct.drop=9", "10 of 100 entries", NULL, "sysctl -w",
	 .machine = "{'sysctl': {'net.netfilter.nf_conntrack_max': '100'}}", .netns = "{'conntrack': {'count': 10, 'max': 100, 'timeouts': {'udp': 30}}}"},
	{"connection tracking", "ct.insert_failed=9", "same tuple", "conntrack -S", NULL},

	/* UDP */
	{"no listener", "snmp.Udp.NoPorts=9", "IPv4 UDP, port 9: 9 datagrams", "ss -uanp", NULL, .events = EVENT("bpf.no_listener.others", "NO_SOCKET", "IPv4 UDP", 9, 9)},
	{"UDP checksum", "snmp.Udp.InCsumErrors=9", "port 9 from eth0: 9 packets", "ethtool -K eth0 rx off", NULL, .events = EVENT("bpf.udp_checksum.others", "UDP_CSUM", "IPv4 UDP", 9, 9)},
	{"UDP memory", "snmp.Udp.MemErrors=9", "udp_mem allows 4000", "net.ipv4.udp_mem='8000 12000 16000'", NULL, .machine = "{'sysctl': {'net.ipv4.udp_mem': '2000 3000 4000'}}"},
	{"UDP receive buffer", "snmp.Udp.RcvbufErrors=9", "port 5 (sink, pid 8): 9 dropped", "net.core.rmem_max=4194304", NULL,
	 .machine = "{'sysctl': {'net.core.rmem_max': '212992', 'net.core.rmem_default': '212992'}}",
	 .netns = "{'udp_sockets': [{'inode': 1, 'port': 5, 'program': 'sink', 'pid': 8, 'used': 2304, 'limit': 2304, 'drops': 9}]}"},
	{"UDP receive buffer", "snmp.Udp.RcvbufErrors=9", NULL, "net.core.rmem_default=2147483647", "rmem_max=2147483647",
	 .machine = "{'sysctl': {'net.core.rmem_max': '2147483647', 'net.core.rmem_default': '1073741824'}}"},
	{"socket drop", "snmp.Udp.InErrors=9", "port 5: 9 dropped", "ip xfrm policy", "pid 0", .netns = "{'udp_sockets': [{'inode': 1, 'port': 5, 'drops': 9}]}"},
	{"socket send buffer", "snmp.Udp.SndbufErrors=9", "wmem_max 212992", "net.core.wmem_max=4194304", NULL,
	 .machine = "{'sysctl': {'net.core.wmem_max': '212992', 'net.core.wmem_default': '212992'}}"},
	{"socket send buffer", "snmp.Udp.SndbufErrors=9", NULL, NULL, "sysctl -w"},

	/* TCP */
	{"TCP accept queue", TCP "ListenOverflows=9", "port 80 (www, pid 8): 5 connections waiting", "net.core.somaxconn=4096", "port 81",
	 .netns = "{'listeners': [{'port': 80, 'program': 'www', 'pid': 8, 'queue': 5, 'backlog': 4}, {'port': 81, 'queue': 0, 'backlog': 128}], 'sysctl': {'net.core.somaxconn': '4'}}"},
	{"TCP half-open queue", TCP "TCPReqQFullDrop=9", "tcp_syncookies is 0", "net.ipv4.tcp_syncookies=1", NULL,
	 .netns = "{'tcp_states': {'syn_recv': 9}, 'sysctl': {'net.ipv4.tcp_syncookies': '0', 'net.ipv4.tcp_max_syn_backlog': '256'}}"},
	{"TCP half-open queue", TCP "TCPReqQFullDoCookies=9", NULL, NULL, "sysctl -w",
	 .netns = "{'sysctl': {'net.ipv4.tcp_syncookies': '1', 'net.ipv4.tcp_max_syn_backlog': '10000'}}"},
	{"TCP accept queue", TCP "ListenOverflows=9", "backlog is 4", "larger backlog of listen()", "sysctl -w",
	 .netns = "{'listeners': [{'port': 80, 'queue': 5, 'backlog': 4}], 'sysctl': {'net.core.somaxconn': '4096'}}"},
	{"TCP half-open queue", TCP "TCPReqQFullDrop=9", "port 80 has a backlog of 8", "larger backlog", "port 81",
	 .netns = "{'tcp_states': {'syn_recv': 9}, 'listeners': [{'port': 80, 'queue': 0, 'backlog': 8}, {'port': 81, 'queue': 0, 'backlog': 128}]}"},
	{"TCP half-open queue", TCP "ListenDrops=9", NULL, "net.ipv4.tcp_max_syn_backlog=4096", NULL,
	 .netns = "{'tcp_states': {'syn_recv': 13}, 'sysctl': {'net.ipv4.tcp_syncookies': '0', 'net.ipv4.tcp_max_syn_backlog': '16'}}"},
	{"TCP receive buffer", TCP "TCPRcvQDrop=9 sockstat.tcp_mem:100", NULL, NULL, "sysctl -w",
	 .netns = "{'sysctl': {'net.ipv4.tcp_rmem': '4096 131072 6291456'}, 'tcp_queues': [{'port': 80, 'receive_queue': 6000}]}",
	 .machine = "{'sysctl': {'net.ipv4.tcp_mem': '2000 3000 4000'}}"},
	{"TCP PAWS", TCP "PAWSEstab=9", NULL, "net.ipv4.tcp_timestamps=0", "tcp_tw_recycle", .netns = "{'sysctl': {'net.ipv4.tcp_timestamps': '1'}}"},
	{"TCP PAWS", TCP "PAWSEstab=9", "tcp_tw_recycle is on", "net.ipv4.tcp_tw_recycle=0", "tcp_timestamps=0",
	 .netns = "{'sysctl': {'net.ipv4.tcp_timestamps': '0', 'net.ipv4.tcp_tw_recycle': '1'}}"},
	{"TCP socket backlog", TCP "TCPBacklogDrop=9", "131072 bytes at first", "net.ipv4.tcp_rmem='4096 131072 6291456'", NULL,
	 .netns = "{'sysctl': {'net.ipv4.tcp_rmem': '4096 131072 212992'}}"},
	{"TCP receive buffer", TCP "TCPRcvQDrop=9", "port 80 (www, pid 8): 1 byte waiting", NULL, NULL, .netns = "{'tcp_queues': [{'port': 80, 'program': 'www', 'pid': 8, 'receive_queue': 1}]}"},
	{"TCP memory", TCP "TCPRcvQDrop=9", "no more than 4000", "net.ipv4.tcp_mem='131072 196608 262144'", NULL,
	 .machine = "{'memory': {'tcp': {'pages': 3900, 'max': 4000}}, 'sysctl': {'net.ipv4.tcp_mem': '2000 3000 4000'}}"},
	{"!TCP memory", TCP "TCPRcvQDrop=9", .machine = "{'memory': {'tcp': {'pages': 2000, 'max': 4000}}}"},
	{"TCP zero window", TCP "TCPZeroWindowDrop=9", NULL, "ss -tnpm state established", NULL},
	{"TIME_WAIT", TCP "TCPTimeWaitOverflow=9", "16 connections in TIME_WAIT", "net.ipv4.tcp_max_tw_buckets=600000", NULL,
	 .netns = "{'tcp_states': {'time_wait': 16}, 'sysctl': {'net.ipv4.tcp_max_tw_buckets': '300000'}}"},
	{"local ports", "sockstat.tcp_inuse:100", "99 of 100 local ports", "net.ipv4.ip_local_port_range='1000 65535'", NULL,
	 .netns = "{'ports': {'low': 1000, 'high': 1099, 'in_use': 99}, 'sysctl': {'net.ipv4.ip_local_port_range': '1000 1099'}}"},
	{"!local ports", "sockstat.tcp_inuse:100",
	 .netns = "{'ports': {'low': 1000, 'high': 1099, 'in_use': 80}, 'sysctl': {'net.ipv4.ip_local_port_range': '1000 1099'}}"},
	{"TCP retransmission", "snmp.Tcp.RetransSegs=9 snmp.Tcp.OutSegs=90", "198.18.0.1 port 5 to 198.18.0.2 port 80, ESTABLISHED: 9 segments", NULL, "198.18.0.3",
	 .connections = "[{'netns': 7, 'local': '198.18.0.1', 'local_port': 5, 'remote': '198.18.0.2', 'remote_port': 80, 'state': 'ESTABLISHED', 'segments': 9},"
			"{'netns': 8, 'local': '198.18.0.3', 'segments': 9}]"},
	{"!loss: TCP retransmission", "snmp.Tcp.RetransSegs=9 snmp.Tcp.OutSegs=90 netstat.TcpExt.TCPDSACKRecvSegs=8"},
	{"TCP resets", "snmp.Tcp.EstabResets=9", "9 connections were reset", "ss -tan", "attempts failed"},
	{"TCP segment refused", TCP "TCPMD5NotFound=9", NULL, "same keys", NULL},

	/* machine */
	{"backlog", "softnet.dropped=9", "CPU 2: 9 dropped, 50 % of its time", "net.core.netdev_max_backlog=10000", NULL,
	 .machine = CPU(50, 0, 100, 9, 0) ", 'sysctl': {'net.core.netdev_max_backlog': '1000'}}", .before = CPU(0, 0, 0, 0, 0) "}"},
	{"softirq budget", "softnet.time_squeeze=9", "is 300 packets", "net.core.netdev_budget=600", NULL, .machine = "{'sysctl': {'net.core.netdev_budget': '300'}}"},
	{"system load", "", "10.0 % of the CPUs' time", NULL, NULL, .machine = CPU(0, 10, 100, 0, 0) "}", .before = CPU(0, 0, 0, 0, 0) "}"},
	{"!system load", "", .machine = CPU(0, 2, 100, 0, 0) "}", .before = CPU(0, 0, 0, 0, 0) "}"},
	{"system load", "", "CPU 2: 95 % in softirqs", NULL, NULL, .machine = CPU(95, 0, 100, 0, 0) "}", .before = CPU(0, 0, 0, 0, 0) "}"},
	{"!system load", "", .machine = CPU(90, 0, 100, 0, 0) "}", .before = CPU(0, 0, 0, 0, 0) "}"},
	{"system load", "psi.memory_full=40000", "2.0 % of the time", NULL, NULL},
	{"!system load", "psi.memory_full=10000"},

	/* whose command it is, and names that mean something to a shell */
	{"no listener", "snmp.Udp.NoPorts=9", NULL, "ip netns exec blue ss -uanp", NULL, .namespace = "blue"},
	{"no listener", "snmp.Udp.NoPorts=9", NULL, "nsenter -t 4711 -n ss -uanp", "ip netns", .namespace = "pid:4711"},
	{"no listener", "snmp.Udp.NoPorts=9", NULL, "ip netns exec 'a b;reboot' ss -uanp", NULL, .namespace = "a b;reboot"},
	{"backlog", "softnet.dropped=9", NULL, "sysctl -w net.core.netdev_max_backlog=10000", "ip netns", .namespace = "blue",
	 .machine = "{'sysctl': {'net.core.netdev_max_backlog': '1000'}}"},
	{"driver TX", "dev.tx_errors=9", NULL, "ip link set 'a;reboot' up", "set a;", .ifname = "a;reboot", .device = "{'link': {'up': false}}"},
	{"driver TX", "dev.tx_errors=9", NULL, "ip link set 'a'\\''$(id)' up", NULL, .ifname = "a'$(id)", .device = "{'link': {'up': false}}"},
	{"frame length", "dev.rx_length_errors=9", NULL, "ip link set dev 'a`id`' mtu", NULL, .ifname = "a`id`", .device = "{'link': {'mtu': 1500}}"},
};
/* clang-format on */

/* Whether a text of LIST holds PART; a remedy's is what it says, with "$ " before a command. */
static bool any_holds(const json_t *list, const char *part)
{
	const json_t *one;
	size_t i;

	json_array_foreach ((json_t *)list, i, one) {
		const char *command = json_str(one, "command", NULL);
		char text[1024];

		snprintf(text, sizeof(text), "%s%s", command ? "$ " : "",
			 json_is_string(one) ? json_string_value(one)
			 : command           ? command
					     : json_str(one, "advice", ""));
		if (strstr(text, part))
			return true;
	}
	return false;
}

static const json_t *finding_of(const json_t *diagnosis, const char *kind, const char *place)
{
	const json_t *list = json_object_get(diagnosis, "findings"), *one;
	size_t i;

	json_array_foreach ((json_t *)list, i, one)
		if (!strcmp(json_str(one, "place", ""), place) &&
		    (!kind || !strcmp(json_str(one, "kind", ""), kind)))
			return one;
	return NULL;
}

static void assert_says(const struct row *row, const json_t *finding)
{
	const json_t *causes = json_object_get(finding, "causes");
	const json_t *remedies = json_object_get(finding, "remedies");
	char *text = json_dumps(finding, JSON_INDENT(1));

	if (row->cause && !any_holds(causes, row->cause))
		fail_msg("%s: the cause \"%s\" is missing: %s", row->place, row->cause, text);
	if (row->command && !any_holds(remedies, row->command))
		fail_msg("%s: the remedy \"%s\" is missing: %s", row->place, row->command, text);
	if (row->never && strcmp(row->never, "%") &&
	    (any_holds(causes, row->never) || any_holds(remedies, row->never)))
		fail_msg("%s: says \"%s\": %s", row->place, row->never, text);
	if (any_holds(causes, "port 0") || any_holds(causes, "pid 0") ||
	    any_holds(causes, "(null)") || any_holds(remedies, "(null)"))
		fail_msg("%s: %s", row->place, text);
	free(text);
}

/* The rule that made a finding: no two have both in common. */
static const struct diagnosis_rule *rule_of(const json_t *finding)
{
	size_t n;
	const struct diagnosis_rule *rules = diagnosis_rule_table(&n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(rules[i].means, json_str(finding, "means", "")) &&
		    !strcmp(rules[i].place, json_str(finding, "place", "")))
			return &rules[i];
	fail_msg("no rule says %s", json_str(finding, "means", ""));
	return NULL;
}

/* What was reached, by rule: its explain function; its measure or when that applied, or did not. */
enum { RULES_MAX = 256 };
struct reached {
	bool explained[RULES_MAX], applied[RULES_MAX], refused[RULES_MAX];
};

static void note_reached(struct reached *reached, const json_t *diagnosis)
{
	size_t n, i;
	const struct diagnosis_rule *rules = diagnosis_rule_table(&n);
	const json_t *one;

	json_array_foreach (json_object_get(diagnosis, "findings"), i, one)
		reached->explained[rule_of(one) - rules] = true;
}

static void note_conditions(struct reached *reached, struct world *w)
{
	size_t n;
	const struct diagnosis_rule *rules = diagnosis_rule_table(&n);

	for (size_t i = 0; i < n; i++) {
		struct subject *s = &w->subjects[rules[i].of];
		bool applies;

		if (!rules[i].measure && !rules[i].when)
			continue;
		applies = rules[i].measure ? rules[i].measure(&w->sight, s) != 0
					   : rules[i].when(&w->sight, s);
		reached->applied[i] |= applies;
		reached->refused[i] |= !applies;
	}
}

static void do_row(const struct row *row, struct reached *reached)
{
	const char *place = row->place;
	const bool none = *place == '!';
	const char *kind = NULL;
	struct world w;
	json_t *diagnosis;
	const json_t *finding;

	place += none;
	if (!strncmp(place, "loss: ", 6)) {
		kind = "loss";
		place += 6;
	}
	world_make(&w, row);
	diagnosis = diagnose(&w.sight);
	assert_non_null(diagnosis);
	finding = finding_of(diagnosis, kind, place);
	if (none && finding)
		fail_msg("%s, %s: it is found", row->place, row->moves);
	if (!none && !finding)
		fail_msg("%s, %s: it is not found", row->place, row->moves);
	if (finding)
		assert_says(row, finding);
	note_reached(reached, diagnosis);
	note_conditions(reached, &w);
	json_decref(diagnosis);
	world_free(&w);
}

static void test_rows(void **state)
{
	struct reached reached = {0};
	size_t n;
	const struct diagnosis_rule *rules = diagnosis_rule_table(&n);
	/* without the observer it always applies; with one it never does */
	struct sight observed = {.observer = (struct observer *)&reached};

	assert_true(n <= RULES_MAX);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		do_row(&rows[i], &reached);
	assert_false(when_nobody_observes(&observed, NULL));
	for (size_t i = 0; i < n; i++) {
		bool explained = !rules[i].explain;
		bool observer = rules[i].when == when_nobody_observes;

		for (size_t k = 0; k < n; k++)
			explained |= reached.explained[k] && rules[k].explain == rules[i].explain;
		if (!explained)
			fail_msg("%s: no row reaches its explanation", rules[i].place);
		if (!rules[i].measure && !rules[i].when)
			continue;
		if (!reached.applied[i] || (!reached.refused[i] && !observer))
			fail_msg("%s: no row in which it %s", rules[i].place,
				 reached.applied[i] ? "does not apply" : "applies");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests_name("causes", tests, NULL, NULL);
}
