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
			for (size_t c = 0; (faults[f].paths & BIT(p)) && c < 2 * COUNT(cases);
			     c++) {
				const bool observed = c % 2;
				/* Only counters of everyone's can be moved by others. */
				bool others = faults[f].each[0] || (faults[f].seen && observed);
				int64_t foreign = others ? cases[c / 2].foreign : 0;
				struct world w;
				struct ledger l;

				world_init(&w, (enum path_kind)p, 1000);
				w.observed = observed;
				if (!can_show(&w, &faults[f]))
					continue;
				w.foreign_in = cases[c / 2].passing;
				lose(&w, &faults[f], cases[c / 2].ours, foreign);
				balance(&w, &l);
				if (p != NULL_DISCARDS || faults[f].at == WIRE)
					expect(&w, &l, l.balanced);
				expect(&w, &l, booked(&l, faults[f].place) == cases[c / 2].ours);
				expect(&w, &l, booked(&l, NULL) == cases[c / 2].ours);
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

/*
 * A frame of an AF_PACKET TX ring that was refused is sent again: what the attempts moved is no
 * loss, and does not hide one.
 */
static void test_retries(void **state)
{
	static const struct {
		enum path_kind kind;
		const char *each; /* that an attempt moves */
		const char *place;
		int64_t lost;
	} cases[] = {
		{PACKET_VETH, "tx:packet.tx_retries tx:dev.tx_dropped", "driver TX", 0},
		{PACKET_VETH, "tx:packet.tx_retries tx:dev.tx_dropped", "driver TX", 12},
		{PACKET_VETH,
		 "tx:packet.tx_retries tx:dev.tx_dropped rx:dev.rx_dropped rx:softnet.dropped",
		 "AF_PACKET RX ring full", 12},
		{PACKET_NIC, "tx:packet.tx_retries tx:qdisc.drops", "qdisc", 0},
		{PACKET_NIC, "tx:packet.tx_retries tx:qdisc.drops", "qdisc", 12},
		{PACKET_NIC, "tx:packet.tx_retries", "AF_PACKET RX ring full", 12},
		{PACKET_NIC, "tx:packet.tx_retries", "AF_PACKET TX ring not drained", 12},
	};

	for (size_t c = 0; c < COUNT(cases); c++) {
		enum position at = strstr(cases[c].place, "RX ring")   ? PROG
				   : strstr(cases[c].place, "TX ring") ? GEN
								       : WIRE;
		struct world w;
		struct ledger l;

		world_init(&w, cases[c].kind, 3000);
		bump(&w, cases[c].each, 500);
		lose(&w, find_fault(cases[c].place, at), cases[c].lost, 0);
		balance(&w, &l);
		expect(&w, &l, l.balanced && booked(&l, cases[c].place) == cases[c].lost);
		expect(&w, &l, l.n_rows == (cases[c].lost ? 1 : 0));
		ledger_free(&l);
	}
}

/*
 * UDP_SEGMENT: a refused send is several frames of ours and one drop of the qdisc; packets that
 * a veth passed on whole are several frames and one to the receiving device.
 */
static void test_segments(void **state)
{
	struct world w;
	struct ledger l;

	/* a qdisc that also dropped 3 of others, and 4 of ours without a word */
	world_init(&w, UDP_QDISC, 16000);
	bump(&w, "tx:worker.refused", 16 * 40);
	bump(&w, "tx:udp.refused_sends", 40);
	bump(&w, "tx:qdisc.drops", 40 + 3 + 4);
	w.lost[GEN] = 16 * 40;
	w.lost[WIRE] = 4;
	balance(&w, &l);
	expect(&w, &l, l.balanced && booked(&l, "qdisc") == 16 * 40 + 4);
	ledger_free(&l);

	/* cut before a driver without a queue: told of the last frame of a send alone */
	world_init(&w, UDP_NAPI, 16000);
	bump(&w, "tx:worker.refused tx:udp.refused_sends", 10);
	bump(&w, "tx:dev.tx_dropped", 70);
	w.lost[GEN] = 10;
	w.lost[WIRE] = 60;
	balance(&w, &l);
	expect(&w, &l, l.balanced && booked(&l, "driver TX") == 70);
	ledger_free(&l);

	/* merged on the way, and a loss before the device and behind it */
	world_init(&w, UDP_NAPI, 16000);
	bump(&w, "rx:udp.merged", 15000);
	bump(&w, "rx:udp.merged_packets", 1000);
	bump(&w, "rx:dev.rx_packets", 1000 - 15000);
	lose(&w, find_fault("damaged on the wire", WIRE), 11, 0);
	lose(&w, find_fault("UDP receive buffer", PROG), 5, 0);
	balance(&w, &l);
	expect(&w, &l, l.balanced && !l.edges[2].passed_over);
	expect(&w, &l, booked(&l, "damaged on the wire") == 11);
	ledger_free(&l);

	world_init(&w, PACKET_VETH, 16000);
	bump(&w, "rx:packet.merged", 15000);
	bump(&w, "rx:packet.merged_packets", 1000);
	bump(&w, "rx:dev.rx_packets", 1000 - 15000);
	w.lost[PROG] = 15000;
	balance(&w, &l);
	expect(&w, &l, l.balanced && booked(&l, "merged frames") == 15000);
	ledger_free(&l);
}

/* Counters that say more than was lost leave a negative remainder, and that is shown. */
/* Counters of a path as text, for what the worlds do not have. */
static bool read_text(void *ctx, enum ledger_end end, const char *id, int64_t *delta)
{
	const char *prefix = end == END_TX ? "tx:" : "rx:";
	size_t len = strlen(id);

	for (const char *p = ctx; *p; p += strcspn(p, " "), p += *p == ' ') {
		if (strncmp(p, prefix, 3) || strncmp(p + 3, id, len) || p[3 + len] != '=')
			continue;
		*delta = strtoll(p + 3 + len + 1, NULL, 10);
		return true;
	}
	return false;
}

/*
 * Whole sends of 32 frames as a packet each. A rule of the firewall drops 3 of 10 packets before
 * the socket look-up, where alone frames are counted: nobody knows that the device took 96 more
 * frames than the look-up shows, so it must not look as if they had got lost on the wire.
 */
static void test_merged_loss(void **state)
{
	static const char counters[] =
		"tx:worker.accepted=320 tx:worker.refused=0 tx:udp.tx_eperm=0 rx:dev.rx_packets=10 "
		"rx:dev.rx_dropped=0 rx:softnet.dropped=0 rx:udp.prog_ours=224 "
		"rx:udp.prog_stale=0 rx:udp.prog_foreign=0 rx:udp.merged=224 "
		"rx:udp.merged_packets=7 rx:udp.socket_drops=0 rx:worker.frames=224 "
		"rx:worker.unique=224 rx:worker.duplicate=0 rx:worker.stale=0 rx:worker.foreign=0";
	static const struct ledger_path path = {"udp", "gso", "veth", "udp", "", "veth"};
	struct ledger l;
	struct error err;
	size_t located = 0;

	assert_int_equal(ledger_balance(&path, read_text, (void *)(uintptr_t)counters, &l, &err),
			 0);
	for (size_t i = 0; i < l.n_rows; i++) {
		if (l.rows[i].state != LEDGER_LOCATED)
			continue;
		assert_string_equal(l.rows[i].from, "wire");
		assert_string_equal(l.rows[i].to, "program");
		assert_int_equal(l.rows[i].frames, 96);
		located++;
	}
	assert_int_equal(located, 1);
	assert_int_equal(l.remainder, 96);
	ledger_free(&l);
}

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

/* What the stack counts of IPv4 is no evidence of what IPv6 lost, and the other way round. */
static void test_families(void **state)
{
	static const enum path_kind kinds[] = {UDP_IPV6, UDP_NAPI};
	static const char *const others[] = {"rx:snmp.Udp.RcvbufErrors rx:snmp.Ip.InHdrErrors",
					     "rx:snmp6.Udp6RcvbufErrors rx:snmp6.Ip6InHdrErrors"};

	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct world w;
		struct ledger l;

		world_init(&w, kinds[i], 1000);
		bump(&w, others[i], 20);
		bump(&w, "rx:udp.socket_drops", 7);
		w.lost[PROG] = 7;
		w.lost[DEV] = 5;
		balance(&w, &l);
		expect(&w, &l, booked(&l, "socket drop") == 7);
		expect(&w, &l, booked(&l, "unexplained") == 5 && l.remainder == 5);
		ledger_free(&l);
	}
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
	w.observed = next_random(seed) % 2;
	if (weather != ALONE)
		w.foreign_in = (int64_t)(next_random(seed) % 1000);
	if (next_random(seed) % 4 == 0)
		w.duplicate = (int64_t)(next_random(seed) % 100);
	for (int tries = 0; tries < 12; tries++) {
		size_t f = next_random(seed) % COUNT(faults);
		const struct fault *fault = &faults[f];
		int64_t foreign = 0;

		if (!(fault->paths & BIT(w.kind)) || (fault->kind & kinds) || lost[f] ||
		    !can_show(&w, fault) || (weather == CROWDED && !is_exact(&w, fault)))
			continue;
		kinds |= fault->kind;
		lost[f] = (int64_t)(next_random(seed) % 5000) + 1;
		if (weather != ALONE && (fault->each[0] || (w.observed && fault->seen)))
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

/* Two paths over one cable, there and back: each side counts what it sends and what it receives. */
struct two_way {
	struct world ways[2];
	int way; /* whose ledger is made */
};

/* What the machine counts is in both; totals are a path's own; all else is the side's. */
static bool two_way_read(void *ctx, enum ledger_end end, const char *id, int64_t *delta)
{
	struct two_way *t = ctx;
	struct world *own = &t->ways[t->way], *other = &t->ways[!t->way];
	bool machine = !strncmp(id, "softnet.", 8);
	enum ledger_end there = machine ? end : end == END_TX ? END_RX : END_TX;
	int64_t more = 0;
	bool known = world_read(own, end, id, delta);

	if (!strncmp(id, "worker.", 7))
		return known;
	*delta = known ? *delta : 0;
	if (world_read(other, there, id, &more))
		known = true;
	*delta += more;
	return known;
}

/*
 * Whatever both directions lose at once is booked where it was lost, on its own path, and once.
 * But what veth's driver drops, which only a machine without backlog drops tells for certain.
 */
static void test_both_directions(void **state)
{
	static const enum path_kind kinds[][2] = {
		{UDP_PLAIN, UDP_PLAIN}, {UDP_NAPI, UDP_PLAIN},    {UDP_NAPI, UDP_NAPI},
		{UDP_IPV6, UDP_IPV6},   {XDP_NATIVE, XDP_NATIVE}, {UDP_TO_XDP, XDP_TO_UDP},
	};
	uint64_t seed = 20251125;

	for (int round = 0; round < 5000; round++) {
		int64_t lost[2][COUNT(faults)] = {{0}};
		const enum path_kind *kind = kinds[next_random(&seed) % COUNT(kinds)];
		struct two_way t = {.way = 0};

		for (int w = 0; w < 2; w++) {
			unsigned int used = 0;

			world_init(&t.ways[w], kind[w],
				   (int64_t)(next_random(&seed) % 100000) + 100000);
			t.ways[w].observed = round % 2;
			for (int tries = 0; tries < 8; tries++) {
				size_t f = next_random(&seed) % COUNT(faults);

				if (!(faults[f].paths & BIT(t.ways[w].kind)) || lost[w][f] ||
				    (faults[f].kind & used) || !can_show(&t.ways[w], &faults[f]) ||
				    !strcmp(faults[f].place, "driver RX drop"))
					continue;
				used |= faults[f].kind;
				lost[w][f] = (int64_t)(next_random(&seed) % 5000) + 1;
				lose(&t.ways[w], &faults[f], lost[w][f], 0);
			}
			settle(&t.ways[w]);
		}
		for (t.way = 0; t.way < 2; t.way++) {
			struct world *w = &t.ways[t.way];
			struct error err;
			struct ledger l;

			assert_int_equal(
				ledger_balance(&paths[w->kind].path, two_way_read, &t, &l, &err),
				0);
			expect(w, &l, l.balanced);
			for (size_t f = 0; f < COUNT(faults); f++) {
				int64_t want = 0;

				for (size_t i = 0; i < COUNT(faults); i++)
					if (!strcmp(faults[i].place, faults[f].place))
						want += lost[t.way][i];
				if (booked(&l, faults[f].place) != want)
					print_message("%s: %lld\n", faults[f].place,
						      (long long)want);
				expect(w, &l, booked(&l, faults[f].place) == want);
			}
			ledger_free(&l);
		}
	}
}

static void test_random(void **state)
{
	uint64_t seed = 20240229;

	for (int i = 0; i < 10000; i++)
		random_trial(&seed);
}

/* What an observer's numbers do not prove: copies of ours, damaged stamps, others' drops. */
static void test_observed(void **state)
{
	static const struct {
		const char *moves; /* by K */
		int64_t lost;      /* ours, between the device and the look-up */
		const char *place; /* that K are booked to; NULL: LOCATED, or nothing lost */
	} cases[] = {
		/* a mirror's copies were dropped, and no frame is missing */
		{"rx:bpf.firewall", 0, NULL},
		/* the stamp was hit, so that it was taken for a stranger's */
		{"rx:bpf.udp_checksum_early.others rx:snmp.Udp.InCsumErrors", 37, "UDP checksum"},
		{"rx:bpf.ip_truncated.others rx:netstat.IpExt.InTruncatedPkts", 37, "IP truncated"},
		/* rules, queues and protocols dropped others' */
		{"rx:nft.drops rx:bpf.firewall.others", 37, NULL},
		{"tx:qdisc.drops tx:bpf.qdisc.others", 37, NULL},
		{"rx:dev.rx_dropped rx:bpf.protocol.others", 37, NULL},
	};

	for (size_t c = 0; c < COUNT(cases); c++) {
		struct world w;
		struct ledger l;

		world_init(&w, UDP_QDISC, 5000);
		w.observed = true;
		bump(&w, cases[c].moves, 37);
		w.lost[DEV] = cases[c].lost;
		balance(&w, &l);
		if (cases[c].place)
			expect(&w, &l, l.balanced && booked(&l, cases[c].place) == 37);
		else
			expect(&w, &l, booked(&l, "unexplained") == cases[c].lost);
		ledger_free(&l);
	}
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
		assert_true(d->stage && d->count && strlen(d->remedy) > 10 && strlen(d->help) > 10);
		assert_in_range(d->place_row, 0, 36);
		/* one pot, or a machine's drops are booked before and behind a device */
		if (!strcmp(d->count, "softnet.dropped"))
			assert_string_equal(d->limit, "dev.rx_dropped");
		/* DPDK's rows are tried in test_ledger_dpdk.c */
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
		cmocka_unit_test(test_tables),          cmocka_unit_test(test_lossless),
		cmocka_unit_test(test_each_place),      cmocka_unit_test(test_located),
		cmocka_unit_test(test_duplicates),      cmocka_unit_test(test_stale),
		cmocka_unit_test(test_unsupported),     cmocka_unit_test(test_retries),
		cmocka_unit_test(test_segments),        cmocka_unit_test(test_merged_loss),
		cmocka_unit_test(test_negative),        cmocka_unit_test(test_passed_over),
		cmocka_unit_test(test_no_totals),       cmocka_unit_test(test_json),
		cmocka_unit_test(test_random),          cmocka_unit_test(test_families),
		cmocka_unit_test(test_both_directions), cmocka_unit_test(test_observed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
