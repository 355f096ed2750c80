/*
 * What reports say of a sweep's settings: from synthetic trials to the terminal's text, the page
 * and ranking.json. Whether the numbers are right is tested in test_rank.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "ranking.h"
#include "report.h"

#define FRAMES 20000

/* A trial of a sweep over ring and affinity; what took effect is read back. */
struct sample {
	const char *ring, *affinity, *rate, *verdict;
	int repeat, lost;
	const char *ring_effective, *affinity_effective;
	const char *tx_ring, *zip; /* NULL: no such key */
};

static json_t *trial(const struct sample *s, size_t seq)
{
	json_t *t = json_pack(
		"{s:i, s:s, s:I, s:s, s:{s:s, s:{s:s}}, s:{s:s, s:s}, s:i, s:s, s:{s:b, s:[]}, "
		"s:{s:{s:s, s:{s:{}, s:{s:s, s:s}}}}}",
		"schema", 1, "run", "sweep", "seq", (json_int_t)seq, "time",
		"2026-01-31T12:00:00.123Z", "plan", "name", "sweep", "values", "traffic.rate",
		s->rate ? s->rate : "100kpps", "point", "rx.nic.rx_ring", s->ring,
		"rx.irq.affinity", s->affinity, "repeat", s->repeat, "verdict",
		s->verdict ? s->verdict : "valid", "validity", "valid", !s->verdict, "reasons",
		"sides", "rx", "role", "sink", "settings", "asked", "effective", "nic.rx_ring",
		s->ring_effective ? s->ring_effective : s->ring, "irq.affinity",
		s->affinity_effective ? s->affinity_effective : s->affinity);

	assert_non_null(t);
	if (s->tx_ring)
		json_put_str(json_object_get(t, "point"), "tx.nic.rx_ring", s->tx_ring);
	if (s->zip)
		json_put_str(json_object_get(json_object_get(t, "plan"), "values"), "plan.zip",
			     s->zip);
	if (s->verdict && strcmp(s->verdict, "invalid") != 0)
		return t;
	json_object_update_new(
		t, json_pack("{s:{s:i, s:i, s:i}, s:{s:i}, s:{s:i, s:f}, s:{s:f, s:f}, s:f, s:{}, "
			     "s:[], s:i, s:b}",
			     "offered", "intended", FRAMES, "unsent", 0, "accepted", FRAMES,
			     "received", "unique", FRAMES - s->lost, "loss", "frames", s->lost,
			     "ratio", (double)s->lost / FRAMES, "rates", "tx_pps", 1e5, "rx_pps",
			     5.0 * (FRAMES - s->lost), "duration_s", 0.2, "paths", "ledger",
			     "remainder", 0, "balanced", 1));
	return t;
}

enum format { TERMINAL, HTML, DATA };

/* The report as text; the caller frees. */
static char *render(const struct sample *samples, size_t n, enum format format, int columns)
{
	struct result_set set = {.trials = json_array()};
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);
	int ret;

	for (i = 0; i < n; i++)
		json_array_append_new(set.trials, trial(&samples[i], i + 1));
	ret = format == TERMINAL ? report_print(&set, out, columns)
	      : format == HTML   ? report_html(NULL, &set, out)
				 : report_ranking_json(&set, out);
	assert_int_equal(ret, 0);
	assert_int_equal(fclose(out), 0);
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

#define RING_MAX 3
#define SWEEP_MAX (RING_MAX * 2 * 5)

/*
 * Rings 64, 100 (a driver makes 128 of it) and 4096, interrupts on the same or a far CPU, in
 * REPEATS rounds of another order each. Far costs 2,000 frames with the smallest ring, and nothing
 * else.
 */
static size_t make_sweep(struct sample *samples, int repeats, const char *rate)
{
	static const char *const ring[RING_MAX] = {"64", "100", "4096"};
	static const int lost[RING_MAX] = {12000, 5000, 0};
	size_t n = 0, i;
	int r;

	for (r = 0; r < repeats; r++)
		for (i = 0; i < (size_t)RING_MAX * 2; i++) {
			size_t at = (5 * i + (size_t)r) % (RING_MAX * 2), a = at / 2;
			bool far = at % 2;
			int noise = lost[a] ? (int)((at * 7 + (size_t)r * 13) % 11) * 10 - 50 : 0;

			samples[n++] = (struct sample){
				.ring = ring[a],
				.affinity = far ? "far" : "same",
				.rate = rate,
				.repeat = r + 1,
				.lost = lost[a] + (far && !a ? 2000 : 0) + noise,
				.ring_effective = a == 1 ? "128" : NULL,
				.affinity_effective = far ? "4 5" : "1",
			};
		}
	return n;
}

static void what_matters(void **state)
{
	struct sample samples[SWEEP_MAX];
	size_t n = make_sweep(samples, 5, NULL);
	char *text = render(samples, n, TERMINAL, 100), *at = strstr(text, "What matters");

	assert_non_null(at);
	assert_has(at, "  Variation in loss: rx.nic.rx_ring 99 %, rx.irq.affinity 0.4 %, "
		       "interactions 0.8 %, noise <0.1 %.");
	assert_has(at, "  axis             value           loss %  worse than the best by\n");
	assert_has(at, "  rx.nic.rx_ring   64               64.96  64.96 (64.82..65.10)\n");
	assert_has(at, "                   100 (128)        25.00  25.00 (24.86..25.14)\n");
	assert_has(at, "                   4096       0 (<1.5e-3)  best\n");
	assert_has(at, "  rx.irq.affinity  same (1)         28.31  best\n");
	assert_has(at, "  1-2 tie             0 (<3e-3)  rx_ring 4096, same (1)\n");
	assert_has(at, "rx.nic.rx_ring x rx.irq.affinity: rx.irq.affinity shows a difference only "
		       "at");
	assert_has(at, "    rx.nic.rx_ring  same (1)  far (4 5)\n");
	assert_has(at, "    64                 ");
	/* 100 kpps: received pps would say the same again */
	assert_has_not(at, "received pps");
	assert_has_not(at, "Left out");
	/* The table has it, too. */
	assert_has(text, "\n100 (128)  ");
	free(text);
}

static void at_max(void **state)
{
	struct sample samples[SWEEP_MAX];
	size_t n = make_sweep(samples, 5, "max");
	char *text = render(samples, n, TERMINAL, 0), *at = strstr(text, "What matters");

	assert_non_null(at);
	assert_has(at, "  Variation in received pps at rate max: rx.nic.rx_ring 99 %");
	assert_has(at, "loss %  worse than the best by  received pps  worse than the best by\n");
	assert_has(at, "100.0k  best\n");
	assert_has(at, "received pps  point\n");
	free(text);
	/* Where that is too wide, received pps has its ranking of points only. */
	text = render(samples, n, TERMINAL, 80);
	at = strstr(text, "What matters");
	assert_has_not(at, "received pps  worse");
	assert_has(at, "received pps  point\n");
	free(text);
}

static void fits(void **state)
{
	static const int widths[] = {100, 80};
	struct sample samples[SWEEP_MAX];
	size_t n = make_sweep(samples, 5, "max"), i;

	for (i = 0; i < 2; i++) {
		char *text = render(samples, n, TERMINAL, widths[i]), *line, *rest, *end;

		rest = strstr(text, "What matters");
		end = strstr(rest, "\n\nrx_ring");
		assert_non_null(end);
		*end = '\0';
		while ((line = strsep(&rest, "\n")))
			if (strlen(line) > (size_t)widths[i])
				fail_msg("%zu columns: %s", strlen(line), line);
		free(text);
	}
}

/* Lines of OUT between FROM and the next empty line, for a look at how points are told apart. */
static char *cut_out(char *text, const char *from)
{
	char *at = strstr(text, from), *end = at ? strstr(at, "\n\n") : NULL;

	assert_non_null(at);
	if (end)
		*end = '\0';
	return at;
}

/* Points are never cut: what does not fit stands in the next line. */
static void long_points(void **state)
{
	static const struct {
		const char *affinity; /* of the points that are far; 40 and more of it are alike */
		const char *parts[2];
	} rows[] = {
		{"a_word_that_is_as_long_as_others_is_1",
		 {"  rx_ring 4096,\n", "    a_word_that_is_as_long_as_others_is_1 (4 5)\n"}},
		/* no place to break it */
		{"a_word_that_is_as_long_as_others_are_and_does_not_end_there_but_goes_on_to_1",
		 {"  rx_ring 4096,\n", "_1 (4 5)\n"}},
	};
	struct sample samples[SWEEP_MAX];
	size_t n, i, k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text, *at, *line;

		n = make_sweep(samples, 5, NULL);
		for (k = 0; k < n; k++)
			if (!strcmp(samples[k].affinity, "far"))
				samples[k].affinity = rows[i].affinity;
		text = render(samples, n, TERMINAL, 80);
		at = cut_out(text, "  rank ");
		assert_has(at, rows[i].parts[0]);
		assert_has(at, rows[i].parts[1]);
		assert_has_not(at, "...\n");
		while ((line = strsep(&at, "\n")))
			assert_true(strlen(line) <= 80);
		free(text);
	}
}

/* Axes of the same last word: one name and value if they run together, or each its own name. */
static void same_word(void **state)
{
	static const struct {
		const char *tx_ring[RING_MAX], *parts[2];
	} rows[] = {
		{{"64", "128", "4096"},
		 {"  rx_ring 4096, same (1)\n", "  rx_ring 64, far (4 5)\n"}},
		{{"64", "100", "4096"},
		 {"  rx.nic.rx_ring 100 (128), same (1), tx.nic.rx_ring 100\n",
		  "  rx.nic.rx_ring 64, far (4 5), tx.nic.rx_ring 64\n"}},
		{{"a", "b", "c"},
		 {"  rx.nic.rx_ring 4096, same (1), tx c\n",
		  "  rx.nic.rx_ring 64, far (4 5), tx a\n"}},
		{{"1", "2", "3"},
		 {"  rx.nic.rx_ring 4096, same (1), tx.nic.rx_ring 3\n",
		  "  rx.nic.rx_ring 64, far (4 5), tx.nic.rx_ring 1\n"}},
	};
	struct sample samples[SWEEP_MAX];
	size_t i, k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = make_sweep(samples, 5, NULL);
		char *text;

		for (k = 0; k < n; k++) {
			const char *ring = samples[k].ring;

			samples[k].tx_ring = rows[i].tx_ring[!strcmp(ring, "64")    ? 0
							     : !strcmp(ring, "100") ? 1
										    : 2];
			if (!i && !strcmp(ring, "100"))
				samples[k].ring = "128";
		}
		text = render(samples, n, TERMINAL, 0);
		assert_has(text, rows[i].parts[0]);
		assert_has(text, rows[i].parts[1]);
		free(text);
	}
}

/* Values that are long and alike at their beginning are shown as far as they differ. */
static void long_values(void **state)
{
	static const char stem[] = "0-1,2-3,4-5,6-7,8-9,10-11,12-13,14-15,16-17,18-19,20-21,22";
	char words[2][80];
	struct sample samples[SWEEP_MAX];
	size_t n = make_sweep(samples, 5, NULL), i;
	char *text;

	for (i = 0; i < 2; i++)
		snprintf(words[i], sizeof(words[i]), "%s-%zu", stem, i + 23);
	for (i = 0; i < n; i++)
		samples[i].affinity = words[!strcmp(samples[i].affinity, "far")];
	text = render(samples, n, TERMINAL, 0);
	cut_out(text, "  axis ");
	assert_has(strstr(text, "  axis "), words[0]);
	assert_has(strstr(text, "  axis "), words[1]);
	free(text);
}

/* With one repeat nobody asked for noise; with two it is not known, and that is said. */
static void too_few(void **state)
{
	struct sample samples[SWEEP_MAX];
	char *text = render(samples, make_sweep(samples, 1, NULL), TERMINAL, 100);

	assert_has_not(text, "What matters");
	free(text);
	text = render(samples, make_sweep(samples, 2, NULL), TERMINAL, 0);
	assert_has(text,
		   "What matters\n  n/a. 6 of 6 points have less than 3 valid repeats, so their "
		   "noise is not known; give plan.repeats = 5 or more.\n");
	free(text);
	text = render(samples, make_sweep(samples, 2, NULL), DATA, 0);
	assert_has(text, "\"standing\": \"unknown\"");
	assert_has(text, "\"noise\": null");
	assert_has_not(text, "\"standing\": \"best\"");
	free(text);
}

/* What is not valid counts nowhere, and is told; so is a point that has too little left. */
static void left_out(void **state)
{
	struct sample samples[SWEEP_MAX];
	size_t n = make_sweep(samples, 5, NULL), i, voided = 0, far = 0;
	char *text, *at;

	for (i = 0; i < n; i++) {
		bool is_100 = !strcmp(samples[i].ring, "100");

		if (!is_100 || strcmp(samples[i].affinity, "far") != 0 || voided == 3)
			continue;
		samples[i].lost = FRAMES;
		samples[i].verdict = voided++ ? "failed" : "invalid";
		far++;
	}
	assert_int_equal(far, 3);
	text = render(samples, n, TERMINAL, 0);
	at = strstr(text, "What matters");
	assert_has(at,
		   "Left out: 3 of 30 trials, which are not valid. 1 of 6 points have less than "
		   "3 valid repeats, so their noise is not known; give plan.repeats = 5 or "
		   "more.\n");
	/* Of the lost point's two others the mean stays that of the valid trials. */
	assert_has(at,
		   "  6                       25.05  rx_ring 100 (128), far (4 5)\n  Points with "
		   "fewer than 3 valid repeats come last.\n");
	free(text);
	text = render(samples, make_sweep(samples, 5, NULL), TERMINAL, 0);
	assert_has_not(text, "come last");
	assert_has_not(text, "Points that tie");
	free(text);
}

/* A noisy point ties with the best, and so stands before a better mean that does not: said. */
static void mixed_order(void **state)
{
	static const int lost[RING_MAX] = {100, 300, 2000}; /* of rings 64, 100 and 4096 */
	struct sample samples[SWEEP_MAX];
	size_t n = make_sweep(samples, 5, NULL), i, kept = 0;
	char *text;

	for (i = 0; i < n; i++) {
		size_t a = !strcmp(samples[i].ring, "64")    ? 0
			   : !strcmp(samples[i].ring, "100") ? 1
							     : 2;

		if (!strcmp(samples[i].affinity, "far"))
			continue;
		samples[i].lost = lost[a] + (a == 2 && samples[i].repeat < 5 ? -1900 : 0) +
				  (a == 2 && samples[i].repeat == 5 ? 7000 : 0) + samples[i].repeat;
		samples[kept++] = samples[i];
	}
	text = render(samples, kept, TERMINAL, 0);
	assert_has(text,
		   "  Points that tie with the best of their group stand with it, before means "
		   "that are better than theirs and can be told from it.\n");
	assert_has_not(text, "come last");
	free(text);
}

/* Trials of each ring together in every round: said, and of no axis that has one value left. */
static void in_blocks(void **state)
{
	struct sample samples[SWEEP_MAX + 5], sorted[SWEEP_MAX + 5];
	size_t n = make_sweep(samples, 5, NULL), i, k, kept = 0;
	static const char *const order[] = {"100", "4096", "64"};
	char *text;
	int r;

	for (r = 1; r <= 5; r++)
		for (k = 0; k < RING_MAX; k++)
			for (i = 0; i < n; i++)
				if (samples[i].repeat == r &&
				    !strcmp(samples[i].ring, order[((size_t)r + k) % RING_MAX]))
					sorted[kept++] = samples[i];
	assert_int_equal(kept, n);
	text = render(sorted, n, TERMINAL, 0);
	assert_has(text, "so that the rounds are what is repeated: rx.nic.rx_ring.\n");
	free(text);
	text = render(samples, n, TERMINAL, 0);
	assert_has_not(text, "Set block by block");
	free(text);
	/* A second affinity that never came to a valid trial. */
	for (i = kept = 0; i < n; i++) {
		if (!strcmp(samples[i].affinity, "far")) {
			if (samples[i].repeat > 1)
				continue;
			samples[i].verdict = "failed";
		}
		sorted[kept++] = samples[i];
	}
	text = render(sorted, kept, TERMINAL, 0);
	assert_has(text, "  Variation in loss: rx.nic.rx_ring >99.9 %");
	assert_has_not(strstr(text, "What matters"), "rx.irq.affinity");
	free(text);
}

/* Axes that run together are one: by the points alone, or as plan.zip has it. */
static void together(void **state)
{
	static const struct {
		const char *tx_ring[RING_MAX]; /* of rings 64, 100 and 4096 */
		const char *zip;
		const char *axis, *values[2]; /* that are there */
	} rows[] = {
		{{"64", "100", "4096"},
		 NULL,
		 "rx.nic.rx_ring+tx.nic.rx_ring",
		 {"  64, 64 ", "  100 (128), 100 "}},
		{{"3", "2", "1"},
		 NULL,
		 "rx.nic.rx_ring+tx.nic.rx_ring",
		 {"  64, 3 ", "  4096, 1 "}},
		{{"3", "3", "1"},
		 "a.x+b.x,tx.nic.rx_ring + rx.nic.rx_ring",
		 "rx.nic.rx_ring+tx.nic.rx_ring",
		 {"  64, 3 ", "  100 (128), 3 "}},
		{{"3", NULL, "1"},
		 "rx.nic.rx_ring+tx.nic.rx_ring",
		 "rx.nic.rx_ring+tx.nic.rx_ring",
		 {"  64, 3 ", "  100 (128), - "}},
		/* No one-to-one, no zip: two questions that these points do not tell apart. */
		{{"3", "3", "1"}, NULL, "several axes", {"  64 ", "  3 "}},
		{{"3", "3", "1"}, "tx.nic.rx_ring+a.x", "several axes", {"  64 ", "  3 "}},
	};
	struct sample samples[SWEEP_MAX];
	size_t n = make_sweep(samples, 5, NULL), i, k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool joined = strchr(rows[i].axis, '+');
		char *text, *at;
		json_t *all, *axes, *axis;

		for (k = 0; k < n; k++) {
			const char *ring = samples[k].ring;

			samples[k].zip = rows[i].zip;
			samples[k].tx_ring = rows[i].tx_ring[!strcmp(ring, "64")    ? 0
							     : !strcmp(ring, "100") ? 1
										    : 2];
		}
		text = render(samples, n, TERMINAL, 0);
		at = strstr(text, "What matters");
		assert_non_null(at);
		assert_has(at, rows[i].axis);
		assert_has(at, rows[i].values[0]);
		assert_has(at, rows[i].values[1]);
		if (joined) {
			assert_has(at, "loss: rx.nic.rx_ring+tx.nic.rx_ring 99 %");
			assert_has_not(at, "n/a");
		}
		free(text);
		text = render(samples, n, DATA, 0);
		all = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
		axes = json_object_get(json_object_get(all, "loss_ratio"), "axes");
		assert_int_equal(json_array_size(axes), joined ? 2 : 3);
		axis = json_array_get(axes, 0);
		if (joined)
			assert_string_equal(json_str(axis, "axis", ""), rows[i].axis);
		json_decref(all);
		free(text);
	}
}

/* Where each ring goes with values of its own, none is the best, and that is said. */
static void none_best(void **state)
{
	static const char *const own[2][2] = {{"near", "far"}, {"off", "on"}};
	struct sample samples[SWEEP_MAX];
	size_t n = make_sweep(samples, 5, NULL), i, kept = 0;
	char *text, *at;

	for (i = 0; i < n; i++) {
		bool far = !strcmp(samples[i].affinity, "far");

		if (!strcmp(samples[i].ring, "100"))
			continue;
		samples[i].tx_ring = own[!strcmp(samples[i].ring, "64")][far];
		samples[i].affinity = "same";
		samples[kept++] = samples[i];
	}
	text = render(samples, kept, TERMINAL, 0);
	at = strstr(text, "What matters");
	assert_non_null(at);
	assert_has(at, "  n/a\n                  4096 ");
	assert_has(at, "No value is called the best of rx.nic.rx_ring: no two points that differ "
		       "in nothing else have 3 valid repeats each.");
	assert_has(at, "  best\n");
	free(text);
	text = render(samples, kept, DATA, 0);
	assert_has(text, "\"standing\": \"unknown\"");
	free(text);
}

/* An axis of one value is no question. */
static void one_value(void **state)
{
	struct sample samples[SWEEP_MAX];
	size_t n = make_sweep(samples, 5, NULL), i, kept = 0;
	char *text;

	for (i = 0; i < n; i++)
		if (!strcmp(samples[i].ring, "64") && !strcmp(samples[i].affinity, "far"))
			samples[kept++] = samples[i];
	text = render(samples, kept, TERMINAL, 100);
	assert_has_not(text, "What matters");
	assert_has(text, "at every point: rx.nic.rx_ring = 64, rx.irq.affinity = far (4 5)\n");
	free(text);
	text = render(samples, kept, HTML, 0);
	assert_has_not(text, "What matters");
	free(text);
	free(render(samples, kept, DATA, 0));
	free(render(samples, 0, DATA, 0));
}

/* Asked and in effect: only what differs is shown twice. */
static void effective(void **state)
{
	static const struct {
		const char *asked, *effective, *shown;
	} rows[] = {
		{"64", "64", "\n64    "},
		{"100", "128", "\n100 (128)"},
		{"64K", "65536", "\n64K   "},
		{"10ms", "10000 us", "\n10ms  "},
		{"on", "1", "\non   "},
		{"off", "on", "\noff (on)"},
		{"same", "0-3 0-3", "\nsame (0-3 0-3)"},
		{"a", "", "\na   "},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sample samples[] = {
			{.ring = rows[i].asked,
			 .affinity = "x",
			 .ring_effective = rows[i].effective},
			{.ring = "zz", .affinity = "x"},
		};
		char *text = render(samples, 2, TERMINAL, 0);

		assert_has(text, rows[i].shown);
		free(text);
	}
	{
		const struct sample differs[] = {
			{.ring = "100", .affinity = "x", .repeat = 1, .ring_effective = "128"},
			{.ring = "100", .affinity = "x", .repeat = 2, .ring_effective = "64"},
			{.ring = "zz", .affinity = "x"},
		};
		char *text = render(differs, 3, TERMINAL, 0);

		assert_has(text, "\n100 (varies)");
		free(text);
	}
}

static void page(void **state)
{
	struct sample samples[SWEEP_MAX];
	size_t n = make_sweep(samples, 5, "max"), i;
	char *text;

	for (i = 0; i < n; i++)
		if (!strcmp(samples[i].affinity, "far"))
			samples[i].affinity = "<b>&\"far";
	text = render(samples, n, HTML, 0);
	assert_has(text, "<h2>What matters</h2>");
	assert_has(text, "<td>100 (128)</td><td class=\"n\">25.0");
	assert_has(text, "<circle class=\"dot\" cx=\"97.");
	assert_has(text, "0 (&lt;1.5e-3)</td><td class=\"once\">best</td>");
	assert_has(text, "<th class=\"n\">&lt;b&gt;&amp;&quot;far (4 5)</th>");
	assert_has_not(text, "<b>&");
	assert_has_not(text, "nan");
	free(text);
}

static void data(void **state)
{
	struct sample samples[SWEEP_MAX];
	char *text = render(samples, make_sweep(samples, 5, "max"), DATA, 0);
	json_t *all = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *loss, *axis, *value, *x;
	double sum = 0, share;
	const char *key;
	size_t i;

	assert_non_null(all);
	assert_int_equal(json_s64(all, "trials_used", 0), 30);
	loss = json_object_get(all, "loss_ratio");
	json_array_foreach (json_object_get(loss, "axes"), i, axis)
		sum += json_num(axis, "share", NAN);
	json_object_foreach (json_object_get(loss, "other_shares"), key, value)
		sum += json_real_value(value);
	assert_float_equal(sum, 1, 1e-6);
	axis = json_array_get(json_object_get(loss, "axes"), 0);
	assert_string_equal(json_str(axis, "axis", ""), "rx.nic.rx_ring");
	assert_string_equal(json_str(axis, "compared", ""), "trials");
	assert_true(json_flag(axis, "matters", false));
	value = json_array_get(json_object_get(axis, "values"), 1);
	assert_string_equal(json_str(value, "value", ""), "100");
	assert_string_equal(json_str(value, "shown", ""), "100 (128)");
	assert_string_equal(json_str(value, "standing", ""), "worse");
	share = json_num(value, "difference", 0);
	assert_true(json_num(value, "low", 1) < share && share < json_num(value, "high", 0));
	value = json_array_get(json_object_get(axis, "values"), 2);
	assert_float_equal(json_num(value, "zero_bound", 0), 3.0 / (10 * FRAMES), 1e-7);
	x = json_array_get(json_object_get(loss, "interactions"), 0);
	assert_string_equal(json_string_value(json_array_get(json_object_get(x, "at"), 0)), "64");
	assert_string_equal(json_str(x, "to", ""), "far");
	assert_float_equal(json_num(x, "difference", 0), 0.1, 0.01);
	value = json_array_get(json_object_get(loss, "points"), 0);
	assert_int_equal(json_s64(value, "rank_last", 0), 2);
	assert_string_equal(json_str(json_object_get(value, "point"), "rx.nic.rx_ring", ""),
			    "4096");
	json_decref(all);
	free(text);
}

/* Numbers beside their uncertainty: as many digits as it leaves, and no 0 that is none. */
static void roundings(void **state)
{
	static const struct {
		enum ranked what;
		struct rank_value value;
		const char *text;
	} rows[] = {
		{RANKED_LOSS,
		 {.difference = 0.12345, .low = 0.12, .high = 0.1269, .standing = RANK_WORSE},
		 "12.3 (12.0..12.7)"},
		{RANKED_LOSS,
		 {.difference = 0.84, .low = 0.6, .high = 1.08, .standing = RANK_WORSE},
		 "84 (60..108)"},
		{RANKED_LOSS,
		 {.difference = 1e-6, .low = -0.02, .high = 0.02, .standing = RANK_TIE},
		 "0.0001 (-2.0..2.0) tie"},
		{RANKED_LOSS,
		 {.difference = 0, .low = 0, .high = 0, .standing = RANK_TIE},
		 "0 (0..0) tie"},
		{RANKED_LOSS,
		 {.difference = -0.001, .low = -0.02, .high = 0.018, .standing = RANK_TIE},
		 "tie"},
		{RANKED_RECEIVED,
		 {.difference = 10, .low = -20, .high = 40, .standing = RANK_TIE},
		 "tie"},
		{RANKED_LOSS, {.standing = RANK_BEST}, "best"},
		{RANKED_LOSS,
		 {.difference = NAN, .low = NAN, .high = NAN, .standing = RANK_UNKNOWN},
		 "n/a"},
		{RANKED_RECEIVED,
		 {.difference = -12345, .low = -14000, .high = -10690, .standing = RANK_WORSE},
		 "12.3k (10.7k..14.0k)"},
		{RANKED_RECEIVED,
		 {.difference = -2.5e6, .low = -5e6, .high = 4e3, .standing = RANK_TIE},
		 "2.5M (-0.004M..5.0M) tie"},
	};
	char buf[WORDS_LEN];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(words_worse(buf, rows[i].what, &rows[i].value), rows[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_matters), cmocka_unit_test(at_max),
		cmocka_unit_test(fits),         cmocka_unit_test(too_few),
		cmocka_unit_test(long_points),  cmocka_unit_test(same_word),
		cmocka_unit_test(long_values),  cmocka_unit_test(left_out),
		cmocka_unit_test(mixed_order),  cmocka_unit_test(in_blocks),
		cmocka_unit_test(together),     cmocka_unit_test(none_best),
		cmocka_unit_test(one_value),    cmocka_unit_test(effective),
		cmocka_unit_test(page),         cmocka_unit_test(data),
		cmocka_unit_test(roundings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
