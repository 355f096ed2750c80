/*
 * What dead runs left: finding their journals and undoing them; see journal.h. A journal
 * is dead when its lock is free.
 */
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "journal_file.h"
#include "json.h"

/* Another restore or a doctor may be looking; a living owner never lets go. */
#define LOOK_WAIT_MS 10

/* One that is ending lets go as soon as the kernel is done with its last system call. */
#define ENDING_WAIT_MS 20000

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

/* The number behind NAME in /proc/PID/status, read to BASE; 0 without. */
static unsigned long long status_number(int pid, const char *name, int base)
{
	unsigned long long value = 0;
	char path[64], *text, *line;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	text = file_read(path, NULL, NULL);
	line = text ? strstr(text, name) : NULL;
	if (line)
		value = strtoull(line + strlen(name), NULL, base);
	free(text);
	return value;
}

static bool same_program(int pid, int other)
{
	char path[64], a[PATH_MAX], b[PATH_MAX];
	ssize_t n, m;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	n = readlink(path, a, sizeof(a));
	snprintf(path, sizeof(path), "/proc/%d/exe", other);
	m = readlink(path, b, sizeof(b));
	return n > 0 && n == m && !memcmp(a, b, (size_t)n);
}

/*
 * Whether the owner of a locked journal is about to end: killed, and the kernel still at work for
 * it, or an agent whose controller is gone, which gives back by itself.
 */
static bool owner_is_ending(const char *path)
{
	char *text = file_read(path, NULL, NULL), cmdline[64], *args;
	json_t *header = text ? json_loadb(text, strcspn(text, "\n"), 0, NULL) : NULL;
	int pid = (int)json_u64(header, "pid", 0);
	size_t len = 0;
	bool ending;

	free(text);
	json_decref(header);
	if (!pid)
		return false;
	ending = status_number(pid, "\nShdPnd:", 16) & (1ULL << (SIGKILL - 1));
	snprintf(cmdline, sizeof(cmdline), "/proc/%d/cmdline", pid);
	args = file_read(cmdline, &len, NULL);
	if (args && memmem(args, len, "\0agent", sizeof("\0agent")))
		ending |= !same_program(pid, (int)status_number(pid, "\nPPid:", 10));
	free(args);
	return ending;
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
		if (fd == -EWOULDBLOCK && owner_is_ending(path))
			fd = journal_file_open(path, false, ENDING_WAIT_MS);
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
