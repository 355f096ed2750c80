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

	_Static_assert(PLAN_PATHS_MAX >= PLAN_SIDES_MAX, "a side sends on one path");
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

/* The sides of ROLE in the order of the plan. */
static int list_sides(const struct plan *plan, enum side_role role, int *list)
{
	int n = 0, i;

	for (i = 0; i < (int)plan->n_sides; i++)
		if (plan->sides[i].role == role)
			list[n++] = i;
	return n;
}

/*
 * The first generator to the first sink, the second to the second; sides with both roles two and
 * two, each to the other. One of these alone sends to a sink if there is one, else to itself.
 * Generators without any sink send to nobody.
 */
static int imply_paths(struct plan *plan, struct error *err)
{
	int generators[PLAN_SIDES_MAX], sinks[PLAN_SIDES_MAX], both[PLAN_SIDES_MAX];
	int n_generators = list_sides(plan, ROLE_GENERATOR, generators);
	int n_sinks = list_sides(plan, ROLE_SINK, sinks);
	int n_both = list_sides(plan, ROLE_BOTH, both);
	struct origin at = plan_origin(plan);
	int i, ret = 0;

	if (n_both == 1 && !n_generators && n_sinks == 1)
		return add_path(plan, both[0], sinks[0], err);
	if ((n_both > 1 && n_both % 2) ||
	    (n_generators && (n_sinks || n_both) && n_generators != n_sinks) ||
	    (n_both && !n_generators && n_sinks))
		return plan_complain(&at, err, -EINVAL,
				     "generators: %d, sinks: %d, sides with both roles: %d; which "
				     "sends to which cannot be told; say it in [path NAME]",
				     n_generators, n_sinks, n_both);
	for (i = 0; !ret && i < n_generators; i++)
		ret = add_path(plan, generators[i], n_sinks ? sinks[i] : -1, err);
	for (i = 0; !ret && i < n_both; i++)
		ret = add_path(plan, both[i], n_both == 1 ? both[i] : both[i ^ 1], err);
	return ret;
}

/*
 * What a device counts cannot be told apart by paths, nor what a generator is to write by the side
 * it is for: so a side sends on one path at most, and receives on one.
 */
static int check_shared(const struct plan *plan, size_t i, struct error *err)
{
	const struct plan_path *path = &plan->paths[i];
	struct origin at = {.where = plan->path_info[i].where, .cli = plan->path_info[i].cli};
	size_t k;

	for (k = 0; k < i; k++) {
		if (plan->paths[k].from == path->from)
			return plan_complain(&at, err, -EINVAL,
					     "path %s: side %s sends on path %s already, and a "
					     "side sends on one; add another generator",
					     path->name, plan->sides[path->from].name,
					     plan->paths[k].name);
		if (path->to >= 0 && plan->paths[k].to == path->to)
			return plan_complain(&at, err, -EINVAL,
					     "path %s: side %s receives on path %s already, and "
					     "a side receives on one; add another sink",
					     path->name, plan->sides[path->to].name,
					     plan->paths[k].name);
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
		if (!ret)
			ret = check_shared(plan, i, err);
		if (ret)
			return ret;
	}
	if (!plan->n_paths)
		return plan_complain(&at, err, -EINVAL,
				     "no side sends; add [tx], or role = generator to a side");
	return 0;
}
