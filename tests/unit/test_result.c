/*
 * The folder of results: what is written comes back, and a full disk, a cut
 * line or a damaged file never costs more than the line it hits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "json.h"
#include "result.h"

#define LINE(seq) "{\"schema\":1,\"seq\":" #seq ",\"point\":{},\"verdict\":\"valid\"}"

static int make_dir(void **state)
{
	char template[] = "/tmp/ringloss-test-result-XXXXXX";

	*state = strdup(mkdtemp(template));
	return *state ? 0 : -1;
}

/* All that a test leaves is one level of folders with files. */
static void remove_tree(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char child[PATH_MAX];

	while (d && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(child, sizeof(child), "%s/%s", path, e->d_name);
		if (unlink(child) < 0)
			remove_tree(child);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

static int remove_dir(void **state)
{
	remove_tree(*state);
	free(*state);
	return 0;
}

static json_t *trial(int seq, size_t padding)
{
	json_t *t = json_object(), *point = json_object();
	char *text = malloc(padding + 1);

	assert_non_null(text);
	memset(text, 'x', padding);
	text[padding] = '\0';
	json_put_u64(t, "schema", RESULT_SCHEMA);
	json_put_u64(t, "seq", (uint64_t)seq);
	json_put_str(point, "rx.endpoint", "udp");
	json_object_set_new(t, "point", point);
	json_put_str(t, "verdict", "valid");
	json_put_str(t, "padding", text);
	free(text);
	return t;
}

static int append(struct result *r, int seq, size_t padding, struct error *err)
{
	json_t *t = trial(seq, padding);
	int ret = result_append(r, t, err);

	json_decref(t);
	return ret;
}

static off_t size_of(const struct result *r)
{
	char file[PATH_MAX];
	struct stat st;

	snprintf(file, sizeof(file), "%s/" RESULT_TRIALS_FILE, result_path(r));
	assert_int_equal(stat(file, &st), 0);
	return st.st_size;
}

static void round_trip(void **state)
{
	struct error err = {0};
	struct result *r = result_create(*state, "quick", "[plan]\nname = quick\n", &err);
	json_t *host = json_pack("{s:s}", "hostname", "a<b>\"c\"\n");
	struct result_set *set;
	char file[PATH_MAX], *text;
	json_t *back;

	assert_non_null(r);
	assert_memory_equal(result_run(r), "quick-", 6);
	assert_int_equal(strlen(result_run(r)), strlen("quick-YYYYMMDD-HHMMSS"));
	assert_int_equal(result_host(r, "rx", host, &err), 0);
	assert_int_equal(append(r, 1, 10, &err), 0);
	assert_int_equal(append(r, 2, 100000, &err), 0);
	assert_int_equal(result_finish(r, &err), 0);
	assert_int_equal(append(r, 3, 10, &err), -EBADF);

	snprintf(file, sizeof(file), "%s/" RESULT_PLAN_FILE, result_path(r));
	text = file_read(file, NULL, &err);
	/* below a comment with its sum */
	assert_int_equal(text[0], ';');
	assert_string_equal(strchr(text, '\n') + 1, "[plan]\nname = quick\n");
	free(text);
	snprintf(file, sizeof(file), "%s/host-rx.json", result_path(r));
	back = json_load_file(file, 0, NULL);
	assert_true(json_equal(back, host));

	set = result_load(result_path(r), RESULT_LOAD_ALL, &err);
	assert_non_null(set);
	assert_int_equal(result_set_size(set), 2);
	assert_false(set->cut);
	assert_int_equal(json_s64(result_set_trial(set, 1), "seq", 0), 2);
	assert_int_equal(strlen(json_str(result_set_trial(set, 1), "padding", "")), 100000);
	assert_null(result_set_trial(set, 2));
	assert_string_equal(set->folder, result_path(r));
	result_set_free(set);
	json_decref(back);
	json_decref(host);
	result_free(r);
}

static void names(void **state)
{
	static const struct {
		const char *plan, *start;
	} rows[] = {
		{"../../etc/x", "_.-..-etc-x-2"},
		{"a b;rm -rf $HOME", "a-b-rm--rf--HOME-2"},
		{"", "run-2"},
		{"-rf", "_rf-2"},
		{"\xc3\xa4", "_--2"},
	};
	struct error err = {0};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct result *r = result_create(*state, rows[i].plan, "", &err);

		assert_non_null(r);
		assert_memory_equal(result_run(r), rows[i].start, strlen(rows[i].start));
		assert_null(strchr(result_run(r), '/'));
		result_free(r);
	}
}

/* Five in a row cannot all come in different seconds. */
static void same_second(void **state)
{
	struct result *r[5];
	struct error err = {0};
	size_t longer = 0, i, k;

	for (i = 0; i < 5; i++) {
		r[i] = result_create(*state, "p", "", &err);
		assert_non_null(r[i]);
		longer += strlen(result_run(r[i])) == strlen("p-YYYYMMDD-HHMMSS-mmm");
		for (k = 0; k < i; k++)
			assert_string_not_equal(result_path(r[i]), result_path(r[k]));
	}
	assert_true(longer > 0);
	for (i = 0; i < 5; i++)
		result_free(r[i]);
}

static void cannot_create(void **state)
{
	static const char *const dirs[] = {"/dev/null/results", "/proc/ringloss-results", ""};
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		struct error err = {0};

		assert_null(result_create(dirs[i], "quick", "", &err));
		assert_int_equal(err.exit, EX_CANTCREAT);
		assert_true(err.code < 0);
		assert_non_null(strstr(err.text, "--out DIR"));
	}
}

static void bad_sides(void **state)
{
	static const char *const sides[] = {"../x", "a/b", "", ".", "a b"};
	struct error err = {0};
	struct result *r = result_create(*state, "p", "", &err);
	json_t *host = json_object();
	size_t i;

	for (i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
		assert_int_equal(result_host(r, sides[i], host, &err), -EINVAL);
	json_decref(host);
	result_free(r);
}

static void assert_two_whole(const char *path)
{
	struct error err = {0};
	struct result_set *set = result_load(path, RESULT_LOAD_ALL, &err);

	assert_non_null(set);
	assert_false(set->cut);
	assert_int_equal(result_set_size(set), 2);
	assert_int_equal(json_s64(result_set_trial(set, 1), "seq", 0), 3);
	result_set_free(set);
}

/* The second line fits in part: none of it stays, and a third may follow. */
static void refused_by_limit(void **state)
{
	struct rlimit old, tight;
	struct error err = {0};
	struct result *r = result_create(*state, "p", "", &err);
	off_t before;

	assert_int_equal(append(r, 1, 100, &err), 0);
	before = size_of(r);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	tight = old;
	tight.rlim_cur = (rlim_t)before + 1000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	assert_int_equal(append(r, 2, 5000, &err), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(err.exit, EX_IOERR);
	assert_non_null(strstr(err.text, RESULT_TRIALS_FILE));
	assert_non_null(strstr(err.text, "--out DIR"));
	assert_int_equal(size_of(r), before);
	assert_int_equal(append(r, 3, 100, &err), 0);
	assert_two_whole(result_path(r));
	result_free(r);
}

enum { CHILD_OK, CHILD_SKIP, CHILD_WRONG };

/* In a mount namespace of its own: a real file system that is full. */
static int full_disk_child(const char *dir)
{
	struct error err = {0};
	struct result_set *set = NULL;
	struct result *r = NULL;
	int seq, ret = 0, code = CHILD_WRONG;
	off_t size = 0;

	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", dir, "tmpfs", 0, "size=256k") < 0)
		return CHILD_SKIP;
	r = result_create(dir, "p", "", &err);
	for (seq = 1; r && seq < 100 && !ret; seq++) {
		size = size_of(r);
		ret = append(r, seq, 20000, &err);
	}
	if (ret != -ENOSPC || err.exit != EX_IOERR || seq < 3 || size_of(r) != size)
		goto out;
	set = result_load(result_path(r), RESULT_LOAD_ALL, &err);
	if (set && !set->cut && result_set_size(set) == (size_t)seq - 2)
		code = CHILD_OK;
	result_set_free(set);
	/* And with no room for a folder at all: an error with its remedy, and nothing left. */
	if (code == CHILD_OK) {
		char junk[PATH_MAX];
		FILE *f;

		snprintf(junk, sizeof(junk), "%s/junk", dir);
		f = fopen(junk, "w");
		while (f && fputc('x', f) != EOF && fflush(f) == 0)
			;
		if (f)
			fclose(f);
		err = (struct error){0};
		if (result_create(dir, "full", "[plan]\n", &err) || err.exit != EX_CANTCREAT ||
		    !strstr(err.text, "--out DIR"))
			code = CHILD_WRONG;
	}
out:
	result_free(r);
	return code;
}

static void full_disk(void **state)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(full_disk_child(*state));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CHILD_SKIP) {
		print_message("skipped: this user cannot mount a tmpfs\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), CHILD_OK);
}

static void files(void **state)
{
	static const struct {
		const char *text;
		int trials;        /* -1: an error */
		bool cut;          /* the last line is left out */
		const char *error; /* in the error's text */
	} rows[] = {
		{"", 0, false, NULL},
		{LINE(1) "\n", 1, false, NULL},
		{LINE(1) "\n" LINE(2), 2, false, NULL},
		{LINE(1) "\n{\"schema\":1,\"po", 1, true, NULL},
		{LINE(1) "\n" LINE(2) "\n{", 2, true, NULL},
		{"garbage", 0, true, NULL},
		{"garbage\n" LINE(1) "\n", -1, false, ":1: not a trial"},
		{LINE(1) "\n{\"schema\":1,\"po\n" LINE(2) "\n", -1, false, ":2: not a trial"},
		{LINE(1) "\n\n", -1, false, ":2: not a trial"},
		{LINE(1) LINE(2) "\n", -1, false, ":1: not a trial"},
		{"[]\n", -1, false, "not an object"},
		{"{\"schema\":2,\"point\":{},\"verdict\":\"valid\"}\n", -1, false, "'schema'"},
		{"{\"schema\":1,\"verdict\":\"valid\"}\n", -1, false, "'point'"},
		{"{\"schema\":1,\"point\":{\"a\":1},\"verdict\":\"valid\"}\n", -1, false,
		 "'point'"},
		{"{\"schema\":1,\"point\":{},\"verdict\":\"skipped\"}\n", 1, false, NULL},
		{"{\"schema\":1,\"point\":{},\"verdict\":\"good\"}\n", -1, false, "'verdict'"},
		{"{\"schema\":1,\"schema\":1,\"point\":{},\"verdict\":\"valid\"}\n", -1, false,
		 ":1: not a trial"},
		{"{\"schema\":1,\"point\":{},\"verdict\":\"\xff\"}\n", -1, false,
		 ":1: not a trial"},
	};
	char path[PATH_MAX];
	size_t i;

	snprintf(path, sizeof(path), "%s/t.jsonl", (char *)*state);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = {0};
		struct result_set *set;

		assert_int_equal(file_replace(path, rows[i].text, strlen(rows[i].text), &err), 0);
		set = result_load(path, RESULT_LOAD_ALL, &err);
		if (rows[i].trials < 0) {
			assert_null(set);
			assert_int_equal(err.exit, EX_DATAERR);
			assert_non_null(strstr(err.text, path));
			assert_non_null(strstr(err.text, rows[i].error));
			continue;
		}
		assert_non_null(set);
		assert_int_equal(result_set_size(set), rows[i].trials);
		assert_int_equal(set->cut, rows[i].cut);
		result_set_free(set);
	}
}

static void no_file(void **state)
{
	struct error err = {0};

	assert_null(result_load("/nowhere/at-all", RESULT_LOAD_ALL, &err));
	assert_int_equal(err.exit, EX_NOINPUT);
	assert_null(result_load(*state, RESULT_LOAD_ALL, &err)); /* a folder without trials */
	assert_int_equal(err.exit, EX_NOINPUT);
}

static void lean(void **state)
{
	static const char text[] =
		"{\"schema\":1,\"point\":{},\"verdict\":\"valid\",\"sides\":{\"rx\":"
		"{\"role\":\"sink\",\"counters\":{\"before\":{},\"after\":{}}}}}\n";
	struct error err = {0};
	struct result_set *set;
	char path[PATH_MAX];
	const json_t *rx;
	unsigned int flags;

	snprintf(path, sizeof(path), "%s/t.jsonl", (char *)*state);
	assert_int_equal(file_replace(path, text, strlen(text), &err), 0);
	for (flags = RESULT_LOAD_ALL; flags <= RESULT_LOAD_LEAN; flags++) {
		set = result_load(path, flags, &err);
		assert_non_null(set);
		rx = json_object_get(json_object_get(result_set_trial(set, 0), "sides"), "rx");
		assert_string_equal(json_str(rx, "role", ""), "sink");
		assert_int_equal(json_object_get(rx, "counters") != NULL, flags == RESULT_LOAD_ALL);
		result_set_free(set);
	}
}

static void many(void **state)
{
	struct error err = {0};
	struct result_set *set;
	char path[PATH_MAX];
	json_t *t = trial(7, 2000);
	char *line = json_line(t);
	FILE *f;
	int i;

	snprintf(path, sizeof(path), "%s/t.jsonl", (char *)*state);
	f = fopen(path, "w");
	assert_non_null(f);
	for (i = 0; i < 10000; i++)
		fprintf(f, "%s\n", line);
	assert_int_equal(fclose(f), 0);
	set = result_load(path, RESULT_LOAD_LEAN, &err);
	assert_non_null(set);
	assert_int_equal(result_set_size(set), 10000);
	assert_int_equal(json_s64(result_set_trial(set, 9999), "seq", 0), 7);
	result_set_free(set);
	free(line);
	json_decref(t);
}

/* What several lines have in common is kept once, and each is still what its line says. */
static void lines_that_share(void **state)
{
	static const char *const lines[] = {
		"{\"schema\":1,\"point\":{\"a\":\"1\"},\"verdict\":\"valid\",\"x\":{\"h\":{\"a\":1}"
		",\"l\":[1,2]}}",
		"{\"schema\":1,\"point\":{\"a\":\"2\"},\"verdict\":\"valid\",\"x\":{\"h\":{\"a\":1}"
		",\"l\":[1,3]}}",
		"{\"schema\":1,\"point\":{\"a\":\"2\"},\"verdict\":\"valid\",\"x\":{\"h\":{\"a\":1,"
		"\"b\":2}}}",
		"{\"schema\":1,\"point\":{},\"verdict\":\"valid\",\"x\":{\"h\":{\"b\":2}}}",
		"{\"schema\":1,\"point\":{\"a\":\"2\"},\"verdict\":\"valid\",\"x\":{\"h\":1}}",
		"{\"schema\":1,\"point\":{\"a\":\"2\"},\"verdict\":\"valid\",\"x\":null}",
		"{\"schema\":1,\"point\":{\"a\":\"2\"},\"verdict\":\"valid\",\"x\":{\"h\":1}}",
	};
	struct error err = {0};
	struct result_set *set;
	char path[PATH_MAX];
	size_t i;
	FILE *f;

	snprintf(path, sizeof(path), "%s/t.jsonl", (char *)*state);
	f = fopen(path, "w");
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		fprintf(f, "%s\n", lines[i]);
	assert_int_equal(fclose(f), 0);
	set = result_load(path, RESULT_LOAD_LEAN, &err);
	assert_non_null(set);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char *got = json_line(result_set_trial(set, i));

		assert_string_equal(got, lines[i]);
		free(got);
	}
	assert_ptr_equal(json_object_get(json_object_get(result_set_trial(set, 0), "x"), "h"),
			 json_object_get(json_object_get(result_set_trial(set, 1), "x"), "h"));
	result_set_free(set);
}

#define PLAN "[plan]\nname = p\n"

/* A folder with what is behind its plan in TRIALS, nobody at work on it. Its path in PATH. */
static void stored(const char *dir, const char *trials, char path[static PATH_MAX])
{
	struct error err = {0};
	struct result *r = result_create(dir, "p", PLAN, &err);
	char file[PATH_MAX + 32];
	FILE *f;

	assert_non_null(r);
	snprintf(path, PATH_MAX, "%s", result_path(r));
	result_free(r);
	snprintf(file, sizeof(file), "%s/" RESULT_TRIALS_FILE, path);
	f = fopen(file, "w");
	fputs(trials, f);
	assert_int_equal(fclose(f), 0);
}

struct taken {
	int n;
	bool refuse;
};

static int take(void *ctx, json_t *trial, struct error *err)
{
	struct taken *taken = ctx;

	taken->n++;
	return taken->refuse ? error_set(err, EX_DATAERR, -EINVAL, "not ours") : 0;
}

/* Whatever a crash left of the last line, the next one is a line of its own. */
static void resumes(void **state)
{
	static const struct {
		const char *trials;
		int n;
	} rows[] = {
		{"", 0},
		{LINE(1) "\n", 1},
		{LINE(1) "\n" LINE(2) "\n", 2},
		{LINE(1) "\n" LINE(2), 2},
		{LINE(1) "\n{\"schema\":1,\"po", 1},
		{LINE(1) "\n{", 1},
		{"{\"schema", 0},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct taken taken = {0};
		struct error err = {0};
		struct result_set *set;
		char path[PATH_MAX];
		struct result *r;

		stored(*state, rows[i].trials, path);
		r = result_resume(path, take, &taken, &err);
		if (!r)
			fail_msg("%s: %s", rows[i].trials, err.text);
		assert_int_equal(taken.n, rows[i].n);
		assert_string_equal(result_run(r), strrchr(path, '/') + 1);
		assert_int_equal(append(r, 9, 10, &err), 0);
		assert_int_equal(result_finish(r, &err), 0);
		result_free(r);
		set = result_load(path, RESULT_LOAD_ALL, &err);
		assert_non_null(set);
		assert_false(set->cut);
		assert_int_equal(result_set_size(set), rows[i].n + 1);
		assert_int_equal(json_s64(result_set_trial(set, (size_t)rows[i].n), "seq", 0), 9);
		result_set_free(set);
	}
}

/* The lines of a folder that was moved keep the name that they have. */
static void resumes_under_its_name(void **state)
{
	struct taken taken = {0};
	struct error err = {0};
	char path[PATH_MAX], other[PATH_MAX + 8];
	struct result *r;

	stored(*state, "{\"schema\":1,\"run\":\"first-name\",\"point\":{},\"verdict\":\"valid\"}\n",
	       path);
	snprintf(other, sizeof(other), "%s-b/", path);
	assert_int_equal(rename(path, other), 0);
	r = result_resume(other, take, &taken, &err);
	assert_non_null(r);
	assert_string_equal(result_run(r), "first-name");
	result_free(r);
}

/* Refused, the folder stays as it was to the byte. */
static void resume_refused(void **state)
{
	static const char trials[] = LINE(1) "\n{\"schema\":1,\"po";
	static const struct {
		const char *plan;   /* appended to plan.ini */
		const char *trials; /* appended to the trials */
		bool refuse;
		const char *words;
	} rows[] = {
		{"\n", "", false, "plan.ini was changed"},
		{"[traffic]\nrate = 1pps\n", "", false, "plan.ini was changed"},
		{"", "\n", false, ":2: not a trial"},
		{"", "", true, "not ours"},
	};
	char path[PATH_MAX], file[PATH_MAX + 32], *text;
	struct error err = {0};
	struct result *r;
	size_t i;
	FILE *f;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct taken taken = {.refuse = rows[i].refuse};
		char all[256];

		stored(*state, trials, path);
		snprintf(file, sizeof(file), "%s/" RESULT_PLAN_FILE, path);
		f = fopen(file, "a");
		fputs(rows[i].plan, f);
		fclose(f);
		snprintf(file, sizeof(file), "%s/" RESULT_TRIALS_FILE, path);
		f = fopen(file, "a");
		fputs(rows[i].trials, f);
		fclose(f);
		assert_null(result_resume(path, take, &taken, &err));
		assert_int_equal(err.exit, EX_DATAERR);
		if (!strstr(err.text, rows[i].words))
			fail_msg("%s", err.text);
		text = file_read(file, NULL, &err);
		snprintf(all, sizeof(all), "%s%s", trials, rows[i].trials);
		assert_string_equal(text, all);
		free(text);
	}
	assert_null(result_resume("/nowhere/at-all", take, NULL, &err));
	assert_int_equal(err.exit, EX_NOINPUT);
	assert_null(result_resume(*state, take, NULL, &err)); /* a folder without trials */
	assert_int_equal(err.exit, EX_NOINPUT);

	/* one at a time */
	r = result_create(*state, "p", PLAN, &err);
	assert_non_null(r);
	assert_null(result_resume(result_path(r), take, NULL, &err));
	assert_int_equal(err.exit, EX_TEMPFAIL);
	assert_non_null(strstr(err.text, "another run is writing"));
	result_free(r);
}

/* Nothing was measured: what was written goes again, what somebody else put there does not. */
static void discarded(void **state)
{
	struct error err = {0};
	struct result *r = result_create(*state, "p", PLAN, &err);
	char path[PATH_MAX], file[PATH_MAX + 32];
	json_t *host = json_object();
	struct stat st;

	assert_int_equal(result_host(r, "rx", host, &err), 0);
	snprintf(path, sizeof(path), "%s", result_path(r));
	result_discard(r);
	assert_int_equal(stat(path, &st), -1);

	r = result_create(*state, "p", PLAN, &err);
	assert_int_equal(result_host(r, "rx", host, &err), 0);
	snprintf(path, sizeof(path), "%s", result_path(r));
	snprintf(file, sizeof(file), "%s/notes", path);
	assert_int_equal(file_replace(file, "x", 1, &err), 0);
	result_discard(r);
	assert_int_equal(stat(file, &st), 0);
	snprintf(file, sizeof(file), "%s/host-rx.json", path);
	assert_int_equal(stat(file, &st), -1);
	json_decref(host);
}

static void nothing(void **state)
{
	result_free(NULL);
	result_set_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(round_trip, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(names, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(same_second, make_dir, remove_dir),
		cmocka_unit_test(cannot_create),
		cmocka_unit_test_setup_teardown(bad_sides, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(refused_by_limit, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(full_disk, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(files, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(no_file, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(lean, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(many, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(lines_that_share, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(resumes, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(resumes_under_its_name, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(resume_refused, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(discarded, make_dir, remove_dir),
		cmocka_unit_test(nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
