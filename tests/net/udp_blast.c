/*
 * Traffic that is not ours: exactly N datagrams of random length and content to ADDR:PORT (IPv4) or
 * [ADDR]:PORT (IPv6), from
 * inside a network namespace, at a rate or as fast as it goes. Says in one JSON line what the
 * kernel took and what a qdisc or driver refused. Knows nothing of ringloss.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define PAYLOAD_MIN 18 /* a frame of 64 bytes */
#define PAYLOAD_MAX 1400
#define NSEC 1000000000ULL
#define SECONDS_MAX 30 /* of the whole blast */

struct blast {
	const char *netns;          /* path; NULL: where we are */
	struct sockaddr_storage to; /* IPv4 or IPv6 */
	socklen_t to_len;
	uint64_t count;
	uint64_t rate; /* per second; 0: as fast as it goes */
};

struct tally {
	uint64_t taken, refused, icmp;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NSEC + (uint64_t)t.tv_nsec;
}

/* xorshift64*: the same datagrams in every call. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

/* An ICMP answer to an earlier datagram stands before this one, which was not tried. */
static bool take_icmp(int fd)
{
	char data[64], control[256];
	struct iovec iov = {.iov_base = data, .iov_len = sizeof(data)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};

	return recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0;
}

/* 0: tried and booked; 1: to be tried again; -1: the kernel will not have it. */
static int send_one(int fd, const struct blast *b, const void *payload, size_t len,
		    struct tally *tally)
{
	int why;

	if (sendto(fd, payload, len, 0, (const struct sockaddr *)&b->to, b->to_len) >= 0) {
		tally->taken++;
		return 0;
	}
	why = errno;
	switch (why) {
	case ENOBUFS: /* IP_RECVERR lets it through: qdisc or driver dropped it */
		tally->refused++;
		return 0;
	case ECONNREFUSED:
	case EHOSTUNREACH:
	case ENETUNREACH:
		tally->icmp++;
		/* without an ICMP error it is the route that has gone, and will not come back */
		return take_icmp(fd) || why == ECONNREFUSED ? 1 : -1;
	case EINTR:
	case EAGAIN:
		return 1;
	default:
		return -1;
	}
}

static int send_all(int fd, const struct blast *b, struct tally *tally)
{
	uint64_t state = 0x9e3779b97f4a7c15ULL, begin = now_ns(), i = 0, k;
	uint64_t payload[(PAYLOAD_MAX + 7) / 8];

	while (i < b->count) {
		size_t len = PAYLOAD_MIN + next_random(&state) % (PAYLOAD_MAX - PAYLOAD_MIN + 1);
		int ret;

		for (k = 0; k < (len + 7) / 8; k++)
			payload[k] = next_random(&state);
		while (b->rate && (now_ns() - begin) * b->rate / NSEC < i)
			usleep(200);
		do {
			ret = send_one(fd, b, payload, len, tally);
		} while (ret > 0 && now_ns() - begin < SECONDS_MAX * NSEC);
		if (ret) {
			fprintf(stderr, "udp_blast: datagram %llu: %s\n", (unsigned long long)i,
				strerror(errno));
			return -1;
		}
		i++;
	}
	return 0;
}

static bool parse_number(const char *text, uint64_t max, uint64_t *n)
{
	char *end;

	errno = 0;
	*n = strtoull(text, &end, 10);
	return !errno && *text >= '0' && *text <= '9' && !*end && *n <= max;
}

static bool parse_target(char *text, struct blast *b)
{
	struct sockaddr_in *to = (struct sockaddr_in *)&b->to;
	struct sockaddr_in6 *to6 = (struct sockaddr_in6 *)&b->to;
	char *colon = strrchr(text, ':');
	uint64_t port;

	if (!colon || !parse_number(colon + 1, UINT16_MAX, &port))
		return false;
	*colon = '\0';
	if (*text == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		*to6 = (struct sockaddr_in6){.sin6_family = AF_INET6,
					     .sin6_port = htons((uint16_t)port)};
		b->to_len = sizeof(*to6);
		return inet_pton(AF_INET6, text + 1, &to6->sin6_addr) == 1;
	}
	*to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	b->to_len = sizeof(*to);
	return inet_pton(AF_INET, text, &to->sin_addr) == 1;
}

static int open_socket(const struct blast *b)
{
	bool v6 = b->to.ss_family == AF_INET6;
	int one = 1, ns, fd;

	if (b->netns) {
		ns = open(b->netns, O_RDONLY | O_CLOEXEC);
		if (ns < 0 || setns(ns, CLONE_NEWNET) < 0) {
			perror(b->netns);
			return -1;
		}
		close(ns);
	}
	fd = socket(b->to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVERR : IP_RECVERR,
				 &one, sizeof(one)) < 0) {
		perror("socket");
		return -1;
	}
	return fd;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"netns", required_argument, NULL, 'n'},
						{"rate", required_argument, NULL, 'r'},
						{0}};
	struct blast b = {0};
	struct tally tally = {0};
	int c, fd;

	while ((c = getopt_long(argc, argv, "n:r:", options, NULL)) != -1) {
		if (c == 'n')
			b.netns = optarg;
		else if (c != 'r' || !parse_number(optarg, NSEC, &b.rate))
			return EX_USAGE;
	}
	if (argc - optind != 2 || !parse_target(argv[optind], &b) ||
	    !parse_number(argv[optind + 1], NSEC, &b.count)) {
		fputs("usage: udp_blast [--netns PATH] [--rate PPS] ADDR:PORT COUNT\n", stderr);
		return EX_USAGE;
	}
	fd = open_socket(&b);
	if (fd < 0)
		return EX_OSERR;
	if (send_all(fd, &b, &tally))
		return EX_IOERR;
	printf("{\"taken\":%llu,\"refused\":%llu,\"icmp\":%llu}\n", (unsigned long long)tally.taken,
	       (unsigned long long)tally.refused, (unsigned long long)tally.icmp);
	close(fd);
	return fflush(stdout) ? EX_IOERR : EX_OK;
}
