/*
 * Noting changes before they are made; see journal.h. Knows no kind of change by name.
 */
#include "journal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "journal_file.h"
#include "json.h"
#include "log.h"

/* restore and doctor hold a lock for the time of a look or of an undo. */
#define OPEN_WAIT_MS 1000

static int folder_sync(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* mkdir PATH (0700), durable: its name is on disk in the folder that holds it. */
static int folder_make(const char *path)
{
	char parent[PATH_MAX];
	char *slash;

	if (mkdir(path, 0700) < 0)
		return errno == EEXIST ? 0 : -errno;
	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (!slash)
		return folder_sync(".");
	slash[slash == parent] = '\0';
	return folder_sync(parent);
}

int journal_state_make(struct error *err)
{
	char path[PATH_MAX], folder[PATH_MAX];
	char *slash;
	int ret;

	journal_state_dir(path, sizeof(path));
	journal_folder(folder, sizeof(folder));
	slash = strrchr(path, '/');
	if (slash && slash > path) {
		*slash = '\0';
		ret = file_make_dirs(path, err);
		if (ret)
			return error_prefix(err, "set RINGLOSS_STATE_DIR to a writable folder");
		*slash = '/';
	}
	ret = folder_make(path);
	if (!ret)
		ret = folder_make(folder);
	if (ret)
		return error_set(err, EX_CANTCREAT, ret,
				 "cannot create folder %s: %s; nothing is changed without a "
				 "journal: set RINGLOSS_STATE_DIR to a writable folder",
				 folder, strerror(-ret));
	return 0;
}

/* Write TEXT at the end; what was written of it is taken off again on failure. */
static int line_write(struct journal *j, const char *text, size_t len)
{
	int ret = 0;

	if (lseek(j->fd, j->size, SEEK_SET) < 0)
		return -errno;
	ret = file_write_fd(j->fd, text, len);
	if (!ret && fsync(j->fd) < 0)
		ret = -errno;
	if (!ret)
		j->size += (off_t)len;
	else if (ftruncate(j->fd, j->size) < 0)
		j->broken = true;
	return ret;
}

static int json_write(struct journal *j, const json_t *value)
{
	char *line = value ? json_line(value) : NULL;
	char *grown;
	size_t len;
	int ret;

	if (!line)
		return -ENOMEM;
	len = strlen(line);
	grown = realloc(line, len + 2);
	if (!grown) {
		free(line);
		return -ENOMEM;
	}
	memcpy(grown + len, "\n", 2);
	ret = line_write(j, grown, len + 1);
	free(grown);
	return ret;
}

static int header_write(struct journal *j)
{
	char boot_id[CLOCK_BOOT_ID_LEN] = "";
	struct timespec now;
	json_t *header;
	int ret;

	ret = clock_boot_id(boot_id);
	if (ret)
		return ret;
	clock_gettime(CLOCK_REALTIME, &now);
	header = json_pack("{s:s, s:i, s:s, s:I}", "program", "ringloss", "pid", (int)getpid(),
			   "boot_id", boot_id, "created_ns",
			   (json_int_t)now.tv_sec * (json_int_t)NSEC_PER_SEC + now.tv_nsec);
	ret = json_write(j, header);
	json_decref(header);
	return ret;
}

/* Make and lock the file. What a dead owner of the same name left is undone first. */
static int file_create(struct journal *j, struct error *err)
{
	char folder[PATH_MAX];
	struct stat st;
	int ret;

	journal_folder(folder, sizeof(folder));
	ret = journal_state_make(err);
	if (ret)
		return ret;
	for (;;) {
		j->fd = journal_file_open(j->path, true, OPEN_WAIT_MS);
		if (j->fd == -EWOULDBLOCK)
			return error_set(err, EX_TEMPFAIL, -EBUSY,
					 "journal %s belongs to a ringloss that is running: wait "
					 "for it to end",
					 j->path);
		if (j->fd < 0)
			return error_set(err, EX_CANTCREAT, j->fd,
					 "cannot create journal %s: %s; nothing is changed without "
					 "one: set RINGLOSS_STATE_DIR to a writable folder",
					 j->path, strerror(-j->fd));
		if (fstat(j->fd, &st) < 0)
			st.st_size = 0;
		if (st.st_size == 0)
			break;
		ret = journal_undo(j, NULL, err);
		if (ret) {
			close(j->fd);
			j->fd = -1;
			return ret;
		}
	}
	j->size = 0;
	j->live = 0;
	j->broken = false;
	ret = header_write(j);
	j->first = j->size;
	if (!ret)
		ret = folder_sync(folder);
	if (!ret)
		return 0;
	unlink(j->path);
	close(j->fd);
	j->fd = -1;
	return error_set(err, EX_CANTCREAT, ret,
			 "cannot write journal %s: %s; nothing is changed without one: make room, "
			 "or set RINGLOSS_STATE_DIR to a writable folder",
			 j->path, strerror(-ret));
}

struct journal *journal_open(const char *name, struct error *err)
{
	char folder[PATH_MAX - 256];
	struct journal *j;

	if (!*name || name[0] == '.' || strchr(name, '/') || strlen(name) > 128) {
		error_set(err, EX_USAGE, -EINVAL,
			  "journal name \"%s\": must be 1 to 128 characters without '/' and not "
			  "begin with '.'",
			  name);
		return NULL;
	}
	j = calloc(1, sizeof(*j));
	if (!j) {
		error_set(err, EX_OSERR, -ENOMEM, "no memory for journal %s", name);
		return NULL;
	}
	journal_folder(folder, sizeof(folder));
	snprintf(j->path, sizeof(j->path), "%s/%s.jsonl", folder, name);
	if (file_create(j, err)) {
		free(j);
		return NULL;
	}
	return j;
}

int journal_note(struct journal *j, const char *kind, const json_t *object, const json_t *old_value,
		 const json_t *new_value, struct error *err)
{
	json_t *entry;
	int ret;

	if (j->broken)
		return error_set(
			err, EX_IOERR, -EIO,
			"journal %s ends in a line that could be neither written nor taken "
			"off: %s is not changed",
			j->path, kind);
	if (j->fd < 0) {
		ret = file_create(j, err);
		if (ret)
			return ret;
	}
	/* json_pack "O?" takes a reference and stores null for NULL; it changes no value. */
	entry = json_pack("{s:s, s:O?, s:O?, s:O?}", "kind", kind, "object", (json_t *)object,
			  "old", (json_t *)old_value, "new", (json_t *)new_value);
	if (entry && !old_value)
		json_object_set_new(entry, "old", json_null());
	if (entry && !new_value)
		json_object_set_new(entry, "new", json_null());
	ret = json_write(j, entry);
	json_decref(entry);
	if (ret)
		return error_set(
			err, EX_IOERR, ret,
			"cannot note %s in journal %s: %s; it is not changed: make room, or "
			"set RINGLOSS_STATE_DIR to a folder that has some",
			kind, j->path, strerror(-ret));
	j->live++;
	return 0;
}

int journal_renote(struct journal *j, off_t *entry, const char *kind, const json_t *object,
		   const json_t *old_value, const json_t *new_value, struct error *err)
{
	off_t before = *entry;
	off_t at = j->fd < 0 ? 0 : j->size;
	int ret = journal_note(j, kind, object, old_value, new_value, err);

	if (ret)
		return ret;
	/* the file was made anew: behind its first line */
	if (!at)
		at = j->first;
	*entry = at;
	if (!before)
		return 0;
	ret = journal_line_strike(j->fd, before);
	if (ret)
		return error_set(err, EX_IOERR, ret, "cannot write journal %s: %s", j->path,
				 strerror(-ret));
	j->live--;
	return 0;
}

int journal_undo(struct journal *j, FILE *out, struct error *err)
{
	if (j->fd < 0)
		return 0;
	return journal_undo_file(j, out, false, NULL, err);
}

void journal_commit(struct journal *j)
{
	if (!j)
		return;
	if (j->fd >= 0 && unlink(j->path) < 0)
		log_warn("cannot remove journal %s: %s; delete it, or restore will undo what was "
			 "meant to stay",
			 j->path, strerror(errno));
	if (j->fd >= 0)
		close(j->fd);
	free(j);
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	if (j->fd >= 0) {
		/* Unlinked under the lock: nobody else can hold it as theirs. */
		if (!j->live)
			unlink(j->path);
		close(j->fd);
	}
	free(j);
}
