/* ringloss doctor: is this host, and are these devices, fit to measure. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "command.h"
#include "doctor.h"
#include "json.h"
#include "netns.h"

#define LOOK_NS (200 * NSEC_PER_MSEC)
#define FAILED 1 /* exit code when a check says FAIL */

/* "eth5" means net:eth5. */
static int resolve(const char *name, const char *netns, struct device *device, struct error *err)
{
	char full[sizeof(device->name) + 8];
	int ret;

	snprintf(full, sizeof(full), "%s%s", strchr(name, ':') ? "" : "net:", name);
	ret = device_resolve(full, device, err);
	if (!ret && !device->ifname[0] && !device->bus[0])
		ret = error_set(err, EX_USAGE, -EINVAL,
				"doctor looks at interfaces (eth5) and PCI devices "
				"(pci:0000:3b:00.0), and \"%s\" is none",
				name);
	snprintf(device->netns, sizeof(device->netns), "%s", netns);
	return ret;
}

static int print(json_t *findings, bool json)
{
	int code = doctor_count(findings, DOCTOR_FAIL) ? FAILED : EX_OK;
	char *line;

	if (json) {
		line = json_line(findings);
		if (!line)
			return EX_OSERR;
		puts(line);
		free(line);
	} else {
		doctor_print(findings, stdout);
	}
	return code;
}

static int examine(char **names, int n, const char *netns, bool json, struct error *err)
{
	/* the host first: a namespace does not show all of it */
	json_t *findings = doctor_host(LOOK_NS);
	struct device device;
	int i, code;

	if (!findings)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory");
	if (netns_enter(netns, err))
		goto fail;
	for (i = 0; i < n; i++) {
		json_t *more;

		if (resolve(names[i], netns, &device, err))
			goto fail;
		more = doctor_device(&device, false);
		if (!more || json_array_extend(findings, more)) {
			json_decref(more);
			error_set(err, EX_OSERR, -ENOMEM, "no memory");
			goto fail;
		}
		json_decref(more);
	}
	code = print(findings, json);
	json_decref(findings);
	return code;
fail:
	json_decref(findings);
	return err->code;
}

int cmd_doctor(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'}, {"netns", required_argument, NULL, 'n'}, {0}};
	const char *netns = "";
	bool json = false;
	struct error err;
	int c, ret;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":j", options, NULL)) != -1) {
		if (c == 'j')
			json = true;
		else if (c == 'n')
			netns = optarg;
		else if (c == ':')
			return usage_error("doctor", "option %s takes a value", argv[optind - 1]);
		else
			return usage_error("doctor", "unknown option %s", argv[optind - 1]);
	}
	ret = examine(argv + optind, argc - optind, netns, json, &err);
	return ret < 0 ? fail(&err) : ret;
}
