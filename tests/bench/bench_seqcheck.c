/*
 * What the sequence check and the generator's writing cost, in ns a frame: frames
 * that lie in the L2 cache, frames at 2 KiB stride in DRAM (small pages, as AF_XDP
 * without hugepages has them), several sizes and numbers of flows, and the merge of
 * two threads. Median, minimum and maximum of several runs; --json for programs, and the names
 * of benches to run only those.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "clock.h"
#include "error.h"
#include "json.h"
#include "seqcheck.h"
#include "table.h"
#include "template.h"

#define RUNS 41
#define BURST 64

struct bench {
	const char *name;
	uint64_t (*run)(const struct bench *b); /* ns of one run; frames is its divisor */
	uint32_t size;                          /* frame, FCS included */
	uint32_t flows;
	uint32_t stride;
	uint32_t buffers;
	uint32_t rounds; /* how often the buffers go round; frames = buffers * rounds */
};

static void die(const char *what)
{
	fprintf(stderr, "bench_seqcheck: %s\n", what);
	exit(EX_OSERR);
}

/* Buffers filled with numbered frames, the next of each flow in turn from *seq on. */
struct ring {
	struct frame_template t;
	uint8_t *base;
	size_t bytes;
	uint64_t seq;
	uint32_t flow;
};

static void ring_open(struct ring *r, const struct bench *b)
{
	struct frame_spec spec = {.size = b->size,
				  .flows = b->flows,
				  .dst_port = 9,
				  .src_ip = {198, 18, 0, 1},
				  .dst_ip = {198, 18, 0, 2}};
	struct error err;

	memset(r, 0, sizeof(*r));
	if (frame_template_init(&r->t, &spec, &err))
		die(err.text);
	r->bytes = (size_t)b->stride * b->buffers;
	r->base = mmap(NULL, r->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r->base == MAP_FAILED)
		die("no memory for the frames");
	madvise(r->base, r->bytes, MADV_NOHUGEPAGE);
	for (uint32_t i = 0; i < b->buffers; i++)
		memcpy(r->base + (size_t)i * b->stride, r->t.bytes, r->t.len);
}

static void ring_close(struct ring *r)
{
	munmap(r->base, r->bytes);
	frame_template_free(&r->t);
}

static void ring_write(struct ring *r, const struct bench *b)
{
	uint32_t head = stamp_head_wire(1);

	for (uint32_t i = 0; i < b->buffers; i++) {
		frame_write(&r->t, r->base + (size_t)i * b->stride, r->flow, head, r->seq, i);
		if (++r->flow == b->flows) {
			r->flow = 0;
			r->seq++;
		}
	}
}

static uint64_t run_check(const struct bench *b)
{
	uint64_t frames = (uint64_t)b->buffers * b->rounds, ns = 0;
	struct error err;
	struct seqcheck *sc = seqcheck_new(b->flows, frames / b->flows + 1, 1, &err);
	const uint8_t **payload = calloc(b->buffers, sizeof(*payload));
	uint32_t *len = calloc(b->buffers, sizeof(*len));
	struct ring r;

	if (!sc)
		die(err.text);
	if (!payload || !len)
		die("no memory for the frames");
	ring_open(&r, b);
	for (uint32_t i = 0; i < b->buffers; i++) {
		payload[i] = r.base + (size_t)i * b->stride + r.t.headers_len;
		len[i] = r.t.len - r.t.headers_len;
	}
	seqcheck_reset(sc, 1);
	for (uint32_t round = 0; round < b->rounds; round++) {
		uint64_t start;

		ring_write(&r, b);
		start = clock_ns();
		for (uint32_t i = 0; i < b->buffers; i += BURST)
			seqcheck_burst(sc, 0, payload + i, len + i, BURST);
		ns += clock_ns() - start;
	}
	if (seqcheck_totals(sc)->unique != frames || seqcheck_totals(sc)->reordered)
		die("the checker miscounted");
	ring_close(&r);
	free(len);
	free(payload);
	seqcheck_free(sc);
	return ns;
}

static uint64_t run_write(const struct bench *b)
{
	struct ring r;
	uint64_t start;

	ring_open(&r, b);
	ring_write(&r, b);
	start = clock_ns();
	for (uint32_t round = 0; round < b->rounds; round++)
		ring_write(&r, b);
	start = clock_ns() - start;
	ring_close(&r);
	return start;
}

/* Two threads' parts, the streams dealt out between them; frames in them: buffers * rounds. */
static uint64_t run_merge(const struct bench *b)
{
	static struct seqcheck *part[2];
	uint64_t start, per_stream = (uint64_t)b->buffers * b->rounds / b->flows;
	struct seqcheck_result result;
	struct error err;

	for (uint32_t p = 0; p < 2 && !part[p]; p++) {
		part[p] = seqcheck_new(b->flows, per_stream, 1, &err);
		if (!part[p])
			die(err.text);
		for (uint64_t seq = 0; seq < per_stream; seq++)
			for (uint32_t flow = p; flow < b->flows; flow += 2) {
				uint8_t stamp[STAMP_LEN];
				const uint8_t *payload = stamp;
				uint32_t len = STAMP_LEN;

				stamp_write(stamp, stamp_head_wire(0), flow, seq, 0);
				seqcheck_burst(part[p], 0, &payload, &len, 1);
			}
	}
	start = clock_ns();
	if (seqcheck_merge(part, 2, 0, b->flows, &result, &err))
		die(err.text);
	start = clock_ns() - start;
	if (result.unique != per_stream * b->flows)
		die("the merge miscounted");
	return start;
}

static const struct bench benches[] = {
	{"check, 64 B in L2, 256 flows", run_check, 64, 256, 64, 2048, 256},
	{"check, 64 B in L2, 1 flow", run_check, 64, 1, 64, 2048, 256},
	{"check, 64 B in L2, 16384 flows", run_check, 64, 16384, 64, 2048, 256},
	{"check, 64 B at 2 KiB stride in DRAM, 256 flows", run_check, 64, 256, 2048, 65536, 2},
	{"check, 64 B at 2 KiB stride in DRAM, 16384 flows", run_check, 64, 16384, 2048, 65536, 2},
	{"check, 128 B in L2, 256 flows", run_check, 128, 256, 128, 1024, 256},
	{"check, 1518 B in L2, 256 flows", run_check, 1518, 256, 1536, 128, 256},
	{"check, 1518 B in DRAM, 256 flows", run_check, 1518, 256, 2048, 65536, 1},
	{"write, 64 B in L2, 256 flows", run_write, 64, 256, 64, 2048, 256},
	{"write, 64 B at 2 KiB stride in DRAM, 256 flows", run_write, 64, 256, 2048, 65536, 2},
	{"merge of 2 x 50 M frames, 256 flows", run_merge, 64, 256, 64, 100000, 1000},
};

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static bool is_bench(const char *name)
{
	for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]); i++)
		if (!strcmp(benches[i].name, name))
			return true;
	return false;
}

/* Is NAME among NAMES, or are there none? */
static bool wanted(const char *name, char *const *names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	bool as_json = argc > 1 && !strcmp(argv[1], "--json");
	char **names = argv + 1 + as_json;
	struct table *t = table_new("lrrr");
	json_t *all = json_array();
	char *line;

	for (char **name = names; *name; name++)
		if (!is_bench(*name)) {
			fprintf(stderr,
				"bench_seqcheck: no bench '%s'\n"
				"usage: bench_seqcheck [--json] [NAME...]\n",
				*name);
			return EX_USAGE;
		}
	if (!t || !all)
		die("no memory");
	for (const char *const *cell =
		     (const char *const[]){"ns a frame", "median", "min", "max", NULL};
	     *cell; cell++)
		table_cell(t, "%s", *cell);
	table_rule(t);
	for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]); i++) {
		const struct bench *b = &benches[i];
		double ns[RUNS];
		json_t *row;

		if (!wanted(b->name, names))
			continue;
		row = json_object();
		for (int run = 0; run < RUNS; run++)
			ns[run] = (double)b->run(b) / ((double)b->buffers * b->rounds);
		qsort(ns, RUNS, sizeof(ns[0]), compare_doubles);
		table_cell(t, "%s", b->name);
		table_cell(t, "%.2f", ns[RUNS / 2]);
		table_cell(t, "%.2f", ns[0]);
		table_cell(t, "%.2f", ns[RUNS - 1]);
		json_put_str(row, "name", b->name);
		json_put_num(row, "median_ns", ns[RUNS / 2]);
		json_put_num(row, "min_ns", ns[0]);
		json_put_num(row, "max_ns", ns[RUNS - 1]);
		json_array_append_new(all, row);
	}
	if (as_json) {
		line = json_line(all);
		if (!line)
			die("no memory");
		puts(line);
		free(line);
	} else {
		table_print(t, stdout, 0);
	}
	json_decref(all);
	table_free(t);
	return 0;
}
