/*
 * Which namespace is which: by the inode of its nsfs file, which stays the same under every
 * name and in every mount namespace.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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
