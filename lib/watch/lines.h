/* A view as lines of text, for the screen and for plain output. */
#ifndef RINGLOSS_WATCH_LINES_H
#define RINGLOSS_WATCH_LINES_H

#include <jansson.h>

#include "model.h"

enum watch_line_kind { WATCH_LINE_BLANK, WATCH_LINE_TITLE, WATCH_LINE_HEAD, WATCH_LINE_ROW };

struct watch_line {
	enum watch_line_kind kind;
	enum watch_section_id section;
	bool losing;
	char *text;
};

/* How a section is shown. */
struct watch_order {
	size_t column;
	bool descending;
};

struct watch_lines {
	struct watch_line *list;
	size_t n;
	/* Of columns: they only grow, so that the screen stands still. */
	size_t widths[WATCH_SECTIONS][WATCH_COLUMNS_MAX];
};

/*
 * VIEW as it is sorted and filtered, in place of what LINES had; zeroed before the first time.
 * ORDERS (of all sections; or NULL) are marked in the headings. EMPTY: also sections without rows.
 */
void watch_lines_make(struct watch_lines *lines, const struct watch_view *view,
		      const struct watch_order *orders, bool empty);

/* Texts below the tables, from the one with number FIRST on. */
void watch_lines_add_notes(struct watch_lines *lines, const json_t *notes, size_t first);

void watch_lines_free(struct watch_lines *lines);

/* What stands in a cell, "n/a" where it is not known, into buf; returns buf. */
const char *watch_cell_text(const struct watch_cell *cell, enum watch_format format, char *buf,
			    size_t size);

#endif
