/*
 * What a ranking compares: the axes of the model, of which those that run together are one; see
 * ranking.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "ranking.h"

#define ZIP_KEY "plan.zip"
#define KEY_SHOWN 40 /* bytes of a key in a table; what is longer names its first member */

struct level_ctx {
	const struct model *m;
	const struct ranking_axis *axis;
};

/* As the model sorts them; values that sort alike ("1K", "1024") stay apart. */
static int by_value(const void *pa, const void *pb, void *data)
{
	const struct level_ctx *ctx = data;
	const struct report_point *a = &ctx->m->points[*(const size_t *)pa];
	const struct report_point *b = &ctx->m->points[*(const size_t *)pb];
	size_t i;

	for (i = 0; i < ctx->axis->n_members; i++) {
		size_t n = ctx->axis->members[i];
		int order;

		if (a->order[n] != b->order[n])
			return a->order[n] < b->order[n] ? -1 : 1;
		order = a->values[n] && b->values[n] ? strcmp(a->values[n], b->values[n]) : 0;
		if (order)
			return order;
	}
	return 0;
}

static bool has_value(const struct ranking_axis *axis, const struct report_point *p)
{
	size_t i;

	for (i = 0; i < axis->n_members; i++)
		if (p->values[axis->members[i]])
			return true;
	return false;
}

/* A member's value; what took effect is shown if it is the same at all points with the value. */
static void put_shown(const struct model *m, size_t axis, const size_t *points, size_t n, FILE *out)
{
	const char *label = point_value(&m->points[points[0]], axis);
	size_t i;

	if (!label) {
		fputs("-", out);
		return;
	}
	for (i = 1; i < n; i++)
		if (strcmp(label, point_value(&m->points[points[i]], axis)))
			break;
	if (i == n)
		fputs(label, out);
	else
		fprintf(out, "%s (varies)", m->points[points[0]].values[axis]);
}

/* The values of N points that are alike in AXIS as one text. NULL: no memory. */
static char *level_text(const struct model *m, const struct ranking_axis *axis,
			const size_t *points, size_t n, bool shown)
{
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; out && i < axis->n_members; i++) {
		const char *value = m->points[points[0]].values[axis->members[i]];

		fputs(i ? ", " : "", out);
		if (shown)
			put_shown(m, axis->members[i], points, n, out);
		else
			fputs(value ? value : "-", out);
	}
	if (!out || fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* The names of all members, or of the first and how many more. NULL: no memory. */
static char *join_keys(const struct model *m, const struct ranking_axis *axis, bool all)
{
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; out && i < (all ? axis->n_members : 1); i++)
		fprintf(out, "%s%s", i ? "+" : "", m->axes[axis->members[i]].key);
	if (out && !all && axis->n_members > 1)
		fprintf(out, "+%zu more", axis->n_members - 1);
	if (!out || fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* Number the values of axis AT. The points that have one into ORDER, by value; returns how many. */
static size_t number_levels(struct report_ranking *rr, size_t at, size_t *order)
{
	struct ranking_axis *axis = &rr->axes[at];
	struct level_ctx ctx = {.m = rr->model, .axis = axis};
	size_t n = 0, i;

	for (i = 0; i < rr->model->n_points; i++) {
		rr->levels[i * rr->n_axes + at] = RANK_NONE;
		if (has_value(axis, &rr->model->points[i]))
			order[n++] = i;
	}
	if (n)
		qsort_r(order, n, sizeof(*order), by_value, &ctx);
	axis->n_levels = 0;
	for (i = 0; i < n; i++) {
		axis->n_levels += !i || by_value(&order[i - 1], &order[i], &ctx);
		rr->levels[order[i] * rr->n_axes + at] = axis->n_levels - 1;
	}
	return n;
}

/* Number the values of axis AT, and name it and them. ORDER is scratch. */
static int make_levels(struct report_ranking *rr, size_t at, size_t *order)
{
	const struct model *m = rr->model;
	struct ranking_axis *axis = &rr->axes[at];
	size_t n = number_levels(rr, at, order), i, end, level;

	axis->numeric = axis->n_members == 1 && m->axes[axis->members[0]].numeric;
	axis->key = join_keys(m, axis, true);
	axis->short_key = axis->key ? join_keys(m, axis, strlen(axis->key) <= KEY_SHOWN) : NULL;
	axis->asked = calloc(n + 1, sizeof(*axis->asked));
	axis->labels = calloc(n + 1, sizeof(*axis->labels));
	axis->frames = calloc(n + 1, sizeof(*axis->frames));
	axis->lost = calloc(n + 1, sizeof(*axis->lost));
	if (!axis->short_key || !axis->asked || !axis->labels || !axis->frames || !axis->lost)
		return -ENOMEM;
	for (i = 0; i < n; i = end) {
		level = rr->levels[order[i] * rr->n_axes + at];
		for (end = i; end < n && rr->levels[order[end] * rr->n_axes + at] == level; end++) {
			axis->frames[level] += rr->frames[order[end]];
			axis->lost[level] += rr->lost[order[end]];
		}
		axis->asked[level] = level_text(m, axis, order + i, end - i, false);
		axis->labels[level] = level_text(m, axis, order + i, end - i, true);
		if (!axis->asked[level] || !axis->labels[level])
			return -ENOMEM;
	}
	return 0;
}

/* plan.zip as the first trial that has it says; "" when none does. */
static const char *zip_of(const struct model *m)
{
	size_t i;

	for (i = 0; i < m->n_points; i++) {
		const struct report_point *p = &m->points[i];
		const json_t *trial = p->n_trials ? p->trials[0] : p->skipped;
		const json_t *plan = json_object_get(trial, "plan");
		const char *zip = json_str(json_object_get(plan, "values"), ZIP_KEY, NULL);

		if (zip)
			return zip;
	}
	return "";
}

/* Number of KEY's group in ZIP ("a.x+b.x, a.y+b.y"), from 1; 0: it is in none. */
static size_t zip_group(const char *zip, const char *key)
{
	size_t group = 1, len;

	for (;; zip++) {
		zip += strspn(zip, " ");
		len = strcspn(zip, "+, ");
		if (len && len == strlen(key) && !strncmp(zip, key, len))
			return group;
		zip += len + strspn(zip + len, " ");
		if (!*zip)
			return 0;
		group += *zip == ',';
	}
}

/*
 * Do A and B divide the points alike, all of which have both? MATE has room for twice the points:
 * of each value of A, by its number, the value of B that goes with it, and behind them the other
 * way round.
 */
static bool move_together(const struct report_ranking *rr, size_t a, size_t b, size_t *mate)
{
	size_t n = rr->model->n_points, i;

	for (i = 0; i < 2 * n; i++)
		mate[i] = RANK_NONE;
	for (i = 0; i < n; i++) {
		size_t la = rr->levels[i * rr->n_axes + a], lb = rr->levels[i * rr->n_axes + b];

		if (la == RANK_NONE || lb == RANK_NONE)
			return false;
		if (mate[la] == RANK_NONE && mate[n + lb] == RANK_NONE) {
			mate[la] = lb;
			mate[n + lb] = la;
		}
		if (mate[la] != lb || mate[n + lb] != la)
			return false;
	}
	return true;
}

/* Axis B becomes part of axis A before it. */
static void join_axes(struct report_ranking *rr, size_t a, size_t b)
{
	struct ranking_axis *into = &rr->axes[a], *from = &rr->axes[b];

	memcpy(into->members + into->n_members, from->members,
	       from->n_members * sizeof(*from->members));
	into->n_members += from->n_members;
	from->n_members = 0;
}

/* Take away axes that became part of others. */
static void drop_empty(struct report_ranking *rr)
{
	size_t a, kept = 0;

	for (a = 0; a < rr->n_axes; a++)
		if (rr->axes[a].n_members)
			rr->axes[kept++] = rr->axes[a];
		else
			free(rr->axes[a].members);
	rr->n_axes = kept;
}

static void join_zipped(struct report_ranking *rr)
{
	const char *zip = zip_of(rr->model);
	size_t a, b, group;

	for (b = 0; b < rr->n_axes; b++) {
		group = zip_group(zip, rr->model->axes[rr->axes[b].members[0]].key);
		for (a = 0; group && a < b; a++) {
			if (!rr->axes[a].n_members ||
			    zip_group(zip, rr->model->axes[rr->axes[a].members[0]].key) != group)
				continue;
			join_axes(rr, a, b);
			break;
		}
	}
	drop_empty(rr);
}

/* ORDER has room for twice the points. */
static void join_moving(struct report_ranking *rr, size_t *order)
{
	size_t a, b;

	for (a = 0; a < rr->n_axes; a++)
		number_levels(rr, a, order);
	for (a = 0; a < rr->n_axes; a++)
		for (b = a + 1; rr->axes[a].n_members && b < rr->n_axes; b++)
			if (rr->axes[b].n_members && move_together(rr, a, b, order))
				join_axes(rr, a, b);
	drop_empty(rr);
}

int report_ranking_find_axes(struct report_ranking *rr)
{
	const struct model *m = rr->model;
	size_t *order = calloc(2 * m->n_points + 1, sizeof(*order));
	size_t a;
	int ret = 0;

	rr->axes = calloc(m->n_axes + 1, sizeof(*rr->axes));
	rr->levels = calloc(m->n_points * m->n_axes + 1, sizeof(*rr->levels));
	if (!order || !rr->axes || !rr->levels)
		ret = -ENOMEM;
	for (a = 0; a < m->n_axes && !ret; a++) {
		struct ranking_axis *axis = &rr->axes[rr->n_axes];

		if (m->axes[a].fixed)
			continue;
		axis->members = calloc(m->n_axes, sizeof(*axis->members));
		if (!axis->members) {
			ret = -ENOMEM;
			break;
		}
		axis->members[axis->n_members++] = a;
		rr->n_axes++;
	}
	if (!ret) {
		join_zipped(rr);
		join_moving(rr, order);
	}
	for (a = 0; a < rr->n_axes && !ret; a++)
		ret = make_levels(rr, a, order);
	free(order);
	return ret;
}
