/* Which ends of which cables the sides of a plan get. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lab.h"
#include "placement.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* "g": generator, "s": sink, "b": both, "o": observer; capital: its device is another than lab. */
static size_t make_sides(const char *roles, struct plan_side *sides, bool *in_lab)
{
	size_t i;

	for (i = 0; roles[i]; i++) {
		const char *at = strchr("gsboGSBO", roles[i]);

		assert_non_null(at);
		sides[i].role = (enum side_role)((at - "gsboGSBO") % 4);
		snprintf(sides[i].name, sizeof(sides[i].name), "s%zu", i);
		in_lab[i] = strchr("gsbo", roles[i]);
	}
	return i;
}

/* "01 10": from side 0 to side 1, and back; "0-": to nobody. */
static size_t make_paths(const char *text, struct plan_path *paths)
{
	size_t n = 0;

	for (; *text; text += 2 + (text[2] == ' '), n++) {
		paths[n].from = text[0] - '0';
		paths[n].to = text[1] == '-' ? -1 : text[1] - '0';
	}
	return n;
}

static void test_ends(void **state)
{
	static const struct {
		const char *roles, *paths;
		uint32_t pairs;
		int ends[6];
	} cases[] = {
		{"gs", "01", 1, {0, 1}},
		{"sg", "10", 1, {1, 0}},
		{"bb", "01 10", 1, {0, 1}},
		{"bb", "10 01", 1, {1, 0}},
		{"gsgs", "01 23", 2, {0, 1, 2, 3}},
		{"ggss", "02 13", 2, {0, 2, 1, 3}},
		{"bbgsbb", "23 01 10 45 54", 3, {2, 3, 0, 1, 4, 5}},
		{"b", "00", 1, {0}},
		{"g", "0-", 1, {0}},
		{"gso", "01", 1, {0, 1, 0}},
		{"ogs", "12", 1, {0, 0, 1}},
		{"BgsS", "00 12", 1, {-1, 0, 1, -1}},
		{"GS", "01", 1, {-1, -1}},
		{"gS", "01", 1, {0, -1}},
		{"Gs", "01", 1, {-1, 1}},
		{"gss", "01", 2, {0, 1, 3}},
	};

	for (size_t c = 0; c < N(cases); c++) {
		struct plan_side sides[8];
		struct plan_path paths[8];
		struct placement placement;
		struct error err = {0};
		bool in_lab[8];
		size_t n = make_sides(cases[c].roles, sides, in_lab);
		int ret = placement_make(sides, n, paths, make_paths(cases[c].paths, paths), in_lab,
					 &placement, &err);

		if (ret)
			fail_msg("%s: %s", cases[c].roles, err.text);
		assert_int_equal(placement.pairs, cases[c].pairs);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(placement.end[i], cases[c].ends[i]);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *roles, *paths, *says;
	} cases[] = {
		/* a chain, and a ring of three: the one in the middle would need two cables */
		{"gbs", "01 12", "s1 and s2 are to share a cable"},
		{"bbb", "01 12 20", "a cable has two ends"},
		{"gsgs", "01 21", "s1 and s2 are to share a cable"},
	};

	for (size_t c = 0; c < N(cases); c++) {
		struct plan_side sides[8];
		struct plan_path paths[8];
		struct placement placement;
		struct error err = {0};
		bool in_lab[8];
		size_t n = make_sides(cases[c].roles, sides, in_lab);

		assert_int_equal(placement_make(sides, n, paths, make_paths(cases[c].paths, paths),
						in_lab, &placement, &err),
				 -EINVAL);
		assert_int_equal(err.exit, EX_CONFIG);
		if (!strstr(err.text, cases[c].says))
			fail_msg("%s", err.text);
	}
}

static void test_too_many(void **state)
{
	struct plan_side sides[PLAN_SIDES_MAX] = {0};
	struct plan_path paths[PLAN_SIDES_MAX / 2] = {0};
	struct placement placement;
	struct error err = {0};
	bool in_lab[PLAN_SIDES_MAX];
	size_t i;

	for (i = 0; i < PLAN_SIDES_MAX; i++) {
		sides[i].role = i % 2 ? ROLE_SINK : ROLE_GENERATOR;
		in_lab[i] = true;
		paths[i / 2].from = (int)i / 2 * 2;
		paths[i / 2].to = (int)i / 2 * 2 + 1;
	}
	assert_int_equal(placement_make(sides, 2 * LAB_PAIRS_MAX, paths, LAB_PAIRS_MAX, in_lab,
					&placement, &err),
			 0);
	assert_int_equal(placement.pairs, LAB_PAIRS_MAX);
	assert_int_equal(placement_make(sides, 2 * LAB_PAIRS_MAX + 2, paths, LAB_PAIRS_MAX + 1,
					in_lab, &placement, &err),
			 -E2BIG);
	assert_non_null(strstr(err.text, "16 pairs at most"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
