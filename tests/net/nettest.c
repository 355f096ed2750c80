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

static int udp_socket(void *arg)
{
	const struct lab_end *end = arg;
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(9)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(&addr.sin_addr, end->ip, 4);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return -errno;
	return fd;
}

int lab_socket(const struct lab_end *end)
{
	struct lab_end copy = *end;
	int fd = netns_call(end->netns, udp_socket, &copy, NULL);

	assert_true(fd >= 0);
	return fd;
}

void carries_frames(const struct lab *lab)
{
	int fds[LAB_ENDS] = {lab_socket(&lab->end[0]), lab_socket(&lab->end[1])};
	int i;

	for (i = 0; i < LAB_ENDS; i++) {
		struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
		struct pollfd in = {.fd = fds[!i], .events = POLLIN};
		char buf[16];

		memcpy(&to.sin_addr, lab->end[!i].ip, 4);
		assert_int_equal(sendto(fds[i], "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)),
				 5);
		assert_int_equal(poll(&in, 1, 2000), 1);
		assert_int_equal(recv(fds[!i], buf, sizeof(buf), 0), 5);
	}
	close(fds[0]);
	close(fds[1]);
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
