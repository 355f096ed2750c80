/* Trial lines; see record.h. */
#include "record.h"

#include <math.h>
#include <string.h>

#include "build.h"
#include "clock.h"
#include "counter.h"
#include "json.h"
#include "ledger.h"
#include "moved.h"
#include "observer.h"
#include "result.h"
#include "trust_cite.h"

/* How the ledger reads the counters of one path. */
struct path_reader {
	const struct trial_env *env;
	struct trial *trial;
	size_t path;
};

uint32_t record_counter_bits(const char *id)
{
	const struct counter_def *defs;
	size_t n, i, e;

	defs = counter_table(&n);
	for (i = 0; i < n; i++)
		if (!strcmp(defs[i].id, id))
			return defs[i].bits;
	defs = observer_counter_table(&n);
	for (i = 0; i < n; i++)
		if (!strcmp(defs[i].id, id))
			return defs[i].bits;
	for (e = 0; endpoint_table[e]; e++)
		for (i = 0; i < endpoint_table[e]->n_counters; i++)
			if (!strcmp(endpoint_table[e]->counters[i].id, id))
				return endpoint_table[e]->counters[i].bits;
	return 64;
}

/* A path's own totals, by the names that the ledger knows them by. */
static bool read_total(const struct trial_path *p, bool has_sink, const char *id, int64_t *value)
{
	const struct {
		const char *id;
		bool sink;
		uint64_t value;
	} totals[] = {
		{"worker.intended", false, p->intended},  {"worker.unsent", false, p->unsent},
		{"worker.accepted", false, p->accepted},  {"worker.refused", false, p->refused},
		{"worker.frames", true, p->frames},       {"worker.unique", true, p->unique},
		{"worker.duplicate", true, p->duplicate}, {"worker.reordered", true, p->reordered},
		{"worker.corrupt", true, p->corrupt},     {"worker.stale", true, p->stale},
		{"worker.foreign", true, p->foreign},
	};
	size_t i;

	for (i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
		if (strcmp(totals[i].id, id))
			continue;
		*value = totals[i].sink && !has_sink ? 0 : (int64_t)totals[i].value;
		return true;
	}
	return false;
}

/* The machine's counters are read by one side of each host, for all of its sides. */
static int reading_side(const struct path_reader *r, int side, const char *id)
{
	const char *boot = json_str(r->env->sides[side].host, "boot_id", "");
	size_t i;

	if (json_object_get(r->trial->after[side], id))
		return side;
	for (i = 0; i < r->env->n_sides; i++)
		if (!strcmp(boot, json_str(r->env->sides[i].host, "boot_id", "")) &&
		    json_object_get(r->trial->after[i], id))
			return (int)i;
	return side;
}

static bool read_counter(void *ctx, enum ledger_end end, const char *id, int64_t *delta)
{
	struct path_reader *r = ctx;
	const struct path *path = &r->env->paths[r->path];
	int side = end == END_TX ? path->from : path->to;
	uint64_t value;

	if (read_total(&r->trial->paths[r->path], path->to >= 0, id, delta))
		return true;
	if (side < 0)
		return false;
	side = reading_side(r, side, id);
	switch (snapshot_delta(r->trial->before[side], r->trial->after[side], id,
			       record_counter_bits(id), &value)) {
	case SAMPLE_OK:
		*delta = (int64_t)value;
		return true;
	case SAMPLE_WENT_BACK:
		trial_add_reason(r->trial, "%s: counter %s went back during the trial",
				 r->env->sides[side].plan->name, id);
		return false;
	default:
		return false;
	}
}

static int balance_path(const struct record_context *ctx, struct trial *trial, size_t i,
			struct ledger *ledger, struct error *err)
{
	const struct path *path = &ctx->env->paths[i];
	const struct side *from = &ctx->env->sides[path->from];
	const struct side *to = path->to >= 0 ? &ctx->env->sides[path->to] : from;
	struct path_reader reader = {.env = ctx->env, .trial = trial, .path = i};
	const struct ledger_path lp = {
		.tx_endpoint = side_endpoint(from),
		.tx_mode = from->mode,
		.tx_driver = from->device.driver,
		.rx_endpoint = side_endpoint(to),
		.rx_mode = to->mode,
		.rx_driver = to->device.driver,
		.family = ctx->env->traffic->family == FRAME_IPV6 ? "ipv6" : "ipv4",
		.tx_user_space = !from->device.ifindex,
		.rx_user_space = !to->device.ifindex,
	};

	return ledger_balance(&lp, read_counter, &reader, ledger, err);
}

/* The first counter of the sink that is known, of IDS separated by blanks; NULL: none. */
static bool read_first(struct path_reader *reader, const char *ids, int64_t *value)
{
	char id[64];
	size_t len;

	for (; ids && *ids; ids += len + (ids[len] == ' ')) {
		len = strcspn(ids, " ");
		if (len >= sizeof(id))
			continue;
		memcpy(id, ids, len);
		id[len] = '\0';
		if (read_counter(reader, END_RX, id, value))
			return true;
	}
	return false;
}

/* Frames not ours, counted where the endpoint first sees them; else by the threads. */
static void find_foreign(const struct record_context *ctx, struct trial *trial, size_t i)
{
	const struct path *path = &ctx->env->paths[i];
	struct trial_path *p = &trial->paths[i];
	struct path_reader reader = {.env = ctx->env, .trial = trial, .path = i};
	const struct endpoint_ops *ops;
	int64_t n;

	p->foreign_seen = p->foreign;
	p->stale_seen = p->stale;
	if (path->to < 0)
		return;
	ops = endpoint_table[ctx->env->sides[path->to].config.endpoint];
	if (read_first(&reader, ops->foreign_counter, &n))
		p->foreign_seen = (uint64_t)n;
	if (read_first(&reader, ops->stale_counter, &n))
		p->stale_seen = (uint64_t)n;
}

static json_t *offered_json(const struct trial_path *p)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "intended", (json_int_t)p->intended, "unsent",
			 (json_int_t)p->unsent, "no_room", (json_int_t)p->no_room, "accepted",
			 (json_int_t)p->accepted);
}

/* Null without a sink (SUNK false): nobody counted what arrived, and that is not 0. */
static json_t *received_json(const struct trial_path *p, bool sunk)
{
	if (!sunk)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "frames", (json_int_t)p->frames,
			 "unique", (json_int_t)p->unique, "duplicate", (json_int_t)p->duplicate,
			 "reordered", (json_int_t)p->reordered, "corrupt", (json_int_t)p->corrupt,
			 "stale", (json_int_t)p->stale_seen, "foreign",
			 (json_int_t)p->foreign_seen);
}

static json_t *loss_json(const struct trial_path *p, bool sunk)
{
	int64_t lost = (int64_t)(p->accepted - p->unique);

	if (!sunk)
		return json_null();
	return json_pack("{s:I, s:o}", "frames", (json_int_t)lost, "ratio",
			 p->accepted ? json_real((double)lost / (double)p->accepted) : json_null());
}

static void put_bursts(json_t *obj, const struct trial_path *p, bool sunk)
{
	bursts_put(obj, "", sunk ? &p->bursts : NULL);
	bursts_put(obj, "queue_", sunk ? &p->queue_bursts : NULL);
}

static double per_second(uint64_t frames, uint64_t ns)
{
	return ns ? (double)frames * 1e9 / (double)ns : 0;
}

static json_t *rates_json(double tx_pps, double rx_pps, bool sunk)
{
	return json_pack("{s:f, s:o}", "tx_pps", tx_pps, "rx_pps",
			 sunk ? json_real(rx_pps) : json_null());
}

static json_t *path_json(const struct record_context *ctx, size_t i, const struct trial_path *p,
			 const struct ledger *ledger)
{
	const struct path *path = &ctx->env->paths[i];
	const char *from = ctx->env->sides[path->from].plan->name;
	const char *to = path->to >= 0 ? ctx->env->sides[path->to].plan->name : NULL;
	bool sunk = path->to >= 0;
	json_t *json;

	json = json_pack("{s:s, s:s?, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:b}", "from", from,
			 "to", to, "flows", (int)p->flows, "flows_seen",
			 sunk ? json_integer(p->flows_seen) : json_null(), "offered",
			 offered_json(p), "received", received_json(p, sunk), "loss",
			 loss_json(p, sunk), "rates",
			 rates_json(per_second(p->accepted, p->tx_ns),
				    per_second(p->unique, p->tx_ns), sunk),
			 "edges", ledger_edges_json(ledger, from, to), "remainder",
			 (json_int_t)ledger->remainder, "balanced", ledger->balanced);
	put_bursts(json, p, sunk);
	return json;
}

/* All values of the plan at the point: {"traffic": {...}, "rx": {...}} flattened to keys. */
static json_t *plan_json(const struct record_context *ctx)
{
	return json_pack("{s:s, s:o}", "name", ctx->plan_name, "values", point_values(ctx->point));
}

json_t *record_build(void)
{
	return json_pack("{s:s, s:s, s:s}", "version", RINGLOSS_VERSION, "commit", RINGLOSS_COMMIT,
			 "compiler", "gcc " __VERSION__);
}

static const char *const role_names[] = {"generator", "sink", "both", "observer"};

/* What a failed trial (NULL) does not know is left out. */
static json_t *side_json(const struct side *side, const struct trial *trial)
{
	json_t *effective = json_object(), *counters = NULL, *observer = NULL, *rules = NULL;
	json_t *cpus = NULL;
	int i = side->index;

	if (trial && trial->before[i] && trial->after[i]) {
		counters = json_pack("{s:O, s:O}", "before", trial->before[i], "after",
				     trial->after[i]);
		observer = moved_events(json_object_get(trial->details_before[i], "observer"),
					json_object_get(trial->details[i], "observer"));
		cpus = moved_cpus(json_object_get(trial->details_before[i], "cpus"),
				  json_object_get(trial->details[i], "cpus"));
		rules = moved_rules(json_object_get(trial->details_before[i], "nft_rules"),
				    json_object_get(trial->details[i], "nft_rules"));
	}
	if (side->settings)
		json_object_update(effective, side->settings);
	if (side->knobs)
		json_object_update(effective, side->knobs);
	return json_pack("{s:s, s:s, s:s, s:o, s:O*, s:O*, s:{s:o, s:o}, s:o*, s:o*, s:o*, s:o*}",
			 "role", role_names[side->plan->role], "endpoint", side_endpoint(side),
			 "mode", side->mode, "device", device_json(&side->device), "host",
			 side->host, "threads", side->threads, "settings", "asked",
			 side->values ? json_incref(side->values) : json_object(), "effective",
			 effective, "counters", counters, "observer", observer, "dropping_rules",
			 rules, "cpus", cpus);
}

/* A side that was not set up: what was asked of it. The rest is of the point before, if of any. */
static json_t *asked_json(const struct record_context *ctx, const struct side *side)
{
	json_t *asked = point_side_values(ctx->point, side->index);

	return json_pack("{s:s, s:s, s:s, s:n, s:O*, s:[], s:{s:o, s:{}}}", "role",
			 role_names[side->plan->role], "endpoint", json_str(asked, "endpoint", ""),
			 "mode", "", "device", "host", side->host, "threads", "settings", "asked",
			 asked, "effective");
}

static json_t *sides_json(const struct record_context *ctx, const struct trial *trial)
{
	json_t *sides = json_object();
	size_t i;

	for (i = 0; i < ctx->env->n_sides; i++) {
		const struct side *side = &ctx->env->sides[i];

		json_object_set_new(sides, side->plan->name,
				    ctx->set_up ? side_json(side, trial) : asked_json(ctx, side));
	}
	return sides;
}

static json_t *head_json(const struct record_context *ctx, uint16_t epoch, const char *time)
{
	return json_pack("{s:i, s:s, s:I, s:i, s:s, s:o, s:o, s:I}", "schema", RESULT_SCHEMA, "run",
			 ctx->run, "seq", (json_int_t)ctx->seq, "epoch", (int)epoch, "time", time,
			 "plan", plan_json(ctx), "point", point_axes(ctx->point), "repeat",
			 (json_int_t)ctx->repeat);
}

static void add_path(struct trial_path *sum, const struct trial_path *p)
{
	sum->intended += p->intended;
	sum->unsent += p->unsent;
	sum->no_room += p->no_room;
	sum->accepted += p->accepted;
	sum->frames += p->frames;
	sum->unique += p->unique;
	sum->duplicate += p->duplicate;
	sum->reordered += p->reordered;
	sum->corrupt += p->corrupt;
	sum->stale_seen += p->stale_seen;
	sum->foreign_seen += p->foreign_seen;
	bursts_add(&sum->bursts, &p->bursts);
	bursts_add(&sum->queue_bursts, &p->queue_bursts);
	sum->tx_ns = p->tx_ns > sum->tx_ns ? p->tx_ns : sum->tx_ns;
}

static json_t *validity_json(const struct trial *trial)
{
	json_t *reasons = json_array();
	size_t i;

	for (i = 0; i < trial->n_reasons; i++)
		json_array_append_new(reasons, json_string(trial->reasons[i]));
	return json_pack("{s:b, s:o}", "valid", !trial->n_reasons, "reasons", reasons);
}

/* What voids a trial beside the generator's own faults. */
static void find_reasons(const struct record_context *ctx, struct trial *trial)
{
	json_t *before;
	const char *id;
	size_t i;

	for (i = 0; i < ctx->env->n_sides; i++) {
		json_object_foreach (trial->before[i], id, before) {
			if (!json_is_integer(before) ||
			    json_is_integer(json_object_get(trial->after[i], id)))
				continue;
			trial_add_reason(
				trial,
				"%s: counter %s could be read before the trial and not after "
				"it: is the device still there?",
				ctx->env->sides[i].plan->name, id);
			break; /* one of them says it all */
		}
	}
	for (i = 0; i < ctx->env->n_paths; i++)
		if (trial->paths[i].stale_seen)
			trial_add_reason(
				trial,
				"%s: %llu frames of an earlier trial or warm-up came in: the "
				"path holds frames back, or an earlier run's are replayed",
				ctx->env->paths[i].plan->name,
				(unsigned long long)trial->paths[i].stale_seen);
}

json_t *record_trial(const struct record_context *ctx, struct trial *trial, struct error *err)
{
	json_t *line, *paths = json_object(), *rows = json_array();
	struct trial_path sum = {0};
	double tx_pps = 0, rx_pps = 0;
	uint64_t remainder = 0;
	bool sunk = true; /* every path */
	size_t i;

	for (i = 0; i < ctx->env->n_paths; i++) {
		const struct path *path = &ctx->env->paths[i];
		const struct trial_path *p = &trial->paths[i];
		struct ledger ledger;
		json_t *of_path;

		find_foreign(ctx, trial, i);
		if (balance_path(ctx, trial, i, &ledger, err)) {
			json_decref(paths);
			json_decref(rows);
			return NULL;
		}
		json_object_set_new(paths, path->plan->name, path_json(ctx, i, p, &ledger));
		of_path = ledger_json(&ledger, path->plan->name,
				      ctx->env->sides[path->from].plan->name,
				      path->to >= 0 ? ctx->env->sides[path->to].plan->name : NULL);
		json_array_extend(rows, of_path);
		json_decref(of_path);
		remainder += ledger.remainder;
		ledger_free(&ledger);
		add_path(&sum, p);
		sunk = sunk && path->to >= 0;
		tx_pps += per_second(p->accepted, p->tx_ns);
		rx_pps += per_second(p->unique, p->tx_ns);
	}
	find_reasons(ctx, trial);
	line = head_json(ctx, trial->epoch, trial->time);
	json_object_set_new(line, "offered", offered_json(&sum));
	json_object_set_new(line, "received", received_json(&sum, sunk));
	json_object_set_new(line, "loss", loss_json(&sum, sunk));
	put_bursts(line, &sum, sunk);
	json_object_set_new(line, "rates", rates_json(tx_pps, rx_pps, sunk));
	json_object_set_new(line, "duration_s", json_real((double)sum.tx_ns / 1e9));
	json_object_set_new(line, "series", sampler_json(trial->sampler));
	json_object_set_new(line, "paths", paths);
	json_object_set_new(line, "ledger", rows);
	json_object_set_new(line, "remainder", json_integer((json_int_t)remainder));
	json_object_set_new(line, "balanced", json_boolean(!remainder));
	json_object_set_new(line, "validity", validity_json(trial));
	json_object_set_new(line, "verdict", json_string(trial->n_reasons ? "invalid" : "valid"));
	json_object_set_new(line, "sides", sides_json(ctx, trial));
	json_object_set_new(line, "build", record_build());
	trust_cite(ctx->env, line);
	return line;
}

json_t *record_unmeasured(const struct record_context *ctx, const char *verdict,
			  const struct error *why, struct error *err)
{
	static const char *const unknown[] = {"offered",    "received", "loss",      "rates",
					      "duration_s", "series",   "remainder", "balanced"};
	char time[32];
	json_t *line;
	size_t i;

	clock_wall_iso(time, sizeof(time));
	line = head_json(ctx, *ctx->env->epoch, time);
	if (!line) {
		error_set(err, EX_OSERR, -ENOMEM, "no memory for a trial's record");
		return NULL;
	}
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		json_object_set_new(line, unknown[i], json_null());
	put_bursts(line, NULL, false);
	json_object_set_new(line, "paths", json_object());
	json_object_set_new(line, "ledger", json_array());
	json_object_set_new(line, "validity",
			    json_pack("{s:b, s:[s]}", "valid", 0, "reasons", why->text));
	json_object_set_new(line, "verdict", json_string(verdict));
	json_object_set_new(line, "sides", sides_json(ctx, NULL));
	json_object_set_new(line, "build", record_build());
	return line;
}
