/*
 * Putting a setting back from its journal entry: find the device again, by index and, for one
 * with a bus address, wherever it went; write the old value only over our own.
 */
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ethtool.h"
#include "json.h"
#include "netns.h"
#include "setting.h"

/* One undo, carried into the namespace. */
struct undo {
	const json_t *object;
	const struct setting_ops *ops;
	const char *old_value, *new_value;
	bool found; /* the device was in the namespace looked at */
	enum undo_result result;
	struct error *err;
};

static bool bus_matches(int fd, const char *ifname, const char *bus)
{
	char now[32];

	return ethtool_bus(fd, ifname, now, sizeof(now)) == 0 && strcmp(now, bus) == 0;
}

/* The device's present name in this namespace: it may have been renamed. */
static bool device_find(const json_t *object, char ifname[IF_NAMESIZE])
{
	const char *bus = json_str(object, "bus", "");
	struct if_nameindex *all, *one;
	int fd = ethtool_open();
	bool found = false;

	if (fd < 0)
		return false;
	if (if_indextoname((unsigned int)json_u64(object, "ifindex", 0), ifname))
		found = *bus ? bus_matches(fd, ifname, bus) : true;
	all = !found && *bus ? if_nameindex() : NULL;
	for (one = all; one && one->if_index && !found; one++) {
		found = bus_matches(fd, one->if_name, bus);
		if (found)
			snprintf(ifname, IF_NAMESIZE, "%s", one->if_name);
	}
	if (all)
		if_freenameindex(all);
	close(fd);
	return found;
}

static enum undo_result value_undo(const struct undo *u, const char *ifname)
{
	char now[SETTING_VALUE_MAX];

	if (u->ops->read(ifname, now, u->err))
		return UNDO_FAILED;
	if (strcmp(now, u->old_value) == 0)
		return UNDO_NOTHING;
	if (strcmp(now, u->new_value) != 0) {
		error_set(u->err, EX_UNAVAILABLE, -EBUSY, "it is %s, neither the old %s nor our %s",
			  now, u->old_value, u->new_value);
		return UNDO_CONFLICT;
	}
	if (u->ops->write(ifname, u->old_value, u->err))
		return UNDO_FAILED;
	if (u->ops->read(ifname, now, u->err))
		return UNDO_FAILED;
	if (strcmp(now, u->old_value) == 0)
		return UNDO_DONE;
	error_set(u->err, EX_UNAVAILABLE, -EIO, "%s was written, but it is %s", u->old_value, now);
	return UNDO_FAILED;
}

static int undo_here(void *arg)
{
	struct undo *u = arg;
	char ifname[IF_NAMESIZE];

	u->found = device_find(u->object, ifname);
	if (u->found)
		u->result = value_undo(u, ifname);
	return 0;
}

static const struct setting_ops *ops_find(const char *key)
{
	char one[64];
	size_t i;

	for (i = 0; setting_table[i]; i++) {
		snprintf(one, sizeof(one), "%s.%s", setting_table[i]->group,
			 setting_table[i]->name);
		if (strcmp(one, key) == 0)
			return setting_table[i];
	}
	return NULL;
}

/* Undo in the namespace of that inode, if it is there. 0 or a negative errno with *err set. */
static int namespace_undo(struct undo *u, uint64_t inode, const char *netns)
{
	char name[64];
	int ret;

	if (inode == netns_inode(""))
		return undo_here(u);
	if (netns_find(inode, name, sizeof(name))) {
		ret = netns_call(name, undo_here, u, u->err);
		return ret == -ENOENT || ret == -EINVAL ? 0 : ret; /* taken away just now */
	}
	if (*netns)
		return 0; /* gone, and what was virtual in it as well */
	return error_set(u->err, EX_UNAVAILABLE, -ENOENT,
			 "it was changed in a network namespace without a name, which is not this "
			 "one: run `ringloss restore` in that one");
}

static enum undo_result setting_undo(const json_t *object, const json_t *old_value,
				     const json_t *new_value, struct error *err)
{
	const char *key = json_str(object, "setting", "");
	const char *netns = json_str(object, "netns", "");
	struct undo u = {
		.object = object,
		.ops = ops_find(key),
		.old_value = json_string_value(old_value),
		.new_value = json_string_value(new_value),
		.result = UNDO_NOTHING,
		.err = err,
	};

	if (!u.ops || !u.old_value || !u.new_value) {
		error_set(
			err, EX_DATAERR, -EOPNOTSUPP,
			"this ringloss knows no setting \"%s\" with such values: restore with the "
			"one that made it",
			key);
		return UNDO_FAILED;
	}
	if (namespace_undo(&u, json_u64(object, "netns_inode", 0), netns))
		return UNDO_FAILED;
	/* A NIC outlives its namespace, and returns to the host's with its settings. */
	if (!u.found && *netns && *json_str(object, "bus", ""))
		undo_here(&u);
	return u.result;
}

const struct change_kind setting_change_kind = {
	.name = "setting",
	.survives_reboot = false,
	.undo = setting_undo,
};
