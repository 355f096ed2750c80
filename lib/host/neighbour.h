/*
 * A permanent neighbour for the time of a run: a port that a program drives past the kernel answers
 * neither ARP (RFC 826) nor neighbour solicitations (RFC 4861), and a kernel that is to send to it
 * has to be told where it is.
 */
#ifndef RINGLOSS_HOST_NEIGHBOUR_H
#define RINGLOSS_HOST_NEIGHBOUR_H

#include <stdint.h>

#include "error.h"
#include "journal.h"

/*
 * Make IP (4 bytes for AF_INET, 16 for AF_INET6, network order) a permanent neighbour at MAC on
 * IFNAME of this thread's namespace, the old entry to the journal first. Nothing is done if it is
 * so already.
 */
int neighbour_set(struct journal *j, const char *ifname, uint8_t family, const uint8_t *ip,
		  const uint8_t mac[6], struct error *err);

extern const struct change_kind neighbour_change_kind;

#endif
