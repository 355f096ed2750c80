/* Sides to the ends of cables; see placement.h. */
#include "placement.h"

#include "lab.h"

/* Whether another side than an observer has END. */
static bool is_taken(const struct placement *p, const struct plan_side *sides, size_t n, int end)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p->end[i] == end && sides[i].role != ROLE_OBSERVER)
			return true;
	return false;
}

static int new_cable(struct placement *p, const struct plan_side *side, struct error *err)
{
	if (p->pairs == LAB_PAIRS_MAX)
		return error_set(err, EX_CONFIG, -E2BIG,
				 "%s: a lab has %d pairs at most: fewer sides with device = lab",
				 side->name, LAB_PAIRS_MAX);
	return LAB_ENDS * (int)p->pairs++;
}

/* The far end of the cable of SIDE for OTHER. */
static int join(struct placement *p, const struct plan_side *sides, size_t n, int side, int other,
		struct error *err)
{
	int end = p->end[side] ^ 1;

	if (p->end[other] == end)
		return 0;
	if (p->end[other] >= 0 || is_taken(p, sides, n, end))
		return error_set(err, EX_CONFIG, -EINVAL,
				 "%s and %s are to share a cable of the lab, and one of them has "
				 "one with another side: a cable has two ends; give them sides of "
				 "their own",
				 sides[side].name, sides[other].name);
	p->end[other] = end;
	return 0;
}

int placement_make(const struct plan_side *sides, size_t n_sides, const struct plan_path *paths,
		   size_t n_paths, const bool *in_lab, struct placement *placement,
		   struct error *err)
{
	struct placement *p = placement;
	size_t i;
	int ret = 0;

	p->pairs = 0;
	for (i = 0; i < n_sides; i++)
		p->end[i] = -1;
	for (i = 0; !ret && i < n_paths; i++) {
		int from = paths[i].from, to = paths[i].to;
		bool joined = to >= 0 && to != from && in_lab[from] && in_lab[to];

		if (!joined)
			continue;
		if (p->end[from] < 0 && p->end[to] >= 0) {
			ret = join(p, sides, n_sides, to, from, err);
			continue;
		}
		if (p->end[from] < 0)
			ret = p->end[from] = new_cable(p, &sides[from], err);
		if (ret >= 0)
			ret = join(p, sides, n_sides, from, to, err);
	}
	/* those that no path joins to another: a cable for itself, an observer looks at the first
	 */
	for (i = 0; ret >= 0 && i < n_sides; i++) {
		if (!in_lab[i] || p->end[i] >= 0)
			continue;
		if (sides[i].role == ROLE_OBSERVER) {
			p->end[i] = 0;
			continue;
		}
		ret = new_cable(p, &sides[i], err);
		p->end[i] = ret + (sides[i].role == ROLE_SINK);
	}
	p->pairs = p->pairs ? p->pairs : 1;
	return ret < 0 ? ret : 0;
}
