/*
 * A port's features (ethtool -k): what its user wants, and what is active of it. An XDP program
 * makes some drivers switch features off (vmxnet3: LRO), and not on again when it goes: then saying
 * the same wish once more makes the kernel look anew (net/ethtool/ioctl.c, ethtool_set_features).
 */
#include <linux/ethtool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ethtool.h"
#include "json.h"
#include "netns.h"
#include "port.h"
#include "port_move.h"
#include "port_state.h"

#define WORDS_MAX 16 /* of 32 features */

struct features {
	uint32_t cmd, size;
	struct ethtool_get_features_block block[WORDS_MAX];
};

static bool features_get(int fd, const char *ifname, struct features *f)
{
	memset(f, 0, sizeof(*f));
	f->cmd = ETHTOOL_GFEATURES;
	f->size = WORDS_MAX;
	/* the kernel says how many words there are, and fills in as many as have room */
	if (ethtool_call(fd, ifname, f) || !f->size)
		return false;
	f->size = f->size < WORDS_MAX ? f->size : WORDS_MAX;
	return true;
}

/* Of those that can be changed, a word each: {wanted: [...], active: [...]}. */
static json_t *features_json(const struct features *f)
{
	json_t *wanted = json_array(), *active = json_array();
	uint32_t i;

	for (i = 0; i < f->size; i++) {
		json_array_append_new(wanted,
				      json_integer(f->block[i].requested & f->block[i].available));
		json_array_append_new(active,
				      json_integer(f->block[i].active & f->block[i].available));
	}
	return json_pack("{s:o, s:o}", "wanted", wanted, "active", active);
}

/*
 * What was active and still is wanted is asked for again; with WISHES what was wanted, too. 0 when
 * nothing differs, 1 when something was said, or a negative errno.
 */
static int features_set(int fd, const char *ifname, const json_t *saved, bool wishes)
{
	struct {
		uint32_t cmd, size;
		struct ethtool_set_features_block block[WORDS_MAX];
	} set = {.cmd = ETHTOOL_SFEATURES};
	struct features f;
	uint32_t i, differs = 0;
	int ret;

	if (!features_get(fd, ifname, &f))
		return -EOPNOTSUPP;
	set.size = f.size;
	for (i = 0; i < f.size; i++) {
		uint32_t wanted = (uint32_t)json_integer_value(
			json_array_get(json_object_get(saved, "wanted"), i));
		uint32_t active = (uint32_t)json_integer_value(
			json_array_get(json_object_get(saved, "active"), i));
		uint32_t changed = wanted ^ f.block[i].requested;
		uint32_t lost = active & ~f.block[i].active & f.block[i].requested;

		set.block[i].valid = (lost | (wishes ? changed : 0)) & f.block[i].available;
		set.block[i].requested = (wishes ? wanted : lost) & set.block[i].valid;
		differs |= set.block[i].valid;
	}
	if (!differs)
		return 0;
	ret = ethtool_call(fd, ifname, &set);
	/* positive: wanted, and kept off by another feature, as before */
	return ret < 0 ? ret : 1;
}

static json_t *features_read(struct port_at *at)
{
	struct features f;

	return features_get(at->ethtool, at->ifname, &f) ? features_json(&f) : NULL;
}

static int features_write(struct port_at *at, const json_t *saved)
{
	int ret = features_set(at->ethtool, at->ifname, saved, true);

	return ret < 0 ? port_failed(at, ret, "its features") : 0;
}

const struct port_part port_part_features = {
	.name = "features",
	.read = features_read,
	.write = features_write,
};

/* ---- of a port that stays where it is ---- */

int port_features_note(struct journal *j, const char *ifname, struct error *err)
{
	json_t *object = NULL, *old = NULL;
	struct features f;
	char bus[32] = "";
	int fd = ethtool_open(), ret = 0;

	if (fd < 0)
		return error_set(err, EX_OSERR, fd, "%s: cannot be asked: %s", ifname,
				 strerror(-fd));
	ethtool_bus(fd, ifname, bus, sizeof(bus));
	if (bus[0] && features_get(fd, ifname, &f)) {
		object = json_pack("{s:s, s:s, s:I}", "ifname", ifname, "bus", bus, "netns_inode",
				   (json_int_t)netns_inode(""));
		old = features_json(&f);
		ret = journal_note(j, port_features_change_kind.name, object, old, NULL, err);
	}
	json_decref(object);
	json_decref(old);
	close(fd);
	return ret;
}

struct undo {
	const json_t *object, *old;
	int ret;
};

static int undo_here(void *arg)
{
	struct undo *u = arg;
	char ifname[IF_NAMESIZE];
	int fd = ethtool_open();

	u->ret = 0;
	if (fd >= 0 && port_find(json_str(u->object, "bus", ""), "", ifname))
		u->ret = features_set(fd, ifname, u->old, false);
	if (fd >= 0)
		close(fd);
	return 0;
}

/* Wishes are left alone: they are settings', or somebody's. */
static enum undo_result features_undo(const json_t *object, const json_t *old_value,
				      const json_t *new_value, struct error *err)
{
	struct undo u = {.object = object, .old = old_value};
	int fd = netns_open_inode(json_u64(object, "netns_inode", 0));

	if (fd < 0)
		return UNDO_NOTHING;
	netns_call_fd(fd, undo_here, &u, err);
	close(fd);
	if (u.ret >= 0)
		return u.ret ? UNDO_DONE : UNDO_NOTHING;
	error_set(err, EX_UNAVAILABLE, u.ret, "the features of %s cannot be put back: %s",
		  json_str(object, "ifname", ""), strerror(-u.ret));
	return UNDO_FAILED;
}

const struct change_kind port_features_change_kind = {
	.name = "features",
	.survives_reboot = false,
	.undo = features_undo,
};
