/*
 * What the CPUs do: their time from /proc/stat, and how often the softirqs of the network ran from
 * /proc/softirqs; both are sums over all CPUs, and of the machine. A locator is the name of a
 * softirq, or of a column of /proc/stat (proc(5)).
 */
#include "source.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const columns[] = {"user",   "nice", "system",  "idle",
				      "iowait", "irq",  "softirq", "steal"};

static void set_value(enum counter_source source, const char *name, size_t len, uint64_t value,
		      struct sample *samples, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sample_is_from(&samples[i], source) &&
		    !strncmp(samples[i].def->locator, name, len) && !samples[i].def->locator[len])
			sample_set(&samples[i], value);
}

int source_cpu_read(const struct source_target *target, struct sample *samples, size_t n)
{
	struct error err = {0};
	char *text = source_file_read(target, "/proc/stat", &err), *at;
	int ret = 0;

	if (!text)
		return err.code ? err.code : -EIO;
	/* the first line is of all CPUs */
	at = strncmp(text, "cpu ", 4) ? NULL : text + 4;
	for (size_t c = 0; !ret && c < sizeof(columns) / sizeof(columns[0]); c++) {
		char *end = at;
		uint64_t ticks = at ? strtoull(at, &end, 10) : 0;

		if (end == at)
			ret = -EBADMSG;
		else
			set_value(SOURCE_CPU, columns[c], strlen(columns[c]), ticks, samples, n);
		at = end;
	}
	free(text);
	return ret;
}

int source_softirq_read(const struct source_target *target, struct sample *samples, size_t n)
{
	struct error err = {0};
	char *text = source_file_read(target, "/proc/softirqs", &err);
	const char *line = text;

	if (!text)
		return err.code ? err.code : -EIO;
	while ((line = strchr(line, '\n')) && line[1]) {
		const char *name = line + 1 + strspn(line + 1, " ");
		size_t len = strcspn(name, ":\n");
		uint64_t sum = 0;
		char *end = (char *)name + len;

		/* a number a CPU; strtoull would go on to the next line */
		while (*end == ':' || *end == ' ') {
			end += strspn(end, ": ");
			if (isdigit((unsigned char)*end))
				sum += strtoull(end, &end, 10);
		}
		set_value(SOURCE_SOFTIRQ, name, len, sum, samples, n);
		line = end;
	}
	free(text);
	return 0;
}
