/* The order of trials; see schedule.h. */
#include "schedule.h"

#include <stdlib.h>

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* Fisher-Yates; the bias of % is below n / 2^64. */
static void shuffle(struct scheduled *all, size_t n, uint64_t *seed)
{
	for (; n > 1; n--) {
		size_t k = (size_t)(next_random(seed) % n);
		struct scheduled swap = all[n - 1];

		all[n - 1] = all[k];
		all[k] = swap;
	}
}

/* Room for what a round of N points is put together with. */
struct gathering {
	struct scheduled *round, *blocks; /* a copy; numbers of blocks, shuffled */
	size_t *next;                     /* where the next point of each block goes */
};

static int gathering_make(struct gathering *g, size_t n)
{
	g->round = calloc(n + 1, sizeof(*g->round));
	g->blocks = calloc(n + 1, sizeof(*g->blocks));
	g->next = calloc(n + 1, sizeof(*g->next));
	return g->round && g->blocks && g->next ? 0 : -1;
}

static void gathering_free(struct gathering *g)
{
	free(g->round);
	free(g->blocks);
	free(g->next);
}

/*
 * Put the points of each block together, the blocks in an order of their own: a large one does
 * not come earlier than a small one.
 */
static void gather(struct scheduled *round, size_t n, const uint32_t *block, struct gathering *g,
		   uint64_t *seed)
{
	size_t n_blocks = 0, at = 0, i;

	for (i = 0; i < n; i++)
		n_blocks = block[i] >= n_blocks ? block[i] + 1 : n_blocks;
	for (i = 0; i < n_blocks; i++) {
		g->blocks[i] = (struct scheduled){.point = (uint32_t)i};
		g->next[i] = 0;
	}
	shuffle(g->blocks, n_blocks, seed);
	for (i = 0; i < n; i++) {
		g->round[i] = round[i];
		g->next[block[i]]++;
	}
	for (i = 0; i < n_blocks; i++) {
		size_t size = g->next[g->blocks[i].point];

		g->next[g->blocks[i].point] = at;
		at += size;
	}
	for (i = 0; i < n; i++)
		round[g->next[block[g->round[i].point]]++] = g->round[i];
}

struct scheduled *schedule_make(size_t points, uint64_t repeats, enum schedule_order order,
				uint64_t seed, const uint32_t *block)
{
	struct scheduled *all = calloc(points * repeats, sizeof(*all));
	struct gathering g = {0};
	uint64_t r;
	size_t i;

	if (!all || (order == SCHEDULE_BLOCKED && gathering_make(&g, points))) {
		free(all);
		all = NULL;
	}
	for (r = 0; all && r < repeats; r++) {
		struct scheduled *round = all + r * points;

		for (i = 0; i < points; i++)
			round[i] = (struct scheduled){.point = (uint32_t)i, .repeat = (uint32_t)r};
		if (order != SCHEDULE_LISTED)
			shuffle(round, points, &seed);
		if (order == SCHEDULE_BLOCKED)
			gather(round, points, block, &g, &seed);
	}
	gathering_free(&g);
	return all;
}

size_t schedule_changes(const struct scheduled *all, size_t n, const uint32_t *block)
{
	size_t changes = 0, i;

	for (i = 1; i < n; i++)
		changes += block[all[i].point] != block[all[i - 1].point];
	return changes;
}
