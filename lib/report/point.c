/* A point's name, its numbers and what was wrong with its trials; see model.h. */
#include "model.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "number.h"

const struct measure_def measure_defs[] = {
	[MEASURE_OFFERED] = {"offered", "pps", NUMBER_PPS, "rates", "tx_pps"},
	[MEASURE_RECEIVED] = {"received", "pps", NUMBER_PPS, "rates", "rx_pps"},
	[MEASURE_LOST] = {"lost", "frames", NUMBER_FRAMES, "loss", "frames"},
	[MEASURE_LOSS] = {"loss", "%", NUMBER_RATIO, "loss", "ratio"},
	[MEASURE_UNSENT] = {"unsent", "frames", NUMBER_FRAMES, "offered", "unsent"},
	[MEASURE_REMAINDER] = {"remainder", "frames", NUMBER_FRAMES, NULL, "remainder"},
};

static const char *last_word(const char *key)
{
	const char *dot = strrchr(key, '.');

	return dot ? dot + 1 : key;
}

/* Do all points show the same value of both axes, or have neither? */
static bool axes_equal(const struct model *m, size_t a, size_t b)
{
	size_t i;

	for (i = 0; i < m->n_points; i++) {
		const char *x = point_value(&m->points[i], a), *y = point_value(&m->points[i], b);

		if (!x != !y || (x && strcmp(x, y)))
			return false;
	}
	return true;
}

/* Is there a point that has both? */
static bool axes_meet(const struct model *m, size_t a, size_t b)
{
	size_t i;

	for (i = 0; i < m->n_points; i++)
		if (m->points[i].values[a] && m->points[i].values[b])
			return true;
	return false;
}

void axes_compare(struct model *m)
{
	size_t a, b;

	for (b = 0; b < m->n_axes; b++)
		for (a = 0; a < b; a++) {
			struct axis *first = &m->axes[a], *second = &m->axes[b];

			if (first->fixed != second->fixed ||
			    strcmp(last_word(first->key), last_word(second->key)) != 0 ||
			    !axes_meet(m, a, b))
				continue;
			if (axes_equal(m, a, b))
				second->repeated = true;
			else
				first->named_like = second->named_like = true;
		}
}

int point_label(struct report_point *p, const struct model *m)
{
	bool all_fixed = true;
	size_t size = 0, a;
	const char *sep = "";
	FILE *out = open_memstream(&p->label, &size);

	if (!out)
		return -ENOMEM;
	for (a = 0; a < m->n_axes; a++)
		all_fixed &= m->axes[a].fixed;
	for (a = 0; a < m->n_axes; a++) {
		const char *value = p->values[a];
		const struct axis *axis = &m->axes[a];

		if (!value || axis->repeated || (axis->fixed && !all_fixed))
			continue;
		/* A bare number says little; a word and "max" speak for themselves. */
		fputs(sep, out);
		if (isfinite(number_parse(value)))
			fprintf(out, "%s ", axis->named_like ? axis->key : last_word(axis->key));
		else if (axis->named_like)
			fprintf(out, "%.*s ", (int)strcspn(axis->key, "."), axis->key);
		fputs(point_value(p, a), out);
		sep = ", ";
	}
	if (!*sep)
		fputs(*m->plan ? m->plan : "all", out);
	return fclose(out) ? -ENOMEM : 0;
}

bool point_counts(const struct report_point *p, const json_t *trial)
{
	return !strcmp(json_str(trial, "verdict", ""), p->n_valid ? "valid" : "invalid");
}

static double measure_value(enum measure what, const json_t *trial)
{
	const struct measure_def *def = &measure_defs[what];
	const json_t *group = def->group ? json_object_get(trial, def->group) : trial;

	/* From the frames: the stored ratio has twelve digits. */
	if (what == MEASURE_LOSS) {
		double accepted = json_num(json_object_get(trial, "offered"), "accepted", 0);

		return accepted > 0 ? json_num(group, "frames", NAN) / accepted : NAN;
	}
	return json_num(group, def->key, NAN);
}

static int double_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static struct spread spread_of(double *v, size_t n)
{
	struct spread s = {.n = n};

	if (!n)
		return s;
	qsort(v, n, sizeof(*v), double_compare);
	s.min = v[0];
	s.max = v[n - 1];
	s.median = n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
	return s;
}

int point_summarize(struct report_point *p)
{
	double *v = calloc(p->n_trials + 1, sizeof(*v));
	size_t what, i, n;

	if (!v)
		return -ENOMEM;
	p->n_counted = p->n_valid ? p->n_valid : p->n_invalid;
	for (what = 0; what < MEASURE_COUNT; what++) {
		for (i = n = 0; i < p->n_trials; i++) {
			double value = measure_value((enum measure)what, p->trials[i]);

			if (point_counts(p, p->trials[i]) && !isnan(value))
				v[n++] = value;
		}
		p->measure[what] = spread_of(v, n);
	}
	free(v);
	for (i = 0; i < p->n_trials; i++)
		if (point_counts(p, p->trials[i]) && ledger_sum_add(&p->ledger, p->trials[i]))
			return -ENOMEM;
	ledger_sum_finish(&p->ledger);
	return 0;
}

bool reasons_alike(const char *a, const char *b)
{
	for (;; a++, b++) {
		a += strspn(a, "0123456789.,e+-");
		b += strspn(b, "0123456789.,e+-");
		if (*a != *b)
			return false;
		if (!*a)
			return true;
	}
}

/* {"VERDICT\nREASON": trials} in order of appearance, the first of those that are alike. */
static int count_reason(json_t *counts, const char *verdict, const char *reason)
{
	const char *other;
	json_t *count;
	char *key;
	int ret;

	if (asprintf(&key, "%s\n%s", verdict, reason) < 0)
		return -ENOMEM;
	json_object_foreach (counts, other, count) {
		if (!reasons_alike(key, other))
			continue;
		free(key);
		return json_integer_set(count, json_integer_value(count) + 1);
	}
	ret = json_object_set_new(counts, key, json_integer(1));
	free(key);
	return ret ? -ENOMEM : 0;
}

/* What speaks against TRIAL, into COUNTS. */
static int count_reasons(json_t *counts, const json_t *trial)
{
	const char *verdict = json_str(trial, "verdict", "");
	const json_t *reasons = json_object_get(json_object_get(trial, "validity"), "reasons");
	const json_t *reason;
	int ret = 0;
	size_t k;

	if (!strcmp(verdict, "valid"))
		return 0;
	if (!json_array_size(reasons))
		return count_reason(counts, verdict, "no reason stored");
	json_array_foreach (reasons, k, reason)
		if (!ret && json_is_string(reason))
			ret = count_reason(counts, verdict, json_string_value(reason));
	return ret;
}

int point_reasons(const struct report_point *p,
		  void (*fn)(void *ctx, const char *verdict, const char *reason, size_t trials),
		  void *ctx)
{
	json_t *counts = json_object(), *count;
	const char *key;
	int ret = counts ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < p->n_trials && !ret; i++)
		ret = count_reasons(counts, p->trials[i]);
	if (!ret && p->skipped)
		ret = count_reasons(counts, p->skipped);
	json_object_foreach (counts, key, count) {
		const char *split = strchr(key, '\n');
		char verdict[16];

		snprintf(verdict, sizeof(verdict), "%.*s", (int)(split - key), key);
		if (!ret)
			fn(ctx, verdict, split + 1, (size_t)json_integer_value(count));
	}
	json_decref(counts);
	return ret;
}
