/*
 * Tables of what moves, made of two looks; pure. Screen, plain lines and JSON show the same tables,
 * and know of none by name.
 */
#ifndef RINGLOSS_WATCH_MODEL_H
#define RINGLOSS_WATCH_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "look.h"

#define WATCH_COLUMNS_MAX 12
#define WATCH_TEXT_MAX 64

enum watch_format {
	WATCH_TEXT,
	WATCH_ID,      /* whole, a name: of a CPU, a port */
	WATCH_NUMBER,  /* whole */
	WATCH_RATE,    /* a second */
	WATCH_PERCENT, /* of a hundred */
};

struct watch_column {
	const char *key;     /* in JSON */
	const char *heading; /* for people */
	enum watch_format format;
};

/* What could not be read or has no meaning is not known: "n/a", null in JSON. */
struct watch_cell {
	bool known;
	double number;
	char text[WATCH_TEXT_MAX];
};

struct watch_row {
	bool moves;  /* stays when only what moves is shown */
	bool losing; /* to be seen at once */
	struct watch_cell cells[WATCH_COLUMNS_MAX];
};

enum watch_section_id {
	WATCH_INTERFACES,
	WATCH_QUEUES,
	WATCH_DROPS,
	WATCH_CPUS,
	WATCH_INTERRUPTS,
	WATCH_SOCKETS,
	WATCH_LISTENERS,
	WATCH_SECTIONS
};

/* What a section is; the same in every view. */
struct watch_section_kind {
	const char *key, *title;
	bool slow; /* of what is read less often */
	const struct watch_column *columns;
	size_t n_columns;
	size_t sort;     /* column by which it is sorted if nobody says otherwise */
	bool descending; /* likewise */
};

struct watch_section {
	bool known; /* it could be read */
	struct watch_row *rows;
	size_t n;
};

struct watch_view {
	double seconds;      /* that the rates are over; 0: no two looks yet */
	double slow_seconds; /* likewise of the slow sections */
	bool no_memory;
	struct watch_section sections[WATCH_SECTIONS];
};

/* By enum watch_section_id. */
extern const struct watch_section_kind watch_section_kinds[WATCH_SECTIONS];

struct watch_looks {
	const struct watch_fast *before, *after;           /* before may be NULL */
	const struct watch_slow *slow_before, *slow_after; /* either may be NULL */
	/* Interfaces that vanished, by name; those that were not there at first: by index. */
	const struct watch_link *gone;
	size_t n_gone;
	const int *new_ones;
	size_t n_new;
};

/* Into *VIEW, each section sorted as its kind says; watch_view_free ends it. */
void watch_view_make(struct watch_view *view, const struct watch_looks *looks);
void watch_view_free(struct watch_view *view);

/* Sort by COLUMN: what is not known comes last, equal rows stay as they were. */
void watch_section_sort(struct watch_section *section, const struct watch_section_kind *kind,
			size_t column, bool descending);

/* Keep only rows that move. */
void watch_section_filter(struct watch_section *section);

/*
 * By how much a counter moved, over SECONDS. False: it is not known in both looks, was reset
 * between (64 bits wide and lower), or no time passed. 32 bits wrap.
 */
bool watch_rate(struct watch_count before, struct watch_count after, double seconds, double *rate);

/*
 * % of its speed that an interface carries: both directions together on half duplex, the busier one
 * on full. False: speed or duplex is not known or means nothing.
 */
bool watch_utilisation(double rx_bytes, double tx_bytes, const struct watch_speed *speed,
		       double *percent);

#endif
