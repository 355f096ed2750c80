/* Single values: every type's grammar, its whole range, its errors, and what it prints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "knob.h"
#include "plan.h"
#include "plan_fake.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const char *const words[] = {"native", "generic", NULL};

static const struct knob u64 = {.name = "u64", .type = KNOB_U64};
static const struct knob ring = {
	.name = "ring", .type = KNOB_U64, .min = 64, .max = 32768, .unit = "frames"};
static const struct knob one_up = {.name = "one_up", .type = KNOB_U64, .min = 1};
static const struct knob flag = {.name = "flag", .type = KNOB_BOOL};
static const struct knob mode = {.name = "mode", .type = KNOB_CHOICE, .choices = words};
static const struct knob text8 = {.name = "text", .type = KNOB_STRING, .size = 8};
static const struct knob bytes = {.name = "bytes", .type = KNOB_BYTES};
static const struct knob buffer = {
	.name = "buffer", .type = KNOB_BYTES, .min = 4096, .max = 1 << 20, .unit = "bytes"};
static const struct knob span = {.name = "span", .type = KNOB_DURATION};
static const struct knob wait = {
	.name = "wait", .type = KNOB_DURATION, .min = 1000000, .max = 10000000000, .unit = "ns"};
static const struct knob rate = {.name = "rate", .type = KNOB_RATE};
static const struct knob load = {.name = "load", .type = KNOB_RATE, .min = 1000, .max = 100000000};
static const struct knob ratio = {.name = "ratio", .type = KNOB_RATIO};
static const struct knob cpus = {.name = "cpus", .type = KNOB_CPUS, .def = "0"};
static const struct knob no_cpus = {.name = "cpus", .type = KNOB_CPUS, .def = ""};
static const struct knob few_cpus = {.name = "cpus", .type = KNOB_CPUS, .def = "0", .max = 3};
static const struct knob sizes = {
	.name = "sizes", .type = KNOB_SIZES, .min = 64, .max = 9018, .def = "64"};
static const struct knob addr = {.name = "addr", .type = KNOB_IPV4, .def = ""};
static const struct knob addr6 = {.name = "addr6", .type = KNOB_IPV6, .def = ""};

/* Types whose value is one integer (bool and choice widened). */
static uint64_t parse_int(const struct knob *knob, const char *text)
{
	union {
		uint64_t u64;
		uint32_t choice;
		bool flag;
	} config = {.u64 = 0};
	struct error err = {0};
	int ret = knob_parse(knob, text, &config, &err);

	if (ret)
		fail_msg("%s: %s", text, err.text);
	if (knob->type == KNOB_CHOICE)
		return config.choice;
	return knob->type == KNOB_BOOL ? config.flag : config.u64;
}

static void integers_parse_exactly(void **state)
{
	static const struct {
		const struct knob *knob;
		const char *text;
		uint64_t want;
	} cases[] = {
		{&u64, "0", 0},
		{&u64, "18446744073709551615", UINT64_MAX},
		{&ring, "64", 64},
		{&ring, "32768", 32768},
		{&one_up, "18446744073709551615", UINT64_MAX},
		{&flag, "on", 1},
		{&flag, "off", 0},
		{&flag, "yes", 1},
		{&flag, "no", 0},
		{&flag, "true", 1},
		{&flag, "false", 0},
		{&flag, "1", 1},
		{&flag, "0", 0},
		{&mode, "native", 0},
		{&mode, "generic", 1},
		{&bytes, "0", 0},
		{&bytes, "4096", 4096},
		{&bytes, "64K", 65536},
		{&bytes, "8M", 8388608},
		{&bytes, "1G", 1073741824},
		{&bytes, "17179869183G", 17179869183ULL << 30},
		{&buffer, "1M", 1 << 20},
		{&buffer, "4K", 4096},
		{&span, "2s", 2000000000},
		{&span, "500ms", 500000000},
		{&span, "10us", 10000},
		{&span, "250ns", 250},
		{&span, "1.5s", 1500000000},
		{&span, "0.000000001s", 1},
		{&span, "1.50us", 1500},
		{&span, "7.000ns", 7},
		{&span, "0.0000000010s", 1},
		{&span, "18446744073709551615ns", UINT64_MAX},
		{&span, "18446744073.709551615s", UINT64_MAX},
		{&wait, "1ms", 1000000},
		{&wait, "10s", 10000000000},
	};
	size_t i;

	for (i = 0; i < N(cases); i++)
		if (parse_int(cases[i].knob, cases[i].text) != cases[i].want)
			fail_msg("%s %s", cases[i].knob->name, cases[i].text);
}

static void numbers_parse_exactly(void **state)
{
	static const struct {
		const struct knob *knob;
		const char *text;
		double want;
	} cases[] = {
		{&rate, "max", INFINITY},   {&load, "max", INFINITY},   {&rate, "1Mpps", 1e6},
		{&rate, "1.5Mpps", 1.5e6},  {&rate, "250kpps", 250e3},  {&rate, "9000pps", 9000},
		{&rate, "0.1Gpps", 1e8},    {&rate, "1e3pps", 1000},    {&load, "1kpps", 1000},
		{&load, "100Mpps", 1e8},    {&ratio, "0", 0},           {&ratio, "1", 1},
		{&ratio, "0.5%", 0.005},    {&ratio, "100%", 1},        {&ratio, "1e-6", 1e-6},
		{&ratio, "2.5e-3", 0.0025}, {&ratio, "0.00001%", 1e-7},
	};
	size_t i;

	for (i = 0; i < N(cases); i++) {
		double got = -1;

		assert_int_equal(knob_parse(cases[i].knob, cases[i].text, &got, NULL), 0);
		if (got != cases[i].want && fabs(got - cases[i].want) > 1e-12 * cases[i].want)
			fail_msg("%s %s is %.17g", cases[i].knob->name, cases[i].text, got);
	}
}

static void wrong_texts_are_refused(void **state)
{
	static const struct {
		const struct knob *knob;
		const char *text;
		int ret;
		const char *says; /* part of the message, or NULL */
	} cases[] = {
		{&u64, "", -EINVAL, "not a whole number"},
		{&u64, "-1", -EINVAL, NULL},
		{&u64, "+1", -EINVAL, NULL},
		{&u64, " 1", -EINVAL, NULL},
		{&u64, "1 ", -EINVAL, NULL},
		{&u64, "1x", -EINVAL, "\"1x\""},
		{&u64, "0x10", -EINVAL, NULL},
		{&u64, "1.0", -EINVAL, NULL},
		{&u64, "1e3", -EINVAL, NULL},
		{&u64, "nan", -EINVAL, NULL},
		{&u64, "18446744073709551616", -ERANGE, "out of range"},
		{&u64, "99999999999999999999999999999999999999", -ERANGE, NULL},
		{&ring, "63", -ERANGE, "give 64..32768 frames"},
		{&ring, "32769", -ERANGE, "give 64..32768 frames"},
		{&ring, "keep", -EINVAL, "give 64..32768 frames"},
		{&one_up, "0", -ERANGE, "1 or more"},
		{&flag, "", -EINVAL, "on|off"},
		{&flag, "ON", -EINVAL, NULL},
		{&flag, "2", -EINVAL, NULL},
		{&mode, "", -EINVAL, "native|generic"},
		{&mode, "nativ", -EINVAL, NULL},
		{&mode, "natives", -EINVAL, NULL},
		{&mode, "0", -EINVAL, NULL},
		{&text8, "12345678", -ERANGE, "at most 7 characters"},
		{&bytes, "", -EINVAL, NULL},
		{&bytes, "K", -EINVAL, NULL},
		{&bytes, "1k", -EINVAL, NULL},
		{&bytes, "1KB", -EINVAL, NULL},
		{&bytes, "1.5K", -EINVAL, NULL},
		{&bytes, "-1K", -EINVAL, NULL},
		{&bytes, "17179869184G", -ERANGE, NULL},
		{&buffer, "4095", -ERANGE, "4K..1M"},
		{&buffer, "2M", -ERANGE, "4K..1M"},
		{&span, "", -EINVAL, NULL},
		{&span, "2", -EINVAL, "without a unit"},
		{&span, "0", -EINVAL, "without a unit"},
		{&span, "s", -EINVAL, NULL},
		{&span, "-2s", -EINVAL, NULL},
		{&span, "2S", -EINVAL, NULL},
		{&span, "2 s", -EINVAL, NULL},
		{&span, "2.s", -EINVAL, NULL},
		{&span, ".5s", -EINVAL, NULL},
		{&span, "1.5ns", -EINVAL, "finer than 1ns"},
		{&span, "0.0000000001s", -EINVAL, "finer than 1ns"},
		{&span, "18446744073.709551616s", -ERANGE, NULL},
		{&span, "18446744074s", -ERANGE, NULL},
		{&span, "99999999999999999999s", -ERANGE, NULL},
		{&wait, "999us", -ERANGE, "1ms..10s"},
		{&wait, "11s", -ERANGE, "1ms..10s"},
		{&rate, "", -EINVAL, NULL},
		{&rate, "1000", -EINVAL, "without a unit (pps, kpps, Mpps or Gpps)"},
		{&rate, "1.5M", -EINVAL, NULL},
		{&rate, "1mpps", -EINVAL, NULL},
		{&rate, "Max", -EINVAL, NULL},
		{&rate, "inf", -EINVAL, NULL},
		{&rate, "infpps", -EINVAL, NULL},
		{&rate, "nanpps", -EINVAL, NULL},
		{&rate, "-1pps", -EINVAL, NULL},
		{&rate, "0x10pps", -EINVAL, NULL},
		{&rate, "1.pps", -EINVAL, NULL},
		{&rate, "1e400pps", -ERANGE, NULL},
		{&rate, "1e308Gpps", -ERANGE, NULL},
		{&rate, "80%", -EINVAL,
		 "a percentage of line rate needs a device with a real line rate; give pps"},
		{&load, "999pps", -ERANGE, "1kpps..100Mpps, or max"},
		{&load, "1Gpps", -ERANGE, "1kpps..100Mpps, or max"},
		{&ratio, "", -EINVAL, NULL},
		{&ratio, "%", -EINVAL, NULL},
		{&ratio, "nan", -EINVAL, NULL},
		{&ratio, "-0.1", -EINVAL, NULL},
		{&ratio, "-0", -EINVAL, NULL},
		{&ratio, "0x1p-3", -EINVAL, NULL},
		{&ratio, "0.5%%", -EINVAL, NULL},
		{&ratio, "0.5 %", -EINVAL, NULL},
		{&ratio, "1e", -EINVAL, NULL},
		{&ratio, "1.0000001", -ERANGE, NULL},
		{&ratio, "101%", -ERANGE, NULL},
		{&ratio, "1e999", -ERANGE, NULL},
		{&cpus, "", -EINVAL, NULL},
		{&cpus, "a", -EINVAL, NULL},
		{&cpus, "0,1", -EINVAL, NULL},
		{&cpus, "0+", -EINVAL, NULL},
		{&cpus, "+0", -EINVAL, NULL},
		{&cpus, "0-", -EINVAL, NULL},
		{&cpus, "0-1-2", -EINVAL, NULL},
		{&cpus, "3-0", -EINVAL, "backwards"},
		{&cpus, "0+0", -EINVAL, "named twice"},
		{&cpus, "0-3+2", -EINVAL, "named twice"},
		{&cpus, "65536", -ERANGE, NULL},
		{&cpus, "0-99999999999999999999", -ERANGE, NULL},
		{&cpus, "0-256", -ERANGE, "more than 256"},
		{&few_cpus, "4", -ERANGE, NULL},
		{&few_cpus, "2-4", -ERANGE, NULL},
		{&addr, "198.18.0.1", -EINVAL, "198.18.0.1/24"},
		{&addr, "198.18.0.1/", -EINVAL, NULL},
		{&addr, "198.18.0.1/33", -ERANGE, NULL},
		{&addr, "198.18.0.1/-1", -EINVAL, NULL},
		{&addr, "198.18.0.1/24x", -EINVAL, NULL},
		{&addr, "198.18.0/24", -EINVAL, NULL},
		{&addr, "198.18.0.256/24", -EINVAL, NULL},
		{&addr, "2001:2::1/64", -EINVAL, NULL},
		{&addr6, "2001:2::1", -EINVAL, "2001:2::1/64"},
		{&addr6, "2001:2::1/", -EINVAL, NULL},
		{&addr6, "2001:2::1/129", -ERANGE, "longer than 128"},
		{&addr6, "2001:2::1/-1", -EINVAL, NULL},
		{&addr6, "2001:2::1/64x", -EINVAL, NULL},
		{&addr6, "2001:2:::1/64", -EINVAL, NULL},
		{&addr6, "2001:2::10000/64", -EINVAL, NULL},
		{&addr6, "fe80::1%eth0/64", -EINVAL, NULL},
		{&addr6, "[2001:2::1]/64", -EINVAL, NULL},
		{&addr6, "198.18.0.1/24", -EINVAL, NULL},
		{&addr6, "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa/64", -EINVAL, NULL},
		{&addr, "2001:2::1/48", -EINVAL, NULL},
		{&addr, "/24", -EINVAL, NULL},
		{&addr, "1234567890.1234567890.1/24", -EINVAL, NULL},
	};
	size_t i;

	for (i = 0; i < N(cases); i++) {
		struct error err = {0};
		char config[sizeof(struct cpu_list)], before[sizeof(config)];
		int ret;

		memset(config, 0xa5, sizeof(config));
		memcpy(before, config, sizeof(config));
		ret = knob_parse(cases[i].knob, cases[i].text, config, &err);
		if (ret != cases[i].ret || err.code != ret || err.exit != EX_DATAERR)
			fail_msg("%s \"%s\": %d %s", cases[i].knob->name, cases[i].text, ret,
				 err.text);
		if (cases[i].says && !strstr(err.text, cases[i].says))
			fail_msg("%s \"%s\": says \"%s\"", cases[i].knob->name, cases[i].text,
				 err.text);
		assert_memory_equal(config, before, sizeof(config));
		assert_int_equal(knob_parse(cases[i].knob, cases[i].text, NULL, NULL), ret);
	}
}

static void cpu_lists_keep_their_order(void **state)
{
	static const struct {
		const struct knob *knob;
		const char *text;
		uint32_t n;
		uint16_t cpu[8];
	} cases[] = {
		{&cpus, "0", 1, {0}},
		{&cpus, "65535", 1, {65535}},
		{&cpus, "0-3", 4, {0, 1, 2, 3}},
		{&cpus, "0+2", 2, {0, 2}},
		{&cpus, "3+1", 2, {3, 1}},
		{&cpus, "0-1+4-5", 4, {0, 1, 4, 5}},
		{&cpus, "2-2", 1, {2}},
		{&no_cpus, "", 0, {0}},
		{&few_cpus, "0-3", 4, {0, 1, 2, 3}},
	};
	struct cpu_list got;
	size_t i;

	for (i = 0; i < N(cases); i++) {
		assert_int_equal(knob_parse(cases[i].knob, cases[i].text, &got, NULL), 0);
		assert_int_equal(got.n, cases[i].n);
		assert_memory_equal(got.cpu, cases[i].cpu, got.n * sizeof(got.cpu[0]));
	}
	assert_int_equal(knob_parse(&cpus, "0-255", &got, NULL), 0);
	assert_int_equal(got.n, CPU_LIST_MAX);
}

static void addresses_are_in_network_order(void **state)
{
	static const uint8_t want[4] = {198, 18, 0, 1};
	struct knob_ipv4 got;

	assert_int_equal(knob_parse(&addr, "198.18.0.1/24", &got, NULL), 0);
	assert_true(got.set);
	assert_memory_equal(got.addr, want, 4);
	assert_int_equal(got.prefix, 24);
	assert_int_equal(knob_parse(&addr, "0.0.0.0/0", &got, NULL), 0);
	assert_true(got.set);
	assert_int_equal(knob_parse(&addr, "", &got, NULL), 0);
	assert_false(got.set);
}

static void ipv6_addresses_are_in_network_order(void **state)
{
	static const uint8_t want[16] = {0x20, 0x01, 0, 2, [15] = 0x1f};
	static const uint8_t mapped[16] = {[10] = 0xff, 0xff, 198, 18, 0, 1};
	struct knob_ipv6 got;

	assert_int_equal(knob_parse(&addr6, "2001:2::1F/64", &got, NULL), 0);
	assert_true(got.set);
	assert_memory_equal(got.addr, want, 16);
	assert_int_equal(got.prefix, 64);
	assert_int_equal(knob_parse(&addr6, "::ffff:198.18.0.1/128", &got, NULL), 0);
	assert_memory_equal(got.addr, mapped, 16);
	assert_int_equal(knob_parse(&addr6, "::/0", &got, NULL), 0);
	assert_true(got.set);
	assert_int_equal(knob_parse(&addr6, "", &got, NULL), 0);
	assert_false(got.set);
}

static void size_mixes_keep_their_order(void **state)
{
	static const struct {
		const char *text;
		int ret;
		uint32_t n, size[3], weight[3];
	} cases[] = {
		{"64", 0, 1, {64}, {1}},
		{"9018", 0, 1, {9018}, {1}},
		{"1518+64:3", 0, 2, {1518, 64}, {1, 3}},
		{"imix", 0, 3, {64, 570, 1518}, {7, 4, 1}},
		{"", -EINVAL, 0, {0}, {0}},
		{"63", -ERANGE, 0, {0}, {0}},
		{"64:0", -ERANGE, 0, {0}, {0}},
		{"64:1001", -ERANGE, 0, {0}, {0}},
		{"64:", -EINVAL, 0, {0}, {0}},
		{"64+", -EINVAL, 0, {0}, {0}},
		{"64:1:1", -EINVAL, 0, {0}, {0}},
		{"64 +65", -EINVAL, 0, {0}, {0}},
		{"+64", -EINVAL, 0, {0}, {0}},
		{"IMIX", -EINVAL, 0, {0}, {0}},
		{"64+65+66+67+68+69+70+71+72+73+74+75+76+77+78+79+80", -ERANGE, 0, {0}, {0}},
	};
	struct size_mix got;
	size_t i;

	for (i = 0; i < N(cases); i++) {
		assert_int_equal(knob_parse(&sizes, cases[i].text, &got, NULL), cases[i].ret);
		if (cases[i].ret)
			continue;
		assert_int_equal(got.n, cases[i].n);
		assert_memory_equal(got.size, cases[i].size, got.n * sizeof(got.size[0]));
		assert_memory_equal(got.weight, cases[i].weight, got.n * sizeof(got.weight[0]));
	}
}

static void strings_stay_in_their_field(void **state)
{
	char field[10];

	memset(field, 'x', sizeof(field));
	assert_int_equal(knob_parse(&text8, "1234567", field, NULL), 0);
	assert_string_equal(field, "1234567");
	assert_int_equal(field[8], 'x');
	assert_int_equal(knob_parse(&text8, "", field, NULL), 0);
	assert_string_equal(field, "");
}

static void a_long_value_is_cut_in_the_message(void **state)
{
	struct error err = {0};
	char text[5000] = "x"; /* so that the cut falls into a character */
	json_t *utf8;
	size_t i;

	for (i = 1; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	text[i] = '\0';
	assert_int_equal(knob_parse(&ring, text, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.text, "...\""));
	utf8 = json_string(err.text);
	assert_non_null(utf8);
	json_decref(utf8);
}

static void ranges_read_as_a_user_would_write(void **state)
{
	static const struct {
		const struct knob *knob;
		const char *want;
	} cases[] = {
		{&ring, "64..32768"},
		{&u64, "a whole number"},
		{&one_up, "1 or more"},
		{&flag, "on|off"},
		{&mode, "native|generic"},
		{&text8, "a text of at most 7 characters"},
		{&buffer, "4K..1M"},
		{&wait, "1ms..10s"},
		{&load, "1kpps..100Mpps, or max"},
		{&ratio, "0..1 or 0%..100%"},
		{&few_cpus, "CPUs such as 0, 0-3 or 0+2, each 0..3"},
		{&addr, "an address such as 198.18.0.1/24, or nothing"},
		{&addr6, "an address such as 2001:2::1/64, or nothing"},
	};
	char buf[128], tiny[4] = "abc", none = 'n';
	size_t i;

	for (i = 0; i < N(cases); i++) {
		knob_range_text(cases[i].knob, buf, sizeof(buf));
		assert_string_equal(buf, cases[i].want);
	}
	knob_range_text(&mode, tiny, sizeof(tiny));
	assert_string_equal(tiny, "nat");
	knob_range_text(&mode, &none, 0);
	assert_int_equal(none, 'n');
}

/* The limits that a range names are themselves values of it. */
static void ranges_name_values_that_parse(void **state)
{
	static const struct knob *const bounded[] = {&ring, &buffer, &wait, &load};
	char buf[128], *high;
	size_t i;

	for (i = 0; i < N(bounded); i++) {
		knob_range_text(bounded[i], buf, sizeof(buf));
		high = strstr(buf, "..");
		assert_non_null(high);
		*high = '\0';
		high += 2;
		high[strcspn(high, ",")] = '\0';
		assert_int_equal(knob_parse(bounded[i], buf, NULL, NULL), 0);
		assert_int_equal(knob_parse(bounded[i], high, NULL, NULL), 0);
	}
}

static void sets_have_defaults_and_rows_by_name(void **state)
{
	struct fake_xsk xsk;
	struct fake_side side;

	memset(&xsk, 0xff, sizeof(xsk));
	memset(&side, 0xff, sizeof(side));
	knob_set_defaults(&fake_xsk_set, &xsk);
	assert_int_equal(xsk.ring, 2048);
	assert_int_equal(xsk.mode, 0);
	assert_true(xsk.wakeup);
	knob_set_defaults(&fake_side_set, &side);
	assert_string_equal(side.device, "");
	assert_int_equal(side.cpus.n, 1);
	assert_ptr_equal(knob_find(&fake_xsk_set, "xdp_mode"), &fake_xsk_rows[1]);
	assert_null(knob_find(&fake_xsk_set, "xdp"));
	assert_null(knob_find(&fake_null_set, "ring"));
	assert_string_equal(knob_change_name(KNOB_RETUNE), "retune");
	assert_string_equal(knob_change_name(KNOB_REOPEN), "reopen");
	assert_string_equal(knob_change_name(KNOB_RELINK), "relink");
	assert_string_equal(knob_change_name(KNOB_RESPAWN), "respawn");
}

static void sets_are_filled_from_json(void **state)
{
	json_t *values =
		json_pack("{s:s,s:s,s:s}", "ring", "512", "napi.threaded", "1", "of.another", "x");
	struct fake_xsk xsk = {0};
	struct fake_napi napi = {0};
	struct error err = {0};

	assert_int_equal(knob_set_from_json(&fake_xsk_set, values, &xsk, &err), 0);
	assert_int_equal(xsk.ring, 512);
	assert_true(xsk.wakeup);
	assert_int_equal(knob_set_from_json(&fake_napi_set, values, &napi, &err), 0);
	assert_int_equal(napi.threaded, 2);

	json_object_set_new(values, "ring", json_string("1"));
	assert_int_equal(knob_set_from_json(&fake_xsk_set, values, &xsk, &err), -ERANGE);
	assert_non_null(strstr(err.text, "ring: \"1\""));
	json_object_set_new(values, "ring", json_integer(512));
	assert_int_equal(knob_set_from_json(&fake_xsk_set, values, &xsk, &err), -EINVAL);
	json_decref(values);
	assert_int_equal(knob_set_from_json(&fake_xsk_set, NULL, &xsk, &err), 0);
	assert_int_equal(xsk.ring, 2048);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_parse_exactly),
		cmocka_unit_test(numbers_parse_exactly),
		cmocka_unit_test(wrong_texts_are_refused),
		cmocka_unit_test(cpu_lists_keep_their_order),
		cmocka_unit_test(addresses_are_in_network_order),
		cmocka_unit_test(ipv6_addresses_are_in_network_order),
		cmocka_unit_test(size_mixes_keep_their_order),
		cmocka_unit_test(strings_stay_in_their_field),
		cmocka_unit_test(a_long_value_is_cut_in_the_message),
		cmocka_unit_test(ranges_read_as_a_user_would_write),
		cmocka_unit_test(ranges_name_values_that_parse),
		cmocka_unit_test(sets_have_defaults_and_rows_by_name),
		cmocka_unit_test(sets_are_filled_from_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
