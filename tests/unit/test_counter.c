/*
 * lib/counter: the table of rows, differences of snapshots, and a snapshot of a
 * network namespace of this test's own against traffic whose size is known.
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
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "counter.h"

static bool have_netns;

static const struct counter_def *find_def(const char *id, size_t len)
{
	size_t n;
	const struct counter_def *defs = counter_table(&n);

	for (size_t i = 0; i < n; i++)
		if (strlen(defs[i].id) == len && !memcmp(defs[i].id, id, len))
			return &defs[i];
	return NULL;
}

static void test_rows(void **state)
{
	size_t n;
	const struct counter_def *defs = counter_table(&n);

	for (size_t i = 0; i < n; i++) {
		const struct counter_def *d = &defs[i];

		assert_ptr_equal(find_def(d->id, strlen(d->id)), d); /* ids are unique */
		assert_non_null(strchr(d->id, '.'));
		assert_true(d->kind == COUNTER_GAUGE ? !d->bits : d->bits == 32 || d->bits == 64);
		assert_true(d->stage[0] && d->help[0] && d->locator[0]);
		assert_int_equal(d->reader, READER_AGENT);
		assert_true(counter_source_name(d->source)[0]);
		/* no loss of ours that moves by itself: a snapshot would not wait for it */
		assert_false(d->restless && d->kind != COUNTER_EVENT && strcmp(d->stage, "TCP"));
		for (const char *o = d->overlaps; *o; o += strcspn(o, " "), o += *o == ' ') {
			size_t len = strcspn(o, " ");

			if (strncmp(o, "udp.", 4)) /* rows of an endpoint */
				assert_non_null(find_def(o, len));
		}
	}
}

static void test_delta(void **state)
{
	static const struct {
		const char *before, *after;
		uint32_t bits;
		enum sample_state state;
		uint64_t delta;
	} cases[] = {
		{"5", "5", 64, SAMPLE_OK, 0},
		{"5", "17", 64, SAMPLE_OK, 12},
		{"17", "5", 64, SAMPLE_WENT_BACK, 0},
		{"4294967290", "4", 32, SAMPLE_OK, 10},
		{"4294967290", "4294967300", 64, SAMPLE_OK, 10},
		{"0", "4294967295", 32, SAMPLE_OK, 4294967295},
		{"\"UNSUPPORTED\"", "\"UNSUPPORTED\"", 64, SAMPLE_UNSUPPORTED, 0},
		{"\"UNSUPPORTED\"", "3", 64, SAMPLE_UNSUPPORTED, 0},
		{"3", "\"UNSUPPORTED\"", 64, SAMPLE_UNSUPPORTED, 0},
		{"\"FAILED\"", "3", 64, SAMPLE_FAILED, 0},
		{"3", "\"FAILED\"", 32, SAMPLE_FAILED, 0},
		{"\"UNSUPPORTED\"", "\"FAILED\"", 64, SAMPLE_FAILED, 0},
		{"null", "3", 64, SAMPLE_FAILED, 0},
		{"3.5", "4", 64, SAMPLE_FAILED, 0},
		{"3", "4", 0, SAMPLE_UNSUPPORTED, 0}, /* a gauge */
		{"3", "\"FAILED\"", 0, SAMPLE_FAILED, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *before =
			json_pack("{s:o}", "c", json_loads(cases[i].before, JSON_DECODE_ANY, NULL));
		json_t *after =
			json_pack("{s:o}", "c", json_loads(cases[i].after, JSON_DECODE_ANY, NULL));
		uint64_t delta = 0;

		assert_int_equal(snapshot_delta(before, after, "c", cases[i].bits, &delta),
				 cases[i].state);
		assert_int_equal(delta, cases[i].delta);
		assert_int_equal(snapshot_delta(before, after, "none", 64, &delta),
				 SAMPLE_UNSUPPORTED);
		json_decref(before);
		json_decref(after);
	}
}

static bool has_word(const char *words, const char *word, size_t len)
{
	for (; *words; words += strcspn(words, " "), words += *words == ' ')
		if (strcspn(words, " ") == len && !memcmp(words, word, len))
			return true;
	return false;
}

/* Every name belongs to a row, stands once, and overlaps with no more than its row says. */
static void test_names(void **state)
{
	size_t n, k;
	const struct counter_name *names = counter_names(&n);

	for (size_t i = 0; i < n; i++) {
		const struct counter_def *d = find_def(names[i].id, strlen(names[i].id));

		assert_non_null(d);
		assert_int_equal(d->source, SOURCE_ETHTOOL);
		for (k = 0; k < i; k++)
			if (!strcmp(names[k].driver, names[i].driver) &&
			    !strcmp(names[k].name, names[i].name))
				fail_msg("%s: %s is there twice", names[i].driver, names[i].name);
		for (const char *o = names[i].overlaps; *o; o += strcspn(o, " "), o += *o == ' ')
			if (!has_word(d->overlaps, o, strcspn(o, " ")))
				fail_msg("%s of %s: %s does not overlap with %s", names[i].name,
					 names[i].driver, d->id, o);
	}
	/* and every row of ethtool's has a name */
	const struct counter_def *defs = counter_table(&n);

	for (size_t i = 0; i < n; i++) {
		size_t n_names;

		names = counter_names(&n_names);
		for (k = 0; k < n_names && strcmp(names[k].id, defs[i].id); k++)
			;
		if ((k < n_names) != (defs[i].source == SOURCE_ETHTOOL))
			fail_msg("%s", defs[i].id);
	}
}

static void test_name_matches(void **state)
{
	static const struct {
		const char *pattern, *name;
		size_t len; /* 0: to its end */
		bool matches;
	} cases[] = {
		{"rx_dropped", "rx_dropped", 0, true},
		{"rx_dropped", "rx_dropped.nic", 0, false},
		{"rx_dropped.nic", "rx_dropped", 0, false},
		{"rx_dropped", "  rx_dropped   ", 0, true},
		{"pkts rx OOB", "    pkts rx OOB", 0, true},
		{"pkts rx OOB", "pkts  rx OOB", 0, false},
		{"rx%u_drops", "rx0_drops", 0, true},
		{"rx%u_drops", "rx4294967296000_drops", 0, true},
		{"rx%u_drops", "rx_drops", 0, false},
		{"rx%u_drops", "rx-1_drops", 0, false},
		{"rx%u_drops", "rx1 _drops", 0, false},
		{"rx%u_drops", "rx1_drops2", 0, false},
		{"rx_cos%u", "rx_cos7", 0, true},
		{"rx_cos%u", "rx_cos", 0, false},
		{"rx_cos%u", "rx_cos7x", 0, false},
		{"%u: rx", "12: rx", 0, true},
		{"%u: rx", ": rx", 0, false},
		{"rx[%u]", "rx[31]", 0, true},
		{"rx", "", 0, false},
		{"rx", "   ", 0, false},
		{"", "", 0, true},
		{"", " ", 0, true},
		{"rx_a", "rx_abcdef", 4, true}, /* no NUL after it */
		{"rx%u", "rx12345", 4, true},
		{"rx%u", "rx12345", 2, false},
		{"rx_a", "rx_\xff\xfe", 0, false},
		{"rx%u", "rx\xb2", 0, false}, /* a superscript two is no digit */
		{"rx%s", "rx%s", 0, true},
		{"rx%", "rx%", 0, true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = cases[i].len ? cases[i].len : strlen(cases[i].name);
		/* a copy of that size, so that a sanitizer sees what is read behind it */
		char *name = malloc(len ? len : 1);

		assert_non_null(name);
		memcpy(name, cases[i].name, len);
		if (counter_name_matches(cases[i].pattern, name, len) != cases[i].matches)
			fail_msg("\"%s\" and \"%s\"", cases[i].pattern, cases[i].name);
		free(name);
	}
}

static void test_settled(void **state)
{
	static const struct {
		const char *before, *after;
		bool settled;
	} cases[] = {
		{"{}", "{}", true},
		{"{\"dev.rx_packets\": 1}", "{\"dev.rx_packets\": 1}", true},
		{"{\"dev.rx_packets\": 1}", "{\"dev.rx_packets\": 2}", false},
		{"{\"dev.rx_packets\": 1}", "{\"dev.rx_packets\": \"FAILED\"}", false},
		{"{\"xsk.of_an_endpoint\": 1}", "{\"xsk.of_an_endpoint\": 2}", false},
		{"{\"ct.count\": 1}", "{\"ct.count\": 2}", true}, /* a gauge */
		{"{\"ct.drop\": 1, \"ct.count\": 1}", "{\"ct.drop\": 2, \"ct.count\": 1}", false},
		{"{\"ct.count\": 1}", "{}", false},
		{"{\"cpu.user\": 1, \"softirq.NET_RX\": 5}",
		 "{\"cpu.user\": 2, \"softirq.NET_RX\": 6}", true},
		{"{\"cpu.user\": 1, \"ct.found\": 5}", "{\"cpu.user\": 2, \"ct.found\": 6}", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *before = json_loads(cases[i].before, 0, NULL);
		json_t *after = json_loads(cases[i].after, 0, NULL);

		assert_int_equal(snapshot_settled(before, after), cases[i].settled);
		json_decref(before);
		json_decref(after);
	}
}

static void test_value(void **state)
{
	json_t *snapshot = json_pack("{s:i, s:s}", "a", 7, "b", "FAILED");
	uint64_t value = 0;

	assert_int_equal(snapshot_value(snapshot, "a", &value), SAMPLE_OK);
	assert_int_equal(value, 7);
	assert_int_equal(snapshot_value(snapshot, "b", &value), SAMPLE_FAILED);
	assert_int_equal(snapshot_value(snapshot, "c", &value), SAMPLE_UNSUPPORTED);
	json_decref(snapshot);
}

static const struct sample *find_sample(const struct sample *samples, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(samples[i].def->id, id))
			return &samples[i];
	return NULL;
}

#define NO_MACHINE (SCOPES_ALL & ~SCOPE_BIT(SCOPE_MACHINE))

static json_t *take_json(const char *ifname, int ifindex, uint32_t scopes)
{
	const struct snapshot_request request = {ifname, ifindex, scopes};
	struct sample *samples;
	struct error err;
	size_t n;
	json_t *obj;

	assert_int_equal(snapshot_read(&request, &samples, &n, &err), 0);
	for (size_t i = 0; i < n; i++) {
		assert_int_not_equal(samples[i].time_ns, 0);
		assert_int_not_equal(samples[i].state, SAMPLE_WENT_BACK);
	}
	obj = snapshot_json(samples, n);
	assert_int_equal(json_object_size(obj), n);
	free(samples);
	return obj;
}

static int ipv6_state(void)
{
	return access("/proc/net/snmp6", R_OK) ? SAMPLE_UNSUPPORTED : SAMPLE_OK;
}

static void test_states(void **state)
{
	static const struct {
		const char *ifname;
		int ifindex;
		uint32_t scopes;
		const char *id;
		int want; /* a sample_state, or -1: not in the snapshot */
	} cases[] = {
		{"", 0, SCOPES_ALL, "dev.rx_packets", SAMPLE_UNSUPPORTED},
		{"", 0, SCOPES_ALL, "eth.rx_drops", SAMPLE_UNSUPPORTED},
		{"", 0, SCOPES_ALL, "qdisc.drops", SAMPLE_UNSUPPORTED},
		{"", 0, SCOPES_ALL, "snmp.Udp.InErrors", SAMPLE_OK},
		{"", 0, SCOPES_ALL, "softnet.dropped", SAMPLE_OK},
		{"", 0, SCOPES_ALL, "snmp6.Udp6InErrors", -2}, /* as the kernel has IPv6 or not */
		{"", 0, NO_MACHINE, "softnet.dropped", -1},
		{"lo", 1, SCOPES_ALL, "dev.rx_packets", SAMPLE_OK},
		{"lo", 1, SCOPES_ALL, "dev.tx_window_errors", SAMPLE_OK},
		{"lo", 1, SCOPES_ALL, "eth.rx_drops", SAMPLE_UNSUPPORTED},
		{"lo", 1, SCOPES_ALL, "qdisc.drops", SAMPLE_UNSUPPORTED}, /* noqueue */
		{"none0", 999999, SCOPES_ALL, "dev.rx_packets", SAMPLE_FAILED},
		{"none0", 999999, SCOPES_ALL, "eth.rx_drops", SAMPLE_FAILED},
		{"none0", 999999, SCOPES_ALL, "snmp.Ip.InReceives", SAMPLE_OK},
		{"none0", 999999, SCOPES_ALL, "softnet.processed", SAMPLE_OK},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct snapshot_request request;
		struct sample *samples;
		const struct sample *s;
		struct error err;
		size_t n;

		request = (struct snapshot_request){cases[i].ifname, cases[i].ifindex,
						    cases[i].scopes};
		assert_int_equal(snapshot_read(&request, &samples, &n, &err), 0);
		s = find_sample(samples, n, cases[i].id);
		assert_int_equal(s ? (int)s->state : -1,
				 cases[i].want == -2 ? ipv6_state() : cases[i].want);
		free(samples);
	}
}

/* Every row of /proc that this kernel can have is found: a misspelt locator would hide. */
static void test_every_proc_row(void **state)
{
	const struct snapshot_request request = {"lo", 1, SCOPES_ALL};
	struct sample *samples;
	struct error err;
	size_t n;

	assert_int_equal(snapshot_read(&request, &samples, &n, &err), 0);
	for (size_t i = 0; i < n; i++) {
		const struct counter_def *d = samples[i].def;

		if (!d->since[0] && d->source == SOURCE_SNMP6 &&
		    (int)samples[i].state != ipv6_state())
			fail_msg("%s: %s", d->id, sample_state_name(samples[i].state));
		if (!d->since[0] &&
		    (d->source == SOURCE_SNMP || d->source == SOURCE_SOFTNET ||
		     d->source == SOURCE_RTNL || d->source == SOURCE_CPU ||
		     d->source == SOURCE_SOFTIRQ ||
		     (d->source == SOURCE_SOCKSTAT && !strstr(d->locator, "6."))) &&
		    samples[i].state != SAMPLE_OK)
			fail_msg("%s: %s", d->id, sample_state_name(samples[i].state));
	}
	free(samples);
}

/* Port PORT of the loopback address; returns the length of the address. */
static socklen_t lo_address(int family, uint16_t port, struct sockaddr_storage *to)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
				   .sin6_port = htons(port),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT};

	if (family == AF_INET)
		memcpy(to, &in, sizeof(in));
	else
		memcpy(to, &in6, sizeof(in6));
	return family == AF_INET ? sizeof(in) : sizeof(in6);
}

static int lo_socket(int family, bool bound, uint16_t port, int rcvbuf)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_storage addr;
	socklen_t len = lo_address(family, port, &addr);

	assert_true(fd >= 0);
	if (rcvbuf)
		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf)), 0);
	if (bound)
		assert_int_equal(bind(fd, (struct sockaddr *)&addr, len), 0);
	return fd;
}

static void send_to(int family, uint16_t port, int count)
{
	struct sockaddr_storage addr;
	socklen_t len = lo_address(family, port, &addr);
	char data[22] = {0};
	int fd = lo_socket(family, false, 0, 0);

	for (int i = 0; i < count; i++)
		assert_int_equal(sendto(fd, data, sizeof(data), 0, (struct sockaddr *)&addr, len),
				 (ssize_t)sizeof(data));
	close(fd);
}

static void assert_delta(const json_t *before, const json_t *after, const char *id, uint64_t want)
{
	uint64_t delta = 0;
	enum sample_state got = snapshot_delta(before, after, id, 64, &delta);

	if (got != SAMPLE_OK || delta != want)
		fail_msg("%s: %s, %llu, not %llu", id, sample_state_name(got),
			 (unsigned long long)delta, (unsigned long long)want);
}

/* GROUP: "snmp.Udp." or "snmp6.Udp6"; RECEIVES: what IP took. */
static void live_traffic(int family, const char *group, const char *receives)
{
	enum { SENT = 500, CLOSED = 30 };
	static const char *const names[] = {"OutDatagrams", "InDatagrams", "RcvbufErrors",
					    "InErrors", "NoPorts"};
	uint64_t want[5] = {SENT + CLOSED, 0, SENT, SENT, CLOSED};
	json_t *before, *after;
	char data[64], id[64];
	int fd = lo_socket(family, true, 9000, 4096);

	before = take_json("lo", 1, SCOPES_ALL);
	send_to(family, 9000, SENT);
	send_to(family, 9001, CLOSED);
	for (; recv(fd, data, sizeof(data), MSG_DONTWAIT) > 0; want[1]++)
		want[2]--, want[3]--;
	after = take_json("lo", 1, SCOPES_ALL);

	assert_in_range(want[1], 1, SENT - 1);
	for (size_t i = 0; i < 5; i++) {
		snprintf(id, sizeof(id), "%s%s", group, names[i]);
		assert_delta(before, after, id, want[i]);
	}
	/* The port-unreachable messages go the same way; their rate is limited. */
	assert_true(json_integer_value(json_object_get(after, "dev.rx_packets")) -
			    json_integer_value(json_object_get(before, "dev.rx_packets")) >=
		    SENT + CLOSED);
	assert_int_equal(json_integer_value(json_object_get(after, "dev.rx_packets")),
			 json_integer_value(json_object_get(after, "dev.tx_packets")));
	assert_int_equal(json_integer_value(json_object_get(after, "dev.rx_packets")) -
				 json_integer_value(json_object_get(before, "dev.rx_packets")),
			 json_integer_value(json_object_get(after, receives)) -
				 json_integer_value(json_object_get(before, receives)));
	json_decref(before);
	json_decref(after);
	close(fd);
}

static void test_live_traffic(void **state)
{
	struct ifreq ifr = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd;

	if (!have_netns) {
		print_message("needs the right to make a network namespace\n");
		skip();
	}
	fd = lo_socket(AF_INET, false, 0, 0);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
	close(fd);
	live_traffic(AF_INET, "snmp.Udp.", "snmp.Ip.InReceives");
	if (ipv6_state() == SAMPLE_OK)
		live_traffic(AF_INET6, "snmp6.Udp6", "snmp6.Ip6InReceives");
}

static int setup(void **state)
{
	have_netns = unshare(CLONE_NEWNET) == 0;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),         cmocka_unit_test(test_delta),
		cmocka_unit_test(test_states),       cmocka_unit_test(test_every_proc_row),
		cmocka_unit_test(test_live_traffic), cmocka_unit_test(test_settled),
		cmocka_unit_test(test_names),        cmocka_unit_test(test_name_matches),
		cmocka_unit_test(test_value),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
