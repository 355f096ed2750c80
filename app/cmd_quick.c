/*
 * ringloss quick: configs/quick.ini, which is built in, in a lab of its own.
 */
#include <stdio.h>

#include "command.h"
#include "log.h"
#include "probe.h"

/* The file as it was built; the linker's copy, NUL-terminated. */
__asm__(".section .rodata\n"
	".global quick_plan_text\n"
	"quick_plan_text:\n"
	".incbin \"" RINGLOSS_QUICK_PLAN "\"\n"
	".byte 0\n"
	".previous\n");
extern const char quick_plan_text[];

int cmd_quick(int argc, char **argv)
{
	struct run_arguments args;
	struct plan *plan;
	struct error err;
	int ret = parse_run_arguments(argc, argv, false, &args);

	if (ret)
		return ret;
	plan = new_plan();
	if (!plan)
		return EX_OSERR;
	ret = plan_load_text(plan, "quick.ini", quick_plan_text, &err);
	if (!ret && host_cpu_count() == 1) {
		log_warn(
			"one CPU only: generator and sink share it, and the sink sleeps when idle");
		ret = plan_set(plan, "rx.cpus=0", &err);
		if (!ret)
			ret = plan_set(plan, "rx.idle=poll", &err);
	}
	if (ret) {
		plan_free(plan);
		return fail(&err);
	}
	return finish_and_run(plan, &args);
}
