/*
 * The one way in which a function says what went wrong: a negative errno for
 * the caller, a sentence for the user (object and remedy), and the sysexits.h
 * code with which the program should end. Knows nothing of any module.
 */
#ifndef RINGLOSS_BASE_ERROR_H
#define RINGLOSS_BASE_ERROR_H

#include <errno.h>
#include <sysexits.h>

struct error {
	int code;       /* negative errno, 0 when nothing was set */
	int exit;       /* sysexits.h code for the process */
	char text[768]; /* one sentence, names the object and the remedy */
};

/*
 * Fill *err (which may be NULL) and return code, so that a caller can write
 * "return error_set(err, EX_NOINPUT, -ENODEV, ...)". code is a negative errno.
 */
int error_set(struct error *err, int exit_code, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Put "PREFIX: " before the text of *err. Returns err->code. */
int error_prefix(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
