/* Loading and reading; see sent_again.h. */
#include "sent_again.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kernel.h"
#include "retransmit.skel.h"
#include "retransmitted.h"

#define LISTED_MAX 100

struct sent_again {
	struct retransmit *skel;
};

struct connection {
	struct retransmit_key key;
	struct retransmit_value value;
};

/* ---- loading ---- */

/* What differs between kernels: 6.16 has an error behind socket and packet. */
static int fit_to_kernel(struct sent_again *s, struct error *err)
{
	static const char *const needed[] = {"tcp_retransmit_skb", "tcp_retransmit_synack"};
	struct kernel *kernel;
	int ret = kernel_open(&kernel, err);

	if (ret)
		return ret;
	for (size_t i = 0; i < 2 && !ret; i++)
		if (kernel_tracepoint_arguments(kernel, needed[i]) < 2)
			ret = error_set(err, EX_UNAVAILABLE, -ENOTSUP,
					"this kernel has no tracepoint tcp:%s", needed[i]);
	s->skel->rodata->has_error = kernel_tracepoint_arguments(kernel, needed[0]) >= 3;
	bpf_program__set_autoload(s->skel->progs.retransmit_reset_sent,
				  kernel_tracepoint_arguments(kernel, "tcp_send_reset") >= 1);
	bpf_program__set_autoload(s->skel->progs.retransmit_reset_received,
				  kernel_tracepoint_arguments(kernel, "tcp_receive_reset") >= 1);
	kernel_close(kernel);
	return ret;
}

static int load(struct sent_again *s, struct error *err)
{
	int ret;

	s->skel = retransmit__open();
	if (!s->skel)
		return error_set(err, EX_OSERR, -errno,
				 "cannot open the programs that see TCP send again: %s",
				 strerror(errno));
	ret = fit_to_kernel(s, err);
	if (ret)
		return ret;
	ret = retransmit__load(s->skel);
	if (!ret)
		ret = retransmit__attach(s->skel);
	if (ret)
		return error_set(err, ret == -EPERM ? EX_NOPERM : EX_UNAVAILABLE, ret,
				 "the kernel does not take the programs that see TCP send again: "
				 "%s%s",
				 strerror(-ret), ret == -EPERM ? "; run as root" : "");
	return 0;
}

int sent_again_open(struct sent_again **again, struct error *err)
{
	struct sent_again *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for what TCP sends again");
	ret = load(s, err);
	if (ret) {
		sent_again_close(s);
		return ret;
	}
	*again = s;
	return 0;
}

void sent_again_close(struct sent_again *again)
{
	if (!again)
		return;
	retransmit__destroy(again->skel);
	free(again);
}

/* ---- reading ---- */

/* Of include/net/tcp_states.h. */
static const char *state_name(uint32_t state)
{
	static const char *const names[] = {"",           "ESTABLISHED", "SYN_SENT",  "SYN_RECV",
					    "FIN_WAIT1",  "FIN_WAIT2",   "TIME_WAIT", "CLOSE",
					    "CLOSE_WAIT", "LAST_ACK",    "LISTEN",    "CLOSING",
					    "SYN_RECV"};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "";
}

static json_t *connection_json(const struct connection *c)
{
	const int family = c->key.family == RETRANSMIT_FAMILY_INET ? AF_INET : AF_INET6;
	char local[INET6_ADDRSTRLEN], remote[INET6_ADDRSTRLEN];

	inet_ntop(family, c->key.local, local, sizeof(local));
	inet_ntop(family, c->key.remote, remote, sizeof(remote));
	return json_pack("{s:I, s:s, s:s, s:i, s:s, s:i, s:s, s:I, s:I, s:I}", "netns",
			 (json_int_t)c->key.netns, "family", family == AF_INET ? "IPv4" : "IPv6",
			 "local", local, "local_port", (int)c->key.local_port, "remote", remote,
			 "remote_port", (int)c->key.remote_port, "state",
			 state_name(c->value.state), "segments", (json_int_t)c->value.segments,
			 "syns", (json_int_t)c->value.syns, "resets", (json_int_t)c->value.resets);
}

static int most_first(const void *a, const void *b)
{
	const struct retransmit_value *x = &((const struct connection *)a)->value;
	const struct retransmit_value *y = &((const struct connection *)b)->value;

	if (x->segments != y->segments)
		return x->segments < y->segments ? 1 : -1;
	return (x->resets < y->resets) - (x->resets > y->resets);
}

/* All of them; *n. The caller frees. NULL: no memory. */
static struct connection *read_all(const struct sent_again *s, size_t *n)
{
	int fd = bpf_map__fd(s->skel->maps.connections);
	struct connection *all = calloc(RETRANSMIT_CONNECTIONS_MAX, sizeof(*all));
	struct retransmit_key key, *last = NULL;

	*n = 0;
	while (all && *n < RETRANSMIT_CONNECTIONS_MAX && !bpf_map_get_next_key(fd, last, &key)) {
		all[*n].key = key;
		last = &all[*n].key;
		if (bpf_map_lookup_elem(fd, &key, &all[*n].value))
			break;
		(*n)++;
	}
	return all;
}

/* A program that is at work on a CPU is not entered again there. */
static uint64_t not_entered(const struct bpf_program *prog)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len) ? 0
									  : info.recursion_misses;
}

json_t *sent_again_list(struct sent_again *again, uint64_t *missed)
{
	json_t *list;
	size_t n;
	struct connection *all = read_all(again, &n);

	if (!all)
		return NULL;
	qsort(all, n, sizeof(*all), most_first);
	list = json_array();
	for (size_t i = 0; i < n && i < LISTED_MAX; i++)
		json_array_append_new(list, connection_json(&all[i]));
	free(all);
	if (missed)
		*missed = again->skel->bss->missed_segments +
			  not_entered(again->skel->progs.retransmit_segment) +
			  not_entered(again->skel->progs.retransmit_synack);
	return list;
}
