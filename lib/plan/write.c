/*
 * plan_write: the plan as INI, defaults filled in, in the order of its sets and
 * sides. Only axes have an order of their own, that of the sweep: a section that
 * would break it stands once more, further down, with the axes that belong there.
 */
#include <stdio.h>
#include <string.h>

#include "model.h"

#define COMMENT_COLUMN 40

/* A plan on its way out. */
struct writer {
	const struct plan *plan;
	FILE *out;
	size_t next_axis;                     /* the first axis that is not written */
	char section[2 * PLAN_NAME_MAX + 16]; /* that the last line belongs to */
};

/* The section that PARAM is written in, and its key there. */
static const char *section_of(const struct plan *plan, const struct param *param, char *buf,
			      size_t size)
{
	const char *name = param->side < 0 ? "" : plan->sides[param->side].name;
	const struct knob_set *set = param->refs[0].set;
	const char *row = param->refs[0].row->name;

	if (set == &plan_path_set)
		snprintf(buf, size, "path %.*s", (int)(strlen(param->rest) - strlen(row) - 1),
			 param->rest);
	else if (set->scope == KNOB_SCOPE_PLAN)
		snprintf(buf, size, "%s", set->name);
	else if (set->scope == KNOB_SCOPE_GROUP)
		snprintf(buf, size, "%s.%s", name, set->name);
	else
		snprintf(buf, size, "%s%s", strcmp(name, "tx") && strcmp(name, "rx") ? "side " : "",
			 name);
	return row;
}

static void enter(struct writer *w, const char *section)
{
	if (!strcmp(w->section, section))
		return;
	fprintf(w->out, "%s[%s]\n", w->section[0] ? "\n" : "", section);
	snprintf(w->section, sizeof(w->section), "%s", section);
}

static void write_line(struct writer *w, const char *key, const struct param *param,
		       const char *value, const struct knob *row)
{
	int width = fprintf(w->out, "%s =", key);
	size_t i;

	if (param->n_values == 0 && *value)
		width += fprintf(w->out, " %s", value);
	for (i = 0; i < param->n_values; i++)
		if (*param->values[i])
			width += fprintf(w->out, "%s %s", i ? "," : "", param->values[i]);
	if (row->help && *row->help) {
		fprintf(w->out, "%*s; %s", width < COMMENT_COLUMN ? COMMENT_COLUMN - width : 1, "",
			row->help);
		if (row->unit && *row->unit)
			fprintf(w->out, " (%s)", row->unit);
	}
	fputc('\n', w->out);
}

/*
 * The row that stands for a param that was not given, or NULL when its default
 * depends on the endpoint: a single value would change the plan.
 */
static const struct knob *common_row(const struct plan *plan, const struct param *param,
				     bool *applies)
{
	const struct side_info *info = param->side < 0 ? NULL : &plan->side_info[param->side];
	size_t n = info ? plan_endpoint_count(info) : 1, i;
	const struct knob *common = NULL;

	*applies = false;
	for (i = 0; i < n; i++) {
		const struct knob *row =
			plan_row_for(param, info ? plan_endpoint_value(info, i) : NULL);

		if (!row)
			continue;
		if (*applies && strcmp(plan_default(row), plan_default(common)))
			return NULL;
		*applies = true;
		common = row;
	}
	return common;
}

static void write_split_default(struct writer *w, const char *key, const struct param *param)
{
	const struct side_info *info = &w->plan->side_info[param->side];
	const char *before = "";
	size_t i;

	fprintf(w->out, "; %s by default:", key);
	for (i = 0; i < plan_endpoint_count(info); i++) {
		const char *endpoint = plan_endpoint_value(info, i);
		const struct knob *row = plan_row_for(param, endpoint);

		if (!row)
			continue;
		fprintf(w->out, "%s %s with %s", before, plan_default(row), endpoint);
		before = ",";
	}
	fputc('\n', w->out);
}

/* One param that is no axis. */
static void write_param(struct writer *w, const struct param *param)
{
	char section[sizeof(w->section)];
	const char *key = section_of(w->plan, param, section, sizeof(section));
	bool applies;
	const struct knob *row = common_row(w->plan, param, &applies);

	if (!applies)
		return;
	enter(w, section);
	if (param->n_values)
		write_line(w, key, param, "", row ? row : param->refs[0].row);
	else if (row)
		write_line(w, key, param, plan_default(row), row);
	else
		write_split_default(w, key, param);
}

/* The axes that come next in the sweep: those of SECTION, or all when it is NULL. */
static void write_axes(struct writer *w, const char *section)
{
	char own[sizeof(w->section)];

	for (; w->next_axis < w->plan->n_axes; w->next_axis++) {
		const struct param *axis = w->plan->axes[w->next_axis];
		const char *key = section_of(w->plan, axis, own, sizeof(own));
		bool applies;
		const struct knob *row = common_row(w->plan, axis, &applies);

		if (section && strcmp(section, own))
			return;
		enter(w, own);
		write_line(w, key, axis, "", row ? row : axis->refs[0].row);
	}
}

/* Paths that follow from the sides follow from them again: they are told, not set. */
static void write_implied_paths(struct writer *w)
{
	const struct plan *plan = w->plan;
	size_t i;

	for (i = 0; i < plan->n_paths; i++)
		fprintf(w->out, "%s; path %s: from %s to %s\n", i ? "" : "\n", plan->paths[i].name,
			plan->sides[plan->paths[i].from].name,
			plan->paths[i].to < 0 ? "nobody" : plan->sides[plan->paths[i].to].name);
}

int plan_write(const struct plan *plan, FILE *out)
{
	struct writer w = {.plan = plan, .out = out};
	char section[sizeof(w.section)];
	size_t i;

	errno = 0;
	for (i = 0; i < plan->n_params; i++) {
		const struct param *param = &plan->params[i];

		section_of(plan, param, section, sizeof(section));
		if (w.section[0] && strcmp(section, w.section))
			write_axes(&w, w.section);
		if (param->axis == NO_AXIS)
			write_param(&w, param);
		else
			enter(&w, section);
	}
	write_axes(&w, NULL);
	if (!plan->paths_given)
		write_implied_paths(&w);
	if (fflush(out) || ferror(out))
		return errno ? -errno : -EIO;
	return 0;
}
