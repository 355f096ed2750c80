/*
 * What the kernel knows about a network interface of the caller's namespace. By netlink and
 * ethtool ioctl, which answer for the namespace they are asked in; /sys may show another.
 */
#ifndef RINGLOSS_DEVICE_LINK_H
#define RINGLOSS_DEVICE_LINK_H

#include "device.h"

/* Fill all but `name` and `netns`. 0, -ENODEV if there is no such interface, other errno. */
int link_read(const char *ifname, struct device *device);

/* Facts of the PCI device BUS from sysfs: NUMA node, PF, driver if bound. */
void link_read_pci(const char *bus, struct device *device);

/*
 * Until the interface has a link (IFF_LOWER_UP), by the kernel's own notices. 0; -EAGAIN with
 * *err set: not within timeout_ns, and it may be asked again; -ENETDOWN, -ENODEV.
 */
int link_wait_carrier(const char *ifname, uint64_t timeout_ns, struct error *err);

#endif
