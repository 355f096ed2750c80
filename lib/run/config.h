/*
 * The knobs that belong to a run as a whole ([plan], [traffic]), and the list of
 * every module's knobs that a plan is made with.
 */
#ifndef RINGLOSS_RUN_CONFIG_H
#define RINGLOSS_RUN_CONFIG_H

#include "knob.h"
#include "plan.h"

enum plan_lab { LAB_NONE, LAB_OWN, LAB_STANDING };
struct plan_config {
	char name[64];    /* of the result's folder */
	uint32_t lab;     /* enum plan_lab */
	uint64_t repeats; /* trials a point */
	uint32_t order;   /* enum schedule_order */
	uint64_t seed;    /* of the shuffle; 0: one is drawn and stored */
};

struct traffic_config {
	struct size_mix frame; /* bytes on the wire, FCS included */
	uint32_t family;       /* enum frame_family */
	uint64_t vlan;         /* 0: no tag */
	double rate_pps;       /* of each path; INFINITY: max */
	uint64_t flows;        /* of each path */
	uint64_t duration_ns;
	uint64_t frames;    /* most frames of a path; 0: as the duration gives */
	uint64_t port;      /* UDP destination port */
	uint64_t sample_ns; /* between two samples in a trial; 0: none */
	double unsent_max;  /* ratio above which a trial is invalid */
	uint32_t observer;  /* enum observer_mode */
};

/* The largest frame of the mix. */
uint32_t traffic_frame_max(const struct traffic_config *traffic);

/* How long a trial is to send, ns: for the duration, or until the frames are out. */
uint64_t traffic_send_ns(const struct traffic_config *traffic);

/* What the range of a single knob does not say. -ERANGE with EX_DATAERR. */
int traffic_check(const struct traffic_config *traffic, struct error *err);

extern const struct knob_set plan_knob_set, traffic_knob_set;

/* All sets of all modules, *n of them. */
const struct knob_set *const *run_knob_sets(size_t *n);

#endif
