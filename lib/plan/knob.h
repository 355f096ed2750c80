/*
 * A knob is one thing that a plan can set: one row, in the file of the module
 * that owns it, makes its key in the plan file, its --set, its help, its line
 * in `ringloss list knobs` and its name in JSON. This file holds the row type and
 * the parser of a single value; it knows no knob by name.
 */
#ifndef RINGLOSS_PLAN_KNOB_H
#define RINGLOSS_PLAN_KNOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum knob_type {
	KNOB_U64,      /* uint64_t; plain integer */
	KNOB_BOOL,     /* bool; on/off, yes/no, true/false, 1/0 */
	KNOB_CHOICE,   /* uint32_t: index into choices; exact words */
	KNOB_STRING,   /* char[size], not longer than size - 1 */
	KNOB_BYTES,    /* uint64_t; 4096, 64K, 8M, 1G (binary multiples) */
	KNOB_DURATION, /* uint64_t in ns; 2s, 500ms, 10us, 250ns; a unit is required */
	KNOB_RATE,     /* double in frames/s; "1Mpps", "250kpps", "9000pps"; "max" is INFINITY */
	KNOB_RATIO,    /* double 0..1; "0.5%", "0", "1e-6" */
	KNOB_CPUS,     /* struct cpu_list; "0", "0-3", "0+2" (a comma would be an axis) */
	KNOB_SIZES,    /* struct size_mix; "64", "64:7+570:4+1518:1", "imix"; min, max of each */
	KNOB_IPV4,     /* struct knob_ipv4; "198.18.0.1/24", "" when unset */
	KNOB_IPV6,     /* struct knob_ipv6; "2001:2::1/64", "" when unset */
};

/* What changing the value between two points costs; the dearest last. */
enum knob_change {
	KNOB_RETUNE,  /* told to the running threads */
	KNOB_REOPEN,  /* endpoint is stopped, configured and started */
	KNOB_RESPAWN, /* worker process is replaced */
	KNOB_RELINK,  /* the device's link goes down and comes back: seconds on real NICs */
};

#define CPU_LIST_MAX 256
struct cpu_list {
	uint32_t n;                 /* CPUs in cpu[] */
	uint16_t cpu[CPU_LIST_MAX]; /* logical CPU numbers, in the order given */
};

#define SIZE_MIX_MAX 16
struct size_mix {
	uint32_t n;                    /* different sizes */
	uint32_t size[SIZE_MIX_MAX];   /* in the order given */
	uint32_t weight[SIZE_MIX_MAX]; /* how many of the sum of all weights have it */
};

struct knob_ipv4 {
	bool set;        /* false: the user named none */
	uint8_t addr[4]; /* network order */
	uint8_t prefix;  /* 0..32 */
};

struct knob_ipv6 {
	bool set;         /* false: the user named none */
	uint8_t addr[16]; /* network order */
	uint8_t prefix;   /* 0..128 */
};

/* Integer types compare against min..max inclusive; min == max == 0: no bound. */
struct knob {
	const char *name; /* "ring"; the full key is SECTION.name */
	enum knob_type type;
	size_t offset;              /* of the field in the owner's config struct */
	size_t size;                /* of the field, for KNOB_STRING */
	uint64_t min, max;          /* inclusive bounds, in the field's unit */
	const char *const *choices; /* NULL-terminated, for KNOB_CHOICE */
	/* NULL-terminated: taken instead of a value; only in sets without a config struct */
	const char *const *words;
	/* KNOB_STRING: NULL, or why TEXT is none; and how one looks, for help */
	const char *(*check)(const char *text);
	const char *form;
	const char *def;  /* default, as a user would write it */
	const char *unit; /* "frames", "bytes", "" */
	const char *help; /* one line */
	bool sweepable;   /* a list of values is an axis */
	enum knob_change change;
};

/* Where a set's keys live. */
enum knob_scope {
	KNOB_SCOPE_PLAN, /* [NAME] is a section of its own: plan, traffic, search */
	KNOB_SCOPE_SIDE, /* keys of a side's section: [rx] ring = ... */
	KNOB_SCOPE_GROUP /* keys of a group of a side: [rx.NAME] or rx.NAME.key */
};

/*
 * The rows of one owner. A side's knobs may come from several sets (the common
 * ones, each endpoint's); the same key may stand in several endpoints' sets
 * (ring), provided the type is the same: which row counts is decided by the
 * side's endpoint in each point.
 */
struct knob_set {
	const char *name; /* "plan", "traffic"; group "napi"; side sets: "side" */
	enum knob_scope scope;
	const char *endpoint;    /* side sets: only for this endpoint; NULL: for all */
	const struct knob *rows; /* by knob_row */
	size_t n;
	size_t stride;      /* bytes from row to row, where each begins a larger one; 0: sizeof */
	size_t config_size; /* sizeof the owner's config struct; 0: values stay text */
};

/*
 * Parse TEXT into the field of CONFIG. Exact match and full range check. The
 * error names the value, the range and the unit, but not the key: callers
 * prefix it. 0 or -EINVAL / -ERANGE with EX_DATAERR. CONFIG may be NULL to
 * check only.
 */
int knob_parse(const struct knob *knob, const char *text, void *config, struct error *err);

/* Fill CONFIG with every default of the set. Defaults parse by construction. */
void knob_set_defaults(const struct knob_set *set, void *config);

/* The range or the choices of a knob as text ("64..9018", "native|generic"). */
void knob_range_text(const struct knob *knob, char *buf, size_t size);

/* Row I of SET. */
static inline const struct knob *knob_row(const struct knob_set *set, size_t i)
{
	return (const struct knob *)((const char *)set->rows +
				     i * (set->stride ? set->stride : sizeof(struct knob)));
}

/* The row named NAME in SET, or NULL. */
const struct knob *knob_find(const struct knob_set *set, const char *name);

/* "retune", "reopen", "respawn", "relink". */
const char *knob_change_name(enum knob_change change);

#endif
