/* What a driver can do with XDP frames. */
#ifndef RINGLOSS_DEVICE_XDP_FEATURES_H
#define RINGLOSS_DEVICE_XDP_FEATURES_H

#include <stdint.h>

/* Bits of enum netdev_xdp_act (include/uapi/linux/netdev.h); the headers of Debian 12 are older. */
#define XDP_FEATURE_BASIC 1
#define XDP_FEATURE_REDIRECT 2
#define XDP_FEATURE_NDO_XMIT 4
#define XDP_FEATURE_XSK_ZEROCOPY 8

/* Those of the device; -EOPNOTSUPP before kernel 6.3, another negative errno. */
int xdp_features(int ifindex, uint64_t *features);

#endif
