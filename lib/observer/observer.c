/* Loading, attaching and reading; see observer.h. */
#include "observer.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "calibrate.h"
#include "groups.h"
#include "json.h"
#include "kernel.h"
#include "observe.skel.h"
#include "observed.h"
#include "seen.h"

#define CALIBRATE_EVENTS 1000
#define PASSED 2 /* counters at the end of the table: of frames that passed */

/* ---- loading ---- */

/* What differs between kernels; see the constants of the programs. */
static int fit_to_kernel(struct observer *o, struct error *err)
{
	int arguments = kernel_tracepoint_arguments(o->kernel, "kfree_skb");

	if (arguments < 0)
		return error_set(err, EX_UNAVAILABLE, -ENOTSUP,
				 "this kernel has no tracepoint skb:kfree_skb");
	o->skel->rodata->has_reason = arguments >= 3;
	o->skel->rodata->has_socket = arguments >= 4;
	o->skel->rodata->has_udp_skb =
		kernel_tracepoint_arguments(o->kernel, "udp_fail_queue_rcv_skb") >= 3;
	/* offered to tracepoints since the same version that kfree_skb has its socket */
	o->skel->rodata->has_dynptr =
		arguments >= 4 && kernel_has_function(o->kernel, "bpf_dynptr_from_skb");
	bpf_program__set_autoload(o->skel->progs.observe_stack, o->mode == OBSERVER_MODE_FULL);
	return o->mode == OBSERVER_MODE_HOST ? host_fit(o, err) : 0;
}

static int load(struct observer *o, struct error *err)
{
	int ret;

	o->skel = observe__open();
	if (!o->skel)
		return error_set(err, EX_OSERR, -errno, "cannot open the observer's programs: %s",
				 strerror(errno));
	ret = fit_to_kernel(o, err);
	if (ret)
		return ret;
	ret = observe__load(o->skel);
	if (!ret)
		ret = observe__attach(o->skel);
	if (ret)
		return error_set(err, ret == -EPERM ? EX_NOPERM : EX_UNAVAILABLE, ret,
				 "the kernel does not take the observer's programs: %s%s",
				 strerror(-ret), ret == -EPERM ? "; run as root" : "");
	return 0;
}

/* ---- what an event costs ---- */

static void watch_namespace(void *ctx, uint32_t netns)
{
	struct observer *o = ctx;

	o->skel->bss->netns = netns;
}

static int run_statistics(struct observer *o, uint64_t *ns, uint64_t *count)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(o->skel->progs.observe_drop), &info, &len))
		return -errno;
	*ns = info.run_time_ns;
	*count = info.run_cnt;
	return 0;
}

/*
 * The kernel's run-time statistics cost every BPF program of the machine two reads of the
 * clock, so they are on only for this, not in a trial.
 */
static void measure_cost(struct observer *o)
{
	uint64_t ns[2], count[2];
	int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);

	if (stats < 0)
		return;
	o->skel->bss->expect = calibrate_expect;
	o->skel->bss->streams[OBSERVER_RX].count = calibrate_expect.streams;
	if (!run_statistics(o, &ns[0], &count[0]) &&
	    !calibrate_drop(CALIBRATE_EVENTS, watch_namespace, o) &&
	    !run_statistics(o, &ns[1], &count[1]) && count[1] - count[0] >= CALIBRATE_EVENTS)
		o->ns_per_event = (double)(ns[1] - ns[0]) / (double)(count[1] - count[0]);
	close(stats);
}

static int open_mode(enum observer_mode mode, int ifindex, struct observer **observer,
		     struct error *err)
{
	struct observer *o = calloc(1, sizeof(*o));
	int ret;

	if (!o)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for the observer");
	o->mode = mode;
	o->ifindex = ifindex;
	o->cpus = libbpf_num_possible_cpus();
	ret = kernel_open(&o->kernel, err);
	if (!ret)
		ret = load(o, err);
	if (ret) {
		observer_close(o);
		return ret;
	}
	*observer = o;
	return 0;
}

int observer_open(enum observer_mode mode, int ifindex, struct observer **observer,
		  struct error *err)
{
	struct observer *o;
	int ret = open_mode(mode, ifindex, &o, err);

	if (ret)
		return ret;
	measure_cost(o);
	o->skel->bss->ifindex = ifindex;
	o->skel->bss->netns = calibrate_netns();
	*observer = o;
	return 0;
}

int observer_open_host(struct observer **observer, struct error *err)
{
	return open_mode(OBSERVER_MODE_HOST, 0, observer, err);
}

void observer_close(struct observer *observer)
{
	if (!observer)
		return;
	observe__destroy(observer->skel);
	kernel_close(observer->kernel);
	free(observer);
}

/* ---- reading ---- */

/* Since the trial began. False: not known, and then nothing is known to be whole. */
static bool missed_in_trial(const struct observer *o, uint64_t *missed)
{
	bool known = seen_missed(o, missed) && o->missed_known;

	*missed -= o->missed;
	return known;
}

/* Keys of earlier trials would fill the table in time. */
static void forget_events(const struct observer *o)
{
	int fd = bpf_map__fd(o->skel->maps.events);
	struct observer_key key;

	for (int i = 0; i < OBSERVER_KEYS_MAX && !bpf_map_get_next_key(fd, NULL, &key); i++)
		if (bpf_map_delete_elem(fd, &key))
			return;
}

void observer_expect(struct observer *observer, const struct observer_expect *expect)
{
	observer->skel->bss->expect = expect->stamp;
	observer->skel->bss->streams[OBSERVER_TX] = expect->tx;
	observer->skel->bss->streams[OBSERVER_RX] = expect->rx;
	forget_events(observer);
	observer->missed_known = seen_missed(observer, &observer->missed);
}

/* ---- as counters ---- */

/* The counter that such an event of CLASS is in. */
static size_t counter_of(struct observer *o, const struct observer_key *key,
			 enum observer_class class)
{
	char reason[64];
	size_t group;

	/* a copy of ours, say, that was mirrored to another device of the namespace */
	if (key->direction == OBSERVER_RX && o->ifindex && key->ifindex != (uint32_t)o->ifindex &&
	    class == OBSERVER_OURS)
		class = OBSERVER_FOREIGN;

	group = observer_group_of(key, seen_reason(o, key, reason, sizeof(reason)),
				  key->location ? kernel_function(o->kernel, key->location) : "");
	return observer_group_counter(group, class);
}

static void put_all(json_t *counters, const char *state)
{
	size_t n;
	const struct counter_def *defs = observer_counter_table(&n);

	for (size_t i = 0; i < n; i++)
		json_put_str(counters, defs[i].id, state);
}

/* The last two counters. */
static void put_passed(struct observer *o, json_t *counters)
{
	size_t n;
	const struct counter_def *defs = observer_counter_table(&n);
	uint64_t *per_cpu = calloc((size_t)o->cpus, sizeof(*per_cpu)), values[PASSED] = {0};
	enum sample_state state = !per_cpu                        ? SAMPLE_FAILED
				  : o->mode == OBSERVER_MODE_FULL ? SAMPLE_OK
								  : SAMPLE_UNSUPPORTED;

	for (uint32_t class = 0; state == SAMPLE_OK && class < OBSERVER_CLASSES; class ++) {
		if (bpf_map_lookup_elem(bpf_map__fd(o->skel->maps.passed), &class, per_cpu))
			state = SAMPLE_FAILED;
		else
			values[class != OBSERVER_OURS] += seen_sum(per_cpu, o->cpus);
	}
	for (size_t i = 0; i < PASSED; i++) {
		const char *id = defs[n - PASSED + i].id;

		if (state == SAMPLE_OK)
			json_put_u64(counters, id, values[i]);
		else
			json_put_str(counters, id, sample_state_name(state));
	}
	free(per_cpu);
}

void observer_counters(struct observer *observer, json_t *counters)
{
	size_t n;
	const struct counter_def *defs = observer_counter_table(&n);
	struct seen_list all;
	uint64_t *values, missed;

	if (!observer) {
		put_all(counters, sample_state_name(SAMPLE_UNSUPPORTED));
		return;
	}
	values = calloc(n, sizeof(*values));
	if (!values || seen_read(observer, &all)) {
		put_all(counters, sample_state_name(SAMPLE_FAILED));
		free(values);
		return;
	}
	for (size_t i = 0; i < all.n; i++)
		values[counter_of(observer, &all.list[i].key,
				  (enum observer_class)all.list[i].key.class)] +=
			all.list[i].frames;
	free(all.list);
	if (!missed_in_trial(observer, &missed) || missed) {
		put_all(counters, sample_state_name(SAMPLE_FAILED));
	} else {
		for (size_t i = 0; i < n - PASSED; i++)
			json_put_u64(counters, defs[i].id, values[i]);
		put_passed(observer, counters);
	}
	free(values);
}

/* ---- as a list ---- */

static json_t *event_json(struct observer *o, const struct observer_key *key)
{
	char reason[64], device[IF_NAMESIZE] = "", protocol[16];
	size_t n;

	if (key->ifindex && !if_indextoname(key->ifindex, device))
		snprintf(device, sizeof(device), "#%u", key->ifindex);
	snprintf(protocol, sizeof(protocol), "0x%04x/%u", key->protocol, key->ip_protocol);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "kind", seen_kind_name(key),
			 "reason", seen_reason(o, key, reason, sizeof(reason)), "function",
			 key->location ? kernel_function(o->kernel, key->location) : "",
			 "direction", key->direction == OBSERVER_RX ? "in" : "out", "device",
			 device, "protocol", protocol, "counter",
			 observer_counter_table(&n)[counter_of(o, key, OBSERVER_OURS)].id);
}

/* Events that differ in whose they were alone are one line of the list. */
static void add_event(json_t *events, json_t *event, unsigned int class, uint64_t frames)
{
	static const char *const classes[] = {"ours", "stale", "foreign", "unknown"};
	json_t *old, *value;
	const char *key;
	size_t i;

	json_array_foreach (events, i, old) {
		bool same = true;

		json_object_foreach (event, key, value)
			same = same && json_equal(json_object_get(old, key), value);
		if (!same)
			continue;
		json_put_u64(old, classes[class], json_u64(old, classes[class], 0) + frames);
		json_decref(event);
		return;
	}
	for (i = 0; i < OBSERVER_CLASSES; i++)
		json_put_u64(event, classes[i], i == class ? frames : 0);
	json_array_append_new(events, event);
}

json_t *observer_details(struct observer *observer)
{
	static const char *const modes[] = {"off", "counters", "full"};
	json_t *details = json_pack("{s:s, s:o}", "mode", modes[observer->mode], "ns_per_event",
				    observer->ns_per_event > 0 ? json_real(observer->ns_per_event)
							       : json_null());
	json_t *events = json_array();
	struct seen_list all;
	uint64_t missed;

	if (missed_in_trial(observer, &missed))
		json_put_u64(details, "missed", missed);
	/* what could not be read is left out: an empty list says that nothing was seen */
	if (seen_read(observer, &all)) {
		json_decref(events);
		return details;
	}
	/* the list goes through a message of bounded size; counters have all */
	if (all.n)
		qsort(all.list, all.n, sizeof(*all.list), seen_most_first);
	for (size_t i = 0; i < all.n && i < SEEN_LISTED_MAX; i++) {
		const struct observer_key *key = &all.list[i].key;

		add_event(events, event_json(observer, key), key->class, all.list[i].frames);
	}
	free(all.list);
	json_object_set_new(details, "events", events);
	return details;
}
