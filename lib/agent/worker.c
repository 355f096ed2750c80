/* The worker process: one endpoint, its threads, and the requests about them; see worker.h. */
#include "worker.h"

#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "cpu_deal.h"
#include "json.h"
#include "plan.h"
#include "sampled.h"
#include "worker_bursts.h"

#define START_AHEAD_NS (2 * NSEC_PER_MSEC) /* so that all generators begin together */

struct worker_process {
	struct worker_shared *shared;
	struct endpoint ep;
	bool open;
	struct side_config side;
	void *config;
	struct device device;
	struct frame_template template;
	bool has_template;
	uint32_t family; /* enum frame_family */
	uint16_t vlan;
	uint32_t streams; /* of all paths of the run */
	uint64_t max_seq; /* bound of sequence numbers in a stream */
	uint32_t epoch;
	struct traffic_thread *tx, *rx;
	uint32_t n_tx, n_rx;
};

static void close_all(struct worker_process *w)
{
	uint32_t i;

	for (i = 0; i < w->n_tx; i++)
		traffic_stop(&w->tx[i]);
	for (i = 0; i < w->n_rx; i++) {
		traffic_stop(&w->rx[i]);
		if (!w->ep.ops->rx_checker)
			seqcheck_free(w->rx[i].check);
	}
	free(w->tx);
	free(w->rx);
	w->tx = w->rx = NULL;
	w->n_tx = w->n_rx = 0;
	if (w->open)
		endpoint_close(&w->ep);
	if (w->has_template)
		frame_template_free(&w->template);
	free(w->config);
	w->config = NULL;
	w->open = w->has_template = false;
}

static int make_template(struct worker_process *w, const json_t *tx, struct error *err)
{
	const json_t *mix = json_object_get(tx, "mix"), *part;
	struct frame_spec spec = {
		.family = w->family,
		.vlan = w->vlan,
		.dst_port = (uint16_t)json_u64(tx, "port", 0),
		.flows = (uint32_t)json_u64(tx, "flows", 0),
		.first_stream = (uint32_t)json_u64(tx, "first_stream", 0),
	};
	size_t i;
	int ret;

	json_array_foreach (mix, i, part) {
		if (spec.n_mix == FRAME_MIX_MAX)
			break;
		spec.mix[spec.n_mix++] = (struct frame_part){
			.size = (uint32_t)json_integer_value(json_array_get(part, 0)),
			.weight = (uint32_t)json_integer_value(json_array_get(part, 1)),
		};
	}
	memcpy(spec.src_mac, w->device.mac, 6);
	json_get_bytes(tx, "src_ip", spec.src_ip, FRAME_IP_LEN_MAX);
	json_get_bytes(tx, "dst_mac", spec.dst_mac, 6);
	json_get_bytes(tx, "dst_ip", spec.dst_ip, FRAME_IP_LEN_MAX);
	ret = frame_template_init(&w->template, &spec, err);
	w->has_template = !ret;
	return ret;
}

/*
 * Deal the side's queues out to its CPUs: thread i serves queues i, i + threads, ... and runs
 * on CPU FIRST + i of the list; of a side with both roles the sinks come after the generators.
 */
static struct traffic_thread *make_threads(struct worker_process *w, struct thread_stats *stats,
					   uint32_t first, uint32_t *n)
{
	uint32_t queues = (uint32_t)w->side.queues;
	bool one = stats == w->shared->rx && w->ep.ops->rx_checker;
	uint32_t threads = one ? 1 : cpu_deal_threads(&w->side.cpus, queues);
	struct traffic_thread *t = calloc(threads, sizeof(*t));
	uint32_t i, q;

	for (i = 0; t && i < threads; i++) {
		t[i].ep = &w->ep;
		t[i].cpu = cpu_deal(&w->side.cpus, first, i);
		t[i].stats = &stats[i];
		t[i].tx_queues = queues;
		t[i].idle = (enum idle_mode)w->side.idle;
		for (q = i; q < queues; q += threads)
			t[i].queues[t[i].n_queues++] = q;
		memset(t[i].stats, 0, sizeof(*t[i].stats));
	}
	*n = t ? threads : 0;
	return t;
}

static void describe_threads(const struct traffic_thread *t, uint32_t n, json_t *array)
{
	uint32_t i, q;

	for (i = 0; i < n; i++) {
		json_t *queues = json_array();

		for (q = 0; q < t[i].n_queues; q++)
			json_array_append_new(queues, json_integer(t[i].queues[q]));
		json_array_append_new(array,
				      json_pack("{s:i, s:o}", "cpu", t[i].cpu, "queues", queues));
	}
}

static int open_threads(struct worker_process *w, struct error *err)
{
	uint32_t i;

	if (w->ep.setup.tx)
		w->tx = make_threads(w, w->shared->tx, 0, &w->n_tx);
	if (w->ep.setup.rx)
		w->rx = make_threads(w, w->shared->rx, w->n_tx, &w->n_rx);
	if ((w->ep.setup.tx && !w->tx) || (w->ep.setup.rx && !w->rx))
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for threads");
	for (i = 0; i < w->n_rx; i++) {
		struct seqcheck **check = &w->rx[i].check;

		if (w->ep.ops->rx_checker)
			w->ep.ops->rx_checker(&w->ep, w->streams, w->max_seq, check, err);
		else
			*check = seqcheck_new(w->streams, w->max_seq, w->rx[i].n_queues, err);
		if (!*check)
			return err->code;
	}
	atomic_store(&w->shared->n_tx, w->n_tx);
	atomic_store(&w->shared->n_rx, w->n_rx);
	return 0;
}

/*
 * {values, device, streams, max_seq, frame_len, family, vlan, tx: {mix: [[size, weight], ...],
 * port, flows, first_stream, src_ip, dst_mac, dst_ip} | null, rx: {ip, port} | null}
 */
static int do_open(struct worker_process *w, const json_t *args, json_t **reply, struct error *err)
{
	const json_t *values = json_object_get(args, "values");
	const json_t *tx = json_object_get(args, "tx"), *rx = json_object_get(args, "rx");
	const struct endpoint_ops *ops;
	struct endpoint_setup setup = {.side = &w->side, .device = &w->device};
	json_t *effective, *threads;
	int ret;

	close_all(w);
	ret = knob_set_from_json(&side_knob_set, values, &w->side, err);
	if (ret)
		return ret;
	ops = endpoint_table[w->side.endpoint];
	if (ops->knobs) {
		w->config = calloc(1, ops->knobs->config_size);
		if (!w->config)
			return error_set(err, EX_OSERR, -ENOMEM, "no memory");
		ret = knob_set_from_json(ops->knobs, values, w->config, err);
	}
	if (!ret)
		ret = device_from_json(json_object_get(args, "device"), &w->device, err);
	w->family = (uint32_t)json_u64(args, "family", FRAME_IPV4);
	w->vlan = (uint16_t)json_u64(args, "vlan", 0);
	if (!ret && json_is_object(tx))
		ret = make_template(w, tx, err);
	if (ret)
		goto fail;
	if (w->has_template && w->template.spec.flows < w->side.queues) {
		ret = error_set(err, EX_DATAERR, -EINVAL,
				"%llu queues need as many flows or more, and traffic.flows is %u",
				(unsigned long long)w->side.queues, w->template.spec.flows);
		goto fail;
	}
	w->streams = (uint32_t)json_u64(args, "streams", 0);
	w->max_seq = json_u64(args, "max_seq", 0);
	setup.config = w->config;
	setup.family = w->family;
	setup.vlan = w->vlan;
	setup.tx = w->has_template ? &w->template : NULL;
	setup.frame_len = (uint32_t)json_u64(args, "frame_len", 0);
	setup.any_mtu = !setup.tx && strcmp(json_str(values, "nic.mtu", "keep"), "keep") != 0;
	if (json_is_object(rx)) {
		setup.rx = true;
		setup.rx_port = (uint16_t)json_u64(rx, "port", 0);
		json_get_bytes(rx, "ip", setup.rx_ip, FRAME_IP_LEN_MAX);
	}
	ret = endpoint_open(&w->ep, ops, &setup, err);
	if (ret)
		goto fail;
	w->open = true;
	ret = open_threads(w, err);
	if (ret)
		goto fail;
	effective = json_object();
	json_object_set_new(effective, "queues", json_integer((json_int_t)w->side.queues));
	if (setup.rx && w->side.pause_ns)
		json_object_set_new(
			effective, "pause",
			json_sprintf("%llu us", (unsigned long long)w->side.pause_ns / 1000));
	if (ops->describe)
		ops->describe(&w->ep, effective);
	threads = json_array();
	describe_threads(w->tx, w->n_tx, threads);
	describe_threads(w->rx, w->n_rx, threads);
	*reply = json_pack("{s:s, s:o, s:o}", "mode", w->ep.mode, "effective", effective, "threads",
			   threads);
	return 0;
fail:
	close_all(w);
	return ret;
}

/* {timeout_ns}: wait until frames can flow; both ends are open. */
static int do_wait_link(struct worker_process *w, const json_t *args, json_t **reply,
			struct error *err)
{
	return endpoint_wait_link(&w->ep, json_u64(args, "timeout_ns", 0), err);
}

/* {epoch}: from now on frames of this epoch are ours. The sinks must be stopped. */
static int do_trial(struct worker_process *w, const json_t *args, json_t **reply, struct error *err)
{
	struct stamp_expect expect = {.streams = w->streams, .max_seq = w->max_seq};
	uint32_t i;

	w->epoch = (uint32_t)json_u64(args, "epoch", 0);
	expect.head = stamp_head_wire(w->epoch);
	for (i = 0; i < w->n_rx; i++) {
		seqcheck_reset(w->rx[i].check, w->epoch);
		memset(w->rx[i].stats, 0, sizeof(*w->rx[i].stats));
	}
	for (i = 0; i < w->n_tx; i++)
		memset(w->tx[i].stats, 0, sizeof(*w->tx[i].stats));
	return w->ep.ops->expect ? w->ep.ops->expect(&w->ep, &expect, err) : 0;
}

/* {read_on}: without the pauses that the plan asks for: in the warm-up, or to read what is left. */
static int do_rx_start(struct worker_process *w, const json_t *args, json_t **reply,
		       struct error *err)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; !ret && i < w->n_rx; i++) {
		w->rx[i].pause_ns = json_flag(args, "read_on", false) ? 0 : w->side.pause_ns;
		ret = sink_start(&w->rx[i], err);
	}
	return ret;
}

static void stop_all(struct traffic_thread *t, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		traffic_stop(&t[i]);
}

/*
 * {rate_pps (absent: max), frames, duration_ns, warm_up}: the side's totals, shared out by
 * queues. frames is the exact number of a paced trial, the bound of one at max.
 */
static int do_tx_start(struct worker_process *w, const json_t *args, json_t **reply,
		       struct error *err)
{
	double rate = json_num(args, "rate_pps", INFINITY);
	uint64_t frames = json_u64(args, "frames", 0);
	uint64_t start = clock_ns() + START_AHEAD_NS;
	uint32_t run = json_flag(args, "warm_up", false) ? 1 : w->ep.ops->tx_run;
	uint64_t given = 0, queues_seen = 0;
	uint32_t i;
	int ret = 0;

	stop_all(w->tx, w->n_tx);
	/* a run longer than 1 ms of the rate would leave flows out of short trials */
	if (!isinf(rate) && run > rate / 1000)
		run = rate / 1000 < 1 ? 1 : (uint32_t)(rate / 1000);
	for (i = 0; !ret && i < w->n_tx; i++) {
		struct traffic_thread *t = &w->tx[i];
		uint64_t upto;

		queues_seen += t->n_queues;
		upto = (uint64_t)((unsigned __int128)frames * queues_seen / w->side.queues);
		t->schedule = (struct schedule){
			.start_ns = start,
			.duration_ns = json_u64(args, "duration_ns", 0),
			.rate_pps = rate * t->n_queues / (double)w->side.queues,
			.frames = upto - given,
			.head = stamp_head_wire(w->epoch),
			.run = run,
		};
		given = upto;
		memset(t->sent, 0, sizeof(t->sent));
		ret = generator_start(t, err);
	}
	return ret;
}

static int do_tx_stop(struct worker_process *w, const json_t *args, json_t **reply,
		      struct error *err)
{
	stop_all(w->tx, w->n_tx);
	return 0;
}

/*
 * How the frames that were accepted since tx_start were dealt out to flows: {"run", "sent": frames
 * by queue}. The generators must be stopped.
 */
static int do_dealt(struct worker_process *w, const json_t *args, json_t **reply, struct error *err)
{
	uint64_t sent[ENDPOINT_QUEUES_MAX] = {0};
	json_t *list = json_array();
	uint32_t i, k;

	for (i = 0; i < w->n_tx; i++)
		for (k = 0; k < w->tx[i].n_queues; k++)
			sent[w->tx[i].queues[k]] = w->tx[i].sent[k];
	for (i = 0; w->n_tx && i < w->side.queues; i++)
		json_array_append_new(list, json_integer((json_int_t)sent[i]));
	*reply = json_pack("{s:i, s:o}", "run", w->n_tx ? (int)w->tx[0].schedule.run : 1, "sent",
			   list);
	return 0;
}

static int do_rx_stop(struct worker_process *w, const json_t *args, json_t **reply,
		      struct error *err)
{
	stop_all(w->rx, w->n_rx);
	return 0;
}

/* The endpoint's own counters that are rows, or of these the SAMPLED ones. NULL with *err. */
static json_t *read_counters(struct worker_process *w, bool sampled, struct error *err)
{
	const struct endpoint_ops *ops = w->ep.ops;
	struct sample *samples = calloc(ops->n_counters ? ops->n_counters : 1, sizeof(*samples));
	uint64_t now = clock_ns();
	json_t *counters;
	size_t i, n = 0;

	if (!samples) {
		error_set(err, EX_OSERR, -ENOMEM, "no memory for samples");
		return NULL;
	}
	for (i = 0; i < ops->n_counters; i++)
		samples[i] = (struct sample){
			.def = &ops->counters[i], .state = SAMPLE_UNSUPPORTED, .time_ns = now};
	if (ops->stats)
		ops->stats(&w->ep, samples);
	for (i = 0; i < ops->n_counters; i++)
		if (!sampled || sampled_of_endpoint(samples[i].def))
			samples[n++] = samples[i];
	counters = snapshot_json(samples, n);
	free(samples);
	return counters;
}

/* The endpoint's counters as {"counters": {id: value | state}}. */
static int do_stats(struct worker_process *w, const json_t *args, json_t **reply, struct error *err)
{
	json_t *counters = read_counters(w, false, err);

	if (!counters)
		return err->code;
	if (w->ep.ops->more_stats)
		w->ep.ops->more_stats(&w->ep, counters);
	*reply = json_pack("{s:o}", "counters", counters);
	return 0;
}

/* Of these the few that are read while the threads run. */
static int do_sample(struct worker_process *w, const json_t *args, json_t **reply,
		     struct error *err)
{
	json_t *counters = read_counters(w, true, err);

	if (!counters)
		return err->code;
	*reply = json_pack("{s:o}", "counters", counters);
	return 0;
}

static json_t *result_json(const struct seqcheck_result *r)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i}", "frames",
			 (json_int_t)r->frames, "unique", (json_int_t)r->unique, "duplicate",
			 (json_int_t)r->duplicate, "reordered", (json_int_t)r->reordered, "corrupt",
			 (json_int_t)r->corrupt, "stale", (json_int_t)r->stale, "foreign",
			 (json_int_t)r->foreign, "streams_seen", (int)r->streams_seen);
}

/*
 * {ranges: [[first, count], ...], dealt: [{run, sent}, ...] of their generators}: {"all": {...},
 * "ranges": [{..., "bursts", "gaps", "queue_bursts", "queue_gaps"}, ...]}. Sinks must be stopped.
 */
static int do_result(struct worker_process *w, const json_t *args, json_t **reply,
		     struct error *err)
{
	struct seqcheck *parts[TRAFFIC_THREADS_MAX];
	struct seqcheck_result r;
	json_t *ranges = json_array(), *all = NULL, *range;
	const json_t *dealt = json_object_get(args, "dealt");
	uint32_t i;
	size_t k;
	int ret;

	for (i = 0; i < w->n_rx; i++)
		parts[i] = w->rx[i].check;
	ret = seqcheck_merge(parts, w->n_rx, 0, w->streams, &r, err);
	if (!ret)
		all = result_json(&r);
	json_array_foreach (json_object_get(args, "ranges"), k, range) {
		uint32_t first = (uint32_t)json_integer_value(json_array_get(range, 0));
		uint32_t count = (uint32_t)json_integer_value(json_array_get(range, 1));
		json_t *result;

		if (ret)
			break;
		ret = seqcheck_merge(parts, w->n_rx, first, count, &r, err);
		if (ret)
			break;
		result = result_json(&r);
		json_array_append_new(ranges, result);
		ret = worker_add_bursts(parts, w->n_rx, first, count, json_array_get(dealt, k),
					result, err);
	}
	if (ret) {
		json_decref(ranges);
		json_decref(all);
		return ret;
	}
	*reply = json_pack("{s:o, s:o}", "all", all, "ranges", ranges);
	return 0;
}

static int do_close(struct worker_process *w, const json_t *args, json_t **reply, struct error *err)
{
	close_all(w);
	return 0;
}

static const struct {
	const char *op;
	bool needs_open;
	int (*run)(struct worker_process *w, const json_t *args, json_t **reply, struct error *err);
} requests[] = {
	{"open", false, do_open},          {"trial", true, do_trial},
	{"wait_link", true, do_wait_link}, {"rx_start", true, do_rx_start},
	{"tx_start", true, do_tx_start},   {"tx_stop", true, do_tx_stop},
	{"rx_stop", true, do_rx_stop},     {"stats", true, do_stats},
	{"result", true, do_result},       {"dealt", true, do_dealt},
	{"sample", true, do_sample},       {"close", false, do_close},
};

static int serve(struct worker_process *w, const json_t *request, json_t **reply, struct error *err)
{
	const char *op = json_str(request, "op", "");
	size_t i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (strcmp(op, requests[i].op))
			continue;
		if (requests[i].needs_open && !w->open)
			return error_set(err, EX_SOFTWARE, -EBADFD,
					 "the worker has no endpoint open for \"%s\"", op);
		return requests[i].run(w, request, reply, err);
	}
	return error_set(err, EX_PROTOCOL, -EPROTO, "the worker knows no request \"%s\"", op);
}

int worker_main(int fd, struct worker_shared *shared)
{
	struct worker_process w = {.shared = shared};
	struct error err = {0};
	struct channel ch;
	json_t *request;
	int ret;

	if (channel_init(&ch, fd, fd, "the agent", &err))
		return EX_OSERR;
	while ((request = channel_receive(&ch, -1, -1, &err))) {
		json_t *reply = NULL;
		struct error why = {0};

		ret = serve(&w, request, &reply, &why);
		if (ret)
			ret = channel_reply_error(&ch, request, &why, &err);
		else
			ret = channel_reply(&ch, request, reply, &err);
		json_decref(request);
		if (ret)
			break;
	}
	close_all(&w);
	channel_free(&ch);
	return 0;
}
