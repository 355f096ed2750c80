/*
 * Which end of which cable of a lab each side of a plan gets. Pure: sides and paths in, ends out.
 */
#ifndef RINGLOSS_RUN_PLACEMENT_H
#define RINGLOSS_RUN_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "plan.h"

struct placement {
	uint32_t pairs;          /* cables needed, 1 at least */
	int end[PLAN_SIDES_MAX]; /* of each side, as in struct lab: 2 * pair, 2 * pair + 1; -1: none
				  */
};

/*
 * The sides of a path get the two ends of one cable, its generator that of generators where the
 * cable is not theirs already: so two sides that send to each other share one. IN_LAB: the sides
 * whose device is the lab. -EINVAL with EX_CONFIG when a side would need two cables.
 */
int placement_make(const struct plan_side *sides, size_t n_sides, const struct plan_path *paths,
		   size_t n_paths, const bool *in_lab, struct placement *placement,
		   struct error *err);

#endif
