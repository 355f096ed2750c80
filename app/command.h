/* What main.c and the commands share. A command is one file and one row in main.c. */
#ifndef RINGLOSS_APP_COMMAND_H
#define RINGLOSS_APP_COMMAND_H

#include <stdbool.h>

#include "error.h"
#include "plan.h"
#include "run.h"

struct command {
	const char *name;
	const char *usage;                 /* arguments, for `ringloss help` */
	const char *help;                  /* one line */
	int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns an exit code */
	bool hidden;                       /* not for people */
	const char *options; /* a line each, for `ringloss help NAME`; NULL: the usage says all */
};

extern const struct command commands[]; /* ends with a row without name */

int cmd_quick(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_lab(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_diagnose(int argc, char **argv);
int cmd_trust(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_agent(int argc, char **argv);

/* Print "usage: ringloss NAME ..." on standard error. Returns EX_USAGE. */
int usage_error(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Print an error as the program's own and return its exit code. */
int fail(const struct error *err);

/* Options of `run` and `quick`. */
struct run_arguments {
	struct run_options options;
	const char *sets[256]; /* --set, in order */
	int n_sets;
	bool out_given;        /* --out */
	const char *plan_file; /* the one argument, where the command takes one */
};

/* Fill in from argv. 0, or an exit code to end with. */
int parse_run_arguments(int argc, char **argv, bool takes_plan, struct run_arguments *args);

/*
 * Finish a loaded plan with the --set of ARGS and run it. Frees the plan. Returns
 * an exit code.
 */
int finish_and_run(struct plan *plan, const struct run_arguments *args);

/*
 * Become a shell in a guest with two ports of a NIC; SHARE is its folder /share, NULL: results, in
 * this folder. Returns only if that fails.
 */
int lab_nic_up(const char *model, const char *share, struct error *err);

/* An empty plan that knows every module's knobs; NULL when out of memory. */
struct plan *new_plan(void);

#endif
