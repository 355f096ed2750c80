/*
 * Settings of a device that a plan may change: one row each, read, written
 * and read back. Every write goes through setting_apply, which journals first.
 * `keep` as the value leaves a setting alone.
 */
#ifndef RINGLOSS_HOST_SETTING_H
#define RINGLOSS_HOST_SETTING_H

#include <jansson.h>

#include "error.h"
#include "journal.h"
#include "knob.h"

#define SETTING_VALUE_MAX 256

/* Values are text, as a user writes them in a plan. The calling process is in the device's
 * namespace. */
struct setting_ops {
	const char *group; /* "napi" */
	const char *name;  /* "threaded": the key is SIDE.napi.threaded */
	/* Current value. -EOPNOTSUPP with a remedy in *err when the driver has none. */
	int (*read)(const char *ifname, char value[SETTING_VALUE_MAX], struct error *err);
	int (*write)(const char *ifname, const char *value, struct error *err);
};

/* All settings, NULL-terminated. */
extern const struct setting_ops *const setting_table[];

/* The knob sets of the groups (KNOB_SCOPE_GROUP), NULL-terminated, for the plan. */
extern const struct knob_set *const setting_knob_sets[];

/*
 * Apply what VALUES ({"napi.threaded": "1", ...}; keys of other owners ignored) asks for on
 * IFNAME of the namespace NETNS ("" for the caller's): old value to the journal,
 * write, read back. *effective gets {"napi.threaded": "1"} for each setting asked
 * or not, as read ("unsupported" when there is none). A refusal is an error that
 * names device, setting and remedy. After journal_undo the same journal serves again: called
 * before each point's settings, it makes `keep` mean what the user had, and keeps the file short.
 */
int setting_apply(struct journal *j, const char *netns, const char *ifname, const json_t *values,
		  json_t **effective, struct error *err);

/* The change kind by which journals undo settings. */
extern const struct change_kind setting_change_kind;

#endif
