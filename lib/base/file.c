/* Whole-file reading and writing; see file.h. */
#include "file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *file_read(const char *path, size_t *len, struct error *err)
{
	size_t size = 0, cap = 4096;
	char *buf = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		error_set(err, EX_NOINPUT, -errno, "cannot open %s: %s", path, strerror(errno));
		return NULL;
	}
	for (;;) {
		char *grown = realloc(buf, cap);
		ssize_t n;

		if (!grown) {
			error_set(err, EX_OSERR, -ENOMEM, "no memory to read %s", path);
			goto fail;
		}
		buf = grown;
		n = read(fd, buf + size, cap - size - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error_set(err, EX_IOERR, -errno, "cannot read %s: %s", path,
				  strerror(errno));
			goto fail;
		}
		if (n == 0)
			break;
		size += (size_t)n;
		if (size > FILE_READ_MAX) {
			error_set(err, EX_DATAERR, -EFBIG, "%s is larger than %d MiB", path,
				  FILE_READ_MAX >> 20);
			goto fail;
		}
		if (size + 1 >= cap)
			cap *= 2;
	}
	close(fd);
	buf[size] = '\0';
	if (len)
		*len = size;
	return buf;
fail:
	close(fd);
	free(buf);
	return NULL;
}

int file_write_fd(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_replace(const char *path, const void *data, size_t len, struct error *err)
{
	char tmp[PATH_MAX];
	int fd, ret;

	if (snprintf(tmp, sizeof(tmp), "%s.tmp.%d", path, (int)getpid()) >= (int)sizeof(tmp))
		return error_set(err, EX_CANTCREAT, -ENAMETOOLONG, "path too long: %s", path);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return error_set(err, EX_CANTCREAT, -errno, "cannot create %s: %s", tmp,
				 strerror(errno));
	ret = file_write_fd(fd, data, len);
	if (!ret && fsync(fd) < 0)
		ret = -errno;
	if (close(fd) < 0 && !ret)
		ret = -errno;
	if (!ret && rename(tmp, path) < 0)
		ret = -errno;
	if (ret) {
		unlink(tmp);
		return error_set(err, EX_IOERR, ret, "cannot write %s: %s", path, strerror(-ret));
	}
	return 0;
}

int file_write_kernel(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	if (close(fd) < 0 && !ret)
		ret = -errno;
	return ret;
}

/* False with errno set if PATH is there and is something else. */
static bool is_folder(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode);
}

int file_make_dirs(const char *path, struct error *err)
{
	char buf[PATH_MAX];
	char *p;

	if (snprintf(buf, sizeof(buf), "%s", path) >= (int)sizeof(buf))
		return error_set(err, EX_CANTCREAT, -ENAMETOOLONG, "path too long: %s", path);
	if (!*path)
		return error_set(err, EX_CANTCREAT, -ENOENT, "a folder without a name");
	for (p = buf + 1;; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(buf, 0755) < 0 && (errno != EEXIST || !is_folder(buf)))
			return error_set(err, EX_CANTCREAT, -errno, "cannot create folder %s: %s",
					 buf, strerror(errno));
		*p = c;
		if (c == '\0')
			return 0;
	}
}
