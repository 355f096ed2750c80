/*
 * The sink over AF_PACKET: a tap on the device with a memory-mapped ring a queue. The ring is of
 * slots (TPACKET_V2), where ring = N holds N frames, or of blocks (TPACKET_V3), where N frames
 * of the largest size fit and more smaller ones.
 *
 * A BPF program on each socket, run before the ring is looked at, counts ours and foreign apart and
 * lets only ours in: frames of others take no room. Several sockets form a fanout group, and
 * a second program deals flows out to them, so that a flow stays on one. Outgoing frames are
 * never tapped.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "packet.h"
#include "packet_sink.skel.h"
#include "verdicts.h"

#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000 /* kernel 6.1 */
#endif

#define PAGE 4096
#define ALIGN_TO(n, to) (((n) + (to)-1) & ~((to)-1))

/*
 * Where tpacket_rcv puts a frame: 16 bytes of room for a link header behind tpacket and link
 * address headers, all that aligned, less the Ethernet header.
 */
#define V2_OFFSET (ALIGN_TO(TPACKET2_HDRLEN + 16, TPACKET_ALIGNMENT) - ETHER_HDR_LEN)
#define V3_OFFSET (ALIGN_TO(TPACKET3_HDRLEN + 16, TPACKET_ALIGNMENT) - ETHER_HDR_LEN)
#define V3_ALIGNMENT 8 /* of frames in a block (af_packet.c) */
#define V3_BLOCK_HEADER ALIGN_TO(sizeof(struct tpacket_block_desc), V3_ALIGNMENT)
#define V3_BLOCKS 8 /* a ring is handed over in as many parts, or more */
/* The kernel's default (DEFAULT_PRB_RETIRE_TOV), and less than a trial waits for frames that miss.
 */
#define V3_RETIRE_MS 8

static int make_slots(struct packet_rx *rx, uint32_t slots, uint32_t frame_len)
{
	uint32_t block;
	struct tpacket_req req;

	rx->slot = packet_power_of_two(V2_OFFSET + frame_len);
	rx->n = slots;
	block = rx->slot > PAGE ? rx->slot : PAGE;
	req = (struct tpacket_req){
		.tp_block_size = block,
		.tp_frame_size = rx->slot,
		.tp_block_nr = (uint32_t)((uint64_t)slots * rx->slot / block),
		.tp_frame_nr = slots,
	};
	return setsockopt(rx->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)) < 0 ? -errno : 0;
}

static int make_blocks(struct packet_rx *rx, uint32_t slots, uint32_t frame_len)
{
	uint32_t frame = ALIGN_TO(V3_OFFSET + frame_len, V3_ALIGNMENT);
	uint64_t bytes = (uint64_t)slots * frame, least = V3_BLOCK_HEADER + frame;
	struct tpacket_req3 req;

	if (least < bytes / V3_BLOCKS)
		least = bytes / V3_BLOCKS;
	rx->slot = packet_power_of_two(least > PAGE ? least : PAGE);
	rx->n = (uint32_t)((bytes + rx->slot - V3_BLOCK_HEADER - 1) / (rx->slot - V3_BLOCK_HEADER));
	if (rx->n < 2)
		rx->n = 2;
	req = (struct tpacket_req3){
		.tp_block_size = rx->slot,
		.tp_frame_size = TPACKET_ALIGN(frame),
		.tp_block_nr = rx->n,
		.tp_frame_nr = rx->n * (rx->slot / TPACKET_ALIGN(frame)),
		.tp_retire_blk_tov = V3_RETIRE_MS,
	};
	return setsockopt(rx->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)) < 0 ? -errno : 0;
}

static int make_ring(struct packet_rx *rx, const struct endpoint_setup *setup, struct error *err)
{
	const struct packet_config *cfg = setup->config;
	uint32_t slots = (uint32_t)cfg->ring;
	int ret;

	rx->blocks = cfg->version == PACKET_SINK_V3;
	ret = packet_set_option(rx->fd, PACKET_VERSION, rx->blocks ? TPACKET_V3 : TPACKET_V2);
	if (!ret)
		ret = rx->blocks ? make_blocks(rx, slots, setup->frame_len)
				 : make_slots(rx, slots, setup->frame_len);
	if (ret)
		return error_set(
			err, EX_OSERR, ret,
			"cannot make an AF_PACKET RX ring of %u frames: %s; a smaller ring", slots,
			strerror(-ret));
	rx->ring_size = (size_t)rx->n * rx->slot;
	rx->ring = mmap(NULL, rx->ring_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			rx->fd, 0);
	if (rx->ring == MAP_FAILED) {
		rx->ring = NULL;
		return error_set(err, EX_OSERR, -errno, "cannot map an AF_PACKET RX ring: %s",
				 strerror(errno));
	}
	return 0;
}

/* One socket. It taps nothing before its filter and its ring are there: bind is last. */
static int open_queue(struct packet_rx *rx, const struct endpoint_setup *setup, int filter,
		      struct error *err)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ALL),
				 .sll_ifindex = setup->device->ifindex};
	int ret;

	rx->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (rx->fd < 0)
		return error_set(err, EX_NOPERM, -errno,
				 "cannot open an AF_PACKET socket: %s; it needs CAP_NET_RAW",
				 strerror(errno));
	ret = make_ring(rx, setup, err);
	if (ret)
		return ret;
	if (setsockopt(rx->fd, SOL_SOCKET, SO_ATTACH_BPF, &filter, sizeof(filter)) < 0)
		ret = -errno;
	if (!ret)
		ret = packet_set_option(rx->fd, PACKET_IGNORE_OUTGOING, 1);
	if (!ret && bind(rx->fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		ret = -errno;
	if (ret)
		return error_set(err, EX_OSERR, ret, "cannot tap %s: %s", setup->device->ifname,
				 strerror(-ret));
	return 0;
}

/* The kernel chooses a number for the group that nobody has; the others join it by that. */
static int join_fanout(struct packet_priv *p, struct error *err)
{
	const int mode = PACKET_FANOUT_EBPF | PACKET_FANOUT_FLAG_IGNORE_OUTGOING;
	int group = (mode | PACKET_FANOUT_FLAG_UNIQUEID) << 16, ret = 0;
	int program = bpf_program__fd(p->skel->progs.packet_deal);
	socklen_t len = sizeof(group);
	uint32_t q;

	for (q = 0; !ret && q < p->n; q++) {
		ret = packet_set_option(p->queues[q].rx.fd, PACKET_FANOUT, group);
		if (ret || q)
			continue;
		if (getsockopt(p->queues[q].rx.fd, SOL_PACKET, PACKET_FANOUT, &group, &len) < 0)
			ret = -errno;
		group = (group & 0xffff) | mode << 16;
		if (!ret)
			ret = packet_set_option(p->queues[q].rx.fd, PACKET_FANOUT_DATA, program);
	}
	if (ret)
		return error_set(
			err, EX_OSERR, ret,
			"cannot join %u AF_PACKET sockets to a fanout group: %s; queues = 1", p->n,
			strerror(-ret));
	return 0;
}

int packet_rx_open(struct endpoint *ep, struct error *err)
{
	static const struct stamp_expect nothing_yet;
	struct packet_priv *p = ep->priv;
	uint32_t q;
	int ret;

	p->skel = packet_sink__open_and_load();
	if (!p->skel)
		return error_set(
			err, EX_OSERR, -errno,
			"the kernel refuses the BPF programs of the AF_PACKET sink: %s; they "
			"need CAP_BPF and CAP_NET_ADMIN, and kernel 6.1 or later",
			strerror(errno));
	ret = verdicts_expect(bpf_map__fd(p->skel->maps.config), &nothing_yet, p->n, err);
	for (q = 0; !ret && q < p->n; q++)
		ret = open_queue(&p->queues[q].rx, &ep->setup,
				 bpf_program__fd(p->skel->progs.packet_tap), err);
	if (!ret && p->n > 1)
		ret = join_fanout(p, err);
	return ret;
}

void packet_rx_close(struct packet_rx *rx)
{
	if (rx->ring)
		munmap(rx->ring, rx->ring_size);
	if (rx->fd >= 0)
		close(rx->fd);
	rx->ring = NULL;
	rx->fd = -1;
}

/* The UDP payload of a tapped frame; 0 bytes for one that is cut off or none of ours. */
static const uint8_t *payload_of(const uint8_t *frame, uint32_t snaplen, uint32_t len,
				 uint32_t *payload_len)
{
	const uint8_t *payload = NULL;

	if (snaplen == len)
		payload = frame_payload(frame, frame + len, true, payload_len);
	if (!payload)
		*payload_len = 0;
	return payload ? payload : frame;
}

static uint32_t take_slots(struct packet_rx *rx, const uint8_t **payload, uint32_t *len, uint32_t n)
{
	uint32_t i, at = rx->at;

	for (i = 0; i < n; i++) {
		uint8_t *slot = rx->ring + (size_t)at * rx->slot;
		const struct tpacket2_hdr *hdr = (const struct tpacket2_hdr *)slot;

		if (!(__atomic_load_n(&hdr->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
			break;
		payload[i] = payload_of(slot + hdr->tp_mac, hdr->tp_snaplen, hdr->tp_len, &len[i]);
		at = at + 1 < rx->n ? at + 1 : 0;
	}
	rx->held = i;
	return i;
}

static void release_slots(struct packet_rx *rx)
{
	for (; rx->held; rx->held--) {
		struct tpacket2_hdr *hdr =
			(struct tpacket2_hdr *)(rx->ring + (size_t)rx->at * rx->slot);

		__atomic_store_n(&hdr->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		rx->at = rx->at + 1 < rx->n ? rx->at + 1 : 0;
	}
}

static struct tpacket_hdr_v1 *block_of(const struct packet_rx *rx)
{
	return &((struct tpacket_block_desc *)(rx->ring + (size_t)rx->at * rx->slot))->hdr.bh1;
}

static void release_block(struct packet_rx *rx)
{
	if (!rx->open || rx->left)
		return;
	__atomic_store_n(&block_of(rx)->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	rx->at = rx->at + 1 < rx->n ? rx->at + 1 : 0;
	rx->open = false;
}

static uint32_t take_from_block(struct packet_rx *rx, const uint8_t **payload, uint32_t *len,
				uint32_t n)
{
	uint32_t i;

	if (!rx->open) {
		const struct tpacket_hdr_v1 *block = block_of(rx);

		if (!(__atomic_load_n(&block->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
			return 0;
		rx->open = true;
		rx->left = block->num_pkts;
		rx->next = rx->ring + (size_t)rx->at * rx->slot + block->offset_to_first_pkt;
		if (!rx->left)
			release_block(rx);
	}
	n = n < rx->left ? n : rx->left;
	for (i = 0; i < n; i++) {
		const struct tpacket3_hdr *hdr = (const struct tpacket3_hdr *)rx->next;

		payload[i] =
			payload_of(rx->next + hdr->tp_mac, hdr->tp_snaplen, hdr->tp_len, &len[i]);
		rx->next += hdr->tp_next_offset;
	}
	rx->left -= n;
	return n;
}

uint32_t packet_rx_take(struct packet_rx *rx, const uint8_t **payload, uint32_t *len, uint32_t n)
{
	return rx->blocks ? take_from_block(rx, payload, len, n) : take_slots(rx, payload, len, n);
}

void packet_rx_release(struct packet_rx *rx)
{
	if (rx->blocks)
		release_block(rx);
	else
		release_slots(rx);
}

int packet_rx_count(struct packet_rx *rx)
{
	struct tpacket_stats_v3 stats = {0}; /* begins as struct tpacket_stats does */
	socklen_t len = sizeof(stats);

	if (getsockopt(rx->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) < 0)
		return -errno;
	rx->tp_packets += stats.tp_packets;
	rx->tp_drops += stats.tp_drops;
	rx->tp_freezes += stats.tp_freeze_q_cnt;
	return 0;
}
