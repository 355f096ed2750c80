/*
 * Runs of lost and received frames, from the bitmaps; see bursts.h. Goes through the rows as they
 * lie in memory, all streams side by side, and 64 frames at a time where all came or none did.
 */
#include "bursts.h"

#include <stdlib.h>
#include <string.h>

#include "seqcheck_state.h"

#define ROW_FRAMES (1ULL << SEQCHECK_ROW_BITS)

/* Where a stream stands: the run that is going on. */
struct stream_run {
	uint64_t frames;
	bool lost;  /* of lost frames; else of received ones */
	bool after; /* a burst of the stream has ended before */
};

struct finder {
	struct seqcheck *const *parts;
	size_t n;
	uint64_t *rows; /* by part: those that can hold bits */
	struct stream_run *streams;
	struct bursts *bursts;
};

static void add_run(struct burst_runs *runs, uint64_t frames)
{
	runs->count++;
	runs->frames += frames;
	runs->longest = frames > runs->longest ? frames : runs->longest;
	runs->lengths[63 - __builtin_clzll(frames)]++;
}

static void end_run(struct bursts *bursts, struct stream_run *run)
{
	if (!run->frames)
		return;
	if (run->lost)
		add_run(&bursts->lost, run->frames);
	else if (run->after)
		add_run(&bursts->gaps, run->frames);
	run->after |= run->lost;
}

/* The next FRAMES (above 0) of a stream were all lost, or all received. */
static void go_on(struct bursts *bursts, struct stream_run *run, bool lost, uint64_t frames)
{
	if (run->lost == lost) {
		run->frames += frames;
		return;
	}
	end_run(bursts, run);
	run->lost = lost;
	run->frames = frames;
}

/* The next N frames (1 to 64), bit by bit: 1 is received. */
static void take_word(struct bursts *bursts, struct stream_run *run, uint64_t received, uint32_t n)
{
	uint32_t at = 0;

	while (at < n) {
		bool lost = !(received >> at & 1);
		uint64_t change = (lost ? received : ~received) >> at;
		uint32_t len = change ? (uint32_t)__builtin_ctzll(change) : n - at;

		len = len < n - at ? len : n - at;
		go_on(bursts, run, lost, len);
		at += len;
	}
}

/* Row ROW of stream STREAM of the checkers, in all parts together. */
static uint64_t merged_word(const struct finder *f, uint64_t row, uint32_t stream)
{
	uint64_t word = 0;
	size_t i;

	for (i = 0; i < f->n; i++)
		if (row < f->rows[i])
			word |= f->parts[i]->bitmap[row * f->parts[i]->expect.streams + stream];
	return word;
}

static void walk(struct finder *f, uint32_t first, uint32_t count, const uint64_t *sent)
{
	uint64_t rows = 0, row;
	uint32_t s;
	size_t i;

	for (i = 0; i < f->n; i++) {
		f->rows[i] =
			(seqcheck_high(f->parts[i], first, count) + ROW_FRAMES - 1) / ROW_FRAMES;
		rows = f->rows[i] > rows ? f->rows[i] : rows;
	}
	for (row = 0; row < rows; row++) {
		uint64_t begin = row * ROW_FRAMES;

		for (s = 0; s < count; s++) {
			uint64_t left = sent[s] > begin ? sent[s] - begin : 0;

			if (left)
				take_word(f->bursts, &f->streams[s], merged_word(f, row, first + s),
					  left < ROW_FRAMES ? (uint32_t)left : ROW_FRAMES);
		}
	}
	/* behind the last frame that came of any stream */
	for (s = 0; s < count; s++) {
		if (sent[s] > rows * ROW_FRAMES)
			go_on(f->bursts, &f->streams[s], true, sent[s] - rows * ROW_FRAMES);
		if (f->streams[s].lost)
			end_run(f->bursts, &f->streams[s]);
	}
}

int bursts_find(struct seqcheck *const *parts, size_t n, uint32_t first, uint32_t count,
		const uint64_t *sent, struct bursts *bursts, struct error *err)
{
	struct finder f = {.parts = parts, .n = n, .bursts = bursts};
	size_t i;
	int ret = 0;

	memset(bursts, 0, sizeof(*bursts));
	for (i = 0; i < n; i++)
		if (first > parts[i]->expect.streams || count > parts[i]->expect.streams - first)
			return error_set(err, EX_SOFTWARE, -EINVAL,
					 "bursts: no streams %u + %u of %u; ask for those there "
					 "are",
					 first, count, parts[i]->expect.streams);
	f.rows = calloc(n + 1, sizeof(*f.rows));
	f.streams = calloc((size_t)count + 1, sizeof(*f.streams));
	if (f.rows && f.streams)
		walk(&f, first, count, sent);
	else
		ret = error_set(err, EX_OSERR, -ENOMEM,
				"bursts: no memory for %u streams; use fewer flows", count);
	free(f.streams);
	free(f.rows);
	return ret;
}

static void add_runs(struct burst_runs *sum, const struct burst_runs *runs)
{
	size_t i;

	sum->count += runs->count;
	sum->frames += runs->frames;
	sum->longest = runs->longest > sum->longest ? runs->longest : sum->longest;
	for (i = 0; i < BURSTS_BINS; i++)
		sum->lengths[i] += runs->lengths[i];
}

void bursts_add(struct bursts *sum, const struct bursts *b)
{
	add_runs(&sum->lost, &b->lost);
	add_runs(&sum->gaps, &b->gaps);
}
