/*
 * Bars as inline SVG. Lengths are per cent of the page and heights are pixels,
 * so text keeps its size on a phone; the longest bar leaves room for its number.
 */
#include "html.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "text.h"

#define CHART_POINTS_MAX 80 /* more bars than that nobody reads: the table has them all */
#define LONGEST 64.0        /* per cent of the width; the rest is for the number */
#define PLACE_COLORS 8      /* .c0 to .c7 of the style sheet */

static size_t points_shown(const struct model *m)
{
	return m->n_points < CHART_POINTS_MAX ? m->n_points : CHART_POINTS_MAX;
}

static void chart_label(const struct report_point *p, FILE *out)
{
	fputs("<div class=\"bar\"><div>", out);
	text_html(out, p->label);
	if (p->n_counted && !p->n_valid)
		fputs(" <span class=\"bad\">invalid</span>", out);
	if (!p->n_trials)
		fputs(" <span class=\"bad\">skipped</span>", out);
	fputs("</div>", out);
}

static void chart_rest(const struct model *m, FILE *out)
{
	if (points_shown(m) < m->n_points)
		fprintf(out,
			"<p class=\"soft\">The first %zu of %zu points; the table below has "
			"all.</p>",
			points_shown(m), m->n_points);
}

void html_key(FILE *out, const char *class, const char *text)
{
	fprintf(out,
		"<span><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect width=\"10\" "
		"height=\"10\" rx=\"2\" class=\"%s\"/></svg>",
		class);
	text_html(out, text);
	fputs("</span>", out);
}

static void rate_bar(const struct spread *s, const char *class, int y, double scale, FILE *out)
{
	char text[NUMBER_LEN], range[2 * NUMBER_LEN];

	if (!s->n) {
		fprintf(out, "<text x=\"0\" y=\"%d\">n/a</text>", y + 10);
		return;
	}
	fprintf(out,
		"<rect x=\"0\" y=\"%d\" width=\"%.3f%%\" height=\"12\" rx=\"2\" class=\"%s\"/>", y,
		s->median * scale, class);
	if (s->n > 1 && s->max > s->min)
		fprintf(out,
			"<line class=\"whisker\" x1=\"%.3f%%\" x2=\"%.3f%%\" y1=\"%d\" "
			"y2=\"%d\"/>",
			s->min * scale, s->max * scale, y + 6, y + 6);
	fprintf(out, "<text x=\"%.3f%%\" y=\"%d\" dx=\"6\">%s pps", s->max * scale, y + 10,
		number_median(text, NUMBER_PPS, s));
	if (*number_range(range, NUMBER_PPS, s))
		fprintf(out, "<title>%s</title>", range);
	fputs("</text>", out);
}

void html_chart_rates(const struct model *m, FILE *out)
{
	static const enum measure pair[] = {MEASURE_OFFERED, MEASURE_RECEIVED};
	char a[NUMBER_LEN], b[NUMBER_LEN];
	double top = 0, scale;
	size_t i, k;

	for (i = 0; i < points_shown(m); i++)
		for (k = 0; k < 2; k++)
			top = fmax(top, m->points[i].measure[pair[k]].max);
	scale = top > 0 ? LONGEST / top : 0;
	fputs("<section><h2>Offered and received</h2><div class=\"key\">", out);
	html_key(out, "offered", "offered (sent), frames per second");
	html_key(out, "received", "received, frames per second");
	fputs("</div>", out);
	for (i = 0; i < points_shown(m); i++) {
		const struct spread *s = m->points[i].measure;

		chart_label(&m->points[i], out);
		fprintf(out,
			"<svg height=\"28\" role=\"img\" aria-label=\"offered %s pps, received %s "
			"pps\">",
			number_median(a, NUMBER_PPS, &s[MEASURE_OFFERED]),
			number_median(b, NUMBER_PPS, &s[MEASURE_RECEIVED]));
		rate_bar(&s[MEASURE_OFFERED], "offered", 0, scale, out);
		rate_bar(&s[MEASURE_RECEIVED], "received", 14, scale, out);
		fputs("</svg></div>\n", out);
	}
	if (m->repeats)
		fputs("<p class=\"soft\">Bars are medians, lines reach from the smallest to the "
		      "largest trial.</p>",
		      out);
	chart_rest(m, out);
	fputs("</section>\n", out);
}

/* A place over all points, for its colour. */
struct place_total {
	char name[160];
	double frames;
};

struct place_list {
	struct place_total *places;
	size_t n;
};

static int place_compare(const void *pa, const void *pb)
{
	const struct place_total *a = pa, *b = pb;

	return a->frames < b->frames ? 1 : a->frames > b->frames ? -1 : strcmp(a->name, b->name);
}

static void place_add(struct place_list *list, const struct loss *loss)
{
	char name[sizeof(list->places->name)];
	struct place_total *grown;
	size_t i;

	loss_name(name, sizeof(name), loss);
	for (i = 0; i < list->n; i++)
		if (!strcmp(list->places[i].name, name))
			break;
	if (i == list->n) {
		grown = realloc(list->places, (i + 1) * sizeof(*grown));
		if (!grown)
			return; /* the place is drawn in the colour of the others */
		list->places = grown;
		memcpy(grown[i].name, name, sizeof(name));
		grown[i].frames = 0;
		list->n++;
	}
	list->places[i].frames += (double)loss->frames;
}

/* "c0" to "c7" for the biggest places, "gap" for what nothing explains. */
static const char *place_class(char buf[static 8], const struct place_list *list,
			       const struct loss *loss)
{
	char name[sizeof(list->places->name)];
	size_t i;

	snprintf(buf, 8, "%s", loss->state == LOSS_LOCATED ? "gap" : "other");
	loss_name(name, sizeof(name), loss);
	for (i = 0; i < list->n && i < PLACE_COLORS; i++)
		if (!strcmp(list->places[i].name, name))
			snprintf(buf, 8, "c%zu", i);
	return buf;
}

static void loss_bar(const struct report_point *p, const struct place_list *list, double scale,
		     FILE *out)
{
	double accepted = (double)p->ledger.accepted, x = 0;
	double lost = (double)(p->ledger.accepted - p->ledger.unique);
	char text[NUMBER_LEN], class[8], name[160];
	size_t i;

	fprintf(out, "<svg height=\"16\" role=\"img\" aria-label=\"%s lost\">",
		number_share(text, lost, accepted));
	for (i = 0; i < p->ledger.n_rows; i++) {
		const struct loss *loss = &p->ledger.rows[i];
		double width = accepted > 0 ? (double)loss->frames / accepted * scale : 0;

		if (width <= 0)
			continue;
		fprintf(out,
			"<rect x=\"%.3f%%\" width=\"%.3f%%\" height=\"14\" class=\"%s\"><title>", x,
			width, place_class(class, list, loss));
		text_html(out, loss_name(name, sizeof(name), loss));
		fprintf(out, ": %s</title></rect>",
			number_share(text, (double)loss->frames, accepted));
		x += width;
	}
	fprintf(out, "<text x=\"%.3f%%\" y=\"11\" dx=\"%d\">%s</text></svg></div>\n", x,
		x > 0 ? 6 : 0, p->ledger.n_trials ? number_share(text, lost, accepted) : "n/a");
}

void html_chart_loss(const struct model *m, FILE *out)
{
	struct place_list list = {0};
	bool others = false, gaps = false;
	double top = 0, scale;
	char class[8];
	size_t i, k;

	for (i = 0; i < points_shown(m); i++) {
		const struct ledger_sum *sum = &m->points[i].ledger;
		double taken = 0;

		for (k = 0; k < sum->n_rows; k++) {
			taken += sum->rows[k].frames > 0 ? (double)sum->rows[k].frames : 0;
			gaps |= sum->rows[k].state == LOSS_LOCATED && sum->rows[k].frames > 0;
			if (sum->rows[k].state == LOSS_BOOKED)
				place_add(&list, &sum->rows[k]);
		}
		if (sum->accepted)
			top = fmax(top, taken / (double)sum->accepted);
	}
	if (list.n)
		qsort(list.places, list.n, sizeof(*list.places), place_compare);
	scale = top > 0 ? LONGEST / top : 0;
	others = list.n > PLACE_COLORS;
	fputs("<section><h2>Where frames were lost</h2><p class=\"soft\">Share of the offered "
	      "frames; the longest bar sets the scale.</p><div class=\"key\">",
	      out);
	for (i = 0; i < list.n && i < PLACE_COLORS; i++) {
		snprintf(class, sizeof(class), "c%zu", i);
		html_key(out, class, list.places[i].name);
	}
	if (others)
		html_key(out, "other", "other places");
	if (gaps)
		html_key(out, "gap", "unexplained");
	fputs("</div>", out);
	for (i = 0; i < points_shown(m); i++) {
		chart_label(&m->points[i], out);
		loss_bar(&m->points[i], &list, scale, out);
	}
	chart_rest(m, out);
	fputs("</section>\n", out);
	free(list.places);
}
