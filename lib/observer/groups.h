/*
 * Groups of events: which drop reasons, at which functions, are one cause. Each group is two
 * counters, frames of ours and all others.
 */
#ifndef RINGLOSS_OBSERVER_GROUPS_H
#define RINGLOSS_OBSERVER_GROUPS_H

#include <stddef.h>

#include "observed.h"

/*
 * The group of an event, an index; each event is in one. REASON as kernel_reason_name gives it,
 * FUNCTION as kernel_function does.
 */
size_t observer_group_of(const struct observer_key *key, const char *reason, const char *function);

/* How many groups there are. Counter 2 * i is group i's ours, 2 * i + 1 its others. */
size_t observer_group_count(void);

#endif
