/*
 * The controller's hold on an agent: start it (the same program, over pipes), ask it, end it.
 */
#ifndef RINGLOSS_AGENT_SPAWN_H
#define RINGLOSS_AGENT_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include <jansson.h>

#include "error.h"
#include "protocol.h"

struct agent_handle {
	char name[96]; /* "agent rx", for messages */
	pid_t pid;     /* 0: none */
	struct channel channel;
	int to, from; /* our ends of its pipes */
};

/* Run this program as `agent` for side SIDE and say hello. *hello (new reference) is its answer. */
int agent_spawn(struct agent_handle *agent, const char *run, const char *side, json_t **hello,
		struct error *err);

/*
 * Ask; as channel_call. -EPIPE when the agent is gone (it is reaped then, and agent->pid is 0).
 * wake_fd: give up with -EINTR when it becomes readable (-1: never).
 */
int agent_call(struct agent_handle *agent, const char *op, const json_t *args, int wake_fd,
	       json_t **reply, struct error *err);

/*
 * Close its input and wait until it has restored and left. Its exit code: 0 when everything is back
 * as it was (or it was killed: `restore` does it then). Safe when there is none.
 */
int agent_end(struct agent_handle *agent);

#endif
