/*
 * What every side knows before and after a trial. Errors name the side; -EINTR when the
 * user wants to stop.
 */
#ifndef RINGLOSS_RUN_COLLECT_H
#define RINGLOSS_RUN_COLLECT_H

#include "trial.h"

/*
 * Counters of all sides into counters[] (by side), read until two rounds in a row agree
 * but for what moves by itself (snapshot_settled);
 * where other traffic never stands still, the last of a bounded number counts. What the sides know
 * besides counters into details[].
 */
int snapshot_all(struct trial_env *env, json_t **counters, json_t **details, struct error *err);

/* The receiving half of every path. Generators and sinks must be stopped. */
int collect_received(struct trial_env *env, struct trial *trial, struct error *err);

/* The sending half of every path. */
int collect_sent(struct trial_env *env, struct trial *trial, struct error *err);

#endif
