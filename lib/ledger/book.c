/*
 * Booking one distance: between two cuts where ours are known.
 *
 * The distance is what ours lost: D = ours at A - ours at B. The rows of the loss
 * table that lie after an edge of the distance are walked in path order. Each
 * offers its count, bounded by its limit, less what earlier rows took from the
 * same pots. A row of ours alone books all of its offer. A mixed row books of it
 * what D still leaves; the rest is foreign's. A shared row books what D still
 * leaves and forgets the rest. What is left of D, above or below 0, is the
 * remainder: a LOCATED row. So D = frames booked + remainder, always. Counters
 * that the device lacks get an UNSUPPORTED row where frames are missing, for there
 * they could be.
 */
#include "book.h"

#include <stdlib.h>
#include <string.h>

#include "match.h"

static const char stage_unknown[] = "between edges";
static const char place_unknown[] = "unexplained";
static const char remedy_missing[] =
	"no counter between these two edges tells, and the observer "
	"did not see it: it was lost in a device, or outside of the "
	"sides' namespaces; see the driver's own counters (ethtool -S)";
static const char remedy_blind[] = "no counter between these two edges tells: run again with "
				   "traffic.observer = counters, and see the driver's own counters "
				   "(ethtool -S)";
static const char remedy_surplus[] = "counters repeat each other or had not settled: run again, "
				     "and compare ethtool -S of the device";

struct offer {
	bool known;
	int64_t frames; /* at most LIMIT */
	int64_t limit;
	bool seen_known;
	int64_t seen; /* of ours, by the observer */
};

static const char *intern(struct book *book, const char *name)
{
	struct ledger *l = book->ledger;
	char **names;
	char *copy;

	for (size_t i = 0; i < l->n_names; i++)
		if (!strcmp(l->names[i], name))
			return l->names[i];
	copy = strdup(name);
	names = copy ? realloc(l->names, (l->n_names + 1) * sizeof(*names)) : NULL;
	if (!names) {
		free(copy);
		book->no_memory = true;
		return "";
	}
	l->names = names;
	return l->names[l->n_names++] = copy;
}

static struct ledger_row *add_row(struct book *book, const struct cut *a, const struct cut *b)
{
	struct ledger *l = book->ledger;
	struct ledger_row *rows = realloc(l->rows, (l->n_rows + 1) * sizeof(*rows));

	if (!rows) {
		book->no_memory = true;
		return NULL;
	}
	l->rows = rows;
	rows += l->n_rows++;
	*rows = (struct ledger_row){.from = a->def->id, .to = b->def->id};
	return rows;
}

/* Counters of EXPR as evidence of ROW; with MOVED_ONLY those alone that moved. */
static void add_evidence(struct book *book, struct ledger_row *row, enum ledger_end end,
			 const char *expr, bool moved_only)
{
	struct expr_term term;

	while (expr && row->n_evidence < LEDGER_EVIDENCE_MAX && expr_next(&expr, &term)) {
		struct ledger_evidence e = {.end = end};
		bool seen = false;

		e.known = book->reader.read(book->reader.ctx, end, term.name, &e.delta);
		if (!e.known)
			e.delta = 0;
		for (size_t i = 0; i < row->n_evidence; i++)
			seen |= row->evidence[i].end == end &&
				!strcmp(row->evidence[i].counter, term.name);
		if (seen || (moved_only && !e.delta))
			continue;
		e.counter = intern(book, term.name);
		row->evidence[row->n_evidence++] = e;
	}
}

/* The edges between A and B that count a sum of no use: their sums, for the reader to judge. */
static void add_passed_over(struct book *book, struct ledger_row *row, const struct cut *a,
			    const struct cut *b)
{
	for (size_t i = a->edge + 1; i < b->edge; i++) {
		const struct ledger_edge *edge = &book->ledger->edges[i];
		size_t n;
		const struct edge_def *defs = ledger_edge_table(&n);

		for (size_t d = 0; edge->total_known && d < n; d++)
			if (defs[d].total && !strcmp(defs[d].id, edge->id) &&
			    match_path(&defs[d].match, &book->path))
				add_evidence(book, row, edge->end, defs[d].total, false);
	}
}

static bool is_pot(const char *expr, const char *pot)
{
	return expr && !strcmp(expr, pot);
}

/* What rows so far took from the pot EXPR of END. */
static int64_t taken_from(const struct book *book, enum ledger_end end, const char *expr)
{
	size_t n;
	const struct loss_def *defs = ledger_loss_table(&n);
	int64_t taken = 0;

	for (size_t i = 0; i < n; i++)
		if (defs[i].end == end &&
		    (is_pot(defs[i].count, expr) || is_pot(defs[i].limit, expr)))
			taken += book->taken[i].ours + book->taken[i].foreign;
	return taken;
}

/* The same of what the observer saw, which is ours alone. */
static int64_t seen_taken(const struct book *book, enum ledger_end end, const char *expr)
{
	size_t n;
	const struct loss_def *defs = ledger_loss_table(&n);
	int64_t taken = 0;

	for (size_t i = 0; i < n; i++)
		if (defs[i].end == end && is_pot(defs[i].seen, expr))
			taken += book->taken[i].ours;
	return taken;
}

static struct offer offer_of(const struct book *book, const struct loss_def *def)
{
	struct offer offer = {.limit = INT64_MAX};
	int64_t limit;

	if (def->requires && !book->reader.read(book->reader.ctx, def->end, def->requires, &limit))
		return offer;
	if (def->without && book->reader.read(book->reader.ctx, def->end, def->without, &limit)) {
		offer.known = true;
		return offer;
	}
	if (!expr_loss(&book->reader, def->end, def->count, &offer.frames))
		return offer;
	offer.frames -= taken_from(book, def->end, def->count);
	if (def->unless && book->reader.read(book->reader.ctx, def->end, def->unless, &limit) &&
	    limit)
		offer.frames = 0;
	if (def->limit) {
		if (!expr_loss(&book->reader, def->end, def->limit, &limit))
			return offer;
		offer.limit = limit - taken_from(book, def->end, def->limit);
		if (offer.frames > offer.limit)
			offer.frames = offer.limit;
	}
	if (offer.frames < 0)
		offer.frames = 0;
	offer.known = true;
	offer.seen_known = def->seen && expr_loss(&book->reader, def->end, def->seen, &offer.seen);
	if (offer.seen_known)
		offer.seen -= seen_taken(book, def->end, def->seen);
	if (offer.seen > offer.limit)
		offer.seen = offer.limit;
	if (offer.seen < 0)
		offer.seen = 0;
	return offer;
}

/* What is ours and what is foreign of an offer, of which OURS_LEFT are still to be found. */
static struct share share_of(const struct loss_def *def, const struct offer *offer,
			     int64_t ours_left)
{
	int64_t most = ours_left > 0 ? ours_left : 0;
	struct share share = {.ours = offer->frames < most ? offer->frames : most};

	switch (def->column) {
	case COLUMN_OURS:
		share.ours = offer->seen_known ? offer->seen : offer->frames;
		break;
	case COLUMN_MIXED:
		if (offer->seen_known)
			share.ours = offer->seen;
		if (offer->frames > share.ours && !(offer->seen_known && def->seen_is_least))
			share.foreign = offer->frames - share.ours;
		break;
	case COLUMN_SHARED:
		if (offer->seen_known && offer->seen < share.ours)
			share.ours = offer->seen;
		break;
	}
	return share;
}

/* What is known is booked before what must be guessed from the rest. */
static bool is_exact(const struct loss_def *def, const struct offer *offer)
{
	return def->column == COLUMN_OURS || (def->column == COLUMN_MIXED && offer->seen_known);
}

/* Does a row belong to the distance: is its edge one of those from A up to, not with, B? */
static bool is_between(const struct book *book, const struct loss_def *def, const struct cut *a,
		       const struct cut *b)
{
	for (size_t i = a->edge; i < b->edge; i++)
		if (!strcmp(book->ledger->edges[i].id, def->after))
			return match_path(&def->match, &book->path);
	return false;
}

static void add_booked(struct book *book, const struct loss_def *def, const struct share *share,
		       const struct cut *a, const struct cut *b)
{
	struct ledger_row *row = add_row(book, a, b);

	if (!row)
		return;
	row->stage = def->stage;
	row->place = def->place;
	row->place_row = def->place_row;
	row->frames = share->ours;
	row->foreign = share->foreign;
	row->foreign_known = def->column == COLUMN_MIXED;
	row->state = LEDGER_BOOKED;
	row->remedy = def->remedy;
	add_evidence(book, row, def->end, def->count, false);
	add_evidence(book, row, def->end, def->requires, true);
	add_evidence(book, row, def->end, def->limit, true);
	add_evidence(book, row, def->end, def->seen, true);
	add_evidence(book, row, def->end, def->evidence, true);
	add_passed_over(book, row, a, b);
}

static void add_located(struct book *book, int64_t remainder, const struct cut *a,
			const struct cut *b)
{
	struct ledger_row *row = add_row(book, a, b);
	int64_t seen;

	if (!row)
		return;
	row->stage = stage_unknown;
	row->place = place_unknown;
	row->frames = remainder;
	row->state = LEDGER_LOCATED;
	row->remedy = remainder < 0 ? remedy_surplus
		      : book->reader.read(book->reader.ctx, b->def->end, "bpf.rx_other", &seen)
			      ? remedy_missing
			      : remedy_blind;
	add_passed_over(book, row, a, b);
}

/* Whether EXPR begins with a counter of one of SOURCES. */
static bool is_of(const char *expr, const char *const *sources)
{
	for (; expr && *sources; sources++)
		if (!strncmp(expr, *sources, strlen(*sources)))
			return true;
	return false;
}

/* Whether another counter of the same place is known between A and B. */
static bool is_counted(const struct book *book, const char *place, const struct cut *a,
		       const struct cut *b)
{
	size_t n;
	const struct loss_def *defs = ledger_loss_table(&n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(defs[i].place, place) && is_between(book, &defs[i], a, b) &&
		    offer_of(book, &defs[i]).known)
			return true;
	return false;
}

static void add_unsupported(struct book *book, const struct loss_def *def, const struct cut *a,
			    const struct cut *b)
{
	const struct ledger *l = book->ledger;
	const char *driver = def->end == END_TX ? book->path.tx_driver : book->path.rx_driver;
	static const char *const of_interface[] = {"dev.", "eth.", "qdisc.", NULL};
	static const char *const of_observer[] = {"bpf.", NULL};
	struct ledger_row *row;

	/* that there was no observer is said once, in the remedy */
	if (is_of(def->count, of_observer) || is_of(def->requires, of_observer))
		return;
	if (is_counted(book, def->place, a, b))
		return;
	if (!driver || !driver[0])
		return; /* an end without a device has no counters to miss */
	if ((def->end == END_TX ? book->path.tx_user_space : book->path.rx_user_space) &&
	    is_of(def->count, of_interface))
		return;
	for (size_t i = 0; i < l->n_rows; i++)
		if (l->rows[i].state != LEDGER_LOCATED && !strcmp(l->rows[i].place, def->place))
			return; /* one row a place, and none for one that counts elsewhere */
	row = add_row(book, a, b);
	if (!row)
		return;
	row->stage = def->stage;
	row->place = def->place;
	row->place_row = def->place_row;
	row->state = LEDGER_UNSUPPORTED;
	row->remedy = def->remedy;
	add_evidence(book, row, def->end, def->requires, false);
	add_evidence(book, row, def->end, def->count, false);
	add_evidence(book, row, def->end, def->limit, false);
}

/* Whether an earlier row of the distance has the same pot. */
static bool is_seen_before(const struct book *book, const struct loss_def *def, const struct cut *a,
			   const struct cut *b)
{
	size_t n;
	const struct loss_def *defs = ledger_loss_table(&n);

	for (; defs < def; defs++)
		if (defs->column != COLUMN_SHARED && defs->end == def->end &&
		    is_pot(defs->seen, def->seen) && is_between(book, defs, a, b))
			return true;
	return false;
}

/*
 * More of ours seen than is missing means that copies of ours were dropped (a mirror, a bridge):
 * then the observer tells nothing of the frames themselves.
 */
static bool is_believable(const struct book *book, const struct cut *a, const struct cut *b)
{
	int64_t sum = 0;
	size_t n;
	const struct loss_def *defs = ledger_loss_table(&n);

	for (size_t i = 0; i < n; i++) {
		const struct loss_def *def = &defs[i];
		int64_t seen;

		if (def->column == COLUMN_SHARED || !def->seen || !is_between(book, def, a, b) ||
		    !expr_loss(&book->reader, def->end, def->seen, &seen) ||
		    is_seen_before(book, def, a, b))
			continue;
		seen -= seen_taken(book, def->end, def->seen);
		sum += seen > 0 ? seen : 0;
	}
	return sum <= a->ours - b->ours;
}

static void book_row(struct book *book, size_t i, const struct offer *offer, struct share *share,
		     int64_t *ours_left)
{
	size_t n;
	struct share more = share_of(&ledger_loss_table(&n)[i], offer, *ours_left);

	book->taken[i].ours += more.ours;
	book->taken[i].foreign += more.foreign;
	share->ours += more.ours;
	share->foreign += more.foreign;
	*ours_left -= more.ours;
}

int64_t book_distance(struct book *book, const struct cut *a, const struct cut *b)
{
	int64_t ours_left = a->ours - b->ours;
	size_t n;
	const struct loss_def *defs = ledger_loss_table(&n);
	struct share *shares = calloc(n, sizeof(*shares));
	bool believe;

	if (!shares) {
		book->no_memory = true;
		return 0;
	}
	believe = is_believable(book, a, b);
	book->doubts += !believe;
	for (int guess = 0; guess <= 1; guess++) {
		for (size_t i = 0; i < n; i++) {
			struct offer offer;

			if (!is_between(book, &defs[i], a, b))
				continue;
			offer = offer_of(book, &defs[i]);
			offer.seen_known = offer.seen_known && believe;
			if (!offer.known)
				continue;
			/* beyond the least that was seen the rest is a guess */
			if (is_exact(&defs[i], &offer) == guess &&
			    !(guess && defs[i].seen_is_least))
				continue;
			if (guess && defs[i].seen_is_least)
				offer.seen_known = false;
			book_row(book, i, &offer, &shares[i], &ours_left);
		}
	}
	for (size_t i = 0; i < n; i++)
		if (shares[i].ours > 0)
			add_booked(book, &defs[i], &shares[i], a, b);
	free(shares);
	if (!ours_left)
		return 0;
	add_located(book, ours_left, a, b);
	for (size_t i = 0; ours_left > 0 && i < n; i++)
		if (is_between(book, &defs[i], a, b) && !offer_of(book, &defs[i]).known)
			add_unsupported(book, &defs[i], a, b);
	return ours_left;
}

void book_undo(struct book *book, size_t n_rows, const struct share *taken)
{
	size_t n;

	ledger_loss_table(&n);
	book->ledger->n_rows = n_rows;
	memcpy(book->taken, taken, n * sizeof(*taken));
}
