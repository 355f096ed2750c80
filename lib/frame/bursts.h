/*
 * The shape of loss in the numbers of a stream: how long the runs of consecutive lost frames
 * are, and how many frames came in between. In RFC 3357's words (section 4) a burst is a loss
 * period, and a gap is a loss distance between two periods, less 1. Frames lost before
 * the first that arrived and behind the last are bursts, too; frames received before the
 * first burst of a stream and behind its last are no gap, since nothing bounds them.
 *
 * What takes all frames for a while takes a few of each of many streams: such a hole shows in the
 * order in which a queue of the generator sent them, over its streams.
 */
#ifndef RINGLOSS_FRAME_BURSTS_H
#define RINGLOSS_FRAME_BURSTS_H

#include <jansson.h>

#include "deal.h"
#include "error.h"
#include "seqcheck.h"

/* Sequence numbers have 48 bits (stamp.h), so a run has a bin for each number of bits. */
#define BURSTS_BINS 49

/* Runs of frames of a kind. */
struct burst_runs {
	uint64_t count;
	uint64_t frames;  /* in all of them */
	uint64_t longest; /* frames; 0: there was none */
	/* by length: [0] is of length 1, [1] of 2 to 3, [i] of 2^i to 2^(i + 1) - 1 */
	uint64_t lengths[BURSTS_BINS];
};

struct bursts {
	struct burst_runs lost, gaps;
};

/*
 * What the streams first .. first + count - 1 lost, by the bitmaps of the N parts merged. sent[i]
 * is how many frames stream first + i was sent, numbers 0 .. sent[i] - 1; numbers from there on are
 * not looked at. The checkers must be quiet, and of the same shape, as for
 * seqcheck_merge. A frame that arrived damaged is lost. -EINVAL or -ENOMEM with *err.
 */
int bursts_find(struct seqcheck *const *parts, size_t n, uint32_t first, uint32_t count,
		const uint64_t *sent, struct bursts *bursts, struct error *err);

/*
 * The same in the order in which each queue sent its frames: of the path whose streams begin with
 * FIRST and were dealt out as DEAL says.
 */
int bursts_find_in_order(struct seqcheck *const *parts, size_t n, uint32_t first,
			 const struct deal *deal, struct bursts *bursts, struct error *err);

/* Add B's runs to SUM's: of other streams or paths. */
void bursts_add(struct bursts *sum, const struct bursts *b);

/*
 * As members "bursts" and "gaps" of OBJ, with PREFIX before each name, and back: {"count",
 * "frames", "longest", "mean", "lengths": [...]}. Lengths end with the longest; mean is null
 * without any run. B NULL is null; what is missing is 0.
 */
void bursts_put(json_t *obj, const char *prefix, const struct bursts *b);
void bursts_get(const json_t *obj, const char *prefix, struct bursts *b);

#endif
