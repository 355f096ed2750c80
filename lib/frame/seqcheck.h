/*
 * Who arrived, twice, late, damaged or by mistake. A full bitmap per stream, so
 * that unique is counted and never computed from gaps. One checker a thread;
 * the results of several threads are merged at the end, where a frame that two
 * threads saw becomes a duplicate. Knows nothing of sockets or rings.
 */
#ifndef RINGLOSS_FRAME_SEQCHECK_H
#define RINGLOSS_FRAME_SEQCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "stamp.h"

struct seqcheck;

/*
 * received = frames = unique + duplicate + corrupt. Stale and foreign frames
 * are apart. reordered (RFC 4737 section 3.3: first arrivals below NextExp,
 * judged per stream and RX queue) counts frames that are unique too; a duplicate
 * moves no NextExp.
 */
struct seqcheck_result {
	uint64_t frames;    /* ours of this epoch, corrupt ones included */
	uint64_t unique;    /* different (stream, sequence) */
	uint64_t duplicate; /* seen before */
	uint64_t reordered; /* arrived below the next expected number, first arrival */
	uint64_t corrupt;   /* ours, damaged */
	uint64_t stale;     /* ours, of another epoch */
	uint64_t foreign;   /* not ours */
	uint64_t bytes; /* of ours, corrupt ones included: the lengths given to seqcheck_burst */
	uint32_t streams_seen; /* streams with at least one whole frame */
};

/*
 * For STREAMS streams of at most MAX_SEQ numbers each, on QUEUES RX queues that
 * this thread serves. Memory is reserved, touched only as numbers arrive
 * (MAX_SEQ / 8 bytes a stream at most). NULL with EX_OSERR when refused, with EX_DATAERR
 * when the numbers do not fit a stamp (65536 streams, 2^48 sequence numbers).
 */
struct seqcheck *seqcheck_new(uint32_t streams, uint64_t max_seq, uint32_t queues,
			      struct error *err);
void seqcheck_free(struct seqcheck *sc);

/*
 * Forget everything; from now on EPOCH is ours and all others are stale. A new checker
 * expects epoch 0. Costs a clearing of what was touched; memory stays for the next
 * trial, so that it has no page faults, up to 256 MiB.
 */
void seqcheck_reset(struct seqcheck *sc, uint32_t epoch);

/*
 * Check N payloads that came by QUEUE (0 .. queues - 1), in order of arrival. len[i] is
 * the UDP payload's length; shorter than a stamp is foreign. Payload beyond the
 * stamp must be the template's fill (zero bytes, each of them), else corrupt. Payloads
 * are prefetched 16 ahead. Fastest with one length a trial; any lengths are exact.
 * Hot: no allocation, no clock.
 */
void seqcheck_burst(struct seqcheck *sc, uint32_t queue, const uint8_t *const *payload,
		    const uint32_t *len, uint32_t n);

/* Running totals of this thread, for sampling (same thread, or after it stopped). */
const struct seqcheck_result *seqcheck_totals(const struct seqcheck *sc);

/*
 * Merge N checkers of the same shape into RESULT, for streams
 * first .. first + count - 1 as well as for the whole (first 0, count = streams).
 * foreign and stale cannot be told by stream: they are filled in only for the
 * whole. So is a corrupt frame, unless its stamp is whole but for the magic or the epoch
 * (its fill is damaged, say), since only then its stream can be believed. reordered is the
 * sum of the threads': which of two threads saw a frame first is not known. The
 * checkers must be quiet (they hold scratch of the merge). -EINVAL with EX_SOFTWARE when
 * shapes or epochs differ or the range is none.
 */
int seqcheck_merge(struct seqcheck *const *parts, size_t n, uint32_t first, uint32_t count,
		   struct seqcheck_result *result, struct error *err);

#endif
