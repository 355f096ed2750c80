/*
 * A sight of a host that was recorded twice (docs/design.md, "Recorded trees"): the same subjects,
 * read by the same readers below a folder. What was not recorded is not known.
 */
#include "sight.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "counter.h"
#include "file.h"
#include "json.h"

static bool is_folder(const char *path)
{
	DIR *dir = opendir(path);

	if (dir)
		closedir(dir);
	return dir != NULL;
}

/* Interfaces of which ethtool's answers were recorded. */
static int add_devices(struct sight *sight, const char *root, struct error *err)
{
	char path[320];
	struct dirent *entry;
	DIR *dir;
	int ret = 0;

	snprintf(path, sizeof(path), "%s/ethtool", root);
	dir = opendir(path);
	while (dir && !ret && (entry = readdir(dir))) {
		struct subject *device;

		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= sizeof(device->ifname))
			continue;
		device = sight_add(sight, SUBJECT_DEVICE);
		if (!device) {
			ret = error_set(err, EX_OSERR, -ENOMEM, "no memory");
			break;
		}
		snprintf(device->ifname, sizeof(device->ifname), "%s", entry->d_name);
		device->home = 1;
		counter_driver_find(
			&(struct snapshot_request){.ifname = device->ifname, .root = root},
			device->driver, device->bus, sizeof(device->driver));
	}
	if (dir)
		closedir(dir);
	return ret;
}

/* When the tree was recorded, since boot. */
static bool recorded_ns(const char *root, double *ns)
{
	struct error err;
	char path[320], *text, *end;

	snprintf(path, sizeof(path), "%s/proc/uptime", root);
	text = file_read(path, NULL, &err);
	*ns = text ? strtod(text, &end) * 1e9 : 0;
	free(text);
	return *ns > 0;
}

/* Whether there is anything to compare. */
static bool has_counters(const struct sight *sight)
{
	for (size_t i = 0; i < sight->n; i++) {
		const json_t *before = sight->subjects[i].before;
		json_t *value;
		const char *id;

		json_object_foreach (sight->subjects[i].after, id, value)
			if (json_is_integer(value) && json_is_integer(json_object_get(before, id)))
				return true;
	}
	return false;
}

static int add_subjects(struct sight *sight, struct error *err)
{
	if (!sight_add(sight, SUBJECT_MACHINE) || !sight_add(sight, SUBJECT_NETNS))
		return error_set(err, EX_OSERR, -ENOMEM, "no memory");
	sight->subjects[1].home = 1;
	return add_devices(sight, sight->root, err);
}

int sight_replay(const char *folder, struct sight **sight, struct error *err)
{
	char before[256];
	struct sight *s;
	double from, to;
	int ret;

	s = sight_new(err);
	if (!s)
		return -ENOMEM;
	if (snprintf(before, sizeof(before), "%s/before", folder) >= (int)sizeof(before))
		ret = error_set(err, EX_USAGE, -ENAMETOOLONG, "--replay %s: the name is too long",
				folder);
	else
		ret = 0;
	snprintf(s->root, sizeof(s->root), "%.240s/after", folder);
	if (!ret && (!is_folder(before) || !is_folder(s->root)))
		ret = error_set(err, EX_NOINPUT, -ENOENT,
				"--replay %s: there must be folders before and after in it, as "
				"docs/design.md, \"Recorded trees\", has them made",
				folder);
	if (!ret)
		ret = add_subjects(s, err);
	if (!ret)
		ret = sight_read(s, before, err);
	if (!ret)
		ret = sight_read(s, s->root, err);
	if (!ret && !has_counters(s))
		ret = error_set(
			err, EX_DATAERR, -ENODATA,
			"--replay %s: no counter is in both before and after; "
			"docs/design.md, \"Recorded trees\", has the commands that record them",
			folder);
	if (ret) {
		sight_close(s);
		return ret;
	}
	for (size_t i = 0; i < s->n; i++)
		s->subjects[i].seconds =
			recorded_ns(before, &from) && recorded_ns(s->root, &to) && to > from
				? (to - from) / 1e9
				: 0;
	*sight = s;
	return 0;
}
