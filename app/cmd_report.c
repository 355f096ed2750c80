/* ringloss report: a stored result as tables; its HTML page and CSV are made anew. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.h"
#include "json.h"
#include "log.h"
#include "report.h"

static int print_json(const struct result_set *set)
{
	size_t i;

	for (i = 0; i < result_set_size(set); i++) {
		char *line = json_line(result_set_trial(set, i));

		if (!line || puts(line) < 0) {
			free(line);
			return EX_IOERR;
		}
		free(line);
	}
	return fflush(stdout) ? EX_IOERR : EX_OK;
}

int cmd_report(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'}, {"ranking", no_argument, NULL, 'r'}, {0}};
	struct result_set *set;
	struct winsize size;
	bool json = false, ranking = false;
	struct error err;
	int c, code = EX_OK;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "jr", options, NULL)) != -1) {
		if (c != 'j' && c != 'r')
			return usage_error("report", "unknown option %s", argv[optind - 1]);
		json |= c == 'j';
		ranking |= c == 'r';
	}
	if (json && ranking)
		return usage_error("report", "--json and --ranking: which of the two?");
	if (argc - optind != 1)
		return usage_error("report", "report takes one result folder");
	set = result_load(argv[optind], json ? RESULT_LOAD_ALL : RESULT_LOAD_LEAN, &err);
	if (!set)
		return fail(&err);
	if (set->cut)
		log_warn("%s: the last line is cut short and left out", set->file);
	if (!result_set_size(set)) {
		log_error("%s holds no trial: the run ended before its first one did", set->file);
		result_set_free(set);
		return 2;
	}
	if (json) {
		code = print_json(set);
	} else if (ranking) {
		code = report_ranking_json(set, stdout) || fflush(stdout) ? EX_IOERR : EX_OK;
	} else {
		bool terminal = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;

		if (report_print(set, stdout, terminal ? size.ws_col : 100))
			code = EX_OSERR;
		if (report_write_files(set->folder, set, &err))
			code = fail(&err);
		else
			printf("\nwritten: %s/%s, %s, %s\n", set->folder, RESULT_HTML_FILE,
			       RESULT_CSV_FILE, RESULT_RANKING_FILE);
	}
	result_set_free(set);
	return code;
}
