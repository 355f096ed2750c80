/* What is to be said of a limit besides its verdict, in the same words in every format; see
 * judge.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "judge.h"
#include "number.h"

#define FAILS_SHOWN 5 /* points that failed, the worst ones */

struct lines {
	void (*fn)(void *ctx, const char *line);
	void *ctx;
	int ret;
};

static void say(struct lines *lines, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct lines *lines, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0) {
		lines->ret = -ENOMEM;
		return;
	}
	lines->fn(lines->ctx, text);
	free(text);
}

/* Those that went on farther beyond the bound first. */
static int compare_high(const void *pa, const void *pb)
{
	const struct judged_point *a = *(const struct judged_point *const *)pa;
	const struct judged_point *b = *(const struct judged_point *const *)pb;

	return a->value > b->value ? -1 : a->value < b->value;
}

static int compare_low(const void *pa, const void *pb)
{
	return compare_high(pb, pa);
}

static int say_fails(struct lines *lines, const struct judged_limit *l)
{
	const struct judged_point **fails = calloc(l->n_points + 1, sizeof(*fails));
	size_t n = 0, i;

	if (!fails)
		return -ENOMEM;
	for (i = 0; i < l->n_points; i++)
		if (l->points[i].verdict == JUDGE_FAIL)
			fails[n++] = &l->points[i];
	qsort(fails, n, sizeof(*fails), l->limit->at_most ? compare_high : compare_low);
	for (i = 0; i < n && i < FAILS_SHOWN; i++)
		say(lines, "fail: %s: %s", fails[i]->point->label, fails[i]->reason);
	if (n > FAILS_SHOWN)
		say(lines, "fail: and %zu points more, less far", n - FAILS_SHOWN);
	free(fails);
	return 0;
}

static const char *reason_of(const struct judged_point *jp)
{
	const json_t *validity = json_object_get(jp->point->skipped, "validity");
	const char *stored;

	if (jp->verdict != JUDGE_SKIPPED)
		return jp->reason;
	stored = json_string_value(json_array_get(json_object_get(validity, "reasons"), 0));
	return stored ? stored : "no reason stored";
}

/* The points of a verdict other than fail; those with like reasons in one line. */
static int say_others(struct lines *lines, const struct judged_limit *l, enum judge_verdict verdict)
{
	bool *said = calloc(l->n_points + 1, sizeof(*said));
	size_t i, k, more;

	if (!said)
		return -ENOMEM;
	for (i = 0; i < l->n_points; i++) {
		const struct judged_point *jp = &l->points[i];
		const char *word = verdict == JUDGE_PASS ? "note" : judge_verdict_name(verdict);
		const char *reason = jp->verdict == verdict ? reason_of(jp) : NULL;

		if (!reason || said[i])
			continue;
		for (k = i + 1, more = 0; k < l->n_points; k++) {
			const struct judged_point *other = &l->points[k];

			if (other->verdict != verdict || !reason_of(other) ||
			    !reasons_alike(reason, reason_of(other)))
				continue;
			said[k] = true;
			more++;
		}
		if (more)
			say(lines, "%s: %s and %zu point%s more: %s", word, jp->point->label, more,
			    more > 1 ? "s" : "", reason);
		else
			say(lines, "%s: %s: %s", word, jp->point->label, reason);
	}
	free(said);
	return 0;
}

int judge_reasons(const struct judged_limit *l, void (*fn)(void *ctx, const char *line), void *ctx)
{
	struct lines lines = {fn, ctx, 0};

	if (l->reason)
		say(&lines, "invalid: %s", l->reason);
	if (say_fails(&lines, l))
		return -ENOMEM;
	if (l->n_untried)
		say(&lines,
		    "invalid: %zu point%s of the plan %s never tried (%s%s): `ringloss run "
		    "--resume RESULT` goes on",
		    l->n_untried, l->n_untried > 1 ? "s" : "", l->n_untried > 1 ? "were" : "was",
		    l->n_untried > 1 ? "first " : "", l->untried ? l->untried : "");
	if (say_others(&lines, l, JUDGE_INVALID) || say_others(&lines, l, JUDGE_PASS))
		return -ENOMEM;
	/* with a reason of the limit's own all were, and it says so */
	if (!l->reason && say_others(&lines, l, JUDGE_SKIPPED))
		return -ENOMEM;
	return lines.ret;
}
