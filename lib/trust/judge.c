/* Readings and their verdicts; see trust.h. */
#include <stdlib.h>
#include <string.h>

#include "counter.h"
#include "json.h"
#include "trust.h"

static const char *const verdict_names[] = {
	[TRUST_QUIET] = "quiet", [TRUST_TRUE] = "true",     [TRUST_SILENT] = "silent",
	[TRUST_LIES] = "lies",   [TRUST_DOUBLE] = "double", [TRUST_NA] = "n/a",
};

const char *trust_verdict_name(enum trust_verdict verdict)
{
	return verdict_names[verdict];
}

/* The frames may be dealt out to several counters, each of which is true then. */
static bool judge_parts(struct trust_reading *readings, size_t n, int64_t known)
{
	int64_t sum = 0;
	size_t i, moved = 0;

	for (i = 0; i < n; i++)
		if (readings[i].part && readings[i].known && readings[i].delta) {
			sum += readings[i].delta;
			moved++;
		}
	if (moved < 2 || sum != known)
		return false;
	for (i = 0; i < n; i++)
		if (readings[i].part && readings[i].known && readings[i].delta)
			readings[i].verdict = TRUST_TRUE;
	return true;
}

/* The first that is true and moved by as much; -1: none. */
static int repeats(const struct trust_reading *readings, size_t n, int64_t delta)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (readings[i].verdict == TRUST_TRUE && readings[i].delta == delta)
			return (int)i;
	return -1;
}

/* Where one of several that share a loss has moved, another one need not. */
static bool excused(const struct trust_reading *r, const struct trust_reading *all, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (r->part && all[i].part && all[i].known && all[i].delta)
			return true;
	return false;
}

/* It moved by another number; whether that is a lie. */
static void judge_other(struct trust_reading *r)
{
	r->verdict = r->foreign ? TRUST_NA : TRUST_LIES;
	r->by_foreign = r->foreign;
}

void trust_judge(struct trust_reading *readings, size_t n, int64_t known)
{
	bool in_parts;
	int first = -1;
	size_t i;

	for (i = 0; i < n; i++) {
		readings[i].verdict = TRUST_QUIET;
		readings[i].by_foreign = false;
		readings[i].of = -1;
	}
	in_parts = known && judge_parts(readings, n, known);
	for (i = 0; i < n; i++)
		if (in_parts && first < 0 && readings[i].verdict == TRUST_TRUE)
			first = (int)i;
	for (i = 0; i < n; i++) {
		struct trust_reading *r = &readings[i];

		if (r->verdict == TRUST_TRUE)
			continue;
		if (!r->known || (r->shared && r->delta > known)) {
			r->verdict = TRUST_NA;
		} else if (!r->delta) {
			r->verdict = r->should && known && !excused(r, readings, n) ? TRUST_SILENT
										    : TRUST_QUIET;
		} else if (known && r->delta == known) {
			r->verdict = first < 0 ? TRUST_TRUE : TRUST_DOUBLE;
			r->of = first;
			if (first < 0)
				first = (int)i;
		} else {
			r->of = in_parts ? repeats(readings, n, r->delta) : -1;
			if (r->of < 0)
				judge_other(r);
			else
				r->verdict = TRUST_DOUBLE;
		}
	}
}

static bool at_place(const struct trust_way *way, const json_t *row)
{
	return trust_list_has(way->places, '|', json_str(row, "place", ""));
}

/* Frames that WAY lost, of a LEDGER; -1 and WHY if some are missing where it loses none. */
static int64_t lost_by(const struct trust_cause *cause, const struct trust_way *way,
		       const json_t *ledger, int64_t lost, char *why, size_t size)
{
	const json_t *row;
	size_t i;

	json_array_foreach (ledger, i, row) {
		const char *state = json_str(row, "state", "");
		int64_t frames = json_s64(row, "frames", 0);

		if (!strcmp(state, "BOOKED") && !at_place(way, row))
			lost -= frames;
		if (strcmp(state, "LOCATED") ||
		    (cause->located && !strcmp(json_str(row, "from", ""), "wire")))
			continue;
		snprintf(why, size, "%lld frames are missing between %s and %s", (long long)frames,
			 json_str(row, "from", "?"), json_str(row, "to", "?"));
		return -1;
	}
	return lost;
}

/* What a control lost, and where the first of it. */
static void say_lost(const json_t *line, int64_t lost, char *why, size_t size)
{
	const json_t *row = json_array_get(json_object_get(line, "ledger"), 0);
	const char *place = json_str(row, "place", "");
	char where[160] = "";

	if (*place)
		snprintf(where, sizeof(where), ", at %s", place);
	else if (row)
		snprintf(where, sizeof(where), ", between %s and %s", json_str(row, "from", "?"),
			 json_str(row, "to", "?"));
	snprintf(why, size, "%lld of %lld frames were lost%s", (long long)lost,
		 (long long)json_s64(json_object_get(line, "offered"), "accepted", 0), where);
}

bool trust_known(const struct trust_cause *cause, const struct trust_way *way, const json_t *line,
		 int64_t *known, char *why, size_t size)
{
	const json_t *loss = json_object_get(line, "loss");
	const json_t *validity = json_object_get(line, "validity");
	const char *reason =
		json_string_value(json_array_get(json_object_get(validity, "reasons"), 0));
	int64_t lost = json_s64(loss, "frames", 0);

	*known = -1;
	if (!json_is_integer(json_object_get(loss, "frames"))) {
		snprintf(why, size, "%s", reason ? reason : "nothing was measured");
		return false;
	}
	if (cause->control && lost) {
		say_lost(line, lost, why, size);
		return false;
	}
	if (!json_flag(validity, "valid", false)) {
		snprintf(why, size, "the trial is invalid: %s", reason ? reason : "of no verdict");
		return false;
	}
	*known = lost_by(cause, way, json_object_get(line, "ledger"), lost, why, size);
	if (*known < 0 || *known || cause->control)
		return *known >= 0;
	snprintf(why, size, "nothing was lost: such frames come through here, or nobody is late");
	return false;
}

/* Rows of agents; the endpoints' own are of interest where a cause names them. */
static const struct counter_def *find_def(const char *id)
{
	const struct counter_def *defs;
	size_t n, i;

	defs = counter_table(&n);
	for (i = 0; i < n; i++)
		if (!strcmp(defs[i].id, id))
			return &defs[i];
	return NULL;
}

struct reader {
	const json_t *line, *control;
	bool foreign;
	struct trust_reading *readings;
	size_t n;
};

static const json_t *counters_of(const json_t *line, const char *side)
{
	return json_object_get(json_object_get(json_object_get(line, "sides"), side), "counters");
}

static uint64_t moved_by(const json_t *counters, const char *id, int bits)
{
	uint64_t delta = 0;

	snapshot_delta(json_object_get(counters, "before"), json_object_get(counters, "after"), id,
		       bits, &delta);
	return delta;
}

/* What the observer saw dropped of others at one side. */
static int64_t dropped_of_others(const json_t *counters)
{
	static const char suffix[] = ".others";
	int64_t sum = 0;
	const char *id;
	json_t *value;

	json_object_foreach (json_object_get(counters, "after"), id, value) {
		size_t len = strlen(id);

		if (!strncmp(id, "bpf.", 4) && len > sizeof(suffix) &&
		    !strcmp(id + len - strlen(suffix), suffix))
			sum += (int64_t)moved_by(counters, id, 64);
	}
	return sum;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t trust_foreign(const json_t *line)
{
	int64_t sent = json_s64(json_object_get(line, "offered"), "accepted", 0);
	int64_t foreign = json_s64(json_object_get(line, "received"), "foreign", 0);
	const char *name;
	json_t *path, *edge;
	size_t i;

	json_object_foreach (json_object_get(line, "paths"), name, path) {
		json_array_foreach (json_object_get(path, "edges"), i, edge) {
			foreign = most(foreign, json_s64(edge, "foreign", 0));
			foreign = most(foreign, json_s64(edge, "total", 0) - sent);
		}
	}
	foreign = most(foreign, dropped_of_others(counters_of(line, "rx")));
	return most(foreign, dropped_of_others(counters_of(line, "tx")));
}

/* Of a control: frames of others moved COUNTER. */
static bool was_moved(const json_t *control, const char *counter)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(control, "counters"), i, item)
		if (!strcmp(json_str(item, "counter", ""), counter))
			return !strcmp(json_str(item, "why", ""), TRUST_FOREIGN);
	return false;
}

/* A counter ("tx:dev.tx_dropped", "dev.rx_dropped"), unless it is there already. */
static void add(struct reader *r, const char *name, bool should, bool part)
{
	bool tx = !strncmp(name, "tx:", 3);
	const char *id = tx ? name + 3 : name;
	const char *side = tx ? "tx" : "rx";
	const json_t *counters = counters_of(r->line, side);
	const struct counter_def *def = find_def(id);
	struct trust_reading *reading = &r->readings[r->n];
	uint64_t delta = 0;
	size_t i;

	if (r->n == TRUST_READINGS_MAX)
		return;
	*reading = (struct trust_reading){
		.should = should, .part = part, .shared = def && def->scope == SCOPE_MACHINE};
	snprintf(reading->counter, sizeof(reading->counter), "%s:%s", side, id);
	for (i = 0; i < r->n; i++)
		if (!strcmp(r->readings[i].counter, reading->counter))
			return;
	/* what the machine counts is read by one of its sides */
	if (!json_object_get(json_object_get(counters, "after"), id) && reading->shared)
		counters = counters_of(r->line, "tx");
	reading->known = snapshot_delta(json_object_get(counters, "before"),
					json_object_get(counters, "after"), id,
					def ? def->bits : 64, &delta) == SAMPLE_OK;
	reading->delta = (int64_t)delta;
	reading->foreign = r->foreign || was_moved(r->control, reading->counter);
	r->n++;
}

static void add_list(struct reader *r, const char *list, bool should, const char *parts)
{
	size_t len;

	for (; list && *list; list += len + (list[len] == ' ')) {
		char name[80];

		len = strcspn(list, " ");
		snprintf(name, sizeof(name), "%.*s", (int)len, list);
		add(r, name, should, trust_list_has(parts, ' ', name));
	}
}

/*
 * What else of the device means loss at the receiving side and moved: nothing of the kind is to.
 * What the machine or the namespace counts moves for others, too, and is no property of a driver.
 */
static void add_others(struct reader *r)
{
	const json_t *after = json_object_get(counters_of(r->line, "rx"), "after");
	const char *id;
	json_t *value;

	json_object_foreach ((json_t *)after, id, value) {
		const struct counter_def *def = find_def(id);
		size_t before = r->n;

		if (!def || def->kind != COUNTER_LOSS ||
		    (def->scope != SCOPE_DEVICE && def->scope != SCOPE_QUEUE))
			continue;
		add(r, id, false, false);
		if (r->n > before && (!r->readings[before].known || !r->readings[before].delta))
			r->n = before;
	}
}

size_t trust_read(const struct trust_cause *cause, const struct trust_way *way, const json_t *line,
		  const json_t *control, struct trust_reading *readings)
{
	struct reader r = {.line = line,
			   .control = control,
			   .foreign = trust_foreign(line) > 0,
			   .readings = readings};

	add_list(&r, cause->should, true, cause->parts);
	add_list(&r, way->should, true, NULL);
	add_list(&r, cause->may, false, cause->parts);
	add_others(&r);
	return r.n;
}
