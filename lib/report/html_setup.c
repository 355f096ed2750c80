/* The hosts and the plan of a run, as they lie in its folder, for the HTML report. */
#include "html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_lines.h"
#include "file.h"
#include "hosts.h"
#include "json.h"
#include "observer_lines.h"
#include "result.h"
#include "setup_lines.h"
#include "text.h"

#define DEPTH_MAX 8 /* of objects in a host; deeper ones are shown as JSON */

/* LINES (stolen) as a list under HEADING. */
static int list(const char *heading, json_t *lines, FILE *out)
{
	const json_t *line;
	size_t i;

	if (!lines)
		return -ENOMEM;
	if (!json_array_size(lines)) {
		json_decref(lines);
		return 0;
	}
	fprintf(out, "<section><h2>%s</h2><ul>\n", heading);
	json_array_foreach (lines, i, line) {
		fputs("<li>", out);
		text_html(out, json_string_value(line));
		fputs("</li>\n", out);
	}
	fputs("</ul></section>\n", out);
	json_decref(lines);
	return 0;
}

int html_setup_lines(const json_t *trials, FILE *out)
{
	int ret = list("What the kernel gave up", observer_lines(trials), out);

	if (!ret)
		ret = list("Where it ran", cpu_lines(trials), out);
	return ret ? ret : list("Set-up", setup_lines(trials), out);
}

/* "device.driver" - "veth": a row a value, nested keys joined by dots. */
static void host_rows(const char *prefix, const json_t *value, int depth, FILE *out)
{
	const char *key;
	json_t *child;
	char *text, *name;

	if (json_is_object(value) && depth < DEPTH_MAX) {
		json_object_foreach ((json_t *)value, key, child) {
			if (asprintf(&name, "%s%s%s", prefix, *prefix ? "." : "", key) < 0)
				return;
			host_rows(name, child, depth + 1, out);
			free(name);
		}
		return;
	}
	fputs("<tr><th>", out);
	text_html(out, prefix);
	fputs("</th><td>", out);
	if (json_is_string(value)) {
		text_html(out, json_string_value(value));
	} else if (json_is_null(value)) {
		fputs("n/a", out);
	} else {
		text = json_line(value);
		text_html(out, text ? text : "...");
		free(text);
	}
	fputs("</td></tr>", out);
}

/* Of doctor's findings, all; in the order in which they were found. */
static void findings_table(const json_t *findings, FILE *out)
{
	static const char *const columns[] = {"device", "check", "state", "fact", "why", "remedy"};
	const json_t *finding;
	size_t i, k;

	if (!json_array_size(findings))
		return;
	fputs("<details><summary>What doctor found</summary><div class=\"wide\"><table><thead><tr>",
	      out);
	for (k = 0; k < sizeof(columns) / sizeof(columns[0]); k++)
		fprintf(out, "<th>%s</th>", columns[k]);
	fputs("</tr></thead><tbody>\n", out);
	json_array_foreach (findings, i, finding) {
		fputs("<tr>", out);
		for (k = 0; k < sizeof(columns) / sizeof(columns[0]); k++) {
			fputs("<td>", out);
			text_html(out, json_str(finding, columns[k], k ? "" : "host"));
			fputs("</td>", out);
		}
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div></details>\n", out);
}

/* HOST as hosts_load has it: an object, or a string that says why there is none. */
static void host_section(const char *side, json_t *host, FILE *out)
{
	json_t *facts = json_copy(host);

	fputs("<h3>Host of side ", out);
	text_html(out, side);
	fputs("</h3>", out);
	if (json_is_object(facts)) {
		json_object_del(facts, "doctor");
		fputs("<div class=\"wide\"><table><tbody>", out);
		host_rows("", facts, 0, out);
		fputs("</tbody></table></div>\n", out);
		findings_table(json_object_get(host, "doctor"), out);
	} else {
		fputs("<p>n/a: ", out);
		text_html(out, json_is_string(host) ? json_string_value(host) : "no JSON object");
		fputs("</p>\n", out);
	}
	json_decref(facts);
}

int html_setup(const char *folder, FILE *out)
{
	json_t *hosts = hosts_load(folder), *host;
	const char *side;
	char *path, *plan;

	if (!hosts || asprintf(&path, "%s/" RESULT_PLAN_FILE, folder) < 0) {
		json_decref(hosts);
		return -ENOMEM;
	}
	fputs("<section><h2>Set-up</h2>", out);
	json_object_foreach (hosts, side, host)
		host_section(side, host, out);
	if (!json_object_size(hosts))
		fputs("<p>Hosts: n/a, no host-SIDE.json in the folder</p>", out);
	json_decref(hosts);
	plan = file_read(path, NULL, NULL);
	fputs("<h3>Plan, with every default filled in</h3>", out);
	if (plan) {
		fputs("<pre>", out);
		text_html(out, plan);
		fputs("</pre>", out);
	} else {
		fputs("<p>n/a, no plan.ini in the folder</p>", out);
	}
	fputs("</section>\n", out);
	free(plan);
	free(path);
	return 0;
}
