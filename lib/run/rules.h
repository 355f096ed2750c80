/* Firewall rules that dropped packets in a trial. */
#ifndef RINGLOSS_RUN_RULES_H
#define RINGLOSS_RUN_RULES_H

#include <jansson.h>

/*
 * Of the lists that drop_rules_json gave before and after a trial (either may be NULL): those that
 * counted in between, "packets" being how many; and those that came to be in between. Others'
 * packets are in it, too. New reference.
 */
json_t *rules_moved(const json_t *before, const json_t *after);

#endif
