/* A trust file for people; see trust.h. */
#include <string.h>

#include "json.h"
#include "table.h"
#include "trust.h"

static void print_counters(const json_t *cause, FILE *out)
{
	const json_t *list = json_object_get(cause, "counters"), *counter;
	struct table *t = table_new("llrl");
	char number[40];
	size_t i;

	if (!t)
		return;
	json_array_foreach (list, i, counter) {
		const json_t *moved = json_object_get(counter, "moved");
		table_cell(t, "%s", json_str(counter, "counter", ""));
		table_cell(t, "%s", json_str(counter, "name", ""));
		table_cell(t, "%s",
			   json_is_integer(moved)
				   ? table_s64(number, sizeof(number), json_integer_value(moved))
				   : "n/a");
		table_cell(t, "%s%s%s", json_str(counter, "verdict", ""),
			   *json_str(counter, "of", "") ? " of " : "", json_str(counter, "of", ""));
	}
	table_print(t, out, 4);
	table_free(t);
}

/* A line of a cause that was not caused: why, and what would. */
static void print_not_caused(const json_t *cause, FILE *out)
{
	fprintf(out, "    not caused: %s\n", json_str(cause, "why", "?"));
	if (*json_str(cause, "command", ""))
		fprintf(out, "    to cause it: %s\n", json_str(cause, "command", ""));
	if (*json_str(cause, "source", ""))
		fprintf(out, "    source: %s\n", json_str(cause, "source", ""));
}

void trust_print(const json_t *file, FILE *out)
{
	const json_t *cause;
	char sent[40], lost[40];
	size_t i;

	fprintf(out, "%s, kernel %s%s%s%s\n", json_str(file, "driver", "?"),
		json_str(file, "kernel", "?"), *json_str(file, "firmware", "") ? ", firmware " : "",
		json_str(file, "firmware", ""),
		json_flag(file, "virtualised", false) ? ", in a virtual machine" : "");
	json_array_foreach (json_object_get(file, "causes"), i, cause) {
		fprintf(out, "\n  %s: %s\n", json_str(cause, "cause", "?"),
			json_str(cause, "what", ""));
		if (!json_flag(cause, "caused", false)) {
			print_not_caused(cause, out);
			continue;
		}
		table_s64(sent, sizeof(sent), json_s64(cause, "sent", 0));
		table_s64(lost, sizeof(lost), json_s64(cause, "known", 0));
		fprintf(out, "    sent %s, lost %s\n", sent, lost);
		if (json_array_size(json_object_get(cause, "counters")))
			print_counters(cause, out);
		else
			fputs("    no counter moved, and none was to\n", out);
	}
}
