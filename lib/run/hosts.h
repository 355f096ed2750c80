/* What hosts a result is of: told once, and held against those of a run that goes on with it. */
#ifndef RINGLOSS_RUN_HOSTS_H
#define RINGLOSS_RUN_HOSTS_H

#include "result.h"
#include "side.h"

/*
 * Start the agents of the sides and write each one's host to the result; nothing is changed on a
 * host yet. Where the result has one already (a run goes on), the two must be the same machine:
 * EX_CONFIG otherwise; what else differs is a warning.
 */
int hosts_meet(struct side *sides, size_t n, struct result *result, struct error *err);

/* Write the hosts once more, with what was found out of their devices meanwhile. */
int hosts_store(struct side *sides, size_t n, struct result *result, struct error *err);

/* Note in WAS ({side: device}) what cards a stored TRIAL was run on; a virtual device is none. */
void hosts_note_devices(json_t *was, const json_t *trial);

/* Warn of a side whose card is not the one in WAS, and take it from there: it is said once. */
void hosts_check_devices(json_t *was, const struct side *sides, size_t n);

/*
 * Another machine (hostname, architecture, processor) in *other, or what is different on the same
 * one, as text in BUF ("" if nothing is).
 */
void hosts_compare(const json_t *was, const json_t *is, bool *other, char *buf, size_t size);

#endif
