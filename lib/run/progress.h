/*
 * How far a run is, for people, on standard error: one line that is rewritten on
 * a terminal, one line a trial elsewhere.
 */
#ifndef RINGLOSS_RUN_PROGRESS_H
#define RINGLOSS_RUN_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "remaining.h"

struct progress {
	bool terminal;
	size_t done, total;       /* trials */
	struct remaining to_come; /* behind the one at work */
	enum knob_change change;  /* that the trial at work takes */
	uint64_t send_ns;         /* it is to send for */
	uint64_t begin_ns;        /* of it */
	char label[160];          /* of the trial at work */
	uint64_t shown_ns;        /* when the line was last written */
};

/* DONE of TOTAL trials were run before; those to come are told by remaining_add to p->to_come. */
void progress_init(struct progress *p, size_t done, size_t total);

/* A trial begins: one of those to come. LABEL says which. */
void progress_begin(struct progress *p, const char *label, enum knob_change change,
		    uint64_t send_ns);

/* One of those to come is left out. */
void progress_skip(struct progress *p, enum knob_change change, uint64_t send_ns);

/*
 * It is ELAPSED of TOTAL ns into its sending, or its warm-up; rewrites the line at most ten times
 * a second.
 */
void progress_tick(struct progress *p, uint64_t elapsed_ns, uint64_t total_ns, bool warm_up);

/* It ended with LINE (its record). */
void progress_end(struct progress *p, const json_t *line);

/* Take the status line off the terminal. */
void progress_clear(struct progress *p);

#endif
