/*
 * What is asked once a second at most: an interface's speed, its queues' counters, its interrupts,
 * and the sockets with what waits in them; see sampler.h.
 */
#include "sampling.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "clock.h"
#include "counter.h"
#include "cpu_work.h"
#include "fact_read.h"
#include "fact_sockets.h"
#include "json.h"

#define SOCKETS_MAX 10000 /* that are looked at */
#define UDP_SHOWN 20      /* those with the longest queue */
#define ASKED_MAX 16 /* whose owner is asked for at a time: fact_sockets_owners takes no more */
/*
 * Whose a socket is takes a look at all open files: of a hundred parts of time at most one goes to
 * that.
 */
#define OWNERS_PART 100

struct slow_look {
	struct sampler *sampler;
	struct watch_slow *look;
	struct socket udp[UDP_SHOWN];
	size_t n_udp, seen;
	bool no_memory;
};

/* Room for one more at the end of LIST, of N; NULL: no memory. */
static void *one_more(void *list, size_t n, size_t size)
{
	return n & (n - 1) ? list : reallocarray(list, n ? 2 * n : 1, size);
}

#define ADD(job, member, ...)                                                                      \
	do {                                                                                       \
		struct watch_slow *to = (job)->look;                                               \
		void *more = one_more(to->member, to->n_##member, sizeof(*to->member));            \
                                                                                                   \
		if (!more) {                                                                       \
			(job)->no_memory = true;                                                   \
			break;                                                                     \
		}                                                                                  \
		to->member = more;                                                                 \
		to->member[to->n_##member++] = __VA_ARGS__;                                        \
	} while (0)

/* ---- interfaces ---- */

static void take_speed(struct slow_look *job, const struct subject *s)
{
	/* what is on no bus has no speed that means anything: lib/device/link.c */
	json_t *link = s->bus[0] ? sampler_fact(s, "link") : NULL;
	const char *duplex = json_str(link, "duplex", "");
	struct watch_speed speed = {.ifindex = s->ifindex,
				    .mbps = json_s64(link, "speed_mbps", -1),
				    .duplex = !strcmp(duplex, "full")   ? DUPLEX_IS_FULL
					      : !strcmp(duplex, "half") ? DUPLEX_IS_HALF
									: DUPLEX_IS_UNKNOWN};

	ADD(job, speeds, speed);
	json_decref(link);
}

/* Some drivers have counters of queues that count only what XDP had. */
static bool counts_all(const json_t *queues, const struct subject *s, const char *id)
{
	uint64_t packets = 0;
	json_t *one;
	size_t i;

	json_array_foreach ((json_t *)queues, i, one)
		if (json_integer_value(one))
			return true;
	return snapshot_value(s->after, id, &packets) != SAMPLE_OK || !packets;
}

static void take_queues(struct slow_look *job, const struct subject *s)
{
	static const struct {
		const char *name, *id;
	} ways[] = {{"rx", "dev.rx_packets"}, {"tx", "dev.tx_packets"}};
	json_t *counts = sampler_fact(s, "queue_counts");

	for (size_t tx = 0; tx < 2; tx++) {
		const json_t *list = json_object_get(counts, ways[tx].name), *one;
		size_t i;

		if (!counts_all(list, s, ways[tx].id))
			continue;
		json_array_foreach ((json_t *)list, i, one) {
			struct watch_queue queue = {
				.ifindex = s->ifindex,
				.tx = tx,
				.queue = (unsigned int)i,
				.packets = {(uint64_t)json_integer_value(one), 64}};

			memcpy(queue.ifname, s->ifname, sizeof(queue.ifname));
			ADD(job, queues, queue);
		}
	}
	json_decref(counts);
}

static void take_irqs(struct slow_look *job, const struct subject *s)
{
	json_t *list = s->bus[0] ? cpu_work_json(s->bus) : NULL, *one;
	size_t i;

	json_array_foreach (list, i, one) {
		struct watch_irq irq = {.ifindex = s->ifindex,
					.cpu = (unsigned int)json_u64(one, "cpu", 0),
					.interrupts = watch_count_of(one, "interrupts", 64)};

		memcpy(irq.ifname, s->ifname, sizeof(irq.ifname));
		if (irq.interrupts.bits)
			ADD(job, irqs, irq);
	}
	json_decref(list);
}

/* ---- sockets ---- */

static bool is_longer(const struct socket *a, const struct socket *b)
{
	return a->used != b->used ? a->used > b->used : a->drops > b->drops;
}

/* The longest so far stay, longest first. */
static bool take_udp(const struct socket *s, void *ctx)
{
	struct slow_look *job = ctx;
	size_t at;

	if (job->seen++ == SOCKETS_MAX) {
		job->look->more_sockets = true;
		return false;
	}
	for (at = job->n_udp; at && is_longer(s, &job->udp[at - 1]); at--)
		if (at < UDP_SHOWN)
			job->udp[at] = job->udp[at - 1];
	if (at < UDP_SHOWN)
		job->udp[at] = *s;
	job->n_udp += job->n_udp < UDP_SHOWN;
	return true;
}

static void add_udp(struct slow_look *job, const struct socket *s)
{
	struct watch_socket one = {.port = s->port,
				   .inode = s->inode,
				   .used = s->used,
				   .limit = s->has_limits ? (int64_t)s->limit : -1,
				   .half_open = -1,
				   .drops = {s->drops, 32}};

	inet_ntop(s->family, s->addr, one.address, sizeof(one.address));
	ADD(job, sockets, one);
}

static struct watch_socket tcp_socket(const json_t *one, const char *used, const char *limit)
{
	struct watch_socket s = {.tcp = true,
				 .port = (unsigned int)json_u64(one, "port", 0),
				 .inode = json_u64(one, "inode", 0),
				 .used = json_s64(one, used, -1),
				 .limit = json_s64(one, limit, -1),
				 .half_open = json_s64(one, "half_open", -1),
				 .drops = watch_count_of(one, "drops", 32)};

	snprintf(s.address, sizeof(s.address), "%s", json_str(one, "address", ""));
	return s;
}

static void take_sockets(struct slow_look *job)
{
	const struct subject *netns = &job->sampler->sight->subjects[1];
	json_t *readers, *listeners, *one;
	size_t i;

	job->look->has_sockets = sockets_each(IPPROTO_UDP, UINT32_MAX, true, take_udp, job);
	for (i = 0; i < job->n_udp; i++)
		add_udp(job, &job->udp[i]);
	readers = sampler_fact(netns, "tcp_queues");
	job->look->has_sockets |= readers != NULL;
	json_array_foreach (readers, i, one)
		ADD(job, sockets, tcp_socket(one, "receive_queue", "limit"));
	listeners = sampler_fact(netns, "listeners");
	job->look->has_listeners = listeners;
	json_array_foreach (listeners, i, one) {
		if (json_object_get(one, "more"))
			job->look->more_sockets = true;
		else
			ADD(job, listeners, tcp_socket(one, "queue", "backlog"));
	}
	json_decref(readers);
	json_decref(listeners);
	if (job->look->more_sockets)
		sight_unseen(job->sampler->sight, "sockets beyond the first %d of a kind",
			     SOCKETS_MAX);
}

/* ---- whose they are ---- */

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void owner_ask(struct sampler *sampler, const struct watch_socket *s, json_t *ask,
		      const char *key)
{
	if (s->inode && json_array_size(ask) < ASKED_MAX && !json_object_get(sampler->owners, key))
		json_array_append_new(ask, json_pack("{s:I}", "inode", (json_int_t)s->inode));
}

static void owner_put(struct sampler *sampler, struct watch_socket *s, const char *key)
{
	const json_t *owner = json_object_get(sampler->owners, key);

	s->pid = json_s64(owner, "pid", 0);
	snprintf(s->program, sizeof(s->program), "%s", json_str(owner, "program", ""));
}

/* Ask for those in ASK, and remember also that nobody was found. */
static void owners_find(struct sampler *sampler, json_t *ask)
{
	double before = cpu_seconds();
	char key[24];
	json_t *one;
	size_t i;

	fact_sockets_owners(ask);
	json_array_foreach (ask, i, one) {
		snprintf(key, sizeof(key), "%" PRIu64, json_u64(one, "inode", 0));
		json_object_set(sampler->owners, key, one);
	}
	sampler->owners_ns =
		clock_ns() + (uint64_t)((cpu_seconds() - before) * OWNERS_PART * NSEC_PER_SEC);
}

static void name_owners(struct sampler *sampler, struct watch_slow *look)
{
	struct watch_socket *lists[] = {look->sockets, look->listeners};
	const size_t n[] = {look->n_sockets, look->n_listeners};
	json_t *ask = json_array();
	char key[24];

	/* inodes come again, and sockets are handed on */
	if (json_object_size(sampler->owners) > SOCKETS_MAX)
		json_object_clear(sampler->owners);
	for (int put = 0; put < 2; put++) {
		for (size_t l = 0; l < sizeof(n) / sizeof(n[0]); l++)
			for (size_t i = 0; i < n[l]; i++) {
				struct watch_socket *s = &lists[l][i];

				snprintf(key, sizeof(key), "%" PRIu64, s->inode);
				if (put)
					owner_put(sampler, s, key);
				else
					owner_ask(sampler, s, ask, key);
			}
		if (!put && json_array_size(ask) && clock_ns() >= sampler->owners_ns)
			owners_find(sampler, ask);
	}
	json_decref(ask);
}

/* ---- all of it ---- */

static int look_there(void *arg)
{
	struct slow_look *job = arg;
	const struct sight *sight = job->sampler->sight;

	for (size_t i = 2; i < sight->n; i++) {
		take_speed(job, &sight->subjects[i]);
		take_queues(job, &sight->subjects[i]);
		take_irqs(job, &sight->subjects[i]);
	}
	take_sockets(job);
	return 0;
}

int sampler_look_slow(struct sampler *sampler, struct watch_slow *look, struct error *err)
{
	struct slow_look job = {.sampler = sampler, .look = look};

	*look = (struct watch_slow){0};
	sampler_call(sampler, look_there, &job);
	look->time_ns = clock_ns();
	name_owners(sampler, look);
	if (!job.no_memory)
		return 0;
	watch_slow_free(look);
	return error_set(err, EX_OSERR, -ENOMEM, "no memory");
}

void watch_slow_free(struct watch_slow *look)
{
	free(look->speeds);
	free(look->queues);
	free(look->irqs);
	free(look->sockets);
	free(look->listeners);
	*look = (struct watch_slow){0};
}
