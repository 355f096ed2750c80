/*
 * The ethtool ioctls that settings and the lab need. A socket belongs to the network
 * namespace it was opened in.
 */
#ifndef RINGLOSS_HOST_ETHTOOL_H
#define RINGLOSS_HOST_ETHTOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ethtool_gstrings;

/* A socket to ask by, in this thread's namespace (close-on-exec); or a negative errno. */
int ethtool_open(void);

/*
 * One command on IFNAME; CMD begins with its number (ETHTOOL_G...). A negative errno, or what the
 * command returns: 0 for most, flags for ETHTOOL_SFEATURES.
 */
int ethtool_call(int fd, const char *ifname, void *cmd);

/* The bus address ("0000:3b:00.0") into buf; "" for virtual devices. 0 or a negative errno. */
int ethtool_bus(int fd, const char *ifname, char *buf, size_t size);

/*
 * A set of strings of the interface (ETH_SS_STATS ...): ->len of ETH_GSTRING_LEN bytes each, in
 * ->data. The caller frees. NULL with errno set; EOPNOTSUPP: it has none.
 */
struct ethtool_gstrings *ethtool_strings(int fd, const char *ifname, uint32_t set);

/*
 * The table by which RSS picks a queue: *TABLE with *N of them, the caller's. 0 or a negative
 * errno; -EOPNOTSUPP without one.
 */
int ethtool_rss_table(int fd, const char *ifname, uint32_t **table, size_t *n);

/* The kernel keeps what is wanted of a feature; another one that is off may keep it from being so.
 */
struct ethtool_feature {
	bool active;
	bool wanted; /* as active where it cannot be changed */
};

/* Its present MAC address as text ("02:72:6c:00:00:02"), "" if it has none. */
void ethtool_mac(int fd, const char *ifname, char buf[18]);

/*
 * Features by their names (net/ethtool/common.c, netdev_features_strings: "rx-gro-list").
 * 0; -EOPNOTSUPP when the kernel knows no such feature or the device cannot change it; -EBUSY when
 * it is wanted so now, but another feature keeps it as it is; another negative errno.
 */
int ethtool_feature_state(int fd, const char *ifname, const char *feature,
			  struct ethtool_feature *state);
int ethtool_feature_get(int fd, const char *ifname, const char *feature, bool *on);
int ethtool_feature_set(int fd, const char *ifname, const char *feature, bool on);

#endif
