/* Verdicts of counters on known losses, what of a trial they are made of, and what ledgers cite. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "counter.h"
#include "json.h"
#include "trust.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define UNKNOWN INT64_MIN

/* Readings: "should", "part", "machine", "foreign" by letters; a delta; the verdict and what it
 * repeats. */
struct given {
	const char *is;
	int64_t delta;
	enum trust_verdict verdict;
	int of;
};

static const struct {
	const char *what;
	int64_t known;
	struct given given[6];
} judged[] = {
	{"nothing lost, nothing moved", 0, {{"", 0, TRUST_QUIET, -1}}},
	{"nothing lost, and it moved", 0, {{"", 1, TRUST_LIES, -1}}},
	{"nothing lost, and frames of others", 0, {{"f", 1, TRUST_NA, -1}}},
	{"moved by the loss", 1000, {{"s", 1000, TRUST_TRUE, -1}}},
	{"did not move", 1000, {{"s", 0, TRUST_SILENT, -1}, {"", 0, TRUST_QUIET, -1}}},
	{"not there", 1000, {{"s", UNKNOWN, TRUST_NA, -1}, {"", UNKNOWN, TRUST_NA, -1}}},
	{"one too many, one too few",
	 1000,
	 {{"s", 1001, TRUST_LIES, -1}, {"s", 999, TRUST_LIES, -1}}},
	{"frames of others: too many, too few, as many, none",
	 1000,
	 {{"sf", 1002, TRUST_NA, -1},
	  {"sf", 300, TRUST_NA, -1},
	  {"f", 1000, TRUST_TRUE, -1},
	  {"sf", 0, TRUST_SILENT, -1}}},
	{"repeats the one that is believed first",
	 1000,
	 {{"s", 0, TRUST_SILENT, -1},
	  {"s", 1000, TRUST_TRUE, -1},
	  {"s", 1000, TRUST_DOUBLE, 1},
	  {"", 1000, TRUST_DOUBLE, 1}}},
	{"true where none was meant to", 1000, {{"", 1000, TRUST_TRUE, -1}}},
	{"two have a part each, and others repeat a part or both",
	 1000,
	 {{"sp", 300, TRUST_TRUE, -1},
	  {"sp", 700, TRUST_TRUE, -1},
	  {"s", 700, TRUST_DOUBLE, 1},
	  {"", 1000, TRUST_DOUBLE, 0},
	  {"", 500, TRUST_LIES, -1}}},
	{"one has all, the other no part",
	 1000,
	 {{"sp", 1000, TRUST_TRUE, -1}, {"sp", 0, TRUST_QUIET, -1}}},
	{"two parts that do not make the whole",
	 1000,
	 {{"sp", 300, TRUST_LIES, -1}, {"sp", 600, TRUST_LIES, -1}}},
	{"no part of any", 1000, {{"sp", 0, TRUST_SILENT, -1}, {"sp", 0, TRUST_SILENT, -1}}},
	{"of the machine: too much is of others, too little is not",
	 1000,
	 {{"sm", 1400, TRUST_NA, -1}, {"sm", 900, TRUST_LIES, -1}, {"sm", 1000, TRUST_TRUE, -1}}},
	{"of the machine, nothing lost", 0, {{"m", 5, TRUST_NA, -1}}},
};

static void verdicts(void **state)
{
	size_t i, k, n;

	for (i = 0; i < N(judged); i++) {
		struct trust_reading readings[N(judged[0].given)] = {0};

		for (n = 0; n < N(judged[0].given) && judged[i].given[n].is; n++) {
			const struct given *g = &judged[i].given[n];

			readings[n] = (struct trust_reading){
				.known = g->delta != UNKNOWN,
				.delta = g->delta == UNKNOWN ? 0 : g->delta,
				.should = strchr(g->is, 's') != NULL,
				.part = strchr(g->is, 'p') != NULL,
				.shared = strchr(g->is, 'm') != NULL,
				.foreign = strchr(g->is, 'f') != NULL,
			};
		}
		trust_judge(readings, n, judged[i].known);
		for (k = 0; k < n; k++)
			if (readings[k].verdict != judged[i].given[k].verdict ||
			    readings[k].of != judged[i].given[k].of)
				fail_msg("%s: reading %zu is %s of %d", judged[i].what, k,
					 trust_verdict_name(readings[k].verdict), readings[k].of);
	}
}

/* A trial that lost LOST frames, with a ledger of ROWS, as it is stored. */
static json_t *line_of(int lost, const char *rows)
{
	json_t *line =
		json_pack("{s:{s:i}, s:{s:i}, s:{s:i}, s:o, s:s, s:{s:b}}", "offered", "accepted",
			  1064, "received", "foreign", 0, "loss", "frames", lost, "ledger",
			  json_loads(rows, 0, NULL), "run", "x", "validity", "valid", true);

	json_object_set_new(
		line, "sides",
		json_loads(
			"{\"tx\": {\"device\": {\"driver\": \"igb\"}, \"counters\": {\"before\": "
			"{\"dev.tx_dropped\": 5, \"softnet.dropped\": 4}, \"after\": "
			"{\"dev.tx_dropped\": 5, \"softnet.dropped\": 14}}},"
			"\"rx\": {\"endpoint\": \"packet\", \"mode\": \"v2\", \"device\": "
			"{\"driver\": \"igb\", \"firmware\": \"2.1.0\"}, \"host\": {\"kernel\": "
			"\"6.12.95+deb12-amd64\", \"virtualised\": true}, \"counters\": {"
			"\"before\": {\"dev.rx_missed_errors\": 7, \"eth.rx_ring_full\": 1, "
			"\"dev.rx_crc_errors\": 0, \"qstat.rx_hw_drops\": \"UNSUPPORTED\", "
			"\"dev.rx_packets\": 0},"
			"\"after\": {\"dev.rx_missed_errors\": 7, \"eth.rx_ring_full\": 11, "
			"\"dev.rx_crc_errors\": 3, \"qstat.rx_hw_drops\": \"UNSUPPORTED\", "
			"\"dev.rx_packets\": 1054}}}}",
			0, NULL));
	assert_non_null(json_object_get(line, "sides"));
	return line;
}

#define RING                                                                                       \
	"{\"state\":\"BOOKED\",\"place\":\"RX descriptor ring\",\"frames\":10,\"from\":\"wire\"}"
#define QDISC "{\"state\":\"BOOKED\",\"place\":\"qdisc\",\"frames\":4,\"from\":\"accepted\"}"
#define WIRE                                                                                       \
	"{\"state\":\"LOCATED\",\"place\":null,\"frames\":10,\"from\":\"wire\",\"to\":\"device-"   \
	"rx\"}"
#define BEHIND                                                                                     \
	"{\"state\":\"LOCATED\",\"place\":null,\"frames\":2,\"from\":\"device-rx\",\"to\":"        \
	"\"received\"}"

static const struct {
	const char *cause;
	int lost;
	const char *rows;
	bool told;
	int64_t known; /* -1: cannot be told */
} losses[] = {
	{"ring", 10, "[" RING "]", true, 10},
	{"ring", 14, "[" RING "," QDISC "]", true, 10},
	{"ring", 10, "[" WIRE "]", true, 10},
	{"ring", 12, "[" RING "," BEHIND "]", false, -1},
	{"ring", 4, "[" QDISC "]", false, 0},
	{"ring", 0, "[]", false, 0},
	{"none", 0, "[]", true, 0},
	{"none", 4, "[" QDISC "]", false, -1},
	{"none", 10, "[" WIRE "]", false, -1},
	{"udp-buffer", 10, "[" WIRE "]", false, -1},
};

static void known_losses(void **state)
{
	size_t i;

	for (i = 0; i < N(losses); i++) {
		const struct trust_cause *cause = trust_cause_find(losses[i].cause);
		json_t *line = line_of(losses[i].lost, losses[i].rows);
		int64_t known = 77;
		char why[200] = "";
		bool told = trust_known(cause, &cause->ways[0], line, &known, why, sizeof(why));

		if (told != losses[i].told || known != losses[i].known || told == (*why != '\0'))
			fail_msg("row %zu: %d, %lld, \"%s\"", i, told, (long long)known, why);
		json_decref(line);
	}
}

static void failed_trial(void **state)
{
	const struct trust_cause *cause = trust_cause_find("ring");
	json_t *line = json_loads(
		"{\"loss\": null, \"validity\": {\"reasons\": [\"rx: no such ring\"]}}", 0, NULL);
	char why[200];
	int64_t known;

	assert_false(trust_known(cause, &cause->ways[0], line, &known, why, sizeof(why)));
	assert_string_equal(why, "rx: no such ring");
	json_decref(line);
}

/* An invalid trial is no judge, whatever it lost; a control's loss is told before its fault. */
static void invalid_trial(void **state)
{
	static const struct {
		const char *cause;
		int lost;
		const char *rows, *why;
	} rows[] = {
		{"ring", 10, "[" RING "]", "the trial is invalid: tx: late"},
		{"none", 0, "[]", "the trial is invalid: tx: late"},
		{"none", 1064, "[" RING "]",
		 "1064 of 1064 frames were lost, at RX descriptor ring"},
		{"none", 9, "[" WIRE "]", "9 of 1064 frames were lost, between wire and device-rx"},
	};
	size_t i;

	for (i = 0; i < N(rows); i++) {
		const struct trust_cause *cause = trust_cause_find(rows[i].cause);
		json_t *line = line_of(rows[i].lost, rows[i].rows);
		char why[200] = "";
		int64_t known = 77;

		json_object_set_new(
			line, "validity",
			json_pack("{s:b, s:[s]}", "valid", false, "reasons", "tx: late"));
		assert_false(trust_known(cause, &cause->ways[0], line, &known, why, sizeof(why)));
		assert_int_equal(known, -1);
		assert_string_equal(why, rows[i].why);
		json_decref(line);
	}
}

/* A file is replaced by one that has as much to say, or is of another card. */
static void forgetting(void **state)
{
#define FILE_OF(firmware, ring, udp)                                                               \
	"{\"firmware\":\"" firmware "\",\"causes\":[{\"cause\":\"ring\",\"caused\":" ring          \
	"},{\"cause\":\"udp-buffer\",\"caused\":" udp "}]}"
	static const struct {
		const char *was, *file, *forgets;
	} rows[] = {
		{FILE_OF("1", "true", "false"), FILE_OF("1", "true", "true"), NULL},
		{FILE_OF("1", "true", "true"), FILE_OF("1", "true", "false"), "udp-buffer"},
		{FILE_OF("1", "true", "true"), FILE_OF("1", "false", "false"), "ring"},
		{FILE_OF("1", "true", "true"), "{\"firmware\":\"1\",\"causes\":[]}", "ring"},
		{FILE_OF("1", "true", "true"), FILE_OF("2", "false", "true"), NULL},
	};
	size_t i;

	for (i = 0; i < N(rows); i++) {
		json_t *was = json_loads(rows[i].was, 0, NULL);
		json_t *file = json_loads(rows[i].file, 0, NULL);
		const char *forgets = trust_forgets(was, file);

		assert_non_null(was);
		assert_non_null(file);
		if (!rows[i].forgets)
			assert_null(forgets);
		else
			assert_string_equal(forgets, rows[i].forgets);
		json_decref(was);
		json_decref(file);
	}
	assert_null(trust_forgets(NULL, NULL));
}

static json_t *counter_of(const json_t *cause, const char *name)
{
	json_t *item;
	size_t i;

	json_array_foreach (json_object_get(cause, "counters"), i, item)
		if (!strcmp(json_str(item, "counter", ""), name))
			return item;
	return NULL;
}

/* What moved without being named is in it, what did not and need not have is not. */
static void readings(void **state)
{
	static const struct {
		const char *counter, *verdict, *name;
	} expected[] = {
		{"rx:eth.rx_ring_full", "true", "rx_queue_N_drops"},
		{"rx:dev.rx_missed_errors", "silent", ""},
		{"rx:qstat.rx_hw_drops", "n/a", ""},
		{"rx:dev.rx_crc_errors", "lies", ""},
	};
	const struct trust_cause *cause = trust_cause_find("ring");
	json_t *line = line_of(10, "[" RING "]");
	json_t *json =
		trust_cause_json(cause, &cause->ways[0], line, NULL, 10, "x/trials.jsonl", NULL);
	size_t i;

	for (i = 0; i < N(expected); i++) {
		json_t *item = counter_of(json, expected[i].counter);

		assert_string_equal(json_str(item, "verdict", "none"), expected[i].verdict);
		assert_string_equal(json_str(item, "name", ""), expected[i].name);
	}
	assert_null(counter_of(json, "rx:dev.rx_packets"));
	assert_null(counter_of(json, "rx:dev.rx_fifo_errors"));
	json_decref(json);
	json_decref(line);
}

/* What tells of frames of others, and how many. */
static const struct {
	const char *more;
	int64_t frames;
} strangers[] = {
	{"{\"received\":{\"foreign\":0},\"paths\":{}}", 0},
	{"{\"received\":{\"foreign\":7}}", 7},
	{"{\"paths\":{\"tx-rx\":{\"edges\":[{\"foreign\":null,\"total\":1064},{\"foreign\":0}]}}}",
	 0},
	{"{\"paths\":{\"tx-rx\":{\"edges\":[{\"foreign\":0},{\"foreign\":9,\"total\":null}]}}}", 9},
	{"{\"paths\":{\"tx-rx\":{\"edges\":[{\"foreign\":null,\"total\":1070}]}}}", 6},
	{"{\"sides\":{\"rx\":{\"counters\":{\"before\":{\"bpf.udp.others\":2,\"bpf.udp\":0},"
	 "\"after\":{\"bpf.udp.others\":5,\"bpf.udp\":11}}}}}",
	 3},
	{"{\"sides\":{\"tx\":{\"counters\":{\"before\":{\"bpf.xdp.others\":2},"
	 "\"after\":{\"bpf.xdp.others\":4}}}}}",
	 2},
};

static void foreign_frames(void **state)
{
	size_t i;

	for (i = 0; i < N(strangers); i++) {
		json_t *line = line_of(10, "[" RING "]");
		json_t *more = json_loads(strangers[i].more, 0, NULL);

		assert_non_null(more);
		json_object_update(line, more);
		if (trust_foreign(line) != strangers[i].frames)
			fail_msg("row %zu: %lld", i, (long long)trust_foreign(line));
		json_decref(more);
		json_decref(line);
	}
}

/* Others' frames excuse the device's counters, also later; a protocol's are no driver's. */
static void foreign_verdicts(void **state)
{
	const struct trust_cause *none = trust_cause_find("none"), *ring = trust_cause_find("ring");
	json_t *line = line_of(10, "[" RING "]"), *control, *later;
	json_t *rx =
		json_object_get(json_object_get(json_object_get(line, "sides"), "rx"), "counters");

	json_object_set_new(json_object_get(rx, "before"), "snmp.Udp.RcvbufErrors",
			    json_integer(0));
	json_object_set_new(json_object_get(rx, "after"), "snmp.Udp.RcvbufErrors", json_integer(3));
	json_object_set_new(json_object_get(line, "received"), "foreign", json_integer(3));
	control = trust_cause_json(none, &none->ways[0], line, NULL, 0, "x", NULL);
	assert_int_equal(json_s64(control, "foreign", 0), 3);
	json_object_set_new(json_object_get(line, "received"), "foreign", json_integer(0));
	later = trust_cause_json(ring, &ring->ways[0], line, control, 10, "x", NULL);
	assert_null(counter_of(control, "rx:snmp.Udp.RcvbufErrors"));
	assert_null(counter_of(later, "rx:snmp.Udp.RcvbufErrors"));
	assert_string_equal(json_str(counter_of(control, "rx:dev.rx_crc_errors"), "verdict", ""),
			    "n/a");
	assert_string_equal(json_str(counter_of(control, "rx:dev.rx_crc_errors"), "why", ""),
			    TRUST_FOREIGN);
	assert_string_equal(json_str(counter_of(later, "rx:dev.rx_crc_errors"), "verdict", ""),
			    "n/a");
	assert_string_equal(json_str(counter_of(later, "rx:eth.rx_ring_full"), "verdict", ""),
			    "true");
	json_decref(control);
	json_decref(later);
	json_decref(line);
}

/* The machine's counters are read by one of its sides. */
static void machine_counters(void **state)
{
	const struct trust_cause *cause = trust_cause_find("backlog");
	json_t *line = line_of(10, "[]");
	json_t *json = trust_cause_json(cause, &cause->ways[0], line, NULL, 10, "x", NULL);

	assert_string_equal(json_str(counter_of(json, "rx:softnet.dropped"), "verdict", ""),
			    "true");
	json_decref(json);
	json_decref(line);
}

/* Every counter that a cause names is one that there is; no cause is there twice. */
static void tables(void **state)
{
	const struct trust_cause *causes;
	const struct counter_def *defs;
	size_t n, n_defs, i, k;

	causes = trust_causes(&n);
	defs = counter_table(&n_defs);
	for (i = 0; i < n; i++) {
		const char *lists[] = {causes[i].should, causes[i].may, causes[i].ways[0].should,
				       causes[i].ways[1].should, causes[i].ways[2].should};

		assert_ptr_equal(trust_cause_find(causes[i].name), &causes[i]);
		assert_true(causes[i].ways[0].set
				    ? !causes[i].why
				    : causes[i].why && causes[i].command && causes[i].source);
		for (k = 0; k < N(lists); k++) {
			char copy[600], *word, *rest = copy;

			snprintf(copy, sizeof(copy), "%s", lists[k] ? lists[k] : "");
			while ((word = strsep(&rest, " "))) {
				const char *id = strncmp(word, "tx:", 3) ? word : word + 3;
				size_t d;

				/* the endpoints' own are in no table that is seen here */
				if (!*id || !strncmp(id, "xsk.", 4) || !strncmp(id, "dpdk.", 5) ||
				    !strcmp(id, "udp.socket_drops"))
					continue;
				for (d = 0; d < n_defs && strcmp(defs[d].id, id) != 0; d++)
					;
				if (d == n_defs)
					fail_msg("%s: there is no counter \"%s\"", causes[i].name,
						 id);
			}
		}
	}
}

static const struct {
	const char *set;
	size_t nth;
	const char *chosen; /* NULL: there are not so many */
} choices[] = {
	{"rx.ring=64 rx.pause=60s", 0, "rx.ring=64 rx.pause=60s"},
	{"rx.ring=64 rx.pause=60s", 1, NULL},
	{"a=1 b=64|128|256 c=off|keep", 0, "a=1 b=64 c=off"},
	{"a=1 b=64|128|256 c=off|keep", 1, "a=1 b=128 c=keep"},
	{"a=1 b=64|128|256 c=off|keep", 2, "a=1 b=256 c=keep"},
	{"a=1 b=64|128|256 c=off|keep", 3, NULL},
};

static void ways_with_choices(void **state)
{
	const struct trust_cause *causes;
	char buf[TRUST_SET_MAX];
	size_t n, i, k, nth;

	for (i = 0; i < N(choices); i++) {
		struct trust_way way = {.set = choices[i].set};
		bool any = trust_way_choose(&way, choices[i].nth, buf, sizeof(buf));

		assert_int_equal(any, choices[i].chosen != NULL);
		if (any)
			assert_string_equal(buf, choices[i].chosen);
	}
	/* none is left in what is set, and all of it has room */
	causes = trust_causes(&n);
	for (i = 0; i < n; i++)
		for (k = 0; k < TRUST_WAYS_MAX && causes[i].ways[k].set; k++)
			for (nth = 0; trust_way_choose(&causes[i].ways[k], nth, buf, sizeof(buf));
			     nth++) {
				assert_null(strchr(buf, '|'));
				assert_true(strlen(buf) < sizeof(buf) - 1);
			}
}

static const struct {
	const char *release, *version;
} versions[] = {
	{"6.12.95+deb12-amd64", "6.12"},
	{"6.18.44-fc", "6.18"},
	{"7.0-rc1", "7.0"},
	{"5.15", "5.15"},
	{"odd", "odd"},
	{"", ""},
};

static void version_words(void **state)
{
	char buf[40];
	size_t i;

	for (i = 0; i < N(versions); i++) {
		trust_version(versions[i].release, buf, sizeof(buf));
		assert_string_equal(buf, versions[i].version);
	}
	trust_file_name("a/b", "6.12", buf, sizeof(buf));
	assert_string_equal(buf, "a-b-6.12.json");
}

/* A trust file of igb in FOLDER, in which a full ring moved nothing in rtnetlink. */
static json_t *make_file(const char *folder)
{
	const struct trust_cause *cause = trust_cause_find("ring");
	json_t *line = line_of(10, "[" RING "]"), *causes = json_array(), *file;
	struct error err = {0};
	char path[200];

	json_array_append_new(causes,
			      trust_cause_json(cause, &cause->ways[0], line, NULL, 10, "x", NULL));
	cause = trust_cause_find("pause");
	json_array_append_new(causes,
			      trust_cause_json(cause, NULL, NULL, NULL, 0, NULL, cause->why));
	file = trust_file_json(line, causes, &err);
	json_decref(line);
	assert_non_null(file);
	snprintf(path, sizeof(path), "%s/trust/igb-6.12.json", folder);
	assert_int_equal(trust_file_write(file, path, &err), 0);
	return file;
}

static json_t *side_of(const char *driver, const char *kernel, const char *firmware,
		       const char *endpoint, const char *mode)
{
	return json_pack("{s:s, s:s, s:{s:s, s:s}, s:{s:s}}", "endpoint", endpoint, "mode", mode,
			 "device", "driver", driver, "firmware", firmware, "host", "kernel",
			 kernel);
}

static const struct {
	const char *driver, *kernel, *firmware;
	bool found;
} ports[] = {
	{"igb", "6.12.95+deb12-amd64", "2.1.0", true},
	{"igb", "6.12.1", "2.1.0", true},
	{"igb", "6.12.1", "", true},
	{"igb", "6.13.1", "2.1.0", false},
	{"igb", "6.12.1", "3.25, 0x80000681", false}, /* of the real card */
	{"vmxnet3", "6.12.1", "2.1.0", false},
	{"", "6.12.1", "", false},
};

static void files(void **state)
{
	char folder[] = "/tmp/test_trust.XXXXXX", path[200];
	json_t *file, *found;
	struct error err = {0};
	size_t i;

	assert_non_null(mkdtemp(folder));
	file = make_file(folder);
	snprintf(path, sizeof(path), "%s/trust", folder);
	for (i = 0; i < N(ports); i++) {
		json_t *side =
			side_of(ports[i].driver, ports[i].kernel, ports[i].firmware, "udp", "");

		found = trust_find(path, side);
		if ((found != NULL) != ports[i].found || (found && !json_equal(found, file)))
			fail_msg("port %zu", i);
		json_decref(found);
		json_decref(side);
	}
	snprintf(path, sizeof(path), "%s/trust/igb-6.12.json", folder);
	assert_int_equal(truncate(path, 40), 0);
	assert_null(trust_file_read(path, &err));
	assert_int_equal(err.exit, EX_DATAERR);
	unlink(path);
	assert_null(trust_file_read(path, &err));
	assert_int_equal(err.exit, EX_NOINPUT);
	snprintf(path, sizeof(path), "%s/trust", folder);
	rmdir(path);
	rmdir(folder);
	json_decref(file);
}

#define EVIDENCE ",\"evidence\":[{\"counter\":\"sink:eth.rx_ring_full\",\"delta\":10}]}"
#define TRUE_NOTE "ethtool's rx_queue_N_drops is true with igb 6.12: trust, "
#define SILENT_NOTE "rtnetlink's rx_missed_errors is silent with igb 6.12: trust, "

static const struct {
	const char *row, *endpoint, *mode;
	const char *notes[3];
} cited[] = {
	{"{\"state\":\"BOOKED\",\"place\":\"RX descriptor ring\",\"from\":\"wire\"" EVIDENCE,
	 "udp",
	 "",
	 {TRUE_NOTE, SILENT_NOTE, "rtnetlink's rx_crc_errors lies with igb 6.12: trust, "}},
	/* what a row does not rest on is named where it is silent or lies */
	{"{\"state\":\"LOCATED\",\"place\":null,\"from\":\"wire\",\"evidence\":[]}",
	 "packet",
	 "v2",
	 {SILENT_NOTE, "rtnetlink's rx_crc_errors lies with igb 6.12: trust, "}},
	{"{\"state\":\"LOCATED\",\"place\":null,\"from\":\"device-rx\",\"evidence\":[]}",
	 "udp",
	 "",
	 {NULL}},
	{"{\"state\":\"BOOKED\",\"place\":\"backlog\",\"from\":\"wire\"" EVIDENCE,
	 "udp",
	 "",
	 {NULL}},
	/* another driver, and another way of the frames */
	{"{\"state\":\"LOCATED\",\"place\":null,\"from\":\"wire\",\"evidence\":[]}",
	 "dpdk",
	 "pci",
	 {NULL}},
	{"{\"state\":\"LOCATED\",\"place\":null,\"from\":\"wire\",\"evidence\":[]}",
	 "af_xdp",
	 "generic",
	 {NULL}},
};

static void citations(void **state)
{
	char folder[] = "/tmp/test_trust.XXXXXX", path[200];
	json_t *file;
	size_t i, k;

	assert_non_null(mkdtemp(folder));
	file = make_file(folder);
	for (i = 0; i < N(cited); i++) {
		json_t *side = side_of("igb", "6.12.1", "", cited[i].endpoint, cited[i].mode);
		json_t *row = json_loads(cited[i].row, 0, NULL), *notes;

		assert_non_null(row);
		notes = trust_row_notes(file, row, side);
		for (k = 0; k < N(cited[0].notes) && cited[i].notes[k]; k++) {
			const char *note = json_string_value(json_array_get(notes, k));

			if (!note || strncmp(note, cited[i].notes[k], strlen(cited[i].notes[k])))
				fail_msg("row %zu: %s", i, note ? note : "nothing");
		}
		assert_int_equal(json_array_size(notes), k);
		json_decref(notes);
		json_decref(row);
		json_decref(side);
	}
	json_decref(file);
	snprintf(path, sizeof(path), "%s/trust/igb-6.12.json", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/trust", folder);
	rmdir(path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(known_losses),
		cmocka_unit_test(failed_trial),
		cmocka_unit_test(invalid_trial),
		cmocka_unit_test(forgetting),
		cmocka_unit_test(readings),
		cmocka_unit_test(machine_counters),
		cmocka_unit_test(foreign_frames),
		cmocka_unit_test(foreign_verdicts),
		cmocka_unit_test(tables),
		cmocka_unit_test(ways_with_choices),
		cmocka_unit_test(version_words),
		cmocka_unit_test(files),
		cmocka_unit_test(citations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
