/* A TCP peer made by hand (raw_peer.h). IPv4 only; the kernel fills in the IP checksum. */
#include "raw_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAYLOAD_MAX 8000
#define OPTIONS_SYN 20 /* MSS, SACK permitted, time stamps, window scale 7 */
#define OPTIONS 12     /* two NOPs, time stamps */

struct wire_segment {
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t rest[OPTIONS_SYN + PAYLOAD_MAX];
} __attribute__((packed));

static uint32_t sum_words(const void *data, size_t length, uint32_t sum)
{
	const uint8_t *bytes = data;
	size_t i;

	for (i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	if (length & 1)
		sum += (uint32_t)bytes[length - 1] << 8;
	return sum;
}

/* RFC 9293 section 3.1: over a pseudo header of addresses, protocol and length. */
static uint16_t tcp_checksum(const struct wire_segment *wire, size_t length)
{
	uint32_t sum = sum_words(&wire->ip.saddr, 8, IPPROTO_TCP + (uint32_t)length);

	sum = sum_words(&wire->tcp, length, sum);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static size_t put_options(uint8_t *at, const struct raw_segment *segment)
{
	static const uint8_t syn[] = {2, 4, 5, 180, 4, 2}, nops[] = {1, 1}, scale[] = {1, 3, 3, 7};
	uint8_t *end = at;
	uint32_t clock = htonl(segment->clock), echo = htonl(segment->echo);

	end = segment->flags & TH_SYN ? mempcpy(end, syn, sizeof(syn))
				      : mempcpy(end, nops, sizeof(nops));
	*end++ = TCPOPT_TIMESTAMP;
	*end++ = TCPOLEN_TIMESTAMP;
	end = mempcpy(end, &clock, 4);
	end = mempcpy(end, &echo, 4);
	if (segment->flags & TH_SYN)
		end = mempcpy(end, scale, sizeof(scale));
	return (size_t)(end - at);
}

int raw_peer_send(const struct raw_peer *peer, const struct raw_segment *segment)
{
	struct wire_segment wire = {0};
	size_t options = put_options(wire.rest, segment);
	size_t tcp = sizeof(wire.tcp) + options + segment->length;

	if (segment->length > PAYLOAD_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	wire.ip.version = IPVERSION;
	wire.ip.ihl = sizeof(wire.ip) / 4;
	wire.ip.ttl = IPDEFTTL;
	wire.ip.protocol = IPPROTO_TCP;
	wire.ip.saddr = peer->us.sin_addr.s_addr;
	wire.ip.daddr = peer->them.sin_addr.s_addr;
	wire.tcp.source = peer->us.sin_port;
	wire.tcp.dest = peer->them.sin_port;
	wire.tcp.seq = htonl(segment->seq);
	wire.tcp.doff = (uint16_t)((sizeof(wire.tcp) + options) / 4) & 0xf;
	wire.tcp.th_flags = segment->flags;
	wire.tcp.ack_seq = segment->flags & TH_ACK ? htonl(peer->expected) : 0;
	wire.tcp.window = htons(peer->window);
	wire.tcp.check = tcp_checksum(&wire, tcp);
	return sendto(peer->out, &wire, sizeof(wire.ip) + tcp, 0,
		      (const struct sockaddr *)&peer->them, sizeof(peer->them)) < 0
		       ? -1
		       : 0;
}

int raw_peer_open(struct raw_peer *peer, struct sockaddr_in us, struct sockaddr_in them)
{
	*peer = (struct raw_peer){.us = us,
				  .them = them,
				  .next = 1000000,
				  .clock = 2000000,
				  .window = UINT16_MAX,
				  .out = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW),
				  .in = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
					       htons(ETH_P_IP))};
	return peer->out < 0 || peer->in < 0 ? -1 : 0;
}

/* TSval of the last segment, and the scale of windows; without the option they stay as they are. */
static void note_options(struct raw_peer *peer, const uint8_t *option, const uint8_t *end)
{
	uint32_t clock;

	while (option < end && *option != TCPOPT_EOL) {
		if (*option == TCPOPT_NOP) {
			option++;
			continue;
		}
		if (option + 1 >= end || option[1] < 2 || option + option[1] > end)
			return;
		if (option[0] == TCPOPT_TIMESTAMP && option[1] == TCPOLEN_TIMESTAMP) {
			memcpy(&clock, option + 2, 4);
			peer->echo = ntohl(clock);
		}
		if (option[0] == TCPOPT_WINDOW && option[1] == TCPOLEN_WINDOW)
			peer->scale = option[2];
		option += option[1];
	}
}

/* The next segment to us, from anybody; its flags, or -1. */
static int take_segment(struct raw_peer *peer, struct sockaddr_in *from)
{
	uint8_t data[2048];
	struct iphdr ip;
	struct tcphdr tcp;
	ssize_t length;
	size_t at, options, payload;

	while ((length = recv(peer->in, data, sizeof(data), 0)) >= 0) {
		if ((size_t)length < sizeof(ip) + sizeof(tcp))
			continue;
		memcpy(&ip, data, sizeof(ip));
		at = ip.ihl * 4U;
		if (ip.protocol != IPPROTO_TCP || ip.daddr != peer->us.sin_addr.s_addr ||
		    at + sizeof(tcp) > (size_t)length)
			continue;
		memcpy(&tcp, data + at, sizeof(tcp));
		options = tcp.doff * 4U;
		if (tcp.dest != peer->us.sin_port || options < sizeof(tcp) ||
		    at + options > (size_t)length)
			continue;
		*from = (struct sockaddr_in){
			.sin_family = AF_INET, .sin_addr.s_addr = ip.saddr, .sin_port = tcp.source};
		note_options(peer, data + at + sizeof(tcp), data + at + options);
		payload = ntohs(ip.tot_len) - at - options;
		peer->expected = ntohl(tcp.seq) + (uint32_t)payload +
				 ((tcp.th_flags & (TH_SYN | TH_FIN)) != 0);
		if (tcp.th_flags & TH_ACK) {
			peer->acked = ntohl(tcp.ack_seq);
			/* a SYN's window is not scaled (RFC 7323, section 2.2) */
			peer->room = (uint32_t)ntohs(tcp.window)
				     << (tcp.th_flags & TH_SYN ? 0 : peer->scale);
		}
		return tcp.th_flags;
	}
	return -1;
}

bool raw_peer_take(struct raw_peer *peer)
{
	struct sockaddr_in from;
	bool any = false;

	while (take_segment(peer, &from) >= 0)
		any = true;
	return any;
}

/* Wait for a segment with exactly FLAGS of SYN and ACK. */
static bool await(struct raw_peer *peer, int flags, struct sockaddr_in *from, int milliseconds)
{
	struct pollfd in = {.fd = peer->in, .events = POLLIN};
	int got;

	while (poll(&in, 1, milliseconds) > 0) {
		got = take_segment(peer, from);
		if (got >= 0 && (got & (TH_SYN | TH_ACK | TH_RST)) == flags)
			return true;
	}
	errno = ETIMEDOUT;
	return false;
}

int raw_peer_connect(struct raw_peer *peer)
{
	struct raw_segment segment = {.flags = TH_SYN, .seq = peer->next, .clock = peer->clock};
	struct sockaddr_in from;

	if (raw_peer_send(peer, &segment) || !await(peer, TH_SYN | TH_ACK, &from, 1000))
		return -1;
	peer->next++;
	segment = (struct raw_segment){
		.flags = TH_ACK, .seq = peer->next, .clock = ++peer->clock, .echo = peer->echo};
	return raw_peer_send(peer, &segment);
}

bool raw_peer_await_syn(struct raw_peer *peer, int milliseconds)
{
	return await(peer, TH_SYN, &peer->them, milliseconds);
}
