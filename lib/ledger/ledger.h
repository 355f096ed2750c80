/*
 * The ledger: every frame that was accepted is unique at the sink or booked to
 * one named place, edge by edge, with a signed remainder each. Pure: totals and
 * counter differences in, rows out. Which edges a path has and which counters
 * mean loss between them are rows in edges.c.
 *
 * Columns. "ours" are frames of this trial, "foreign" all others (stale ones
 * included). Some edges count both apart (the BPF programs, the sink), some only their sum
 * (a device), some only ours (the generator). A loss counter may be of ours
 * alone (a socket that gets nothing else) or mixed (a device's).
 *
 * Rule for mixed counters: between two edges that count ours exactly, ours lost
 * is the difference; a mixed counter gives at most that to ours, and what is
 * above it is foreign's (such counters are of a device, a namespace or the machine, and
 * move for frames too that no edge here counts). An edge that counts
 * only a sum splits the distance where foreign is known or can be excluded
 * (sum <= ours upstream); elsewhere it is passed over, and said so in the row's
 * evidence. It is passed over too where foreign was only excluded and the split would
 * leave more unexplained than the whole distance does: foreign frames were there
 * after all. Duplicates arise on the wire: downstream edges are reduced by them.
 *
 * One event may move counters of several places (a backlog drop behind a veth is the
 * device's rx_dropped, the machine's softnet drop and the sender's refusal). A row
 * whose counter also moves for what other rows book is shared: it gives at most
 * what the distance still leaves, and more means nothing. Equal expressions
 * are one pot: what one row took from it, a later one does not find.
 *
 * Rows of a distance book in two rounds, each in path order: those that know (ours alone, or mixed
 * and seen), then the others with what is left.
 */
#ifndef RINGLOSS_LEDGER_LEDGER_H
#define RINGLOSS_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "error.h"

enum ledger_column { COLUMN_OURS, COLUMN_MIXED, COLUMN_SHARED };
enum ledger_end { END_TX, END_RX };

/* What a path is made of, as edges.c matches it: NULL in a rule matches any. */
struct ledger_path {
	const char *tx_endpoint; /* "udp", "af_xdp", "null", ... */
	const char *tx_mode;     /* as the endpoint reports: "copy", "zero-copy", "" */
	const char *tx_driver;   /* "veth", ... "" without device */
	const char *rx_endpoint;
	const char *rx_mode; /* "native", "generic", "" */
	const char *rx_driver;
	const char *family; /* "ipv4" or "ipv6", whose stack counts; NULL of a path: "ipv4" */
	/* the kernel has no interface there, and counts nothing of one; not compared */
	bool tx_user_space, rx_user_space;
	/*
	 * Made of the sink's endpoint and mode (ways.c), for a path that leaves them NULL. How
	 * frames come: "skb", as the kernel's packets; "driver", by XDP in native mode; "port",
	 * past the kernel. Where they go: "socket" (UDP), "tap" (AF_PACKET), "xsk" (AF_XDP),
	 * "check" (the XDP sink), "port".
	 */
	const char *rx_way, *rx_into;
};

/*
 * One edge of a path. ours / foreign / total name the counters to add, separated
 * by '+', each subtracted with '-' before it ("worker.accepted-worker.refused"); NULL:
 * not counted here.
 */
struct edge_def {
	const char *id; /* "accepted", "wire", "device-rx", "program", "socket", ... */
	enum ledger_end end;
	struct ledger_path match;
	const char *ours, *foreign, *total;
	bool foreign_complete; /* foreign counts every foreign frame that passed here */
	/*
	 * total is made of packets that may hold several frames, and how many is counted only
	 * at the next edge that knows ours: of a packet that got lost before it nobody counted the
	 * frames. So it is a cut only where nothing of ours got lost.
	 */
	bool counted_behind;
	bool optional; /* counted only where a user asks for it, and a guess: damage hides ours */
	const char *help;
};

/* A counter that means loss on the way from the edge AFTER to the next one. */
struct loss_def {
	const char *after; /* edge id */
	enum ledger_end end;
	struct ledger_path match;
	const char *stage; /* "AF_XDP socket" */
	/*
	 * "AF_XDP RX ring full"; listed by `ringloss list places`. A place has one name; where
	 * paths or edges count it differently it has several rows.
	 */
	const char *place;
	int place_row; /* row of the table of places, 1..36; 0: none */
	enum ledger_column column;
	const char *count;    /* counters, as in edge_def; never below 0; unknown ones add 0 */
	const char *limit;    /* the count is at most this, likewise; NULL: no limit */
	const char *unless;   /* a counter that rules the row out when it moved; NULL: none */
	const char *requires; /* a counter without which the row knows nothing; NULL: none */
	const char *without;  /* a counter that knows better: the row is void where it is known */
	/*
	 * What the observer saw of ours here, as in edge_def; NULL: nothing tells. Where it is
	 * known it is no guess: a mixed row books just that (at most LIMIT), and of COUNT what is
	 * above is foreign; a shared row books at most that. Equal expressions are one pot.
	 */
	const char *seen;
	/* damage may have hidden the stamp: SEEN is the least, and the rest is guessed */
	bool seen_is_least;
	const char *evidence; /* further counters that show the same, separated by ' ', or NULL */
	const char *remedy;   /* one line */
	const char *help;
};

const struct edge_def *ledger_edge_table(size_t *n);
const struct loss_def *ledger_loss_table(size_t *n);

/* Fill in rx_way and rx_into of PATH where they are NULL. */
void ledger_path_complete(struct ledger_path *path);

enum ledger_state { LEDGER_BOOKED, LEDGER_LOCATED, LEDGER_UNSUPPORTED };

struct ledger_evidence {
	const char *counter; /* "rx:dev.rx_dropped" style is made by the caller; here the id */
	enum ledger_end end;
	bool known; /* false: UNSUPPORTED or FAILED */
	int64_t delta;
};

#define LEDGER_EVIDENCE_MAX 10
struct ledger_row {
	const char *from, *to; /* edge ids */
	const char *stage, *place;
	int place_row;
	int64_t frames;  /* ours; signed for LOCATED; 0 for UNSUPPORTED */
	int64_t foreign; /* foreign frames booked to the same place */
	bool foreign_known;
	enum ledger_state state;
	const char *remedy;
	struct ledger_evidence evidence[LEDGER_EVIDENCE_MAX];
	size_t n_evidence;
};

/* An edge with its numbers, for people who want to see the path. */
struct ledger_edge {
	const char *id;
	enum ledger_end end;
	bool ours_known, foreign_known, total_known;
	int64_t ours, foreign, total;
	bool passed_over;  /* total only, and foreign could not be told */
	bool optional;     /* as its row says */
	int64_t remainder; /* between the edge before and this one */
};

struct ledger {
	struct ledger_edge *edges;
	size_t n_edges;
	struct ledger_row *rows; /* BOOKED with frames > 0, LOCATED with frames != 0, UNSUPPORTED */
	size_t n_rows;
	char **names; /* what evidence[].counter points to */
	size_t n_names;
	uint64_t accepted, unique, duplicate;
	uint64_t remainder; /* sum of absolutes of the edges' remainders */
	bool balanced;      /* remainder == 0 */
};

/*
 * How the ledger reads a counter: delta of ID on END into *delta; returns true
 * when it is known (SAMPLE_OK).
 */
typedef bool (*ledger_read_fn)(void *ctx, enum ledger_end end, const char *id, int64_t *delta);

/*
 * Balance one path. Worker totals are counters like others: worker.accepted,
 * worker.refused (tx), worker.frames, worker.unique, worker.duplicate,
 * worker.corrupt, worker.foreign, worker.stale (rx). The strings in the result point into the
 * tables and into the result. 0 or -ENOMEM / -EINVAL (EX_SOFTWARE: no edges match the path, or
 * worker.accepted or worker.unique is unknown).
 */
int ledger_balance(const struct ledger_path *path, ledger_read_fn read, void *ctx,
		   struct ledger *ledger, struct error *err);
void ledger_free(struct ledger *ledger);

/*
 * The array `ledger` of a result line (see results/README.md) for path PATH from side FROM to
 * side TO (NULL: to nowhere). New reference.
 */
json_t *ledger_json(const struct ledger *ledger, const char *path, const char *from,
		    const char *to);

/* The edges, for the path's `edges` in the result line. New reference. */
json_t *ledger_edges_json(const struct ledger *ledger, const char *from, const char *to);

#endif
