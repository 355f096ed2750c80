/* The inside of a run, shared by run.c and sweep.c only. */
#ifndef RINGLOSS_RUN_RUNNING_H
#define RINGLOSS_RUN_RUNNING_H

#include "config.h"
#include "done.h"
#include "lab.h"
#include "progress.h"
#include "result.h"
#include "run.h"
#include "schedule.h"
#include "trial.h"

struct run {
	struct plan *plan;
	const struct run_options *options;
	const struct point **points;
	size_t n_points;
	struct plan_config config;
	char id[32];             /* of journals and namespaces */
	struct journal *journal; /* of what the controller itself changes */
	struct lab lab;
	int lab_claim;  /* on a standing one; -1: none */
	bool lab_is_up; /* and ours to take down */
	struct side sides[PLAN_SIDES_MAX];
	struct path paths[PLAN_PATHS_MAX];
	struct trial_env env;
	struct traffic_config traffic;
	uint16_t epoch;
	struct result *result;
	struct progress progress;
	struct scheduled *schedule;
	size_t n_trials;
	uint32_t *block; /* of each point, by what takes a link down */
	size_t n_blocks;
	uint64_t *send_ns; /* of a trial of each point */
	struct done *done;
	json_t *devices; /* {side: device} of the trials that a run goes on with; not met again yet
			  */
	json_t *build;   /* of the program that ran the last of them */
	json_t *met;     /* devices that were there at some point */
	uint64_t seq;    /* of the last line */
	bool measured;   /* some trial got past its set-up */
	bool stored;     /* some line is on disk */
	struct error first_failure;
	int signal; /* that ended the run, or 0 */
};

/* Every trial that is due, in the order of the schedule. Nonzero only for what ends the whole run.
 */
int sweep_run(struct run *run, struct error *err);

#endif
