/* Views where standard output is no terminal: blocks for people, or a line of JSON each. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "json.h"
#include "lines.h"
#include "show.h"

void watch_plain_print(struct watch_view *view, const struct watch_status *status, FILE *out)
{
	struct watch_lines lines = {0};
	char now[32];
	size_t i;

	clock_wall_iso(now, sizeof(now));
	for (i = 0; i < WATCH_SECTIONS; i++)
		if (i != WATCH_INTERFACES)
			watch_section_filter(&view->sections[i]);
	watch_lines_make(&lines, view, NULL, false);
	watch_lines_add_notes(&lines, status->notes, status->notes_told);
	fprintf(out, "%s  %s, %.2f s\n", now, *status->where ? status->where : "this host",
		view->seconds);
	for (i = 0; i < lines.n; i++)
		fprintf(out, "%s%s\n", *lines.list[i].text ? "  " : "", lines.list[i].text);
	fputc('\n', out);
	watch_lines_free(&lines);
}

static json_t *cell_json(const struct watch_cell *cell, enum watch_format format)
{
	if (!cell->known)
		return json_null();
	if (format == WATCH_TEXT)
		return json_text(cell->text);
	if (format == WATCH_NUMBER || format == WATCH_ID)
		return json_integer((json_int_t)cell->number);
	return json_real(cell->number);
}

static json_t *section_json(const struct watch_section *section,
			    const struct watch_section_kind *kind)
{
	json_t *list;

	if (!section->known)
		return json_null();
	list = json_array();
	for (size_t r = 0; r < section->n; r++) {
		json_t *row = json_object();

		for (size_t c = 0; c < kind->n_columns; c++)
			json_object_set_new(
				row, kind->columns[c].key,
				cell_json(&section->rows[r].cells[c], kind->columns[c].format));
		json_array_append_new(list, row);
	}
	return list;
}

bool watch_json_print(const struct watch_view *view, const struct watch_status *status, FILE *out)
{
	json_t *obj = json_object();
	char now[32], *line;

	clock_wall_iso(now, sizeof(now));
	json_put_str(obj, "time", now);
	json_object_set_new(obj, "netns", json_text(status->where));
	json_put_num(obj, "seconds", view->seconds);
	json_object_set_new(obj, "slow_seconds",
			    view->slow_seconds > 0 ? json_real(view->slow_seconds) : json_null());
	json_put_num(obj, "elapsed_seconds", status->elapsed);
	json_put_num(obj, "cpu_seconds", status->cpu_seconds);
	for (size_t i = 0; i < WATCH_SECTIONS; i++)
		json_object_set_new(obj, watch_section_kinds[i].key,
				    section_json(&view->sections[i], &watch_section_kinds[i]));
	json_object_set(obj, "notes", (json_t *)status->notes);
	line = json_line(obj);
	json_decref(obj);
	if (!line)
		return false;
	fprintf(out, "%s\n", line);
	free(line);
	return true;
}
