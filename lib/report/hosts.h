/* The hosts of a run, as they lie in its folder. */
#ifndef RINGLOSS_REPORT_HOSTS_H
#define RINGLOSS_REPORT_HOSTS_H

#include <jansson.h>

/*
 * {SIDE: the content of its host-SIDE.json, or as a string why it cannot be read}, in the order of
 * names. New reference; NULL: no memory.
 */
json_t *hosts_load(const char *folder);

/*
 * What doctor found there that is not well, a line for each side that has such: which checks, the
 * worst first. HOSTS as of hosts_load; NULL: no lines. New reference, an array of strings; NULL: no
 * memory.
 */
json_t *hosts_doctor_lines(const json_t *hosts);

#endif
