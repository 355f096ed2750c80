/*
 * Frames laid out once: headers, checksums of every flow, fill; and the sums
 * that they are made with. Knows nothing of how frames are sent.
 */
#include "template.h"

#include <stdlib.h>
#include <string.h>

#define STREAMS_MAX 65536
#define IP_PROTO_UDP 17
#define TTL 64

/* VALUE into two bytes in network order. */
static void put16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

uint32_t frame_sum(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t sum = 0, last = 0;
	uint32_t word;
	size_t i;

	/* 32-bit words in a 64-bit sum: no carry can be lost, and the compiler vectorises it */
	for (i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, p + i, sizeof(word));
		sum += word;
	}
	memcpy(&last, p + i, len - i);
	return stamp_fold(sum + last);
}

/*
 * UDP checksum of a flow (RFC 768): pseudo header, header, payload. The stamp
 * sums to 0xffff and the fill to 0, whatever the stamp says, so one value serves all
 * frames of the flow. In the order of memory.
 */
static uint16_t udp_checksum(const uint8_t *ip, uint16_t src_port)
{
	const uint8_t *udp = ip + FRAME_IPV4_LEN;
	uint8_t pseudo[4] = {0, IP_PROTO_UDP, udp[4], udp[5]};
	uint32_t sum = 0xffff;

	sum += frame_sum(ip + 12, 8);
	sum += frame_sum(pseudo, sizeof(pseudo));
	sum += frame_sum(udp + 2, 4);
	sum += src_port;
	sum = ~stamp_fold(sum) & 0xffff;
	/* 0 on the wire means that no checksum was made */
	return sum ? (uint16_t)sum : 0xffff;
}

static void lay_out(uint8_t *frame, const struct frame_spec *spec)
{
	uint32_t ip_len = spec->size - FRAME_FCS_LEN - FRAME_ETH_LEN;
	uint8_t *ip = frame + FRAME_ETH_LEN;
	uint8_t *udp = ip + FRAME_IPV4_LEN;
	uint16_t checksum;

	memcpy(frame, spec->dst_mac, 6);
	memcpy(frame + 6, spec->src_mac, 6);
	put16(frame + 12, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, ip_len);
	put16(ip + 6,
	      0x4000); /* DF, so that an identification of 0 is allowed: RFC 6864 section 4 */
	ip[8] = TTL;
	ip[9] = IP_PROTO_UDP;
	memcpy(ip + 12, spec->src_ip, 4);
	memcpy(ip + 16, spec->dst_ip, 4);
	checksum = (uint16_t)~frame_sum(ip, FRAME_IPV4_LEN);
	memcpy(ip + 10, &checksum, sizeof(checksum));
	put16(udp + 2, spec->dst_port);
	put16(udp + 4, ip_len - FRAME_IPV4_LEN);
}

int frame_template_init(struct frame_template *t, const struct frame_spec *spec, struct error *err)
{
	memset(t, 0, sizeof(*t));
	if (spec->size < FRAME_SIZE_MIN || spec->size > FRAME_SIZE_MAX)
		return error_set(err, EX_DATAERR, -EINVAL,
				 "frame size %u: must be %u to %u bytes, FCS included", spec->size,
				 FRAME_SIZE_MIN, FRAME_SIZE_MAX);
	if (spec->flows == 0 || spec->flows > FRAME_FLOWS_MAX)
		return error_set(err, EX_DATAERR, -EINVAL, "%u flows: must be 1 to %u", spec->flows,
				 FRAME_FLOWS_MAX);
	if (spec->first_stream > STREAMS_MAX - spec->flows)
		return error_set(
			err, EX_DATAERR, -EINVAL,
			"%u flows from stream %u: a stamp numbers %u streams in all; use fewer "
			"flows or sides",
			spec->flows, spec->first_stream, STREAMS_MAX);
	t->spec = *spec;
	t->len = spec->size - FRAME_FCS_LEN;
	t->bytes = calloc(1, t->len);
	t->flows = calloc(spec->flows, sizeof(*t->flows));
	if (!t->bytes || !t->flows) {
		frame_template_free(t);
		return error_set(err, EX_OSERR, -ENOMEM,
				 "no memory for a frame of %u bytes and %u flows; use fewer flows",
				 spec->size, spec->flows);
	}
	lay_out(t->bytes, spec);
	for (uint32_t i = 0; i < spec->flows; i++) {
		t->flows[i].src_port = __builtin_bswap16((uint16_t)(FRAME_PORT_BASE + i));
		t->flows[i].checksum = udp_checksum(t->bytes + FRAME_ETH_LEN, t->flows[i].src_port);
	}
	return 0;
}

void frame_template_free(struct frame_template *t)
{
	if (!t)
		return;
	free(t->bytes);
	free(t->flows);
	memset(t, 0, sizeof(*t));
}

void frame_announce(uint8_t out[FRAME_ARP_LEN], const uint8_t mac[6], const uint8_t ip[4])
{
	uint8_t *arp = out + FRAME_ETH_LEN;

	memset(out, 0, FRAME_ARP_LEN);
	memset(out, 0xff, 6);
	memcpy(out + 6, mac, 6);
	put16(out + 12, 0x0806);
	put16(arp, 1);          /* Ethernet */
	put16(arp + 2, 0x0800); /* IPv4 */
	arp[4] = 6;
	arp[5] = 4;
	put16(arp + 6, 1); /* request */
	memcpy(arp + 8, mac, 6);
	memcpy(arp + 14, ip, 4);
	/* target hardware address stays 0 */
	memcpy(arp + 24, ip, 4);
}
