/* JSON lines over fds; see protocol.h. */
#include "protocol.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "json.h"

int channel_init(struct channel *ch, int rfd, int wfd, const char *peer, struct error *err)
{
	*ch = (struct channel){.rfd = rfd, .wfd = wfd, .peer = peer, .next_id = 1};
	ch->buf = malloc(PROTOCOL_LINE_MAX);
	if (!ch->buf)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory to talk to %s", peer);
	return 0;
}

void channel_free(struct channel *ch)
{
	free(ch->buf);
	ch->buf = NULL;
}

static int gone(const struct channel *ch, struct error *err)
{
	return error_set(err, EX_UNAVAILABLE, -EPIPE, "%s is gone", ch->peer);
}

int channel_send(struct channel *ch, const json_t *message, struct error *err)
{
	char *line = json_dumps(message, JSON_COMPACT | JSON_REAL_PRECISION(17));
	size_t len;
	int ret;

	if (!line)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for a message to %s", ch->peer);
	len = strlen(line);
	line[len] = '\n'; /* in place of the NUL: one write is one packet */
	ret = len + 1 > PROTOCOL_LINE_MAX ? -EMSGSIZE : file_write_fd(ch->wfd, line, len + 1);
	free(line);
	if (ret == -EMSGSIZE)
		return error_set(err, EX_SOFTWARE, ret, "message to %s is too long", ch->peer);
	return ret ? gone(ch, err) : 0;
}

/* Wait for input: 0, -EINTR, -ETIMEDOUT. */
static int wait_input(const struct channel *ch, uint64_t deadline_ns, int wake_fd)
{
	struct pollfd fds[2] = {{.fd = ch->rfd, .events = POLLIN},
				{.fd = wake_fd, .events = POLLIN}};
	int timeout = -1, n;

	if (deadline_ns) {
		uint64_t now = clock_ns();

		if (now >= deadline_ns)
			return -ETIMEDOUT;
		timeout = (int)((deadline_ns - now) / NSEC_PER_MSEC) + 1;
	}
	n = poll(fds, wake_fd >= 0 ? 2 : 1, timeout);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ETIMEDOUT;
	if (fds[0].revents)
		return 0;
	return wake_fd >= 0 && fds[1].revents ? -EINTR : 0;
}

static json_t *parse_line(struct channel *ch, char *newline, struct error *err)
{
	size_t used = (size_t)(newline - ch->buf) + 1;
	json_error_t why;
	json_t *value = json_loadb(ch->buf, used - 1, JSON_REJECT_DUPLICATES, &why);

	memmove(ch->buf, ch->buf + used, ch->len - used);
	ch->len -= used;
	if (!json_is_object(value)) {
		json_decref(value);
		error_set(err, EX_PROTOCOL, -EPROTO, "%s sent no JSON object: %s", ch->peer,
			  value ? "another value" : why.text);
		return NULL;
	}
	return value;
}

json_t *channel_receive(struct channel *ch, int timeout_ms, int wake_fd, struct error *err)
{
	uint64_t deadline = timeout_ms < 0 ? 0 : clock_ns() + (uint64_t)timeout_ms * NSEC_PER_MSEC;

	for (;;) {
		char *newline = memchr(ch->buf, '\n', ch->len);
		ssize_t n;
		int ret;

		if (newline)
			return parse_line(ch, newline, err);
		if (ch->len == PROTOCOL_LINE_MAX) {
			error_set(err, EX_PROTOCOL, -EPROTO, "%s sent a line that is too long",
				  ch->peer);
			return NULL;
		}
		ret = wait_input(ch, deadline, wake_fd);
		if (ret == -ETIMEDOUT)
			error_set(err, EX_TEMPFAIL, ret, "%s does not answer", ch->peer);
		else if (ret)
			error_set(err, EX_OSERR, ret, "waiting for %s: %s", ch->peer,
				  strerror(-ret));
		if (ret)
			return NULL;
		n = read(ch->rfd, ch->buf + ch->len, PROTOCOL_LINE_MAX - ch->len);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0) {
			gone(ch, err);
			return NULL;
		}
		ch->len += (size_t)n;
	}
}

int channel_call(struct channel *ch, const char *op, const json_t *args, int timeout_ms,
		 int wake_fd, json_t **reply, struct error *err)
{
	uint64_t id = ch->next_id++;
	json_t *request =
		json_pack("{s:i, s:I, s:s}", "v", PROTOCOL_VERSION, "id", (json_int_t)id, "op", op);
	json_t *answer = NULL, *fault;
	int ret;

	if (reply)
		*reply = NULL;
	if (!request)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory to ask %s", ch->peer);
	if (args)
		json_object_update_missing(request, (json_t *)args);
	ret = channel_send(ch, request, err);
	json_decref(request);
	if (ret)
		return ret;
	do { /* answers to requests that were given up come first */
		json_decref(answer);
		answer = channel_receive(ch, timeout_ms, wake_fd, err);
		if (!answer)
			return err ? err->code : -EPIPE;
	} while (json_u64(answer, "id", 0) != id);
	fault = json_object_get(answer, "error");
	if (fault)
		ret = error_set(err, (int)json_s64(fault, "exit", EX_SOFTWARE),
				(int)json_s64(fault, "code", -EIO), "%s",
				json_str(fault, "text", "unknown error"));
	else if (reply)
		*reply = json_incref(json_object_get(answer, "ok"));
	json_decref(answer);
	return ret;
}

static int reply_with(struct channel *ch, const json_t *request, const char *key, json_t *value,
		      struct error *err)
{
	json_t *answer = json_pack("{s:I, s:o}", "id", (json_int_t)json_u64(request, "id", 0), key,
				   value ? value : json_object());
	int ret;

	if (!answer)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory to answer %s", ch->peer);
	ret = channel_send(ch, answer, err);
	json_decref(answer);
	return ret;
}

int channel_reply(struct channel *ch, const json_t *request, json_t *result, struct error *err)
{
	return reply_with(ch, request, "ok", result, err);
}

int channel_reply_error(struct channel *ch, const json_t *request, const struct error *why,
			struct error *err)
{
	json_t *fault = json_pack("{s:s, s:i, s:i}", "text", why->text, "code", why->code, "exit",
				  why->exit);

	return reply_with(ch, request, "error", fault, err);
}
