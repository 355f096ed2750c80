/*
 * What the settings of a sweep did to one measure, told from its noise. Pure: takes numbers,
 * gives numbers; knows no trial, no unit and no output format.
 *
 * The noise is the spread of a point's repeats, and the points are all there is to compare, so
 * an estimate is a contrast: a weighted sum of means of points. Its variance is the sum of theirs,
 * its degrees of freedom are Satterthwaite's (An approximate distribution of estimates of variance
 * components, Biometrics Bulletin 2, 1946), its interval is Student's (Welch, The generalization of
 * "Student's" problem when several different population variances are involved, Biometrika 34,
 * 1947). That asks for no common spread: a ring that never overflows has none, its neighbour much.
 * A bootstrap would ask for more repeats than a sweep has: with 3 to 10 its intervals are too short
 * (Hesterberg, What teachers should know about the bootstrap, The American Statistician 69, 2015),
 * and the exact Wilcoxon interval has no 95 % below 6.
 *
 * Trials count as independent, which a shuffled order makes them (drift of the machine falls on
 * every value alike). Where those of a value, or of each combination of some axes' values, stand
 * together in each round, they share what happened then, and the rounds are what is repeated (a
 * split plot: Box, Hunter, Hunter, Statistics for experimenters, 2nd ed., chapter 9); this is seen
 * from the order in which the trials ran. Axes that change within such blocks are judged as if the
 * blocks' share of the noise were theirs, too, which errs on the safe side.
 *
 * Where many are compared (the values of an axis with its best, the points with the best of their
 * group, the interactions with 0), one in 20 of those that are told apart is not different, on
 * average, and one in 20 of their intervals misses: the false discovery rate, by the procedure of
 * Benjamini and Yekutieli, which allows for all being compared with the same one (The control of
 * the false discovery rate in multiple testing under dependency, The Annals of Statistics 29,
 * 2001), and their intervals for what was so selected (False discovery rate-adjusted multiple
 * confidence intervals for selected parameters, JASA 100, 2005). That no error at all is made
 * (Bonferroni, Tukey) would ask for differences that a sweep of 3 repeats never has: 15 pairs of
 * values of which one alone is noisy have 2 degrees of freedom and need t = 17.
 */
#ifndef RINGLOSS_RANK_RANK_H
#define RINGLOSS_RANK_RANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RANK_NONE ((size_t)-1) /* a level: the axis does not apply to the point */
#define RANK_LEAST 3           /* repeats of a point with which its noise counts as known */
#define RANK_LEVEL 0.95        /* of all intervals */
#define RANK_LEVELS_MAX 32     /* of an axis, for its interactions to be looked for */
#define RANK_GROUPS_MAX 20     /* of points that tie; those behind are ranked by their mean */

struct rank_trial {
	size_t point;
	size_t round;   /* number of the repeat, any numbers */
	uint64_t order; /* in which trials ran */
	double value;
};

/* A sweep. Borrowed. */
struct rank_sweep {
	size_t n_axes, n_points;
	const size_t *n_levels;          /* one an axis */
	const size_t *levels;            /* levels[point * n_axes + axis], or RANK_NONE */
	const struct rank_trial *trials; /* those that count */
	size_t n_trials;
	bool more_is_better;
	/*
	 * Smallest step of a value: the spread of repeats counts as at least that, so that
	 * one frame that differs in every repeat is no finding.
	 */
	double resolution;
	double least, most; /* bounds of a value, for the intervals of single points */
};

/* Part of an axis, in what was measured. */
enum rank_standing {
	RANK_BEST,    /* of its axis, over the pairs of points */
	RANK_TIE,     /* cannot be told from the best */
	RANK_WORSE,   /* can */
	RANK_UNKNOWN, /* no two points alike in all else with RANK_LEAST repeats each, or no best */
};

/* A value of an axis, over all points that have it. */
struct rank_value {
	size_t level;
	double mean;     /* of the means of its points, each counting once */
	size_t n_points; /* that have a trial */
	size_t n_pairs;  /* of points that are alike in all else: it, and the best */
	/* To the best value, over the pairs; NAN: unknown. Better than it is a tie at most. */
	double difference, low, high;
	enum rank_standing standing;
};

/* An axis. */
struct rank_effect {
	size_t axis;
	double share;              /* of the variation, 0 to 1; NAN: unknown */
	bool blocked;              /* trials stand together in blocks: the rounds were compared */
	bool matters;              /* some value is worse than the best */
	struct rank_value *values; /* in order of levels; without those of no point */
	size_t n_values;
	/*
	 * No value is best: a is better than b, b than c, and c than a, each told apart. Can be
	 * where points are missing, as the pairs are others.
	 */
	bool circular;
	size_t best; /* index into values; RANK_NONE: circular, or no two can be compared */
};

/* A point, best first. */
struct rank_point {
	size_t point;
	size_t n; /* trials */
	double mean;
	double low, high; /* of this point alone, at RANK_LEVEL; NAN below RANK_LEAST trials */
	/*
	 * Ranks that it shares, from 1: the points of a group cannot be told from its best. Points
	 * with fewer trials than RANK_LEAST come last, each alone, by their means.
	 */
	size_t first, last;
};

/* Two axes of which the effect of one depends on the other. */
struct rank_interaction {
	size_t axis[2];
	size_t n[2];      /* levels that were compared */
	size_t *level[2]; /* they */
	double *mean;     /* mean[i * n[1] + k]: of the points with levels i and k; NAN: none */
	/*
	 * By how much more the measure goes from b to a of the second axis at level i than at level
	 * k of the first: the largest such difference of differences that can be told from 0.
	 * Positive.
	 */
	size_t i, k, a, b; /* indices into level[0], level[0], level[1], level[1] */
	double difference, low, high;
	/* matters[0][i]: at level i of the first axis the second makes a difference; [1] the other
	 * way round */
	bool *matters[2];
	double *most[2]; /* and how large a difference of means its values make there */
};

struct ranking {
	struct rank_effect *effects; /* those that account for most first */
	size_t n_effects;
	struct rank_point *points; /* without those that have no trial */
	size_t n_points;
	struct rank_interaction *interactions; /* largest first */
	size_t n_interactions;
	bool interactions_cut; /* some axis has more than RANK_LEVELS_MAX levels */
	size_t n_known;        /* points with RANK_LEAST trials at least */
	/*
	 * Shares of the variation over all trials that no axis has alone, 0 to 1; NAN: unknown.
	 * With the axes' they add up to 1. Kelley's epsilon squared (An unbiased correlation ratio
	 * measure, PNAS 21, 1935), which takes off what noise alone would give to an axis of many
	 * values (least biased of three: Okada, Is omega squared less biased?, Behaviormetrika 40,
	 * 2013); of the axes each beyond all others (type II sums of squares).
	 */
	double together; /* interactions: more than the axes' effects added up */
	double unclear;  /* of several axes, which the points do not tell apart */
	double rounds;   /* from round to round: drift */
	double noise;
};

/* Rank SWEEP. NULL: no memory. The caller frees by rank_free. */
struct ranking *rank_make(const struct rank_sweep *sweep);
void rank_free(struct ranking *ranking);

/*
 * At most this share of frames is lost, with probability RANK_LEVEL, when of N none
 * was: the rule of three, 1 - 0.05^(1/n) or about 3/n (Hanley, Lippman-Hand: If nothing goes wrong,
 * is everything all right?, JAMA 249, 1983). Of frames that are lost one by one: a burst counts
 * once.
 */
double rank_zero_bound(double n);

#endif
