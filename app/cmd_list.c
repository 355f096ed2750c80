/* ringloss list: the tables of all modules, as they are. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "config.h"
#include "counter.h"
#include "diagnose.h"
#include "doctor.h"
#include "endpoint.h"
#include "json.h"
#include "ledger.h"
#include "limit.h"
#include "observer.h"
#include "port.h"
#include "setting.h"
#include "table.h"

/* Rows as JSON objects with the same keys, printed as a table or as they are. */
static json_t *list_knob_set(const struct knob_set *set, json_t *rows)
{
	size_t i;

	for (i = 0; i < set->n; i++) {
		const struct knob *k = knob_row(set, i);
		char range[256], key[128];

		knob_range_text(k, range, sizeof(range));
		if (set == &plan_path_set)
			snprintf(key, sizeof(key), "path.PATH.%s", k->name);
		else if (set->scope == KNOB_SCOPE_PLAN)
			snprintf(key, sizeof(key), "%s.%s", set->name, k->name);
		else if (set->scope == KNOB_SCOPE_GROUP)
			snprintf(key, sizeof(key), "SIDE.%s.%s", set->name, k->name);
		else
			snprintf(key, sizeof(key), "SIDE.%s", k->name);
		json_array_append_new(rows,
				      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "key",
						key, "endpoint", set->endpoint ? set->endpoint : "",
						"default", k->def, "range", range, "unit", k->unit,
						"axis", k->sweepable ? "yes" : "no", "change",
						knob_change_name(k->change), "help", k->help));
	}
	return rows;
}

static json_t *list_knobs(void)
{
	size_t n, i;
	const struct knob_set *const *sets = run_knob_sets(&n);
	json_t *rows = json_array();

	for (i = 0; i < n; i++) {
		if (sets[i] == &side_knob_set)
			list_knob_set(&plan_role_set, rows);
		list_knob_set(sets[i], rows);
	}
	return list_knob_set(&plan_path_set, rows);
}

static json_t *list_settings(void)
{
	size_t i, n;
	const struct knob_set *const *sets = setting_knob_sets(&n);
	json_t *rows = json_array();

	list_knob_set(&port_knob_set, rows);
	for (i = 0; i < n; i++)
		list_knob_set(sets[i], rows);
	return rows;
}

static void add_counters(json_t *rows, const struct counter_def *defs, size_t n,
			 const char *endpoint)
{
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(
			rows,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:b, s:b, "
				  "s:s, s:s}",
				  "id", defs[i].id, "stage", defs[i].stage, "kind",
				  counter_kind_name(defs[i].kind), "scope",
				  counter_scope_name(defs[i].scope), "source",
				  endpoint ? endpoint : counter_source_name(defs[i].source), "unit",
				  defs[i].unit ? defs[i].unit : "packets", "locator",
				  defs[i].locator, "bits", (int)defs[i].bits, "refresh_ms",
				  (int)defs[i].refresh_ms, "since", defs[i].since, "restless",
				  defs[i].restless, "clears", defs[i].clears, "overlaps",
				  defs[i].overlaps, "help", defs[i].help));
}

static json_t *list_counters(void)
{
	json_t *rows = json_array();
	size_t n, i;
	const struct counter_def *defs = counter_table(&n);

	add_counters(rows, defs, n, NULL);
	defs = observer_counter_table(&n);
	add_counters(rows, defs, n, "observer");
	for (i = 0; endpoint_table[i]; i++)
		add_counters(rows, endpoint_table[i]->counters, endpoint_table[i]->n_counters,
			     endpoint_table[i]->name);
	return rows;
}

/* What drivers call the counters of ethtool. */
static json_t *list_names(void)
{
	json_t *rows = json_array();
	size_t n, i;
	const struct counter_name *names = counter_names(&n);

	for (i = 0; i < n; i++)
		json_array_append_new(
			rows,
			json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "driver", names[i].driver, "id",
				  names[i].id, "name", names[i].name, "refresh_ms",
				  (int)counter_driver_refresh_ms(names[i].driver, SOURCE_ETHTOOL),
				  "flag", names[i].flag ? names[i].flag : "", "overlaps",
				  names[i].overlaps));
	return rows;
}

/*
 * "udp ipv6", "af_xdp native", "skb socket" (the way to the sink and where it goes): what a rule
 * matches; "any" for all.
 */
static const char *match_text(const struct ledger_path *m, enum ledger_end end, char *buf,
			      size_t size)
{
	const char *const words[] = {
		end == END_RX ? m->rx_way : NULL,
		end == END_RX ? m->rx_into : NULL,
		end == END_TX ? m->tx_endpoint : m->rx_endpoint,
		end == END_TX ? m->tx_mode : m->rx_mode,
		end == END_RX ? m->rx_driver : NULL,
		m->family,
	};
	size_t len = 0;

	snprintf(buf, size, "any");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && len < size; i++)
		if (words[i])
			len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? " " : "",
						words[i]);
	return buf;
}

static json_t *list_edges(void)
{
	json_t *rows = json_array();
	char match[64];
	size_t n, i;
	const struct edge_def *defs = ledger_edge_table(&n);

	for (i = 0; i < n; i++)
		json_array_append_new(
			rows,
			json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s}", "id", defs[i].id, "end",
				  defs[i].end == END_TX ? "tx" : "rx", "endpoint",
				  match_text(&defs[i].match, defs[i].end, match, sizeof(match)),
				  "ours", defs[i].ours, "foreign", defs[i].foreign, "total",
				  defs[i].total, "help", defs[i].help));
	return rows;
}

static json_t *list_places(void)
{
	json_t *rows = json_array();
	char match[64];
	size_t n, i;
	const struct loss_def *defs = ledger_loss_table(&n);

	for (i = 0; i < n; i++)
		json_array_append_new(
			rows,
			json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "place",
				  defs[i].place, "row", defs[i].place_row, "stage", defs[i].stage,
				  "after", defs[i].after, "endpoint",
				  match_text(&defs[i].match, defs[i].end, match, sizeof(match)),
				  "count", defs[i].count ? defs[i].count : "", "seen",
				  defs[i].seen ? defs[i].seen : "", "remedy",
				  defs[i].remedy ? defs[i].remedy : "", "help",
				  defs[i].help ? defs[i].help : ""));
	return rows;
}

static json_t *list_endpoints(void)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; endpoint_table[i]; i++) {
		const struct endpoint_ops *e = endpoint_table[i];

		json_array_append_new(
			rows, json_pack("{s:s, s:s, s:s, s:s, s:s}", "endpoint", e->name,
					"generator", e->caps & ENDPOINT_TX ? "yes" : "no", "sink",
					e->caps & ENDPOINT_RX ? "yes" : "no", "device",
					e->caps & ENDPOINT_NEEDS_DEVICE ? "needed" : "none", "help",
					e->help));
	}
	return rows;
}

static json_t *list_checks(void)
{
	json_t *rows = json_array();
	size_t n, i;
	const struct doctor_check *checks = doctor_check_table(&n);

	for (i = 0; i < n; i++)
		json_array_append_new(rows,
				      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "check",
						checks[i].name, "group", checks[i].group, "scope",
						doctor_scope_name(checks[i].scope), "drivers",
						checks[i].drivers ? checks[i].drivers : "", "why",
						checks[i].why, "setting",
						checks[i].setting ? checks[i].setting : "",
						"source", checks[i].source));
	return rows;
}

/* What a limit of `ringloss check` can be of. */
static json_t *list_measures(void)
{
	json_t *rows = json_array();
	size_t n, i;
	const struct limit_measure *m = limit_measure_table(&n);

	for (i = 0; i < n; i++)
		json_array_append_new(
			rows,
			json_pack("{s:s, s:s, s:s, s:s}", "measure", m[i].name, "units",
				  m[i].whole ? "frames, %, ppm" : "pps, kpps, Mpps, Gpps",
				  "share_of", m[i].whole ? m[i].whole : "", "help", m[i].help));
	return rows;
}

static json_t *list_rules(void)
{
	static const char *const subjects[] = {
		[SUBJECT_MACHINE] = "machine",
		[SUBJECT_NETNS] = "netns",
		[SUBJECT_DEVICE] = "device",
	};
	json_t *rows = json_array();
	size_t n, i;
	const struct diagnosis_rule *rules = diagnosis_rule_table(&n);

	for (i = 0; i < n; i++)
		json_array_append_new(
			rows,
			json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "place",
				  rules[i].place, "row", rules[i].row, "of", subjects[rules[i].of],
				  "kind", rules[i].kind == FINDING_LOSS ? "loss" : "sign", "unit",
				  rules[i].unit ? rules[i].unit : "packets", "count",
				  rules[i].count ? rules[i].count : "", "repeats",
				  rules[i].repeats ? rules[i].repeats : "", "means", rules[i].means,
				  "source", rules[i].source));
	return rows;
}

/*
 * COLUMNS of the table, NULL: all that are used. BELOW: a key whose words have a line each under
 * the first column.
 */
static const struct list {
	const char *name;
	json_t *(*rows)(void);
	const char *columns, *below;
} lists[] = {
	{"knobs", list_knobs},
	{"counters", list_counters, "id stage source scope unit since refresh_ms", "overlaps"},
	{"names", list_names, "driver id name refresh_ms flag", "overlaps"},
	{"edges", list_edges},
	{"places", list_places},
	{"endpoints", list_endpoints},
	{"settings", list_settings},
	{"checks", list_checks},
	{"measures", list_measures},
	{"rules", list_rules, "place row of kind count means"},
};

#define COLUMNS_MAX 16

/* Which keys of the rows are columns: the list's, or all that have something in them. */
static size_t choose_columns(const struct list *list, const json_t *rows, const char **shown,
			     char *align)
{
	const json_t *first = json_array_get(rows, 0), *row, *value;
	const char *key;
	size_t n = 0, i;

	json_object_foreach ((json_t *)first, key, value) {
		const char *at = list->columns ? strstr(list->columns, key) : NULL;
		size_t len = strlen(key);
		bool used = false;

		if (list->columns) {
			used = at && (at == list->columns || at[-1] == ' ') &&
			       (!at[len] || at[len] == ' ');
		} else {
			json_array_foreach (rows, i, row) {
				const json_t *v = json_object_get(row, key);

				used |= json_is_integer(v) ||
					(json_is_string(v) && json_string_length(v));
			}
		}
		if (used && n < COLUMNS_MAX) {
			shown[n] = key;
			align[n++] = json_is_integer(value) ? 'r' : 'l';
		}
	}
	align[n] = '\0';
	return n;
}

static void print_cell(struct table *t, const json_t *value)
{
	if (json_is_integer(value))
		table_cell(t, "%lld", (long long)json_integer_value(value));
	else
		table_cell(t, "%s", json_is_string(value) ? json_string_value(value) : "");
}

/* A line for each of the words, in the first of N columns. */
static void print_below(struct table *t, const char *words, size_t n)
{
	size_t len, c;

	for (words += strspn(words, " "); *words; words += len + strspn(words + len, " ")) {
		len = strcspn(words, " ");
		table_cell(t, "  = %.*s", (int)len, words);
		for (c = 1; c < n; c++)
			table_cell(t, "%s", "");
	}
}

static int print_table(const struct list *list, const json_t *rows)
{
	const char *shown[COLUMNS_MAX];
	char align[COLUMNS_MAX + 1];
	size_t n = choose_columns(list, rows, shown, align), i, c;
	struct table *t = table_new(align);
	const json_t *row;

	if (!t)
		return EX_OSERR;
	for (c = 0; c < n; c++)
		if (!c && list->below)
			table_cell(t, "%s (= %s)", shown[c], list->below);
		else
			table_cell(t, "%s", shown[c]);
	table_rule(t);
	json_array_foreach (rows, i, row) {
		for (c = 0; c < n; c++)
			print_cell(t, json_object_get(row, shown[c]));
		if (list->below)
			print_below(t, json_str(row, list->below, ""), n);
	}
	table_print(t, stdout, 0);
	table_free(t);
	return EX_OK;
}

int cmd_list(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {0}};
	bool json = false;
	const struct list *list = NULL;
	json_t *rows = NULL;
	int c, code;
	size_t i;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "j", options, NULL)) != -1) {
		if (c != 'j')
			return usage_error("list", "unknown option %s", argv[optind - 1]);
		json = true;
	}
	if (argc - optind != 1)
		return usage_error("list", "list takes one kind of thing");
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (!strcmp(lists[i].name, argv[optind]))
			list = &lists[i];
	if (list)
		rows = list->rows();
	if (!rows)
		return usage_error("list", "there is no list of \"%s\"", argv[optind]);
	if (json) {
		char *line = json_line(rows);

		puts(line ? line : "[]");
		free(line);
		code = EX_OK;
	} else {
		code = print_table(list, rows);
	}
	json_decref(rows);
	return code;
}
