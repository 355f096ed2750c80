/* Facts of a recorded tree, which has them as they were read; see fact_read.h. */
#include <limits.h>
#include <stdio.h>

#include "fact_read.h"

json_t *fact_recorded(const char *root, const struct subject *subject, const char *name)
{
	static const char *const kinds[] = {
		[SUBJECT_MACHINE] = "machine",
		[SUBJECT_NETNS] = "netns",
		[SUBJECT_DEVICE] = "device",
	};
	const json_t *of;
	char path[PATH_MAX];
	json_t *all, *found;

	if (snprintf(path, sizeof(path), "%s/facts.json", root) >= (int)sizeof(path))
		return NULL;
	all = json_load_file(path, 0, NULL);
	of = json_object_get(all, kinds[subject->kind]);
	if (subject->kind == SUBJECT_DEVICE)
		of = json_object_get(of, subject->ifname);
	found = json_incref(json_object_get(of, name));
	json_decref(all);
	return found;
}
