/* RSS tables as text: what is shortest, what is dealt out how, what is cut, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "setting_rss.h"

#define ENTRIES_MAX 2048

static void test_tables(void **state)
{
	static const struct {
		uint32_t channels, n;
		const char *text;
		bool cut;
		int ret;
		const char *entries;   /* "0012": each a digit, of the first that matter */
		const char *canonical; /* NULL: as TEXT */
	} rows[] = {
		{4, 8, "default", false, 0, "01230123", NULL},
		{4, 8, "equal:2", false, 0, "01010101", NULL},
		{4, 8, "equal:4", false, 0, "01230123", "default"},
		{4, 8, "equal:5", false, -ERANGE, "", NULL},
		{2, 8, "equal:4", true, 0, "01010101", "default"},
		{4, 8, "equal:0", false, -EINVAL, "", NULL},
		{4, 8, "equal:", false, -EINVAL, "", NULL},
		{4, 8, "equal:2x", false, -EINVAL, "", NULL},
		{4, 8, "blocks", false, 0, "00112233", NULL},
		{3, 8, "blocks", false, 0, "00011122", NULL},
		{1, 8, "blocks", false, 0, "00000000", "default"},
		{1, 8, "0*2 1*6", true, 0, "00000000", "default"},
		{4, 8, "weight:1+1+2", false, 0, "00112222", "0*2 1*2 2*4"},
		{4, 8, "weight:0+1", false, 0, "11111111", "1"},
		{4, 8, "weight:1 1 2", false, 0, "00112222", "0*2 1*2 2*4"},
		{4, 8, "weight:1+1+1+1+1", false, -ERANGE, "", NULL},
		{4, 8, "weight:0+0", false, -EINVAL, "", NULL},
		{4, 8, "weight:1+", false, -EINVAL, "", NULL},
		{4, 8, "0+3", false, 0, "03030303", "0 3"},
		{4, 8, "3*2+1", false, 0, "33133133", "3*2 1"},
		{4, 8, "0 1 2 3 3 2 1 0", false, 0, "01233210", "0 1 2 3*2 2 1 0"},
		{4, 8, "0*99", false, 0, "00000000", "equal:1"},
		{4, 8, "4", false, -ERANGE, "", NULL},
		{4, 8, "5+2", true, 0, "12121212", "1 2"},
		{4, 8, "", false, -EINVAL, "", NULL},
		{4, 8, "1,2", false, -EINVAL, "", NULL},
		{4, 8, "1++2", false, -EINVAL, "", NULL},
		{4, 8, "1*0", false, -EINVAL, "", NULL},
		{4, 8, "-1", false, -EINVAL, "", NULL},
		{4, 8, "nonsense", false, -EINVAL, "", NULL},
	};
	char *text = malloc(SETTING_TEXT_MAX);
	size_t i, k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t entry[8];
		struct rss_table t = {rows[i].channels, rows[i].n, entry};
		struct error err = {0};

		assert_int_equal(rss_table_parse(&t, rows[i].text, rows[i].cut, &err), rows[i].ret);
		if (rows[i].ret) {
			assert_true(strlen(err.text) > 0);
			continue;
		}
		for (k = 0; k < t.n; k++)
			assert_int_equal(entry[k], rows[i].entries[k] - '0');
		rss_table_format(&t, text);
		assert_string_equal(text, rows[i].canonical ? rows[i].canonical : rows[i].text);
	}
	free(text);
}

/* The largest table, without any order in it, fits its text and comes back from it. */
static void test_largest(void **state)
{
	static uint32_t entry[ENTRIES_MAX], again[ENTRIES_MAX];
	struct rss_table t = {1024, ENTRIES_MAX, entry}, u = {1024, ENTRIES_MAX, again};
	char *text = malloc(SETTING_TEXT_MAX);
	uint32_t i;

	for (i = 0; i < ENTRIES_MAX; i++)
		entry[i] = 1000 + (i * i + i / 7) % 24;
	rss_table_format(&t, text);
	assert_true(strlen(text) < SETTING_TEXT_MAX - 1);
	assert_int_equal(rss_table_parse(&u, text, false, NULL), 0);
	assert_memory_equal(entry, again, sizeof(entry));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
