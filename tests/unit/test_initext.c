/* Hostile input: files that are no plans, lines of any length, and a fuzz loop with a fixed seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "initext.h"
#include "plan.h"
#include "plan_fake.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* What a sink was given, as text: "[name]" and "key=value", each with its line. */
struct seen {
	char *text;
	size_t len;
	FILE *f;
};

static int saw_section(void *ctx, const char *name, int line, struct error *err)
{
	struct seen *seen = ctx;

	fprintf(seen->f, "%d[%s]\n", line, name);
	return 0;
}

static int saw_key(void *ctx, const char *key, const char *value, int line, struct error *err)
{
	struct seen *seen = ctx;

	fprintf(seen->f, "%d %s=%s\n", line, key, value);
	return 0;
}

/* Reads LEN bytes of TEXT; the caller frees the answer. */
static char *seen_in(const char *text, size_t len, int *ret, struct error *err)
{
	struct seen seen = {0};
	struct initext_sink sink = {.section = saw_section, .key = saw_key, .ctx = &seen};

	seen.f = open_memstream(&seen.text, &seen.len);
	*ret = initext_read("f", text, len, &sink, err);
	fclose(seen.f);
	return seen.text;
}

static void lines_are_read_as_written(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"", ""},
		{"\n\n", ""},
		{"[a]", "1[a]\n"},
		{"[a]\n[b]\n", "1[a]\n2[b]\n"},
		{"[a]\n\n# x\n  ; y\n b = c ; d\r\n", "1[a]\n5 b=c\n"},
		{"[a]\nb=1\n  c=2\n\td = 3\n", "1[a]\n2 b=1\n3 c=2\n4 d=3\n"},
		{"[a]\nb = x\n[b]\nb = y", "1[a]\n2 b=x\n3[b]\n4 b=y\n"},
		{"[a] ; why\nb == c\nd = e=f\n", "1[a]\n2 b== c\n3 d=e=f\n"},
		{"[a]\nb =\nc = \nd=;\ne= ;f\n", "1[a]\n2 b=\n3 c=\n4 d=;\n5 e=\n"},
		{"\xef\xbb\xbf[a]\n", "1[a]\n"},
		{"[a]\nb = x#y\n", "1[a]\n2 b=x#y\n"},
	};
	size_t i;
	int ret;

	for (i = 0; i < N(cases); i++) {
		char *got = seen_in(cases[i].text, strlen(cases[i].text), &ret, NULL);

		assert_int_equal(ret, 0);
		assert_string_equal(got, cases[i].want);
		free(got);
	}
}

/* Values around and far beyond what inih holds, with everything it would trip over. */
static void values_of_any_length_stay_whole(void **state)
{
	static const char *const patterns[] = {
		"x", "1,", "1, ", "a b", "x;", "x#", ", #,", "=", "[", "]", "\xc3\xa4", "a  b;#",
	};
	size_t p, target;

	for (p = 0; p < N(patterns); p++) {
		for (target = 100; target < 1700; target += target < 420 ? 1 : 97) {
			char *value = calloc(1, target + 64), *text, *want, *got;
			struct error err = {0};
			int ret;

			strcpy(value, "y");
			while (strlen(value) < target)
				strcat(value, patterns[p]);
			strcat(value, "z");
			assert_int_not_equal(asprintf(&text, "[a]\nkey = %s\nk2 = v\n", value), -1);
			assert_int_not_equal(asprintf(&want, "1[a]\n2 key=%s\n3 k2=v\n", value),
					     -1);
			got = seen_in(text, strlen(text), &ret, &err);
			if (ret || strcmp(got, want))
				fail_msg("%s%s: %s%s", text, want, got, err.text);
			free(got);
			free(value);
			free(text);
			free(want);
		}
	}
}

static void a_line_that_cannot_be_right_is_refused(void **state)
{
	char blanks[800], marks[800], comment[800] = "# ", key[400];
	static const char nul[] = "[a]\nb = \0c\n", late_nul[] = "[a]\n# \0\n";
	struct {
		const char *text;
		size_t len;
		const char *says;
	} cases[] = {
		{nul, sizeof(nul) - 1, "f:2: a NUL byte"},
		{late_nul, sizeof(late_nul) - 1, "f:2: a NUL byte"},
		{blanks, 0, "f:2: too many blanks"},
		{marks, 0, "f:2: too many blanks, ; or #"},
		{key, 0, "f:2: no key is as long"},
		{"[a]\nb\n", 0, "f:2: neither"},
		{"[a\nb = c\n", 0, "f:1: "},
		{"\x7f"
		 "ELF\x02\x01\n",
		 0, "f:1: control characters"},
		{"[a]\n\xc0\x80 = 1\n", 0, "f:2: control characters, or not UTF-8"},
		{"[a]\n[", 0, "f:2: "},
	};
	size_t i;
	int ret;

	memset(blanks, ' ', sizeof(blanks));
	memcpy(blanks, "[a]\nb = x", 9);
	strcpy(blanks + sizeof(blanks) - 3, "y\n");
	memset(marks, ';', sizeof(marks));
	memcpy(marks, "[a]\nb = x", 9);
	strcpy(marks + sizeof(marks) - 3, "y\n");
	memset(key, 'k', sizeof(key));
	memcpy(key, "[a]\n", 4);
	strcpy(key + sizeof(key) - 6, " = 1\n");
	memset(comment + 2, 'c', sizeof(comment) - 3);

	for (i = 0; i < N(cases); i++) {
		size_t len = cases[i].len ? cases[i].len : strlen(cases[i].text);
		struct error err = {0};

		free(seen_in(cases[i].text, len, &ret, &err));
		assert_int_equal(ret, -EINVAL);
		assert_int_equal(err.exit, EX_DATAERR);
		if (strncmp(err.text, cases[i].says, strlen(cases[i].says)))
			fail_msg("%s, not %s", err.text, cases[i].says);
	}
	free(seen_in(comment, strlen(comment), &ret, NULL));
	assert_int_equal(ret, 0);
}

static void a_megabyte_is_read_or_refused_at_once(void **state)
{
	const size_t size = 1 << 20;
	static const struct {
		const char *begin, *fill, *end;
		const char *says; /* NULL: it is fine */
	} cases[] = {
		{"[tx]\n# ", "c", "\n", NULL},
		{"[tx]\ncpus = 0 ; ", "c", "\n", NULL},
		{"[tx]\ncpus = 0", ",0", "\n", NULL},
		{"[tx]\n", "\n", "[rx]\n", NULL},
		{"", "k", "\n", "p:1: neither"},
		{"[", "k", "]\n", "p:1: the name of the section"},
		{"[tx]\nargs = ", "x", "\n", "p:2: tx.args: \"xxx"},
		{"[tx]\nqueues = ", "9", "\n", "p:2: tx.queues: \"999"},
		{"[tx]\nqueues = ", ",", "\n", "p:2: tx.queues: \",,,"},
	};
	char *text = malloc(size + 100);
	size_t i, len;

	for (i = 0; i < N(cases); i++) {
		struct plan *plan = plan_new(FAKE_SETS);
		struct error err = {0};
		int ret;

		len = (size_t)sprintf(text, "%s", cases[i].begin);
		while (len < size)
			for (const char *c = cases[i].fill; *c; c++)
				text[len++] = *c;
		strcpy(text + len, cases[i].end);
		ret = plan_load_text(plan, "p", text, &err);
		if (!ret && !cases[i].says)
			assert_int_equal(plan_finish(plan, &err), 0);
		if (!ret != !cases[i].says ||
		    (ret && strncmp(err.text, cases[i].says, strlen(cases[i].says))))
			fail_msg("case %zu: %d %s", i, ret, err.text);
		plan_free(plan);
	}
	free(text);
}

static void files_that_are_no_plans(void **state)
{
	static const struct {
		const char *path;
		int exit, ret;
	} cases[] = {
		{"/nonexistent/plan.ini", EX_NOINPUT, -ENOENT},
		{"/", EX_NOINPUT, -EISDIR},
		{"/proc/self/exe", EX_DATAERR, -EINVAL},
	};
	char name[] = "/tmp/ringloss-test-plan-XXXXXX";
	struct error err = {0};
	struct plan *plan;
	size_t i;
	int fd;

	for (i = 0; i < N(cases); i++) {
		plan = plan_new(FAKE_SETS);
		assert_int_equal(plan_load_file(plan, cases[i].path, &err), cases[i].ret);
		assert_int_equal(err.exit, cases[i].exit);
		assert_non_null(strstr(err.text, cases[i].path));
		assert_int_equal(plan_load_file(plan, cases[i].path, NULL), cases[i].ret);
		plan_free(plan);
	}

	plan = plan_new(FAKE_SETS);
	assert_int_equal(plan_load_file(plan, "/dev/null", &err), 0);
	assert_int_equal(plan_finish(plan, &err), -EINVAL);
	assert_non_null(strstr(err.text, "/dev/null: the plan has no sides; write [tx] and [rx]"));
	plan_free(plan);

	fd = mkstemp(name);
	assert_int_not_equal(fd, -1);
	assert_int_equal(file_write_fd(fd, "[tx]\nqueues = 2\n", 16), 0);
	close(fd);
	plan = plan_new(FAKE_SETS);
	assert_int_equal(plan_load_file(plan, name, &err), 0);
	assert_true(plan_is_given(plan, "tx.queues"));
	plan_free(plan);
	unlink(name);
}

static uint32_t random_next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(*seed >> 33);
}

/* Load, finish, expand, write, and read what was written. Returns 1 if it was a plan. */
static int digest(const char *text, size_t len)
{
	struct plan *plan = plan_new(FAKE_SETS), *again = plan_new(FAKE_SETS);
	const struct point **points;
	struct error err = {0};
	char *out = NULL, *out2 = NULL;
	size_t n, n2, size;
	int ok = 0;
	FILE *f;

	if (strlen(text) != len || plan_load_text(plan, "f", text, &err) ||
	    plan_finish(plan, &err) || plan_expand(plan, &points, &n, &err))
		goto done;
	f = open_memstream(&out, &size);
	assert_int_equal(plan_write(plan, f), 0);
	fclose(f);
	if (plan_load_text(again, "f", out, &err) || plan_finish(again, &err) ||
	    plan_expand(again, &points, &n2, &err))
		fail_msg("%s\nwritten as\n%s\n%s", text, out, err.text);
	assert_int_equal(n, n2);
	f = open_memstream(&out2, &size);
	assert_int_equal(plan_write(again, f), 0);
	fclose(f);
	assert_string_equal(out, out2);
	ok = 1;
done:
	plan_free(plan);
	plan_free(again);
	free(out);
	free(out2);
	return ok;
}

/* Pieces that plans are made of, joined at random: some are plans, most are not. */
static void random_pieces_never_break_it(void **state)
{
	static const char *const pieces[] = {
		"[tx]\n",
		"[rx]\n",
		"[side s]\nrole = both\n",
		"[tx.napi]\n",
		"[traffic]\n",
		"[plan]\n",
		"[path p]\nfrom = tx\n",
		"to = rx\n",
		"endpoint = udp, af_xdp\n",
		"endpoint = null\n",
		"ring = 64, 128\n",
		"ring = 70\n",
		"queues = 1,2,3\n",
		"xdp_mode = generic\n",
		"threaded = 0, 1\n",
		"frame = 64, 1518 ; x\n",
		"rate = 1Mpps, max\n",
		"args = a, b;c\n",
		"name = x\n",
		"cpus = 0-1+4, 2\n",
		"role = both\n",
		"device = net:eth5, lab\n",
		"rcvbuf = 64K\n",
		"# comment\n",
		"\n",
		"\r\n",
		" ",
		"=",
		",",
		";",
		"0",
		"[",
		"]",
		"\xef\xbb\xbf",
		"\xff",
		"napi.threaded = 1\n",
	};
	uint64_t seed = 20240501;
	int i, j, good = 0;

	for (i = 0; i < 5000; i++) {
		char text[1024] = "";
		int n = (int)(random_next(&seed) % 12);
		/* mostly whole lines, so that some get far */
		size_t kinds = random_next(&seed) % 4 ? 26 : N(pieces);

		if (random_next(&seed) % 2)
			strcpy(text, "[tx]\n[rx]\n");
		for (j = 0; j < n; j++)
			strcat(text, pieces[random_next(&seed) % kinds]);
		good += digest(text, strlen(text));
	}
	/* the loop is of no use if nothing gets through, or everything */
	assert_in_range(good, 50, 4950);
}

/* A good plan with some bytes changed, and random bytes. */
static void random_bytes_never_break_it(void **state)
{
	static const char plan[] = "[plan]\nname = ring-sweep\nrepeats = 5\n[traffic]\nframe = 64\n"
				   "rate = max, 1.5Mpps\nduration = 2s\n[tx]\nendpoint = af_xdp\n"
				   "cpus = 0\n[rx]\nendpoint = af_xdp, udp\nqueues = 1, 2\n"
				   "ring = 64, 256\n[rx.napi]\nthreaded = keep\n";
	uint64_t seed = 7;
	int i, j, good = 0, ret;

	for (i = 0; i < 5000; i++) {
		char text[sizeof(plan)], noise[600];
		size_t len = random_next(&seed) % sizeof(noise);
		struct error err = {0};

		memcpy(text, plan, sizeof(plan));
		for (j = (int)(random_next(&seed) % 4); j >= 0; j--)
			text[random_next(&seed) % (sizeof(plan) - 1)] =
				(char)(random_next(&seed) % 2 ? random_next(&seed) % 256
							      : ' ' + random_next(&seed) % 90);
		good += digest(text, sizeof(plan) - 1);

		for (j = 0; j < (int)len; j++)
			noise[j] = "\n\n\t []=;#,.0aA\xc3\xa4\r\0"[random_next(&seed) % 19];
		free(seen_in(noise, len, &ret, &err));
		assert_int_equal(ret, err.code);
		free(seen_in(plan, random_next(&seed) % sizeof(plan), &ret, &err));
	}
	assert_in_range(good, 50, 4950);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read_as_written),
		cmocka_unit_test(values_of_any_length_stay_whole),
		cmocka_unit_test(a_line_that_cannot_be_right_is_refused),
		cmocka_unit_test(a_megabyte_is_read_or_refused_at_once),
		cmocka_unit_test(files_that_are_no_plans),
		cmocka_unit_test(random_pieces_never_break_it),
		cmocka_unit_test(random_bytes_never_break_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
