/* The ledger of a point for people at a terminal; see terminal.h. */
#include "terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "number.h"
#include "report.h"
#include "shape.h"
#include "table.h"
#include "text.h"

#define CELL 160 /* bytes of a string in a table */

static const char *frames_text(char buf[static NUMBER_LEN], int64_t frames)
{
	return table_s64(buf, NUMBER_LEN, frames);
}

/* offered 1,000,000 = 900,000 received + 100,000 booked + 0 unexplained */
static int print_identity(const struct report_point *p, FILE *out, int columns)
{
	const struct ledger_sum *sum = &p->ledger;
	char a[NUMBER_LEN], b[NUMBER_LEN], c[NUMBER_LEN], d[NUMBER_LEN], gap[2 * NUMBER_LEN] = "";
	char *line, received[2 * NUMBER_LEN] = "";

	/* what some paths received beside others without a sink is part of the sum all the same */
	if (!sum->no_sink || sum->unique)
		snprintf(received, sizeof(received), "%s received + ", frames_text(b, sum->unique));
	if (ledger_sum_gap(sum))
		snprintf(gap, sizeof(gap), " + %s that the stored ledger leaves out",
			 frames_text(a, ledger_sum_gap(sum)));
	if (asprintf(&line, "%s%s: offered %s = %s%s booked + %s unexplained%s%s", p->label,
		     p->n_valid ? "" : " (invalid)", frames_text(a, sum->accepted), received,
		     frames_text(c, sum->booked), frames_text(d, sum->unexplained), gap,
		     sum->no_sink ? " (no sink)" : "") < 0)
		return -ENOMEM;
	text_wrap(out, line, 0, 4, columns);
	free(line);
	return 0;
}

static void evidence_cell(struct table *t, const struct loss *loss, size_t i)
{
	const struct loss_evidence *e = &loss->evidence[i];
	char name[CELL], delta[NUMBER_LEN];

	if (i >= loss->n_evidence)
		table_cell(t, "%s", loss->state == LOSS_UNSUPPORTED ? "no counter for it" : "");
	else if (e->known)
		table_cell(t, "%s %s%s", text_clean(name, sizeof(name), e->counter),
			   e->delta > 0 ? "+" : "", frames_text(delta, e->delta));
	else
		table_cell(t, "%s n/a", text_clean(name, sizeof(name), e->counter));
}

/* A row a place, and one more for each further counter that shows it. */
static void print_rows(const struct ledger_sum *sum, FILE *out, struct table *t, bool foreign)
{
	char raw[CELL], name[CELL], text[NUMBER_LEN];
	size_t r, i;

	for (r = 0; r < sum->n_rows; r++) {
		const struct loss *loss = &sum->rows[r];
		bool known = loss->state != LOSS_UNSUPPORTED;

		for (i = 0; i == 0 || i < loss->n_evidence; i++) {
			bool head = i == 0;

			loss_name(raw, sizeof(raw), loss);
			table_cell(t, "%s", head ? text_clean(name, sizeof(name), raw) : "");
			if (ledger_sum_many_paths(sum))
				table_cell(t, "%s",
					   head ? text_clean(name, sizeof(name), loss->path) : "");
			table_cell(t, "%s",
				   !head   ? ""
				   : known ? frames_text(text, loss->frames)
					   : "n/a");
			table_cell(t, "%s",
				   !head   ? ""
				   : known ? number_share(text, (double)loss->frames,
							  (double)sum->accepted)
					   : "n/a");
			if (foreign)
				table_cell(t, "%s",
					   !head   ? ""
					   : known ? frames_text(text, loss->foreign)
						   : "n/a");
			evidence_cell(t, loss, i);
		}
	}
	table_print(t, out, 4);
}

/* What is known of the counters that the rows rest on, or that were to have moved. */
static void print_trust(const struct ledger_sum *sum, FILE *out, int columns)
{
	char raw[CELL], name[CELL];
	const json_t *note;
	size_t r, i;

	for (r = 0; r < sum->n_rows; r++) {
		json_array_foreach (sum->rows[r].trust, i, note) {
			const char *text = json_string_value(note);
			int at;

			text_clean(name, sizeof(name), loss_name(raw, sizeof(raw), &sum->rows[r]));
			at = fprintf(out, "    %s: ", name);
			text_wrap(out, text ? text : "", at, 6, columns);
		}
	}
}

/* Where there are several, each path's own numbers: the identity above is of their sum. */
static int print_paths(const struct ledger_sum *sum, FILE *out)
{
	static const char *const heads[] = {"path",   "offered", "received",    "lost",
					    "loss %", "unsent",  "received pps"};
	char text[NUMBER_LEN], name[CELL];
	struct table *t;
	size_t i;

	if (!ledger_sum_many_paths(sum))
		return 0;
	t = table_new("lrrrrrr");
	if (!t)
		return -ENOMEM;
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		table_cell(t, "%s", heads[i]);
	for (i = 0; i < sum->n_paths; i++) {
		const struct path_sum *p = &sum->paths[i];
		int64_t lost = p->accepted - p->unique;

		table_cell(t, "%s", text_clean(name, sizeof(name), p->name));
		table_cell(t, "%s", frames_text(text, p->accepted));
		table_cell(t, "%s", p->no_sink ? "n/a" : frames_text(text, p->unique));
		table_cell(t, "%s", p->no_sink ? "n/a" : frames_text(text, lost));
		table_cell(t, "%s", number_percent(text, path_sum_loss(p)));
		table_cell(t, "%s", frames_text(text, p->unsent));
		table_cell(t, "%s",
			   p->no_sink ? "n/a"
				      : number_text(text, NUMBER_PPS,
						    p->rx_pps / (double)p->n_trials));
	}
	table_print(t, out, 4);
	table_free(t);
	return 0;
}

/* How the loss of each path came, where it is known. */
static int print_shapes(const struct report_point *p, FILE *out, int columns)
{
	const struct ledger_sum *sum = &p->ledger;
	size_t i;

	for (i = 0; i < sum->n_paths; i++) {
		const char *name = sum->paths[i].name;
		struct loss_shape shape;
		char clean[CELL], *words;
		int at;

		shape_of(p, name, &shape);
		if (!shape.count)
			continue;
		words = shape_words(&shape);
		if (!words)
			return -ENOMEM;
		at = fprintf(out, "    ");
		if (ledger_sum_many_paths(sum))
			at += fprintf(out, "%s: ", text_clean(clean, sizeof(clean), name));
		text_wrap(out, words, at, 6, columns);
		free(words);
	}
	return 0;
}

struct why_ctx {
	FILE *out;
	int columns;
};

static void print_why_not(void *ctx, const char *verdict, const char *reason, size_t trials)
{
	const struct why_ctx *why = ctx;
	int at = fprintf(why->out, "    %s: ", verdict);

	text_wrap(why->out, reason, at, 6, why->columns);
}

int terminal_ledger(const struct report_point *p, FILE *out, int columns)
{
	struct why_ctx why = {.out = out, .columns = columns};
	const struct ledger_sum *sum = &p->ledger;
	bool foreign = false;
	char label[2 * CELL], *words;
	struct table *t;
	size_t i;

	if (!sum->n_trials) {
		fprintf(out, "%s: n/a, no trial was measured\n",
			text_clean(label, sizeof(label), p->label));
		return point_reasons(p, print_why_not, &why);
	}
	if (print_identity(p, out, columns))
		return -ENOMEM;
	words = ledger_sum_asides(sum);
	if (!words)
		return -ENOMEM;
	if (*words)
		fprintf(out, "    %s\n", words);
	free(words);
	if (print_paths(sum, out) || print_shapes(p, out, columns))
		return -ENOMEM;
	if (!sum->n_rows)
		return 0;
	for (i = 0; i < sum->n_rows; i++)
		foreign |= sum->rows[i].foreign != 0;
	t = table_new(ledger_sum_many_paths(sum) ? (foreign ? "llrrrl" : "llrrl")
						 : (foreign ? "lrrrl" : "lrrl"));
	if (!t)
		return -ENOMEM;
	table_cell(t, "place");
	if (ledger_sum_many_paths(sum))
		table_cell(t, "path");
	table_cell(t, "frames");
	table_cell(t, "of offered");
	if (foreign)
		table_cell(t, "foreign");
	table_cell(t, "evidence");
	print_rows(sum, out, t, foreign);
	table_free(t);
	print_trust(sum, out, columns);
	return 0;
}

int terminal_remedies(const struct report_point *p, json_t *done, FILE *out, int columns)
{
	size_t i;

	for (i = 0; i < p->ledger.n_rows; i++) {
		const struct loss *loss = &p->ledger.rows[i];
		char raw[CELL], name[CELL];

		if (!*loss->remedy || !loss->frames)
			continue;
		text_clean(name, sizeof(name), loss_name(raw, sizeof(raw), loss));
		if (json_object_get(done, raw))
			continue;
		if (!json_object_size(done))
			fputs("\nRemedies\n", out);
		/* The length is in bytes: at worst a line is broken early. */
		fprintf(out, "  %s: ", name);
		text_wrap(out, loss->remedy, (int)strlen(name) + 4, 6, columns);
		if (json_object_set_new(done, raw, json_true()))
			return -ENOMEM;
	}
	return 0;
}

int report_print_trial_ledger(const json_t *trial, FILE *out)
{
	json_t *trials = json_array(), *done = json_object();
	struct model *m = NULL;
	int ret = -ENOMEM;

	/* The array only takes a reference and gives it back. */
	if (trials && done && !json_array_append(trials, (json_t *)trial))
		m = model_new(trials);
	if (m)
		ret = terminal_ledger(&m->points[0], out, 0);
	if (!ret)
		ret = terminal_remedies(&m->points[0], done, out, 0);
	model_free(m);
	json_decref(trials);
	json_decref(done);
	return ret;
}
