/*
 * kill_steps [NETNS/]IFNAME KEY=VALUE... [-- KEY=VALUE...]: what kill -9 leaves, at every step of a
 * change.
 *
 * A child makes IFNAME (of namespace NETNS, or this one) as each group of values asks for, one
 * after the other as the points of a sweep do, then puts everything back. A step is the moment
 * before a call that changes something: the journal's file, a device, a kernel file, and so after
 * the one before it. The child is killed at step 1, 2, 3 ... until it ends by itself, and after
 * each the journal is restored. The same again for a restore that is killed at each of its steps.
 * Then all settings of the device must read as before. Prints how many steps there were, or at
 * which one what was different; exit code 1 then.
 */
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "journal.h"
#include "json.h"
#include "setting.h"

#define POINTS_MAX 8

static unsigned int kill_at, step; /* of this process; 0: not killed */
static const char *netns = "";

static void mark(void)
{
	if (kill_at && ++step == kill_at)
		kill(getpid(), SIGKILL);
}

/* ---- calls that change something, as the linker wraps them (--wrap) ---- */

ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);
ssize_t __real_pwrite64(int fd, const void *data, size_t len, off_t offset);
ssize_t __wrap_pwrite64(int fd, const void *data, size_t len, off_t offset);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
ssize_t __real_mnl_socket_sendto(const struct mnl_socket *nl, const void *data, size_t len);
ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *data, size_t len);
int __real_sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *cpus);
int __wrap_sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *cpus);
int __real_pidfd_send_signal(int fd, int signal, siginfo_t *info, unsigned int flags);
int __wrap_pidfd_send_signal(int fd, int signal, siginfo_t *info, unsigned int flags);

ssize_t __wrap_write(int fd, const void *data, size_t len);
ssize_t __real_pwrite64(int fd, const void *data, size_t len, off_t offset);
ssize_t __wrap_pwrite64(int fd, const void *data, size_t len, off_t offset);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
ssize_t __real_mnl_socket_sendto(const struct mnl_socket *nl, const void *data, size_t len);
ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *data, size_t len);
int __real_sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *cpus);
int __wrap_sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *cpus);
int __real_pidfd_send_signal(int fd, int signal, siginfo_t *info, unsigned int flags);
int __wrap_pidfd_send_signal(int fd, int signal, siginfo_t *info, unsigned int flags);

#define AROUND(type, call)                                                                         \
	do {                                                                                       \
		type ret;                                                                          \
                                                                                                   \
		mark();                                                                            \
		ret = call;                                                                        \
		mark();                                                                            \
		return ret;                                                                        \
	} while (0)

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
	mark();
	return __real_write(fd, data, len);
}

ssize_t __wrap_pwrite64(int fd, const void *data, size_t len, off_t offset)
{
	mark();
	return __real_pwrite64(fd, data, len, offset);
}

int __wrap_fsync(int fd)
{
	mark();
	return __real_fsync(fd);
}

int __wrap_unlink(const char *path)
{
	mark();
	return __real_unlink(path);
}

int __wrap_sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *cpus)
{
	mark();
	return __real_sched_setaffinity(pid, size, cpus);
}

int __wrap_pidfd_send_signal(int fd, int signal, siginfo_t *info, unsigned int flags)
{
	mark();
	return __real_pidfd_send_signal(fd, signal, info, flags);
}

/* The ethtool commands that set something. */
static bool sets(const struct ifreq *ifr)
{
	static const uint32_t commands[] = {
		ETHTOOL_SRINGPARAM, ETHTOOL_SCHANNELS,     ETHTOOL_SCOALESCE,  ETHTOOL_SPAUSEPARAM,
		ETHTOOL_SFEATURES,  ETHTOOL_SRSSH,         ETHTOOL_SRXFHINDIR, ETHTOOL_SRXFH,
		ETHTOOL_SPFLAGS,    ETHTOOL_SLINKSETTINGS,
	};
	uint32_t cmd = *(const uint32_t *)(const void *)ifr->ifr_data;
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i] == cmd)
			return true;
	return false;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (request != SIOCETHTOOL || !sets(arg))
		return __real_ioctl(fd, request, arg);
	mark();
	return __real_ioctl(fd, request, arg);
}

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *data, size_t len)
{
	mark();
	return __real_mnl_socket_sendto(nl, data, len);
}

/* ---- */

static void die(const struct error *err)
{
	printf("%s\n", err->text);
	exit(1);
}

/* The device's settings as they are. */
static json_t *look(const char *ifname)
{
	struct settings *s = settings_new(netns, ifname);
	struct error err;
	json_t *now;

	if (setting_look(s, NULL, &now, &err))
		die(&err);
	settings_free(s);
	return now;
}

static int differs(const json_t *before, json_t *now, const char *when, unsigned int at)
{
	const char *key;
	json_t *value;
	int n = 0;

	json_object_foreach (now, key, value) {
		const char *was = json_str(before, key, "");

		if (!strcmp(was, json_string_value(value)))
			continue;
		printf("%s at step %u: %s is %s, and was %s\n", when, at, key,
		       json_string_value(value), was);
		n++;
	}
	return n;
}

/* What the child does: the points one after the other, then back. */
static void sweep(const char *ifname, json_t **points, size_t n, bool back)
{
	struct journal *j;
	struct settings *s = settings_new(netns, ifname);
	struct setting_outcome out;
	struct error err;
	size_t i;

	j = journal_open("kill-steps", &err);
	if (!j)
		die(&err);
	for (i = 0; i < n; i++) {
		if (setting_apply(s, j, points[i], NULL, NULL, &out, &err))
			die(&err);
		json_decref(out.effective);
	}
	if (back && journal_undo(j, NULL, &err))
		die(&err);
}

static void restore(void)
{
	struct error err;
	int undone, living;

	if (journal_restore_all(NULL, false, &undone, &living, &err))
		die(&err);
}

/* Whether the child was killed at its step, or false: it ended before. */
static bool was_killed(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		return true;
	if (WEXITSTATUS(status))
		exit(1);
	return false;
}

/* A child that is killed at step AT of the sweep, or (OF_RESTORE) of restoring what a whole one
 * left. */
static bool kill_one(const char *ifname, json_t **points, size_t n, bool of_restore,
		     unsigned int at)
{
	pid_t pid;

	fflush(stdout);
	if (of_restore) {
		pid = fork();
		if (!pid) {
			sweep(ifname, points, n, false);
			kill(getpid(), SIGKILL);
		}
		was_killed(pid);
	}
	pid = fork();
	if (!pid) {
		kill_at = at;
		if (of_restore)
			restore();
		else
			sweep(ifname, points, n, true);
		_exit(0);
	}
	return was_killed(pid);
}

static int kill_each(const char *ifname, json_t **points, size_t n, bool of_restore,
		     const json_t *before, unsigned int *steps)
{
	bool killed = true;
	int faults = 0;

	for (*steps = 0; killed;) {
		json_t *now;

		++*steps;
		killed = kill_one(ifname, points, n, of_restore, *steps);
		restore();
		now = look(ifname);
		faults += differs(before, now, of_restore ? "restore killed" : "killed", *steps);
		json_decref(now);
	}
	--*steps;
	return faults;
}

int main(int argc, char **argv)
{
	json_t *points[POINTS_MAX], *before;
	unsigned int steps, restore_steps;
	size_t n = 1;
	int i, faults;
	char *slash = argc > 1 ? strchr(argv[1], '/') : NULL;

	if (argc < 3) {
		fputs("usage: kill_steps [NETNS/]IFNAME KEY=VALUE... [-- KEY=VALUE...]\n", stderr);
		return 64;
	}
	points[0] = json_object();
	for (i = 2; i < argc; i++) {
		char *equals = strchr(argv[i], '=');

		if (!strcmp(argv[i], "--") && n < POINTS_MAX) {
			points[n++] = json_object();
			continue;
		}
		if (!equals) {
			fprintf(stderr, "%s: not KEY=VALUE\n", argv[i]);
			return 64;
		}
		*equals = '\0';
		json_object_set_new(points[n - 1], argv[i], json_string(equals + 1));
	}
	if (slash) {
		*slash = '\0';
		netns = argv[1];
		argv[1] = slash + 1;
	}
	before = look(argv[1]);
	faults = kill_each(argv[1], points, n, false, before, &steps);
	faults += kill_each(argv[1], points, n, true, before, &restore_steps);
	printf("%u steps of a sweep and %u of a restore, %d differences\n", steps, restore_steps,
	       faults);
	return faults ? 1 : 0;
}
