/* Namespaces, settings and the probe of a host on a real kernel: needs root. */
#include "nettest.h"

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json.h"
#include "netns.h"
#include "probe.h"
#include "setting.h"
#include "setting_row.h"

/* As one side does for its first point. */
static json_t *apply(struct journal *j, const struct lab_end *end, json_t *values)
{
	struct settings *s = settings_new(end->netns, end->ifname);
	struct setting_outcome out;
	struct error err = {0};

	assert_non_null(s);
	ok(setting_apply(s, j, values, NULL, NULL, &out, &err), &err);
	settings_free(s);
	json_decref(values);
	return out.effective;
}

static void expect_settings(const struct lab_end *end, const char *gro, const char *threaded)
{
	json_t *now = apply(NULL, end, json_object());

	assert_string_equal(json_str(now, "offload.gro", ""), gro);
	assert_string_equal(json_str(now, "napi.threaded", ""), threaded);
	json_decref(now);
}

static void test_settings(void **state)
{
	struct error err = {0};
	const struct lab_end *end;
	struct journal *j;
	struct lab lab;
	struct setting_outcome out;
	struct settings *s;
	json_t *values, *effective;
	pid_t pid;
	int status, undone;

	ok(lab_up(&lab, ids[0], 2, 1, 0, NULL, &err), &err);
	end = &lab.end[1];
	expect_settings(end, "off", "0");
	j = journal_open("settings", &err);
	assert_non_null(j);
	/* A veth without GRO or XDP has no NAPI to thread, but keeps the value for one to come. */
	json_decref(apply(j, end, json_pack("{s:s}", "napi.threaded", "1")));
	expect_settings(end, "off", "1");
	ok(journal_undo(j, NULL, &err), &err);
	expect_settings(end, "off", "0");
	values = json_pack("{s:s}", "napi.threaded", "maybe");
	s = settings_new(end->netns, end->ifname);
	assert_int_equal(setting_apply(s, j, values, NULL, NULL, &out, &err), -EINVAL);
	assert_null(out.effective);
	settings_free(s);
	json_decref(values);
	/* With GRO it has. Keys of other owners do not matter. */
	effective = apply(j, end,
			  json_pack("{s:s, s:s, s:s, s:s}", "offload.gro", "on", "offload.gso",
				    "keep", "napi.threaded", "1", "ring", "64"));
	assert_string_equal(json_str(effective, "offload.gro", ""), "on");
	assert_string_equal(json_str(effective, "napi.threaded", ""), "1");
	json_decref(effective);
	expect_settings(end, "on", "1");
	expect_settings(&lab.end[0], "off", "0");
	ok(journal_undo(j, NULL, &err), &err);
	expect_settings(end, "off", "0");
	journal_close(j);
	/* The same by restore, after kill -9. */
	pid = fork();
	if (pid == 0) {
		j = journal_open("settings", &err);
		apply(j, end, json_pack("{s:s, s:s}", "offload.gro", "on", "napi.threaded", "1"));
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status));
	expect_settings(end, "on", "1");
	ok(journal_restore_all(NULL, false, &undone, NULL, &err), &err);
	assert_int_equal(undone, 2);
	expect_settings(end, "off", "0");
	/* By an agent that lives in the namespace, and calls it its own. */
	pid = fork();
	if (pid == 0) {
		struct lab_end own = *end;

		own.netns[0] = '\0';
		j = journal_open("settings", &err);
		if (netns_enter(end->netns, NULL))
			_exit(1);
		apply(j, &own, json_pack("{s:s}", "offload.gro", "on"));
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status));
	expect_settings(end, "on", "0");
	ok(journal_restore_all(NULL, false, &undone, NULL, &err), &err);
	assert_int_equal(undone, 1);
	expect_settings(end, "off", "0");
	/* A lab made anew is another one, whatever it is like. */
	j = journal_open("settings", &err);
	json_decref(apply(j, end, json_pack("{s:s}", "offload.gro", "on")));
	ok(lab_down(ids[0], &err), &err);
	ok(lab_up(&lab, ids[0], 2, 1, 0, NULL, &err), &err);
	json_decref(apply(NULL, end, json_object()));
	ok(journal_undo(j, NULL, &err), &err);
	journal_close(j);
	/* The device is gone: nothing to put back. */
	j = journal_open("settings", &err);
	json_decref(apply(j, end, json_pack("{s:s}", "offload.gro", "on")));
	ok(lab_down(ids[0], &err), &err);
	ok(journal_undo(j, NULL, &err), &err);
	journal_close(j);
}

/* Packets that arrive at the far end for one send of ten segments. */
static int segments_arrive(const struct lab *lab)
{
	int out = lab_socket(&lab->end[0]), size = 100, n = 0;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
	struct pollfd in = {.events = POLLIN};
	char buf[1000] = {0};

	in.fd = netns_call(lab->end[1].netns, sniffer, NULL, NULL);
	assert_true(in.fd >= 0);
	memcpy(&to.sin_addr, lab->end[1].ip, 4);
	assert_int_equal(setsockopt(out, SOL_UDP, UDP_SEGMENT, &size, sizeof(size)), 0);
	assert_int_equal(sendto(out, buf, sizeof(buf), 0, (struct sockaddr *)&to, sizeof(to)),
			 sizeof(buf));
	/* All have arrived when sendto returns, or do so within one softirq. */
	while (poll(&in, 1, 50) == 1 && recv(in.fd, buf, sizeof(buf), 0) > 0)
		n += buf[23] == IPPROTO_UDP && memcmp(buf + 26, lab->end[0].ip, 4) == 0;
	close(in.fd);
	close(out);
	return n;
}

static void test_uso(void **state)
{
	struct error err = {0};
	struct journal *j;
	struct lab lab;

	ok(lab_up(&lab, ids[0], 2, 1, 0, NULL, &err), &err);
	j = journal_open("uso", &err);
	assert_non_null(j);
	assert_int_equal(segments_arrive(&lab), 1);
	json_decref(apply(j, &lab.end[0], json_pack("{s:s}", "offload.uso", "off")));
	assert_int_equal(segments_arrive(&lab), 10);
	ok(journal_undo(j, NULL, &err), &err);
	assert_int_equal(segments_arrive(&lab), 1);
	journal_close(j);
}

static void test_enter(void **state)
{
	struct error err = {0};
	struct lab lab;
	struct stat here, there, cgroup;
	pid_t pid;
	int status;

	ok(lab_up(&lab, ids[0], 2, 1, 0, NULL, &err), &err);
	assert_int_equal(stat("/proc/self/ns/net", &here), 0);
	assert_int_equal(stat("/sys/fs/cgroup", &cgroup), 0);
	pid = fork();
	if (pid == 0) {
		if (netns_enter(lab.end[1].netns, NULL))
			_exit(1);
		if (access("/sys/class/net/rl-rx0/threaded", R_OK) < 0)
			_exit(2);
		/* Only lo and the lab's end are to be seen. */
		if (!if_nametoindex("rl-rx0") || if_nametoindex("rl-tx0"))
			_exit(3);
		if (access("/sys/class/net/rl-tx0", F_OK) == 0)
			_exit(4);
		/* What was mounted below /sys still is. */
		if (stat("/sys/fs/cgroup", &there) < 0 || there.st_dev != cgroup.st_dev)
			_exit(5);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(netns_enter("", &err), 0);
	assert_int_equal(netns_enter(NULL, &err), 0);
	assert_int_equal(netns_enter("ringloss-absent", &err), -ENOENT);
	carries_frames(&lab);
	assert_int_equal(stat("/proc/self/ns/net", &there), 0);
	assert_int_equal(here.st_ino, there.st_ino);
	assert_true(access("/sys/class/net/rl-rx0", F_OK) < 0);
}

static void test_netns_files(void **state)
{
	struct error err = {0};
	char name[64];

	snprintf(name, sizeof(name), "ringloss-%s", ids[0]);
	ok(netns_create(name, &err), &err);
	assert_int_equal(netns_create(name, &err), -EEXIST);
	assert_true(netns_exists(name));
	ok(netns_delete(name, &err), &err);
	assert_false(netns_exists(name));
	ok(netns_delete(name, &err), &err);
	assert_int_equal(netns_create("../x", &err), -EINVAL);
	assert_int_equal(netns_open(name, &err), -ENOENT);
}

/* Only names of ours are deleted, whatever a journal says. */
static void test_foreign_name(void **state)
{
	struct error err = {0};
	json_t *object = json_pack("{s:s}", "name", "production");

	assert_int_equal(netns_change_kind.undo(object, NULL, NULL, &err), UNDO_FAILED);
	json_decref(object);
}

/* A row as the plan and the table need it. */
static int row_is_whole(const struct setting *row, const char *key, void *arg)
{
	size_t *n = arg;

	++*n;
	assert_ptr_equal(setting_find(key), row);
	assert_true(row->knob.sweepable);
	assert_int_equal(knob_parse(&row->knob, row->knob.def, NULL, NULL), 0);
	assert_int_equal(knob_parse(&row->knob, SETTING_KEEP, NULL, NULL), 0);
	assert_non_null(row->read);
	assert_non_null(row->write);
	/* one that remakes queues is applied before what belongs to them */
	assert_false((row->flags & SETTING_OF_QUEUES) && (row->flags & SETTING_REMAKES_QUEUES));
	return 0;
}

static void test_setting_rows(void **state)
{
	const struct knob_set *const *sets;
	size_t i, n_sets, n_knobs = 0, n_rows = 0;

	sets = setting_knob_sets(&n_sets);
	for (i = 0; i < n_sets; i++)
		n_knobs += sets[i]->n;
	assert_int_equal(setting_each(row_is_whole, &n_rows), 0);
	assert_int_equal(n_rows, n_knobs);
	assert_null(setting_find("nic.nonsense"));
}

static void test_probe(void **state)
{
	json_t *obj = host_probe();

	assert_non_null(obj);
	assert_true(json_u64(obj, "cpus", 0) > 0);
	assert_true(json_u64(obj, "memory_bytes", 0) > 0);
	assert_true(strlen(json_str(obj, "kernel", "")) > 0);
	assert_true(host_cpu_count() > 0);
	json_decref(obj);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_settings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_uso, setup, teardown),
		cmocka_unit_test_setup_teardown(test_enter, setup, teardown),
		cmocka_unit_test_setup_teardown(test_netns_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign_name, setup, teardown),
		cmocka_unit_test(test_setting_rows),
		cmocka_unit_test(test_probe),
	};

	if (skip_without_root())
		return SKIP_STATUS;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
