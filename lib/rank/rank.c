/* The parts of a ranking put together; see rank.h. */
#include "rank.h"

#include <math.h>
#include <stdlib.h>

#include "estimate.h"

static int by_share(const void *pa, const void *pb)
{
	const struct rank_effect *a = pa, *b = pb;

	if (!isnan(a->share) && !isnan(b->share) && a->share != b->share)
		return a->share > b->share ? -1 : 1;
	return (a->axis > b->axis) - (a->axis < b->axis);
}

static int make_parts(struct rank_work *work, struct ranking *r)
{
	int ret = blocks_find(work);

	if (!ret)
		ret = points_make(work, r);

	while (!ret && r->n_effects < work->sweep->n_axes) {
		ret = effect_make(work, r->n_effects, &r->effects[r->n_effects]);
		r->n_effects++;
	}
	if (!ret)
		ret = shares_make(work, r);
	if (!ret && r->n_effects)
		qsort(r->effects, r->n_effects, sizeof(*r->effects), by_share);
	return ret ? ret : interactions_make(work, r);
}

struct ranking *rank_make(const struct rank_sweep *sweep)
{
	struct ranking *r = calloc(1, sizeof(*r));
	struct rank_work work;
	int ret;

	if (!r)
		return NULL;
	ret = work_make(&work, sweep);
	r->effects = calloc(sweep->n_axes + 1, sizeof(*r->effects));
	if (!ret && r->effects)
		ret = make_parts(&work, r);
	work_clear(&work);
	if (ret || !r->effects) {
		rank_free(r);
		return NULL;
	}
	return r;
}

void rank_free(struct ranking *r)
{
	size_t i;
	int w;

	if (!r)
		return;
	for (i = 0; i < r->n_effects; i++)
		free(r->effects[i].values);
	for (i = 0; i < r->n_interactions; i++) {
		for (w = 0; w < 2; w++) {
			free(r->interactions[i].level[w]);
			free(r->interactions[i].matters[w]);
			free(r->interactions[i].most[w]);
		}
		free(r->interactions[i].mean);
	}
	free(r->interactions);
	free(r->effects);
	free(r->points);
	free(r);
}

double rank_zero_bound(double n)
{
	return n > 0 ? -expm1(log(1 - RANK_LEVEL) / n) : NAN;
}
