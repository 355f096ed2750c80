/* Time left; see remaining.h. */
#include "remaining.h"

void remaining_add(struct remaining *r, enum knob_change change, uint64_t send_ns)
{
	r->send_ns += send_ns;
	r->due[change]++;
}

void remaining_drop(struct remaining *r, enum knob_change change, uint64_t send_ns)
{
	r->send_ns -= send_ns;
	r->due[change]--;
}

void remaining_learn(struct remaining *r, enum knob_change change, uint64_t send_ns,
		     uint64_t took_ns)
{
	r->done[change]++;
	r->besides[change] += took_ns > send_ns ? (double)(took_ns - send_ns) : 0;
}

/* The kind whose trials stand for those of CHANGE; -1: none was seen. */
static int seen_like(const struct remaining *r, int change)
{
	int kind;

	for (kind = change; kind >= 0; kind--)
		if (r->done[kind])
			return kind;
	for (kind = change + 1; kind < REMAINING_KINDS; kind++)
		if (r->done[kind])
			return kind;
	return -1;
}

uint64_t remaining_ns(const struct remaining *r)
{
	double sum = (double)r->send_ns;
	int change;

	for (change = 0; change < REMAINING_KINDS; change++) {
		int kind = seen_like(r, change);

		if (kind < 0)
			return UINT64_MAX;
		sum += (double)r->due[change] * r->besides[kind] / (double)r->done[kind];
	}
	return (uint64_t)sum;
}
