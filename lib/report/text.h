/*
 * Strings from results made safe for where they are printed: names of hosts
 * and plans come from outside. Knows no numbers and no tables.
 */
#ifndef RINGLOSS_REPORT_TEXT_H
#define RINGLOSS_REPORT_TEXT_H

#include <stddef.h>
#include <stdio.h>

/*
 * S for a terminal, into buf, which is returned: control characters and
 * changes of writing direction become '?', and so does all but ASCII when the
 * locale is not UTF-8. What does not fit ends in "...".
 */
const char *text_clean(char *buf, size_t size, const char *s);

/*
 * Print S cleaned, broken at blanks to lines of COLUMNS (0: one line) of which
 * all but the first begin with INDENT blanks; AT columns of the first are used.
 */
void text_wrap(FILE *out, const char *s, int at, int indent, int columns);

/* Print S as text of an HTML or SVG element or a quoted attribute. */
void text_html(FILE *out, const char *s);

#endif
