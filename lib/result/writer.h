/* The inside of a result folder that is being written, shared by the files of this folder only. */
#ifndef RINGLOSS_RESULT_WRITER_H
#define RINGLOSS_RESULT_WRITER_H

#include <limits.h>

#include "result.h"

struct result {
	char path[PATH_MAX];
	char run[NAME_MAX + 1];
	bool made_dir; /* the folder that path is in was not there before */
	int fd;        /* trials.jsonl; -1 once finished */
	bool damaged;  /* a cut line could not be taken back */
};

/* Write plan.ini with its sum. 0 or a negative errno with *err set. */
int result_plan_write(const struct result *r, const char *plan_text, struct error *err);

/* Be the one who writes. EX_TEMPFAIL when another program is. */
int result_lock(const struct result *r, struct error *err);

#endif
