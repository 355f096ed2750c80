/* Parts of the report on a terminal, as terminal.c puts them together. */
#ifndef RINGLOSS_REPORT_TERMINAL_H
#define RINGLOSS_REPORT_TERMINAL_H

#include <stdio.h>

#include <jansson.h>

#include "model.h"
#include "ranking.h"

/* Print the ledger of a point, or that it has none and why. 0 or -ENOMEM. */
int terminal_ledger(const struct report_point *point, FILE *out, int columns);

/*
 * Print the remedies of the places where POINT lost frames. DONE is an object
 * that remembers, by place, what was printed: each remedy comes once. 0 or -ENOMEM.
 */
int terminal_remedies(const struct report_point *point, json_t *done, FILE *out, int columns);

/* Print what the settings of the sweep did; nothing when nothing can be said. 0 or -ENOMEM. */
int terminal_ranking(const struct report_ranking *rr, FILE *out, int columns);

/* Columns of the longest line of TEXT. */
int terminal_longest(const char *text);

/* Print TEXT without blanks at the ends of its lines. */
void terminal_trimmed(const char *text, FILE *out);

#endif
