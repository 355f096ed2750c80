/* What `run` and `quick` have in common: options, --set, and the run itself. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "command.h"
#include "config.h"
#include "journal.h"
#include "log.h"

/* A run that goes on is the run that it was. */
static int check_resume(int n_operands, const char *command, const struct run_arguments *args)
{
	if (!n_operands && !args->n_sets && !args->out_given && !args->options.dry_run)
		return EX_OK;
	return usage_error(command,
			   "--resume goes on with the plan in its folder as it is, and "
			   "takes no PLAN, --set, --out or --dry-run: for another plan start a new "
			   "run");
}

int parse_run_arguments(int argc, char **argv, bool takes_plan, struct run_arguments *args)
{
	static const struct option options[] = {
		{"set", required_argument, NULL, 's'},
		{"out", required_argument, NULL, 'o'},
		{"resume", required_argument, NULL, 'r'},
		{"json", no_argument, NULL, 'j'},
		{"verbose", no_argument, NULL, 'v'},
		{"dry-run", no_argument, NULL, 'n'},
		{0},
	};
	int c;

	*args = (struct run_arguments){.options.out_dir = "results"};
	opterr = 0;
	while ((c = getopt_long(argc, argv, "s:o:jvn", options, NULL)) != -1) {
		switch (c) {
		case 's':
			if (args->n_sets == (int)(sizeof(args->sets) / sizeof(args->sets[0])))
				return usage_error(argv[0], "more than %d --set: use a plan file",
						   args->n_sets);
			args->sets[args->n_sets++] = optarg;
			break;
		case 'o':
			args->options.out_dir = optarg;
			args->out_given = true;
			break;
		case 'r':
			if (!takes_plan)
				return usage_error(argv[0], "ringloss run --resume goes on with a "
							    "result of quick, too");
			args->options.resume = optarg;
			break;
		case 'j':
			args->options.json = true;
			break;
		case 'n':
			args->options.dry_run = true;
			break;
		case 'v':
			log_set_level(LOG_LEVEL_DEBUG);
			break;
		default:
			return usage_error(argv[0], "unknown option or missing value: %s",
					   argv[optind - 1]);
		}
	}
	if (args->options.resume)
		return check_resume(argc - optind, argv[0], args);
	if (argc - optind != takes_plan)
		return usage_error(argv[0],
				   takes_plan ? "%s takes one plan file"
					      : "%s takes no argument but options",
				   argv[0]);
	args->plan_file = takes_plan ? argv[optind] : NULL;
	return EX_OK;
}

struct plan *new_plan(void)
{
	size_t n;
	const struct knob_set *const *sets = run_knob_sets(&n);

	return plan_new(sets, n);
}

/* A seed that was not given is drawn, and stored with the plan. */
static int draw_seed(struct plan *plan, struct error *err)
{
	unsigned long long seed;
	char text[48];

	/* 0, the default, asks for one */
	if (strcmp(plan_given(plan, "plan.seed"), "0"))
		return 0;
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return error_set(err, EX_OSERR, -errno, "no random numbers: %s", strerror(errno));
	snprintf(text, sizeof(text), "plan.seed=%llu", (seed >> 16) + 1);
	return plan_set(plan, text, err);
}

/* What is measured on top of a dead run's changes is nobody's set-up. */
static int check_pending(struct error *err)
{
	char name[128];
	int n = journal_pending(name, sizeof(name));

	if (n <= 0)
		return 0;
	return error_set(err, EX_TEMPFAIL, -EBUSY,
			 "%d interrupted run%s left changes behind (%s): put them back first by "
			 "`ringloss restore` (--dry-run: look)",
			 n, n > 1 ? "s" : "", name);
}

int finish_and_run(struct plan *plan, const struct run_arguments *args)
{
	struct error err;
	int i, ret = 0, code;

	for (i = 0; !ret && i < args->n_sets; i++)
		ret = plan_set(plan, args->sets[i], &err);
	if (!ret && !args->options.resume)
		ret = draw_seed(plan, &err);
	if (!ret)
		ret = plan_finish(plan, &err);
	if (!ret && geteuid() != 0 && !args->options.dry_run)
		ret = error_set(&err, EX_NOPERM, -EPERM,
				"namespaces, XDP and pinned threads need root: run it with sudo");
	if (!ret && !args->options.dry_run)
		ret = check_pending(&err);
	if (ret) {
		plan_free(plan);
		return fail(&err);
	}
	code = run_plan(plan, &args->options);
	plan_free(plan);
	return code;
}
