/*
 * Living in a namespace: for good (netns_enter), for one call (netns_call), and seeing
 * its devices in sysfs. Making and deleting namespaces is in netns.c.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "netns.h"

#define SUBMOUNTS_MAX 64

/* A mount below /sys, held by a detached copy while /sys itself is replaced. */
struct submount {
	char path[256];
	int fd;
};

static int setns_refused(const char *name, int ret, struct error *err)
{
	if (ret == -EINVAL)
		return error_set(
			err, EX_UNAVAILABLE, ret,
			"/run/netns/%s is a plain file, left by an interrupted run: `ringloss "
			"restore` or `ip netns del %s` removes it",
			name, name);
	return error_set(err, ret == -EPERM ? EX_NOPERM : EX_OSERR, ret,
			 "cannot enter namespace %s: %s%s", name, strerror(-ret),
			 ret == -EPERM ? "; needs root (CAP_SYS_ADMIN): run with sudo" : "");
}

int netns_sysfs_open(struct error *err)
{
	int fs, fd = -1, ret = 0;

	/* sysfs shows the namespace of the thread that makes its context (fs/sysfs/mount.c). */
	fs = fsopen("sysfs", FSOPEN_CLOEXEC);
	if (fs < 0)
		ret = -errno;
	else if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		ret = -errno;
	else if ((fd = fsmount(fs, FSMOUNT_CLOEXEC,
			       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)) < 0)
		ret = -errno;
	if (fs >= 0)
		close(fs);
	if (!ret)
		return fd;
	return error_set(
		err, ret == -EPERM ? EX_NOPERM : EX_OSERR, ret,
		"cannot mount a sysfs that shows this network namespace: %s; run as root of "
		"the host (CAP_SYS_ADMIN), in a container privileged",
		strerror(-ret));
}

/* Copies of the mounts just below /sys (bpffs, tracefs, cgroups), with what is in them. */
static size_t submounts_hold(struct submount *list, size_t max)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t cap = 0, n = 0;

	if (!f)
		return 0;
	while (n < max && getline(&line, &cap, f) > 0) {
		struct submount *m = &list[n];
		size_t i;

		/* The fifth field is the mount point; proc(5). */
		if (sscanf(line, "%*s %*s %*s %*s %255s", m->path) != 1 ||
		    strncmp(m->path, "/sys/", 5) != 0)
			continue;
		for (i = 0; i < n; i++)
			if (strncmp(m->path, list[i].path, strlen(list[i].path)) == 0 &&
			    strchr("/", m->path[strlen(list[i].path)]))
				break;
		if (i < n)
			continue; /* goes along with that one */
		m->fd = open_tree(AT_FDCWD, m->path,
				  OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
		if (m->fd >= 0)
			n++;
	}
	free(line);
	fclose(f);
	return n;
}

/* What cannot be mounted again is not to be seen here; who needs it says so. */
static void submounts_put(struct submount *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		move_mount(list[i].fd, "", AT_FDCWD, list[i].path, MOVE_MOUNT_F_EMPTY_PATH);
		close(list[i].fd);
	}
}

static int sysfs_replace(const char *name, struct error *err)
{
	struct submount submounts[SUBMOUNTS_MAX];
	size_t n;
	int fd, ret = 0;

	/* A slave: what is mounted on the host later is seen, nothing of ours goes back. */
	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "none", MS_SLAVE | MS_REC, NULL) < 0)
		return error_set(err, errno == EPERM ? EX_NOPERM : EX_OSERR, -errno,
				 "namespace %s: cannot get a mount namespace: %s; run with sudo",
				 name, strerror(errno));
	fd = netns_sysfs_open(err);
	if (fd < 0)
		return error_prefix(err, "namespace %s", name);
	n = submounts_hold(submounts, SUBMOUNTS_MAX);
	if (move_mount(fd, "", AT_FDCWD, "/sys", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		ret = error_set(err, EX_OSERR, -errno,
				"namespace %s: cannot mount sysfs on /sys: %s; run as root of the "
				"host, in a container privileged",
				name, strerror(errno));
	submounts_put(submounts, n);
	close(fd);
	return ret;
}

int netns_enter(const char *name, struct error *err)
{
	int fd, ret = 0;

	if (!name || !*name)
		return 0;
	fd = netns_open(name, err);
	if (fd < 0)
		return fd;
	if (setns(fd, CLONE_NEWNET) < 0)
		ret = setns_refused(name, -errno, err);
	close(fd);
	return ret ? ret : sysfs_replace(name, err);
}

/* NAME is for messages. */
static int call_there(int there, const char *name, int (*fn)(void *arg), void *arg,
		      struct error *err)
{
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), ret;

	if (home < 0)
		return error_set(err, EX_OSERR, -errno, "cannot open this thread's namespace: %s",
				 strerror(errno));
	if (setns(there, CLONE_NEWNET) < 0) {
		ret = setns_refused(name, -errno, err);
	} else {
		ret = fn(arg);
		if (setns(home, CLONE_NEWNET) < 0)
			ret = error_set(err, EX_OSERR, -errno,
					"cannot come back from namespace %s: %s; end this process",
					name, strerror(errno));
	}
	close(home);
	return ret;
}

int netns_call(const char *name, int (*fn)(void *arg), void *arg, struct error *err)
{
	int there, ret;

	if (!name || !*name)
		return fn(arg);
	there = netns_open(name, err);
	if (there < 0)
		return there;
	ret = call_there(there, name, fn, arg, err);
	close(there);
	return ret;
}

int netns_call_fd(int netns, int (*fn)(void *arg), void *arg, struct error *err)
{
	return call_there(netns, "(one without a name)", fn, arg, err);
}
