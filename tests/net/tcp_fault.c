/*
 * TCP in trouble, from inside a network namespace: servers and clients that do what makes the
 * kernel drop, and peers made by hand (raw_peer.h) that send what no TCP would. A mode is a row
 * below. Each is bounded in time, says "ready" once it is at work, and ends with its parent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/userfaultfd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "raw_peer.h"

#define NSEC 1000000000ULL
#define SECONDS_MAX 30
#define SOCKETS_MAX 1024 /* open at a time, of a mode */
#define PAGE 4096

/* The options; what a mode has no use for it does not look at. */
struct load {
	const char *netns;          /* path; NULL: where we are */
	struct sockaddr_in address; /* to, or to listen at */
	struct sockaddr_in from;    /* of a peer made by hand */
	uint64_t rate; /* of connections, segments or writes a second; 0: as fast as it goes */
	uint64_t seconds;
	uint64_t backlog;        /* of listen() */
	uint64_t pause_ms;       /* between two accepts */
	uint64_t read_bytes;     /* of each connection every 10 ms; 0: none */
	uint64_t rcvbuf, shrink; /* SO_RCVBUF before and behind accept; 0: as it is */
	uint64_t open;           /* connections held at a time */
	uint64_t length;         /* of a segment's or write's data */
	uint64_t ahead;          /* segments by hand leave a hole of so many bytes */
	uint64_t write_bytes;    /* that clients write just before they close */
	bool beyond;             /* segments by hand look at no window */
	bool reset;              /* close by RST */
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NSEC + (uint64_t)t.tv_nsec;
}

static void ready(void)
{
	static bool said;

	if (!said)
		puts("ready");
	said = true;
	fflush(stdout);
}

/* Wait for the turn of number DONE of those since BEGIN. False when the time is over. */
static bool pace(const struct load *load, uint64_t begin, uint64_t done)
{
	while (load->rate && (now_ns() - begin) * load->rate / NSEC < done)
		usleep(200);
	return now_ns() - begin < load->seconds * NSEC;
}

static int die(const char *what)
{
	perror(what);
	return EX_OSERR;
}

static int set_buffer(int fd, uint64_t bytes)
{
	int value = (int)bytes;

	return bytes ? setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &value, sizeof(value)) : 0;
}

static int listen_at(const struct load *load)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    set_buffer(fd, load->rcvbuf) < 0 ||
	    bind(fd, (const struct sockaddr *)&load->address, sizeof(load->address)) < 0 ||
	    listen(fd, (int)load->backlog) < 0)
		return -1;
	return fd;
}

/* ---- with the kernel's TCP ---- */

/* Take from each connection what load allows; those that the client has closed are closed. */
static void serve_connections(const struct load *load, int *fds, size_t *n)
{
	static char data[1 << 20];
	size_t i, kept = 0;
	char one;

	for (i = 0; i < *n; i++) {
		ssize_t got = load->read_bytes
				      ? recv(fds[i], data,
					     load->read_bytes < sizeof(data) ? load->read_bytes
									     : sizeof(data),
					     MSG_DONTWAIT)
				      : recv(fds[i], &one, 1, MSG_DONTWAIT | MSG_PEEK);

		if (!got || (got < 0 && errno != EAGAIN))
			close(fds[i]);
		else
			fds[kept++] = fds[i];
	}
	*n = kept;
}

static int serve(const struct load *load)
{
	int fds[SOCKETS_MAX], listener = listen_at(load), fd;
	uint64_t begin = now_ns(), accepted_at = 0;
	size_t n = 0;

	if (listener < 0)
		return die("listen");
	ready();
	while (now_ns() - begin < load->seconds * NSEC) {
		struct pollfd in = {.fd = listener, .events = POLLIN};

		if (now_ns() - accepted_at < load->pause_ms * 1000000 || n == SOCKETS_MAX)
			usleep(1000);
		else
			poll(&in, 1, n ? 1 : 10);
		while (n < SOCKETS_MAX && now_ns() - accepted_at >= load->pause_ms * 1000000) {
			fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
			if (fd < 0)
				break;
			accepted_at = now_ns();
			set_buffer(fd, load->shrink);
			fds[n++] = fd;
		}
		serve_connections(load, fds, &n);
	}
	return EX_OK;
}

static void close_client(const struct load *load, int fd)
{
	static const char data[1 << 16];
	struct linger now = {.l_onoff = 1};

	if (load->write_bytes)
		send(fd, data, load->write_bytes < sizeof(data) ? load->write_bytes : sizeof(data),
		     MSG_NOSIGNAL | MSG_DONTWAIT);
	if (load->reset)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

/* Connections, RATE a second, the last OPEN of them held. Ends with how many there were no port
 * for. */
static int clients(const struct load *load)
{
	int fds[SOCKETS_MAX], fd;
	uint64_t begin = now_ns(), i = 0, no_port = 0, open = load->open;

	if (!open || open > SOCKETS_MAX)
		open = SOCKETS_MAX;
	memset(fds, -1, sizeof(fds));
	while (pace(load, begin, i)) {
		if (fds[i % open] >= 0)
			close_client(load, fds[i % open]);
		fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fd < 0)
			return die("socket");
		if (connect(fd, (const struct sockaddr *)&load->address, sizeof(load->address)) <
			    0 &&
		    errno == EADDRNOTAVAIL)
			no_port++;
		fds[i++ % open] = fd;
		ready();
	}
	printf("{\"tried\":%llu,\"no_port\":%llu}\n", (unsigned long long)i,
	       (unsigned long long)no_port);
	return EX_OK;
}

/* A connection over which as much is sent as the other end takes. */
static int pump(const struct load *load)
{
	static char data[65536];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval wait = {.tv_usec = 100000};
	uint64_t begin, i = 0;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0 ||
	    connect(fd, (const struct sockaddr *)&load->address, sizeof(load->address)) < 0)
		return die("connect");
	ready();
	for (begin = now_ns(); pace(load, begin, i); i++) {
		if (send(fd, data, load->length < sizeof(data) ? load->length : sizeof(data),
			 MSG_NOSIGNAL) < 0 &&
		    errno != EAGAIN)
			return die("send");
	}
	return EX_OK;
}

/* A page that no access to ends until it is given: its user fault descriptor, or -1. */
static int make_stuck_page(void **page)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	*page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (uintptr_t)*page;
	range.range.len = PAGE;
	return fd < 0 || *page == MAP_FAILED || ioctl(fd, UFFDIO_API, &api) < 0 ||
			       ioctl(fd, UFFDIO_REGISTER, &range) < 0
		       ? -1
		       : fd;
}

struct reader {
	int fd;
	void *page;
};

static void *read_into_page(void *data)
{
	struct reader *reader = data;

	return recv(reader->fd, reader->page, PAGE, 0) < 0 ? reader : NULL;
}

/*
 * A connection whose socket is locked for as long as the mode goes: recv() holds it while it copies
 * (net/ipv4/tcp.c, tcp_recvmsg), and the copy waits for a page. What comes meanwhile goes to the
 * socket's backlog.
 */
static int lock_socket(const struct load *load)
{
	int listener = listen_at(load), stuck;
	struct pollfd in = {.fd = listener, .events = POLLIN};
	struct uffdio_zeropage zero = {0};
	struct reader reader;
	pthread_t thread;
	struct pollfd fault;

	stuck = make_stuck_page(&reader.page);
	if (listener < 0 || stuck < 0)
		return die(listener < 0 ? "listen" : "userfaultfd");
	puts("listening");
	fflush(stdout);
	if (poll(&in, 1, SECONDS_MAX * 1000) < 1)
		return die("nobody connected");
	reader.fd = accept(listener, NULL, NULL);
	fault = (struct pollfd){.fd = stuck, .events = POLLIN};
	if (reader.fd < 0 || pthread_create(&thread, NULL, read_into_page, &reader) ||
	    poll(&fault, 1, SECONDS_MAX * 1000) < 1)
		return die("no page fault");
	ready();
	sleep((unsigned int)load->seconds);
	zero.range.start = (uintptr_t)reader.page;
	zero.range.len = PAGE;
	if (ioctl(stuck, UFFDIO_ZEROPAGE, &zero) < 0)
		return die("userfaultfd");
	pthread_join(thread, NULL);
	return EX_OK;
}

/* ---- by hand ---- */

/* SYNs of RATE clients a second, of 254 addresses and many ports, that never answer. */
static int half_open(const struct load *load)
{
	struct raw_segment syn = {.flags = TH_SYN};
	struct raw_peer peer;
	uint64_t begin = now_ns(), i;

	if (raw_peer_open(&peer, load->from, load->address))
		return die("socket");
	for (i = 0; pace(load, begin, i); i++) {
		peer.us.sin_addr.s_addr = htonl((ntohl(load->from.sin_addr.s_addr) & ~0xffU) + 1 +
						(uint32_t)(i % 254));
		peer.us.sin_port = htons((uint16_t)(1024 + i / 254 % 60000));
		syn.seq = syn.clock = (uint32_t)i * 7919;
		if (raw_peer_send(&peer, &syn))
			return die("send");
		ready();
	}
	return EX_OK;
}

/*
 * Data at the place that the other end waits for (or AHEAD of it), whatever window it announces,
 * and again while it is not acknowledged.
 */
static int data(const struct load *load)
{
	struct raw_segment segment = {.flags = TH_ACK | TH_PUSH};
	struct raw_peer peer;
	uint64_t begin, i;

	if (raw_peer_open(&peer, load->from, load->address) || raw_peer_connect(&peer))
		return die("connect");
	peer.acked = peer.next;
	for (begin = now_ns(), i = 0; pace(load, begin, i); i++) {
		raw_peer_take(&peer);
		segment.seq = peer.acked + (uint32_t)(load->ahead ? load->ahead * (1 + i % 32) : 0);
		if (!load->beyond && segment.seq + load->length > peer.acked + peer.room)
			continue;
		segment.clock = ++peer.clock;
		segment.echo = peer.echo;
		segment.length = (uint16_t)load->length;
		if (raw_peer_send(&peer, &segment))
			return die("send");
		ready();
	}
	return EX_OK;
}

/* Data whose time stamp is older than the last one: PAWS (RFC 7323, section 5). */
static int old_stamps(const struct load *load)
{
	struct raw_segment segment = {.flags = TH_ACK | TH_PUSH, .length = 1};
	struct raw_peer peer;
	uint64_t begin, i;

	if (raw_peer_open(&peer, load->from, load->address) || raw_peer_connect(&peer))
		return die("connect");
	for (begin = now_ns(), i = 0; pace(load, begin, i); i++) {
		raw_peer_take(&peer);
		segment.seq = peer.next;
		segment.clock = peer.clock - 1000000;
		segment.echo = peer.echo;
		if (raw_peer_send(&peer, &segment))
			return die("send");
		ready();
	}
	return EX_OK;
}

/* A server whose SYN-ACK echoes a stamp that the client never sent (tcp_rcv_synsent_state_process).
 */
static int wrong_echo(const struct load *load)
{
	struct raw_segment answer = {.flags = TH_SYN | TH_ACK};
	struct sockaddr_in nobody = {.sin_family = AF_INET};
	struct raw_peer peer;
	uint64_t begin = now_ns();

	if (raw_peer_open(&peer, load->from, nobody))
		return die("socket");
	ready();
	while (now_ns() - begin < load->seconds * NSEC) {
		if (!raw_peer_await_syn(&peer, 100))
			continue;
		answer.seq = peer.next;
		answer.clock = ++peer.clock;
		answer.echo = peer.echo - 1000000;
		if (raw_peer_send(&peer, &answer))
			return die("send");
	}
	return EX_OK;
}

/* ---- the command line ---- */

static const struct mode {
	const char *name;
	int (*run)(const struct load *load);
} modes[] = {
	{"serve", serve},         /* a server: --backlog --pause-ms --read --rcvbuf --shrink */
	{"clients", clients},     /* connections to it: --rate --open --write --reset */
	{"pump", pump},           /* data to it: --rate --length */
	{"lock", lock_socket},    /* a server whose connection's socket stays locked */
	{"half-open", half_open}, /* SYNs that nobody stands behind: --from --rate */
	{"data", data}, /* data that is not waited for: --from --rate --length --ahead --beyond */
	{"old", old_stamps},        /* data with old time stamps: --from --rate */
	{"wrong-echo", wrong_echo}, /* answers to SYNs that come to --from */
};

static bool parse_number(const char *text, uint64_t max, uint64_t *n)
{
	char *end;

	errno = 0;
	*n = strtoull(text, &end, 10);
	return !errno && *text >= '0' && *text <= '9' && !*end && *n <= max;
}

/* ADDR:PORT */
static bool parse_address(char *text, struct sockaddr_in *address)
{
	char *colon = strrchr(text, ':');
	uint64_t port;

	if (!colon || !parse_number(colon + 1, UINT16_MAX, &port))
		return false;
	*colon = '\0';
	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	return inet_pton(AF_INET, text, &address->sin_addr) == 1;
}

static bool parse_options(int argc, char **argv, struct load *load)
{
	enum { NETNS = 256, FROM, BEYOND, RESET, FIRST_NUMBER };
	static const struct option options[] = {
		{"netns", required_argument, NULL, NETNS},
		{"from", required_argument, NULL, FROM},
		{"beyond", no_argument, NULL, BEYOND},
		{"reset", no_argument, NULL, RESET},
		{"rate", required_argument, NULL, FIRST_NUMBER},
		{"seconds", required_argument, NULL, FIRST_NUMBER + 1},
		{"backlog", required_argument, NULL, FIRST_NUMBER + 2},
		{"pause-ms", required_argument, NULL, FIRST_NUMBER + 3},
		{"read", required_argument, NULL, FIRST_NUMBER + 4},
		{"rcvbuf", required_argument, NULL, FIRST_NUMBER + 5},
		{"shrink", required_argument, NULL, FIRST_NUMBER + 6},
		{"open", required_argument, NULL, FIRST_NUMBER + 7},
		{"length", required_argument, NULL, FIRST_NUMBER + 8},
		{"ahead", required_argument, NULL, FIRST_NUMBER + 9},
		{"write", required_argument, NULL, FIRST_NUMBER + 10},
		{0}};
	uint64_t *numbers[] = {&load->rate,     &load->seconds,    &load->backlog,
			       &load->pause_ms, &load->read_bytes, &load->rcvbuf,
			       &load->shrink,   &load->open,       &load->length,
			       &load->ahead,    &load->write_bytes};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == NETNS)
			load->netns = optarg;
		else if (c == BEYOND)
			load->beyond = true;
		else if (c == RESET)
			load->reset = true;
		else if (c == FROM ? !parse_address(optarg, &load->from)
				   : c < FIRST_NUMBER || !parse_number(optarg, INT32_MAX,
								       numbers[c - FIRST_NUMBER]))
			return false;
	}
	return load->seconds && load->seconds <= SECONDS_MAX && load->length <= PAGE;
}

static int enter(const char *netns)
{
	int fd = open(netns, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		return -1;
	return close(fd);
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = SECONDS_MAX, .backlog = 128, .length = 1000};
	size_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (parse_options(argc, argv, &load) && argc - optind == 2 &&
	    parse_address(argv[optind + 1], &load.address)) {
		if (load.netns && enter(load.netns))
			return die(load.netns);
		for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
			if (!strcmp(argv[optind], modes[i].name))
				return modes[i].run(&load);
		}
	}
	fputs("usage: tcp_fault [--netns PATH] [--seconds N] [OPTIONS] MODE ADDR:PORT\n", stderr);
	return EX_USAGE;
}
