/*
 * The ledger of one path. In plain words:
 *
 * 1. The edges of the path, from generator to sink: for each id the first row of the
 *    table that matches. Every edge reads its counters; an edge whose counters are
 *    unknown stays in the list to be shown, and cuts nothing.
 * 2. Edges that know ours are cuts. Behind the wire their number is reduced by the
 *    duplicates, which arose there and are in no sum; the last edge counts each
 *    frame once anyway.
 * 3. An edge that knows only a sum becomes a cut if foreign can be told from the next cut
 *    downstream. Where that counts every foreign frame, ours = sum - foreign, but no
 *    more than upstream (what is above was foreign and got lost on the way down). Where
 *    it does not, its foreign frames are the least there were: sum - foreign is a guess,
 *    taken for ours if it is no more than ours upstream.
 * 4. The losses between neighbouring cuts are booked (book.c). An edge that knows only a sum is
 *    kept if the remainders of both its sides together are no larger than that of the
 *    distance without it; otherwise foreign frames stood in for lost ones of ours, or came
 *    in between the reading of one counter and the next, and the edge is passed over. So it is
 *    where it would contradict what the observer saw.
 *
 * Each distance is frames booked + remainder, and distances add up to accepted -
 * unique whatever the cuts between are: the ledger always closes.
 */
#include <stdlib.h>
#include <string.h>

#include "book.h"
#include "match.h"

struct cuts {
	struct cut *list; /* room for every edge of the table */
	size_t n;
};

static int64_t absolute(int64_t v)
{
	return v < 0 ? -v : v;
}

static void read_edge(const struct expr_reader *reader, const struct edge_def *def,
		      struct ledger_edge *edge)
{
	edge->id = def->id;
	edge->end = def->end;
	edge->optional = def->optional;
	edge->ours_known = expr_edge(reader, def->end, def->ours, &edge->ours);
	edge->foreign_known = expr_edge(reader, def->end, def->foreign, &edge->foreign);
	edge->total_known = expr_edge(reader, def->end, def->total, &edge->total);
	if (!edge->ours_known)
		edge->ours = 0;
	if (!edge->foreign_known)
		edge->foreign = 0;
	if (!edge->total_known)
		edge->total = 0;
}

static bool has_edge(const struct ledger *ledger, const char *id)
{
	for (size_t i = 0; i < ledger->n_edges; i++)
		if (!strcmp(ledger->edges[i].id, id))
			return true;
	return false;
}

/* Edges into LEDGER, one cut for each into CUTS, whether it cuts or not. */
static void read_edges(const struct book *book, struct cuts *cuts)
{
	struct ledger *l = book->ledger;
	size_t n;
	const struct edge_def *defs = ledger_edge_table(&n);

	for (size_t i = 0; i < n; i++) {
		struct ledger_edge *edge = &l->edges[l->n_edges];

		if (has_edge(l, defs[i].id) || !match_path(&defs[i].match, &book->path))
			continue;
		read_edge(&book->reader, &defs[i], edge);
		cuts->list[l->n_edges] = (struct cut){
			.def = &defs[i],
			.edge = l->n_edges,
			.ours = edge->ours,
			.foreign_known = edge->foreign_known,
			.foreign_complete = defs[i].foreign_complete,
			.foreign = edge->foreign,
			.exact = !defs[i].optional,
		};
		l->n_edges++;
	}
	cuts->n = l->n_edges;
}

/* Step 2 for all edges but the last. */
static void reduce_by_duplicates(const struct ledger *ledger, struct cuts *cuts, int64_t duplicate)
{
	for (size_t i = 0; i + 1 < cuts->n; i++)
		if (ledger->edges[i].end == END_RX)
			cuts->list[i].ours -= duplicate;
}

/* Step 3: make CUT of an edge with a sum only. False: it is passed over. */
static bool split_total(const struct ledger_edge *edge, const struct cut *up,
			const struct cut *down, int64_t duplicate, struct cut *cut)
{
	int64_t foreign = down->foreign_known ? down->foreign : 0;

	if (cut->def->counted_behind && up->ours != down->ours)
		return false;
	cut->ours = edge->total - duplicate - foreign;
	cut->exact = false;
	if (cut->ours > up->ours) {
		if (!down->foreign_known || !down->foreign_complete)
			return false;
		cut->ours = up->ours;
	}
	return true;
}

/* Keep those of CUTS that cut. */
static void find_cuts(struct ledger *ledger, struct cuts *cuts, int64_t duplicate)
{
	size_t kept = 0;

	for (size_t i = 0; i < cuts->n; i++) {
		struct ledger_edge *edge = &ledger->edges[i];
		struct cut cut = cuts->list[i];
		size_t down = i + 1;

		if (!edge->ours_known) {
			if (!edge->total_known || !kept)
				continue;
			while (down < cuts->n && !ledger->edges[down].ours_known)
				down++;
			edge->passed_over = !split_total(edge, &cuts->list[kept - 1],
							 &cuts->list[down], duplicate, &cut);
			if (edge->passed_over)
				continue;
		}
		cuts->list[kept++] = cut;
	}
	cuts->n = kept;
}

/* Book from cut to cut, FIRST to LAST; the remainders' absolutes added up. */
static int64_t book_cuts(struct book *book, const struct cut *first, const struct cut *last)
{
	int64_t sum = 0;

	for (const struct cut *c = first; c < last; c++) {
		int64_t remainder = book_distance(book, c, c + 1);

		book->ledger->edges[c[1].edge].remainder = remainder;
		sum += absolute(remainder);
	}
	return sum;
}

/* Step 4 for one distance between exact cuts, with the guesses in between. */
static int64_t book_between(struct book *book, const struct cut *first, const struct cut *last,
			    const struct share *taken)
{
	struct ledger *l = book->ledger;
	size_t n_rows = l->n_rows;
	int doubts = book->doubts, doubts_whole;
	int64_t split = book_cuts(book, first, last), whole;

	doubts = book->doubts - doubts;
	if (last - first == 1 || (!split && !doubts))
		return split;
	book_undo(book, n_rows, taken);
	doubts_whole = book->doubts;
	whole = absolute(book_distance(book, first, last));
	doubts_whole = book->doubts - doubts_whole;
	book_undo(book, n_rows, taken);
	if (split < whole || (split == whole && doubts <= doubts_whole))
		return book_cuts(book, first, last);
	for (const struct cut *c = first + 1; c < last; c++) {
		l->edges[c->edge].passed_over = true;
		l->edges[c->edge].remainder = 0;
	}
	l->edges[last->edge].remainder = book_distance(book, first, last);
	return whole;
}

static int book_all(struct book *book, const struct cuts *cuts)
{
	const struct cut *end = cuts->list + cuts->n;
	size_t n;
	struct share *taken;

	ledger_loss_table(&n);
	taken = calloc(n, sizeof(*taken));
	if (!taken)
		return -ENOMEM;
	for (const struct cut *first = cuts->list, *last; first + 1 < end; first = last) {
		for (last = first + 1; !last->exact;)
			last++;
		memcpy(taken, book->taken, n * sizeof(*taken));
		book->ledger->remainder += (uint64_t)book_between(book, first, last, taken);
	}
	free(taken);
	return book->no_memory ? -ENOMEM : 0;
}

/* What a sum was split into, for those who look at the edges. */
static void show_splits(struct ledger *ledger, const struct cuts *cuts, int64_t duplicate)
{
	for (size_t i = 0; i < cuts->n; i++) {
		struct ledger_edge *edge = &ledger->edges[cuts->list[i].edge];

		if (edge->ours_known || edge->passed_over)
			continue;
		edge->ours = cuts->list[i].ours + duplicate;
		edge->foreign = edge->total - edge->ours;
		edge->ours_known = edge->foreign_known = true;
	}
}

/* The totals without which there is no ledger. */
static int read_totals(const struct book *book, int64_t *duplicate, struct error *err)
{
	const struct ledger_edge *edges = book->ledger->edges;
	size_t n = book->ledger->n_edges;

	if (n < 2)
		return error_set(err, EX_SOFTWARE, -EINVAL,
				 "%s to %s: no edges for this path; add rows to the edge table",
				 book->path.tx_endpoint, book->path.rx_endpoint);
	if (!edges[0].ours_known || !edges[n - 1].ours_known)
		return error_set(err, EX_SOFTWARE, -EINVAL,
				 "%s to %s: the %s did not report its total; see the agents' logs",
				 book->path.tx_endpoint, book->path.rx_endpoint,
				 edges[0].ours_known ? "sink" : "generator");
	if (!book->reader.read(book->reader.ctx, END_RX, "worker.duplicate", duplicate))
		*duplicate = 0;
	book->ledger->accepted = (uint64_t)edges[0].ours;
	book->ledger->unique = (uint64_t)edges[n - 1].ours;
	book->ledger->duplicate = (uint64_t)*duplicate;
	return 0;
}

int ledger_balance(const struct ledger_path *path, ledger_read_fn read, void *ctx,
		   struct ledger *ledger, struct error *err)
{
	struct book book = {.path = *path, .reader = {read, ctx}, .ledger = ledger};
	struct cuts cuts = {0};
	int64_t duplicate = 0;
	size_t n_edges, n_losses;
	int ret;

	ledger_path_complete(&book.path);
	memset(ledger, 0, sizeof(*ledger));
	ledger_edge_table(&n_edges);
	ledger_loss_table(&n_losses);
	ledger->edges = calloc(n_edges, sizeof(*ledger->edges));
	cuts.list = calloc(n_edges, sizeof(*cuts.list));
	book.taken = calloc(n_losses, sizeof(*book.taken));
	ret = ledger->edges && cuts.list && book.taken ? 0 : -ENOMEM;
	if (!ret) {
		read_edges(&book, &cuts);
		ret = read_totals(&book, &duplicate, err);
	}
	if (!ret) {
		reduce_by_duplicates(ledger, &cuts, duplicate);
		find_cuts(ledger, &cuts, duplicate);
		ret = book_all(&book, &cuts);
	}
	if (!ret) {
		show_splits(ledger, &cuts, duplicate);
		ledger->balanced = !ledger->remainder;
	}
	if (ret == -ENOMEM)
		error_set(err, EX_OSERR, ret, "%s to %s: no memory for the ledger; free some",
			  path->tx_endpoint, path->rx_endpoint);
	free(book.taken);
	free(cuts.list);
	if (ret)
		ledger_free(ledger);
	return ret;
}

void ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return;
	for (size_t i = 0; i < ledger->n_names; i++)
		free(ledger->names[i]);
	free(ledger->names);
	free(ledger->rows);
	free(ledger->edges);
	memset(ledger, 0, sizeof(*ledger));
}
