/*
 * Counters against causes made on purpose, each in a network namespace of its own: rules that
 * drop, a full connection table, many sockets and interfaces, an interface that goes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "counter.h"
#include "drop_rules.h"

#define SKIP_STATUS 77 /* meson: skipped */

/* A datagram to each port of loopback; refusals are meant. */
#define SEND(ports)                                                                                \
	"bash -c 'for p in " ports "; do echo x >/dev/udp/127.0.0.1/$p; done' 2>/dev/null; true"

static void fresh_netns(void)
{
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(system("ip link set lo up"), 0);
}

static json_t *take_root(const char *ifname, int ifindex, const char *root)
{
	const struct snapshot_request request = {ifname, ifindex, SCOPES_ALL, root};
	struct sample *samples;
	struct error err;
	size_t n;
	json_t *obj;

	assert_int_equal(snapshot_read(&request, &samples, &n, &err), 0);
	obj = snapshot_json(samples, n);
	free(samples);
	return obj;
}

static json_t *take(const char *ifname, int ifindex)
{
	return take_root(ifname, ifindex, "");
}

static void assert_delta(const json_t *before, const json_t *after, const char *id, uint64_t want)
{
	uint64_t delta = 0;
	enum sample_state state = snapshot_delta(before, after, id, 64, &delta);

	if (state != SAMPLE_OK || delta != want)
		fail_msg("%s: %s, %llu, not %llu", id, sample_state_name(state),
			 (unsigned long long)delta, (unsigned long long)want);
}

static void assert_value(const json_t *snapshot, const char *id, uint64_t want)
{
	uint64_t value = 0;
	enum sample_state state = snapshot_value(snapshot, id, &value);

	if (state != SAMPLE_OK || value != want)
		fail_msg("%s: %s, %llu, not %llu", id, sample_state_name(state),
			 (unsigned long long)value, (unsigned long long)want);
}

/* Rules, the datagrams that meet them, and what is said of it. */
static const struct firewall {
	const char *rules, *send;
	uint64_t nft_drops, nft_unsaid, xt_drops;
	const char *list; /* of drop_rules_json, as CHAIN/COMMENT=PACKETS */
} firewalls[] = {
	{"true", SEND("9 9"), 0, 0, 0, ""},
	{"iptables-legacy -A INPUT -p udp --dport 1 -j ACCEPT", SEND("1 2"), 0, 0, 0, ""},
	{"nft 'table inet t { chain c { type filter hook input priority 0\n"
	 "udp dport 9 counter drop comment \"nine\"\nudp dport 10 counter accept\n}\n}'",
	 SEND("9 10 9 11"), 2, 0, 0, "c/nine=2 "},
	/* of these the counter does not say how many were dropped */
	{"nft 'table ip t { chain c { type filter hook input priority 0\n"
	 "udp dport 9 drop\ncounter udp dport 10 drop\n"
	 "udp dport 11 counter limit rate over 1/hour burst 5 packets drop\n}\n}'",
	 SEND("9 10 11"), 0, 3, 0, "c/=null c/=null c/=null "},
	{"nft 'table ip t { counter one { }\ncounter two { }\n"
	 "chain c { type filter hook input priority 0\n"
	 "udp dport 9 counter name one drop\n"
	 "udp dport 10 counter name two drop\nudp dport 11 counter name two drop\n}\n}'",
	 SEND("9 10 11"), 1, 2, 0, "c/=1 c/=null c/=null "},
	{"nft 'table ip t { map m { type inet_service : verdict\ncounter\n"
	 "elements = { 9 : drop, 10 : accept }\n}\n"
	 "chain c { type filter hook input priority 0\nudp dport vmap @m\n"
	 "udp dport vmap { 11 : drop }\n}\n}'",
	 SEND("9 9 10 11"), 2, 1, 0, "m/=2 __map0/=null "},
	{"nft 'table ip t { chain c { type filter hook input priority 0\npolicy drop\n}\n}'",
	 SEND("9"), 0, 1, 0, "c/=null "},
	/* a rejected one is answered, and the answer falls to the policy */
	{"iptables-nft -A INPUT -p udp --dport 9 -m comment --comment nine -j DROP &&"
	 "iptables-nft -A INPUT -p udp --dport 10 -j REJECT && iptables-nft -P INPUT DROP",
	 SEND("9 10 11 9"), 5, 0, 0, "INPUT/=2 INPUT/nine=2 INPUT/=1 "},
	{"iptables-legacy -N sub && iptables-legacy -A INPUT -p udp -j sub &&"
	 "iptables-legacy -A sub -p tcp -j DROP &&"
	 "iptables-legacy -A sub -p udp --dport 9 -m comment --comment nine -j DROP &&"
	 "iptables-legacy -A INPUT -p udp --dport 10 -j REJECT && iptables-legacy -P INPUT DROP",
	 SEND("9 10 11 9"), 0, 0, 5, "INPUT/=1 INPUT/=2 sub/=0 sub/nine=2 "},
	{"ip6tables-legacy -A OUTPUT -p udp --dport 9 -j DROP",
	 "bash -c 'for p in 9 9 10; do echo x >/dev/udp/::1/$p; done' 2>/dev/null; true", 0, 0, 2,
	 "OUTPUT/=2 "},
};

static void assert_rules(const char *want)
{
	struct error err;
	json_t *list = drop_rules_json(&err), *rule;
	char got[512] = "";
	size_t i;

	assert_non_null(list);
	json_array_foreach (list, i, rule) {
		const json_t *packets = json_object_get(rule, "packets");
		const char *comment = json_string_value(json_object_get(rule, "comment"));
		size_t len = strlen(got);
		char count[24] = "null";

		if (json_is_integer(packets))
			snprintf(count, sizeof(count), "%lld",
				 (long long)json_integer_value(packets));
		snprintf(got + len, sizeof(got) - len, "%s/%s=%s ",
			 json_string_value(json_object_get(rule, "chain")), comment ? comment : "",
			 count);
	}
	assert_string_equal(got, want);
	json_decref(list);
}

/* Where iptables' older tables are not in the kernel, its cases say nothing. */
static bool possible(const char *rules)
{
	return !strstr(rules, "-legacy") || access("/proc/net/ip_tables_names", F_OK) == 0;
}

static void test_firewall(void **state)
{
	for (size_t i = 0; i < sizeof(firewalls) / sizeof(firewalls[0]); i++) {
		const struct firewall *f = &firewalls[i];
		json_t *before, *after;

		if (!possible(f->rules))
			continue;
		fresh_netns();
		if (system(f->rules))
			fail_msg("%s", f->rules);
		before = take("lo", 1);
		assert_int_equal(system(f->send), 0);
		after = take("lo", 1);
		assert_delta(before, after, "nft.drops", f->nft_drops);
		assert_value(after, "nft.unsaid", f->nft_unsaid);
		if (possible("-legacy"))
			assert_delta(before, after, "xt.drops", f->xt_drops);
		assert_rules(f->list);
		json_decref(before);
		json_decref(after);
	}
}

/* Reading makes nothing: no table, no tracking. */
static void test_reading_makes_nothing(void **state)
{
	json_t *snapshot;

	fresh_netns();
	json_decref(take("lo", 1));
	assert_int_equal(system(SEND("9 10 11")), 0);
	snapshot = take("lo", 1);
	if (possible("-legacy"))
		assert_int_equal(system("! grep -q . /proc/self/net/ip_tables_names"), 0);
	if (access("/proc/sys/net/netfilter/nf_conntrack_count", F_OK) == 0)
		assert_value(snapshot, "ct.count", 0);
	json_decref(snapshot);
}

/* Entries that clash: two flows are translated to the one source port that there is. */
static void test_conntrack(void **state)
{
	json_t *before, *after;

	if (access("/proc/sys/net/netfilter/nf_conntrack_count", F_OK)) {
		print_message("needs connection tracking\n");
		skip();
	}
	fresh_netns();
	if (system("ip address add 198.18.0.1/32 dev lo && ip address add 198.18.0.2/32 dev lo &&"
		   "nft 'table ip t { chain c { type nat hook postrouting priority 100\n"
		   "udp dport 9 snat to 198.18.0.3:5000\n}\n}'"))
		fail_msg("rules of connection tracking");
	before = take("lo", 1);
	assert_int_equal(system(SEND("9 9 9 9")), 0);
	after = take("lo", 1);
	assert_delta(before, after, "ct.drop", 3);
	assert_delta(before, after, "ct.insert_failed", 3);
	assert_value(after, "ct.count", 1);
	json_decref(before);
	json_decref(after);
}

/* More frames than the queue of an unresolved neighbour holds: by unres_qlen_bytes. */
static void test_neighbour(void **state)
{
	static const struct {
		const char *id, *send;
		unsigned int least;
	} cases[] = {
		{"neigh.arp_unresolved_discards", "198.18.0.9/5", 20},
		{"neigh.ndisc_unresolved_discards", "2001:2::9/5", 20},
	};

	fresh_netns();
	if (system("ip link add rl-n0 type veth peer name rl-n1 && ip link set rl-n0 up &&"
		   "ip link set rl-n1 up && ip address add 198.18.0.1/24 dev rl-n0 &&"
		   "ip address add 2001:2::1/64 dev rl-n0 nodad &&"
		   "sysctl -qw net.ipv4.neigh.rl-n0.unres_qlen_bytes=1000"
		   " net.ipv6.neigh.rl-n0.unres_qlen_bytes=1000"))
		fail_msg("a veth whose neighbour nobody answers for");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *before = take("lo", 1), *after;
		uint64_t delta = 0;
		char command[160];

		if (snapshot_value(before, cases[i].id, &delta) == SAMPLE_UNSUPPORTED) {
			json_decref(before);
			continue;
		}
		snprintf(command, sizeof(command),
			 "bash -c 'for i in {1..30}; do echo x >/dev/udp/%s; done'", cases[i].send);
		assert_int_equal(system(command), 0);
		after = take("lo", 1);
		/* of the whole machine, so others may add to it */
		assert_int_equal(snapshot_delta(before, after, cases[i].id, 64, &delta), SAMPLE_OK);
		if (delta < cases[i].least)
			fail_msg("%s: %d", cases[i].id, (int)delta);
		json_decref(before);
		json_decref(after);
	}
}

static int bound_socket(uint32_t addr, uint16_t port)
{
	const struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(addr)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&in, sizeof(in))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* As many sockets as this process may have, up to 100,000, one of which drops. */
static void test_sockets(void **state)
{
	enum { MOST = 100000, PORTS = 50000, SPARE = 64 };
	struct rlimit old, limit = {MOST + SPARE, MOST + SPARE};
	int *fds = calloc(MOST, sizeof(*fds)), small = 1, n;
	json_t *before, *after;
	uint64_t full = 0;

	fresh_netns();
	assert_non_null(fds);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	if (setrlimit(RLIMIT_NOFILE, &limit)) {
		limit = (struct rlimit){old.rlim_max, old.rlim_max};
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	}
	before = take("lo", 1);
	assert_value(before, "sock.udp", 0);
	assert_value(before, "sock.udp_drops", 0);
	for (n = 0; n < MOST && n + SPARE < (int)limit.rlim_cur; n++) {
		fds[n] = bound_socket(INADDR_LOOPBACK + (uint32_t)(n / PORTS),
				      (uint16_t)(1000 + n % PORTS));
		assert_true(fds[n] >= 0);
	}
	assert_int_equal(setsockopt(fds[0], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	assert_int_equal(system("bash -c 'for i in {1..50}; do "
				"echo xxxxxxxxxxxxxxxxxxxxxxxx >/dev/udp/127.0.0.1/1000; done'"),
			 0);
	after = take("lo", 1);
	assert_value(after, "sock.udp", (uint64_t)n);
	assert_int_equal(snapshot_delta(before, after, "snmp.Udp.RcvbufErrors", 64, &full),
			 SAMPLE_OK);
	assert_true(full > 0);
	assert_value(after, "sock.udp_drops", full);
	json_decref(before);
	json_decref(after);
	while (n)
		close(fds[--n]);
	/* with the sockets their drops go, which is why both are gauges */
	after = take("lo", 1);
	assert_value(after, "sock.udp", 0);
	assert_value(after, "sock.udp_drops", 0);
	json_decref(after);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	free(fds);
}

/* Ten thousand interfaces, of which one is read. */
static void test_interfaces(void **state)
{
	json_t *before, *after;
	int ifindex;

	fresh_netns();
	if (system("sysctl -qw net.ipv6.conf.default.disable_ipv6=1;"
		   "for i in $(seq 5000); do echo link add rl-a$i type veth peer name rl-b$i; done "
		   "|"
		   "ip -batch - && ip link set rl-a2500 up && ip link set rl-b2500 up &&"
		   "ip address add 198.18.0.1/24 dev rl-a2500 &&"
		   "ip neigh add 198.18.0.2 lladdr 02:00:00:00:00:01 dev rl-a2500"))
		fail_msg("ten thousand interfaces");
	ifindex = (int)if_nametoindex("rl-a2500");
	before = take("rl-a2500", ifindex);
	assert_int_equal(
		system("bash -c 'for i in {1..7}; do echo x >/dev/udp/198.18.0.2/9; done'"), 0);
	after = take("rl-a2500", ifindex);
	assert_delta(before, after, "dev.tx_packets", 7);
	assert_delta(before, after, "dev.rx_packets", 0);
	json_decref(before);
	json_decref(after);
}

/* What belonged to an interface that is gone cannot be read; the rest can. */
static void test_interface_goes(void **state)
{
	static const struct {
		const char *id;
		enum sample_state want;
	} cases[] = {
		{"dev.rx_packets", SAMPLE_FAILED}, {"eth.rx_drops", SAMPLE_FAILED},
		{"snmp.Udp.InErrors", SAMPLE_OK},  {"softnet.dropped", SAMPLE_OK},
		{"cpu.softirq", SAMPLE_OK},
	};
	json_t *before, *after;
	uint64_t delta;
	int ifindex;

	fresh_netns();
	assert_int_equal(system("ip link add rl-g0 type veth peer name rl-g1"), 0);
	ifindex = (int)if_nametoindex("rl-g0");
	before = take("rl-g0", ifindex);
	assert_int_equal(system("ip link del rl-g0"), 0);
	after = take("rl-g0", ifindex);
	assert_value(before, "dev.rx_packets", 0);
	assert_value(before, "eth.rx_drops", 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (snapshot_delta(before, after, cases[i].id, 64, &delta) != cases[i].want)
			fail_msg("%s", cases[i].id);
	json_decref(before);
	json_decref(after);
}

/* Rules that go take what they counted with them, and that is no loss below 0. */
static void test_rules_go(void **state)
{
	json_t *before, *after;
	uint64_t delta;

	fresh_netns();
	if (system("nft 'table ip t { chain c { type filter hook input priority 0\n"
		   "udp dport 9 counter drop\n}\n}'"))
		fail_msg("a rule");
	assert_int_equal(system(SEND("9 9")), 0);
	before = take("lo", 1);
	assert_value(before, "nft.drops", 2);
	assert_int_equal(system("nft flush ruleset"), 0);
	after = take("lo", 1);
	assert_value(after, "nft.drops", 0);
	assert_int_equal(snapshot_delta(before, after, "nft.drops", 64, &delta), SAMPLE_WENT_BACK);
	json_decref(before);
	json_decref(after);
}

/* Names that no text is made of do not break the list. */
static void test_hostile_comment(void **state)
{
	struct error err;
	json_t *list;
	char *text;

	fresh_netns();
	if (system("printf 'table ip t {\nchain c {\ntype filter hook input priority 0\n"
		   "udp dport 9 counter drop comment \"a\\377\\376\\001b\"\n}\n}\n' | nft -f -")) {
		print_message("this nft takes no such comment\n");
		skip();
	}
	list = drop_rules_json(&err);
	assert_int_equal(json_array_size(list), 1);
	text = json_dumps(list, 0);
	assert_non_null(text);
	assert_non_null(strstr(text, "a??\\u0001b"));
	free(text);
	json_decref(list);
}

/* The kernel's own mq and its queues have handle 0 all of them: the queues are the leaves. */
static void test_default_mq(void **state)
{
	json_t *snapshot;

	fresh_netns();
	if (system("ip link add rl-m numtxqueues 2 type ifb && ip link set rl-m up")) {
		print_message("needs a device of two queues that the kernel gives mq to (ifb)\n");
		skip();
	}
	snapshot = take("rl-m", (int)if_nametoindex("rl-m"));
	assert_value(snapshot, "qdisc.drops", 0);
	json_decref(snapshot);
}

/* What docs/design.md says is how a host is recorded; DESIGN is that file. */
#define RECORD                                                                                     \
	"bash -c '"                                                                                \
	"eval \"$(sed -n \"/^    record()/,/^    }/p\" " DESIGN ")\" && record \"$0\" rl-a' "

/* A row whose value is the same whenever it is read, unless a packet comes. */
static bool holds_still(const struct counter_def *def)
{
	return !def->restless && def->kind != COUNTER_GAUGE && def->scope != SCOPE_MACHINE;
}

static void compare_with_tree(const char *root)
{
	const struct snapshot_request live = {"rl-a", (int)if_nametoindex("rl-a"), SCOPES_ALL};
	const struct snapshot_request recorded = {"rl-a", 0, SCOPES_ALL, root};
	struct sample *a, *b;
	struct error err;
	size_t n_a, n_b, same = 0;

	assert_int_equal(snapshot_read(&live, &a, &n_a, &err), 0);
	assert_int_equal(snapshot_read(&recorded, &b, &n_b, &err), 0);
	assert_int_equal(n_a, n_b);
	for (size_t i = 0; i < n_a; i++) {
		const struct counter_def *def = a[i].def;

		assert_int_not_equal(b[i].state, SAMPLE_FAILED);
		if (b[i].state != SAMPLE_OK || !holds_still(def))
			continue;
		if (a[i].state != SAMPLE_OK || a[i].value != b[i].value)
			fail_msg("%s: live %llu, recorded %llu", def->id,
				 (unsigned long long)a[i].value, (unsigned long long)b[i].value);
		same++;
	}
	assert_in_range(same, 90, n_a); /* not all of them UNSUPPORTED */
	free(a);
	free(b);
}

static void test_record(void **state)
{
	static const char *const ids[] = {"dev.rx_packets",   "dev.carrier_changes",
					  "eth.rx_drops",     "qdisc.drops",
					  "snmp.Udp.NoPorts", "netstat.TcpExt.ListenDrops",
					  "sockstat.tcp_tw",  "softnet.processed",
					  "softirq.NET_RX",   "cpu.softirq"};
	char root[] = "/tmp/ringloss-record-XXXXXX", command[1024];
	json_t *tree;
	uint64_t value;

	fresh_netns();
	assert_non_null(mkdtemp(root));
	if (system("sysctl -qw net.ipv6.conf.default.disable_ipv6=1;"
		   "ip link add rl-a type veth peer name rl-b && ip link set rl-a up &&"
		   "ip link set rl-b up && ip address add 198.18.0.1/24 dev rl-a &&"
		   "ip neigh add 198.18.0.2 lladdr 02:00:00:00:00:01 dev rl-a &&"
		   "tc qdisc add dev rl-a root pfifo limit 1000 &&"
		   "bash -c 'for i in {1..7}; do echo x >/dev/udp/198.18.0.2/9; done' &&" SEND(
			   "9 9")))
		fail_msg("a veth");
	snprintf(command, sizeof(command), RECORD "%s 2>/dev/null", root);
	assert_int_equal(system(command), 0);
	compare_with_tree(root);
	tree = take_root("rl-a", 0, root);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (snapshot_value(tree, ids[i], &value) != SAMPLE_OK)
			fail_msg("%s was not recorded", ids[i]);
	assert_value(tree, "dev.tx_packets", 7);
	assert_value(tree, "snmp.Udp.NoPorts", 2);
	json_decref(tree);
	snprintf(command, sizeof(command), "rm -r %s", root);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_firewall),
		cmocka_unit_test(test_reading_makes_nothing),
		cmocka_unit_test(test_conntrack),
		cmocka_unit_test(test_neighbour),
		cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_interfaces),
		cmocka_unit_test(test_interface_goes),
		cmocka_unit_test(test_rules_go),
		cmocka_unit_test(test_hostile_comment),
		cmocka_unit_test(test_default_mq),
		cmocka_unit_test(test_record),
	};

	if (geteuid()) {
		print_message("needs root\n");
		return SKIP_STATUS;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
