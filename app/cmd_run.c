/* ringloss run: a plan file, every point of it, or what an interrupted run has left of it. */
#include <limits.h>
#include <stdio.h>

#include "command.h"
#include "result.h"

int cmd_run(int argc, char **argv)
{
	struct run_arguments args;
	struct plan *plan;
	char stored[PATH_MAX];
	struct error err;
	int ret = parse_run_arguments(argc, argv, true, &args);

	if (ret)
		return ret;
	plan = new_plan();
	if (!plan)
		return EX_OSERR;
	if (args.options.resume) {
		snprintf(stored, sizeof(stored), "%s/" RESULT_PLAN_FILE, args.options.resume);
		args.plan_file = stored;
	}
	if (plan_load_file(plan, args.plan_file, &err)) {
		plan_free(plan);
		return fail(&err);
	}
	return finish_and_run(plan, &args);
}
