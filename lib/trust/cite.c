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
	{"double", "repeats", "repeat", true},
};

static bool is_generic(const json_t *obj)
{
	return !strcmp(json_str(obj, "mode", ""), "generic");
}

/* The cause tells of the place where ROW is, and of frames that came the same way. */
static bool tells(const json_t *cause, const json_t *row, const json_t *side)
{
	bool dpdk = !strcmp(json_str(side, "endpoint", ""), "dpdk");

	if (!json_flag(cause, "caused", false) || json_flag(cause, "dpdk", false) != dpdk ||
	    is_generic(cause) != is_generic(side))
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

/* "rtnetlink's rx_missed_errors", "ethtool's pkts rx OOB": COUNTER, "rx:..." or "tx:...", of CAUSE.
 */
static void call(const json_t *cause, const char *counter, char *buf, size_t size)
{
	const char *whose = !strncmp(counter, "tx:", 3) ? "the sender's " : "", *name = "";
	const char *id = counter + strcspn(counter, ":") + 1;
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(cause, "counters"), i, item)
		if (!strcmp(json_str(item, "counter", ""), counter))
			name = json_str(item, "name", "");
	if (*name)
		snprintf(buf, size, "%sethtool's %s", whose, name);
	else if (!strncmp(id, "dev.", 4))
		snprintf(buf, size, "%srtnetlink's %s", whose, id + 4);
	else
		snprintf(buf, size, "%s%s", whose, id);
}

/* Whether WORD is to be said of COUNTER, for ROW. */
static bool is_said(const json_t *counter, const json_t *row, const struct word *word)
{
	const char *id = json_str(counter, "counter", "");

	return strchr(id, ':') && !strcmp(json_str(counter, "verdict", ""), word->verdict) &&
	       (!word->evidence_only || is_evidence(row, id));
}

static bool has_note(const json_t *notes, const json_t *note)
{
	json_t *old;
	size_t i;

	json_array_foreach ((json_t *)notes, i, old)
		if (json_equal(old, (json_t *)note))
			return true;
	return false;
}

/* The sentence of one verdict of one cause, added to NOTES if there is any such counter. */
static void add_note(json_t *notes, const json_t *file, const json_t *cause, const json_t *row,
		     const struct word *word)
{
	char names[NAMES_MAX] = "", one[120], last[120] = "", of[130] = "";
	const json_t *counter;
	size_t i, n = 0, len = 0;
	json_t *note;

	json_array_foreach (json_object_get(cause, "counters"), i, counter) {
		if (!is_said(counter, row, word))
			continue;
		if (n && len < sizeof(names))
			len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s",
						n > 1 ? ", " : "", last);
		call(cause, json_str(counter, "counter", ":"), last, sizeof(last));
		if (!n++ && *json_str(counter, "of", "")) {
			call(cause, json_str(counter, "of", ":"), one, sizeof(one));
			snprintf(of, sizeof(of), " %s", one);
		}
	}
	if (!n)
		return;
	note = json_sprintf("%s%s%s %s%s with %s %s: trust, %.10s", names, n > 1 ? " and " : "",
			    last, n > 1 ? word->many : word->one, of,
			    json_flag(cause, "dpdk", false) ? json_str(file, "pmd", "?")
							    : json_str(file, "driver", "?"),
			    json_str(file, "version", "?"), json_str(file, "made", "?"));
	if (has_note(notes, note))
		json_decref(note);
	else
		json_array_append_new(notes, note);
}

json_t *trust_row_notes(const json_t *file, const json_t *row, const json_t *side)
{
	json_t *notes = json_array();
	const json_t *cause;
	size_t i, w;

	json_array_foreach (json_object_get(file, "causes"), i, cause) {
		if (!tells(cause, row, side))
			continue;
		for (w = 0; w < sizeof(words) / sizeof(words[0]); w++)
			add_note(notes, file, cause, row, &words[w]);
	}
	if (json_array_size(notes))
		return notes;
	json_decref(notes);
	return NULL;
}
