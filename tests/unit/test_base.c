/* Errors, files, tables and JSON lines of the base library. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "error.h"
#include "file.h"
#include "json.h"
#include "table.h"

static char folder[64];

static int make_folder(void **state)
{
	snprintf(folder, sizeof(folder), "/tmp/ringloss-base-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static void test_error(void **state)
{
	struct error err;
	char long_text[2000];

	assert_int_equal(error_set(&err, EX_USAGE, -EINVAL, "ring %d", 7), -EINVAL);
	assert_int_equal(err.exit, EX_USAGE);
	assert_int_equal(error_prefix(&err, "side %s", "rx"), -EINVAL);
	assert_string_equal(err.text, "side rx: ring 7");
	assert_int_equal(error_set(NULL, EX_USAGE, -EINVAL, "nobody listens"), -EINVAL);
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	error_set(&err, EX_USAGE, -EINVAL, "%s", long_text);
	error_prefix(&err, "prefix");
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_memory_equal(err.text, "prefix: x", 9);
}

static void test_numbers(void **state)
{
	static const struct {
		long long value;
		const char *text;
	} rows[] = {
		{0, "0"},
		{999, "999"},
		{1000, "1,000"},
		{-1234567, "-1,234,567"},
		{INT64_MAX, "9,223,372,036,854,775,807"},
		{INT64_MIN, "-9,223,372,036,854,775,808"},
	};
	char buf[40];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(table_s64(buf, sizeof(buf), rows[i].value), rows[i].text);
	assert_string_equal(table_u64(buf, 6, 1234567), "1,234");
}

static void test_table(void **state)
{
	struct table *t = table_new("lr");
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	table_cell(t, "place");
	table_cell(t, "frames");
	table_rule(t);
	table_cell(t, "\xc3\xa4rger"); /* five columns, six bytes */
	table_cell(t, "%d", 12);
	table_print(t, out, 1);
	fclose(out);
	assert_string_equal(text, " place  frames\n -------------\n \xc3\xa4rger      12\n");
	free(text);
	table_free(t);
	table_free(NULL);
}

static void test_replace(void **state)
{
	char path[128];
	struct error err;
	struct rlimit limit = {4, RLIM_INFINITY}, old;
	char *text;
	size_t len;

	snprintf(path, sizeof(path), "%s/a/b/file", folder);
	assert_int_not_equal(file_replace(path, "x", 1, &err), 0);
	assert_int_equal(err.exit, EX_CANTCREAT);
	snprintf(path, sizeof(path), "%s/a/b", folder);
	assert_int_equal(file_make_dirs(path, &err), 0);
	assert_int_equal(file_make_dirs(path, &err), 0);
	snprintf(path, sizeof(path), "%s/a/b/file", folder);
	assert_int_equal(file_replace(path, "old", 3, &err), 0);
	/* a full disk leaves the old content */
	getrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_IGN);
	limit.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_not_equal(file_replace(path, "much longer", 11, &err), 0);
	setrlimit(RLIMIT_FSIZE, &old);
	text = file_read(path, &len, &err);
	assert_string_equal(text, "old");
	assert_int_equal(len, 3);
	free(text);
	assert_int_equal(file_make_dirs(path, &err), -ENOTDIR);
	assert_int_equal(file_make_dirs("", &err), -ENOENT);
	assert_null(file_read("/nonexistent/file", NULL, &err));
	assert_int_equal(err.exit, EX_NOINPUT);
}

static void test_json(void **state)
{
	json_t *obj = json_object();
	char *line;

	json_put_u64(obj, "n", 1ULL << 60);
	json_put_flag(obj, "yes", true);
	json_put_str(obj, "text", "a\nb");
	line = json_line(obj);
	assert_string_equal(line, "{\"n\":1152921504606846976,\"yes\":true,\"text\":\"a\\nb\"}");
	assert_int_equal(json_u64(obj, "text", 7), 7);
	assert_int_equal(json_u64(obj, "missing", 8), 8);
	assert_true(json_flag(obj, "yes", false));
	free(line);
	json_decref(obj);
}

static void test_json_text(void **state)
{
	static const struct {
		const char *bytes, *text;
	} cases[] = {
		{"", ""},
		{"plain", "plain"},
		{"\xc3\xa4 is UTF-8", "\xc3\xa4 is UTF-8"},
		{"\xe4 is not", "? is not"},
		{"\xc3\xa4 and \xff", "?? and ?"},
		{"\xc0\x80", "??"}, /* overlong */
		{"\x01\x7f\"", "\x01\x7f\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *text = json_text(cases[i].bytes), *again;
		char *line = json_dumps(text, JSON_ENCODE_ANY);

		assert_non_null(line);
		assert_string_equal(json_string_value(text), cases[i].text);
		again = json_loads(line, JSON_DECODE_ANY, NULL);
		assert_true(json_equal(text, again));
		json_decref(again);
		json_decref(text);
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_table), cmocka_unit_test(test_replace),
		cmocka_unit_test(test_json),  cmocka_unit_test(test_json_text),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
