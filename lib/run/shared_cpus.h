/* Two threads that spin on one CPU measure the scheduler: it is said before the run. */
#ifndef RINGLOSS_RUN_SHARED_CPUS_H
#define RINGLOSS_RUN_SHARED_CPUS_H

#include "side.h"

/* Warn of each such pair of threads of the SIDES at POINT. */
void warn_of_shared_cpus(const struct side *sides, size_t n_sides, const struct point *point);

#endif
