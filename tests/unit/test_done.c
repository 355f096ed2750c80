/* What of a plan is done, what that takes still, and whether a host is the one that it began on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "done.h"
#include "hosts.h"
#include "json.h"
#include "plan.h"
#include "plan_fake.h"
#include "remaining.h"
#include "trial.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define REPEATS 3

struct fixture {
	struct plan *plan;
	const struct point **points;
	size_t n;
	struct done *done;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct error err = {0};

	f->plan = plan_new(FAKE_SETS);
	if (plan_load_text(f->plan, "p", "[tx]\nqueues = 1, 2\n[traffic]\nframe = 64, 65\n",
			   &err) ||
	    plan_finish(f->plan, &err) || plan_expand(f->plan, &f->points, &f->n, &err))
		fail_msg("%s", err.text);
	f->done = done_new(f->points, f->n, REPEATS);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	done_free(f->done);
	plan_free(f->plan);
	free(f);
	return 0;
}

/* The line of a trial of POINT as a run stores it, as far as it matters here. */
static json_t *line_of(const struct point *point, int repeat, const char *verdict)
{
	return json_pack("{s:i, s:o, s:i, s:s, s:{s:o}}", "seq", 7, "point", point_axes(point),
			 "repeat", repeat, "verdict", verdict, "plan", "values",
			 point_values(point));
}

static int take(struct fixture *f, json_t *line, struct error *err)
{
	int ret = done_take(f->done, line, err);

	json_decref(line);
	return ret;
}

static void only_what_failed_comes_again(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};

	assert_int_equal(f->n, 4);
	assert_int_equal(done_due(f->done), 12);
	assert_int_equal(take(f, line_of(f->points[0], 1, "valid"), &err), 0);
	assert_int_equal(take(f, line_of(f->points[1], 1, "invalid"), &err), 0);
	assert_int_equal(take(f, line_of(f->points[2], 1, "failed"), &err), 0);
	assert_false(done_is_due(f->done, 0, 0));
	assert_true(done_is_due(f->done, 0, 1));
	assert_false(done_is_due(f->done, 1, 0));
	assert_true(done_is_due(f->done, 2, 0));
	assert_int_equal(done_due(f->done), 10);
	/* the second time it went well */
	assert_int_equal(take(f, line_of(f->points[2], 1, "valid"), &err), 0);
	assert_false(done_is_due(f->done, 2, 0));
	assert_int_equal(done_count(f->done, DONE_VALID), 2);
	assert_int_equal(done_count(f->done, DONE_FAILED), 0);
}

static void a_skipped_point_is_skipped_whole(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};
	uint64_t r;

	done_set(f->done, 3, 0, DONE_VALID);
	assert_int_equal(take(f, line_of(f->points[3], 2, "skipped"), &err), 0);
	for (r = 0; r < REPEATS; r++)
		assert_false(done_is_due(f->done, 3, r));
	assert_int_equal(done_count(f->done, DONE_SKIPPED), 1);
	assert_int_equal(done_count(f->done, DONE_VALID), 1);
	assert_int_equal(done_due(f->done), 9);
}

static void a_line_of_another_plan_is_refused(void **state)
{
	static const struct {
		const char *change; /* of the line, as JSON */
		const char *words;
	} cases[] = {
		{"{\"point\": {\"tx.queues\": \"3\", \"traffic.frame\": \"64\"}}",
		 "none of the plan's"},
		{"{\"point\": {\"tx.queues\": \"1\"}}", "none of the plan's"},
		{"{\"point\": {}}", "none of the plan's"},
		{"{\"repeat\": 4}", "repeat 4, and the plan has 3"},
		{"{\"repeat\": 0}", "repeat 0"},
		{"{\"repeat\": -1}", "repeat -1"},
		{"{\"plan\": {\"values\": {\"traffic.rate\": \"5pps\"}}}",
		 "traffic.rate = 5pps, and the plan has max"},
		{"{\"plan\": {\"values\": {\"rx.ring\": \"5\"}}}", "no such key"},
		{"{\"plan\": {\"values\": {\"traffic.rate\": 5}}}", "traffic.rate"},
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < N(cases); i++) {
		json_t *line = line_of(f->points[0], 1, "valid");
		json_t *change = json_loads(cases[i].change, 0, NULL);
		struct error err = {0};

		json_object_update(line, change);
		json_decref(change);
		assert_int_not_equal(take(f, line, &err), 0);
		assert_int_equal(err.exit, EX_DATAERR);
		if (!strstr(err.text, cases[i].words) || !strstr(err.text, "trial 7"))
			fail_msg("%s: %s", cases[i].change, err.text);
	}
	assert_int_equal(done_due(f->done), 12);
}

static void a_trial_is_there_once(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};

	assert_int_equal(take(f, line_of(f->points[0], 1, "invalid"), &err), 0);
	assert_int_equal(take(f, line_of(f->points[0], 1, "valid"), &err), -EEXIST);
	assert_int_equal(err.exit, EX_DATAERR);
}

/* The time of 20 trials to come: RETUNE 10, REOPEN 6, RELINK 4, each sending for a second. */
static void time_left_knows_what_changes_cost(void **state)
{
	struct remaining r = {0};
	uint64_t s = NSEC_PER_SEC;
	int i;

	for (i = 0; i < 20; i++)
		remaining_add(&r, i < 10 ? KNOB_RETUNE : i < 16 ? KNOB_REOPEN : KNOB_RELINK, s);
	assert_int_equal(remaining_ns(&r), UINT64_MAX); /* nothing is known */
	/* what was not seen yet counts as what was */
	remaining_drop(&r, KNOB_REOPEN, s);
	remaining_learn(&r, KNOB_REOPEN, s, 3 * s);
	assert_int_equal(remaining_ns(&r), (19 + 19 * 2) * s);
	remaining_drop(&r, KNOB_RELINK, s);
	remaining_learn(&r, KNOB_RELINK, s, 11 * s);
	assert_int_equal(remaining_ns(&r), (18 + 15 * 2 + 3 * 10) * s);
	remaining_drop(&r, KNOB_RETUNE, s);
	remaining_learn(&r, KNOB_RETUNE, s, s);
	assert_int_equal(remaining_ns(&r), (17 + 9 * 0 + 5 * 2 + 3 * 10) * s);
	/* the mean of two; one that was quicker than it should have been took no time besides */
	remaining_drop(&r, KNOB_RELINK, s);
	remaining_learn(&r, KNOB_RELINK, s, s / 2);
	assert_int_equal(remaining_ns(&r), (16 + 5 * 2 + 2 * 5) * s);
}

static void a_host_is_known_again(void **state)
{
	static const struct {
		const char *is;
		bool other;
		const char *words;
	} cases[] = {
		{"{}", false, ""},
		{"{\"boot_id\": \"2\"}", false, "booted anew"},
		{"{\"kernel\": \"6.2\"}", false, "kernel \"6.2\" (was \"6.1\")"},
		{"{\"kernel\": \"6.2\", \"boot_id\": \"2\"}", false,
		 "kernel \"6.2\" (was \"6.1\"), booted anew"},
		{"{\"hostname\": \"b\"}", true, "hostname \"b\" (was \"a\")"},
		{"{\"cpu_model\": \"y\"}", true, "cpu_model"},
		{"{\"arch\": null}", true, "arch"},
		{"{\"new\": 1}", false, ""},
	};
	size_t i;

	for (i = 0; i < N(cases); i++) {
		json_t *was = json_pack("{s:s, s:s, s:s, s:s, s:s}", "hostname", "a", "kernel",
					"6.1", "arch", "z80", "cpu_model", "x", "boot_id", "1");
		json_t *is = json_copy(was), *change = json_loads(cases[i].is, 0, NULL);
		char text[400];
		bool other;

		json_object_update(is, change);
		hosts_compare(was, is, &other, text, sizeof(text));
		assert_int_equal(other, cases[i].other);
		if (!*cases[i].words ? *text : !strstr(text, cases[i].words))
			fail_msg("%s: %s", cases[i].is, text);
		json_decref(was);
		json_decref(is);
		json_decref(change);
	}
}

/* A line of each of 20,000 points is found at once, not by a search through all. */
static void many_lines_are_no_problem(void **state)
{
	struct plan *plan = plan_new(FAKE_SETS);
	struct error err = {0};
	const struct point **points;
	struct done *done;
	char *text;
	size_t len, n, i;
	FILE *f = open_memstream(&text, &len);

	fputs("[tx]\nendpoint = af_xdp\nring = 64", f);
	for (i = 65; i < 20064; i++)
		fprintf(f, ", %zu", i);
	fputc('\n', f);
	fclose(f);
	assert_int_equal(plan_load_text(plan, "p", text, &err), 0);
	assert_int_equal(plan_finish(plan, &err), 0);
	assert_int_equal(plan_expand(plan, &points, &n, &err), 0);
	assert_int_equal(n, 20000);
	done = done_new(points, n, 1);
	for (i = 0; i < n; i++) {
		json_t *line = line_of(points[n - 1 - i], 1, "valid");

		assert_int_equal(done_take(done, line, &err), 0);
		json_decref(line);
	}
	assert_int_equal(done_due(done), 0);
	done_free(done);
	plan_free(plan);
	free(text);
}

/* What would be refused again, and what may go well the next time. */
static void impossible_is_not_what_failed_by_chance(void **state)
{
	static const struct {
		int exit, code;
		bool impossible;
	} cases[] = {
		{EX_UNAVAILABLE, -EOPNOTSUPP, true},
		{EX_CONFIG, -EINVAL, true},
		{EX_DATAERR, -ERANGE, true},
		{EX_NOINPUT, -ENODEV, true},
		{EX_USAGE, -EINVAL, true},
		{EX_NOPERM, -EPERM, true},
		{EX_OSERR, -EROFS, true},
		{EX_OSERR, -EOPNOTSUPP, true},
		{EX_UNAVAILABLE, -ECHILD, false},
		{EX_UNAVAILABLE, -EPIPE, false},
		{EX_UNAVAILABLE, -EBUSY, false},
		{EX_UNAVAILABLE, -ENETDOWN, false},
		{EX_UNAVAILABLE, -EAGAIN, false},
		{EX_UNAVAILABLE, -ENOMEM, false},
		{EX_TEMPFAIL, -EBUSY, false},
		{EX_TEMPFAIL, -ETIMEDOUT, false},
		{EX_OSERR, -EINTR, false},
		{EX_OSERR, -ENOMEM, false},
		{EX_IOERR, -ENOSPC, false},
		{EX_CANTCREAT, -ENOSPC, false},
		{EX_SOFTWARE, -EINVAL, false},
		{EX_PROTOCOL, -EPROTO, false},
	};
	size_t i;

	for (i = 0; i < N(cases); i++) {
		struct error why = {.exit = cases[i].exit, .code = cases[i].code};

		if (trial_is_impossible(&why) != cases[i].impossible)
			fail_msg("exit %d, %s", why.exit, strerror(-why.code));
	}
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(only_what_failed_comes_again),
		TEST(a_skipped_point_is_skipped_whole),
		TEST(a_line_of_another_plan_is_refused),
		TEST(a_trial_is_there_once),
		cmocka_unit_test(time_left_knows_what_changes_cost),
		cmocka_unit_test(a_host_is_known_again),
		cmocka_unit_test(impossible_is_not_what_failed_by_chance),
		cmocka_unit_test(many_lines_are_no_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
