/*
 * A TCP peer made by hand: segments as they are asked for, whatever a TCP would send, from an
 * address that the namespace does not have. What comes back is read by a packet socket. For
 * tcp_fault.c.
 */
#ifndef RINGLOSS_TESTS_RAW_PEER_H
#define RINGLOSS_TESTS_RAW_PEER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct raw_peer {
	int out, in;           /* a raw socket, a packet socket */
	struct sockaddr_in us; /* not an address of this namespace: its kernel would send resets */
	struct sockaddr_in them; /* a kernel's socket */
	uint32_t next;           /* sequence number that they expect */
	uint32_t acked;          /* the last that they acknowledged */
	uint32_t room;           /* bytes from there on that they announced room for */
	uint32_t expected;       /* the one of theirs that we acknowledge */
	uint32_t clock, echo;    /* time stamps (RFC 7323): ours, and their last */
	uint8_t scale;           /* of their windows */
	uint16_t window;         /* that we announce */
};

/* What is in a segment besides what the peer knows. */
struct raw_segment {
	uint8_t flags; /* TH_* */
	uint32_t seq;
	uint32_t clock; /* TSval */
	uint32_t echo;  /* TSecr */
	uint16_t length;
};

/* Open the sockets. 0 or -1 with errno. */
int raw_peer_open(struct raw_peer *peer, struct sockaddr_in us, struct sockaddr_in them);

/* 0 or -1 with errno. */
int raw_peer_send(const struct raw_peer *peer, const struct raw_segment *segment);

/* Shake hands as a client. 0 or -1 with errno; ETIMEDOUT: no answer within a second. */
int raw_peer_connect(struct raw_peer *peer);

/* Read what has come, for `acked`, `expected` and `echo`. False if nothing has. */
bool raw_peer_take(struct raw_peer *peer);

/*
 * Wait for the SYN of any client to our address, and become its server: sets `them`, `expected` and
 * `echo`. False after MILLISECONDS.
 */
bool raw_peer_await_syn(struct raw_peer *peer, int milliseconds);

#endif
