/* Threads that a plan puts on one CPU; see shared_cpus.h. */
#include "shared_cpus.h"

#include <stdlib.h>

#include "log.h"

/* A traffic thread as make_threads in worker.c places it. */
struct planned_thread {
	size_t side;
	uint16_t cpu;
	bool generates, spins;
};

static size_t plan_threads(const struct side *side, const struct side_config *config,
			   struct planned_thread *threads)
{
	uint32_t each = config->cpus.n < config->queues ? config->cpus.n : (uint32_t)config->queues;
	bool both = side_generates(side) && side_sinks(side);
	size_t n = side->plan->role == ROLE_OBSERVER ? 0 : both ? 2 * each : each, i;

	for (i = 0; i < n; i++) {
		bool generates = both ? i < each : side_generates(side);

		threads[i] = (struct planned_thread){
			.side = (size_t)side->index,
			.cpu = config->cpus.cpu[i % config->cpus.n],
			.generates = generates,
			.spins = generates || config->idle == IDLE_SPIN,
		};
	}
	return n;
}

/* Two threads that spin on one CPU measure the scheduler. */
static void warn_of(const struct side *sides, const struct planned_thread *a,
		    const struct planned_thread *b)
{
	const char *names[2] = {sides[a->side].plan->name, sides[b->side].plan->name};

	if (a->side == b->side)
		log_warn("%s has two threads on CPU %u: name as many in cpus as it has threads "
			 "(generators first, then sinks), or set idle = poll",
			 names[0], a->cpu);
	else if (a->generates && b->generates)
		log_warn("%s and %s generate on CPU %u: give each its own with cpus", names[0],
			 names[1], a->cpu);
	else
		log_warn("%s and %s share CPU %u: give each its own with cpus, or set idle = poll "
			 "for the sink",
			 names[0], names[1], a->cpu);
}

void warn_of_shared_cpus(const struct side *sides, size_t n_sides, const struct point *point)
{
	struct planned_thread *threads =
		calloc(PLAN_SIDES_MAX * 2 * CPU_LIST_MAX, sizeof(*threads));
	struct side_config config;
	struct error err;
	size_t i, k, n = 0;

	for (i = 0; threads && i < n_sides; i++)
		if (!point_config(point, &side_knob_set, (int)i, &config, &err) && config.cpus.n)
			n += plan_threads(&sides[i], &config, &threads[n]);
	for (i = 0; i < n; i++) {
		for (k = 0; k < i; k++)
			if (threads[k].cpu == threads[i].cpu && threads[k].spins &&
			    threads[i].spins)
				break;
		if (k < i)
			warn_of(sides, &threads[k], &threads[i]);
	}
	free(threads);
}
