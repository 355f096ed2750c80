/*
 * What was lost at each place since the watch began. Diagnose's rules are asked about a window,
 * from its first look to the latest, not about two looks next to each other: counters of one loss
 * are read a millisecond apart, which is nothing in a window of seconds, but would be a loss of its
 * own in one of a tenth. Windows that are over are added up.
 */
#ifndef RINGLOSS_WATCH_DROPS_H
#define RINGLOSS_WATCH_DROPS_H

#include <jansson.h>

#include "look.h"

struct drop_total {
	struct watch_drop drop;
	uint64_t kept; /* of windows before this one */
};

struct drops {
	struct drop_total *list;
	size_t n;
};

/* A new window begins: what the totals are is kept. */
void drops_begin(struct drops *drops);

/* FINDINGS of the window so far, as diagnose_counted has them. 0 or -ENOMEM. */
int drops_take(struct drops *drops, const json_t *findings);

#endif
