/* What the settings of a sweep did, for the HTML page: numbers beside their intervals as a plot. */
#include "html.h"

#include <errno.h>
#include <stdlib.h>

#include "text.h"

#define VALUES_MAX 200 /* rows of an axis; ranking.json has all */
#define POINTS_MAX 100
#define INTERACTIONS_MAX 10

static void cell(FILE *out, const char *class, const char *text)
{
	fprintf(out, "<td%s>", class);
	text_html(out, text);
	fputs("</td>", out);
}

#define NUMBER " class=\"n\""

/* WORDS as a paragraph; frees them. */
static int paragraph(FILE *out, const char *class, char *words)
{
	if (!words)
		return -ENOMEM;
	if (*words) {
		fprintf(out, "<p%s>", class);
		text_html(out, words);
		fputs("</p>\n", out);
	}
	free(words);
	return 0;
}

/* From LOW at the left end to HIGH at the right one. */
struct scale {
	double low, high;
};

/* One for all axes, so that a large effect looks large beside a small one. */
static struct scale scale_of(const struct ranking *r, double sign)
{
	struct scale s = {0, 0};
	size_t i, k;

	for (i = 0; i < r->n_effects; i++)
		for (k = 0; k < r->effects[i].n_values; k++) {
			const struct rank_value *v = &r->effects[i].values[k];

			if (isnan(v->difference))
				continue;
			s.low = fmin(s.low, fmin(sign * v->low, sign * v->high));
			s.high = fmax(s.high, fmax(sign * v->low, sign * v->high));
		}
	return s;
}

static double at(const struct scale *s, double value)
{
	return s->high > s->low ? 2 + 96 * (value - s->low) / (s->high - s->low) : 2;
}

/* The difference to the best as a dot, its interval as a line; 0 is the best. */
static void plot_cell(FILE *out, const struct scale *s, double sign, const struct rank_value *v)
{
	double zero = at(s, 0);

	fprintf(out,
		"<td class=\"plot\"><svg height=\"16\" aria-hidden=\"true\"><line class=\"zero\" "
		"x1=\"%.3f%%\" x2=\"%.3f%%\" y1=\"0\" y2=\"16\"/>",
		zero, zero);
	if (!isnan(v->difference))
		fprintf(out,
			"<line class=\"whisker\" x1=\"%.3f%%\" x2=\"%.3f%%\" y1=\"8\" y2=\"8\"/>"
			"<circle class=\"dot\" cx=\"%.3f%%\" cy=\"8\" r=\"3.5\"/>",
			at(s, sign * v->low), at(s, sign * v->high), at(s, sign * v->difference));
	fputs("</svg></td>", out);
}

static void effect_table(const struct report_ranking *rr, enum ranked what,
			 const struct rank_effect *e, FILE *out)
{
	const struct ranking_axis *axis = &rr->axes[e->axis];
	double sign = what == RANKED_RECEIVED ? -1 : 1;
	struct scale s = scale_of(rr->of[what], sign);
	char buf[WORDS_LEN];
	size_t i;

	fputs("<div class=\"wide bar\"><table><thead><tr><th>", out);
	text_html(out, axis->key);
	fprintf(out,
		"</th><th class=\"n\">%s</th><th>worse than the best by</th><th></th><th "
		"class=\"n\">pairs of points</th></tr></thead><tbody>",
		what == RANKED_LOSS ? "loss %" : "received pps");
	for (i = 0; i < e->n_values && i < VALUES_MAX; i++) {
		const struct rank_value *v = &e->values[i];

		fputs(v->standing == RANK_UNKNOWN ? "<tr class=\"notvalid\">" : "<tr>", out);
		cell(out, "", axis->labels[v->level]);
		cell(out, NUMBER, words_value(buf, rr, what, e->axis, v));
		cell(out, " class=\"once\"", words_worse(buf, what, v));
		plot_cell(out, &s, sign, v);
		if (v->standing == RANK_BEST)
			cell(out, NUMBER, "");
		else
			fprintf(out, "<td class=\"n\">%zu</td>", v->n_pairs);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
	if (i < e->n_values)
		fprintf(out, "<p class=\"soft\">The first %zu of %zu values.</p>\n", i,
			e->n_values);
}

static int points_table(const struct report_ranking *rr, enum ranked what, FILE *out)
{
	const struct ranking *r = rr->of[what];
	char buf[WORDS_LEN];
	size_t i;
	int ret;

	fprintf(out,
		"<details><summary>Points by %s, the best first</summary><div "
		"class=\"wide\"><table>"
		"<thead><tr><th>rank</th><th>point</th><th class=\"n\">%s</th><th "
		"class=\"n\">repeats</th></tr></thead><tbody>",
		words_ranked(rr, what), what == RANKED_LOSS ? "loss %" : "received pps");
	for (i = 0; i < r->n_points && i < POINTS_MAX; i++) {
		const struct rank_point *p = &r->points[i];

		fputs("<tr>", out);
		cell(out, " class=\"once\"", words_rank(buf, p));
		cell(out, "", rr->model->points[p->point].label);
		cell(out, NUMBER, words_point(buf, rr, what, p));
		fprintf(out, "<td class=\"n\">%zu</td></tr>\n", p->n);
	}
	fputs("</tbody></table></div>", out);
	if (i < r->n_points)
		fprintf(out, "<p class=\"soft\">The first %zu of %zu.</p>", i, r->n_points);
	ret = paragraph(out, " class=\"soft\"", words_order(rr, what));
	fputs("</details>\n", out);
	return ret;
}

static void cells_table(const struct report_ranking *rr, enum ranked what,
			const struct rank_interaction *x, FILE *out)
{
	const struct ranking_axis *first = &rr->axes[x->axis[0]], *second = &rr->axes[x->axis[1]];
	char buf[WORDS_LEN];
	size_t i, a;

	fputs("<div class=\"wide\"><table><thead><tr><th>", out);
	text_html(out, first->key);
	fprintf(out, " (mean of %s)</th>", what == RANKED_LOSS ? "loss %" : "received pps");
	for (a = 0; a < x->n[1]; a++) {
		fputs("<th class=\"n\">", out);
		text_html(out, second->labels[x->level[1][a]]);
		fputs("</th>", out);
	}
	fputs("</tr></thead><tbody>", out);
	for (i = 0; i < x->n[0]; i++) {
		fputs("<tr>", out);
		cell(out, "", first->labels[x->level[0][i]]);
		for (a = 0; a < x->n[1]; a++)
			cell(out, NUMBER, words_mean(buf, what, x->mean[i * x->n[1] + a]));
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static int measure(const struct report_ranking *rr, enum ranked what, FILE *out)
{
	const struct ranking *r = rr->of[what];
	int ret = 0;
	size_t i;

	fprintf(out, "<h3>%s</h3>\n",
		what == RANKED_LOSS ? "Loss"
		: rr->at_max        ? "Received pps, at rate max"
				    : "Received pps");
	ret = paragraph(out, "", words_shares(rr, what));
	for (i = 0; i < r->n_effects && !ret; i++)
		if (r->effects[i].n_values > 1)
			effect_table(rr, what, &r->effects[i], out);
	for (i = 0; i < r->n_interactions && i < INTERACTIONS_MAX && !ret; i++) {
		ret = paragraph(out, "", words_interaction(rr, what, &r->interactions[i]));
		cells_table(rr, what, &r->interactions[i], out);
	}
	return ret ? ret : points_table(rr, what, out);
}

int html_ranking(const struct report_ranking *rr, FILE *out)
{
	int ret;

	if (!report_ranking_asks(rr))
		return 0;
	fputs("<section><h2>What matters</h2>\n", out);
	if (report_ranking_tells(rr)) {
		ret = measure(rr, RANKED_LOSS, out);
		if (!ret)
			ret = measure(rr, RANKED_RECEIVED, out);
		if (!ret)
			ret = paragraph(out, " class=\"soft\"", words_method(rr));
	} else {
		fputs("<p>n/a</p>", out);
		ret = 0;
	}
	if (!ret)
		ret = paragraph(out, " class=\"soft\"", words_left_out(rr));
	fputs("</section>\n", out);
	return ret;
}
