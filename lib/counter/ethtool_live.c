/* ethtool's strings and numbers of the live host, by ioctl: source_access of source.h. */
#include "source.h"

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

#define FLAGS_MAX 32 /* they are the bits of one word */

_Static_assert(SOURCE_NAME_LEN == ETH_GSTRING_LEN, "names are of the kernel's length");

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

static bool flag_is_set(const struct source_target *target, const char *flag)
{
	uint32_t set = 0;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ethtool_gstrings *flags = fd >= 0 ? read_flags(fd, target->ifname, &set) : NULL;
	bool found = false;

	for (uint32_t i = 0; flags && i < flags->len; i++)
		if ((set & 1u << i) &&
		    !strncmp((const char *)flags->data + (size_t)i * ETH_GSTRING_LEN, flag,
			     ETH_GSTRING_LEN))
			found = true;
	free(flags);
	if (fd >= 0)
		close(fd);
	return found;
}

static int read_strings(int fd, const char *ifname, uint32_t count,
			struct source_statistics *statistics)
{
	size_t size = (size_t)count * ETH_GSTRING_LEN;
	struct ethtool_gstrings *names = calloc(1, sizeof(*names) + size);
	struct ethtool_stats *stats =
		calloc(1, sizeof(*stats) + (size_t)count * sizeof(stats->data[0]));
	int ret = -ENOMEM;

	statistics->names = malloc(size);
	statistics->values = calloc(count, sizeof(stats->data[0]));
	if (!names || !stats || !statistics->names || !statistics->values)
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
	memcpy(statistics->names, names->data, size);
	memcpy(statistics->values, stats->data, (size_t)count * sizeof(stats->data[0]));
	statistics->n = count;
out:
	free(stats);
	free(names);
	return ret;
}

static int read_statistics(const struct source_target *target, struct source_statistics *statistics)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint32_t count = 0;
	int ret;

	if (fd < 0)
		return -errno;
	ret = count_strings(fd, target->ifname, &count);
	if (!ret && count > SOURCE_STATISTICS_MAX)
		ret = -E2BIG;
	if (!ret && count)
		ret = read_strings(fd, target->ifname, count, statistics);
	close(fd);
	return ret == -EOPNOTSUPP ? 0 : ret; /* a driver without statistics of its own */
}

static void find_driver(const struct source_target *target, char *driver, char *bus, size_t size)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	int fd = target->ifname[0] ? socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;

	driver[0] = bus[0] = '\0';
	if (fd >= 0 && !ethtool_call(fd, target->ifname, &info)) {
		snprintf(driver, size, "%.*s", (int)sizeof(info.driver), info.driver);
		snprintf(bus, size, "%.*s", (int)sizeof(info.bus_info), info.bus_info);
	}
	if (fd >= 0)
		close(fd);
}

const struct source_access source_live = {find_driver, read_statistics, flag_is_set};
