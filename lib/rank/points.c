/* Points, best first, those that cannot be told apart in groups; see rank.h. */
#include "estimate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "student.h"

/* Those with too few trials last: a single lucky one is no reason to come first. */
static int by_mean(const void *pa, const void *pb, void *data)
{
	const struct rank_work *work = data;
	const struct rank_point *a = pa, *b = pb;

	if (work_known(work, a->point) != work_known(work, b->point))
		return work_known(work, a->point) ? -1 : 1;
	if (a->mean != b->mean)
		return (a->mean < b->mean) != work->sweep->more_is_better ? -1 : 1;
	return (a->point > b->point) - (a->point < b->point);
}

/* The interval of one point alone; CRITICAL is of the same degrees of freedom as long as N is DF_N.
 */
static void set_interval(const struct rank_work *work, struct rank_point *p, double critical)
{
	const struct point_sum *sum = &work->points[p->point];
	double half = critical * sqrt(sum->var / (double)sum->n);

	p->low = fmax(p->mean - half, work->sweep->least);
	p->high = fmin(p->mean + half, work->sweep->most);
}

static void set_intervals(const struct rank_work *work, struct ranking *ranking)
{
	double critical = NAN;
	size_t of = 0, i;

	for (i = 0; i < ranking->n_points; i++) {
		struct rank_point *p = &ranking->points[i];

		p->low = p->high = NAN;
		if (p->n < RANK_LEAST)
			continue;
		ranking->n_known++;
		if (p->n != of) {
			of = p->n;
			critical = student_critical(1 - RANK_LEVEL, (double)(of - 1));
		}
		set_interval(work, p, critical);
	}
}

/* A point that may belong to a group, and the probability that chance alone sets it so far behind
 * its best. */
struct candidate {
	size_t index; /* in the order of means */
	double p;
};

/* The points behind FROM[LEADER] that are not placed yet, with their p. Returns how many. */
static size_t find_candidates(const struct rank_work *work, const struct rank_point *from, size_t n,
			      size_t leader, const bool *placed, struct candidate *list)
{
	size_t i, found = 0;

	for (i = leader + 1; i < n; i++) {
		struct contrast c = {0};

		if (placed[i] || from[i].n < RANK_LEAST)
			continue;
		contrast_add_point(&c, 1, &work->points[from[leader].point]);
		contrast_add_point(&c, -1, &work->points[from[i].point]);
		list[found++] = (struct candidate){.index = i, .p = contrast_p(&c)};
	}
	return found;
}

/* The points of FROM by groups into TO. PLACED, LIST and P have room for all. */
static void make_groups(const struct rank_work *work, size_t n, const struct rank_point *from,
			struct rank_point *to, bool *placed, struct candidate *list, double *p)
{
	size_t groups = 0, at = 0, begin, found, i, k;
	double level;

	for (i = 0; i < n; i++) {
		if (placed[i])
			continue;
		begin = at;
		to[at++] = from[i];
		found = 0;
		if (from[i].n >= RANK_LEAST && groups++ < RANK_GROUPS_MAX)
			found = find_candidates(work, from, n, i, placed, list);
		for (k = 0; k < found; k++)
			p[k] = list[k].p;
		level = false_discovery_level(p, found);
		for (k = 0; k < found; k++) {
			if (list[k].p <= level)
				continue;
			placed[list[k].index] = true;
			to[at++] = from[list[k].index];
		}
		for (k = begin; k < at; k++) {
			to[k].first = begin + 1;
			to[k].last = at;
		}
	}
}

int points_make(const struct rank_work *work, struct ranking *ranking)
{
	size_t n = work->sweep->n_points, i;
	struct rank_point *sorted = calloc(n + 1, sizeof(*sorted));
	struct candidate *list = calloc(n + 1, sizeof(*list));
	double *p = calloc(n + 1, sizeof(*p));
	bool *placed = calloc(n + 1, sizeof(*placed));
	int ret = -ENOMEM;

	ranking->points = calloc(n + 1, sizeof(*ranking->points));
	if (!sorted || !list || !p || !placed || !ranking->points)
		goto out;
	for (i = 0; i < n; i++)
		if (work->points[i].n)
			sorted[ranking->n_points++] = (struct rank_point){
				.point = i,
				.n = work->points[i].n,
				.mean = work->points[i].mean,
			};
	if (ranking->n_points)
		qsort_r(sorted, ranking->n_points, sizeof(*sorted), by_mean, (void *)work);
	for (i = 0; i < ranking->n_points; i++)
		ranking->points[i] = sorted[i];
	set_intervals(work, ranking);
	for (i = 0; i < ranking->n_points; i++)
		sorted[i] = ranking->points[i];
	make_groups(work, ranking->n_points, sorted, ranking->points, placed, list, p);
	ret = 0;
out:
	free(placed);
	free(p);
	free(list);
	free(sorted);
	return ret;
}
