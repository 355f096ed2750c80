/* ethtool by ioctl; see ethtool.h. */
#include "ethtool.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
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

int ethtool_call(int fd, const char *ifname, void *cmd)
{
	struct ifreq ifr = {.ifr_data = cmd};
	int ret;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	ret = ioctl(fd, SIOCETHTOOL, &ifr);
	return ret < 0 ? -errno : ret;
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

void ethtool_mac(int fd, const char *ifname, char buf[18])
{
	struct ifreq ifr = {0};
	const unsigned char *mac = (const unsigned char *)ifr.ifr_hwaddr.sa_data;

	buf[0] = '\0';
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (ioctl(fd, SIOCGIFHWADDR, &ifr) == 0)
		snprintf(buf, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
			 mac[4], mac[5]);
}

struct ethtool_gstrings *ethtool_strings(int fd, const char *ifname, uint32_t set)
{
	struct {
		struct ethtool_sset_info head;
		uint32_t count;
	} info = {.head = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << set}};
	struct ethtool_gstrings *names;
	int ret = ethtool_call(fd, ifname, &info);

	if (ret || !info.head.sset_mask || !info.count) {
		errno = ret ? -ret : EOPNOTSUPP;
		return NULL;
	}
	names = calloc(1, sizeof(*names) + (size_t)info.count * ETH_GSTRING_LEN);
	if (!names)
		return NULL;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = set;
	names->len = info.count;
	ret = ethtool_call(fd, ifname, names);
	/* the kernel writes as many as it says, which may be fewer than there were */
	if (!ret && names->len <= info.count)
		return names;
	free(names);
	errno = ret ? -ret : EINTR;
	return NULL;
}

int ethtool_rss_table(int fd, const char *ifname, uint32_t **table, size_t *n)
{
	struct ethtool_rxfh_indir size = {.cmd = ETHTOOL_GRXFHINDIR}, *answer;
	int ret = ethtool_call(fd, ifname, &size);

	*table = NULL;
	*n = 0;
	if (ret || !size.size)
		return ret ? ret : -EOPNOTSUPP;
	answer = calloc(1, sizeof(*answer) + size.size * sizeof(answer->ring_index[0]));
	*table = calloc(size.size, sizeof(**table));
	ret = -ENOMEM;
	if (answer && *table) {
		answer->cmd = ETHTOOL_GRXFHINDIR;
		answer->size = size.size;
		ret = ethtool_call(fd, ifname, answer);
		memcpy(*table, answer->ring_index, size.size * sizeof(**table));
	}
	free(answer);
	if (!ret) {
		*n = size.size;
		return 0;
	}
	free(*table);
	*table = NULL;
	return ret;
}

/* Where the feature stands in the bit masks, which are *count bits long. */
static int feature_bit(int fd, const char *ifname, const char *feature, uint32_t *count)
{
	struct ethtool_gstrings *names = ethtool_strings(fd, ifname, ETH_SS_FEATURES);
	int bit = -EOPNOTSUPP;
	uint32_t i;

	if (!names)
		return -errno;
	for (i = 0; i < names->len && bit < 0; i++)
		if (strncmp((char *)names->data + (size_t)i * ETH_GSTRING_LEN, feature,
			    ETH_GSTRING_LEN) == 0)
			bit = (int)i;
	*count = names->len;
	free(names);
	return bit;
}

int ethtool_feature_state(int fd, const char *ifname, const char *feature,
			  struct ethtool_feature *state)
{
	struct ethtool_gfeatures *get;
	const struct ethtool_get_features_block *block;
	uint32_t count = 0, blocks, mask;
	int bit, ret;

	bit = feature_bit(fd, ifname, feature, &count);
	if (bit < 0)
		return bit;
	blocks = (count + 31) / 32;
	get = calloc(1, sizeof(*get) + blocks * sizeof(get->features[0]));
	if (!get)
		return -ENOMEM;
	get->cmd = ETHTOOL_GFEATURES;
	get->size = blocks;
	ret = ethtool_call(fd, ifname, get);
	block = &get->features[bit / 32];
	mask = 1U << (bit % 32);
	*state = (struct ethtool_feature){
		.active = block->active & mask,
		.wanted = (block->available & mask ? block->requested : block->active) & mask,
	};
	free(get);
	return ret;
}

int ethtool_feature_get(int fd, const char *ifname, const char *feature, bool *on)
{
	struct ethtool_feature state = {0};
	int ret = ethtool_feature_state(fd, ifname, feature, &state);

	*on = state.active;
	return ret;
}

int ethtool_feature_set(int fd, const char *ifname, const char *feature, bool on)
{
	struct ethtool_sfeatures *set;
	uint32_t count = 0, blocks;
	int bit, ret;

	bit = feature_bit(fd, ifname, feature, &count);
	if (bit < 0)
		return bit;
	blocks = (count + 31) / 32;
	set = calloc(1, sizeof(*set) + blocks * sizeof(set->features[0]));
	if (!set)
		return -ENOMEM;
	set->cmd = ETHTOOL_SFEATURES;
	set->size = blocks;
	set->features[bit / 32].valid = 1U << (bit % 32);
	set->features[bit / 32].requested = on ? 1U << (bit % 32) : 0;
	ret = ethtool_call(fd, ifname, set);
	free(set);
	/* Positive: flags that say why the bit is not as it was asked for. */
	if (ret == ETHTOOL_F_WISH)
		return -EBUSY;
	return ret > 0 ? -EOPNOTSUPP : ret;
}
