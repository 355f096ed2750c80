/* What a trust file says of a ledger's row, in sentences; see trust.h. */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "trust.h"

#define NAMES_MAX 700

/* What is said of counters of each verdict; one of several, or several. */
static const struct word {
	const char *verdict, *one, *many;
	bool evidence_only; /* said where the row rests on it */
} words[] = {
	{"true", "is true", "are true", true},
	{"silent", "is silent", "are silent", false},
	{"lies", "lies", "lie", false},
	{"double", "repeats another", "repeat another", true},
};

/* The cause tells of the place where ROW is. */
static bool tells(const json_t *cause, const json_t *row, bool dpdk)
{
	if (!json_flag(cause, "caused", false) || json_flag(cause, "dpdk", false) != dpdk)
		return false;
	if (!strcmp(json_str(row, "state", ""), "LOCATED"))
		return json_flag(cause, "nic_full", false) &&
		       !strcmp(json_str(row, "from", ""), "wire");
	return trust_list_has(json_str(cause, "places", ""), '|', json_str(row, "place", ""));
}

/* A side of a plan has any name, a trust file's are tx and rx: what is behind is compared. */
static bool is_evidence(const json_t *row, const char *counter)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(row, "evidence"), i, item) {
		const char *colon = strchr(json_str(item, "counter", ""), ':');

		if (colon && !strcmp(colon + 1, strchr(counter, ':') + 1))
			return true;
	}
	return false;
}

/* "rtnetlink's rx_missed_errors", "ethtool's pkts rx OOB" */
static void call(const json_t *counter, char *buf, size_t size)
{
	const char *id = json_str(counter, "counter", "rx:"), *name = json_str(counter, "name", "");
	const char *whose = !strncmp(id, "tx:", 3) ? "the sender's " : "";

	name += strspn(name, " ");
	id = strchr(id, ':') ? strchr(id, ':') + 1 : id;
	if (*name)
		snprintf(buf, size, "%sethtool's %s", whose, name);
	else if (!strncmp(id, "dev.", 4))
		snprintf(buf, size, "%srtnetlink's %s", whose, id + 4);
	else
		snprintf(buf, size, "%s%s", whose, id);
}

/* The sentence of one verdict of one cause, added to NOTES if there is any such counter. */
static void add_note(json_t *notes, const json_t *file, const json_t *cause, const json_t *row,
		     const struct word *word)
{
	char names[NAMES_MAX] = "", one[120], last[120] = "";
	const json_t *counter;
	size_t i, n = 0, len = 0;

	json_array_foreach (json_object_get(cause, "counters"), i, counter) {
		if (strcmp(json_str(counter, "verdict", ""), word->verdict) ||
		    !strchr(json_str(counter, "counter", ""), ':'))
			continue;
		if (word->evidence_only && !is_evidence(row, json_str(counter, "counter", "")))
			continue;
		call(counter, one, sizeof(one));
		if (*last && len < sizeof(names))
			len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s",
						n > 1 ? ", " : "", last);
		snprintf(last, sizeof(last), "%s", one);
		n++;
	}
	if (!n)
		return;
	json_array_append_new(
		notes, json_sprintf("%s%s%s %s with %s %s: trust, %.10s", names,
				    n > 1 ? " and " : "", last, n > 1 ? word->many : word->one,
				    json_flag(cause, "dpdk", false) ? json_str(file, "pmd", "?")
								    : json_str(file, "driver", "?"),
				    json_str(file, "version", "?"), json_str(file, "made", "?")));
}

json_t *trust_row_notes(const json_t *file, const json_t *row, bool dpdk)
{
	json_t *notes = json_array();
	const json_t *cause;
	size_t i, w;

	json_array_foreach (json_object_get(file, "causes"), i, cause) {
		if (!tells(cause, row, dpdk))
			continue;
		for (w = 0; w < sizeof(words) / sizeof(words[0]); w++)
			add_note(notes, file, cause, row, &words[w]);
	}
	if (json_array_size(notes))
		return notes;
	json_decref(notes);
	return NULL;
}
