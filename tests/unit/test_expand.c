/* Plans to points: which combinations, in which order, with which values; and plans written back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "plan.h"
#include "plan_fake.h"
#include "plan_points.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct plan *load(const char *text)
{
	struct plan *plan = plan_new(FAKE_SETS);
	struct error err = {0};

	if (plan_load_text(plan, "p.ini", text, &err) || plan_finish(plan, &err))
		fail_msg("%s: %s", text, err.text);
	return plan;
}

static void axes_cross_and_collapse_in_order(void **state)
{
	static const struct {
		const char *text, *points;
	} cases[] = {
		{"[tx]\n", "\n"},
		{"[tx]\nqueues = 1\n", "\n"},
		{"[tx]\nqueues = 2, 1, 4\n", " 2\n 1\n 4\n"},
		{"[tx]\nqueues = 2, 1, 2, 1\n", " 2\n 1\n"},
		/* the last is fastest */
		{"[tx]\nqueues = 1, 2\n[traffic]\nframe = 64, 128, 256\n",
		 " 1 64\n 1 128\n 1 256\n 2 64\n 2 128\n 2 256\n"},
		{"[traffic]\nframe = 64, 128\n[tx]\nqueues = 1, 2\n",
		 " 64 1\n 64 2\n 128 1\n 128 2\n"},
		/* an axis that udp does not have is made once there */
		{"[tx]\nendpoint = af_xdp, udp\nxdp_mode = native, generic\n",
		 " af_xdp native\n af_xdp generic\n udp\n"},
		{"[tx]\nxdp_mode = native, generic\nendpoint = af_xdp, udp\n",
		 " native af_xdp\n udp\n generic af_xdp\n"},
		{"[tx]\nxdp_mode = native, generic\nendpoint = af_xdp, udp\nqueues = 1, 2\n",
		 " native af_xdp 1\n native af_xdp 2\n udp 1\n udp 2\n generic af_xdp 1\n"
		 " generic af_xdp 2\n"},
		{"[tx]\nring = 64, 128\nendpoint = null, af_xdp, udp\n",
		 " null\n 64 af_xdp\n 64 udp\n 128 af_xdp\n 128 udp\n"},
		{"[tx]\nrcvbuf = 4K, 8K\nxdp_mode = native, generic\nendpoint = af_xdp, udp, "
		 "null\n",
		 " native af_xdp\n 4K udp\n null\n generic af_xdp\n 8K udp\n"},
		/* each side for itself */
		{"[tx]\nendpoint = af_xdp\n[rx]\nendpoint = udp, null\nrcvbuf = 4K, 8K\n"
		 "[tx]\nxdp_mode = native, generic\n",
		 " udp 4K native\n udp 4K generic\n udp 8K native\n udp 8K generic\n"
		 " null native\n null generic\n"},
		{"[tx]\nendpoint = null, udp\nrcvbuf = 4K, 8K\n[rx]\nendpoint = null, udp\n"
		 "rcvbuf = 4K, 8K\n",
		 " null null\n null udp 4K\n null udp 8K\n udp 4K null\n udp 4K udp 4K\n"
		 " udp 4K udp 8K\n udp 8K null\n udp 8K udp 4K\n udp 8K udp 8K\n"},
		/* groups are of every endpoint */
		{"[tx]\nendpoint = null, udp\n[tx.napi]\nthreaded = 0, 1\n",
		 " null 0\n null 1\n udp 0\n udp 1\n"},
	};
	size_t i;

	for (i = 0; i < N(cases); i++) {
		struct plan *plan = load(cases[i].text);
		char *got = points_of(plan);

		if (strcmp(got, cases[i].points))
			fail_msg("%s\nmade\n%s", cases[i].text, got);
		free(got);
		plan_free(plan);
	}
}

static void set_keeps_the_files_place(void **state)
{
	struct plan *plan = plan_new(FAKE_SETS);
	struct error err = {0};
	char *got;

	assert_int_equal(
		plan_load_text(plan, "p", "[tx]\nqueues = 1\n[traffic]\nframe = 64, 65\n", &err),
		0);
	assert_int_equal(plan_set(plan, "traffic.rate=max, 1pps", &err), 0);
	assert_int_equal(plan_set(plan, "tx.queues=1,2", &err), 0);
	assert_int_equal(plan_finish(plan, &err), 0);
	got = points_of(plan);
	assert_string_equal(got, " 1 64 max\n 1 64 1pps\n 1 65 max\n 1 65 1pps\n"
				 " 2 64 max\n 2 64 1pps\n 2 65 max\n 2 65 1pps\n");
	free(got);
	plan_free(plan);
}

/* KEY = first, first + 1, ... (COUNT values) on one line. */
static void append_list(FILE *f, const char *key, int first, int count)
{
	int i;

	fprintf(f, "%s = %d", key, first);
	for (i = 1; i < count; i++)
		fprintf(f, ", %d", first + i);
	fputc('\n', f);
}

/* Lists as long as given for tx.ring, rx.ring and traffic.frame. */
static struct plan *big(int tx, int rx, int frames, const char *endpoints)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	struct plan *plan;

	fprintf(f, "[tx]\nendpoint = %s\n", endpoints);
	append_list(f, "ring", 64, tx);
	fprintf(f, "[rx]\nendpoint = af_xdp\n");
	append_list(f, "ring", 64, rx);
	fprintf(f, "[traffic]\n");
	append_list(f, "frame", 64, frames);
	fclose(f);
	plan = load(text);
	free(text);
	return plan;
}

static void the_limit_is_a_million(void **state)
{
	static const struct {
		int tx, rx, frames;
		const char *endpoints;
		size_t n; /* 0: too many */
	} cases[] = {
		{100, 1000, 1, "af_xdp", 100000},       {1000, 1000, 1, "af_xdp", 1000000},
		{1000, 999, 1, "af_xdp, null", 999999}, {1000, 1000, 1, "af_xdp, null", 0},
		{1000, 1001, 1, "af_xdp", 0},           {8000, 8000, 8000, "af_xdp", 0},
		{1, 30000, 1, "af_xdp", 30000},
	};
	size_t i;

	for (i = 0; i < N(cases); i++) {
		struct plan *plan =
			big(cases[i].tx, cases[i].rx, cases[i].frames, cases[i].endpoints);
		const struct point **points, **again;
		char last[16];
		struct error err = {0};
		size_t n, n2;
		int ret = plan_expand(plan, &points, &n, &err);

		if (!cases[i].n) {
			assert_int_equal(ret, -E2BIG);
			assert_int_equal(err.exit, EX_DATAERR);
			assert_non_null(strstr(err.text, "1000000 points"));
		} else {
			assert_int_equal(ret, 0);
			assert_int_equal(n, cases[i].n);
			assert_int_equal(plan_expand(plan, &again, &n2, &err), 0);
			assert_ptr_equal(again, points);
			assert_int_equal(n2, n);
			snprintf(last, sizeof(last), "%d", 63 + cases[i].rx);
			assert_string_equal(point_value(points[0], "rx.ring"), "64");
			assert_string_equal(point_value(points[n - 1], "rx.ring"), last);
		}
		plan_free(plan);
	}
}

/* Sixty sides whose lists would overflow any product. */
static void a_product_beyond_64_bits_is_too_many(void **state)
{
	char *text;
	size_t len, n;
	FILE *f = open_memstream(&text, &len);
	const struct point **points;
	struct plan *plan;
	int i;

	for (i = 0; i < 60; i++) {
		fprintf(f, "[side s%d]\nrole = %s\nendpoint = udp, af_xdp, null\n", i,
			i % 2 ? "sink" : "generator");
		append_list(f, "ring", 64, 500);
	}
	fclose(f);
	plan = load(text);
	assert_int_equal(plan_expand(plan, &points, &n, NULL), -E2BIG);
	plan_free(plan);
	free(text);
}

static void configs_hold_the_points_values(void **state)
{
	struct plan *plan = load("[traffic]\nframe = 64, 1518\nrate = max\n"
				 "[tx]\nendpoint = af_xdp, udp\nring = 512\nxdp_mode = generic\n"
				 "device = net:eth5\ncpus = 0+2\nnapi.threaded = 1\n");
	struct fake_traffic traffic;
	struct fake_side side;
	struct fake_xsk xsk;
	struct fake_udp udp;
	struct fake_napi napi;
	const struct point **points;
	struct error err = {0};
	size_t n;

	assert_int_equal(plan_expand(plan, &points, &n, NULL), 0);
	assert_int_equal(n, 4);
	/* frame 1518, af_xdp */
	assert_int_equal(point_config(points[2], &fake_traffic_set, -1, &traffic, &err), 0);
	assert_int_equal(traffic.frame, 1518);
	assert_true(isinf(traffic.rate));
	assert_int_equal(traffic.duration, 2000000000);
	assert_int_equal(point_config(points[2], &fake_side_set, 0, &side, &err), 0);
	assert_int_equal(side.endpoint, 1);
	assert_string_equal(side.device, "net:eth5");
	assert_int_equal(side.cpus.n, 2);
	assert_int_equal(point_config(points[2], &fake_xsk_set, 0, &xsk, &err), 0);
	assert_int_equal(xsk.ring, 512);
	assert_int_equal(xsk.mode, 1);
	assert_true(xsk.wakeup);
	assert_int_equal(point_config(points[2], &fake_napi_set, 0, &napi, &err), 0);
	assert_int_equal(napi.threaded, 2);
	/* the other endpoint's set keeps its defaults there */
	assert_int_equal(point_config(points[2], &fake_udp_set, 0, &udp, &err), 0);
	assert_int_equal(udp.ring, 128);
	assert_int_equal(point_config(points[3], &fake_udp_set, 0, &udp, &err), 0);
	assert_int_equal(udp.ring, 512);
	assert_int_equal(udp.rcvbuf, 1 << 20);
	assert_int_equal(point_config(points[3], &fake_udp_set, 1, &udp, &err), -EINVAL);
	assert_int_equal(point_config(points[3], &fake_udp_set, -1, &udp, &err), -EINVAL);
	plan_free(plan);
}

/* What is sent to an agent arrives there as the config that the point has. */
static void side_values_travel_as_json(void **state)
{
	struct plan *plan = load("[tx]\nendpoint = udp, af_xdp\nring = 512, 1024\n"
				 "[rx]\nqueues = 7\n[rx.napi]\nthreaded = 0\n");
	const struct point **points;
	json_t *values;
	struct fake_xsk want, got;
	size_t n;
	char *line;

	memset(&want, 0, sizeof(want));
	memset(&got, 0, sizeof(got));
	assert_int_equal(plan_expand(plan, &points, &n, NULL), 0);
	assert_int_equal(n, 4);
	values = point_side_values(points[3], 0);
	assert_int_equal(point_config(points[3], &fake_xsk_set, 0, &want, NULL), 0);
	assert_int_equal(knob_set_from_json(&fake_xsk_set, values, &got, NULL), 0);
	assert_memory_equal(&want, &got, sizeof(want));
	assert_int_equal(got.ring, 1024);
	assert_null(json_object_get(values, "rcvbuf"));
	json_decref(values);

	values = point_side_values(points[0], 1);
	line = json_line(values);
	assert_string_equal(line, "{\"role\":\"sink\",\"endpoint\":\"udp\",\"device\":\"\","
				  "\"args\":\"\",\"queues\":\"7\",\"cpus\":\"0\",\"rcvbuf\":\"1M\","
				  "\"ring\":\"128\",\"napi.threaded\":\"0\"}");
	free(line);
	json_decref(values);
	values = point_side_values(points[0], 2);
	assert_int_equal(json_object_size(values), 0);
	json_decref(values);
	plan_free(plan);
}

static char *written(const struct plan *plan)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_int_equal(plan_write(plan, f), 0);
	fclose(f);
	return text;
}

/* Every side's values at every point of two plans. */
static void assert_same_plan(struct plan *a, struct plan *b)
{
	const struct point **pa, **pb;
	const struct plan_side *sa, *sb;
	const struct plan_path *ha, *hb;
	size_t na, nb, n = plan_sides(a, &sa), i, j;
	char *ta = points_of(a), *tb = points_of(b);

	assert_string_equal(ta, tb);
	free(ta);
	free(tb);
	assert_int_equal(plan_sides(b, &sb), n);
	assert_int_equal(plan_paths(a, &ha), plan_paths(b, &hb));
	for (i = 0; i < plan_paths(a, &ha); i++) {
		assert_string_equal(ha[i].name, hb[i].name);
		assert_int_equal(ha[i].from, hb[i].from);
		assert_int_equal(ha[i].to, hb[i].to);
	}
	assert_int_equal(plan_expand(a, &pa, &na, NULL), 0);
	assert_int_equal(plan_expand(b, &pb, &nb, NULL), 0);
	assert_int_equal(na, nb);
	for (i = 0; i < na; i++) {
		for (j = 0; j < n; j++) {
			json_t *va = point_side_values(pa[i], (int)j);
			json_t *vb = point_side_values(pb[i], (int)j);

			assert_string_equal(sa[j].name, sb[j].name);
			assert_int_equal(sa[j].role, sb[j].role);
			assert_true(json_equal(va, vb));
			json_decref(va);
			json_decref(vb);
		}
		assert_string_equal(point_value(pa[i], "traffic.rate"),
				    point_value(pb[i], "traffic.rate"));
		assert_string_equal(point_value(pa[i], "plan.name"),
				    point_value(pb[i], "plan.name"));
	}
}

static void what_is_written_reads_back_the_same(void **state)
{
	static const char *const texts[] = {
		"[tx]\n",
		"[rx]\n[tx]\n",
		"[side b]\nrole=sink\n[side a]\nrole=generator\n[tx]\nrole=both\n[rx]\nrole=both\n",
		"[tx]\nargs = a;b, c=#d\n[plan]\nname = x y  z\n",
		/* defaults of ring differ by endpoint: no single value stands for both */
		"[tx]\nendpoint = udp, af_xdp, null\n",
		"[tx]\nendpoint = udp, af_xdp, null\nring = 64, 65\nrcvbuf = 4K, 1M\n",
		/* axes in an order that sections cannot have */
		"[rx]\nqueues = 1, 2\n[tx]\nqueues = 3, 4\n[traffic]\nframe = 64, 65\n"
		"[rx]\ncpus = 0, 1\n[tx.napi]\nthreaded = 0, 1\n[traffic]\nrate = max, 1pps\n"
		"[tx]\nring = 1, 2\n",
		"[tx]\nring = 64, 65\n[rx]\nring = 64, 65\n[tx]\nendpoint = af_xdp, udp\n",
		"[tx]\n[rx]\n[side a]\nrole=generator\n[path p]\nfrom = tx\n[path q]\nto = "
		"rx\nfrom = a\n",
		"[tx]\nrole = both\nqueues = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, "
		"16, 17"
		", 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, "
		"38"
		", 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, "
		"59\n",
	};
	size_t i;

	for (i = 0; i < N(texts); i++) {
		struct plan *plan = load(texts[i]), *again;
		char *text = written(plan), *second;

		again = load(text);
		assert_same_plan(plan, again);
		second = written(again);
		assert_string_equal(text, second);
		free(second);
		free(text);
		plan_free(again);
		plan_free(plan);
	}
}

static void every_default_is_written_with_its_help(void **state)
{
	struct plan *plan =
		load("[tx]\nendpoint = udp, af_xdp\nqueues = 1,2\n[rx]\nendpoint = null\n");
	char *text = written(plan);

	assert_string_equal(
		text,
		"[plan]\n"
		"name =                                  ; of the run\n"
		"lab = none\n"
		"repeats = 1                             ; trials a point (trials)\n"
		"\n[traffic]\n"
		"frame = 64                              ; on the wire (bytes)\n"
		"rate = max                              ; offered load\n"
		"duration = 2s\n"
		"\n[tx]\n"
		"role = generator                        ; what the side does; tx generates and rx "
		"sinks unless told\n"
		"device =\n"
		"args =\n"
		"cpus = 0\n"
		"rcvbuf = 1M\n"
		"; ring by default: 128 with udp, 2048 with af_xdp\n"
		"xdp_mode = native\n"
		"wakeup = on\n"
		"endpoint = udp, af_xdp                  ; how packets are touched\n"
		"queues = 1, 2\n"
		"\n[tx.napi]\n"
		"threaded = keep                         ; NAPI in a thread\n"
		"\n[rx]\n"
		"role = sink                             ; what the side does; tx generates and rx "
		"sinks unless told\n"
		"endpoint = null                         ; how packets are touched\n"
		"device =\n"
		"args =\n"
		"queues = 1\n"
		"cpus = 0\n"
		"\n[rx.napi]\n"
		"threaded = keep                         ; NAPI in a thread\n"
		"\n; path tx-rx: from tx to rx\n");
	free(text);
	plan_free(plan);
}

static void a_full_disk_is_an_error(void **state)
{
	struct plan *plan = load("[tx]\n");
	FILE *f = fopen("/dev/full", "w");

	assert_non_null(f);
	assert_int_equal(plan_write(plan, f), -ENOSPC);
	fclose(f);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(axes_cross_and_collapse_in_order),
		cmocka_unit_test(set_keeps_the_files_place),
		cmocka_unit_test(the_limit_is_a_million),
		cmocka_unit_test(a_product_beyond_64_bits_is_too_many),
		cmocka_unit_test(configs_hold_the_points_values),
		cmocka_unit_test(side_values_travel_as_json),
		cmocka_unit_test(what_is_written_reads_back_the_same),
		cmocka_unit_test(every_default_is_written_with_its_help),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
