/*
 * What is moving on this host, live: interfaces, queues, drops by place, CPUs, interrupts,
 * sockets. In three layers: a sampler reads plain structs (look.h), a model makes tables of rates
 * of two looks (model.h, pure), and screen.c or plain.c show them.
 */
#ifndef RINGLOSS_WATCH_WATCH_H
#define RINGLOSS_WATCH_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define WATCH_INTERVAL_LEAST 0.1 /* s */
#define WATCH_INTERVAL_MOST 86400

struct watch_request {
	char *const *ifnames; /* none: all there are */
	size_t n_ifnames;
	const char *netns; /* NULL or "": where the program is */
	double interval;   /* s */
	uint64_t count;    /* intervals; 0: until it is ended */
	bool json;
};

/*
 * Show on standard output until the count, a key, SIGINT, SIGTERM or SIGHUP ends it: on a terminal
 * a screen, else plain lines or JSON. 0, or a negative errno with *err set.
 */
int watch_run(const struct watch_request *request, struct error *err);

#endif
