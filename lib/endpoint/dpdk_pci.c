/* What a PCI device is bound to; see dpdk_pci.h. */
#include "dpdk_pci.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

#define NOIOMMU "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"

/* Drivers of the kernel's that hand a device over, and those that DPDK works beside. */
static const char *const vfio[] = {"vfio-pci", NULL};
static const char *const uio[] = {"uio_pci_generic", "igb_uio", NULL};
static const char *const beside[] = {"mlx4_core", "mlx5_core", "mana", NULL};

static bool is_among(const char *driver, const char *const *names)
{
	size_t i;

	for (i = 0; names[i]; i++)
		if (!strcmp(driver, names[i]))
			return true;
	return false;
}

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

	if (is_among(device->driver, uio) || is_among(device->driver, beside))
		return 0;
	if (!device->driver[0])
		return error_set(err, EX_UNAVAILABLE, -ENODEV,
				 "%s is bound to no driver: modprobe vfio-pci; dpdk-devbind.py -b "
				 "vfio-pci %s",
				 device->name, device->bus);
	if (!is_among(device->driver, vfio))
		return error_set(
			err, EX_UNAVAILABLE, -EBUSY,
			"%s is bound to the kernel's driver %s, and DPDK needs it for "
			"itself: modprobe vfio-pci; dpdk-devbind.py -b vfio-pci %s (it loses "
			"its interface %s); or device = net:%s with endpoint af_xdp or dpdk",
			device->name, device->driver, device->bus, device->ifname,
			device->ifname[0] ? device->ifname : "IFNAME");
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", device->bus);
	if (access(path, F_OK) < 0 && !noiommu_allowed())
		return error_set(err, EX_UNAVAILABLE, -ENODEV,
				 "%s has no IOMMU group: turn the IOMMU on (firmware, and "
				 "intel_iommu=on or amd_iommu=on on the kernel's command line), or "
				 "echo Y > " NOIOMMU,
				 device->name);
	return 0;
}
