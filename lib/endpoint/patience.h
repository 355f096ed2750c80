/*
 * Waiting out a predecessor: of a worker that was killed, the kernel gives back sockets, queues
 * and XDP links only some milliseconds after it is gone.
 */
#ifndef RINGLOSS_ENDPOINT_PATIENCE_H
#define RINGLOSS_ENDPOINT_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

#define PATIENCE_NS (2 * NSEC_PER_SEC)

/* A pause and true, until the patience that began with the first call (*deadline == 0) ends. */
static inline bool patience(uint64_t *deadline)
{
	if (!*deadline)
		*deadline = clock_ns() + PATIENCE_NS;
	if (clock_ns() > *deadline)
		return false;
	clock_pause_ns(NSEC_PER_MSEC);
	return true;
}

#endif
