/*
 * Whole files: read, written so that either the old or the new content is
 * there, appended durably. Every write is checked.
 */
#ifndef RINGLOSS_BASE_FILE_H
#define RINGLOSS_BASE_FILE_H

#include <stddef.h>

#include "error.h"

/* More than any file that is read whole: /dev/zero, say, is none. */
#define FILE_READ_MAX (64 << 20)

/*
 * Read all of PATH into a fresh string, NUL-terminated; *len (may be NULL)
 * gets the length without it. -EFBIG above FILE_READ_MAX. NULL with *err set on failure. The caller
 * frees.
 */
char *file_read(const char *path, size_t *len, struct error *err);

/* Write all of data to fd. 0 or a negative errno; a short write is retried. */
int file_write_fd(int fd, const void *data, size_t len);

/*
 * Replace PATH by data: a temporary file beside it, fsync, rename. The old
 * file stays whole on any failure (disk full included).
 */
int file_replace(const char *path, const void *data, size_t len, struct error *err);

/*
 * Write TEXT to an existing kernel file (sysfs, procfs). The driver's answer
 * comes back as a negative errno.
 */
int file_write_kernel(const char *path, const char *text);

/* mkdir -p. 0 or a negative errno with *err set (EX_CANTCREAT). */
int file_make_dirs(const char *path, struct error *err);

#endif
