/*
 * Sink of endpoint xdp: loads xdp_check.bpf.c with arrays of the trial's size, maps them, and shows
 * them as a struct seqcheck. The kernel allocates such arrays whole.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "seqcheck_state.h"
#include "xdp.h"
#include "xdp_check.h"
#include "xdp_check.skel.h"

_Static_assert(sizeof(struct check_tally) == sizeof(struct seqcheck_tally) &&
		       offsetof(struct check_tally, duplicate) ==
			       offsetof(struct seqcheck_tally, duplicate) &&
		       offsetof(struct check_tally, reordered) ==
			       offsetof(struct seqcheck_tally, reordered) &&
		       offsetof(struct check_tally, corrupt) ==
			       offsetof(struct seqcheck_tally, corrupt) &&
		       offsetof(struct check_tally, corrupt_bytes) ==
			       offsetof(struct seqcheck_tally, corrupt_bytes) &&
		       offsetof(struct check_tally, bytes_beyond) ==
			       offsetof(struct seqcheck_tally, bytes_beyond),
	       "the program counts in these");

struct mapped {
	void *mem;
	size_t bytes;
};

struct xdp_check_state {
	struct xdp_check *skel;
	int link_fd; /* of the XDP program; closing it detaches */
	int cpus;
	struct mapped counts, bitmap, next, tally;
	struct seqcheck *check;
	struct xdp_check_counts base; /* at the beginning of the trial */
};

/* Bytes that the kernel could give, 0: unknown. */
static uint64_t memory_available(void)
{
	char line[128];
	unsigned long long kib = 0;
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib * 1024;
}

/* The bitmap's words, or 0 with *err. */
static uint64_t bitmap_words(uint32_t streams, uint64_t max_seq, struct error *err)
{
	uint64_t words = (max_seq + 63) / 64 * streams, available = memory_available();

	if (words <= UINT32_MAX && (!available || words * sizeof(uint64_t) <= available / 2))
		return words;
	error_set(
		err, EX_DATAERR, -ENOMEM,
		"endpoint xdp keeps a bit for every frame that could come in the kernel's memory: "
		"%u streams of %llu frames are %llu MiB, and half of what is free are %llu MiB; "
		"a shorter traffic.duration, a traffic.rate, or traffic.frames, which bounds them",
		streams, (unsigned long long)max_seq, (unsigned long long)(words >> 17),
		(unsigned long long)(available >> 21));
	return 0;
}

static int map_array(const struct bpf_map *map, struct mapped *m, struct error *err)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	m->bytes = (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	m->bytes = (m->bytes + page - 1) / page * page;
	m->mem = mmap(NULL, m->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	if (m->mem != MAP_FAILED)
		return 0;
	m->mem = NULL;
	return error_set(err, EX_OSERR, -errno, "cannot map BPF array %s of %zu bytes: %s",
			 bpf_map__name(map), m->bytes, strerror(errno));
}

static void unmap(struct mapped *m)
{
	if (m->mem)
		munmap(m->mem, m->bytes);
}

void xdp_check_close(struct xdp_check_state *s)
{
	if (!s)
		return;
	if (s->link_fd >= 0)
		close(s->link_fd);
	seqcheck_free(s->check);
	unmap(&s->counts);
	unmap(&s->bitmap);
	unmap(&s->next);
	unmap(&s->tally);
	xdp_check__destroy(s->skel);
	free(s);
}

static int load(struct xdp_check_state *s, uint32_t queues, uint32_t common_len, uint32_t streams,
		uint64_t words, struct error *err)
{
	struct xdp_check *skel = s->skel;
	int ret;

	skel->rodata->queues = queues;
	skel->rodata->common_len = common_len;
	ret = bpf_map__set_max_entries(skel->maps.counts, (uint32_t)s->cpus);
	if (!ret)
		ret = bpf_map__set_max_entries(skel->maps.bitmap, (uint32_t)words);
	if (!ret)
		ret = bpf_map__set_max_entries(skel->maps.next, queues * streams);
	if (!ret)
		ret = bpf_map__set_max_entries(skel->maps.tally, streams);
	if (!ret)
		ret = xdp_check__load(skel);
	if (ret)
		return error_set(err, EX_OSERR, ret,
				 "the kernel refuses the XDP program: %s; it needs CAP_BPF and "
				 "CAP_NET_ADMIN, kernel 6.1 or later, and %llu MiB of memory",
				 strerror(-ret), (unsigned long long)(words >> 17) + 1);
	ret = map_array(skel->maps.counts, &s->counts, err);
	if (!ret)
		ret = map_array(skel->maps.bitmap, &s->bitmap, err);
	if (!ret)
		ret = map_array(skel->maps.next, &s->next, err);
	if (!ret)
		ret = map_array(skel->maps.tally, &s->tally, err);
	return ret;
}

struct xdp_check_state *xdp_check_load(uint32_t queues, uint32_t common_len, uint32_t streams,
				       uint64_t max_seq, int *prog_fd, struct error *err)
{
	uint64_t words = bitmap_words(streams, max_seq, err);
	struct xdp_check_state *s = words ? calloc(1, sizeof(*s)) : NULL;

	if (!s) {
		if (words)
			error_set(err, EX_OSERR, -ENOMEM, "no memory for endpoint xdp");
		return NULL;
	}
	s->link_fd = -1;
	s->cpus = libbpf_num_possible_cpus();
	s->skel = xdp_check__open();
	if (!s->skel || s->cpus <= 0) {
		error_set(err, EX_OSERR, -errno, "cannot prepare the XDP program: %s",
			  strerror(errno));
		goto fail;
	}
	if (load(s, queues, common_len, streams, words, err))
		goto fail;
	s->check = seqcheck_over(&(struct seqcheck_arrays){.bitmap = s->bitmap.mem,
							   .next = s->next.mem,
							   .tally = s->tally.mem,
							   .common_len = common_len},
				 streams, max_seq, queues, err);
	if (!s->check)
		goto fail;
	seqcheck_reset(s->check, 0);
	*prog_fd = bpf_program__fd(s->skel->progs.xdp_check);
	return s;
fail:
	xdp_check_close(s);
	return NULL;
}

/* UDP payload of the largest frame. */
static uint32_t payload_len(const struct endpoint_setup *setup)
{
	return setup->frame_len - FRAME_ETH_LEN - (setup->vlan ? FRAME_VLAN_LEN : 0) -
	       (setup->family == FRAME_IPV6 ? FRAME_IPV6_LEN : FRAME_IPV4_LEN) - FRAME_UDP_LEN;
}

struct xdp_check_state *xdp_check_open(const struct endpoint_setup *setup, uint32_t streams,
				       uint64_t max_seq, struct error *err)
{
	const struct xdp_config *cfg = setup->config;
	uint32_t queues = setup->device->rx_queues ? setup->device->rx_queues : 1;
	struct xdp_check_state *s;
	int prog_fd;

	s = xdp_check_load(queues, payload_len(setup), streams, max_seq, &prog_fd, err);
	if (!s)
		return NULL;
	s->link_fd = xdp_attach(setup->device, prog_fd, cfg->xdp_mode, err);
	if (s->link_fd >= 0)
		return s;
	xdp_check_close(s);
	return NULL;
}

void xdp_check_read(const struct xdp_check_state *s, struct xdp_check_counts *sums)
{
	const volatile struct check_counts *c = s->counts.mem;
	int i;

	memset(sums, 0, sizeof(*sums));
	for (i = 0; i < s->cpus; i++) {
		/* ours last: at no time more of a kind than of all */
		sums->duplicate += c[i].duplicate;
		sums->reordered += c[i].reordered;
		sums->corrupt += c[i].corrupt;
		sums->stale += c[i].stale;
		sums->foreign += c[i].foreign;
		sums->bytes += c[i].bytes;
		sums->ours += c[i].ours;
	}
}

void xdp_check_expect(struct xdp_check_state *s, const struct stamp_expect *expect)
{
	/* first the program, so that late frames of the last trial leave no mark in this one */
	memcpy((void *)&s->skel->bss->expect, expect, sizeof(*expect));
	seqcheck_reset(s->check, __builtin_bswap32(expect->head) & 0xffff);
	xdp_check_read(s, &s->base);
	xdp_check_totals(s);
}

struct seqcheck *xdp_check_seqcheck(struct xdp_check_state *s)
{
	return s->check;
}

void xdp_check_totals(struct xdp_check_state *s)
{
	struct seqcheck_result *r = &s->check->totals;
	struct xdp_check_counts now;

	xdp_check_read(s, &now);
	r->frames = now.ours - s->base.ours;
	r->duplicate = now.duplicate - s->base.duplicate;
	r->reordered = now.reordered - s->base.reordered;
	r->corrupt = now.corrupt - s->base.corrupt;
	r->stale = now.stale - s->base.stale;
	r->foreign = now.foreign - s->base.foreign;
	r->bytes = now.bytes - s->base.bytes;
	r->unique = r->frames - r->duplicate - r->corrupt;
}
