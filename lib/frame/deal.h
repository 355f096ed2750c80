/*
 * How a generator deals its frames out to flows, as arithmetic: whoever knows how many frames
 * each queue sent knows how many each flow was sent. Queue q of n has flows q, q + n, ...; a
 * queue sends RUN frames of one flow, then RUN of its next one, and round again.
 */
#ifndef RINGLOSS_FRAME_DEAL_H
#define RINGLOSS_FRAME_DEAL_H

#include <stdint.h>

struct deal {
	uint32_t flows;       /* of the path, not fewer than queues */
	uint32_t queues;      /* of the generator's side */
	uint32_t run;         /* frames of one flow in a row, at least 1 */
	const uint64_t *sent; /* frames by [queue] */
};

/* Flows that QUEUE of QUEUES has of FLOWS. */
static inline uint32_t deal_flows(uint32_t flows, uint32_t queues, uint32_t queue)
{
	return (flows - queue + queues - 1) / queues;
}

/* Frames by [flow] into SENT, which has room for deal->flows. */
void deal_frames(const struct deal *deal, uint64_t *sent);

#endif
