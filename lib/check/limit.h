/*
 * Limits for a result: what a file of them says, and the measures that they are of. A section is a
 * limit:
 *
 *   [limit no-loss]
 *   measure = loss                     one of limit_measure_table, or
 *   place   = RX descriptor ring       a place of the ledger, by its name
 *   most    = 0.001%                   or least: what it may be; frames, %, ppm, pps, kpps, Mpps
 *   where   = traffic.frame>=512, rx.endpoint=udp      the points it is for; left out: all
 *   of      = each                     trial (the worst one decides), or median of a point's
 *   path    = a-b                      this path; sum: all together; left out: each by itself
 *   repeats = 3                        valid trials that a point needs; left out: all of the plan's
 *
 * Knows no result: that a key or a path exists is judge.h's to say.
 */
#ifndef RINGLOSS_CHECK_LIMIT_H
#define RINGLOSS_CHECK_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "error.h"

/* What a number of a measure is in. */
enum limit_unit { LIMIT_FRAMES, LIMIT_SHARE, LIMIT_PPS };

/* One thing that a limit can be of, found in a line as line[group][key]. */
struct limit_measure {
	const char *name;
	const char *group, *key; /* group NULL: line[key]; key NULL: the ledger's rows of a place */
	const char *whole;       /* key of `offered` that the frames are of; NULL: a rate */
	/* Any frame may meet it: when none of N did, a share is possible still (rule of three). */
	bool any_frame;
	const char *help;
};

const struct limit_measure *limit_measure_table(size_t *n);

/* What a trial says. The truth is from LOW to HIGH, which differ where frames are unexplained. */
struct limit_reading {
	double low, high; /* NAN: missing, and WHY says why */
	double whole;     /* frames that these are of; NAN: missing, or a rate */
	char why[160];    /* also, where low and high differ: why */
};

enum limit_relation {
	LIMIT_EQUAL,
	LIMIT_OTHER,
	LIMIT_BELOW,
	LIMIT_AT_MOST,
	LIMIT_ABOVE,
	LIMIT_AT_LEAST
};

/* One part of `where`. */
struct limit_condition {
	char *key, *value; /* as written, without blanks around */
	enum limit_relation relation;
};

struct limit {
	char *name;
	int line; /* of its section in the file */
	const struct limit_measure *measure;
	char *place; /* NULL: of another measure */
	bool at_most;
	double bound; /* in unit: a share from 0 to 1, else as it stands */
	enum limit_unit unit;
	char *bound_text; /* as written */
	bool median;      /* of a point's trials, instead of each */
	char *path;       /* NULL: each by itself */
	int path_line;
	uint64_t repeats; /* 0: all that the plan has */
	struct limit_condition *where;
	size_t n_where;
	char *where_text; /* "" when left out */
	int where_line;
};

struct limits {
	char *file; /* for messages */
	struct limit *rows;
	size_t n;
};

/*
 * Read FILE, or TEXT that stands for one. Unknown sections and keys, doubled names and keys, and
 * values that are none are EX_DATAERR with file and line; a file without a limit, too. EX_NOINPUT
 * when it cannot be read. NULL with *err set. The caller frees by limits_free.
 */
struct limits *limits_load(const char *file, struct error *err);
struct limits *limits_parse(const char *file, const char *text, size_t len, struct error *err);
void limits_free(struct limits *limits);

/* The value of a key at a point as text; NULL: it does not apply there. */
typedef const char *limit_value_fn(void *ctx, const char *key);

/*
 * Is LIMIT for the point whose values are VALUE's? 1 or 0, or -EINVAL with *err set (EX_DATAERR)
 * when a value that is compared by size is no number.
 */
int limit_fits(const struct limits *limits, const struct limit *limit, limit_value_fn *value,
	       void *ctx, struct error *err);

/*
 * TEXT as bound and unit into LIMIT, whose measure is known. NULL, or what is wrong with it,
 * static; what would be right is in limit_unit_words.
 */
const char *limit_parse_bound(struct limit *limit, const char *text);
const char *limit_unit_words(const struct limit_measure *measure);

/* TEXT as conditions into LIMIT. 0 or a negative errno with *why set to a static text. */
int limit_parse_where(struct limit *limit, const char *text, const char **why);
void limit_free_where(struct limit *limit);

/*
 * What TRIAL says of what LIMIT is about, in its unit; of the path PATH, NULL: of all together.
 */
void limit_read(const struct limit *limit, const json_t *trial, const char *path,
		struct limit_reading *reading);

/* Whether VALUE is beyond the bound. */
static inline bool limit_breaks(const struct limit *limit, double value)
{
	return limit->at_most ? value > limit->bound : value < limit->bound;
}

/*
 * What speaks against the numbers of a line that calls itself measured: an equation of
 * results/README.md that does not hold. NULL: nothing.
 */
const char *limit_line_fault(const json_t *trial);

#endif
