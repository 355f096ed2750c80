/*
 * Generator of endpoint xdp: live frames of BPF_PROG_TEST_RUN, made by xdp_generate.bpf.c and
 * redirected to the device (net/bpf/test_run.c, kernel 5.18). ndo_xdp_xmit sends on the queue
 * of the CPU it runs on. Exact: the program counts what it made, count_sent what the driver took.
 *
 * A call for more than one frame puts the program into the kernel's XDP dispatcher and takes it
 * out again, each time with a wait for RCU of milliseconds (kernel/bpf/dispatcher.c), unless
 * the program is in it all the while. So it is attached to the loopback device of a network
 * namespace without name or traffic, which goes with the process: a call then takes 13 us
 * besides its frames.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "xdp.h"
#include "xdp_generate.h"
#include "xdp_generate.skel.h"

#define BATCH 64 /* frames between two flushes: what fits the L1 cache, and a veth's ring */
#define LOOPBACK_IFINDEX 1

_Static_assert(GENERATE_SIZES_MAX == FRAME_MIX_MAX &&
		       sizeof(struct generate_length) == sizeof(struct frame_length),
	       "the program reads these");

struct xdp_generate_state {
	struct xdp_generate *skel;
	const struct frame_template *template;
	struct bpf_link *tracing; /* NULL: what the driver takes is not told */
	int prog_fd;
	int netns_fd;  /* the namespace without name */
	int attach_fd; /* the link there */
	int cpus;
	struct generate_call *calls; /* by CPU */
	size_t calls_bytes;
	pthread_mutex_t *locks; /* by CPU: threads that share one take turns */
	_Atomic uint64_t refused;
};

/* ---- the namespace without name ---- */

struct hiding {
	struct xdp_generate_state *state;
	int error;
};

/* In a thread of its own, since a namespace is a thread's. */
static void *attach_hidden(void *arg)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_SKB_MODE);
	struct hiding *h = arg;

	if (unshare(CLONE_NEWNET) < 0)
		goto fail;
	h->state->netns_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (h->state->netns_fd < 0)
		goto fail;
	h->state->attach_fd = bpf_link_create(h->state->prog_fd, LOOPBACK_IFINDEX, BPF_XDP, &opts);
	h->error = h->state->attach_fd < 0 ? h->state->attach_fd : 0;
	return NULL;
fail:
	h->error = -errno;
	return NULL;
}

static int hide(struct xdp_generate_state *s, struct error *err)
{
	struct hiding h = {.state = s};
	pthread_t thread;
	int ret = pthread_create(&thread, NULL, attach_hidden, &h);

	if (ret)
		return error_set(err, EX_OSERR, -ret, "cannot start a thread: %s", strerror(ret));
	pthread_join(thread, NULL);
	if (h.error)
		return error_set(err, EX_OSERR, h.error,
				 "cannot keep the generator's XDP program in a network namespace "
				 "of its own: %s; it needs CAP_SYS_ADMIN and CAP_NET_ADMIN",
				 strerror(-h.error));
	return 0;
}

/* ---- loading ---- */

static void set_constants(struct xdp_generate_state *s, const struct endpoint_setup *setup)
{
	const struct frame_template *t = setup->tx;
	struct xdp_generate *skel = s->skel;
	struct stat netns = {0};

	stat("/proc/self/ns/net", &netns);
	skel->rodata->ifindex = (uint32_t)setup->device->ifindex;
	skel->rodata->netns = (uint32_t)netns.st_ino;
	skel->rodata->flows = t->spec.flows;
	skel->rodata->first_stream = t->spec.first_stream;
	skel->rodata->len_max = t->len;
	skel->rodata->ip_off = t->ip_off;
	skel->rodata->udp_off = t->udp_off;
	skel->rodata->ipv6 = t->spec.family == FRAME_IPV6;
	skel->rodata->n_sizes = t->n_sizes;
	skel->rodata->n_pattern = t->n_pattern ? t->n_pattern : 1;
	memcpy((void *)skel->rodata->headers, t->bytes, t->udp_off);
	memcpy((void *)skel->rodata->lengths, t->lengths, t->n_sizes * sizeof(t->lengths[0]));
}

static int try_load(struct xdp_generate_state *s, const struct endpoint_setup *setup, bool tracing)
{
	const struct frame_template *t = setup->tx;
	int ret;

	s->skel = xdp_generate__open();
	if (!s->skel)
		return -errno;
	set_constants(s, setup);
	bpf_program__set_autoload(s->skel->progs.count_sent, tracing);
	ret = bpf_map__set_max_entries(s->skel->maps.calls, (uint32_t)s->cpus);
	if (!ret)
		ret = bpf_map__set_max_entries(s->skel->maps.udp, t->n_sizes * t->spec.flows);
	if (!ret)
		ret = bpf_map__set_max_entries(s->skel->maps.pattern,
					       t->n_pattern ? t->n_pattern : 1);
	if (!ret)
		ret = xdp_generate__load(s->skel);
	if (!ret && tracing) {
		s->tracing = bpf_program__attach(s->skel->progs.count_sent);
		ret = s->tracing ? 0 : -errno;
	}
	if (!ret)
		return 0;
	xdp_generate__destroy(s->skel);
	s->skel = NULL;
	return ret;
}

static int load(struct xdp_generate_state *s, const struct endpoint_setup *setup, struct error *err)
{
	libbpf_print_fn_t print = libbpf_set_print(NULL);
	int ret = try_load(s, setup, true);

	/* kernels without BTF, or that keep tracing to themselves */
	libbpf_set_print(print);
	if (ret)
		ret = try_load(s, setup, false);
	if (ret)
		return error_set(err, EX_OSERR, ret,
				 "the kernel refuses the XDP program: %s; it needs CAP_BPF and "
				 "CAP_NET_ADMIN, and kernel 6.1 or later",
				 strerror(-ret));
	s->prog_fd = bpf_program__fd(s->skel->progs.xdp_generate);
	return 0;
}

static int fill_maps(struct xdp_generate_state *s, const struct endpoint_setup *setup,
		     struct error *err)
{
	const struct frame_template *t = setup->tx;
	uint32_t key = 0, i, n = t->n_sizes * t->spec.flows, size;
	int ifindex = setup->device->ifindex;
	bool bad;

	s->calls_bytes = (size_t)s->cpus * sizeof(*s->calls);
	s->calls = mmap(NULL, s->calls_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			bpf_map__fd(s->skel->maps.calls), 0);
	if (s->calls == MAP_FAILED) {
		s->calls = NULL;
		return error_set(err, EX_OSERR, -errno, "cannot map a BPF array: %s",
				 strerror(errno));
	}
	bad = bpf_map_update_elem(bpf_map__fd(s->skel->maps.device), &key, &ifindex, BPF_ANY) < 0;
	for (i = 0; !bad && i < n; i++)
		bad = bpf_map_update_elem(bpf_map__fd(s->skel->maps.udp), &i, &t->udp[i].word,
					  BPF_ANY) < 0;
	for (i = 0; !bad && t->n_sizes > 1 && i < t->n_pattern; i++) {
		size = t->pattern[i];
		bad = bpf_map_update_elem(bpf_map__fd(s->skel->maps.pattern), &i, &size, BPF_ANY) <
		      0;
	}
	return bad ? error_set(err, EX_OSERR, -errno, "%s: cannot fill the generator's maps: %s",
			       setup->device->ifname, strerror(errno))
		   : 0;
}

/* ---- a call ---- */

static void begin_call(struct generate_call *c, const struct frame_template *t, uint32_t queue,
		       const struct tx_batch *batch)
{
	uint64_t seq = batch->first / batch->flows;
	uint32_t flow = queue + (uint32_t)(batch->first % batch->flows) * batch->queues;

	*c = (struct generate_call){
		.seq = seq,
		.flow = flow,
		.first_flow = queue,
		.step = batch->queues,
		.head = batch->head,
		.time = batch->time,
		.active = 1,
	};
	if (t->n_sizes == 1)
		return;
	c->place = (uint32_t)((seq + flow) % t->n_pattern);
	c->first_place = (uint32_t)((seq + queue) % t->n_pattern);
	c->step_place = batch->queues % t->n_pattern;
}

static int run(struct xdp_generate_state *s, uint32_t n)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = s->template->bytes,
		    .data_size_in = s->template->len, .repeat = (int)n, .batch_size = BATCH,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	return bpf_prog_test_run_opts(s->prog_fd, &opts);
}

uint32_t xdp_generate_make(struct xdp_generate_state *s, uint32_t queue,
			   const struct tx_batch *batch, uint64_t *refused)
{
	int cpu = sched_getcpu();
	volatile struct generate_call *c;
	uint64_t made, lost;

	if (cpu < 0 || cpu >= s->cpus)
		return 0;
	c = &s->calls[cpu];
	pthread_mutex_lock(&s->locks[cpu]);
	begin_call((struct generate_call *)c, s->template, queue, batch);
	/* an error (a signal, no page) ends the call between two frames: the counts still hold */
	run(s, batch->n);
	c->active = 0;
	made = c->made;
	lost = s->tracing ? made - c->sent : 0;
	pthread_mutex_unlock(&s->locks[cpu]);
	*refused += lost;
	if (lost)
		atomic_fetch_add_explicit(&s->refused, lost, memory_order_relaxed);
	return (uint32_t)made;
}

/* A frame that is made and dropped: whether this kernel can, and whether the size fits a page. */
static int rehearse(struct xdp_generate_state *s, const struct endpoint_setup *setup,
		    struct error *err)
{
	uint64_t room = (uint64_t)sysconf(_SC_PAGESIZE) - XDP_PACKET_HEADROOM;
	int ret = run(s, 1);

	if (!ret)
		return 0;
	if (ret == -EINVAL && setup->tx->len > room / 2)
		return error_set(
			err, EX_CONFIG, -EMSGSIZE,
			"endpoint xdp makes a frame in one page, with what the kernel keeps "
			"beside it: %u bytes do not fit; up to about %llu do (traffic.frame), "
			"and af_xdp sends larger ones",
			setup->tx->len + FRAME_FCS_LEN, (unsigned long long)room - 450);
	return error_set(err, EX_UNAVAILABLE, ret,
			 "the kernel refuses live XDP frames (BPF_PROG_TEST_RUN): %s; they need "
			 "kernel 5.18; af_xdp generates without them",
			 strerror(-ret));
}

struct xdp_generate_state *xdp_generate_open(const struct endpoint_setup *setup, struct error *err)
{
	struct xdp_generate_state *s = calloc(1, sizeof(*s));
	int i;

	if (!s)
		goto no_memory;
	s->netns_fd = s->attach_fd = -1;
	s->template = setup->tx;
	s->cpus = libbpf_num_possible_cpus();
	s->locks = s->cpus > 0 ? calloc((size_t)s->cpus, sizeof(*s->locks)) : NULL;
	if (!s->locks)
		goto no_memory;
	for (i = 0; i < s->cpus; i++)
		pthread_mutex_init(&s->locks[i], NULL);
	if (load(s, setup, err) || fill_maps(s, setup, err) || rehearse(s, setup, err) ||
	    hide(s, err)) {
		xdp_generate_close(s);
		return NULL;
	}
	return s;
no_memory:
	xdp_generate_close(s);
	error_set(err, EX_OSERR, -ENOMEM, "no memory for endpoint xdp");
	return NULL;
}

void xdp_generate_close(struct xdp_generate_state *s)
{
	int i;

	if (!s)
		return;
	if (s->attach_fd >= 0)
		close(s->attach_fd);
	if (s->netns_fd >= 0)
		close(s->netns_fd);
	bpf_link__destroy(s->tracing);
	if (s->calls)
		munmap(s->calls, s->calls_bytes);
	xdp_generate__destroy(s->skel);
	for (i = 0; s->locks && i < s->cpus; i++)
		pthread_mutex_destroy(&s->locks[i]);
	free(s->locks);
	free(s);
}

bool xdp_generate_tells(const struct xdp_generate_state *s)
{
	return s->tracing;
}

uint64_t xdp_generate_refused(const struct xdp_generate_state *s)
{
	return atomic_load_explicit(&s->refused, memory_order_relaxed);
}
