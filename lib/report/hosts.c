/* The files of hosts, and doctor's findings in them in brief; see hosts.h. */
#include "hosts.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "result.h"

static int is_host_file(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > strlen(RESULT_HOST_PREFIX RESULT_HOST_SUFFIX) &&
	       !strncmp(entry->d_name, RESULT_HOST_PREFIX, strlen(RESULT_HOST_PREFIX)) &&
	       !strcmp(entry->d_name + len - strlen(RESULT_HOST_SUFFIX), RESULT_HOST_SUFFIX);
}

static int load_one(json_t *hosts, const char *folder, const char *file)
{
	size_t prefix = strlen(RESULT_HOST_PREFIX);
	size_t len = strlen(file) - prefix - strlen(RESULT_HOST_SUFFIX);
	char *path, *side = strndup(file + prefix, len);
	json_error_t fault;
	json_t *host = NULL;
	int ret = -1;

	if (asprintf(&path, "%s/%s", folder, file) < 0)
		path = NULL;
	if (path && side) {
		host = json_load_file(path, 0, &fault);
		ret = json_object_set_new(hosts, side, host ? host : json_text(fault.text));
	}
	free(path);
	free(side);
	return ret;
}

json_t *hosts_load(const char *folder)
{
	json_t *hosts = json_object();
	struct dirent **names = NULL;
	int i, n = scandir(folder, &names, is_host_file, alphasort);

	for (i = 0; i < n; i++) {
		if (hosts && load_one(hosts, folder, names[i]->d_name)) {
			json_decref(hosts);
			hosts = NULL;
		}
		free(names[i]);
	}
	free(names);
	return hosts;
}

/* Findings of STATE as " 2 WARN (hugepages, pause on eth5)"; false if there are none. */
static bool add_state(char *line, size_t size, const json_t *findings, const char *state)
{
	size_t i, n = 0, len = strlen(line);
	const json_t *finding;
	bool first = true;

	json_array_foreach (findings, i, finding)
		n += !strcmp(json_str(finding, "state", ""), state);
	if (!n)
		return false;
	snprintf(line + len, size - len, "%s %zu %s (", line[len - 1] == ':' ? "" : ",", n, state);
	json_array_foreach (findings, i, finding) {
		const char *device = json_str(finding, "device", NULL);

		if (strcmp(json_str(finding, "state", ""), state))
			continue;
		len = strlen(line);
		snprintf(line + len, size - len, "%s%s%s%s", first ? "" : ", ",
			 json_str(finding, "check", "?"), device ? " on " : "",
			 device ? device : "");
		first = false;
	}
	len = strlen(line);
	snprintf(line + len, size - len, ")");
	return true;
}

json_t *hosts_doctor_lines(const json_t *hosts)
{
	static const char *const states[] = {"FAIL", "WARN", "UNKNOWN"};
	json_t *lines = json_array(), *host;
	const char *side;

	json_object_foreach ((json_t *)hosts, side, host) {
		const json_t *findings = json_object_get(host, "doctor");
		char line[2048];
		bool any = false;
		size_t i;

		snprintf(line, sizeof(line), "%s:", side);
		for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
			any |= add_state(line, sizeof(line), findings, states[i]);
		if (any && json_array_append_new(lines, json_text(line))) {
			json_decref(lines);
			return NULL;
		}
	}
	return lines;
}
