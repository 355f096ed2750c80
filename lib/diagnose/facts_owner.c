/* Whose a socket is: by the inode that /proc/PID/fd/N points to ("socket:[N]"); see fact_read.h. */
#include "fact_read.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"

#define ASKED_MAX 16      /* sockets whose owner is looked for */
#define FILES_MAX 200000L /* open files that are looked at for it */

struct search {
	json_t *sockets[ASKED_MAX]; /* borrowed */
	uint64_t inodes[ASKED_MAX];
	size_t n, missing;
	long files;
};

static void found(struct search *search, uint64_t inode, const char *pid)
{
	char name[FACT_TEXT];
	size_t i;

	for (i = 0; i < search->n; i++) {
		json_t *one = search->sockets[i];

		if (search->inodes[i] != inode || json_object_get(one, "pid"))
			continue;
		json_object_set_new(one, "pid", json_integer(strtol(pid, NULL, 10)));
		if (fact_file(name, AT_FDCWD, "/proc/%s/comm", pid))
			json_object_set_new(one, "program", json_text(name));
		search->missing--;
	}
}

static void process_search(struct search *search, const char *pid)
{
	char path[64], target[64];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	folder = opendir(path);
	while (folder && search->missing && search->files < FILES_MAX &&
	       (entry = readdir(folder))) {
		ssize_t n;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		search->files++;
		n = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		if (!strncmp(target, "socket:[", 8))
			found(search, strtoull(target + 8, NULL, 10), pid);
	}
	if (folder)
		closedir(folder);
}

void fact_sockets_owners(json_t *sockets)
{
	struct search search = {0};
	struct dirent *entry;
	json_t *one;
	DIR *folder;
	size_t i;

	json_array_foreach (sockets, i, one) {
		uint64_t inode = json_u64(one, "inode", 0);

		if (!inode || json_object_get(one, "pid") || search.n == ASKED_MAX)
			continue;
		search.inodes[search.n] = inode;
		search.sockets[search.n++] = one;
	}
	search.missing = search.n;
	folder = search.n ? opendir("/proc") : NULL;
	while (folder && search.missing && (entry = readdir(folder)))
		if (isdigit((unsigned char)entry->d_name[0]))
			process_search(&search, entry->d_name);
	if (folder)
		closedir(folder);
}
