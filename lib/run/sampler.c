/* Asking the sides for samples; see sampler.h. */
#include "sampler.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "counter.h"
#include "json.h"
#include "record.h"
#include "trial.h"

struct sampler {
	struct series *series;
	uint64_t start_ns;
	json_t *totals[PLAN_SIDES_MAX]; /* of the last sample, by side */
	json_t *first[PLAN_SIDES_MAX];  /* counters at the start */
	json_t *last[PLAN_SIDES_MAX];   /* of the last sample */
};

/*
 * What the threads have done, which costs an agent a look at memory: all sides at nearly one
 * moment. Sinks before generators: a frame that is on its way then counts as not received yet. Only
 * a burst that is being handed over can count as received first, for a generator counts behind it.
 */
static int ask_totals(struct trial_env *env, struct sampler *s, struct error *err)
{
	size_t i;
	int generators, ret = 0;

	for (generators = 0; generators < 2; generators++)
		for (i = 0; !ret && i < env->n_sides; i++) {
			struct side *side = &env->sides[i];

			if (side->plan->role == ROLE_OBSERVER || side_generates(side) != generators)
				continue;
			json_decref(s->totals[i]);
			s->totals[i] = NULL;
			ret = side_call(side, "progress", NULL, env->wake_fd, &s->totals[i], err);
		}
	return ret;
}

/* ANSWERS by side. */
static int ask_counters(struct trial_env *env, json_t **answers, struct error *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < env->n_sides; i++) {
		struct side *side = &env->sides[i];
		json_t *args = json_pack("{s:b}", "machine", side->machine_counters);

		json_decref(answers[i]);
		answers[i] = NULL;
		ret = side_call(side, "sample", args, env->wake_fd, &answers[i], err);
		json_decref(args);
	}
	return ret;
}

/* Members of a path's columns: of a side's answer, of its tx or rx half. */
static const struct {
	const char *name;
	bool sink;
	const char *half, *key;
} path_columns[] = {
	{"accepted", false, "tx", "accepted"},
	{"refused", false, "tx", "refused"},
	{"received", true, "rx", "frames"},
};

#define N_PATH_COLUMNS (sizeof(path_columns) / sizeof(path_columns[0]))

/* Of a side: the counters that its system has. */
static bool has_column(const json_t *value)
{
	return json_is_integer(value) ||
	       strcmp(json_string_value(value), sample_state_name(SAMPLE_UNSUPPORTED)) != 0;
}

static int make_columns(const struct trial_env *env, struct sampler *s)
{
	const char *id;
	json_t *value;
	int ret = 0;
	size_t i, k;

	for (i = 0; i < env->n_paths; i++)
		for (k = 0; k < N_PATH_COLUMNS && ret >= 0; k++)
			if (!path_columns[k].sink || env->paths[i].to >= 0)
				ret = series_column(s->series, "paths", env->paths[i].plan->name,
						    path_columns[k].name);
	for (i = 0; i < env->n_sides; i++)
		json_object_foreach (json_object_get(s->first[i], "counters"), id, value)
			if (ret >= 0 && has_column(value))
				ret = series_column(s->series, "sides", env->sides[i].plan->name,
						    id);
	return ret < 0 ? ret : 0;
}

int sampler_start(struct trial_env *env, struct sampler **sampler, struct error *err)
{
	struct sampler *s;
	int ret;

	*sampler = NULL;
	if (!env->traffic->sample_ns)
		return 0;
	*sampler = s = calloc(1, sizeof(*s));
	if (s)
		s->series = series_new(env->traffic->sample_ns);
	if (!s || !s->series)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for a trial's samples");
	ret = ask_counters(env, s->first, err);
	s->start_ns = clock_ns();
	if (!ret && make_columns(env, s))
		ret = error_set(err, EX_OSERR, -ENOMEM, "no memory for a trial's samples");
	return ret;
}

/* Totals of threads begin at 0 with the trial. */
static int64_t path_value(const struct trial_env *env, const struct sampler *s, size_t path,
			  size_t column)
{
	int side = path_columns[column].sink ? env->paths[path].to : env->paths[path].from;

	return json_s64(json_object_get(s->totals[side], path_columns[column].half),
			path_columns[column].key, SERIES_NONE);
}

static int64_t side_value(const struct sampler *s, size_t side, const char *id)
{
	uint64_t delta;

	if (snapshot_delta(json_object_get(s->first[side], "counters"),
			   json_object_get(s->last[side], "counters"), id, record_counter_bits(id),
			   &delta) != SAMPLE_OK)
		return SERIES_NONE;
	return (int64_t)delta;
}

/* In the order of make_columns. */
static void fill_row(const struct trial_env *env, const struct sampler *s, int64_t *row)
{
	const char *id;
	json_t *value;
	size_t i, k;

	for (i = 0; i < env->n_paths; i++)
		for (k = 0; k < N_PATH_COLUMNS; k++)
			if (!path_columns[k].sink || env->paths[i].to >= 0)
				*row++ = path_value(env, s, i, k);
	for (i = 0; i < env->n_sides; i++)
		json_object_foreach (json_object_get(s->first[i], "counters"), id, value)
			if (has_column(value))
				*row++ = side_value(s, i, id);
}

int sampler_look(struct trial_env *env, struct sampler *s, bool now, struct error *err)
{
	uint64_t begin;
	int64_t *row;
	int ret;

	if (!s)
		return 0;
	begin = clock_ns() - s->start_ns;
	if (!now && begin < s->series->next_ns)
		return 0;
	row = calloc(s->series->n_columns + 1, sizeof(*row));
	if (!row)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for a sample");
	ret = ask_totals(env, s, err);
	if (!ret)
		ret = ask_counters(env, s->last, err);
	if (!ret) {
		fill_row(env, s, row);
		series_add(s->series, begin, clock_ns() - s->start_ns, row);
	}
	free(row);
	return ret;
}

uint64_t sampler_wait_ns(const struct sampler *s, uint64_t most_ns)
{
	uint64_t now;

	if (!s)
		return most_ns;
	now = clock_ns() - s->start_ns;
	if (s->series->next_ns <= now)
		return 0;
	return s->series->next_ns - now < most_ns ? s->series->next_ns - now : most_ns;
}

json_t *sampler_json(const struct sampler *s)
{
	return s ? series_json(s->series) : json_null();
}

void sampler_free(struct sampler *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; i < PLAN_SIDES_MAX; i++) {
		json_decref(s->totals[i]);
		json_decref(s->first[i]);
		json_decref(s->last[i]);
	}
	series_free(s->series);
	free(s);
}
