/* The axes of a run, and its trials grouped to points; see model.h. */
#include "model.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "number.h"

/* A search changes the load within a point: its trials then differ by this key. */
#define LOAD_KEY "traffic.rate"

static const char *axis_value(const struct axis *axis, const json_t *trial)
{
	const json_t *from = axis->from_plan
				     ? json_object_get(json_object_get(trial, "plan"), "values")
				     : json_object_get(trial, "point");

	return json_str(from, axis->key, NULL);
}

/* Put KEY into the axes at position AT, unless it is one. Returns its position or -ENOMEM. */
static int axis_put(struct model *m, const char *key, size_t at, bool from_plan)
{
	struct axis *grown;
	size_t i;

	for (i = 0; i < m->n_axes; i++)
		if (!strcmp(m->axes[i].key, key))
			return (int)i;
	grown = realloc(m->axes, (m->n_axes + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	m->axes = grown;
	memmove(&grown[at + 1], &grown[at], (m->n_axes - at) * sizeof(*grown));
	grown[at] = (struct axis){.key = key, .from_plan = from_plan};
	m->n_axes++;
	return (int)at;
}

/*
 * The keys of all points, each behind the key that it follows in its own
 * point: a key that applies to one endpoint only still stands beside its like.
 */
static int find_axes(struct model *m, const json_t *trials)
{
	const char *load = NULL, *key;
	bool loads_differ = false;
	const json_t *trial;
	json_t *value;
	size_t i;

	json_array_foreach (trials, i, trial) {
		const struct axis rate = {.key = LOAD_KEY, .from_plan = true};
		const char *here = axis_value(&rate, trial);
		int at = -1;

		json_object_foreach (json_object_get(trial, "point"), key, value) {
			at = axis_put(m, key, (size_t)(at + 1), false);
			if (at < 0)
				return at;
		}
		loads_differ |= load && here && strcmp(load, here);
		load = here ? here : load;
	}
	if (loads_differ && axis_put(m, LOAD_KEY, m->n_axes, true) < 0)
		return -ENOMEM;
	return 0;
}

/* All values of a trial as one string that no other combination has. The caller frees. */
static char *trial_identity(const struct model *m, const json_t *trial)
{
	json_t *list = json_array();
	char *text = NULL;
	size_t a;

	for (a = 0; list && a < m->n_axes; a++) {
		const char *value = axis_value(&m->axes[a], trial);

		if (json_array_append_new(list, value ? json_string(value) : json_null()) < 0)
			goto out;
	}
	text = list ? json_line(list) : NULL;
out:
	json_decref(list);
	return text;
}

static struct report_point *point_new(struct model *m, const json_t *trial, size_t first)
{
	struct report_point *p;
	size_t a;

	/* Powers of two only: the number of points is the capacity's memory. */
	if ((m->n_points & (m->n_points - 1)) == 0) {
		size_t cap = m->n_points ? 2 * m->n_points : 1;
		struct report_point *grown = realloc(m->points, cap * sizeof(*grown));

		if (!grown)
			return NULL;
		m->points = grown;
	}
	p = &m->points[m->n_points];
	*p = (struct report_point){.first = first};
	p->values = calloc(m->n_axes + 1, sizeof(*p->values));
	p->order = calloc(m->n_axes + 1, sizeof(*p->order));
	if (!p->values || !p->order) {
		free(p->values);
		free(p->order);
		return NULL;
	}
	for (a = 0; a < m->n_axes; a++)
		p->values[a] = axis_value(&m->axes[a], trial);
	m->n_points++;
	return p;
}

static int point_add(struct report_point *p, const json_t *trial)
{
	const char *verdict = json_str(trial, "verdict", "");

	if (!strcmp(verdict, "skipped")) {
		p->skipped = trial;
		return 0;
	}
	if ((p->n_trials & (p->n_trials - 1)) == 0) {
		size_t cap = p->n_trials ? 2 * p->n_trials : 1;
		const json_t **grown = realloc(p->trials, cap * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		p->trials = grown;
	}
	p->trials[p->n_trials++] = trial;
	p->n_valid += !strcmp(verdict, "valid");
	p->n_invalid += !strcmp(verdict, "invalid");
	p->n_failed += !strcmp(verdict, "failed");
	return 0;
}

static int group_trials(struct model *m, const json_t *trials)
{
	json_t *known = json_object();
	const json_t *trial;
	int ret = known ? 0 : -ENOMEM;
	size_t i;

	json_array_foreach (trials, i, trial) {
		char *identity = ret ? NULL : trial_identity(m, trial);
		const json_t *number = identity ? json_object_get(known, identity) : NULL;
		struct report_point *p;

		if (!identity) {
			ret = -ENOMEM;
			break;
		}
		if (number) {
			p = &m->points[json_integer_value(number)];
		} else {
			p = point_new(m, trial, i);
			if (!p || json_object_set_new(known, identity,
						      json_integer((json_int_t)m->n_points - 1)))
				ret = -ENOMEM;
		}
		free(identity);
		if (!ret)
			ret = point_add(p, trial);
		if (ret)
			break;
	}
	json_decref(known);
	return ret;
}

/* Numbers sort as numbers, words as they came in the run. */
static int order_axis(struct model *m, size_t a)
{
	struct axis *axis = &m->axes[a];
	json_t *words = json_object();
	size_t i;

	if (!words)
		return -ENOMEM;
	axis->fixed = axis->numeric = true;
	for (i = 0; i < m->n_points; i++) {
		const char *value = m->points[i].values[a], *first = m->points[0].values[a];

		axis->fixed &= value && first && !strcmp(value, first);
		axis->numeric &= !value || !isnan(number_parse(value));
	}
	for (i = 0; i < m->n_points; i++) {
		struct report_point *p = &m->points[i];
		const char *value = p->values[a];
		const json_t *rank;

		if (!value) {
			p->order[a] = -INFINITY;
			continue;
		}
		if (axis->numeric) {
			p->order[a] = number_parse(value);
			continue;
		}
		rank = json_object_get(words, value);
		if (!rank) {
			json_int_t next = (json_int_t)json_object_size(words);

			if (json_object_set_new(words, value, json_integer(next)) < 0) {
				json_decref(words);
				return -ENOMEM;
			}
			p->order[a] = (double)next;
		} else {
			p->order[a] = (double)json_integer_value(rank);
		}
	}
	json_decref(words);
	return 0;
}

static int point_compare(const void *pa, const void *pb, void *ctx)
{
	const struct report_point *a = pa, *b = pb;
	const struct model *m = ctx;
	size_t i;

	for (i = 0; i < m->n_axes; i++)
		if (a->order[i] != b->order[i])
			return a->order[i] < b->order[i] ? -1 : 1;
	return a->first < b->first ? -1 : 1;
}

/* What a skipped point's line says, where nothing else is to be said about the point. */
static const char *skip_reason(const struct report_point *p)
{
	const json_t *validity = json_object_get(p->skipped, "validity");

	return p->n_trials || !p->skipped
		       ? NULL
		       : json_string_value(json_array_get(json_object_get(validity, "reasons"), 0));
}

/* A note each in the order of the points; those that were skipped for one reason share theirs. */
static int number_notes(struct model *m)
{
	json_t *shared = json_object();
	size_t last = 0, i;
	int ret = shared ? 0 : -ENOMEM;

	for (i = 0; i < m->n_points && !ret; i++) {
		struct report_point *p = &m->points[i];
		const char *reason = skip_reason(p);

		if (!point_has_reasons(p))
			continue;
		p->note = reason ? (size_t)json_u64(shared, reason, 0) : 0;
		if (p->note)
			continue;
		p->note = ++last;
		if (reason)
			json_put_u64(shared, reason, p->note);
	}
	json_decref(shared);
	return ret;
}

struct model *model_new(const json_t *trials)
{
	const json_t *first = json_array_get(trials, 0);
	struct model *m = calloc(1, sizeof(*m));
	size_t i;

	if (!m)
		return NULL;
	m->run = json_str(first, "run", "");
	m->plan = json_str(json_object_get(first, "plan"), "name", "");
	if (find_axes(m, trials) || group_trials(m, trials))
		goto fail;
	for (i = 0; i < m->n_axes; i++)
		if (order_axis(m, i))
			goto fail;
	if (m->n_points)
		qsort_r(m->points, m->n_points, sizeof(*m->points), point_compare, m);
	for (i = 0; i < m->n_points; i++)
		if (point_show(&m->points[i], m))
			goto fail;
	axes_compare(m);
	for (i = 0; i < m->n_points; i++) {
		struct report_point *p = &m->points[i];

		if (point_label(p, m) || point_summarize(p))
			goto fail;
		m->n_trials += p->n_trials;
		m->n_skipped += p->skipped != NULL;
		m->n_valid += p->n_valid;
		m->n_invalid += p->n_invalid;
		m->n_failed += p->n_failed;
		m->repeats |= p->n_counted > 1;
	}
	if (number_notes(m))
		goto fail;
	return m;
fail:
	model_free(m);
	return NULL;
}

void model_free(struct model *m)
{
	size_t i, a;

	if (!m)
		return;
	for (i = 0; i < m->n_points; i++) {
		struct report_point *p = &m->points[i];

		ledger_sum_clear(&p->ledger);
		free(p->trials);
		for (a = 0; p->shown && a < m->n_axes; a++)
			free(p->shown[a]);
		free(p->shown);
		free(p->label);
		free(p->values);
		free(p->order);
	}
	free(m->points);
	free(m->axes);
	free(m);
}
