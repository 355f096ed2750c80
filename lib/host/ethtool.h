/*
 * The ethtool ioctls that settings and the lab need. A socket belongs to the network
 * namespace it was opened in.
 */
#ifndef RINGLOSS_HOST_ETHTOOL_H
#define RINGLOSS_HOST_ETHTOOL_H

#include <stddef.h>
#include <stdint.h>

/* A socket to ask by, in this thread's namespace (close-on-exec); or a negative errno. */
int ethtool_open(void);

/* The commands that carry one number (ETHTOOL_GGRO, ETHTOOL_SGRO ...). 0 or a negative errno. */
int ethtool_get(int fd, const char *ifname, uint32_t cmd, uint32_t *value);
int ethtool_set(int fd, const char *ifname, uint32_t cmd, uint32_t value);

/* The bus address ("0000:3b:00.0") into buf; "" for virtual devices. 0 or a negative errno. */
int ethtool_bus(int fd, const char *ifname, char *buf, size_t size);

/*
 * Switch a feature (net/ethtool/common.c, netdev_features_strings: "rx-gro-list") off.
 * 0 also if the kernel knows no such feature; otherwise a negative errno.
 */
int ethtool_feature_off(int fd, const char *ifname, const char *feature);

#endif
