/* Shared by the tests on network namespaces; see nettest.h. */
#include "nettest.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netns.h"

char ids[2][24];

static char top[64]; /* state folder of this test */

int setup(void **state)
{
	snprintf(top, sizeof(top), "/tmp/ringloss-test-lab-XXXXXX");
	assert_non_null(mkdtemp(top));
	setenv("RINGLOSS_STATE_DIR", top, 1);
	/* Ids of this process, so that a lab of somebody else is never touched. */
	snprintf(ids[0], sizeof(ids[0]), "t%d-a", (int)getpid());
	snprintf(ids[1], sizeof(ids[1]), "t%d-b", (int)getpid());
	return 0;
}

void nothing_left(const char *id)
{
	char name[64];

	snprintf(name, sizeof(name), "ringloss-tx-%s", id);
	assert_false(netns_exists(name));
	snprintf(name, sizeof(name), "ringloss-rx-%s", id);
	assert_false(netns_exists(name));
	for (int i = 1; i < LAB_PAIRS_MAX; i++) {
		snprintf(name, sizeof(name), "ringloss-tx%d-%s", i, id);
		assert_false(netns_exists(name));
		snprintf(name, sizeof(name), "ringloss-rx%d-%s", i, id);
		assert_false(netns_exists(name));
	}
}

int teardown(void **state)
{
	char command[128];
	size_t i;

	for (i = 0; i < 2; i++) {
		lab_down(ids[i], NULL);
		nothing_left(ids[i]);
	}
	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	return system(command);
}

void ok(int ret, const struct error *err)
{
	if (ret)
		fail_msg("%d: %s", ret, err->text);
}

/* Port 9 at END; returns the length of the address. */
static socklen_t end_address(const struct lab_end *end, int family, struct sockaddr_storage *to)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(9)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(9)};

	memcpy(&in.sin_addr, end->ip, sizeof(end->ip));
	memcpy(&in6.sin6_addr, end->ip6, sizeof(end->ip6));
	if (family == AF_INET)
		memcpy(to, &in, sizeof(in));
	else
		memcpy(to, &in6, sizeof(in6));
	return family == AF_INET ? sizeof(in) : sizeof(in6);
}

struct socket_wish {
	const struct lab_end *end;
	int family;
};

static int udp_socket(void *arg)
{
	const struct socket_wish *wish = arg;
	int fd = socket(wish->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_storage addr;
	socklen_t len = end_address(wish->end, wish->family, &addr);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) < 0)
		return -errno;
	return fd;
}

static int socket_of(const struct lab_end *end, int family)
{
	struct socket_wish wish = {.end = end, .family = family};
	int fd = netns_call(end->netns, udp_socket, &wish, NULL);

	assert_true(fd >= 0);
	return fd;
}

int lab_socket(const struct lab_end *end)
{
	return socket_of(end, AF_INET);
}

static void pair_carries(const struct lab_end ends[LAB_ENDS], int family)
{
	int fds[LAB_ENDS] = {socket_of(&ends[0], family), socket_of(&ends[1], family)};
	int i;

	for (i = 0; i < LAB_ENDS; i++) {
		struct pollfd in = {.fd = fds[!i], .events = POLLIN};
		struct sockaddr_storage to;
		socklen_t len = end_address(&ends[!i], family, &to);
		char buf[16];

		assert_int_equal(sendto(fds[i], "hello", 5, 0, (struct sockaddr *)&to, len), 5);
		assert_int_equal(poll(&in, 1, 2000), 1);
		assert_int_equal(recv(fds[!i], buf, sizeof(buf), 0), 5);
	}
	close(fds[0]);
	close(fds[1]);
}

void carries_frames(const struct lab *lab)
{
	uint32_t i;

	for (i = 0; i < lab->pairs; i++) {
		pair_carries(lab_pair(lab, i), AF_INET);
		if (lab->end[0].prefix6)
			pair_carries(lab_pair(lab, i), AF_INET6);
	}
}

int sniffer(void *arg)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));

	return fd < 0 ? -errno : fd;
}

int skip_without_root(void)
{
	if (geteuid() == 0)
		return 0;
	print_message("needs root (CAP_NET_ADMIN, CAP_SYS_ADMIN)\n");
	return SKIP_STATUS;
}
