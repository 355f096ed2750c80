/* ringloss run: a plan file, every point of it. */
#include "command.h"

int cmd_run(int argc, char **argv)
{
	struct run_arguments args;
	struct plan *plan;
	struct error err;
	int ret = parse_run_arguments(argc, argv, true, &args);

	if (ret)
		return ret;
	plan = new_plan();
	if (!plan)
		return EX_OSERR;
	if (plan_load_file(plan, args.plan_file, &err)) {
		plan_free(plan);
		return fail(&err);
	}
	return finish_and_run(plan, &args);
}
