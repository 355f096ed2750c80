/*
 * Which counters of a NIC tell the truth. Losses of known number are caused, one cause at a time,
 * each by a small plan; what counters did then, held against that number, gives a verdict for each
 * counter and cause. The verdicts are kept in a file by driver and version, which ledgers cite.
 * Pure but for the files: trial lines in, verdicts and words out.
 */
#ifndef RINGLOSS_TRUST_TRUST_H
#define RINGLOSS_TRUST_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "error.h"

#define TRUST_SCHEMA 1
#define TRUST_FOREIGN "foreign traffic" /* why a counter is n/a that moved */
#define TRUST_WAYS_MAX 3
#define TRUST_READINGS_MAX 160
#define TRUST_SET_MAX 600 /* of what a way sets */

enum trust_port { TRUST_ANY_PORT, TRUST_CARD, TRUST_VIRTUAL };

/* One way to cause a loss. Those of a cause are tried in turn, until one loses something. */
struct trust_way {
	/* KEY=VALUE of the plan, separated by blanks; NULL: there is none. "64|128": the first of
	 * these that the port takes, all of a way in step */
	const char *set;
	enum trust_port port; /* what ports it is for */
	const char *places; /* of the ledger where the loss is booked, separated by '|'; "" none */
	const char *should; /* beside the cause's; NULL: none */
};

/*
 * A cause of loss. Counters are ids of the receiving side, those of the sending side with "tx:"
 * before them; lists are separated by blanks, the one that is believed first comes first.
 */
struct trust_cause {
	const char *name; /* "ring" */
	const char *what; /* how frames are lost, one line */
	struct trust_way ways[TRUST_WAYS_MAX];
	bool control; /* nothing is to be lost: what moves lies */
	/* no place books it where no counter moves: what is missing behind the wire is of it */
	bool located;
	bool nic_full;      /* what is missing behind the wire is most likely of this kind */
	bool dpdk;          /* by DPDK's driver, of whose counters alone it tells */
	const char *should; /* what is to count each of these frames */
	const char *may;    /* what may repeat it */
	const char *parts;  /* what may count one part of them each; NULL: none */
	/* why there is no way, the command where there is hardware for it, and who says so */
	const char *why, *command, *source;
};

/* The causes in the order in which they are tried, *n of them. */
const struct trust_cause *trust_causes(size_t *n);
const struct trust_cause *trust_cause_find(const char *name); /* NULL: none */

/* The plan that all causes have in common, as text. */
extern const char trust_plan[];

/* What WAY sets with the NTH (from 0) of its choices, into BUF. False: there are not so many. */
bool trust_way_choose(const struct trust_way *way, size_t nth, char *buf, size_t size);

/* Whether LIST, separated by SEPARATOR, has WORD. */
bool trust_list_has(const char *list, char separator, const char *word);

enum trust_verdict {
	TRUST_QUIET,  /* did not move, and need not have */
	TRUST_TRUE,   /* moved by the loss, or by one part of it */
	TRUST_SILENT, /* the loss, which it is there to count, did not move it */
	TRUST_LIES,   /* moved by another number, or without loss */
	TRUST_DOUBLE, /* repeats another counter that moved by the loss */
	TRUST_NA,     /* is not there */
};

/* "true", "silent", ... */
const char *trust_verdict_name(enum trust_verdict verdict);

/* What a counter did. */
struct trust_reading {
	char counter[80]; /* "rx:dev.rx_missed_errors" */
	bool known;
	int64_t delta;
	bool should;  /* it is there to count this loss */
	bool part;    /* it may count a part of it */
	bool shared;  /* it is of the whole machine: what is too much is of others */
	bool foreign; /* frames of others may have moved it */
	enum trust_verdict verdict;
	bool by_foreign; /* NA: it moved, and by frames of others for all that is known */
	int of;          /* DOUBLE: the reading that it repeats; else -1 */
};

/*
 * Verdicts of READINGS, in the order in which they are believed. KNOWN frames were lost, 0 in a
 * control.
 */
void trust_judge(struct trust_reading *readings, size_t n, int64_t known);

/*
 * Frames of others at either port during the trial LINE, as far as anything saw them: at an edge
 * of the ledger, in the sink, among the observer's drops. 0: none were seen.
 */
int64_t trust_foreign(const json_t *line);

/*
 * Of a stored trial LINE (sides tx and rx, with counters): how many frames were lost by CAUSE in
 * WAY. False, and WHY, if there is nothing to judge by: no frame was lost so (*known is 0), frames
 * are missing elsewhere, too, or where none is to be lost, or the trial is invalid, or nothing was
 * measured (*known is -1).
 */
bool trust_known(const struct trust_cause *cause, const struct trust_way *way, const json_t *line,
		 int64_t *known, char *why, size_t size);

/*
 * The readings of LINE that matter to CAUSE in WAY: at most TRUST_READINGS_MAX. CONTROL: what came
 * of the control (trust_cause_json, NULL: none): what others moved there they may have moved here,
 * too. Returns how many.
 */
size_t trust_read(const struct trust_cause *cause, const struct trust_way *way, const json_t *line,
		  const json_t *control, struct trust_reading *readings);

/*
 * What CAUSE came to, for the file: of the trial LINE that lost KNOWN frames in WAY (RESULT: where
 * it is stored), or LINE NULL: nothing was caused, for WHY. CONTROL as for trust_read. New
 * reference.
 */
json_t *trust_cause_json(const struct trust_cause *cause, const struct trust_way *way,
			 const json_t *line, const json_t *control, int64_t known,
			 const char *result, const char *why);

/*
 * A trust file: whose port it was, from a trial LINE of kernel endpoints, and CAUSES (stolen, an
 * array of trust_cause_json). New reference. EX_SOFTWARE when LINE has no driver.
 */
json_t *trust_file_json(const json_t *line, json_t *causes, struct error *err);

/* "vmxnet3-6.12.json" into BUF. */
void trust_file_name(const char *driver, const char *version, char *buf, size_t size);

/* A kernel's version without its builds: "6.12.95+deb12-amd64" is "6.12". */
void trust_version(const char *release, char *buf, size_t size);

/* Write FILE to PATH, whose folder is made if it is not there. */
int trust_file_write(const json_t *file, const char *path, struct error *err);

/* New reference; NULL with *err set: EX_NOINPUT none there, EX_DATAERR none of this schema. */
json_t *trust_file_read(const char *path, struct error *err);

/*
 * The first cause that WAS, a file of the same card (NULL: none), has verdicts for and FILE, which
 * is to take its place, has none for. NULL: nothing is lost by that. WAS owns it.
 */
const char *trust_forgets(const json_t *was, const json_t *file);

/*
 * The trust file in FOLDER for a port: SIDE is the side of a trial line, as stored. It must be of
 * the same driver, version and firmware, or of the same driver of DPDK's. New reference; NULL:
 * none.
 */
json_t *trust_find(const char *folder, const json_t *side);

/* For a side of a trial line: {driver, version, made, file}. New reference. */
json_t *trust_applied_json(const json_t *file);

/*
 * What FILE says about the counters of a ledger's ROW whose frames were to come to SIDE, both as
 * they are stored: an array of sentences. New reference; NULL: nothing.
 */
json_t *trust_row_notes(const json_t *file, const json_t *row, const json_t *side);

#endif
