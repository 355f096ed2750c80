/*
 * plan_finish: whether what was given makes sense together. Sides and their
 * roles, values against the rows of the endpoints that a side uses, axes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hint.h"
#include "model.h"

#define HOW_SIDES                                                                                  \
	"write [tx] and [rx], each with endpoint = and device = (or [side NAME] with role =)"

static int check_sides(const struct plan *plan, struct error *err)
{
	struct origin at = plan_origin(plan);
	struct hint hint;
	size_t i, j;

	if (!plan->n_sides)
		return plan_complain(&at, err, -EINVAL, "the plan has no sides; " HOW_SIDES);
	for (i = 0; i < plan->n_sides; i++) {
		if (plan->side_info[i].declared)
			continue;
		at = plan_side_origin(&plan->side_info[i]);
		hint = (struct hint){.wanted = plan->sides[i].name};
		for (j = 0; j < plan->n_sides; j++)
			if (plan->side_info[j].declared)
				hint_offer(&hint, plan->sides[j].name);
		return plan_complain(&at, err, -EINVAL,
				     "there is no side %s;%s%s%s add [side %s] with role =",
				     plan->sides[i].name, hint.best[0] ? " did you mean " : "",
				     hint.best, hint.best[0] ? "? Else" : "", plan->sides[i].name);
	}
	return 0;
}

/* The short names have roles of their own; the value becomes the param's, as if given. */
static int settle_role(struct plan *plan, size_t side, struct error *err)
{
	static const struct {
		const char *name, *role;
	} usual[] = {{"tx", "generator"}, {"rx", "sink"}};
	struct origin at = plan_side_origin(&plan->side_info[side]);
	char key[PLAN_NAME_MAX + sizeof(".role")];
	const struct knob *row = &plan_role_set.rows[0];
	struct param *param;
	uint32_t role = 0;
	size_t i;

	snprintf(key, sizeof(key), "%s.role", plan->sides[side].name);
	param = plan_find_param(plan, key);
	for (i = 0; i < 2 && !param->values; i++)
		if (!strcmp(usual[i].name, plan->sides[side].name) &&
		    plan_split(usual[i].role, false, &param->values, &param->n_values))
			return plan_complain(&at, err, -ENOMEM, "%s: no memory", key);
	if (!param->values)
		return plan_complain(&at, err, -EINVAL,
				     "side %s has no role; add role = generator, sink, both or "
				     "observer",
				     plan->sides[side].name);
	if (param->listed > 1) {
		at = plan_entry_origin(param->entry);
		return plan_complain(&at, err, -EINVAL, "%s: cannot be swept; give one value", key);
	}
	knob_parse(row, param->values[0], &role, NULL);
	plan->sides[side].role = (enum side_role)role;
	return 0;
}

/* A text of an endpoint must be one that a set is for; a choice is checked by its row. */
static int check_endpoint(const struct plan *plan, const struct param *param, struct error *err)
{
	struct origin at;
	size_t v, i;

	if (!param || !param->entry || param->refs[0].row->type != KNOB_STRING)
		return 0;
	at = plan_entry_origin(param->entry);
	for (v = 0; v < param->n_values; v++) {
		struct hint hint = {.wanted = param->values[v]};
		bool some = false,
		     known = !strcmp(param->values[v], plan_default(param->refs[0].row));

		for (i = 0; i < plan->n_sets; i++) {
			if (!plan->sets[i]->endpoint)
				continue;
			some = true;
			known |= !strcmp(plan->sets[i]->endpoint, param->values[v]);
			hint_offer(&hint, plan->sets[i]->endpoint);
		}
		if (some && !known)
			return plan_complain(
				&at, err, -EINVAL, "%s: there is no endpoint \"%s\"; %s%s%s",
				param->key, hint_quote(param->values[v]).text,
				hint.best[0] ? "did you mean " : "",
				hint.best[0] ? hint.best : "`ringloss list endpoints` shows them",
				hint.best[0] ? "?" : "");
	}
	return 0;
}

static int check_against(const struct param *param, const struct knob *row, const char *endpoint,
			 struct error *err)
{
	struct origin at = plan_entry_origin(param->entry);
	size_t v;

	if (param->listed > 1 && !row->sweepable)
		return plan_complain(&at, err, -EINVAL, "%s: cannot be swept; give one value",
				     param->key);
	for (v = 0; v < param->n_values; v++) {
		int ret = knob_parse(row, param->values[v], NULL, err);

		if (!ret)
			continue;
		if (err)
			err->exit = at.cli ? EX_USAGE : EX_DATAERR;
		if (endpoint && param->n_refs > 1)
			error_prefix(err, "%s: %s with endpoint %s", at.where, param->key,
				     endpoint);
		else
			error_prefix(err, "%s: %s", at.where, param->key);
		return ret;
	}
	return 0;
}

/* "rx.rcvbuf: endpoint af_xdp has no such key; udp has it". */
static int complain_of_endpoint(const struct plan *plan, const struct param *param,
				struct error *err)
{
	const struct side_info *info = &plan->side_info[param->side];
	struct origin at = plan_entry_origin(param->entry);
	char used[160] = "", have[160] = "";
	size_t i, len;

	for (i = 0, len = 0; i < plan_endpoint_count(info) && len < sizeof(used); i++) {
		const char *endpoint = plan_endpoint_value(info, i);

		len += (size_t)snprintf(used + len, sizeof(used) - len, "%s%s", i ? ", " : "",
					endpoint && *endpoint ? endpoint : "(none)");
	}
	for (i = 0, len = 0; i < param->n_refs && len < sizeof(have); i++)
		len += (size_t)snprintf(have + len, sizeof(have) - len, "%s%s", i ? ", " : "",
					param->refs[i].set->endpoint);
	return plan_complain(&at, err, -EINVAL,
			     "%s: endpoint %s has no such key, %s has; remove the key or set "
			     "%s.endpoint",
			     param->key, used, have, plan->sides[param->side].name);
}

/* Each value against every row that will count for it at some point. */
static int check_given(const struct plan *plan, const struct param *param, struct error *err)
{
	const struct side_info *info = param->side < 0 ? NULL : &plan->side_info[param->side];
	size_t n = info ? plan_endpoint_count(info) : 1, i;
	bool used = !param->entry; /* overruled */
	int ret;

	for (i = 0; i < n && param->entry; i++) {
		const char *endpoint = info ? plan_endpoint_value(info, i) : NULL;
		const struct knob *row = plan_row_for(param, endpoint);

		if (!row)
			continue;
		used = true;
		ret = check_against(param, row, endpoint, err);
		if (ret)
			return ret;
	}
	return used ? 0 : complain_of_endpoint(plan, param, err);
}

/* A default that does not parse is a mistake in the program: say so before it does harm. */
static int check_defaults(const struct param *param, struct error *err)
{
	size_t i;

	for (i = 0; i < param->n_refs; i++) {
		const struct knob *row = param->refs[i].row;
		int ret = knob_parse(row, plan_default(row), NULL, err);

		if (!ret)
			continue;
		if (err)
			err->exit = EX_SOFTWARE;
		error_prefix(err, "the default of %s, a mistake in this program", param->key);
		return ret;
	}
	return 0;
}

/*
 * A --set of the endpoint takes the file's keys of the endpoints that it takes away with
 * it: "run it with udp only" is no reason to edit the file.
 */
static void drop_overruled(struct plan *plan)
{
	size_t i, e;

	for (i = 0; i < plan->n_params; i++) {
		struct param *param = &plan->params[i];
		const struct side_info *info =
			param->side < 0 ? NULL : &plan->side_info[param->side];
		bool used = false;

		if (!info || !info->endpoint || !info->endpoint->entry ||
		    !info->endpoint->entry->cli || !param->entry || param->entry->cli)
			continue;
		for (e = 0; e < plan_endpoint_count(info); e++)
			used |= plan_row_for(param, plan_endpoint_value(info, e)) != NULL;
		if (used)
			continue;
		plan_free_values(param->values, param->n_values);
		param->values = NULL;
		param->entry = NULL;
		param->n_values = param->listed = 0;
		param->overruled = true;
	}
}

int plan_finish(struct plan *plan, struct error *err)
{
	size_t i;
	int ret;

	if (plan->finished)
		return error_set(err, EX_SOFTWARE, -EBUSY, "the plan is finished already");
	plan->finished = true;
	ret = check_sides(plan, err);
	if (ret)
		return ret;
	if (plan_build_params(plan))
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for the plan");
	drop_overruled(plan);
	ret = plan_form_axes(plan, err);
	for (i = 0; i < plan->n_params && !ret; i++)
		ret = check_defaults(&plan->params[i], err);
	for (i = 0; i < plan->n_sides && !ret; i++) {
		ret = settle_role(plan, i, err);
		if (!ret)
			ret = check_endpoint(plan, plan->side_info[i].endpoint, err);
	}
	for (i = 0; i < plan->n_entries && !ret; i++)
		ret = check_given(plan, plan_find_param(plan, plan->entries[i].key), err);
	return ret ? ret : plan_form_paths(plan, err);
}
