/* Frames of each flow, from frames of each queue; see deal.h. */
#include "deal.h"

/* Of the first COUNT frames of a queue with FLOWS flows those of its flow number FLOW. */
static uint64_t frames_of(uint64_t count, uint32_t run, uint32_t flows, uint32_t flow)
{
	uint64_t runs = count / run;
	uint64_t frames = runs / flows * run;

	if (flow < runs % flows)
		frames += run;
	if (flow == runs % flows)
		frames += count % run;
	return frames;
}

void deal_frames(const struct deal *deal, uint64_t *sent)
{
	uint32_t f;

	for (f = 0; f < deal->flows; f++) {
		uint32_t queue = f % deal->queues;

		sent[f] = frames_of(deal->sent[queue], deal->run,
				    deal_flows(deal->flows, deal->queues, queue), f / deal->queues);
	}
}
