/*
 * From a user's name to a device; see device.h. One row a form of name. What is known about
 * an interface is read in link.c.
 */
#include "device.h"

#include <dirent.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "link.h"

#define PCI_DEVICES "/sys/bus/pci/devices"
#define PCI_CLASS_NETWORK "0x02"
#define FORMS "net:eth5, pci:0000:3b:00.0, vdev:net_memif0, lab, none"

struct form {
	const char *prefix; /* what the name begins with */
	/* Fill DEVICE for the rest of the name. */
	int (*resolve)(const char *rest, struct device *device, struct error *err);
};

/* ", "-separated names, cut where the room ends. */
struct names {
	char text[400];
	size_t len;
};

static void names_add(struct names *names, const char *prefix, const char *name)
{
	size_t room = sizeof(names->text) - names->len;
	int n = snprintf(names->text + names->len, room, "%s%s%s", names->len ? ", " : "", prefix,
			 name);

	if (n < 0 || (size_t)n >= room)
		names->text[names->len] = '\0';
	else
		names->len += (size_t)n;
}

/* The interfaces of this namespace, loopback last: it is hardly what was meant. */
static void list_interfaces(struct names *names)
{
	struct if_nameindex *all = if_nameindex(), *one;
	bool lo = false;

	for (one = all; one && one->if_index; one++) {
		if (strcmp(one->if_name, "lo") == 0)
			lo = true;
		else
			names_add(names, "net:", one->if_name);
	}
	if (lo)
		names_add(names, "net:", "lo");
	if (all)
		if_freenameindex(all);
}

static void list_pci(struct names *names)
{
	struct dirent **entries;
	int i, n = scandir(PCI_DEVICES, &entries, NULL, alphasort);

	for (i = 0; i < n; i++) {
		char path[512];
		char *class;

		snprintf(path, sizeof(path), PCI_DEVICES "/%s/class", entries[i]->d_name);
		class = file_read(path, NULL, NULL);
		if (class && strncmp(class, PCI_CLASS_NETWORK, strlen(PCI_CLASS_NETWORK)) == 0)
			names_add(names, "pci:", entries[i]->d_name);
		free(class);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

static int not_there(const char *name, void (*list)(struct names *names), struct error *err)
{
	struct names names = {0};

	list(&names);
	return error_set(err, EX_NOINPUT, -ENODEV, "there is no device %s here: choose one of %s",
			 name, names.len ? names.text : "(there are none)");
}

static int resolve_net(const char *ifname, struct device *device, struct error *err)
{
	int ret;

	if (!*ifname || strlen(ifname) >= IF_NAMESIZE)
		return error_set(err, EX_USAGE, -EINVAL,
				 "device \"%s\": an interface name has 1 to %d characters",
				 device->name, IF_NAMESIZE - 1);
	ret = link_read(ifname, device);
	if (ret == -ENODEV)
		return not_there(device->name, list_interfaces, err);
	if (ret)
		return error_set(err, EX_OSERR, ret, "device %s: cannot read its properties: %s",
				 device->name, strerror(-ret));
	return 0;
}

/* "0000:3b:00.0" or, with domain 0 left out, "3b:00.0", into the full form in lower case. */
static int bus_parse(const char *text, char *bus, size_t size)
{
	unsigned int domain = 0, slot, dev, fn;
	int end = -1;

	if (strspn(text, "0123456789abcdefABCDEF:.") != strlen(text))
		return -EINVAL;
	if (sscanf(text, "%8x:%2x:%2x.%1x%n", &domain, &slot, &dev, &fn, &end) != 4) {
		end = -1;
		domain = 0;
		if (sscanf(text, "%2x:%2x.%1x%n", &slot, &dev, &fn, &end) != 3)
			return -EINVAL;
	}
	if (end < 0 || text[end] || dev > 31 || fn > 7)
		return -EINVAL;
	snprintf(bus, size, "%04x:%02x:%02x.%u", domain, slot, dev, fn);
	return 0;
}

/* The interface of a PCI device that a kernel driver serves, "" without: first by name. */
static void pci_interface(const char *bus, char *ifname, size_t size)
{
	struct dirent **entries;
	char path[128];
	int i, n;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/net", bus);
	n = scandir(path, &entries, NULL, alphasort);
	ifname[0] = '\0';
	for (i = 0; i < n; i++) {
		if (!ifname[0] && entries[i]->d_name[0] != '.')
			snprintf(ifname, size, "%.*s", (int)size - 1, entries[i]->d_name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

/* "0000:3b:00.0", and for DPDK perhaps a comma and the driver's arguments. */
static int resolve_pci(const char *rest, struct device *device, struct error *err)
{
	char ifname[IF_NAMESIZE], bus[32], path[128], address[32];
	int ret;

	snprintf(address, sizeof(address), "%.*s", (int)strcspn(rest, ","), rest);
	if (bus_parse(address, bus, sizeof(bus)))
		return error_set(err, EX_USAGE, -EINVAL,
				 "device \"%s\": a PCI address looks like pci:0000:3b:00.0",
				 device->name);
	snprintf(path, sizeof(path), PCI_DEVICES "/%s", bus);
	if (access(path, F_OK) < 0)
		return not_there(device->name, list_pci, err);
	pci_interface(bus, ifname, sizeof(ifname));
	/* -ENODEV: its interface lives in another namespace; the PCI device is here all the same */
	ret = ifname[0] ? link_read(ifname, device) : 0;
	if (ret && ret != -ENODEV)
		return error_set(err, EX_OSERR, ret, "device %s: cannot read its properties: %s",
				 device->name, strerror(-ret));
	snprintf(device->bus, sizeof(device->bus), "%s", bus);
	link_read_pci(bus, device);
	return 0;
}

/* A locally administered address (IEEE 802 section 8.4) that is always the same for a name. */
static void make_up_mac(const char *name, uint8_t mac[6])
{
	uint32_t hash = 2166136261u; /* FNV-1a */
	size_t i;

	for (i = 0; name[i]; i++)
		hash = (hash ^ (uint8_t)name[i]) * 16777619u;
	mac[0] = 0x02;
	for (i = 0; i < 4; i++)
		mac[i + 2] = (uint8_t)(hash >> 8 * i);
}

/* The value of the argument iface= of a virtual device, into IFNAME. */
static bool vdev_interface(const char *args, char *ifname, size_t size)
{
	for (; *args; args += strcspn(args, ",")) {
		args += *args == ',';
		if (strncmp(args, "iface=", 6))
			continue;
		snprintf(ifname, size, "%.*s", (int)strcspn(args + 6, ","), args + 6);
		return ifname[0];
	}
	return false;
}

/*
 * A device that DPDK makes when asked: "net_memif0,role=client" is driver net_memif. One on an
 * interface of the kernel's (af_xdp, af_packet: iface=) has that one's counters and properties;
 * for net_tap, iface= names the one that is to be made.
 */
static int resolve_vdev(const char *rest, struct device *device, struct error *err)
{
	size_t len = strcspn(rest, ",");
	char ifname[64];

	while (len && rest[len - 1] >= '0' && rest[len - 1] <= '9')
		len--;
	if (!len || len >= sizeof(device->driver))
		return error_set(err, EX_USAGE, -EINVAL,
				 "device \"%s\": a DPDK virtual device looks like vdev:net_memif0",
				 device->name);
	memcpy(device->driver, rest, len);
	if ((!strcmp(device->driver, "net_af_xdp") || !strcmp(device->driver, "net_af_packet")) &&
	    vdev_interface(rest, ifname, sizeof(ifname))) {
		memset(device->driver, 0, sizeof(device->driver));
		return resolve_net(ifname, device, err);
	}
	make_up_mac(rest, device->mac);
	return 0;
}

static const struct form forms[] = {
	{"net:", resolve_net},
	{"pci:", resolve_pci},
	{"vdev:", resolve_vdev},
};

int device_resolve(const char *name, struct device *device, struct error *err)
{
	size_t i;

	memset(device, 0, sizeof(*device));
	device->numa_node = -1;
	device->speed_mbps = -1;
	if (strlen(name) >= sizeof(device->name))
		return error_set(err, EX_USAGE, -EINVAL,
				 "device \"%.40s...\": name longer than %zu characters", name,
				 sizeof(device->name) - 1);
	snprintf(device->name, sizeof(device->name), "%s", name);
	if (!*name || strcmp(name, "none") == 0)
		return 0;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t len = strlen(forms[i].prefix);

		if (strncmp(name, forms[i].prefix, len) == 0)
			return forms[i].resolve(name + len, device, err);
	}
	if (strcmp(name, "lab") == 0)
		return error_set(err, EX_USAGE, -EINVAL,
				 "device lab stands for an end of the lab, and this plan has none: "
				 "set plan.lab to own or standing");
	return error_set(err, EX_USAGE, -EINVAL, "device \"%s\" is none of the forms " FORMS, name);
}
