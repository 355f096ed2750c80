/*
 * Network namespaces by name, as `ip netns` keeps them (/run/netns/NAME).
 */
#ifndef RINGLOSS_HOST_NETNS_H
#define RINGLOSS_HOST_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"
#include "journal.h"

#define NETNS_FOLDER "/run/netns"
#define NETNS_PREFIX "ringloss-" /* of the names of those that we make, and may delete */

/* Make a namespace and its file; -EEXIST when the name is taken. */
int netns_create(const char *name, struct error *err);

/* Take the file away; the namespace ends with its last process. 0 if there was none. */
int netns_delete(const char *name, struct error *err);

bool netns_exists(const char *name);

/* An open fd (close-on-exec) of the namespace, or a negative errno. */
int netns_open(const char *name, struct error *err);

/*
 * Move this process (single-threaded) into namespace NAME with a mount
 * namespace of its own in which /sys shows the devices of that namespace. "" or
 * NULL: stay. For good.
 */
int netns_enter(const char *name, struct error *err);

/*
 * Run FN(ARG) with this thread in namespace NAME, and come back. Returns FN's
 * value or a negative errno.
 */
int netns_call(const char *name, int (*fn)(void *arg), void *arg, struct error *err);

/* The same for a namespace that is open as NETNS. */
int netns_call_fd(int netns, int (*fn)(void *arg), void *arg, struct error *err);

/* What tells namespace NAME ("": this thread's) from others while it lives; 0 if there is none. */
uint64_t netns_inode(const char *name);

uint64_t netns_fd_inode(int netns);

/*
 * An open fd of the namespace with that inode: this thread's, one with a name, the first process's,
 * or the parent process's. -ENOENT: none of them is it.
 */
int netns_open_inode(uint64_t inode);

/*
 * Run FN(ARG) in every namespace that has a name or a process, once each, this thread's first,
 * until it returns nonzero. That value, or 0; a namespace that cannot be entered is passed over.
 */
int netns_each(int (*fn)(void *arg), void *arg);

/* The name of the namespace with that inode into buf; false if it has none here. */
bool netns_find(uint64_t inode, char *buf, size_t size);

/* The lowest process that is in the namespace with that inode; 0: none that can be seen. */
pid_t netns_process(uint64_t inode);

/*
 * A file descriptor of a sysfs that shows the namespace this thread is in, mounted nowhere: to be
 * used with openat ("class/net/eth0/threaded"). Close it. A negative errno with *err set.
 */
int netns_sysfs_open(struct error *err);

/*
 * Undoes "netns". The entry's object: {"name": "ringloss-...", "ifname": a virtual link made in it,
 * deleted first; may be missing}. No other names are ever deleted.
 */
extern const struct change_kind netns_change_kind;

#endif
