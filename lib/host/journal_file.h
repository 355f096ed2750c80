/*
 * The file under a journal: creating, locking and reading it, line by line. Shared by
 * writing (journal.c), undoing (journal_undo.c) and restoring (journal_restore.c) only.
 *
 *   {"program":"ringloss","pid":1,"boot_id":"...","created_ns":1}
 *   {"kind":"netns","object":{...},"old":null,"new":null}
 *   #"kind":...        undone: struck out by one byte written in place, which neither a
 *                      full disk nor a kill can leave half done
 */
#ifndef RINGLOSS_HOST_JOURNAL_FILE_H
#define RINGLOSS_HOST_JOURNAL_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <jansson.h>

#include "error.h"
#include "journal.h"

#define JOURNAL_STRUCK '#'

struct journal {
	char path[PATH_MAX]; /* of the file */
	int fd;              /* locked; -1 after everything was undone and the file removed */
	off_t size;          /* where the next line goes */
	off_t first;         /* where the first entry is */
	size_t live;         /* entries noted or read, and not undone */
	bool broken;         /* a cut line could not be taken off: nothing more may be noted */
};

/* One entry of a file. */
struct journal_line {
	off_t offset;  /* of its first byte */
	json_t *entry; /* NULL: a whole line that is no entry */
};

/* What was read from a file. */
struct journal_content {
	bool garbage;               /* the first line is not ours */
	char boot_id[64];           /* boot in which it was written */
	uint64_t created_ns;        /* CLOCK_REALTIME, for the order among files */
	struct journal_line *lines; /* entries not struck out, in order */
	size_t n;
};

/* The folder of the journals into buf. */
void journal_folder(char *buf, size_t size);

/*
 * Open and lock PATH, waiting up to WAIT_MS for others who look at it. CREATE: make it if it is
 * not there. A file that was unlinked before the lock was had is not taken for PATH.
 * The fd, -ENOENT, -EWOULDBLOCK (its owner lives), or another negative errno.
 */
int journal_file_open(const char *path, bool create, int wait_ms);

/* Read what a locked file holds. 0 or a negative errno with *err set. */
int journal_file_read(int fd, const char *path, struct journal_content *content, struct error *err);

void journal_content_free(struct journal_content *content);

/* Strike out the line at OFFSET. 0 or a negative errno. */
int journal_line_strike(int fd, off_t offset);

/*
 * Undo (or with dry_run only say) what the locked file of J holds; see journal_undo.
 * *undone (may be NULL) is raised by the number of entries that were, or would be, put back.
 */
int journal_undo_file(struct journal *j, FILE *out, bool dry_run, int *undone, struct error *err);

#endif
