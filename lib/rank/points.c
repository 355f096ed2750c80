/* Points, best first, those that cannot be told apart in groups; see rank.h. */
#include "estimate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "student.h"

static int by_mean(const void *pa, const void *pb, void *data)
{
	const struct rank_work *work = data;
	const struct rank_point *a = pa, *b = pb;

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

static bool told_apart(const struct rank_work *work, const struct rank_point *a,
		       const struct rank_point *b, double alpha)
{
	struct contrast c = {0};

	contrast_add_point(&c, 1, &work->points[a->point]);
	contrast_add_point(&c, -1, &work->points[b->point]);
	return contrast_p(&c) <= alpha;
}

/* The points of FROM by groups into TO; PLACED says which are there already. */
static void make_groups(const struct rank_work *work, const struct ranking *ranking,
			const struct rank_point *from, struct rank_point *to, bool *placed)
{
	double others = ranking->n_known > 1 ? (double)(ranking->n_known - 1) : 1;
	size_t n = ranking->n_points, groups = 0, i, k, at = 0, begin;

	for (i = 0; i < n; i++) {
		if (placed[i])
			continue;
		begin = at;
		to[at++] = from[i];
		if (from[i].n >= RANK_LEAST && groups++ < RANK_GROUPS_MAX) {
			for (k = i + 1; k < n; k++) {
				if (placed[k] || from[k].n < RANK_LEAST ||
				    told_apart(work, &from[i], &from[k], (1 - RANK_LEVEL) / others))
					continue;
				placed[k] = true;
				to[at++] = from[k];
			}
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
	bool *placed = calloc(n + 1, sizeof(*placed));
	int ret = -ENOMEM;

	ranking->points = calloc(n + 1, sizeof(*ranking->points));
	if (!sorted || !placed || !ranking->points)
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
	make_groups(work, ranking, sorted, ranking->points, placed);
	ret = 0;
out:
	free(placed);
	free(sorted);
	return ret;
}
