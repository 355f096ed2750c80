/* What the name of a PCI device's driver means for who can use the device. */
#ifndef RINGLOSS_DEVICE_DRIVER_H
#define RINGLOSS_DEVICE_DRIVER_H

enum driver_kind {
	DRIVER_NONE,   /* no driver */
	DRIVER_KERNEL, /* of the kernel's: the device is an interface */
	DRIVER_VFIO,   /* hands the device to user space; the IOMMU keeps its DMA in bounds */
	DRIVER_UIO,    /* the same without IOMMU */
	/* of the kernel's, and DPDK works beside it (DPDK's linux_gsg/linux_drivers.rst) */
	DRIVER_BESIDE,
};

/* NAME "": DRIVER_NONE. */
enum driver_kind driver_kind(const char *name);

#endif
