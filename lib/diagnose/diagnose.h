/*
 * Where a host is losing packets now, and why. Nothing is sent and nothing changed: every counter
 * is read twice, rules (rows of rules_*.c) say which loss the differences mean, facts of the host
 * say the cause, and what each rule has explained is explained no second time.
 *
 *   sight     subjects (the machine, namespaces, devices) with their counters before and after
 *   rules     rows: which counters, moving, mean which place
 *   facts     what is known of a subject besides counters: rings, rules, sockets, sysctls
 *   findings  rules that apply, by packets lost per second, with cause and remedy
 */
#ifndef RINGLOSS_DIAGNOSE_DIAGNOSE_H
#define RINGLOSS_DIAGNOSE_DIAGNOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "error.h"

/* ---- what is looked at ---- */

enum subject_kind { SUBJECT_MACHINE, SUBJECT_NETNS, SUBJECT_DEVICE };

/*
 * Something that has counters. The machine is subject 0; devices follow their namespace.
 * Of a namespace `netns` is its name as `ip netns` has it, "pid:N" for one that only processes
 * hold, and "" for the one that the program was started in.
 */
struct subject {
	enum subject_kind kind;
	char netns[64];
	uint64_t inode; /* of the namespace */
	int netns_fd;   /* open; -1 in a recorded tree. A device has its namespace's, and this: */
	int sysfs;      /* a descriptor of a sysfs that shows its devices; -1: none */
	char ifname[16];
	int ifindex;
	char driver[64], bus[64]; /* "" unknown */
	size_t home;              /* of a device: the subject that is its namespace */
	size_t peer;              /* of a veth whose other end is looked at: its subject; else 0 */
	json_t *before, *after;   /* counters as snapshot_json has them; NULL: not read, or gone */
	uint64_t time_ns;         /* of the last look */
	double seconds;           /* between the two */
	json_t *facts_before;     /* those that are read twice, by the name of their row */
	json_t *facts;
};

struct observer;
struct sent_again;

struct sight {
	struct subject *subjects;
	size_t n;
	char root[256];                 /* "": the live host; else a recorded tree */
	json_t *unseen;                 /* texts: what could not be read, and why */
	struct observer *observer;      /* of the whole host; NULL: none */
	struct sent_again *again;       /* likewise */
	json_t *events_before, *events; /* what the observer saw, as it lists them; NULL: nothing */
	json_t *connections; /* TCP connections that sent again since the first look, or NULL */
	bool counters_only;  /* as it was asked for */
};

struct sight_request {
	const char *ifname; /* only this device; NULL: all */
	const char *netns;  /* NAME, a PID, "all"; NULL or "": where the program is */
	bool counters_only; /* no observer, and no facts with a look: for many looks a second */
};

/*
 * Find the subjects and read everything once. EX_NOINPUT for a device or namespace that is not
 * there, with those that are.
 */
int sight_open(const struct sight_request *request, struct sight **sight, struct error *err);

/*
 * Read everything again: what was `after` becomes `before` but for the first time. Devices that
 * came or went meanwhile are left out. 0 or -ENOMEM.
 */
int sight_look(struct sight *sight, struct error *err);

/*
 * A sight of a recorded tree: FOLDER/before and FOLDER/after, each with files as below / of the
 * host (docs/design.md, "Recorded trees").
 */
int sight_replay(const char *folder, struct sight **sight, struct error *err);

void sight_close(struct sight *sight);

/*
 * By how much counter ID moved, looked for at SUBJECT, then its namespace, then the machine. False
 * where it is not known there.
 */
bool sight_delta(const struct sight *sight, const struct subject *subject, const char *id,
		 int64_t *delta);

/* The level of a gauge after, likewise. */
bool sight_level(const struct sight *sight, const struct subject *subject, const char *id,
		 int64_t *level);

/* netns_call_fd, but that no right is needed for the namespace that this thread is in. */
int sight_call(int netns, int (*fn)(void *arg), void *arg, struct error *err);

/* Note what could not be seen, once. */
void sight_unseen(struct sight *sight, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- facts ---- */

/*
 * A fact of a kind of subject: something that is read once there is a finding that asks for it.
 * What its object holds is in the comment at its row (facts.c).
 */
struct fact_row {
	const char *name; /* "rings" */
	enum subject_kind of;
	bool twice; /* read with each look, so that rules can compare */
	/*
	 * In the subject's namespace, with sysfs (a descriptor of a sysfs that shows its devices;
	 * -1: none). New reference; NULL: it has no such thing or could not be read.
	 */
	json_t *(*read)(const struct subject *subject, int sysfs);
};

const struct fact_row *fact_table(size_t *n);

/* Read the facts of NAMES (with blanks between) into subject->facts, those that are not there. */
void facts_read(struct sight *sight, struct subject *subject, const char *names);

/*
 * Fact PATH, "rings.rx", of SUBJECT, of its namespace or of the machine; NULL: not known. Borrowed.
 */
const json_t *fact(const struct sight *sight, const struct subject *subject, const char *path);
bool fact_s64(const struct sight *sight, const struct subject *subject, const char *path,
	      int64_t *value);

/* ---- rules and findings ---- */

/* Whether packets are lost by it, or it only slows, pushes back or announces. */
enum finding_kind { FINDING_LOSS, FINDING_SIGN };

struct explanation;

struct diagnosis_rule {
	const char *place; /* its name, as in `ringloss list places` where that has it */
	int row;           /* of the table of places, 1..36 */
	enum subject_kind of;
	enum finding_kind kind;
	const char *unit;  /* NULL: packets */
	const char *count; /* counters joined by + and -: what is lost; NULL: `measure` says */
	/*
	 * What no counter says: a level that is too high, work that is uneven. 0: it does not
	 * apply. Asks for facts by itself.
	 */
	int64_t (*measure)(struct sight *sight, struct subject *subject);
	/* Whether it applies here, by facts that it asks for; NULL: always. */
	bool (*when)(struct sight *sight, struct subject *subject);
	bool level; /* what `measure` says is one, and has no rate */
	/*
	 * Counters that move for the same loss, which explains them: at the subject, above it, or
	 * at its devices. "peer:" before those of a veth's other end, or of the namespace that is
	 * in. What a driver's counters repeat is in counter_names and need not stand here.
	 */
	const char *repeats;
	const char *evidence; /* further counters to be shown if they moved */
	const char *facts;    /* that `explain` asks for */
	/* Say the cause on this host and the remedy; NULL: `means` says it all. */
	void (*explain)(struct explanation *e);
	const char *means;  /* one line: what is happening to the packets */
	const char *source; /* kernel file, RFC section or vendor's document that says so */
};

/* All rules, in the order in which they explain counters. *n of them. */
const struct diagnosis_rule *diagnosis_rule_table(size_t *n);

/* What an explain function is given, and answers into. */
struct explanation {
	const struct sight *sight;
	const struct subject *subject;
	const struct diagnosis_rule *rule;
	int64_t lost;
	const json_t *evidence; /* the finding's: counters that moved */
	json_t *causes;         /* texts */
	json_t *remedies;       /* {"command" or "advice": text} */
};

/* A cause on this host, a line with figures. */
void explain_cause(struct explanation *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * A command to copy, as it is typed in the subject's namespace: the prefix is put before it. Each
 * %s is one word of a shell and gets quotes where it needs them; an empty one is left out with the
 * blank before it. Besides there are %d and %lld. None where the host has not the program.
 */
void explain_command(struct explanation *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "sysctl -w NAME=VALUE", if this host has it. */
void explain_sysctl(struct explanation *e, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Likewise TIMES the present value NOW, LEAST at least; nothing if that is no more than it is. */
void explain_sysctl_more(struct explanation *e, const char *name, int64_t now, int64_t least,
			 int64_t times);

/* What to do where no command does it; %s, %d and %lld as of explain_command. */
void explain_advice(struct explanation *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The findings of a sight, worst first: losses by their rate, then signs. An object:
 * {"looked_at", "seconds", "findings": [{"place", "row", "kind", "netns", "device", "lost",
 * "per_second", "unit", "means", "evidence": [{"counter", "delta", "per_second"}], "causes": [],
 * "remedies": [], "source"}], "totals": [{"netns", "device", "counter", "total"}]: losses since
 * boot that do not move now, "unseen": []}. New reference; NULL: no memory.
 */
json_t *diagnose(struct sight *sight);

/*
 * Likewise by the rules that count, without asking for causes: [{"place", "row", "kind", "netns",
 * "device", "lost", "per_second", "unit"}] in no order. New reference; NULL: no memory.
 */
json_t *diagnose_counted(struct sight *sight);

/* "1 packet", "1,200 packets", "1 entry": UNIT is in the plural. Into BUF. */
const char *amount_text(char *buf, size_t size, int64_t n, const char *unit);

/* For people. */
void diagnosis_print(const json_t *diagnosis, FILE *out);

/* Counters and findings as OpenMetrics text (for a textfile collector). */
void diagnosis_openmetrics(const struct sight *sight, const json_t *diagnosis, FILE *out);

#endif
