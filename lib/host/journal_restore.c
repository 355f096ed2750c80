/*
 * What dead runs left: finding their journals and undoing them; see journal.h. A journal
 * is dead when its lock is free.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal_file.h"

/* Another restore or a doctor may be looking; a living owner never lets go. */
#define LOOK_WAIT_MS 10

/* A dead run's journal, locked by us. */
struct dead {
	struct journal journal;
	uint64_t created_ns;
};

struct dead_list {
	struct dead *items;
	size_t n;
};

static int is_journal_name(const struct dirent *entry)
{
	static const char ext[] = ".jsonl";
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > sizeof(ext) - 1 &&
	       strcmp(entry->d_name + len - (sizeof(ext) - 1), ext) == 0;
}

/* Names of all journals: a count, or a negative errno; 0 without the folder. */
static int journals_list(char *folder, size_t size, struct dirent ***names)
{
	int n;

	journal_folder(folder, size);
	n = scandir(folder, names, is_journal_name, alphasort);
	if (n < 0)
		return errno == ENOENT ? 0 : -errno;
	return n;
}

/* Later runs first: they may have changed what earlier ones had changed already. */
static int dead_order(const void *a, const void *b)
{
	const struct dead *x = a, *y = b;

	return x->created_ns < y->created_ns ? 1 : x->created_ns > y->created_ns ? -1 : 0;
}

static int dead_add(struct dead_list *list, const char *path, int fd)
{
	struct dead *grown = realloc(list->items, (list->n + 1) * sizeof(*grown));
	struct journal_content content;
	struct dead *dead;

	if (!grown)
		return -ENOMEM;
	list->items = grown;
	dead = &grown[list->n++];
	memset(dead, 0, sizeof(*dead));
	snprintf(dead->journal.path, sizeof(dead->journal.path), "%s", path);
	dead->journal.fd = fd;
	if (journal_file_read(fd, path, &content, NULL) == 0) {
		dead->created_ns = content.created_ns;
		journal_content_free(&content);
	}
	return 0;
}

/* Lock all journals whose owners are dead. 0 or a negative errno with *err set. */
static int dead_collect(struct dead_list *list, int *living, struct error *err)
{
	char folder[PATH_MAX - 260];
	struct dirent **names = NULL;
	int n = journals_list(folder, sizeof(folder), &names);
	int i, ret = 0;

	if (n < 0)
		return error_set(err, n == -EACCES ? EX_NOPERM : EX_IOERR, n,
				 "cannot read folder %s: %s%s", folder, strerror(-n),
				 n == -EACCES ? "; run with sudo" : "");
	for (i = 0; i < n; i++) {
		char path[PATH_MAX];
		int fd;

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		free(names[i]);
		fd = journal_file_open(path, false, LOOK_WAIT_MS);
		if (fd == -EWOULDBLOCK) {
			++*living;
			continue;
		}
		if (fd == -ENOENT)
			continue; /* its owner has just ended properly */
		if (fd >= 0) {
			fd = dead_add(list, path, fd) ? (close(fd), -ENOMEM) : 0;
		}
		if (fd < 0 && !ret)
			ret = error_set(err, fd == -EACCES ? EX_NOPERM : EX_IOERR, fd,
					"cannot open journal %s: %s; look at it, then delete it",
					path, strerror(-fd));
	}
	free(names);
	return ret;
}

int journal_restore_all(FILE *out, bool dry_run, int *undone, int *living, struct error *err)
{
	struct dead_list list = {0};
	int count = 0, alive = 0;
	size_t i;
	int ret;

	ret = dead_collect(&list, &alive, err);
	if (list.n)
		qsort(list.items, list.n, sizeof(*list.items), dead_order);
	for (i = 0; i < list.n; i++) {
		struct journal *j = &list.items[i].journal;
		int one = journal_undo_file(j, out, dry_run, &count, ret ? NULL : err);

		ret = ret ? ret : one;
		if (j->fd >= 0)
			close(j->fd);
	}
	free(list.items);
	if (undone)
		*undone = count;
	if (living)
		*living = alive;
	return ret ? -EBUSY : 0;
}

int journal_pending(char *name, size_t size)
{
	char folder[PATH_MAX - 260];
	struct dirent **names = NULL;
	int n = journals_list(folder, sizeof(folder), &names);
	int i, pending = 0;

	for (i = 0; i < n; i++) {
		char path[PATH_MAX];
		int fd;

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		fd = journal_file_open(path, false, LOOK_WAIT_MS);
		if (fd >= 0) {
			if (pending++ == 0 && name)
				snprintf(name, size, "%.*s",
					 (int)(strlen(names[i]->d_name) - strlen(".jsonl")),
					 names[i]->d_name);
			close(fd);
		}
		free(names[i]);
	}
	free(names);
	return pending;
}
