/*
 * The journal against crashes: cut at every byte, killed between any two steps, a full disk,
 * files that are none. The kind of change is a file's content, in a table of this program's
 * own, which takes the place of the library's (kinds.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "journal.h"
#include "json.h"

#define CHANGES 4

static char top[64]; /* of this test: state folder and the files that are changed */

static int undo_kill_at = -1; /* kill this process before undoing that change */

static void value_path(char *buf, size_t size, int i)
{
	snprintf(buf, size, "%s/value%d", top, i);
}

static void value_write(int i, const char *value)
{
	char path[PATH_MAX];

	value_path(path, sizeof(path), i);
	assert_int_equal(file_replace(path, value, strlen(value), NULL), 0);
}

static void value_expect(int i, const char *want)
{
	char path[PATH_MAX];
	char *text;

	value_path(path, sizeof(path), i);
	text = file_read(path, NULL, NULL);
	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
}

static enum undo_result fake_undo(const json_t *object, const json_t *old_value,
				  const json_t *new_value, struct error *err)
{
	int i = (int)json_u64(object, "n", 0);
	enum undo_result result = UNDO_CONFLICT;
	char path[PATH_MAX];
	char *text;

	if (i == undo_kill_at)
		kill(getpid(), SIGKILL);
	value_path(path, sizeof(path), i);
	text = file_read(path, NULL, err);
	if (!text)
		return UNDO_FAILED;
	if (strcmp(text, json_string_value(old_value)) == 0)
		result = UNDO_NOTHING;
	else if (strcmp(text, json_string_value(new_value)) == 0)
		result = UNDO_DONE;
	free(text);
	if (result == UNDO_DONE)
		value_write(i, json_string_value(old_value));
	return result;
}

static const struct change_kind fake_kind = {.name = "fake", .undo = fake_undo};
static const struct change_kind lasting_kind = {
	.name = "lasting",
	.survives_reboot = true,
	.undo = fake_undo,
};

const struct change_kind *const change_kinds[] = {&fake_kind, &lasting_kind, NULL};

static int note(struct journal *j, const char *kind, int i, struct error *err)
{
	json_t *object = json_pack("{s:i}", "n", i);
	json_t *old_value = json_string("old"), *new_value = json_string("new");
	int ret = journal_note(j, kind, object, old_value, new_value, err);

	json_decref(object);
	json_decref(old_value);
	json_decref(new_value);
	return ret;
}

static void journal_file(char *buf, size_t size, const char *name)
{
	snprintf(buf, size, "%s/state/journal/%s", top, name);
}

static void journal_put(const char *name, const char *data, size_t len)
{
	char path[PATH_MAX];

	journal_file(path, sizeof(path), name);
	assert_int_equal(file_replace(path, data, len, NULL), 0);
}

static bool journal_there(const char *name)
{
	char path[PATH_MAX];

	journal_file(path, sizeof(path), name);
	return access(path, F_OK) == 0;
}

static int setup(void **state)
{
	char path[128];
	int i;

	snprintf(top, sizeof(top), "/tmp/ringloss-test-journal-XXXXXX");
	assert_non_null(mkdtemp(top));
	snprintf(path, sizeof(path), "%s/state", top);
	setenv("RINGLOSS_STATE_DIR", path, 1);
	for (i = 0; i < CHANGES; i++)
		value_write(i, "old");
	undo_kill_at = -1;
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	return system(command);
}

static int child_status(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* A run that notes and changes N values, and dies in the middle of step STOP (2 per value). */
static void child_run(int stop, int sig)
{
	struct journal *j = journal_open("child", NULL);
	int i;

	for (i = 0; j && i < CHANGES; i++) {
		if (stop == 2 * i)
			break;
		if (note(j, "fake", i, NULL))
			_exit(99);
		if (stop == 2 * i + 1)
			break;
		value_write(i, "new");
	}
	if (sig)
		kill(getpid(), sig);
	_exit(j ? 0 : 98);
}

static void run_child(int stop, int sig)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		child_run(stop, sig);
	status = child_status(pid);
	if (sig)
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == sig);
	else
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void restore_expect(int want_ret, int want_undone)
{
	struct error err = {0};
	int undone = -1, living = -1;

	assert_int_equal(journal_restore_all(NULL, false, &undone, &living, &err), want_ret);
	assert_int_equal(undone, want_undone);
	assert_int_equal(living, 0);
	if (want_ret)
		assert_true(strlen(err.text) > 0);
}

static void test_killed_between_steps(void **state)
{
	static const int signals[] = {SIGKILL, 0};
	size_t s;
	int stop, i;

	for (s = 0; s < 2; s++) {
		for (stop = 0; stop <= 2 * CHANGES; stop++) {
			run_child(stop, signals[s]);
			assert_int_equal(journal_pending(NULL, 0), 1);
			restore_expect(0, stop / 2);
			for (i = 0; i < CHANGES; i++)
				value_expect(i, "old");
			assert_int_equal(journal_pending(NULL, 0), 0);
			restore_expect(0, 0);
		}
	}
}

static void test_killed_while_undoing(void **state)
{
	int at, i;

	for (at = 0; at < CHANGES; at++) {
		pid_t pid;

		run_child(2 * CHANGES, SIGKILL);
		pid = fork();
		if (pid == 0) {
			undo_kill_at = at;
			journal_restore_all(NULL, false, NULL, NULL, NULL);
			_exit(0);
		}
		assert_true(WIFSIGNALED(child_status(pid)));
		/* What was undone is not undone again: somebody may have changed it since. */
		for (i = at + 1; i < CHANGES; i++) {
			value_expect(i, "old");
			value_write(i, "new");
		}
		restore_expect(0, at + 1);
		for (i = 0; i < CHANGES; i++) {
			value_expect(i, i <= at ? "old" : "new");
			value_write(i, "old");
		}
	}
}

static char *journal_text(size_t *len)
{
	char path[PATH_MAX];
	char *text;

	journal_file(path, sizeof(path), "child.jsonl");
	text = file_read(path, len, NULL);
	assert_non_null(text);
	return text;
}

static void test_cut_at_every_byte(void **state)
{
	size_t len, cut;
	char *text;

	run_child(2 * CHANGES, SIGKILL);
	text = journal_text(&len);
	for (cut = 0; cut <= len; cut++) {
		size_t pos;
		int lines = 0, i;

		for (pos = 0; pos < cut; pos++)
			lines += text[pos] == '\n';
		/* Changes are made only once their line is whole. */
		for (i = 0; i < CHANGES; i++)
			value_write(i, i < lines - 1 ? "new" : "old");
		journal_put("child.jsonl", text, cut);
		restore_expect(0, lines ? lines - 1 : 0);
		for (i = 0; i < CHANGES; i++)
			value_expect(i, "old");
		assert_false(journal_there("child.jsonl"));
	}
	free(text);
}

static void test_files_that_are_none(void **state)
{
	static const char zeros[512];
	static const struct {
		const char *data;
		size_t len;
		int ret;
		bool stays;
	} rows[] = {
		{"", 0, 0, false},
		{zeros, sizeof(zeros), 0, false},
		{"{\"prog", 6, 0, false},
		{"hello", 5, -EBUSY, true},
		{"hello\nworld\n", 12, -EBUSY, true},
		{"{}\n", 3, -EBUSY, true},
		{"\n\n\n", 3, -EBUSY, true},
		{"{\"program\":\"other\",\"boot_id\":\"x\"}\n", 34, -EBUSY, true},
	};
	size_t i;

	journal_close(journal_open("makes-the-folder", NULL));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		journal_put("none.jsonl", rows[i].data, rows[i].len);
		restore_expect(rows[i].ret, 0);
		assert_int_equal(journal_there("none.jsonl"), rows[i].stays);
	}
	/* Others are restored nevertheless. */
	run_child(2 * CHANGES, SIGKILL);
	restore_expect(-EBUSY, CHANGES);
	value_expect(0, "old");
}

static void test_bad_entries_stay(void **state)
{
	static const char *const bad[] = {
		"garbage\n",
		"{\"kind\":\"unheard-of\",\"object\":{},\"old\":null,\"new\":null}\n",
		"[]\n",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char path[PATH_MAX];
		FILE *f;

		run_child(2 * CHANGES, SIGKILL);
		journal_file(path, sizeof(path), "child.jsonl");
		f = fopen(path, "a");
		fputs(bad[i], f);
		fclose(f);
		restore_expect(-EBUSY, CHANGES);
		value_expect(0, "old");
		/* A second time: only what stayed. */
		restore_expect(-EBUSY, 0);
		assert_int_equal(unlink(path), 0);
	}
}

static void test_conflict(void **state)
{
	struct error err = {0};
	char path[PATH_MAX];
	int i;

	run_child(2 * CHANGES, SIGKILL);
	value_write(1, "somebody's");
	assert_int_equal(journal_restore_all(NULL, false, NULL, NULL, &err), -EBUSY);
	journal_file(path, sizeof(path), "child.jsonl");
	assert_non_null(strstr(err.text, path));
	for (i = 0; i < CHANGES; i++)
		value_expect(i, i == 1 ? "somebody's" : "old");
	restore_expect(-EBUSY, 0);
	/* The user makes up their mind: then it is over. */
	value_write(1, "old");
	restore_expect(0, 0);
	assert_false(journal_there("child.jsonl"));
}

static void test_other_boot(void **state)
{
	static const char header[] =
		"{\"program\":\"ringloss\",\"pid\":1,\"boot_id\":\"another\",\"created_ns\":1}\n";
	static const char entry[] =
		"{\"kind\":\"%s\",\"object\":{\"n\":0},\"old\":\"old\",\"new\":\"new\"}\n";
	static const struct {
		const char *kind;
		int undone;
	} rows[] = {{"fake", 0}, {"lasting", 1}};
	size_t i;

	journal_close(journal_open("makes-the-folder", NULL));
	for (i = 0; i < 2; i++) {
		char text[512];
		int len = snprintf(text, sizeof(text), "%s", header);

		value_write(0, "new");
		snprintf(text + len, sizeof(text) - (size_t)len, entry, rows[i].kind);
		journal_put("boot.jsonl", text, strlen(text));
		restore_expect(0, rows[i].undone);
		value_expect(0, rows[i].undone ? "old" : "new");
		assert_false(journal_there("boot.jsonl"));
	}
}

static void test_disk_full(void **state)
{
	struct rlimit small, old;
	struct error err = {0};
	struct journal *j = journal_open("full", NULL);
	char path[PATH_MAX];
	struct stat st;
	off_t room;

	assert_non_null(j);
	assert_int_equal(note(j, "fake", 0, NULL), 0);
	value_write(0, "new");
	journal_file(path, sizeof(path), "full.jsonl");
	assert_int_equal(stat(path, &st), 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	/* However much of the line finds room, nothing of it may stay. */
	for (room = 0; room < 30; room++) {
		small = old;
		small.rlim_cur = (rlim_t)(st.st_size + room);
		setrlimit(RLIMIT_FSIZE, &small);
		assert_int_equal(note(j, "fake", 1, &err), -EFBIG);
		assert_int_equal(err.exit, EX_IOERR);
		setrlimit(RLIMIT_FSIZE, &old);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_size, small.rlim_cur - (rlim_t)room);
	}
	assert_int_equal(note(j, "fake", 2, NULL), 0);
	value_write(2, "new");
	assert_int_equal(journal_undo(j, NULL, &err), 0);
	value_expect(0, "old");
	value_expect(2, "old");
	journal_close(j);
	assert_false(journal_there("full.jsonl"));
}

static void test_state_folder(void **state)
{
	struct error err = {0};
	struct journal *j;
	char path[160];
	struct stat st;

	snprintf(path, sizeof(path), "%s/a/b/state", top);
	setenv("RINGLOSS_STATE_DIR", path, 1);
	j = journal_open("x", &err);
	assert_non_null(j);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	journal_close(j);
	/* A file where the folder should be: not writable for root either. */
	snprintf(path, sizeof(path), "%s/value0/state", top);
	setenv("RINGLOSS_STATE_DIR", path, 1);
	assert_null(journal_open("x", &err));
	assert_int_equal(err.exit, EX_CANTCREAT);
	assert_non_null(strstr(err.text, "RINGLOSS_STATE_DIR"));
	snprintf(path, sizeof(path), "%s/value0", top);
	setenv("RINGLOSS_STATE_DIR", path, 1);
	assert_null(journal_open("x", &err));
	assert_int_equal(err.exit, EX_CANTCREAT);
	/* No folder, nothing to restore. */
	snprintf(path, sizeof(path), "%s/nowhere", top);
	setenv("RINGLOSS_STATE_DIR", path, 1);
	restore_expect(0, 0);
	assert_int_equal(journal_pending(NULL, 0), 0);
}

static void test_names(void **state)
{
	static const char *const bad[] = {"", "a/b", "/a", "..", ".x"};
	struct error err = {0};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(journal_open(bad[i], &err));
		assert_int_equal(err.exit, EX_USAGE);
	}
}

static void test_living_is_left_alone(void **state)
{
	struct journal *j = journal_open("living", NULL);
	struct error err = {0};
	int undone, living;
	char name[64];

	assert_non_null(j);
	assert_int_equal(note(j, "fake", 0, NULL), 0);
	value_write(0, "new");
	assert_int_equal(journal_pending(NULL, 0), 0);
	assert_int_equal(journal_restore_all(NULL, false, &undone, &living, NULL), 0);
	assert_int_equal(undone, 0);
	assert_int_equal(living, 1);
	value_expect(0, "new");
	assert_null(journal_open("living", &err));
	assert_int_equal(err.exit, EX_TEMPFAIL);
	/* Closed with entries in it: it waits for restore. */
	journal_close(j);
	assert_int_equal(journal_pending(name, sizeof(name)), 1);
	assert_string_equal(name, "living");
	/* Saying only changes nothing. */
	assert_int_equal(journal_restore_all(NULL, true, &undone, &living, NULL), 0);
	assert_int_equal(undone, 1);
	value_expect(0, "new");
	/* A new owner of the name puts back what the old one left. */
	j = journal_open("living", &err);
	assert_non_null(j);
	value_expect(0, "old");
	journal_close(j);
	assert_false(journal_there("living.jsonl"));
}

static void test_commit_and_reuse(void **state)
{
	struct journal *j = journal_open("commit", NULL);

	assert_non_null(j);
	assert_int_equal(note(j, "fake", 0, NULL), 0);
	value_write(0, "new");
	assert_int_equal(journal_undo(j, NULL, NULL), 0);
	assert_false(journal_there("commit.jsonl"));
	assert_int_equal(journal_undo(j, NULL, NULL), 0);
	/* Noting after undoing makes the file anew. */
	assert_int_equal(note(j, "fake", 0, NULL), 0);
	value_write(0, "new");
	assert_true(journal_there("commit.jsonl"));
	journal_commit(j);
	assert_false(journal_there("commit.jsonl"));
	value_expect(0, "new");
	journal_commit(NULL);
	journal_close(NULL);
}

static void test_order_of_runs(void **state)
{
	static const char line[] =
		"{\"program\":\"ringloss\",\"boot_id\":\"b\",\"created_ns\":%d}\n"
		"{\"kind\":\"lasting\",\"object\":{\"n\":0},\"old\":\"%s\",\"new\":\"%s\"}\n";
	char text[512];

	journal_close(journal_open("makes-the-folder", NULL));
	/* The first run made it 1, the second 2: only backwards in time leads to old. */
	snprintf(text, sizeof(text), line, 1, "old", "1");
	journal_put("a-first.jsonl", text, strlen(text));
	snprintf(text, sizeof(text), line, 2, "1", "2");
	journal_put("b-second.jsonl", text, strlen(text));
	value_write(0, "2");
	restore_expect(0, 2);
	value_expect(0, "old");
}

/* Owners that come and go while restore runs: no file is lost, none taken for dead. */
static void test_race_with_restore(void **state)
{
	pid_t pid = fork();
	int i;

	if (pid == 0) {
		for (i = 0; i < 200; i++) {
			struct journal *j = journal_open("race", NULL);

			if (!j || note(j, "fake", 3, NULL))
				_exit(1);
			value_write(3, "new");
			if (journal_undo(j, NULL, NULL))
				_exit(2);
			journal_close(j);
		}
		_exit(0);
	}
	while (waitpid(pid, &i, WNOHANG) == 0) {
		int undone = 0;

		assert_int_equal(journal_restore_all(NULL, false, &undone, NULL, NULL), 0);
		assert_int_equal(undone, 0);
	}
	assert_true(WIFEXITED(i));
	assert_int_equal(WEXITSTATUS(i), 0);
	value_expect(3, "old");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_killed_between_steps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed_while_undoing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut_at_every_byte, setup, teardown),
		cmocka_unit_test_setup_teardown(test_files_that_are_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_entries_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(test_conflict, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_boot, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disk_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_state_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_living_is_left_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_commit_and_reuse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order_of_runs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_race_with_restore, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
