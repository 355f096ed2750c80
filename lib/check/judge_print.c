/* Verdicts for people and as JSON; see judge.h. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "judge.h"
#include "number.h"
#include "table.h"
#include "terminal.h"
#include "text.h"

#define CELL 160

/* Bytes of the point with the worst value, tried in turn until the table fits. */
static const int widths[] = {80, 48, 32, 20};

/* "0 % (<3e-3 %)": none of so many frames. */
static void value_cell(struct table *t, const struct judged_limit *l)
{
	const struct judged_point *worst = l->worst < l->n_points ? &l->points[l->worst] : NULL;
	char value[NUMBER_LEN + 16], bound[NUMBER_LEN];
	double zero = 0;
	size_t i;

	for (i = 0; worst && worst->value == 0 && i < l->n_points; i++)
		if (l->points[i].zero_bound > zero)
			zero = l->points[i].zero_bound;
	judge_number(value, sizeof(value), l->limit, worst ? worst->value : NAN);
	if (zero > 0)
		table_cell(t, "%s (<%s %%)", value,
			   number_percent(bound, ceil(zero * 1e12) / 1e12));
	else
		table_cell(t, "%s", value);
}

/* Whose value it is, where there is more than one. */
static void worst_cell(struct table *t, const struct judged_limit *l, int width)
{
	const struct judged_point *worst = l->worst < l->n_points ? &l->points[l->worst] : NULL;
	char raw[CELL], clean[CELL];
	int len;

	if (!worst || (worst->value == 0 && l->limit->at_most)) {
		table_cell(t, "%s", "-");
		return;
	}
	len = snprintf(raw, sizeof(raw), "%s%s%s", worst->point->label,
		       worst->path ? ", path " : "", worst->path ? worst->path : "");
	if (worst->repeat && worst->point->n_trials > 1 && len < CELL)
		snprintf(raw + len, sizeof(raw) - (size_t)len, ", repeat %" PRId64, worst->repeat);
	table_cell(t, "%s", text_clean(clean, (size_t)(width < CELL ? width : CELL), raw));
}

/* "7", or "5 of 7": points that were judged of those that it is for. */
static void points_cell(struct table *t, const struct judged_limit *l)
{
	size_t n = l->n_points + l->n_untried;

	if (l->n_judged == n)
		table_cell(t, "%zu", n);
	else
		table_cell(t, "%zu of %zu", l->n_judged, n);
}

/* The caller frees. NULL: no memory. */
static char *table_text(const struct judgement *j, int width)
{
	struct table *t = table_new("llrrll");
	char bound[CELL], clean[CELL], *text;
	size_t i;

	if (!t)
		return NULL;
	for (i = 0; i < 6; i++)
		table_cell(t, "%s",
			   (const char *const[]){"limit", "wanted", "points", "worst", "at",
						 "verdict"}[i]);
	table_rule(t);
	for (i = 0; i < j->limits->n; i++) {
		const struct judged_limit *l = &j->rows[i];

		table_cell(t, "%s", l->limit->name);
		judge_bound(bound, sizeof(bound), l->limit);
		table_cell(t, "%s%s", text_clean(clean, sizeof(clean), bound),
			   l->limit->median ? ", median" : "");
		points_cell(t, l);
		value_cell(t, l);
		worst_cell(t, l, width);
		table_cell(t, "%s", judge_verdict_name(l->verdict));
	}
	text = table_string(t);
	table_free(t);
	return text;
}

static void keep_line(void *ctx, const char *line)
{
	fprintf(ctx, "%s\n", line);
}

/* The reasons of a limit, a line each. NULL: no memory. The caller frees. */
static char *reasons_text(const struct judged_limit *l)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int ret = out ? judge_reasons(l, keep_line, out) : -ENOMEM;

	if ((!out || !fclose(out)) && !ret)
		return text;
	free(text);
	return NULL;
}

/* The reasons of limit FIRST, a line each, below the names of all limits that have the same. */
static void print_reasons(const struct judgement *j, char *const *texts, size_t first, FILE *out,
			  int columns)
{
	const char *line = texts[first];
	size_t i, len;

	fprintf(out, "\n%s", j->rows[first].limit->name);
	for (i = first + 1; i < j->limits->n; i++)
		if (!strcmp(texts[i], texts[first]))
			fprintf(out, ", %s", j->rows[i].limit->name);
	fputc('\n', out);
	for (; *line; line += len + 1) {
		char *copy;

		len = strcspn(line, "\n");
		copy = strndup(line, len);
		fputs("    ", out);
		text_wrap(out, copy ? copy : "...", 4, 6, columns);
		free(copy);
	}
}

/* Reasons once, also where several limits have the same. 0 or -ENOMEM. */
static int print_all_reasons(const struct judgement *j, FILE *out, int columns)
{
	char **texts = calloc(j->limits->n, sizeof(*texts));
	size_t i, k;
	int ret = texts ? 0 : -ENOMEM;

	for (i = 0; !ret && i < j->limits->n; i++) {
		texts[i] = reasons_text(&j->rows[i]);
		ret = texts[i] ? 0 : -ENOMEM;
	}
	for (i = 0; !ret && i < j->limits->n; i++) {
		for (k = 0; k < i && strcmp(texts[k], texts[i]);)
			k++;
		if (k == i && *texts[i])
			print_reasons(j, texts, i, out, columns);
	}
	for (i = 0; texts && i < j->limits->n; i++)
		free(texts[i]);
	free(texts);
	return ret;
}

/* "2 failed (a, b)", of the limits with VERDICT; nothing if there is none. */
static void print_names(const struct judgement *j, enum judge_verdict verdict, const char *words,
			FILE *out)
{
	size_t n = 0, i;

	for (i = 0; i < j->limits->n; i++)
		n += j->rows[i].verdict == verdict;
	if (!n)
		return;
	fprintf(out, "; %zu %s", n, words);
	for (i = n = 0; i < j->limits->n; i++)
		if (verdict != JUDGE_PASS && j->rows[i].verdict == verdict)
			fprintf(out, "%s%s", n++ ? ", " : " (", j->rows[i].limit->name);
	fputs(n ? ")" : "", out);
}

static int print_verdict(const struct judgement *j, FILE *out, int columns)
{
	char *line = NULL;
	size_t size;
	FILE *text = open_memstream(&line, &size);

	if (!text)
		return -ENOMEM;
	fprintf(text, "verdict: %s", judge_verdict_name(j->verdict));
	print_names(j, JUDGE_FAIL, "failed", text);
	print_names(j, JUDGE_INVALID, "could not be judged", text);
	print_names(j, JUDGE_PASS, "passed", text);
	if (!fclose(text))
		text_wrap(out, line, 0, 4, columns);
	free(line);
	return line ? 0 : -ENOMEM;
}

int judge_print(const struct judgement *j, FILE *out, int columns)
{
	const struct model *m = j->model;
	char line[512];
	char *table = NULL;
	size_t i, n = sizeof(widths) / sizeof(widths[0]);

	snprintf(line, sizeof(line),
		 "%s: plan %s, %zu trials at %zu points: %zu valid, %zu invalid, %zu failed, by "
		 "the limits of %s",
		 *m->run ? m->run : "no run", *m->plan ? m->plan : "?", m->n_trials, m->n_points,
		 m->n_valid, m->n_invalid, m->n_failed, j->limits->file);
	text_wrap(out, line, 0, 4, columns);
	fputc('\n', out);
	for (i = 0; i < n; i++) {
		free(table);
		table = table_text(j, widths[i]);
		if (!table)
			return -ENOMEM;
		if (!columns || terminal_longest(table) <= columns)
			break;
	}
	terminal_trimmed(table, out);
	free(table);
	if (print_all_reasons(j, out, columns))
		return -ENOMEM;
	fputc('\n', out);
	if (j->n_unexplained) {
		snprintf(line, sizeof(line),
			 "%zu valid trial%s left frames unexplained, and no limit is of that "
			 "(measure = remainder).",
			 j->n_unexplained, j->n_unexplained > 1 ? "s" : "");
		text_wrap(out, line, 0, 4, columns);
	}
	if (!j->plan_known)
		fputs("no plan beside the trials: points that were never tried are not seen.\n",
		      out);
	return print_verdict(j, out, columns);
}

/* ---- JSON ---- */

static json_t *number_json(double value)
{
	return isnan(value) ? json_null() : json_real(value);
}

static json_t *text_json(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *point_json(const struct judged_point *jp)
{
	const struct report_point *p = jp->point;
	const json_t *line = p->n_trials ? p->trials[0] : p->skipped;

	return json_pack(
		"{s:O, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "point",
		json_object_get(line, "point"), "verdict", judge_verdict_name(jp->verdict),
		"valid_trials", (json_int_t)jp->valid, "wanted_trials", (json_int_t)jp->wanted,
		"value", number_json(jp->value), "path", text_json(jp->path), "repeat",
		jp->repeat ? json_integer(jp->repeat) : json_null(), "none_of",
		isnan(jp->zero_frames) ? json_null() : json_integer((json_int_t)jp->zero_frames),
		"zero_bound", number_json(jp->zero_bound), "reason", text_json(jp->reason));
}

static void add_reason(void *ctx, const char *line)
{
	json_array_append_new(ctx, json_text(line));
}

static json_t *limit_json(const struct judged_limit *l)
{
	static const char *const units[] = {
		[LIMIT_FRAMES] = "frames", [LIMIT_SHARE] = "ratio", [LIMIT_PPS] = "pps"};
	const struct limit *limit = l->limit;
	json_t *points = json_array(), *reasons = json_array();
	size_t i;

	if (judge_reasons(l, add_reason, reasons))
		return NULL;
	for (i = 0; i < l->n_points; i++)
		json_array_append_new(points, point_json(&l->points[i]));
	return json_pack(
		"{s:s, s:i, s:s, s:o, s:f, s:s, s:s, s:s, s:o, s:o, s:s, s:I, s:I, s:I, s:o, s:o}",
		"limit", limit->name, "line", limit->line, "measure", limit->measure->name, "place",
		text_json(limit->place), limit->at_most ? "most" : "least", limit->bound, "unit",
		units[limit->unit], "of", limit->median ? "median" : "each", "where",
		limit->where_text, "path", text_json(limit->path), "worst",
		l->worst < l->n_points ? number_json(l->points[l->worst].value) : json_null(),
		"verdict", judge_verdict_name(l->verdict), "judged", (json_int_t)l->n_judged,
		"skipped", (json_int_t)l->n_skipped, "untried", (json_int_t)l->n_untried, "reasons",
		reasons, "points", points);
}

json_t *judge_json(const struct judgement *j)
{
	const struct model *m = j->model;
	json_t *limits = json_array();
	size_t i;

	for (i = 0; i < j->limits->n; i++)
		json_array_append_new(limits, limit_json(&j->rows[i]));
	if (json_array_size(limits) != j->limits->n) {
		json_decref(limits);
		return NULL;
	}
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:o}", "run",
			 m->run, "plan", m->plan, "limits_file", j->limits->file, "verdict",
			 judge_verdict_name(j->verdict), "trials", (json_int_t)m->n_trials, "valid",
			 (json_int_t)m->n_valid, "invalid", (json_int_t)m->n_invalid, "failed",
			 (json_int_t)m->n_failed, "skipped_points", (json_int_t)m->n_skipped,
			 "untried_points",
			 j->plan_known ? json_integer((json_int_t)j->n_untried) : json_null(),
			 "unexplained_trials", (json_int_t)j->n_unexplained, "limits", limits);
}
