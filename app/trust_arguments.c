/* The command line of ringloss trust; see trust_arguments.h. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "trust.h"
#include "trust_arguments.h"

#define TX_NETNS "ringloss-trust-tx" /* where the ports live unless told */
#define RX_NETNS "ringloss-trust-rx"

/* As plans name it, too: net:eth5. */
static const char *plain_name(const char *port)
{
	return strncmp(port, "net:", 4) ? port : port + 4;
}

static int parse(int argc, char **argv, struct trust_arguments *args)
{
	static const struct option options[] = {{"peer", required_argument, NULL, 'p'},
						{"netns", required_argument, NULL, 'n'},
						{"peer-netns", required_argument, NULL, 'N'},
						{"out", required_argument, NULL, 'o'},
						{"results", required_argument, NULL, 'r'},
						{"cause", required_argument, NULL, 'c'},
						{"set", required_argument, NULL, 's'},
						{"lab", no_argument, NULL, 'l'},
						{"json", no_argument, NULL, 'j'},
						{0}};
	int c;

	*args = (struct trust_arguments){
		.netns = RX_NETNS, .peer_netns = TX_NETNS, .results = "results"};
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		switch (c) {
		case 'p':
			args->peer = optarg;
			break;
		case 'n':
			args->netns = optarg;
			break;
		case 'N':
			args->peer_netns = optarg;
			break;
		case 'o':
			args->out = optarg;
			break;
		case 'r':
			args->results = optarg;
			break;
		case 'c':
			args->only = optarg;
			break;
		case 's':
			if (args->n_sets == TRUST_ARGUMENT_SETS_MAX)
				return usage_error("trust", "more than %d --set",
						   TRUST_ARGUMENT_SETS_MAX);
			args->sets[args->n_sets++] = optarg;
			break;
		case 'l':
			args->lab = true;
			break;
		case 'j':
			args->json = true;
			break;
		case ':':
			return usage_error("trust", "option %s takes a value", argv[optind - 1]);
		default:
			return usage_error("trust", "unknown option %s", argv[optind - 1]);
		}
	}
	if (argc - optind > 1)
		return usage_error("trust", "one interface, and its --peer: %s", argv[optind + 1]);
	args->port = optind < argc ? plain_name(argv[optind]) : NULL;
	args->peer = args->peer ? plain_name(args->peer) : NULL;
	return EX_OK;
}

static int check(const struct trust_arguments *args)
{
	size_t n, i;

	if (args->lab && (args->port || args->peer))
		return usage_error("trust",
				   "--lab has its own two ports: leave IFACE and --peer out");
	if (!args->lab && !args->port)
		return usage_error("trust", "an interface is missing, or --lab");
	if (!args->lab && !args->peer)
		return usage_error("trust",
				   "--peer is missing: the interface at the other end of the cable "
				   "of %s",
				   args->port);
	if (!args->lab && !strcmp(args->port, args->peer) &&
	    (!strcmp(args->netns, args->peer_netns) || !strcmp(args->netns, RX_NETNS) ||
	     !strcmp(args->peer_netns, TX_NETNS)))
		return usage_error("trust",
				   "%s cannot be its own peer: give the port at the other "
				   "end of its cable",
				   args->port);
	if (!args->only ||
	    (trust_cause_find(args->only) && trust_cause_find(args->only)->ways[0].set))
		return EX_OK;
	fprintf(stderr, "causes:");
	for (i = 0; i < (trust_causes(&n), n); i++)
		if (trust_causes(&n)[i].ways[0].set)
			fprintf(stderr, " %s", trust_causes(&n)[i].name);
	fputc('\n', stderr);
	return usage_error("trust", "there is no cause %s to be had", args->only);
}

int trust_arguments_parse(int argc, char **argv, struct trust_arguments *args)
{
	int ret = parse(argc, argv, args);

	return ret ? ret : check(args);
}
