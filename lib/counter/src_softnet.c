/*
 * /proc/net/softnet_stat: a line a CPU of 32-bit hexadecimal columns, of the
 * whole machine in every namespace (net/core/net-procfs.c, softnet_seq_show). A
 * locator is the number of a column, from 0; the value is the sum over CPUs.
 */
#include "source.h"

#include <errno.h>
#include <stdlib.h>

#define COLUMNS_MAX 32

static void take_cpu(const uint64_t *columns, size_t n_columns, struct sample *samples, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned long column;

		if (!sample_is_from(&samples[i], SOURCE_SOFTNET))
			continue;
		column = strtoul(samples[i].def->locator, NULL, 10);
		if (column < n_columns)
			sample_add(&samples[i], columns[column]);
	}
}

int source_softnet_read(const struct source_target *target, struct sample *samples, size_t n)
{
	struct error err = {0};
	char *text = source_file_read(target, "/proc/thread-self/net/softnet_stat", &err);
	char *at = text;

	if (!text)
		return err.code ? err.code : -EIO;
	while (*at) {
		uint64_t columns[COLUMNS_MAX];
		size_t n_columns = 0;

		while (*at && *at != '\n') {
			char *end;
			uint64_t value = strtoull(at, &end, 16);

			if (end == at)
				break;
			if (n_columns < COLUMNS_MAX)
				columns[n_columns++] = value;
			at = end + (*end == ' ');
		}
		if (*at && *at != '\n') {
			free(text);
			return -EBADMSG;
		}
		take_cpu(columns, n_columns, samples, n);
		at += *at == '\n';
	}
	free(text);
	return 0;
}
