/*
 * The rings of one AF_XDP socket: opening them, and the hot path over them.
 *
 * Sending in copy mode: one sendto sends up to 32 descriptors. EAGAIN means that more are
 * left; EBUSY that exactly one frame was dropped by the device and completed all
 * the same (net/xdp/xsk.c, __xsk_generic_xmit).
 */
#include <errno.h>
#include <linux/if_xdp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "af_xdp.h"
#include "patience.h"

#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL 69
#endif
#ifndef SO_BUSY_POLL_BUDGET
#define SO_BUSY_POLL_BUDGET 70
#endif

/* Kernel 6.6; the headers of Debian 12 are older. */
#ifndef XDP_USE_SG
#define XDP_USE_SG (1 << 4)
#endif
#ifndef XDP_PKT_CONTD
#define XDP_PKT_CONTD (1 << 0)
#endif

#define KICKS_A_COMMIT 4 /* 32 descriptors each: two bursts, with room for refusals */

/* N_TX and N_RX in chunks. */
static int open_umem(struct xsk_queue *q, const struct af_xdp_config *cfg, uint32_t n_tx,
		     uint32_t n_rx, struct error *err)
{
	struct xsk_umem_config uc = {
		.fill_size = n_rx ? af_xdp_fill_ring(cfg) : 64,
		.comp_size = n_tx ? (uint32_t)cfg->ring : 64,
		.frame_size = (uint32_t)cfg->frame_size,
	};
	int ret;

	q->area_size = (size_t)(n_tx + n_rx) * cfg->frame_size;
	q->area = mmap(NULL, q->area_size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (q->area == MAP_FAILED) {
		q->area = NULL;
		return error_set(err, EX_OSERR, -ENOMEM,
				 "no memory for a umem of %zu bytes: smaller ring or fill_ring",
				 q->area_size);
	}
	ret = xsk_umem__create(&q->umem, q->area, q->area_size, &q->fill, &q->completion, &uc);
	if (ret)
		return error_set(err, EX_OSERR, ret, "the kernel refuses a umem of %zu bytes: %s%s",
				 q->area_size, strerror(-ret),
				 ret == -ENOBUFS || ret == -EPERM
					 ? "; raise ulimit -l or run with CAP_IPC_LOCK"
					 : "");
	return 0;
}

static int bind_socket(struct xsk_queue *q, const struct endpoint_setup *setup, uint32_t queue,
		       struct error *err)
{
	const struct af_xdp_config *cfg = setup->config;
	struct xsk_socket_config sc = {
		.rx_size = (uint32_t)cfg->ring,
		.tx_size = (uint32_t)cfg->ring,
		.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
	};
	uint64_t deadline = 0;
	int ret;

	if (cfg->zero_copy == ZERO_COPY_ON)
		sc.bind_flags |= XDP_ZEROCOPY;
	else if (cfg->zero_copy == ZERO_COPY_OFF ||
		 (setup->rx && cfg->xdp_mode == XDP_MODE_GENERIC))
		sc.bind_flags |= XDP_COPY;
	if (cfg->need_wakeup)
		sc.bind_flags |= XDP_USE_NEED_WAKEUP;
	if (q->joined || q->tx_chunks > 1)
		sc.bind_flags |= XDP_USE_SG;
	do
		ret = xsk_socket__create(&q->xsk, setup->device->ifname, queue, q->umem,
					 setup->rx ? &q->rx : NULL, setup->tx ? &q->tx : NULL, &sc);
	while (ret == -EBUSY && patience(&deadline));
	if (ret == -EBUSY)
		return error_set(err, EX_TEMPFAIL, ret,
				 "queue %u of %s has an AF_XDP socket of another program: end it "
				 "(ss --xdp -a shows it)",
				 queue, setup->device->ifname);
	if (ret && cfg->zero_copy == ZERO_COPY_ON)
		return error_set(err, EX_UNAVAILABLE, ret,
				 "%s (driver %s) refuses AF_XDP zero-copy on queue %u: %s; "
				 "zero_copy = auto takes what there is",
				 setup->device->ifname, setup->device->driver, queue,
				 strerror(-ret));
	if (ret && (sc.bind_flags & XDP_USE_SG))
		return error_set(
			err, EX_UNAVAILABLE, ret,
			"%s refuses AF_XDP frames of several chunks on queue %u: %s; they need "
			"kernel 6.6 and a driver that can, smaller frames do not",
			setup->device->ifname, queue, strerror(-ret));
	if (ret)
		return error_set(err, EX_OSERR, ret, "cannot bind AF_XDP to queue %u of %s: %s",
				 queue, setup->device->ifname, strerror(-ret));
	return 0;
}

static int set_busy_poll(int fd, uint64_t us, struct error *err)
{
	int on = 1, usecs = (int)us, budget = ENDPOINT_BURST;

	if (setsockopt(fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL, &usecs, sizeof(usecs)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL_BUDGET, &budget, sizeof(budget)) < 0)
		return error_set(err, EX_UNAVAILABLE, -errno,
				 "cannot set busy_poll on an AF_XDP socket: %s; leave it at 0",
				 strerror(errno));
	return 0;
}

/* Lay the template into every frame that the generator owns. */
static int prepare_tx(struct xsk_queue *q, const struct frame_template *t, uint32_t n,
		      struct error *err)
{
	uint32_t i;

	q->free_tx = malloc(n * sizeof(*q->free_tx));
	q->tx_last = calloc(n, sizeof(*q->tx_last));
	if (!q->free_tx || !q->tx_last)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for %u frames", n);
	for (i = 0; i < n; i++) {
		q->free_tx[i] = (uint64_t)i * q->tx_chunks * q->chunk;
		memcpy(q->area + q->free_tx[i], t->bytes, t->len);
	}
	q->n_tx = q->n_free_tx = n;
	q->tx_len = t->len;
	return 0;
}

static void refill(struct xsk_queue *q)
{
	uint32_t n = q->n_spare_rx, idx, i;

	if (!n)
		return;
	i = xsk_prod_nb_free(&q->fill, n);
	n = n < i ? n : i;
	if (!n || xsk_ring_prod__reserve(&q->fill, n, &idx) != n)
		return;
	for (i = 0; i < n; i++)
		*xsk_ring_prod__fill_addr(&q->fill, idx + i) = q->spare_rx[--q->n_spare_rx];
	xsk_ring_prod__submit(&q->fill, n);
}

static int prepare_rx(struct xsk_queue *q, uint64_t first, uint64_t chunk, uint32_t n,
		      struct error *err)
{
	uint32_t i;

	q->spare_rx = malloc(n * sizeof(*q->spare_rx));
	if (!q->spare_rx)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for %u frames", n);
	for (i = 0; i < n; i++)
		q->spare_rx[i] = first + (uint64_t)i * chunk;
	q->n_spare_rx = n;
	refill(q);
	return 0;
}

/* How many chunks frames take, and the buffers to put them together in. */
static int plan_chunks(struct xsk_queue *q, const struct endpoint_setup *setup, struct error *err)
{
	const struct af_xdp_config *cfg = setup->config;

	q->chunk = cfg->frame_size;
	q->tx_chunks = (uint32_t)((setup->frame_len + q->chunk - 1) / q->chunk);
	/* the kernel keeps XDP_PACKET_HEADROOM free in every chunk that it fills */
	if (!setup->rx || setup->frame_len + XDP_PACKET_HEADROOM <= q->chunk)
		return 0;
	q->joined = malloc((size_t)ENDPOINT_BURST * AF_XDP_JOINED_SIZE);
	if (!q->joined)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for large frames");
	return 0;
}

int xsk_queue_open(struct xsk_queue *q, const struct endpoint_setup *setup, uint32_t queue,
		   struct error *err)
{
	const struct af_xdp_config *cfg = setup->config;
	struct xdp_options options = {0};
	socklen_t len = sizeof(options);
	uint32_t n_tx = 0, n_rx = 0;
	int ret;

	/* libxdp 1.3 leaves cached ring indices unset in xsk_umem__create */
	memset(q, 0, sizeof(*q));
	ret = plan_chunks(q, setup, err);
	/* what both rings hold: a full RX ring leaves the fill ring full */
	if (setup->rx)
		n_rx = af_xdp_fill_ring(cfg) + (uint32_t)cfg->ring;
	if (setup->tx)
		n_tx = (uint32_t)cfg->ring / q->tx_chunks;
	if (!ret)
		ret = open_umem(q, cfg, n_tx * q->tx_chunks, n_rx, err);
	if (!ret)
		ret = bind_socket(q, setup, queue, err);
	if (ret)
		goto fail;
	q->fd = xsk_socket__fd(q->xsk);
	q->need_wakeup = cfg->need_wakeup;
	if (!getsockopt(q->fd, SOL_XDP, XDP_OPTIONS, &options, &len))
		q->zero_copy = options.flags & XDP_OPTIONS_ZEROCOPY;
	if (cfg->busy_poll)
		ret = set_busy_poll(q->fd, cfg->busy_poll, err);
	if (!ret && n_tx)
		ret = prepare_tx(q, setup->tx, n_tx, err);
	if (!ret && n_rx)
		ret = prepare_rx(q, n_tx * q->tx_chunks * q->chunk, q->chunk, n_rx, err);
	if (ret)
		goto fail;
	return 0;
fail:
	xsk_queue_close(q);
	return ret;
}

void xsk_queue_close(struct xsk_queue *q)
{
	if (q->xsk)
		xsk_socket__delete(q->xsk);
	if (q->umem)
		xsk_umem__delete(q->umem);
	if (q->area)
		munmap(q->area, q->area_size);
	free(q->free_tx);
	free(q->tx_last);
	free(q->spare_rx);
	free(q->joined);
	memset(q, 0, sizeof(*q));
}

/* Take completed frames back; each chunk completes, and the last one frees its frame. */
static void complete(struct xsk_queue *q)
{
	const uint64_t frame = q->tx_chunks * q->chunk;
	uint32_t idx, i, n;

	n = xsk_ring_cons__peek(&q->completion, (q->n_tx - q->n_free_tx) * q->tx_chunks, &idx);
	for (i = 0; i < n; i++) {
		uint64_t addr = *xsk_ring_cons__comp_addr(&q->completion, idx + i);

		if (q->tx_chunks == 1)
			q->free_tx[q->n_free_tx++] = addr;
		else if (addr % frame == q->tx_last[addr / frame] * q->chunk)
			q->free_tx[q->n_free_tx++] = addr - addr % frame;
	}
	if (n)
		xsk_ring_cons__release(&q->completion, n);
}

/* Descriptors that the kernel has not taken yet. */
static uint32_t unsent(const struct xsk_queue *q)
{
	return q->tx.cached_prod - __atomic_load_n(q->tx.consumer, __ATOMIC_ACQUIRE);
}

/* Tell the kernel to send. True when a further call may get more out at once. */
static bool kick(struct xsk_queue *q, uint64_t *refused)
{
	if (q->need_wakeup && !xsk_ring_prod__needs_wakeup(&q->tx))
		return false;
	if (sendto(q->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
		return unsent(q);
	if (errno == EBUSY)
		(*refused)++;
	else if (errno != EAGAIN)
		return false; /* ENOBUFS, ENETDOWN: no room; the generator falls behind */
	return unsent(q);
}

uint32_t xsk_queue_tx_reserve(struct xsk_queue *q, uint8_t **frames, uint32_t n, uint64_t *refused)
{
	uint32_t i, room;

	if (q->n_free_tx < n)
		complete(q);
	/*
	 * Frames may have come back and the ring look full all the same: the kernel says what it
	 * took of the ring when it looks for more of it (net/xdp/xsk_queue.h,
	 * xskq_cons_get_entries), and where the NIC's own ring was full (EAGAIN) that is not before
	 * the next call.
	 */
	room = xsk_prod_nb_free(&q->tx, n * q->tx_chunks) / q->tx_chunks;
	if ((q->n_free_tx < n || room < n) && unsent(q)) {
		kick(q, refused);
		complete(q);
		room = xsk_prod_nb_free(&q->tx, n * q->tx_chunks) / q->tx_chunks;
	}
	room = room < n ? room : n;
	room = room < q->n_free_tx ? room : q->n_free_tx;
	for (i = 0; i < room; i++)
		frames[i] = q->area + q->free_tx[q->n_free_tx - 1 - i];
	return room;
}

/* The descriptors of one frame, all but the last marked as to be continued; their number. */
static uint32_t describe_frame(struct xsk_queue *q, uint32_t idx, uint64_t addr, uint32_t left)
{
	uint32_t c;

	for (c = 0; left; c++) {
		struct xdp_desc *desc = xsk_ring_prod__tx_desc(&q->tx, idx + c);
		bool more = left > q->chunk;

		desc->addr = addr + c * q->chunk;
		desc->len = more ? (uint32_t)q->chunk : left;
		desc->options = more ? XDP_PKT_CONTD : 0;
		left -= desc->len;
	}
	if (q->tx_chunks > 1)
		q->tx_last[addr / (q->tx_chunks * q->chunk)] = (uint8_t)(c - 1);
	return c;
}

uint32_t xsk_queue_tx_commit(struct xsk_queue *q, const uint32_t *len, uint32_t n,
			     uint64_t *refused)
{
	uint32_t most = n * q->tx_chunks, descs = 0, idx, i, kicks;

	if (!n || xsk_ring_prod__reserve(&q->tx, most, &idx) != most)
		return 0;
	for (i = 0; i < n; i++)
		descs += describe_frame(q, idx + descs, q->free_tx[--q->n_free_tx],
					len ? len[i] : q->tx_len);
	q->tx.cached_prod -= most - descs; /* what smaller frames left of the reservation */
	xsk_ring_prod__submit(&q->tx, descs);
	for (kicks = 0; kicks < KICKS_A_COMMIT && kick(q, refused); kicks++)
		;
	return n;
}

bool xsk_queue_tx_drain(struct xsk_queue *q, uint64_t *refused)
{
	if (unsent(q))
		kick(q, refused);
	complete(q);
	atomic_store_explicit(&q->tx_left, q->n_tx - q->n_free_tx, memory_order_relaxed);
	return q->n_free_tx == q->n_tx;
}

static void find_payload(const uint8_t *frame, uint32_t size, const uint8_t **payload,
			 uint32_t *len)
{
	*payload = frame_payload(frame, frame + size, true, len);
	if (!*payload) {
		*payload = frame;
		*len = 0;
	}
}

/*
 * Frames of several chunks, copied together one behind the other. A frame whose
 * last chunk is not there yet stays in the ring.
 */
static uint32_t receive_joined(struct xsk_queue *q, const uint8_t **payload, uint32_t *len,
			       uint32_t n)
{
	uint32_t idx, got, i, frames = 0, whole = 0, size = 0;

	got = xsk_ring_cons__peek(&q->rx, n * AF_XDP_CHUNKS_MAX, &idx);
	for (i = 0; i < got && frames < n; i++) {
		const struct xdp_desc *desc = xsk_ring_cons__rx_desc(&q->rx, idx + i);
		uint8_t *frame = q->joined + (size_t)frames * AF_XDP_JOINED_SIZE;
		uint32_t room = AF_XDP_JOINED_SIZE - size;
		uint32_t part = desc->len < room ? desc->len : room;

		memcpy(frame + size, q->area + desc->addr, part);
		size += part;
		q->held[i] = desc->addr;
		if (desc->options & XDP_PKT_CONTD)
			continue;
		find_payload(frame, size, &payload[frames], &len[frames]);
		frames++;
		whole = i + 1;
		size = 0;
	}
	xsk_ring_cons__cancel(&q->rx, got - whole);
	q->n_held = whole;
	if (whole)
		xsk_ring_cons__release(&q->rx, whole);
	return frames;
}

static uint32_t receive_single(struct xsk_queue *q, const uint8_t **payload, uint32_t *len,
			       uint32_t n)
{
	uint32_t idx, i;

	n = xsk_ring_cons__peek(&q->rx, n, &idx);
	for (i = 0; i < n; i++) {
		const struct xdp_desc *desc = xsk_ring_cons__rx_desc(&q->rx, idx + i);

		find_payload(q->area + desc->addr, desc->len, &payload[i], &len[i]);
		q->held[i] = desc->addr;
	}
	q->n_held = n;
	if (n)
		xsk_ring_cons__release(&q->rx, n);
	return n;
}

uint32_t xsk_queue_rx(struct xsk_queue *q, const uint8_t **payload, uint32_t *len, uint32_t n)
{
	n = n < ENDPOINT_BURST ? n : ENDPOINT_BURST;
	n = q->joined ? receive_joined(q, payload, len, n) : receive_single(q, payload, len, n);
	if (!n && q->need_wakeup && xsk_ring_prod__needs_wakeup(&q->fill))
		recvfrom(q->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
	return n;
}

void xsk_queue_rx_release(struct xsk_queue *q)
{
	while (q->n_held)
		q->spare_rx[q->n_spare_rx++] = q->held[--q->n_held];
	refill(q);
}
