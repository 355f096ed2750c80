/* A trust file (lib/trust) for people; see report.h. */
#include <string.h>

#include "json.h"
#include "report.h"
#include "table.h"
#include "text.h"

#define INDENT 4

static void cell(struct table *t, const char *text)
{
	char clean[80];

	table_cell(t, "%s", text_clean(clean, sizeof(clean), text));
}

static void print_counters(const json_t *cause, FILE *out)
{
	const json_t *counter;
	struct table *t = table_new("llrl");
	char number[40], verdict[120];
	size_t i;

	if (!t)
		return;
	json_array_foreach (json_object_get(cause, "counters"), i, counter) {
		const json_t *moved = json_object_get(counter, "moved");

		cell(t, json_str(counter, "counter", ""));
		cell(t, json_str(counter, "name", ""));
		cell(t, json_is_integer(moved)
				? table_s64(number, sizeof(number), json_integer_value(moved))
				: "n/a");
		snprintf(verdict, sizeof(verdict), "%s%s%s%s%s", json_str(counter, "verdict", ""),
			 *json_str(counter, "of", "") ? " of " : "", json_str(counter, "of", ""),
			 *json_str(counter, "why", "") ? ": " : "", json_str(counter, "why", ""));
		cell(t, verdict);
	}
	table_print(t, out, INDENT);
	table_free(t);
}

/* "HEAD: TEXT", broken to COLUMNS; nothing without text. */
static void print_line(const char *head, const char *text, int indent, FILE *out, int columns)
{
	char name[60];
	int at;

	if (!*text)
		return;
	at = fprintf(out, "%*s%s: ", indent, "", text_clean(name, sizeof(name), head));
	text_wrap(out, text, at, indent + 2, columns);
}

/* Of whom else there were frames. */
static void print_foreign(int64_t frames, FILE *out, int columns)
{
	char number[40], text[200];

	if (!frames)
		return;
	snprintf(text, sizeof(text),
		 "%s frames of others at least: what they may have moved is n/a; give the ports to "
		 "nothing else and judge again",
		 table_s64(number, sizeof(number), frames));
	print_line("foreign traffic", text, INDENT, out, columns);
}

void report_print_trust(const json_t *file, FILE *out, int columns)
{
	const json_t *cause;
	char sent[40], lost[40], name[60];
	size_t i;

	fprintf(out, "%s, kernel ", text_clean(name, sizeof(name), json_str(file, "driver", "?")));
	fputs(text_clean(name, sizeof(name), json_str(file, "kernel", "?")), out);
	if (*json_str(file, "firmware", ""))
		fprintf(out, ", firmware %s",
			text_clean(name, sizeof(name), json_str(file, "firmware", "")));
	fputs(json_flag(file, "virtualised", false) ? ", in a virtual machine\n" : "\n", out);
	json_array_foreach (json_object_get(file, "causes"), i, cause) {
		fputc('\n', out);
		print_line(json_str(cause, "cause", "?"), json_str(cause, "what", "?"), INDENT / 2,
			   out, columns);
		if (!json_flag(cause, "caused", false)) {
			print_line("not caused", json_str(cause, "why", "?"), INDENT, out, columns);
			print_line("to cause it", json_str(cause, "command", ""), INDENT, out,
				   columns);
			print_line("source", json_str(cause, "source", ""), INDENT, out, columns);
			continue;
		}
		table_s64(sent, sizeof(sent), json_s64(cause, "sent", 0));
		table_s64(lost, sizeof(lost), json_s64(cause, "known", 0));
		fprintf(out, "%*ssent %s, lost %s\n", INDENT, "", sent, lost);
		print_foreign(json_s64(cause, "foreign", 0), out, columns);
		if (json_array_size(json_object_get(cause, "counters")))
			print_counters(cause, out);
		else
			fprintf(out, "%*sno counter moved, and none was to\n", INDENT, "");
	}
}
