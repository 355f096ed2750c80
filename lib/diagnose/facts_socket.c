/*
 * Sockets of the namespace: who listens and how full its queues are, UDP sockets
 * with their drops, TCP connections by state, local ports in use; see facts.c. Dumps end at a
 * bound.
 */
#include "fact_read.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "fact_sockets.h"
#include "file.h"
#include "json.h"

#define SOCKETS_MAX 10000 /* that are looked at */
#define PORTS_MAX 65536   /* likewise, for ports in use */
#define OPENING_MAX 64    /* addresses and ports at which connections are being opened */
#define LISTENERS_MAX 256 /* that are named */
#define UDP_SHOWN 500
#define QUEUES_SHOWN 8

/* The states have no names in headers of their own: include/net/tcp_states.h. */
#define STATE_BIT(state) (1u << (state))

struct look {
	struct socket *list;
	size_t n, room;
	size_t seen, max;
	bool more; /* there are others */
	uint64_t states[TCP_CLOSING + 2];
	uint8_t *ports;                     /* bits */
	struct socket opening[OPENING_MAX]; /* where connections are being opened: half_open */
	size_t n_opening;
};

static bool socket_add(struct look *look, const struct socket *s)
{
	if (look->n == look->room) {
		size_t room = look->room ? 2 * look->room : 64;
		struct socket *list = realloc(look->list, room * sizeof(*list));

		if (!list)
			return false;
		look->list = list;
		look->room = room;
	}
	look->list[look->n++] = *s;
	return true;
}

/* Whether there is room for another, of a dump of at most look->max. */
static bool counted(struct look *look)
{
	look->more |= look->seen == look->max;
	return !look->more && ++look->seen;
}

static json_t *socket_json(const struct socket *s)
{
	char text[INET6_ADDRSTRLEN] = "";
	json_t *one;

	inet_ntop(s->family, s->addr, text, sizeof(text));
	one = json_pack("{s:s, s:s, s:I}", "family", s->family == AF_INET6 ? "ipv6" : "ipv4",
			"address", text, "port", (json_int_t)s->port);
	json_put_u64(one, "inode", s->inode);
	if (s->has_limits || s->drops)
		json_put_u64(one, "drops", s->drops);
	return one;
}

/* ---- listeners ---- */

/* Those at the address and port that it is for are one. */
static void opening_count(struct look *look, const struct socket *s)
{
	size_t i;

	for (i = 0; i < look->n_opening; i++)
		if (look->opening[i].family == s->family && look->opening[i].port == s->port &&
		    !memcmp(look->opening[i].addr, s->addr, sizeof(s->addr)))
			break;
	if (i == OPENING_MAX)
		return;
	if (i == look->n_opening)
		look->opening[look->n_opening++] = *s;
	look->opening[i].half_open++;
}

/* Whose it is: who listens at that very address, else at any, else at any of IPv6. */
static struct socket *listener_of(struct look *look, const struct socket *opening)
{
	static const uint8_t any[16];
	struct socket *of = NULL;
	int best = 0;
	size_t i;

	for (i = 0; i < look->n; i++) {
		struct socket *s = &look->list[i];
		bool family = s->family == opening->family;
		bool wild = !memcmp(s->addr, any, sizeof(any));
		int good = family && !memcmp(s->addr, opening->addr, sizeof(s->addr)) ? 3
			   : family && wild                                           ? 2
			   : s->family == AF_INET6 && wild                            ? 1
										      : 0;

		if (s->port != opening->port || good <= best)
			continue;
		of = s;
		best = good;
	}
	return of;
}

/*
 * With them come connections that are being opened, which are no sockets yet and belong to whom
 * listens at their port: net/ipv4/inet_diag.c, inet_req_diag_fill.
 */
static bool listener_take(const struct socket *s, void *ctx)
{
	struct look *look = ctx;

	if (!counted(look))
		return false;
	if (s->state == TCP_LISTEN)
		return socket_add(look, s);
	opening_count(look, s);
	return true;
}

/* Fullest first. */
static int by_queue(const void *a, const void *b)
{
	const struct socket *x = a, *y = b;
	uint64_t left = (uint64_t)x->queue * (y->backlog + 1ULL),
		 right = (uint64_t)y->queue * (x->backlog + 1ULL);

	if (left != right)
		return left > right ? -1 : 1;
	if (x->half_open != y->half_open)
		return x->half_open > y->half_open ? -1 : 1;
	if (x->drops != y->drops)
		return x->drops > y->drops ? -1 : 1;
	return x->port < y->port ? -1 : x->port > y->port;
}

FACT_READER(fact_listeners_read)
{
	struct look look = {.max = SOCKETS_MAX};
	json_t *list = NULL, *one;
	size_t i;

	if (sockets_each(IPPROTO_TCP, STATE_BIT(TCP_LISTEN) | STATE_BIT(TCP_SYN_RECV), true,
			 listener_take, &look))
		list = json_array();
	for (i = 0; list && i < look.n_opening; i++) {
		struct socket *s = listener_of(&look, &look.opening[i]);

		if (s)
			s->half_open += look.opening[i].half_open;
	}
	if (list && look.n)
		qsort(look.list, look.n, sizeof(look.list[0]), by_queue);
	for (i = 0; list && i < look.n && i < LISTENERS_MAX; i++) {
		one = socket_json(&look.list[i]);
		json_put_u64(one, "queue", look.list[i].queue);
		if (look.list[i].has_limits)
			json_put_u64(one, "backlog", look.list[i].backlog);
		json_put_u64(one, "half_open", look.list[i].half_open);
		json_array_append_new(list, one);
	}
	if (list && (look.more || look.n > LISTENERS_MAX))
		json_array_append_new(list, json_pack("{s:b}", "more", 1));
	free(look.list);
	return list;
}

/* ---- TCP connections whose program does not read ---- */

static bool reader_take(const struct socket *s, void *ctx)
{
	struct look *look = ctx;

	return counted(look) && (!s->queue || socket_add(look, s));
}

FACT_READER(fact_tcp_queues_read)
{
	struct look look = {.max = SOCKETS_MAX};
	json_t *list = NULL;

	if (sockets_each(IPPROTO_TCP, STATE_BIT(TCP_ESTABLISHED) | STATE_BIT(TCP_CLOSE_WAIT), true,
			 reader_take, &look))
		list = json_array();
	if (list && look.n)
		qsort(look.list, look.n, sizeof(look.list[0]), by_queue);
	for (size_t i = 0; list && i < look.n && i < QUEUES_SHOWN; i++) {
		json_t *one = socket_json(&look.list[i]);

		json_put_u64(one, "receive_queue", look.list[i].queue);
		if (look.list[i].has_limits)
			json_put_u64(one, "limit", look.list[i].limit);
		json_array_append_new(list, one);
	}
	free(look.list);
	return list;
}

/* ---- UDP ---- */

static bool udp_take(const struct socket *s, void *ctx)
{
	struct look *look = ctx;

	return counted(look) && socket_add(look, s);
}

static int by_drops(const void *a, const void *b)
{
	const struct socket *x = a, *y = b;

	if (x->drops != y->drops)
		return x->drops > y->drops ? -1 : 1;
	if (x->used != y->used)
		return x->used > y->used ? -1 : 1;
	return x->port < y->port ? -1 : x->port > y->port;
}

FACT_READER(fact_udp_sockets_read)
{
	struct look look = {.max = SOCKETS_MAX};
	json_t *list = NULL, *one;
	size_t i;

	if (sockets_each(IPPROTO_UDP, UINT32_MAX, true, udp_take, &look))
		list = json_array();
	if (list && look.n)
		qsort(look.list, look.n, sizeof(look.list[0]), by_drops);
	for (i = 0; list && i < look.n && i < UDP_SHOWN; i++) {
		one = socket_json(&look.list[i]);
		json_put_u64(one, "used", look.list[i].used);
		if (look.list[i].has_limits)
			json_put_u64(one, "limit", look.list[i].limit);
		json_array_append_new(list, one);
	}
	if (list && (look.more || look.n > UDP_SHOWN))
		json_array_append_new(list, json_pack("{s:b}", "more", 1));
	free(look.list);
	return list;
}

/* ---- TCP states ---- */

static bool state_take(const struct socket *s, void *ctx)
{
	struct look *look = ctx;

	if (!counted(look))
		return false;
	if (s->state < sizeof(look->states) / sizeof(look->states[0]))
		look->states[s->state]++;
	return true;
}

FACT_READER(fact_tcp_states_read)
{
	static const struct {
		const char *name;
		int state;
	} states[] = {
		{"established", TCP_ESTABLISHED}, {"syn_sent", TCP_SYN_SENT},
		{"syn_recv", TCP_SYN_RECV},       {"fin_wait1", TCP_FIN_WAIT1},
		{"fin_wait2", TCP_FIN_WAIT2},     {"close_wait", TCP_CLOSE_WAIT},
		{"last_ack", TCP_LAST_ACK},       {"listen", TCP_LISTEN},
		{"closing", TCP_CLOSING},
	};
	char *stat = file_read("/proc/thread-self/net/sockstat", NULL, NULL), *tw;
	struct look look = {.max = SOCKETS_MAX};
	json_t *obj = json_object();
	size_t i;

	/* those that wait may be a hundred thousand, and are counted already */
	if (sockets_each(IPPROTO_TCP,
			 UINT32_MAX & ~STATE_BIT(TCP_TIME_WAIT) & ~STATE_BIT(TCP_CLOSE), false,
			 state_take, &look))
		for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
			json_put_u64(obj, states[i].name, look.states[states[i].state]);
	tw = stat ? strstr(stat, " tw ") : NULL;
	if (tw)
		json_put_u64(obj, "time_wait", strtoull(tw + strlen(" tw "), NULL, 10));
	tw = stat ? strstr(stat, " orphan ") : NULL;
	if (tw)
		json_put_u64(obj, "orphan", strtoull(tw + strlen(" orphan "), NULL, 10));
	if (look.more)
		json_put_flag(obj, "more", true);
	free(stat);
	return fact_unless_empty(obj);
}

/* ---- local ports ---- */

static bool port_take(const struct socket *s, void *ctx)
{
	struct look *look = ctx;

	if (!counted(look))
		return false;
	look->ports[s->port / 8] |= (uint8_t)(1 << s->port % 8);
	return true;
}

FACT_READER(fact_ports_read)
{
	struct look look = {.max = PORTS_MAX, .ports = calloc(1, PORTS_MAX / 8)};
	unsigned int low, high, port, in_use = 0;
	char text[FACT_TEXT];
	json_t *obj = NULL;

	if (look.ports && fact_file(text, AT_FDCWD, "/proc/sys/net/ipv4/ip_local_port_range") &&
	    sscanf(text, "%u %u", &low, &high) == 2)
		obj = json_pack("{s:I, s:I}", "low", (json_int_t)low, "high", (json_int_t)high);
	if (obj && sockets_each(IPPROTO_TCP, UINT32_MAX, false, port_take, &look)) {
		for (port = low; port <= high && port < PORTS_MAX; port++)
			in_use += look.ports[port / 8] >> port % 8 & 1;
		json_put_u64(obj, "in_use", in_use);
		if (look.more)
			json_put_flag(obj, "more", true);
	}
	if (obj && fact_file(text, AT_FDCWD, "/proc/sys/net/ipv4/ip_local_reserved_ports"))
		json_object_set_new(obj, "reserved", json_text(text));
	free(look.ports);
	return obj;
}
