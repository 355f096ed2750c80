/*
 * A driver's own counters, by name: ETHTOOL_GSTRINGS and ETHTOOL_GSTATS. By
 * ioctl, since the netlink interface of ethtool does not carry them. One %u in
 * a locator stands for the number of a queue; such a counter is the sum over
 * all queues.
 */
#include "source.h"

#include <ctype.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define STATS_MAX 65536 /* more strings than any driver has; bounds what is allocated */

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

/* NAME against a pattern in which %u stands for one or more digits. Blanks around NAME are cut. */
static bool name_matches(const char *pattern, const char *name, size_t len)
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

static int read_strings(int fd, const char *ifname, uint32_t count, struct sample *samples,
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
		ret = -EAGAIN;
		goto out;
	}
	for (uint32_t s = 0; s < count; s++) {
		const char *name = (const char *)names->data + (size_t)s * ETH_GSTRING_LEN;
		size_t len = strnlen(name, ETH_GSTRING_LEN);

		for (size_t i = 0; i < n; i++)
			if (sample_is_from(&samples[i], SOURCE_ETHTOOL) &&
			    name_matches(samples[i].def->locator, name, len))
				sample_add(&samples[i], stats->data[s]);
	}
out:
	free(stats);
	free(names);
	return ret;
}

int source_ethtool_read(const struct source_target *target, struct sample *samples, size_t n)
{
	uint32_t count = 0;
	int fd, ret;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	ret = count_strings(fd, target->ifname, &count);
	if (!ret && count > STATS_MAX)
		ret = -E2BIG;
	if (!ret && count)
		ret = read_strings(fd, target->ifname, count, samples, n);
	close(fd);
	return ret == -EOPNOTSUPP ? 0 : ret; /* a driver without statistics of its own */
}
