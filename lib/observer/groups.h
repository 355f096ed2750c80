/*
 * Groups of events: which drop reasons, at which functions, are one cause.
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

/* How many groups there are. */
size_t observer_group_count(void);

/*
 * The counter of a group's frames of CLASS, an index into observer_counter_table: of most groups
 * ours and all others apart.
 */
size_t observer_group_counter(size_t group, enum observer_class class);

#endif
