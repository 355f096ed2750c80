/* Bursts of lost frames for the answer to `result`: where bitmaps meet what the generator said. */
#ifndef RINGLOSS_AGENT_WORKER_BURSTS_H
#define RINGLOSS_AGENT_WORKER_BURSTS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "error.h"
#include "seqcheck.h"

/*
 * What the streams first .. first + count - 1 lost, by the checkers of N threads, as members
 * "bursts", "gaps", "queue_bursts" and "queue_gaps" of RESULT. DEALT is the answer of their
 * generator to `dealt`: {"run", "sent": frames by queue}. Errors as bursts_find, and -EPROTO with
 * EX_PROTOCOL when no generator deals so.
 */
int worker_add_bursts(struct seqcheck *const *parts, size_t n, uint32_t first, uint32_t count,
		      const json_t *dealt, json_t *result, struct error *err);

#endif
