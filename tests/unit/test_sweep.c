/* Axes that run together, points that share a block, and what it costs to go from one to another.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "plan.h"
#include "plan_fake.h"
#include "plan_points.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

struct fake_nic {
	uint64_t rx_ring, usecs;
};

static const struct knob nic_rows[] = {
	{"rx_ring", KNOB_U64, offsetof(struct fake_nic, rx_ring), .max = 8192, .def = "0",
	 .sweepable = true, .change = KNOB_RELINK},
	{"usecs", KNOB_U64, offsetof(struct fake_nic, usecs), .max = 8192, .def = "0",
	 .sweepable = true, .change = KNOB_RETUNE},
};

FAKE_SET(nic_set, "nic", KNOB_SCOPE_GROUP, NULL, struct fake_nic, nic_rows);

static const struct knob_set *const sets[] = {
	&fake_plan_set, &plan_zip_set, &fake_traffic_set, &fake_side_set, &fake_napi_set,
	&nic_set,       &fake_udp_set, &fake_xsk_set,     &fake_null_set,
};

static struct plan *try_load(const char *text, const char *set, struct error *err)
{
	struct plan *plan = plan_new(sets, N(sets));

	if (!plan_load_text(plan, "p.ini", text, err) && (!set || !plan_set(plan, set, err)) &&
	    !plan_finish(plan, err))
		return plan;
	plan_free(plan);
	return NULL;
}

static struct plan *load(const char *text, const char *set)
{
	struct error err = {0};
	struct plan *plan = try_load(text, set, &err);

	if (!plan)
		fail_msg("%s: %s", text, err.text);
	return plan;
}

#define XSK "[tx]\nendpoint = af_xdp\n[rx]\nendpoint = af_xdp\n"
#define RINGS "[plan]\nzip = tx.ring+rx.ring\n"

static const struct {
	const char *text, *set, *points;
} zipped[] = {
	{XSK RINGS "[tx]\nring = 64, 128\n[rx]\nring = 256, 512\n", NULL, " 64 256\n 128 512\n"},
	/* no other than without a group */
	{XSK "[tx]\nring = 64, 128\n[rx]\nring = 256, 512\n", NULL,
	 " 64 256\n 64 512\n 128 256\n 128 512\n"},
	{XSK RINGS "[tx]\nring = 64, 128\n[rx]\nring = 256, 512\n",
	 "plan.zip=", " 64 256\n 64 512\n 128 256\n 128 512\n"},
	/* blanks, and a third member */
	{XSK "[plan]\nzip =  rx.ring + tx.ring+ traffic.frame\n[tx]\nring = 64, 128\n"
	     "[rx]\nring = 256, 512\n[traffic]\nframe = 64, 65\n",
	 NULL, " 64 256 64\n 128 512 65\n"},
	/* values repeat; a combination that does is one */
	{XSK RINGS "[tx]\nring = 64, 64, 128\n[rx]\nring = 64, 128, 128\n", NULL,
	 " 64 64\n 64 128\n 128 128\n"},
	{XSK RINGS "[tx]\nring = 64, 128, 64, 128\n[rx]\nring = 64, 128, 64, 256\n", NULL,
	 " 64 64\n 128 128\n 128 256\n"},
	/* crossed with the others, in the place of the first of the group */
	{XSK RINGS "[tx]\nring = 64, 128\n[traffic]\nframe = 64, 65\n[rx]\nring = 256, 512\n", NULL,
	 " 64 64 256\n 64 65 256\n 128 64 512\n 128 65 512\n"},
	/* two groups are crossed */
	{XSK "[plan]\nzip = tx.ring+rx.ring, tx.cpus+rx.cpus\n[tx]\nring = 64, 128\ncpus = 0, 2\n"
	     "[rx]\nring = 256, 512\ncpus = 1, 3\n",
	 NULL, " 64 0 256 1\n 64 2 256 3\n 128 0 512 1\n 128 2 512 3\n"},
	/* --set replaces a list, or makes the group */
	{XSK RINGS "[tx]\nring = 64, 128\n[rx]\nring = 256, 512\n", "rx.ring=1024,2048",
	 " 64 1024\n 128 2048\n"},
	{XSK "[tx]\nring = 64, 128\n[rx]\nring = 256, 512\n", "plan.zip=tx.ring+rx.ring",
	 " 64 256\n 128 512\n"},
	/* the endpoints themselves */
	{"[plan]\nzip = tx.endpoint+rx.endpoint\n[tx]\nendpoint = udp, af_xdp\n"
	 "[rx]\nendpoint = udp, af_xdp\nxdp_mode = native, generic\n",
	 NULL, " udp udp\n af_xdp af_xdp native\n af_xdp af_xdp generic\n"},
	{"[plan]\nzip = rx.endpoint+rx.ring\n[tx]\n[rx]\nendpoint = udp, udp, af_xdp\n"
	 "ring = 64, 128, 256\n",
	 NULL, " udp 64\n udp 128\n af_xdp 256\n"},
	/* where an endpoint lacks one key of the group, the other goes on, each value once */
	{"[plan]\nzip = rx.ring+traffic.frame\n[tx]\n[rx]\nendpoint = null, udp\n"
	 "ring = 64, 128, 256\n[traffic]\nframe = 64, 64, 65\n",
	 NULL, " null 64\n null 65\n udp 64 64\n udp 128 64\n udp 256 65\n"},
	{"[plan]\nzip = rx.endpoint+rx.ring\n[tx]\n[rx]\nendpoint = null, null, udp\n"
	 "ring = 64, 128, 256\n",
	 NULL, " null\n udp 256\n"},
	{"[plan]\nzip = tx.endpoint+rx.ring\n[tx]\nendpoint = udp, udp, null\n"
	 "[rx]\nendpoint = null, udp\nring = 64, 128, 256\n",
	 NULL, " udp null\n udp udp 64\n udp udp 128\n null null\n null udp 256\n"},
	/* where it lacks all of them, the group is made once */
	{"[plan]\nzip = rx.ring+rx.xdp_mode\n[tx]\n[rx]\nring = 64, 128\n"
	 "xdp_mode = native, generic\nendpoint = null, af_xdp\n",
	 NULL, " null\n 64 native af_xdp\n 128 generic af_xdp\n"},
	/* a --set of the endpoint takes a key away, and the group goes on without it */
	{"[plan]\nzip = rx.xdp_mode+rx.ring+tx.queues\n[tx]\nqueues = 1, 2\n[rx]\n"
	 "endpoint = af_xdp\nxdp_mode = native, generic\nring = 64, 128\n",
	 "rx.endpoint=udp", " 1 64\n 2 128\n"},
	{"[plan]\nzip = rx.xdp_mode+tx.queues\n[tx]\nqueues = 1, 2\n[rx]\nendpoint = af_xdp\n"
	 "xdp_mode = native, generic\nring = 64, 128\n",
	 "rx.endpoint=udp", " 1 64\n 1 128\n 2 64\n 2 128\n"},
};

static void axes_of_a_group_run_together(void **state)
{
	size_t i;

	for (i = 0; i < N(zipped); i++) {
		struct plan *plan = load(zipped[i].text, zipped[i].set);
		char *got = points_of(plan);

		if (strcmp(got, zipped[i].points))
			fail_msg("%s\n%s\nmade\n%s", zipped[i].text,
				 zipped[i].set ? zipped[i].set : "", got);
		free(got);
		plan_free(plan);
	}
}

static void what_is_written_makes_the_same_points(void **state)
{
	size_t i, len;

	for (i = 0; i < N(zipped); i++) {
		struct plan *plan = load(zipped[i].text, zipped[i].set), *again;
		char *text, *twice, *got;
		FILE *out = open_memstream(&text, &len);

		assert_int_equal(plan_write(plan, out), 0);
		fclose(out);
		plan_free(plan);
		again = load(text, NULL);
		got = points_of(again);
		if (strcmp(got, zipped[i].points))
			fail_msg("%s\nwas written as\n%s", zipped[i].text, text);
		free(got);
		out = open_memstream(&twice, &len);
		assert_int_equal(plan_write(again, out), 0);
		fclose(out);
		assert_string_equal(text, twice);
		plan_free(again);
		free(text);
		free(twice);
	}
}

static void a_wrong_group_is_told(void **state)
{
#define LISTS XSK "[tx]\nring = 64, 128\n[rx]\nring = 256, 512, 1024\n[traffic]\nframe = 64\n"
	static const struct {
		const char *zip, *set;
		int exit;
		const char *words[3];
	} cases[] = {
		{"tx.ring+rx.ring",
		 NULL,
		 EX_DATAERR,
		 {"p.ini:12: plan.zip: tx.ring has 2 values (p.ini:6) and rx.ring has 3 (p.ini:8)",
		  "equally long"}},
		{"rx.ring+tx.rnig",
		 NULL,
		 EX_DATAERR,
		 {"p.ini:12: plan.zip: there is no key \"tx.rnig\"", "did you mean tx.ring?"}},
		{"rx.ring+ring", NULL, EX_DATAERR, {"no key \"ring\"", "did you mean"}},
		{"rx.ring+traffic.frame",
		 NULL,
		 EX_DATAERR,
		 {"p.ini:12: plan.zip: traffic.frame has one value", "give it a list"}},
		{"rx.ring+traffic.rate", NULL, EX_DATAERR, {"traffic.rate has one value"}},
		{"rx.ring", NULL, EX_DATAERR, {"\"rx.ring\" is alone", "by +"}},
		{"rx.ring+", NULL, EX_DATAERR, {"no key \"\"", "tx.ring+rx.ring"}},
		{"+", NULL, EX_DATAERR, {"no key \"\""}},
		{"rx.ring+tx.ring,", NULL, EX_DATAERR, {"p.ini:12: plan.zip: an empty group"}},
		{"rx.ring+rx.ring", NULL, EX_DATAERR, {"rx.ring stands in it twice"}},
		{"tx.ring+rx.ring", "rx.ring=64,65", EX_DATAERR, {NULL}},
		{"tx.ring+rx.ring, rx.ring+tx.ring",
		 "rx.ring=64,65",
		 EX_DATAERR,
		 {"rx.ring stands in it twice"}},
		{"tx.ring+rx.ring",
		 "rx.ring=64",
		 EX_DATAERR,
		 {"p.ini:12: plan.zip: rx.ring has one"}},
		{"tx.ring+rx.ring",
		 "plan.zip=tx.ring+rx.cpus",
		 EX_USAGE,
		 {"--set: plan.zip: rx.cpus has one value"}},
		{"",
		 "plan.zip=tx.ring+rx.ring",
		 EX_USAGE,
		 {"--set: plan.zip: tx.ring has 2 values (p.ini:6)"}},
	};
	size_t i, k;

	for (i = 0; i < N(cases); i++) {
		struct error err = {0};
		char text[512];
		struct plan *plan;

		snprintf(text, sizeof(text), LISTS "[plan]\nzip = %s\n", cases[i].zip);
		plan = try_load(text, cases[i].set, &err);
		if (!plan != !!cases[i].words[0])
			fail_msg("%s %s: %s", cases[i].zip, cases[i].set, err.text);
		for (k = 0; k < 3 && cases[i].words[k]; k++)
			if (!strstr(err.text, cases[i].words[k]) || err.exit != cases[i].exit)
				fail_msg("%s: no \"%s\" in: %s", cases[i].zip, cases[i].words[k],
					 err.text);
		plan_free(plan);
	}
}

/* A list of the same values throughout is nothing that runs. */
static void a_group_has_two_combinations(void **state)
{
	struct error err = {0};

	assert_null(try_load(XSK RINGS "[tx]\nring = 64, 64\n[rx]\nring = 256, 256\n", NULL, &err));
	assert_non_null(strstr(err.text, "the same values throughout"));
}

/* KEY = first, first + step, ... (COUNT values) on one line. */
static void append_list(FILE *f, const char *key, int first, int count, int repeat)
{
	int i;

	fprintf(f, "%s = %d", key, first);
	for (i = 1; i < count; i++)
		fprintf(f, ", %d", first + i / repeat);
	fputc('\n', f);
}

/* Ten thousand combinations, and a hundred thousand crossed with them: no loop over pairs of them.
 */
static void long_lists_are_no_problem(void **state)
{
	struct plan *plan;
	char *text;
	size_t len, n;
	FILE *f = open_memstream(&text, &len);

	fputs(XSK RINGS "[traffic]\nframe = 64, 65, 66, 67, 68, 69, 70, 71, 72, 73\n[tx]\n", f);
	append_list(f, "ring", 64, 10000, 3);
	fputs("[rx]\n", f);
	append_list(f, "ring", 64, 10000, 1);
	fclose(f);
	plan = load(text, NULL);
	expand(plan, &n);
	assert_int_equal(n, 100000);
	plan_free(plan);
	free(text);
}

#define NIC "[tx]\n[rx]\n[rx.nic]\nrx_ring = 64, 128\nusecs = 1, 2\n"

static void blocks_are_what_a_link_goes_down_for(void **state)
{
	static const struct {
		const char *text, *blocks; /* of the points in turn */
	} cases[] = {
		{"[tx]\nqueues = 1, 2\n", "00"},
		{NIC, "0011"},
		{"[tx]\n[rx.nic]\nusecs = 1, 2\nrx_ring = 64, 128\n[rx]\n", "0101"},
		{"[rx]\n[tx.nic]\nrx_ring = 1, 2\n[rx.nic]\nrx_ring = 1, 2\n[tx]\n", "0123"},
		/* together with what does not */
		{"[plan]\nzip = rx.nic.rx_ring+rx.nic.usecs\n[tx]\n[rx]\n[rx.nic]\n"
		 "rx_ring = 64, 64, 128\nusecs = 1, 2, 2\n",
		 "001"},
		/* and together with one that does: two links for one block */
		{"[plan]\nzip = rx.nic.rx_ring+tx.nic.rx_ring\n[tx]\n[rx]\n[rx.nic]\n"
		 "rx_ring = 64, 128\n[tx.nic]\nrx_ring = 64, 128\n[traffic]\nframe = 64, 65\n",
		 "0011"},
	};
	size_t i, k, n, n_blocks;

	for (i = 0; i < N(cases); i++) {
		struct plan *plan = load(cases[i].text, NULL);
		const struct point **points = expand(plan, &n);
		uint32_t *block = calloc(n, sizeof(*block)), most = 0;

		assert_int_equal(n, strlen(cases[i].blocks));
		assert_int_equal(plan_blocks(plan, points, n, block, &n_blocks), 0);
		for (k = 0; k < n; k++) {
			if (block[k] != (uint32_t)(cases[i].blocks[k] - '0'))
				fail_msg("%s: point %zu is in block %u", cases[i].text, k,
					 block[k]);
			most = block[k] > most ? block[k] : most;
		}
		assert_int_equal(n_blocks, most + 1);
		free(block);
		plan_free(plan);
	}
}

static void a_change_costs_what_its_dearest_axis_does(void **state)
{
	struct plan *plan = load("[tx]\nqueues = 1, 2\n[rx]\nendpoint = udp, af_xdp\n[rx.nic]\n"
				 "rx_ring = 64, 128\nusecs = 1, 2\n",
				 NULL);
	size_t n;
	const struct point **p = expand(plan, &n);

	assert_int_equal(n, 16);
	assert_int_equal(point_change(p[0], p[0]), KNOB_RETUNE);
	assert_int_equal(point_change(p[0], p[1]), KNOB_RETUNE);
	assert_int_equal(point_change(p[0], p[2]), KNOB_RELINK);
	assert_int_equal(point_change(p[0], p[4]), KNOB_RESPAWN);
	assert_int_equal(point_change(p[0], p[6]), KNOB_RELINK);
	assert_int_equal(point_change(p[0], p[8]), KNOB_REOPEN);
	assert_int_equal(point_change(p[9], p[0]), KNOB_REOPEN);
	plan_free(plan);
}

static void a_key_is_given_or_has_its_default(void **state)
{
	struct plan *plan = plan_new(sets, N(sets));
	struct error err = {0};

	assert_int_equal(plan_load_text(plan, "p", "[plan]\nrepeats = 3\n", &err), 0);
	assert_string_equal(plan_given(plan, "plan.repeats"), "3");
	assert_string_equal(plan_given(plan, "plan.lab"), "none");
	assert_string_equal(plan_given(plan, "plan.bal"), "");
	assert_int_equal(plan_set(plan, "plan.repeats=4", &err), 0);
	assert_string_equal(plan_given(plan, "plan.repeats"), "4");
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(axes_of_a_group_run_together),
		cmocka_unit_test(what_is_written_makes_the_same_points),
		cmocka_unit_test(a_wrong_group_is_told),
		cmocka_unit_test(a_group_has_two_combinations),
		cmocka_unit_test(long_lists_are_no_problem),
		cmocka_unit_test(blocks_are_what_a_link_goes_down_for),
		cmocka_unit_test(a_change_costs_what_its_dearest_axis_does),
		cmocka_unit_test(a_key_is_given_or_has_its_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
