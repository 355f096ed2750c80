/* In which order the trials of a run come. Pure. */
#ifndef RINGLOSS_RUN_SCHEDULE_H
#define RINGLOSS_RUN_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

struct scheduled {
	uint32_t point;  /* index */
	uint32_t repeat; /* from 0 */
};

/* In the order of the words that a plan has for them. */
enum schedule_order {
	SCHEDULE_SHUFFLED, /* each round in an order of its own */
	SCHEDULE_LISTED,   /* each round as the points are listed */
	SCHEDULE_BLOCKED,  /* each round block by block, in an order of its own; shuffled within */
};

/*
 * POINTS * REPEATS trials in rounds: every point once before any comes again. The order
 * is the same for the same SEED. BLOCK (SCHEDULE_BLOCKED only) has the number of each point's
 * block. The caller frees; NULL: no memory.
 *
 * Blocked is a split-plot design, replicated in complete rounds (Jones and Nachtsheim, Split-Plot
 * Designs: What, Why, and How, Journal of Quality Technology 41(4), 2009): what is hard to change,
 * and so is set once a block, must be set anew for each repeat. Repeats within one block would all
 * have the same setting of it, and their scatter would say nothing about it.
 */
struct scheduled *schedule_make(size_t points, uint64_t repeats, enum schedule_order order,
				uint64_t seed, const uint32_t *block);

/* How often two trials in a row are of different blocks, over the N of a schedule. */
size_t schedule_changes(const struct scheduled *all, size_t n, const uint32_t *block);

#endif
