/* A ranking as JSON, for ranking.json; results/README.md says what each field means. */
#include "ranking.h"

#include <errno.h>
#include <stdlib.h>

#include "json.h"
#include "report.h"

static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static void put_interval(json_t *obj, double low, double high)
{
	json_object_set_new(obj, "low", number(low));
	json_object_set_new(obj, "high", number(high));
}

/* Loss that is 0 in every trial has a bound, from the frames that were sent. */
static void put_bound(json_t *obj, enum ranked what, double lost, double frames)
{
	if (what == RANKED_LOSS)
		json_object_set_new(obj, "zero_bound",
				    lost == 0 ? number(rank_zero_bound(frames)) : json_null());
}

static json_t *effect_data(const struct report_ranking *rr, enum ranked what,
			   const struct rank_effect *e)
{
	static const char *const standings[] = {[RANK_BEST] = "best",
						[RANK_TIE] = "tie",
						[RANK_WORSE] = "worse",
						[RANK_UNKNOWN] = "unknown"};
	const struct ranking_axis *axis = &rr->axes[e->axis];
	json_t *values = json_array();
	size_t i;

	for (i = 0; i < e->n_values; i++) {
		const struct rank_value *v = &e->values[i];
		json_t *value = json_pack(
			"{s:s, s:s, s:o, s:I, s:I, s:s, s:o}", "value", axis->asked[v->level],
			"shown", axis->labels[v->level], "mean", number(v->mean), "points",
			(json_int_t)v->n_points, "pairs", (json_int_t)v->n_pairs, "standing",
			standings[v->standing], "difference", number(v->difference));

		put_interval(value, v->low, v->high);
		put_bound(value, what, axis->lost[v->level], axis->frames[v->level]);
		json_array_append_new(values, value);
	}
	return json_pack("{s:s, s:o, s:b, s:s, s:o}", "axis", axis->key, "share", number(e->share),
			 "matters", e->matters, "compared", e->blocked ? "rounds" : "trials",
			 "values", values);
}

static json_t *point_data(const struct report_ranking *rr, enum ranked what,
			  const struct rank_point *p)
{
	const struct report_point *point = &rr->model->points[p->point];
	json_t *values = json_object(), *data;
	size_t a;

	for (a = 0; a < rr->model->n_axes; a++)
		if (point->values[a])
			json_put_str(values, rr->model->axes[a].key, point->values[a]);
	data = json_pack("{s:I, s:I, s:o, s:I, s:o}", "rank_first", (json_int_t)p->first,
			 "rank_last", (json_int_t)p->last, "point", values, "trials",
			 (json_int_t)p->n, "mean", number(p->mean));
	put_interval(data, p->low, p->high);
	put_bound(data, what, rr->lost[p->point], rr->frames[p->point]);
	return data;
}

static json_t *interaction_data(const struct report_ranking *rr, const struct rank_interaction *x)
{
	const struct ranking_axis *axes[2] = {&rr->axes[x->axis[0]], &rr->axes[x->axis[1]]};
	json_t *means = json_array(), *names[2], *matters[2], *data;
	size_t i, k;
	int w;

	for (w = 0; w < 2; w++) {
		names[w] = json_array();
		matters[w] = json_array();
		for (i = 0; i < x->n[w]; i++) {
			const char *label = axes[w]->asked[x->level[w][i]];

			json_array_append_new(names[w], json_string(label));
			if (x->matters[w][i])
				json_array_append_new(matters[w], json_string(label));
		}
	}
	for (i = 0; i < x->n[0]; i++) {
		json_t *row = json_array();

		for (k = 0; k < x->n[1]; k++)
			json_array_append_new(row, number(x->mean[i * x->n[1] + k]));
		json_array_append_new(means, row);
	}
	data = json_pack("{s:[s, s], s:[o, o], s:o, s:[o, o], s:[s, s], s:s, s:s, s:f}", "axes",
			 axes[0]->key, axes[1]->key, "values", names[0], names[1], "means", means,
			 "other_matters_at", matters[0], matters[1], "at",
			 axes[0]->asked[x->level[0][x->i]], axes[0]->asked[x->level[0][x->k]],
			 "from", axes[1]->asked[x->level[1][x->b]], "to",
			 axes[1]->asked[x->level[1][x->a]], "difference", x->difference);
	put_interval(data, x->low, x->high);
	return data;
}

static json_t *measure_data(const struct report_ranking *rr, enum ranked what)
{
	const struct ranking *r = rr->of[what];
	json_t *axes = json_array(), *points = json_array(), *interactions = json_array();
	size_t i;

	for (i = 0; i < r->n_effects; i++)
		json_array_append_new(axes, effect_data(rr, what, &r->effects[i]));
	for (i = 0; i < r->n_points; i++)
		json_array_append_new(points, point_data(rr, what, &r->points[i]));
	for (i = 0; i < r->n_interactions; i++)
		json_array_append_new(interactions, interaction_data(rr, &r->interactions[i]));
	return json_pack("{s:{s:o, s:o, s:o, s:o}, s:o, s:o, s:o, s:I, s:b}", "other_shares",
			 "interactions", number(r->together), "unclear", number(r->unclear),
			 "rounds", number(r->rounds), "noise", number(r->noise), "axes", axes,
			 "interactions", interactions, "points", points, "points_with_known_noise",
			 (json_int_t)r->n_known, "interactions_cut", r->interactions_cut);
}

json_t *report_ranking_data(const struct report_ranking *rr)
{
	const struct model *m = rr->model;

	return json_pack("{s:s, s:s, s:f, s:i, s:I, s:I, s:I, s:b, s:o, s:o}", "run", m->run,
			 "plan", m->plan, "level", RANK_LEVEL, "least_repeats", RANK_LEAST,
			 "points", (json_int_t)m->n_points, "trials", (json_int_t)m->n_trials,
			 "trials_used", (json_int_t)m->n_valid, "received_at_max_only", rr->at_max,
			 "loss_ratio", measure_data(rr, RANKED_LOSS), "received_pps",
			 measure_data(rr, RANKED_RECEIVED));
}

int report_ranking_json(const struct result_set *set, FILE *out)
{
	struct model *m = model_new(set->trials);
	struct report_ranking *rr = m ? report_ranking_new(m) : NULL;
	json_t *data = rr ? report_ranking_data(rr) : NULL;
	int ret = data ? 0 : -ENOMEM;

	if (data && json_dumpf(data, out, JSON_INDENT(1) | JSON_REAL_PRECISION(9)))
		ret = -EIO;
	if (!ret && (fputc('\n', out) == EOF || ferror(out)))
		ret = -EIO;
	json_decref(data);
	report_ranking_free(rr);
	model_free(m);
	return ret;
}
