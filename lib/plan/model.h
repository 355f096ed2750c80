/*
 * The inside of a plan, shared by the files of this folder only. A plan is
 * first a list of entries, as the user wrote them; plan_finish makes sides, paths
 * and params (every key that means something, given or not), and of these axes and dimensions;
 * plan_expand makes points, which hold one value index an axis.
 */
#ifndef RINGLOSS_PLAN_MODEL_H
#define RINGLOSS_PLAN_MODEL_H

#include "plan.h"

/* Where a text came from; decides the exit code of a complaint about it. */
struct origin {
	const char *where; /* "ring.ini:12", "--set"; borrowed */
	bool cli;          /* the command line: EX_USAGE, not EX_DATAERR */
};

/* One key with its value, as given. */
struct entry {
	char *key;   /* whole: "rx.napi.threaded" */
	char *text;  /* without comment and outer blanks */
	char *where; /* owned text of the origin */
	bool cli;
};

enum key_kind {
	KEY_PLAN, /* traffic.rate: head "traffic", rest "rate" */
	KEY_SIDE, /* rx.napi.threaded: head "rx", rest "napi.threaded" */
	KEY_PATH, /* path.tx-rx.from: head "tx-rx", rest "from" */
};

/* A whole key, cut at its first dot (at its second for a path). */
struct key {
	enum key_kind kind;
	char head[2 * PLAN_NAME_MAX];
	const char *rest; /* into the text that was cut */
};

/* A row that answers to a key, and whose it is. */
struct row_ref {
	const struct knob_set *set;
	const struct knob *row;
};

#define NO_AXIS ((size_t)-1)
/* A key that means something in this plan, given or not. */
struct param {
	char *key;            /* whole */
	const char *rest;     /* into key: what follows the side's name */
	int side;             /* index, or -1 */
	struct row_ref *refs; /* one, or one an endpoint that has the key */
	size_t n_refs;
	const struct entry *entry; /* NULL: not given */
	char **values;             /* of the entry; NULL when not given */
	size_t n_values;           /* each once, unless zipped */
	size_t listed;             /* as given, doubles included */
	bool overruled;            /* was given, but for an endpoint that --set took away */
	size_t axis;               /* index in plan->axes or NO_AXIS */
	size_t dim;                /* of an axis: index in plan->dims */
	uint32_t *same;            /* of a zipped one: for each value the first that is the same */
};

/* Axes that run together: a group of plan.zip; most are one axis alone. */
struct dimension {
	struct param **axes;
	size_t n;        /* axes */
	size_t n_values; /* of each */
};

/* What plan_side does not show. */
struct side_info {
	bool declared; /* a section of its own, not only a group or a key */
	char *where;   /* of the first mention */
	bool cli;
	struct param *endpoint; /* "SIDE.endpoint"; NULL when no set has such a row */
	size_t first, n;        /* its params in plan->params */
};

struct path_info {
	char *where; /* of the first mention */
	bool cli;
};

struct plan {
	const struct knob_set **sets; /* the caller's, then the side's own (role) */
	size_t n_sets;

	struct entry *entries; /* in order of first appearance */
	size_t n_entries;

	struct plan_side sides[PLAN_SIDES_MAX];
	struct side_info side_info[PLAN_SIDES_MAX];
	size_t n_sides;

	struct plan_path paths[PLAN_PATHS_MAX];
	struct path_info path_info[PLAN_PATHS_MAX];
	size_t n_paths;
	bool paths_given; /* paths[] has names from the file, before plan_finish: no ends yet */

	char *source; /* the file, for complaints about the whole; NULL: none was read */
	bool finished;
	struct param *params; /* plan's, then side by side, then the paths' */
	size_t n_params;
	struct param **by_key; /* params, sorted by key */
	struct param **axes;   /* in order of the entries */
	size_t n_axes;
	struct dimension *dims; /* in order of their first axes */
	size_t n_dims;
	bool zipped; /* some dimension has several axes */

	const struct point **points;
	void *point_store;
	size_t n_points;
};

#define COLLAPSED UINT32_MAX
struct point {
	const struct plan *plan;
	/*
	 * Of the value of each axis, or COLLAPSED; values that are the same have one index. Then of
	 * the combination of each dimension, by which the points are in order.
	 */
	uint32_t index[];
};

/* ---- entry.c: keys and entries, before plan_finish ---- */

/* "WHERE: text" with the exit code that the origin asks for. Returns code. */
int plan_complain(const struct origin *at, struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static inline struct origin plan_entry_origin(const struct entry *entry)
{
	return (struct origin){.where = entry->where, .cli = entry->cli};
}

static inline struct origin plan_side_origin(const struct side_info *info)
{
	return (struct origin){.where = info->where, .cli = info->cli};
}

/* For what no single key is to blame for. */
static inline struct origin plan_origin(const struct plan *plan)
{
	return (struct origin){.where = plan->source ? plan->source : "plan"};
}

/* Cut KEY. False if it has no dot or its head is not a name. */
bool plan_key_cut(const struct plan *plan, const char *key, struct key *out);

/* The row of SET for a key, or NULL. SET may be plan_path_set for a KEY_PATH only. */
const struct knob *plan_key_row(const struct knob_set *set, const struct key *key);

/* [a-z0-9-], first a letter, shorter than PLAN_NAME_MAX, not a word of the plan's own. */
bool plan_name_ok(const struct plan *plan, const char *name);
#define PLAN_NAME_RULE "letters a-z, digits and -, first a letter, at most 31, no section's name"

bool plan_is_set_name(const struct plan *plan, const char *name);

/* The side's index after adding it, if need be; negative errno. */
int plan_mention_side(struct plan *plan, const char *name, bool declare, const struct origin *at,
		      struct error *err);
int plan_mention_path(struct plan *plan, const char *name, const struct origin *at,
		      struct error *err);

/* Check and store one key. A later --set takes the place of a value; anything else doubled is
 * an error. */
int plan_add(struct plan *plan, const char *key, const char *text, const struct origin *at,
	     struct error *err);

const struct entry *plan_find_entry(const struct plan *plan, const char *key);

/* No control characters, and UTF-8: results are JSON. */
bool plan_text_ok(const char *text, size_t len);

/* realloc for an array that grows by one: N members of SIZE so far. NULL: no memory. */
void *plan_grow(void *array, size_t n, size_t size);

/* ---- param.c: every key that means something ---- */

/* TEXT cut at its commas, or whole when SPLIT is false. 0, -EINVAL (an empty one), -ENOMEM. */
int plan_split(const char *text, bool split, char ***values, size_t *n);
void plan_free_values(char **values, size_t n);

/* Make plan->params and plan->by_key from sides, paths, sets and entries. 0 or -ENOMEM. */
int plan_build_params(struct plan *plan);

struct param *plan_find_param(const struct plan *plan, const char *key);

/* How many endpoints a side has in turn; at least 1. */
size_t plan_endpoint_count(const struct side_info *info);

/* The endpoint of a side when its endpoint key has value I (of its list, or the default). */
const char *plan_endpoint_value(const struct side_info *info, size_t i);

/* The row that counts for PARAM with ENDPOINT (NULL: none), or NULL: it has no such key. */
const struct knob *plan_row_for(const struct param *param, const char *endpoint);

const char *plan_default(const struct knob *row);

/* ---- axes.c ---- */

/* Make axes and dimensions, and drop values that stand twice; needs params. */
int plan_form_axes(struct plan *plan, struct error *err);

/* ---- path.c ---- */

/* Fill plan->paths; needs params and roles. */
int plan_form_paths(struct plan *plan, struct error *err);

/* ---- point.c ---- */

/* The endpoint of a side at a point, or NULL. */
const char *point_endpoint(const struct point *point, int side);

#endif
