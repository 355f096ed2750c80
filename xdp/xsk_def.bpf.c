/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sink's program for DPDK's net_af_xdp, whose library (libxdp) would attach one of its own
 * that outlives a killed process. Under the name and with the map and the version that
 * libxdp looks for (xsk_lookup_program and xsk_lookup_bpf_map in its xsk.c), a program that is
 * attached already is taken as it is, and only the sockets are entered.
 */
#define xdp_sink xsk_def_prog
#define sockets xsks_map
#include "xdp_sink.bpf.c"

/* Without a reference count (.data), libxdp does not detach it either. */
__uint(xsk_prog_version, 1) SEC("xdp_metadata");
