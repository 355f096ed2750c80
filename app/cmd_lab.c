/* ringloss lab: the standing test network, up, down, status. */
#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "json.h"
#include "lab.h"

static void print_status(const struct lab *lab, bool up, bool json)
{
	if (json) {
		json_t *status = lab_json(lab, up);
		char *line = json_line(status);

		puts(line ? line : "");
		free(line);
		json_decref(status);
		return;
	}
	if (!up) {
		puts("the lab is down; `ringloss lab up` brings it up");
		return;
	}
	for (size_t i = 0; i < LAB_ENDS * lab->pairs; i++) {
		const struct lab_end *e = &lab->end[i];
		char ip6[INET6_ADDRSTRLEN];

		printf("%s  %s  %u.%u.%u.%u/%u  ", e->netns, e->ifname, e->ip[0], e->ip[1],
		       e->ip[2], e->ip[3], e->prefix);
		if (e->prefix6 && inet_ntop(AF_INET6, e->ip6, ip6, sizeof(ip6)))
			printf("%s/%u  ", ip6, e->prefix6);
		printf("%u queues\n", lab->queues);
	}
	puts("plans use it with lab = standing; a shell inside: ip netns exec ringloss-rx bash");
}

static int parse_number(const char *option, const char *text, uint32_t max, uint32_t *number)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *end || end == text || *text == '-' || n < 1 || n > max)
		return usage_error("lab", "%s %s: a number from 1 to %u", option, text, max);
	*number = (uint32_t)n;
	return EX_OK;
}

int cmd_lab(int argc, char **argv)
{
	static const struct option options[] = {
		{"queues", required_argument, NULL, 'q'}, {"pairs", required_argument, NULL, 'p'},
		{"nic", required_argument, NULL, 'n'},    {"share", required_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},         {0}};
	struct lab lab = {0};
	uint32_t queues = 1, pairs = 1;
	bool json = false;
	struct error err;
	const char *what, *nic = NULL, *share = NULL;
	int c, ret;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "q:p:n:s:j", options, NULL)) != -1) {
		if (c == 'j')
			json = true;
		else if (c == 'n')
			nic = optarg;
		else if (c == 's')
			share = optarg;
		else if (c != 'q' && c != 'p')
			return usage_error("lab", "unknown option or missing value: %s",
					   argv[optind - 1]);
		else if (c == 'q' ? parse_number("--queues", optarg, LAB_QUEUES_MAX, &queues)
				  : parse_number("--pairs", optarg, LAB_PAIRS_MAX, &pairs))
			return EX_USAGE;
	}
	if (argc - optind != 1)
		return usage_error("lab", "lab takes one of up, down, status");
	what = argv[optind];
	if (nic && (strcmp(what, "up") || json || queues > 1 || pairs > 1))
		return usage_error("lab", "--nic goes with up, and with --share only");
	if (share && !nic)
		return usage_error("lab", "--share is for the guest of --nic MODEL");
	if (nic)
		return lab_nic_up(nic, share, &err) ? fail(&err) : EX_OK;
	if (!strcmp(what, "up"))
		ret = lab_up(&lab, "", queues, pairs, 0, NULL, &err);
	else if (!strcmp(what, "down")) {
		ret = lab_down("", &err);
		if (!ret)
			lab_find(&lab, "", NULL); /* names, for what is printed */
	} else if (!strcmp(what, "status"))
		ret = lab_find(&lab, "", &err);
	else
		return usage_error("lab", "lab takes up, down or status, not \"%s\"", what);
	if (ret == -ENOENT && !strcmp(what, "status")) {
		print_status(&lab, false, json);
		return 1;
	}
	if (ret)
		return fail(&err);
	print_status(&lab, strcmp(what, "down") != 0, json);
	return EX_OK;
}
