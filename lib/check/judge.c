/* Limits over the points of a result; see judge.h. */
#include "judge.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hint.h"
#include "json.h"
#include "number.h"

#define VALUES_SHOWN 8 /* of a key, where no point is for a limit */

const char *judge_verdict_name(enum judge_verdict verdict)
{
	static const char *const names[] = {"skipped", "pass", "invalid", "fail"};

	return names[verdict];
}

const char *judge_number(char *buf, size_t size, const struct limit *limit, double value)
{
	static const enum number_kind kinds[] = {
		[LIMIT_FRAMES] = NUMBER_FRAMES,
		[LIMIT_SHARE] = NUMBER_RATIO,
		[LIMIT_PPS] = NUMBER_PPS,
	};
	static const char *const behind[] = {
		[LIMIT_FRAMES] = " frames", [LIMIT_SHARE] = " %", [LIMIT_PPS] = "pps"};
	char text[NUMBER_LEN];

	snprintf(buf, size, "%s%s", number_text(text, kinds[limit->unit], value),
		 isnan(value) ? "" : behind[limit->unit]);
	return buf;
}

const char *judge_bound(char *buf, size_t size, const struct limit *limit)
{
	snprintf(buf, size, "%s at %s %s", limit->place ? limit->place : limit->measure->name,
		 limit->at_most ? "most" : "least", limit->bound_text);
	return buf;
}

static int no_memory(struct error *err)
{
	return error_set(err, EX_OSERR, -ENOMEM, "no memory to judge the result");
}

/* ---- the trials that count ---- */

/* {"REPEAT POINT": 1}: what a line is of. The caller frees. */
static char *identity(const json_t *trial)
{
	char *point = json_line(json_object_get(trial, "point")), *text = NULL;

	if (point && asprintf(&text, "%" JSON_INTEGER_FORMAT " %s",
			      (json_int_t)json_s64(trial, "repeat", 0), point) < 0)
		text = NULL;
	free(point);
	return text;
}

/* Without failed trials of which there is a later line: they were run again. NULL: no memory. */
static json_t *current(const json_t *trials)
{
	json_t *kept = json_array(), *later = json_object();
	size_t n = json_array_size(trials), i;

	for (i = n; kept && i-- > 0;) {
		json_t *trial = json_array_get(trials, i);
		char *id = identity(trial);
		bool drop = id && json_object_get(later, id) &&
			    !strcmp(json_str(trial, "verdict", ""), "failed");

		if (!id || json_object_set_new(later, id, json_true()) ||
		    (!drop && json_array_append(kept, trial))) {
			json_decref(kept);
			kept = NULL;
		}
		free(id);
	}
	json_decref(later);
	for (i = 0, n = json_array_size(kept); i < n / 2; i++) {
		json_t *a = json_incref(json_array_get(kept, i));

		json_array_set(kept, i, json_array_get(kept, n - 1 - i));
		json_array_set_new(kept, n - 1 - i, a);
	}
	return kept;
}

/*
 * A repeat is counted once: lines of several runs, or a line twice, would make many of a few.
 * TRIALS without those that were run again.
 */
static int refuse_doubles(const json_t *trials, struct error *err)
{
	const char *run = json_str(json_array_get(trials, 0), "run", "");
	json_t *seen = json_object(), *trial;
	size_t i;
	int ret = seen ? 0 : no_memory(err);

	json_array_foreach ((json_t *)trials, i, trial) {
		char *id = identity(trial);

		if (!ret && strcmp(json_str(trial, "run", ""), run))
			ret = error_set(err, EX_DATAERR, -EEXIST,
					"the result has lines of two runs, %s and %s: give each by "
					"itself",
					hint_quote(run).text,
					hint_quote(json_str(trial, "run", "")).text);
		else if (!ret && id && json_object_get(seen, id))
			ret = error_set(err, EX_DATAERR, -EEXIST,
					"the result has two lines of repeat %" JSON_INTEGER_FORMAT
					" at the same point: one of them was copied; take it out",
					(json_int_t)json_s64(trial, "repeat", 0));
		else if (!ret && (!id || json_object_set_new(seen, id, json_true())))
			ret = no_memory(err);
		free(id);
	}
	json_decref(seen);
	return ret;
}

/* ---- the points that a limit is for ---- */

static const json_t *values_of(const struct report_point *p)
{
	const json_t *line = p->n_trials ? p->trials[0] : p->skipped;

	return json_object_get(json_object_get(line, "plan"), "values");
}

static const char *value_of(void *ctx, const char *key)
{
	return json_str(ctx, key, NULL);
}

static bool has_key(const struct judgement *j, const struct judge_untried *untried, const char *key)
{
	size_t i;

	for (i = 0; i < j->model->n_points; i++)
		if (json_object_get(values_of(&j->model->points[i]), key))
			return true;
	for (i = 0; untried && i < untried->n; i++)
		if (untried->value(untried->point(untried->ctx, i), key))
			return true;
	return false;
}

static int check_keys(const struct judgement *j, const struct judge_untried *untried,
		      const struct limit *limit, struct error *err)
{
	size_t i, k;

	if (!j->model->n_points && !j->n_untried)
		return 0;
	for (k = 0; k < limit->n_where; k++) {
		const char *wanted = limit->where[k].key, *key;
		struct hint hint = {.wanted = wanted};
		json_t *value;

		if (has_key(j, untried, wanted))
			continue;
		for (i = 0; i < j->model->n_points; i++)
			json_object_foreach ((json_t *)values_of(&j->model->points[i]), key, value)
				hint_offer(&hint, key);
		return error_set(err, EX_DATAERR, -ENOENT,
				 "%s:%d: limit %s: the plan of this result has no key \"%s\"%s%s%s",
				 j->limits->file, limit->where_line, limit->name,
				 hint_quote(wanted).text, hint.best[0] ? "; did you mean \"" : "",
				 hint.best, hint.best[0] ? "\"?" : "; its plan.ini has all");
	}
	return 0;
}

/* That some trial has the path; one that failed has none. */
static int check_path(const struct judgement *j, const struct limit *limit, struct error *err)
{
	struct hint hint = {.wanted = limit->path};
	bool any = false;
	const json_t *trial;
	const char *name;
	json_t *path;
	size_t i;

	if (!limit->path || !strcmp(limit->path, "sum"))
		return 0;
	json_array_foreach (j->trials, i, trial)
		json_object_foreach (json_object_get(trial, "paths"), name, path) {
			if (!strcmp(name, limit->path))
				return 0;
			hint_offer(&hint, name);
			any = true;
		}
	if (!any)
		return 0;
	return error_set(
		err, EX_DATAERR, -ENOENT, "%s:%d: limit %s: this result has no path \"%s\"%s%s%s",
		j->limits->file, limit->path_line, limit->name, hint_quote(limit->path).text,
		hint.best[0] ? "; did you mean \"" : "; leave path out for all: ", hint.best,
		hint.best[0] ? "\"?" : "each by itself");
}

/* "a = 1, 2; b = 3": what there is of the keys that LIMIT asks for. The caller frees. */
static char *values_there(const struct judgement *j, const struct limit *limit)
{
	char *text = NULL;
	size_t size, k, i;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (k = 0; k < limit->n_where; k++) {
		json_t *seen = json_object();

		fprintf(out, "%s%s =", k ? "; " : "", limit->where[k].key);
		for (i = 0; i < j->model->n_points; i++) {
			const char *value = json_str(values_of(&j->model->points[i]),
						     limit->where[k].key, "(none)");

			if (json_object_get(seen, value))
				continue;
			if (json_object_size(seen) == VALUES_SHOWN) {
				fputs(", ...", out);
				break;
			}
			fprintf(out, "%s %s", json_object_size(seen) ? "," : "", value);
			json_object_set_new(seen, value, json_true());
		}
		json_decref(seen);
	}
	return fclose(out) ? NULL : text;
}

/* Points that it is for and of which there is no line. */
static int count_untried(const struct judgement *j, const struct judge_untried *untried,
			 struct judged_limit *l, struct error *err)
{
	size_t i;

	for (i = 0; untried && i < untried->n; i++) {
		void *point = untried->point(untried->ctx, i);
		int fits = limit_fits(j->limits, l->limit, untried->value, point, err);

		if (fits < 0)
			return fits;
		if (fits && !l->n_untried++)
			l->untried = untried->name(untried->ctx, i);
	}
	return 0;
}

/* ---- one limit ---- */

/* Why the limit as a whole is invalid, where no point says so. */
static int explain_none(const struct judgement *j, struct judged_limit *l)
{
	const char *where = l->limit->where_text;
	char *there;
	int ret;

	if (!json_array_size(j->trials)) {
		ret = asprintf(&l->reason,
			       "the result holds no trial: the run ended before its first one did");
		return ret < 0 ? -ENOMEM : 0;
	}
	if (l->n_points) {
		const json_t *validity = json_object_get(l->points[0].point->skipped, "validity");

		ret = asprintf(
			&l->reason, "every point that it is for was skipped: %s",
			json_string_value(json_array_get(json_object_get(validity, "reasons"), 0))
				?: "no reason "
				   "stored");
		return ret < 0 ? -ENOMEM : 0;
	}
	there = values_there(j, l->limit);
	ret = there ? asprintf(&l->reason, "no point is for it (where = %s): the result has %s",
			       where, there)
		    : -1;
	free(there);
	return ret < 0 ? -ENOMEM : 0;
}

static bool is_worse(const struct judged_limit *l, const struct judged_point *a,
		     const struct judged_point *b)
{
	if (isnan(a->value) || isnan(b->value))
		return isnan(b->value) && !isnan(a->value);
	return l->limit->at_most ? a->value > b->value : a->value < b->value;
}

static int judge_limit(const struct judgement *j, const struct judge_untried *untried,
		       struct judged_limit *l, struct error *err)
{
	const struct model *m = j->model;
	size_t i;
	int ret = check_keys(j, untried, l->limit, err);

	if (!ret)
		ret = check_path(j, l->limit, err);
	if (!ret)
		ret = count_untried(j, untried, l, err);
	if (ret)
		return ret;
	l->points = calloc(m->n_points + 1, sizeof(*l->points));
	if (!l->points)
		return no_memory(err);
	for (i = 0; i < m->n_points; i++) {
		struct judged_point *jp = &l->points[l->n_points];

		ret = limit_fits(j->limits, l->limit, value_of, (void *)values_of(&m->points[i]),
				 err);
		if (ret < 0)
			return ret;
		if (!ret)
			continue;
		l->n_points++;
		if (judge_point(l->limit, &m->points[i], jp))
			return no_memory(err);
		l->n_judged += jp->verdict == JUDGE_PASS || jp->verdict == JUDGE_FAIL;
		l->n_skipped += jp->verdict == JUDGE_SKIPPED;
		l->verdict = jp->verdict > l->verdict ? jp->verdict : l->verdict;
	}
	for (i = l->worst = 0; i < l->n_points; i++)
		if (is_worse(l, &l->points[i], &l->points[l->worst]))
			l->worst = i;
	if (!l->n_points || isnan(l->points[l->worst].value))
		l->worst = l->n_points;
	if (l->n_untried && l->verdict < JUDGE_INVALID)
		l->verdict = JUDGE_INVALID;
	if (l->verdict != JUDGE_SKIPPED)
		return 0;
	l->verdict = JUDGE_INVALID;
	return explain_none(j, l) ? no_memory(err) : 0;
}

/* Valid trials with a remainder, unless a limit is of that. */
static size_t count_unexplained(const struct judgement *j)
{
	const json_t *trial;
	size_t n = 0, i;

	for (i = 0; i < j->limits->n; i++)
		if (!strcmp(j->limits->rows[i].measure->name, "remainder"))
			return 0;
	json_array_foreach (j->trials, i, trial)
		n += !strcmp(json_str(trial, "verdict", ""), "valid") &&
		     json_s64(trial, "remainder", 0) != 0;
	return n;
}

struct judgement *judge_make(const struct limits *limits, const json_t *trials,
			     const struct judge_untried *untried, struct error *err)
{
	struct judgement *j = calloc(1, sizeof(*j));
	size_t i;

	if (!j)
		goto no_memory;
	j->limits = limits;
	j->trials = current(trials);
	j->model = j->trials ? model_new(j->trials) : NULL;
	j->rows = calloc(limits->n, sizeof(*j->rows));
	if (!j->model || !j->rows)
		goto no_memory;
	if (refuse_doubles(j->trials, err))
		goto fail;
	j->plan_known = untried;
	j->n_untried = untried ? untried->n : 0;
	for (i = 0; i < limits->n; i++)
		j->rows[i].limit = &limits->rows[i];
	for (i = 0; i < limits->n; i++) {
		if (judge_limit(j, untried, &j->rows[i], err))
			goto fail;
		j->verdict = j->rows[i].verdict > j->verdict ? j->rows[i].verdict : j->verdict;
	}
	j->n_unexplained = count_unexplained(j);
	return j;
no_memory:
	no_memory(err);
fail:
	judge_free(j);
	return NULL;
}

void judge_free(struct judgement *j)
{
	size_t i, k;

	if (!j)
		return;
	for (i = 0; j->rows && i < j->limits->n; i++) {
		for (k = 0; k < j->rows[i].n_points; k++)
			free(j->rows[i].points[k].reason);
		free(j->rows[i].points);
		free(j->rows[i].untried);
		free(j->rows[i].reason);
	}
	free(j->rows);
	model_free(j->model);
	json_decref(j->trials);
	free(j);
}
