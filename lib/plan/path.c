/*
 * The paths of a plan: those that [path NAME] gives, or those that follow from
 * the roles of the sides.
 */
#include <stdio.h>
#include <string.h>

#include "model.h"

static bool sends(const struct plan *plan, int side)
{
	return plan->sides[side].role == ROLE_GENERATOR || plan->sides[side].role == ROLE_BOTH;
}

static bool receives(const struct plan *plan, int side)
{
	return plan->sides[side].role == ROLE_SINK || plan->sides[side].role == ROLE_BOTH;
}

/* One end of path I as named in the plan; -1 when not given. */
static int path_end(const struct plan *plan, size_t i, const char *end, bool sender, int *side,
		    struct error *err)
{
	const struct path_info *info = &plan->path_info[i];
	struct origin at = {.where = info->where, .cli = info->cli};
	char key[sizeof("path.") + 2 * PLAN_NAME_MAX + sizeof(".from")];
	const struct param *param;
	const char *name;

	snprintf(key, sizeof(key), "path.%s.%s", plan->paths[i].name, end);
	param = plan_find_param(plan, key);
	*side = -1;
	if (param->entry)
		at = plan_entry_origin(param->entry);
	name = param->entry ? param->values[0] : "";
	if (!*name && !sender)
		return 0;
	if (!*name)
		return plan_complain(&at, err, -EINVAL,
				     "path %s: without a sender; add from =", plan->paths[i].name);
	*side = plan_side_index(plan, name);
	if (*side < 0)
		return plan_complain(&at, err, -EINVAL,
				     "%s: there is no side \"%s\"; name one that the plan has", key,
				     name);
	if (sender ? !sends(plan, *side) : !receives(plan, *side))
		return plan_complain(&at, err, -EINVAL,
				     "%s: the role of side %s is %s; set it to %s or both", key,
				     name, plan_role_set.rows[0].choices[plan->sides[*side].role],
				     sender ? "generator" : "sink");
	return 0;
}

static int add_path(struct plan *plan, int from, int to, struct error *err)
{
	struct plan_path path = {.from = from, .to = to};
	struct origin at = plan_origin(plan);
	size_t i;

	if (plan->n_paths == PLAN_PATHS_MAX)
		return plan_complain(&at, err, -E2BIG,
				     "each generator to each sink makes more than %d paths; name "
				     "those wanted in [path NAME]",
				     PLAN_PATHS_MAX);
	snprintf(path.name, sizeof(path.name), "%s%s%s", plan->sides[from].name, to < 0 ? "" : "-",
		 to < 0 ? "" : plan->sides[to].name);
	for (i = 0; i < plan->n_paths; i++)
		if (!strcmp(plan->paths[i].name, path.name))
			return plan_complain(&at, err, -EEXIST,
					     "two paths would be called %s; name them in "
					     "[path NAME]",
					     path.name);
	plan->paths[plan->n_paths++] = path;
	return 0;
}

/* Each sender to each other receiver; without one, to itself if it can, else to nobody. */
static int imply_paths(struct plan *plan, struct error *err)
{
	int from, to, ret, n = (int)plan->n_sides;

	for (from = 0; from < n; from++) {
		size_t before = plan->n_paths;

		if (!sends(plan, from))
			continue;
		for (to = 0; to < n; to++) {
			ret = to != from && receives(plan, to) ? add_path(plan, from, to, err) : 0;
			if (ret)
				return ret;
		}
		if (plan->n_paths > before)
			continue;
		ret = add_path(plan, from, receives(plan, from) ? from : -1, err);
		if (ret)
			return ret;
	}
	return 0;
}

int plan_form_paths(struct plan *plan, struct error *err)
{
	struct origin at = plan_origin(plan);
	size_t i;
	int ret;

	if (!plan->paths_given) {
		ret = imply_paths(plan, err);
		if (ret)
			return ret;
	}
	for (i = 0; plan->paths_given && i < plan->n_paths; i++) {
		ret = path_end(plan, i, "from", true, &plan->paths[i].from, err);
		if (!ret)
			ret = path_end(plan, i, "to", false, &plan->paths[i].to, err);
		if (ret)
			return ret;
	}
	if (!plan->n_paths)
		return plan_complain(&at, err, -EINVAL,
				     "no side sends; add [tx], or role = generator to a side");
	return 0;
}
