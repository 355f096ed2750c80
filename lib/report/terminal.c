/*
 * The report on a terminal: one table that compares the points, what was
 * wrong with trials underneath, then the ledgers and the remedies.
 */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "cpu_lines.h"
#include "hosts.h"
#include "model.h"
#include "number.h"
#include "observer_lines.h"
#include "setup_lines.h"
#include "table.h"
#include "terminal.h"
#include "text.h"

#define CELL 160
#define PLACE_BEFORE MEASURE_REMAINDER /* the measure that the biggest place stands before */

/* What of the table is left out, tried in turn until it fits. */
struct layout {
	int place;  /* bytes of the biggest place; 0: no such column */
	bool lost;  /* lost frames; their share always stands */
	bool zeros; /* columns that are 0 at every point: a line of text says so instead */
};

static const struct layout layouts[] = {
	{60, true, true},   {28, true, true},   {28, false, true}, {28, false, false},
	{20, false, false}, {12, false, false}, {0, false, false},
};

/* 0 at every point where anything was measured, and so a fact that needs no column. */
static bool all_zero(const struct model *m, enum measure what)
{
	size_t i;

	for (i = 0; i < m->n_points; i++) {
		const struct report_point *p = &m->points[i];

		if (p->measure[what].n < p->n_counted || p->measure[what].min < 0 ||
		    p->measure[what].max > 0)
			return false;
	}
	return true;
}

static bool left_out(const struct model *m, const struct layout *l, size_t what)
{
	return (what == MEASURE_LOST && !l->lost) ||
	       ((what == MEASURE_UNSENT || what == MEASURE_REMAINDER) && !l->zeros &&
		all_zero(m, (enum measure)what));
}

/* The columns' alignment, one character each, as table_new takes it. The caller frees. */
static char *column_align(const struct model *m, const struct layout *l)
{
	char *align = calloc(m->n_axes + MEASURE_COUNT + 3, 1), *p = align;
	size_t a, i;

	if (!align)
		return NULL;
	for (a = 0; a < m->n_axes; a++)
		if (!m->axes[a].fixed)
			*p++ = m->axes[a].numeric ? 'r' : 'l';
	for (i = 0; i < MEASURE_COUNT; i++) {
		if (i == PLACE_BEFORE && l->place)
			*p++ = 'l';
		if (!left_out(m, l, i))
			*p++ = 'r';
	}
	*p = 'l'; /* valid */
	return align;
}

/* Half of the heading of an axis: what stands before the last dot, or behind it. */
static void axis_heading(struct table *t, const char *key, int row)
{
	const char *dot = strrchr(key, '.');
	char half[CELL], clean[CELL];

	if (row == 0)
		snprintf(half, sizeof(half), "%.*s", dot ? (int)(dot - key) : 0, key);
	else
		snprintf(half, sizeof(half), "%s", dot ? dot + 1 : key);
	table_cell(t, "%s", text_clean(clean, sizeof(clean), half));
}

/* Two rows: "rx" over "ring", "offered" over "pps". */
static void heading_cells(const struct model *m, struct table *t, const struct layout *l)
{
	size_t a, i;
	int row;

	for (row = 0; row < 2; row++) {
		for (a = 0; a < m->n_axes; a++)
			if (!m->axes[a].fixed)
				axis_heading(t, m->axes[a].key, row);
		for (i = 0; i < MEASURE_COUNT; i++) {
			if (i == PLACE_BEFORE && l->place)
				table_cell(t, "%s", row ? "and its share" : "biggest loss");
			if (left_out(m, l, i))
				continue;
			table_cell(t, "%s", row ? measure_defs[i].sub : measure_defs[i].head);
		}
		table_cell(t, "%s", row ? "" : "valid");
	}
	table_rule(t);
}

static void place_cell(struct table *t, const struct report_point *p, int width)
{
	const struct loss *loss = ledger_sum_biggest(&p->ledger);
	int64_t lost = p->ledger.accepted - p->ledger.unique;
	char raw[CELL], name[CELL], share[NUMBER_LEN];

	if (!loss) {
		table_cell(t, "%s", p->ledger.n_trials ? "-" : "n/a");
		return;
	}
	text_clean(name, sizeof(name), loss_name(raw, sizeof(raw), loss));
	if ((int)strlen(name) > width)
		text_clean(name, (size_t)width, raw);
	table_cell(t, "%s %s", name, number_share(share, (double)loss->frames, (double)lost));
}

static void valid_cell(struct table *t, const struct report_point *p)
{
	char mark[32] = "";

	if (p->note)
		snprintf(mark, sizeof(mark), " [%zu]", p->note);
	if (p->n_trials > 1)
		table_cell(t, "%zu/%zu%s", p->n_valid, p->n_trials, mark);
	else
		table_cell(t, "%s%s",
			   p->n_valid     ? "yes"
			   : p->n_invalid ? "no"
			   : p->n_failed  ? "failed"
					  : "skipped",
			   mark);
}

static bool has_range(const struct report_point *p)
{
	char range[2 * NUMBER_LEN];
	size_t i;

	for (i = 0; i < MEASURE_COUNT; i++)
		if (*number_range(range, measure_defs[i].kind, &p->measure[i]))
			return true;
	return false;
}

static void median_cells(const struct model *m, const struct report_point *p, struct table *t,
			 const struct layout *l)
{
	char text[NUMBER_LEN], value[CELL];
	size_t a, i;

	for (a = 0; a < m->n_axes; a++)
		if (!m->axes[a].fixed)
			table_cell(t, "%s",
				   text_clean(value, sizeof(value),
					      p->values[a] ? point_value(p, a) : "-"));
	for (i = 0; i < MEASURE_COUNT; i++) {
		if (i == PLACE_BEFORE && l->place)
			place_cell(t, p, l->place);
		if (!left_out(m, l, i))
			table_cell(t, "%s",
				   number_median(text, measure_defs[i].kind, &p->measure[i]));
	}
}

static void range_cells(const struct model *m, const struct report_point *p, struct table *t,
			const struct layout *l)
{
	char text[2 * NUMBER_LEN];
	size_t a, i;

	for (a = 0; a < m->n_axes; a++)
		if (!m->axes[a].fixed)
			table_cell(t, "%s", "");
	for (i = 0; i < MEASURE_COUNT; i++) {
		if (i == PLACE_BEFORE && l->place)
			table_cell(t, "%s", "");
		if (!left_out(m, l, i))
			table_cell(t, "%s",
				   number_range(text, measure_defs[i].kind, &p->measure[i]));
	}
	table_cell(t, "%s", "");
}

int terminal_longest(const char *text)
{
	int longest = 0;

	while (*text) {
		int width = 0;

		for (; *text && *text != '\n'; text++)
			width += ((unsigned char)*text & 0xc0) != 0x80;
		longest = width > longest ? width : longest;
		text += *text == '\n';
	}
	return longest;
}

/* The table as text in a layout. NULL: no memory. The caller frees. */
static char *table_text(const struct model *m, const struct layout *l)
{
	char *align = column_align(m, l), *text;
	struct table *t = align ? table_new(align) : NULL;
	size_t i;

	free(align);
	if (!t)
		return NULL;
	heading_cells(m, t, l);
	for (i = 0; i < m->n_points; i++) {
		const struct report_point *p = &m->points[i];

		median_cells(m, p, t, l);
		valid_cell(t, p);
		if (has_range(p))
			range_cells(m, p, t, l);
	}
	text = table_string(t);
	table_free(t);
	return text;
}

void terminal_trimmed(const char *text, FILE *out)
{
	while (*text) {
		size_t len = strcspn(text, "\n"), keep = len;

		while (keep && text[keep - 1] == ' ')
			keep--;
		fwrite(text, 1, keep, out);
		fputc('\n', out);
		text += len + (text[len] == '\n');
	}
}

static int print_table(const struct model *m, FILE *out, int columns)
{
	size_t i, k, n = sizeof(layouts) / sizeof(layouts[0]);
	char *text = NULL;

	for (i = 0; i < n; i++) {
		free(text);
		text = table_text(m, &layouts[i]);
		if (!text)
			return -ENOMEM;
		if (!columns || terminal_longest(text) <= columns || i + 1 == n)
			break;
	}
	terminal_trimmed(text, out);
	for (k = 0; k < MEASURE_COUNT; k++)
		if (k != MEASURE_LOST && left_out(m, &layouts[i], k))
			fprintf(out, "%s %s: 0 in every trial that was measured%s.\n",
				measure_defs[k].head, measure_defs[k].sub,
				k == MEASURE_UNSENT ? " (at max by definition)" : "");
	free(text);
	return 0;
}

/* The values that all points share: no columns of the table. 0 or -ENOMEM. */
static int print_fixed(const struct model *m, FILE *out, int columns)
{
	const char *sep = "at every point: ";
	char *line = NULL;
	size_t size, a;
	FILE *text = open_memstream(&line, &size);

	if (!text)
		return -ENOMEM;
	for (a = 0; a < m->n_axes; a++) {
		if (!m->axes[a].fixed)
			continue;
		fprintf(text, "%s%s = %s", sep, m->axes[a].key, point_value(&m->points[0], a));
		sep = ", ";
	}
	if (!fclose(text) && size)
		text_wrap(out, line, 0, 4, columns);
	free(line);
	return 0;
}

static int print_heading(const struct model *m, const struct result_set *set, FILE *out,
			 int columns)
{
	char *line, skipped[64] = "";
	int ret;

	if (m->n_skipped)
		snprintf(skipped, sizeof(skipped), "; %zu point%s skipped", m->n_skipped,
			 m->n_skipped > 1 ? "s" : "");
	if (asprintf(&line,
		     "%s: plan %s, %zu trials at %zu points: %zu valid, %zu invalid, %zu failed%s",
		     m->run, m->plan, m->n_trials, m->n_points, m->n_valid, m->n_invalid,
		     m->n_failed, skipped) < 0)
		return -ENOMEM;
	text_wrap(out, line, 0, 4, columns);
	free(line);
	ret = print_fixed(m, out, columns);
	if (set->cut)
		text_wrap(out,
			  "note: the last line of the file is cut short (crash or full disk) and "
			  "left out",
			  0, 4, columns);
	fputc('\n', out);
	return ret;
}

struct note_ctx {
	FILE *out;
	size_t number; /* of the point's note */
	size_t trials; /* of the point */
	int columns;
};

static void print_note(void *data, const char *verdict, const char *reason, size_t trials)
{
	const struct note_ctx *note = data;
	int at = fprintf(note->out, "[%zu] %s", note->number, verdict);

	if (note->trials > 1 && strcmp(verdict, "skipped"))
		at += fprintf(note->out, ", %zu of %zu trials", trials, note->trials);
	at += fprintf(note->out, ": ");
	text_wrap(note->out, reason, at, 4, note->columns);
}

static int print_notes(const struct model *m, FILE *out, int columns)
{
	struct note_ctx note = {.out = out, .columns = columns};
	size_t i;
	int ret;

	if (m->repeats)
		fputs("Medians of the valid trials of a point (of the invalid, if none is valid), "
		      "min..max below where\nthey differ. Ledger and biggest loss are of the same "
		      "trials "
		      "taken together.\n",
		      out);
	for (i = 0; i < m->n_points; i++) {
		const struct report_point *p = &m->points[i];

		if (p->note <= note.number)
			continue; /* nothing, or said before */
		note.number = p->note;
		note.trials = p->n_trials;
		ret = point_reasons(p, print_note, &note);
		if (ret)
			return ret;
		if (!p->n_valid && p->n_counted)
			fprintf(out, "[%zu] none is valid: the numbers are of the invalid\n",
				note.number);
	}
	return 0;
}

/* LINES (stolen) under HEADING. */
static int print_lines(const char *heading, json_t *lines, FILE *out, int columns)
{
	const json_t *line;
	char text[2100];
	size_t i;

	if (!lines)
		return -ENOMEM;
	if (json_array_size(lines))
		fprintf(out, "\n%s\n", heading);
	json_array_foreach (lines, i, line) {
		text_clean(text, sizeof(text), json_string_value(line));
		fputs("  ", out);
		text_wrap(out, text, 2, 6, columns);
	}
	json_decref(lines);
	return 0;
}

static int print_doctor(const char *folder, FILE *out, int columns)
{
	json_t *hosts = folder ? hosts_load(folder) : json_object();
	int ret = hosts ? print_lines("What doctor found at the hosts", hosts_doctor_lines(hosts),
				      out, columns)
			: -ENOMEM;

	json_decref(hosts);
	return ret;
}

int report_print(const struct result_set *set, FILE *out, int columns)
{
	json_t *done = json_object();
	struct model *m = done ? model_new(set->trials) : NULL;
	struct report_ranking *rr = m ? report_ranking_new(m) : NULL;
	int ret = rr ? 0 : -ENOMEM;
	size_t i;

	if (ret)
		goto out;
	ret = print_heading(m, set, out, columns);
	if (ret || !m->n_points)
		goto out;
	ret = print_table(m, out, columns);
	if (!ret)
		ret = print_notes(m, out, columns);
	if (!ret)
		ret = terminal_ranking(rr, out, columns);
	for (i = 0; i < m->n_points && !ret; i++) {
		if (!m->points[i].n_trials)
			continue; /* skipped: its note says all */
		fputc('\n', out);
		ret = terminal_ledger(&m->points[i], out, columns);
	}
	for (i = 0; i < m->n_points && !ret; i++)
		ret = terminal_remedies(&m->points[i], done, out, columns);
	if (!ret)
		ret = print_lines("What the kernel gave up", observer_lines(set->trials), out,
				  columns);
	if (!ret)
		ret = print_lines("Where it ran", cpu_lines(set->trials), out, columns);
	if (!ret)
		ret = print_lines("Set-up", setup_lines(set->trials), out, columns);
	if (!ret)
		ret = print_doctor(set->folder, out, columns);
out:
	report_ranking_free(rr);
	model_free(m);
	json_decref(done);
	return ret;
}
