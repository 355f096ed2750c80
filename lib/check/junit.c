/*
 * Verdicts as JUnit's XML. It has no standard; elements and attributes are those of the schema that
 * Jenkins' xunit plugin checks by (junit-10.xsd), which GitLab, Azure and others read, too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "judge.h"
#include "number.h"
#include "text.h"

struct reasons {
	FILE *out;
	char *first;
};

static void add_line(void *ctx, const char *line)
{
	struct reasons *r = ctx;

	if (!r->first)
		r->first = strdup(line);
	fprintf(r->out, "%s\n", line);
}

/* NAME="VALUE" of the element that is open. */
static void attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	text_html(out, value);
	fputc('"', out);
}

static int print_case(const struct judgement *j, const struct judged_limit *l, FILE *out)
{
	const char *element = l->verdict == JUDGE_FAIL      ? "failure"
			      : l->verdict == JUDGE_INVALID ? "error"
							    : "system-out";
	struct reasons r = {0};
	char *text = NULL;
	size_t size = 0;
	int ret;

	r.out = open_memstream(&text, &size);
	if (!r.out)
		return -ENOMEM;
	ret = judge_reasons(l, add_line, &r);
	if (fclose(r.out) || ret) {
		ret = -ENOMEM;
		goto out;
	}
	fputs("    <testcase", out);
	attribute(out, "name", l->limit->name);
	fputs(" classname=\"ringloss.", out);
	text_html(out, *j->model->plan ? j->model->plan : "check");
	fputs("\" time=\"0\"", out);
	if (!size && l->verdict == JUDGE_PASS) {
		fputs("/>\n", out);
		goto out;
	}
	fprintf(out, ">\n      <%s", element);
	if (l->verdict != JUDGE_PASS) {
		attribute(out, "type", judge_verdict_name(l->verdict));
		attribute(out, "message", r.first ? r.first : "");
	}
	fputc('>', out);
	text_html(out, text);
	fprintf(out, "</%s>\n    </testcase>\n", element);
out:
	free(r.first);
	free(text);
	return ret;
}

static size_t count(const struct judgement *j, enum judge_verdict verdict)
{
	size_t n = 0, i;

	for (i = 0; i < j->limits->n; i++)
		n += j->rows[i].verdict == verdict;
	return n;
}

/* The sum of a number over the trials: seconds of sending. */
static double seconds(const json_t *trials)
{
	const json_t *trial;
	double sum = 0;
	size_t i;

	json_array_foreach (trials, i, trial)
		sum += json_num(trial, "duration_s", 0);
	return sum;
}

/* Name of the host of the first side. */
static const char *host(const json_t *trial)
{
	const char *name;
	json_t *side;

	json_object_foreach (json_object_get(trial, "sides"), name, side)
		return json_str(json_object_get(side, "host"), "hostname", "");
	return "";
}

int judge_junit(const struct judgement *j, FILE *out)
{
	const json_t *first = json_array_get(j->trials, 0);
	char counts[160], time[20];
	size_t i;

	snprintf(counts, sizeof(counts), " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"",
		 j->limits->n, count(j, JUDGE_FAIL), count(j, JUDGE_INVALID));
	/* ISO 8601 without the zone, as the schema of Ant's task wants it */
	snprintf(time, sizeof(time), "%s", json_str(first, "time", "1970-01-01T00:00:00"));
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ringloss "
		"check\"%s>\n  <testsuite",
		counts);
	attribute(out, "name", *j->model->plan ? j->model->plan : "check");
	fprintf(out, "%s skipped=\"0\" time=\"%.3f\"", counts, seconds(j->trials));
	attribute(out, "timestamp", time);
	attribute(out, "hostname", host(first));
	fputs(">\n    <properties>\n      <property name=\"run\"", out);
	attribute(out, "value", j->model->run);
	fputs("/>\n      <property name=\"limits\"", out);
	attribute(out, "value", j->limits->file);
	fputs("/>\n    </properties>\n", out);
	for (i = 0; i < j->limits->n; i++)
		if (print_case(j, &j->rows[i], out))
			return -ENOMEM;
	fputs("  </testsuite>\n</testsuites>\n", out);
	return 0;
}
