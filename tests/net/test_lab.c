/*
 * The lab on a real kernel: needs root, makes namespaces named ringloss-* only and takes them
 * away again.
 */
#include "nettest.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "netns.h"

#define KILL_ROUNDS 20

static void test_up_and_down(void **state)
{
	static const uint32_t queues[] = {1, 2, LAB_QUEUES_MAX}, pairs[] = {1, 3, 2};
	struct error err = {0};
	size_t i;

	for (i = 0; i < 3; i++) {
		uint64_t t0 = clock_ns(), t1, t2, t3;
		struct lab lab, found;

		ok(lab_up(&lab, ids[0], queues[i], pairs[i], i ? 9000 : 0, NULL, &err), &err);
		t1 = clock_ns();
		carries_frames(&lab);
		ok(lab_find(&found, ids[0], &err), &err);
		assert_memory_equal(&lab, &found, sizeof(lab));
		assert_int_equal(found.queues, queues[i]);
		assert_int_equal(found.pairs, pairs[i]);
		assert_int_equal(found.mtu, i ? 9000 : LAB_MTU_DEFAULT);
		/* An id is one run's. */
		assert_int_equal(lab_up(&found, ids[0], queues[i], 1, 0, NULL, &err), -EEXIST);
		carries_frames(&lab);
		t2 = clock_ns();
		ok(lab_down(ids[0], &err), &err);
		t3 = clock_ns();
		nothing_left(ids[0]);
		ok(lab_down(ids[0], &err), &err);
		assert_int_equal(lab_find(&found, ids[0], &err), -ENOENT);
		assert_int_equal(err.exit, EX_UNAVAILABLE);
		assert_int_equal(journal_pending(NULL, 0), 0);
		print_message("%u queues, %u pairs: up %.1f ms, down %.1f ms\n", queues[i],
			      pairs[i], (double)(t1 - t0) / 1e6, (double)(t3 - t2) / 1e6);
	}
}

static void test_two_at_once(void **state)
{
	struct error err = {0};
	struct lab labs[2];
	pid_t pid[2];
	int i, status;

	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			_exit(lab_up(&labs[i], ids[i], 2, 1, 0, NULL, &err) ? 1 : 0);
	}
	for (i = 0; i < 2; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	for (i = 0; i < 2; i++) {
		ok(lab_find(&labs[i], ids[i], &err), &err);
		carries_frames(&labs[i]);
	}
	ok(lab_down(ids[0], &err), &err);
	carries_frames(&labs[1]);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *id;
		uint32_t queues, pairs, mtu;
		const char *says;
	} rows[] = {
		{"x", 0, 1, 0, "1 to 64"},
		{"x", LAB_QUEUES_MAX + 1, 1, 0, "1 to 64"},
		{"x", 1, 0, 0, "1 to 16"},
		{"x", 1, LAB_PAIRS_MAX + 1, 0, "1 to 16"},
		{"x", 1, 1, 1279, "1280 to 65535"},
		{"x", 1, 1, 65536, "1280 to 65535"},
		{"a/b", 1, 1, 0, "lab id"},
		{"..", 1, 1, 0, "lab id"},
		{"0123456789012345678901234567890123456789", 1, 1, 0, "lab id"},
	};
	struct lab lab;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = {0};

		assert_int_equal(lab_up(&lab, rows[i].id, rows[i].queues, rows[i].pairs,
					rows[i].mtu, NULL, &err),
				 -EINVAL);
		assert_int_equal(err.exit, EX_USAGE);
		assert_non_null(strstr(err.text, rows[i].says));
	}
}

static void test_without_root(void **state)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct error err = {0};
		struct lab lab;

		if (setuid(65534) < 0)
			_exit(1);
		if (lab_up(&lab, ids[0], 1, 1, 0, NULL, &err) != -EPERM || err.exit != EX_NOPERM)
			_exit(2);
		_exit(strstr(err.text, "sudo") ? 0 : 3);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	nothing_left(ids[0]);
}

/* The names of the standing lab are taken from the user's own: leave a lab alone that is up. */
static bool standing_is_free(void)
{
	return !netns_exists("ringloss-tx") && !netns_exists("ringloss-rx");
}

static void break_no_netns(const struct lab *lab)
{
	assert_int_equal(netns_delete(lab->end[1].netns, NULL), 0);
}

static void break_no_veth(const struct lab *lab)
{
	int i;

	for (i = 0; i < LAB_ENDS; i++) {
		assert_int_equal(netns_delete(lab->end[i].netns, NULL), 0);
		assert_int_equal(netns_create(lab->end[i].netns, NULL), 0);
	}
}

/* What a kill between making the file and mounting the namespace on it leaves. */
static void break_plain_file(const struct lab *lab)
{
	char path[128];
	int fd;

	assert_int_equal(netns_delete(lab->end[0].netns, NULL), 0);
	snprintf(path, sizeof(path), "/run/netns/%s", lab->end[0].netns);
	fd = open(path, O_CREAT | O_EXCL | O_RDONLY, 0);
	assert_true(fd >= 0);
	close(fd);
}

static void test_standing(void **state)
{
	static void (*const breaks[])(const struct lab *lab) = {
		break_no_netns,
		break_no_veth,
		break_plain_file,
	};
	struct error err = {0};
	struct lab lab, again;
	size_t i;

	if (!standing_is_free()) {
		print_message("a standing lab is up\n");
		skip();
	}
	ok(lab_up(&lab, "", 2, 1, 0, NULL, &err), &err);
	assert_string_equal(lab.end[0].netns, "ringloss-tx");
	/* As many queues: there already. Others: an error with the remedy. */
	ok(lab_up(&again, "", 2, 1, 0, NULL, &err), &err);
	assert_memory_equal(&lab, &again, sizeof(lab));
	assert_int_equal(lab_up(&again, "", 3, 1, 0, NULL, &err), -EEXIST);
	assert_non_null(strstr(err.text, "ringloss lab down"));
	assert_int_equal(lab_up(&again, "", 2, 1, 9000, NULL, &err), -EEXIST);
	assert_int_equal(lab_up(&again, "", 2, 2, 0, NULL, &err), -EEXIST);
	carries_frames(&lab);
	for (i = 0; i < 3; i++) {
		breaks[i](&lab);
		assert_int_equal(lab_find(&again, "", &err), -ENODEV);
		assert_non_null(strstr(err.text, "ringloss lab up"));
		ok(lab_up(&lab, "", 3, 1, 0, NULL, &err), &err);
		carries_frames(&lab);
	}
	for (i = 0; i < 3; i++) {
		breaks[i](&lab);
		ok(lab_down("", &err), &err);
		assert_true(standing_is_free());
		ok(lab_up(&lab, "", 3, 1, 0, NULL, &err), &err);
	}
	ok(lab_down("", &err), &err);
	assert_true(standing_is_free());
}

static void test_run_journal(void **state)
{
	struct error err = {0};
	struct journal *j = journal_open("run", &err);
	struct lab lab;

	assert_non_null(j);
	ok(lab_up(&lab, ids[0], 2, 1, 0, j, &err), &err);
	ok(journal_undo(j, NULL, &err), &err);
	nothing_left(ids[0]);
	/* Taken down by the run itself: nothing to undo, and no complaint. */
	ok(lab_up(&lab, ids[0], 2, 1, 0, j, &err), &err);
	ok(lab_down(ids[0], &err), &err);
	ok(journal_undo(j, NULL, &err), &err);
	journal_close(j);
}

/* Killed anywhere on the way up, with the run's journal or the lab's own. */
static void test_killed_on_the_way(void **state)
{
	int round, at_work = 0;

	srand(1);
	for (round = 0; round < KILL_ROUNDS; round++) {
		struct error err = {0};
		int undone = 0, living = 0, status;
		pid_t pid = fork();

		if (pid == 0) {
			struct journal *j = round % 2 ? journal_open("killed", &err) : NULL;
			struct lab lab;

			lab_up(&lab, ids[0], 2, 2, 0, j, &err);
			/* Without a journal of a run a finished lab is meant to stay. */
			if (!j)
				lab_down(ids[0], NULL);
			for (;;)
				pause();
		}
		clock_pause_ns((uint64_t)(rand() % 10000) * NSEC_PER_USEC);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		ok(journal_restore_all(NULL, false, &undone, &living, &err), &err);
		at_work += undone > 0;
		assert_int_equal(living, 0);
		/* Killed in its lab_down, after the lab was made to stay. */
		if (round % 2 == 0)
			lab_down(ids[0], NULL);
		nothing_left(ids[0]);
		assert_int_equal(journal_pending(NULL, 0), 0);
	}
	print_message("%d of %d rounds had something to undo\n", at_work, KILL_ROUNDS);
}

static void test_silence(void **state)
{
	struct error err = {0};
	struct pollfd fds[2 * LAB_ENDS];
	struct lab lab;
	int i;

	ok(lab_up(&lab, ids[0], 2, 2, 0, NULL, &err), &err);
	for (i = 0; i < 2 * LAB_ENDS; i++) {
		fds[i].fd = netns_call(lab.end[i].netns, sniffer, NULL, &err);
		fds[i].events = POLLIN;
		assert_true(fds[i].fd >= 0);
	}
	/* Reports of multicast listeners would go on for two seconds (RFC 3810 section 9.11). */
	assert_int_equal(poll(fds, 2 * LAB_ENDS, 5000), 0);
	/* The ears work. */
	carries_frames(&lab);
	assert_int_equal(poll(fds, 2 * LAB_ENDS, 0), 2 * LAB_ENDS);
	for (i = 0; i < 2 * LAB_ENDS; i++)
		close(fds[i].fd);
}

/* What the kernel did while the lab came up, before anybody could listen. */
static int frames_sent(void *arg)
{
	char path[128], text[24] = "";
	int sysfs, fd;

	snprintf(path, sizeof(path), "class/net/%s/statistics/tx_packets", (const char *)arg);
	sysfs = netns_sysfs_open(NULL);
	fd = openat(sysfs, path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return -errno;
	close(fd);
	close(sysfs);
	return atoi(text);
}

static void test_nothing_was_sent(void **state)
{
	struct error err = {0};
	struct lab lab;
	int i;

	ok(lab_up(&lab, ids[0], 1, 2, 0, NULL, &err), &err);
	for (i = 0; i < 2 * LAB_ENDS; i++)
		assert_int_equal(netns_call(lab.end[i].netns, frames_sent, lab.end[i].ifname, &err),
				 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_up_and_down, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_without_root, setup, teardown),
		cmocka_unit_test_setup_teardown(test_standing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_run_journal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed_on_the_way, setup, teardown),
		cmocka_unit_test_setup_teardown(test_silence, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_was_sent, setup, teardown),
	};

	if (skip_without_root())
		return SKIP_STATUS;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
