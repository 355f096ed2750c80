/*
 * Neighbour tables of the machine: /proc/net/stat/arp_cache and ndisc_cache (net/core/neighbour.c,
 * neigh_stat_seq_show), a line of names and a line a CPU of hexadecimal numbers. They are in the
 * first namespace only, so they are read by its process 1. A locator is "arp_cache.table_fulls".
 */
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const caches[] = {"arp_cache", "ndisc_cache"};

static void take_value(const char *cache, const char *name, size_t len, uint64_t value,
		       struct sample *samples, size_t n)
{
	size_t cache_len = strlen(cache);

	for (size_t i = 0; i < n; i++) {
		const char *locator = samples[i].def->locator;

		if (sample_is_from(&samples[i], SOURCE_NEIGH) &&
		    !strncmp(locator, cache, cache_len) && locator[cache_len] == '.' &&
		    !strncmp(locator + cache_len + 1, name, len) && !locator[cache_len + 1 + len])
			sample_add(&samples[i], value);
	}
}

static int take_cpu(const char *cache, const char *names, const char *line, struct sample *samples,
		    size_t n)
{
	while (*line && *line != '\n') {
		size_t len;
		char *end;
		uint64_t value;

		names += strspn(names, " ");
		len = strcspn(names, " \n");
		value = strtoull(line, &end, 16);
		if (end == line || !len)
			return -EBADMSG;
		take_value(cache, names, len, value, samples, n);
		names += len;
		line = end + strspn(end, " ");
	}
	return 0;
}

static int take_text(const char *cache, const char *text, struct sample *samples, size_t n)
{
	const char *line = strchr(text, '\n');
	int ret = line ? 0 : -EBADMSG;

	while (!ret && line && line[1]) {
		ret = take_cpu(cache, text, line + 1, samples, n);
		line = strchr(line + 1, '\n');
	}
	return ret;
}

int source_neigh_read(const struct source_target *target, struct sample *samples, size_t n)
{
	for (size_t i = 0; i < sizeof(caches) / sizeof(caches[0]); i++) {
		struct error err = {0};
		char path[64], *text;
		int ret;

		snprintf(path, sizeof(path), "/proc/1/net/stat/%s", caches[i]);
		text = source_file_read(target, path, &err);
		/* not there: no IPv6, or process 1 is in a namespace of a container */
		if (!text && err.code == -ENOENT)
			continue;
		if (!text)
			return err.code ? err.code : -EIO;
		ret = take_text(caches[i], text, samples, n);
		free(text);
		if (ret)
			return ret;
	}
	return 0;
}
