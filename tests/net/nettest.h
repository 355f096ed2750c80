/*
 * What the tests on network namespaces share: a state folder and ids of their own, and
 * whether a lab carries frames.
 */
#ifndef RINGLOSS_TESTS_NET_NETTEST_H
#define RINGLOSS_TESTS_NET_NETTEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab.h"

#define SKIP_STATUS 77 /* meson: skipped */

/* Ids of this process, so that a lab of somebody else is never touched; set by setup. */
extern char ids[2][24];

/* A fresh state folder. teardown takes the labs of ids down, and checks that they are gone. */
int setup(void **state);
int teardown(void **state);

/* 77 for main to return when the caller is not root, with the reason printed; else 0. */
int skip_without_root(void);

/* The namespaces of the lab are gone, of every pair it may have had. */
void nothing_left(const char *id);

/* A call that is meant to work, with its message if it does not. */
void ok(int ret, const struct error *err);

/* A UDP socket of port 9 at that end. */
int lab_socket(const struct lab_end *end);

/*
 * A datagram sent at once, in both directions of every pair and by IPv4 and IPv6, arrives: link,
 * addresses and neighbours are there.
 */
void carries_frames(const struct lab *lab);

/* For netns_call: a socket open to every frame that goes past in a namespace. */
int sniffer(void *arg);

#endif
