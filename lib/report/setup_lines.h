/*
 * What was measured with, a line for each set-up of a side that came up in a run:
 * endpoint and mode in effect, device, driver, queues, CPUs, rings. Without it a pps means little.
 */
#ifndef RINGLOSS_REPORT_SETUP_LINES_H
#define RINGLOSS_REPORT_SETUP_LINES_H

#include <jansson.h>

/*
 * Array of strings, each once, in the order of first appearance in TRIALS (an array). Text as
 * it came, not cleaned. New reference; NULL when out of memory.
 */
json_t *setup_lines(const json_t *trials);

#endif
