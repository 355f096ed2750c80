/*
 * Time that tasks of the machine waited for a resource: /proc/pressure (Documentation/accounting/
 * psi.rst), the totals in microseconds. A locator is "cpu.some". A kernel without it, or
 * with it switched off, leaves it UNSUPPORTED.
 */
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const resources[] = {"cpu", "memory", "io"};

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=17" */
static void take_line(const char *resource, const char *line, size_t len, struct sample *samples,
		      size_t n)
{
	const char *total = strstr(line, "total=");
	size_t resource_len = strlen(resource);

	if (!total || total >= line + len)
		return;
	for (size_t i = 0; i < n; i++) {
		const char *locator = samples[i].def->locator;
		const char *kind = locator + resource_len + 1;

		if (sample_is_from(&samples[i], SOURCE_PSI) &&
		    !strncmp(locator, resource, resource_len) && locator[resource_len] == '.' &&
		    !strncmp(line, kind, strlen(kind)) && line[strlen(kind)] == ' ')
			sample_set(&samples[i], strtoull(total + strlen("total="), NULL, 10));
	}
}

int source_psi_read(const struct source_target *target, struct sample *samples, size_t n)
{
	for (size_t r = 0; r < sizeof(resources) / sizeof(resources[0]); r++) {
		struct error err = {0};
		char path[64], *text;
		size_t len;

		snprintf(path, sizeof(path), "/proc/pressure/%s", resources[r]);
		text = source_file_read(target, path, &err);
		if (!text && (err.code == -ENOENT || err.code == -EOPNOTSUPP))
			continue;
		if (!text)
			return err.code ? err.code : -EIO;
		for (const char *line = text; *line; line += len + (line[len] == '\n')) {
			len = strcspn(line, "\n");
			take_line(resources[r], line, len, samples, n);
		}
		free(text);
	}
	return 0;
}
