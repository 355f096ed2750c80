/*
 * Facts against what was set up, each in a network namespace of its own: devices upon devices,
 * tunnels, qdiscs and filters, sockets whose queues are full, rules, neighbours, ports.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "diagnose.h"
#include "fact_sockets.h"
#include "json.h"

#define SKIP_STATUS 77 /* meson: skipped */

enum { MACHINE, NETNS, DEVICE, SUBJECTS };

/* Of the namespace that this thread is in, made anew. */
struct world {
	struct subject subjects[SUBJECTS];
	struct sight sight;
};

static void world_make(struct world *w, const char *command)
{
	static const enum subject_kind kinds[SUBJECTS] = {SUBJECT_MACHINE, SUBJECT_NETNS,
							  SUBJECT_DEVICE};
	static int first = -1; /* where the test began, which has the machine's sysctls */
	size_t i;

	if (first < 0)
		first = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	if (system("ip link set lo up") || system(command))
		fail_msg("%s", command);
	*w = (struct world){.sight = {.n = SUBJECTS, .root = ""}};
	w->sight.subjects = w->subjects;
	for (i = 0; i < SUBJECTS; i++)
		w->subjects[i] = (struct subject){.kind = kinds[i], .netns_fd = -1};
	w->subjects[MACHINE].netns_fd = first;
	w->subjects[NETNS].netns_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_true(w->subjects[NETNS].netns_fd >= 0);
	w->subjects[DEVICE].home = NETNS;
}

static void world_end(struct world *w)
{
	size_t i;

	for (i = 0; i < SUBJECTS; i++)
		json_decref(w->subjects[i].facts);
	close(w->subjects[NETNS].netns_fd);
}

/* Look at another device. */
static const struct subject *at(struct world *w, const char *ifname)
{
	struct subject *device = &w->subjects[DEVICE];

	json_decref(device->facts);
	device->facts = NULL;
	snprintf(device->ifname, sizeof(device->ifname), "%s", ifname);
	device->ifindex = (int)if_nametoindex(ifname);
	assert_true(device->ifindex > 0);
	return device;
}

static int64_t number(struct world *w, const char *path)
{
	char name[64];
	int64_t value;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(path, "."), path);
	facts_read(&w->sight, &w->subjects[DEVICE], name);
	if (!fact_s64(&w->sight, &w->subjects[DEVICE], path, &value))
		fail_msg("%s is not known", path);
	return value;
}

static const char *text(struct world *w, const char *path)
{
	char name[64];
	const char *value;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(path, "."), path);
	facts_read(&w->sight, &w->subjects[DEVICE], name);
	value = json_string_value(fact(&w->sight, &w->subjects[DEVICE], path));
	if (!value)
		fail_msg("%s is no text", path);
	return value;
}

/* Read anew. */
static void forget(struct world *w)
{
	size_t i;

	for (i = 0; i < SUBJECTS; i++) {
		json_decref(w->subjects[i].facts);
		w->subjects[i].facts = NULL;
	}
}

/* The object of fact NAME, a list, whose KEY is VALUE. */
static const json_t *find(struct world *w, const char *name, const char *key, const char *value)
{
	const json_t *list, *one;
	size_t i;

	facts_read(&w->sight, &w->subjects[DEVICE], name);
	list = fact(&w->sight, &w->subjects[DEVICE], name);
	json_array_foreach (list, i, one)
		if (!strcmp(json_str(one, key, ""), value))
			return one;
	fail_msg("%s: none whose %s is %s", name, key, value);
	return NULL;
}

static const json_t *find_port(struct world *w, const char *name, int port)
{
	const json_t *list, *one;
	size_t i;

	facts_read(&w->sight, &w->subjects[DEVICE], name);
	list = fact(&w->sight, &w->subjects[DEVICE], name);
	json_array_foreach (list, i, one)
		if (json_u64(one, "port", 0) == (uint64_t)port)
			return one;
	fail_msg("%s: none at port %d", name, port);
	return NULL;
}

/* ---- devices ---- */

static void test_stack(void **state)
{
	struct world w;

	world_make(&w,
		   "ip link add rl-a mtu 1400 txqueuelen 77 type veth peer name rl-b mtu 1300 &&"
		   "ip link add rl-br type bridge && ip link set rl-b master rl-br &&"
		   "ip link add link rl-a name rl-m.5 mtu 1350 type macvlan &&"
		   "ip link add rl-x type vxlan id 1 dstport 4789 dev rl-m.5 &&"
		   "ip link set rl-a up && ip link set rl-b up");
	at(&w, "rl-a");
	assert_int_equal(number(&w, "link.mtu"), 1400);
	assert_int_equal(number(&w, "link.up"), 1);
	assert_int_equal(number(&w, "link.tx_queue_len"), 77);
	assert_int_equal(number(&w, "link.peer_mtu"), 1300);
	assert_string_equal(text(&w, "link.peer"), "rl-b");
	assert_string_equal(text(&w, "link.kind"), "veth");
	assert_int_equal(json_array_size(fact(&w.sight, &w.subjects[DEVICE], "link.below")), 0);
	assert_int_equal(json_array_size(fact(&w.sight, &w.subjects[DEVICE], "link.above")), 2);
	assert_string_equal(text(&w, "link.above.0.ifname"), "rl-m.5");
	assert_string_equal(text(&w, "link.above.1.ifname"), "rl-x");
	assert_int_equal(number(&w, "link.above.0.mtu"), 1350);
	at(&w, "rl-x");
	assert_string_equal(text(&w, "link.below.0.ifname"), "rl-m.5");
	assert_string_equal(text(&w, "link.below.1.ifname"), "rl-a");
	assert_int_equal(number(&w, "link.below.1.mtu"), 1400);
	assert_string_equal(text(&w, "link.kind"), "vxlan");
	at(&w, "rl-b");
	assert_string_equal(text(&w, "link.master"), "rl-br");
	assert_string_equal(text(&w, "link.above.0.ifname"), "rl-br");
	at(&w, "rl-br");
	assert_string_equal(text(&w, "link.below.0.ifname"), "rl-b");
	world_end(&w);
}

/* The other end in a namespace that has no name. */
static void test_peer_elsewhere(void **state)
{
	struct world w;
	char command[160];

	world_make(&w, "true");
	snprintf(command, sizeof(command),
		 "ip link add rl-p type veth peer name rl-q mtu 1234 netns /proc/%d/fd/%d",
		 (int)getpid(), w.subjects[NETNS].netns_fd);
	/* from a namespace of its own the first is here */
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	if (system(command))
		fail_msg("%s", command);
	w.subjects[NETNS].netns_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	at(&w, "rl-p");
	assert_int_equal(number(&w, "link.peer_mtu"), 1234);
	assert_string_equal(text(&w, "link.peer"), "rl-q");
	world_end(&w);
}

static void test_tunnels(void **state)
{
	static const struct {
		const char *add; /* after "ip link add rl-t mtu MTU " */
		unsigned int mtu, overhead;
		const char *below;
		bool fits;
	} cases[] = {
		{"type vxlan id 1 remote 198.18.0.9 dstport 4789 dev rl-u", 1450, 50, "rl-u", true},
		{"type vxlan id 1 remote 198.18.0.9 dstport 4789", 1451, 50, "rl-u", false},
		{"type vxlan id 1 remote 2001:2::9 dstport 4789", 1430, 70, "rl-u", true},
		{"type vxlan id 1 remote 2001:2::9 dstport 4789", 1450, 70, "rl-u", false},
		{"type geneve id 1 remote 198.18.0.9", 1500, 50, "rl-u", false},
		{"type ipip remote 198.18.0.9 local 198.18.0.1", 1480, 20, "rl-u", true},
		{"type gre remote 198.18.0.9 local 198.18.0.1 key 5", 1472, 28, "rl-u", true},
		{"type gretap remote 198.18.0.9 local 198.18.0.1", 1463, 38, "rl-u", false},
		{"type ip6tnl mode ipip6 remote 2001:2::9 local 2001:2::1", 1460, 40, "rl-u", true},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const json_t *tunnel;
		char command[256];
		struct world w;

		world_make(&w, "ip link add rl-u mtu 1500 type veth && ip link set rl-u up &&"
			       "ip address add 198.18.0.1/24 dev rl-u &&"
			       "ip address add 2001:2::1/64 dev rl-u nodad");
		snprintf(command, sizeof(command), "ip link add rl-t mtu %u %s 2>/dev/null",
			 cases[i].mtu, cases[i].add);
		if (system(command)) {
			print_message("this kernel has not: %s\n", cases[i].add);
			world_end(&w);
			continue;
		}
		at(&w, "rl-t");
		tunnel = find(&w, "tunnels", "ifname", "rl-t");
		if (json_u64(tunnel, "mtu", 0) != cases[i].mtu ||
		    json_u64(tunnel, "overhead", 0) != cases[i].overhead ||
		    json_u64(tunnel, "below_mtu", 0) != 1500 ||
		    strcmp(json_str(tunnel, "below", ""), cases[i].below) ||
		    json_flag(tunnel, "fits", !cases[i].fits) != cases[i].fits)
			fail_msg("%s: %s", cases[i].add, json_line(tunnel));
		assert_string_equal(text(&w, "link.below.0.ifname"), cases[i].below);
		at(&w, "rl-u");
		assert_string_equal(text(&w, "link.above.0.ifname"), "rl-t");
		world_end(&w);
	}
}

static void test_traffic_control(void **state)
{
	const json_t *one;
	struct world w;

	world_make(&w, "ip link add rl-a numtxqueues 2 numrxqueues 2 type veth peer name rl-b &&"
		       "ip link set rl-a up && ip link set rl-b up &&"
		       "tc qdisc add dev rl-a root handle 5: pfifo limit 7 &&"
		       "tc qdisc add dev rl-a clsact &&"
		       "tc filter add dev rl-a ingress prio 3 protocol ip u32 match u32 0 0"
		       " classid 1:1 &&"
		       "tc qdisc add dev rl-b root handle 6: tbf rate 8mbit burst 5000 limit 7000");
	at(&w, "rl-a");
	one = find(&w, "qdiscs", "kind", "pfifo");
	assert_string_equal(json_str(one, "handle", ""), "5:");
	assert_string_equal(json_str(one, "parent", ""), "root");
	assert_int_equal(json_u64(one, "limit", 0), 7);
	assert_int_equal(json_s64(one, "drops", -1), 0);
	one = find(&w, "filters", "kind", "u32");
	assert_string_equal(json_str(one, "hook", ""), "ingress");
	assert_int_equal(json_u64(one, "priority", 0), 3);
	assert_int_equal(json_array_size(fact(&w.sight, &w.subjects[DEVICE], "filters")), 1);
	assert_int_equal(number(&w, "channels.rx_queues"), 2);
	assert_int_equal(number(&w, "rps.on"), 0);
	assert_int_equal(number(&w, "offloads.tso"), 1);
	assert_int_equal(system("ethtool -K rl-a tso off"), 0);
	at(&w, "rl-a");
	assert_int_equal(number(&w, "offloads.tso"), 0);
	at(&w, "rl-b");
	one = find(&w, "qdiscs", "kind", "tbf");
	assert_int_equal(json_u64(one, "limit", 0), 7000);
	assert_int_equal(json_u64(one, "rate_bytes", 0), 1000000);
	world_end(&w);
}

/* ---- sockets ---- */

static int bound(int type, uint16_t port)
{
	const struct sockaddr_in in = {.sin_family = AF_INET,
				       .sin_port = htons(port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

static int connected(int type, uint16_t port)
{
	const struct sockaddr_in in = {.sin_family = AF_INET,
				       .sin_port = htons(port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

static void test_listeners(void **state)
{
	int fd, more, clients[3], i;
	char name[32] = "";
	const json_t *one;
	struct world w;
	FILE *comm;

	world_make(&w, "true");
	at(&w, "lo");
	fd = bound(SOCK_STREAM, 8080);
	more = bound(SOCK_STREAM, 8081);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(listen(more, 9), 0);
	for (i = 0; i < 3; i++)
		clients[i] = connected(SOCK_STREAM, 8080);
	one = find_port(&w, "listeners", 8080);
	assert_int_equal(json_u64(one, "queue", 99), 3);
	assert_int_equal(json_u64(one, "backlog", 99), 5);
	assert_int_equal(json_s64(one, "drops", 99), 0);
	assert_string_equal(json_str(one, "address", ""), "127.0.0.1");
	assert_int_equal(json_u64(one, "pid", 0), (uint64_t)getpid());
	comm = fopen("/proc/self/comm", "r");
	assert_non_null(comm);
	assert_non_null(fgets(name, sizeof(name), comm));
	fclose(comm);
	name[strcspn(name, "\n")] = '\0';
	assert_string_equal(json_str(one, "program", ""), name);
	/* the fuller one first */
	assert_int_equal(number(&w, "listeners.0.port"), 8080);
	assert_int_equal(number(&w, "listeners.1.backlog"), 9);
	assert_int_equal(number(&w, "tcp_states.established"), 6);
	assert_int_equal(number(&w, "tcp_states.listen"), 2);
	assert_int_equal(number(&w, "tcp_states.syn_recv"), 0);
	assert_int_equal(number(&w, "ports.in_use"), 3);
	assert_int_equal(system("sysctl -qw net.ipv4.ip_local_port_range='40000 40010'"
				" net.ipv4.ip_local_reserved_ports=40003-40005"),
			 0);
	forget(&w);
	assert_int_equal(number(&w, "ports.low"), 40000);
	assert_int_equal(number(&w, "ports.high"), 40010);
	assert_string_equal(text(&w, "ports.reserved"), "40003-40005");
	for (i = 0; i < 3; i++)
		close(clients[i]);
	close(fd);
	close(more);
	world_end(&w);
}

/*
 * Connections that the last segment of the handshake does not reach are half open, and belong to
 * who listens at their address.
 */
static void test_half_open(void **state)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(8080)};
	int fd, other, clients[3], i, on = 1;
	struct world w;

	world_make(&w, "nft 'table ip t { chain c { type filter hook output priority 0\n"
		       "tcp dport 8080 tcp flags & (syn | ack) == ack drop\n}\n}'");
	at(&w, "lo");
	other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
	assert_int_equal(bind(other, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(other, 4), 0);
	fd = bound(SOCK_STREAM, 8080);
	assert_int_equal(listen(fd, 5), 0);
	for (i = 0; i < 3; i++)
		clients[i] = connected(SOCK_STREAM, 8080);
	assert_int_equal(number(&w, "tcp_states.syn_recv"), 3);
	assert_int_equal(number(&w, "listeners.0.half_open"), 3);
	assert_int_equal(number(&w, "listeners.0.backlog"), 5);
	assert_int_equal(number(&w, "listeners.0.queue"), 0);
	assert_int_equal(number(&w, "listeners.1.half_open"), 0);
	for (i = 0; i < 3; i++)
		close(clients[i]);
	close(fd);
	close(other);
	world_end(&w);
}

/* One whose buffer is full, beside one that has nothing. */
static void test_udp_sockets(void **state)
{
	int fd, other, sender, small = 1, i;
	socklen_t len = sizeof(small);
	char data[100] = {0};
	const json_t *one;
	struct world w;

	world_make(&w, "true");
	at(&w, "lo");
	other = bound(SOCK_DGRAM, 8001);
	fd = bound(SOCK_DGRAM, 8000);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, &len), 0);
	sender = connected(SOCK_DGRAM, 8000);
	for (i = 0; i < 50; i++)
		assert_int_equal(send(sender, data, sizeof(data), 0), sizeof(data));
	one = find_port(&w, "udp_sockets", 8000);
	for (i = 0; recv(fd, data, sizeof(data), MSG_DONTWAIT) > 0; i++)
		;
	assert_true(i > 0 && i < 50);
	assert_int_equal(json_u64(one, "drops", 0), (uint64_t)(50 - i));
	assert_int_equal(json_u64(one, "limit", 0), (uint64_t)small);
	assert_true(json_u64(one, "used", 0) > 0);
	assert_int_equal(json_u64(one, "pid", 0), (uint64_t)getpid());
	assert_int_equal(number(&w, "udp_sockets.0.port"), 8000);
	assert_int_equal(json_s64(find_port(&w, "udp_sockets", 8001), "drops", -1), 0);
	close(fd);
	close(other);
	close(sender);
	world_end(&w);
}

/* More of them than are shown: those with drops are, and that there are others is said. */
static void test_many_udp_sockets(void **state)
{
	enum { MANY = 600, SHOWN = 500 };
	int fds[MANY], sender, i;
	const json_t *list;
	struct world w;

	world_make(&w, "true");
	at(&w, "lo");
	for (i = 0; i < MANY; i++)
		fds[i] = bound(SOCK_DGRAM, (uint16_t)(1000 + i));
	assert_int_equal(setsockopt(fds[MANY - 1], SOL_SOCKET, SO_RCVBUF, &(int){1}, sizeof(int)),
			 0);
	sender = connected(SOCK_DGRAM, 1000 + MANY - 1);
	for (i = 0; i < 20; i++)
		assert_int_equal(send(sender, "x", 1, 0), 1);
	assert_int_equal(number(&w, "udp_sockets.0.port"), 1000 + MANY - 1);
	assert_true(number(&w, "udp_sockets.0.drops") > 0);
	list = fact(&w.sight, &w.subjects[DEVICE], "udp_sockets");
	assert_int_equal(json_array_size(list), SHOWN + 1);
	assert_true(json_flag(json_array_get(list, SHOWN), "more", false));
	for (i = 0; i < MANY; i++)
		close(fds[i]);
	close(sender);
	world_end(&w);
}

/* What both ways of asking say of a socket. */
struct seen {
	struct socket list[16];
	size_t n;
};

static bool see(const struct socket *s, void *ctx)
{
	struct seen *seen = ctx;
	struct socket *one = &seen->list[seen->n++];

	*one = *s;
	/* the queue of what is no listener is bytes */
	if (one->state != TCP_LISTEN)
		one->queue = 0;
	return seen->n < 16;
}

static bool is_among(const struct socket *s, const struct seen *seen)
{
	size_t i;

	for (i = 0; i < seen->n; i++) {
		const struct socket *o = &seen->list[i];

		if (o->family == s->family && o->state == s->state && o->port == s->port &&
		    !memcmp(o->addr, s->addr, sizeof(s->addr)) && o->queue == s->queue &&
		    o->used == s->used && o->drops == s->drops && o->inode == s->inode)
			return true;
	}
	return false;
}

static void test_two_ways(void **state)
{
	static const struct {
		uint8_t protocol;
		uint32_t states;
		size_t want;
	} cases[] = {
		{IPPROTO_TCP, 1u << TCP_LISTEN, 2},
		{IPPROTO_TCP, 1u << TCP_ESTABLISHED, 2},
		{IPPROTO_UDP, UINT32_MAX, 3},
	};
	const struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(81), .sin6_addr = {{{0x20, 1, 0, 2}}}};
	int listener, listener6, client, udp, udp6, sender, i;
	struct world w;
	size_t c;

	world_make(&w, "ip address add 2001:2::/128 dev lo nodad");
	listener = bound(SOCK_STREAM, 80);
	listener6 = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener6, (const struct sockaddr *)&in6, sizeof(in6)), 0);
	assert_int_equal(listen(listener, 3), 0);
	assert_int_equal(listen(listener6, 3), 0);
	client = connected(SOCK_STREAM, 80);
	udp6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(udp6, (const struct sockaddr *)&in6, sizeof(in6)), 0);
	udp = bound(SOCK_DGRAM, 82);
	assert_int_equal(setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &(int){1}, sizeof(int)), 0);
	sender = connected(SOCK_DGRAM, 82);
	for (i = 0; i < 20; i++)
		assert_int_equal(send(sender, "x", 1, 0), 1);
	for (c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		struct seen diag = {0}, proc = {0};
		size_t k;

		assert_true(sockets_each_diag(cases[c].protocol, cases[c].states,
					      cases[c].protocol == IPPROTO_UDP, see, &diag));
		assert_true(sockets_each_proc(cases[c].protocol, cases[c].states, see, &proc));
		assert_int_equal(diag.n, cases[c].want);
		assert_int_equal(proc.n, cases[c].want);
		for (k = 0; k < diag.n; k++)
			if (!is_among(&diag.list[k], &proc))
				fail_msg("port %u: only one of them has it so", diag.list[k].port);
	}
	close(listener);
	close(listener6);
	close(client);
	close(udp);
	close(udp6);
	close(sender);
	world_end(&w);
}

/* ---- the namespace ---- */

static void test_namespace(void **state)
{
	struct world w;

	world_make(&w, "ip link add rl-a type veth && ip link set rl-a up &&"
		       "ip address add 198.18.0.1/24 dev rl-a &&"
		       "ip neigh add 198.18.0.7 lladdr 02:00:00:00:00:07 dev rl-a &&"
		       "ip neigh add 198.18.0.8 nud failed dev rl-a &&"
		       "sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.rl-a.rp_filter=2"
		       " net.ipv4.conf.lo.rp_filter=0 net.core.somaxconn=123"
		       " net.ipv4.ipfrag_high_thresh=5000000 &&"
		       "nft 'table ip t { chain c { type filter hook input priority 0\n"
		       "udp dport 9 counter drop comment \"nine\"\n}\n}'");
	at(&w, "rl-a");
	assert_int_equal(number(&w, "reverse_path.rl-a"), 2);
	assert_int_equal(number(&w, "reverse_path.lo"), 1);
	assert_int_equal(number(&w, "sysctl.net.core.somaxconn"), 123);
	assert_int_equal(number(&w, "fragments.ipv4.high_thresh"), 5000000);
	assert_int_equal(number(&w, "neighbours.ipv4.here"), 2);
	assert_int_equal(number(&w, "neighbours.ipv4.unresolved"), 1);
	assert_true(number(&w, "neighbours.ipv4.entries") >= 2);
	assert_true(number(&w, "neighbours.ipv4.thresh3") > 0);
	assert_string_equal(text(&w, "neighbours.ipv4.failed.0"), "198.18.0.8");
	assert_string_equal(text(&w, "neighbours.ipv4.failed_devices.0"), "rl-a");
	assert_string_equal(text(&w, "rules.0.comment"), "nine");
	assert_int_equal(number(&w, "rules.0.packets"), 0);
	if (access("/proc/sys/net/netfilter/nf_conntrack_count", F_OK) == 0) {
		assert_int_equal(number(&w, "conntrack.count"), 0);
		assert_true(number(&w, "conntrack.max") > 0);
		assert_int_equal(system("sysctl -qw net.netfilter.nf_conntrack_udp_timeout=17"
					" net.netfilter.nf_conntrack_tcp_timeout_time_wait=19"),
				 0);
		forget(&w);
		assert_int_equal(number(&w, "conntrack.timeouts.udp"), 17);
		assert_int_equal(number(&w, "conntrack.timeouts.tcp_time_wait"), 19);
	}
	world_end(&w);
}

static void test_machine(void **state)
{
	struct world w;

	world_make(&w, "true");
	at(&w, "lo");
	assert_int_equal(number(&w, "load.cpus"), sysconf(_SC_NPROCESSORS_ONLN));
	assert_int_equal(json_array_size(fact(&w.sight, &w.subjects[DEVICE], "cpus")), 0);
	assert_true(number(&w, "cpus.0.total_ticks") > number(&w, "cpus.0.softirq_ticks"));
	assert_true(number(&w, "cpus.0.processed") > 0);
	assert_true(number(&w, "files.open") > 0);
	assert_true(number(&w, "memory.udp.max") > number(&w, "memory.udp.min"));
	assert_true(number(&w, "sysctl.net.core.netdev_max_backlog") > 0);
	world_end(&w);
}

/* What is not there is not known, and reading makes nothing. */
static void test_nothing(void **state)
{
	static const char *const paths[] = {
		"irqs.count", "pause.rx", "rdma.0.state", "link.speed_mbps", "queue_counts.rx.9",
	};
	struct world w;
	int64_t value;
	size_t i;

	world_make(&w, "ip link add rl-a type veth");
	at(&w, "rl-a");
	facts_read(&w.sight, &w.subjects[DEVICE],
		   "irqs pause rdma link queue_counts rules conntrack listeners udp_sockets");
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (fact_s64(&w.sight, &w.subjects[DEVICE], paths[i], &value))
			fail_msg("%s is %lld", paths[i], (long long)value);
	assert_int_equal(json_array_size(fact(&w.sight, &w.subjects[DEVICE], "rules")), 0);
	assert_int_equal(json_array_size(fact(&w.sight, &w.subjects[DEVICE], "listeners")), 0);
	assert_int_equal(system("! nft list ruleset | grep -q ."), 0);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stack),       cmocka_unit_test(test_peer_elsewhere),
		cmocka_unit_test(test_tunnels),     cmocka_unit_test(test_traffic_control),
		cmocka_unit_test(test_listeners),   cmocka_unit_test(test_half_open),
		cmocka_unit_test(test_udp_sockets), cmocka_unit_test(test_many_udp_sockets),
		cmocka_unit_test(test_two_ways),    cmocka_unit_test(test_namespace),
		cmocka_unit_test(test_machine),     cmocka_unit_test(test_nothing),
	};

	if (geteuid()) {
		print_message("needs root\n");
		return SKIP_STATUS;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
