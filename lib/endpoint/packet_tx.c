/*
 * The generator over AF_PACKET: PACKET_TX_RING, TPACKET_V2 (v3 has no gain at sending). Frames
 * lie ready in the ring's slots; one sendto sends all that are marked.
 *
 * What happens to a frame that qdisc or driver refuses (net/packet/af_packet.c, tpacket_snd):
 * sendto answers ENOBUFS and the slot goes back to TP_STATUS_SEND_REQUEST, with the ring's head
 * still on it, so the next sendto sends the same frame. Nothing is lost by that, nothing overtakes,
 * and it is a full ring to the generator: unsent frames, no refused ones. Counters of qdisc and
 * driver do move once for every such attempt (a queue that is stopped under PACKET_QDISC_BYPASS
 * moves none). Drops that the kernel hides from the sender (netem, NET_XMIT_CN, a device that went
 * down) are lost; the counters of qdisc and device tell those.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/virtio_net.h>
#include <net/ethernet.h>

#include "packet.h"

/*
 * Where the kernel takes a slot's data from, and before it the virtio header that
 * PACKET_VNET_HDR has it expect.
 */
#define TX_OFFSET (TPACKET2_HDRLEN - sizeof(struct sockaddr_ll))
#define TX_FRAME (TX_OFFSET + sizeof(struct virtio_net_hdr))

/*
 * Frames up to this are copied into the skb whole, by hdr_len of the virtio header: the kernel's
 * own choice, Ethernet header copied and the rest a reference to the ring's page, costs veth a page
 * and a copy a frame all the same (skb_copy_ubufs in __dev_forward_skb), and a NIC a second
 * descriptor.
 */
#define COPY_MAX 2048
#define PAGE 4096

int packet_set_option(int fd, int name, int value)
{
	return setsockopt(fd, SOL_PACKET, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

uint32_t packet_power_of_two(uint64_t n)
{
	uint32_t p = 64;

	while (p < n)
		p <<= 1;
	return p;
}

static struct tpacket2_hdr *slot_of(const struct packet_tx *tx, uint32_t i)
{
	return (struct tpacket2_hdr *)(tx->ring + (size_t)(i & tx->mask) * tx->slot);
}

static uint32_t status_of(const struct packet_tx *tx, uint32_t i)
{
	return __atomic_load_n(&slot_of(tx, i)->tp_status, __ATOMIC_ACQUIRE);
}

static void set_status(const struct packet_tx *tx, uint32_t i, uint32_t status)
{
	__atomic_store_n(&slot_of(tx, i)->tp_status, status, __ATOMIC_RELEASE);
}

static int make_ring(struct packet_tx *tx, uint32_t slots, struct error *err)
{
	uint32_t block = tx->slot > PAGE ? tx->slot : PAGE;
	struct tpacket_req req = {
		.tp_block_size = block,
		.tp_frame_size = tx->slot,
		.tp_block_nr = (uint32_t)((uint64_t)slots * tx->slot / block),
		.tp_frame_nr = slots,
	};

	tx->ring_size = (size_t)slots * tx->slot;
	if (setsockopt(tx->fd, SOL_PACKET, PACKET_TX_RING, &req, sizeof(req)) < 0)
		return error_set(err, EX_OSERR, -errno,
				 "cannot make an AF_PACKET TX ring of %u frames (%zu bytes): %s; a "
				 "smaller ring",
				 slots, tx->ring_size, strerror(errno));
	tx->ring = mmap(NULL, tx->ring_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			tx->fd, 0);
	if (tx->ring == MAP_FAILED) {
		tx->ring = NULL;
		return error_set(err, EX_OSERR, -errno, "cannot map an AF_PACKET TX ring: %s",
				 strerror(errno));
	}
	return 0;
}

static void set_len(struct tpacket2_hdr *slot, uint32_t len)
{
	struct virtio_net_hdr *virtio = (void *)((uint8_t *)slot + TX_OFFSET);

	slot->tp_len = (uint32_t)sizeof(*virtio) + len;
	virtio->hdr_len = (uint16_t)(len <= COPY_MAX ? len : ETHER_HDR_LEN);
}

static void lay_out(struct packet_tx *tx, const struct frame_template *t)
{
	uint32_t i;

	for (i = 0; i <= tx->mask; i++) {
		uint8_t *slot = tx->ring + (size_t)i * tx->slot;

		memset(slot + TX_OFFSET, 0, sizeof(struct virtio_net_hdr));
		memcpy(slot + TX_FRAME, t->bytes, t->len);
		set_len((struct tpacket2_hdr *)slot, t->len);
	}
}

static int set_options(const struct packet_tx *tx, const struct packet_config *cfg,
		       struct error *err)
{
	/* so that the ring is what limits frames under way: their skbs take some 4 KiB at most
	 * for small frames, and the largest their length and a page */
	uint64_t bytes = cfg->ring * (tx->slot + PAGE);
	int sndbuf = bytes > 1 << 30 ? 1 << 30 : (int)bytes;
	int ret;

	ret = packet_set_option(tx->fd, PACKET_VERSION, TPACKET_V2);
	if (!ret)
		ret = packet_set_option(tx->fd, PACKET_VNET_HDR, 1);
	if (!ret && cfg->qdisc_bypass)
		ret = packet_set_option(tx->fd, PACKET_QDISC_BYPASS, 1);
	if (!ret && setsockopt(tx->fd, SOL_SOCKET, SO_SNDBUFFORCE, &sndbuf, sizeof(sndbuf)) < 0)
		ret = -errno;
	if (ret)
		return error_set(err, EX_OSERR, ret, "cannot set up an AF_PACKET socket: %s",
				 strerror(-ret));
	return 0;
}

int packet_tx_open(struct packet_tx *tx, const struct endpoint_setup *setup, struct error *err)
{
	const struct packet_config *cfg = setup->config;
	const struct device *device = setup->device;
	/* protocol 0: this socket receives nothing, and what it sends says its own */
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_ifindex = device->ifindex};
	int ret;

	tx->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (tx->fd < 0)
		return error_set(err, EX_NOPERM, -errno,
				 "cannot open an AF_PACKET socket: %s; it needs CAP_NET_RAW",
				 strerror(errno));
	tx->slot = packet_power_of_two(TX_FRAME + setup->tx->len);
	tx->mask = (uint32_t)cfg->ring - 1;
	ret = set_options(tx, cfg, err);
	if (!ret)
		ret = make_ring(tx, (uint32_t)cfg->ring, err);
	if (!ret && bind(tx->fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		ret = error_set(err, EX_OSERR, -errno, "cannot bind an AF_PACKET socket to %s: %s",
				device->ifname, strerror(errno));
	if (!ret)
		lay_out(tx, setup->tx);
	return ret;
}

void packet_tx_close(struct packet_tx *tx)
{
	if (tx->ring)
		munmap(tx->ring, tx->ring_size);
	if (tx->fd >= 0)
		close(tx->fd);
	tx->ring = NULL;
	tx->fd = -1;
}

/* Whether the kernel has not taken all frames yet: it takes them in order. */
static bool unsent(const struct packet_tx *tx)
{
	uint32_t status;

	if (tx->head == tx->tail)
		return false;
	status = status_of(tx, tx->head - 1);
	return status & (TP_STATUS_SEND_REQUEST | TP_STATUS_WRONG_FORMAT);
}

static void reclaim(struct packet_tx *tx)
{
	while (tx->tail != tx->head && status_of(tx, tx->tail) == TP_STATUS_AVAILABLE)
		tx->tail++;
}

/* Send what is marked. */
static void kick(struct packet_tx *tx)
{
	if (tx->stuck || sendto(tx->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
		return;
	switch (errno) {
	case ENOBUFS:
		atomic_store_explicit(&tx->retries,
				      atomic_load_explicit(&tx->retries, memory_order_relaxed) + 1,
				      memory_order_relaxed);
		break;
	case EMSGSIZE:
	case EINVAL:
	case EFAULT:
		/* The kernel's head stays on a malformed frame, and it logs a line each time. */
		tx->stuck = true;
		break;
	default: /* EAGAIN: no room in the send buffer; ENETDOWN: not now */
		break;
	}
}

uint32_t packet_tx_reserve(struct packet_tx *tx, uint8_t **frames, uint32_t n)
{
	uint32_t slots = tx->mask + 1, room = slots - (tx->head - tx->tail), i;

	if (room < n) {
		reclaim(tx);
		room = slots - (tx->head - tx->tail);
	}
	if (room < n && unsent(tx)) {
		kick(tx);
		reclaim(tx);
		room = slots - (tx->head - tx->tail);
	}
	n = room < n ? room : n;
	for (i = 0; i < n; i++)
		frames[i] = (uint8_t *)slot_of(tx, tx->head + i) + TX_FRAME;
	return n;
}

uint32_t packet_tx_commit(struct packet_tx *tx, const uint32_t *len, uint32_t n)
{
	uint32_t i;

	if (!n)
		return 0;
	for (i = 0; len && i < n; i++)
		set_len(slot_of(tx, tx->head + i), len[i]);
	for (i = 0; i < n; i++)
		set_status(tx, tx->head + i, TP_STATUS_SEND_REQUEST);
	tx->head += n;
	kick(tx);
	return n;
}

/* The first slot from the tail on that the kernel has not taken; head if there is none. */
static uint32_t first_unsent(const struct packet_tx *tx)
{
	uint32_t i = tx->tail;

	if (!unsent(tx))
		return tx->head;
	while (!(status_of(tx, i) & (TP_STATUS_SEND_REQUEST | TP_STATUS_WRONG_FORMAT)))
		i++;
	return i;
}

bool packet_tx_drain(struct packet_tx *tx)
{
	if (unsent(tx))
		kick(tx);
	reclaim(tx);
	/* what the kernel took and a qdisc still holds will leave */
	atomic_store_explicit(&tx->left, tx->head - first_unsent(tx), memory_order_relaxed);
	return tx->head == tx->tail;
}

void packet_tx_forget(struct packet_tx *tx)
{
	uint32_t first = first_unsent(tx), i;

	/* the kernel's head stands at the first of them, and looks at it in the next sendto only */
	for (i = first; i != tx->head; i++)
		set_status(tx, i, TP_STATUS_AVAILABLE);
	tx->head = first;
	tx->stuck = false;
	tx->left_before += atomic_exchange_explicit(&tx->left, 0, memory_order_relaxed);
}
