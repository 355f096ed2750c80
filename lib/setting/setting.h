/*
 * What a plan may set on a device and its host: rings, queues, interrupts, offloads, sysctls ...
 * One row each (setting_row.h), read, written and read back. Every write is journalled first.
 * `keep` as the value leaves a setting as its user has it.
 */
#ifndef RINGLOSS_HOST_SETTING_H
#define RINGLOSS_HOST_SETTING_H

#include <stdbool.h>

#include <jansson.h>

#include "error.h"
#include "journal.h"
#include "knob.h"

#define SETTING_KEEP "keep"
#define SETTING_UNSUPPORTED "unsupported" /* effective value of what cannot be read here */

/* The knob sets of the groups (KNOB_SCOPE_GROUP), for the plan; *n of them. */
const struct knob_set *const *setting_knob_sets(size_t *n);

/* What one side has changed so far, and how it was before. */
struct settings;

/* Settings of IFNAME in namespace NETNS ("": the caller's). NULL: no memory. */
struct settings *settings_new(const char *netns, const char *ifname);

/* Free; nothing is put back. NULL is fine. */
void settings_free(struct settings *s);

/* What setting_apply did, beside setting values. */
struct setting_outcome {
	json_t *effective; /* {"nic.rx_ring": "128", ...}: every row, as read; the caller's */
	bool changed;      /* some value was changed */
	bool relinked;     /* one of those that take the link down (KNOB_RELINK) */
};

/*
 * Make the device as VALUES ({"nic.rx_ring": "100", "cpus": "0-1", ...}; keys of other owners are
 * only looked at) ask for: for each row that differs, the old value to the journal, write, read
 * back. `keep` means what it was before the first call. Rows are applied in the order of the table;
 * what belongs to queues is set again where they are made anew. QUIET (may be NULL) is called with
 * ARG before the first change that no traffic should meet: queues go away.
 * A refusal is an error that names device, setting and remedy; what was changed until then stays
 * noted: the caller undoes the journal, and frees S.
 */
int setting_apply(struct settings *s, struct journal *j, const json_t *values,
		  void (*quiet)(void *arg), void *arg, struct setting_outcome *out,
		  struct error *err);

/*
 * An endpoint that opens on the device, or closes, may make its queues and interrupts anew: an XDP
 * program does in many drivers (ixgbe and i40e set up all of their vectors, a veth gets NAPIs).
 * Before: note what is set on them, so that it is put back whatever happens.
 */
int setting_hold(struct settings *s, struct journal *j, struct error *err);

/*
 * After: set again, as VALUES ask for, what was lost. *effective: {"irq.affinity": "2", ...}, what
 * belongs to queues, as read; the caller's.
 */
int setting_again(struct settings *s, struct journal *j, const json_t *values, json_t **effective,
		  struct error *err);

/*
 * Settings as they are now, into *effective, which is the caller's; nothing is changed. ASKED: of
 * those that were asked for in it; NULL: all of the device's.
 */
int setting_look(struct settings *s, const json_t *asked, json_t **effective, struct error *err);

/* The change kind by which journals undo settings. */
extern const struct change_kind setting_change_kind;

#endif
