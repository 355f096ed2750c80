/* Of lists of things that count, before and after a trial: what they counted in between. */
#ifndef RINGLOSS_RUN_MOVED_H
#define RINGLOSS_RUN_MOVED_H

#include <jansson.h>

/*
 * Firewall rules that dropped: of the lists that an agent gave before and after (either may be
 * NULL), those that counted, "packets" being how many. Others' packets are in it, too. New
 * reference.
 */
json_t *moved_rules(const json_t *before, const json_t *after);

/*
 * The same of CPUs (cpu_work_json): those that had interrupts of the device or softirqs of the
 * network. NULL: not known.
 */
json_t *moved_cpus(const json_t *before, const json_t *after);

/* The same of an observer's details (observer_details): a copy of AFTER with such events. NULL:
 * none. */
json_t *moved_events(const json_t *before, const json_t *after);

#endif
