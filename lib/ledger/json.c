/* The ledger as a result line holds it. */
#include <stdio.h>

#include "json.h"
#include "ledger.h"

static const char *const state_names[] = {
	[LEDGER_BOOKED] = "BOOKED",
	[LEDGER_LOCATED] = "LOCATED",
	[LEDGER_UNSUPPORTED] = "UNSUPPORTED",
};

/* A number that may not be known: null then, never 0. */
static json_t *known_or_null(bool known, int64_t value)
{
	return known ? json_integer(value) : json_null();
}

static json_t *evidence_json(const struct ledger_row *row, const char *const sides[2])
{
	json_t *list = json_array();

	for (size_t i = 0; i < row->n_evidence; i++) {
		const struct ledger_evidence *e = &row->evidence[i];
		json_t *obj = json_object();

		json_object_set_new(obj, "counter",
				    json_sprintf("%s:%s", sides[e->end], e->counter));
		json_object_set_new(obj, "delta", known_or_null(e->known, e->delta));
		json_array_append_new(list, obj);
	}
	return list;
}

json_t *ledger_json(const struct ledger *ledger, const char *path, const char *from, const char *to)
{
	const char *const sides[] = {[END_TX] = from, [END_RX] = to ? to : from};
	json_t *list = json_array();

	for (size_t i = 0; i < ledger->n_rows; i++) {
		const struct ledger_row *row = &ledger->rows[i];
		bool counted = row->state != LEDGER_UNSUPPORTED;
		json_t *obj = json_object();

		json_put_str(obj, "path", path);
		json_put_str(obj, "from", row->from);
		json_put_str(obj, "to", row->to);
		json_put_str(obj, "stage", row->stage);
		json_put_str(obj, "place", row->place);
		json_object_set_new(obj, "place_row", json_integer(row->place_row));
		json_object_set_new(obj, "frames", known_or_null(counted, row->frames));
		json_object_set_new(obj, "foreign",
				    known_or_null(counted && row->foreign_known, row->foreign));
		json_put_str(obj, "state", state_names[row->state]);
		json_object_set_new(obj, "evidence", evidence_json(row, sides));
		json_put_str(obj, "remedy", row->remedy);
		json_array_append_new(list, obj);
	}
	return list;
}

json_t *ledger_edges_json(const struct ledger *ledger, const char *from, const char *to)
{
	const char *const sides[] = {[END_TX] = from, [END_RX] = to};
	json_t *list = json_array();

	for (size_t i = 0; i < ledger->n_edges; i++) {
		const struct ledger_edge *edge = &ledger->edges[i];
		json_t *obj;

		if (!to && edge->end == END_RX)
			continue; /* nobody is there to count */
		if (edge->optional && !edge->ours_known)
			continue;
		obj = json_object();
		json_put_str(obj, "edge", edge->id);
		json_put_str(obj, "side", sides[edge->end]);
		json_object_set_new(obj, "ours", known_or_null(edge->ours_known, edge->ours));
		json_object_set_new(obj, "foreign",
				    known_or_null(edge->foreign_known, edge->foreign));
		json_object_set_new(obj, "total", known_or_null(edge->total_known, edge->total));
		json_put_flag(obj, "passed_over", edge->passed_over);
		json_object_set_new(obj, "remainder", json_integer(edge->remainder));
		json_array_append_new(list, obj);
	}
	return list;
}
