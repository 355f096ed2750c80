/*
 * Rules and what they explain: sights of a few counters that moved, and what is found there. What a
 * row of `cases` does not say is the same in both looks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counter.h"
#include "diagnose.h"
#include "expr.h"
#include "json.h"
#include "observer.h"

#define MOVED 1000

/* A machine with one namespace and two devices in it, which are no pair. */
enum { MACHINE, NETNS, DEVICE, OTHER, SUBJECTS };

struct world {
	struct sight sight;
	struct subject subjects[SUBJECTS];
};

static void put_at(struct subject *s, const char *id, int64_t before, int64_t delta)
{
	json_object_set_new(s->before, id, json_integer(before));
	json_object_set_new(s->after, id, json_integer(before + delta));
}

/* Each counter where its scope is; both devices have their own. */
static void put_counter(struct world *w, const struct counter_def *def)
{
	enum { FIRST = 100000 };

	switch (def->scope) {
	case SCOPE_MACHINE:
		put_at(&w->subjects[MACHINE], def->id, FIRST, 0);
		break;
	case SCOPE_NETNS:
	case SCOPE_SOCKET:
		put_at(&w->subjects[NETNS], def->id, FIRST, 0);
		break;
	case SCOPE_DEVICE:
	case SCOPE_QUEUE:
		put_at(&w->subjects[DEVICE], def->id, FIRST, 0);
		put_at(&w->subjects[OTHER], def->id, FIRST, 0);
		break;
	}
}

static void world_make(struct world *w, const char *driver)
{
	static const enum subject_kind kinds[] = {SUBJECT_MACHINE, SUBJECT_NETNS, SUBJECT_DEVICE,
						  SUBJECT_DEVICE};
	size_t n;
	const struct counter_def *defs = counter_table(&n);

	memset(w, 0, sizeof(*w));
	w->sight = (struct sight){.subjects = w->subjects, .n = SUBJECTS, .unseen = json_array()};
	snprintf(w->sight.root, sizeof(w->sight.root), "/nowhere");
	for (size_t i = 0; i < SUBJECTS; i++) {
		struct subject *s = &w->subjects[i];

		s->kind = kinds[i];
		s->netns_fd = s->sysfs = -1;
		s->home = i ? NETNS : MACHINE;
		s->seconds = 2;
		s->before = json_object();
		s->after = json_object();
		s->facts_before = json_object();
		s->facts = json_object();
	}
	snprintf(w->subjects[DEVICE].ifname, sizeof(w->subjects[DEVICE].ifname), "eth0");
	snprintf(w->subjects[DEVICE].driver, sizeof(w->subjects[DEVICE].driver), "%s", driver);
	snprintf(w->subjects[OTHER].ifname, sizeof(w->subjects[OTHER].ifname), "eth1");
	for (size_t i = 0; i < n; i++)
		put_counter(w, &defs[i]);
	defs = observer_counter_table(&n);
	for (size_t i = 0; i < n; i++)
		put_counter(w, &defs[i]);
}

static void world_free(struct world *w)
{
	for (size_t i = 0; i < SUBJECTS; i++) {
		json_decref(w->subjects[i].before);
		json_decref(w->subjects[i].after);
		json_decref(w->subjects[i].facts_before);
		json_decref(w->subjects[i].facts);
	}
	json_decref(w->sight.unseen);
}

/* Where counter ID is; of the two devices the first one. */
static struct subject *at(struct world *w, const char *id)
{
	for (size_t i = 0; i < SUBJECTS; i++)
		if (json_object_get(w->subjects[i].before, id))
			return &w->subjects[i];
	fail_msg("there is no counter %s", id);
	return NULL;
}

/* "softnet.dropped=10 dev.rx_dropped=10": by how much each moves. */
static void move(struct world *w, const char *moves)
{
	char text[512], *save = NULL, *word;

	snprintf(text, sizeof(text), "%s", moves);
	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char *equals = strchr(word, '=');

		assert_non_null(equals);
		*equals = '\0';
		put_at(at(w, word), word, 500, strtoll(equals + 1, NULL, 10));
	}
}

static json_t *findings_of(struct world *w)
{
	json_t *diagnosis = diagnose(&w->sight), *findings;

	assert_non_null(diagnosis);
	findings = json_incref(json_object_get(diagnosis, "findings"));
	json_decref(diagnosis);
	return findings;
}

/* A term of a list as rules have it: every id is of a counter that exists. */
static void assert_ids_exist(const struct diagnosis_rule *rule, struct world *w, const char *list)
{
	struct expr_term term;

	while (list && expr_next(&list, &term)) {
		const char *id = term.name;

		if (!strncmp(id, "peer:", 5))
			id += 5;
		else if (!strncmp(id, "all:", 4))
			id += 4;
		if (!at(w, id))
			fail_msg("%s: %s", rule->place, id);
	}
}

/* No name in the table is misspelt, and every row says what it must. */
static void test_rows(void **state)
{
	size_t n, n_facts;
	const struct diagnosis_rule *rules = diagnosis_rule_table(&n);
	const struct fact_row *facts = fact_table(&n_facts);
	struct world w;

	world_make(&w, "");
	for (size_t i = 0; i < n; i++) {
		const struct diagnosis_rule *r = &rules[i];
		char names[256], *save = NULL, *word;

		assert_in_range(r->row, 1, 36);
		assert_true(r->count || r->measure);
		assert_true(*r->place && *r->means && *r->source);
		assert_ids_exist(r, &w, r->count);
		assert_ids_exist(r, &w, r->repeats);
		assert_ids_exist(r, &w, r->evidence);
		snprintf(names, sizeof(names), "%s", r->facts ? r->facts : "");
		for (word = strtok_r(names, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
			bool found = false;

			for (size_t k = 0; k < n_facts; k++)
				found = found || !strcmp(facts[k].name, word);
			if (!found)
				fail_msg("%s: there is no fact %s", r->place, word);
		}
	}
	world_free(&w);
}

/* Every counter of every rule, moving alone, is found once, at a rule that names it. */
static void test_each_counter_is_found(void **state)
{
	size_t n;
	const struct diagnosis_rule *rules = diagnosis_rule_table(&n);

	for (size_t i = 0; i < n; i++) {
		const char *list = rules[i].count;
		struct expr_term term;

		while (list && expr_next(&list, &term)) {
			struct world w;
			json_t *findings;

			if (term.sign < 0)
				continue;
			world_make(&w, "");
			put_at(at(&w, term.name), term.name, 500, MOVED);
			findings = findings_of(&w);
			if (json_array_size(findings) != 1)
				fail_msg("%s: %zu findings", term.name, json_array_size(findings));
			assert_int_equal(json_s64(json_array_get(findings, 0), "lost", 0), MOVED);
			json_decref(findings);
			world_free(&w);
		}
	}
}

static void assert_losses_found(const struct counter_def *defs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct world w;
		json_t *findings;

		/* what is ours is no business of a host's */
		if (defs[i].kind != COUNTER_LOSS || !strncmp(defs[i].help, "ours:", 5))
			continue;
		world_make(&w, "");
		put_at(at(&w, defs[i].id), defs[i].id, 500, MOVED);
		findings = findings_of(&w);
		if (json_array_size(findings) != 1)
			fail_msg("%s: %zu findings", defs[i].id, json_array_size(findings));
		json_decref(findings);
		world_free(&w);
	}
}

/* No counter of lost packets moves without a finding. */
static void test_no_loss_is_overlooked(void **state)
{
	size_t n;
	const struct counter_def *defs = counter_table(&n);

	assert_losses_found(defs, n);
	defs = observer_counter_table(&n);
	assert_losses_found(defs, n);
}

/* What moved, with which driver, and what must be found, in order: "place=frames". */
static const struct {
	const char *driver, *moves, *found;
} cases[] = {
	{"", "", ""},
	/* rows 9 and 10, by driver */
	{"mlx5_core", "eth.rx_ring_full=70 dev.rx_missed_errors=70", "RX descriptor ring=70"},
	{"mlx5_core", "eth.rx_port_full=40 dev.rx_dropped=40 eth.rx_prio_discards=40",
	 "NIC FIFO=40"},
	{"mlx5_core", "eth.rx_port_full=40 eth.rx_ring_full=70 dev.rx_missed_errors=70",
	 "RX descriptor ring=70 NIC FIFO=40"},
	{"ixgbe", "eth.rx_ring_full=50 eth.rx_port_full=30 dev.rx_missed_errors=30",
	 "RX descriptor ring=50 NIC FIFO=30"},
	{"igb",
	 "eth.rx_ring_full=50 eth.rx_port_full=30 dev.rx_missed_errors=30 dev.rx_fifo_errors=80",
	 "RX descriptor ring=50 NIC FIFO=30"},
	{"e1000e", "eth.rx_port_full=30 dev.rx_missed_errors=30 eth.rx_no_buffer=4", "NIC FIFO=30"},
	{"vmxnet3", "eth.rx_ring_full=30", "RX descriptor ring=30"},
	{"virtio_net", "eth.rx_drops=30 dev.rx_dropped=30", "driver RX drop=30"},
	{"", "dev.rx_missed_errors=30", "RX descriptor ring=30"},
	{"", "dev.rx_missed_errors=30 dev.rx_fifo_errors=30 dev.rx_over_errors=30",
	 "RX descriptor ring=30"},
	/* the wire */
	{"", "dev.rx_crc_errors=12 dev.rx_errors=12 mac.fcs_errors=12", "wire=12"},
	{"", "dev.rx_length_errors=12 dev.rx_errors=12 rmon.oversize=12", "frame length=12"},
	{"", "dev.rx_errors=12", "wire=12"},
	{"", "pause.rx=12 ctrl.rx=12", "flow control=12"},
	/* a backlog drop behind a device is one loss */
	{"", "softnet.dropped=90 dev.rx_dropped=90 bpf.backlog.others=91", "backlog=90"},
	{"", "softnet.dropped=90 dev.rx_dropped=150", "backlog=90 driver RX drop=60"},
	{"", "bpf.protocol.others=8 dev.rx_dropped=8", "unknown protocol=8"},
	/* what the sender is told */
	{"", "qdisc.drops=33 snmp.Udp.SndbufErrors=33 snmp.Ip.OutDiscards=33 bpf.qdisc.others=33",
	 "qdisc=33"},
	{"", "snmp.Udp.SndbufErrors=33 snmp.Ip.OutDiscards=33", "socket send buffer=33"},
	{"",
	 "bpf.frame_length.others=5 dev.tx_dropped=5 snmp.Udp.SndbufErrors=5 snmp.Ip.OutDiscards=5",
	 "frame length=5"},
	/* UDP: InErrors holds the others */
	{"",
	 "snmp.Udp.InErrors=60 snmp.Udp.RcvbufErrors=60 bpf.receive_buffer.others=60 "
	 "bpf.udp_queue=60",
	 "UDP receive buffer=60"},
	{"", "snmp.Udp.InErrors=60 snmp.Udp.InCsumErrors=20", "socket drop=40 UDP checksum=20"},
	{"", "snmp.Udp.InErrors=60 snmp.Udp.MemErrors=60 bpf.udp_memory.others=60",
	 "UDP memory=60"},
	{"", "snmp.Udp.NoPorts=60 bpf.no_listener.others=60", "no listener=60"},
	/* the firewall and connection tracking share the hook */
	{"", "bpf.firewall.others=20 nft.drops=20", "firewall=20"},
	{"", "ct.drop=30 bpf.hook.others=30", "connection tracking=30"},
	{"", "ct.drop=30 ct.insert_failed=30 bpf.hook.others=30", "connection tracking=30"},
	{"", "ct.drop=30 bpf.hook.others=80", "firewall=50 connection tracking=30"},
	/* TCP */
	{"", "netstat.TcpExt.ListenOverflows=7 netstat.TcpExt.ListenDrops=7", "TCP accept queue=7"},
	{"", "netstat.TcpExt.TCPReqQFullDrop=7 netstat.TcpExt.ListenDrops=7",
	 "TCP half-open queue=7"},
	{"", "netstat.TcpExt.ListenDrops=7", "TCP half-open queue=7"},
	{"", "snmp.Tcp.RetransSegs=9 snmp.Tcp.OutSegs=100", "TCP retransmission=9"},
	{"", "snmp.Tcp.RetransSegs=9 netstat.TcpExt.TCPDSACKRecvSegs=9", "TCP retransmission=9"},
	{"",
	 "snmp.Tcp.RetransSegs=90 netstat.TcpExt.TCPDSACKRecvSegs=9 netstat.TcpExt.TCPLossProbes=3 "
	 "netstat.TcpExt.TCPLossProbeRecovery=2",
	 "TCP retransmission=80"},
	{"", "snmp.Ip.ReasmFails=20 bpf.reassembly.others=63", "reassembly=20"},
	/* the worst first, signs behind losses */
	{"", "snmp.Udp.NoPorts=60 qdisc.drops=600 pause.rx=9000",
	 "qdisc=600 no listener=60 flow control=9000"},
	{"", "softnet.time_squeeze=9 netstat.TcpExt.IPReversePathFilter=2 bpf.rp_filter.others=2",
	 "reverse path filter=2 softirq budget=9"},
	{"", "bpf.rx_other.others=6", "kernel drop=6"},
	/* counters that are read a moment apart */
	{"", "snmp.Udp.NoPorts=1000 bpf.no_listener.others=1003", "no listener=1000"},
};

static void test_cases(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char found[256] = "";
		struct world w;
		json_t *findings, *one;
		size_t k, len = 0;

		world_make(&w, cases[i].driver);
		move(&w, cases[i].moves);
		findings = findings_of(&w);
		json_array_foreach (findings, k, one)
			len += (size_t)snprintf(found + len, sizeof(found) - len, "%s%s=%lld",
						k ? " " : "", json_str(one, "place", ""),
						(long long)json_s64(one, "lost", 0));
		if (strcmp(found, cases[i].found))
			fail_msg("%s: found \"%s\", not \"%s\"", cases[i].moves, found,
				 cases[i].found);
		json_decref(findings);
		world_free(&w);
	}
}

/* One loss between the ends of a veth, whose counters both move, is one finding. */
static const struct {
	const char *moves; /* of the first end, and above it */
	const char *other; /* the counter of the other end that moves as much */
	const char *place;
} pairs[] = {
	{"bpf.frame_length.others=50 dev.tx_dropped=50", "dev.rx_dropped", "frame length"},
	{"softnet.dropped=50 dev.rx_dropped=50", "dev.tx_dropped", "backlog"},
	{"eth.rx_drops=50 dev.rx_dropped=50", "dev.tx_dropped", "driver RX drop"},
	{"dev.tx_dropped=50", "dev.rx_dropped", "driver TX"},
};

static void test_pairs(void **state)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct world w;
		json_t *findings;

		world_make(&w, "veth");
		w.subjects[DEVICE].peer = OTHER;
		w.subjects[OTHER].peer = DEVICE;
		move(&w, pairs[i].moves);
		put_at(&w.subjects[OTHER], pairs[i].other, 500, 50);
		findings = findings_of(&w);
		if (json_array_size(findings) != 1)
			fail_msg("%s: %zu findings", pairs[i].moves, json_array_size(findings));
		assert_string_equal(json_str(json_array_get(findings, 0), "place", ""),
				    pairs[i].place);
		json_decref(findings);
		world_free(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_each_counter_is_found),
		cmocka_unit_test(test_no_loss_is_overlooked),
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_pairs),
	};

	return cmocka_run_group_tests_name("diagnose", tests, NULL, NULL);
}
