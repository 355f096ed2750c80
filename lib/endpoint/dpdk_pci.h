/* Whether DPDK can have a PCI device, told before EAL tries. */
#ifndef RINGLOSS_ENDPOINT_DPDK_PCI_H
#define RINGLOSS_ENDPOINT_DPDK_PCI_H

#include "device.h"
#include "error.h"

/* -EBUSY, -ENODEV with the remedy: bound to a kernel driver, to none, or no IOMMU. */
int dpdk_pci_check(const struct device *device, struct error *err);

#endif
