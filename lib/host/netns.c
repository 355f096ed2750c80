/*
 * Network namespaces as files in /run/netns, as iproute2 keeps them (ip/ipnetns.c), and
 * undoing them. Living in one is in netns_enter.c.
 */
#include "netns.h"

#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json.h"
#include "rtnl.h"

#define NETNS_NAME_MAX 63

static int netns_path(const char *name, char *buf, size_t size, struct error *err)
{
	if (!*name || strchr(name, '/') || name[0] == '.' || strlen(name) > NETNS_NAME_MAX)
		return error_set(
			err, EX_USAGE, -EINVAL,
			"namespace name \"%s\": must be 1 to %d characters without '/' and "
			"not begin with '.'",
			name, NETNS_NAME_MAX);
	snprintf(buf, size, NETNS_FOLDER "/%s", name);
	return 0;
}

static int netns_refused(const char *name, const char *doing, int ret, struct error *err)
{
	bool perm = ret == -EPERM || ret == -EACCES;

	return error_set(err, perm ? EX_NOPERM : EX_OSERR, ret, "cannot %s namespace %s: %s%s",
			 doing, name, strerror(-ret),
			 perm ? "; needs root (CAP_SYS_ADMIN, CAP_NET_ADMIN): run with sudo" : "");
}

/*
 * The folder as a shared mount of its own: then a namespace file that is taken away here goes
 * away in the mount namespaces of other processes too, and the namespace can end.
 */
static int folder_share(void)
{
	int fd, ret = 0;

	if (mkdir(NETNS_FOLDER, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = open(NETNS_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* iproute2 takes the same lock; without it two of us would mount it twice. */
	if (flock(fd, LOCK_EX) < 0) {
		ret = -errno;
	} else if (mount("", NETNS_FOLDER, "none", MS_SHARED | MS_REC, NULL) < 0) {
		/* EINVAL: not a mount point yet */
		if (errno != EINVAL ||
		    mount(NETNS_FOLDER, NETNS_FOLDER, "none", MS_BIND | MS_REC, NULL) < 0 ||
		    mount("", NETNS_FOLDER, "none", MS_SHARED | MS_REC, NULL) < 0)
			ret = -errno;
	}
	close(fd);
	return ret;
}

struct make {
	const char *path;
	int ret;
};

/* In a thread of its own: unshare changes the namespace of the calling thread only. */
static void *make_thread(void *arg)
{
	struct make *make = arg;

	if (unshare(CLONE_NEWNET) < 0 ||
	    mount("/proc/thread-self/ns/net", make->path, "none", MS_BIND, NULL) < 0)
		make->ret = -errno;
	return NULL;
}

static int make_run(struct make *make)
{
	sigset_t all, old;
	pthread_t thread;
	int ret;

	/* The caller's signal handlers stay in the caller's threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = -pthread_create(&thread, NULL, make_thread, make);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (ret)
		return ret;
	pthread_join(thread, NULL);
	return make->ret;
}

int netns_create(const char *name, struct error *err)
{
	char path[128];
	struct make make = {.path = path};
	int fd, ret;

	ret = netns_path(name, path, sizeof(path), err);
	if (ret)
		return ret;
	ret = folder_share();
	if (ret)
		return netns_refused(name, "prepare " NETNS_FOLDER " for", ret, err);
	fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
	if (fd < 0 && errno == EEXIST)
		return error_set(err, EX_UNAVAILABLE, -EEXIST,
				 "namespace %s exists already: if nothing uses it, remove it by "
				 "`ip netns del %s`",
				 name, name);
	if (fd < 0)
		return netns_refused(name, "create", -errno, err);
	close(fd);
	ret = make_run(&make);
	if (!ret)
		return 0;
	unlink(path); /* the mount is the last step: there is none to take off */
	return netns_refused(name, "create", ret, err);
}

int netns_delete(const char *name, struct error *err)
{
	char path[128];
	int ret;

	ret = netns_path(name, path, sizeof(path), err);
	if (ret)
		return ret;
	/* EINVAL: a plain file, left by a kill between its creation and the mount. */
	while (umount2(path, MNT_DETACH) == 0)
		;
	if (errno != EINVAL && errno != ENOENT)
		return netns_refused(name, "unmount", -errno, err);
	if (unlink(path) < 0 && errno != ENOENT)
		return netns_refused(name, "delete", -errno, err);
	return 0;
}

bool netns_exists(const char *name)
{
	char path[128];

	return netns_path(name, path, sizeof(path), NULL) == 0 && access(path, F_OK) == 0;
}

int netns_open(const char *name, struct error *err)
{
	char path[128];
	int fd, ret;

	ret = netns_path(name, path, sizeof(path), err);
	if (ret)
		return ret;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (errno == ENOENT)
		return error_set(err, EX_NOINPUT, -ENOENT,
				 "there is no namespace %s: `ip netns list` shows those that are",
				 name);
	return netns_refused(name, "open", -errno, err);
}

static int link_delete(void *arg)
{
	struct rtnl rtnl;
	int ret = rtnl_open(&rtnl, 0);

	if (ret)
		return ret;
	ret = rtnl_link_delete(&rtnl, arg);
	rtnl_close(&rtnl);
	return ret;
}

/* What the kernel puts into every namespace itself (net/ipv4, net/ipv6: the tunnels' fallback). */
static bool is_kernels_own(const char *ifname)
{
	static const char *const names[] = {
		"lo",   "tunl0",   "gre0",    "gretap0",  "erspan0", "ip_vti0",
		"sit0", "ip6tnl0", "ip6gre0", "ip6_vti0", NULL,
	};
	size_t i;

	for (i = 0; names[i]; i++)
		if (!strcmp(ifname, names[i]))
			return true;
	return false;
}

/* The first interface that somebody has put there into the buffer ARG; 1 if there is one. */
static int stranger_find(void *arg)
{
	struct if_nameindex *all = if_nameindex(), *one;
	int found = 0;

	for (one = all; one && one->if_index && !found; one++) {
		found = !is_kernels_own(one->if_name);
		if (found)
			snprintf(arg, IF_NAMESIZE, "%s", one->if_name);
	}
	if (all)
		if_freenameindex(all);
	return found;
}

/*
 * OBJECT: {"name": namespace, "ifname": a link made with it, may be missing}. The link goes
 * first and at once; the kernel takes a namespace apart in its own time, and with it what is in it:
 * so one that holds somebody's interface stays.
 */
static enum undo_result netns_undo(const json_t *object, const json_t *old_value,
				   const json_t *new_value, struct error *err)
{
	const char *name = json_str(object, "name", "");
	const char *ifname = json_str(object, "ifname", NULL);
	char link[32], stranger[IF_NAMESIZE];

	if (strncmp(name, NETNS_PREFIX, strlen(NETNS_PREFIX)) != 0) {
		error_set(err, EX_DATAERR, -EINVAL,
			  "namespace \"%s\" is none of ours (they begin with " NETNS_PREFIX ")",
			  name);
		return UNDO_FAILED;
	}
	if (!netns_exists(name))
		return UNDO_NOTHING;
	if (ifname) {
		/* No link, or a file that is no namespace yet: deleting the file is enough. */
		snprintf(link, sizeof(link), "%s", ifname);
		netns_call(name, link_delete, link, NULL);
	}
	if (netns_call(name, stranger_find, stranger, NULL) > 0) {
		error_set(err, EX_UNAVAILABLE, -EBUSY,
			  "interface %s is in it, and may end with it: move it out (ip -n %s link "
			  "set %s netns 1), then `ringloss restore`",
			  stranger, name, stranger);
		return UNDO_CONFLICT;
	}
	return netns_delete(name, err) ? UNDO_FAILED : UNDO_DONE;
}

const struct change_kind netns_change_kind = {
	.name = "netns",
	.survives_reboot = false,
	.undo = netns_undo,
};
