/*
 * lib/ledger against a world that loses frames (ledger_world.h). The world knows
 * what was lost where; the ledger must find it from the counters alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger.h"
#include "ledger_world.h"

static int64_t booked(const struct ledger *l, const char *place)
{
	int64_t sum = 0;

	for (size_t i = 0; i < l->n_rows; i++)
		if (!place || !strcmp(l->rows[i].place, place))
			sum += l->rows[i].frames;
	return sum;
}

static void print_ledger(const struct world *w, const struct ledger *l)
{
	char *rows = json_dumps(ledger_json(l, "tx-rx", "tx", "rx"), JSON_INDENT(1));
	char *edges = json_dumps(ledger_edges_json(l, "tx", "rx"), JSON_INDENT(1));

	print_message("path %d\n%s\n%s\n", (int)w->kind, edges, rows);
	for (size_t i = 0; i < w->n; i++)
		print_message("%s=%lld\n", w->counters[i].name, (long long)w->counters[i].value);
}

#define expect(w, l, condition)                                                                    \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			print_ledger(w, l);                                                        \
			fail_msg("%s", #condition);                                                \
		}                                                                                  \
	} while (0)

/* Balance, and what holds for every ledger. */
static void balance(struct world *w, struct ledger *l)
{
	struct error err;
	uint64_t remainder = 0, edges = 0;

	settle(w);
	assert_int_equal(ledger_balance(&paths[w->kind].path, world_read, w, l, &err), 0);
	expect(w, l, (int64_t)l->accepted == (int64_t)l->unique + booked(l, NULL));
	for (size_t i = 0; i < l->n_rows; i++) {
		const struct ledger_row *r = &l->rows[i];

		if (r->state == LEDGER_LOCATED)
			remainder += (uint64_t)llabs(r->frames);
		expect(w, l, r->state != LEDGER_BOOKED || r->frames > 0);
		expect(w, l, r->state != LEDGER_LOCATED || r->frames != 0);
		expect(w, l, r->state != LEDGER_BOOKED || r->n_evidence > 0);
		expect(w, l, r->remedy && r->remedy[0] && r->stage && r->stage[0]);
	}
	for (size_t i = 0; i < l->n_edges; i++)
		edges += (uint64_t)llabs(l->edges[i].remainder);
	expect(w, l, l->remainder == remainder && l->remainder == edges);
	expect(w, l, l->balanced == (remainder == 0));
}

static void test_lossless(void **state)
{
	for (int p = 0; p < N_PATHS; p++) {
		struct world w;
		struct ledger l;

		if (p == NULL_DISCARDS)
			continue;
		world_init(&w, (enum path_kind)p, 100000);
		balance(&w, &l);
		expect(&w, &l, l.balanced && !l.n_rows && l.unique == 100000);
		for (size_t i = 0; i < l.n_edges; i++)
			expect(&w, &l, !l.edges[i].passed_over);
		ledger_free(&l);
	}
}

/* Each place with K of ours lost, F foreign lost beside them, S foreign that get through. */
static void test_each_place(void **state)
{
	static const struct {
		int64_t ours, foreign, passing;
	} cases[] = {{7, 0, 0}, {7, 3, 0}, {7, 3, 2},     {7, 0, 5},
		     {0, 4, 0}, {0, 4, 9}, {700, 90, 800}};

	for (int p = 0; p < N_PATHS; p++) {
		for (size_t f = 0; f < COUNT(faults); f++) {
			for (size_t c = 0; (faults[f].paths & BIT(p)) && c < COUNT(cases); c++) {
				/* Only counters of everyone's can be moved by others. */
				int64_t foreign = faults[f].each[0] ? cases[c].foreign : 0;
				struct world w;
				struct ledger l;

				world_init(&w, (enum path_kind)p, 1000);
				w.foreign_in = cases[c].passing;
				lose(&w, &faults[f], cases[c].ours, foreign);
				balance(&w, &l);
				if (p != NULL_DISCARDS || faults[f].at == WIRE)
					expect(&w, &l, l.balanced);
				expect(&w, &l, booked(&l, faults[f].place) == cases[c].ours);
				expect(&w, &l, booked(&l, NULL) == cases[c].ours);
				ledger_free(&l);
			}
		}
	}
}

/* The edges of the path around a position. */
static void edges_around(enum path_kind kind, enum position at, const char **from, const char **to)
{
	unsigned int below = at, above = at + 1;

	while (!(paths[kind].edges & BIT(below)))
		below--;
	while (!(paths[kind].edges & BIT(above)))
		above++;
	*from = edge_ids[below];
	*to = edge_ids[above];
}

static void test_located(void **state)
{
	for (int p = 0; p < N_PATHS; p++) {
		/* accepted to wire is what the sender was told, so nothing can hide there */
		for (int at = WIRE; at <= SINK; at++) {
			const char *from, *to;
			struct world w;
			struct ledger l;
			size_t found = 0;

			world_init(&w, (enum path_kind)p, 5000);
			w.lost[at] = 41;
			balance(&w, &l);
			edges_around((enum path_kind)p, (enum position)at, &from, &to);
			for (size_t i = 0; i < l.n_rows; i++) {
				const struct ledger_row *r = &l.rows[i];

				expect(&w, &l, r->state != LEDGER_BOOKED);
				if (r->state != LEDGER_LOCATED)
					continue;
				found++;
				expect(&w, &l, r->frames == 41);
				expect(&w, &l, !strcmp(r->from, from) && !strcmp(r->to, to));
			}
			expect(&w, &l, found == 1 && l.remainder == 41);
			ledger_free(&l);
		}
	}
}

static void test_duplicates(void **state)
{
	for (int p = 0; p < N_PATHS; p++) {
		struct world w;
		struct ledger l;

		if (p == NULL_DISCARDS)
			continue;
		world_init(&w, (enum path_kind)p, 3000);
		w.duplicate = 25;
		lose(&w, find_fault("corrupt", SINK), 6, 0);
		balance(&w, &l);
		expect(&w, &l, l.balanced && l.duplicate == 25 && l.unique == 2994);
		expect(&w, &l, l.n_rows == 1 && booked(&l, "corrupt") == 6);
		ledger_free(&l);
	}
}

static void test_stale(void **state)
{
	struct world w;
	struct ledger l;

	/* Dropped by the XDP program, read by the socket: foreign in both, and nobody's loss. */
	world_init(&w, XDP_NATIVE, 3000);
	w.foreign_in = 11;
	balance(&w, &l);
	expect(&w, &l, l.balanced && !l.n_rows);
	ledger_free(&l);
	world_init(&w, XDP_NATIVE, 3000);
	bump(&w, "rx:xdp.stale", 8);
	bump(&w, "rx:dev.rx_packets", 8);
	balance(&w, &l);
	expect(&w, &l, l.balanced && !l.n_rows && l.edges[2].foreign == 8);
	ledger_free(&l);
	world_init(&w, UDP_NAPI, 3000);
	bump(&w, "rx:udp.prog_stale rx:worker.stale rx:dev.rx_packets", 8);
	balance(&w, &l);
	expect(&w, &l, l.balanced && !l.n_rows);
	ledger_free(&l);
}

/* A counter that is not known (lacking, failed or went back) is said to be, where frames miss. */
static void test_unsupported(void **state)
{
	static const struct {
		enum path_kind kind;
		const char *unread, *place, *from, *to;
		bool lost; /* false: nothing was lost, so nothing is missed */
	} cases[] = {
		{UDP_NIC, "rx:dev.rx_missed_errors", "RX descriptor ring", "wire", "device-rx",
		 true},
		{UDP_NIC, "rx:dev.rx_missed_errors", "RX descriptor ring", "wire", "device-rx",
		 false},
		{UDP_NAPI, "rx:udp.socket_drops", "UDP receive buffer", "program", "received",
		 true},
		{UDP_NAPI, "rx:snmp.Udp.RcvbufErrors", "UDP receive buffer", "program", "received",
		 true},
		{XDP_NATIVE, "rx:xsk.rx_ring_full", "AF_XDP RX ring full", "program", "received",
		 true},
		{XDP_NIC, "rx:xdp.no_socket", "no AF_XDP socket", "program", "received", true},
	};

	for (size_t c = 0; c < COUNT(cases); c++) {
		struct world w;
		struct ledger l;
		size_t unsupported = 0;

		world_init(&w, cases[c].kind, 3000);
		w.unread = cases[c].unread;
		/* Lost, but no counter that could be read moved. */
		w.lost[strcmp(cases[c].from, "wire") ? PROG : WIRE] = cases[c].lost ? 9 : 0;
		balance(&w, &l);
		expect(&w, &l, booked(&l, "unexplained") == (cases[c].lost ? 9 : 0));
		for (size_t i = 0; i < l.n_rows; i++) {
			const struct ledger_row *r = &l.rows[i];

			if (r->state != LEDGER_UNSUPPORTED || strcmp(r->place, cases[c].place))
				continue;
			unsupported++;
			expect(&w, &l,
			       !r->frames && !strcmp(r->from, cases[c].from) &&
				       !strcmp(r->to, cases[c].to));
		}
		expect(&w, &l, unsupported == (cases[c].lost ? 1 : 0));
		ledger_free(&l);
	}
}

/* Counters that say more than was lost leave a negative remainder, and that is shown. */
static void test_negative(void **state)
{
	struct world w;
	struct ledger l;

	world_init(&w, XDP_NATIVE, 1000);
	bump(&w, "rx:xsk.rx_ring_full", 5);
	balance(&w, &l);
	expect(&w, &l, !l.balanced && l.remainder == 5);
	expect(&w, &l, booked(&l, "AF_XDP RX ring full") == 5 && booked(&l, "unexplained") == -5);
	ledger_free(&l);
}

/* Foreign frames beside: the device's sum is of use, or passed over. */
static void test_passed_over(void **state)
{
	static const char place[] = "damaged on the wire";
	static const struct {
		enum path_kind kind;
		int64_t lost, noise;
		bool passed_over;
	} cases[] = {
		{UDP_NIC, 0, 0, false}, {UDP_NIC, 50, 0, false},    {UDP_NIC, 0, 3, true},
		{UDP_NIC, 50, 3, true}, {XDP_NATIVE, 50, 3, false}, {XDP_NATIVE, 0, 3, false},
	};

	for (size_t c = 0; c < COUNT(cases); c++) {
		struct world w;
		struct ledger l;

		world_init(&w, cases[c].kind, 1000);
		w.foreign_in = cases[c].noise;
		lose(&w, find_fault(place, WIRE), cases[c].lost, 0);
		balance(&w, &l);
		expect(&w, &l, l.balanced);
		expect(&w, &l, booked(&l, place) == cases[c].lost);
		expect(&w, &l, l.edges[2].passed_over == cases[c].passed_over);
		expect(&w, &l, cases[c].passed_over || l.edges[2].foreign == cases[c].noise);
		ledger_free(&l);
	}
}

static void test_no_totals(void **state)
{
	static const char *const totals[] = {"tx:worker.accepted", "rx:worker.unique"};

	for (size_t i = 0; i < COUNT(totals); i++) {
		struct error err = {0};
		struct ledger l;
		struct world w;

		world_init(&w, UDP_NAPI, 10);
		w.unread = totals[i];
		settle(&w);
		assert_int_equal(ledger_balance(&paths[w.kind].path, world_read, &w, &l, &err),
				 -EINVAL);
		assert_int_equal(err.exit, EX_SOFTWARE);
		assert_null(l.rows);
		ledger_free(&l);
	}
	ledger_free(NULL);
}

static void test_json(void **state)
{
	struct world w;
	struct ledger l;
	json_t *rows, *edges, *row, *evidence;

	world_init(&w, UDP_NAPI, 1000);
	w.unread = "rx:snmp.Ip.InDiscards";
	lose(&w, find_fault("UDP receive buffer", PROG), 5, 0);
	w.lost[DEV] = 2;
	balance(&w, &l);
	rows = ledger_json(&l, "tx-rx", "tx", "rx");
	edges = ledger_edges_json(&l, "tx", "rx");
	assert_int_equal(json_array_size(rows), 3);
	assert_int_equal(json_array_size(edges), 6);
	row = json_array_get(rows, 0);
	assert_string_equal(json_string_value(json_object_get(row, "state")), "LOCATED");
	assert_int_equal(json_integer_value(json_object_get(row, "frames")), 2);
	row = json_array_get(rows, 1);
	assert_string_equal(json_string_value(json_object_get(row, "state")), "UNSUPPORTED");
	assert_true(json_is_null(json_object_get(row, "frames")));
	evidence = json_array_get(json_object_get(row, "evidence"), 0);
	assert_string_equal(json_string_value(json_object_get(evidence, "counter")),
			    "rx:snmp.Ip.InDiscards");
	assert_true(json_is_null(json_object_get(evidence, "delta")));
	row = json_array_get(rows, 2);
	assert_string_equal(json_string_value(json_object_get(row, "place")), "UDP receive buffer");
	assert_string_equal(json_string_value(json_object_get(row, "from")), "program");
	assert_string_equal(json_string_value(json_object_get(row, "to")), "received");
	assert_int_equal(json_integer_value(json_object_get(row, "place_row")), 25);
	evidence = json_array_get(json_object_get(row, "evidence"), 0);
	assert_int_equal(json_integer_value(json_object_get(evidence, "delta")), 5);
	json_decref(rows);
	json_decref(edges);
	ledger_free(&l);
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

enum weather {
	ALONE,   /* no foreign frames: every place is exact */
	CROWDED, /* foreign frames, and only faults that tell ours: exact too */
	STORM,   /* foreign frames, unknown losses, duplicates: the ledger closes */
	N_WEATHERS
};

/* One trial: up to six faults, of a kind one. */
static void random_trial(uint64_t *seed)
{
	enum weather weather = (enum weather)(next_random(seed) % N_WEATHERS);
	int64_t lost[COUNT(faults)] = {0};
	unsigned int kinds = 0;
	struct world w;
	struct ledger l;

	world_init(&w, (enum path_kind)(next_random(seed) % NULL_DISCARDS),
		   (int64_t)(next_random(seed) % 100000) + 100000);
	if (weather != ALONE)
		w.foreign_in = (int64_t)(next_random(seed) % 1000);
	if (next_random(seed) % 4 == 0)
		w.duplicate = (int64_t)(next_random(seed) % 100);
	for (int tries = 0; tries < 12; tries++) {
		size_t f = next_random(seed) % COUNT(faults);
		const struct fault *fault = &faults[f];
		int64_t foreign = 0;

		if (!(fault->paths & BIT(w.kind)) || (fault->kind & kinds) || lost[f] ||
		    (weather == CROWDED && !fault->exact))
			continue;
		kinds |= fault->kind;
		lost[f] = (int64_t)(next_random(seed) % 5000) + 1;
		if (weather != ALONE && fault->each[0])
			foreign = (int64_t)(next_random(seed) % 5000);
		lose(&w, fault, lost[f], foreign);
	}
	if (weather == STORM)
		w.lost[next_random(seed) % (SINK + 1)] += (int64_t)(next_random(seed) % 100);
	balance(&w, &l);
	for (size_t f = 0; weather != STORM && f < COUNT(faults); f++) {
		int64_t want = 0;

		for (size_t i = 0; i < COUNT(faults); i++)
			if (!strcmp(faults[i].place, faults[f].place))
				want += lost[i];
		expect(&w, &l, booked(&l, faults[f].place) == want);
	}
	expect(&w, &l, weather == STORM || l.balanced);
	ledger_free(&l);
}

static void test_random(void **state)
{
	uint64_t seed = 20240229;

	for (int i = 0; i < 10000; i++)
		random_trial(&seed);
}

static bool is_word(const char *a, const char *b)
{
	return a && !strcmp(a, b);
}

/* Rows name edges that exist, and a place is in one stage and one row of the table of places. */
static void test_tables(void **state)
{
	size_t n_edges, n_losses;
	const struct edge_def *edges = ledger_edge_table(&n_edges);
	const struct loss_def *losses = ledger_loss_table(&n_losses);

	for (size_t i = 0; i < n_losses; i++) {
		const struct loss_def *d = &losses[i];
		bool found = false;

		for (size_t e = 0; e < n_edges; e++)
			found |= !strcmp(edges[e].id, d->after);
		assert_true(found);
		assert_true(d->stage && d->count && d->remedy && d->help);
		assert_in_range(d->place_row, 0, 36);
		/* every place is tried; DPDK's rows in test_ledger_dpdk.c */
		found = is_word(d->match.tx_endpoint, "dpdk") ||
			is_word(d->match.rx_endpoint, "dpdk");
		for (size_t f = 0; f < COUNT(faults); f++)
			found |= !strcmp(faults[f].place, d->place);
		assert_true(found);
		for (size_t j = 0; j < i; j++) {
			if (strcmp(losses[j].place, d->place))
				continue;
			assert_string_equal(losses[j].stage, d->stage);
			assert_int_equal(losses[j].place_row, d->place_row);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),      cmocka_unit_test(test_lossless),
		cmocka_unit_test(test_each_place),  cmocka_unit_test(test_located),
		cmocka_unit_test(test_duplicates),  cmocka_unit_test(test_stale),
		cmocka_unit_test(test_unsupported), cmocka_unit_test(test_negative),
		cmocka_unit_test(test_passed_over), cmocka_unit_test(test_no_totals),
		cmocka_unit_test(test_json),        cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
