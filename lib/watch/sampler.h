/* Looking at the host for `ringloss watch`: nothing is sent and nothing changed. */
#ifndef RINGLOSS_WATCH_SAMPLER_H
#define RINGLOSS_WATCH_SAMPLER_H

#include <jansson.h>

#include "error.h"
#include "look.h"
#include "watch.h"

struct sampler;

/*
 * EX_NOINPUT for a namespace or interface that is not there, with the interfaces that are. The
 * names of REQUEST must live as long.
 */
int sampler_open(const struct watch_request *request, struct sampler **sampler, struct error *err);
void sampler_close(struct sampler *sampler);

/* Interfaces, CPUs, and what was lost so far, into *LOOK, which watch_fast_free ends. */
int sampler_look_fast(struct sampler *sampler, struct watch_fast *look, struct error *err);

/* Speeds, queues, interrupts and sockets likewise. 0 or -ENOMEM. */
int sampler_look_slow(struct sampler *sampler, struct watch_slow *look, struct error *err);

/* Texts: what could not be read, or was reset. Borrowed. */
const json_t *sampler_notes(const struct sampler *sampler);

#endif
