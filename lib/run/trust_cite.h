/* What is known of the counters that a trial's ledger rests on, put into its line. */
#ifndef RINGLOSS_RUN_TRUST_CITE_H
#define RINGLOSS_RUN_TRUST_CITE_H

#include <jansson.h>

#include "trial.h"

/*
 * Where there is a trust file for a receiving side's driver and version
 * ($RINGLOSS_STATE_DIR/trust), note in LINE, the record of a trial, which it is (sides.NAME.trust),
 * and what it says of the counters of each row of the ledger (ledger[].trust).
 */
void trust_cite(const struct trial_env *env, json_t *line);

#endif
