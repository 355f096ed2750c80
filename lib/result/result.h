/*
 * The folder of a run's results: DIR/NAME-YYYYMMDD-HHMMSS/ with plan.ini,
 * host-SIDE.json and trials.jsonl, one JSON line a trial. Written here while
 * the run goes on, read here afterwards. Knows the frame of a line (schema,
 * point, verdict), not what the numbers in it mean; results/README.md says that.
 */
#ifndef RINGLOSS_RESULT_RESULT_H
#define RINGLOSS_RESULT_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "error.h"

#define RESULT_SCHEMA 1 /* the value of `schema` in every line */
#define RESULT_TRIALS_FILE "trials.jsonl"
#define RESULT_PLAN_FILE "plan.ini"
#define RESULT_CSV_FILE "summary.csv"
#define RESULT_HTML_FILE "report.html"
#define RESULT_RANKING_FILE "ranking.json"
#define RESULT_HOST_PREFIX "host-"
#define RESULT_HOST_SUFFIX ".json"

/* A result folder that is being written. Only one program writes to it at a time (flock). */
struct result;

/* Takes one TRIAL of a file, borrowed. A negative errno with *err set ends the reading. */
typedef int result_taker(void *ctx, json_t *trial, struct error *err);

/*
 * Make DIR (with its parents) and in it a new folder NAME-YYYYMMDD-HHMMSS, in
 * UTC, with -mmm behind it when that is taken; write PLAN_TEXT to plan.ini, below a
 * comment with a sum of it, and start an empty trials.jsonl. Characters of PLAN_NAME outside
 * [A-Za-z0-9._-] become '-'. NULL with *err set (EX_CANTCREAT) when that cannot be done; a
 * half-made folder is removed. The caller frees by result_free.
 */
struct result *result_create(const char *dir, const char *plan_name, const char *plan_text,
			     struct error *err);

/*
 * Go on with the folder PATH of a run that was interrupted: trials are appended to what is there,
 * of which each is given to TAKE in turn. A last line that a crash cut is cut off. Refused, with
 * nothing changed: EX_NOINPUT when there is no such folder, EX_TEMPFAIL when another run writes
 * to it, EX_DATAERR when its plan.ini is not as the run wrote it or a line is no trial of this
 * schema, and what TAKE says. NULL with *err set. The caller frees by result_free.
 */
struct result *result_resume(const char *path, result_taker *take, void *ctx, struct error *err);

/* The folder; owned by RESULT. */
const char *result_path(const struct result *result);

/*
 * The `run` of every line: the last part of the folder's path, or what the lines there already say.
 * Owned by RESULT.
 */
const char *result_run(const struct result *result);

/*
 * Write HOST to host-SIDE.json. 0 or a negative errno: EX_SOFTWARE when SIDE
 * cannot be part of a file name, EX_IOERR and EX_CANTCREAT from the disk.
 */
int result_host(struct result *result, const char *side, const json_t *host, struct error *err);

/*
 * Append TRIAL as one line, by one write, and put it on the disk before
 * returning. When the disk refuses, the file is cut back to the lines before,
 * and nothing of TRIAL is stored. 0 or a negative errno (EX_IOERR).
 */
int result_append(struct result *result, const json_t *trial, struct error *err);

/*
 * No more lines: close trials.jsonl and put the folder on the disk. Appending
 * afterwards is -EBADF. 0 or a negative errno (EX_IOERR).
 */
int result_finish(struct result *result, struct error *err);

/*
 * Take the folder away with all that was written to it: nothing was measured. Frees RESULT, which
 * result_create has made.
 */
void result_discard(struct result *result);

/* Close without a check what result_finish did not. NULL is allowed. */
void result_free(struct result *result);

enum result_load_flags {
	RESULT_LOAD_ALL = 0,
	/* Leave out sides.*.counters: nine tenths of a line, and only a new verdict needs them. */
	RESULT_LOAD_LEAN = 1 << 0,
};

/* Trials that were read from a file. */
struct result_set {
	char *file;     /* path of the trials file */
	char *folder;   /* the folder it lies in */
	json_t *trials; /* array of objects, in the order of the file */
	bool cut;       /* the last line was cut short (crash, full disk) and left out */
};

/*
 * Read the trials of PATH, a result folder or a trials file. Every line but a
 * cut last one must be an object of this schema, with a point and a known
 * verdict: anything else is EX_DATAERR with file and line. NULL with *err set on
 * failure, EX_NOINPUT when there is no such file. The caller frees by
 * result_set_free.
 */
struct result_set *result_load(const char *path, unsigned int flags, struct error *err);

/* How the file of trials ends. */
struct result_end {
	long long whole; /* bytes up to the end of the last line that is a trial */
	bool cut;        /* what comes behind is the beginning of a line */
	bool open;       /* the last trial is whole, but has no newline */
};

/*
 * Give each trial of FILE to TAKE, in turn: memory for one at a time. 0 or a negative errno, as
 * result_load; *end (may be NULL) is filled in.
 */
int result_scan(const char *file, result_taker *take, void *ctx, struct result_end *end,
		struct error *err);

/* Trials in SET. */
size_t result_set_size(const struct result_set *set);

/* Trial I of SET, borrowed; NULL beyond the last. */
const json_t *result_set_trial(const struct result_set *set, size_t i);

void result_set_free(struct result_set *set);

#endif
