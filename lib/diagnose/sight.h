/* Inside lib/diagnose: how a sight is put together. */
#ifndef RINGLOSS_DIAGNOSE_SIGHT_H
#define RINGLOSS_DIAGNOSE_SIGHT_H

#include "diagnose.h"

/* A new subject at the end; NULL: no memory. Pointers to others are void after it. */
struct subject *sight_add(struct sight *sight, enum subject_kind kind);

/* An empty one; NULL with *err set. */
struct sight *sight_new(struct error *err);

/* Read all subjects, of the live host (ROOT is "") or of a recorded tree. 0 or -ENOMEM. */
int sight_read(struct sight *sight, const char *root, struct error *err);

/* Losses since boot of counters that stand still, as diagnose has them. New reference. */
json_t *sight_totals(const struct sight *sight);

/* Note counters that could not be read, or were reset meanwhile. */
void sight_note_unread(struct sight *sight);

/* Note NICs that do not count what their rings and buffers have no room for. */
void sight_note_uncounted(struct sight *sight);

/* What was looked at, for people. New reference. */
json_t *sight_looked_at(const struct sight *sight);

/* The subjects of a live host that REQUEST asks for. */
int sight_find(struct sight *sight, const struct sight_request *request, struct error *err);

/*
 * The subject at which ID is known before and after: SUBJECT itself, its namespace, or the
 * machine. NULL: none.
 */
struct subject *sight_owner(const struct sight *sight, const struct subject *subject,
			    const char *id);

#endif
