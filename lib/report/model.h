/*
 * What all reports have in common: trials grouped to points, the axes on
 * which points differ, medians, and the ledger of a point. Strings are borrowed
 * from the trials, which must outlive the model. Knows no output format.
 */
#ifndef RINGLOSS_REPORT_MODEL_H
#define RINGLOSS_REPORT_MODEL_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* What a number counts, and so how it is printed (number.h). */
enum number_kind { NUMBER_FRAMES, NUMBER_PPS, NUMBER_RATIO };

/* The numbers that are compared between points. */
enum measure {
	MEASURE_OFFERED,
	MEASURE_RECEIVED,
	MEASURE_LOST,
	MEASURE_LOSS,
	MEASURE_UNSENT,
	MEASURE_REMAINDER,
	MEASURE_COUNT
};

struct measure_def {
	const char *head, *sub; /* heading in two parts: "offered", "pps" */
	enum number_kind kind;
	const char *group, *key; /* trial[group][key]; group NULL: trial[key] */
};

/* MEASURE_COUNT rows, in the order of enum measure. */
extern const struct measure_def measure_defs[];

/* Over the counted trials of a point that have the number. n == 0: missing. */
struct spread {
	size_t n;
	double median, min, max;
};

/* A swept key. */
struct axis {
	const char *key; /* "rx.endpoint" */
	bool from_plan;  /* not in `point`: the load of a search, from the plan's values */
	bool fixed;      /* has one and the same value at every point */
	bool numeric;    /* every value reads as a number with a unit */
	/* Another axis has the same last word at some point (tx.ring, rx.ring), but other values.
	 */
	bool named_like;
	bool repeated; /* an earlier axis has the same last word, and the same value at each point
			*/
};

enum loss_state { LOSS_BOOKED, LOSS_LOCATED, LOSS_UNSUPPORTED };

struct loss_evidence {
	const char *counter;
	bool known;    /* false: the counter could not be read */
	int64_t delta; /* summed over the trials */
};

/* One place of the ledger, summed over the counted trials. */
struct loss {
	const char *path, *from, *to, *stage, *place, *remedy; /* "" when missing */
	int place_row;                                         /* 0: none */
	enum loss_state state;
	int64_t frames, foreign; /* 0 when UNSUPPORTED */
	struct loss_evidence *evidence;
	size_t n_evidence;
	const json_t
		*trust; /* sentences on its counters, of the last trial that has any; NULL: none */
};

/* One of several paths, summed over the counted trials. */
struct path_sum {
	const char *name;
	size_t n_trials; /* that have it */
	bool no_sink;    /* what arrived was not counted; unique and rx_pps mean nothing */
	int64_t unsent, no_room, accepted, unique;
	double tx_pps, rx_pps; /* sums of the trials' rates: a mean when divided by n_trials */
};

/* The ledger of a point: sums over its counted trials. */
struct ledger_sum {
	size_t n_trials;        /* with numbers; others are in no sum */
	struct path_sum *paths; /* in the order of the trials */
	size_t n_paths;
	bool no_sink; /* of a path at least: unique and what stands with it mean nothing */
	int64_t intended, unsent, no_room, accepted;
	int64_t unique, duplicate, reordered, corrupt, stale, foreign;
	int64_t booked;      /* frames of BOOKED rows */
	int64_t unexplained; /* frames of LOCATED rows, signed */
	int64_t remainder;   /* sum of the trials' remainders (absolutes) */
	struct loss *rows;   /* BOOKED by frames, then LOCATED, then UNSUPPORTED */
	size_t n_rows;
};

/* One combination of the swept values, with its repeats. */
struct report_point {
	const char **values; /* one an axis; NULL: the key does not apply here */
	char **shown;  /* one an axis: "100 (128)", asked and in effect; NULL: values has it */
	double *order; /* one an axis, for sorting */
	char *label;   /* "af_xdp, ring 64", to be told from the other points */
	const json_t **trials;
	size_t n_trials, n_valid, n_invalid, n_failed;
	const json_t *skipped; /* the line that says why it was not tried (again); no trial */
	size_t n_counted;      /* the valid trials, or if there is none the invalid ones */
	struct spread measure[MEASURE_COUNT];
	struct ledger_sum ledger;
	size_t note;  /* number of what is said about it, from 1; 0: nothing */
	size_t first; /* number of its first trial, in the order of the file */
};

struct model {
	const char *plan, *run; /* "" when no trial says */
	struct axis *axes;
	size_t n_axes;
	struct report_point *points; /* sorted by the axes */
	size_t n_points;
	size_t n_trials, n_valid, n_invalid, n_failed;
	size_t n_skipped; /* points */
	bool repeats;     /* some point has more than one counted trial */
};

/* From an array of trials. NULL: no memory. The caller frees by model_free. */
struct model *model_new(const json_t *trials);
void model_free(struct model *m);

/* A value of POINT as reports show it, or NULL: the key does not apply. */
static inline const char *point_value(const struct report_point *point, size_t axis)
{
	return point->shown[axis] ? point->shown[axis] : point->values[axis];
}

/*
 * What model_new does for each point: give it shown, then, when all points have it, its label (by
 * named_like and repeated, which axes_compare sets) and its sums. 0 or -ENOMEM.
 */
int point_show(struct report_point *point, const struct model *m);
void axes_compare(struct model *m);
int point_label(struct report_point *point, const struct model *m);
int point_summarize(struct report_point *point);

/* Is there something to be said about POINT besides its numbers? */
static inline bool point_has_reasons(const struct report_point *point)
{
	return point->n_valid < point->n_trials || point->skipped;
}

/* Does TRIAL of POINT count for its numbers? */
bool point_counts(const struct report_point *point, const json_t *trial);

/*
 * Every different reason that trials of POINT give for not being valid, in turn
 * to FN with the number of trials that give it; of those that differ in numbers only, the first. A
 * trial without a reason gives its verdict. Last, why the point was skipped. 0 or -ENOMEM.
 */
int point_reasons(const struct report_point *point,
		  void (*fn)(void *ctx, const char *verdict, const char *reason, size_t trials),
		  void *ctx);

/* The same but for numbers: "631 of 100000 frames unsent" is like "12 of 9 frames unsent". */
bool reasons_alike(const char *a, const char *b);

/* Add a trial's ledger. 0 or -ENOMEM. */
int ledger_sum_add(struct ledger_sum *sum, const json_t *trial);

/* Sort the rows; called once after the last trial. */
void ledger_sum_finish(struct ledger_sum *sum);
void ledger_sum_clear(struct ledger_sum *sum);

/* Of the frames offered; NAN when there was none, or no sink. */
static inline double path_sum_loss(const struct path_sum *p)
{
	return p->accepted > 0 && !p->no_sink
		       ? (double)(p->accepted - p->unique) / (double)p->accepted
		       : NAN;
}

/* Whether rows say of which path they are. */
static inline bool ledger_sum_many_paths(const struct ledger_sum *sum)
{
	return sum->n_paths > 1;
}

/* The row that took most frames, or NULL when none took any. */
const struct loss *ledger_sum_biggest(const struct ledger_sum *sum);

/* Frames that the rows do not explain although they should: 0 in a sound file. */
int64_t ledger_sum_gap(const struct ledger_sum *sum);

/* "25 UDP receive buffer", "unexplained, accepted to wire" into buf; returns buf. */
const char *loss_name(char *buf, size_t size, const struct loss *loss);

/*
 * What is in no sum but should not go unseen: "sum of 3 trials; 12 foreign";
 * "" when there is nothing. NULL: no memory. The caller frees.
 */
char *ledger_sum_asides(const struct ledger_sum *sum);

#endif
