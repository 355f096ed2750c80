/*
 * The headers of frames on the wire: lengths, and where in a received frame the UDP payload
 * begins. Freestanding, so that BPF programs and C share the same lines.
 */
#ifndef RINGLOSS_FRAME_WIRE_H
#define RINGLOSS_FRAME_WIRE_H

#include "stamp.h"

#define FRAME_FCS_LEN 4
#define FRAME_ETH_LEN 14
#define FRAME_VLAN_LEN 4
#define FRAME_IPV4_LEN 20
#define FRAME_IPV6_LEN 40
#define FRAME_UDP_LEN 8
#define FRAME_HEADERS_MAX (FRAME_ETH_LEN + FRAME_VLAN_LEN + FRAME_IPV6_LEN + FRAME_UDP_LEN)

/* As loaded from memory: network order. */
#define FRAME_TYPE_IPV4 0x0008
#define FRAME_TYPE_IPV6 0xdd86
#define FRAME_TYPE_VLAN 0x0081

#define FRAME_PROTO_UDP 17

/*
 * The UDP payload of a frame that lies at FRAME and ends before END: Ethernet, at
 * most one 802.1Q tag, IPv4 without options and fragments or IPv6 without extension
 * headers, UDP, as ringloss sends it. NULL: not a frame like ours. *payload_len gets the
 * payload's length. Lengths must agree: IP's with UDP's exactly, and, of a frame that
 * lies there whole, both within it (Ethernet may pad). Addresses, ports and checksums are
 * not looked at: whose frame it is the stamp says. All that is read lies before the
 * payload, and STAMP_LEN bytes of payload are there (the form of the comparisons with
 * END is what the BPF verifier understands). WHOLE: the frame ends at END; else it goes on
 * elsewhere (fragments of an XDP buffer). Inline, since it runs once a frame.
 */
static inline __attribute__((always_inline)) const unsigned char *frame_payload(
	const unsigned char *frame, const unsigned char *end, int whole, unsigned int *payload_len)
{
	const unsigned char *ip = frame + FRAME_ETH_LEN, *udp;
	unsigned int type, udp_len, ip_len;

	if (frame + FRAME_ETH_LEN + FRAME_IPV4_LEN + FRAME_UDP_LEN + STAMP_LEN > end)
		return 0;
	type = STAMP_LOAD(unsigned short, frame + 12);
	if (type == FRAME_TYPE_VLAN) {
		type = STAMP_LOAD(unsigned short, frame + 16);
		ip += FRAME_VLAN_LEN;
	}
	if (type == FRAME_TYPE_IPV4) {
		udp = ip + FRAME_IPV4_LEN;
		if (udp + FRAME_UDP_LEN + STAMP_LEN > end)
			return 0;
		/* version 4, 5 words of header; no flag but DF, offset 0; protocol */
		if (ip[0] != 0x45 || (STAMP_LOAD(unsigned short, ip + 6) & 0xffbf) ||
		    ip[9] != FRAME_PROTO_UDP)
			return 0;
		ip_len = __builtin_bswap16(STAMP_LOAD(unsigned short, ip + 2)) - FRAME_IPV4_LEN;
	} else if (type == FRAME_TYPE_IPV6) {
		udp = ip + FRAME_IPV6_LEN;
		if (udp + FRAME_UDP_LEN + STAMP_LEN > end)
			return 0;
		if ((ip[0] & 0xf0) != 0x60 || ip[6] != FRAME_PROTO_UDP)
			return 0;
		ip_len = __builtin_bswap16(STAMP_LOAD(unsigned short, ip + 4));
	} else {
		return 0;
	}
	udp_len = __builtin_bswap16(STAMP_LOAD(unsigned short, udp + 4));
	if (udp_len < FRAME_UDP_LEN || ip_len != udp_len)
		return 0;
	if (whole && udp + udp_len > end)
		return 0;
	*payload_len = udp_len - FRAME_UDP_LEN;
	return udp + FRAME_UDP_LEN;
}

#endif
