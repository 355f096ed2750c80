/*
 * Settings of CPUs, queues' steering, the network's sysctls and the host on a real kernel: each set
 * to another value, seen where the kernel keeps it, and put back. Needs root. What is the whole
 * machine's is changed for moments.
 */
#include "nettest.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cpus.h"
#include "file.h"
#include "json.h"
#include "netns.h"
#include "probe.h"
#include "setting.h"
#include "setting_irqbalance.h"
#include "setting_row.h"

/* ---- a test that fails leaves the machine as it was ---- */

static json_t *machine;

/* Reads what is the machine's the first time, and puts it back the second. */
static int machine_row(const struct setting *row, const char *key, void *arg)
{
	struct setting_site *site = arg;
	char *now = malloc(SETTING_TEXT_MAX);
	const char *was = json_string_value(json_object_get(machine, key));

	assert_non_null(now);
	if ((row->flags & SETTING_MACHINE) && !row->read(row, site, now, NULL)) {
		if (!was)
			json_object_set_new(machine, key, json_string(now));
		else if (strcmp(was, now))
			row->write(row, site, was, NULL);
	}
	free(now);
	return 0;
}

static int machine_call(void *arg)
{
	struct setting_site site;
	int ret = setting_site_open(&site, "", NULL);

	if (!ret)
		ret = setting_each(machine_row, &site);
	setting_site_close(&site);
	return ret;
}

static int begin(void **state)
{
	machine = json_object();
	return setup(state) || setting_machine_call(machine_call, NULL, NULL);
}

static int end_of(void **state)
{
	int ret = setting_machine_call(machine_call, NULL, NULL);

	json_decref(machine);
	return teardown(state) || ret;
}

/* ---- a side ---- */

/* As one side does for a point; VALUES is taken. NULL with *err when refused. */
static json_t *try_apply(struct journal *j, const struct lab_end *end, json_t *values,
			 struct error *err)
{
	struct settings *s = settings_new(end->netns, end->ifname);
	struct setting_outcome out;
	int ret;

	assert_non_null(s);
	ret = setting_apply(s, j, values, NULL, NULL, &out, err);
	settings_free(s);
	json_decref(values);
	return ret ? NULL : out.effective;
}

static json_t *apply(struct journal *j, const struct lab_end *end, json_t *values)
{
	struct error err = {0};
	json_t *effective = try_apply(j, end, values, &err);

	if (!effective)
		print_error("%s\n", err.text);
	assert_non_null(effective);
	return effective;
}

/* A file as the kernel shows it in the namespace of END. */
struct look {
	const struct lab_end *end;
	const char *path;
	char text[SETTING_TEXT_MAX];
};

static int look_here(void *arg)
{
	struct look *look = arg;
	struct setting_site site;
	struct error err = {0};
	int ret = setting_site_open(&site, look->end->ifname, &err);

	if (!ret)
		ret = setting_file_read(&site, look->path, look->text, &err);
	setting_site_close(&site);
	return ret;
}

static const char *look(struct look *look, const struct lab_end *end, const char *path)
{
	struct error err = {0};

	*look = (struct look){.end = end, .path = path};
	ok(netns_call(end->netns, look_here, look, &err), &err);
	return look->text;
}

/* FILE: of /sys (class/net/...) or /proc; "" for values that are seen otherwise. */
static const struct {
	const char *key, *asked, *effective, *file, *text;
} rows[] = {
	{"rps.cpus", "same", "0 1", "class/net/rl-rx0/queues/rx-1/rps_cpus", "2"},
	{"rps.cpus", "one:1", "1 1", "class/net/rl-rx0/queues/rx-0/rps_cpus", "2"},
	{"rps.cpus", "list:1+0", "1 0", "class/net/rl-rx0/queues/rx-1/rps_cpus", "1"},
	{"rps.flow_cnt", "1000", "1024", "class/net/rl-rx0/queues/rx-1/rps_flow_cnt", "1024"},
	{"rfs.entries", "3000", "4096", "/proc/sys/net/core/rps_sock_flow_entries", "4096"},
	{"xps.cpus", "same", "0 1", "class/net/rl-rx0/queues/tx-1/xps_cpus", "2"},
	{"xps.cpus", "one:0", "0 0", "class/net/rl-rx0/queues/tx-1/xps_cpus", "1"},
	{"napi.defer_hard_irqs", "3", "3", "class/net/rl-rx0/napi_defer_hard_irqs", "3"},
	{"napi.gro_flush_timeout", "20000", "20000", "class/net/rl-rx0/gro_flush_timeout", "20000"},
	{"sysctl.netdev_max_backlog", "1001", "1001", "/proc/sys/net/core/netdev_max_backlog",
	 "1001"},
	{"sysctl.netdev_budget", "301", "301", "/proc/sys/net/core/netdev_budget", "301"},
	{"sysctl.netdev_budget_usecs", "30001", "30001", "/proc/sys/net/core/netdev_budget_usecs",
	 "30001"},
	{"sysctl.dev_weight", "65", "65", "/proc/sys/net/core/dev_weight", "65"},
	{"sysctl.netdev_tstamp_prequeue", "0", "0", "/proc/sys/net/core/netdev_tstamp_prequeue",
	 "0"},
	{"sysctl.gro_normal_batch", "9", "9", "/proc/sys/net/core/gro_normal_batch", "9"},
	{"sysctl.rmem_max", "3M", "3145728", "/proc/sys/net/core/rmem_max", "3145728"},
	{"sysctl.rmem_default", "300K", "307200", "/proc/sys/net/core/rmem_default", "307200"},
	{"sysctl.wmem_max", "3M", "3145728", "/proc/sys/net/core/wmem_max", "3145728"},
	{"sysctl.wmem_default", "300K", "307200", "/proc/sys/net/core/wmem_default", "307200"},
	{"sysctl.optmem_max", "200K", "204800", "/proc/sys/net/core/optmem_max", "204800"},
	{"sysctl.busy_poll", "51", "51", "/proc/sys/net/core/busy_poll", "51"},
	{"sysctl.busy_read", "52", "52", "/proc/sys/net/core/busy_read", "52"},
};

/* What words go by, with one value of a row. */
static json_t *side(const char *key, const char *asked)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "role", "sink", "cpus", "0+1", "queues", "2", key,
			 asked);
}

/* Sysctls as the machine has them: the namespace of a lab shows few. */
static int look_machine(void *arg)
{
	return look_here(arg);
}

static const char *look_at(struct look *at, const struct lab_end *end, const char *path)
{
	struct error err = {0};

	if (*path != '/')
		return look(at, end, path);
	*at = (struct look){.end = &(struct lab_end){.ifname = ""}, .path = path};
	ok(setting_machine_call(look_machine, at, &err), &err);
	return at->text;
}

static bool same_settings(const struct lab_end *end, const json_t *before)
{
	json_t *now = apply(NULL, end, json_object());
	bool same = json_equal(now, before);

	if (!same)
		print_error("before: %s\nnow: %s\n", json_dumps(before, 0), json_dumps(now, 0));
	json_decref(now);
	return same;
}

static void test_rows(void **state)
{
	struct error err = {0};
	const struct lab_end *end;
	struct journal *j;
	struct lab lab;
	struct look at;
	json_t *before;
	size_t i;

	ok(lab_up(&lab, ids[0], 2, 1, 0, NULL, &err), &err);
	end = &lab.end[1];
	before = apply(NULL, end, json_object());
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *effective;

		if (!strcmp(json_str(before, rows[i].key, ""), SETTING_UNSUPPORTED)) {
			print_message("%s: not in this kernel\n", rows[i].key);
			continue;
		}
		assert_string_not_equal(json_str(before, rows[i].key, ""), rows[i].effective);
		j = journal_open("cpu", &err);
		assert_non_null(j);
		effective = apply(j, end, side(rows[i].key, rows[i].asked));
		assert_string_equal(json_str(effective, rows[i].key, ""), rows[i].effective);
		json_decref(effective);
		assert_string_equal(look_at(&at, end, rows[i].file), rows[i].text);
		ok(journal_undo(j, NULL, &err), &err);
		journal_close(j);
		assert_true(same_settings(end, before));
	}
	json_decref(before);
}

/* All at once, and nobody there to put it back. */
static void test_restore(void **state)
{
	struct error err = {0};
	const struct lab_end *end;
	struct lab lab;
	json_t *before;
	int status, undone;
	pid_t pid;

	ok(lab_up(&lab, ids[0], 2, 1, 0, NULL, &err), &err);
	end = &lab.end[1];
	before = apply(NULL, end, json_object());
	pid = fork();
	if (pid == 0) {
		struct journal *j = journal_open("cpu", &err);
		json_t *values = json_object();
		size_t i;

		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			if (strcmp(json_str(before, rows[i].key, ""), SETTING_UNSUPPORTED))
				json_object_update_new(values, side(rows[i].key, rows[i].asked));
		json_object_update_new(values,
				       json_pack("{s:s, s:s, s:s}", "offload.gro", "on",
						 "napi.threaded", "1", "napi.cpus", "same"));
		apply(j, end, values);
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ok(journal_restore_all(NULL, false, &undone, NULL, &err), &err);
	assert_true(undone > 10);
	assert_true(same_settings(end, before));
	json_decref(before);
}

#define MASK "class/net/rl-rx0/queues/rx-0/rps_cpus"

static int put_here(void *arg)
{
	struct setting_site site;
	struct error err = {0};
	int ret = setting_site_open(&site, "", &err);

	if (!ret)
		ret = setting_file_write(&site, MASK, arg, &err);
	setting_site_close(&site);
	return ret;
}

static void put(const struct lab_end *end, const char *mask)
{
	struct error err = {0};

	ok(netns_call(end->netns, put_here, (char *)mask, &err), &err);
}

/* As an endpoint does whose program makes the queues anew: what is theirs goes when it comes or
 * goes. */
static void test_again(void **state)
{
	static const struct {
		const char *asked, *mask, *effective;
	} points[] = {{"one:1", "2", "1 1"}, {SETTING_KEEP, "3", "0-1 none"}};
	struct error err = {0};
	const struct lab_end *end;
	struct lab lab;
	struct look at;
	size_t i;

	ok(lab_up(&lab, ids[0], 2, 1, 0, NULL, &err), &err);
	end = &lab.end[1];
	put(end, "3"); /* its user's */
	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		struct journal *j = journal_open("cpu", &err);
		struct settings *s = settings_new(end->netns, end->ifname);
		json_t *values = side("rps.cpus", points[i].asked), *effective;
		struct setting_outcome out;

		assert_true(j && s);
		ok(setting_apply(s, j, values, NULL, NULL, &out, &err), &err);
		json_decref(out.effective);
		ok(setting_hold(s, j, &err), &err);
		put(end, "0"); /* it comes */
		ok(setting_again(s, j, values, &effective, &err), &err);
		assert_string_equal(json_str(effective, "rps.cpus", ""), points[i].effective);
		assert_null(json_object_get(effective, "sysctl.netdev_budget"));
		json_decref(effective);
		assert_string_equal(look(&at, end, MASK), points[i].mask);
		put(end, "0"); /* it goes */
		ok(journal_undo(j, NULL, &err), &err);
		assert_string_equal(look(&at, end, MASK), "3");
		journal_close(j);
		settings_free(s);
		json_decref(values);
	}
}

/* The CPUs of the threads napi/IFNAME-ID, as text, by ascending ID. */
static void threads_look(const char *ifname, char text[256])
{
	struct thread {
		unsigned long id;
		char cpus[64];
	} found[8], one;
	char prefix[32], cpus[CPUS_TEXT_MAX];
	size_t i, n = 0, len = 0;
	glob_t all;

	snprintf(prefix, sizeof(prefix), "napi/%s-", ifname);
	assert_int_equal(glob("/proc/[0-9]*/comm", 0, NULL, &all), 0);
	for (i = 0; i < all.gl_pathc; i++) {
		char *comm = file_read(all.gl_pathv[i], NULL, NULL);
		pid_t pid = (pid_t)strtol(all.gl_pathv[i] + strlen("/proc/"), NULL, 10);
		cpu_set_t set;
		size_t at;

		if (comm && !strncmp(comm, prefix, strlen(prefix)) &&
		    !sched_getaffinity(pid, sizeof(set), &set)) {
			assert_true(n < 8);
			cpus_format(&set, '+', cpus);
			one.id = strtoul(comm + strlen(prefix), NULL, 10);
			snprintf(one.cpus, sizeof(one.cpus), "%.60s", cpus);
			for (at = n++; at && found[at - 1].id > one.id; at--)
				found[at] = found[at - 1];
			found[at] = one;
		}
		free(comm);
	}
	globfree(&all);
	text[0] = '\0';
	for (i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, 256 - len, "%s%s", i ? " " : "", found[i].cpus);
}

static void expect_threads(struct journal *j, const struct lab_end *end, const char *asked,
			   const char *expect)
{
	json_t *values = side("napi.cpus", asked), *effective;
	char text[256];

	json_object_update_new(values,
			       json_pack("{s:s, s:s}", "offload.gro", "on", "napi.threaded", "1"));
	effective = apply(j, end, values);
	assert_string_equal(json_str(effective, "napi.cpus", ""), expect);
	json_decref(effective);
	threads_look(end->ifname, text);
	assert_string_equal(text, expect);
}

static void test_napi_threads(void **state)
{
	struct error err = {0};
	const struct lab_end *end;
	struct journal *j;
	struct lab lab;
	json_t *before, *effective;
	char text[256];

	ok(lab_up(&lab, ids[0], 2, 1, 0, NULL, &err), &err);
	end = &lab.end[1];
	before = apply(NULL, end, json_object());
	assert_string_equal(json_str(before, "napi.cpus", ""), CPUS_NONE);
	j = journal_open("cpu", &err);
	expect_threads(j, end, "same", "0 1");
	expect_threads(j, end, "list:1+0", "1 0");
	expect_threads(j, end, "one:1", "1 1");
	/* the device goes back, and its threads with it */
	ok(journal_undo(j, NULL, &err), &err);
	threads_look(end->ifname, text);
	assert_string_equal(text, "");
	assert_true(same_settings(end, before));
	/* without threads there is nothing to place */
	assert_null(try_apply(j, end, side("napi.cpus", "same"), &err));
	assert_non_null(strstr(err.text, "napi.threaded = 1"));
	ok(journal_undo(j, NULL, &err), &err);
	journal_close(j);
	/* of threads that were there already the CPUs come back */
	j = journal_open("user", &err);
	expect_threads(j, end, "list:1+0", "1 0");
	journal_commit(j);
	j = journal_open("cpu", &err);
	effective = apply(j, end, side("napi.cpus", "one:0"));
	assert_string_equal(json_str(effective, "napi.cpus", ""), "0 0");
	json_decref(effective);
	ok(journal_undo(j, NULL, &err), &err);
	threads_look(end->ifname, text);
	assert_string_equal(text, "1 0");
	journal_close(j);
	json_decref(before);
}

/* A value of one NAPI each, which only netlink takes. */
static void test_irq_suspend(void **state)
{
	struct error err = {0};
	const struct lab_end *end;
	struct journal *j;
	struct lab lab;
	json_t *before, *effective, *values;

	ok(lab_up(&lab, ids[0], 2, 1, 0, NULL, &err), &err);
	end = &lab.end[1];
	before = apply(NULL, end, json_object());
	j = journal_open("cpu", &err);
	values = side("napi.irq_suspend_timeout", "20000");
	if (!strcmp(json_str(before, "napi.irq_suspend_timeout", ""), SETTING_UNSUPPORTED)) {
		assert_null(try_apply(j, end, values, &err));
		assert_non_null(strstr(err.text, "6.13"));
	} else {
		json_object_set_new(values, "offload.gro", json_string("on"));
		effective = apply(j, end, values);
		assert_string_equal(json_str(effective, "napi.irq_suspend_timeout", ""), "20000");
		json_decref(effective);
	}
	ok(journal_undo(j, NULL, &err), &err);
	journal_close(j);
	assert_true(same_settings(end, before));
	json_decref(before);
}

static void test_refused(void **state)
{
	static const struct {
		const char *key, *asked, *why;
	} bad[] = {
		{"irq.affinity", "same", "napi.cpus"},
		{"irq.affinity", "nonsense", "one:CPU"},
		{"rps.cpus", "one:1023", "not there or offline"},
		{"rps.cpus", "list:0+1000", "not there or offline"},
		{"rps.cpus", "one:0+1", "more than one CPU"},
		{"rps.flow_cnt", "1000000000", "67108864"},
		{"sysctl.netdev_max_backlog", "0", "1..2147483647"},
		{"sysctl.rmem_max", "4G", "2147483647"},
		{"host.governor", "Fast!", "governor"},
	};
	struct error err = {0};
	const struct lab_end *end;
	struct journal *j;
	struct lab lab;
	json_t *before;
	size_t i;

	ok(lab_up(&lab, ids[0], 2, 1, 0, NULL, &err), &err);
	end = &lab.end[1];
	before = apply(NULL, end, json_object());
	assert_string_equal(json_str(before, "irq.affinity", ""), SETTING_UNSUPPORTED);
	j = journal_open("cpu", &err);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(try_apply(j, end, side(bad[i].key, bad[i].asked), &err));
		if (!strstr(err.text, bad[i].why))
			print_error("%s = %s: %s\n", bad[i].key, bad[i].asked, err.text);
		assert_non_null(strstr(err.text, bad[i].why));
		assert_non_null(strstr(err.text, bad[i].key));
	}
	assert_true(same_settings(end, before));
	journal_close(j);
	json_decref(before);
}

/* The kernel gives what it has: too many are an error that says how many there are, and none stay.
 */
static void test_hugepages(void **state)
{
	const struct setting *row = setting_find("host.hugepages_2m");
	char *before = malloc(SETTING_TEXT_MAX), *now = malloc(SETTING_TEXT_MAX), one[32];
	struct error err = {0};
	struct setting_site site;

	assert_non_null(row);
	ok(setting_site_open(&site, "", &err), &err);
	if (row->read(row, &site, before, &err) == -EOPNOTSUPP) {
		print_message("no hugepages in this kernel\n");
	} else {
		snprintf(one, sizeof(one), "%llu", strtoull(before, NULL, 10) + 1);
		ok(row->write(row, &site, one, &err), &err);
		ok(row->read(row, &site, now, &err), &err);
		assert_string_equal(now, one);
		ok(row->write(row, &site, before, &err), &err);
		assert_int_equal(row->write(row, &site, "2000000000", &err), -ERANGE);
		assert_non_null(strstr(err.text, "ask for fewer"));
		ok(row->read(row, &site, now, &err), &err);
		assert_string_equal(now, before);
	}
	setting_site_close(&site);
	free(before);
	free(now);
}

/* ---- the CPUs' frequency, in a sysfs made of files ---- */

static void file_make(const char *folder, const char *name, const char *text)
{
	char path[256], *end;
	struct error err = {0};

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	end = strrchr(path, '/');
	*end = '\0';
	ok(file_make_dirs(path, &err), &err);
	*end = '/';
	ok(file_replace(path, text, strlen(text), &err), &err);
}

static void row_is(const char *key, const struct setting_site *site, const char *expect)
{
	const struct setting *row = setting_find(key);
	char *now = malloc(SETTING_TEXT_MAX);
	struct error err = {0};

	ok(row->read(row, site, now, &err), &err);
	assert_string_equal(now, expect);
	/* what was read is taken back */
	ok(row->write(row, site, now, &err), &err);
	ok(row->read(row, site, now, &err), &err);
	assert_string_equal(now, expect);
	free(now);
}

static void row_set(const char *key, const struct setting_site *site, const char *value)
{
	const struct setting *row = setting_find(key);
	struct error err = {0};

	ok(row->write(row, site, value, &err), &err);
}

#define CPUFREQ "devices/system/cpu/cpufreq/"

static void test_frequency(void **state)
{
	char folder[] = "/tmp/ringloss-cpufreq-XXXXXX", command[128], *now;
	const struct setting *row = setting_find("host.governor");
	struct setting_site site = {.ifname = "", .ethtool = -1};
	struct error err = {0};

	assert_non_null(mkdtemp(folder));
	site.sysfs = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(site.sysfs >= 0);
	now = malloc(SETTING_TEXT_MAX);
	assert_int_equal(row->read(row, &site, now, &err), -EOPNOTSUPP);
	row = setting_find("host.boost");
	assert_int_equal(row->read(row, &site, now, &err), -EOPNOTSUPP);
	free(now);
	file_make(folder, CPUFREQ "policy0/scaling_governor", "powersaving\n");
	file_make(folder, CPUFREQ "policy2/scaling_governor", "powersaving\n");
	file_make(folder, CPUFREQ "policy10/scaling_governor", "performance\n");
	row_is("host.governor", &site, "powersaving powersaving performance");
	row_set("host.governor", &site, "performance");
	row_is("host.governor", &site, "performance");
	row_set("host.governor", &site, "performance powersaving performance");
	row_is("host.governor", &site, "performance powersaving performance");
	/* intel_pstate says the opposite */
	file_make(folder, "devices/system/cpu/intel_pstate/no_turbo", "1\n");
	row_is("host.boost", &site, "0");
	row_set("host.boost", &site, "1");
	row_is("host.boost", &site, "1");
	file_make(folder, CPUFREQ "boost", "0\n");
	row_is("host.boost", &site, "0");
	close(site.sysfs);
	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	assert_int_equal(system(command), 0);
}

/* ---- irqbalance: a program of that name ---- */

static char state_of(pid_t pid)
{
	char path[64], *stat, state;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = file_read(path, NULL, NULL);
	assert_non_null(stat);
	state = strrchr(stat, ')')[2];
	free(stat);
	return state;
}

/* A child that sleeps: by a program called irqbalance in FOLDER, or (NULL) only by its own word. */
static pid_t child_start(const char *folder)
{
	int up[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe2(up, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (folder) {
			char path[128];

			snprintf(path, sizeof(path), "%s/irqbalance", folder);
			execl(path, "irqbalance", "60", NULL);
			_exit(1);
		}
		prctl(PR_SET_NAME, "irqbalance");
		close(up[1]);
		pause();
		_exit(1);
	}
	close(up[1]);
	assert_int_equal(read(up[0], &c, 1), 0); /* both ways its end is closed */
	close(up[0]);
	return pid;
}

static void child_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void irqbalance_is(const struct setting *row, const struct setting_site *site,
			  const char *expect)
{
	char *now = malloc(SETTING_TEXT_MAX);
	struct error err = {0};

	ok(row->read(row, site, now, &err), &err);
	assert_string_equal(now, expect);
	free(now);
}

static void auto_is(const struct setting *row, struct setting_site *site, const char *affinity,
		    const char *expect)
{
	char *value = malloc(SETTING_TEXT_MAX);
	json_t *values = json_pack("{s:s}", "irq.affinity", affinity);
	struct error err = {0};

	site->values = values;
	ok(row->resolve(row, site, "auto", value, &err), &err);
	assert_string_equal(value, expect);
	site->values = NULL;
	json_decref(values);
	free(value);
}

static void test_irqbalance(void **state)
{
	const struct setting *row = setting_find("irq.irqbalance");
	char folder[] = "/tmp/ringloss-irqbalance-XXXXXX", path[128], *value;
	struct setting_site site;
	struct error err = {0};
	pid_t pid, other;
	size_t len;
	char *sleeps;

	assert_non_null(row);
	value = malloc(SETTING_TEXT_MAX);
	ok(setting_site_open(&site, "", &err), &err);
	ok(row->read(row, &site, value, &err), &err);
	if (strcmp(value, IRQBALANCE_NONE)) {
		print_message("this host has an irqbalance, which is left alone\n");
		goto out;
	}
	other = child_start(NULL);
	irqbalance_is(row, &site, IRQBALANCE_NONE);
	auto_is(row, &site, "same", IRQBALANCE_NONE);
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/irqbalance", folder);
	sleeps = file_read("/bin/sleep", &len, &err);
	assert_non_null(sleeps);
	ok(file_replace(path, sleeps, len, &err), &err);
	free(sleeps);
	assert_int_equal(chmod(path, 0755), 0);
	pid = child_start(folder);
	irqbalance_is(row, &site, IRQBALANCE_RUNNING);
	auto_is(row, &site, SETTING_KEEP, IRQBALANCE_RUNNING);
	auto_is(row, &site, "same", IRQBALANCE_PAUSED);
	ok(row->write(row, &site, IRQBALANCE_PAUSED, &err), &err);
	assert_int_equal(state_of(pid), 'T');
	/* for the rest of the run */
	auto_is(row, &site, SETTING_KEEP, IRQBALANCE_PAUSED);
	irqbalance_is(row, &site, IRQBALANCE_PAUSED);
	ok(row->write(row, &site, IRQBALANCE_RUNNING, &err), &err);
	assert_int_not_equal(state_of(pid), 'T');
	ok(row->write(row, &site, IRQBALANCE_PAUSED, &err), &err);
	/* what only calls itself so was never touched */
	assert_int_not_equal(state_of(other), 'T');
	/* it was restarted meanwhile: that one runs, as was noted */
	child_end(pid);
	pid = child_start(folder);
	irqbalance_is(row, &site, IRQBALANCE_RUNNING);
	ok(row->write(row, &site, IRQBALANCE_RUNNING, &err), &err);
	child_end(pid);
	irqbalance_is(row, &site, IRQBALANCE_NONE);
	ok(row->write(row, &site, IRQBALANCE_NONE, &err), &err);
	child_end(other);
	unlink(path);
	rmdir(folder);
out:
	setting_site_close(&site);
	free(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rows, begin, end_of),
		cmocka_unit_test_setup_teardown(test_restore, begin, end_of),
		cmocka_unit_test_setup_teardown(test_again, begin, end_of),
		cmocka_unit_test_setup_teardown(test_napi_threads, begin, end_of),
		cmocka_unit_test_setup_teardown(test_irq_suspend, begin, end_of),
		cmocka_unit_test_setup_teardown(test_refused, begin, end_of),
		cmocka_unit_test_setup_teardown(test_hugepages, begin, end_of),
		cmocka_unit_test(test_frequency),
		cmocka_unit_test(test_irqbalance),
	};

	if (skip_without_root())
		return SKIP_STATUS;
	if (host_cpu_count() < 2) {
		print_message("skipped: needs two CPUs\n");
		return SKIP_STATUS;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
