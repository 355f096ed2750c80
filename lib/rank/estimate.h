/*
 * The inside of lib/rank: means of points with what is known of their noise, and contrasts of
 * them. Shared by the files of this folder only.
 */
#ifndef RINGLOSS_RANK_ESTIMATE_H
#define RINGLOSS_RANK_ESTIMATE_H

#include "rank.h"

/* A point's trials. */
struct point_sum {
	size_t first, n; /* its trials in work.trials */
	double mean;
	double var; /* of a single trial, at least resolution^2; NAN below RANK_LEAST trials */
};

struct rank_work {
	const struct rank_sweep *sweep;
	struct rank_trial *trials; /* by point; rounds are numbered from 0 */
	struct point_sum *points;
	size_t n_rounds;
	/*
	 * One a point: the number of its block, the points whose trials stood together in each
	 * round. Every point is one for itself unless the order was in blocks.
	 */
	size_t *block;
	bool *blocked;   /* one an axis: its value is the same throughout each block */
	double *scratch; /* one a round, and one a point: for contrast_add_block and its callers */
	size_t *listed;
};

/* A sum of terms that vary independently. */
struct contrast {
	double value, var;
	double var2_df; /* sum of var^2 / df of the terms */
	double df;      /* sum of df of the terms: what is left when no term has a variance */
	size_t n;       /* terms */
};

/* Sort and sum up the trials. 0 or -ENOMEM; WORK is cleared by work_clear in any case. */
int work_make(struct rank_work *work, const struct rank_sweep *sweep);
void work_clear(struct rank_work *work);

static inline size_t work_level(const struct rank_work *work, size_t point, size_t axis)
{
	return work->sweep->levels[point * work->sweep->n_axes + axis];
}

static inline bool work_known(const struct rank_work *work, size_t point)
{
	return work->points[point].n >= RANK_LEAST;
}

/* Add WEIGHT times a mean with variance VAR and DF degrees of freedom, or times that of a point. */
void contrast_add(struct contrast *c, double weight, double mean, double var, double df);
void contrast_add_point(struct contrast *c, double weight, const struct point_sum *p);

/*
 * Add SIGN times the sum of the means of N points that share a block: what happened to it in a
 * round is in all of them, so the rounds are what is repeated. Of one point it is
 * contrast_add_point.
 */
void contrast_add_block(const struct rank_work *work, struct contrast *c, double sign,
			const size_t *points, size_t n);

/* C divided by N. */
void contrast_divide(struct contrast *c, double n);

/* Probability of a value at least so far from 0 when the truth is 0; 1 without a term. */
double contrast_p(const struct contrast *c);

/*
 * The level of each of N comparisons with probabilities P (sorted here), so that of those at or
 * below it one in 20 at most is wrong on average: Benjamini's and Yekutieli's, see rank.h.
 */
double false_discovery_level(double *p, size_t n);

/* Half of the width of the interval in which the truth is with probability 1 - ALPHA. */
double contrast_half(const struct contrast *c, double alpha);

/*
 * Points with an axis's level, known or not, in the order of all other axes' levels: those alike in
 * all but AXES (N_AXES of them) stand together, by level of these. ORDER has room for all points;
 * returns how many.
 */
size_t work_order(const struct rank_work *work, const size_t *axes, size_t n_axes, size_t *order);

/* Are two points alike in all but AXES? */
bool work_alike(const struct rank_work *work, const size_t *axes, size_t n_axes, size_t a,
		size_t b);

/* ---- the parts of rank_make; each 0 or -ENOMEM ---- */

/* Sets block and blocked. */
int blocks_find(struct rank_work *work);

int effect_make(const struct rank_work *work, size_t axis, struct rank_effect *effect);
int points_make(const struct rank_work *work, struct ranking *ranking);
int interactions_make(const struct rank_work *work, struct ranking *ranking);

/* Sets share of each effect, which are in order of axes, and the rest of the shares. */
int shares_make(const struct rank_work *work, struct ranking *ranking);

#endif
