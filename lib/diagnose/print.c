/* A diagnosis for people: losses, worst first, then signs, then what does not move and is not seen.
 */
#include <string.h>

#include "diagnose.h"
#include "json.h"
#include "table.h"

#define TOTALS_MAX 12 /* of totals that stand still */

/* Text of a device's, a rule's or a log may hold anything: no byte of it drives a terminal. */
static void put(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, out);
}

/* A rate that is not 0 is never printed as 0. */
static const char *rate_text(char *buf, size_t size, double rate)
{
	if (rate >= 100)
		return table_s64(buf, size, (long long)(rate + 0.5));
	snprintf(buf, size, rate >= 10 ? "%.0f" : rate >= 0.1 ? "%.1f" : "%.2g", rate);
	return buf;
}

static bool is_loss(const json_t *finding)
{
	return !strcmp(json_str(finding, "kind", ""), "loss");
}

static void print_where(const json_t *of, FILE *out)
{
	const char *device = json_str(of, "device", ""), *netns = json_str(of, "netns", "");

	if (*device) {
		fputs(" at ", out);
		put(out, device);
	}
	if (*netns) {
		fputs(" in ", out);
		put(out, netns);
	}
}

static void print_evidence(const json_t *finding, FILE *out)
{
	const json_t *list = json_object_get(finding, "evidence"), *one;
	char delta[32], rate[32];
	size_t i;

	json_array_foreach ((json_t *)list, i, one) {
		fprintf(out, "   %-8s", i ? "" : "seen");
		put(out, json_str(one, "counter", ""));
		fprintf(out, " +%s (%s/s)\n",
			table_s64(delta, sizeof(delta), json_s64(one, "delta", 0)),
			rate_text(rate, sizeof(rate), json_num(one, "per_second", 0)));
	}
}

static void print_finding(const json_t *finding, size_t number, FILE *out)
{
	const json_t *list, *one;
	char rate[32], lost[64];
	size_t i;

	fprintf(out, "%zu. %s (place %lld)", number, json_str(finding, "place", ""),
		(long long)json_s64(finding, "row", 0));
	print_where(finding, out);
	fprintf(out, ": %s%s",
		amount_text(lost, sizeof(lost), json_s64(finding, "lost", 0),
			    json_str(finding, "unit", "")),
		is_loss(finding) ? " lost" : "");
	/* a level has no rate */
	if (json_num(finding, "per_second", 0) > 0)
		fprintf(out, ", %s/s",
			rate_text(rate, sizeof(rate), json_num(finding, "per_second", 0)));
	fputc('\n', out);
	fprintf(out, "   %s\n", json_str(finding, "means", ""));
	print_evidence(finding, out);
	list = json_object_get(finding, "causes");
	json_array_foreach ((json_t *)list, i, one) {
		fprintf(out, "   %-8s", i ? "" : "here");
		put(out, json_string_value(one));
		fputc('\n', out);
	}
	list = json_object_get(finding, "remedies");
	json_array_foreach ((json_t *)list, i, one) {
		const char *command = json_str(one, "command", NULL);

		fprintf(out, "   %-8s%s", i ? "" : "do", command ? "$ " : "");
		put(out, command ? command : json_str(one, "advice", ""));
		fputc('\n', out);
	}
	fprintf(out, "   %-8s%s\n\n", "source", json_str(finding, "source", ""));
}

/* Returns how many were printed. */
static size_t print_kind(const json_t *findings, bool loss, size_t from, FILE *out)
{
	size_t i, n = 0;
	json_t *one;

	json_array_foreach ((json_t *)findings, i, one)
		if (is_loss(one) == loss)
			print_finding(one, from + ++n, out);
	return n;
}

static void print_totals(const json_t *totals, FILE *out)
{
	struct table *t = json_array_size(totals) ? table_new("lrl") : NULL;
	size_t i, n = json_array_size(totals);
	char total[32];
	json_t *one;

	if (!t)
		return;
	fputs("Not moving now; since boot:\n", out);
	json_array_foreach ((json_t *)totals, i, one) {
		const char *device = json_str(one, "device", ""),
			   *netns = json_str(one, "netns", "");

		if (i == TOTALS_MAX)
			break;
		table_cell(t, "%s%s%s%s%s", json_str(one, "counter", ""), *device ? " at " : "",
			   device, *netns ? " in " : "", netns);
		table_cell(t, "%s", table_s64(total, sizeof(total), json_s64(one, "total", 0)));
		table_cell(t, "%s", json_str(one, "help", ""));
	}
	table_print(t, out, 2);
	table_free(t);
	if (n > TOTALS_MAX)
		fprintf(out, "  and %zu more, in --json\n", n - TOTALS_MAX);
	fputc('\n', out);
}

void diagnosis_print(const json_t *diagnosis, FILE *out)
{
	const json_t *findings = json_object_get(diagnosis, "findings");
	const json_t *unseen = json_object_get(diagnosis, "unseen"), *one;
	size_t losses, i;

	fprintf(out, "%s, %.1f s", json_str(diagnosis, "looked_at", ""),
		json_num(diagnosis, "seconds", 0));
	fputs("\n\n", out);
	losses = print_kind(findings, true, 0, out);
	if (!losses)
		fputs("Nothing is being lost.\n\n", out);
	if (json_array_size(findings) > losses) {
		fputs("Signs: nothing is lost by these themselves\n\n", out);
		print_kind(findings, false, losses, out);
	}
	print_totals(json_object_get(diagnosis, "totals"), out);
	if (json_array_size(unseen))
		fputs("Could not be seen:\n", out);
	json_array_foreach ((json_t *)unseen, i, one) {
		fputs("  ", out);
		put(out, json_string_value(one));
		fputc('\n', out);
	}
}
