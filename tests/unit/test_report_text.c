/*
 * Numbers and strings of the reports: nothing is rounded to 0 or to 100 %, and
 * no character acts on a terminal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <math.h>

#include "number.h"
#include "text.h"

static void percents(void **state)
{
	static const struct {
		double ratio;
		const char *text;
	} rows[] = {
		{0, "0"},
		{1, "100"},
		{0.1, "10.00"},
		{3e-9, "3e-7"},
		{3.21e-9, "3.2e-7"},
		{1e-20, "1e-18"},
		{0.000099999, "1e-2"},
		{0.0001, "0.010"},
		{0.005, "0.500"},
		{0.5, "50.00"},
		{0.99994, "99.99"},
		{0.99999, "99.999"},
		{0.999996, "99.9996"},
		{0.999999997, "99.9999997"},
		{1 - 1e-16, "<100"},
		{-0.25, "-25.00"},
		{1.5, "150.00"},
		{NAN, "n/a"},
	};
	char buf[NUMBER_LEN];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(number_percent(buf, rows[i].ratio), rows[i].text);
	assert_string_equal(number_share(buf, 0, 0), "n/a");
	assert_string_equal(number_share(buf, 3, 1e9), "3e-7 %");
}

static void numbers(void **state)
{
	static const struct {
		enum number_kind kind;
		double value;
		const char *text;
	} rows[] = {
		{NUMBER_PPS, 0, "0"},
		{NUMBER_PPS, 0.25, "0.25"},
		{NUMBER_PPS, 998.4, "998.4"},
		{NUMBER_PPS, 999.96, "1.000k"},
		{NUMBER_PPS, 998000.1, "998.0k"},
		{NUMBER_PPS, 999990, "1.000M"},
		{NUMBER_PPS, 14880952, "14.88M"},
		{NUMBER_PPS, 148809523, "148.8M"},
		{NUMBER_PPS, 1e16, "10000T"},
		{NUMBER_FRAMES, 0, "0"},
		{NUMBER_FRAMES, 1234567, "1,234,567"},
		{NUMBER_FRAMES, 3949756.5, "3,949,756.5"},
		{NUMBER_FRAMES, 0.5, "0.5"},
		{NUMBER_FRAMES, -0.5, "-0.5"},
		{NUMBER_FRAMES, -12.5, "-12.5"},
		{NUMBER_FRAMES, 1e300, "1.000e+300"},
		{NUMBER_FRAMES, NAN, "n/a"},
	};
	static const struct {
		const char *text;
		double value;
	} parsed[] = {
		{"64", 64},  {"64K", 65536}, {"1.5Mpps", 1.5e6}, {"max", INFINITY}, {"500ms", 5e8},
		{"80%", 80}, {"udp", NAN},   {"0-3", NAN},       {"infinite", NAN}, {"", NAN},
	};
	char buf[NUMBER_LEN];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(number_text(buf, rows[i].kind, rows[i].value), rows[i].text);
	for (i = 0; i < sizeof(parsed) / sizeof(parsed[0]); i++) {
		double value = number_parse(parsed[i].text);

		assert_true(isnan(parsed[i].value) ? isnan(value) : value == parsed[i].value);
	}
}

static void clean(void **state)
{
	static const struct {
		const char *in, *utf8, *ascii;
		size_t size;
	} rows[] = {
		{"plain", "plain", "plain", 40},
		{"a\x1b[31mb\r\n\t\x7f", "a?[31mb????", "a?[31mb????", 40},
		{"M\xc3\xbcller", "M\xc3\xbcller", "M?ller", 40},
		{"a\xc2\x9b"
		 "b\xe2\x80\xaexyz",
		 "a?b?xyz", "a?b?xyz", 40},
		{"\xff\xc3[\xed\xa0\x80\xc0\xaf", "??[?????", "??[?????", 40},
		{"0123456789", "0123...", "0123...", 8},
		{"0123456", "0123456", "0123456", 8},
		{"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", "\xc3\xbc\xc3\xbc...", "?????", 8},
	};
	char buf[40];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (setlocale(LC_CTYPE, "C.UTF-8"))
			assert_string_equal(text_clean(buf, rows[i].size, rows[i].in),
					    rows[i].utf8);
		setlocale(LC_CTYPE, "C");
		assert_string_equal(text_clean(buf, rows[i].size, rows[i].in), rows[i].ascii);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percents),
		cmocka_unit_test(numbers),
		cmocka_unit_test(clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
