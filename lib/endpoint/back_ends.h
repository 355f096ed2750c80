/*
 * The back ends: one file and one row here each. The row makes the declaration,
 * the entry of endpoint_table and the word of the knob `endpoint`.
 */
#ifndef RINGLOSS_ENDPOINT_BACK_ENDS_H
#define RINGLOSS_ENDPOINT_BACK_ENDS_H

#include "endpoint.h"

#define BACK_ENDS(ROW)                                                                             \
	ROW(udp)                                                                                   \
	ROW(af_xdp)                                                                                \
	ROW(dpdk)                                                                                  \
	ROW(packet)                                                                                \
	ROW(xdp)                                                                                   \
	ROW(null)

#define BACK_END_DECLARE(name) extern const struct endpoint_ops endpoint_##name;
BACK_ENDS(BACK_END_DECLARE)

#endif
