/*
 * Messages between controller, agents and workers: one JSON object a line, over
 * a pair of fds (pipes, or one SOCK_SEQPACKET socket twice). A request is
 * {"v", "id", "op", ...}; its answer {"id", "ok": {...}} or {"id", "error": {text, code, exit}}.
 * Answers come in the order of the requests. End of input means: stop and leave.
 */
#ifndef RINGLOSS_AGENT_PROTOCOL_H
#define RINGLOSS_AGENT_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "error.h"

#define PROTOCOL_VERSION 1
#define PROTOCOL_LINE_MAX (1 << 18) /* bytes of one message */

struct channel {
	int rfd, wfd;     /* not owned */
	const char *peer; /* for messages: "agent rx"; not copied */
	uint64_t next_id; /* of requests sent */
	char *buf;        /* PROTOCOL_LINE_MAX bytes */
	size_t len;       /* bytes of the next line(s) that are in buf */
};

int channel_init(struct channel *ch, int rfd, int wfd, const char *peer, struct error *err);
void channel_free(struct channel *ch);

/* Send one object. -EPIPE with EX_UNAVAILABLE when the peer is gone. */
int channel_send(struct channel *ch, const json_t *message, struct error *err);

/*
 * The next object, waiting at most timeout_ms (-1: for ever). NULL with err->code
 * -EPIPE at end of input, -ETIMEDOUT, -EINTR when wake_fd (-1: none) became readable, or
 * -EPROTO (no JSON). New reference.
 */
json_t *channel_receive(struct channel *ch, int timeout_ms, int wake_fd, struct error *err);

/*
 * Ask and wait for the answer. ARGS (may be NULL, borrowed) are the further members of the request.
 * The content of "ok" in *reply (new reference; reply may be NULL); an "error" of the peer becomes
 * *err and its code the return value.
 */
int channel_call(struct channel *ch, const char *op, const json_t *args, int timeout_ms,
		 int wake_fd, json_t **reply, struct error *err);

/* Answer REQUEST with a result (stolen; NULL: {}) or an error. */
int channel_reply(struct channel *ch, const json_t *request, json_t *result, struct error *err);
int channel_reply_error(struct channel *ch, const json_t *request, const struct error *why,
			struct error *err);

#endif
