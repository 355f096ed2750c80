/*
 * The inside of a balance: the cuts of a path, what has been taken from each
 * counter, and booking the losses between two cuts.
 */
#ifndef RINGLOSS_LEDGER_BOOK_H
#define RINGLOSS_LEDGER_BOOK_H

#include "expr.h"
#include "ledger.h"

/* An edge where ours are known, or may be told from the sum. */
struct cut {
	const struct edge_def *def;
	size_t edge;  /* index into ledger->edges */
	int64_t ours; /* less the duplicates */
	bool foreign_known, foreign_complete;
	int64_t foreign;
	bool exact; /* false: only a guess, and passed over if it explains less */
};

/* What is ours and what is foreign of a row's counter. */
struct share {
	int64_t ours, foreign;
};

struct book {
	struct ledger_path path;
	struct expr_reader reader;
	struct ledger *ledger;
	struct share *taken; /* by each row of the loss table */
	int doubts;          /* distances so far in which the observer was not believed */
	bool no_memory;
};

/*
 * Book the losses from cut A to cut B into rows of the ledger. Returns the
 * remainder, for which there is a LOCATED row if it is not 0.
 */
int64_t book_distance(struct book *book, const struct cut *a, const struct cut *b);

/* Drop the rows from N_ROWS on, with what they took: TAKEN is put back. */
void book_undo(struct book *book, size_t n_rows, const struct share *taken);

#endif
