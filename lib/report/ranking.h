/*
 * The ranking of a sweep (rank.h) for reports: what of the model it is made from, and its parts in
 * the words that all formats share. Only valid trials count.
 */
#ifndef RINGLOSS_REPORT_RANKING_H
#define RINGLOSS_REPORT_RANKING_H

#include "model.h"
#include "number.h"
#include "rank.h"

enum ranked { RANKED_LOSS, RANKED_RECEIVED, RANKED_COUNT };

/*
 * What is compared; rank.h knows it by its index: an axis of the model with more than one value, or
 * several that run together, whose effects cannot be told apart.
 */
struct ranking_axis {
	size_t *members; /* in the model's axes */
	size_t n_members;
	char *key;       /* "rx.ring", "tx.queues+rx.queues" */
	char *short_key; /* as it stands in a table: "tx.queues+2 more" where KEY is long */
	bool numeric;    /* values are numbers in ascending order */
	size_t n_levels;
	char **asked;          /* one a level, in order: "100", "2, 2" */
	char **labels;         /* and as it is shown: "100 (128)" */
	double *frames, *lost; /* one a level, sums over the points that have it */
};

struct report_ranking {
	const struct model *model; /* borrowed */
	struct ranking_axis *axes;
	size_t n_axes;
	size_t *levels;        /* as in rank.h, for all points of the model */
	double *frames, *lost; /* one a point, sums over its valid trials that have a sink */
	bool at_max;           /* some points are at rate max; of received pps only these count */
	struct ranking *of[RANKED_COUNT];
};

/* From a model, which must outlive it. NULL: no memory. The caller frees by report_ranking_free. */
struct report_ranking *report_ranking_new(const struct model *m);
void report_ranking_free(struct report_ranking *rr);

/*
 * Part of report_ranking_new, which has set frames and lost: find the axes and number their
 * values. Axes that plan.zip joins are one, a combination of values being the value; so are those
 * that no point tells apart, each value of one going with one of the other. 0 or -ENOMEM;
 * report_ranking_free frees also what is half made.
 */
int report_ranking_find_axes(struct report_ranking *rr);

/* Is there anything to compare: two values of an axis, and repeats? */
bool report_ranking_asks(const struct report_ranking *rr);

/* Can anything be told: two points whose noise is known? */
bool report_ranking_tells(const struct report_ranking *rr);

/* As JSON, described in results/README.md. New reference; NULL: no memory. */
json_t *report_ranking_data(const struct report_ranking *rr);

#define WORDS_LEN 120

/* "loss", "received pps at rate max" */
const char *words_ranked(const struct report_ranking *rr, enum ranked what);

/* A mean as it stands beside others: "93.26", "6.725k". */
const char *words_mean(char buf[static WORDS_LEN], enum ranked what, double mean);

/*
 * The mean of a value, or of a point: as words_mean, but loss that is 0 in all of its trials
 * has its bound: "0 (<3e-4)".
 */
const char *words_value(char buf[static WORDS_LEN], const struct report_ranking *rr,
			enum ranked what, size_t axis, const struct rank_value *value);
const char *words_point(char buf[static WORDS_LEN], const struct report_ranking *rr,
			enum ranked what, const struct rank_point *point);

/* By how much a value is worse than the best: "19.9 (19.5..20.3)", "0.1 (-0.2..0.4) tie", "tie" (if
 * anything better), "best", "n/a". */
const char *words_worse(char buf[static WORDS_LEN], enum ranked what,
			const struct rank_value *value);

/* "4", or "1-3 tie" */
const char *words_rank(char buf[static WORDS_LEN], const struct rank_point *point);

/*
 * "Variation in loss: rx.ring 99 %, interactions 0.5 %, noise 0.5 %." Each of these five: the
 * caller frees; NULL: no memory.
 */
char *words_shares(const struct report_ranking *rr, enum ranked what);

/* At which values one axis makes the other matter, and the largest difference of differences. */
char *words_interaction(const struct report_ranking *rr, enum ranked what,
			const struct rank_interaction *x);

/* Why points do not stand in the order of their means; "" when they do. */
char *words_order(const struct report_ranking *rr, enum ranked what);

/* How the intervals were made. */
char *words_method(const struct report_ranking *rr);

/* What was left out and what could not be compared; "" when nothing. */
char *words_left_out(const struct report_ranking *rr);

#endif
