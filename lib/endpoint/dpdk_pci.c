/* What a PCI device is bound to; see dpdk_pci.h. */
#include "dpdk_pci.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver.h"
#include "file.h"

#define NOIOMMU "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"

static bool noiommu_allowed(void)
{
	char *text = file_read(NOIOMMU, NULL, NULL);
	bool on = text && text[0] == 'Y';

	free(text);
	return on;
}

int dpdk_pci_check(const struct device *device, struct error *err)
{
	char path[128];

	switch (driver_kind(device->driver)) {
	case DRIVER_UIO:
	case DRIVER_BESIDE:
		return 0;
	case DRIVER_NONE:
		return error_set(err, EX_UNAVAILABLE, -ENODEV,
				 "%s is bound to no driver: nic.driver = vfio-pci (its module "
				 "loaded: modprobe vfio-pci)",
				 device->name);
	case DRIVER_KERNEL:
		return error_set(err, EX_UNAVAILABLE, -EBUSY,
				 "%s is bound to the kernel's driver %s, and DPDK needs it for "
				 "itself: nic.driver = auto, for the time of the run; or device = "
				 "net:%s with endpoint af_xdp or dpdk",
				 device->name, device->driver,
				 device->ifname[0] ? device->ifname : "IFNAME");
	case DRIVER_VFIO:
		break;
	}
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", device->bus);
	if (access(path, F_OK) < 0 && !noiommu_allowed())
		return error_set(err, EX_UNAVAILABLE, -ENODEV,
				 "%s has no IOMMU group: turn the IOMMU on (firmware, and "
				 "intel_iommu=on or amd_iommu=on on the kernel's command line), or "
				 "echo Y > " NOIOMMU,
				 device->name);
	return 0;
}
