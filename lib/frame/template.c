/*
 * Frames laid out once: headers, checksums of every flow, fill; and the sums
 * that they are made with. Knows nothing of how frames are sent.
 */
#include "template.h"

#include <stdlib.h>
#include <string.h>

#define STREAMS_MAX 65536
#define FRAME_VLAN_ID_MAX 4094
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

/* Ones' complement of the IPv4 header's sum: what makes it 0xffff. */
static uint16_t ipv4_checksum(const uint8_t *ip)
{
	return (uint16_t)~frame_sum(ip, FRAME_IPV4_LEN);
}

/*
 * UDP checksum (RFC 768, RFC 8200 section 8.1): pseudo header, header, payload. The
 * stamp sums to 0xffff and the fill to 0, whatever the stamp says, so one value serves
 * all frames of a flow and size. In the order of memory.
 */
static uint16_t udp_checksum(const struct frame_spec *spec, const union frame_udp *udp)
{
	size_t ip_len = spec->family == FRAME_IPV6 ? 16 : 4;
	uint32_t sum = 0xffff;

	sum += frame_sum(spec->src_ip, ip_len);
	sum += frame_sum(spec->dst_ip, ip_len);
	sum += __builtin_bswap16(FRAME_PROTO_UDP);
	/* the length stands in the pseudo header, too; IPv6's upper 16 bits of it are 0 */
	sum += 2 * (uint32_t)udp->field[2];
	sum += udp->field[0] + (uint32_t)udp->field[1];
	sum = ~stamp_fold(sum) & 0xffff;
	/* 0 on the wire means that no checksum was made */
	return sum ? (uint16_t)sum : 0xffff;
}

static void lay_out(struct frame_template *t)
{
	const struct frame_spec *spec = &t->spec;
	uint8_t *type = t->bytes + 12, *ip = t->bytes + t->ip_off;

	memcpy(t->bytes, spec->dst_mac, 6);
	memcpy(t->bytes + 6, spec->src_mac, 6);
	if (spec->vlan) {
		put16(type, 0x8100);
		put16(type + 2, spec->vlan);
		type += FRAME_VLAN_LEN;
	}
	if (spec->family == FRAME_IPV6) {
		put16(type, 0x86dd);
		ip[0] = 0x60;
		put16(ip + 4, t->len - t->udp_off);
		ip[6] = FRAME_PROTO_UDP;
		ip[7] = TTL;
		memcpy(ip + 8, spec->src_ip, 16);
		memcpy(ip + 24, spec->dst_ip, 16);
		return;
	}
	put16(type, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, t->len - t->ip_off);
	/* DF, so that an identification of 0 is allowed: RFC 6864 section 4 */
	put16(ip + 6, 0x4000);
	ip[8] = TTL;
	ip[9] = FRAME_PROTO_UDP;
	memcpy(ip + 12, spec->src_ip, 4);
	memcpy(ip + 16, spec->dst_ip, 4);
	STAMP_STORE(uint16_t, ip + 10, ipv4_checksum(ip));
}

/* What frames of each size write, and the UDP headers of every flow. */
static void fill_sizes(struct frame_template *t)
{
	const struct frame_spec *spec = &t->spec;
	uint8_t ip[FRAME_IPV4_LEN];

	for (uint32_t s = 0; s < t->n_sizes; s++) {
		struct frame_length *l = &t->lengths[s];

		l->len = (spec->n_mix ? spec->mix[s].size : spec->size) - FRAME_FCS_LEN;
		if (spec->family == FRAME_IPV6) {
			l->ip_len = __builtin_bswap16((uint16_t)(l->len - t->udp_off));
		} else {
			l->ip_len = __builtin_bswap16((uint16_t)(l->len - t->ip_off));
			memcpy(ip, t->bytes + t->ip_off, sizeof(ip));
			STAMP_STORE(uint16_t, ip + 2, l->ip_len);
			STAMP_STORE(uint16_t, ip + 10, 0);
			l->ip_checksum = ipv4_checksum(ip);
		}
		for (uint32_t i = 0; i < spec->flows; i++) {
			union frame_udp *udp = &t->udp[(size_t)s * spec->flows + i];

			udp->field[0] = __builtin_bswap16((uint16_t)(FRAME_PORT_BASE + i));
			udp->field[1] = __builtin_bswap16(spec->dst_port);
			udp->field[2] = __builtin_bswap16((uint16_t)(l->len - t->udp_off));
			udp->field[3] = udp_checksum(spec, udp);
		}
	}
}

/*
 * Sizes in turn, each as evenly spread as its weight allows: every place goes to the size that
 * is furthest behind its share.
 */
static void fill_pattern(struct frame_template *t)
{
	int64_t behind[FRAME_MIX_MAX] = {0};

	for (uint32_t i = 0; i < t->n_pattern; i++) {
		uint32_t most = 0;

		for (uint32_t s = 0; s < t->n_sizes; s++) {
			behind[s] += t->spec.mix[s].weight;
			most = behind[s] > behind[most] ? s : most;
		}
		behind[most] -= t->n_pattern;
		t->pattern[i] = (uint8_t)most;
	}
}

uint32_t frame_size_min(uint32_t family, bool tagged)
{
	return FRAME_ETH_LEN + (tagged ? FRAME_VLAN_LEN : 0) +
	       (family == FRAME_IPV6 ? FRAME_IPV6_LEN : FRAME_IPV4_LEN) + FRAME_UDP_LEN +
	       STAMP_LEN + FRAME_FCS_LEN;
}

static int check_size(const struct frame_spec *spec, uint32_t size, struct error *err)
{
	uint32_t least = frame_size_min(spec->family, spec->vlan);

	const char *room = spec->family == FRAME_IPV6 ? spec->vlan ? "IPv6 and a VLAN tag" : "IPv6"
						      : "a VLAN tag";

	if (size >= least && size <= FRAME_SIZE_MAX)
		return 0;
	if (least == FRAME_SIZE_MIN)
		room = "IPv4";
	return error_set(err, EX_DATAERR, -EINVAL,
			 "traffic.frame: %u bytes, and with %s it must be %u to %u, FCS included",
			 size, room, least, FRAME_SIZE_MAX);
}

/* Weights without their common factor, so that the pattern is short; its length. */
static uint64_t reduce_weights(struct frame_spec *spec)
{
	uint32_t a = 0, b, rest;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < spec->n_mix; i++) {
		for (b = spec->mix[i].weight; b; b = rest) {
			rest = a % b;
			a = b;
		}
	}
	for (uint32_t i = 0; a && i < spec->n_mix; i++)
		sum += spec->mix[i].weight /= a;
	return sum;
}

static int check_spec(struct frame_spec *spec, uint64_t *n_pattern, struct error *err)
{
	int ret = 0;

	if (spec->n_mix > FRAME_MIX_MAX)
		return error_set(err, EX_DATAERR, -EINVAL, "%u frame sizes: at most %u",
				 spec->n_mix, FRAME_MIX_MAX);
	if (!spec->n_mix)
		ret = check_size(spec, spec->size, err);
	for (uint32_t i = 0; !ret && i < spec->n_mix; i++)
		ret = check_size(spec, spec->mix[i].size, err);
	if (ret)
		return ret;
	*n_pattern = reduce_weights(spec);
	if (spec->n_mix && (!*n_pattern || *n_pattern > FRAME_PATTERN_MAX))
		return error_set(err, EX_DATAERR, -EINVAL,
				 "frame sizes: weights add up to %llu, and may to 1 to %u",
				 (unsigned long long)*n_pattern, FRAME_PATTERN_MAX);
	if (spec->vlan > FRAME_VLAN_ID_MAX)
		return error_set(err, EX_DATAERR, -EINVAL,
				 "VLAN %u: must be 1 to %u, or 0 for none", spec->vlan,
				 FRAME_VLAN_ID_MAX);
	if (spec->flows == 0 || spec->flows > FRAME_FLOWS_MAX)
		return error_set(err, EX_DATAERR, -EINVAL, "%u flows: must be 1 to %u", spec->flows,
				 FRAME_FLOWS_MAX);
	if (spec->first_stream > STREAMS_MAX - spec->flows)
		return error_set(
			err, EX_DATAERR, -EINVAL,
			"%u flows from stream %u: a stamp numbers %u streams in all; use fewer "
			"flows or sides",
			spec->flows, spec->first_stream, STREAMS_MAX);
	return 0;
}

int frame_template_init(struct frame_template *t, const struct frame_spec *spec, struct error *err)
{
	uint64_t n_pattern = 0;
	uint32_t size = spec->size;
	int ret;

	memset(t, 0, sizeof(*t));
	t->spec = *spec;
	ret = check_spec(&t->spec, &n_pattern, err);
	if (ret) {
		memset(t, 0, sizeof(*t));
		return ret;
	}
	if (spec->n_mix)
		size = 0;
	for (uint32_t i = 0; i < spec->n_mix; i++)
		size = spec->mix[i].size > size ? spec->mix[i].size : size;
	t->spec.size = size;
	t->len = size - FRAME_FCS_LEN;
	t->ip_off = FRAME_ETH_LEN + (spec->vlan ? FRAME_VLAN_LEN : 0);
	t->udp_off = t->ip_off + (spec->family == FRAME_IPV6 ? FRAME_IPV6_LEN : FRAME_IPV4_LEN);
	t->headers_len = t->udp_off + FRAME_UDP_LEN;
	t->n_sizes = spec->n_mix ? spec->n_mix : 1;
	t->n_pattern = (uint32_t)n_pattern;
	t->bytes = calloc(1, t->len);
	t->udp = calloc((size_t)spec->flows * t->n_sizes, sizeof(*t->udp));
	t->pattern = calloc(t->n_pattern ? t->n_pattern : 1, sizeof(*t->pattern));
	if (!t->bytes || !t->udp || !t->pattern) {
		frame_template_free(t);
		return error_set(err, EX_OSERR, -ENOMEM,
				 "no memory for a frame of %u bytes and %u flows; use fewer flows",
				 size, spec->flows);
	}
	lay_out(t);
	fill_sizes(t);
	fill_pattern(t);
	return 0;
}

void frame_template_free(struct frame_template *t)
{
	if (!t)
		return;
	free(t->bytes);
	free(t->udp);
	free(t->pattern);
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

void frame_announce_ip6(uint8_t out[FRAME_NA_LEN], const uint8_t mac[6], const uint8_t ip6[16])
{
	static const uint8_t all_nodes[16] = {0xff, 0x02, [15] = 1};
	static const uint8_t all_nodes_mac[6] = {0x33, 0x33, 0, 0, 0, 1}; /* RFC 2464 section 7 */
	const uint32_t len = FRAME_NA_LEN - FRAME_ETH_LEN - FRAME_IPV6_LEN;
	uint8_t *ip = out + FRAME_ETH_LEN, *icmp = ip + FRAME_IPV6_LEN;
	uint32_t sum;

	memset(out, 0, FRAME_NA_LEN);
	memcpy(out, all_nodes_mac, 6);
	memcpy(out + 6, mac, 6);
	put16(out + 12, 0x86dd);
	ip[0] = 0x60;
	put16(ip + 4, len);
	ip[6] = 58;  /* ICMPv6 */
	ip[7] = 255; /* no router has passed it on */
	memcpy(ip + 8, ip6, 16);
	memcpy(ip + 24, all_nodes, 16);
	icmp[0] = 136;  /* neighbour advertisement */
	icmp[4] = 0x20; /* override what others remember; not solicited, no router */
	memcpy(icmp + 8, ip6, 16);
	icmp[24] = 2; /* target link-layer address, of 8 bytes */
	icmp[25] = 1;
	memcpy(icmp + 26, mac, 6);
	/* RFC 4443 section 2.3: addresses, length and next header of the pseudo header, message */
	sum = frame_sum(ip + 8, 32) + __builtin_bswap16((uint16_t)len) + __builtin_bswap16(58) +
	      frame_sum(icmp, len);
	STAMP_STORE(uint16_t, icmp + 2, (uint16_t)~stamp_fold(sum));
}
