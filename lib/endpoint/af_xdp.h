/* One AF_XDP socket with its umem and rings, served by one thread; private to the back end. */
#ifndef RINGLOSS_ENDPOINT_AF_XDP_H
#define RINGLOSS_ENDPOINT_AF_XDP_H

#include <stdatomic.h>

#include <xdp/xsk.h>

#include "endpoint.h"
#include "xdp_attach.h"

struct af_xdp_config {
	uint64_t ring;       /* RX or TX ring, frames */
	uint64_t fill_ring;  /* frames, 0: twice ring */
	uint64_t frame_size; /* bytes of a umem chunk */
	uint32_t xdp_mode;   /* enum xdp_mode */
	uint32_t zero_copy;  /* enum zero_copy */
	bool need_wakeup;
	uint64_t busy_poll; /* us, 0: off */
};

/* Frames of the fill ring in effect. */
static inline uint32_t af_xdp_fill_ring(const struct af_xdp_config *cfg)
{
	return (uint32_t)(cfg->fill_ring ? cfg->fill_ring : 2 * cfg->ring);
}

enum zero_copy { ZERO_COPY_AUTO, ZERO_COPY_ON, ZERO_COPY_OFF };

/* Chunks that the largest frame takes (9014 bytes in chunks of 2048 less headroom). */
#define AF_XDP_CHUNKS_MAX 6
#define AF_XDP_JOINED_SIZE 9216 /* bytes; of a frame that was put together */

struct xsk_queue {
	struct xsk_socket *xsk;
	struct xsk_umem *umem;
	uint8_t *area;    /* the umem's memory */
	size_t area_size; /* bytes */
	int fd;
	bool need_wakeup;
	bool zero_copy; /* in effect */
	struct xsk_ring_cons rx, completion;
	struct xsk_ring_prod tx, fill;
	uint64_t chunk; /* bytes of a umem chunk */
	/* generator: addresses of free frames, a stack; a frame is one or more chunks in a row */
	uint64_t *free_tx;
	uint32_t n_free_tx, n_tx; /* frames: free; all */
	uint32_t tx_len;          /* bytes of the largest frame without FCS */
	uint32_t tx_chunks;       /* that the largest frame takes */
	uint8_t *tx_last;         /* by frame, of several chunks: the last one in use */
	_Atomic uint64_t tx_left; /* accepted, not completed at the last drain */
	/* sink: addresses not in the fill ring */
	uint64_t *spare_rx;
	uint32_t n_spare_rx;
	uint64_t held[ENDPOINT_BURST * AF_XDP_CHUNKS_MAX]; /* given out by rx until release */
	uint32_t n_held;
	uint8_t *joined; /* frames of several chunks put together; NULL: frames have one */
};

/*
 * Open the socket of QUEUE of the endpoint's device. EBUSY right after another socket of
 * the queue was closed is waited out (the kernel frees it in the background).
 */
int xsk_queue_open(struct xsk_queue *q, const struct endpoint_setup *setup, uint32_t queue,
		   struct error *err);
void xsk_queue_close(struct xsk_queue *q);

uint32_t xsk_queue_tx_reserve(struct xsk_queue *q, uint8_t **frames, uint32_t n, uint64_t *refused);
uint32_t xsk_queue_tx_commit(struct xsk_queue *q, const uint32_t *len, uint32_t n,
			     uint64_t *refused);
bool xsk_queue_tx_drain(struct xsk_queue *q, uint64_t *refused);
uint32_t xsk_queue_rx(struct xsk_queue *q, const uint8_t **payload, uint32_t *len, uint32_t n);
void xsk_queue_rx_release(struct xsk_queue *q);

#endif
