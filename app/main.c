/* ringloss: a table of commands. */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "command.h"
#include "log.h"
#include "table.h"

#define RUN_OPTIONS                                                                                \
	"  --set KEY=VALUE  beats the plan; a list with commas is an axis (ringloss list knobs)\n" \
	"  --out DIR        where the result's folder is made; default: results, in this folder\n" \
	"  --json           the lines of trials.jsonl, and nothing else, on standard output\n"     \
	"  --dry-run        say how many points and trials that is, and do nothing\n"

#define RESUME_OPTION                                                                              \
	"  --resume RESULT  go on with the run that was interrupted, in its own folder: the "      \
	"trials "                                                                                  \
	"that\n"                                                                                   \
	"                   failed or are missing, in the order in which they were to come\n"

#define LAB_OPTIONS                                                                                \
	"  --queues N     of each end\n"                                                           \
	"  --pairs N      pairs of namespaces, a veth each\n"                                      \
	"  --nic MODEL    instead: a shell in a virtual machine with two ports of a NIC, joined\n" \
	"                 back to back; --nic help lists them\n"                                   \
	"  --share DIR    its folder /share; default: results, in this folder\n"

#define CHECK_OPTIONS                                                                              \
	"  --limits FILE  a section [limit NAME] each; configs/qualify-limits.ini has examples,\n" \
	"                 `ringloss list measures` what a limit can be of\n"                       \
	"  --json         all of it as one object, and nothing else, on standard output\n"         \
	"  --junit FILE   also as JUnit's XML, for a CI system: a test case a limit, invalid is\n" \
	"                 an error\n"                                                              \
	"Exit code 0: every limit is kept; 1: one is not; 2: none is broken, but one could not\n"  \
	"be judged (invalid trials, points that are missing).\n"

#define DOCTOR_OPTIONS                                                                             \
	"  IFACE         an interface (eth5) or a PCI device (pci:0000:3b:00.0); none: the host\n" \
	"  --netns NAME  where the interfaces are (ip netns)\n"                                    \
	"  --json        an array of {check, group, scope, device, state, fact, why, remedy,\n"    \
	"                setting, source}\n"                                                       \
	"Nothing is changed. Exit code 0: no check says FAIL; 1: one does.\n"

#define DIAGNOSE_OPTIONS                                                                           \
	"  IFACE          only this interface and what is above it; default: all of them\n"        \
	"  --seconds N    how long to look; default 2\n"                                           \
	"  --netns WHICH  a namespace by name (ip netns), that of a process by its number, or\n"   \
	"                 all; default: the one that this is run in\n"                             \
	"  --json         one object: looked_at, seconds, findings, totals, unseen\n"              \
	"  --openmetrics  counters and findings for Prometheus' textfile collector\n"              \
	"  --replay DIR   a recorded tree instead of this host\n"                                  \
	"Nothing is sent and nothing changed. Exit code 0: nothing is being lost; 1: something\n"  \
	"is.\n"

#define TRUST_OPTIONS                                                                              \
	"  IFACE              the interface that is to lose frames, whose counters are judged\n"   \
	"  --peer IFACE       the one at the other end of its cable, which sends\n"                \
	"  --netns NAME       namespaces that they are moved into, or live in; default:\n"         \
	"  --peer-netns NAME  ringloss-trust-rx and ringloss-trust-tx\n"                           \
	"  --lab              instead: a veth in a lab of its own\n"                               \
	"  --cause NAME       of the causes this one alone, and the control\n"                     \
	"  --set KEY=VALUE    of the plan of each cause: tx.cpus=2, rx.cpus=3\n"                   \
	"  --out FILE         write the trust file there, too\n"                                   \
	"  --results DIR      where the results' folder is made; default: results\n"               \
	"  --json             the trust file, and nothing else, on standard output\n"              \
	"Later runs cite what is found, from RINGLOSS_STATE_DIR/trust/DRIVER-VERSION.json. Exit\n" \
	"code 0: every cause that such a port can have was tried; 1: some could not be.\n"

#define WATCH_OPTIONS                                                                              \
	"  IFACE         only these interfaces; default: all of them, also those that come\n"      \
	"  --netns NAME  a namespace (ip netns), or that of a process by its number\n"             \
	"  --interval N  seconds between two looks, 0.1 or more; default 1\n"                      \
	"  --count N     end after so many intervals\n"                                            \
	"  --json        a line an interval; what could not be read is null\n"                     \
	"On a terminal a screen (h shows its keys), else a block of lines an interval.\n"          \
	"Nothing is sent and nothing changed.\n"

static int cmd_help(int argc, char **argv);
static int cmd_version(int argc, char **argv);

const struct command commands[] = {
	{"quick", "[--set KEY=VALUE]... [--out DIR] [--json]",
	 "the same traffic through the kernel's stack and every way past it, in a lab of its own",
	 cmd_quick, false, RUN_OPTIONS},
	{"run", "PLAN [--set KEY=VALUE]... [--out DIR] [--json] | --resume RESULT [--json]",
	 "run every point of a plan, or what an interrupted run has left", cmd_run, false,
	 RUN_OPTIONS RESUME_OPTION},
	{"report", "RESULT [--json|--ranking]",
	 "tables of a stored result; rewrites its report.html, ranking and CSV", cmd_report, false,
	 "  --json     the lines of trials.jsonl, and nothing else, on standard output\n"
	 "  --ranking  what the settings of the sweep did, as JSON: ranking.json\n"},
	{"check", "RESULT --limits FILE [--json] [--junit FILE]",
	 "a stored result against limits: pass, fail or invalid, and why", cmd_check, false,
	 CHECK_OPTIONS},
	{"lab", "up|down|status [--queues N] [--pairs N] [--json] | up --nic MODEL [--share DIR]",
	 "the built-in test network: pairs of namespaces joined by a veth", cmd_lab, false,
	 LAB_OPTIONS},
	{"doctor", "[IFACE...] [--netns NAME] [--json]",
	 "whether this host and these interfaces are fit to measure, and what to change",
	 cmd_doctor, false, DOCTOR_OPTIONS},
	{"diagnose", "[IFACE] [--seconds N] [--netns NAME|PID|all] [--json|--openmetrics]",
	 "where this host is losing packets now, why, and what to do", cmd_diagnose, false,
	 DIAGNOSE_OPTIONS},
	{"trust", "IFACE --peer IFACE2 [--netns NAME] [--peer-netns NAME] [--json] | --lab",
	 "which counters of a NIC tell the truth: known losses are caused, one at a time",
	 cmd_trust, false, TRUST_OPTIONS},
	{"watch", "[IFACE...] [--netns NAME] [--interval SECONDS] [--count N] [--json]",
	 "what is moving on this host, live: rates, drops by place, CPUs, sockets", cmd_watch,
	 false, WATCH_OPTIONS},
	{"restore", "[--dry-run] [--json]", "undo what an interrupted run left changed",
	 cmd_restore, false, NULL},
	{"list",
	 "knobs|counters|names|edges|places|endpoints|settings|checks|rules|measures [--json]",
	 "what a plan can set, and what is counted where", cmd_list, false, NULL},
	{"agent", "", "the far side of a run, on standard input and output", cmd_agent, true, NULL},
	{"help", "[COMMAND]", "this list, or one command's usage", cmd_help, false, NULL},
	{"version", "", "version and build", cmd_version, false, NULL},
	{0},
};

static const struct command *find_command(const char *name)
{
	const struct command *c;

	for (c = commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

int usage_error(const char *command, const char *fmt, ...)
{
	const struct command *c = find_command(command);
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_error("%s", text);
	if (c)
		fprintf(stderr, "usage: ringloss %s %s\n", c->name, c->usage);
	return EX_USAGE;
}

int fail(const struct error *err)
{
	log_error("%s", err->text);
	return err->exit ? err->exit : EX_SOFTWARE;
}

static void print_help(FILE *out)
{
	struct table *t = table_new("lll");
	const struct command *c;

	fputs("ringloss measures how many packets a network path loses, and says where each one "
	      "went.\n\n",
	      out);
	if (!t)
		return;
	for (c = commands; c->name; c++) {
		if (c->hidden)
			continue;
		table_cell(t, "%s", c->name);
		table_cell(t, "%s", c->usage);
		table_cell(t, "%s", c->help);
	}
	table_print(t, out, 2);
	table_free(t);
	fputs("\nringloss list knobs shows what --set and a plan take. Exit codes: 0 done and all "
	      "valid;\n1 some trials were not; 2 no valid measurement; 64 and up: usage and "
	      "environment\n(sysexits.h); 130: interrupted.\n",
	      out);
}

static int cmd_help(int argc, char **argv)
{
	const struct command *c = argc > 1 ? find_command(argv[1]) : NULL;

	if (argc > 2)
		return usage_error("help", "help takes one command");
	if (argc > 1 && !c)
		return usage_error("help", "there is no command \"%s\"", argv[1]);
	if (!c) {
		print_help(stdout);
		return EX_OK;
	}
	printf("usage: ringloss %s %s\n%s\n", c->name, c->usage, c->help);
	if (c->options)
		printf("\n%s", c->options);
	return EX_OK;
}

static int cmd_version(int argc, char **argv)
{
	printf("ringloss %s (%s, gcc %s)\n", RINGLOSS_VERSION, RINGLOSS_COMMIT, __VERSION__);
	return EX_OK;
}

/*
 * A standard stream that the caller closed must not become a socket or a file of ours, to
 * which we then print. What is printed to the closed one is an error, as it should be.
 */
static void guard_streams(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open(fd == STDOUT_FILENO ? "/dev/full" : "/dev/null", O_RDWR) != fd)
			_exit(EX_OSERR);
}

/* A report that nobody could read is not done. */
static int check_output(int code)
{
	if ((fflush(stdout) != EOF && !ferror(stdout)) || code)
		return code;
	log_error("cannot write to standard output: %s", strerror(errno));
	return EX_IOERR;
}

int main(int argc, char **argv)
{
	const struct command *c;

	guard_streams();
	setlocale(LC_CTYPE, "");
	signal(SIGXFSZ, SIG_IGN); /* a file size limit is an error of the write (EFBIG) */
	if (argc < 2) {
		print_help(stderr);
		return EX_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help(stdout);
		return check_output(EX_OK);
	}
	if (!strcmp(argv[1], "--version"))
		return check_output(cmd_version(1, argv));
	c = find_command(argv[1]);
	if (!c) {
		log_error("there is no command \"%s\"; `ringloss help` lists them", argv[1]);
		return EX_USAGE;
	}
	if (argc == 3 && (!strcmp(argv[2], "--help") || !strcmp(argv[2], "-h")))
		return check_output(cmd_help(2, argv));
	return check_output(c->run(argc - 1, argv + 1));
}
