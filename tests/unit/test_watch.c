/* Tables of `ringloss watch` made of two looks: rates, utilisation, order, what is not known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drops.h"
#include "lines.h"
#include "model.h"
#include "show.h"

#define SECOND 1000000000ULL
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define C64(n) ((struct watch_count){(n), 64})
#define C32(n) ((struct watch_count){(n), 32})
#define UNKNOWN ((struct watch_count){0})

static void test_rates(void **state)
{
	const struct {
		struct watch_count before, after;
		double seconds;
		bool known;
		double rate;
	} cases[] = {
		{C64(100), C64(300), 2, true, 100},
		{C64(100), C64(100), 2, true, 0},
		{C64(100), C64(105), 0.1, true, 50},
		{C64(100), C64(99), 1, false, 0}, /* reset */
		{C32(4294967290U), C32(10), 1, true, 16},
		{C32(100), C32(300), 0.5, true, 400},
		{UNKNOWN, C64(300), 1, false, 0},
		{C64(300), UNKNOWN, 1, false, 0},
		{UNKNOWN, UNKNOWN, 1, false, 0},
		{C32(1), C64(2), 1, false, 0},
		{C64(100), C64(300), 0, false, 0},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		double rate = 0;

		assert_int_equal(
			watch_rate(cases[i].before, cases[i].after, cases[i].seconds, &rate),
			cases[i].known);
		assert_float_equal(rate, cases[i].rate, 1e-6);
	}
}

static void test_utilisation(void **state)
{
	const struct {
		double rx, tx; /* bytes/s */
		struct watch_speed speed;
		bool known;
		double percent;
	} cases[] = {
		{1e6, 3e6, {1, 100, DUPLEX_IS_FULL}, true, 24},
		{3e6, 1e6, {1, 100, DUPLEX_IS_FULL}, true, 24},
		{1e6, 3e6, {1, 100, DUPLEX_IS_HALF}, true, 32},
		{0, 0, {1, 100, DUPLEX_IS_HALF}, true, 0},
		{1.25e9, 1.25e9, {1, 10000, DUPLEX_IS_FULL}, true, 100},
		{1e6, 3e6, {1, -1, DUPLEX_IS_FULL}, false, 0},
		{1e6, 3e6, {1, 0, DUPLEX_IS_FULL}, false, 0},
		{1e6, 3e6, {1, 100, DUPLEX_IS_UNKNOWN}, false, 0},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		double percent = 0;

		assert_int_equal(
			watch_utilisation(cases[i].rx, cases[i].tx, &cases[i].speed, &percent),
			cases[i].known);
		assert_float_equal(percent, cases[i].percent, 1e-6);
	}
	assert_false(watch_utilisation(1, 1, NULL, &(double){0}));
}

/* ---- views ---- */

static struct watch_link a_link(int ifindex, const char *name, uint64_t at, uint64_t packets)
{
	struct watch_link link = {.ifindex = ifindex,
				  .up = true,
				  .carrier = true,
				  .time_ns = at,
				  .rx_packets = C64(packets),
				  .rx_bytes = C64(packets * 1000),
				  .tx_packets = C64(packets / 2),
				  .tx_bytes = C64(packets * 500)};

	snprintf(link.ifname, sizeof(link.ifname), "%s", name);
	return link;
}

static size_t column_of(enum watch_section_id id, const char *key)
{
	for (size_t c = 0; c < watch_section_kinds[id].n_columns; c++)
		if (!strcmp(watch_section_kinds[id].columns[c].key, key))
			return c;
	fail_msg("no column %s", key);
	return 0;
}

static const struct watch_row *row_of(const struct watch_view *view, enum watch_section_id id,
				      const char *key, const char *text)
{
	const struct watch_section *section = &view->sections[id];
	size_t column = column_of(id, key);
	char buf[WATCH_TEXT_MAX];

	for (size_t r = 0; r < section->n; r++)
		if (!strcmp(watch_cell_text(&section->rows[r].cells[column],
					    watch_section_kinds[id].columns[column].format, buf,
					    sizeof(buf)),
			    text))
			return &section->rows[r];
	fail_msg("no row %s", text);
	return NULL;
}

/* What stands in a cell, as people see it. */
static void check_cell(const struct watch_row *row, enum watch_section_id id, const char *key,
		       const char *wanted)
{
	size_t column = column_of(id, key);
	char buf[WATCH_TEXT_MAX];

	assert_string_equal(watch_cell_text(&row->cells[column],
					    watch_section_kinds[id].columns[column].format, buf,
					    sizeof(buf)),
			    wanted);
}

struct check {
	enum watch_section_id id;
	const char *row_key, *row, *key, *wanted;
};

static void check_all(const struct watch_view *view, const struct check *checks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_cell(row_of(view, checks[i].id, checks[i].row_key, checks[i].row),
			   checks[i].id, checks[i].key, checks[i].wanted);
}

static void test_interfaces(void **state)
{
	struct watch_link before[] = {a_link(1, "lo", SECOND, 0), a_link(2, "eth0", SECOND, 1000),
				      a_link(3, "eth1", SECOND, 5000), a_link(4, "half", SECOND, 0),
				      a_link(7, "back", SECOND, 90)};
	/* eth0: over two seconds, all others over one */
	struct watch_link after[] = {
		a_link(1, "lo", 2 * SECOND, 0),      a_link(2, "eth0", 3 * SECOND, 3000),
		a_link(4, "half", 2 * SECOND, 1000), a_link(5, "fresh", 2 * SECOND, 10),
		a_link(7, "back", 2 * SECOND, 80),
	};
	struct watch_speed speeds[] = {{2, 1000, DUPLEX_IS_FULL}, {4, 100, DUPLEX_IS_HALF}};
	const struct watch_fast fast[] = {{.time_ns = SECOND, .links = before, .n_links = 5},
					  {.time_ns = 2 * SECOND, .links = after, .n_links = 5}};
	const struct watch_slow slow = {.speeds = speeds, .n_speeds = 2};
	const struct watch_looks looks = {.before = &fast[0],
					  .after = &fast[1],
					  .slow_after = &slow,
					  .gone = &before[2],
					  .n_gone = 1,
					  .new_ones = (const int[]){5},
					  .n_new = 1};
	static const struct check checks[] = {
		{WATCH_INTERFACES, "interface", "eth0", "rx_packets_per_second", "1,000"},
		{WATCH_INTERFACES, "interface", "eth0", "tx_packets_per_second", "500"},
		{WATCH_INTERFACES, "interface", "eth0", "rx_bytes_per_second", "1,000,000"},
		{WATCH_INTERFACES, "interface", "eth0", "utilisation_percent", "0.8"},
		{WATCH_INTERFACES, "interface", "eth0", "speed_mbps", "1,000"},
		{WATCH_INTERFACES, "interface", "eth0", "state", "up"},
		{WATCH_INTERFACES, "interface", "half", "utilisation_percent", "12.0"},
		{WATCH_INTERFACES, "interface", "half", "duplex", "half"},
		{WATCH_INTERFACES, "interface", "lo", "rx_packets_per_second", "0"},
		{WATCH_INTERFACES, "interface", "lo", "utilisation_percent", "n/a"},
		{WATCH_INTERFACES, "interface", "lo", "duplex", "n/a"},
		{WATCH_INTERFACES, "interface", "fresh", "state", "up, new"},
		{WATCH_INTERFACES, "interface", "fresh", "rx_packets_per_second", "n/a"},
		{WATCH_INTERFACES, "interface", "eth1", "state", "gone"},
		{WATCH_INTERFACES, "interface", "eth1", "rx_packets_per_second", "n/a"},
		{WATCH_INTERFACES, "interface", "back", "rx_packets_per_second", "n/a"},
		{WATCH_INTERFACES, "interface", "back", "utilisation_percent", "n/a"},
	};
	struct watch_view view;
	char buf[WATCH_TEXT_MAX];

	watch_view_make(&view, &looks);
	assert_float_equal(view.seconds, 1, 1e-9);
	check_all(&view, checks, LENGTH(checks));
	/* most packets first, what is not known last */
	assert_string_equal(watch_cell_text(&view.sections[WATCH_INTERFACES].rows[0].cells[0],
					    WATCH_TEXT, buf, sizeof(buf)),
			    "eth0");
	assert_true(view.sections[WATCH_INTERFACES].known);
	assert_false(view.sections[WATCH_SOCKETS].known);
	assert_false(view.sections[WATCH_CPUS].known);
	watch_section_filter(&view.sections[WATCH_INTERFACES]);
	assert_int_equal(view.sections[WATCH_INTERFACES].n, 4); /* eth0, half, fresh, eth1 */
	watch_view_free(&view);
}

static void test_first_look(void **state)
{
	struct watch_link link = a_link(2, "eth0", SECOND, 1000);
	struct watch_cpu cpu = {.total = C64(5), .idle = C64(1), .net_rx = C32(7)};
	struct watch_drop drop = {.place = "backlog", .row = 16, .total = 5};
	const struct watch_fast fast = {.time_ns = SECOND,
					.links = &link,
					.n_links = 1,
					.cpus = &cpu,
					.n_cpus = 1,
					.has_cpus = true,
					.drops = &drop,
					.n_drops = 1};
	const struct watch_looks looks = {.after = &fast};
	static const struct check checks[] = {
		{WATCH_INTERFACES, "interface", "eth0", "rx_packets_per_second", "n/a"},
		{WATCH_CPUS, "cpu", "0", "busy_percent", "n/a"},
		{WATCH_CPUS, "cpu", "0", "net_rx_per_second", "n/a"},
		{WATCH_DROPS, "place", "backlog", "per_second", "n/a"},
		{WATCH_DROPS, "place", "backlog", "total", "5"},
	};
	struct watch_view view;

	watch_view_make(&view, &looks);
	check_all(&view, checks, LENGTH(checks));
	watch_view_free(&view);
}

static void test_cpus(void **state)
{
	struct watch_cpu before[] = {
		{0, C64(1000), C64(500), C64(10), C64(0), C32(5), C32(1), C32(4294967290U), C32(0),
		 C32(0)},
		{1, C64(1000), C64(500), UNKNOWN, C64(0), C32(5), C32(1), UNKNOWN, C32(0), C32(3)},
		{2, C64(1000), C64(500), C64(0), C64(0), C32(5), C32(1), C32(0), C32(0), C32(0)},
		{3, C64(1000), C64(500), C64(0), C64(0), C32(5), C32(1), C32(0), C32(0), C32(0)},
	};
	struct watch_cpu after[] = {
		{0, C64(1100), C64(525), C64(20), C64(5), C32(25), C32(1), C32(4), C32(7), C32(2)},
		{1, C64(1100), C64(600), C64(20), C64(0), C32(5), C32(1), C32(9), C32(0), C32(3)},
		/* no tick passed; idle time that goes back */
		{2, C64(1000), C64(500), C64(0), C64(0), C32(5), C32(1), C32(0), C32(0), C32(0)},
		{3, C64(1100), C64(499), C64(0), C64(0), C32(5), C32(1), C32(0), C32(0), C32(0)},
	};
	const struct watch_fast fast[] = {
		{.time_ns = SECOND, .cpus = before, .n_cpus = 4, .has_cpus = true},
		{.time_ns = 3 * SECOND, .cpus = after, .n_cpus = 4, .has_cpus = true}};
	static const struct check checks[] = {
		{WATCH_CPUS, "cpu", "0", "busy_percent", "75.0"},
		{WATCH_CPUS, "cpu", "0", "softirq_percent", "10.0"},
		{WATCH_CPUS, "cpu", "0", "steal_percent", "5.0"},
		{WATCH_CPUS, "cpu", "0", "net_rx_per_second", "10"},
		{WATCH_CPUS, "cpu", "0", "processed_per_second", "5.0"},
		{WATCH_CPUS, "cpu", "0", "dropped_per_second", "3.5"},
		{WATCH_CPUS, "cpu", "0", "squeezed_per_second", "1.0"},
		{WATCH_CPUS, "cpu", "1", "busy_percent", "0.0"},
		{WATCH_CPUS, "cpu", "1", "softirq_percent", "n/a"},
		{WATCH_CPUS, "cpu", "1", "processed_per_second", "n/a"},
		{WATCH_CPUS, "cpu", "1", "squeezed_per_second", "0"},
		{WATCH_CPUS, "cpu", "2", "busy_percent", "n/a"},
		{WATCH_CPUS, "cpu", "3", "busy_percent", "n/a"},
	};
	const struct watch_looks looks = {.before = &fast[0], .after = &fast[1]};
	struct watch_view view;

	watch_view_make(&view, &looks);
	check_all(&view, checks, LENGTH(checks));
	assert_true(view.sections[WATCH_CPUS].rows[0].losing);
	assert_false(view.sections[WATCH_CPUS].rows[1].losing);
	watch_section_filter(&view.sections[WATCH_CPUS]);
	assert_int_equal(view.sections[WATCH_CPUS].n, 1);
	watch_view_free(&view);
}

static void test_slow(void **state)
{
	struct watch_queue old[] = {{2, "eth0", false, 0, C64(0)},
				    {2, "eth0", false, 1, C64(10)},
				    {2, "eth0", true, 0, C64(0)}},
			   now[] = {{2, "eth0", false, 0, C64(300)},
				    {2, "eth0", false, 1, C64(110)},
				    {2, "eth0", true, 0, C64(40)},
				    {2, "eth0", true, 1, C64(4)}};
	struct watch_irq irq_old = {2, "eth0", 1, C64(100)}, irq_now = {2, "eth0", 1, C64(200)};
	struct watch_socket udp_old = {.port = 9, .inode = 5, .drops = C32(100)};
	struct watch_socket udp[] = {
		{.address = "198.18.0.1",
		 .port = 8,
		 .inode = 6,
		 .used = 0,
		 .limit = 1000,
		 .drops = C32(0)},
		{.address = "198.18.0.1",
		 .port = 9,
		 .inode = 5,
		 .used = 500,
		 .limit = 1000,
		 .drops = C32(300),
		 .program = "na\033me",
		 .pid = 77},
		{.tcp = true, .address = "::", .port = 22, .used = 10, .limit = -1},
	};
	struct watch_socket listener = {.tcp = true,
					.address = "0.0.0.0",
					.port = 80,
					.used = 3,
					.limit = 4,
					.half_open = -1};
	const struct watch_slow slow[] = {{.time_ns = SECOND,
					   .queues = old,
					   .n_queues = 3,
					   .irqs = &irq_old,
					   .n_irqs = 1,
					   .sockets = &udp_old,
					   .n_sockets = 1},
					  {.time_ns = 2 * SECOND,
					   .queues = now,
					   .n_queues = 4,
					   .irqs = &irq_now,
					   .n_irqs = 1,
					   .sockets = udp,
					   .n_sockets = 3,
					   .listeners = &listener,
					   .n_listeners = 1,
					   .has_sockets = true,
					   .has_listeners = true}};
	const struct watch_fast fast[] = {{.time_ns = SECOND}, {.time_ns = SECOND + SECOND / 10}};
	static const struct check checks[] = {
		{WATCH_QUEUES, "packets_per_second", "300", "share_percent", "75.0"},
		{WATCH_QUEUES, "packets_per_second", "100", "queue", "1"},
		{WATCH_QUEUES, "packets_per_second", "40", "direction", "tx"},
		{WATCH_QUEUES, "packets_per_second", "n/a", "direction", "tx"},
		{WATCH_INTERRUPTS, "cpu", "1", "interrupts_per_second", "100"},
		{WATCH_SOCKETS, "port", "9", "full_percent", "50.0"},
		{WATCH_SOCKETS, "port", "9", "drops_per_second", "200"},
		{WATCH_SOCKETS, "port", "9", "program", "na?me"},
		{WATCH_SOCKETS, "port", "9", "pid", "77"},
		{WATCH_SOCKETS, "port", "8", "drops_per_second", "n/a"},
		{WATCH_SOCKETS, "port", "8", "program", "n/a"},
		{WATCH_SOCKETS, "port", "22", "limit_bytes", "n/a"},
		{WATCH_SOCKETS, "port", "22", "full_percent", "n/a"},
		{WATCH_SOCKETS, "port", "22", "drops", "n/a"},
		{WATCH_LISTENERS, "port", "80", "full_percent", "75.0"},
		{WATCH_LISTENERS, "port", "80", "half_open", "n/a"},
	};
	const struct watch_looks looks = {.before = &fast[0],
					  .after = &fast[1],
					  .slow_before = &slow[0],
					  .slow_after = &slow[1]};
	struct watch_view view;

	watch_view_make(&view, &looks);
	assert_float_equal(view.seconds, 0.1, 1e-9);
	assert_float_equal(view.slow_seconds, 1, 1e-9);
	check_all(&view, checks, LENGTH(checks));
	watch_section_filter(&view.sections[WATCH_SOCKETS]);
	assert_int_equal(view.sections[WATCH_SOCKETS].n, 2);
	watch_view_free(&view);
}

/* ---- sorting ---- */

static void names_of(const struct watch_section *section, char *names)
{
	*names = '\0';
	for (size_t i = 0; i < section->n; i++)
		strcat(strcat(names, i ? " " : ""), section->rows[i].cells[0].text);
}

static void test_sort(void **state)
{
	static const struct {
		const char *name;
		bool known;
		double rate;
	} rows[] = {{"c", true, 5}, {"x", false, 0}, {"a", true, 9},
		    {"b", true, 5}, {"d", true, 0},  {"y", false, 0}};
	static const struct {
		const char *key;
		bool descending;
		const char *names;
	} cases[] = {
		{"interface", false, "a b c d x y"},
		{"interface", true, "y x d c b a"},
		{"rx_packets_per_second", true, "a c b d x y"},
		{"rx_packets_per_second", false, "d c b a x y"},
		{"duplex", true, "c x a b d y"}, /* none of them is known */
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct watch_row list[LENGTH(rows)] = {0};
		struct watch_section section = {.rows = list, .n = LENGTH(rows)};
		char names[64];

		for (size_t r = 0; r < LENGTH(rows); r++) {
			strcpy(list[r].cells[0].text, rows[r].name);
			list[r].cells[0].known = true;
			list[r].cells[column_of(WATCH_INTERFACES, "rx_packets_per_second")] =
				(struct watch_cell){.known = rows[r].known, .number = rows[r].rate};
		}
		watch_section_sort(&section, &watch_section_kinds[WATCH_INTERFACES],
				   column_of(WATCH_INTERFACES, cases[i].key), cases[i].descending);
		names_of(&section, names);
		assert_string_equal(names, cases[i].names);
	}
}

static void test_kinds(void **state)
{
	for (size_t i = 0; i < WATCH_SECTIONS; i++) {
		const struct watch_section_kind *kind = &watch_section_kinds[i];

		assert_in_range(kind->n_columns, 1, WATCH_COLUMNS_MAX);
		assert_true(kind->sort < kind->n_columns);
		for (size_t c = 0; c < kind->n_columns; c++)
			for (size_t d = 0; d < c; d++)
				assert_string_not_equal(kind->columns[c].key, kind->columns[d].key);
	}
}

/* ---- drops ---- */

static json_t *finding(const char *place, const char *device, uint64_t lost)
{
	return json_pack("{s:s, s:i, s:s, s:s, s:s?, s:I, s:s}", "place", place, "row", 16, "kind",
			 "loss", "netns", "", "device", device, "lost", (json_int_t)lost, "unit",
			 "packets");
}

static uint64_t total_of(const struct drops *drops, const char *place, const char *where)
{
	for (size_t i = 0; i < drops->n; i++)
		if (!strcmp(drops->list[i].drop.place, place) &&
		    !strcmp(drops->list[i].drop.where, where))
			return drops->list[i].drop.total;
	return 0;
}

static void take(struct drops *drops, json_t *findings)
{
	assert_int_equal(drops_take(drops, findings), 0);
	json_decref(findings);
}

static void test_drops(void **state)
{
	struct drops drops = {0};

	take(&drops, json_pack("[o,o,o]", finding("backlog", NULL, 10), finding("wire", "eth0", 1),
			       finding("wire", "eth0", 2)));
	assert_int_equal(total_of(&drops, "backlog", "namespace"), 10);
	assert_int_equal(total_of(&drops, "wire", "eth0"), 3); /* two rules, one place */
	/* of the same window */
	take(&drops, json_pack("[o]", finding("backlog", NULL, 25)));
	assert_int_equal(total_of(&drops, "backlog", "namespace"), 25);
	assert_int_equal(total_of(&drops, "wire", "eth0"), 3);
	/* explained otherwise: never less than was said */
	take(&drops, json_pack("[o]", finding("backlog", NULL, 24)));
	assert_int_equal(total_of(&drops, "backlog", "namespace"), 25);
	/* another window begins at 0 */
	drops_begin(&drops);
	take(&drops, json_pack("[o,o]", finding("backlog", NULL, 5), finding("wire", "eth1", 7)));
	assert_int_equal(total_of(&drops, "backlog", "namespace"), 30);
	assert_int_equal(total_of(&drops, "wire", "eth0"), 3);
	assert_int_equal(total_of(&drops, "wire", "eth1"), 7);
	free(drops.list);
}

static void test_drop_rates(void **state)
{
	struct watch_drop before[] = {{"backlog", 16, false, "machine", "packets", 100},
				      {"wire", 6, false, "eth0", "packets", 3}},
			  after[] = {{"backlog", 16, false, "machine", "packets", 300},
				     {"wire", 6, false, "eth0", "packets", 3},
				     {"softirq budget", 15, true, "machine", "times", 8}};
	const struct watch_fast fast[] = {{.time_ns = SECOND, .drops = before, .n_drops = 2},
					  {.time_ns = 3 * SECOND, .drops = after, .n_drops = 3}};
	const struct watch_looks looks = {.before = &fast[0], .after = &fast[1]};
	static const struct check checks[] = {
		{WATCH_DROPS, "place", "backlog", "per_second", "100"},
		{WATCH_DROPS, "place", "backlog", "total", "300"},
		{WATCH_DROPS, "place", "backlog", "kind", "loss"},
		{WATCH_DROPS, "place", "wire", "per_second", "0"},
		{WATCH_DROPS, "place", "softirq budget", "per_second", "4.0"},
		{WATCH_DROPS, "place", "softirq budget", "kind", "sign"},
	};
	struct watch_view view;

	watch_view_make(&view, &looks);
	check_all(&view, checks, LENGTH(checks));
	assert_true(view.sections[WATCH_DROPS].rows[0].losing);
	assert_false(row_of(&view, WATCH_DROPS, "place", "wire")->losing);
	assert_false(row_of(&view, WATCH_DROPS, "place", "softirq budget")->losing);
	watch_view_free(&view);
}

/* ---- lines and JSON ---- */

static void test_lines(void **state)
{
	struct watch_link link = a_link(2, "eth0", SECOND, 1000);
	const struct watch_fast fast = {.time_ns = SECOND, .links = &link, .n_links = 1};
	const struct watch_looks looks = {.after = &fast};
	struct watch_order orders[WATCH_SECTIONS] = {[WATCH_INTERFACES] = {1, false}};
	json_t *notes = json_pack("[s,s]", "one", "two");
	struct watch_lines lines = {0};
	struct watch_view view;

	watch_view_make(&view, &looks);
	watch_lines_make(&lines, &view, orders, true);
	assert_string_equal(lines.list[0].text, "Interfaces");
	assert_string_equal(lines.list[1].text, "interface  state^ rx pkt/s  tx pkt/s  rx B/s  "
						"tx B/s  used %  Mb/s  duplex");
	assert_string_equal(lines.list[2].text, "eth0       up          n/a       n/a     n/a     "
						"n/a     n/a   n/a  n/a");
	assert_string_equal(lines.list[4].text, "Queues: n/a");
	watch_lines_add_notes(&lines, notes, 1);
	assert_string_equal(lines.list[lines.n - 1].text, "note: two");
	assert_string_equal(lines.list[lines.n - 2].text, "");
	/* what could not be read is said also without its empty tables */
	watch_lines_make(&lines, &view, NULL, false);
	assert_string_equal(lines.list[4].text, "Queues: n/a");
	assert_string_equal(lines.list[lines.n - 1].text, "Listening sockets: n/a");
	watch_lines_free(&lines);
	watch_view_free(&view);
	json_decref(notes);
}

static void test_json(void **state)
{
	struct watch_link link = a_link(2, "eth0", SECOND, 1000);
	const struct watch_fast fast = {.time_ns = SECOND, .links = &link, .n_links = 1};
	const struct watch_looks looks = {.after = &fast};
	json_t *notes = json_array(), *line, *first;
	const struct watch_status status = {.where = "", .notes = notes, .cpu_seconds = 0.5};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct watch_view view;

	watch_view_make(&view, &looks);
	assert_true(watch_json_print(&view, &status, out));
	fclose(out);
	line = json_loads(text, 0, NULL);
	assert_non_null(line);
	assert_true(json_is_null(json_object_get(line, "sockets")));
	assert_true(json_is_null(json_object_get(line, "slow_seconds")));
	assert_float_equal(json_real_value(json_object_get(line, "cpu_seconds")), 0.5, 1e-9);
	first = json_array_get(json_object_get(line, "interfaces"), 0);
	assert_string_equal(json_string_value(json_object_get(first, "interface")), "eth0");
	assert_true(json_is_null(json_object_get(first, "rx_packets_per_second")));
	assert_true(json_is_null(json_object_get(first, "utilisation_percent")));
	watch_view_free(&view);
	json_decref(line);
	json_decref(notes);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rates),      cmocka_unit_test(test_utilisation),
		cmocka_unit_test(test_interfaces), cmocka_unit_test(test_first_look),
		cmocka_unit_test(test_cpus),       cmocka_unit_test(test_slow),
		cmocka_unit_test(test_sort),       cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_drops),      cmocka_unit_test(test_drop_rates),
		cmocka_unit_test(test_lines),      cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
