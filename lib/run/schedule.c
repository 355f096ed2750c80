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

struct scheduled *schedule_make(size_t points, uint64_t repeats, bool shuffled, uint64_t seed)
{
	struct scheduled *all = calloc(points * repeats, sizeof(*all));
	uint64_t r;
	size_t i;

	for (r = 0; all && r < repeats; r++) {
		struct scheduled *round = all + r * points;

		for (i = 0; i < points; i++)
			round[i] = (struct scheduled){.point = i, .repeat = r};
		/* Fisher-Yates; the bias of % is below points / 2^64 */
		for (i = points; shuffled && i > 1; i--) {
			size_t k = (size_t)(next_random(&seed) % i);
			struct scheduled swap = round[i - 1];

			round[i - 1] = round[k];
			round[k] = swap;
		}
	}
	return all;
}
