/* The hosts and the plan of a run, as they lie in its folder, for the HTML report. */
#include "html.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
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

static void host_section(const char *folder, const char *file, FILE *out)
{
	size_t side = strlen(RESULT_HOST_PREFIX);
	size_t len = strlen(file) - side - strlen(RESULT_HOST_SUFFIX);
	char *path, *name = strndup(file + side, len);
	json_error_t fault;
	json_t *host;

	if (asprintf(&path, "%s/%s", folder, file) < 0)
		path = NULL;
	host = path ? json_load_file(path, 0, &fault) : NULL;
	fputs("<h3>Host of side ", out);
	text_html(out, name ? name : "...");
	fputs("</h3>", out);
	if (host) {
		fputs("<div class=\"wide\"><table><tbody>", out);
		host_rows("", host, 0, out);
		fputs("</tbody></table></div>\n", out);
	} else {
		fputs("<p>n/a: ", out);
		text_html(out, path ? fault.text : "no memory");
		fputs("</p>\n", out);
	}
	json_decref(host);
	free(path);
	free(name);
}

static int is_host_file(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > strlen(RESULT_HOST_PREFIX RESULT_HOST_SUFFIX) &&
	       !strncmp(entry->d_name, RESULT_HOST_PREFIX, strlen(RESULT_HOST_PREFIX)) &&
	       !strcmp(entry->d_name + len - strlen(RESULT_HOST_SUFFIX), RESULT_HOST_SUFFIX);
}

int html_setup(const char *folder, FILE *out)
{
	struct dirent **names = NULL;
	char *path, *plan;
	int n, i;

	if (asprintf(&path, "%s/" RESULT_PLAN_FILE, folder) < 0)
		return -ENOMEM;
	fputs("<section><h2>Set-up</h2>", out);
	n = scandir(folder, &names, is_host_file, alphasort);
	for (i = 0; i < n; i++) {
		host_section(folder, names[i]->d_name, out);
		free(names[i]);
	}
	free(names);
	if (n <= 0)
		fputs("<p>Hosts: n/a, no host-SIDE.json in the folder</p>", out);
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
