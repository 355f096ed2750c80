/*
 * Reports from synthetic trials: the numbers are those of the trials, nothing
 * is rounded to 0 or 100 %, what is missing is n/a, and no string from outside
 * acts on a terminal or in a page.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "json.h"
#include "report.h"

#define HOSTILE "x\"'><script>alert(1)</script>&\x1b[31m,\r\n=1+1\xe2\x80\xae\xc2\x9b"

/* What differs between the trials of a test; the rest is filled in. */
struct sample {
	const char *endpoint, *ring; /* ring NULL: does not apply */
	const char *verdict, *reason;
	int64_t accepted, unique, unexplained; /* the rest of the loss is booked */
	double tx_pps, rx_pps;
	const char *place;
};

static json_t *sample_ledger(const struct sample *s)
{
	json_t *ledger = json_array();
	int64_t booked = s->accepted - s->unique - s->unexplained;

	if (booked)
		json_array_append_new(
			ledger,
			json_pack(
				"{s:s,s:s,s:s,s:s,s:s,s:i,s:I,s:i,s:s,s:[{s:s,s:I},{s:s,s:n}],s:s}",
				"path", "tx-rx", "from", "program", "to", "received", "stage",
				"socket", "place", s->place, "place_row", 25, "frames",
				(json_int_t)booked, "foreign", 0, "state", "BOOKED", "evidence",
				"counter", "rx:udp.socket_drops", "delta", (json_int_t)booked,
				"counter", "rx:udp.other", "delta", "remedy", "raise it"));
	if (s->unexplained)
		json_array_append_new(ledger,
				      json_pack("{s:s,s:s,s:s,s:n,s:n,s:i,s:I,s:n,s:s,s:[],s:n}",
						"path", "tx-rx", "from", "accepted", "to",
						"program", "stage", "place", "place_row", 0,
						"frames", (json_int_t)s->unexplained, "foreign",
						"state", "LOCATED", "evidence", "remedy"));
	json_array_append_new(ledger,
			      json_pack("{s:s,s:s,s:s,s:s,s:s,s:i,s:n,s:n,s:s,s:[{s:s,s:n}],s:n}",
					"path", "tx-rx", "from", "wire", "to", "device-rx", "stage",
					"device", "place", "NIC FIFO", "place_row", 9, "frames",
					"foreign", "state", "UNSUPPORTED", "evidence", "counter",
					"rx:dev.rx_missed", "delta", "remedy"));
	return ledger;
}

static json_t *sample_trial(const struct sample *s, size_t seq)
{
	const char *verdict = s->verdict ? s->verdict : "valid";
	json_t *t =
		json_pack("{s:i,s:s,s:I,s:I,s:s,s:{s:s,s:{}},s:{s:s},s:i,s:s}", "schema", 1, "run",
			  "quick-20260131-120000", "seq", (json_int_t)seq, "epoch", (json_int_t)seq,
			  "time", "2026-01-31T12:00:00.123Z", "plan", "name", "quick", "values",
			  "point", "rx.endpoint", s->endpoint, "repeat", 1, "verdict", verdict);
	json_t *point = json_object_get(t, "point");
	json_t *reasons = json_array();

	assert_non_null(t);
	if (s->ring)
		json_put_str(point, "rx.ring", s->ring);
	json_put_str(point, "traffic.frame", "64");
	if (s->reason)
		json_array_append_new(reasons, json_string(s->reason));
	json_object_set_new(
		t, "validity",
		json_pack("{s:b,s:o}", "valid", !strcmp(verdict, "valid"), "reasons", reasons));
	json_object_set_new(t, "build",
			    json_pack("{s:s,s:s,s:s}", "version", "0.1.0", "commit", "abc1234",
				      "compiler", "gcc"));
	if (!strcmp(verdict, "failed") || !strcmp(verdict, "skipped")) {
		json_object_update_new(t, json_pack("{s:n,s:n,s:n,s:n,s:n,s:{},s:[],s:n,s:n}",
						    "offered", "received", "loss", "rates",
						    "duration_s", "paths", "ledger", "remainder",
						    "balanced"));
		return t;
	}
	json_object_update_new(
		t, json_pack("{s:{s:I,s:i,s:I},s:{s:I,s:I,s:i,s:i,s:i,s:i,s:i},s:{s:I,s:o},"
			     "s:{s:f,s:f},s:f,s:{},s:o,s:I,s:b}",
			     "offered", "intended", (json_int_t)s->accepted, "unsent", 0,
			     "accepted", (json_int_t)s->accepted, "received", "frames",
			     (json_int_t)s->unique, "unique", (json_int_t)s->unique, "duplicate", 0,
			     "reordered", 0, "corrupt", 0, "stale", 0, "foreign", 0, "loss",
			     "frames", (json_int_t)(s->accepted - s->unique), "ratio",
			     s->accepted ? json_real((double)(s->accepted - s->unique) /
						     (double)s->accepted)
					 : json_null(),
			     "rates", "tx_pps", s->tx_pps, "rx_pps", s->rx_pps, "duration_s", 1.0,
			     "paths", "ledger", sample_ledger(s), "remainder",
			     (json_int_t)llabs(s->unexplained), "balanced", s->unexplained == 0));
	return t;
}

static struct result_set sample_set(const struct sample *samples, size_t n)
{
	struct result_set set = {.trials = json_array()};
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(set.trials, sample_trial(&samples[i], i + 1));
	assert_int_equal(json_array_size(set.trials), n);
	return set;
}

enum format { TERMINAL, CSV, HTML };

/* The report as text; the caller frees. */
static char *render(const struct sample *samples, size_t n, enum format format, int columns)
{
	struct result_set set = sample_set(samples, n);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int ret = format == TERMINAL ? report_print(&set, out, columns)
		  : format == CSV    ? report_csv(&set, out)
				     : report_html(NULL, &set, out);

	assert_int_equal(ret, 0);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(strlen(text), size);
	json_decref(set.trials);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text ? text : "(nothing)");
}

static void assert_has_not(const char *text, const char *part)
{
	if (!text || strstr(text, part))
		fail_msg("'%s' is in:\n%s", part, text ? text : "(nothing)");
}

static const struct sample three[] = {
	{"udp", NULL, NULL, NULL, 1000000, 900000, 0, 998000.1, 898000.2, "UDP receive buffer"},
	{"af_xdp", "1024", NULL, NULL, 1000000000, 999999997, 0, 1e6, 1e6, "RX ring full"},
	{"af_xdp", "64", NULL, NULL, 1000000000, 3, 0, 1e6, 0.5, "RX ring full"},
};

static void table(void **state)
{
	char *text = render(three, 3, TERMINAL, 0);

	assert_has(text, "at every point: traffic.frame = 64");
	assert_has(text, "udp          -   998.0k    898.0k      100,000       10.00       0  25 "
			 "UDP receive "
			 "buffer 100 %          0  yes\n");
	assert_has(text, "     3        3e-7 ");
	assert_has(text, "999,999,997  99.9999997 ");
	assert_has_not(text, " 0.00");
	assert_has_not(text, "100.00 ");
	/* Sorted by the ring's size, although the larger one ran first. */
	assert_true(strstr(text, "af_xdp      64") < strstr(text, "af_xdp    1024"));
	assert_has(text, "udp: offered 1,000,000 = 900,000 received + 100,000 booked + 0 "
			 "unexplained\n"
			 "    place                   frames  of offered  evidence\n"
			 "    25 UDP receive buffer  100,000     10.00 %  rx:udp.socket_drops "
			 "+100,000\n"
			 "                                                rx:udp.other n/a\n"
			 "    9 NIC FIFO                 n/a         n/a  rx:dev.rx_missed n/a\n");
	assert_has(text, "af_xdp, ring 64: offered 1,000,000,000 = 3 received");
	/* A remedy once a place. */
	assert_has(text, "25 RX ring full: raise it\n");
	assert_null(
		strstr(strstr(text, "25 RX ring full: raise it") + 3, "25 RX ring full: raise"));
	free(text);
}

static json_t *sample_path(int64_t accepted, int64_t unique)
{
	return json_pack("{s:{s:I,s:i,s:I}, s:{s:I}, s:{s:f,s:f}}", "offered", "intended",
			 (json_int_t)accepted, "unsent", 0, "accepted", (json_int_t)accepted,
			 "received", "unique", (json_int_t)unique, "rates", "tx_pps",
			 (double)accepted, "rx_pps", (double)unique);
}

/* Several paths: their own numbers, and a path to every row, also where one of them alone lost. */
static void several_paths(void **state)
{
	static const struct sample one = {"udp",   NULL, NULL, NULL,  3000000,
					  2900000, 0,    3e6,  2.9e6, "UDP receive buffer"};
	json_t *trial = sample_trial(&one, 1), *paths = json_object(), *row;
	struct result_set set = {.trials = json_pack("[o, O]", trial, trial)};
	char *text[2] = {NULL, NULL};
	size_t size, i;

	json_object_set_new(paths, "a-b", sample_path(1000000, 900000));
	json_object_set_new(paths, "b-a", sample_path(2000000, 2000000));
	json_object_set_new(trial, "paths", paths);
	json_array_foreach (json_object_get(trial, "ledger"), i, row)
		json_object_set_new(row, "path", json_string("a-b"));
	for (i = 0; i < 2; i++) {
		FILE *out = open_memstream(&text[i], &size);

		assert_int_equal(i ? report_html(NULL, &set, out) : report_print(&set, out, 0), 0);
		assert_int_equal(fclose(out), 0);
	}
	assert_has(text[0],
		   "    path    offered   received     lost  loss %  unsent  received pps\n"
		   "    a-b   2,000,000  1,800,000  200,000   10.00       0        900.0k\n"
		   "    b-a   4,000,000  4,000,000        0       0       0        2.000M\n");
	assert_has(text[0], "    25 UDP receive buffer  a-b   200,000      3.33 %  rx:udp");
	assert_has(text[1], "<td>b-a</td><td class=\"n\">4,000,000</td>");
	free(text[0]);
	free(text[1]);
	json_decref(set.trials);
}

static void fits(void **state)
{
	static const int widths[] = {100, 80};
	size_t i;

	for (i = 0; i < 2; i++) {
		char *text = render(three, 3, TERMINAL, widths[i]), *line, *rest = text;

		while ((line = strsep(&rest, "\n")))
			if (strlen(line) > (size_t)widths[i])
				fail_msg("%zu columns: %s", strlen(line), line);
		free(text);
	}
}

static void repeats(void **state)
{
	static const struct sample samples[] = {
		{"udp", NULL, NULL, NULL, 1000, 900, 0, 1000, 900, "a"},
		{"udp", NULL, "invalid", "unsent too many", 1000, 0, 0, 5, 5, "a"},
		{"udp", NULL, NULL, NULL, 1000, 1000, 0, 3000, 1000, "a"},
		{"udp", NULL, NULL, NULL, 1000, 1000, 0, 2000, 2000, "a"},
		{"dpdk", NULL, "failed", "no hugepages", 0, 0, 0, 0, 0, NULL},
		{"xdp", NULL, "invalid", "went backwards", 1000, 500, 0, 7, 7, "b"},
	};
	char *text = render(samples, 6, TERMINAL, 0);

	/* The median of the valid three, and that something was lost in one of them. */
	assert_has(text, "2.000k      1.000k       0         0       0 ");
	assert_has(text, " 0..100  0..10.00");
	assert_has(text, "3/4 [1]");
	assert_has(text, "[1] invalid, 1 of 4 trials: unsent too many\n");
	assert_has(text, "failed [2]");
	assert_has(text, "[2] failed: no hugepages\n");
	assert_has(text, "[3] invalid: went backwards\n"
			 "[3] none is valid: the numbers are of the invalid\n");
	assert_has(text, "\nudp: offered 3,000 = 2,900 received + 100 booked + 0 unexplained\n"
			 "    sum of 3 trials\n");
	assert_has(text, "\ndpdk: n/a, no trial was measured\n    failed: no hugepages\n");
	assert_has(text, "\nxdp (invalid): offered 1,000 = 500 received + 500 booked");
	free(text);
}

/* A point that cannot be had is no trial, no failure and no 0: it stands there with its reason. */
static void skipped(void **state)
{
	static const struct sample samples[] = {
		{"udp", "64", NULL, NULL, 1000, 900, 0, 1000, 900, "a"},
		{"udp", "64", NULL, NULL, 1000, 900, 0, 1000, 900, "a"},
		{"udp", "64", "skipped", "CPU 9 went away", 0, 0, 0, 0, 0, NULL},
		{"udp", "4096", "skipped", "ring of 4096, and 512 is the most", 0, 0, 0, 0, 0,
		 NULL},
		{"udp", "5000", "skipped", "ring of 5000, and 512 is the most", 0, 0, 0, 0, 0,
		 NULL},
		{"udp", "5001", "skipped", "CPU 9 is not there", 0, 0, 0, 0, 0, NULL},
		{"udp", "5002", "skipped", "CPU 9 is not there", 0, 0, 0, 0, 0, NULL},
	};
	char *text = render(samples, 7, TERMINAL, 0);

	assert_has(text, "2 trials at 5 points: 2 valid, 0 invalid, 0 failed; 5 points skipped");
	assert_has(text, "2/2 [1]");
	assert_has(
		text,
		"4096      n/a       n/a     n/a    n/a     n/a  n/a                  n/a  skipped "
		"[2]");
	assert_has(text, "[1] skipped: CPU 9 went away\n"
			 "[2] skipped: ring of 4096, and 512 is the most\n"
			 "[3] skipped: ring of 5000, and 512 is the most\n"
			 "[4] skipped: CPU 9 is not there\n\n");
	/* one reason, one note */
	assert_has(text, "skipped [4]\n5002");
	assert_has(text, "offered 2,000 = 1,800 received");
	assert_has_not(text, "ring 4096: n/a");
	free(text);
	text = render(&samples[3], 1, TERMINAL, 0);
	assert_has(text, "0 trials at 1 points: 0 valid, 0 invalid, 0 failed; 1 point skipped");
	free(text);
	text = render(samples, 7, HTML, 0);
	assert_has(text, "<b class=\"bad\">5</b>points skipped");
	assert_has(text, "<b class=\"\">0</b>failed");
	assert_has(text, "<td class=\"once\">skipped</td>");
	assert_has(text, "ring of 4096, and 512 is the most");
	free(text);
	text = render(samples, 7, CSV, 0);
	assert_has(text, ",skipped,udp,4096,64,,,,");
	assert_has(text, "\"ring of 4096, and 512 is the most\"");
	free(text);
}

/* Opposite remainders are two facts, not none. */
static void remainders(void **state)
{
	static const struct sample samples[] = {
		{"udp", NULL, NULL, NULL, 1000, 995, 5, 1000, 995, "a"},
		{"udp", NULL, NULL, NULL, 1000, 1000, 0, 1000, 1000, "a"},
		{"udp", NULL, NULL, NULL, 1000, 1005, -5, 1000, 1005, "a"},
	};
	char *text = render(samples, 3, TERMINAL, 0);

	assert_has(text, "offered 3,000 = 3,000 received + 0 booked + 0 unexplained\n"
			 "    sum of 3 trials; remainder 10 over all pairs of edges\n");
	assert_has(text, "unexplained, accepted to program       5 ");
	assert_has(text, "unexplained, accepted to program      -5 ");
	free(text);
}

static void zero_accepted(void **state)
{
	static const struct sample samples[] = {
		{"udp", NULL, NULL, NULL, 0, 0, 0, 0, 0, "a"},
		{"dpdk", NULL, "failed", NULL, 0, 0, 0, 0, 0, NULL},
	};
	char *text = render(samples, 2, TERMINAL, 0);

	assert_has(
		text,
		"udp             0         0       0   n/a       0  -                      0  yes");
	assert_has(text,
		   "dpdk          n/a       n/a     n/a   n/a     n/a  n/a                  n/a  "
		   "failed [1]");
	assert_has(text, "[1] failed: no reason stored");
	assert_has_not(text, "nan");
	free(text);
	text = render(samples, 2, HTML, 0);
	assert_has_not(text, "nan");
	assert_has_not(text, "inf");
	free(text);
}

static void no_trials(void **state)
{
	char *text = render(NULL, 0, TERMINAL, 100);

	assert_has(text, "0 trials at 0 points");
	free(text);
	text = render(NULL, 0, HTML, 0);
	assert_has(text, "No trial is stored");
	free(text);
	text = render(NULL, 0, CSV, 0);
	assert_has(text, "run,seq,epoch,");
	free(text);
}

static void one_ledger(void **state)
{
	json_t *t = sample_trial(&three[0], 1);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(report_print_trial_ledger(t, out), 0);
	fclose(out);
	assert_has(text, "udp, frame 64: offered 1,000,000 = 900,000 received + 100,000 booked");
	assert_has(text, "25 UDP receive buffer: raise it\n");
	free(text);
	json_decref(t);
}

static const struct sample hostile[] = {
	{HOSTILE, HOSTILE, "invalid", HOSTILE, 1000, 900, 50, 1000, 900, HOSTILE},
	{HOSTILE, "64", "failed", HOSTILE, 0, 0, 0, 0, 0, HOSTILE},
	{"udp", "64", NULL, NULL, 1000, 900, 0, 1000, 900, HOSTILE},
};

static void hostile_terminal(void **state)
{
	char *text = render(hostile, 3, TERMINAL, 100), *p;

	for (p = text; *p; p++)
		assert_true((*p >= 0x20 && *p < 0x7f) || *p == '\n');
	free(text);
}

/* Tags nest and close; returns the elements seen. */
static size_t check_tags(const char *html)
{
	static const char *const empty[] = {"!DOCTYPE", "meta", "br"};
	char open[64][16];
	size_t depth = 0, seen = 0, i;
	const char *p = html;

	while ((p = strchr(p, '<'))) {
		const char *end = strchr(p, '>');
		bool closing = p[1] == '/', alone;
		char name[16];

		assert_non_null(end);
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(p + 1 + closing, " />\n"),
			 p + 1 + closing);
		alone = end[-1] == '/';
		for (i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
			alone |= !strcmp(name, empty[i]);
		if (closing) {
			assert_true(depth > 0);
			assert_string_equal(open[--depth], name);
		} else if (!alone) {
			assert_true(depth < 64);
			strcpy(open[depth++], name);
		}
		assert_string_not_equal(name, "script");
		seen++;
		p = end;
	}
	assert_int_equal(depth, 0);
	return seen;
}

static void hostile_html(void **state)
{
	char *text = render(hostile, 3, HTML, 0), *p;

	assert_true(check_tags(text) > 50);
	assert_has(text, "&lt;script&gt;alert(1)&lt;/script&gt;");
	assert_has_not(text, "http:");
	assert_has_not(text, "https:");
	for (p = text; *p; p++)
		assert_true((unsigned char)*p >= 0x20 || *p == '\n' || *p == '\t');
	free(text);
	text = render(three, 3, HTML, 0);
	assert_true(check_tags(text) > 50);
	free(text);
}

/* Fields of the first record of *csv, which moves to the next one; field WANTED into out. */
static size_t csv_record(const char **csv, size_t wanted, char *out, size_t size)
{
	const char *p = *csv;
	size_t n = 1, o = 0;
	bool quoted = false;

	for (; *p && (quoted || strncmp(p, "\r\n", 2)); p++) {
		if (quoted && p[0] == '"' && p[1] == '"')
			p++;
		else if (*p == '"') {
			quoted = !quoted;
			continue;
		} else if (!quoted && *p == ',') {
			n++;
			continue;
		}
		if (n - 1 == wanted && o + 1 < size)
			out[o++] = *p;
	}
	out[o] = '\0';
	assert_false(quoted);
	assert_memory_equal(p, "\r\n", 2);
	*csv = p + 2;
	return n;
}

static void csv(void **state)
{
	char *text = render(hostile, 3, CSV, 0), field[256];
	static const struct {
		const char *column, *value[3];
	} rows[] = {
		{"rx.endpoint", {HOSTILE, HOSTILE, "udp"}},
		{"reasons", {HOSTILE, HOSTILE, ""}},
		{"accepted_frames", {"1000", "", "1000"}},
		{"loss_ratio", {"0.1", "", "0.1"}},
		{"remainder_frames", {"50", "", "0"}},
		{"balanced", {"false", "", "true"}},
		{"tx_pps", {"1000", "", "1000"}},
		{"biggest_loss_frames", {"50", "", "100"}},
	};
	size_t i, r, n, c;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *p = text;

		n = csv_record(&p, 0, field, sizeof(field));
		for (c = 0; c < n; c++) {
			p = text;
			csv_record(&p, c, field, sizeof(field));
			if (!strcmp(field, rows[i].column))
				break;
		}
		assert_true(c < n);
		for (r = 0; r < 3; r++) {
			char value[256];
			size_t k, hit = 0;

			/* Sorted by the axes: words as they came, within them the ring. */
			assert_int_equal(csv_record(&p, c, value, sizeof(value)), n);
			for (k = 0; k < 3; k++)
				hit += !strcmp(value, rows[i].value[k]);
			if (!hit)
				fail_msg("%s: '%s'", rows[i].column, value);
		}
		assert_string_equal(p, "");
	}
	free(text);
}

/* A search changes the load at one point: its loads are not repeats of one another. */
static void search_loads(void **state)
{
	struct result_set set = sample_set((const struct sample[]){three[0], three[0]}, 2);
	static const char *const loads[] = {"2Mpps", "500kpps"};
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; i < 2; i++)
		json_put_str(json_object_get(json_object_get(json_array_get(set.trials, i), "plan"),
					     "values"),
			     "traffic.rate", loads[i]);
	assert_int_equal(report_print(&set, out, 100), 0);
	fclose(out);
	assert_has(text, "2 trials at 2 points");
	assert_true(strstr(text, "500kpps") < strstr(text, "2Mpps"));
	free(text);
	json_decref(set.trials);
}

static void files(void **state)
{
	char dir[] = "/tmp/ringloss-test-report-XXXXXX", path[64];
	struct result_set set = sample_set(three, 3);
	struct error err = {0};
	char *text;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/plan.ini", dir);
	assert_int_equal(file_replace(path, "</pre>\xff", 7, &err), 0);
	snprintf(path, sizeof(path), "%s/host-rx.json", dir);
	assert_int_equal(file_replace(path, "{\"cpu\":{\"<b>\":null}}", 20, &err), 0);
	assert_int_equal(report_write_files(dir, &set, &err), 0);
	snprintf(path, sizeof(path), "%s/report.html", dir);
	text = file_read(path, NULL, &err);
	assert_non_null(text);
	check_tags(text);
	assert_has(text, "&lt;/pre&gt;&#xfffd;");
	assert_has(text, "cpu.&lt;b&gt;</th><td>n/a");
	free(text);
	unlink(path);
	snprintf(path, sizeof(path), "%s/summary.csv", dir);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/ranking.json", dir);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/plan.ini", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/host-rx.json", dir);
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
	assert_true(report_write_files(dir, &set, &err) < 0);
	assert_has(err.text, "summary.csv");
	json_decref(set.trials);
}

/* What doctor found: in brief by the worst first, on the page all of it, and of any text. */
static void doctor(void **state)
{
	static const char host[] =
		"{\"doctor\":["
		"{\"check\":\"thp\",\"device\":null,\"state\":\"OK\",\"fact\":\"madvise\"},"
		"{\"check\":\"smt\",\"device\":null,\"state\":\"WARN\",\"fact\":\"<i>\","
		"\"why\":\"w\",\"remedy\":\"echo off\"},"
		"{\"check\":\"pause\",\"device\":\"eth5\",\"state\":\"WARN\",\"remedy\":null},"
		"{\"check\":\"eee\",\"device\":\"eth5\",\"state\":\"N/A\"},"
		"{\"check\":\"link\",\"device\":\"eth5\",\"state\":\"FAIL\"}]}";
	char dir[] = "/tmp/ringloss-test-report-XXXXXX", path[64];
	struct result_set set = sample_set(three, 3);
	struct error err = {0};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(mkdtemp(dir));
	set.folder = dir;
	snprintf(path, sizeof(path), "%s/host-rx.json", dir);
	assert_int_equal(file_replace(path, host, strlen(host), &err), 0);
	snprintf(path, sizeof(path), "%s/host-tx.json", dir);
	assert_int_equal(file_replace(path, "{\"doctor\":[", 11, &err), 0);
	assert_int_equal(report_print(&set, out, 100), 0);
	fclose(out);
	assert_has(text, "What doctor found at the hosts\n"
			 "  rx: 1 FAIL (link on eth5), 2 WARN (smt, pause on eth5)\n");
	assert_null(strstr(text, "  tx: 1"));
	free(text);
	text = NULL;
	out = open_memstream(&text, &size);
	assert_int_equal(report_html(dir, &set, out), 0);
	fclose(out);
	check_tags(text);
	assert_has(text, "<td>host</td><td>smt</td><td>WARN</td><td>&lt;i&gt;</td><td>w</td>"
			 "<td>echo off</td>");
	assert_has(text, "<td>eth5</td><td>eee</td><td>N/A</td>");
	free(text);
	unlink(path);
	snprintf(path, sizeof(path), "%s/host-rx.json", dir);
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
	json_decref(set.trials);
}

static void many(void **state)
{
	struct result_set set = {.trials = json_array()};
	struct sample s = three[0];
	char ring[16], *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; i < 10000; i++) {
		snprintf(ring, sizeof(ring), "%zu", i % 5000);
		s.ring = ring;
		json_array_append_new(set.trials, sample_trial(&s, i));
	}
	assert_int_equal(report_print(&set, out, 100), 0);
	fclose(out);
	assert_has(text, "10000 trials at 5000 points: 10000 valid");
	free(text);
	out = open_memstream(&text, &size);
	assert_int_equal(report_html(NULL, &set, out), 0);
	fclose(out);
	assert_has(text, "The first 1000 of 5000");
	free(text);
	json_decref(set.trials);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(fits),
		cmocka_unit_test(skipped),
		cmocka_unit_test(repeats),
		cmocka_unit_test(remainders),
		cmocka_unit_test(zero_accepted),
		cmocka_unit_test(no_trials),
		cmocka_unit_test(one_ledger),
		cmocka_unit_test(hostile_terminal),
		cmocka_unit_test(hostile_html),
		cmocka_unit_test(csv),
		cmocka_unit_test(search_loads),
		cmocka_unit_test(files),
		cmocka_unit_test(doctor),
		cmocka_unit_test(many),
		cmocka_unit_test(several_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
