/* What is said about a ranking as a whole, the same in every format; see ranking.h. */
#include <stdio.h>
#include <stdlib.h>

#include "ranking.h"

char *words_order(const struct report_ranking *rr, enum ranked what)
{
	const struct ranking *r = rr->of[what];
	char few[80] = "", *text;
	bool mixed = false;
	size_t i;

	for (i = 1; i < r->n_known; i++)
		mixed |= what == RANKED_LOSS ? r->points[i].mean < r->points[i - 1].mean
					     : r->points[i].mean > r->points[i - 1].mean;
	if (r->n_known && r->n_known < r->n_points)
		snprintf(few, sizeof(few), "%sPoints with fewer than %d valid repeats come last.",
			 mixed ? " " : "", RANK_LEAST);
	if (asprintf(&text, "%s%s",
		     mixed ? "Points that tie with the best of their group stand with it, before "
			     "means that are better than theirs and can be told from it."
			   : "",
		     few) < 0)
		return NULL;
	return text;
}

char *words_method(const struct report_ranking *rr)
{
	const struct ranking *r = rr->of[RANKED_LOSS];
	char *text = NULL;
	const char *sep = " Set block by block, so that the rounds are what is repeated: ";
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs("Means of the repeats, each point counting once. Worse than the best: than the best "
	      "value of the axis, all else alike, by Welch's t. Tie: not told apart from the best; "
	      "of what is told apart, and of its intervals, one in 20 is wrong on average "
	      "(Benjamini-Yekutieli). Intervals of points are 95 % each.",
	      out);
	for (i = 0; i < r->n_effects; i++) {
		if (!r->effects[i].blocked || r->effects[i].n_values < 2)
			continue;
		fprintf(out, "%s%s", sep, rr->axes[r->effects[i].axis].key);
		sep = ", ";
	}
	if (*sep == ',')
		fputs(".", out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* Is there a value that could not be compared with the best of its axis? */
static bool has_unmatched(const struct ranking *r)
{
	size_t i, k;

	for (i = 0; i < r->n_effects; i++)
		for (k = 0; r->effects[i].best != RANK_NONE && k < r->effects[i].n_values; k++)
			if (r->effects[i].values[k].standing == RANK_UNKNOWN)
				return true;
	return false;
}

/* Name the axes without a best value, either those that are circular or the others. Returns SEP
 * for what follows. */
static const char *put_without_best(const struct report_ranking *rr, bool circular, const char *sep,
				    FILE *out)
{
	const struct ranking *r = rr->of[RANKED_LOSS];
	size_t i, n = 0;

	for (i = 0; i < r->n_effects; i++) {
		const struct rank_effect *e = &r->effects[i];

		if (e->best != RANK_NONE || e->n_values < 2 || e->circular != circular)
			continue;
		fprintf(out, "%s%s%s", n ? ", " : sep, n ? "" : "No value is called the best of ",
			rr->axes[e->axis].key);
		n++;
	}
	if (!n)
		return sep;
	if (circular)
		fputs(": over different pairs of points each is worse than another.", out);
	else
		fprintf(out,
			": no two points that differ in nothing else have %d valid repeats each.",
			RANK_LEAST);
	return " ";
}

char *words_left_out(const struct report_ranking *rr)
{
	const struct model *m = rr->model;
	const struct ranking *r = rr->of[RANKED_LOSS];
	char *text = NULL;
	const char *sep = "";
	size_t size, i, tried = 0, few = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (m->n_valid < m->n_trials) {
		fprintf(out, "Left out: %zu of %zu trials, which are not valid.",
			m->n_trials - m->n_valid, m->n_trials);
		sep = " ";
	}
	for (i = 0; i < m->n_points; i++) {
		tried += m->points[i].n_trials > 0;
		few += m->points[i].n_trials > 0 && m->points[i].n_valid < RANK_LEAST;
	}
	if (few) {
		fprintf(out,
			"%s%zu of %zu points have less than %d valid repeats, so their noise is "
			"not "
			"known; give plan.repeats = 5 or more.",
			sep, few, tried, RANK_LEAST);
		sep = " ";
	}
	if (report_ranking_tells(rr)) {
		sep = put_without_best(rr, false, sep, out);
		sep = put_without_best(rr, true, sep, out);
	}
	if (has_unmatched(r)) {
		fprintf(out,
			"%sn/a: no point of that value is like one of the best in all else, with "
			"%d valid repeats each.",
			sep, RANK_LEAST);
		sep = " ";
	}
	if (r->interactions_cut)
		fprintf(out, "%sInteractions were not looked for on axes of more than %d values.",
			sep, RANK_LEVELS_MAX);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
