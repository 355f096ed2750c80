/*
 * What the observer saw in a run, for people: what it cost, and each reason for which the kernel
 * gave packets up, with the function; and firewall rules that dropped some.
 */
#ifndef RINGLOSS_REPORT_OBSERVER_LINES_H
#define RINGLOSS_REPORT_OBSERVER_LINES_H

#include <jansson.h>

/*
 * Array of strings, of all TRIALS (an array) together; empty where nobody observed. Text as it
 * came, not cleaned. New reference; NULL when out of memory.
 */
json_t *observer_lines(const json_t *trials);

#endif
