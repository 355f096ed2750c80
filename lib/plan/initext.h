/*
 * INI text to sections and keys, one call each, with line numbers. inih reads
 * the lines; this file makes up for what it does not do: it takes lines of any
 * length, names empty sections, and says what is wrong with a line.
 */
#ifndef RINGLOSS_PLAN_INITEXT_H
#define RINGLOSS_PLAN_INITEXT_H

#include <stddef.h>

#include "error.h"

/* Each returns 0, or a negative errno with *err set, which ends the reading. */
struct initext_sink {
	int (*section)(void *ctx, const char *name, int line, struct error *err);
	/* VALUE has neither comment nor outer blanks. */
	int (*key)(void *ctx, const char *key, const char *value, int line, struct error *err);
	void *ctx;
};

/*
 * Read LEN bytes of TEXT; NAME stands for it in messages. A line ends with LF
 * or CRLF, a comment begins with ; or # in the first column that is not blank, or with a ;
 * behind a blank; a UTF-8 byte order mark is skipped. -EINVAL with EX_DATAERR
 * for a line that is neither, that is not text, or whose key is too long.
 */
int initext_read(const char *name, const char *text, size_t len, const struct initext_sink *sink,
		 struct error *err);

#endif
