/*
 * The time that the trials to come will take, from what those took that are done: each sends for as
 * long as the plan says, and what it takes besides depends on what must be changed for it. So the
 * mean of that is kept by kind of change: a link that goes down takes longer than a rate. Pure.
 */
#ifndef RINGLOSS_RUN_REMAINING_H
#define RINGLOSS_RUN_REMAINING_H

#include <stddef.h>
#include <stdint.h>

#include "knob.h"

#define REMAINING_KINDS (KNOB_RELINK + 1)

struct remaining {
	uint64_t send_ns;                /* of all trials to come */
	size_t due[REMAINING_KINDS];     /* trials to come */
	size_t done[REMAINING_KINDS];    /* trials that were timed */
	double besides[REMAINING_KINDS]; /* ns that these took besides sending, summed */
};

/* A trial is to come. */
void remaining_add(struct remaining *r, enum knob_change change, uint64_t send_ns);

/* It is not to come any more: it is at work, or left out. */
void remaining_drop(struct remaining *r, enum knob_change change, uint64_t send_ns);

/* One has taken TOOK_NS, of which it was to send for SEND_NS. */
void remaining_learn(struct remaining *r, enum knob_change change, uint64_t send_ns,
		     uint64_t took_ns);

/*
 * ns for all that are to come. A kind of change that was not seen yet counts as the next cheaper
 * one that was, or else the next dearer; UINT64_MAX before the first trial.
 */
uint64_t remaining_ns(const struct remaining *r);

#endif
