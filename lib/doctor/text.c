/* Findings for people: what is well is one short line, what is not has its reason and remedy. */
#include <string.h>

#include "doctor.h"
#include "json.h"

/* Text of a device's may hold anything: no byte of it drives a terminal. */
static void put(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, out);
}

static bool is(const json_t *finding, enum doctor_state state)
{
	return !strcmp(json_str(finding, "state", ""), doctor_state_name(state));
}

static void print_finding(const json_t *finding, FILE *out)
{
	bool well = is(finding, DOCTOR_OK);
	const char *remedy = json_str(finding, "remedy", "");
	const char *setting = json_str(finding, "setting", "");

	fprintf(out, "    %-7s  %-17s  ", well ? "ok" : json_str(finding, "state", ""),
		json_str(finding, "check", ""));
	put(out, json_str(finding, "fact", ""));
	fputc('\n', out);
	if (well)
		return;
	fprintf(out, "             why: %s\n", json_str(finding, "why", ""));
	if (!*remedy)
		return;
	fputs("             do:  ", out);
	put(out, remedy);
	fputc('\n', out);
	if (*setting)
		fprintf(out, "             or, in a plan: %s\n", setting);
}

/* Findings from FROM on that are of one device (or the host). Returns where the next begin. */
static size_t print_subject(const json_t *findings, size_t from, FILE *out)
{
	const char *subject = json_str(json_array_get(findings, from), "device", NULL), *group = "";
	size_t i, n = json_array_size(findings), missing = 0;

	fputs(subject ? "device " : "host", out);
	put(out, subject ? subject : "");
	fputc('\n', out);
	for (i = from; i < n; i++) {
		const json_t *finding = json_array_get(findings, i);
		const char *of = json_str(finding, "device", NULL);

		if (!of != !subject || (of && strcmp(of, subject)))
			break;
		if (is(finding, DOCTOR_NA)) {
			missing++;
			continue;
		}
		if (strcmp(group, json_str(finding, "group", ""))) {
			group = json_str(finding, "group", "");
			fprintf(out, "  %s\n", group);
		}
		print_finding(finding, out);
	}
	n = i;
	for (i = from; missing && i < n; i++) {
		const json_t *finding = json_array_get(findings, i);

		if (!is(finding, DOCTOR_NA))
			continue;
		if (group) {
			fputs("  does not apply\n", out);
			group = NULL;
		}
		fprintf(out, "    %-7s  %-17s  ", "n/a", json_str(finding, "check", ""));
		put(out, json_str(finding, "fact", ""));
		fputc('\n', out);
	}
	fputc('\n', out);
	return n;
}

void doctor_print(const json_t *findings, FILE *out)
{
	size_t i = 0, n = json_array_size(findings);

	while (i < n)
		i = print_subject(findings, i, out);
	fprintf(out, "%zu checks: %zu OK, %zu WARN, %zu FAIL, %zu UNKNOWN, %zu do not apply\n", n,
		doctor_count(findings, DOCTOR_OK), doctor_count(findings, DOCTOR_WARN),
		doctor_count(findings, DOCTOR_FAIL), doctor_count(findings, DOCTOR_UNKNOWN),
		doctor_count(findings, DOCTOR_NA));
}
