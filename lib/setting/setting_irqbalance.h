/*
 * irq.irqbalance: the daemon that moves interrupts about. While it is stopped (SIGSTOP) affinities
 * stay where they are put. That survives a kill -9 of this program, as the journal says of it; and
 * an irqbalance that is restarted meanwhile runs. Its own way (a socket, "settings ban irqs") is
 * lost with a restart, and is not to be read back exactly.
 */
#ifndef RINGLOSS_HOST_SETTING_IRQBALANCE_H
#define RINGLOSS_HOST_SETTING_IRQBALANCE_H

#include "setting_row.h"

/* The row's values: */
#define IRQBALANCE_PAUSED "paused"
#define IRQBALANCE_RUNNING "running"
#define IRQBALANCE_NONE "none" /* no such process */

extern const char *const irqbalance_choices[];

int irqbalance_read(const struct setting *row, const struct setting_site *site,
		    char value[SETTING_TEXT_MAX], struct error *err);
int irqbalance_resolve(const struct setting *row, const struct setting_site *site,
		       const char *asked, char value[SETTING_TEXT_MAX], struct error *err);
int irqbalance_write(const struct setting *row, const struct setting_site *site, const char *value,
		     struct error *err);

#endif
