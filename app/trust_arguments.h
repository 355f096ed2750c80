/* The command line of ringloss trust. */
#ifndef RINGLOSS_APP_TRUST_ARGUMENTS_H
#define RINGLOSS_APP_TRUST_ARGUMENTS_H

#include <stdbool.h>

#define TRUST_ARGUMENT_SETS_MAX 200 /* room is left for what a cause sets */

struct trust_arguments {
	const char *port, *peer; /* NULL: a lab */
	const char *netns, *peer_netns;
	const char *out;     /* a second file; NULL: none */
	const char *results; /* where the folder is made */
	const char *only;    /* one cause, beside the control */
	bool lab, json;
	const char *sets[TRUST_ARGUMENT_SETS_MAX];
	int n_sets;
};

/* Into *args, whose strings are ARGV's. EX_OK, or EX_USAGE after the user was told. */
int trust_arguments_parse(int argc, char **argv, struct trust_arguments *args);

#endif
