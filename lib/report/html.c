/*
 * The report as one HTML page that needs nothing else: no scripts, no fonts,
 * no images from elsewhere. Everything that came from outside is escaped.
 */
#include "html.h"

#include <errno.h>

#include "json.h"
#include "report.h"
#include "text.h"

#define LEDGERS_MAX 1000 /* a browser's patience; the rest is in trials.jsonl */

static void card(FILE *out, size_t number, const char *what, const char *class)
{
	fprintf(out, "<div><b class=\"%s\">%zu</b>%s</div>", number ? class : "", number, what);
}

static void head(const struct model *m, const struct result_set *set, FILE *out)
{
	size_t n = result_set_size(set);
	const json_t *first = result_set_trial(set, 0);
	const json_t *last = n ? result_set_trial(set, n - 1) : NULL;
	const char *sep = "";
	size_t a;

	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
	      "<meta name=\"color-scheme\" content=\"light dark\"><title>",
	      out);
	text_html(out, m->run);
	fprintf(out, " - ringloss</title><style>%s</style></head><body>\n<header><h1>", html_style);
	text_html(out, *m->plan ? m->plan : "ringloss");
	fputs("</h1><p class=\"soft\">", out);
	text_html(out, m->run);
	fputs("<br>", out);
	text_html(out, json_str(first, "time", "n/a"));
	fputs(" to ", out);
	text_html(out, json_str(last, "time", "n/a"));
	fputs("</p><div class=\"cards\">", out);
	card(out, m->n_points, "points", "");
	card(out, m->n_trials, "trials", "");
	card(out, m->n_valid, "valid", "");
	card(out, m->n_invalid, "invalid", "bad");
	card(out, m->n_failed, "failed", "bad");
	if (m->n_skipped)
		card(out, m->n_skipped, "points skipped", "bad");
	fputs("</div>", out);
	for (a = 0; a < m->n_axes; a++) {
		if (!m->axes[a].fixed)
			continue;
		fputs(*sep ? sep : "<p>At every point: ", out);
		text_html(out, m->axes[a].key);
		fputs(" = ", out);
		text_html(out, point_value(&m->points[0], a));
		sep = ", ";
	}
	fputs(*sep ? "</p>" : "", out);
	if (set->cut)
		fputs("<p class=\"bad\">The last line of the file is cut short (crash or full "
		      "disk) and left out.</p>",
		      out);
	fputs("</header>\n", out);
}

static void foot(const struct result_set *set, FILE *out)
{
	const json_t *build = json_object_get(result_set_trial(set, 0), "build");

	fputs("<footer><p>Offered are the frames that the generator's endpoint accepted; received "
	      "are those that arrived at least once. accepted = unique + booked + unexplained. "
	      "What could not be counted is n/a, never 0.</p><p>ringloss ",
	      out);
	text_html(out, json_str(build, "version", "n/a"));
	fputs(", commit ", out);
	text_html(out, json_str(build, "commit", "n/a"));
	fputs(", ", out);
	text_html(out, json_str(build, "compiler", "n/a"));
	fputs("</p></footer></body></html>\n", out);
}

static int ledgers(const struct model *m, FILE *out)
{
	size_t i, n = m->n_points < LEDGERS_MAX ? m->n_points : LEDGERS_MAX;
	int ret = 0;

	fputs("<section><h2>Ledgers</h2>\n", out);
	for (i = 0; i < n && !ret; i++)
		if (m->points[i].n_trials) /* of one that was skipped the table says all */
			ret = html_ledger(&m->points[i], out);
	if (n < m->n_points)
		fprintf(out,
			"<p class=\"soft\">The first %zu of %zu; the others are in "
			"trials.jsonl.</p>",
			n, m->n_points);
	fputs("</section>\n", out);
	return ret;
}

int report_html(const char *folder, const struct result_set *set, FILE *out)
{
	struct model *m = model_new(set->trials);
	struct report_ranking *rr = m ? report_ranking_new(m) : NULL;
	int ret = rr ? 0 : -ENOMEM;

	if (ret)
		goto out;
	head(m, set, out);
	fputs("<main>\n", out);
	if (m->n_points) {
		html_chart_rates(m, out);
		html_chart_loss(m, out);
		ret = html_ranking(rr, out);
		if (!ret)
			ret = html_series(m, out);
		if (!ret)
			ret = html_points(m, out);
		if (!ret)
			ret = ledgers(m, out);
		if (!ret)
			ret = html_remedies(m, out);
		if (!ret)
			ret = html_setup_lines(set->trials, out);
	} else {
		fputs("<p>No trial is stored in this run.</p>", out);
	}
	if (!ret && folder)
		ret = html_setup(folder, out);
	fputs("</main>", out);
	foot(set, out);
out:
	report_ranking_free(rr);
	model_free(m);
	return ret ? ret : ferror(out) ? -EIO : 0;
}
