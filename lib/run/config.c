/* [plan] and [traffic], and all knob sets; see config.h. */
#include "config.h"

#include <math.h>

#include "clock.h"
#include "endpoint.h"
#include "observer.h"
#include "port.h"
#include "schedule.h"
#include "setting.h"
#include "template.h"

#define SETS_MAX 64
#define SAMPLE_MIN_NS (10 * NSEC_PER_MSEC)

static const char *const lab_names[] = {"none", "own", "standing", NULL};
static const char *const order_names[] = {
	[SCHEDULE_SHUFFLED] = "shuffled",
	[SCHEDULE_LISTED] = "listed",
	[SCHEDULE_BLOCKED] = "blocked",
	NULL,
};

#define PLAN_FIELD(member) offsetof(struct plan_config, member)

static const struct knob plan_rows[] = {
	{.name = "name",
	 .type = KNOB_STRING,
	 .offset = PLAN_FIELD(name),
	 .size = sizeof(((struct plan_config *)0)->name),
	 .def = "run",
	 .unit = "",
	 .help = "name of the run, first part of its result folder"},
	{.name = "lab",
	 .type = KNOB_CHOICE,
	 .offset = PLAN_FIELD(lab),
	 .choices = lab_names,
	 .def = "none",
	 .unit = "",
	 .help = "own: a lab for this run; standing: the one of `ringloss lab up`; none: devices "
		 "as named"},
	{.name = "repeats",
	 .type = KNOB_U64,
	 .offset = PLAN_FIELD(repeats),
	 .min = 1,
	 .max = 1000,
	 .def = "1",
	 .unit = "trials",
	 .help = "trials of each point"},
	{.name = "order",
	 .type = KNOB_CHOICE,
	 .offset = PLAN_FIELD(order),
	 .choices = order_names,
	 .def = "shuffled",
	 .unit = "",
	 .help = "of the points in each round of repeats; shuffled keeps drift from looking like "
		 "an effect; blocked is shuffled, too, but changes what takes a link down as "
		 "seldom as once a value and round"},
	{.name = "seed",
	 .type = KNOB_U64,
	 .offset = PLAN_FIELD(seed),
	 .max = (1ULL << 53) - 1,
	 .def = "0",
	 .unit = "",
	 .help = "of the shuffle; 0: one is drawn and stored with the result"},
};

const struct knob_set plan_knob_set = {
	.name = "plan",
	.scope = KNOB_SCOPE_PLAN,
	.rows = plan_rows,
	.n = sizeof(plan_rows) / sizeof(plan_rows[0]),
	.config_size = sizeof(struct plan_config),
};

#define TRAFFIC_FIELD(member) offsetof(struct traffic_config, member)

static const char *const family_names[] = {
	[FRAME_IPV4] = "ipv4",
	[FRAME_IPV6] = "ipv6",
	NULL,
};

static const char *const observer_names[] = {
	[OBSERVER_MODE_OFF] = "off",
	[OBSERVER_MODE_COUNTERS] = "counters",
	[OBSERVER_MODE_FULL] = "full",
	[OBSERVER_MODE_AUTO] = "auto",
	NULL,
};

static const struct knob traffic_rows[] = {
	{.name = "frame",
	 .type = KNOB_SIZES,
	 .offset = TRAFFIC_FIELD(frame),
	 .min = FRAME_SIZE_MIN,
	 .max = FRAME_SIZE_MAX,
	 .def = "64",
	 .unit = "bytes",
	 .help = "frame on the wire, FCS included: a size, a mix such as 64:7+570:4+1518:1 "
		 "(size:weight), or imix, which is that mix",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "family",
	 .type = KNOB_CHOICE,
	 .offset = TRAFFIC_FIELD(family),
	 .choices = family_names,
	 .def = "ipv4",
	 .unit = "",
	 .help = "IP in the frames; ipv6 takes frames of 84 bytes or more",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "vlan",
	 .type = KNOB_U64,
	 .offset = TRAFFIC_FIELD(vlan),
	 .max = 4094,
	 .def = "0",
	 .unit = "",
	 .help = "802.1Q VLAN in the frames, 4 bytes of each; 0: no tag",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "rate",
	 .type = KNOB_RATE,
	 .offset = TRAFFIC_FIELD(rate_pps),
	 .def = "max",
	 .unit = "pps",
	 .help = "offered load of each path: 250kpps, 1.5Mpps, or max",
	 .sweepable = true,
	 .change = KNOB_RETUNE},
	{.name = "flows",
	 .type = KNOB_U64,
	 .offset = TRAFFIC_FIELD(flows),
	 .min = 1,
	 .max = FRAME_FLOWS_MAX,
	 .def = "256",
	 .unit = "flows",
	 .help = "5-tuples of each path, by source port",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "duration",
	 .type = KNOB_DURATION,
	 .offset = TRAFFIC_FIELD(duration_ns),
	 .min = 1000000,
	 .max = 86400000000000ULL,
	 .def = "1s",
	 .unit = "",
	 .help = "of sending; never stretched",
	 .sweepable = true,
	 .change = KNOB_RETUNE},
	{.name = "frames",
	 .type = KNOB_U64,
	 .offset = TRAFFIC_FIELD(frames),
	 .max = 1000000000000ULL,
	 .def = "0",
	 .unit = "frames",
	 .help = "most frames of a path in a trial; 0: as many as the duration gives",
	 .sweepable = true,
	 .change = KNOB_RETUNE},
	{.name = "port",
	 .type = KNOB_U64,
	 .offset = TRAFFIC_FIELD(port),
	 .min = 1,
	 .max = 49151,
	 .def = "9",
	 .unit = "",
	 .help = "UDP destination port (9 is discard, RFC 863)",
	 .change = KNOB_REOPEN},
	{.name = "sample",
	 .type = KNOB_DURATION,
	 .offset = TRAFFIC_FIELD(sample_ns),
	 .max = 86400000000000ULL,
	 .def = "100ms",
	 .unit = "",
	 .help = "between two samples of frames and losses in a trial, 10ms or more; doubled as "
		 "often as it takes to have 1,000 at most; 0s: none",
	 .change = KNOB_RETUNE},
	{.name = "unsent_max",
	 .type = KNOB_RATIO,
	 .offset = TRAFFIC_FIELD(unsent_max),
	 .def = "0.1%",
	 .unit = "",
	 .help = "of the intended frames; a trial with more unsent is invalid",
	 .change = KNOB_RETUNE},
	{.name = "observer",
	 .type = KNOB_CHOICE,
	 .offset = TRAFFIC_FIELD(observer),
	 .choices = observer_names,
	 .def = "auto",
	 .unit = "",
	 .help = "BPF programs that see each packet which the kernel drops, and tell ours by the "
		 "stamp; full: also each one that reaches the protocols, which costs time a "
		 "packet; auto: counters, but off for sinks whose frames all end as drops (packet, "
		 "xdp), where each would cost time",
	 .sweepable = true,
	 .change = KNOB_RETUNE},
};

const struct knob_set traffic_knob_set = {
	.name = "traffic",
	.scope = KNOB_SCOPE_PLAN,
	.rows = traffic_rows,
	.n = sizeof(traffic_rows) / sizeof(traffic_rows[0]),
	.config_size = sizeof(struct traffic_config),
};

uint32_t traffic_frame_max(const struct traffic_config *traffic)
{
	uint32_t i, most = 0;

	for (i = 0; i < traffic->frame.n; i++)
		most = traffic->frame.size[i] > most ? traffic->frame.size[i] : most;
	return most;
}

uint64_t traffic_send_ns(const struct traffic_config *t)
{
	double out_ns =
		t->frames && !isinf(t->rate_pps) ? (double)t->frames / t->rate_pps * 1e9 : INFINITY;

	return out_ns < (double)t->duration_ns ? (uint64_t)out_ns : t->duration_ns;
}

int traffic_check(const struct traffic_config *traffic, struct error *err)
{
	if (!traffic->sample_ns || traffic->sample_ns >= SAMPLE_MIN_NS)
		return 0;
	return error_set(err, EX_DATAERR, -ERANGE,
			 "traffic.sample = %.3g ms: 10ms or more, since reading takes its time, or "
			 "0s for no samples",
			 (double)traffic->sample_ns / 1e6);
}

/* Sections of the plan in the order in which they are listed and written. */
static size_t collect(const struct knob_set **sets)
{
	const struct knob_set *const *settings;
	size_t n = 0, n_settings, i;

	sets[n++] = &plan_knob_set;
	sets[n++] = &plan_zip_set;
	sets[n++] = &traffic_knob_set;
	sets[n++] = &side_knob_set;
	for (i = 0; endpoint_table[i]; i++)
		if (endpoint_table[i]->knobs)
			sets[n++] = endpoint_table[i]->knobs;
	sets[n++] = &port_knob_set;
	settings = setting_knob_sets(&n_settings);
	for (i = 0; i < n_settings && n < SETS_MAX; i++)
		sets[n++] = settings[i];
	return n;
}

const struct knob_set *const *run_knob_sets(size_t *n)
{
	/* filled once, from constant tables: the same on every call */
	static const struct knob_set *sets[SETS_MAX];

	*n = collect(sets);
	return sets;
}
