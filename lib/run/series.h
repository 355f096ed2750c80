/*
 * What was counted in the course of a trial: columns of values, a row a sample. Values are
 * differences since the trial's start, so that a row says what had happened until then,
 * and any row may be left out without a frame going missing: when the rows are full, every
 * second one is, and the interval doubles. Pure: knows no clock and no agent.
 */
#ifndef RINGLOSS_RUN_SERIES_H
#define RINGLOSS_RUN_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "error.h"

#define SERIES_ROWS_MAX 1000  /* even; a long trial has from half to less than this */
#define SERIES_NONE INT64_MIN /* a value that could not be read */

struct series_column {
	char group[16];  /* "paths" or "sides" */
	char owner[64];  /* the path's or side's name */
	char name[64];   /* "accepted", "dev.rx_dropped" */
	int64_t *values; /* SERIES_ROWS_MAX; SERIES_NONE: unknown */
};

struct series {
	uint64_t interval_ns; /* between two samples at least */
	uint64_t read_max_ns; /* that a sample took to be read at most */
	uint64_t next_ns;     /* when the next sample is due, since the start */
	size_t n;             /* rows */
	uint64_t *time_ns;    /* of each row, since the start: when its reading began */
	struct series_column *columns;
	size_t n_columns;
};

/* NULL: no memory. The caller frees by series_free, which takes NULL. */
struct series *series_new(uint64_t interval_ns);
void series_free(struct series *s);

/* Add a column, before the first row. Its number, or -ENOMEM. */
int series_column(struct series *s, const char *group, const char *owner, const char *name);

/*
 * Add a row that was read from TIME_NS to DONE_NS since the start, with a value for each column.
 * Times rise. The next one is due at the next multiple of the interval, but so much later
 * that reading takes a tenth of the time at most.
 */
void series_add(struct series *s, uint64_t time_ns, uint64_t done_ns, const int64_t *values);

/*
 * {"interval_s", "read_s", "t_s": [...], "paths": {NAME: {COLUMN: [...]}}, "sides": {...}}, as
 * results/README.md has it. New reference.
 */
json_t *series_json(const struct series *s);

#endif
