/*
 * A side during a run: its agent, what it resolved to, what is open on it. Set-up
 * is done only where it differs from what is there already.
 */
#ifndef RINGLOSS_RUN_SIDE_H
#define RINGLOSS_RUN_SIDE_H

#include <stdbool.h>

#include <jansson.h>

#include "config.h"
#include "device.h"
#include "endpoint.h"
#include "lab.h"
#include "plan.h"
#include "spawn.h"

struct side {
	const struct plan_side *plan; /* name and role */
	int index;                    /* in the plan */
	const char *run_id;
	struct agent_handle agent;
	json_t *host;                  /* of its agent's hello */
	json_t *doctor;                /* findings at the host and at each device it had */
	bool machine_counters;         /* reads what the machine counts (one side a host does) */
	const struct lab_end *lab_end; /* where device = lab puts it; NULL without lab */
	/* at the current point */
	struct side_config config;
	json_t *values; /* all its knobs, as text */
	struct device device;
	json_t *prepared; /* request that `prepare` was last done with */
	json_t *opened;   /* request that `open` was last done with; NULL: not open */
	bool no_link;     /* it was waited for in vain; not so long again */
	bool changed;     /* some setting was changed by the last side_prepare */
	json_t *settings; /* effective host settings */
	json_t *knobs;    /* effective endpoint knobs */
	json_t *threads;
	char mode[32];
};

/* A path during a run; from and to are indices of sides, to == -1: to nowhere. */
struct path {
	const struct plan_path *plan;
	int from, to;
	uint32_t first_stream, flows;
	uint32_t warm_flows_seen; /* in the last warm-up */
};

bool side_generates(const struct side *side);
bool side_sinks(const struct side *side);

/* The name of the endpoint of the current point. */
const char *side_endpoint(const struct side *side);

/* An agent, unless there is one that lives; its host is known then. Changes nothing on it. */
int side_start(struct side *side, struct error *err);

/*
 * Agent (a new one where the old one died), namespace, device and settings of POINT. -EINTR
 * when WAKE_FD became readable.
 */
int side_prepare(struct side *side, const struct point *point, int wake_fd, struct error *err);

/*
 * Whether the settings that were asked for are as they took effect; TEXT gets the first that is not
 * ("nic.mtu was 1400 and is 1300"), or "". 0 or what side_call gives.
 */
int side_settings_hold(struct side *side, int wake_fd, char *text, size_t size, struct error *err);

/*
 * The side's device once its link is up: settings as they are now, and what doctor finds, once for
 * each that it has in turn.
 */
int side_examine(struct side *side, int wake_fd, struct error *err);

/*
 * Open the endpoint for POINT as REQUEST (stolen) says, unless it is open just so already;
 * *fresh tells whether it had to be done.
 */
int side_open(struct side *side, json_t *request, int wake_fd, bool *fresh, struct error *err);

/* Ask the side's agent; when it or its worker died, the side is no longer open. */
int side_call(struct side *side, const char *op, const json_t *args, int wake_fd, json_t **reply,
	      struct error *err);

/*
 * Its address in frames of FAMILY, network order: the knob's, else the device's, else one of those
 * set aside for benchmarks (RFC 2544, RFC 5180).
 */
void side_ip(const struct side *side, uint32_t family, uint8_t ip[FRAME_IP_LEN_MAX]);

/* What the host is and what doctor found there, for the result. New reference; NULL: no memory. */
json_t *side_host_json(const struct side *side);

/* End the agent and free. agent_end's code. */
int side_end(struct side *side);

#endif
