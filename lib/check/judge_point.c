/* What a limit says of one point: its trials read, the worst of them, and whether that holds. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "judge.h"
#include "number.h"
#include "rank.h"

#define PATH_SUM "sum" /* a limit's path: all together */

/* What the trials of a point say of one path. */
struct tally {
	const char *path;
	enum judge_verdict verdict;
	double value; /* as in struct judged_point */
	int64_t repeat;
	double zero_frames; /* NAN: not all are 0, or that bounds nothing */
	char why[200];      /* it is invalid */
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* Is A nearer to the bound of LIMIT than B, or farther beyond it? */
static bool is_worse(const struct limit *limit, double a, double b)
{
	return isnan(b) || (limit->at_most ? a > b : a < b);
}

/* A trial that counts: it calls itself valid, and its numbers agree. */
static bool counts(const json_t *trial)
{
	return !strcmp(json_str(trial, "verdict", ""), "valid") && !limit_line_fault(trial);
}

/*
 * Of each reading the end that breaks the limit last is certain, the other one possible: where they
 * differ, frames are unexplained. SURE and MAY have room for the point's trials.
 */
static void tally_path(const struct limit *limit, const struct report_point *p, double *sure,
		       double *may, struct tally *t)
{
	struct limit_reading r;
	double possible = NAN;
	bool open = false, zero = limit->measure->any_frame && limit->at_most;
	size_t n = 0, i;

	t->value = NAN;
	t->zero_frames = 0;
	for (i = 0; i < p->n_trials; i++) {
		if (!counts(p->trials[i]))
			continue;
		limit_read(limit, p->trials[i], t->path, &r);
		if (*r.why && !*t->why)
			snprintf(t->why, sizeof(t->why), "%s", r.why);
		if (isnan(r.low)) {
			open = true;
			continue;
		}
		sure[n] = limit->at_most ? r.low : r.high;
		may[n] = limit->at_most ? r.high : r.low;
		zero &= r.high == 0 && r.whole > 0;
		t->zero_frames += r.whole;
		if (is_worse(limit, may[n], possible))
			possible = may[n];
		if (is_worse(limit, sure[n], t->value)) {
			t->value = sure[n];
			t->repeat = json_s64(p->trials[i], "repeat", 0);
		}
		n++;
	}
	if (limit->median && n) {
		t->value = median(sure, n);
		possible = median(may, n);
		t->repeat = 0;
	}
	if (!zero || !n)
		t->zero_frames = NAN;
	/* of a median any trial that is missing might decide */
	if (n && limit_breaks(limit, t->value) && !(limit->median && open))
		t->verdict = JUDGE_FAIL;
	else
		t->verdict =
			!n || open || limit_breaks(limit, possible) ? JUDGE_INVALID : JUDGE_PASS;
}

static void take_worse(const struct limit *limit, struct tally *worst, const struct tally *t)
{
	double zero_frames = fmin(worst->zero_frames, t->zero_frames);

	if (isnan(worst->zero_frames) || isnan(t->zero_frames))
		zero_frames = NAN;
	if (t->verdict > worst->verdict ||
	    (t->verdict == worst->verdict && is_worse(limit, t->value, worst->value)))
		*worst = *t;
	worst->zero_frames = zero_frames;
}

static int tally_point(const struct limit *limit, const struct report_point *p, struct tally *worst)
{
	double *room = calloc(2 * p->n_trials + 1, sizeof(*room));
	const json_t *first = NULL, *paths;
	struct tally t = {.path = limit->path};
	const char *name;
	json_t *path;
	size_t i;

	if (!room)
		return -ENOMEM;
	for (i = 0; i < p->n_trials && !first; i++)
		first = counts(p->trials[i]) ? p->trials[i] : NULL;
	paths = json_object_get(first, "paths");
	if (limit->path && !strcmp(limit->path, PATH_SUM) && !json_object_get(paths, PATH_SUM))
		t.path = NULL;
	if (limit->path || json_object_size(paths) < 2) {
		tally_path(limit, p, room, room + p->n_trials, &t);
		*worst = t;
		free(room);
		return 0;
	}
	*worst = (struct tally){.verdict = JUDGE_SKIPPED, .value = NAN, .zero_frames = INFINITY};
	json_object_foreach ((json_t *)paths, name, path) {
		t = (struct tally){.path = name};
		tally_path(limit, p, room, room + p->n_trials, &t);
		take_worse(limit, worst, &t);
	}
	free(room);
	return 0;
}

/* Reasons why trials do not count, one behind the other. */
struct others {
	FILE *out;
	const char *sep;
};

static void add_other(void *ctx, const char *verdict, const char *reason, size_t trials)
{
	struct others *o = ctx;

	if (strcmp(verdict, "skipped"))
		fprintf(o->out, "%s%zu %s: %s", o->sep, trials, verdict, reason);
	else
		fprintf(o->out, "%sthen skipped: %s", o->sep, reason);
	o->sep = "; ";
}

static int add_others(FILE *out, const struct report_point *p, const char *sep)
{
	struct others o = {out, sep};
	const char *fault;
	size_t i;

	for (i = 0; i < p->n_trials; i++) {
		fault = strcmp(json_str(p->trials[i], "verdict", ""), "valid")
				? NULL
				: limit_line_fault(p->trials[i]);
		if (!fault)
			continue;
		fprintf(out, "%sthe line of trial %" PRId64 " contradicts itself: %s", o.sep,
			json_s64(p->trials[i], "seq", 0), fault);
		o.sep = "; ";
	}
	return point_reasons(p, add_other, &o);
}

/* Repeats of the point that its plan has. */
static uint64_t plan_repeats(const struct report_point *p)
{
	const json_t *values = json_object_get(json_object_get(p->trials[0], "plan"), "values");
	uint64_t n = strtoull(json_str(values, "plan.repeats", "1"), NULL, 10);

	return n ? n : 1;
}

/* There are fewer valid trials than the limit asks for. */
static int explain_few(FILE *out, const struct limit *limit, const struct report_point *p,
		       const struct judged_point *jp)
{
	uint64_t repeats = plan_repeats(p);
	const char *sep = ": ";

	fprintf(out, "%zu valid trial%s of %zu that it takes", jp->valid, jp->valid == 1 ? "" : "s",
		jp->wanted);
	if (limit->repeats > repeats) {
		fprintf(out, "%sthe plan has %" PRIu64 " (plan.repeats)", sep, repeats);
		sep = "; ";
	}
	if (p->n_trials < repeats && !p->skipped) {
		fprintf(out,
			"%s%" PRIu64 " of %" PRIu64 " repeats were not run: `ringloss run --resume "
			"RESULT` runs them",
			sep, repeats - p->n_trials, repeats);
		sep = "; ";
	}
	return add_others(out, p, sep);
}

static void explain_fail(FILE *out, const struct limit *limit, const struct judged_point *jp)
{
	char value[NUMBER_LEN + 16], bound[160];

	fprintf(out, "%s", judge_number(value, sizeof(value), limit, jp->value));
	if (jp->path)
		fprintf(out, " on path %s", jp->path);
	if (limit->median)
		fputs(", the median", out);
	else if (jp->repeat)
		fprintf(out, " in repeat %" PRId64, jp->repeat);
	fprintf(out, ": wanted %s", judge_bound(bound, sizeof(bound), limit));
}

/* None was seen, of too few frames to tell that it is as rare as the limit says. */
static void explain_zero(FILE *out, const struct limit *limit, const struct judged_point *jp)
{
	char frames[NUMBER_LEN], possible[NUMBER_LEN], takes[NUMBER_LEN];

	fprintf(out,
		"none of %s frames: up to %s %% is possible still (95 %%), more than the limit; it "
		"takes %s frames to tell",
		number_text(frames, NUMBER_FRAMES, jp->zero_frames),
		number_percent(possible, jp->zero_bound),
		number_text(takes, NUMBER_FRAMES, ceil(log(0.05) / log1p(-limit->bound))));
}

static int explain(FILE *out, const struct limit *limit, const struct report_point *p,
		   const struct judged_point *jp, const struct tally *t)
{
	if (jp->verdict == JUDGE_FAIL)
		explain_fail(out, limit, jp);
	else if (jp->valid < jp->wanted)
		return explain_few(out, limit, p, jp);
	else if (jp->verdict == JUDGE_INVALID)
		fprintf(out, "%s%s%s%s", t->path ? "path " : "", t->path ? t->path : "",
			t->path ? ": " : "", t->why);
	else if (limit->unit == LIMIT_SHARE && limit->bound > 0 && jp->zero_bound > limit->bound)
		explain_zero(out, limit, jp);
	/* what does not count, where enough other trials do, or where one fails all the same */
	return jp->valid < p->n_trials
		       ? add_others(out, p, ftell(out) > 0 ? "; not counted: " : "not counted: ")
		       : 0;
}

int judge_point(const struct limit *limit, const struct report_point *p, struct judged_point *jp)
{
	struct tally t;
	size_t size = 0, i;
	FILE *out;
	int ret;

	*jp = (struct judged_point){
		.point = p, .value = NAN, .zero_frames = NAN, .zero_bound = NAN};
	if (!p->n_trials)
		return 0; /* skipped */
	jp->wanted = limit->repeats ? limit->repeats : plan_repeats(p);
	for (i = 0; i < p->n_trials; i++)
		jp->valid += counts(p->trials[i]);
	ret = tally_point(limit, p, &t);
	if (ret)
		return ret;
	jp->verdict = t.verdict;
	jp->value = t.value;
	jp->path = t.path;
	jp->repeat = t.repeat;
	jp->zero_frames = t.zero_frames;
	if (!isnan(t.zero_frames))
		jp->zero_bound = rank_zero_bound(t.zero_frames);
	/* One trial that breaks the limit of each does so whatever further ones would say. */
	if (jp->valid < jp->wanted && (limit->median || jp->verdict != JUDGE_FAIL))
		jp->verdict = JUDGE_INVALID;
	out = open_memstream(&jp->reason, &size);
	if (!out)
		return -ENOMEM;
	ret = explain(out, limit, p, jp, &t);
	if (fclose(out) || ret)
		return -ENOMEM;
	if (!size) {
		free(jp->reason);
		jp->reason = NULL;
	}
	return 0;
}
