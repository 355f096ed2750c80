/*
 * Rankings against figures of R 4.2.2 (qt, pt, t.test, aov, drop1, and contrasts with
 * Satterthwaite's degrees of freedom written there apart), and on simulated sweeps: the intervals
 * hold the truth as often as they say, also for loss that is skewed, bounded at 0 and mostly 0.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "estimate.h"
#include "rank.h"
#include "student.h"

#define AXES_MAX 3
#define POINTS_MAX 64
#define ROUNDS_MAX 16

static void assert_near(double value, double expected, double part)
{
	if (!(fabs(value - expected) <= part * fabs(expected)))
		fail_msg("%.12g is not %.12g", value, expected);
}

static void student(void **state)
{
	static const struct {
		double alpha, df, t; /* R: qt(1 - alpha / 2, df) */
	} critical[] = {
		{0.05, 1, 12.70620473617},   {0.05, 2, 4.30265272975},  {0.05, 4, 2.77644510520},
		{0.05, 2.5, 3.57465484200},  {0.05, 30, 2.04227245630}, {0.001, 2, 31.59905457645},
		{0.001, 7.3, 5.28321175894},
	};
	static const struct {
		double t, df, p; /* R: 2 * pt(-t, df) */
	} beyond[] = {
		{0, 3, 1},
		{0.5, 3, 6.51447964848e-01},
		{3, 5.5, 2.67234806618e-02},
		{-12.7, 1, 5.00243276893e-02},
		{40, 4, 2.33401632260e-06},
		{1e-9, 5, 0.999999999241},
		{200, 8, 4.37185144321e-16},
	};
	size_t i;

	for (i = 0; i < sizeof(critical) / sizeof(critical[0]); i++)
		assert_near(student_critical(critical[i].alpha, critical[i].df), critical[i].t,
			    1e-9);
	for (i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++)
		assert_near(student_beyond(beyond[i].t, beyond[i].df), beyond[i].p, 1e-8);
	assert_true(student_beyond(INFINITY, 3) == 0);
	assert_true(isnan(student_beyond(1, 0)));
}

/* A sweep that owns its arrays. */
struct world {
	struct rank_sweep sweep;
	size_t n_levels[AXES_MAX];
	size_t levels[POINTS_MAX * AXES_MAX];
	struct rank_trial trials[POINTS_MAX * ROUNDS_MAX];
};

/* Crossed axes of LEVELS values each; the last axis changes first. */
static void world_cross(struct world *w, const size_t *levels, size_t n_axes)
{
	size_t point, axis;

	memset(w, 0, sizeof(*w));
	w->sweep.n_axes = n_axes;
	w->sweep.n_points = 1;
	w->sweep.most = INFINITY;
	w->sweep.n_levels = w->n_levels;
	w->sweep.levels = w->levels;
	w->sweep.trials = w->trials;
	for (axis = 0; axis < n_axes; axis++)
		w->sweep.n_points *= w->n_levels[axis] = levels[axis];
	assert_true(w->sweep.n_points <= POINTS_MAX);
	for (point = 0; point < w->sweep.n_points; point++) {
		size_t rest = point;

		for (axis = n_axes; axis-- > 0; rest /= levels[axis])
			w->levels[point * n_axes + axis] = rest % levels[axis];
	}
}

static void world_trial(struct world *w, size_t point, size_t round, uint64_t order, double value)
{
	w->trials[w->sweep.n_trials++] =
		(struct rank_trial){.point = point, .round = round, .order = order, .value = value};
}

static struct ranking *world_rank(const struct world *w)
{
	struct ranking *r = rank_make(&w->sweep);

	assert_non_null(r);
	return r;
}

static const struct rank_effect *effect_of(const struct ranking *r, size_t axis)
{
	size_t i;

	for (i = 0; i < r->n_effects; i++)
		if (r->effects[i].axis == axis)
			return &r->effects[i];
	fail_msg("axis %zu has no effect", axis);
	return NULL;
}

/*
 * Which value is the best where some points are missing, of an axis of 3 values beside one of up to
 * 4: a mean over other points is no reason, a better one over the pairs is, and where the pairs
 * contradict each other or there is none, no value is.
 */
static void best_of_some(void **state)
{
	static const struct {
		double mean[3][4]; /* by the axis, and the other one; 0: no trials */
		size_t best;       /* RANK_NONE: none */
		bool circular;
		enum rank_standing standing[3];
	} rows[] = {
		/* Each with another of its own: nothing compares. */
		{{{10}, {0, 20}, {0, 0, 30}},
		 RANK_NONE,
		 false,
		 {RANK_UNKNOWN, RANK_UNKNOWN, RANK_UNKNOWN}},
		/* The first has most points and the least mean, but the two others compare. */
		{{{10, 10, 10}, {0, 0, 0, 30}, {0, 0, 0, 20}},
		 2,
		 false,
		 {RANK_UNKNOWN, RANK_WORSE, RANK_BEST}},
		/* Over all its points the second is better, over the pairs the first. */
		{{{50, 50}, {60, 60, 10, 10}, {70, 70}},
		 0,
		 false,
		 {RANK_BEST, RANK_WORSE, RANK_WORSE}},
		/* 0 before 1, 1 before 2, 2 before 0. */
		{{{10, 0, 30}, {20, 10, 0}, {0, 20, 20}},
		 RANK_NONE,
		 true,
		 {RANK_UNKNOWN, RANK_UNKNOWN, RANK_UNKNOWN}},
		/* The same by less than the noise: the one that is behind by least is the best. */
		{{{10, 0, 10.3}, {10.2, 10, 0}, {0, 10.2, 10.2}},
		 0,
		 false,
		 {RANK_BEST, RANK_TIE, RANK_TIE}},
	};
	static const size_t levels[] = {3, 4};
	struct world w;
	size_t i, k, point, round;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct rank_effect *e;
		struct ranking *r;

		world_cross(&w, levels, 2);
		for (round = 0; round < 5; round++)
			for (point = 0; point < w.sweep.n_points; point++) {
				double mean = rows[i].mean[point / 4][point % 4];

				if (mean > 0)
					world_trial(&w, point, round, w.sweep.n_trials,
						    mean + ((double)((point + 2 * round) % 5) - 2));
			}
		r = world_rank(&w);
		e = effect_of(r, 0);
		assert_int_equal(e->n_values, 3);
		assert_int_equal(e->best, rows[i].best);
		assert_int_equal(e->circular, rows[i].circular);
		for (k = 0; k < 3; k++) {
			assert_int_equal(e->values[k].standing, rows[i].standing[k]);
			assert_true(isnan(e->values[k].difference) ==
				    (rows[i].standing[k] == RANK_UNKNOWN));
		}
		rank_free(r);
	}
}

/* R: t.test(x, y), which is Welch's. */
static void two_values(void **state)
{
	static const double x[] = {12.1, 13.4, 11.8, 12.9}, y[] = {0, 0.4, 0.1};
	static const size_t levels[] = {2};
	const struct rank_effect *e;
	struct ranking *r;
	struct world w;
	size_t i;

	world_cross(&w, levels, 1);
	for (i = 0; i < 4; i++)
		world_trial(&w, 0, i + 1, i, x[i]);
	for (i = 0; i < 3; i++)
		world_trial(&w, 1, i + 1, i + 4, y[i]);
	r = world_rank(&w);
	e = effect_of(r, 0);
	assert_int_equal(e->best, 1);
	assert_int_equal(e->values[0].standing, RANK_WORSE);
	assert_near(e->values[0].low, 11.2669121281, 1e-9);
	assert_near(e->values[0].high, 13.4997545386, 1e-9);
	assert_true(e->matters);
	/* Each alone, bounded at 0. */
	assert_int_equal(r->points[0].point, 1);
	assert_true(r->points[0].low == 0);
	assert_near(r->points[0].high, 0.683781167921, 1e-9);
	assert_near(r->points[1].low, 11.3843091168, 1e-9);
	rank_free(r);
	w.sweep.more_is_better = true;
	r = world_rank(&w);
	e = effect_of(r, 0);
	assert_int_equal(e->best, 0);
	assert_near(e->values[1].high, -11.2669121281, 1e-9);
	assert_int_equal(r->points[0].point, 0);
	rank_free(r);
}

/* Loss of three rings and two affinities in three rounds; order shuffled. */
static const double rings[3][2][3] = {
	{{90, 91, 89}, {80, 82, 79}},
	{{50, 52, 51}, {47, 49, 45}},
	{{1, 2, 0}, {2, 1, 1}},
};

static void fill_rings(struct world *w)
{
	static const size_t levels[] = {3, 2};
	size_t a, b, round;

	world_cross(w, levels, 2);
	for (round = 0; round < 3; round++)
		for (a = 0; a < 3; a++)
			for (b = 0; b < 2; b++)
				world_trial(w, 2 * a + b, round, 6 * round + (5 * a + 3 * b) % 7,
					    rings[a][b][round]);
}

static void crossed(void **state)
{
	const struct rank_interaction *x;
	const struct rank_effect *e;
	struct ranking *r;
	struct world w;

	fill_rings(&w);
	r = world_rank(&w);
	e = &r->effects[0];
	assert_int_equal(e->axis, 0);
	assert_false(e->blocked);
	assert_int_equal(e->best, 2);
	assert_near(e->values[0].mean, 511.0 / 6, 1e-12);
	assert_int_equal(e->values[0].n_pairs, 2);
	assert_near(e->values[0].difference, 84, 1e-9);
	assert_near(e->values[0].low, 82.2657272297, 1e-9);
	assert_near(e->values[1].high, 50.0478970104, 1e-9);
	e = &r->effects[1];
	assert_int_equal(e->best, 1);
	assert_near(e->values[0].low, 3.05226612303, 1e-9);
	assert_near(e->values[0].high, 5.83662276586, 1e-9);
	/* R: aov(y ~ round + a * b) */
	assert_near(r->effects[0].share, 0.991385283623765, 1e-9);
	assert_near(r->effects[1].share, 0.004103107709809, 1e-9);
	assert_near(r->together, 0.003443818191220, 1e-9);
	assert_near(r->rounds, 0.000496406225761, 1e-9);
	assert_true(r->unclear == 0);
	assert_near(r->noise + r->rounds + r->together + r->effects[0].share + r->effects[1].share,
		    1, 1e-12);
	/* The affinity matters at the small rings only. */
	assert_int_equal(r->n_interactions, 1);
	x = &r->interactions[0];
	assert_int_equal(x->i, 0);
	assert_int_equal(x->k, 2);
	assert_int_equal(x->a, 0);
	assert_int_equal(x->b, 1);
	assert_near(x->difference, 10, 1e-9);
	assert_near(x->low, 5.9292271738, 1e-9);
	assert_near(x->high, 14.0707728262, 1e-9);
	assert_near(x->mean[3], 47, 1e-12);
	assert_true(x->matters[0][0]);
	assert_false(x->matters[0][2]);
	assert_near(x->most[0][0], 29.0 / 3, 1e-12);
	/* Two points of ring 3 tie, and no other does with them. */
	assert_int_equal(r->points[0].point, 4);
	assert_int_equal(r->points[0].first, 1);
	assert_int_equal(r->points[0].last, 2);
	assert_int_equal(r->points[1].last, 2);
	assert_int_equal(r->points[2].first, 3);
	rank_free(r);
}

/* R: drop1(lm(y ~ a + b)) and the residuals' sums, without a1b2 and one trial of a3b1. */
static void unbalanced(void **state)
{
	const double noise = (14.6666666667 - 8.13888888889) / 7, total = 15544.8571429;
	const struct rank_effect *e;
	struct ranking *r;
	struct world w;
	size_t i, n = 0;

	fill_rings(&w);
	for (i = 0; i < w.sweep.n_trials; i++)
		if (w.trials[i].point != 1 && (w.trials[i].point != 4 || w.trials[i].round))
			w.trials[n++] = w.trials[i];
	w.sweep.n_trials = n;
	r = world_rank(&w);
	e = effect_of(r, 0);
	assert_near(e->share, (12642.523148 - 2 * noise) / total, 1e-7);
	assert_near(effect_of(r, 1)->share, (11.614815 - noise) / total, 1e-6);
	assert_near(r->unclear, (total - 27.1851851852 - 12642.523148 - 11.614815) / total, 1e-6);
	/* a1b1 and a3b1, which has two trials, are no pair; a2 and a3 are one at b2. */
	assert_int_equal(e->values[0].standing, RANK_UNKNOWN);
	assert_true(isnan(e->values[0].low));
	assert_int_equal(e->values[1].n_pairs, 1);
	assert_near(e->values[1].difference, 47 - 4.0 / 3, 1e-12);
	/* The point with two trials has its mean and nothing else. */
	for (i = 0; i < r->n_points; i++)
		if (r->points[i].point == 4)
			break;
	assert_int_equal(r->points[i].n, 2);
	assert_true(isnan(r->points[i].high));
	assert_int_equal(r->points[i].first, r->points[i].last);
	rank_free(r);
}

/* One repeat, one point, one value, nothing: no interval and no share is made up. */
static void too_little(void **state)
{
	static const struct {
		size_t levels[2], n_axes, repeats;
	} rows[] = {
		{{3, 2}, 2, 1}, {{3, 2}, 2, 2}, {{1, 1}, 2, 5}, {{1, 3}, 2, 5},
		{{2, 2}, 2, 0}, {{1, 0}, 0, 4}, {{1, 0}, 1, 1},
	};
	size_t i, k, p;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ranking *r;
		struct world w;

		world_cross(&w, rows[i].levels, rows[i].n_axes);
		for (k = 0; k < rows[i].repeats; k++)
			for (p = 0; p < w.sweep.n_points; p++)
				world_trial(&w, p, k, k, (double)((p * 7 + k * 3) % 5));
		r = world_rank(&w);
		assert_int_equal(r->n_points, rows[i].repeats ? w.sweep.n_points : 0);
		assert_int_equal(r->n_effects, rows[i].n_axes);
		if (rows[i].repeats < RANK_LEAST) {
			assert_true(isnan(r->noise));
			assert_int_equal(r->n_known, 0);
			assert_int_equal(r->n_interactions, 0);
			for (k = 0; k < r->n_effects; k++)
				for (p = 0; p < r->effects[k].n_values; p++)
					assert_int_equal(r->effects[k].values[p].standing,
							 RANK_UNKNOWN);
			for (p = 0; p < r->n_points; p++)
				assert_int_equal(r->points[p].first, r->points[p].last);
		}
		rank_free(r);
	}
}

/* Exact counts in every repeat separate; one frame that differs does not, and equals tie. */
static void without_noise(void **state)
{
	static const double lost[] = {0, 0, 1, 19873, 19745};
	static const size_t levels[] = {5};
	struct ranking *r;
	struct world w;
	size_t i, k;

	world_cross(&w, levels, 1);
	w.sweep.resolution = 1.0 / 20000;
	for (k = 0; k < 3; k++)
		for (i = 0; i < 5; i++)
			world_trial(&w, i, k, 5 * k + i, lost[i] / 20000);
	r = world_rank(&w);
	for (i = 0; i < 3; i++) {
		assert_int_equal(r->points[i].first, 1);
		assert_int_equal(r->points[i].last, 3);
		assert_int_not_equal(r->effects[0].values[i].standing, RANK_WORSE);
	}
	assert_int_equal(r->points[3].point, 4);
	assert_int_equal(r->points[3].last, 4);
	assert_int_equal(r->effects[0].values[4].standing, RANK_WORSE);
	assert_true(r->effects[0].share > 0.999);
	rank_free(r);
}

static void zero_bound(void **state)
{
	/* Hanley and Lippman-Hand 1983: of 10 none is up to 26 %, of 100 3.0 %, and 3/n */
	assert_near(rank_zero_bound(10), 0.2589, 1e-3);
	assert_near(rank_zero_bound(100), 0.0295, 2e-3);
	assert_near(rank_zero_bound(1e9), 3e-9, 2e-3);
	assert_true(isnan(rank_zero_bound(0)));
}

/* A ring that two endpoints have and the third has not: pairs are found, the rest is not made up.
 */
static void collapsed(void **state)
{
	static const size_t points[][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}, {2, RANK_NONE}};
	static const double mean[] = {50, 10, 52, 12, 3};
	const struct rank_effect *endpoint;
	struct ranking *r;
	struct world w = {0};
	size_t i, k;

	w.sweep = (struct rank_sweep){.n_axes = 2,
				      .n_points = 5,
				      .n_levels = w.n_levels,
				      .levels = w.levels,
				      .trials = w.trials,
				      .most = INFINITY};
	w.n_levels[0] = 3;
	w.n_levels[1] = 2;
	memcpy(w.levels, points, sizeof(points));
	for (k = 0; k < 4; k++)
		for (i = 0; i < 5; i++)
			world_trial(&w, i, k, 5 * k + (i * 3 + k) % 5,
				    mean[i] + (double)((k + i) % 4) / 10);
	r = world_rank(&w);
	endpoint = effect_of(r, 0);
	assert_int_equal(endpoint->best, 0);
	assert_int_equal(endpoint->values[1].standing, RANK_WORSE);
	assert_near(endpoint->values[1].difference, 2, 1e-9);
	assert_int_equal(endpoint->values[2].standing, RANK_UNKNOWN);
	assert_near(effect_of(r, 1)->values[0].difference, 40, 1e-9);
	assert_true(r->effects[0].axis == 1);
	rank_free(r);
}

/* ---- simulated sweeps ---- */

static double uniform(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return ((double)((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *state)
{
	return sqrt(-2 * log(uniform(state))) * cos(2 * M_PI * uniform(state));
}

/* Each has mean MEAN; loss is never below 0. */
static double noise_even(double mean, uint64_t *state)
{
	return mean + 2 * normal(state);
}

/* Lognormal with a sigma of 0.5: skewness 1.75, spread in proportion; 0 stays 0. */
static double noise_skewed(double mean, uint64_t *state)
{
	return mean * exp(0.5 * normal(state) - 0.125);
}

/* As long as nothing stalls nothing is lost: 0 in half of all trials, else exponential. */
static double noise_bursts(double mean, uint64_t *state)
{
	return uniform(state) < 0.5 ? 0 : -2 * mean * log(uniform(state));
}

struct scenario {
	const char *name;
	size_t levels[2], rounds;
	double (*noise)(double mean, uint64_t *state);
	double drift; /* spread of what a round adds to all */
	double block; /* spread of what a block of trials of a value shares; 0: shuffled */
	size_t apart; /* per cent of sweeps in which the rings are told apart, at least */
};

static const struct scenario scenarios[] = {
	{"even, 3 rounds", {4, 3}, 3, noise_even, 0, 0, 95},
	{"even, drift, 5 rounds", {4, 3}, 5, noise_even, 5, 0, 95},
	{"even, one axis", {6, 1}, 3, noise_even, 0, 0, 95},
	{"even, one axis, 10 rounds", {7, 1}, 10, noise_even, 0, 0, 95},
	{"skewed, 3 rounds", {4, 3}, 3, noise_skewed, 0, 0, 95},
	{"skewed, drift, 5 rounds", {4, 4}, 5, noise_skewed, 1, 0, 95},
	{"skewed, 10 rounds", {7, 4}, 10, noise_skewed, 0, 0, 95},
	{"bursts, 3 rounds", {4, 4}, 3, noise_bursts, 0, 0, 0},
	{"bursts, 5 rounds", {4, 4}, 5, noise_bursts, 0, 0, 40},
	{"bursts, 10 rounds", {4, 4}, 10, noise_bursts, 0, 0, 90},
	{"blocks, 3 rounds", {4, 4}, 3, noise_even, 1, 4, 50},
	{"blocks, 5 rounds", {4, 4}, 5, noise_even, 1, 4, 95},
};

/* Mean of a point of the simulation: rings that lose less and less, affinity at the small ones. */
static double truth(size_t a, size_t b)
{
	static const double ring[] = {40, 20, 8, 0, 0, 0, 0};

	return ring[a] + (a < 2 ? 3.0 * (double)b : 0);
}

static void simulate(const struct scenario *s, uint64_t *state, struct world *w)
{
	size_t a, b, round, i;

	world_cross(w, s->levels, 2);
	for (round = 0; round < s->rounds; round++) {
		double drift = s->drift * normal(state);

		for (a = 0; a < s->levels[0]; a++) {
			double block = s->block * normal(state);

			for (b = 0; b < s->levels[1]; b++) {
				i = a * s->levels[1] + b;
				world_trial(w, i, round,
					    s->block > 0 ? i : (uint64_t)(uniform(state) * 1e15),
					    s->noise(truth(a, b), state) + drift + block);
			}
		}
	}
}

/* Intervals of an axis that hold their true difference, and how many there are. */
static void count_holds(const struct rank_effect *e, const struct scenario *s, size_t *holds,
			size_t *all)
{
	size_t i, k, other = s->levels[!e->axis];

	for (i = 0; i < e->n_values; i++) {
		const struct rank_value *v = &e->values[i];
		double difference = 0;

		for (k = 0; k < other; k++)
			difference += (e->axis ? truth(k, v->level) - truth(k, e->best)
					       : truth(v->level, k) - truth(e->best, k)) /
				      (double)other;
		if (e->n_values == 1 || i == e->best)
			continue;
		(*all)++;
		*holds += v->low <= difference + 1e-9 && v->high >= difference - 1e-9;
	}
}

/* Is a point of the smallest mean in the first group? */
static bool group_holds(const struct ranking *r, const struct scenario *s)
{
	size_t i;

	for (i = 0; i < r->points[0].last; i++)
		if (truth(r->points[i].point / s->levels[1], r->points[i].point % s->levels[1]) ==
		    truth(s->levels[0] - 1, 0))
			return true;
	return false;
}

/* 95 % intervals: at least 93 of 100 hold the truth, and those of an axis all together in most
 * sweeps. */
static void intervals_hold(void **state)
{
	uint64_t seed = 20260131;
	size_t i, k, n = 500;
	int axis;

	for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		const struct scenario *s = &scenarios[i];
		size_t holds[2] = {0, 0}, all[2] = {0, 0}, whole[2] = {0, 0};
		size_t groups = 0, apart = 0, blocked = 0;
		struct world w;

		for (k = 0; k < n; k++) {
			struct ranking *r;

			simulate(s, &seed, &w);
			r = world_rank(&w);
			for (axis = 0; axis < 2; axis++) {
				size_t h = 0, of = 0;

				count_holds(effect_of(r, (size_t)axis), s, &h, &of);
				holds[axis] += h;
				all[axis] += of;
				whole[axis] += h == of;
			}
			apart += effect_of(r, 0)->matters;
			blocked += effect_of(r, 0)->blocked;
			groups += group_holds(r, s);
			rank_free(r);
		}
		for (axis = 0; axis < 2; axis++) {
			double share = all[axis] ? (double)holds[axis] / (double)all[axis] : 1;

			print_message("# %-24s axis %d: %.3f of %zu hold, all in %zu of %zu\n",
				      s->name, axis, share, all[axis], whole[axis], n);
			assert_true(share >= 0.93);
			assert_true(whole[axis] >= n * 80 / 100);
		}
		print_message("#   apart %zu, blocked %zu, best in group %zu\n", apart, blocked,
			      groups);
		assert_int_equal(blocked, s->block > 0 ? n : 0);
		assert_true(groups >= n * 95 / 100);
		/* wide enough is no art: the rings differ, and that is to be seen */
		assert_true(apart >= n * s->apart / 100);
	}
}

/* Many points, of which the first TIED are equal: who is called worse than the best, and rightly?
 */
static void groups_hold(void **state)
{
	static const struct {
		size_t n, tied, rounds;
		double (*noise)(double mean, uint64_t *state);
		double largest; /* the group has at most so many points on average */
	} rows[] = {
		{30, 30, 3, noise_even, 30},   {30, 15, 3, noise_even, 24},
		{30, 3, 5, noise_even, 8},     {30, 15, 10, noise_skewed, 24},
		{60, 60, 5, noise_skewed, 60}, {60, 6, 10, noise_even, 14},
	};
	uint64_t seed = 20260202;
	size_t i, k, p, n = 200;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double false_share = 0, size = 0;
		size_t best = 0, levels[] = {rows[i].n};
		struct world w;

		for (k = 0; k < n; k++) {
			size_t round, tied = 0, last;
			struct ranking *r;

			world_cross(&w, levels, 1);
			for (round = 0; round < rows[i].rounds; round++)
				for (p = 0; p < rows[i].n; p++) {
					double behind = p < rows[i].tied
								? 0
								: (double)(p - rows[i].tied + 1);

					world_trial(
						&w, p, round, round * rows[i].n + p,
						rows[i].noise(10 + 40 * behind / (double)rows[i].n,
							      &seed));
				}
			r = world_rank(&w);
			last = r->points[0].last;
			size += (double)last / (double)n;
			for (p = 0; p < last; p++) {
				tied += r->points[p].point < rows[i].tied;
				best += r->points[p].point == 0;
			}
			if (last < rows[i].n)
				false_share += (double)(rows[i].tied - tied) /
					       (double)(rows[i].n - last) / (double)n;
			rank_free(r);
		}
		print_message(
			"# %2zu points, %2zu tied, %2zu rounds: false %.3f, best in %zu of %zu, "
			"size %.1f\n",
			rows[i].n, rows[i].tied, rows[i].rounds, false_share, best, n, size);
		assert_true(false_share <= 0.06);
		assert_true(best >= n * 95 / 100);
		assert_true(size <= rows[i].largest);
	}
}

/*
 * Two settings that take the link down: each of their combinations is set once a round, in shuffled
 * order, and what happens meanwhile is in all of its trials. It must not pass for an effect of the
 * second one, which has none, or for an interaction of the two.
 */
static void blocks_of_two_axes(void **state)
{
	static const size_t levels[] = {3, 2, 5};
	static const double ring[] = {60, 30, 0};
	uint64_t seed = 20260203;
	size_t n = 300, k, i, false_effects = 0, false_interactions = 0, found = 0;

	for (k = 0; k < n; k++) {
		struct ranking *r;
		struct world w;
		size_t round, block, c;

		world_cross(&w, levels, 3);
		for (round = 0; round < 5; round++) {
			size_t shift = (size_t)(uniform(&seed) * 6);

			for (i = 0; i < 6; i++) {
				double shared = 4 * normal(&seed);

				block = (5 * i + shift) % 6;
				for (c = 0; c < 5; c++)
					world_trial(&w, block * 5 + c, round,
						    5 * i + (c + shift) % 5,
						    100 + ring[block / 2] + shared + normal(&seed));
			}
		}
		r = world_rank(&w);
		assert_true(effect_of(r, 0)->blocked);
		assert_true(effect_of(r, 1)->blocked);
		assert_false(effect_of(r, 2)->blocked);
		found += effect_of(r, 0)->matters;
		false_effects += effect_of(r, 1)->matters;
		false_interactions += r->n_interactions > 0;
		rank_free(r);
	}
	print_message(
		"# blocks of two axes: effect found %zu, false effects %zu, false interactions %zu "
		"of %zu\n",
		found, false_effects, false_interactions, n);
	assert_int_equal(found, n);
	assert_true(false_effects <= n * 8 / 100);
	assert_true(false_interactions <= n * 8 / 100);
}

/* 10,000 points of three axes, one of them with 100 values: it ends, and the best are right. */
static void many_points(void **state)
{
	const size_t n_levels[] = {100, 20, 5}, n = 10000;
	size_t *levels = calloc(3 * n, sizeof(*levels));
	struct rank_trial *trials = calloc(3 * n, sizeof(*trials));
	struct rank_sweep sweep = {.n_axes = 3,
				   .n_points = n,
				   .n_levels = n_levels,
				   .levels = levels,
				   .trials = trials,
				   .n_trials = 3 * n,
				   .most = 1};
	uint64_t seed = 1;
	struct ranking *r;
	size_t i, k;

	assert_true(levels && trials);
	for (i = 0; i < n; i++) {
		levels[3 * i] = i / 100;
		levels[3 * i + 1] = i / 5 % 20;
		levels[3 * i + 2] = i % 5;
		for (k = 0; k < 3; k++)
			trials[3 * i + k] = (struct rank_trial){
				.point = i,
				.round = k,
				.order = (uint64_t)(uniform(&seed) * 1e15),
				.value = (double)(99 - i / 100) / 100 + 0.001 * uniform(&seed)};
	}
	r = rank_make(&sweep);
	assert_non_null(r);
	assert_int_equal(r->n_points, n);
	assert_int_equal(r->effects[0].axis, 0);
	assert_int_equal(r->effects[0].best, 99);
	assert_true(r->effects[0].share > 0.99);
	assert_int_equal(r->points[0].point / 100, 99);
	assert_true(r->interactions_cut);
	rank_free(r);
	free(trials);
	free(levels);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(student),
		cmocka_unit_test(best_of_some),
		cmocka_unit_test(two_values),
		cmocka_unit_test(crossed),
		cmocka_unit_test(unbalanced),
		cmocka_unit_test(too_little),
		cmocka_unit_test(without_noise),
		cmocka_unit_test(zero_bound),
		cmocka_unit_test(collapsed),
		cmocka_unit_test(many_points),
		cmocka_unit_test(intervals_hold),
		cmocka_unit_test(groups_hold),
		cmocka_unit_test(blocks_of_two_axes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
