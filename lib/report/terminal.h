/* Parts of the report on a terminal, as terminal.c puts them together. */
#ifndef RINGLOSS_REPORT_TERMINAL_H
#define RINGLOSS_REPORT_TERMINAL_H

#include <stdio.h>

#include <jansson.h>

#include "model.h"

/* Print the ledger of a point, or that it has none and why. 0 or -ENOMEM. */
int terminal_ledger(const struct report_point *point, FILE *out, int columns);

/*
 * Print the remedies of the places where POINT lost frames. DONE is an object
 * that remembers, by place, what was printed: each remedy comes once. 0 or -ENOMEM.
 */
int terminal_remedies(const struct report_point *point, json_t *done, FILE *out, int columns);

#endif
