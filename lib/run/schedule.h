/* In which order the trials of a run come. Pure. */
#ifndef RINGLOSS_RUN_SCHEDULE_H
#define RINGLOSS_RUN_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scheduled {
	size_t point;    /* index */
	uint64_t repeat; /* from 0 */
};

/*
 * POINTS * REPEATS trials: every point once before any comes again. shuffled:
 * each round in an order of its own, the same for the same SEED. The caller frees; NULL:
 * no memory.
 */
struct scheduled *schedule_make(size_t points, uint64_t repeats, bool shuffled, uint64_t seed);

#endif
