/*
 * A stored result against limits: for each limit whether the points it is for keep it, and if that
 * cannot be told, why. Pure: from stored lines and limits to verdicts, so that a verdict can be
 * made again from them alone. Prints what it found in three formats.
 *
 * A point passes when it has the valid trials that the limit asks for and all of them (or their
 * median) keep it. It fails when one does not (or the median). It is invalid when neither can be
 * said: trials were invalid, failed or never run, a number is missing, or frames are unexplained
 * that decide. A limit fails when a point does; else it is invalid when a point is, when no point
 * is for it, or when all of them were skipped; else it passes.
 */
#ifndef RINGLOSS_CHECK_JUDGE_H
#define RINGLOSS_CHECK_JUDGE_H

#include <stdio.h>

#include "limit.h"

struct model; /* of the report: trials by points */
struct report_point;

/* The later one decides over several points and limits. */
enum judge_verdict { JUDGE_SKIPPED, JUDGE_PASS, JUDGE_INVALID, JUDGE_FAIL };

/* "skipped", "pass", "invalid", "fail". */
const char *judge_verdict_name(enum judge_verdict verdict);

/* What a limit says of a point. */
struct judged_point {
	const struct report_point *point;
	enum judge_verdict verdict;
	size_t valid, wanted; /* trials */
	double value;         /* the worst trial's, or the median, in the limit's unit; NAN: none */
	const char *path;     /* whose value it is; NULL: of all together */
	int64_t repeat;       /* the trial's; 0: of a median, or none */
	/* None of this many frames: that share is possible still (at RANK_LEVEL). NAN: not so. */
	double zero_frames, zero_bound;
	char *reason; /* why it failed or is invalid, or what else is to be said; NULL: nothing */
};

struct judged_limit {
	const struct limit *limit;
	enum judge_verdict verdict;
	struct judged_point *points; /* those that it is for, in the model's order */
	size_t n_points;
	size_t n_judged;  /* that passed or failed */
	size_t n_skipped; /* that cannot be had on this host */
	size_t n_untried; /* of the plan, of which there is no line */
	char *untried;    /* the first of them; NULL: none */
	size_t worst;     /* index into points; n_points: no value */
	char *reason;     /* of the limit itself: no point is for it; NULL: none */
};

/* Points of the plan of which there is no line. */
struct judge_untried {
	size_t n;
	limit_value_fn *value; /* of the point that CTX names for I */
	void *(*point)(void *ctx, size_t i);
	char *(*name)(void *ctx, size_t i); /* "traffic.rate=max, ..."; the caller frees */
	void *ctx;
};

struct judgement {
	const struct limits *limits;
	json_t *trials; /* those that count: without failed ones that were run again */
	struct model *model;
	enum judge_verdict verdict;
	struct judged_limit *rows; /* one a limit */
	size_t n_unexplained;      /* valid trials with a remainder, which no limit is of */
	size_t n_untried;          /* points of the plan */
	bool plan_known;           /* so that n_untried is */
};

/*
 * Judge TRIALS (lines, as result_load has them) by LIMITS; both must outlive what is returned.
 * UNTRIED may be NULL: the plan is not known. NULL with *err set: EX_DATAERR when a limit names a
 * key or a path that the result does not have.
 */
struct judgement *judge_make(const struct limits *limits, const json_t *trials,
			     const struct judge_untried *untried, struct error *err);
void judge_free(struct judgement *j);

/* One point, into *out; see judge_point.c. 0 or -ENOMEM. */
int judge_point(const struct limit *limit, const struct report_point *point,
		struct judged_point *out);

/* VALUE in the unit of LIMIT: "0.100 %", "12 frames", "998.0kpps". */
const char *judge_number(char *buf, size_t size, const struct limit *limit, double value);

/* "loss at most 0.1%" into BUF. */
const char *judge_bound(char *buf, size_t size, const struct limit *limit);

/* A table of the limits, then the reasons and the verdict; COLUMNS 0: as wide as it gets. 0 or
 * -ENOMEM. */
int judge_print(const struct judgement *j, FILE *out, int columns);

/* All of it. New reference; NULL: no memory. */
json_t *judge_json(const struct judgement *j);

/*
 * As JUnit's XML, which CI systems read: a test case a limit; invalid is an error. 0 or -ENOMEM.
 */
int judge_junit(const struct judgement *j, FILE *out);

/*
 * What is to be said of a limit, a line each to FN: the reasons, like ones once with how many
 * points have them. 0 or -ENOMEM.
 */
int judge_reasons(const struct judged_limit *l, void (*fn)(void *ctx, const char *line), void *ctx);

#endif
