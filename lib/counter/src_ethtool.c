/*
 * A driver's own counters, by name: ETHTOOL_GSTRINGS and ETHTOOL_GSTATS, since the netlink
 * interface of ethtool does not carry them, or what ethtool printed of them. Which of
 * them mean what is in drivers.c; what a driver does not have stays UNSUPPORTED.
 */
#include "source.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define WANTED_MAX 64 /* more names than a driver has in the table */

bool counter_name_matches(const char *pattern, const char *name, size_t len)
{
	const char *end;

	while (len && name[0] == ' ') {
		name++;
		len--;
	}
	while (len && name[len - 1] == ' ')
		len--;
	end = name + len;
	while (*pattern) {
		if (pattern[0] == '%' && pattern[1] == 'u') {
			if (name == end || !isdigit((unsigned char)*name))
				return false;
			while (name < end && isdigit((unsigned char)*name))
				name++;
			pattern += 2;
		} else if (name == end || *name++ != *pattern++) {
			return false;
		}
	}
	return name == end;
}

/* A name of this driver with the sample that it belongs to. */
struct wanted {
	const char *name;
	struct sample *sample;
};

/* What of the table concerns this driver, as it is set; at most MAX. */
static size_t find_wanted(const struct source_target *target, struct sample *samples, size_t n,
			  struct wanted *wanted, size_t max)
{
	size_t n_names, found = 0;
	const struct counter_name *names = counter_names(&n_names);

	for (size_t i = 0; i < n_names && found < max; i++) {
		if (strcmp(names[i].driver, target->driver) ||
		    (names[i].flag && !target->access->flag_is_set(target, names[i].flag)))
			continue;
		for (size_t k = 0; k < n && found < max; k++)
			if (!strcmp(samples[k].def->id, names[i].id))
				wanted[found++] = (struct wanted){names[i].name, &samples[k]};
	}
	return found;
}

int source_ethtool_read(const struct source_target *target, struct sample *samples, size_t n)
{
	struct source_statistics statistics = {0};
	struct wanted wanted[WANTED_MAX];
	size_t n_wanted = find_wanted(target, samples, n, wanted, WANTED_MAX);
	/* read all the same without any: some drivers bring rtnetlink's numbers up to date by it */
	int ret = target->access->read_statistics(target, &statistics);

	for (size_t s = 0; !ret && s < statistics.n; s++) {
		const char *name = statistics.names[s];
		size_t len = strnlen(name, SOURCE_NAME_LEN);

		for (size_t i = 0; i < n_wanted; i++)
			if (counter_name_matches(wanted[i].name, name, len))
				sample_add(wanted[i].sample, statistics.values[s]);
	}
	source_statistics_free(&statistics);
	return ret;
}
