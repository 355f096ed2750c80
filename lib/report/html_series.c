/*
 * Frames per second in the course of a trial as inline SVG: a step for each sample, as
 * wide as the time that it stands for. Nothing is drawn between two samples but what they say. The
 * picture is stretched to the page's width, so it holds no text.
 */
#include "html.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "json.h"
#include "number.h"
#include "shape.h"
#include "text.h"

#define CHARTS_MAX 40 /* points; the samples of all are in trials.jsonl */
#define STEPS_MAX 250 /* in a chart: of more samples some are left out */
#define WIDTH 1000.0
#define HEIGHT 60.0

struct steps {
	const json_t *t_s, *accepted, *received; /* received NULL: no sink */
	size_t n, every;                         /* samples, and which of them are shown */
	double end_s, top_pps;
};

/* The sample shown behind number I (from 1; 0 is the start); the last one always is. */
static size_t next_shown(const struct steps *s, size_t i)
{
	return i + s->every < s->n ? i + s->every : s->n;
}

/* Frames a second between samples I and J (numbers of samples from 1; 0 is the start). */
static double rate(const struct steps *s, const json_t *column, size_t i, size_t j)
{
	const json_t *a = json_array_get(column, i - 1), *b = json_array_get(column, j - 1);
	double t = json_number_value(json_array_get(s->t_s, j - 1));

	if (!json_is_integer(b) || (i && !json_is_integer(a)))
		return NAN;
	if (i)
		t -= json_number_value(json_array_get(s->t_s, i - 1));
	return t > 0 ? (double)(json_integer_value(b) - (i ? json_integer_value(a) : 0)) / t : NAN;
}

static bool steps_of(const json_t *trial, const char *path, struct steps *s)
{
	const json_t *series = json_object_get(trial, "series");
	const json_t *columns = json_object_get(json_object_get(series, "paths"), path);
	size_t i, j;

	*s = (struct steps){.t_s = json_object_get(series, "t_s"),
			    .accepted = json_object_get(columns, "accepted"),
			    .received = json_object_get(columns, "received")};
	s->n = json_array_size(s->t_s);
	s->every = (s->n + STEPS_MAX - 1) / STEPS_MAX;
	if (s->n < 2 || !s->accepted)
		return false;
	s->end_s = json_number_value(json_array_get(s->t_s, s->n - 1));
	for (i = 0; i < s->n; i = j) {
		j = next_shown(s, i);
		s->top_pps = fmax(s->top_pps,
				  fmax(rate(s, s->accepted, i, j), rate(s, s->received, i, j)));
	}
	return s->end_s > 0 && s->top_pps > 0;
}

/* A column as an area of steps; where it is unknown there is a hole. */
static void area(const struct steps *s, const json_t *column, const char *class, FILE *out)
{
	double x0 = 0, x1;
	size_t i, j;

	fprintf(out, "<path class=\"%s\" d=\"", class);
	for (i = 0; i < s->n; i = j, x0 = x1) {
		double pps;

		j = next_shown(s, i);
		x1 = json_number_value(json_array_get(s->t_s, j - 1)) / s->end_s * WIDTH;
		pps = rate(s, column, i, j);
		if (pps > 0)
			fprintf(out, "M%.1f %.0fV%.1fH%.1fV%.0f", x0, HEIGHT,
				HEIGHT - pps / s->top_pps * HEIGHT, x1, HEIGHT);
	}
	fputs("\"/>", out);
}

static int chart(const struct report_point *p, const json_t *trial, const char *path, FILE *out)
{
	const json_t *series = json_object_get(trial, "series");
	char top[NUMBER_LEN], *words = NULL;
	struct loss_shape shape;
	struct steps s;

	if (!steps_of(trial, path, &s))
		return 0;
	fputs("<div class=\"bar\"><div>", out);
	text_html(out, p->label);
	if (ledger_sum_many_paths(&p->ledger)) {
		fputs(", ", out);
		text_html(out, path);
	}
	fprintf(out, " <span class=\"soft\">trial %lld, %.3f s, top %s pps, a sample each %g s",
		(long long)json_s64(trial, "seq", 0), s.end_s,
		number_text(top, NUMBER_PPS, s.top_pps), json_num(series, "interval_s", 0));
	shape_of(p, path, &shape);
	if (shape.count) {
		words = shape_words(&shape);
		if (!words)
			return -ENOMEM;
		fputs("; ", out);
		text_html(out, words);
		free(words);
	}
	fprintf(out,
		"</span></div><svg viewBox=\"0 0 %.0f %.0f\" height=\"%.0f\" "
		"preserveAspectRatio=\"none\" role=\"img\" aria-label=\"frames per second over "
		"%.3f s, at most %s\">",
		WIDTH, HEIGHT, HEIGHT, s.end_s, top);
	area(&s, s.accepted, "offered", out);
	if (s.received)
		area(&s, s.received, "received", out);
	fputs("</svg></div>\n", out);
	return 0;
}

/* The first trial that counts stands for the point. */
static const json_t *trial_shown(const struct report_point *p)
{
	size_t i;

	for (i = 0; i < p->n_trials; i++)
		if (point_counts(p, p->trials[i]) &&
		    json_is_object(json_object_get(p->trials[i], "series")))
			return p->trials[i];
	return NULL;
}

static void heading(FILE *out)
{
	fputs("<section><h2>Over time</h2><p class=\"soft\">Frames per second between the samples "
	      "of "
	      "one trial of a point, sent behind received: what stands out was lost, or waited "
	      "until later.</p><div class=\"key\">",
	      out);
	html_key(out, "offered", "offered (sent)");
	html_key(out, "received", "received");
	fputs("</div>", out);
}

int html_series(const struct model *m, FILE *out)
{
	size_t shown = 0, i, k;
	int ret = 0;

	for (i = 0; i < m->n_points && shown < CHARTS_MAX && !ret; i++) {
		const struct report_point *p = &m->points[i];
		const json_t *trial = trial_shown(p);

		if (!trial)
			continue;
		if (!shown++)
			heading(out);
		for (k = 0; k < p->ledger.n_paths && !ret; k++)
			ret = chart(p, trial, p->ledger.paths[k].name, out);
	}
	if (!shown)
		return ret;
	if (i < m->n_points)
		fprintf(out, "<p class=\"soft\">The first %zu of %zu points.</p>", i, m->n_points);
	fputs("</section>\n", out);
	return ret;
}
