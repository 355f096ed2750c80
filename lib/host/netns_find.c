/*
 * Which namespace is which: by the inode of its nsfs file, which stays the same under every
 * name and in every mount namespace.
 */
#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netns.h"

uint64_t netns_inode(const char *name)
{
	char path[512] = "/proc/thread-self/ns/net";
	struct stat st;

	if (*name)
		snprintf(path, sizeof(path), NETNS_FOLDER "/%s", name);
	return stat(path, &st) < 0 ? 0 : st.st_ino;
}

bool netns_find(uint64_t inode, char *buf, size_t size)
{
	DIR *dir = opendir(NETNS_FOLDER);
	struct dirent *entry;
	bool found = false;

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= size)
			continue;
		found = netns_inode(entry->d_name) == inode;
		if (found)
			snprintf(buf, size, "%s", entry->d_name);
	}
	closedir(dir);
	return found;
}

pid_t netns_process(uint64_t inode)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	pid_t lowest = 0;

	while (dir && (entry = readdir(dir))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		char path[64];
		struct stat st;

		snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
		if (pid > 0 && (!lowest || pid < lowest) && !stat(path, &st) && st.st_ino == inode)
			lowest = pid;
	}
	if (dir)
		closedir(dir);
	return lowest;
}

uint64_t netns_fd_inode(int netns)
{
	struct stat st;

	return fstat(netns, &st) < 0 ? 0 : st.st_ino;
}

/* PATH if it is the namespace with that inode. */
static int open_if(const char *path, uint64_t inode)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && netns_fd_inode(fd) != inode) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int netns_open_inode(uint64_t inode)
{
	char name[64], path[128];
	int fd;

	fd = open_if("/proc/thread-self/ns/net", inode);
	if (fd < 0 && netns_find(inode, name, sizeof(name))) {
		snprintf(path, sizeof(path), NETNS_FOLDER "/%s", name);
		fd = open_if(path, inode);
	}
	if (fd < 0)
		fd = open_if("/proc/1/ns/net", inode);
	if (fd < 0) {
		snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)getppid());
		fd = open_if(path, inode);
	}
	return fd < 0 ? -ENOENT : fd;
}

int netns_each(int (*fn)(void *arg), void *arg)
{
	uint64_t *seen;
	size_t i, k, n = 0;
	glob_t all;
	int ret = fn(arg);

	if (ret)
		return ret;
	if (glob("/proc/[0-9]*/ns/net", 0, NULL, &all) == 0)
		glob(NETNS_FOLDER "/*", GLOB_APPEND, NULL, &all);
	seen = calloc(all.gl_pathc + 1, sizeof(*seen));
	if (seen)
		seen[n++] = netns_inode("");
	for (i = 0; seen && !ret && i < all.gl_pathc; i++) {
		int fd = open(all.gl_pathv[i], O_RDONLY | O_CLOEXEC);
		uint64_t inode = fd < 0 ? 0 : netns_fd_inode(fd);

		for (k = 0; k < n && seen[k] != inode; k++)
			;
		if (fd >= 0 && k == n) {
			seen[n++] = inode;
			ret = netns_call_fd(fd, fn, arg, NULL);
			ret = ret < 0 ? 0 : ret;
		}
		if (fd >= 0)
			close(fd);
	}
	free(seen);
	globfree(&all);
	return ret;
}
