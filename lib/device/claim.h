/*
 * One run at a time on an interface: two would take each other's frames, sockets
 * and settings, and both would call what they measured valid.
 */
#ifndef RINGLOSS_DEVICE_CLAIM_H
#define RINGLOSS_DEVICE_CLAIM_H

#include "device.h"
#include "error.h"

/*
 * Claim DEVICE's interface in the caller's network namespace: an fd that holds it until it is
 * closed or the process dies. -EBUSY with EX_TEMPFAIL when another run has it. The claim is an
 * abstract Unix socket, which the namespace keeps (unix(7)): no file, nothing to clean up.
 */
int device_claim(const struct device *device, struct error *err);

#endif
