/* Taking a port for a side and giving it back; see agent_port.h. */
#include "agent_port.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "claim.h"
#include "device.h"
#include "driver.h"
#include "json.h"
#include "log.h"
#include "netns.h"
#include "port.h"
#include "port_move.h"

/* One taking, carried into the agent's first namespace. */
struct take {
	struct agent_port *port;
	const char *driver, *netns;
	bool user_space;
	uint8_t ip[4], ip6[16];
	struct error *err;
};

void agent_port_init(struct agent_port *p)
{
	memset(p, 0, sizeof(*p));
	p->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

/* What of ARGS says how the port is to be had. */
static json_t *asked_of(const json_t *args)
{
	static const char *const keys[] = {"device", "netns", "take", "user_space", NULL};
	json_t *asked = json_object();
	size_t i;

	for (i = 0; keys[i]; i++)
		json_object_set(asked, keys[i], json_object_get(args, keys[i]));
	json_put_str(asked, "driver",
		     json_str(json_object_get(args, "values"), "nic.driver", PORT_KEEP));
	return asked;
}

bool agent_port_differs(const struct agent_port *p, const json_t *args)
{
	json_t *asked = asked_of(args);
	bool differs = !p->asked || !json_equal(p->asked, asked);

	json_decref(asked);
	return differs;
}

static int driver_take(struct take *t, struct device *device)
{
	struct agent_port *p = t->port;
	const char *args = strchr(p->device, ',');
	char driver[64], rest[400];
	enum driver_kind kind;
	int ret;

	if (!strcmp(t->driver, PORT_KEEP))
		return 0;
	if (!device->bus[0] && !strcmp(t->driver, PORT_AUTO))
		return 0; /* virtual: its driver is what it is */
	if (!device->bus[0])
		return error_set(t->err, EX_CONFIG, -EINVAL,
				 "%s is no PCI device and cannot be bound to %s: nic.driver = keep",
				 device->name, t->driver);
	ret = port_driver_choose(device->bus, t->driver, t->user_space, driver, sizeof(driver),
				 t->err);
	if (!ret && strcmp(driver, PORT_KEEP))
		ret = port_driver_take(p->journal, device->bus, driver, t->err);
	kind = driver_kind(t->driver);
	if (ret || (!t->user_space && kind != DRIVER_VFIO && kind != DRIVER_UIO))
		return ret;
	/* an interface that a plan names is gone with its driver; the device is not */
	snprintf(rest, sizeof(rest), "%s", args ? args : "");
	snprintf(p->device, sizeof(p->device), "pci:%s%s", device->bus, rest);
	return 0;
}

static int namespace_make(struct take *t)
{
	struct agent_port *p = t->port;
	char journal[192];
	json_t *object;
	int ret;

	if (!*t->netns || netns_exists(t->netns) ||
	    strncmp(t->netns, NETNS_PREFIX, strlen(NETNS_PREFIX)))
		return 0;
	snprintf(journal, sizeof(journal), "%s-netns", p->name);
	if (!p->made)
		p->made = journal_open(journal, t->err);
	if (!p->made)
		return t->err->code;
	object = json_pack("{s:s}", "name", t->netns);
	ret = journal_note(p->made, netns_change_kind.name, object, NULL, NULL, t->err);
	json_decref(object);
	return ret ? ret : netns_create(t->netns, t->err);
}

static int open_journal(struct agent_port *p, struct error *err)
{
	char name[192];

	if (p->journal)
		return 0;
	snprintf(name, sizeof(name), "%s-port", p->name);
	p->journal = journal_open(name, err);
	return p->journal ? 0 : err->code;
}

static int interface_index(void *arg)
{
	return (int)if_nametoindex(arg);
}

/* Whether the namespace has the interface that the plan names: that one is meant, then. */
static bool is_there(const struct take *t)
{
	const char *device = t->port->device;
	char ifname[IF_NAMESIZE];

	if (!netns_exists(t->netns) || strncmp(device, "net:", 4) ||
	    strlen(device + 4) >= sizeof(ifname))
		return false;
	snprintf(ifname, sizeof(ifname), "%s", device + 4);
	return netns_call(t->netns, interface_index, ifname, NULL) > 0;
}

/*
 * Bind and, with MOVE, move what DEVICE is in this thread's namespace. Only one of two runs that
 * start at the same time does: the claim is the namespace's.
 */
static int take_device(struct take *t, struct device *device, bool move)
{
	struct agent_port *p = t->port;
	int claim = device->ifindex ? device_claim(device, t->err) : -1, ret;
	char ifname[IF_NAMESIZE];

	if (device->ifindex && claim < 0)
		return claim;
	ret = driver_take(t, device);
	/* /sys may show another namespace than this thread's, and the driver is another now */
	if (!ret && move && port_find(device->bus, device->ifname, ifname))
		ret = port_netns_take(p->journal, ifname, t->netns, t->ip, t->ip6, t->err);
	if (claim >= 0)
		close(claim);
	return ret;
}

static int take_there(void *arg)
{
	struct take *t = arg;
	struct device device;
	int ret = device_resolve(t->port->device, &device, t->err);

	return ret ? ret : take_device(t, &device, false);
}

static int resolve_there(void *arg)
{
	struct take *t = arg;
	struct device device;

	return device_resolve(t->port->device, &device, t->err);
}

/* A device is neither here, from where it would be moved, nor in a namespace that was there: both
 * have other ones to choose from. */
static int not_found(struct take *t)
{
	const struct error here = *t->err;
	struct error there;

	if (!netns_call(t->netns, resolve_there, t, t->err))
		return error_set(t->err, EX_TEMPFAIL, -EAGAIN, "%s came just now: try again",
				 t->port->device);
	there = *t->err;
	return error_set(t->err, here.exit, here.code,
			 "namespace %s: %.320s; outside of it: %.320s", t->netns, there.text,
			 here.text);
}

static int take_here(void *arg)
{
	struct take *t = arg;
	struct agent_port *p = t->port;
	bool was_there = *t->netns && netns_exists(t->netns);
	struct device device;
	int ret;

	/* before there is a journal of the port: undone after it */
	ret = namespace_make(t);
	if (!ret && *t->netns && !netns_exists(t->netns))
		return netns_open(t->netns, t->err);
	if (!ret)
		ret = open_journal(p, t->err);
	if (ret)
		return ret;
	if (*t->netns && is_there(t))
		return netns_call(t->netns, take_there, t, t->err);
	ret = device_resolve(p->device, &device, t->err);
	if (ret == -ENODEV && was_there)
		return not_found(t);
	return ret ? ret
		   : take_device(t, &device, *t->netns && netns_inode(t->netns) != netns_inode(""));
}

int agent_port_take(struct agent_port *p, const json_t *args, const char *name, struct error *err)
{
	struct take t = {.port = p, .err = err};
	json_t *asked = asked_of(args);
	int ret = 0;

	p->noted = false;
	snprintf(p->name, sizeof(p->name), "%s", name);
	t.driver = json_str(asked, "driver", PORT_KEEP);
	t.netns = json_str(asked, "netns", "");
	t.user_space = json_flag(asked, "user_space", false);
	json_get_bytes(args, "ip", t.ip, sizeof(t.ip));
	json_get_bytes(args, "ip6", t.ip6, sizeof(t.ip6));
	snprintf(p->device, sizeof(p->device), "%s", json_str(asked, "device", ""));
	if (json_flag(asked, "take", false) && (strcmp(t.driver, PORT_KEEP) || *t.netns))
		ret = netns_call_fd(p->home, take_here, &t, err);
	if (ret) {
		struct error why;

		if (p->journal && journal_undo(p->journal, NULL, &why))
			log_error("%s", why.text);
		json_decref(asked);
		return ret;
	}
	p->asked = asked;
	return 0;
}

int agent_port_resolved(struct agent_port *p, const struct device *device, struct error *err)
{
	int ret;

	if (p->noted || !device->ifindex || !device->bus[0])
		return 0;
	ret = open_journal(p, err);
	if (!ret)
		ret = port_features_note(p->journal, device->ifname, err);
	p->noted = !ret;
	return ret;
}

int agent_port_give_back(struct agent_port *p, struct error *err)
{
	json_decref(p->asked);
	p->asked = NULL;
	return p->journal ? journal_undo(p->journal, NULL, err) : 0;
}

int agent_port_leave(struct agent_port *p, struct error *err)
{
	int ret = agent_port_give_back(p, err);

	/* the first error is the one to tell, but what can be undone is */
	if (p->made && journal_undo(p->made, NULL, ret ? NULL : err) && !ret)
		ret = err->code;
	return ret;
}

void agent_port_end(struct agent_port *p)
{
	json_decref(p->asked);
	journal_close(p->journal);
	journal_close(p->made);
	if (p->home >= 0)
		close(p->home);
}
