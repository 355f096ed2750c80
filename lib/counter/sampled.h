/*
 * Counters that are read while a trial runs: few, cheap ones, whose rise says when frames were
 * lost. What is read before and after a trial is all of them (counter.h).
 */
#ifndef RINGLOSS_COUNTER_SAMPLED_H
#define RINGLOSS_COUNTER_SAMPLED_H

#include <stdbool.h>

#include "counter.h"

/*
 * Those of device IFNAME (IFINDEX; "": none) and, if asked, of the machine, as snapshot_json has
 * them. One rtnetlink request and one file. NULL: no memory.
 */
json_t *sampled_read(const char *ifname, int ifindex, bool machine);

/* Whether a row of an endpoint is read as well: its losses that rise as they happen. */
bool sampled_of_endpoint(const struct counter_def *def);

#endif
