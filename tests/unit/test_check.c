/*
 * Limits over made-up lines: every verdict and every reason, what a file of limits may say, and
 * that no kind of missing or damaged number passes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "json.h"
#include "judge.h"
#include "result.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* What differs between the trials of a test: one path a-b, or a second one b-a that lost nothing.
 */
struct sample {
	const char *rate;  /* swept */
	int repeat;        /* 0: 1 */
	const char *other; /* a verdict other than valid */
	int lost;          /* of 1000, at PLACE; on path a-b */
	int unexplained;   /* further ones, signed */
	bool unsupported;  /* PLACE has no counter */
	bool two_paths;
	const char *damage; /* a patch of the line: an object to be merged into it */
};

#define PLACE "RX descriptor ring"
#define ACCEPTED 1000

static json_t *sample_ledger(const struct sample *s)
{
	json_t *ledger = json_array();

	if (s->lost)
		json_array_append_new(ledger, json_pack("{s:s,s:s,s:s,s:s,s:i,s:i,s:s}", "path",
							"a-b", "from", "wire", "to", "device-rx",
							"place", PLACE, "place_row", 10, "frames",
							s->lost, "state", "BOOKED"));
	if (s->unsupported)
		json_array_append_new(ledger,
				      json_pack("{s:s,s:s,s:s,s:s,s:i,s:n,s:s}", "path", "a-b",
						"from", "wire", "to", "device-rx", "place", PLACE,
						"place_row", 10, "frames", "state", "UNSUPPORTED"));
	if (s->unexplained)
		json_array_append_new(ledger, json_pack("{s:s,s:s,s:s,s:n,s:i,s:i,s:s}", "path",
							"a-b", "from", "wire", "to", "device-rx",
							"place", "place_row", 0, "frames",
							s->unexplained, "state", "LOCATED"));
	return ledger;
}

/* The numbers of a path, or of the line: of FACTOR times as many frames. */
static json_t *sample_numbers(int factor, int lost, int remainder)
{
	int accepted = factor * ACCEPTED;

	return json_pack("{s:{s:i,s:i,s:i,s:i}, s:{s:i,s:i,s:i,s:i,s:i,s:i,s:i}, s:{s:i,s:f}, "
			 "s:{s:f,s:f}, s:{s:i}, s:{s:i}, s:i, s:b}",
			 "offered", "intended", accepted, "unsent", 0, "no_room", 0, "accepted",
			 accepted, "received", "frames", accepted - lost, "unique", accepted - lost,
			 "duplicate", 0, "reordered", 0, "corrupt", 0, "stale", 0, "foreign", 0,
			 "loss", "frames", lost, "ratio", (double)lost / accepted, "rates",
			 "tx_pps", (double)accepted, "rx_pps", (double)(accepted - lost), "bursts",
			 "longest", lost, "queue_bursts", "longest", lost, "remainder", remainder,
			 "balanced", remainder == 0);
}

static json_t *sample_trial(const struct sample *s, int seq, int repeats)
{
	const char *verdict = s->other ? s->other : "valid";
	char number[16];
	json_t *t, *patch;

	snprintf(number, sizeof(number), "%d", repeats);
	t = json_pack("{s:i, s:s, s:i, s:s, s:{s:s, s:{s:s, s:s, s:s}}, s:{s:s}, s:i, s:s, s:f, "
		      "s:{s:b, s:[]}, s:{}, s:[]}",
		      "schema", 1, "run", "r", "seq", seq, "time", "2026-01-31T12:00:00.123Z",
		      "plan", "name", "p<&\"", "values", "plan.repeats", number, "traffic.rate",
		      s->rate, "rx.ring", "64", "point", "traffic.rate", s->rate, "repeat",
		      s->repeat ? s->repeat : 1, "verdict", verdict, "duration_s", 1.0, "validity",
		      "valid", !s->other, "reasons", "paths", "ledger");
	assert_non_null(t);
	if (s->other)
		json_array_append_new(
			json_object_get(json_object_get(t, "validity"), "reasons"),
			json_string(!strcmp(s->other, "invalid")  ? "the generator fell behind"
				    : !strcmp(s->other, "failed") ? "the worker died"
								  : "the NIC has no such ring"));
	if (!s->other || !strcmp(s->other, "invalid")) {
		int remainder = abs(s->unexplained), lost = s->lost + s->unexplained;
		json_t *paths = json_object_get(t, "paths");

		json_object_update_new(t, sample_numbers(1 + s->two_paths, lost, remainder));
		json_object_set_new(t, "ledger", sample_ledger(s));
		json_object_set_new(paths, "a-b", sample_numbers(1, lost, remainder));
		if (s->two_paths)
			json_object_set_new(paths, "b-a", sample_numbers(1, 0, 0));
	}
	if (s->damage) {
		patch = json_loads(s->damage, 0, NULL);
		assert_non_null(patch);
		json_object_update_recursive(t, patch);
		json_decref(patch);
	}
	return t;
}

static json_t *sample_trials(const struct sample *samples, size_t n, int repeats)
{
	json_t *trials = json_array();
	size_t i;

	for (i = 0; i < n && samples[i].rate; i++)
		json_array_append_new(trials, sample_trial(&samples[i], (int)i + 1, repeats));
	return trials;
}

static struct limits *limits_of(const char *text)
{
	struct error err = {0};
	struct limits *limits = limits_parse("l.ini", text, strlen(text), &err);

	if (!limits)
		fail_msg("%s: %s", text, err.text);
	return limits;
}

static void add_line(void *ctx, const char *line)
{
	fprintf(ctx, "%s\n", line);
}

/* The reasons of the first limit; the caller frees. */
static char *reasons_of(const struct judgement *j)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(judge_reasons(&j->rows[0], add_line, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

#define L "[limit x]\n"

/* One limit, some trials, the verdict, and what the reasons have (NULL: there are none). */
static const struct {
	const char *what, *limit;
	struct sample trials[6];
	int repeats;
	enum judge_verdict verdict;
	const char *reason;
} cases[] = {
	/* each trial, the worst one decides */
	{"kept", L "measure=loss\nmost=1%", {{"1kpps", .lost = 10}}, 1, JUDGE_PASS, NULL},
	{"a share is not rounded: 7 of 1,000 are 0.7 %",
	 L "measure=loss\nmost=0.7%",
	 {{"1kpps", .lost = 7}},
	 1,
	 JUDGE_PASS,
	 NULL},
	{"one frame above",
	 L "measure=loss\nmost=0.7%",
	 {{"1kpps", .lost = 8}},
	 1,
	 JUDGE_FAIL,
	 "fail: rate 1kpps: 0.800 % in repeat 1: wanted loss at most 0.7%"},
	{"frames",
	 L "measure=loss\nmost=7 frames",
	 {{"1kpps", .lost = 8}},
	 1,
	 JUDGE_FAIL,
	 "8 frames"},
	{"ppm", L "measure=loss\nmost=8000ppm", {{"1kpps", .lost = 8}}, 1, JUDGE_PASS, NULL},
	{"least",
	 L "measure=received\nleast=1kpps",
	 {{"1kpps", .lost = 1}},
	 1,
	 JUDGE_FAIL,
	 "999pps"},
	{"least, kept",
	 L "measure=received\nleast=0.999kpps",
	 {{"1kpps", .lost = 1}},
	 1,
	 JUDGE_PASS,
	 NULL},
	{"burst", L "measure=burst\nmost=4 frames", {{"1kpps"}}, 1, JUDGE_PASS, NULL},
	{"the worst of several trials",
	 L "measure=loss\nmost=1%",
	 {{"1kpps", 1}, {"1kpps", 2, .lost = 11}, {"1kpps", 3}},
	 3,
	 JUDGE_FAIL,
	 "1.10 % in repeat 2"},
	{"the median of several trials",
	 L "measure=loss\nmost=1%\nof=median",
	 {{"1kpps", 1}, {"1kpps", 2, .lost = 11}, {"1kpps", 3}},
	 3,
	 JUDGE_PASS,
	 NULL},
	{"the median fails",
	 L "measure=loss\nmost=1%\nof=median",
	 {{"1kpps", 1, .lost = 20}, {"1kpps", 2, .lost = 11}, {"1kpps", 3}},
	 3,
	 JUDGE_FAIL,
	 "1.10 %, the median"},
	/* points */
	{"one of two points",
	 L "measure=loss\nmost=1%",
	 {{"1kpps"}, {"max", .lost = 20}},
	 1,
	 JUDGE_FAIL,
	 "fail: max: 2.00 %"},
	{"the other one is meant",
	 L "measure=loss\nmost=1%\nwhere=traffic.rate!=max",
	 {{"1kpps"}, {"max", .lost = 20}},
	 1,
	 JUDGE_PASS,
	 NULL},
	{"by size, in other units",
	 L "measure=loss\nmost=1%\nwhere = traffic.rate<=0.001Mpps, "
	   "rx.ring=64",
	 {{"1kpps"}, {"max", .lost = 20}},
	 1,
	 JUDGE_PASS,
	 NULL},
	{"max is above all",
	 L "measure=loss\nmost=1%\nwhere=traffic.rate>1Gpps",
	 {{"1kpps"}, {"max", .lost = 20}},
	 1,
	 JUDGE_FAIL,
	 "max: "},
	{"no point is meant",
	 L "measure=loss\nmost=1%\nwhere=traffic.rate=2kpps",
	 {{"1kpps"}},
	 1,
	 JUDGE_INVALID,
	 "no point is for it (where = traffic.rate=2kpps): the result has "
	 "traffic.rate = 1kpps"},
	/* what is neither pass nor fail */
	{"an invalid trial",
	 L "measure=loss\nmost=1%",
	 {{"1kpps", .other = "invalid"}},
	 1,
	 JUDGE_INVALID,
	 "0 valid trials of 1 that it takes: 1 invalid: the generator fell behind"},
	{"an invalid trial that would break the limit",
	 L "measure=loss\nmost=1%",
	 {{"1kpps", .other = "invalid", .lost = 500}},
	 1,
	 JUDGE_INVALID,
	 "fell behind"},
	{"one of two is invalid",
	 L "measure=loss\nmost=1%",
	 {{"1kpps", 1}, {"1kpps", 2, .other = "invalid"}},
	 2,
	 JUDGE_INVALID,
	 "1 valid trial of 2"},
	{"one of two is invalid, the other breaks the limit",
	 L "measure=loss\nmost=1%",
	 {{"1kpps", 1, .lost = 20}, {"1kpps", 2, .other = "invalid"}},
	 2,
	 JUDGE_FAIL,
	 "2.00 % in repeat 1: wanted loss at most 1%; not counted: 1 invalid: the generator"},
	{"so does the median, which is not known",
	 L "measure=loss\nmost=1%\nof=median",
	 {{"1kpps", 1, .lost = 20}, {"1kpps", 2, .other = "invalid"}},
	 2,
	 JUDGE_INVALID,
	 "1 valid trial of 2"},
	{"one will do",
	 L "measure=loss\nmost=1%\nrepeats=1",
	 {{"1kpps", 1}, {"1kpps", 2, .other = "invalid"}},
	 2,
	 JUDGE_PASS,
	 "note: rate 1kpps: not counted: 1 invalid: the generator fell behind"},
	{"a failed trial",
	 L "measure=loss\nmost=1%",
	 {{"1kpps", .other = "failed"}},
	 1,
	 JUDGE_INVALID,
	 "1 failed: the worker died"},
	{"a failed trial that was run again",
	 L "measure=loss\nmost=1%",
	 {{"1kpps", .other = "failed"}, {"1kpps"}},
	 1,
	 JUDGE_PASS,
	 NULL},
	{"a trial that was run again, and failed",
	 L "measure=loss\nmost=1%",
	 {{"1kpps", 1, .other = "failed"}, {"1kpps", 2}, {"1kpps", 1, .other = "failed"}},
	 2,
	 JUDGE_INVALID,
	 "1 valid trial of 2 that it takes: 1 failed: the worker died"},
	{"a point that was skipped",
	 L "measure=loss\nmost=1%",
	 {{"1kpps"}, {"max", .other = "skipped"}},
	 1,
	 JUDGE_PASS,
	 "skipped: max: the NIC has no such ring"},
	{"all points were skipped",
	 L "measure=loss\nmost=1%",
	 {{"max", .other = "skipped"}},
	 1,
	 JUDGE_INVALID,
	 "every point that it is for was skipped: the NIC has no such ring"},
	{"a point that was skipped later",
	 L "measure=loss\nmost=1%",
	 {{"max", 1}, {"max", 2, .other = "skipped"}},
	 2,
	 JUDGE_INVALID,
	 "1 valid trial of 2 that it takes: then skipped: the NIC"},
	{"an interrupted run",
	 L "measure=loss\nmost=1%",
	 {{"1kpps", 1}, {"1kpps", 2}},
	 5,
	 JUDGE_INVALID,
	 "3 of 5 repeats were not run: `ringloss run --resume RESULT` runs them"},
	{"more repeats than the plan has",
	 L "measure=loss\nmost=1%\nrepeats=9",
	 {{"1kpps"}},
	 1,
	 JUDGE_INVALID,
	 "1 valid trial of 9 that it takes: the plan has 1 (plan.repeats)"},
	{"nothing at all",
	 L "measure=loss\nmost=1%\nwhere=no.key=1",
	 {{0}},
	 1,
	 JUDGE_INVALID,
	 "the result holds no trial"},
	/* places, and what nobody explains */
	{"a place",
	 L "place=" PLACE "\nmost=1%",
	 {{"1kpps", .lost = 11}},
	 1,
	 JUDGE_FAIL,
	 "wanted " PLACE " at most 1%"},
	{"a place with its number",
	 L "place=10 " PLACE "\nmost=11 frames",
	 {{"1kpps", .lost = 11}},
	 1,
	 JUDGE_PASS,
	 NULL},
	{"another place",
	 L "place=UDP receive buffer\nmost=0",
	 {{"1kpps", .lost = 11}},
	 1,
	 JUDGE_PASS,
	 NULL},
	{"a place that may have the unexplained",
	 L "place=UDP receive buffer\nmost=0",
	 {{"1kpps", .unexplained = 3}},
	 1,
	 JUDGE_INVALID,
	 "3 frames are unexplained (wire to device-rx) and may have been lost there"},
	{"a place that fails whatever the unexplained",
	 L "place=" PLACE "\nmost=0",
	 {{"1kpps", .lost = 2, .unexplained = 3}},
	 1,
	 JUDGE_FAIL,
	 "2 frames"},
	{"a place that passes whatever the unexplained",
	 L "place=" PLACE "\nmost=5 frames",
	 {{"1kpps", .lost = 2, .unexplained = 3}},
	 1,
	 JUDGE_PASS,
	 NULL},
	{"a place without a counter",
	 L "place=" PLACE "\nmost=0",
	 {{"1kpps", .unexplained = 3, .unsupported = true}},
	 1,
	 JUDGE_INVALID,
	 "may have been lost there, where nothing counts them"},
	{"a loss with a remainder is a loss",
	 L "measure=loss\nmost=1%",
	 {{"1kpps", .unexplained = 3}},
	 1,
	 JUDGE_PASS,
	 NULL},
	{"the remainder",
	 L "measure=remainder\nmost=0",
	 {{"1kpps", .unexplained = 3}},
	 1,
	 JUDGE_FAIL,
	 "3 frames"},
	{"a remainder below 0",
	 L "measure=remainder\nmost=0",
	 {{"1kpps", .lost = 3, .unexplained = -3}},
	 1,
	 JUDGE_FAIL,
	 "3 frames"},
	/* paths */
	{"each path by itself",
	 L "measure=loss\nmost=0.8%",
	 {{"1kpps", .lost = 10, .two_paths = true}},
	 1,
	 JUDGE_FAIL,
	 "1.00 % on path a-b"},
	{"all paths together",
	 L "measure=loss\nmost=0.8%\npath=sum",
	 {{"1kpps", .lost = 10, .two_paths = true}},
	 1,
	 JUDGE_PASS,
	 NULL},
	{"one path",
	 L "measure=loss\nmost=0.8%\npath=b-a",
	 {{"1kpps", .lost = 10, .two_paths = true}},
	 1,
	 JUDGE_PASS,
	 NULL},
	/* how much a 0 says */
	{"too few frames to tell",
	 L "measure=loss\nmost=0.1%",
	 {{"1kpps"}},
	 1,
	 JUDGE_PASS,
	 "none of 1,000 frames: up to 0.299 % is possible still (95 %), more than the limit; it "
	 "takes 2,995 frames to tell"},
	{"enough frames to tell", L "measure=loss\nmost=0.3%", {{"1kpps"}}, 1, JUDGE_PASS, NULL},
	/* lines that are damaged */
	{"no number where one belongs",
	 L "measure=duplicate\nmost=0",
	 {{"1kpps", .damage =
			    "{\"received\":{\"duplicate\":\"0\"},\"paths\":{\"a-b\":{\"received\":"
			    "{\"duplicate\":null}}}}"}},
	 1,
	 JUDGE_INVALID,
	 "the line does not have it (received.duplicate)"},
	{"a number that an older version did not write",
	 L "measure=no_room\nmost=0",
	 {{"1kpps", .damage = "{\"offered\":{\"no_room\":null},\"paths\":{\"a-b\":{\"offered\":"
			      "{\"no_room\":null}}}}"}},
	 1,
	 JUDGE_INVALID,
	 "offered.no_room"},
	{"a median with a number missing",
	 L "measure=burst\nmost=1 frame\nof=median",
	 {{"1kpps", 1, .lost = 5},
	  {"1kpps", 2,
	   .damage = "{\"paths\":{\"a-b\":{\"queue_bursts\":null}},\"queue_bursts\":null}"}},
	 2,
	 JUDGE_INVALID,
	 "queue_bursts.longest"},
	{"a trial that breaks the limit, beside one with a number missing",
	 L "measure=burst\nmost=1 frame",
	 {{"1kpps", 1, .lost = 5},
	  {"1kpps", 2,
	   .damage = "{\"paths\":{\"a-b\":{\"queue_bursts\":null}},\"queue_bursts\":null}"}},
	 2,
	 JUDGE_FAIL,
	 "5 frames"},
	{"loss that is not accepted - unique",
	 L "measure=loss\nmost=1%",
	 {{"1kpps", .lost = 20, .damage = "{\"loss\":{\"frames\":0}}"}},
	 1,
	 JUDGE_INVALID,
	 "the line of trial 1 contradicts itself: loss.frames is not accepted - unique"},
	{"a ledger that does not add up",
	 L "measure=remainder\nmost=0",
	 {{"1kpps", .unexplained = 3, .damage = "{\"ledger\":[]}"}},
	 1,
	 JUDGE_INVALID,
	 "accepted is not unique + the frames of the ledger"},
	{"a remainder that was taken out",
	 L "measure=remainder\nmost=0",
	 {{"1kpps", .unexplained = 3, .damage = "{\"remainder\":0}"}},
	 1,
	 JUDGE_INVALID,
	 "remainder is not what the ledger has as LOCATED"},
	{"unsent that was taken out",
	 L "measure=unsent\nmost=0",
	 {{"1kpps", .damage = "{\"offered\":{\"intended\":2000}}"}},
	 1,
	 JUDGE_INVALID,
	 "intended is not unsent + accepted"},
	{"offered is no object",
	 L "measure=loss\nmost=0",
	 {{"1kpps", .damage = "{\"offered\":7}"}},
	 1,
	 JUDGE_INVALID,
	 "offered.accepted is no number"},
	{"nothing was sent",
	 L "measure=loss\nmost=0",
	 {{"1kpps", .damage =
			    "{\"offered\":{\"accepted\":0,\"intended\":0},\"received\":{\"unique\":"
			    "0},\"paths\":{\"a-b\":{\"offered\":{\"accepted\":0,\"intended\":0},"
			    "\"received\":{\"unique\":0}}}}"}},
	 1,
	 JUDGE_INVALID,
	 "nothing was sent"},
	{"nobody received",
	 L "measure=loss\nmost=1%",
	 {{"1kpps", .damage = "{\"received\":null,\"loss\":null,\"paths\":{\"a-b\":{\"received\":"
			      "null,\"loss\":null}}}"}},
	 1,
	 JUDGE_INVALID,
	 "nobody counts what arrives"},
};

static void verdicts(void **state)
{
	size_t i;

	for (i = 0; i < N(cases); i++) {
		struct limits *limits = limits_of(cases[i].limit);
		json_t *trials =
			sample_trials(cases[i].trials, N(cases[i].trials), cases[i].repeats);
		struct error err = {0};
		struct judgement *j = judge_make(limits, trials, NULL, &err);
		char *reasons;

		if (!j)
			fail_msg("%s: %s", cases[i].what, err.text);
		reasons = reasons_of(j);
		if (j->verdict != cases[i].verdict || j->rows[0].verdict != j->verdict)
			fail_msg("%s: %s\n%s", cases[i].what, judge_verdict_name(j->verdict),
				 reasons);
		if (cases[i].reason ? !strstr(reasons, cases[i].reason) : *reasons)
			fail_msg("%s: reasons: %s, wanted %s", cases[i].what, reasons,
				 cases[i].reason ? cases[i].reason : "none");
		free(reasons);
		judge_free(j);
		json_decref(trials);
		limits_free(limits);
	}
}

/* What a file of limits must not say, with line and remedy. */
static void limits_that_are_none(void **state)
{
	static const struct {
		const char *text, *message;
	} bad[] = {
		{"", "l.ini has no limit: each is a section [limit NAME]"},
		{"; nothing\n", "has no limit"},
		{"[plan]\nname = x\n", "l.ini:1: \"plan\": no section of a file of limits"},
		{"most = 1\n", "l.ini:1: \"most\": a key before the first [limit NAME]"},
		{"[limit ]\n", "l.ini:1: \"\": the name of a limit is of letters"},
		{"[limit a b]\n", "the name of a limit"},
		{L "measure=loss\nmost=0\n\n" L, "l.ini:5: \"x\": there is a limit of this name"},
		{L "measure=loss\nmost=0\nmost=1%\n", "l.ini:4: \"most\": the limit has this key"},
		{L "measure=loss\nat_most=0\n", "l.ini:3: \"at_most\": no key of a limit"},
		{L "mesure=loss\n", "l.ini:2: \"mesure\": no key of a limit; did you mean "
				    "\"measure\"?"},
		{L "most=1%\n", "l.ini:1: \"x\": the limit has no measure"},
		{L "measure=loss\n", "a limit has one of most and least"},
		{L "measure=loss\nmost=1%\nleast=0\n", "a limit has one of most and least"},
		{L "measure=los\nmost=0\n", "l.ini:2: \"los\": no such measure; did you mean "
					    "\"loss\"?; `ringloss list measures` has all"},
		{L "measure=place\nmost=0\n", "l.ini:2: which place?"},
		{L "measure=loss\nplace=" PLACE "\nmost=0\n", "l.ini:3: a limit is of one measure"},
		{L "place=RX descriptor rings\nmost=0\n",
		 "l.ini:2: \"RX descriptor rings\": no such place; did you mean \"" PLACE "\"?"},
		{L "place=9 " PLACE "\nmost=0\n", "no such place"},
		{L "measure=loss\nmost=\n", "l.ini:3: \"most\": the key has no value"},
		{L "measure=loss\nmost=1\n",
		 "l.ini:3: \"1\": a number without a unit: give frames, "
		 "or a share in % or ppm"},
		{L "measure=loss\nmost=1kpps\n", "not a unit of this measure"},
		{L "measure=received\nleast=1%\n", "give pps, kpps, Mpps or Gpps"},
		{L "measure=loss\nmost=1 percent\n", "no such unit"},
		{L "measure=loss\nmost=-1%\n", "no number"},
		{L "measure=loss\nmost=%\n", "no number"},
		{L "measure=loss\nmost=1.%\n", "no number"},
		{L "measure=loss\nmost=1e%\n", "no such unit"},
		{L "measure=loss\nmost=1.2.3%\n", "no number"},
		{L "measure=loss\nmost=nan%\n", "no number"},
		{L "measure=loss\nmost=0x1%\n", "no such unit"},
		{L "measure=loss\nmost=101%\n", "more than all of it"},
		{L "measure=loss\nmost=0.5 frames\n", "not a whole number of frames"},
		{L "measure=loss\nmost=1e99 frames\n", "not a whole number of frames"},
		{L "measure=loss\nmost=0\nof=mean\n", "l.ini:4: \"mean\": give each"},
		{L "measure=loss\nmost=0\nrepeats=0\n", "l.ini:4: \"0\": give the valid trials"},
		{L "measure=loss\nmost=0\nrepeats=-1\n", "give the valid trials"},
		{L "measure=loss\nmost=0\nwhere=traffic.rate\n", "l.ini:4: \"traffic.rate\": a "
								 "condition is KEY=VALUE"},
		{L "measure=loss\nmost=0\nwhere==max\n", "a condition is"},
		{L "measure=loss\nmost=0\nwhere=a=1,\n", "a condition is"},
		{L "measure=loss\nmost=0\nwhere=a=1=2\n", "a condition is"},
		{L "measure=loss\nmost=0\nwhere=a b=1\n", "a condition is"},
		{L "measure=loss\nmost=0\nwhere=a!1\n", "a condition is"},
		{L "measure=loss\nmost=0\nwhere=a>udp\n", "what is compared by size has to be a "
							  "number"},
	};
	struct error err;
	struct limits *limits;
	size_t i;

	for (i = 0; i < N(bad); i++) {
		err = (struct error){0};
		limits = limits_parse("l.ini", bad[i].text, strlen(bad[i].text), &err);
		if (limits || err.exit != EX_DATAERR || !strstr(err.text, bad[i].message))
			fail_msg("%s: %s, %d", bad[i].text, limits ? "taken" : err.text, err.exit);
	}
	assert_null(limits_load("/nowhere/l.ini", &err));
	assert_int_equal(err.exit, EX_NOINPUT);
}

/* Numbers as they were written, rounded once. */
static void bounds(void **state)
{
	static const struct {
		const char *text;
		double bound;
		enum limit_unit unit;
	} rows[] = {
		{"0", 0, LIMIT_FRAMES},
		{"0%", 0, LIMIT_SHARE},
		{"0.7%", 0.007, LIMIT_SHARE},
		{"0.7 %", 0.007, LIMIT_SHARE},
		{"1e-3%", 1e-5, LIMIT_SHARE},
		{"3ppm", 3e-6, LIMIT_SHARE},
		{"100%", 1, LIMIT_SHARE},
		{"2.5e+1 %", 0.25, LIMIT_SHARE},
		{"1 frame", 1, LIMIT_FRAMES},
		{"12 frames", 12, LIMIT_FRAMES},
		{"1e3 frames", 1000, LIMIT_FRAMES},
	};
	char text[80];
	size_t i;

	for (i = 0; i < N(rows); i++) {
		struct limits *limits;

		snprintf(text, sizeof(text), L "measure=loss\nmost = %s ; why\n", rows[i].text);
		limits = limits_of(text);
		if (limits->rows[0].bound != rows[i].bound || limits->rows[0].unit != rows[i].unit)
			fail_msg("%s: %.17g", rows[i].text, limits->rows[0].bound);
		limits_free(limits);
	}
}

/* What a limit asks for and the result does not have is the file's fault. */
static void unknown_to_the_result(void **state)
{
	static const struct {
		const char *limit, *message;
	} rows[] = {
		{L "measure=loss\nmost=0\nwhere = rx.ring=64, traffic.rat=max\n",
		 "l.ini:4: limit x: the plan of this result has no key \"traffic.rat\"; did you "
		 "mean \"traffic.rate\"?"},
		{L "measure=loss\nmost=0\npath = a-c\n",
		 "l.ini:4: limit x: this result has no path \"a-c\"; did you mean \"a-b\"?"},
		{L "measure=loss\nmost=0\nwhere = rx.ring>=64\n",
		 "l.ini:4: limit x: rx.ring is \"large\" at a point, which is no number"},
	};
	static const struct sample one[] = {
		{"1kpps"},
		{"max", .damage = "{\"plan\":{\"values\":{\"rx.ring\":\"large\"}}}"},
	};
	json_t *trials = sample_trials(one, N(one), 1);
	size_t i;

	for (i = 0; i < N(rows); i++) {
		struct limits *limits = limits_of(rows[i].limit);
		struct error err = {0};
		struct judgement *j = judge_make(limits, trials, NULL, &err);

		if (j || err.exit != EX_DATAERR || !strstr(err.text, rows[i].message))
			fail_msg("%s: %s", rows[i].limit, j ? "taken" : err.text);
		limits_free(limits);
	}
	json_decref(trials);
}

/* A line that stands twice makes no two repeats, nor do lines of two runs. */
static void put_together(void **state)
{
	static const struct sample one[] = {{"1kpps"}};
	static const struct {
		const char *run; /* of a copied line; NULL: as it was */
		const char *message;
	} rows[] = {{NULL, "two lines of repeat"}, {"another", "lines of two runs"}};
	size_t i;

	for (i = 0; i < N(rows); i++) {
		json_t *trials = sample_trials(one, N(one), 1);
		json_t *copy = json_deep_copy(json_array_get(trials, 0));
		struct limits *limits = limits_of(L "measure=loss\nmost=0\n");
		struct error err = {0};

		if (rows[i].run)
			json_object_set_new(copy, "run", json_string(rows[i].run));
		json_array_append_new(trials, copy);
		if (judge_make(limits, trials, NULL, &err) || err.exit != EX_DATAERR ||
		    !strstr(err.text, rows[i].message))
			fail_msg("%s: %s", rows[i].message, err.text);
		limits_free(limits);
		json_decref(trials);
	}
}

/* Points of the plan that were never tried: known by their rates. */
static const char *const untried_rates[] = {"2kpps", "max"};

static const char *untried_value(void *point, const char *key)
{
	return !strcmp(key, "traffic.rate") ? point : NULL;
}

static void *untried_point(void *ctx, size_t i)
{
	return (void *)untried_rates[i];
}

static char *untried_name(void *ctx, size_t i)
{
	return strdup(untried_rates[i]);
}

static void points_never_tried(void **state)
{
	static const struct {
		const char *where;
		enum judge_verdict verdict;
		const char *reason;
	} rows[] = {
		{"", JUDGE_INVALID, "2 points of the plan were never tried (first 2kpps)"},
		{"where=traffic.rate=1kpps\n", JUDGE_PASS, ""},
		{"where=traffic.rate=max\n", JUDGE_INVALID,
		 "1 point of the plan was never tried (max)"},
		{"where=traffic.rate=3kpps\n", JUDGE_INVALID, "no point is for it"},
	};
	static const struct sample one[] = {{"1kpps"}};
	const struct judge_untried untried = {2, untried_value, untried_point, untried_name, NULL};
	json_t *trials = sample_trials(one, 1, 1);
	char text[120];
	size_t i;

	for (i = 0; i < N(rows); i++) {
		struct limits *limits;
		struct error err = {0};
		struct judgement *j;
		char *reasons;

		snprintf(text, sizeof(text), L "measure=loss\nmost=0\n%s", rows[i].where);
		limits = limits_of(text);
		j = judge_make(limits, trials, &untried, &err);
		assert_non_null(j);
		reasons = reasons_of(j);
		if (j->verdict != rows[i].verdict || !strstr(reasons, rows[i].reason))
			fail_msg("%s: %s %s", rows[i].where, judge_verdict_name(j->verdict),
				 reasons);
		free(reasons);
		judge_free(j);
		limits_free(limits);
	}
	json_decref(trials);
}

/* Fail beats invalid, invalid beats pass, over limits as over points; and one is said of each. */
static void several_limits(void **state)
{
	static const struct {
		const char *text;
		enum judge_verdict verdict;
	} rows[] = {
		{"[limit a]\nmeasure=loss\nmost=1%\n[limit b]\nmeasure=corrupt\nmost=0\n",
		 JUDGE_PASS},
		{"[limit a]\nmeasure=loss\nmost=1%\n[limit b]\nmeasure=loss\nmost=0\n"
		 "where=traffic.rate=max\n",
		 JUDGE_INVALID},
		{"[limit a]\nmeasure=loss\nmost=0\n[limit b]\nmeasure=loss\nmost=0\n"
		 "where=traffic.rate=max\n",
		 JUDGE_FAIL},
	};
	static const struct sample two[] = {{"1kpps", .lost = 5}, {"max", .other = "invalid"}};
	json_t *trials = sample_trials(two, N(two), 1);
	size_t i;

	json_array_remove(trials, 1); /* for the first one only */
	for (i = 0; i < N(rows); i++) {
		struct limits *limits = limits_of(rows[i].text);
		struct error err = {0};
		struct judgement *j;

		if (i == 1)
			json_array_append_new(trials, sample_trial(&two[1], 2, 1));
		j = judge_make(limits, trials, NULL, &err);
		assert_non_null(j);
		assert_int_equal(j->verdict, rows[i].verdict);
		judge_free(j);
		limits_free(limits);
	}
	json_decref(trials);
}

enum format { PRINT, JSON, JUNIT };

static char *render(const struct judgement *j, enum format format)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	json_t *all;

	if (format == JSON) {
		all = judge_json(j);
		assert_non_null(all);
		assert_int_equal(json_dumpf(all, out, JSON_COMPACT), 0);
		json_decref(all);
	} else {
		assert_int_equal(format == PRINT ? judge_print(j, out, 100) : judge_junit(j, out),
				 0);
	}
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text ? text : "(nothing)");
}

static void formats(void **state)
{
	static const char limits_text[] =
		"[limit kept]\nmeasure=loss\nmost=1%\nwhere=traffic.rate=1kpps\n"
		"[limit none]\nmeasure=corrupt\nmost=0\nwhere=traffic.rate=1kpps\n"
		"[limit broken]\nmeasure=loss\nmost=0.1%\nwhere=traffic.rate=1kpps\n"
		"[limit unknown]\nmeasure=loss\nmost=0\nwhere=traffic.rate=max\n";
	static const struct sample some[] = {
		{"1kpps", .lost = 2, .unexplained = 3},
		{"max", .other = "invalid",
		 .damage = "{\"validity\":{\"reasons\":[\"<b>&\\\"'\\u001b[31m\\uffff\"]}}"},
	};
	json_t *trials = sample_trials(some, N(some), 1);
	struct limits *limits = limits_of(limits_text);
	struct error err = {0};
	struct judgement *j = judge_make(limits, trials, NULL, &err);
	char *text;

	assert_non_null(j);
	text = render(j, PRINT);
	assert_has(text,
		   "kept     loss at most 1%         1              0.500 %  rate 1kpps  pass\n");
	assert_has(text,
		   "none     corrupt at most 0       1  0 frames (<0.299 %)  -           pass\n");
	assert_has(text,
		   "broken   loss at most 0.1%       1              0.500 %  rate 1kpps  fail\n");
	assert_has(
		text,
		"unknown  loss at most 0     0 of 1                  n/a  -           invalid\n");
	assert_has(text, "1 valid trial left frames unexplained, and no limit is of that");
	assert_has(text, "no plan beside the trials");
	assert_has(text, "verdict: fail; 1 failed (broken); 1 could not be judged (unknown); 2 "
			 "passed\n");
	assert_null(strchr(text, '\x1b'));
	free(text);

	text = render(j, JSON);
	assert_has(text, "\"verdict\":\"fail\"");
	assert_has(text, "\"limit\":\"broken\",\"line\":9,\"measure\":\"loss\",\"place\":null,"
			 "\"most\":0.001,\"unit\":\"ratio\"");
	free(text);

	text = render(j, JUNIT);
	assert_has(text, "tests=\"4\" failures=\"1\" errors=\"1\"");
	assert_has(text, "<testcase name=\"kept\" classname=\"ringloss.p&lt;&amp;&quot;\" "
			 "time=\"0\"/>");
	assert_has(text, "<failure type=\"fail\" message=\"fail: rate 1kpps: 0.500 %");
	assert_has(text, "&lt;b&gt;&amp;&quot;&#39;&#xfffd;[31m&#xfffd;");
	free(text);
	judge_free(j);
	limits_free(limits);
	json_decref(trials);
}

/* As read from a file: a last line that was cut is no trial, one in the middle is an error. */
static void torn_lines(void **state)
{
	static const struct sample two[] = {{"1kpps", 1}, {"1kpps", 2}};
	struct limits *limits = limits_of(L "measure=loss\nmost=0\n");
	char path[] = "/tmp/ringloss-check.XXXXXX", *lines[2], *text;
	int fd = mkstemp(path), cut;
	struct error err = {0};
	json_t *trials = sample_trials(two, 2, 2);

	assert_true(fd >= 0);
	close(fd);
	lines[0] = json_line(json_array_get(trials, 0));
	lines[1] = json_line(json_array_get(trials, 1));
	for (cut = 0; cut < 3; cut++) {
		struct result_set *set;
		struct judgement *j;

		assert_true(asprintf(&text, "%s\n%.*s%s", lines[0],
				     (int)(strlen(lines[1]) / (cut ? 2 : 1)), lines[1],
				     cut == 1 ? "" : "\n") > 0);
		assert_int_equal(file_replace(path, text, strlen(text), &err), 0);
		free(text);
		set = result_load(path, RESULT_LOAD_LEAN, &err);
		if (cut == 2) {
			assert_null(set);
			assert_int_equal(err.exit, EX_DATAERR);
			continue;
		}
		assert_non_null(set);
		j = judge_make(limits, set->trials, NULL, &err);
		assert_non_null(j);
		assert_int_equal(j->verdict, cut ? JUDGE_INVALID : JUDGE_PASS);
		judge_free(j);
		result_set_free(set);
	}
	unlink(path);
	free(lines[0]);
	free(lines[1]);
	json_decref(trials);
	limits_free(limits);
}

/* Replacements for a member of a line; NULL: it is taken out. */
static const char *const wrong[] = {NULL, "null", "0",     "1",  "1e99",
				    "-1", "true", "\"x\"", "{}", "[]"};

/* How many values NODE holds, itself not among them. */
static size_t count_values(json_t *node)
{
	size_t n = 0, i;
	const char *key;
	json_t *value;

	json_object_foreach (node, key, value)
		n += 1 + count_values(value);
	json_array_foreach (node, i, value)
		n += 1 + count_values(value);
	return n;
}

/* Replace value *N of NODE, counted in order, by WITH. True once it is done. */
static bool replace_value(json_t *node, size_t *n, const char *with)
{
	const char *key;
	json_t *value;
	void *tmp;
	size_t i;

	json_object_foreach_safe (node, tmp, key, value) {
		if (!(*n)--) {
			if (with)
				json_object_set_new(node, key,
						    json_loads(with, JSON_DECODE_ANY, NULL));
			else
				json_object_del(node, key);
			return true;
		}
		if (replace_value(value, n, with))
			return true;
	}
	json_array_foreach (node, i, value) {
		if (!(*n)--) {
			if (with)
				json_array_set_new(node, i,
						   json_loads(with, JSON_DECODE_ANY, NULL));
			else
				json_array_remove(node, i);
			return true;
		}
		if (replace_value(value, n, with))
			return true;
	}
	return false;
}

/*
 * Whatever single value of a line is missing or another one, a limit that the line breaks does not
 * pass by it.
 */
static void no_damage_passes(void **state)
{
	static const char *const broken[] = {
		L "measure=loss\nmost=15%\n",
		L "measure=loss\nmost=150 frames\npath=sum\n",
		L "measure=remainder\nmost=0\n",
	};
	static const struct sample one = {"1kpps", .lost = 197, .unexplained = 3,
					  .two_paths = true};
	json_t *trial = sample_trial(&one, 1, 1);
	size_t n = count_values(trial), i, k, w;

	assert_true(n > 100);
	for (k = 0; k < N(broken); k++) {
		struct limits *limits = limits_of(broken[k]);

		for (i = 0; i < n * N(wrong); i++) {
			json_t *trials = json_array(), *copy = json_deep_copy(trial);
			struct error err = {0};
			struct judgement *j;

			w = i / N(wrong);
			assert_true(replace_value(copy, &w, wrong[i % N(wrong)]));
			json_array_append_new(trials, copy);
			j = judge_make(limits, trials, NULL, &err);
			if (j && j->verdict == JUDGE_PASS)
				fail_msg("%s passes: %s", broken[k], json_line(copy));
			judge_free(j);
			json_decref(trials);
		}
		limits_free(limits);
	}
	json_decref(trial);
}

/* A file of limits with bytes of it changed is one, or an error; never more. */
static void mutated_limits(void **state)
{
	static const char good[] =
		"[limit a-1]\nmeasure = loss ; why\nmost = 1.5e-3 %\nwhere = a.b>=64, c!=max\n"
		"[limit b]\nplace = 10 " PLACE "\nleast = 12 frames\nof = median\nrepeats = 3\n"
		"path = a-b\n";
	static const char bytes[] = "[]=;#,<>!.%e-+ \n\0019aZ\xff";
	unsigned int seed = 1;
	size_t i, k, taken = 0;

	for (i = 0; i < 20000; i++) {
		char text[sizeof(good)];
		struct error err = {0};
		struct limits *limits;

		memcpy(text, good, sizeof(good));
		for (k = 0; k < 1 + i % 3; k++)
			text[(size_t)rand_r(&seed) % (sizeof(good) - 1)] =
				bytes[(size_t)rand_r(&seed) % (sizeof(bytes) - 1)];
		limits = limits_parse("l.ini", text, sizeof(good) - 1, &err);
		taken += limits != NULL;
		if (!limits && (err.exit != EX_DATAERR || strncmp(err.text, "l.ini", 5)))
			fail_msg("%s: %s", text, err.text);
		limits_free(limits);
	}
	assert_in_range(taken, 100, 19000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),       cmocka_unit_test(limits_that_are_none),
		cmocka_unit_test(bounds),         cmocka_unit_test(unknown_to_the_result),
		cmocka_unit_test(put_together),   cmocka_unit_test(points_never_tried),
		cmocka_unit_test(several_limits), cmocka_unit_test(formats),
		cmocka_unit_test(torn_lines),     cmocka_unit_test(no_damage_passes),
		cmocka_unit_test(mutated_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
