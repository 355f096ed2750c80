/*
 * The observer of a host and what TCP sends again, against rules that drop on purpose: each drop is
 * told with its port, and the segments sent again of all connections are the kernel's own sum.
 */
#include "nettest.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "json.h"
#include "netns.h"
#include "observer.h"
#include "sent_again.h"

#define BYTES (2 << 20) /* by each connection */
#define PATIENCE_MS 15000

static struct lab lab;
static struct observer *observer;
static struct sent_again *again;

/* The namespace that sends, the one that receives. */
static const struct lab_end *end_of(bool rx)
{
	return &lab_pair(&lab, 0)[rx];
}

/* A shell command there. */
static void there(bool rx, const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "nsenter --net=/run/netns/%s %s", end_of(rx)->netns, command);
	if (system(line))
		fail_msg("%s", line);
}

/* ---- what the kernel says ---- */

struct mib {
	const char *line, *format; /* "Tcp:", and how its second line, of values, is read */
	unsigned long long value;
};

static int read_mib(void *arg)
{
	struct mib *mib = arg;
	FILE *f = fopen("/proc/thread-self/net/snmp", "re");
	char line[512];
	int found = 0;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, mib->line, strlen(mib->line)))
			found = sscanf(line, mib->format, &mib->value);
	if (f)
		fclose(f);
	return found == 1 ? 0 : -ENOENT;
}

static uint64_t mib_of(bool rx, struct mib mib)
{
	struct error err;

	ok(netns_call(end_of(rx)->netns, read_mib, &mib, &err), &err);
	return mib.value;
}

/* Tcp.RetransSegs */
static uint64_t retransmitted(bool rx)
{
	return mib_of(rx, (struct mib){"Tcp:", "Tcp: %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
					       "%llu"});
}

/* Udp.NoPorts */
static uint64_t no_ports(bool rx)
{
	return mib_of(rx, (struct mib){"Udp:", "Udp: %*s %llu"});
}

/* Packets of the counter of that name in the rules. */
static uint64_t nft_counter(bool rx, const char *name)
{
	char command[256];
	FILE *pipe;
	json_t *packets;
	uint64_t value;

	snprintf(command, sizeof(command),
		 "nsenter --net=/run/netns/%s nft -j list counter inet t %s | "
		 "jq '[.nftables[].counter | select(.) | .packets] | add'",
		 end_of(rx)->netns, name);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	packets = json_loadf(pipe, JSON_DECODE_ANY, NULL);
	pclose(pipe);
	assert_true(json_is_integer(packets));
	value = (uint64_t)json_integer_value(packets);
	json_decref(packets);
	return value;
}

/* ---- what was seen ---- */

static uint64_t inode_of(bool rx)
{
	return netns_inode(end_of(rx)->netns);
}

/* Frames of events with this reason, there, of that port. */
static uint64_t seen(bool rx, const char *reason, int port)
{
	json_t *events = observer_events(observer), *event;
	uint64_t frames = 0;
	size_t i;

	assert_non_null(events);
	json_array_foreach (events, i, event)
		if (json_u64(event, "netns", 0) == inode_of(rx) &&
		    json_s64(event, "port", 0) == port &&
		    !strcmp(json_str(event, "reason", ""), reason))
			frames += json_u64(event, "frames", 0);
	json_decref(events);
	return frames;
}

static uint64_t counted(bool rx, const char *id)
{
	json_t *counters = observer_netns_counters(observer, inode_of(rx));
	json_t *value = json_object_get(counters, id);
	uint64_t frames;

	if (!json_is_integer(value))
		fail_msg("%s: %s", id, value ? json_string_value(value) : "not there");
	frames = (uint64_t)json_integer_value(value);
	json_decref(counters);
	return frames;
}

/* The connection there to or from PORT that sent most again; new reference, NULL: none. */
static json_t *connection(bool rx, const char *which, int port)
{
	json_t *list = sent_again_list(again, NULL), *one, *found = NULL;
	size_t i;

	assert_non_null(list);
	json_array_foreach (list, i, one)
		if (!found && json_u64(one, "netns", 0) == inode_of(rx) &&
		    json_s64(one, which, 0) == port && json_u64(one, "segments", 0))
			found = json_incref(one);
	json_decref(list);
	return found;
}

static uint64_t sent_again(bool rx)
{
	json_t *list, *one;
	uint64_t segments = 0, missed = 1;
	size_t i;

	list = sent_again_list(again, &missed);
	assert_non_null(list);
	assert_int_equal(missed, 0);
	json_array_foreach (list, i, one)
		if (json_u64(one, "netns", 0) == inode_of(rx))
			segments += json_u64(one, "segments", 0);
	json_decref(list);
	return segments;
}

/* All connections' segments are those of the kernel's sum, at a moment when nothing moves. */
static void sums_agree(bool rx)
{
	uint64_t before, after, sum;

	do {
		before = retransmitted(rx);
		sum = sent_again(rx);
		after = retransmitted(rx);
	} while (before != after);
	assert_int_equal(sum, after);
}

/* ---- traffic ---- */

static int make_socket(void *arg)
{
	const int *what = arg;
	int fd = socket(what[0], what[1] | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

static int socket_there(bool rx, int family, int type)
{
	int what[2] = {family, type};
	int fd = netns_call(end_of(rx)->netns, make_socket, what, NULL);

	assert_true(fd >= 0);
	return fd;
}

/* How a connection reaches the receiving namespace: by socket and by packets. */
enum way { WAY_4, WAY_6, WAY_MAPPED, WAYS };

static socklen_t address_there(enum way way, int port, struct sockaddr_storage *to)
{
	const struct lab_end *rx = end_of(true);
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};

	memcpy(&in.sin_addr, rx->ip, 4);
	if (way == WAY_6) {
		memcpy(&in6.sin6_addr, rx->ip6, 16);
	} else {
		memset(in6.sin6_addr.s6_addr + 10, 0xff, 2);
		memcpy(in6.sin6_addr.s6_addr + 12, rx->ip, 4);
	}
	memset(to, 0, sizeof(*to));
	if (way == WAY_4)
		memcpy(to, &in, sizeof(in));
	else
		memcpy(to, &in6, sizeof(in6));
	return way == WAY_4 ? sizeof(in) : sizeof(in6);
}

/* A listener of both families. */
static int listen_at(int port)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	int fd = socket_there(true, AF_INET6, SOCK_STREAM);

	assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

/* Non-blocking, maybe not connected yet. */
static int connect_to(enum way way, int port)
{
	struct sockaddr_storage to;
	socklen_t len = address_there(way, port, &to);
	int fd =
		socket_there(false, way == WAY_4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK);

	if (connect(fd, (struct sockaddr *)&to, len))
		assert_int_equal(errno, EINPROGRESS);
	return fd;
}

/* BYTES from one to the other, to the end of the connection. */
static void carry(int from, int to)
{
	static char data[1 << 16];
	struct pollfd fds[2] = {{.fd = from, .events = POLLOUT}, {.fd = to, .events = POLLIN}};
	size_t sent = 0, received = 0;
	ssize_t n = 1;

	while (n) {
		assert_true(poll(fds, 2, PATIENCE_MS) > 0);
		if (fds[0].revents & POLLOUT) {
			n = write(from, data,
				  BYTES - sent < sizeof(data) ? BYTES - sent : sizeof(data));
			assert_true(n > 0 || errno == EAGAIN);
			sent += n > 0 ? (size_t)n : 0;
			if (sent == BYTES) {
				assert_int_equal(shutdown(from, SHUT_WR), 0);
				fds[0].fd = -1;
			}
		}
		n = 1;
		if (fds[1].revents) {
			n = read(to, data, sizeof(data));
			assert_true(n >= 0);
			received += (size_t)n;
		}
	}
	assert_int_equal(received, BYTES);
}

/* ---- tests ---- */

/* Rules that drop each Nth segment, one port for each way. */
static void test_each_nth(void **state)
{
	static const char *const names[WAYS] = {"IPv4", "IPv6", "IPv4"};
	uint64_t all = 0, firewall = counted(true, "bpf.firewall.others");

	for (int way = 0; way < WAYS; way++) {
		const int port = 7001 + way;
		int listener = listen_at(port), from = connect_to((enum way)way, port);
		int to = accept(listener, NULL, NULL);
		char counter[8], address[INET6_ADDRSTRLEN];
		uint64_t dropped;
		json_t *one;

		assert_true(to >= 0);
		carry(from, to);
		close(to);
		close(from);
		close(listener);
		snprintf(counter, sizeof(counter), "p%d", port);
		dropped = nft_counter(true, counter);
		assert_true(dropped > 10);
		assert_int_equal(seen(true, "NETFILTER_DROP", port), dropped);
		all += dropped;

		one = connection(false, "remote_port", port);
		assert_non_null(one);
		assert_string_equal(json_str(one, "family", ""), names[way]);
		inet_ntop(way == WAY_6 ? AF_INET6 : AF_INET,
			  way == WAY_6 ? end_of(true)->ip6 : end_of(true)->ip, address,
			  sizeof(address));
		assert_string_equal(json_str(one, "remote", ""), address);
		assert_true(json_u64(one, "segments", 0) >= dropped / 2);
		json_decref(one);
	}
	assert_int_equal(counted(true, "bpf.firewall.others") - firewall, all);
	sums_agree(false);
	sums_agree(true);
	/* nothing of it is anybody else's */
	assert_int_equal(counted(true, "bpf.rx_other.others"), 0);
	assert_int_equal(counted(false, "bpf.firewall.others"), 0);
}

/* Wait for a connection that sent SYNs again; it must be in STATE. */
static void waits_in(bool rx, const char *which, int port, const char *state)
{
	json_t *one = NULL;

	for (int ms = 0; ms < PATIENCE_MS && !one; ms += 20) {
		one = connection(rx, which, port);
		if (!one)
			poll(NULL, 0, 20);
	}
	assert_non_null(one);
	assert_string_equal(json_str(one, "state", ""), state);
	assert_string_equal(json_str(one, "family", ""), "IPv4");
	assert_true(json_u64(one, "syns", 0) > 0);
	assert_int_equal(json_u64(one, "syns", 0), json_u64(one, "segments", 0));
	json_decref(one);
}

/* A port whose SYNs are dropped, and one whose SYN-ACKs are. */
static void test_handshakes(void **state)
{
	int unheard = connect_to(WAY_4, 7004), listener = listen_at(7005);
	int unanswered = connect_to(WAY_4, 7005);

	waits_in(false, "remote_port", 7004, "SYN_SENT");
	waits_in(true, "local_port", 7005, "SYN_RECV");
	close(unheard);
	close(unanswered);
	close(listener);
	sums_agree(false);
	sums_agree(true);
	assert_int_equal(seen(true, "NETFILTER_DROP", 7004), nft_counter(true, "p7004"));
	assert_int_equal(counted(false, "bpf.firewall.others"), nft_counter(false, "p7005"));
}

/* No listener: the port is named, and TCP's is no loss. */
static void test_no_listener(void **state)
{
	struct sockaddr_storage to;
	socklen_t len = address_there(WAY_4, 7998, &to);
	int udp = socket_there(false, AF_INET, SOCK_DGRAM), tcp;
	struct pollfd refused;

	for (int i = 0; i < 7; i++)
		assert_int_equal(sendto(udp, "hello", 5, 0, (struct sockaddr *)&to, len), 5);
	close(udp);
	tcp = connect_to(WAY_4, 7997);
	refused = (struct pollfd){.fd = tcp, .events = POLLOUT};
	assert_int_equal(poll(&refused, 1, PATIENCE_MS), 1);
	assert_true(refused.revents & POLLERR);
	close(tcp);
	assert_int_equal(seen(true, "NO_SOCKET", 7998), 7);
	assert_int_equal(seen(true, "NO_SOCKET", 7997), 1);
	assert_int_equal(counted(true, "bpf.no_listener.others"), 7);
	assert_true(counted(true, "bpf.tcp_no_socket.others") >= 1);
}

/* A scan of more ports than there is room for: none is missed, only its port is. */
static void test_scan(void **state)
{
	const int ports = OBSERVER_PORT_KEYS_MAX + 500;
	int udp = socket_there(false, AF_INET, SOCK_DGRAM);
	uint64_t before = no_ports(true) - counted(true, "bpf.no_listener.others");

	for (int i = 0; i < ports; i++) {
		struct sockaddr_storage to;
		socklen_t len = address_there(WAY_4, 10000 + i, &to);

		assert_int_equal(sendto(udp, "hello", 5, 0, (struct sockaddr *)&to, len), 5);
	}
	close(udp);
	assert_true(seen(true, "NO_SOCKET", 0) >= 500);
	assert_int_equal(no_ports(true) - counted(true, "bpf.no_listener.others"), before);
}

static int begin(void **state)
{
	struct error err;

	setup(state);
	ok(lab_up(&lab, ids[0], 1, 1, 0, NULL, &err), &err);
	/* one packet of the rules is one frame */
	there(false, "ethtool -K rl-tx0 tso off gso off >/dev/null");
	there(true, "ethtool -K rl-rx0 gro off >/dev/null");
	there(true, "nft 'table inet t {\n"
		    "counter p7001 {}; counter p7002 {}; counter p7003 {}; counter p7004 {}\n"
		    "chain c { type filter hook input priority 0\n"
		    "tcp dport 7001 numgen inc mod 50 0 counter name p7001 drop\n"
		    "tcp dport 7002 numgen inc mod 50 0 counter name p7002 drop\n"
		    "tcp dport 7003 numgen inc mod 50 0 counter name p7003 drop\n"
		    "tcp dport 7004 counter name p7004 drop\n"
		    "}\n}'");
	there(false, "nft 'table inet t {\ncounter p7005 {}\n"
		     "chain c { type filter hook input priority 0\n"
		     "tcp sport 7005 counter name p7005 drop\n"
		     "}\n}'");
	ok(observer_open_host(&observer, &err), &err);
	ok(sent_again_open(&again, &err), &err);
	return 0;
}

static int finish(void **state)
{
	observer_close(observer);
	sent_again_close(again);
	return teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_nth),
		cmocka_unit_test(test_handshakes),
		cmocka_unit_test(test_no_listener),
		cmocka_unit_test(test_scan),
	};
	int skip = skip_without_root();

	return skip ? skip : cmocka_run_group_tests(tests, begin, finish);
}
