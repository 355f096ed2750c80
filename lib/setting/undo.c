/*
 * Putting a setting back from its journal entry: find the device again, wherever it went; write
 * the old value only over our own.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "netns.h"
#include "setting_row.h"

/* One undo, carried into the namespace. */
struct undo {
	const json_t *object;
	const struct setting *row;
	const char *old_value;
	const json_t *new_value;
	bool home;  /* the namespace is there in which it was changed */
	bool away;  /* look for it elsewhere */
	bool found; /* the device was in the namespace looked at */
	enum undo_result result;
	struct error *err;
};

static bool bus_matches(int fd, const char *ifname, const char *bus)
{
	char now[32];

	return ethtool_bus(fd, ifname, now, sizeof(now)) == 0 && strcmp(now, bus) == 0;
}

static bool mac_matches(int fd, const char *ifname, const char *mac)
{
	char now[18];

	ethtool_mac(fd, ifname, now);
	return *mac && strcmp(now, mac) == 0;
}

/*
 * The device's present name in this namespace: it may have been renamed, and (AWAY) moved here. One
 * with a bus address is known by that, a virtual one by its index, or away from home by its MAC.
 */
static bool device_find(const json_t *object, bool away, char ifname[IF_NAMESIZE])
{
	const char *bus = json_str(object, "bus", ""), *mac = json_str(object, "mac", "");
	struct if_nameindex *all, *one;
	int fd = ethtool_open();
	bool found = false;

	if (fd < 0)
		return false;
	if (!away && if_indextoname((unsigned int)json_u64(object, "ifindex", 0), ifname))
		found = *bus ? bus_matches(fd, ifname, bus) : true;
	all = !found && (*bus || away) ? if_nameindex() : NULL;
	for (one = all; one && one->if_index && !found; one++) {
		found = *bus ? bus_matches(fd, one->if_name, bus)
			     : mac_matches(fd, one->if_name, mac);
		if (found)
			snprintf(ifname, IF_NAMESIZE, "%s", one->if_name);
	}
	if (all)
		if_freenameindex(all);
	close(fd);
	return found;
}

/* Word I of TEXT; of a text of one word that, whatever I is. */
static const char *word_at(const char *text, size_t i, size_t *len)
{
	const char *word = text;

	for (; i && (word = strchr(word, ' ')); i--)
		word++;
	if (!word)
		word = strchr(text, ' ') ? "" : text;
	*len = strcspn(word, " ");
	return word;
}

static bool same_word(const char *a, const char *b, size_t i)
{
	size_t a_len, b_len;
	const char *x = word_at(a, i, &a_len), *y = word_at(b, i, &b_len);

	return a_len == b_len && !memcmp(x, y, a_len);
}

/*
 * Any value is, where what the driver made of it was not known when it was noted. A value that has
 * a word a queue is, too, when each is the old one or ours: an undo was cut short.
 */
static bool is_ours(const json_t *new_value, const char *old, const char *now)
{
	size_t i, k, n = 1;
	const json_t *one;
	const char *at;

	if (json_is_null(new_value))
		return true;
	for (at = now; (at = strchr(at, ' ')); at++)
		n++;
	for (i = 0; i < n; i++) {
		bool ours = same_word(now, old, i);

		json_array_foreach (new_value, k, one)
			ours |= same_word(now, json_string_value(one), i);
		if (!ours)
			return false;
	}
	return true;
}

/* NOW and WANT are buffers. */
static enum undo_result value_undo(const struct undo *u, const struct setting_site *site, char *now,
				   char *want)
{
	const struct setting *row = u->row;

	if (row->read(row, site, now, u->err) ||
	    setting_resolve(row, site, u->old_value, want, u->err))
		return UNDO_FAILED;
	if (!strcmp(now, want))
		return UNDO_NOTHING;
	if (!is_ours(u->new_value, want, now)) {
		error_set(u->err, EX_UNAVAILABLE, -EBUSY,
			  "it is %.100s, neither the old %.100s nor ours", now, want);
		return UNDO_CONFLICT;
	}
	if (row->write(row, site, want, u->err) || row->read(row, site, now, u->err))
		return UNDO_FAILED;
	if (!strcmp(now, want))
		return UNDO_DONE;
	error_set(u->err, EX_UNAVAILABLE, -EIO, "%.100s was written, but it is %.100s", want, now);
	return UNDO_FAILED;
}

static void undo_at(struct undo *u, const char *ifname)
{
	char *now = malloc(SETTING_TEXT_MAX), *want = malloc(SETTING_TEXT_MAX);
	struct setting_site site;

	u->result = UNDO_FAILED;
	if (!now || !want)
		error_set(u->err, EX_OSERR, -ENOMEM, "no memory");
	else if (!setting_site_open(&site, ifname, u->err)) {
		u->result = value_undo(u, &site, now, want);
		setting_site_close(&site);
	}
	free(now);
	free(want);
}

static int undo_here(void *arg)
{
	struct undo *u = arg;
	char ifname[IF_NAMESIZE];

	u->home = true;
	u->found = device_find(u->object, u->away, ifname);
	if (u->found)
		undo_at(u, ifname);
	return 0;
}

static int undo_there(void *arg)
{
	struct undo *u = arg;

	undo_here(u);
	return u->found;
}

static int undo_machine(void *arg)
{
	undo_at(arg, "");
	return 0;
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
	if (*json_str(u->object, "bus", ""))
		return 0; /* it is looked for everywhere */
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
		.row = setting_find(key),
		.old_value = json_string_value(old_value),
		.new_value = new_value,
		.result = UNDO_NOTHING,
		.err = err,
	};

	if (!u.row || !u.old_value || !(json_is_null(new_value) || json_is_array(new_value))) {
		error_set(
			err, EX_DATAERR, -EOPNOTSUPP,
			"this ringloss knows no setting \"%s\" with such values: restore with the "
			"one that made it",
			key);
		return UNDO_FAILED;
	}
	if (json_is_true(json_object_get(object, "machine")))
		return setting_machine_call(undo_machine, &u, err) ? UNDO_FAILED : u.result;
	if (namespace_undo(&u, json_u64(object, "netns_inode", 0), netns))
		return UNDO_FAILED;
	/*
	 * It takes its settings along wherever it is moved. A NIC outlives its namespace; a virtual
	 * device has gone with it, and others with its address are others.
	 */
	u.away = true;
	if (!u.found && (u.home || *json_str(object, "bus", "")))
		netns_each(undo_there, &u);
	return u.result;
}

const struct change_kind setting_change_kind = {
	.name = "setting",
	.survives_reboot = false,
	.undo = setting_undo,
};
