/* Aligned tables of text for terminals. Knows nothing of what is in them. */
#ifndef RINGLOSS_BASE_TABLE_H
#define RINGLOSS_BASE_TABLE_H

#include <stdio.h>

struct table;

/*
 * A table with a column for each character of ALIGN: 'l' left, 'r' right.
 * NULL when out of memory. The caller frees it by table_free.
 */
struct table *table_new(const char *align);

/* Append a cell; rows fill from left to right and wrap by themselves. */
void table_cell(struct table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Draw a line of dashes after the rows so far (after the heading, say). */
void table_rule(struct table *t);

/*
 * Print all rows, two blanks between columns, INDENT blanks before each. If a
 * cell could not be stored for lack of memory, "..." stands in its place.
 */
void table_print(const struct table *t, FILE *out, int indent);

/* What table_print prints without indent, as text. NULL: no memory. The caller frees. */
char *table_string(const struct table *t);

void table_free(struct table *t);

/* VALUE with a comma every three digits, into buf; returns buf. */
const char *table_u64(char *buf, size_t size, unsigned long long value);

/* The same for a signed value. */
const char *table_s64(char *buf, size_t size, long long value);

#endif
