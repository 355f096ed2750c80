/*
 * Memory of sockets and of reassembly: /proc/net/sockstat and sockstat6 (net/ipv4/proc.c), lines
 * like "UDP: inuse 2 mem 1". A locator is "UDP.mem". What sockets hold is of the machine, in
 * pages; what reassembly holds is of the namespace, in bytes. Read through thread-self, because a
 * thread may have entered a namespace by itself.
 */
#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const files[] = {"/proc/thread-self/net/sockstat",
				    "/proc/thread-self/net/sockstat6"};

static void take_value(const char *group, size_t group_len, const char *name, size_t name_len,
		       uint64_t value, struct sample *samples, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *locator = samples[i].def->locator;

		if (sample_is_from(&samples[i], SOURCE_SOCKSTAT) &&
		    !strncmp(locator, group, group_len) && locator[group_len] == '.' &&
		    !strncmp(locator + group_len + 1, name, name_len) &&
		    !locator[group_len + 1 + name_len])
			sample_set(&samples[i], value);
	}
}

static int take_line(const char *line, size_t len, struct sample *samples, size_t n)
{
	const char *end = line + len, *at = memchr(line, ':', len);
	size_t group_len = at ? (size_t)(at - line) : 0;

	if (!at)
		return -EBADMSG;
	for (at++; at < end;) {
		const char *name = at + strspn(at, " ");
		size_t name_len = strcspn(name, " \n");
		char *after;
		uint64_t value;

		if (name >= end)
			break;
		value = strtoull(name + name_len, &after, 10);
		if (after == name + name_len || after > end)
			return -EBADMSG;
		take_value(line, group_len, name, name_len, value, samples, n);
		at = after;
	}
	return 0;
}

int source_sockstat_read(const struct source_target *target, struct sample *samples, size_t n)
{
	for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
		struct error err = {0};
		char *text = source_file_read(target, files[f], &err);
		size_t len;
		int ret = 0;

		if (!text && err.code == -ENOENT)
			continue; /* a kernel without IPv6 */
		if (!text)
			return err.code ? err.code : -EIO;
		for (const char *line = text; !ret && *line; line += len + (line[len] == '\n')) {
			len = strcspn(line, "\n");
			ret = take_line(line, len, samples, n);
		}
		free(text);
		if (ret)
			return ret;
	}
	return 0;
}
