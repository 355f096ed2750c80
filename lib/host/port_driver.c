/*
 * Which driver a PCI device is bound to, by sysfs (Documentation/ABI/testing/sysfs-bus-pci):
 * driver_override says who may have it, unbind and drivers_probe make it so. The interface
 * goes with the kernel's driver, and all that was set on it.
 */
#include <fcntl.h>
#include <glob.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "driver.h"
#include "file.h"
#include "json.h"
#include "netns.h"
#include "port.h"
#include "port_move.h"
#include "port_state.h"

#define PCI "/sys/bus/pci"
#define PATIENCE_NS (10 * NSEC_PER_SEC)
#define LOOK_NS (5 * NSEC_PER_MSEC)
#define NAME_MAX_LEN 64

#define VFIO "vfio-pci"
#define UIO "uio_pci_generic"
#define CLASS_NETWORK "0x02"

struct nic_config {
	uint32_t driver; /* index into driver_choices */
	uint32_t force;  /* index into force_choices */
};

static const char *const force_choices[] = {"off", "on", NULL};

static const char *const driver_choices[] = {PORT_KEEP,         PORT_AUTO, PORT_KERNEL, "vfio-pci",
					     "uio_pci_generic", "igb_uio", NULL};

static const struct knob nic_rows[] = {
	{
		.name = "driver",
		.type = KNOB_CHOICE,
		.offset = offsetof(struct nic_config, driver),
		.choices = driver_choices,
		.def = PORT_KEEP,
		.unit = "",
		.help = "of a PCI device for the time of the run; auto: what the endpoint takes "
			"(dpdk: vfio-pci or, without IOMMU, uio_pci_generic; others: the kernel's)",
		.sweepable = true,
		.change = KNOB_RESPAWN,
	},
	{
		.name = "force",
		.type = KNOB_CHOICE,
		.offset = offsetof(struct nic_config, force),
		.choices = force_choices,
		.def = "off",
		.unit = "",
		.help = "change settings also of a device that carries a default route or "
			"somebody's TCP connection",
		.sweepable = false,
		.change = KNOB_RETUNE,
	},
};

const struct knob_set port_knob_set = {
	.name = "nic",
	.scope = KNOB_SCOPE_GROUP,
	.rows = nic_rows,
	.n = sizeof(nic_rows) / sizeof(nic_rows[0]),
	.config_size = sizeof(struct nic_config),
};

/* The last part of what the link BUS/NAME points to; "" without. */
static void link_name(const char *bus, const char *name, char buf[NAME_MAX_LEN])
{
	char path[160], target[256];
	const char *last;
	ssize_t n;

	snprintf(path, sizeof(path), PCI "/devices/%s/%s", bus, name);
	n = readlink(path, target, sizeof(target) - 1);
	buf[0] = '\0';
	if (n <= 0)
		return;
	target[n] = '\0';
	last = strrchr(target, '/');
	snprintf(buf, NAME_MAX_LEN, "%.*s", NAME_MAX_LEN - 1, last ? last + 1 : target);
}

static int attribute_write(const char *bus, const char *name, const char *text)
{
	char path[160];

	snprintf(path, sizeof(path), PCI "/devices/%s/%s", bus, name);
	return file_write_kernel(path, text);
}

/* An interface on its way to the namespace where it is wanted. */
struct fetch {
	const char *bus;
	int here;
};

static int interface_send(void *arg)
{
	struct fetch *f = arg;
	char ifname[IF_NAMESIZE];

	return port_find(f->bus, "", ifname) ? port_move(ifname, f->here, ifname) : 0;
}

/* The text of an attribute without its last newline; "" when there is none. */
static void attribute_read(const char *bus, const char *name, char buf[NAME_MAX_LEN])
{
	char path[160], *text;

	snprintf(path, sizeof(path), PCI "/devices/%s/%s", bus, name);
	text = file_read(path, NULL, NULL);
	snprintf(buf, NAME_MAX_LEN, "%.*s", text ? (int)strcspn(text, "\n") : 0, text ? text : "");
	free(text);
}

/* "" when nothing is set, which the kernel prints as "(null)". */
static void override_read(const char *bus, char buf[NAME_MAX_LEN])
{
	attribute_read(bus, "driver_override", buf);
	if (!strcmp(buf, "(null)"))
		buf[0] = '\0';
}

/* Whose driver may be another for a while: not that of a disk, or of a port with ports of its own.
 */
static int device_check(const char *bus, struct error *err)
{
	char text[NAME_MAX_LEN];

	attribute_read(bus, "class", text);
	if (strncmp(text, CLASS_NETWORK, strlen(CLASS_NETWORK)))
		return error_set(err, EX_CONFIG, -EINVAL,
				 "pci:%s is no network device (class %s): name another one", bus,
				 text[0] ? text : "unknown");
	attribute_read(bus, "sriov_numvfs", text);
	if (text[0] && strcmp(text, "0"))
		return error_set(
			err, EX_CONFIG, -EBUSY,
			"pci:%s is not taken: it has %s virtual functions, which would end "
			"with its driver: use one of them, or remove them first (echo 0 > " PCI
			"/devices/%s/sriov_numvfs)",
			bus, text, bus);
	return 0;
}

static bool driver_is_there(const char *driver)
{
	char path[160];

	snprintf(path, sizeof(path), PCI "/drivers/%s", driver);
	return access(path, F_OK) == 0;
}

/* A group in use cannot be opened again; unbinding it would wait until its user ends. */
static int vfio_free_check(const char *bus, struct error *err)
{
	char group[NAME_MAX_LEN], path[96];
	int fd;

	link_name(bus, "iommu_group", group);
	snprintf(path, sizeof(path), "/dev/vfio/%s", group);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	else if (errno == EBUSY)
		return error_set(err, EX_TEMPFAIL, -EBUSY,
				 "pci:%s is in use through vfio (%s): wait for its user to end "
				 "(fuser %s)",
				 bus, path, path);
	return 0;
}

int port_driver_choose(const char *bus, const char *asked, bool user_space, char *buf, size_t size,
		       struct error *err)
{
	char now[NAME_MAX_LEN], group[NAME_MAX_LEN];
	const char *want = asked;
	enum driver_kind kind;

	link_name(bus, "driver", now);
	kind = driver_kind(now);
	if (!strcmp(asked, PORT_AUTO)) {
		link_name(bus, "iommu_group", group);
		want = user_space ? (group[0] ? VFIO : UIO) : PORT_KERNEL;
		if (user_space && kind != DRIVER_NONE && kind != DRIVER_KERNEL)
			want = PORT_KEEP;
	}
	if (!strcmp(want, now) ||
	    (!strcmp(want, PORT_KERNEL) && (kind == DRIVER_KERNEL || kind == DRIVER_BESIDE)))
		want = PORT_KEEP;
	if (strcmp(want, PORT_KEEP) && strcmp(want, PORT_KERNEL) && !driver_is_there(want))
		return error_set(err, EX_UNAVAILABLE, -ENODEV,
				 "pci:%s cannot be bound to %s, which the kernel has not loaded: "
				 "modprobe %s",
				 bus, want, want);
	snprintf(buf, size, "%s", want);
	return 0;
}

/* Here, or in the namespace of the first process, where new ones appear: then moved here. */
static void interface_fetch(const char *bus, char ifname[IF_NAMESIZE])
{
	struct fetch f = {.bus = bus};
	int first;

	if (port_find(bus, "", ifname))
		return;
	ifname[0] = '\0';
	first = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	f.here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (first >= 0 && f.here >= 0 && netns_fd_inode(first) != netns_fd_inode(f.here))
		netns_call_fd(first, interface_send, &f, NULL);
	if (first >= 0)
		close(first);
	if (f.here >= 0)
		close(f.here);
	if (!port_find(bus, "", ifname))
		ifname[0] = '\0';
}

/* Until the device has DRIVER (NULL: any). */
static int bound_wait(const char *bus, const char *driver)
{
	uint64_t deadline = clock_ns() + PATIENCE_NS;
	char now[NAME_MAX_LEN];

	for (;;) {
		link_name(bus, "driver", now);
		if (now[0] && (!driver || !strcmp(now, driver)))
			return 0;
		if (clock_ns() > deadline)
			return -ETIMEDOUT;
		clock_pause_ns(LOOK_NS);
	}
}

static int interface_wait(const char *bus, char ifname[IF_NAMESIZE])
{
	uint64_t deadline = clock_ns() + PATIENCE_NS;

	for (;;) {
		interface_fetch(bus, ifname);
		if (ifname[0])
			return 0;
		if (clock_ns() > deadline)
			return -ETIMEDOUT;
		clock_pause_ns(LOOK_NS);
	}
}

/* OVERRIDE: the one driver that may have the device, "" for any. */
static int bind_to(const char *bus, const char *override)
{
	char text[NAME_MAX_LEN + 1];
	char now[NAME_MAX_LEN];
	int ret;

	snprintf(text, sizeof(text), "%s\n", override);
	ret = attribute_write(bus, "driver_override", text);
	link_name(bus, "driver", now);
	if (!ret && now[0])
		ret = attribute_write(bus, "driver/unbind", bus);
	return ret ? ret : file_write_kernel(PCI "/drivers_probe", bus);
}

static int bind_refused(const char *bus, const char *driver, int ret, struct error *err)
{
	if (ret == -EPERM || ret == -EACCES)
		return error_set(err, EX_NOPERM, ret,
				 "pci:%s cannot be bound to %s: %s; run with sudo, and with a /sys "
				 "that can be written",
				 bus, driver, strerror(-ret));
	if (ret == -ETIMEDOUT || ret == -ENODEV)
		return error_set(err, EX_UNAVAILABLE, ret,
				 "pci:%s is not taken by %s: dmesg says why; a kernel driver that "
				 "is a module has to be loaded (modprobe)",
				 bus, driver);
	return error_set(err, EX_OSERR, ret, "pci:%s cannot be bound to %s: %s; dmesg says why",
			 bus, driver, strerror(-ret));
}

/* Where the interface is, by which it can be found after kill -9: this thread's namespace. */
static json_t *object_make(const char *bus)
{
	char netns[64] = "";
	uint64_t inode = netns_inode("");

	netns_find(inode, netns, sizeof(netns));
	return json_pack("{s:s, s:s, s:I}", "bus", bus, "netns", netns, "netns_inode",
			 (json_int_t)inode);
}

/* Whether it has an interface, in whatever namespace: the folder is there, though empty here. */
static bool has_interface(const char *bus)
{
	static const char *const folders[] = {"net", "virtio*/net", NULL};
	bool found = false;
	size_t i;

	for (i = 0; folders[i] && !found; i++) {
		char path[160];
		glob_t folder;

		snprintf(path, sizeof(path), PCI "/devices/%s/%s", bus, folders[i]);
		found = glob(path, 0, NULL, &folder) == 0;
		globfree(&folder);
	}
	return found;
}

/* What there is now, with the interface's state if it has one. NULL with *err set. */
static json_t *old_make(const char *bus, struct error *err)
{
	char driver[NAME_MAX_LEN], override[NAME_MAX_LEN], ifname[IF_NAMESIZE];
	json_t *state = NULL;

	link_name(bus, "driver", driver);
	override_read(bus, override);
	if (device_check(bus, err) || (!strcmp(driver, VFIO) && vfio_free_check(bus, err)))
		return NULL;
	if (port_find(bus, "", ifname)) {
		if (port_use_check(ifname, err))
			return NULL;
		state = port_state_read(ifname, err);
		if (!state)
			return NULL;
	} else if (has_interface(bus)) {
		error_set(
			err, EX_CONFIG, -EBUSY,
			"pci:%s is not taken: its interface is in another network namespace: name "
			"that by netns, with device = net:IFNAME",
			bus);
		return NULL;
	}
	return json_pack("{s:s, s:s, s:o*}", "driver", driver, "override", override, "state",
			 state);
}

int port_driver_take(struct journal *j, const char *bus, const char *driver, struct error *err)
{
	bool kernel = !strcmp(driver, PORT_KERNEL);
	json_t *object = object_make(bus), *old = old_make(bus, err);
	json_t *new_value = json_string(driver);
	char ifname[IF_NAMESIZE];
	int ret;

	if (!object || !old || !new_value)
		ret = old || (err && err->code) ? err->code
						: error_set(err, EX_OSERR, -ENOMEM, "no memory");
	else
		ret = journal_note(j, port_driver_change_kind.name, object, old, new_value, err);
	json_decref(object);
	json_decref(old);
	json_decref(new_value);
	if (ret)
		return ret;
	ret = bind_to(bus, kernel ? "" : driver);
	if (!ret)
		ret = bound_wait(bus, kernel ? NULL : driver);
	if (!ret && kernel)
		ret = interface_wait(bus, ifname);
	return ret ? bind_refused(bus, driver, ret, err) : 0;
}

/* ---- giving it back ---- */

struct give_back {
	const char *bus;
	const json_t *state; /* of the interface; NULL: it had none */
	struct error *err;
	int ret;
};

/* The interface comes back by the kernel's own name; udev may give it another at any moment. */
static int state_give_back(void *arg)
{
	struct give_back *g = arg;
	const char *wanted = json_str(g->state, "ifname", "");
	uint64_t deadline = clock_ns() + PATIENCE_NS;
	char ifname[IF_NAMESIZE];
	int ret;

	do {
		ret = interface_wait(g->bus, ifname);
		if (!ret)
			ret = port_rename(ifname, wanted);
		if (ret == -EEXIST)
			ret = port_swap_names(ifname, wanted);
		if (ret)
			clock_pause_ns(LOOK_NS);
	} while (ret && ret != -ETIMEDOUT && clock_ns() < deadline);
	if (ret)
		return error_set(g->err, EX_UNAVAILABLE, ret,
				 "pci:%s has its driver back, but no interface %s: %s", g->bus,
				 wanted, strerror(-ret));
	return port_state_write(wanted, g->state, g->err);
}

/* In the namespace where the interface was; a new one appears in the first process's. */
static enum undo_result interface_give_back(const json_t *object, struct give_back *g)
{
	uint64_t inode = json_u64(object, "netns_inode", 0);
	int fd = netns_open_inode(inode);

	if (fd < 0) {
		error_set(g->err, EX_UNAVAILABLE, fd,
			  "the namespace %s in which its interface was is gone",
			  json_str(object, "netns", ""));
		return UNDO_FAILED;
	}
	g->ret = netns_call_fd(fd, state_give_back, g, g->err);
	close(fd);
	return g->ret ? UNDO_FAILED : UNDO_DONE;
}

static enum undo_result driver_undo(const json_t *object, const json_t *old_value,
				    const json_t *new_value, struct error *err)
{
	const char *bus = json_str(object, "bus", ""), *ours = json_string_value(new_value);
	const char *old = json_str(old_value, "driver", "");
	struct give_back g = {.bus = bus, .state = json_object_get(old_value, "state"), .err = err};
	char now[NAME_MAX_LEN], override[NAME_MAX_LEN], path[160];
	bool kernel = ours && !strcmp(ours, PORT_KERNEL);
	int ret;

	snprintf(path, sizeof(path), PCI "/devices/%s", bus);
	if (!ours || access(path, F_OK) < 0)
		return UNDO_NOTHING; /* unplugged */
	link_name(bus, "driver", now);
	override_read(bus, override);
	/* no driver at all: we were killed between taking it from one and giving it to another */
	if (now[0] && strcmp(now, old) && !kernel && strcmp(now, ours)) {
		error_set(err, EX_UNAVAILABLE, -EBUSY, "it is bound to %s, neither to %s nor to %s",
			  now, *old ? old : "none", ours);
		return UNDO_CONFLICT;
	}
	if (!strcmp(now, old) && !strcmp(override, json_str(old_value, "override", "")) && !g.state)
		return UNDO_NOTHING;
	if (strcmp(now, old)) {
		if (!strcmp(now, VFIO) && vfio_free_check(bus, err))
			return UNDO_FAILED;
		ret = *old ? bind_to(bus, old) : attribute_write(bus, "driver/unbind", bus);
		if (!ret && *old)
			ret = bound_wait(bus, old);
		if (ret) {
			bind_refused(bus, *old ? old : "no driver", ret, err);
			return UNDO_FAILED;
		}
	}
	snprintf(override, sizeof(override), "%.*s\n", NAME_MAX_LEN - 2,
		 json_str(old_value, "override", ""));
	ret = attribute_write(bus, "driver_override", override);
	if (ret) {
		error_set(err, EX_OSERR, ret, "pci:%s: driver_override cannot be written: %s", bus,
			  strerror(-ret));
		return UNDO_FAILED;
	}
	return g.state ? interface_give_back(object, &g) : UNDO_DONE;
}

const struct change_kind port_driver_change_kind = {
	.name = "port.driver",
	.survives_reboot = false,
	.undo = driver_undo,
};
