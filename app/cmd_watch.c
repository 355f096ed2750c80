/* ringloss watch: what is moving on this host, live. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "watch.h"

#define INTERVAL_DEFAULT 1

static int parse_interval(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	if (end == text || *end || !isfinite(*seconds) || *seconds < WATCH_INTERVAL_LEAST ||
	    *seconds > WATCH_INTERVAL_MOST)
		return usage_error("watch", "--interval %s: give seconds, a number from %g to %d",
				   text, WATCH_INTERVAL_LEAST, WATCH_INTERVAL_MOST);
	return 0;
}

static int parse_count(const char *text, uint64_t *count)
{
	char *end;

	errno = 0;
	*count = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || !*count)
		return usage_error("watch", "--count %s: give a whole number from 1", text);
	return 0;
}

static int parse(int argc, char **argv, struct watch_request *request)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'},
						{"netns", required_argument, NULL, 'n'},
						{"interval", required_argument, NULL, 'i'},
						{"count", required_argument, NULL, 'c'},
						{0}};
	int c, ret = 0;

	*request = (struct watch_request){.interval = INTERVAL_DEFAULT};
	opterr = 0;
	while (!ret && (c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		switch (c) {
		case 'j':
			request->json = true;
			break;
		case 'n':
			request->netns = optarg;
			break;
		case 'i':
			ret = parse_interval(optarg, &request->interval);
			break;
		case 'c':
			ret = parse_count(optarg, &request->count);
			break;
		case ':':
			return usage_error("watch", "option %s takes a value", argv[optind - 1]);
		default:
			return usage_error("watch", "unknown option %s", argv[optind - 1]);
		}
	}
	if (!ret && request->netns && !strcmp(request->netns, "all"))
		return usage_error("watch", "--netns all: one namespace at a time; ringloss "
					    "diagnose --netns all looks at all of them");
	request->ifnames = argv + optind;
	request->n_ifnames = (size_t)(argc - optind);
	return ret;
}

int cmd_watch(int argc, char **argv)
{
	struct watch_request request;
	struct error err;
	int ret = parse(argc, argv, &request);

	if (ret)
		return ret;
	return watch_run(&request, &err) < 0 ? fail(&err) : EX_OK;
}
