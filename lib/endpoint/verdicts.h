/*
 * The maps of a sink's BPF program, alike for every program in xdp/: the
 * trial that it is told, and the verdicts that it counted.
 */
#ifndef RINGLOSS_ENDPOINT_VERDICTS_H
#define RINGLOSS_ENDPOINT_VERDICTS_H

#include "counter.h"
#include "error.h"
#include "verdict.h"

/* Tell the program of the trial. */
int verdicts_expect(int config_fd, const struct stamp_expect *expect, uint32_t queues,
		    struct error *err);

/* Sums over all CPUs into samples[0..n-1] (VERDICT_OURS first). */
void verdicts_read(int verdicts_fd, struct sample *samples, uint32_t n);

#endif
