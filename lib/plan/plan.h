/*
 * A plan: what to run. Read from an INI file and --set, held as text values by
 * key, checked against the rows (struct knob) that the modules export, and
 * expanded to points. Knows the rows, not what they mean.
 *
 *   [plan] [traffic] [search]     sections of their own
 *   [tx] [rx]                     short for [side tx] role = generator, [side rx] role = sink
 *   [side NAME]                   a side, with role
 *   [NAME.GROUP]                  a group of settings of a side ([rx.napi])
 *   [path NAME] from = , to =     which side sends to which; left out: the first generator to
 *                                 the first sink, the second to the second, ...; sides
 *                                 with role both two and two, each to the other, one alone
 *                                 to itself. No to: nobody receives. A side sends on one
 *                                 path at most, and receives on one
 *
 * A value with commas is a list: an axis of the sweep. Only a text that cannot be
 * swept (KNOB_STRING without sweepable) keeps its commas: arguments of a driver, say.
 * Axes are crossed, but those joined in plan.zip (tx.ring+rx.ring) run together.
 */
#ifndef RINGLOSS_PLAN_PLAN_H
#define RINGLOSS_PLAN_PLAN_H

#include <stdio.h>

#include <jansson.h>

#include "error.h"
#include "knob.h"

#define PLAN_NAME_MAX 32 /* of sides and paths, with the NUL; [a-z0-9-], first a letter */
#define PLAN_SIDES_MAX 64
#define PLAN_PATHS_MAX 64

enum side_role { ROLE_GENERATOR, ROLE_SINK, ROLE_BOTH, ROLE_OBSERVER };

/* One end: a host or namespace, a device and an endpoint, by the name results are keyed with. */
struct plan_side {
	char name[PLAN_NAME_MAX];
	enum side_role role;
};

/* From a generator to a sink. to == -1: traffic that no sink takes (null to nowhere). */
struct plan_path {
	char name[2 * PLAN_NAME_MAX]; /* "tx-rx" unless named */
	int from, to;                 /* indices of sides */
};

/*
 * Keys that the plan itself owns: SIDE.role; from and to of [path NAME]; plan.zip. The last is
 * one of the sets that plan_new is given, behind the caller's own of [plan].
 */
extern const struct knob_set plan_role_set, plan_path_set, plan_zip_set;

struct plan;

/* One combination of the swept values. */
struct point;

/* SETS (an array of N pointers) must outlive the plan. NULL: no memory. */
struct plan *plan_new(const struct knob_set *const *sets, size_t n);
void plan_free(struct plan *plan);

/*
 * Read a file, or text that stands for one (NAME for messages). Unknown
 * sections and keys, doubled keys and values out of range are errors with file
 * and line and, where there is one, the nearest known key. EX_DATAERR;
 * EX_NOINPUT when the file cannot be read.
 */
int plan_load_file(struct plan *plan, const char *path, struct error *err);
int plan_load_text(struct plan *plan, const char *name, const char *text, struct error *err);

/*
 * One "key=value" of --set: replaces what the file says. Where it replaces a side's endpoint,
 * keys of the file that only the endpoints taken away have are dropped. EX_USAGE on failure.
 */
int plan_set(struct plan *plan, const char *assignment, struct error *err);

/*
 * Called once after loading: fills in defaults, forms sides and paths, checks
 * that each path has a generator and that lists stand only at sweepable keys.
 */
int plan_finish(struct plan *plan, struct error *err);

size_t plan_sides(const struct plan *plan, const struct plan_side **sides);
size_t plan_paths(const struct plan *plan, const struct plan_path **paths);

/* The index of a side, or -1. */
int plan_side_index(const struct plan *plan, const char *name);

/*
 * The whole plan with every default filled in, as INI that plan_load_file takes
 * back to the same plan. 0 or a negative errno of the stream.
 */
int plan_write(const struct plan *plan, FILE *out);

/*
 * The points, as an array of *n owned by the plan (freed with it). Axes cross in
 * the order of the file, the last one fastest; those of a group of plan.zip are one, with the place
 * of the first. An axis of a knob that the point's endpoint does not have collapses: such points
 * are made once. The limit is 1,000,000 points: EX_DATAERR above.
 */
int plan_expand(struct plan *plan, const struct point ***points, size_t *n, struct error *err);

/*
 * The text value of KEY ("rx.ring", "traffic.rate") at a point; the default
 * where the plan has none; NULL for an unknown key and for one that the side's
 * endpoint does not have.
 */
const char *point_value(const struct point *point, const char *key);

/*
 * Number the N points by what a link goes down for: those that differ in no axis whose change is
 * KNOB_RELINK have one number. block[i] is that of points[i], from 0 in order of appearance, and
 * *n_blocks how many there are. -ENOMEM.
 */
int plan_blocks(const struct plan *plan, const struct point *const *points, size_t n,
		uint32_t *block, size_t *n_blocks);

/* What it costs to go from one point to another: the greatest change of the axes that differ. */
enum knob_change point_change(const struct point *from, const struct point *to);

/* True if the user (file or --set) gave KEY, false if it is a default. */
bool plan_is_given(const struct plan *plan, const char *key);

/* What the user gave for KEY, as text; else its default; "" for an unknown one. Before plan_finish,
 * too. */
const char *plan_given(const struct plan *plan, const char *key);

/* {"rx.ring": "64", ...}: the axes' values only, in order of the axes. New reference. */
json_t *point_axes(const struct point *point);

/*
 * Values of SET at a point into CONFIG (set->config_size bytes), for a side set
 * or group those of the side with index SIDE (ignored for KNOB_SCOPE_PLAN). The set
 * of an endpoint that the side does not have at this point gets its defaults.
 */
int point_config(const struct point *point, const struct knob_set *set, int side, void *config,
		 struct error *err);

/*
 * {"ring": "1024", "napi.threaded": "keep", ...}: all keys that apply to the side
 * (common, its endpoint's, its groups') at a point, without the side's name; for
 * sending to an agent. New reference.
 */
json_t *point_side_values(const struct point *point, int side);

/* {"traffic.rate": "max", "rx.ring": "1024", ...}: every key that applies at a point. New
 * reference. */
json_t *point_values(const struct point *point);

/*
 * The receiving half of point_side_values: fill CONFIG of SET from such an
 * object; keys of other sets are ignored, missing ones get the default.
 */
int knob_set_from_json(const struct knob_set *set, const json_t *values, void *config,
		       struct error *err);

#endif
