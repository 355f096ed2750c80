/*
 * Frames against a second, slow reading of the RFCs: every checksum of a frame
 * is computed again over all its bytes, for random specs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "template.h"

#define SEED 20240611u

static uint64_t random_state;

/* splitmix64: the same numbers on every machine */
static uint64_t random64(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void random_bytes(uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)random64();
}

/* RFC 1071 as it is written: 16-bit words in network order, a carry at a time. */
static uint32_t naive_sum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++) {
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
		if (sum > 0xffff)
			sum -= 0xffff;
	}
	return sum;
}

static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static void random_spec(struct frame_spec *spec)
{
	uint32_t least;

	memset(spec, 0, sizeof(*spec));
	random_bytes(spec->src_mac, 6);
	random_bytes(spec->dst_mac, 6);
	random_bytes(spec->src_ip, 16);
	random_bytes(spec->dst_ip, 16);
	spec->family = random64() % 2 ? FRAME_IPV6 : FRAME_IPV4;
	spec->vlan = random64() % 2 ? 1 + random64() % 4094 : 0;
	spec->dst_port = (uint16_t)random64();
	spec->flows = 1 + random64() % 300;
	spec->first_stream = random64() % 60000;
	least = frame_size_min(spec->family, spec->vlan);
	spec->size = least + random64() % (FRAME_SIZE_MAX - least + 1);
	if (random64() % 2)
		return;
	spec->n_mix = 1 + random64() % 5;
	for (uint32_t i = 0; i < spec->n_mix; i++) {
		spec->mix[i].size = least + random64() % (FRAME_SIZE_MAX - least + 1);
		spec->mix[i].weight = 1 + random64() % 20;
	}
}

/* All that 802.1Q and RFC 791 or RFC 8200 say of the headers at P; where the UDP header is. */
static const uint8_t *check_ip(const struct frame_spec *spec, const uint8_t *p, uint32_t len)
{
	const uint8_t *ip = p + 14;

	assert_memory_equal(p, spec->dst_mac, 6);
	assert_memory_equal(p + 6, spec->src_mac, 6);
	if (spec->vlan) {
		assert_int_equal(get16(p + 12), 0x8100);
		assert_int_equal(get16(p + 14), spec->vlan);
		ip += 4;
	}
	len -= (uint32_t)(ip - p);
	if (spec->family == FRAME_IPV6) {
		assert_int_equal(get16(ip - 2), 0x86dd);
		assert_int_equal(get16(ip) << 16 | get16(ip + 2), 0x60000000);
		assert_int_equal(get16(ip + 4), len - 40);
		assert_int_equal(ip[6], 17);
		assert_int_equal(ip[7], 64);
		assert_memory_equal(ip + 8, spec->src_ip, 16);
		assert_memory_equal(ip + 24, spec->dst_ip, 16);
		return ip + 40;
	}
	assert_int_equal(get16(ip - 2), 0x0800);
	assert_int_equal(ip[0], 0x45);
	assert_int_equal(ip[1], 0);
	assert_int_equal(get16(ip + 2), len);
	assert_int_equal(get16(ip + 4), 0);
	assert_int_equal(get16(ip + 6), 0x4000);
	assert_int_equal(ip[8], 64);
	assert_int_equal(ip[9], 17);
	assert_int_equal(naive_sum(ip, 20), 0xffff);
	assert_memory_equal(ip + 12, spec->src_ip, 4);
	assert_memory_equal(ip + 16, spec->dst_ip, 4);
	return ip + 20;
}

/* The same, and what RFC 768 says, of a frame of LEN bytes. Returns the UDP checksum. */
static uint32_t check_frame(const struct frame_template *t, const uint8_t *p, uint32_t len,
			    uint32_t flow)
{
	const struct frame_spec *spec = &t->spec;
	const uint8_t *udp = check_ip(spec, p, len);
	uint8_t whole[40 + FRAME_SIZE_MAX] = {0};
	uint32_t udp_len = len - (uint32_t)(udp - p);
	uint32_t ip_len = spec->family == FRAME_IPV6 ? 16 : 4;

	assert_int_equal(get16(udp), FRAME_PORT_BASE + flow);
	assert_int_equal(get16(udp + 2), spec->dst_port);
	assert_int_equal(get16(udp + 4), udp_len);
	/* the pseudo headers differ in the width of their fields, not in the sum */
	memcpy(whole, spec->src_ip, ip_len);
	memcpy(whole + 16, spec->dst_ip, ip_len);
	whole[33] = 17;
	memcpy(whole + 34, udp + 4, 2);
	memcpy(whole + 36, udp, udp_len);
	assert_int_equal(naive_sum(whole, 36 + udp_len), 0xffff);
	assert_int_not_equal(get16(udp + 6), 0);
	return get16(udp + 6);
}

static void test_frames_are_exact(void **state)
{
	printf("seed %u\n", SEED);
	random_state = SEED;
	for (int round = 0; round < 2000; round++) {
		struct frame_spec spec;
		struct frame_template t;
		uint8_t *frame;

		random_spec(&spec);
		if (round < 64)
			spec.size = frame_size_min(spec.family, spec.vlan) + (uint32_t)round;
		assert_int_equal(frame_template_init(&t, &spec, NULL), 0);
		assert_int_equal(t.len, t.spec.size - 4);
		frame = malloc(t.len);
		assert_non_null(frame);
		memcpy(frame, t.bytes, t.len);
		for (int k = 0; k < 8; k++) {
			uint32_t flow = random64() % spec.flows;
			uint64_t seq = random64() >> (16 + random64() % 48);
			uint16_t epoch = (uint16_t)random64();
			uint32_t time = (uint32_t)random64(), head = stamp_head_wire(epoch);
			uint32_t size = frame_size_index(&t, flow, seq), whole = t.len, len;
			const uint8_t *payload;

			if (spec.n_mix)
				whole = frame_write_sized(&t, frame, size, flow, head, seq, time);
			else
				frame_write(&t, frame, flow, head, seq, time);
			assert_int_equal(whole + 4, spec.n_mix ? spec.mix[size].size : spec.size);
			check_frame(&t, frame, whole, flow);
			payload = frame_payload(frame, frame + whole, true, &len);
			assert_ptr_equal(payload, frame + t.headers_len);
			assert_int_equal(len, whole - t.headers_len);
			assert_int_equal(stamp_sum(payload), 0xffff);
			assert_int_equal(get16(payload), STAMP_MAGIC);
			assert_int_equal(get16(payload + 2), epoch);
			assert_int_equal(stamp_stream(payload), spec.first_stream + flow);
			assert_int_equal(stamp_seq(payload), seq);
			assert_int_equal(get16(payload + 12) << 16 | get16(payload + 14), time);
		}
		free(frame);
		frame_template_free(&t);
	}
}

/* Every flow gets the mix as its weights say, and so does a round of all flows. */
static void test_mix(void **state)
{
	struct frame_spec spec = {.flows = 12, .n_mix = 3};
	struct frame_template t;
	uint32_t flow, by_flow[3], by_round[3];
	uint64_t seq;

	spec.mix[0] = (struct frame_part){64, 28};
	spec.mix[1] = (struct frame_part){570, 16};
	spec.mix[2] = (struct frame_part){1518, 4};
	assert_int_equal(frame_template_init(&t, &spec, NULL), 0);
	assert_int_equal(t.n_pattern, 12);
	assert_int_equal(t.len, 1514);
	for (flow = 0; flow < 12; flow++) {
		memset(by_flow, 0, sizeof(by_flow));
		memset(by_round, 0, sizeof(by_round));
		for (seq = 0; seq < 12; seq++) {
			by_flow[frame_size_index(&t, flow, seq)]++;
			by_round[frame_size_index(&t, (uint32_t)seq, flow)]++;
		}
		assert_int_equal(by_flow[0], 7);
		assert_int_equal(by_flow[1], 4);
		assert_int_equal(by_flow[2], 1);
		assert_memory_equal(by_flow, by_round, sizeof(by_flow));
	}
	frame_template_free(&t);
}

/* 16384 flows: some checksum comes out as 0 and must be sent as 0xffff (RFC 768). */
static void test_checksum_zero(void **state)
{
	int seen = 0;

	random_state = SEED + 1;
	for (int round = 0; round < 16; round++) {
		struct frame_spec spec;
		struct frame_template t;

		random_spec(&spec);
		spec.flows = FRAME_FLOWS_MAX;
		spec.first_stream = 0;
		spec.n_mix = 0;
		spec.size = 100;
		assert_int_equal(frame_template_init(&t, &spec, NULL), 0);
		for (uint32_t flow = 0; flow < spec.flows; flow++) {
			frame_write(&t, t.bytes, flow, stamp_head_wire(0xadb3), flow, 0);
			seen += check_frame(&t, t.bytes, t.len, flow) == 0xffff;
		}
		frame_template_free(&t);
	}
	assert_in_range(seen, 1, 16);
}

static const struct {
	struct frame_spec spec;
	int ret;
} limits[] = {
	{{.size = 64, .flows = 1}, 0},
	{{.size = 9018, .flows = 16384, .first_stream = 49152}, 0},
	{{.size = 63, .flows = 1}, -EINVAL},
	{{.size = 9019, .flows = 1}, -EINVAL},
	{{.size = 0, .flows = 1}, -EINVAL},
	{{.size = ~0u, .flows = 1}, -EINVAL},
	{{.size = 64, .flows = 0}, -EINVAL},
	{{.size = 64, .flows = 16385}, -EINVAL},
	{{.size = 64, .flows = 1, .first_stream = 65535}, 0},
	{{.size = 64, .flows = 2, .first_stream = 65535}, -EINVAL},
	{{.size = 64, .flows = 1, .first_stream = 65536}, -EINVAL},
	{{.size = 64, .flows = 1, .first_stream = ~0u}, -EINVAL},
	{{.size = 67, .flows = 1, .vlan = 1}, -EINVAL},
	{{.size = 68, .flows = 1, .vlan = 4094}, 0},
	{{.size = 68, .flows = 1, .vlan = 4095}, -EINVAL},
	{{.size = 83, .flows = 1, .family = FRAME_IPV6}, -EINVAL},
	{{.size = 84, .flows = 1, .family = FRAME_IPV6}, 0},
	{{.size = 87, .flows = 1, .family = FRAME_IPV6, .vlan = 1}, -EINVAL},
	{{.size = 88, .flows = 1, .family = FRAME_IPV6, .vlan = 1}, 0},
	{{.n_mix = 2, .mix = {{64, 1}, {1518, 1023}}, .flows = 1}, 0},
	{{.n_mix = 2, .mix = {{64, 1}, {1518, 1024}}, .flows = 1}, -EINVAL},
	{{.n_mix = 2, .mix = {{64, 4000}, {1518, 8000}}, .flows = 1}, 0},
	{{.n_mix = 2, .mix = {{64, 1}, {63, 1}}, .flows = 1}, -EINVAL},
	{{.n_mix = 1, .mix = {{64, 0}}, .flows = 1}, -EINVAL},
	{{.n_mix = 17, .flows = 1}, -EINVAL},
};

static void test_limits(void **state)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct frame_template t;
		struct error err = {0};

		if (frame_template_init(&t, &limits[i].spec, &err) != limits[i].ret)
			fail_msg("row %zu: %d, \"%s\"", i, err.code, err.text);
		assert_int_equal(err.code, limits[i].ret);
		if (limits[i].ret)
			assert_int_equal(err.exit, EX_DATAERR);
		frame_template_free(&t);
	}
	frame_template_free(NULL);
}

static void test_sum(void **state)
{
	uint8_t buf[9100];

	random_state = SEED + 2;
	for (int round = 0; round < 20000; round++) {
		size_t len = random64() % (round % 10 ? 80 : 9018), at = random64() % 64;
		uint32_t sum;

		random_bytes(buf + at, len);
		if (round % 7 == 0)
			memset(buf + at, round % 2 ? 0xff : 0, len);
		sum = naive_sum(buf + at, len);
		assert_int_equal(frame_sum(buf + at, len), (sum & 0xff) << 8 | sum >> 8);
	}
}

static const struct {
	const char *what;
	uint32_t at;
	uint8_t value;
	bool ours;
} parse_rows[] = {
	{"as it is", 0, 0, true},
	{"ethertype, upper byte", 12, 0x86, false},
	{"ethertype, lower byte", 13, 0x06, false},
	{"IPv6", 14, 0x65, false},
	{"IPv4 options", 14, 0x46, false},
	{"type of service is no matter", 15, 0xb8, true},
	{"IPv4 length + 1", 17, 51, false},
	{"IPv4 length 0", 17, 0, false},
	{"identification is no matter", 18, 1, true},
	{"DF off", 20, 0, true},
	{"more fragments", 20, 0x20, false},
	{"reserved flag", 20, 0x80, false},
	{"fragment offset, upper bits", 20, 0x41, false},
	{"fragment offset, lower bits", 21, 1, false},
	{"time to live is no matter", 22, 3, true},
	{"TCP", 23, 6, false},
	{"UDP length - 1", 39, 29, false},
	{"UDP length above the frame", 38, 1, false},
	{"UDP checksum is no matter", 40, 0x77, true},
};

static void test_parse(void **state)
{
	struct frame_spec spec = {.size = 68, .flows = 1, .dst_port = 9};
	struct frame_template t;
	uint8_t frame[128] = {0};
	uint32_t len;

	assert_int_equal(frame_template_init(&t, &spec, NULL), 0);
	memcpy(frame, t.bytes, t.len);
	frame_write(&t, frame, 0, stamp_head_wire(1), 0, 0);
	for (size_t i = 0; i < sizeof(parse_rows) / sizeof(parse_rows[0]); i++) {
		uint8_t old = frame[parse_rows[i].at];

		if (parse_rows[i].at)
			frame[parse_rows[i].at] = parse_rows[i].value;
		if (!!frame_payload(frame, frame + t.len, true, &len) != parse_rows[i].ours)
			fail_msg("%s: taken wrongly", parse_rows[i].what);
		frame[parse_rows[i].at] = old;
	}
	for (uint32_t n = 0; n < sizeof(frame); n++) {
		len = 0;
		assert_int_equal(!!frame_payload(frame, frame + n, true, &len), n >= t.len);
		if (n >= t.len)
			assert_int_equal(len, t.len - 42);
	}
	/* the rest elsewhere: the headers and the stamp are enough */
	assert_null(frame_payload(frame, frame + 59, false, &len));
	assert_ptr_equal(frame_payload(frame, frame + 60, false, &len), frame + 42);
	assert_int_equal(len, t.len - 42);
	/* a UDP length below its own header */
	frame[17] = 27;
	frame[39] = 7;
	assert_null(frame_payload(frame, frame + t.len, true, &len));
	frame[17] = 28;
	frame[39] = 8;
	assert_non_null(frame_payload(frame, frame + t.len, true, &len));
	assert_int_equal(len, 0);
	frame_template_free(&t);
}

static const struct {
	const char *what;
	uint32_t at;
	uint8_t value;
	bool ours;
} parse6_rows[] = {
	{"as it is", 0, 0, true},
	{"a second tag", 16, 0x81, false},
	{"version 4", 18, 0x40, false},
	{"traffic class is no matter", 18, 0x6f, true},
	{"payload length + 1", 23, 31, false},
	{"hop-by-hop options", 24, 0, false},
	{"hop limit is no matter", 25, 1, true},
	{"UDP length - 1", 63, 29, false},
};

/* IPv6 behind a tag. */
static void test_parse6(void **state)
{
	struct frame_spec spec = {
		.size = 92, .flows = 1, .dst_port = 9, .family = FRAME_IPV6, .vlan = 100};
	struct frame_template t;
	uint8_t frame[128] = {0};
	uint32_t len;

	assert_int_equal(frame_template_init(&t, &spec, NULL), 0);
	memcpy(frame, t.bytes, t.len);
	frame_write(&t, frame, 0, stamp_head_wire(1), 0, 0);
	for (size_t i = 0; i < sizeof(parse6_rows) / sizeof(parse6_rows[0]); i++) {
		uint8_t old = frame[parse6_rows[i].at];

		if (parse6_rows[i].at)
			frame[parse6_rows[i].at] = parse6_rows[i].value;
		if (!!frame_payload(frame, frame + t.len, true, &len) != parse6_rows[i].ours)
			fail_msg("%s: taken wrongly", parse6_rows[i].what);
		frame[parse6_rows[i].at] = old;
	}
	for (uint32_t n = 0; n < sizeof(frame); n++)
		assert_int_equal(!!frame_payload(frame, frame + n, true, &len), n >= t.len);
	frame_template_free(&t);
}

static void test_announce(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 1, 2, 3}, ip[4] = {198, 18, 0, 1};
	static const uint8_t wanted[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,   0,  0, 1, 2,
					   3,    8,    6,    0,    1,    8,    0,   6,  4, 0, 1,
					   2,    0,    0,    1,    2,    3,    198, 18, 0, 1, 0,
					   0,    0,    0,    0,    0,    198,  18,  0,  1};
	uint8_t out[FRAME_ARP_LEN];

	memset(out, 0xee, sizeof(out));
	frame_announce(out, mac, ip);
	assert_memory_equal(out, wanted, sizeof(wanted));
}

static void test_announce_ip6(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 1, 2, 3}, ip6[16] = {0x20, 0x01, 0, 2, [15] = 1};
	static const uint8_t head[] = {0x33, 0x33, 0,    0, 0, 1, 2, 0,  0,  1,   2,    3,
				       0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, 58, 255, 0x20, 1};
	static const uint8_t next_header[4] = {0, 32, 0, 58};
	uint8_t out[FRAME_NA_LEN], *icmp = out + 54, pseudo[68];

	memset(out, 0xee, sizeof(out));
	frame_announce_ip6(out, mac, ip6);
	assert_memory_equal(out, head, sizeof(head));
	assert_memory_equal(out + 22, ip6, 16);
	assert_int_equal(icmp[0], 136);
	assert_int_equal(icmp[4], 0x20);
	assert_memory_equal(icmp + 8, ip6, 16);
	assert_int_equal(icmp[24] << 8 | icmp[25], 0x0201);
	assert_memory_equal(icmp + 26, mac, 6);
	/* right checksum: pseudo header and message sum to ones */
	memcpy(pseudo, out + 22, 32);
	memcpy(pseudo + 32, next_header, 4);
	memcpy(pseudo + 36, icmp, 32);
	assert_int_equal(frame_sum(pseudo, sizeof(pseudo)), 0xffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames_are_exact),
		cmocka_unit_test(test_checksum_zero),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_mix),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse6),
		cmocka_unit_test(test_announce),
		cmocka_unit_test(test_announce_ip6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
