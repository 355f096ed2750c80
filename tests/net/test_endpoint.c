/*
 * The contract of lib/endpoint/endpoint.h, the same test for every row of endpoint_table:
 * those with a device in a lab, generator at one end and sink at the other; those
 * that loop to themselves inside the process.
 */
#include "nettest.h"

#include <dirent.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "claim.h"
#include "clock.h"
#include "endpoint.h"
#include "netns.h"
#include "seqcheck.h"

#define FLOWS 8
#define FRAMES 2000
#define EPOCH 4711
#define MAX_SEQ 100000
#define PATIENCE_NS (5 * NSEC_PER_SEC)
#define CONFIG_MAX 1024

/* What frames look like. */
struct form {
	uint32_t size; /* with FCS; of a mix the largest */
	uint32_t family;
	uint16_t vlan;
	bool mixed;
};

/* One endpoint under test, in the namespace of its end of the lab. */
struct bench {
	const struct endpoint_ops *ops;
	struct lab_end *end; /* NULL: no device */
	struct side_config side;
	_Alignas(16) uint8_t config[CONFIG_MAX];
	struct device device;
	struct frame_template template;
	struct endpoint ep;
	bool tx, rx;
	struct form form;
	bool sees_others;         /* ARP and the like reach it, too */
	const char *knob, *value; /* of the endpoint, if not all are as they are by default */
	uint64_t queues;
	struct seqcheck *check; /* the endpoint's own */
	int ret;                /* of the open */
	struct error err;
};

static struct lab lab;
static bool lab_has_ip6;
static const uint8_t ip6[2][16] = {{0x20, 0x01, 0, 2, [15] = 1}, {0x20, 0x01, 0, 2, [15] = 2}};

static int open_inside(void *arg)
{
	struct bench *b = arg;
	struct frame_spec spec = {.size = b->form.size,
				  .family = b->form.family,
				  .vlan = b->form.vlan,
				  .dst_port = 9,
				  .flows = FLOWS};
	struct endpoint_setup setup = {.side = &b->side,
				       .config = b->config,
				       .device = &b->device,
				       .rx = b->rx,
				       .rx_port = 9,
				       .family = b->form.family,
				       .vlan = b->form.vlan,
				       .frame_len = b->form.size - FRAME_FCS_LEN};
	char name[IFNAMSIZ + 8] = "";

	if (b->form.mixed) {
		spec.n_mix = 3;
		spec.mix[0] = (struct frame_part){100, 5};
		spec.mix[1] = (struct frame_part){b->form.size, 2};
		spec.mix[2] = (struct frame_part){b->form.size / 2, 1};
	}
	knob_set_defaults(&side_knob_set, &b->side);
	b->side.queues = b->queues;
	if (b->ops->knobs)
		knob_set_defaults(b->ops->knobs, b->config);
	if (b->knob)
		ok(knob_parse(knob_find(b->ops->knobs, b->knob), b->value, b->config, &b->err),
		   &b->err);
	if (b->end)
		snprintf(name, sizeof(name), "net:%s", b->end->ifname);
	ok(device_resolve(name, &b->device, &b->err), &b->err);
	memcpy(spec.src_mac, lab.end[0].mac, 6);
	memcpy(spec.dst_mac, lab.end[1].mac, 6);
	if (b->form.family == FRAME_IPV6) {
		memcpy(spec.src_ip, ip6[0], 16);
		memcpy(spec.dst_ip, ip6[1], 16);
		memcpy(setup.rx_ip, ip6[1], 16);
	} else {
		memcpy(spec.src_ip, b->end ? b->end->ip : lab.end[0].ip, 4);
		memcpy(spec.dst_ip, lab.end[1].ip, 4);
		memcpy(setup.rx_ip, lab.end[1].ip, 4);
	}
	if (b->tx) {
		ok(frame_template_init(&b->template, &spec, &b->err), &b->err);
		setup.tx = &b->template;
	}
	b->ret = endpoint_open(&b->ep, b->ops, &setup, &b->err);
	if (b->ret || !b->rx || !b->ops->rx_checker)
		return 0;
	b->ret = b->ops->rx_checker(&b->ep, FLOWS, MAX_SEQ, &b->check, &b->err);
	if (b->ret)
		endpoint_close(&b->ep);
	return 0;
}

static int open_bench(struct bench *b)
{
	struct error err;

	if (b->end)
		ok(netns_call(b->end->netns, open_inside, b, &err), &err);
	else
		open_inside(b);
	return b->ret;
}

static int close_inside(void *arg)
{
	endpoint_close(&((struct bench *)arg)->ep);
	return 0;
}

static void close_bench(struct bench *b)
{
	struct error err;

	if (!b->ret && b->end)
		ok(netns_call(b->end->netns, close_inside, b, &err), &err);
	else if (!b->ret)
		close_inside(b);
	if (b->tx)
		frame_template_free(&b->template);
}

static int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Buffers hold the template, are distinct, and come to nothing unless committed. */
static void check_reserve(struct bench *b)
{
	uint8_t *frames[ENDPOINT_BURST];
	uint64_t refused = 0;
	uint32_t n, i, k;

	n = b->ops->tx_reserve(&b->ep, 0, frames, ENDPOINT_BURST, &refused);
	assert_in_range(n, 1, ENDPOINT_BURST);
	assert_int_equal(b->ops->tx_reserve(&b->ep, 0, frames, 1, &refused), 1);
	n = b->ops->tx_reserve(&b->ep, 0, frames, ENDPOINT_BURST, &refused);
	for (i = 0; i < n; i++) {
		assert_memory_equal(frames[i], b->template.bytes, FRAME_ETH_LEN + FRAME_IPV4_LEN);
		for (k = 0; k < i; k++)
			assert_ptr_not_equal(frames[i], frames[k]);
	}
	assert_int_equal(b->ops->tx_commit(&b->ep, 0, NULL, 0, &refused), 0);
	assert_int_equal(refused, 0);
}

/* The next N frames from number FIRST on; returns how many the endpoint took. */
static uint32_t send_frames(struct bench *tx, uint64_t first, uint32_t n, uint64_t *refused)
{
	const struct frame_template *t = &tx->template;
	const uint32_t head = stamp_head_wire(EPOCH);
	uint32_t len[ENDPOINT_BURST], wanted = n, i;
	uint8_t *frames[ENDPOINT_BURST];

	if (tx->ops->tx_make) {
		const struct tx_batch batch = {
			.first = first, .n = n, .flows = FLOWS, .queues = 1, .head = head};

		return tx->ops->tx_make(&tx->ep, 0, &batch, refused);
	}
	n = tx->ops->tx_reserve(&tx->ep, 0, frames, wanted, refused);
	assert_in_range(n, 0, wanted);
	for (i = 0; i < n; i++) {
		uint32_t flow = (uint32_t)((first + i) % FLOWS);
		uint64_t seq = (first + i) / FLOWS;

		if (tx->form.mixed)
			len[i] = frame_write_sized(t, frames[i], frame_size_index(t, flow, seq),
						   flow, head, seq, 0);
		else
			frame_write(t, frames[i], flow, head, seq, 0);
	}
	return n ? tx->ops->tx_commit(&tx->ep, 0, tx->form.mixed ? len : NULL, n, refused) : 0;
}

/* What has arrived, into CHECK. */
static void receive_frames(struct bench *rx, struct seqcheck *check)
{
	const uint8_t *payload[ENDPOINT_BURST];
	uint32_t len[ENDPOINT_BURST], n;

	if (rx->ops->rx_totals) {
		rx->ops->rx_totals(&rx->ep);
		return;
	}
	n = rx->ops->rx(&rx->ep, 0, payload, len, ENDPOINT_BURST);
	assert_in_range(n, 0, ENDPOINT_BURST);
	if (!n)
		return;
	seqcheck_burst(check, 0, payload, len, n);
	rx->ops->rx_release(&rx->ep, 0);
}

/* Send and receive in turns, so that no ring or buffer overruns. */
static void carry_frames(struct bench *tx, struct bench *rx, struct seqcheck *check)
{
	const struct seqcheck_result *totals = seqcheck_totals(check);
	uint64_t deadline = clock_ns() + PATIENCE_NS, sent = 0, refused = 0;

	while ((sent < FRAMES || totals->frames < FRAMES) && clock_ns() < deadline) {
		/* a socket's receive buffer holds a dozen of the largest */
		uint32_t most = tx->form.size > 2048 ? 4 : 16;
		uint32_t wanted = FRAMES - sent < most ? (uint32_t)(FRAMES - sent) : most;

		if (wanted)
			sent += send_frames(tx, sent, wanted, &refused);
		receive_frames(rx, check);
	}
	assert_int_equal(sent, FRAMES);
	assert_int_equal(refused, 0);
	while (tx->ops->tx_drain && !tx->ops->tx_drain(&tx->ep, 0, &refused))
		assert_true(clock_ns() < deadline);
	assert_int_equal(refused, 0);
}

/* Counters have a state each, none of them FAILED, and the sink has seen no loss. */
static void check_stats(struct bench *b)
{
	struct sample samples[64];
	json_t *effective = json_object();
	size_t i;

	assert_in_range(b->ops->n_counters, 1, 64);
	for (i = 0; i < b->ops->n_counters; i++)
		samples[i] =
			(struct sample){.def = &b->ops->counters[i], .state = SAMPLE_UNSUPPORTED};
	b->ops->stats(&b->ep, samples);
	for (i = 0; i < b->ops->n_counters; i++) {
		assert_int_not_equal(samples[i].state, SAMPLE_FAILED);
		if (samples[i].def->kind == COUNTER_LOSS && samples[i].state == SAMPLE_OK &&
		    samples[i].value)
			fail_msg("%s is %llu", samples[i].def->id,
				 (unsigned long long)samples[i].value);
	}
	if (b->ops->describe)
		b->ops->describe(&b->ep, effective);
	assert_non_null(b->ep.mode);
	json_decref(effective);
}

static void check_pair(struct bench *tx, struct bench *rx)
{
	struct stamp_expect expect = {
		.head = stamp_head_wire(EPOCH), .streams = FLOWS, .max_seq = MAX_SEQ};
	struct error err = {0};
	struct seqcheck *check = rx->check ? rx->check : seqcheck_new(FLOWS, MAX_SEQ, 1, &err);
	struct seqcheck_result result;

	assert_non_null(check);
	seqcheck_reset(check, EPOCH);
	if (rx->ops->expect)
		ok(rx->ops->expect(&rx->ep, &expect, &err), &err);
	if (tx->ops->tx_reserve)
		check_reserve(tx);
	carry_frames(tx, rx, check);
	ok(seqcheck_merge(&check, 1, 0, FLOWS, &result, &err), &err);
	if (result.unique != FRAMES)
		fail_msg("%s to %s, %u bytes: %llu frames, %llu unique, %llu corrupt, %llu foreign",
			 tx->ops->name, rx->ops->name, tx->form.size,
			 (unsigned long long)result.frames, (unsigned long long)result.unique,
			 (unsigned long long)result.corrupt, (unsigned long long)result.foreign);
	assert_int_equal(result.frames, FRAMES);
	assert_int_equal(result.stale + result.corrupt, 0);
	if (!rx->sees_others)
		assert_int_equal(result.foreign, 0);
	assert_int_equal(result.streams_seen, FLOWS);
	check_stats(rx);
	if (tx != rx)
		check_stats(tx);
	if (!rx->check)
		seqcheck_free(check);
}

static int set_gro(void *arg)
{
	struct ethtool_value value = {.cmd = ETHTOOL_SGRO, .data = *(uint32_t *)arg};
	struct ifreq request = {.ifr_data = (void *)&value};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", lab.end[1].ifname);
	ret = ioctl(fd, SIOCETHTOOL, &request) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* GRO of the sink's device, which gives a veth NAPI. */
static void gro(uint32_t on)
{
	struct error err = {0};

	ok(netns_call(lab.end[1].netns, set_gro, &on, &err), &err);
}

static int wait_inside(void *arg)
{
	struct bench *b = arg;

	return b->ops->wait_link ? b->ops->wait_link(&b->ep, NSEC_PER_SEC / 5, &b->err) : 0;
}

/*
 * Both ends are ready. Where the sink gives the device nothing that takes XDP frames, the
 * generator says what would: then that is done, and it holds. True: GRO is on now.
 */
static bool wait_link(struct bench *tx, struct bench *rx)
{
	struct error err = {0};
	int ret;

	ok(netns_call(rx->end->netns, wait_inside, rx, &err), &rx->err);
	ret = netns_call(tx->end->netns, wait_inside, tx, &err);
	if (ret != -EOPNOTSUPP) {
		ok(ret, &tx->err);
		return false;
	}
	assert_non_null(strstr(tx->err.text, "gro on"));
	gro(1);
	ok(netns_call(tx->end->netns, wait_inside, tx, &err), &tx->err);
	return true;
}

static bool takes_device(const struct endpoint_ops *ops)
{
	return ops->caps & (ENDPOINT_NEEDS_DEVICE | ENDPOINT_TAKES_DEVICE);
}

/* Some take no frames larger than a page, and say what to change. */
static bool open_or_refuse(struct bench *b)
{
	bool dpdk = !strcmp(b->ops->name, "dpdk");

	if (open_bench(b) != -EMSGSIZE || (!dpdk && !(b->tx && b->ops->tx_make))) {
		ok(b->ret, &b->err);
		return true;
	}
	assert_true(b->form.size > 3000);
	assert_non_null(strstr(b->err.text, dpdk ? "pmd = net_af_packet" : "traffic.frame"));
	return false;
}

static void test_pairs(void **state)
{
	static const struct form forms[] = {
		{64},
		{65},
		{1518},
		{2049},
		{4096},
		{9018},
		{68, .vlan = 100},
		{84, .family = FRAME_IPV6},
		{1518, .family = FRAME_IPV6, .vlan = 4094},
		{1518, .mixed = true},
		{9018, .mixed = true},
		{1518, .family = FRAME_IPV6, .mixed = true},
	};
	size_t t, r, s;

	for (t = 0; endpoint_table[t]; t++) {
		for (r = 0; endpoint_table[r]; r++) {
			for (s = 0; s < sizeof(forms) / sizeof(forms[0]); s++) {
				struct bench tx = {.ops = endpoint_table[t],
						   .end = &lab.end[0],
						   .tx = true,
						   .form = forms[s],
						   .queues = 1};
				struct bench rx = {.ops = endpoint_table[r],
						   .end = &lab.end[1],
						   .rx = true,
						   .form = forms[s],
						   .queues = 1};
				int fds = open_fds();
				bool napi;

				if (!takes_device(tx.ops) || !takes_device(rx.ops))
					continue;
				/*
				 * a stack's sockets know tags only as a device of their own, and
				 * IPv6 where the kernel has it
				 */
				if ((forms[s].vlan || (forms[s].family && !lab_has_ip6)) &&
				    (tx.ops->caps | rx.ops->caps) & ENDPOINT_NEEDS_IP)
					continue;
				if (open_or_refuse(&rx)) {
					if (open_or_refuse(&tx)) {
						napi = wait_link(&tx, &rx);
						check_pair(&tx, &rx);
						if (napi)
							gro(0);
					}
					close_bench(&tx);
				}
				close_bench(&rx);
				assert_int_equal(open_fds(), fds);
			}
		}
	}
}

static void test_loops(void **state)
{
	size_t i;

	for (i = 0; endpoint_table[i]; i++) {
		struct bench both = {.ops = endpoint_table[i],
				     .tx = true,
				     .rx = true,
				     .form = {64},
				     .queues = 1};

		if (!(both.ops->caps & ENDPOINT_LOOPS))
			continue;
		ok(open_bench(&both), &both.err);
		check_pair(&both, &both);
		close_bench(&both);
	}
}

/* A queue that was just closed can be had again at once. */
static void test_open_again(void **state)
{
	size_t i;
	int round;

	for (i = 0; endpoint_table[i]; i++) {
		for (round = 0; round < 10; round++) {
			struct bench b = {.ops = endpoint_table[i],
					  .end = &lab.end[1],
					  .rx = true,
					  .tx = round % 2,
					  .form = {64},
					  .queues = 1};

			ok(open_bench(&b), &b.err);
			close_bench(&b);
		}
	}
}

/* Needs that are not met: an error with a remedy, and nothing left open. */
static void test_refusals(void **state)
{
	size_t i;

	for (i = 0; endpoint_table[i]; i++) {
		struct bench none = {
			.ops = endpoint_table[i], .rx = true, .form = {64}, .queues = 1};
		struct bench jumbo = {.ops = endpoint_table[i],
				      .end = &lab.end[1],
				      .rx = true,
				      .form = {9019},
				      .queues = 1};
		int fds = open_fds();

		if (!takes_device(endpoint_table[i]))
			continue;
		assert_int_equal(open_bench(&none), -ENODEV);
		assert_non_null(strstr(none.err.text, "device = net:"));
		close_bench(&none);
		assert_int_equal(open_bench(&jumbo), -EMSGSIZE);
		assert_non_null(strstr(jumbo.err.text, "mtu 9001"));
		close_bench(&jumbo);
		assert_int_equal(open_fds(), fds);
	}
}

/* More queues than the device has are refused where a queue is the device's. */
static void test_too_many_queues(void **state)
{
	static const char *const names[] = {"af_xdp", "dpdk"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct bench b = {.ops = endpoint_find(names[i]),
				  .end = &lab.end[1],
				  .rx = true,
				  .form = {64},
				  .queues = 2};
		int fds = open_fds();

		assert_int_equal(open_bench(&b), -ERANGE);
		assert_non_null(strstr(b.err.text, "ethtool -L"));
		close_bench(&b);
		assert_int_equal(open_fds(), fds);
	}
}

/* The other driver of DPDK's for an interface; it takes any size. */
static void test_dpdk_af_packet(void **state)
{
	static const struct form forms[] = {{64},
					    {1518},
					    {9018},
					    {68, .vlan = 100},
					    {1518, .family = FRAME_IPV6, .vlan = 4094},
					    {9018, .mixed = true}};
	size_t s;

	for (s = 0; s < sizeof(forms) / sizeof(forms[0]); s++) {
		struct bench tx = {.ops = endpoint_find("dpdk"),
				   .end = &lab.end[0],
				   .tx = true,
				   .form = forms[s],
				   .knob = "pmd",
				   .value = "net_af_packet",
				   .queues = 1};
		struct bench rx = tx;
		int fds = open_fds();

		rx.end = &lab.end[1];
		rx.tx = false;
		rx.rx = true;
		rx.sees_others = true;
		ok(open_bench(&rx), &rx.err);
		ok(open_bench(&tx), &tx.err);
		check_pair(&tx, &rx);
		close_bench(&tx);
		close_bench(&rx);
		assert_int_equal(open_fds(), fds);
	}
}

static int claim_inside(void *arg)
{
	struct device device;
	struct error *err = arg;
	int ret = device_resolve("net:rl-rx0", &device, err);

	return ret ? ret : device_claim(&device, err);
}

/* An interface has one user, in each namespace one, and none once that has gone. */
static void test_claim(void **state)
{
	struct error err = {0};
	int fd = netns_call(lab.end[1].netns, claim_inside, &err, &err);

	assert_true(fd >= 0);
	assert_int_equal(netns_call(lab.end[1].netns, claim_inside, &err, &err), -EBUSY);
	assert_non_null(strstr(err.text, "rl-rx0"));
	close(fd);
	fd = netns_call(lab.end[1].netns, claim_inside, &err, &err);
	assert_true(fd >= 0);
	close(fd);
}

/* Nobody joins the sockets of another sink, and takes its datagrams and its program away. */
static void test_port_taken(void **state)
{
	struct bench first = {.ops = endpoint_find("udp"),
			      .end = &lab.end[1],
			      .rx = true,
			      .form = {64},
			      .queues = 2};
	struct bench second = first;

	ok(open_bench(&first), &first.err);
	assert_int_equal(open_bench(&second), -EADDRINUSE);
	assert_non_null(strstr(second.err.text, "ss -ulnp"));
	close_bench(&second);
	close_bench(&first);
}

/* Hot functions are called by a thread that is pinned. */
static void pin(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	CPU_ZERO(&set);
	CPU_SET(cpu < 0 ? 0 : cpu, &set);
	assert_int_equal(sched_setaffinity(0, sizeof(set), &set), 0);
}

static int resolve_inside(void *arg)
{
	struct error err;

	return device_resolve("net:rl-rx0", arg, &err);
}

static int bring_up(void **state)
{
	struct bench first = {.ops = endpoint_find("dpdk"),
			      .end = &lab.end[0],
			      .rx = true,
			      .form = {64},
			      .queues = 1};
	struct device device;
	struct error err;

	pin();
	setup(state);
	ok(lab_up(&lab, ids[0], 1, 1, 9000, NULL, &err), &err);
	ok(netns_call(lab.end[1].netns, resolve_inside, &device, &err), &err);
	lab_has_ip6 = device.has_ip6;
	/* DPDK's EAL stays for good once it is there, with its descriptors */
	ok(open_bench(&first), &first.err);
	close_bench(&first);
	return 0;
}

static int take_down(void **state)
{
	return teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),           cmocka_unit_test(test_loops),
		cmocka_unit_test(test_open_again),      cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_too_many_queues), cmocka_unit_test(test_claim),
		cmocka_unit_test(test_port_taken),      cmocka_unit_test(test_dpdk_af_packet),
	};

	if (skip_without_root())
		return SKIP_STATUS;
	return cmocka_run_group_tests(tests, bring_up, take_down);
}
