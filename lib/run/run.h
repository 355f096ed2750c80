/*
 * A run: from a plan to a folder of results. The only module that joins the
 * others: lab, agents, ledger, results, report.
 */
#ifndef RINGLOSS_RUN_RUN_H
#define RINGLOSS_RUN_RUN_H

#include <stdbool.h>

#include <jansson.h>

#include "error.h"
#include "plan.h"

struct run_options {
	const char *out_dir; /* where result folders are made */
	const char *resume;  /* the folder of an interrupted run to go on with; NULL: a new one */
	bool json;           /* trial lines, and nothing else, on standard output */
	bool quiet;          /* no report at the end */
	json_t *lines;       /* array that each trial's line is put into; NULL: nobody asks. What
			      * could not be measured, and why, is in it then, and is not told */
	bool dry_run;        /* say how many trials that is, in which order; do nothing */
};

/*
 * Run every point of a finished plan, or what is left of it. Returns 0 (all trials of the plan are
 * valid), 1 (some are not, failed, or were skipped), 2 (none is valid), a sysexits.h code when
 * nothing could be measured at all, or 128 + the number of the signal that ended it. Whatever was
 * changed is put back, in each case.
 */
int run_plan(struct plan *plan, const struct run_options *options);

#endif
