/* What an event costs: packets dropped on purpose, in a namespace that ends with the call. */
#ifndef RINGLOSS_OBSERVER_CALIBRATE_H
#define RINGLOSS_OBSERVER_CALIBRATE_H

#include <stdint.h>

#include "stamp.h"

/*
 * Drop N stamped datagrams at a socket whose filter takes none, in a network namespace made for it.
 * READY is called there, with the namespace's inode, before the first one. 0 or a negative errno.
 */
int calibrate_drop(uint32_t n, void (*ready)(void *ctx, uint32_t netns), void *ctx);

/* The trial that those datagrams are of. */
extern const struct stamp_expect calibrate_expect;

/* The calling thread's network namespace, as the kernel numbers it; 0: unknown. */
uint32_t calibrate_netns(void);

#endif
