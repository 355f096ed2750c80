/* What a limit can be of, and how a stored line says it; see limit.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "limit.h"

static const struct limit_measure rows[] = {
	{"loss", "loss", "frames", "accepted", .any_frame = true,
	 .help = "frames that were sent and did not arrive whole"},
	{"place", NULL, NULL, "accepted", .any_frame = true,
	 .help = "of these, those that the ledger books to one place (place = NAME; ringloss list "
		 "places)"},
	{"remainder", NULL, "remainder", "accepted",
	 .help = "frames that no place explains, the sum of the absolutes over all pairs of edges"},
	{"burst", "queue_bursts", "longest", "accepted",
	 .help = "most frames lost in a row, in the order in which a queue sent them"},
	{"flow_burst", "bursts", "longest", "accepted",
	 .help = "most frames lost in a row of one flow"},
	{"received", "rates", "rx_pps", NULL,
	 .help = "frames that arrived, each counted once, per second of sending"},
	{"sent", "rates", "tx_pps", NULL,
	 .help = "frames that the generator's endpoint took, per second"},
	{"unsent", "offered", "unsent", "intended",
	 .help = "frames that the schedule asked for and that were not handed over in time"},
	{"no_room", "offered", "no_room", "intended",
	 .help = "of these, those that the generator's full ring or socket did not take"},
	{"duplicate", "received", "duplicate", "accepted", .any_frame = true,
	 .help = "arrivals beyond the first of a frame"},
	{"reordered", "received", "reordered", "accepted", .any_frame = true,
	 .help = "frames that came after a later one of their stream, by receive queue"},
	{"corrupt", "received", "corrupt", "accepted", .any_frame = true,
	 .help = "frames that arrived damaged"},
	{"stale", "received", "stale", "accepted",
	 .help = "frames of an earlier trial that came in"},
	{"foreign", "received", "foreign", "accepted",
	 .help = "frames that came in and are not ringloss's"},
};

const struct limit_measure *limit_measure_table(size_t *n)
{
	*n = sizeof(rows) / sizeof(rows[0]);
	return rows;
}

/* Does ROW of the ledger belong to PATH (NULL: any)? */
static bool is_of_path(const json_t *row, const char *path)
{
	return !path || !strcmp(json_str(row, "path", ""), path);
}

/*
 * Frames at a place: what is booked there, and at most what is unexplained besides. A place that
 * has no counter here has a row only where frames are missing: with a closed ledger none were lost
 * there.
 */
static void read_place(const struct limit *limit, const json_t *trial, const char *path,
		       struct limit_reading *r)
{
	const json_t *ledger = json_object_get(trial, "ledger"), *row;
	bool counted = true;
	double open = 0;
	char where[80] = "";
	size_t i;

	if (!json_is_array(ledger)) {
		snprintf(r->why, sizeof(r->why), "the line has no ledger");
		return;
	}
	r->low = 0;
	json_array_foreach (ledger, i, row) {
		const char *state = json_str(row, "state", "");
		double frames = json_num(row, "frames", NAN);

		if (!is_of_path(row, path))
			continue;
		if (!strcmp(state, "LOCATED") && frames > 0) {
			open += frames;
			snprintf(where, sizeof(where), "%.30s to %.30s", json_str(row, "from", "?"),
				 json_str(row, "to", "?"));
		}
		if (strcmp(json_str(row, "place", ""), limit->place))
			continue;
		if (!strcmp(state, "BOOKED"))
			r->low += frames;
		else if (!strcmp(state, "UNSUPPORTED"))
			counted = false;
	}
	r->high = r->low + open;
	if (open > 0)
		snprintf(r->why, sizeof(r->why),
			 "%.0f frames are unexplained (%s) and may have been lost there%s", open,
			 where, counted ? "" : ", where nothing counts them");
}

void limit_read(const struct limit *limit, const json_t *trial, const char *path,
		struct limit_reading *r)
{
	const struct limit_measure *m = limit->measure;
	const json_t *scope = path ? json_object_get(json_object_get(trial, "paths"), path) : trial;
	const json_t *group = m->group ? json_object_get(scope, m->group) : scope;

	*r = (struct limit_reading){.low = NAN, .high = NAN, .whole = NAN};
	if (m->whole)
		r->whole = json_num(json_object_get(scope, "offered"), m->whole, NAN);
	if (limit->place) {
		read_place(limit, trial, path, r);
	} else {
		r->low = r->high = json_num(group, m->key, NAN);
		if (isnan(r->low) && scope && json_is_null(json_object_get(scope, "received")))
			snprintf(r->why, sizeof(r->why),
				 "nobody counts what arrives: there is no sink");
		else if (isnan(r->low))
			snprintf(r->why, sizeof(r->why), "the line does not have it (%s%s%s)",
				 m->group ? m->group : "", m->group ? "." : "", m->key);
	}
	if (isnan(r->low))
		return;
	/* none of nothing is no 0 */
	if (m->whole && !(r->whole > 0)) {
		r->low = r->high = NAN;
		snprintf(r->why, sizeof(r->why), "nothing was sent");
	} else if (limit->unit == LIMIT_SHARE) {
		r->low /= r->whole;
		r->high /= r->whole;
	}
}

/* The equations between the numbers of SCOPE: a line, or one of its paths (PATH). */
static const char *scope_fault(const json_t *scope, const json_t *ledger, const char *path)
{
	const json_t *offered = json_object_get(scope, "offered"), *row;
	const json_t *received = json_object_get(scope, "received");
	const json_t *loss = json_object_get(scope, "loss");
	int64_t accepted = json_s64(offered, "accepted", -1), booked = 0, located = 0;
	int64_t unique = json_s64(received, "unique", -1);
	size_t i;

	if (accepted < 0)
		return "offered.accepted is no number";
	if (json_s64(offered, "intended", -1) != json_s64(offered, "unsent", 0) + accepted)
		return "intended is not unsent + accepted";
	if (json_is_null(received))
		return NULL;
	if (unique < 0)
		return "received.unique is no number";
	if (json_s64(loss, "frames", -1) != accepted - unique)
		return "loss.frames is not accepted - unique";
	json_array_foreach (ledger, i, row) {
		int64_t frames = json_s64(row, "frames", 0);

		if (!is_of_path(row, path))
			continue;
		booked += frames;
		if (!strcmp(json_str(row, "state", ""), "LOCATED"))
			located += frames < 0 ? -frames : frames;
	}
	if (accepted != unique + booked)
		return "accepted is not unique + the frames of the ledger";
	if (json_s64(scope, "remainder", -1) != located)
		return "remainder is not what the ledger has as LOCATED";
	return NULL;
}

const char *limit_line_fault(const json_t *trial)
{
	const json_t *ledger = json_object_get(trial, "ledger");
	json_t *paths = json_object_get(trial, "paths"), *path;
	const char *fault = scope_fault(trial, ledger, NULL), *name;
	int64_t accepted = 0;

	json_object_foreach (paths, name, path) {
		if (!fault)
			fault = scope_fault(path, ledger, name);
		accepted += json_s64(json_object_get(path, "offered"), "accepted", 0);
	}
	if (!fault && accepted != json_s64(json_object_get(trial, "offered"), "accepted", 0))
		fault = "accepted is not the sum over the paths";
	return fault;
}
