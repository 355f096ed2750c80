/*
 * Applying settings: read the old value, note it, write, read back; see setting.h. Order of the
 * table is the order of applying: gro before threaded, since it is what gives a veth a NAPI.
 * Putting them back is in setting_undo.c.
 */
#include "setting.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ethtool.h"
#include "json.h"
#include "netns.h"
#include "setting_rows.h"

const struct setting_ops *const setting_table[] = {
	&setting_offload_gro,
	&setting_offload_gso,
	&setting_offload_uso,
	&setting_napi_threaded,
	NULL,
};

const struct knob_set *const setting_knob_sets[] = {
	&setting_offload_knobs,
	&setting_napi_knobs,
	NULL,
};

/* One call of setting_apply, carried into the namespace. */
struct apply {
	struct journal *journal;
	const char *netns, *ifname;
	const json_t *values;
	json_t *effective;
	struct error *err;
};

/* Only what the plan's rows allow reaches a driver, whoever filled in VALUES. */
static int value_check(const struct setting_ops *ops, const char *value, struct error *err)
{
	const struct knob *knob = NULL;
	char range[256];
	size_t i;

	for (i = 0; setting_knob_sets[i] && !knob; i++)
		if (strcmp(setting_knob_sets[i]->name, ops->group) == 0)
			knob = knob_find(setting_knob_sets[i], ops->name);
	if (!knob || knob_parse(knob, value, NULL, NULL) == 0)
		return 0;
	knob_range_text(knob, range, sizeof(range));
	return error_set(err, EX_DATAERR, -EINVAL, "no such value \"%s\": one of %s", value, range);
}

/*
 * What undoing finds the device by. The namespace goes by its inode: an agent that lives in one
 * calls it its own, and a lab made anew has the same names and numbers as the last.
 */
static json_t *object_make(const struct apply *a, const char *key)
{
	char bus[32] = "", netns[64] = "";
	uint64_t inode = netns_inode("");
	int fd = ethtool_open();

	if (fd >= 0) {
		ethtool_bus(fd, a->ifname, bus, sizeof(bus));
		close(fd);
	}
	if (*a->netns)
		snprintf(netns, sizeof(netns), "%s", a->netns);
	else
		netns_find(inode, netns, sizeof(netns));
	return json_pack("{s:s, s:I, s:s, s:i, s:s, s:s}", "netns", netns, "netns_inode",
			 (json_int_t)inode, "ifname", a->ifname, "ifindex",
			 (int)if_nametoindex(a->ifname), "bus", bus, "setting", key);
}

static int value_note(const struct apply *a, const char *key, const char *old_value,
		      const char *new_value)
{
	json_t *object = object_make(a, key);
	json_t *before = json_string(old_value);
	json_t *after = json_string(new_value);
	int ret = -ENOMEM;

	if (object && before && after)
		ret = journal_note(a->journal, setting_change_kind.name, object, before, after,
				   a->err);
	else
		error_set(a->err, EX_OSERR, ret, "no memory to note it");
	json_decref(object);
	json_decref(before);
	json_decref(after);
	return ret;
}

/* Change from OLD to ASKED; NOW gets what took effect. */
static int value_change(const struct apply *a, const struct setting_ops *ops, const char *key,
			const char *old, const char *asked, char now[SETTING_VALUE_MAX])
{
	int ret;

	ret = value_note(a, key, old, asked);
	if (ret)
		return ret;
	ret = ops->write(a->ifname, asked, a->err);
	if (!ret)
		ret = ops->read(a->ifname, now, a->err);
	if (ret || strcmp(now, asked) == 0)
		return ret;
	if (strcmp(now, old) == 0)
		return error_set(
			a->err, EX_UNAVAILABLE, -EOPNOTSUPP,
			"the driver took %s without an error, but it is still %s: set it to "
			"keep",
			asked, old);
	/* Rounded by the driver: restore has to know this value for ours as well. */
	return value_note(a, key, old, now);
}

static int row_apply(const struct apply *a, const struct setting_ops *ops)
{
	char key[64], old[SETTING_VALUE_MAX], now[SETTING_VALUE_MAX];
	const char *asked;
	bool keep;
	int ret;

	snprintf(key, sizeof(key), "%s.%s", ops->group, ops->name);
	asked = json_str(a->values, key, SETTING_KEEP);
	keep = strcmp(asked, SETTING_KEEP) == 0;
	ret = value_check(ops, asked, a->err);
	if (ret)
		goto out;
	ret = ops->read(a->ifname, old, a->err);
	if (ret && keep) {
		/* Not asked for: that it cannot be read is a fact to report, no failure. */
		json_put_str(a->effective, key, SETTING_UNSUPPORTED);
		return 0;
	}
	if (ret)
		goto out;
	snprintf(now, sizeof(now), "%s", old);
	if (!keep && strcmp(asked, old) != 0)
		ret = value_change(a, ops, key, old, asked, now);
	if (!ret)
		json_put_str(a->effective, key, now);
out:
	return ret ? error_prefix(a->err, "%s: %s", a->ifname, key) : 0;
}

static int table_apply(void *arg)
{
	const struct apply *a = arg;
	size_t i;
	int ret = 0;

	if (!if_nametoindex(a->ifname))
		return error_set(a->err, EX_NOINPUT, -ENODEV, "there is no device %s in %s%s",
				 a->ifname, *a->netns ? "namespace " : "this namespace", a->netns);
	for (i = 0; setting_table[i] && !ret; i++)
		ret = row_apply(a, setting_table[i]);
	return ret;
}

int setting_apply(struct journal *j, const char *netns, const char *ifname, const json_t *values,
		  json_t **effective, struct error *err)
{
	struct error local; /* table_apply prefixes and returns the code of *err */
	struct apply a = {
		.journal = j,
		.netns = netns ? netns : "",
		.ifname = ifname,
		.values = values,
		.effective = json_object(),
		.err = err ? err : &local,
	};
	int ret;

	if (effective)
		*effective = NULL;
	if (!a.effective)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for the settings of %s",
				 ifname);
	ret = netns_call(a.netns, table_apply, &a, a.err);
	if (!ret && effective)
		*effective = json_incref(a.effective);
	json_decref(a.effective);
	return ret;
}
