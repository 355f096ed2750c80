/* A ranking in words and numbers, the same in every format; see ranking.h. */
#include "ranking.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_NAMED 6 /* of an axis in a sentence */

const char *words_ranked(const struct report_ranking *rr, enum ranked what)
{
	return what == RANKED_LOSS ? "loss"
	       : rr->at_max        ? "received pps at rate max"
				   : "received pps";
}

const char *words_mean(char buf[static WORDS_LEN], enum ranked what, double mean)
{
	char number[NUMBER_LEN];

	snprintf(buf, WORDS_LEN, "%s",
		 number_text(number, what == RANKED_LOSS ? NUMBER_RATIO : NUMBER_PPS, mean));
	return buf;
}

/* " (<3e-4)" for loss when none of FRAMES was lost, else "". */
static const char *bound(char buf[static NUMBER_LEN + 8], enum ranked what, double lost,
			 double frames)
{
	char number[NUMBER_LEN];

	buf[0] = '\0';
	if (what == RANKED_LOSS && lost == 0 && frames > 0)
		snprintf(buf, NUMBER_LEN + 8, " (<%s)",
			 number_percent(number, rank_zero_bound(frames)));
	return buf;
}

const char *words_value(char buf[static WORDS_LEN], const struct report_ranking *rr,
			enum ranked what, size_t axis, const struct rank_value *v)
{
	char mean[WORDS_LEN], zero[NUMBER_LEN + 8];

	snprintf(buf, WORDS_LEN, "%.50s%s", words_mean(mean, what, v->mean),
		 bound(zero, what, rr->axes[axis].lost[v->level], rr->axes[axis].frames[v->level]));
	return buf;
}

/*
 * Numbers that are shown beside their uncertainty: in one unit, to the first digit of HALF, the
 * half of the interval, or the second one if that is small (below 3). More digits would be noise.
 */
struct rounding {
	double scale;
	int decimals;
	char unit[2];
};

static struct rounding rounding_for(enum ranked what, double largest, double half)
{
	static const char prefix[] = " kMGT";
	struct rounding r = {.scale = what == RANKED_LOSS ? 100 : 1};
	size_t p = 0;

	if (what == RANKED_RECEIVED) {
		for (; largest * r.scale >= 1000 && p + 2 < sizeof(prefix); p++)
			r.scale /= 1000;
		if (p)
			r.unit[0] = prefix[p];
	}
	if (half > 0)
		r.decimals = (int)fmin(fmax(-floor(log10(half * r.scale / 3)), 0), 9);
	else
		r.decimals = what == RANKED_LOSS ? 3 : 1;
	return r;
}

/* What would be rounded to 0, and is not, keeps its first digit. */
static const char *rounded(char buf[static NUMBER_LEN], const struct rounding *r, double value)
{
	snprintf(buf, NUMBER_LEN, "%.*f%s", r->decimals, value * r->scale, r->unit);
	if (strtod(buf, NULL) == 0)
		snprintf(buf, NUMBER_LEN, "%.1g%s", value * r->scale, value == 0 ? "" : r->unit);
	return buf;
}

/* "19.9 (19.5..20.3)" */
static void interval(char buf[static WORDS_LEN], enum ranked what, double value, double low,
		     double high)
{
	double largest = fmax(fabs(value), fmax(fabs(low), fabs(high)));
	struct rounding r = rounding_for(what, largest, (high - low) / 2);
	char v[NUMBER_LEN], l[NUMBER_LEN], h[NUMBER_LEN];

	snprintf(buf, WORDS_LEN, "%.30s (%.30s..%.30s)", rounded(v, &r, value), rounded(l, &r, low),
		 rounded(h, &r, high));
}

const char *words_point(char buf[static WORDS_LEN], const struct report_ranking *rr,
			enum ranked what, const struct rank_point *p)
{
	char mean[WORDS_LEN], zero[NUMBER_LEN + 8];

	if (p->mean != 0 && !isnan(p->low)) {
		interval(buf, what, p->mean, p->low, p->high);
		return buf;
	}
	snprintf(buf, WORDS_LEN, "%.50s%s", words_mean(mean, what, p->mean),
		 bound(zero, what, rr->lost[p->point], rr->frames[p->point]));
	return buf;
}

const char *words_worse(char buf[static WORDS_LEN], enum ranked what, const struct rank_value *v)
{
	double sign = what == RANKED_RECEIVED ? -1 : 1;

	if (v->standing == RANK_BEST) {
		snprintf(buf, WORDS_LEN, "best");
	} else if (isnan(v->difference)) {
		snprintf(buf, WORDS_LEN, "n/a");
	} else if (v->standing == RANK_TIE && sign * v->difference < 0) {
		snprintf(buf, WORDS_LEN, "tie"); /* better, if by nothing that can be told */
	} else {
		interval(buf, what, sign * v->difference, fmin(sign * v->low, sign * v->high),
			 fmax(sign * v->low, sign * v->high));
		if (v->standing == RANK_TIE)
			strcat(buf, " tie"); /* three numbers of 30 at most stand before it */
	}
	return buf;
}

const char *words_rank(char buf[static WORDS_LEN], const struct rank_point *p)
{
	if (p->first == p->last)
		snprintf(buf, WORDS_LEN, "%zu", p->first);
	else
		snprintf(buf, WORDS_LEN, "%zu-%zu tie", p->first, p->last);
	return buf;
}

static void share(FILE *out, const char **sep, const char *name, double part)
{
	double percent = 100 * part;

	if (isnan(part) || part <= 0)
		return;
	if (percent < 0.05)
		fprintf(out, "%s%s <0.1 %%", *sep, name);
	else if (percent >= 99.95)
		fprintf(out, "%s%s >99.9 %%", *sep, name);
	else
		fprintf(out, "%s%s %.*f %%", *sep, name, percent < 10 || percent >= 99 ? 1 : 0,
			percent);
	*sep = ", ";
}

char *words_shares(const struct report_ranking *rr, enum ranked what)
{
	const struct ranking *r = rr->of[what];
	const char *sep = " ";
	char *text = NULL;
	size_t size, i;
	FILE *out;

	if (isnan(r->noise))
		return asprintf(&text, "Variation in %s: n/a.", words_ranked(rr, what)) < 0 ? NULL
											    : text;
	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	fprintf(out, "Variation in %s:", words_ranked(rr, what));
	for (i = 0; i < r->n_effects; i++)
		share(out, &sep, rr->axes[r->effects[i].axis].key, r->effects[i].share);
	share(out, &sep, "several axes that the points do not tell apart", r->unclear);
	share(out, &sep, "interactions", r->together);
	share(out, &sep, "drift between rounds", r->rounds);
	share(out, &sep, "noise", r->noise);
	fputs(".", out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

static double share_of(const struct ranking *r, size_t axis)
{
	size_t i;

	for (i = 0; i < r->n_effects; i++)
		if (r->effects[i].axis == axis)
			return isnan(r->effects[i].share) ? 0 : r->effects[i].share;
	return 0;
}

/* Levels of X's axis W at which the other axis matters: how many, and whether they are the first or
 * last. */
struct where {
	size_t n, largest; /* index of the level with the largest difference */
	bool lowest, highest;
};

static struct where where_matters(const struct rank_interaction *x, int w)
{
	struct where where = {.lowest = true, .highest = true};
	size_t i, n = x->n[w];

	for (i = 0; i < n; i++) {
		where.n += x->matters[w][i];
		if (x->matters[w][i] &&
		    (!x->matters[w][where.largest] || x->most[w][i] > x->most[w][where.largest]))
			where.largest = i;
		where.lowest &= i == 0 || x->matters[w][i] <= x->matters[w][i - 1];
		where.highest &= i == 0 || x->matters[w][i] >= x->matters[w][i - 1];
	}
	return where;
}

/* "only at rx.ring <= 256", "at every rx.ring". */
static void put_where(const struct report_ranking *rr, const struct rank_interaction *x, int w,
		      const struct where *where, FILE *out)
{
	const struct ranking_axis *axis = &rr->axes[x->axis[w]];
	size_t i, named = 0, n = x->n[w];
	const char *sep = " ";

	if (where->n == n) {
		fprintf(out, "at every %s", axis->key);
		return;
	}
	fprintf(out, "only at %s", axis->key);
	if (axis->numeric && where->n > 1 && (where->lowest || where->highest)) {
		i = where->lowest ? where->n - 1 : n - where->n;
		fprintf(out, " %s %s", where->lowest ? "<=" : ">=", axis->labels[x->level[w][i]]);
		return;
	}
	for (i = 0; i < n && named < VALUES_NAMED; i++) {
		if (!x->matters[w][i])
			continue;
		fprintf(out, "%s%s", sep, axis->labels[x->level[w][i]]);
		/* values of several axes have commas in them */
		sep = axis->n_members > 1 ? "; " : ", ";
		named++;
	}
	if (named < where->n)
		fprintf(out, " and %zu more", where->n - named);
}

/* Of which axis the values are named: that of the larger share, unless only the other one says
 * "only". */
static int named_axis(const struct ranking *r, const struct rank_interaction *x)
{
	int w = share_of(r, x->axis[1]) > share_of(r, x->axis[0]);
	struct where this = where_matters(x, w), other = where_matters(x, !w);
	bool only = this.n && this.n < x->n[w], other_only = other.n && other.n < x->n[!w];

	return !only && other_only ? !w : w;
}

static double mean_at(const struct rank_interaction *x, size_t i, size_t a)
{
	return x->mean[i * x->n[1] + a];
}

char *words_interaction(const struct report_ranking *rr, enum ranked what,
			const struct rank_interaction *x)
{
	const struct ranking_axis *first = &rr->axes[x->axis[0]], *second = &rr->axes[x->axis[1]];
	int w = named_axis(rr->of[what], x);
	struct where where = where_matters(x, w);
	char number[2][NUMBER_LEN], difference[WORDS_LEN], *text = NULL;
	double changes[2] = {mean_at(x, x->i, x->a) - mean_at(x, x->i, x->b),
			     mean_at(x, x->k, x->a) - mean_at(x, x->k, x->b)};
	struct rounding r = rounding_for(what, fmax(fabs(changes[0]), fabs(changes[1])),
					 (x->high - x->low) / 2);
	const char *unit = what == RANKED_LOSS ? " %" : "";
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "%s x %s: ", first->key, second->key);
	if (where.n) {
		fprintf(out, "%s shows a difference ", w ? first->key : second->key);
		put_where(rr, x, w, &where, out);
		fprintf(out, " (largest at %s). ",
			rr->axes[x->axis[w]].labels[x->level[w][where.largest]]);
	}
	interval(difference, what, x->difference, x->low, x->high);
	fprintf(out,
		"%s %s instead of %s changes %s by %s%s at %s and by %s%s at %s: ", second->key,
		second->labels[x->level[1][x->a]], second->labels[x->level[1][x->b]],
		words_ranked(rr, what), rounded(number[0], &r, changes[0]), unit,
		first->labels[x->level[0][x->i]], rounded(number[1], &r, changes[1]), unit,
		first->labels[x->level[0][x->k]]);
	fprintf(out, "a difference of %s%s.", difference, unit);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
