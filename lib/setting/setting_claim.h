/*
 * One run at a time on a setting of the machine, which is nobody's device: two would measure each
 * other's values.
 */
#ifndef RINGLOSS_HOST_SETTING_CLAIM_H
#define RINGLOSS_HOST_SETTING_CLAIM_H

#include "error.h"

/*
 * Claim setting KEY ("sysctl.netdev_budget") of the machine: an fd that holds it until it is
 * closed or the process dies. -EBUSY with EX_TEMPFAIL when another run, or another side of this
 * one, has changed it. An abstract Unix socket in this thread's namespace, which is the host's
 * (setting_machine_call).
 */
int setting_claim(const char *key, struct error *err);

#endif
