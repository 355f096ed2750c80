/*
 * What the reports say of bursts and of the time of loss: only what samples say, and nothing where
 * they cannot tell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "shape.h"

#define BURST 100

struct row {
	const char *what;
	const char *t_s, *accepted, *received;
	bool told;
	double from_s, to_s;
};

static const struct row rows[] = {
	{"nothing lost", "[0.1, 0.2]", "[1000, 2000]", "[1000, 2000]", false, 0, 0},
	{"no samples", "[]", "[]", "[]", false, 0, 0},
	{"within one interval", "[0.1, 0.2, 0.3]", "[10000, 20000, 30000]", "[10000, 15000, 25000]",
	 true, 0.1, 0.2},
	{"in the first one", "[0.1, 0.2, 0.3]", "[10000, 20000, 30000]", "[5000, 15000, 25000]",
	 true, 0, 0.1},
	{"in the last one", "[0.1, 0.2, 0.25]", "[10000, 20000, 25000]", "[10000, 20000, 24000]",
	 true, 0.2, 0.25},
	{"all the time", "[0.1, 0.2, 0.3]", "[10000, 20000, 30000]", "[9000, 18000, 27000]", true,
	 0, 0.3},
	{"over two intervals", "[0.1, 0.2, 0.3, 0.4]", "[10000, 20000, 30000, 40000]",
	 "[10000, 15000, 20000, 30000]", true, 0.1, 0.3},
	{"frames on their way are not lost", "[0.1, 0.2, 0.3, 0.4]", "[10000, 20000, 30000, 40000]",
	 "[9900, 20000, 10000, 20000]", true, 0.2, 0.3},
	{"a queue that drains once before the end of it", "[0.1, 0.2, 0.3, 0.4]",
	 "[10000, 30000, 30000, 50000]", "[10000, 10000, 20000, 30000]", true, 0.1, 0.4},
	{"more under way than lost: not to be told", "[0.1, 0.2, 0.3]", "[10000, 20000, 30000]",
	 "[5000, 15000, 29000]", false, 0, 0},
	{"fewer than a burst could hide", "[0.1, 0.2, 0.3]", "[10000, 20000, 30000]",
	 "[10000, 19001, 29001]", false, 0, 0},
	{"just as many as are told", "[0.1, 0.2, 0.3]", "[10000, 20000, 30000]",
	 "[10000, 19000, 29000]", true, 0.1, 0.2},
	{"a sink that stood still once and lost nothing by it", "[0.1, 0.2, 0.3, 0.4]",
	 "[10000, 20000, 30000, 40000]", "[10000, 17000, 28000, 38000]", true, 0.1, 0.2},
	/* sent and received before it counted as accepted */
	{"a burst that is being handed over", "[0.1, 0.2, 0.3]", "[9950, 19950, 30000]",
	 "[10000, 19000, 29000]", true, 0.1, 0.2},
	{"a hole in the samples", "[0.1, 0.2, 0.3]", "[10000, null, 30000]",
	 "[10000, 15000, 25000]", false, 0, 0},
	{"a column that is shorter", "[0.1, 0.2]", "[10000, 20000]", "[10000]", false, 0, 0},
	{"more received than sent", "[0.1, 0.2]", "[10000, 20000]", "[10000, 20100]", false, 0, 0},
};

static json_t *parse(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);

	assert_non_null(json);
	return json;
}

static void test_when(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		json_t *t = parse(row->t_s), *a = parse(row->accepted), *r = parse(row->received);
		double from = -1, to = -1;
		bool told = shape_when(t, a, r, BURST, &from, &to);

		if (told != row->told || (told && (from != row->from_s || to != row->to_s)))
			fail_msg("%s: %d, from %g to %g", row->what, told, from, to);
		json_decref(t);
		json_decref(a);
		json_decref(r);
	}
	assert_false(shape_when(NULL, NULL, NULL, BURST, &(double){0}, &(double){0}));
}

static void test_words(void **state)
{
	const struct {
		struct loss_shape shape;
		const char *words;
	} words[] = {
		{{.n_trials = 1,
		  .count = 12,
		  .longest = 3400,
		  .of_flow = 3400,
		  .timed = true,
		  .from_s = 0.4001,
		  .to_s = 0.6},
		 "loss in 12 bursts, longest 3,400 frames, four fifths of it between 0.400 s and "
		 "0.600 s"},
		{{.n_trials = 1, .count = 1, .longest = 8, .of_flow = 2},
		 "loss in 1 burst, longest 8 frames (of one flow 2 in a row)"},
		/* flows that go to different queues of the sink are lost one without the other */
		{{.n_trials = 1, .count = 9, .longest = 1, .of_flow = 9},
		 "loss in 9 bursts, longest 1 frame (of one flow 9 in a row)"},
		{{.n_trials = 3, .count = 5, .longest = 2, .of_flow = 2},
		 "loss in 5 bursts of 3 trials, longest 2 frames"},
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char *text = shape_words(&words[i].shape);

		assert_string_equal(text, words[i].words);
		free(text);
	}
}

#define TRIAL                                                                                      \
	"{\"verdict\": \"valid\", \"seq\": 7, \"point\": {\"rx.ring\": \"64\"},"                   \
	"\"offered\": {\"intended\": 300, \"unsent\": 0, \"accepted\": 300},"                      \
	"\"received\": {\"frames\": 250, \"unique\": 250}, \"loss\": {\"frames\": 50},"            \
	"\"queue_bursts\": {\"count\": 2, \"longest\": 40}, \"bursts\": {\"longest\": 20}, "       \
	"\"ledger\": [],"                                                                          \
	"\"paths\": {\"a-b\": {\"from\": \"a\", \"to\": \"b\", \"flows\": 1,"                      \
	"\"offered\": {\"accepted\": 300}, \"received\": {\"unique\": 250},"                       \
	"\"queue_bursts\": {\"count\": 2, \"longest\": 40}, \"bursts\": {\"longest\": 20}}}%s}"
#define SERIES                                                                                     \
	", \"series\": {\"interval_s\": 0.1, \"t_s\": [0.1, 0.2, 0.25], \"paths\": {\"a-b\": {"    \
	"\"accepted\": [10000, 20000, 25000], \"received\": [10000, 15000, 20000]}}}"

/* Reports of N trials with or without samples. */
static char *report(int (*print)(const struct result_set *set, FILE *out), const char *series,
		    size_t n)
{
	struct result_set set = {.trials = json_array()};
	char line[2000], *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	snprintf(line, sizeof(line), TRIAL, series);
	while (n--)
		json_array_append_new(set.trials, parse(line));
	assert_non_null(out);
	assert_int_equal(print(&set, out), 0);
	fclose(out);
	json_decref(set.trials);
	return text;
}

static int terminal(const struct result_set *set, FILE *out)
{
	return report_print(set, out, 0);
}

static int html(const struct result_set *set, FILE *out)
{
	return report_html(NULL, set, out);
}

static void holds(char *text, const char *wanted, bool there)
{
	if (!strstr(text, wanted) == there)
		fail_msg("%s: \"%s\" in: %s", there ? "missing" : "unwanted", wanted, text);
}

static void test_reports(void **state)
{
	char *text = report(terminal, SERIES, 1);

	holds(text,
	      "loss in 2 bursts, longest 40 frames (of one flow 20 in a row), four fifths of it "
	      "between 0.100 s and 0.200 s\n",
	      true);
	free(text);
	/* of several trials no time is told */
	text = report(terminal, SERIES, 2);
	holds(text, "loss in 4 bursts of 2 trials, longest 40 frames (of one flow 20 in a row)\n",
	      true);
	free(text);
	text = report(terminal, "", 1);
	holds(text, "loss in 2 bursts, longest 40 frames (of one flow 20 in a row)\n", true);
	free(text);

	/* two areas of three steps, the last shorter; 100,000 pps are the full height, half as many
	 * half of it */
	text = report(html, SERIES, 1);
	holds(text, "<h2>Over time</h2>", true);
	holds(text,
	      "class=\"offered\" d=\"M0.0 60V0.0H400.0V60M400.0 60V0.0H800.0V60M800.0 "
	      "60V0.0H1000.0V60\"",
	      true);
	holds(text,
	      "class=\"received\" d=\"M0.0 60V0.0H400.0V60M400.0 60V30.0H800.0V60M800.0 "
	      "60V0.0H1000.0V60\"",
	      true);
	free(text);
	text = report(html, ", \"series\": null", 1);
	holds(text, "Over time", false);
	free(text);

	text = report(report_csv, SERIES, 1);
	holds(text, ",loss_bursts,longest_burst_frames,longest_flow_burst_frames,", true);
	holds(text, ",50,,2,40,20,", true);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_when),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
