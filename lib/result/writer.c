/*
 * Writing a result folder; see result.h. A line is on the disk or not there
 * at all: whatever happens to the disk or the program, the lines before it
 * stay readable.
 */
#include "result.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "json.h"
#include "writer.h"

#define NAME_LEN_MAX 64    /* of the plan's name inside the folder's name */
#define CREATE_ATTEMPTS 16 /* each a few ms later than the one before */

/* A name that is one path component, visible, and needs no quoting in a shell. */
static void name_clean(char *out, size_t size, const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789._-";
	size_t i;

	if (!name || !*name)
		name = "run";
	for (i = 0; name[i] && i + 1 < size; i++)
		out[i] = strchr(allowed, name[i]) ? name[i] : '-';
	out[i] = '\0';
	if (out[0] == '.' || out[0] == '-')
		out[0] = '_';
}

static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	/* Some network file systems cannot sync a folder; its files are synced anyway. */
	if (fsync(fd) < 0 && errno != EINVAL && errno != EROFS)
		ret = -errno;
	close(fd);
	return ret;
}

/* mkdir of the first name that is free into r->path. */
static int make_folder(struct result *r, const char *dir, const char *plan_name, struct error *err)
{
	char name[NAME_LEN_MAX + 1], stamp[32];
	int attempt, ret;

	name_clean(name, sizeof(name), plan_name);
	for (attempt = 0; attempt < CREATE_ATTEMPTS; attempt++) {
		clock_wall_name(stamp, sizeof(stamp));
		if (attempt == 0)
			stamp[strlen("YYYYMMDD-HHMMSS")] = '\0';
		if (snprintf(r->path, sizeof(r->path), "%s/%s-%s", dir, name, stamp) >=
		    (int)sizeof(r->path))
			return error_set(err, EX_CANTCREAT, -ENAMETOOLONG,
					 "result folder: path too long: %s; name a shorter one "
					 "with --out DIR",
					 dir);
		if (mkdir(r->path, 0755) == 0) {
			snprintf(r->run, sizeof(r->run), "%s", strrchr(r->path, '/') + 1);
			return 0;
		}
		ret = -errno;
		if (ret != -EEXIST)
			break;
		clock_pause_ns(2 * NSEC_PER_MSEC);
	}
	return error_set(err, EX_CANTCREAT, ret,
			 "cannot create result folder %s: %s; name a writable one with --out DIR",
			 r->path, strerror(-ret));
}

static int start_files(struct result *r, const char *plan_text, struct error *err)
{
	struct error inner = {0};
	char file[PATH_MAX + 32];
	int ret;

	if (result_plan_write(r, plan_text, &inner))
		return error_set(err, EX_CANTCREAT, inner.code,
				 "%s; name another folder with --out DIR", inner.text);
	snprintf(file, sizeof(file), "%s/" RESULT_TRIALS_FILE, r->path);
	r->fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
	if (r->fd < 0)
		return error_set(err, EX_CANTCREAT, -errno,
				 "cannot create %s: %s; name another folder with --out DIR", file,
				 strerror(errno));
	ret = result_lock(r, err);
	if (ret)
		return ret;
	ret = sync_folder(r->path);
	if (ret)
		return error_set(err, EX_CANTCREAT, ret,
				 "cannot put %s on the disk: %s; name another folder with "
				 "--out DIR",
				 r->path, strerror(-ret));
	return 0;
}

static bool is_ours(const char *name)
{
	return !strcmp(name, RESULT_PLAN_FILE) || !strcmp(name, RESULT_TRIALS_FILE) ||
	       !strncmp(name, RESULT_HOST_PREFIX, strlen(RESULT_HOST_PREFIX));
}

static void remove_files(const struct result *r)
{
	char file[PATH_MAX + NAME_MAX + 2];
	struct dirent *entry;
	DIR *dir = opendir(r->path);

	while (dir && (entry = readdir(dir))) {
		if (!is_ours(entry->d_name))
			continue;
		snprintf(file, sizeof(file), "%s/%s", r->path, entry->d_name);
		unlink(file);
	}
	if (dir)
		closedir(dir);
	rmdir(r->path);
	if (!r->made_dir)
		return;
	snprintf(file, sizeof(file), "%.*s", (int)(strrchr(r->path, '/') - r->path), r->path);
	rmdir(file); /* refused when another run has a result in it by now */
}

struct result *result_create(const char *dir, const char *plan_name, const char *plan_text,
			     struct error *err)
{
	struct result *r = calloc(1, sizeof(*r));
	struct error inner = {0};

	if (!r) {
		error_set(err, EX_OSERR, -ENOMEM, "no memory for a result folder");
		return NULL;
	}
	r->fd = -1;
	if (!dir || !*dir) {
		error_set(err, EX_CANTCREAT, -EINVAL,
			  "the folder for results has no name; name one with --out DIR");
		goto fail;
	}
	r->made_dir = access(dir, F_OK) < 0;
	if (file_make_dirs(dir, &inner)) {
		error_set(err, EX_CANTCREAT, inner.code, "%s; name a writable one with --out DIR",
			  inner.text);
		goto fail;
	}
	if (make_folder(r, dir, plan_name, err))
		goto fail;
	if (start_files(r, plan_text ? plan_text : "", err)) {
		remove_files(r);
		goto fail;
	}
	return r;
fail:
	result_free(r);
	return NULL;
}

const char *result_path(const struct result *r)
{
	return r->path;
}

const char *result_run(const struct result *r)
{
	return r->run;
}

int result_host(struct result *r, const char *side, const json_t *host, struct error *err)
{
	char clean[NAME_LEN_MAX + 1], file[PATH_MAX + 128];
	struct error inner = {0};
	char *text;
	int ret;

	name_clean(clean, sizeof(clean), side);
	if (!side || strcmp(clean, side))
		return error_set(err, EX_SOFTWARE, -EINVAL,
				 "side '%s' cannot be part of a file name; use letters, digits, "
				 "'.', '_' and '-'",
				 side ? side : "");
	text = json_dumps(host, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY);
	if (!text)
		return error_set(err, EX_SOFTWARE, -EINVAL, "host of side %s is not valid JSON",
				 side);
	snprintf(file, sizeof(file), "%s/" RESULT_HOST_PREFIX "%s" RESULT_HOST_SUFFIX, r->path,
		 side);
	ret = file_replace(file, text, strlen(text), &inner);
	free(text);
	return ret ? error_set(err, inner.exit, ret,
			       "%s; free space there or name another folder with --out DIR",
			       inner.text)
		   : 0;
}

/* The disk refused: take back what it took of the line. */
static int append_undo(struct result *r, off_t old_len, int cause, struct error *err)
{
	if (ftruncate(r->fd, old_len) < 0) {
		r->damaged = true;
		return error_set(err, EX_IOERR, cause,
				 "cannot append to %s/" RESULT_TRIALS_FILE
				 ": %s; its last line is cut and will be left out when read; free "
				 "space there or name another folder with --out DIR",
				 r->path, strerror(-cause));
	}
	return error_set(err, EX_IOERR, cause,
			 "cannot append to %s/" RESULT_TRIALS_FILE
			 ": %s; the trials before are whole; free space there or name another "
			 "folder with --out DIR",
			 r->path, strerror(-cause));
}

int result_append(struct result *r, const json_t *trial, struct error *err)
{
	struct stat st;
	char *line;
	size_t len;
	int ret;

	if (r->fd < 0 || r->damaged)
		return error_set(err, EX_IOERR, -EBADF,
				 "%s/" RESULT_TRIALS_FILE
				 " takes no more trials (%s); start a new run",
				 r->path, r->damaged ? "its last line is cut" : "finished");
	line = json_is_object(trial) ? json_line(trial) : NULL;
	if (!line)
		return error_set(err, EX_SOFTWARE, -EINVAL, "a trial is not a valid JSON object");
	len = strlen(line);
	line[len++] = '\n'; /* in the place of the NUL: one buffer, one write */
	if (fstat(r->fd, &st) < 0) {
		ret = error_set(err, EX_IOERR, -errno, "cannot read the length of %s/%s: %s",
				r->path, RESULT_TRIALS_FILE, strerror(errno));
		goto out;
	}
	/* One write when the disk takes it; after a short one, the second says why. */
	ret = file_write_fd(r->fd, line, len);
	if (!ret && fdatasync(r->fd) < 0)
		ret = -errno;
	if (ret)
		ret = append_undo(r, st.st_size, ret, err);
out:
	free(line);
	return ret;
}

int result_finish(struct result *r, struct error *err)
{
	int ret = 0;

	if (r->fd < 0)
		return 0;
	if (fsync(r->fd) < 0)
		ret = -errno;
	if (close(r->fd) < 0 && !ret)
		ret = -errno;
	r->fd = -1;
	if (!ret)
		ret = sync_folder(r->path);
	if (ret)
		return error_set(err, EX_IOERR, ret,
				 "cannot put %s on the disk: %s; copy the results elsewhere and "
				 "look at the disk",
				 r->path, strerror(-ret));
	return 0;
}

void result_free(struct result *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	free(r);
}

void result_discard(struct result *r)
{
	if (!r)
		return;
	remove_files(r);
	result_free(r);
}
