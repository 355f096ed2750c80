/* The two halves of endpoint xdp: the sink's checker and the generator; private to the back end. */
#ifndef RINGLOSS_ENDPOINT_XDP_H
#define RINGLOSS_ENDPOINT_XDP_H

#include "endpoint.h"
#include "xdp_attach.h"

struct xdp_config {
	uint32_t xdp_mode; /* enum xdp_mode */
};

/* ---- sink: xdp_check.c ---- */

struct xdp_check_state;

/* Sums over all CPUs since the program was loaded. */
struct xdp_check_counts {
	uint64_t ours, stale, foreign, duplicate, reordered, corrupt, bytes;
};

/* Load the program for so many streams and numbers and attach it. NULL with *err. */
struct xdp_check_state *xdp_check_open(const struct endpoint_setup *setup, uint32_t streams,
				       uint64_t max_seq, struct error *err);
void xdp_check_close(struct xdp_check_state *s);

/* The same without a device, for tests: the program's descriptor into *prog_fd. */
struct xdp_check_state *xdp_check_load(uint32_t queues, uint32_t common_len, uint32_t streams,
				       uint64_t max_seq, int *prog_fd, struct error *err);

/* Count for this trial from now on, from 0. */
void xdp_check_expect(struct xdp_check_state *s, const struct stamp_expect *expect);

/* The checker over the program's arrays; its totals are brought up to date by the second. */
struct seqcheck *xdp_check_seqcheck(struct xdp_check_state *s);
void xdp_check_totals(struct xdp_check_state *s);

void xdp_check_read(const struct xdp_check_state *s, struct xdp_check_counts *sums);

/* ---- generator: xdp_generate.c ---- */

#define XDP_GENERATE_MOST 4096 /* frames a call: a millisecond or less */

struct xdp_generate_state;

struct xdp_generate_state *xdp_generate_open(const struct endpoint_setup *setup, struct error *err);
void xdp_generate_close(struct xdp_generate_state *s);

/* Make and send; as tx_make. */
uint32_t xdp_generate_make(struct xdp_generate_state *s, uint32_t queue,
			   const struct tx_batch *batch, uint64_t *refused);

/* Whether the kernel tells what the driver took; else nothing is ever refused. */
bool xdp_generate_tells(const struct xdp_generate_state *s);
uint64_t xdp_generate_refused(const struct xdp_generate_state *s);

#endif
