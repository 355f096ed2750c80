/* Laying out tables; see lines.h. */
#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

#define LINE 1024 /* bytes of one */
#define FEW 9.95  /* below, a rate has a decimal */
#define MARK_DOWN 'v'
#define MARK_UP '^'

const char *watch_cell_text(const struct watch_cell *cell, enum watch_format format, char *buf,
			    size_t size)
{
	if (!cell->known)
		snprintf(buf, size, "n/a");
	else if (format == WATCH_TEXT)
		snprintf(buf, size, "%s", cell->text);
	else if (format == WATCH_ID)
		snprintf(buf, size, "%.0f", cell->number);
	else if (format == WATCH_PERCENT ||
		 (format == WATCH_RATE && cell->number > 0 && cell->number < FEW))
		snprintf(buf, size, "%.1f", cell->number);
	else
		table_u64(buf, size, (unsigned long long)(cell->number + 0.5));
	return buf;
}

static void add_line(struct watch_lines *lines, enum watch_line_kind kind,
		     enum watch_section_id section, bool losing, const char *text)
{
	struct watch_line *more = lines->list;

	if (!(lines->n & (lines->n - 1)))
		more = reallocarray(more, lines->n ? 2 * lines->n : 1, sizeof(*more));
	if (!more)
		return;
	lines->list = more;
	more[lines->n] = (struct watch_line){kind, section, losing, strdup(text)};
	lines->n += more[lines->n].text != NULL;
}

/* MARK, or a blank, stands in the gap behind it. */
static void add_cell(char *line, const char *text, size_t width, bool left, char mark)
{
	size_t len = strlen(line);

	snprintf(line + len, LINE - len, "%*s%c ", left ? -(int)width : (int)width, text, mark);
}

static void widen(size_t *width, const char *text)
{
	if (strlen(text) > *width)
		*width = strlen(text);
}

/* What is read for people from the left: names. */
static bool is_left(const struct watch_column *column)
{
	return column->format == WATCH_TEXT;
}

static void strip(char *line)
{
	for (size_t len = strlen(line); len && line[len - 1] == ' '; len--)
		line[len - 1] = '\0';
}

static void add_table(struct watch_lines *lines, const struct watch_view *view,
		      enum watch_section_id id, const struct watch_order *order)
{
	const struct watch_section_kind *kind = &watch_section_kinds[id];
	const struct watch_section *section = &view->sections[id];
	size_t *widths = lines->widths[id];
	char line[LINE] = "", buf[WATCH_TEXT_MAX];

	for (size_t c = 0; c < kind->n_columns; c++) {
		widen(&widths[c], kind->columns[c].heading);
		for (size_t r = 0; r < section->n; r++)
			widen(&widths[c],
			      watch_cell_text(&section->rows[r].cells[c], kind->columns[c].format,
					      buf, sizeof(buf)));
	}
	for (size_t c = 0; c < kind->n_columns; c++)
		add_cell(line, kind->columns[c].heading, widths[c], is_left(&kind->columns[c]),
			 !order || order->column != c ? ' '
			 : order->descending          ? MARK_DOWN
						      : MARK_UP);
	strip(line);
	add_line(lines, WATCH_LINE_HEAD, id, false, line);
	for (size_t r = 0; r < section->n; r++) {
		line[0] = '\0';
		for (size_t c = 0; c < kind->n_columns; c++)
			add_cell(line,
				 watch_cell_text(&section->rows[r].cells[c],
						 kind->columns[c].format, buf, sizeof(buf)),
				 widths[c], is_left(&kind->columns[c]), ' ');
		strip(line);
		add_line(lines, WATCH_LINE_ROW, id, section->rows[r].losing, line);
	}
}

static void lines_clear(struct watch_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		free(lines->list[i].text);
	free(lines->list);
	lines->list = NULL;
	lines->n = 0;
}

void watch_lines_make(struct watch_lines *lines, const struct watch_view *view,
		      const struct watch_order *orders, bool empty)
{
	lines_clear(lines);
	for (size_t i = 0; i < WATCH_SECTIONS; i++) {
		const struct watch_section *section = &view->sections[i];
		enum watch_section_id id = (enum watch_section_id)i;
		char title[128];

		if (!section->n && !empty && section->known)
			continue;
		snprintf(title, sizeof(title), "%s%s", watch_section_kinds[i].title,
			 !section->known ? ": n/a"
			 : section->n    ? ""
					 : ": none");
		if (lines->n)
			add_line(lines, WATCH_LINE_BLANK, id, false, "");
		add_line(lines, WATCH_LINE_TITLE, id, false, title);
		if (section->n)
			add_table(lines, view, id, orders ? &orders[i] : NULL);
	}
}

void watch_lines_add_notes(struct watch_lines *lines, const json_t *notes, size_t first)
{
	char line[LINE];
	size_t i;

	for (i = first; i < json_array_size(notes); i++) {
		if (i == first)
			add_line(lines, WATCH_LINE_BLANK, WATCH_SECTIONS, false, "");
		snprintf(line, sizeof(line), "note: %s",
			 json_string_value(json_array_get(notes, i)));
		add_line(lines, WATCH_LINE_ROW, WATCH_SECTIONS, false, line);
	}
}

void watch_lines_free(struct watch_lines *lines)
{
	lines_clear(lines);
}
