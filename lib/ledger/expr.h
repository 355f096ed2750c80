/*
 * The little language of the tables: names of counters joined by '+' and '-',
 * "dev.rx_dropped-softnet.dropped". Evaluated from left to right.
 */
#ifndef RINGLOSS_LEDGER_EXPR_H
#define RINGLOSS_LEDGER_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger.h"

#define EXPR_NAME_MAX 64 /* longest name of a counter with its NUL */

struct expr_term {
	char name[EXPR_NAME_MAX];
	int sign; /* 1 or -1 */
};

/* How counters are read, as ledger_balance was given it. */
struct expr_reader {
	ledger_read_fn read;
	void *ctx;
};

/*
 * The next term of *AT, which moves on; false at the end. Blanks separate too, so
 * that a list of evidence is walked by the same function.
 */
bool expr_next(const char **at, struct expr_term *term);

/* An edge's number: known only if every counter is. NULL is unknown. */
bool expr_edge(const struct expr_reader *reader, enum ledger_end end, const char *expr,
	       int64_t *value);

/*
 * A loss: known if any added counter is, unknown counters are left out (what a
 * device lacks it cannot have counted), never below 0.
 */
bool expr_loss(const struct expr_reader *reader, enum ledger_end end, const char *expr,
	       int64_t *value);

#endif
