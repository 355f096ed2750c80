/* Tables of the HTML report: points, ledgers, remedies. */
#include "html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "number.h"
#include "table.h"
#include "text.h"

static void cell_text(FILE *out, const char *text)
{
	fputs("<td>", out);
	text_html(out, text);
	fputs("</td>", out);
}

/* Numbers come from number.h and hold nothing to escape but "<100". */
static void cell_number(FILE *out, const char *text)
{
	fputs("<td class=\"n\">", out);
	text_html(out, text);
	fputs("</td>", out);
}

static void points_heading(const struct model *m, FILE *out)
{
	size_t a, i;

	fputs("<section><h2>Points</h2><div class=\"wide\"><table><thead><tr>", out);
	for (a = 0; a < m->n_axes; a++) {
		if (m->axes[a].fixed)
			continue;
		fprintf(out, "<th%s>", m->axes[a].numeric ? " class=\"n\"" : "");
		text_html(out, m->axes[a].key);
		fputs("</th>", out);
	}
	for (i = 0; i < MEASURE_COUNT; i++) {
		if (i == MEASURE_REMAINDER)
			fputs("<th>biggest loss<br>and its share</th>", out);
		fprintf(out, "<th class=\"n\">%s<br>%s</th>", measure_defs[i].head,
			measure_defs[i].sub);
	}
	fputs("<th>valid</th></tr></thead><tbody>\n", out);
}

static void reason_line(void *ctx, const char *verdict, const char *reason, size_t trials)
{
	FILE *out = ctx;

	fprintf(out, "<div class=\"bad\">%zu %s: ", trials, verdict);
	text_html(out, reason);
	fputs("</div>", out);
}

/* Reasons are sentences: a row of their own, as wide as the table. */
static int reasons_row(const struct model *m, const struct report_point *p, FILE *out)
{
	size_t columns = MEASURE_COUNT + 2, a;
	int ret;

	if (!point_has_reasons(p))
		return 0;
	for (a = 0; a < m->n_axes; a++)
		columns += !m->axes[a].fixed;
	fprintf(out, "<tr><td class=\"why\" colspan=\"%zu\">", columns);
	ret = point_reasons(p, reason_line, out);
	if (!p->n_valid && p->n_counted)
		fputs("<div>The numbers are of the invalid trials: there is no valid one.</div>",
		      out);
	fputs("</td></tr>\n", out);
	return ret;
}

static void biggest_cell(const struct report_point *p, FILE *out)
{
	const struct loss *loss = ledger_sum_biggest(&p->ledger);
	double lost = (double)(p->ledger.accepted - p->ledger.unique);
	char name[160], share[NUMBER_LEN];

	fputs("<td class=\"place\">", out);
	if (loss) {
		text_html(out, loss_name(name, sizeof(name), loss));
		fprintf(out, "<small>%s</small>", number_share(share, (double)loss->frames, lost));
	} else {
		fputs(p->ledger.n_trials ? "-" : "n/a", out);
	}
	fputs("</td>", out);
}

int html_points(const struct model *m, FILE *out)
{
	char text[NUMBER_LEN], range[2 * NUMBER_LEN];
	size_t i, a, k;
	int ret = 0;

	points_heading(m, out);
	for (i = 0; i < m->n_points && !ret; i++) {
		const struct report_point *p = &m->points[i];

		fprintf(out, "<tr%s>", p->n_valid ? "" : " class=\"notvalid\"");
		for (a = 0; a < m->n_axes; a++)
			if (!m->axes[a].fixed)
				(m->axes[a].numeric ? cell_number : cell_text)(
					out, p->values[a] ? point_value(p, a) : "-");
		for (k = 0; k < MEASURE_COUNT; k++) {
			enum number_kind kind = measure_defs[k].kind;

			if (k == MEASURE_REMAINDER)
				biggest_cell(p, out);
			fputs("<td class=\"n\">", out);
			text_html(out, number_median(text, kind, &p->measure[k]));
			if (*number_range(range, kind, &p->measure[k])) {
				fputs("<small>", out);
				text_html(out, range);
				fputs("</small>", out);
			}
			fputs("</td>", out);
		}
		if (p->n_trials)
			fprintf(out, "<td class=\"once\">%zu of %zu</td></tr>\n", p->n_valid,
				p->n_trials);
		else
			fputs("<td class=\"once\">skipped</td></tr>\n", out);
		ret = reasons_row(m, p, out);
	}
	fputs("</tbody></table></div>", out);
	if (m->repeats)
		fputs("<p class=\"soft\">Medians of the valid trials, smallest to largest "
		      "below.</p>",
		      out);
	fputs("</section>\n", out);
	return ret;
}

static void evidence_cell(const struct loss *loss, FILE *out)
{
	char number[NUMBER_LEN];
	const json_t *note;
	size_t i;

	fputs("<td>", out);
	for (i = 0; i < loss->n_evidence; i++) {
		const struct loss_evidence *e = &loss->evidence[i];

		fputs(i ? "<br>" : "", out);
		text_html(out, e->counter);
		if (e->known)
			fprintf(out, " %s%s", e->delta > 0 ? "+" : "",
				table_s64(number, sizeof(number), e->delta));
		else
			fputs(" n/a", out);
	}
	if (!loss->n_evidence && loss->state == LOSS_UNSUPPORTED)
		fputs("no counter for it", out);
	json_array_foreach (loss->trust, i, note) {
		fputs("<small>", out);
		text_html(out, json_string_value(note) ? json_string_value(note) : "");
		fputs("</small>", out);
	}
	fputs("</td>", out);
}

/* Where there are several, each path's own numbers. */
static void path_rows(const struct ledger_sum *sum, FILE *out)
{
	char number[NUMBER_LEN];
	size_t i;

	if (!ledger_sum_many_paths(sum))
		return;
	fputs("<div class=\"wide\"><table><thead><tr><th>path</th><th class=\"n\">offered</th>"
	      "<th class=\"n\">received</th><th class=\"n\">lost</th><th class=\"n\">loss %</th>"
	      "<th class=\"n\">unsent</th><th class=\"n\">offered pps</th>"
	      "<th class=\"n\">received pps</th></tr></thead><tbody>",
	      out);
	for (i = 0; i < sum->n_paths; i++) {
		const struct path_sum *p = &sum->paths[i];
		const int64_t frames[] = {p->accepted, p->unique, p->accepted - p->unique};
		size_t k;

		fputs("<tr>", out);
		cell_text(out, p->name);
		for (k = 0; k < 3; k++)
			cell_number(out, k && p->no_sink
						 ? "n/a"
						 : table_s64(number, sizeof(number), frames[k]));
		cell_number(out, number_percent(number, path_sum_loss(p)));
		cell_number(out, table_s64(number, sizeof(number), p->unsent));
		cell_number(out, number_text(number, NUMBER_PPS, p->tx_pps / (double)p->n_trials));
		cell_number(out, p->no_sink ? "n/a"
					    : number_text(number, NUMBER_PPS,
							  p->rx_pps / (double)p->n_trials));
		fputs("</tr>", out);
	}
	fputs("</tbody></table></div>", out);
}

static void ledger_rows(const struct ledger_sum *sum, FILE *out)
{
	char name[256], number[NUMBER_LEN];
	size_t i;

	fputs("<div class=\"wide\"><table><thead><tr><th class=\"place\">place</th><th "
	      "class=\"place\">between</th>"
	      "<th class=\"n\">frames</th><th class=\"n\">of offered</th>"
	      "<th class=\"n\">foreign</th><th>evidence</th></tr></thead><tbody>",
	      out);
	for (i = 0; i < sum->n_rows; i++) {
		const struct loss *loss = &sum->rows[i];
		bool known = loss->state != LOSS_UNSUPPORTED;

		fprintf(out, "<tr%s>", known ? "" : " class=\"notvalid\"");
		cell_text(out, loss_name(name, sizeof(name), loss));
		snprintf(name, sizeof(name), "%s%s%s to %s%s%s",
			 ledger_sum_many_paths(sum) ? loss->path : "",
			 ledger_sum_many_paths(sum) ? ": " : "", loss->from, loss->to,
			 *loss->stage ? ", " : "", loss->stage);
		cell_text(out, name);
		cell_number(out, known ? table_s64(number, sizeof(number), loss->frames) : "n/a");
		cell_number(out, known ? number_share(number, (double)loss->frames,
						      (double)sum->accepted)
				       : "n/a");
		cell_number(out, known ? table_s64(number, sizeof(number), loss->foreign) : "n/a");
		evidence_cell(loss, out);
		fputs("</tr>", out);
	}
	fputs("</tbody></table></div>", out);
}

static void edge_number(const json_t *edge, const char *key, FILE *out)
{
	const json_t *value = json_object_get(edge, key);
	char number[NUMBER_LEN];

	cell_number(out, json_is_integer(value)
				 ? table_s64(number, sizeof(number), json_integer_value(value))
				 : "n/a");
}

/* The edges that frames went past in one trial, path by path. */
static void edges_table(const json_t *trial, FILE *out)
{
	const json_t *edge;
	const char *name;
	json_t *path;
	size_t i;

	fprintf(out,
		"<details><summary>Edges of trial %lld</summary><div class=\"wide\"><table><thead>"
		"<tr><th>path</th><th>side</th><th>edge</th><th class=\"n\">ours</th>"
		"<th class=\"n\">foreign</th><th class=\"n\">total</th>"
		"<th class=\"n\">remainder before</th></tr></thead><tbody>",
		(long long)json_s64(trial, "seq", 0));
	json_object_foreach (json_object_get(trial, "paths"), name, path)
		json_array_foreach (json_object_get(path, "edges"), i, edge) {
			fputs("<tr>", out);
			cell_text(out, name);
			cell_text(out, json_str(edge, "side", ""));
			cell_text(out, json_str(edge, "edge", ""));
			edge_number(edge, "ours", out);
			edge_number(edge, "foreign", out);
			edge_number(edge, "total", out);
			if (json_flag(edge, "passed_over", false))
				cell_number(out, "passed over");
			else
				edge_number(edge, "remainder", out);
			fputs("</tr>", out);
		}
	fputs("</tbody></table></div></details>", out);
}

int html_ledger(const struct report_point *p, FILE *out)
{
	const struct ledger_sum *sum = &p->ledger;
	char a[NUMBER_LEN], b[NUMBER_LEN], c[NUMBER_LEN], d[NUMBER_LEN], *words;
	int64_t gap = ledger_sum_gap(sum);
	size_t i;
	int ret = 0;

	fputs("<article><h3>", out);
	text_html(out, p->label);
	fputs(p->n_valid ? "</h3>" : " <span class=\"bad\">not valid</span></h3>", out);
	if (!sum->n_trials) {
		fputs("<p>n/a: no trial was measured</p>", out);
		ret = point_reasons(p, reason_line, out);
		fputs("</article>\n", out);
		return ret;
	}
	fprintf(out, "<p>offered %s = ", table_s64(a, sizeof(a), sum->accepted));
	if (!sum->no_sink || sum->unique)
		fprintf(out, "%s received + ", table_s64(b, sizeof(b), sum->unique));
	fprintf(out, "%s booked + %s unexplained%s", table_s64(c, sizeof(c), sum->booked),
		table_s64(d, sizeof(d), sum->unexplained), sum->no_sink ? " (no sink)" : "");
	if (gap)
		fprintf(out, " + <span class=\"bad\">%s that the stored ledger leaves out</span>",
			table_s64(a, sizeof(a), gap));
	fputs("</p>", out);
	words = ledger_sum_asides(sum);
	if (!words)
		return -ENOMEM;
	fprintf(out, "<p class=\"soft\">%s</p>", words);
	free(words);
	path_rows(sum, out);
	if (sum->n_rows)
		ledger_rows(sum, out);
	for (i = 0; i < p->n_trials && !point_counts(p, p->trials[i]); i++)
		;
	edges_table(p->trials[i], out);
	fputs("</article>\n", out);
	return ret;
}

int html_remedies(const struct model *m, FILE *out)
{
	json_t *done = json_object();
	size_t i, k;
	int ret = done ? 0 : -ENOMEM;

	for (i = 0; i < m->n_points && !ret; i++)
		for (k = 0; k < m->points[i].ledger.n_rows && !ret; k++) {
			const struct loss *loss = &m->points[i].ledger.rows[k];
			char name[256];

			loss_name(name, sizeof(name), loss);
			if (!*loss->remedy || !loss->frames || json_object_get(done, name))
				continue;
			fputs(json_object_size(done) ? "" : "<section><h2>Remedies</h2><dl>", out);
			fputs("<dt>", out);
			text_html(out, name);
			fputs("</dt><dd>", out);
			text_html(out, loss->remedy);
			fputs("</dd>\n", out);
			if (json_object_set_new(done, name, json_true()))
				ret = -ENOMEM;
		}
	if (json_object_size(done))
		fputs("</dl></section>\n", out);
	json_decref(done);
	return ret;
}
