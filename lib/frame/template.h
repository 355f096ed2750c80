/*
 * Frames as they go on the wire: Ethernet, IPv4, UDP, stamp, fill. Headers are
 * laid out once; what differs from frame to frame is the source port with its
 * checksum (per flow) and the stamp.
 */
#ifndef RINGLOSS_FRAME_TEMPLATE_H
#define RINGLOSS_FRAME_TEMPLATE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "stamp.h"

#define FRAME_FCS_LEN 4
#define FRAME_ETH_LEN 14
#define FRAME_IPV4_LEN 20
#define FRAME_UDP_LEN 8
#define FRAME_HEADERS_LEN (FRAME_ETH_LEN + FRAME_IPV4_LEN + FRAME_UDP_LEN)
#define FRAME_SIZE_MIN 64   /* with FCS: 42 header bytes, the stamp, FCS */
#define FRAME_SIZE_MAX 9018 /* a 9000-byte MTU with Ethernet header and FCS */
#define FRAME_FLOWS_MAX 16384
#define FRAME_PORT_BASE 49152 /* first source port (RFC 6335 section 6, dynamic ports) */

/* One direction of traffic. Addresses in network order. */
struct frame_spec {
	uint32_t size; /* bytes on the wire, FCS included */
	uint8_t src_mac[6];
	uint8_t dst_mac[6];
	uint8_t src_ip[4];
	uint8_t dst_ip[4];
	uint16_t dst_port;     /* host order */
	uint32_t flows;        /* source ports FRAME_PORT_BASE + 0 .. flows - 1 */
	uint32_t first_stream; /* stream number of flow 0 */
};

/* What a flow writes at offset 34: source port, and at 40: checksum. Network order. */
struct frame_flow {
	uint16_t src_port;
	uint16_t checksum;
};

struct frame_template {
	struct frame_spec spec;
	uint32_t len;             /* bytes handed to the driver: size - FCS */
	uint8_t *bytes;           /* len bytes, headers and fill; stamp and flow fields zero */
	struct frame_flow *flows; /* spec.flows of them */
};

/*
 * Build; -EINVAL with EX_DATAERR when size, flows or stream numbers are out of range. On
 * failure *t is empty. frame_template_free takes an empty one and NULL.
 */
int frame_template_init(struct frame_template *t, const struct frame_spec *spec, struct error *err);
void frame_template_free(struct frame_template *t);

/* Write what changes into a buffer that holds the template's bytes already. */
static inline __attribute__((always_inline)) void frame_write(const struct frame_template *t,
							      void *frame, uint32_t flow,
							      uint32_t head, uint64_t seq,
							      uint32_t time)
{
	uint8_t *p = frame;
	const struct frame_flow *f = &t->flows[flow];

	STAMP_STORE(uint16_t, p + FRAME_ETH_LEN + FRAME_IPV4_LEN, f->src_port);
	STAMP_STORE(uint16_t, p + FRAME_ETH_LEN + FRAME_IPV4_LEN + 6, f->checksum);
	stamp_write(p + FRAME_HEADERS_LEN, head, t->spec.first_stream + flow, seq, time);
}

/*
 * Where in a received frame the UDP payload begins (untagged IPv4 without
 * options and fragments, as ringloss sends it), or NULL: not a frame like ours.
 * *payload_len gets the UDP payload's length. Lengths must agree: IPv4's with UDP's
 * exactly, both within LEN (Ethernet may pad). Addresses, ports and checksums are not
 * looked at: whose frame it is the stamp says. Inline, since it runs once a frame.
 */
static inline __attribute__((always_inline)) const uint8_t *frame_payload(const uint8_t *frame,
									  uint32_t len,
									  uint32_t *payload_len)
{
	uint32_t ip_len, udp_len;

	if (len < FRAME_HEADERS_LEN)
		return NULL;
	/* ethertype 0x0800, version 4, 5 words of header; then type of service */
	if ((STAMP_LOAD(uint32_t, frame + 12) & 0x00ffffff) != 0x00450008)
		return NULL;
	/* no flag but DF, offset 0; then time to live, then protocol 17 */
	if ((STAMP_LOAD(uint32_t, frame + 20) & 0xff00ffbf) != 0x11000000)
		return NULL;
	ip_len = __builtin_bswap16(STAMP_LOAD(uint16_t, frame + 16));
	udp_len = __builtin_bswap16(STAMP_LOAD(uint16_t, frame + 38));
	if (udp_len < FRAME_UDP_LEN || ip_len != udp_len + FRAME_IPV4_LEN ||
	    ip_len > len - FRAME_ETH_LEN)
		return NULL;
	*payload_len = udp_len - FRAME_UDP_LEN;
	return frame + FRAME_HEADERS_LEN;
}

/*
 * One's-complement sum of LEN bytes, folded, in memory order (RFC 1071). An odd
 * last byte counts as if a zero followed.
 */
uint32_t frame_sum(const void *data, size_t len);

/* A gratuitous ARP announcement (RFC 5227 section 3) of spec's source; 60 bytes into out. */
#define FRAME_ARP_LEN 60
void frame_announce(uint8_t out[FRAME_ARP_LEN], const uint8_t mac[6], const uint8_t ip[4]);

#endif
