/* Whether a PCI device can be handed to user space: IOMMU, its groups, vfio. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "driver.h"

struct classes {
	const struct doctor *d;
	size_t nics;
};

static void count_nic(const char *bus, void *arg)
{
	struct classes *c = arg;
	char *class = doctor_file(c->d, "/sys/bus/pci/devices/%s/class", bus);

	if (class && !strncmp(class, "0x02", 4))
		c->nics++;
	free(class);
}

static bool has_pci_nic(const struct doctor *d)
{
	struct classes c = {.d = d};

	doctor_each(d, "/sys/bus/pci/devices", "*", count_nic, &c);
	return c.nics;
}

static bool is_intel(const struct doctor *d)
{
	char *text = doctor_file(d, "/proc/cpuinfo");
	bool intel = text && strstr(text, "GenuineIntel");

	free(text);
	return intel;
}

void check_iommu(const struct doctor *d, struct doctor_finding *f)
{
	size_t units = doctor_each(d, "/sys/class/iommu", "*", NULL, NULL);
	size_t groups = doctor_each(d, "/sys/kernel/iommu_groups", "*", NULL, NULL);

	if (!has_pci_nic(d)) {
		doctor_found(f, DOCTOR_NA, "no PCI network device here");
	} else if (groups) {
		doctor_found(f, DOCTOR_OK, "%zu unit%s, %zu groups", units, units == 1 ? "" : "s",
			     groups);
	} else {
		doctor_found(f, DOCTOR_WARN, "none: no group in /sys/kernel/iommu_groups");
		doctor_advice(f,
			      "switch it on in the firmware (VT-d, AMD-Vi)%s; in a virtual machine "
			      "the hypervisor gives one or not",
			      is_intel(d) ? " and boot with intel_iommu=on iommu=pt" : "");
	}
}

void check_vfio(const struct doctor *d, struct doctor_finding *f)
{
	static const char unsafe[] = "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode";
	bool bound = doctor_exists(d, "/sys/bus/pci/drivers/vfio-pci");
	bool groups = doctor_each(d, "/sys/kernel/iommu_groups", "*", NULL, NULL);
	enum module_is module = bound ? MODULE_LOADED : doctor_module(d, "vfio-pci");
	char *mode = doctor_file(d, unsafe);

	if (!has_pci_nic(d)) {
		doctor_found(f, DOCTOR_NA, "no PCI network device here");
	} else if (module == MODULE_MISSING && !doctor_module_folder(d)) {
		doctor_found(f, DOCTOR_WARN,
			     "vfio-pci is not loaded, and no modules are here to load");
		doctor_advice(f,
			      "load it where the kernel's modules are, outside of a container; a "
			      "kernel with CONFIG_VFIO_PCI");
	} else if (module == MODULE_MISSING) {
		doctor_found(f, DOCTOR_WARN, "this kernel has no vfio-pci");
		doctor_advice(f, "a kernel with CONFIG_VFIO_PCI (those of distributions have it)");
	} else if (module == MODULE_THERE) {
		doctor_found(f, DOCTOR_OK, "vfio-pci can be loaded; binding a port does it");
	} else if (!groups && mode && strcmp(mode, "Y")) {
		doctor_found(f, DOCTOR_WARN,
			     "vfio-pci is loaded, but there is no IOMMU and unsafe mode is off");
		doctor_command(f, "echo Y > %s", unsafe);
	} else {
		doctor_found(f, DOCTOR_OK, "vfio-pci is loaded%s",
			     mode && !strcmp(mode, "Y") ? ", mode without IOMMU is on" : "");
	}
	free(mode);
}

struct group {
	const struct doctor *d;
	struct doctor_finding *f;
	const char *bus, *number;
	size_t others;
};

static void add_member(const char *bus, void *arg)
{
	struct group *g = arg;
	char *class;

	if (!strcmp(bus, g->bus))
		return;
	class = doctor_file(g->d, "/sys/bus/pci/devices/%s/class", bus);
	/* bridges stay where they are (Documentation/driver-api/vfio.rst) */
	if (!class || strncmp(class, "0x06", 4))
		doctor_more(g->f, "%s%s", g->others++ ? ", " : ", shared with ", bus);
	free(class);
}

void check_iommu_group(const struct doctor *d, struct doctor_finding *f)
{
	const char *bus = d->device->bus;
	char path[PATH_MAX], target[PATH_MAX], *number, *type;
	struct group g = {.d = d, .f = f, .bus = bus};
	ssize_t n;

	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/%s/iommu_group", d->root, bus);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0) {
		/* the check of the host says what to do */
		if (errno == ENOENT)
			doctor_found(f, DOCTOR_NA, "no IOMMU before it");
		else
			doctor_unread(f, path + strlen(d->root), errno);
		return;
	}
	target[n] = '\0';
	number = strrchr(target, '/');
	number = number ? number + 1 : target;
	/* identity: DMA without translation; DMA, DMA-FQ: each buffer is mapped */
	type = doctor_file(d, "/sys/kernel/iommu_groups/%.64s/type", number);
	doctor_found(f, DOCTOR_OK, "group %s, domain %s", number, type ? type : "not told");
	free(type);
	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%.64s/devices", number);
	doctor_each(d, path, "*", add_member, &g);
	if (!g.others)
		return;
	f->state = DOCTOR_WARN;
	doctor_advice(f, "bind those to vfio-pci too, or put the card into another slot");
}
