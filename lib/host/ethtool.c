/* ethtool by ioctl; see ethtool.h. */
#include "ethtool.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int ethtool_open(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

static int ethtool_call(int fd, const char *ifname, void *cmd)
{
	struct ifreq ifr = {.ifr_data = cmd};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	return ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

int ethtool_get(int fd, const char *ifname, uint32_t cmd, uint32_t *value)
{
	struct ethtool_value v = {.cmd = cmd};
	int ret = ethtool_call(fd, ifname, &v);

	*value = v.data;
	return ret;
}

int ethtool_set(int fd, const char *ifname, uint32_t cmd, uint32_t value)
{
	struct ethtool_value v = {.cmd = cmd, .data = value};

	return ethtool_call(fd, ifname, &v);
}

int ethtool_bus(int fd, const char *ifname, char *buf, size_t size)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	int ret = ethtool_call(fd, ifname, &info);

	if (ret)
		info.bus_info[0] = '\0';
	snprintf(buf, size, "%.*s", (int)sizeof(info.bus_info), info.bus_info);
	/* A device without a bus says so in words in some drivers (tun: "tap"). */
	if (!strchr(buf, ':') && !strchr(buf, '-'))
		buf[0] = '\0';
	return ret;
}

/* The names of all features, n times ETH_GSTRING_LEN; NULL with errno set. Caller frees. */
static struct ethtool_gstrings *feature_names(int fd, const char *ifname)
{
	struct {
		struct ethtool_sset_info head;
		uint32_t count;
	} info = {.head = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES}};
	struct ethtool_gstrings *names;
	int ret = ethtool_call(fd, ifname, &info);

	if (ret || !info.head.sset_mask) {
		errno = ret ? -ret : EOPNOTSUPP;
		return NULL;
	}
	names = calloc(1, sizeof(*names) + (size_t)info.count * ETH_GSTRING_LEN);
	if (!names)
		return NULL;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = info.count;
	ret = ethtool_call(fd, ifname, names);
	if (!ret)
		return names;
	free(names);
	errno = -ret;
	return NULL;
}

static int feature_clear(int fd, const char *ifname, uint32_t bit, uint32_t count)
{
	uint32_t blocks = (count + 31) / 32;
	struct ethtool_sfeatures *set;
	int ret;

	set = calloc(1, sizeof(*set) + blocks * sizeof(set->features[0]));
	if (!set)
		return -ENOMEM;
	set->cmd = ETHTOOL_SFEATURES;
	set->size = blocks;
	set->features[bit / 32].valid = 1U << (bit % 32);
	ret = ethtool_call(fd, ifname, set);
	free(set);
	return ret;
}

int ethtool_feature_off(int fd, const char *ifname, const char *feature)
{
	struct ethtool_gstrings *names = feature_names(fd, ifname);
	int ret = 0;
	uint32_t i;

	if (!names)
		return -errno;
	for (i = 0; i < names->len; i++) {
		if (strncmp((char *)names->data + (size_t)i * ETH_GSTRING_LEN, feature,
			    ETH_GSTRING_LEN) == 0) {
			ret = feature_clear(fd, ifname, i, names->len);
			break;
		}
	}
	free(names);
	return ret;
}
