/*
 * The checker of endpoint xdp against seqcheck.c: the same random frames, whole, doubled, late,
 * damaged, stale and foreign, through the BPF program (BPF_PROG_TEST_RUN: no device) and through
 * seqcheck_burst, and the same results, as a whole and by ranges of streams.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "seqcheck.h"
#include "template.h"
#include "xdp.h"

#define SKIP_STATUS 77 /* meson: skipped */
#define STREAMS 7
#define SEQS 300
#define FRAMES 4000
#define EPOCH 777
#define FRAME_MOST 9014

static uint64_t random_state = 20240612;

/* splitmix64: the same numbers on every machine */
static uint32_t below(uint32_t n)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((z ^ z >> 31) % n);
}

/* One of the four forms of headers; returns their length. */
static uint32_t lay_headers(uint8_t *frame, uint32_t payload)
{
	bool v6 = below(2), tagged = below(2);
	uint8_t *p = frame + 12;
	uint32_t udp_len = payload + FRAME_UDP_LEN;

	memset(frame, 2, 12);
	if (tagged) {
		memcpy(p, "\x81\x00\x00\x64", 4);
		p += 4;
	}
	memcpy(p, v6 ? "\x86\xdd" : "\x08\x00", 2);
	p += 2;
	memset(p, 0, FRAME_IPV6_LEN);
	if (v6) {
		p[0] = 0x60;
		STAMP_STORE(uint16_t, p + 4, __builtin_bswap16((uint16_t)udp_len));
		p[6] = FRAME_PROTO_UDP;
		p += FRAME_IPV6_LEN;
	} else {
		p[0] = 0x45;
		STAMP_STORE(uint16_t, p + 2,
			    __builtin_bswap16((uint16_t)(udp_len + FRAME_IPV4_LEN)));
		p[9] = FRAME_PROTO_UDP;
		p += FRAME_IPV4_LEN;
	}
	memset(p, 0, FRAME_UDP_LEN);
	STAMP_STORE(uint16_t, p + 4, __builtin_bswap16((uint16_t)udp_len));
	return (uint32_t)(p + FRAME_UDP_LEN - frame);
}

static uint32_t random_len(void)
{
	switch (below(4)) {
	case 0:
		return STAMP_LEN;
	case 1:
		return STAMP_LEN + below(150);
	case 2:
		return STAMP_LEN + below(1500);
	default:
		return STAMP_LEN + below(FRAME_MOST - FRAME_HEADERS_MAX - STAMP_LEN);
	}
}

/* A payload of ours and what may happen to it. */
static void make_payload(uint8_t *payload, uint32_t len)
{
	uint32_t bit;

	memset(payload, 0, len);
	stamp_write(payload, stamp_head_wire(EPOCH + (below(20) == 0)), below(STREAMS), below(SEQS),
		    below(1u << 31));
	switch (below(8)) {
	case 0: /* fill; the last byte as often as all others */
		if (len == STAMP_LEN)
			return;
		bit = below(2) ? (len - 1) * 8 : STAMP_LEN * 8 + below((len - STAMP_LEN) * 8);
		break;
	case 1:
		bit = below(STAMP_LEN * 8);
		break;
	case 2:
		memset(payload, (int)below(256), len);
		return;
	default:
		return;
	}
	payload[bit / 8] ^= (uint8_t)(1 << bit % 8);
}

static void equal(const struct seqcheck_result *got, const struct seqcheck_result *wanted)
{
	assert_int_equal(got->frames, wanted->frames);
	assert_int_equal(got->unique, wanted->unique);
	assert_int_equal(got->duplicate, wanted->duplicate);
	assert_int_equal(got->reordered, wanted->reordered);
	assert_int_equal(got->corrupt, wanted->corrupt);
	assert_int_equal(got->stale, wanted->stale);
	assert_int_equal(got->foreign, wanted->foreign);
	assert_int_equal(got->bytes, wanted->bytes);
	assert_int_equal(got->streams_seen, wanted->streams_seen);
}

static void run_frame(int prog_fd, uint8_t *frame, uint32_t len, bool pass)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = len, .repeat = 1);

	assert_int_equal(bpf_prog_test_run_opts(prog_fd, &opts), 0);
	assert_int_equal(opts.retval, pass ? XDP_PASS : XDP_DROP);
}

static void test_against_seqcheck(void **state)
{
	const struct stamp_expect expect = {
		.head = stamp_head_wire(EPOCH), .streams = STREAMS, .max_seq = SEQS};
	struct seqcheck_result got, wanted;
	struct xdp_check_state *s;
	struct seqcheck *model, *shown;
	struct error err = {0};
	uint8_t frame[FRAME_MOST];
	int prog_fd, round;
	uint32_t i, first;

	s = xdp_check_load(2, 100, STREAMS, SEQS, &prog_fd, &err);
	if (!s)
		fail_msg("%s", err.text);
	shown = xdp_check_seqcheck(s);
	model = seqcheck_new(STREAMS, SEQS, 2, &err);
	assert_non_null(model);
	/* the second round finds nothing of the first */
	for (round = 0; round < 2; round++) {
		seqcheck_reset(model, EPOCH);
		xdp_check_expect(s, &expect);
		for (i = 0; i < FRAMES; i++) {
			uint32_t len = random_len(), headers = lay_headers(frame, len);
			uint64_t passed = seqcheck_totals(model)->foreign;
			const uint8_t *payload = frame + headers;

			make_payload(frame + headers, len);
			seqcheck_burst(model, 0, &payload, &len, 1);
			run_frame(prog_fd, frame, headers + len,
				  seqcheck_totals(model)->foreign > passed);
		}
		xdp_check_totals(s);
		assert_int_equal(seqcheck_merge(&shown, 1, 0, STREAMS, &got, &err), 0);
		assert_int_equal(seqcheck_merge(&model, 1, 0, STREAMS, &wanted, &err), 0);
		assert_true(wanted.duplicate && wanted.reordered && wanted.corrupt &&
			    wanted.stale && wanted.foreign);
		equal(&got, &wanted);
		for (first = 0; first < STREAMS; first++) {
			assert_int_equal(seqcheck_merge(&shown, 1, first, 1, &got, &err), 0);
			assert_int_equal(seqcheck_merge(&model, 1, first, 1, &wanted, &err), 0);
			equal(&got, &wanted);
		}
	}
	seqcheck_free(model);
	xdp_check_close(s);
}

/* A frame whose end is missing is damaged; one that is shorter than its stamp is foreign. */
static void test_cut(void **state)
{
	const struct stamp_expect expect = {
		.head = stamp_head_wire(EPOCH), .streams = STREAMS, .max_seq = SEQS};
	const struct seqcheck_result *r;
	struct xdp_check_state *s;
	struct error err = {0};
	uint8_t frame[FRAME_MOST];
	uint32_t headers;
	int prog_fd;

	s = xdp_check_load(1, 18, STREAMS, SEQS, &prog_fd, &err);
	assert_non_null(s);
	xdp_check_expect(s, &expect);
	r = seqcheck_totals(xdp_check_seqcheck(s));
	headers = lay_headers(frame, 200);
	memset(frame + headers, 0, 200);
	stamp_write(frame + headers, stamp_head_wire(EPOCH), 1, 2, 3);
	run_frame(prog_fd, frame, headers + 199, false);
	run_frame(prog_fd, frame, headers + 17, true);
	run_frame(prog_fd, frame, headers + 200, false);
	xdp_check_totals(s);
	assert_int_equal(r->frames, 2);
	assert_int_equal(r->corrupt, 1);
	assert_int_equal(r->foreign, 1);
	assert_int_equal(r->unique, 1);
	xdp_check_close(s);
}

/* More than the kernel should be asked for: refused with what helps. */
static void test_memory(void **state)
{
	struct error err = {0};
	int prog_fd;

	assert_null(xdp_check_load(1, 18, 65536, 1ULL << 40, &prog_fd, &err));
	assert_int_equal(err.code, -ENOMEM);
	assert_non_null(strstr(err.text, "traffic.duration"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_seqcheck),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_memory),
	};

	if (geteuid()) {
		print_message("needs root (CAP_BPF, CAP_NET_ADMIN)\n");
		return SKIP_STATUS;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
