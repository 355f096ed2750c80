/*
 * Counters and findings for Prometheus' textfile collector. That takes the older text format, in
 * which a counter's family is called as its samples are, _total and all; OpenMetrics 1.0 has
 * the rest (each family in one piece, EOF at the end).
 */
#include <ctype.h>
#include <string.h>

#include "counter.h"
#include "diagnose.h"
#include "json.h"

/*
 * A label's value: UTF-8, with backslash, quote and newline escaped (OpenMetrics 1.0, "ABNF").
 */
static void put_label(const char *name, const char *text, bool first, FILE *out)
{
	json_t *clean = json_text(text);

	fprintf(out, "%s%s=\"", first ? "" : ",", name);
	for (const char *at = json_string_value(clean); at && *at; at++) {
		if (*at == '\\' || *at == '"')
			fputc('\\', out);
		if (*at == '\n')
			fputs("\\n", out);
		else
			fputc(*at, out);
	}
	fputc('"', out);
	json_decref(clean);
}

/*
 * The metric of a counter: "snmp.Udp.NoPorts" is ringloss_snmp_udp_noports_total, in small letters
 * as promtool wants it; the help has the counter's name as it is. A gauge's name does not end in
 * _count, which is of histograms.
 */
static void put_name(const struct counter_def *def, FILE *out)
{
	const char *id = def->id;
	const size_t len = strlen(id);

	fputs("ringloss_", out);
	for (; *id; id++)
		fputc(isalnum((unsigned char)*id) ? tolower((unsigned char)*id) : '_', out);
	if (def->kind != COUNTER_GAUGE)
		fputs("_total", out);
	else if (len > 6 && !strcmp(def->id + len - 6, ".count"))
		fprintf(out, "_%s", def->unit ? def->unit : "packets");
}

static void put_counter(const struct sight *sight, const struct counter_def *def, FILE *out)
{
	bool gauge = def->kind == COUNTER_GAUGE, begun = false;

	for (size_t i = 0; i < sight->n; i++) {
		const struct subject *s = &sight->subjects[i];
		uint64_t value;

		if (snapshot_value(s->after, def->id, &value) != SAMPLE_OK)
			continue;
		if (!begun) {
			fputs("# HELP ", out);
			put_name(def, out);
			fprintf(out, " %s: %s (%s)\n# TYPE ", def->id, def->help,
				def->unit ? def->unit : "packets");
			put_name(def, out);
			fprintf(out, " %s\n", gauge ? "gauge" : "counter");
			begun = true;
		}
		put_name(def, out);
		fputc('{', out);
		put_label("netns", s->netns, true, out);
		put_label("device", s->ifname, false, out);
		fprintf(out, "} %llu\n", (unsigned long long)value);
	}
}

/* One of what findings say, by KEY: all of them, or those that have a rate. */
static void put_findings(const json_t *diagnosis, const char *key, const char *metric,
			 const char *help, FILE *out)
{
	const json_t *findings = json_object_get(diagnosis, "findings"), *one;
	size_t i;

	fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", metric, help, metric);
	json_array_foreach ((json_t *)findings, i, one) {
		double value = json_num(one, key, 0);
		char row[16];

		if (value <= 0)
			continue;
		snprintf(row, sizeof(row), "%lld", (long long)json_s64(one, "row", 0));
		fprintf(out, "%s{", metric);
		put_label("place", json_str(one, "place", ""), true, out);
		put_label("row", row, false, out);
		put_label("kind", json_str(one, "kind", ""), false, out);
		put_label("netns", json_str(one, "netns", ""), false, out);
		put_label("device", json_str(one, "device", ""), false, out);
		put_label("unit", json_str(one, "unit", ""), false, out);
		put_label("means", json_str(one, "means", ""), false, out);
		fprintf(out, "} %.10g\n", value);
	}
}

void diagnosis_openmetrics(const struct sight *sight, const json_t *diagnosis, FILE *out)
{
	size_t n;
	const struct counter_def *defs = counter_table(&n);

	for (size_t i = 0; i < n; i++)
		put_counter(sight, &defs[i], out);
	put_findings(diagnosis, "per_second", "ringloss_finding_per_second",
		     "what ringloss diagnose found, by place", out);
	put_findings(diagnosis, "lost", "ringloss_finding_amount",
		     "the same, in all while it was looked, or a level, in its unit", out);
	fprintf(out,
		"# HELP ringloss_looked_seconds how long was looked for findings\n"
		"# TYPE ringloss_looked_seconds gauge\n"
		"ringloss_looked_seconds %.3f\n# EOF\n",
		json_num(diagnosis, "seconds", 0));
}
