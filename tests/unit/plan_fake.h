/*
 * Knob sets that look like those of the real owners, for the tests of plans:
 * two endpoints that share "ring" with different ranges and defaults, one with
 * no knobs, and a group of host settings.
 */
#ifndef RINGLOSS_TESTS_PLAN_FAKE_H
#define RINGLOSS_TESTS_PLAN_FAKE_H

#include "knob.h"

#define FAKE_N(rows) (sizeof(rows) / sizeof((rows)[0]))

struct fake_plan {
	char name[32];
	uint32_t lab;
	uint64_t repeats;
};

struct fake_traffic {
	uint64_t frame;
	double rate;
	uint64_t duration;
};

struct fake_side {
	uint32_t endpoint;
	char device[256];
	char args[64];
	uint64_t queues;
	struct cpu_list cpus;
};

struct fake_udp {
	uint64_t rcvbuf, ring;
};

struct fake_xsk {
	uint64_t ring;
	uint32_t mode;
	bool wakeup;
};

struct fake_napi {
	uint32_t threaded;
};

static const char *const fake_labs[] = {"own", "standing", "none", NULL};
static const char *const fake_endpoints[] = {"udp", "af_xdp", "null", NULL};
static const char *const fake_modes[] = {"native", "generic", NULL};
static const char *const fake_threaded[] = {"keep", "0", "1", NULL};

static const struct knob fake_plan_rows[] = {
	{"name", KNOB_STRING, offsetof(struct fake_plan, name), 32, .def = "",
	 .help = "of the run"},
	{"lab", KNOB_CHOICE, offsetof(struct fake_plan, lab), .choices = fake_labs, .def = "none"},
	{"repeats", KNOB_U64, offsetof(struct fake_plan, repeats), .min = 1, .max = 1000,
	 .def = "1", .unit = "trials", .help = "trials a point"},
};

static const struct knob fake_traffic_rows[] = {
	{"frame", KNOB_U64, offsetof(struct fake_traffic, frame), .min = 64, .max = 9018,
	 .def = "64", .unit = "bytes", .help = "on the wire", .sweepable = true},
	{"rate", KNOB_RATE, offsetof(struct fake_traffic, rate), .min = 1, .max = 1000000000,
	 .def = "max", .help = "offered load", .sweepable = true},
	{"duration", KNOB_DURATION, offsetof(struct fake_traffic, duration), .def = "2s"},
};

static const struct knob fake_side_rows[] = {
	{"endpoint", KNOB_CHOICE, offsetof(struct fake_side, endpoint), .choices = fake_endpoints,
	 .def = "udp", .help = "how packets are touched", .sweepable = true,
	 .change = KNOB_RESPAWN},
	{"device", KNOB_STRING, offsetof(struct fake_side, device), 256, .def = "",
	 .sweepable = true, .change = KNOB_RESPAWN},
	{"args", KNOB_STRING, offsetof(struct fake_side, args), 64, .def = ""},
	{"queues", KNOB_U64, offsetof(struct fake_side, queues), .min = 1, .max = 64, .def = "1",
	 .sweepable = true, .change = KNOB_REOPEN},
	{"cpus", KNOB_CPUS, offsetof(struct fake_side, cpus), .def = "0", .sweepable = true,
	 .change = KNOB_RESPAWN},
};

static const struct knob fake_udp_rows[] = {
	{"rcvbuf", KNOB_BYTES, offsetof(struct fake_udp, rcvbuf), .min = 4096, .max = 64 << 20,
	 .def = "1M", .sweepable = true, .change = KNOB_REOPEN},
	{"ring", KNOB_U64, offsetof(struct fake_udp, ring), .min = 1, .max = 1024, .def = "128",
	 .unit = "frames", .sweepable = true, .change = KNOB_REOPEN},
};

static const struct knob fake_xsk_rows[] = {
	{"ring", KNOB_U64, offsetof(struct fake_xsk, ring), .min = 64, .max = 32768, .def = "2048",
	 .unit = "frames", .help = "RX ring", .sweepable = true, .change = KNOB_REOPEN},
	{"xdp_mode", KNOB_CHOICE, offsetof(struct fake_xsk, mode), .choices = fake_modes,
	 .def = "native", .sweepable = true, .change = KNOB_RESPAWN},
	{"wakeup", KNOB_BOOL, offsetof(struct fake_xsk, wakeup), .def = "on", .sweepable = true},
};

static const struct knob fake_napi_rows[] = {
	{"threaded", KNOB_CHOICE, offsetof(struct fake_napi, threaded), .choices = fake_threaded,
	 .def = "keep", .help = "NAPI in a thread", .sweepable = true},
};

#define FAKE_SET(var, set_name, set_scope, only, type, set_rows)                                   \
	static const struct knob_set var __attribute__((unused)) = {                               \
		.name = set_name,                                                                  \
		.scope = set_scope,                                                                \
		.endpoint = only,                                                                  \
		.rows = set_rows,                                                                  \
		.n = FAKE_N(set_rows),                                                             \
		.config_size = sizeof(type),                                                       \
	}

FAKE_SET(fake_plan_set, "plan", KNOB_SCOPE_PLAN, NULL, struct fake_plan, fake_plan_rows);
FAKE_SET(fake_traffic_set, "traffic", KNOB_SCOPE_PLAN, NULL, struct fake_traffic,
	 fake_traffic_rows);
FAKE_SET(fake_side_set, "side", KNOB_SCOPE_SIDE, NULL, struct fake_side, fake_side_rows);
FAKE_SET(fake_udp_set, "side", KNOB_SCOPE_SIDE, "udp", struct fake_udp, fake_udp_rows);
FAKE_SET(fake_xsk_set, "side", KNOB_SCOPE_SIDE, "af_xdp", struct fake_xsk, fake_xsk_rows);
FAKE_SET(fake_napi_set, "napi", KNOB_SCOPE_GROUP, NULL, struct fake_napi, fake_napi_rows);
static const struct knob_set fake_null_set = {
	.name = "side", .scope = KNOB_SCOPE_SIDE, .endpoint = "null"};

static const struct knob_set *const fake_sets[] = {
	&fake_plan_set, &fake_traffic_set, &fake_side_set, &fake_napi_set,
	&fake_udp_set,  &fake_xsk_set,     &fake_null_set,
};

#define FAKE_SETS fake_sets, FAKE_N(fake_sets)

#endif
