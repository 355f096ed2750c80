/* Files and --set to a finished plan: what is accepted, what is refused and in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "plan.h"
#include "plan_fake.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* Load TEXT, apply the --set of SETS (may be NULL), finish. The caller frees *plan. */
static int make(struct plan **plan, const char *text, const char *const *sets, struct error *err)
{
	int ret;

	*plan = plan_new(FAKE_SETS);
	assert_non_null(*plan);
	ret = plan_load_text(*plan, "p.ini", text, err);
	for (; !ret && sets && *sets; sets++)
		ret = plan_set(*plan, *sets, err);
	return ret ? ret : plan_finish(*plan, err);
}

static struct plan *good(const char *text)
{
	struct error err = {0};
	struct plan *plan;

	if (make(&plan, text, NULL, &err))
		fail_msg("%s: %s", text, err.text);
	return plan;
}

static const struct point *only_point(struct plan *plan)
{
	const struct point **points;
	size_t n;

	assert_int_equal(plan_expand(plan, &points, &n, NULL), 0);
	assert_int_equal(n, 1);
	return points[0];
}

/* The same value, however its key is written. */
static void spellings_of_a_key_agree(void **state)
{
	static const struct {
		const char *text, *key, *want;
	} cases[] = {
		{"[tx]\n[rx]\nqueues = 2\n", "rx.queues", "2"},
		{"[tx]\n[side rx]\nqueues=2\n", "rx.queues", "2"},
		{"[tx]\n[ side  rx ]\n\tqueues =2 \n", "rx.queues", "2"},
		{"[tx]\n[rx.napi]\nthreaded = 1\n", "rx.napi.threaded", "1"},
		{"[tx]\n[rx]\nnapi.threaded = 1\n", "rx.napi.threaded", "1"},
		{"[rx.napi]\nthreaded = 1\n[tx]\n", "rx.napi.threaded", "1"},
		{"[tx]\n[traffic]\nrate = 1.5Mpps ; of load\n", "traffic.rate", "1.5Mpps"},
		{"[tx]\nargs = --vdev=net_null0,size=64\n", "tx.args", "--vdev=net_null0,size=64"},
		{"[tx]\nargs = a;b\n", "tx.args", "a;b"},
		{"[tx]\nargs = #1 = x ; y\n", "tx.args", "#1 = x"},
		{"[tx]\nargs =\n", "tx.args", ""},
		{"[tx]\n[traffic]\nframe = 64\n[tx]\nqueues = 3\n", "tx.queues", "3"},
		{"[tx]\nendpoint = af_xdp\nring = 64, 64\n", "tx.ring", "64"},
		{"# a\n ; b\n\n[tx]\n   ; c\n  endpoint = null\n", "tx.endpoint", "null"},
		{"\xef\xbb\xbf[tx]\r\nqueues = 2\r\n", "tx.queues", "2"},
		{"[tx]\nqueues = 2", "tx.queues", "2"},
		{"[tx]\nargs = \xc3\xa4\n", "tx.args", "\xc3\xa4"},
	};
	size_t i;

	for (i = 0; i < N(cases); i++) {
		struct plan *plan = good(cases[i].text);
		const char *got = point_value(only_point(plan), cases[i].key);

		if (!got || strcmp(got, cases[i].want))
			fail_msg("%s: %s", cases[i].text, got ? got : "(none)");
		assert_true(plan_is_given(plan, cases[i].key));
		plan_free(plan);
	}
}

static void defaults_depend_on_the_endpoint(void **state)
{
	struct plan *plan = good("[tx]\nendpoint = af_xdp\n[rx]\n[side eye]\nrole = observer\n"
				 "endpoint = null\n");
	const struct point *p = only_point(plan);

	assert_string_equal(point_value(p, "tx.ring"), "2048");
	assert_string_equal(point_value(p, "rx.ring"), "128");
	assert_null(point_value(p, "eye.ring"));
	assert_null(point_value(p, "rx.xdp_mode"));
	assert_null(point_value(p, "rx.nonsense"));
	assert_null(point_value(p, "nonsense"));
	assert_string_equal(point_value(p, "tx.role"), "generator");
	assert_string_equal(point_value(p, "rx.role"), "sink");
	assert_string_equal(point_value(p, "eye.role"), "observer");
	assert_string_equal(point_value(p, "traffic.duration"), "2s");
	assert_string_equal(point_value(p, "rx.napi.threaded"), "keep");
	assert_false(plan_is_given(plan, "tx.ring"));
	assert_true(plan_is_given(plan, "tx.endpoint"));
	assert_false(plan_is_given(plan, "tx.role"));
	plan_free(plan);
}

/* Everything a user can get wrong, with the beginning and a part of what is said. */
static void mistakes_are_named_with_their_remedy(void **state)
{
	static const struct {
		const char *text, *set;
		int exit;
		const char *begin, *says;
	} cases[] = {
		/* structure */
		{"[tx\n", NULL, EX_DATAERR, "p.ini:1: ", "[NAME]"},
		{"[tx] x\n", NULL, EX_DATAERR, "p.ini:1: ", "alone on its line"},
		{"\n[tx]\nqueues\n", NULL, EX_DATAERR, "p.ini:3: ", "key = value: queues"},
		{"[tx]\n= 3\n", NULL, EX_DATAERR, "p.ini:2: ", "no key before"},
		{"[tx]\nqueues: 3\n", NULL, EX_DATAERR, "p.ini:2: ", "neither"},
		{"[tx]\nqueues: a = 3\n", NULL, EX_DATAERR, "p.ini:2: ", "not by :"},
		{"queues = 3\n", NULL, EX_DATAERR, "p.ini:1: queues: ", "before the first section"},
		{"[tx]\nargs = ;x\n[rx]\nargs=;x\n", NULL, EX_DATAERR,
		 "p.ini:4: rx.args: ", "begins a comment"},
		{"[tx]\nargs = a\x01"
		 "b\n",
		 NULL, EX_DATAERR, "p.ini:2: ", "text file"},
		{"[tx]\nargs = \xe4\n", NULL, EX_DATAERR, "p.ini:2: ", "UTF-8"},
		{"[tx]\rqueues = 3\r", NULL, EX_DATAERR, "p.ini:1: ", "text file"},
		/* sections */
		{"[trafic]\n", NULL, EX_DATAERR, "p.ini:1: [trafic]: ", "did you mean [traffic]?"},
		{"[xr]\n", NULL, EX_DATAERR, "p.ini:1: [xr]: ", "did you mean [rx]?"},
		{"[gen]\n", NULL, EX_DATAERR, "p.ini:1: [gen]: ", "[side NAME]"},
		{"[side gen]\nrole = both\n[gen]\n", NULL, EX_DATAERR,
		 "p.ini:3: [gen]: ", "write [side gen]"},
		{"[side]\n", NULL, EX_DATAERR, "p.ini:1: [side]: ", "[side NAME]"},
		{"[path]\n", NULL, EX_DATAERR, "p.ini:1: [path]: ", "[path NAME]"},
		{"[side Tx]\n", NULL, EX_DATAERR, "p.ini:1: side Tx: ", "letters a-z"},
		{"[side 1]\n", NULL, EX_DATAERR, "p.ini:1: side 1: ", "first a letter"},
		{"[side plan]\n", NULL, EX_DATAERR, "p.ini:1: side plan: ", "no section's name"},
		{"[side path]\n", NULL, EX_DATAERR, "p.ini:1: side path: ", NULL},
		{"[side a b]\n", NULL, EX_DATAERR, "p.ini:1: side a b: ", NULL},
		{"[side abcdefghijklmnopqrstuvwxyzabcdef]\n", NULL, EX_DATAERR, "p.ini:1: side ",
		 "at most 31"},
		{"[path Tx]\n", NULL, EX_DATAERR, "p.ini:1: path Tx: ", NULL},
		{"[rx.nap]\n", NULL, EX_DATAERR, "p.ini:1: [rx.nap]: ", "[rx.napi]?"},
		{"[rx.something]\n", NULL, EX_DATAERR, "p.ini:1: [rx.something]: ", "list knobs"},
		{"[abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz]\n", NULL, EX_DATAERR,
		 "p.ini:1: ", "too long"},
		/* keys */
		{"[rx]\nrnig = 64\n", NULL, EX_DATAERR,
		 "p.ini:2: rx.rnig: ", "did you mean rx.ring?"},
		{"[rx]\nfrane = 64\n[traffic]\n", NULL, EX_DATAERR,
		 "p.ini:2: rx.frane: ", "no such"},
		{"[rx]\nframe = 64\n", NULL, EX_DATAERR,
		 "p.ini:2: rx.frame: ", "did you mean traffic.frame?"},
		{"[rx.napi]\nthreadd = 1\n", NULL, EX_DATAERR,
		 "p.ini:2: rx.napi.threadd: ", "did you mean rx.napi.threaded?"},
		{"[rx]\nxyzzyplugh = 1\n", NULL, EX_DATAERR,
		 "p.ini:2: rx.xyzzyplugh: ", "list knobs"},
		{"[rx]\nqueues = 1\n[rx]\nqueues = 2\n", NULL, EX_DATAERR,
		 "p.ini:4: rx.queues: ", "already given at p.ini:2"},
		{"[rx]\nnapi.threaded = 1\n[rx.napi]\nthreaded = 1\n", NULL, EX_DATAERR,
		 "p.ini:4: rx.napi.threaded: ", "p.ini:2"},
		/* values */
		{"[traffic]\nframe = 63\n", NULL, EX_DATAERR,
		 "p.ini:2: traffic.frame: \"63\": ", "give 64..9018 bytes"},
		{"[traffic]\nframe = 64, 9019\n", NULL, EX_DATAERR,
		 "p.ini:2: traffic.frame: \"9019\": ", NULL},
		{"[traffic]\nframe = 64,, 128\n", NULL, EX_DATAERR,
		 "p.ini:2: traffic.frame: ", "empty value"},
		{"[traffic]\nframe = 64,\n", NULL, EX_DATAERR, "p.ini:2: ", "empty value"},
		{"[traffic]\nframe = ,\n", NULL, EX_DATAERR, "p.ini:2: ", "empty value"},
		{"[traffic]\nframe =\n", NULL, EX_DATAERR, "p.ini:2: ", "not a whole number"},
		{"[traffic]\nrate = 80%\n", NULL, EX_DATAERR, "p.ini:2: traffic.rate: \"80%\"",
		 "give pps"},
		{"[tx]\nring = 100000\n", NULL, EX_DATAERR, "p.ini:2: tx.ring: ", "out of range"},
		/* endpoints */
		{"[tx]\nendpoint = dpkd\n", NULL, EX_DATAERR,
		 "p.ini:2: tx.endpoint: ", "udp|af_xdp|null"},
		{"[tx]\nring = 2048\nendpoint = udp\n", NULL, EX_DATAERR,
		 "p.ini:2: tx.ring with endpoint udp: ", "give 1..1024 frames"},
		{"[tx]\nring = 32\nendpoint = udp, af_xdp\n", NULL, EX_DATAERR,
		 "p.ini:2: tx.ring with endpoint af_xdp: ", "64..32768"},
		{"[tx]\nring = 32\n", "tx.endpoint=af_xdp", EX_DATAERR,
		 "p.ini:2: tx.ring with endpoint af_xdp: ", NULL},
		{"[tx]\nendpoint = af_xdp\nrcvbuf = 4K\n", NULL, EX_DATAERR,
		 "p.ini:3: tx.rcvbuf: ", "endpoint af_xdp has no such key, udp has"},
		{"[tx]\nendpoint = null\nring = 64\n", NULL, EX_DATAERR,
		 "p.ini:3: tx.ring: ", "endpoint null has no such key, udp, af_xdp has"},
		{"[tx]\nendpoint = null\n", "tx.xdp_mode=native", EX_USAGE,
		 "--set: tx.xdp_mode: ", "set tx.endpoint"},
		/* lists */
		{"[tx]\n[plan]\nrepeats = 1, 2\n", NULL, EX_DATAERR,
		 "p.ini:3: plan.repeats: ", "cannot be swept"},
		{"[tx]\n[plan]\nrepeats = 1, 1\n", NULL, EX_DATAERR,
		 "p.ini:3: plan.repeats: ", "cannot be swept"},
		{"[tx]\nrole = generator, both\n", NULL, EX_DATAERR,
		 "p.ini:2: tx.role: ", "cannot be swept"},
		/* sides and paths */
		{"", NULL, EX_DATAERR, "p.ini: the plan has no sides", "write [tx] and [rx]"},
		{"[plan]\nname = x\n", NULL, EX_DATAERR, "p.ini: the plan has no sides", NULL},
		{"[tx]\n[side gen]\n", NULL, EX_DATAERR, "p.ini:2: side gen has no role", "role ="},
		{"[tx]\nrole = sender\n", NULL, EX_DATAERR,
		 "p.ini:2: tx.role: ", "generator|sink|both|observer"},
		{"[tx]\n[gen.napi]\nthreaded = 1\n", NULL, EX_DATAERR,
		 "p.ini:2: there is no side gen", "[side gen]"},
		{"[tx]\n[side generator]\nrole = both\n[side genertor]\n[gemerator.napi]\n", NULL,
		 EX_DATAERR, "p.ini:5: there is no side gemerator", "did you mean generator?"},
		{"[tx]\n", "xt.queues=3", EX_USAGE, "--set: there is no side xt",
		 "did you mean tx?"},
		{"[rx]\n", NULL, EX_DATAERR, "p.ini: no side sends", "add [tx]"},
		{"[side a]\nrole = observer\n", NULL, EX_DATAERR, "p.ini: no side sends", NULL},
		{"[tx]\n[path p]\nto = tx\n", NULL, EX_DATAERR, "p.ini:2: path p: ", "add from ="},
		{"[tx]\n[path p]\nfrom = xx\n", NULL, EX_DATAERR,
		 "p.ini:3: path.p.from: ", "no side \"xx\""},
		{"[tx]\n[rx]\n[path p]\nfrom = rx\n", NULL, EX_DATAERR,
		 "p.ini:4: path.p.from: ", "role of side rx is sink; set it to generator or both"},
		{"[tx]\n[rx]\n[path p]\nfrom = tx\nto = tx\n", NULL, EX_DATAERR,
		 "p.ini:5: path.p.to: ", "set it to sink or both"},
		{"[tx]\n[rx]\n[path p]\nfrom = tx, rx\n", NULL, EX_DATAERR,
		 "p.ini:4: path.p.from: ", "no side"},
		{"[tx]\n[path p]\nform = tx\n", NULL, EX_DATAERR, "p.ini:3: path.p.form: ", NULL},
		{"[side a]\nrole=generator\n[side a-b]\nrole=generator\n[side b-c]\nrole=sink\n"
		 "[side c]\nrole=sink\n",
		 NULL, EX_DATAERR, "p.ini: two paths", "a-b-c"},
		{"[tx]\n[rx]\n[side b]\nrole=sink\n", NULL, EX_DATAERR,
		 "p.ini: generators: 1, sinks: 2, ", "[path NAME]"},
		{"[tx]\n[side b]\nrole=both\n", NULL, EX_DATAERR,
		 "p.ini: generators: 1, sinks: 0, sides with both roles: 1", "[path NAME]"},
		{"[tx]\nrole=both\n[side b]\nrole=both\n[rx]\nrole=both\n", NULL, EX_DATAERR,
		 "p.ini: generators: 0, sinks: 0, sides with both roles: 3", "[path NAME]"},
		{"[tx]\n[rx]\n[path p]\nfrom = tx\n[path q]\nto = rx\nfrom = tx\n", NULL,
		 EX_DATAERR, "p.ini:5: path q: side tx sends on path p already",
		 "another generator"},
		{"[tx]\n[rx]\n[side b]\nrole=generator\n[path p]\nfrom = tx\nto = rx\n[path q]\n"
		 "from = b\nto = rx\n",
		 NULL, EX_DATAERR, "p.ini:8: path q: side rx receives on path p already",
		 "another sink"},
		/* --set */
		{"[tx]\n", "tx.queues", EX_USAGE, "--set: ", "key=value"},
		{"[tx]\n", "queues=3", EX_USAGE, "--set: queues: ", "did you mean"},
		{"[tx]\n", "=3", EX_USAGE, "--set: ", "no such key"},
		{"[tx]\n", "trafic.rate=max", EX_USAGE,
		 "--set: trafic.rate: ", "did you mean traffic.rate?"},
		{"[tx]\n", "traffic.rate=1", EX_USAGE, "--set: traffic.rate: ", "without a unit"},
		{"[tx]\n", "tx.args=a ;b", EX_USAGE, "--set: tx.args: ", "comment"},
		{"[tx]\n", "tx.args=a;b ;c", EX_USAGE, "--set: tx.args: ", "comment"},
		{"[tx]\n", "tx.args=a\nb", EX_USAGE, "--set: ", "control"},
		{"[tx]\n", "tx.args=\xff", EX_USAGE, "--set: ", "UTF-8"},
		{"[tx]\n", "tx.endpoint=null,null2", EX_USAGE, "--set: tx.endpoint: ", "null2"},
	};
	size_t i;

	for (i = 0; i < N(cases); i++) {
		const char *const sets[] = {cases[i].set, NULL};
		struct error err = {0};
		struct plan *plan;
		int ret = make(&plan, cases[i].text, sets, &err);

		plan_free(plan);
		if (!ret)
			fail_msg("accepted: %s", cases[i].text);
		if (ret != err.code || err.exit != cases[i].exit ||
		    strncmp(err.text, cases[i].begin, strlen(cases[i].begin)) ||
		    (cases[i].says && !strstr(err.text, cases[i].says)))
			fail_msg("%s(%s): %d/%d \"%s\", not \"%s...%s\"", cases[i].text,
				 cases[i].set, ret, err.exit, err.text, cases[i].begin,
				 cases[i].says ? cases[i].says : "");
		ret = make(&plan, cases[i].text, sets, NULL);
		plan_free(plan);
		assert_int_equal(ret, err.code);
	}
}

static void the_command_line_beats_the_file(void **state)
{
	static const char *const sets[] = {" rx.queues = 4 ", "rx.queues=8", "rx.napi.threaded=1",
					   "traffic.frame=128", NULL};
	struct error err = {0};
	struct plan *plan;
	const struct point *p;

	if (make(&plan, "[tx]\n[rx]\nqueues = 1, 2\n", sets, &err))
		fail_msg("%s", err.text);
	p = only_point(plan);
	assert_string_equal(point_value(p, "rx.queues"), "8");
	assert_string_equal(point_value(p, "rx.napi.threaded"), "1");
	assert_string_equal(point_value(p, "traffic.frame"), "128");
	plan_free(plan);

	/* also when it comes first, and for sides that the file does not name */
	plan = plan_new(FAKE_SETS);
	assert_int_equal(plan_set(plan, "tx.queues=4", &err), 0);
	assert_int_equal(plan_load_text(plan, "p.ini", "[tx]\nqueues = 2\n", &err), 0);
	assert_int_equal(plan_set(plan, "rx.queues=5", &err), 0);
	assert_int_equal(plan_finish(plan, &err), 0);
	p = only_point(plan);
	assert_string_equal(point_value(p, "tx.queues"), "4");
	assert_string_equal(point_value(p, "rx.queues"), "5");
	plan_free(plan);
}

static void a_finished_plan_stays_as_it_is(void **state)
{
	struct plan *plan = good("[tx]\n");

	assert_int_equal(plan_set(plan, "tx.queues=4", NULL), -EBUSY);
	assert_int_equal(plan_load_text(plan, "x", "[rx]\n", NULL), -EBUSY);
	assert_int_equal(plan_finish(plan, NULL), -EBUSY);
	assert_string_equal(point_value(only_point(plan), "tx.queues"), "1");
	plan_free(plan);
	plan_free(NULL);
}

/* PATHS: "name from to" each, "-" for nobody. */
static void paths_follow_from_the_roles(void **state)
{
	static const struct {
		const char *text, *paths;
	} cases[] = {
		{"[tx]\n[rx]\n", "tx-rx tx rx\n"},
		{"[rx]\n[tx]\n", "tx-rx tx rx\n"},
		{"[tx]\n", "tx tx -\n"},
		{"[tx]\nrole = both\n", "tx-tx tx tx\n"},
		{"[tx]\nrole = both\n[rx]\nrole = both\n", "tx-rx tx rx\nrx-tx rx tx\n"},
		{"[tx]\nrole = both\n[rx]\n", "tx-rx tx rx\n"},
		{"[tx]\n[side tx2]\nrole = generator\n", "tx tx -\ntx2 tx2 -\n"},
		{"[side a]\nrole=both\n[side b]\nrole=both\n[side c]\nrole=both\n[side d]\n"
		 "role=both\n",
		 "a-b a b\nb-a b a\nc-d c d\nd-c d c\n"},
		{"[side a]\nrole=both\n[tx]\n[side b]\nrole=both\n[rx]\n",
		 "tx-rx tx rx\na-b a b\nb-a b a\n"},
		{"[tx]\n[rx]\n[side o]\nrole = observer\n", "tx-rx tx rx\n"},
		{"[side a]\nrole=generator\n[side b]\nrole=generator\n[side c]\nrole=sink\n"
		 "[side d]\nrole=sink\n",
		 "a-c a c\nb-d b d\n"},
		{"[tx]\n[rx]\n[path there]\nfrom = tx\nto = rx\n", "there tx rx\n"},
		{"[tx]\n[rx]\n[path void]\nfrom = tx\n", "void tx -\n"},
		{"[tx]\nrole = both\n[path loop]\nfrom = tx\nto = tx\n", "loop tx tx\n"},
	};
	size_t i, j;

	for (i = 0; i < N(cases); i++) {
		struct plan *plan = good(cases[i].text);
		const struct plan_path *paths;
		const struct plan_side *sides;
		size_t n = plan_paths(plan, &paths), len = 0;
		char got[512] = "";

		plan_sides(plan, &sides);
		for (j = 0; j < n; j++)
			len += (size_t)snprintf(got + len, sizeof(got) - len, "%s %s %s\n",
						paths[j].name, sides[paths[j].from].name,
						paths[j].to < 0 ? "-" : sides[paths[j].to].name);
		assert_string_equal(got, cases[i].paths);
		plan_free(plan);
	}
}

static void sides_keep_the_order_of_the_file(void **state)
{
	struct plan *plan = good("[rx.napi]\n[side b]\nrole = both\n[tx]\nrole = both\n"
				 "[path p]\nfrom = b\nto = tx\n");
	const struct plan_side *sides;

	assert_int_equal(plan_sides(plan, &sides), 3);
	assert_string_equal(sides[0].name, "rx");
	assert_int_equal(sides[0].role, ROLE_SINK);
	assert_string_equal(sides[1].name, "b");
	assert_int_equal(sides[1].role, ROLE_BOTH);
	assert_string_equal(sides[2].name, "tx");
	assert_int_equal(sides[2].role, ROLE_BOTH);
	assert_int_equal(plan_side_index(plan, "b"), 1);
	assert_int_equal(plan_side_index(plan, "c"), -1);
	plan_free(plan);
}

static void counts_of_sides_and_paths_are_limited(void **state)
{
	char text[8192];
	struct error err = {0};
	struct plan *plan;
	size_t len = 0;
	int i, ret;

	for (i = 0; i < PLAN_SIDES_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "[side s%d]\nrole = %s\n",
					i, i % 2 ? "sink" : "generator");
	plan = good(text);
	plan_free(plan);
	snprintf(text + len, sizeof(text) - len, "[tx]\n");
	ret = make(&plan, text, NULL, &err);
	plan_free(plan);
	assert_int_equal(ret, -E2BIG);
	assert_non_null(strstr(err.text, "p.ini:129: side tx: more than 64 sides"));
}

/* An endpoint that is a text, not a choice, is still one of those that there are sets for. */
static void endpoints_may_be_texts(void **state)
{
	static const struct knob rows[] = {
		{"endpoint", KNOB_STRING, 0, 16, .def = "", .sweepable = true},
	};
	static const struct knob_set side = {"side", KNOB_SCOPE_SIDE, NULL, rows, 1, 16};
	const struct knob_set *const sets[] = {&side, &fake_udp_set, &fake_xsk_set};
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"[tx]\nendpoint = udp\nring = 5\n", NULL},
		{"[tx]\nendpoint =\n", NULL},
		{"[tx]\n", NULL},
		{"[tx]\nendpoint = afxdp\n",
		 "t.ini:2: tx.endpoint: there is no endpoint \"afxdp\"; "
		 "did you mean af_xdp?"},
		{"[tx]\nendpoint = udp, zzzzzzzz\n", "list endpoints"},
		{"[tx]\nring = 5\n",
		 "t.ini:2: tx.ring: endpoint (none) has no such key, udp, af_xdp has"},
	};
	size_t i;

	for (i = 0; i < N(cases); i++) {
		struct plan *plan = plan_new(sets, N(sets));
		struct error err = {0};
		int ret = plan_load_text(plan, "t.ini", cases[i].text, &err);

		if (!ret)
			ret = plan_finish(plan, &err);
		plan_free(plan);
		if (!ret != !cases[i].says || (ret && !strstr(err.text, cases[i].says)))
			fail_msg("%s: %d %s", cases[i].text, ret, err.text);
	}
}

static void a_wrong_default_is_the_programs_mistake(void **state)
{
	static const struct knob rows[] = {{"depth", KNOB_U64, 0, .max = 4, .def = "5"}};
	static const struct knob_set set = {"search", KNOB_SCOPE_PLAN, NULL, rows, 1, 8};
	const struct knob_set *const sets[] = {&set};
	struct plan *plan = plan_new(sets, 1);
	struct error err = {0};

	assert_int_equal(plan_load_text(plan, "t.ini", "[tx]\n", &err), 0);
	assert_int_equal(plan_finish(plan, &err), -ERANGE);
	assert_int_equal(err.exit, EX_SOFTWARE);
	assert_non_null(strstr(err.text, "search.depth"));
	plan_free(plan);
}

/* --set rx.endpoint takes keys of the file with it, but none of --set, and none that stay of use.
 */
static void a_set_of_the_endpoint_drops_what_it_overrules(void **state)
{
	static const char file[] = "[tx]\nendpoint = udp\n[rx]\nendpoint = udp, af_xdp\n"
				   "xdp_mode = native, generic\nring = 128\n";
	static const char *const drop[] = {"rx.endpoint=udp", NULL};
	static const char *const keep[] = {"rx.endpoint=af_xdp", NULL};
	static const char *const both[] = {"rx.endpoint=udp", "rx.xdp_mode=native", NULL};
	const struct point **points;
	struct error err = {0};
	struct plan *plan;
	size_t n;

	if (make(&plan, file, drop, &err))
		fail_msg("%s", err.text);
	assert_int_equal(plan_expand(plan, &points, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_string_equal(point_value(points[0], "rx.ring"), "128");
	assert_null(point_value(points[0], "rx.xdp_mode"));
	plan_free(plan);
	assert_int_equal(make(&plan, file, keep, &err), 0);
	assert_int_equal(plan_expand(plan, &points, &n, &err), 0);
	assert_int_equal(n, 2);
	plan_free(plan);
	assert_int_equal(make(&plan, file, both, &err), -EINVAL);
	assert_non_null(strstr(err.text, "rx.xdp_mode"));
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spellings_of_a_key_agree),
		cmocka_unit_test(defaults_depend_on_the_endpoint),
		cmocka_unit_test(mistakes_are_named_with_their_remedy),
		cmocka_unit_test(the_command_line_beats_the_file),
		cmocka_unit_test(a_finished_plan_stays_as_it_is),
		cmocka_unit_test(paths_follow_from_the_roles),
		cmocka_unit_test(sides_keep_the_order_of_the_file),
		cmocka_unit_test(counts_of_sides_and_paths_are_limited),
		cmocka_unit_test(endpoints_may_be_texts),
		cmocka_unit_test(a_set_of_the_endpoint_drops_what_it_overrules),
		cmocka_unit_test(a_wrong_default_is_the_programs_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
