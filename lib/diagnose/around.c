/* What stands around findings: what was looked at, what does not move, what cannot be seen. */
#include <string.h>

#include "counter.h"
#include "json.h"
#include "sight.h"

/* Losses since boot of counters that stand still; those that repeat another are shown once. */
json_t *sight_totals(const struct sight *sight)
{
	size_t n_defs;
	const struct counter_def *defs = counter_table(&n_defs);
	json_t *totals = json_array();

	for (size_t i = 0; i < sight->n; i++) {
		const struct subject *s = &sight->subjects[i];

		for (size_t d = 0; d < n_defs; d++) {
			int64_t delta = 0;
			uint64_t total = 0;

			if (defs[d].kind != COUNTER_LOSS ||
			    snapshot_value(s->after, defs[d].id, &total) != SAMPLE_OK || !total ||
			    !sight_delta(sight, s, defs[d].id, &delta) || delta)
				continue;
			json_array_append_new(
				totals, json_pack("{s:o, s:o, s:s, s:I, s:s}", "netns",
						  s->kind == SUBJECT_MACHINE ? json_null()
									     : json_text(s->netns),
						  "device",
						  s->kind == SUBJECT_DEVICE ? json_text(s->ifname)
									    : json_null(),
						  "counter", defs[d].id, "total", (json_int_t)total,
						  "help", defs[d].help));
		}
	}
	return totals;
}

/* What cannot be read, and what was reset meanwhile. */
void sight_note_unread(struct sight *sight)
{
	size_t n_defs;
	const struct counter_def *defs = counter_table(&n_defs);

	for (size_t i = 0; i < sight->n; i++) {
		const struct subject *s = &sight->subjects[i];
		const char *where = s->ifname[0] ? s->ifname : s->netns;
		size_t unread = 0, first = 0;

		for (size_t d = 0; d < n_defs; d++) {
			uint64_t value;
			enum sample_state state = snapshot_value(s->after, defs[d].id, &value);

			if (state == SAMPLE_FAILED && !unread++)
				first = d;
			if (state != SAMPLE_OK || !defs[d].bits || !s->before ||
			    snapshot_delta(s->before, s->after, defs[d].id, defs[d].bits, &value) !=
				    SAMPLE_WENT_BACK)
				continue;
			sight_unseen(sight, "%s%s%s went back: it was reset meanwhile", where,
				     *where ? ": " : "", defs[d].id);
		}
		if (unread == 1)
			sight_unseen(sight, "%s%s%s could not be read", where, *where ? ": " : "",
				     defs[first].id);
		else if (unread)
			sight_unseen(sight, "%s%s%zu counters could not be read, %s ...", where,
				     *where ? ": " : "", unread, defs[first].id);
	}
}

/*
 * NICs that do not count what their rings and buffers have no room for. Every driver has the
 * counters of rtnetlink, and in most they stay 0 whatever is lost: one that has moved is one that
 * counts.
 */
void sight_note_uncounted(struct sight *sight)
{
	static const char *const ids[] = {"eth.rx_ring_full", "eth.rx_port_full",
					  "qstat.rx_hw_drops"};
	static const char *const moved[] = {"dev.rx_missed_errors", "dev.rx_fifo_errors"};

	for (size_t i = 0; i < sight->n; i++) {
		const struct subject *s = &sight->subjects[i];
		bool counted = !s->bus[0];
		uint64_t value;

		for (size_t k = 0; k < sizeof(ids) / sizeof(ids[0]); k++)
			counted = counted || snapshot_value(s->after, ids[k], &value) == SAMPLE_OK;
		for (size_t k = 0; k < sizeof(moved) / sizeof(moved[0]); k++)
			counted =
				counted ||
				(snapshot_value(s->after, moved[k], &value) == SAMPLE_OK && value);
		if (s->kind == SUBJECT_DEVICE && !counted)
			sight_unseen(sight,
				     "%s: driver %s has no counter of its own for frames that its "
				     "ring or its port had no room for, and rtnetlink's are 0",
				     s->ifname, s->driver);
	}
}

/* What was looked at, for people. */
json_t *sight_looked_at(const struct sight *sight)
{
	size_t devices = 0, namespaces = 0;

	for (size_t i = 0; i < sight->n; i++) {
		devices += sight->subjects[i].kind == SUBJECT_DEVICE;
		namespaces += sight->subjects[i].kind == SUBJECT_NETNS;
	}
	return json_sprintf("%s%s%zu interface%s in %zu namespace%s",
			    *sight->root ? sight->root : "", *sight->root ? ": " : "", devices,
			    devices == 1 ? "" : "s", namespaces, namespaces == 1 ? "" : "s");
}
