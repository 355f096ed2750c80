/* What the settings of a sweep did, on a terminal; see terminal.h. */
#include "terminal.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "text.h"

#define LABEL 48       /* bytes of a value, if its like can be told from it by these */
#define LABEL_MAX 256  /* and else */
#define POINT_LEAST 24 /* columns of a point */
#define POINT_HEAD "point"
#define VALUES_MAX 16      /* rows of an axis */
#define POINTS_MAX 8       /* rows of the best points */
#define INTERACTIONS_MAX 3 /* sentences */
#define COLUMNS_MAX 8      /* of an interaction's table */

/* The table as lines on OUT, or its width when OUT is NULL. -ENOMEM. Frees it. */
static int put_table(struct table *t, int indent, FILE *out)
{
	char *text = NULL;
	size_t size;
	FILE *lines = open_memstream(&text, &size);
	int width;

	if (!lines) {
		table_free(t);
		return -ENOMEM;
	}
	table_print(t, lines, indent);
	table_free(t);
	if (fclose(lines)) {
		free(text);
		return -ENOMEM;
	}
	width = terminal_longest(text);
	if (out)
		terminal_trimmed(text, out);
	free(text);
	return width;
}

/* Indented by two; frees WORDS. */
static int put_words(char *words, FILE *out, int columns)
{
	if (!words)
		return -ENOMEM;
	if (*words) {
		fputs("  ", out);
		text_wrap(out, words, 2, 2, columns);
	}
	free(words);
	return 0;
}

static const struct rank_effect *effect_of(const struct ranking *r, size_t axis)
{
	size_t i;

	for (i = 0; i < r->n_effects; i++)
		if (r->effects[i].axis == axis)
			return &r->effects[i];
	return NULL;
}

static const struct rank_value *value_of(const struct rank_effect *e, size_t level)
{
	size_t i;

	for (i = 0; e && i < e->n_values; i++)
		if (e->values[i].level == level)
			return &e->values[i];
	return NULL;
}

static void value_cells(const struct report_ranking *rr, enum ranked what, size_t axis,
			const struct rank_value *v, struct table *t)
{
	char buf[WORDS_LEN];

	table_cell(t, "%s", words_value(buf, rr, what, axis, v));
	table_cell(t, "%s", words_worse(buf, what, v));
}

/* Of received pps only points at rate max count: a value may have none, or an axis but one value.
 */
static void rate_cells(const struct report_ranking *rr, size_t axis, size_t level, struct table *t)
{
	const struct rank_effect *e = effect_of(rr->of[RANKED_RECEIVED], axis);
	const struct rank_value *v = value_of(e, level);
	char buf[WORDS_LEN];

	if (v && e->n_values > 1) {
		value_cells(rr, RANKED_RECEIVED, axis, v, t);
		return;
	}
	table_cell(t, "%s", v ? words_value(buf, rr, RANKED_RECEIVED, axis, v) : "");
	table_cell(t, "%s", "");
}

/* Bytes at which to cut the labels of an axis, so that none looks like another. */
static size_t label_size(const struct ranking_axis *axis)
{
	char a[LABEL], b[LABEL];
	size_t i, k;

	/* so many are rarely words, and never compared in full */
	for (i = 0; i < axis->n_levels && axis->n_levels <= RANK_LEVELS_MAX; i++)
		for (k = 0; k < i; k++)
			if (!strcmp(text_clean(a, sizeof(a), axis->labels[i]),
				    text_clean(b, sizeof(b), axis->labels[k])))
				return LABEL_MAX;
	return LABEL;
}

/* Of an axis of many values those that stand out: the best, and what ties with it. */
static bool is_shown(const struct rank_effect *e, const struct rank_value *v, size_t shown)
{
	if (e->n_values <= VALUES_MAX)
		return true;
	return shown < VALUES_MAX && (v->standing == RANK_BEST || v->standing == RANK_TIE);
}

static void effect_rows(const struct report_ranking *rr, const struct rank_effect *e, bool rates,
			struct table *t)
{
	const struct ranking_axis *axis = &rr->axes[e->axis];
	char key[LABEL], label[LABEL_MAX];
	size_t room = label_size(axis), i, shown = 0;

	for (i = 0; i < e->n_values; i++) {
		const struct rank_value *v = &e->values[i];

		if (!is_shown(e, v, shown))
			continue;
		text_clean(key, sizeof(key), axis->short_key);
		table_cell(t, "%s", shown++ ? "" : key);
		table_cell(t, "%s", text_clean(label, room, axis->labels[v->level]));
		value_cells(rr, RANKED_LOSS, e->axis, v, t);
		if (rates)
			rate_cells(rr, e->axis, v->level, t);
	}
	if (shown < e->n_values) {
		table_cell(t, "%s", "");
		table_cell(t, "%zu more", e->n_values - shown);
		for (i = 0; i < (rates ? 4u : 2u); i++)
			table_cell(t, "%s", "");
	}
}

/* Every axis with its values. Returns the width, or -ENOMEM. */
static int effects_table(const struct report_ranking *rr, bool rates, FILE *out)
{
	const struct ranking *r = rr->of[RANKED_LOSS];
	struct table *t = table_new(rates ? "llrlrl" : "llrl");
	size_t i;

	if (!t)
		return -ENOMEM;
	table_cell(t, "axis");
	table_cell(t, "value");
	table_cell(t, "loss %%");
	table_cell(t, "worse than the best by");
	if (rates) {
		table_cell(t, "received pps");
		table_cell(t, "worse than the best by");
	}
	table_rule(t);
	for (i = 0; i < r->n_effects; i++)
		if (r->effects[i].n_values > 1)
			effect_rows(rr, &r->effects[i], rates, t);
	return put_table(t, 2, out);
}

/* How much of TEXT stands in a line of ROOM bytes: up to a comma, or
 * else to a blank, or else to the end of the line. */
static size_t line_length(const char *text, size_t room)
{
	size_t len = strlen(text), i;

	if (len <= room)
		return len;
	for (i = room; i > 1; i--)
		if (text[i - 1] == ',' && text[i] == ' ')
			return i;
	for (i = room; i > 1; i--)
		if (text[i] == ' ')
			return i;
	for (len = room; len > 1 && ((unsigned char)text[len] & 0xc0) == 0x80;)
		len--; /* no character is cut in two */
	return len;
}

/* The end of a row: LABEL in lines of ROOM bytes, before which the other columns are empty. */
static int point_cells(struct table *t, const char *label, size_t room)
{
	size_t size = strlen(label) + 4, len;
	char *clean = malloc(size);
	const char *rest;

	if (!clean)
		return -ENOMEM;
	rest = text_clean(clean, size, label);
	len = line_length(rest, room);
	table_cell(t, "%.*s", (int)len, rest);
	for (rest += len; *rest; rest += len) {
		rest += *rest == ' ';
		len = line_length(rest, room - 2);
		table_cell(t, "%s", "");
		table_cell(t, "%s", "");
		table_cell(t, "  %.*s", (int)len, rest);
	}
	free(clean);
	return 0;
}

/* The best points, their labels in lines of ROOM bytes, 0: none. Returns the width, or -ENOMEM. */
static int points_table(const struct report_ranking *rr, enum ranked what, size_t room, FILE *out)
{
	const struct ranking *r = rr->of[what];
	char rank[WORDS_LEN], mean[WORDS_LEN];
	struct table *t = table_new("lrl");
	size_t i;

	if (!t)
		return -ENOMEM;
	table_cell(t, "rank");
	table_cell(t, "%s", what == RANKED_LOSS ? "loss %" : "received pps");
	table_cell(t, POINT_HEAD);
	table_rule(t);
	for (i = 0; i < r->n_points && i < POINTS_MAX; i++) {
		table_cell(t, "%s", words_rank(rank, &r->points[i]));
		table_cell(t, "%s", words_point(mean, rr, what, &r->points[i]));
		if (point_cells(t, room ? rr->model->points[r->points[i].point].label : "", room)) {
			table_free(t);
			return -ENOMEM;
		}
	}
	return put_table(t, 2, out);
}

static int points(const struct report_ranking *rr, enum ranked what, FILE *out, int columns)
{
	const struct ranking *r = rr->of[what];
	int width = points_table(rr, what, 0, NULL);
	int room = columns - (width - (int)strlen(POINT_HEAD));
	char mean[WORDS_LEN];

	if (width < 0)
		return width;
	if (!columns)
		room = INT_MAX;
	else if (room < POINT_LEAST)
		room = POINT_LEAST;
	fputc('\n', out);
	if (points_table(rr, what, (size_t)room, out) < 0)
		return -ENOMEM;
	if (r->n_points > POINTS_MAX)
		fprintf(out, "  and %zu points more, of which the last is at %s\n",
			r->n_points - POINTS_MAX,
			words_mean(mean, what, r->points[r->n_points - 1].mean));
	return put_words(words_order(rr, what), out, columns);
}

/* Means of an interaction's cells. Returns the width, or -ENOMEM. */
static int cells_table(const struct report_ranking *rr, enum ranked what,
		       const struct rank_interaction *x, FILE *out)
{
	const struct ranking_axis *first = &rr->axes[x->axis[0]], *second = &rr->axes[x->axis[1]];
	char align[COLUMNS_MAX + 2] = "l", label[LABEL_MAX], mean[WORDS_LEN];
	struct table *t;
	size_t i, a;

	memset(align + 1, 'r', x->n[1]);
	t = table_new(align);
	if (!t)
		return -ENOMEM;
	table_cell(t, "%s", text_clean(label, sizeof(label), first->short_key));
	for (a = 0; a < x->n[1]; a++)
		table_cell(t, "%s",
			   text_clean(label, label_size(second), second->labels[x->level[1][a]]));
	table_rule(t);
	for (i = 0; i < x->n[0]; i++) {
		table_cell(t, "%s",
			   text_clean(label, label_size(first), first->labels[x->level[0][i]]));
		for (a = 0; a < x->n[1]; a++)
			table_cell(t, "%s", words_mean(mean, what, x->mean[i * x->n[1] + a]));
	}
	return put_table(t, 4, out);
}

static int interactions(const struct report_ranking *rr, enum ranked what, FILE *out, int columns)
{
	const struct ranking *r = rr->of[what];
	size_t i;
	int ret = 0, width;

	for (i = 0; i < r->n_interactions && i < INTERACTIONS_MAX && !ret; i++) {
		const struct rank_interaction *x = &r->interactions[i];

		fputc('\n', out);
		ret = put_words(words_interaction(rr, what, x), out, columns);
		if (ret || x->n[1] > COLUMNS_MAX || x->n[0] > VALUES_MAX)
			continue;
		width = cells_table(rr, what, x, NULL);
		if (width < 0)
			ret = width;
		else if (!columns || width <= columns)
			ret = cells_table(rr, what, x, out) < 0 ? -ENOMEM : 0;
	}
	return ret;
}

int terminal_ranking(const struct report_ranking *rr, FILE *out, int columns)
{
	bool rates = rr->at_max;
	int ret = 0, width, what;

	if (!report_ranking_asks(rr))
		return 0;
	fputs("\nWhat matters\n", out);
	if (!report_ranking_tells(rr)) {
		char *why = words_left_out(rr), *line = NULL;

		if (why && asprintf(&line, "n/a. %s", why) < 0)
			line = NULL;
		free(why);
		return put_words(line, out, columns);
	}
	for (what = 0; what < (rates ? RANKED_COUNT : 1) && !ret; what++)
		ret = put_words(words_shares(rr, (enum ranked)what), out, columns);
	fputc('\n', out);
	width = rates && columns ? effects_table(rr, true, NULL) : 0;
	if (!ret)
		ret = effects_table(rr, rates && width <= columns, out) < 0 ? -ENOMEM : 0;
	for (what = 0; what < (rates ? RANKED_COUNT : 1) && !ret; what++) {
		ret = points(rr, (enum ranked)what, out, columns);
		if (!ret)
			ret = interactions(rr, (enum ranked)what, out, columns);
	}
	fputc('\n', out);
	if (!ret)
		ret = put_words(words_method(rr), out, columns);
	return ret ? ret : put_words(words_left_out(rr), out, columns);
}
