/*
 * Frames as they go on the wire: Ethernet, perhaps a VLAN tag, IPv4 or IPv6, UDP, stamp,
 * fill. Headers are laid out once; what differs from frame to frame is the UDP header (per
 * flow and size), the IP length (per size, where there are several) and the stamp.
 */
#ifndef RINGLOSS_FRAME_TEMPLATE_H
#define RINGLOSS_FRAME_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "wire.h"

#define FRAME_SIZE_MIN 64   /* with FCS: 42 header bytes, the stamp, FCS */
#define FRAME_SIZE_MAX 9018 /* a 9000-byte MTU with Ethernet header and FCS */
#define FRAME_FLOWS_MAX 16384
#define FRAME_PORT_BASE 49152  /* first source port (RFC 6335 section 6, dynamic ports) */
#define FRAME_MIX_MAX 16       /* different sizes */
#define FRAME_PATTERN_MAX 1024 /* frames after which the sizes of a mix repeat */
#define FRAME_IP_LEN_MAX 16

enum frame_family { FRAME_IPV4, FRAME_IPV6 };

/* A size of a mix and how many of the frames have it, as a share of the sum of all weights. */
struct frame_part {
	uint32_t size; /* bytes on the wire, FCS included */
	uint32_t weight;
};

/* One direction of traffic. Addresses in network order, IPv4's in the first 4 bytes. */
struct frame_spec {
	uint32_t size; /* bytes on the wire, FCS included; not read with a mix */
	uint32_t n_mix;
	struct frame_part mix[FRAME_MIX_MAX]; /* n_mix of them; 0: all frames have one size */
	uint32_t family;                      /* enum frame_family */
	uint16_t vlan;                        /* 802.1Q VLAN identifier; 0: no tag */
	uint8_t src_mac[6];
	uint8_t dst_mac[6];
	uint8_t src_ip[FRAME_IP_LEN_MAX];
	uint8_t dst_ip[FRAME_IP_LEN_MAX];
	uint16_t dst_port;     /* host order */
	uint32_t flows;        /* source ports FRAME_PORT_BASE + 0 .. flows - 1 */
	uint32_t first_stream; /* stream number of flow 0 */
};

/* The UDP header as it lies in memory: source and destination port, length, checksum. */
union frame_udp {
	uint64_t word;
	uint16_t field[4];
};

/* What a size writes: Ethernet without FCS, and the fields of the IP header. */
struct frame_length {
	uint32_t len;         /* bytes handed to the driver: size - FCS */
	uint16_t ip_len;      /* IPv4 total length, IPv6 payload length; network order */
	uint16_t ip_checksum; /* IPv4 */
};

struct frame_template {
	struct frame_spec spec;
	uint32_t len;         /* of the largest frame: bytes handed to the driver, size - FCS */
	uint32_t ip_off;      /* 14, or 18 with a tag */
	uint32_t udp_off;     /* where the UDP header begins */
	uint32_t headers_len; /* where the payload begins: udp_off + 8 */
	uint8_t *bytes; /* len bytes, headers and fill of the largest; stamp and UDP header zero */
	uint32_t n_sizes;                           /* 1 without a mix */
	struct frame_length lengths[FRAME_MIX_MAX]; /* n_sizes of them */
	union frame_udp *udp;                       /* of size s and flow f at s * spec.flows + f */
	/*
	 * Sizes in turn: frame SEQ of flow F has size pattern[(SEQ + F) % n_pattern], so that
	 * every flow gets the whole mix and a round of all flows does, too.
	 */
	uint32_t n_pattern;
	uint8_t *pattern;
};

/* The smallest frame that has room for the stamp: 64, with a tag 68, IPv6 84, both 88. */
uint32_t frame_size_min(uint32_t family, bool tagged);

/*
 * Build; -EINVAL with EX_DATAERR when sizes, flows or stream numbers are out of range. On
 * failure *t is empty. frame_template_free takes an empty one and NULL.
 */
int frame_template_init(struct frame_template *t, const struct frame_spec *spec, struct error *err);
void frame_template_free(struct frame_template *t);

/* The size that frame SEQ of FLOW has: an index into lengths. */
static inline uint32_t frame_size_index(const struct frame_template *t, uint32_t flow, uint64_t seq)
{
	return t->n_sizes == 1 ? 0 : t->pattern[(seq + flow) % t->n_pattern];
}

/* Write what changes into a buffer that holds the template's bytes already; one size only. */
static inline __attribute__((always_inline)) void frame_write(const struct frame_template *t,
							      void *frame, uint32_t flow,
							      uint32_t head, uint64_t seq,
							      uint32_t time)
{
	uint8_t *udp = (uint8_t *)frame + t->udp_off;

	STAMP_STORE(uint64_t, udp, t->udp[flow].word);
	stamp_write(udp + FRAME_UDP_LEN, head, t->spec.first_stream + flow, seq, time);
}

/* The same for any template, a frame of lengths[size]. Returns its length. */
static inline uint32_t frame_write_sized(const struct frame_template *t, void *frame, uint32_t size,
					 uint32_t flow, uint32_t head, uint64_t seq, uint32_t time)
{
	uint8_t *ip = (uint8_t *)frame + t->ip_off, *udp = (uint8_t *)frame + t->udp_off;

	if (t->spec.family == FRAME_IPV6) {
		STAMP_STORE(uint16_t, ip + 4, t->lengths[size].ip_len);
	} else {
		STAMP_STORE(uint16_t, ip + 2, t->lengths[size].ip_len);
		STAMP_STORE(uint16_t, ip + 10, t->lengths[size].ip_checksum);
	}
	STAMP_STORE(uint64_t, udp, t->udp[size * t->spec.flows + flow].word);
	stamp_write(udp + FRAME_UDP_LEN, head, t->spec.first_stream + flow, seq, time);
	return t->lengths[size].len;
}

/*
 * One's-complement sum of LEN bytes, folded, in memory order (RFC 1071). An odd
 * last byte counts as if a zero followed.
 */
uint32_t frame_sum(const void *data, size_t len);

/* A gratuitous ARP announcement (RFC 5227 section 3) of spec's source; 60 bytes into out. */
#define FRAME_ARP_LEN 60
void frame_announce(uint8_t out[FRAME_ARP_LEN], const uint8_t mac[6], const uint8_t ip[4]);

/*
 * The same for IPv6: an unsolicited neighbour advertisement to all nodes (RFC 4861 sections 4.4 and
 * 7.2.6), with its source link-layer address as the target's.
 */
#define FRAME_NA_LEN 86
void frame_announce_ip6(uint8_t out[FRAME_NA_LEN], const uint8_t mac[6], const uint8_t ip6[16]);

#endif
