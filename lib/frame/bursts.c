/*
 * Runs of lost and received frames, from the bitmaps; see bursts.h. By stream it goes through the
 * rows as they lie in memory, all streams side by side, up to 64 frames at a time. In the order
 * of sending it goes from stream to stream, but takes a row of a queue at once where all of it
 * came or none did, and otherwise turns the row round, so that streams lie side by side in a word.
 * That costs about 2 ns a frame at the worst.
 */
#include "bursts.h"

#include <stdlib.h>
#include <string.h>

#include "seqcheck_state.h"

#define ROW_FRAMES (1ULL << SEQCHECK_ROW_BITS)

/* Where a stream or queue stands: the run that is going on. */
struct open_run {
	uint64_t frames;
	bool lost;  /* of lost frames; else of received ones */
	bool after; /* a burst of the stream has ended before */
};

struct finder {
	struct seqcheck *const *parts;
	size_t n;
	uint64_t *part_rows; /* by part: those that can hold bits */
	uint64_t rows;       /* most of them */
	struct bursts *bursts;
};

static void add_run(struct burst_runs *runs, uint64_t frames)
{
	runs->count++;
	runs->frames += frames;
	runs->longest = frames > runs->longest ? frames : runs->longest;
	runs->lengths[63 - __builtin_clzll(frames)]++;
}

static void end_run(struct bursts *bursts, struct open_run *run)
{
	if (!run->frames)
		return;
	if (run->lost)
		add_run(&bursts->lost, run->frames);
	else if (run->after)
		add_run(&bursts->gaps, run->frames);
	run->after |= run->lost;
}

/* The next FRAMES (above 0) were all lost, or all received. */
static void go_on(struct bursts *bursts, struct open_run *run, bool lost, uint64_t frames)
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
static void take_word(struct bursts *bursts, struct open_run *run, uint64_t received, uint32_t n)
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
		if (row < f->part_rows[i])
			word |= f->parts[i]->bitmap[row * f->parts[i]->expect.streams + stream];
	return word;
}

/* For streams first .. first + count - 1. On success finder_end it. */
static int finder_begin(struct finder *f, struct seqcheck *const *parts, size_t n, uint32_t first,
			uint32_t count, struct bursts *bursts, struct error *err)
{
	size_t i;

	memset(bursts, 0, sizeof(*bursts));
	*f = (struct finder){.parts = parts, .n = n, .bursts = bursts};
	for (i = 0; i < n; i++)
		if (first > parts[i]->expect.streams || count > parts[i]->expect.streams - first)
			return error_set(err, EX_SOFTWARE, -EINVAL,
					 "bursts: no streams %u + %u of %u; ask for those there "
					 "are",
					 first, count, parts[i]->expect.streams);
	f->part_rows = calloc(n + 1, sizeof(*f->part_rows));
	if (!f->part_rows)
		return error_set(err, EX_OSERR, -ENOMEM, "bursts: no memory for %zu threads", n);
	for (i = 0; i < n; i++) {
		uint64_t high = seqcheck_high(parts[i], first, count);

		f->part_rows[i] = (high + ROW_FRAMES - 1) / ROW_FRAMES;
		f->rows = f->part_rows[i] > f->rows ? f->part_rows[i] : f->rows;
	}
	return 0;
}

static void finder_end(struct finder *f)
{
	free(f->part_rows);
}

static void walk_streams(struct finder *f, struct open_run *streams, uint32_t first, uint32_t count,
			 const uint64_t *sent)
{
	uint64_t row;
	uint32_t s;

	for (row = 0; row < f->rows; row++) {
		uint64_t begin = row * ROW_FRAMES;

		for (s = 0; s < count; s++) {
			uint64_t left = sent[s] > begin ? sent[s] - begin : 0;

			if (left)
				take_word(f->bursts, &streams[s], merged_word(f, row, first + s),
					  left < ROW_FRAMES ? (uint32_t)left : ROW_FRAMES);
		}
	}
	/* behind the last frame that came of any stream */
	for (s = 0; s < count; s++) {
		if (sent[s] > f->rows * ROW_FRAMES)
			go_on(f->bursts, &streams[s], true, sent[s] - f->rows * ROW_FRAMES);
		if (streams[s].lost)
			end_run(f->bursts, &streams[s]);
	}
}

int bursts_find(struct seqcheck *const *parts, size_t n, uint32_t first, uint32_t count,
		const uint64_t *sent, struct bursts *bursts, struct error *err)
{
	struct open_run *streams;
	struct finder f;
	int ret = finder_begin(&f, parts, n, first, count, bursts, err);

	if (ret)
		return ret;
	streams = calloc((size_t)count + 1, sizeof(*streams));
	if (streams)
		walk_streams(&f, streams, first, count, sent);
	else
		ret = error_set(err, EX_OSERR, -ENOMEM,
				"bursts: no memory for %u streams; use fewer flows", count);
	free(streams);
	finder_end(&f);
	return ret;
}

/* A queue of the generator: its streams are first, first + step, ... */
struct sender {
	uint32_t first, step, streams, run;
	uint64_t left; /* frames that are still to be looked at */
	struct open_run open;
	uint64_t *row; /* room for a word a stream, to a multiple of 64 */
};

/* Frames SEQ .. SEQ + COUNT - 1 of a stream. */
static void take_frames(struct finder *f, struct sender *q, uint32_t stream, uint64_t seq,
			uint64_t count)
{
	while (count) {
		uint32_t at = seq % ROW_FRAMES;
		uint64_t here = count < ROW_FRAMES - at ? count : ROW_FRAMES - at;

		take_word(f->bursts, &q->open, merged_word(f, seq / ROW_FRAMES, stream) >> at,
			  (uint32_t)here);
		seq += here;
		count -= here;
	}
}

/* The whole row from SEQ on, if all its frames fared alike. False: it is to be taken bit by bit. */
static bool take_row(struct finder *f, struct sender *q, uint64_t seq)
{
	uint64_t frames = ROW_FRAMES * q->streams, word;
	uint32_t s;

	if (seq % ROW_FRAMES || ROW_FRAMES % q->run || q->left < frames)
		return false;
	word = merged_word(f, seq / ROW_FRAMES, q->first);
	if (word && ~word)
		return false;
	for (s = 1; s < q->streams; s++)
		if (merged_word(f, seq / ROW_FRAMES, q->first + s * q->step) != word)
			return false;
	go_on(f->bursts, &q->open, !word, frames);
	q->left -= frames;
	return true;
}

/* Bit I of word K to bit K of word I (Warren, Hacker's Delight, section 7-3). */
static void transpose(uint64_t words[static 64])
{
	uint64_t mask = 0x00000000ffffffff;
	uint32_t j, k;

	for (j = 32; j; j >>= 1, mask ^= mask << j)
		for (k = 0; k < 64; k = ((k | j) + 1) & ~j) {
			uint64_t swap = (words[k] >> j ^ words[k | j]) & mask;

			words[k | j] ^= swap;
			words[k] ^= swap << j;
		}
}

/* A row from SEQ on, of which the queue sent one frame of each stream in turn. */
static void take_turned_row(struct finder *f, struct sender *q, uint64_t seq)
{
	uint32_t s, i;

	for (s = 0; s < q->streams; s++)
		q->row[s] = merged_word(f, seq / ROW_FRAMES, q->first + s * q->step);
	for (s = 0; s < q->streams; s += 64)
		transpose(&q->row[s]);
	for (i = 0; i < ROW_FRAMES; i++)
		for (s = 0; s < q->streams && q->left; s += 64) {
			uint64_t n = q->streams - s < 64 ? q->streams - s : 64;

			n = n < q->left ? n : q->left;
			take_word(f->bursts, &q->open, q->row[s + i], (uint32_t)n);
			q->left -= n;
		}
}

static void walk_sender(struct finder *f, struct sender *q)
{
	uint64_t seq = 0;
	uint32_t s;

	while (q->left && seq < f->rows * ROW_FRAMES) {
		bool whole = take_row(f, q, seq);

		if (!whole && q->run == 1)
			take_turned_row(f, q, seq);
		if (whole || q->run == 1) {
			seq += ROW_FRAMES;
			continue;
		}
		for (s = 0; s < q->streams && q->left; s++) {
			uint64_t count = q->left < q->run ? q->left : q->run;

			take_frames(f, q, q->first + s * q->step, seq, count);
			q->left -= count;
		}
		seq += q->run;
	}
	if (q->left)
		go_on(f->bursts, &q->open, true, q->left);
	if (q->open.lost)
		end_run(f->bursts, &q->open);
}

int bursts_find_in_order(struct seqcheck *const *parts, size_t n, uint32_t first,
			 const struct deal *deal, struct bursts *bursts, struct error *err)
{
	struct finder f;
	uint64_t *row;
	uint32_t i;
	int ret = finder_begin(&f, parts, n, first, deal->flows, bursts, err);

	if (ret)
		return ret;
	row = calloc((size_t)deal->flows + 64, sizeof(*row));
	if (!row)
		ret = error_set(err, EX_OSERR, -ENOMEM,
				"bursts: no memory for %u streams; use fewer flows", deal->flows);
	for (i = 0; !ret && i < deal->queues; i++) {
		struct sender queue = {.first = first + i,
				       .step = deal->queues,
				       .streams = deal_flows(deal->flows, deal->queues, i),
				       .run = deal->run,
				       .left = deal->sent[i],
				       .row = row};

		walk_sender(&f, &queue);
	}
	free(row);
	finder_end(&f);
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
