/*
 * What of a plan's trials is done: a state for each repeat of each point, filled in as trials end,
 * or from the lines that an interrupted run has stored. Pure.
 */
#ifndef RINGLOSS_RUN_DONE_H
#define RINGLOSS_RUN_DONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "error.h"
#include "plan.h"

enum done_state {
	DONE_NOT,     /* not tried */
	DONE_FAILED,  /* tried, and to be tried again by a run that goes on */
	DONE_INVALID, /* measured */
	DONE_VALID,
	DONE_SKIPPED, /* of a whole point: what it asks for cannot be had here */
	DONE_STATES
};

/* The word of a line's verdict; NULL for DONE_NOT. */
const char *done_verdict(enum done_state state);

struct done;

/* The trials of N points. NULL: no memory. The caller frees; POINTS must outlive it. */
struct done *done_new(const struct point *const *points, size_t n, uint64_t repeats);
void done_free(struct done *done);

/* Note how a trial ended. DONE_SKIPPED: the point's other repeats are not tried either. */
void done_set(struct done *done, size_t point, uint64_t repeat, enum done_state state);

/* Is it still to be tried? */
bool done_is_due(const struct done *done, size_t point, uint64_t repeat);

/* How many trials are still to be tried. */
size_t done_due(const struct done *done);

/* How many trials ended so; skipped: how many points. */
size_t done_count(const struct done *done, enum done_state state);

/*
 * Note a stored line. EX_DATAERR when it does not fit the plan: an unknown point or repeat, another
 * value of some key, or a trial that is there twice (one that failed may come again).
 */
int done_take(struct done *done, const json_t *trial, struct error *err);

#endif
