/* ringloss restore: put back what runs that died left changed. */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "command.h"
#include "journal.h"

int cmd_restore(int argc, char **argv)
{
	static const struct option options[] = {
		{"dry-run", no_argument, NULL, 'n'}, {"json", no_argument, NULL, 'j'}, {0}};
	bool dry_run = false, json = false;
	int c, ret, undone = 0, living = 0;
	struct error err;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "nj", options, NULL)) != -1) {
		if (c == 'n')
			dry_run = true;
		else if (c == 'j')
			json = true;
		else
			return usage_error("restore", "unknown option %s", argv[optind - 1]);
	}
	if (argc != optind)
		return usage_error("restore", "restore takes no argument");
	if (geteuid() != 0) {
		error_set(&err, EX_NOPERM, -EPERM, "restore needs root: run it with sudo");
		return fail(&err);
	}
	ret = journal_restore_all(json ? stderr : stdout, dry_run, &undone, &living, &err);
	if (json)
		printf("{\"undone\":%d,\"living\":%d,\"complete\":%s}\n", undone, living,
		       ret ? "false" : "true");
	else if (!undone && !ret)
		printf("nothing to restore%s\n",
		       living ? "; runs at work keep what they changed until they end" : "");
	else if (living)
		puts("runs at work keep what they changed until they end");
	return ret ? fail(&err) : EX_OK;
}
