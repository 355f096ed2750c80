/*
 * A driver's own counters, by name: ETHTOOL_GSTRINGS and ETHTOOL_GSTATS. By
 * ioctl, since the netlink interface of ethtool does not carry them. Which of
 * them mean what is in drivers.c; what a driver does not have stays UNSUPPORTED.
 */
#include "source.h"

#include <ctype.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define STATS_MAX 65536 /* more strings than any driver has; bounds what is allocated */
#define FLAGS_MAX 32    /* they are the bits of one word */
#define WANTED_MAX 64   /* more names than a driver has in the table */

struct ethtool_sset_one {
	struct ethtool_sset_info head;
	uint32_t count;
};

static int ethtool_call(int fd, const char *ifname, void *data)
{
	struct ifreq ifr = {.ifr_data = data};

	strncpy(ifr.ifr_name, ifname, sizeof(ifr.ifr_name) - 1);
	return ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

static int count_strings(int fd, const char *ifname, uint32_t *count)
{
	struct ethtool_sset_one set = {
		.head = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_STATS}};
	int ret = ethtool_call(fd, ifname, &set);

	*count = !ret && set.head.sset_mask ? set.count : 0;
	return ret;
}

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

/* What a driver's private flags are called, and which are set. */
static struct ethtool_gstrings *read_flags(int fd, const char *ifname, uint32_t *set)
{
	struct ethtool_sset_one info = {
		.head = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_PRIV_FLAGS}};
	struct ethtool_value value = {.cmd = ETHTOOL_GPFLAGS};
	struct ethtool_gstrings *flags;

	if (ethtool_call(fd, ifname, &info) || !info.head.sset_mask || info.count > FLAGS_MAX ||
	    ethtool_call(fd, ifname, &value))
		return NULL;
	flags = calloc(1, sizeof(*flags) + (size_t)info.count * ETH_GSTRING_LEN);
	if (!flags)
		return NULL;
	flags->cmd = ETHTOOL_GSTRINGS;
	flags->string_set = ETH_SS_PRIV_FLAGS;
	flags->len = info.count;
	if (ethtool_call(fd, ifname, flags) || flags->len != info.count) {
		free(flags);
		return NULL;
	}
	*set = value.data;
	return flags;
}

static bool flag_is_set(int fd, const char *ifname, const char *flag)
{
	uint32_t set = 0;
	struct ethtool_gstrings *flags = read_flags(fd, ifname, &set);
	bool found = false;

	for (uint32_t i = 0; flags && i < flags->len; i++)
		if ((set & 1u << i) &&
		    !strncmp((const char *)flags->data + (size_t)i * ETH_GSTRING_LEN, flag,
			     ETH_GSTRING_LEN))
			found = true;
	free(flags);
	return found;
}

/* A name of this driver with the sample that it belongs to. */
struct wanted {
	const char *name;
	struct sample *sample;
};

/* What of the table concerns this driver, as it is set; at most MAX. */
static size_t find_wanted(int fd, const struct source_target *target, struct sample *samples,
			  size_t n, struct wanted *wanted, size_t max)
{
	size_t n_names, found = 0;
	const struct counter_name *names = counter_names(&n_names);

	for (size_t i = 0; i < n_names && found < max; i++) {
		if (strcmp(names[i].driver, target->driver) ||
		    (names[i].flag && !flag_is_set(fd, target->ifname, names[i].flag)))
			continue;
		for (size_t k = 0; k < n; k++)
			if (!strcmp(samples[k].def->id, names[i].id))
				wanted[found++] = (struct wanted){names[i].name, &samples[k]};
	}
	return found;
}

static int read_strings(int fd, const char *ifname, uint32_t count, const struct wanted *wanted,
			size_t n)
{
	struct ethtool_gstrings *names =
		calloc(1, sizeof(*names) + (size_t)count * ETH_GSTRING_LEN);
	struct ethtool_stats *stats =
		calloc(1, sizeof(*stats) + (size_t)count * sizeof(stats->data[0]));
	int ret = -ENOMEM;

	if (!names || !stats)
		goto out;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_STATS;
	names->len = count;
	stats->cmd = ETHTOOL_GSTATS;
	stats->n_stats = count;
	ret = ethtool_call(fd, ifname, names);
	if (!ret)
		ret = ethtool_call(fd, ifname, stats);
	if (ret)
		goto out;
	/* The number of queues may have changed in between: then the answers differ in length. */
	if (names->len != count || stats->n_stats != count) {
		ret = -EINTR;
		goto out;
	}
	for (uint32_t s = 0; s < count; s++) {
		const char *name = (const char *)names->data + (size_t)s * ETH_GSTRING_LEN;
		size_t len = strnlen(name, ETH_GSTRING_LEN);

		for (size_t i = 0; i < n; i++)
			if (counter_name_matches(wanted[i].name, name, len))
				sample_add(wanted[i].sample, stats->data[s]);
	}
out:
	free(stats);
	free(names);
	return ret;
}

void source_driver_find(const char *ifname, char *driver, char *bus, size_t size)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	int fd = ifname[0] ? socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;

	driver[0] = bus[0] = '\0';
	if (fd >= 0 && !ethtool_call(fd, ifname, &info)) {
		snprintf(driver, size, "%.*s", (int)sizeof(info.driver), info.driver);
		/* a name of a folder, not a way to another */
		if (!memchr(info.bus_info, '/', sizeof(info.bus_info)))
			snprintf(bus, size, "%.*s", (int)sizeof(info.bus_info), info.bus_info);
	}
	if (fd >= 0)
		close(fd);
}

int source_ethtool_read(const struct source_target *target, struct sample *samples, size_t n)
{
	struct wanted wanted[WANTED_MAX];
	uint32_t count = 0;
	size_t n_wanted;
	int fd, ret;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	ret = count_strings(fd, target->ifname, &count);
	if (!ret && count > STATS_MAX)
		ret = -E2BIG;
	if (!ret && count) {
		n_wanted = find_wanted(fd, target, samples, n, wanted, WANTED_MAX);
		if (n_wanted)
			ret = read_strings(fd, target->ifname, count, wanted, n_wanted);
	}
	close(fd);
	return ret == -EOPNOTSUPP ? 0 : ret; /* a driver without statistics of its own */
}
