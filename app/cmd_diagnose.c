/* ringloss diagnose: where this host is losing packets now, and why. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "diagnose.h"
#include "json.h"
#include "log.h"

#define SECONDS_DEFAULT 2
#define SECONDS_LEAST 0.05
#define SECONDS_MOST 86400
#define LOSING 1 /* exit code when packets are being lost */

enum form { FORM_PEOPLE, FORM_JSON, FORM_OPENMETRICS };

struct arguments {
	struct sight_request request;
	double seconds;
	enum form form;
	const char *replay;
};

static int parse_seconds(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	if (end == text || *end || !isfinite(*seconds) || *seconds < SECONDS_LEAST ||
	    *seconds > SECONDS_MOST)
		return usage_error("diagnose", "--seconds %s: give a number from %g to %d", text,
				   SECONDS_LEAST, SECONDS_MOST);
	return 0;
}

static int parse(int argc, char **argv, struct arguments *args)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},         {"openmetrics", no_argument, NULL, 'o'},
		{"netns", required_argument, NULL, 'n'},  {"seconds", required_argument, NULL, 's'},
		{"replay", required_argument, NULL, 'r'}, {0}};
	int c, ret;

	*args = (struct arguments){.seconds = SECONDS_DEFAULT};
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":j", options, NULL)) != -1) {
		switch (c) {
		case 'j':
		case 'o':
			if (args->form != FORM_PEOPLE)
				return usage_error("diagnose",
						   "--json and --openmetrics: one of them");
			args->form = c == 'j' ? FORM_JSON : FORM_OPENMETRICS;
			break;
		case 'n':
			args->request.netns = optarg;
			break;
		case 'r':
			args->replay = optarg;
			break;
		case 's':
			ret = parse_seconds(optarg, &args->seconds);
			if (ret)
				return ret;
			break;
		case ':':
			return usage_error("diagnose", "option %s takes a value", argv[optind - 1]);
		default:
			return usage_error("diagnose", "unknown option %s", argv[optind - 1]);
		}
	}
	if (argc - optind > 1)
		return usage_error("diagnose", "one interface at a time: %s", argv[optind + 1]);
	if (optind < argc)
		args->request.ifname = argv[optind];
	return 0;
}

/* Let time go by, or until the user has seen enough (Ctrl-C). */
static int wait_seconds(double seconds, struct error *err)
{
	uint64_t end = clock_ns() + (uint64_t)(seconds * NSEC_PER_SEC), now;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		return error_set(err, EX_OSERR, -errno, "signalfd: %s", strerror(errno));
	while ((now = clock_ns()) < end) {
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
		struct timespec rest = {.tv_sec = (time_t)((end - now) / NSEC_PER_SEC),
					.tv_nsec = (long)((end - now) % NSEC_PER_SEC)};

		if (ppoll(&poll_fd, 1, &rest, NULL) > 0)
			break;
	}
	close(fd);
	return 0;
}

static int print(const struct sight *sight, const json_t *diagnosis, enum form form)
{
	const json_t *findings = json_object_get(diagnosis, "findings"), *one;
	int code = EX_OK;
	size_t i;
	char *line;

	if (form == FORM_JSON) {
		line = json_line(diagnosis);
		if (!line)
			return EX_OSERR;
		puts(line);
		free(line);
	} else if (form == FORM_OPENMETRICS) {
		diagnosis_openmetrics(sight, diagnosis, stdout);
	} else {
		diagnosis_print(diagnosis, stdout);
	}
	json_array_foreach ((json_t *)findings, i, one)
		if (!strcmp(json_str(one, "kind", ""), "loss"))
			code = LOSING;
	return code;
}

static int look(const struct arguments *args, struct error *err)
{
	struct sight *sight;
	json_t *diagnosis;
	int ret;

	if (args->replay)
		ret = sight_replay(args->replay, &sight, err);
	else
		ret = sight_open(&args->request, &sight, err);
	if (ret)
		return ret;
	if (!args->replay)
		ret = wait_seconds(args->seconds, err);
	if (!args->replay && !ret)
		ret = sight_look(sight, err);
	if (!ret) {
		diagnosis = diagnose(sight);
		ret = diagnosis ? print(sight, diagnosis, args->form)
				: error_set(err, EX_OSERR, -ENOMEM, "no memory");
		json_decref(diagnosis);
	}
	sight_close(sight);
	return ret;
}

int cmd_diagnose(int argc, char **argv)
{
	struct arguments args;
	struct error err;
	int ret = parse(argc, argv, &args);

	if (ret)
		return ret;
	/* what could not be read is in the diagnosis */
	log_set_level(LOG_LEVEL_WARN);
	ret = look(&args, &err);
	return ret < 0 ? fail(&err) : ret;
}
