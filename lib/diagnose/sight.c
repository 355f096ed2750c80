/*
 * Looking: every subject's counters, and the facts that are compared, each read in the namespace
 * they are of. Differences are taken where a counter is known: at the device, its namespace or the
 * machine.
 */
#include "sight.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "counter.h"
#include "fact_read.h"
#include "json.h"
#include "netns.h"
#include "observer.h"
#include "sent_again.h"

static const uint32_t scopes[] = {
	[SUBJECT_MACHINE] = SCOPE_BIT(SCOPE_MACHINE),
	[SUBJECT_NETNS] = SCOPE_BIT(SCOPE_NETNS) | SCOPE_BIT(SCOPE_SOCKET),
	[SUBJECT_DEVICE] = SCOPE_BIT(SCOPE_DEVICE) | SCOPE_BIT(SCOPE_QUEUE),
};

void sight_unseen(struct sight *sight, const char *fmt, ...)
{
	char text[400];
	va_list ap;
	size_t i;
	json_t *old;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_array_foreach (sight->unseen, i, old)
		if (!strcmp(json_string_value(old), text))
			return;
	json_array_append_new(sight->unseen, json_text(text));
}

/* ---- a look ---- */

/* What one subject's reading is given. */
struct look {
	struct subject *subject;
	struct observer *observer;
	const char *root;
	bool counters_only;
	struct error err;
};

/* Those of a recorded tree are in it for each look. */
static json_t *read_twice(const struct subject *s, const struct fact_row *row, const char *root)
{
	return *root ? fact_recorded(root, s, row->name) : row->read(s, s->sysfs);
}

static void read_facts(struct subject *s, const char *root)
{
	size_t n;
	const struct fact_row *rows = fact_table(&n);
	json_t *facts = json_object();

	json_decref(s->facts_before);
	s->facts_before = s->facts;
	s->facts = facts;
	for (size_t i = 0; i < n; i++) {
		json_t *value = rows[i].twice && rows[i].of == s->kind
					? read_twice(s, &rows[i], root)
					: NULL;

		if (value)
			json_object_set_new(facts, rows[i].name, value);
	}
}

static int read_subject(void *arg)
{
	struct look *look = arg;
	struct subject *s = look->subject;
	struct snapshot_request request = {.ifname = s->ifname,
					   .ifindex = s->ifindex,
					   .scopes = scopes[s->kind],
					   .root = look->root};
	struct sample *samples;
	uint64_t now;
	size_t n;
	int ret;

	/* gauges that no rule counts, of which each takes a walk over all sockets */
	if (look->counters_only)
		request.scopes &= ~SCOPE_BIT(SCOPE_SOCKET);
	ret = snapshot_read(&request, &samples, &n, &look->err);
	if (ret)
		return ret;
	now = clock_ns();
	json_decref(s->before);
	s->before = s->after;
	s->after = snapshot_json(samples, n);
	/* at once, since both count the same packets */
	if (look->observer && s->kind == SUBJECT_NETNS) {
		json_t *seen = observer_netns_counters(look->observer, s->inode);

		json_object_update(s->after, seen);
		json_decref(seen);
	}
	s->seconds = (double)(now - s->time_ns) / NSEC_PER_SEC;
	s->time_ns = now;
	free(samples);
	if (!look->counters_only)
		read_facts(s, look->root);
	return 0;
}

/* A namespace that ended meanwhile keeps what was read of it. */
static int look_at(struct sight *sight, struct subject *s, const char *root, struct error *err)
{
	struct look look = {.subject = s,
			    .observer = sight->observer,
			    .root = root,
			    .counters_only = sight->counters_only};
	int ret = s->netns_fd < 0 ? read_subject(&look)
				  : sight_call(s->netns_fd, read_subject, &look, &look.err);

	if (ret == -ENOMEM) {
		*err = look.err;
		return ret;
	}
	if (ret)
		sight_unseen(sight, "%s", look.err.text);
	return 0;
}

static void look_at_events(struct sight *sight)
{
	json_decref(sight->events_before);
	sight->events_before = sight->events;
	sight->events = sight->observer ? observer_events(sight->observer) : NULL;
	json_decref(sight->connections);
	sight->connections = sight->again ? sent_again_list(sight->again, NULL) : NULL;
}

/*
 * The machine first and, the second time, last: what its devices counted meanwhile is in its own
 * counters then, and not left over.
 */
int sight_read(struct sight *sight, const char *root, struct error *err)
{
	const size_t first = sight->subjects[0].after ? 1 : 0;

	for (size_t i = 0; i < sight->n; i++) {
		struct subject *s = &sight->subjects[(first + i) % sight->n];
		int ret = look_at(sight, s, root, err);

		if (ret)
			return ret;
	}
	return 0;
}

int sight_look(struct sight *sight, struct error *err)
{
	int ret = sight_read(sight, "", err);

	if (!ret)
		look_at_events(sight);
	return ret;
}

/* ---- open and close ---- */

struct sight *sight_new(struct error *err)
{
	struct sight *sight = calloc(1, sizeof(*sight));

	if (sight)
		sight->unseen = json_array();
	else
		error_set(err, EX_OSERR, -ENOMEM, "no memory");
	return sight;
}

int sight_open(const struct sight_request *request, struct sight **sight, struct error *err)
{
	struct sight *s = sight_new(err);
	struct error why;
	int ret;

	if (!s)
		return -ENOMEM;
	s->counters_only = request->counters_only;
	ret = sight_find(s, request, err);
	if (!ret && !s->counters_only && observer_open_host(&s->observer, &why))
		sight_unseen(s, "drops by the kernel's reason, function and port: %s", why.text);
	if (!ret && !s->counters_only && sent_again_open(&s->again, &why))
		sight_unseen(s, "TCP connections that send again: %s", why.text);
	if (!ret)
		ret = sight_look(s, err);
	if (ret) {
		sight_close(s);
		return ret;
	}
	*sight = s;
	return 0;
}

void sight_close(struct sight *sight)
{
	if (!sight)
		return;
	for (size_t i = 0; i < sight->n; i++) {
		struct subject *s = &sight->subjects[i];

		json_decref(s->before);
		json_decref(s->after);
		json_decref(s->facts_before);
		json_decref(s->facts);
		if (s->kind != SUBJECT_NETNS)
			continue;
		if (s->netns_fd >= 0)
			close(s->netns_fd);
		if (s->sysfs >= 0)
			close(s->sysfs);
	}
	observer_close(sight->observer);
	sent_again_close(sight->again);
	json_decref(sight->unseen);
	json_decref(sight->events_before);
	json_decref(sight->events);
	json_decref(sight->connections);
	free(sight->subjects);
	free(sight);
}

/* ---- what moved ---- */

struct subject *sight_owner(const struct sight *sight, const struct subject *subject,
			    const char *id)
{
	const size_t chain[] = {(size_t)(subject - sight->subjects), subject->home, 0};

	for (size_t i = 0; i < sizeof(chain) / sizeof(chain[0]); i++) {
		struct subject *s = &sight->subjects[chain[i]];

		if (json_object_get(s->after, id) && json_object_get(s->before, id))
			return s;
	}
	return NULL;
}

/* 32 or 64; the observer's rows are all 64 bits wide. */
static uint32_t bits_of(const char *id)
{
	size_t n;
	const struct counter_def *defs = counter_table(&n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(defs[i].id, id))
			return defs[i].bits;
	return 64;
}

bool sight_delta(const struct sight *sight, const struct subject *subject, const char *id,
		 int64_t *delta)
{
	const struct subject *s = sight_owner(sight, subject, id);
	const json_t *before = s ? json_object_get(s->before, id) : NULL;
	const json_t *after = s ? json_object_get(s->after, id) : NULL;
	uint64_t moved;

	if (!json_is_integer(before) || !json_is_integer(after))
		return false;
	*delta = 0;
	if (json_equal(before, after)) /* most of them, by far */
		return true;
	if (snapshot_delta(s->before, s->after, id, bits_of(id), &moved) != SAMPLE_OK)
		return false;
	*delta = (int64_t)moved;
	return true;
}

bool sight_level(const struct sight *sight, const struct subject *subject, const char *id,
		 int64_t *level)
{
	const size_t chain[] = {(size_t)(subject - sight->subjects), subject->home, 0};

	for (size_t i = 0; i < sizeof(chain) / sizeof(chain[0]); i++) {
		const json_t *value = json_object_get(sight->subjects[chain[i]].after, id);

		if (json_is_integer(value)) {
			*level = json_integer_value(value);
			return true;
		}
	}
	return false;
}
