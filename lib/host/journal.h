/*
 * What a run changes on a host is written down, durably, before it is changed,
 * and put back from there: in order by the run itself, or after kill -9 by
 * `ringloss restore`. One file a process that changes things, locked (flock) as
 * long as that process lives: a file whose lock is free belongs to a run that died.
 * Kinds of change are rows (struct change_kind), one file of code each.
 *
 * Folder: $RINGLOSS_STATE_DIR, else /var/lib/ringloss. Files: journal/NAME.jsonl, one
 * JSON object a line; the first line names program, pid and boot id. A line cut
 * short by a crash was never acted on and is ignored.
 */
#ifndef RINGLOSS_HOST_JOURNAL_H
#define RINGLOSS_HOST_JOURNAL_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include <jansson.h>

#include "error.h"

struct journal;

enum undo_result {
	UNDO_DONE,     /* the old state is back */
	UNDO_NOTHING,  /* it was already, or the object is gone for good (reboot, namespace gone) */
	UNDO_CONFLICT, /* neither the old value nor ours: somebody else's, left alone */
	UNDO_FAILED,   /* could not be put back; *err says why; the entry stays */
};

/* A kind of change. OLD and NEW are what the owner stored (any JSON). */
struct change_kind {
	const char *name;     /* "netns", "napi.threaded", "offload.gro" */
	bool survives_reboot; /* false: an entry of another boot id is moot */
	enum undo_result (*undo)(const json_t *object, const json_t *old_value,
				 const json_t *new_value, struct error *err);
};

/* All kinds, NULL-terminated: the one table that restore goes by. */
extern const struct change_kind *const change_kinds[];

/*
 * Create and lock journal/NAME.jsonl. NAME is unique to run and side. EX_CANTCREAT
 * when the folder cannot be written: nothing may be changed then. If a dead run left one of
 * the same name, that is undone first; EX_TEMPFAIL when its owner lives. The lock is shared with
 * children that are forked without exec: the run counts as living until they have ended too.
 */
struct journal *journal_open(const char *name, struct error *err);

/*
 * Note a change that is about to be made; on disk (fsync) when this returns 0.
 * References to the JSON values are not stolen.
 */
int journal_note(struct journal *j, const char *kind, const json_t *object, const json_t *old_value,
		 const json_t *new_value, struct error *err);

/*
 * The same in place of the entry at *ENTRY (0: none yet), which is struck out once the new one is
 * on disk; *ENTRY is then that. For something that is changed over and over.
 */
int journal_renote(struct journal *j, off_t *entry, const char *kind, const json_t *object,
		   const json_t *old_value, const json_t *new_value, struct error *err);

/*
 * Undo everything noted, last first; entries that were undone or are moot are struck out.
 * Removes the file when nothing stays (noting again makes it anew). 0, or -EBUSY with *err
 * naming the first conflict or failure, and the file to delete once it is settled. OUT (may be
 * NULL) gets a line per entry.
 */
int journal_undo(struct journal *j, FILE *out, struct error *err);

/*
 * Drop the file without undoing (what was made is to stay: `lab up`), unlock, free.
 */
void journal_commit(struct journal *j);

/* Unlock and free; the file stays if entries do, for restore. NULL is fine. */
void journal_close(struct journal *j);

/* How many journals of dead runs wait for restore; *name (may be NULL) gets one's name. */
int journal_pending(char *name, size_t size);

/*
 * Undo all journals of dead runs. One that is just ending (killed, or an agent without controller)
 * is waited for. Those of living ones are left alone and counted in *living. 0, or -EBUSY when
 * something could not be put back. dry_run: say only.
 */
int journal_restore_all(FILE *out, bool dry_run, int *undone, int *living, struct error *err);

/* $RINGLOSS_STATE_DIR or /var/lib/ringloss into buf. */
void journal_state_dir(char *buf, size_t size);

/* Make that folder (0700) and the one of the journals, if they are not there. EX_CANTCREAT. */
int journal_state_make(struct error *err);

#endif
