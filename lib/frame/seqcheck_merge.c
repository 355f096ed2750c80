/*
 * One result from the checkers of several threads: the union of their bitmaps,
 * word by word over what was touched. Reads whole frames' numbers from the
 * bitmaps and the rest from the tallies; knows nothing of frames.
 */
#include <string.h>

#include "seqcheck.h"
#include "seqcheck_state.h"

#define CHUNK_WORDS 512 /* 4 KiB: stays in the L1 cache while the parts are added up */

static int check_shapes(struct seqcheck *const *parts, size_t n, uint32_t first, uint32_t count,
			struct error *err)
{
	if (n == 0)
		return error_set(err, EX_SOFTWARE, -EINVAL,
				 "sequence check: nothing to merge; give one checker at least");
	for (size_t i = 1; i < n; i++)
		if (parts[i]->expect.streams != parts[0]->expect.streams ||
		    parts[i]->expect.max_seq != parts[0]->expect.max_seq ||
		    parts[i]->expect.head != parts[0]->expect.head)
			return error_set(err, EX_SOFTWARE, -EINVAL,
					 "sequence check: checkers 0 and %zu differ in streams, "
					 "frames or epoch; reset all of them for the same trial",
					 i);
	if (first > parts[0]->expect.streams || count > parts[0]->expect.streams - first)
		return error_set(
			err, EX_SOFTWARE, -EINVAL,
			"sequence check: no streams %u + %u of %u; ask for those there are", first,
			count, parts[0]->expect.streams);
	return 0;
}

/*
 * Bits set in N words. Counts within bytes, adds eight words before it looks across
 * bytes (64 at most each, 512 at most all), in operations that every vector unit has.
 */
static uint64_t count_bits(const uint64_t *words, size_t n)
{
	const uint64_t odd = 0x5555555555555555, pairs = 0x3333333333333333;
	const uint64_t nibbles = 0x0f0f0f0f0f0f0f0f, bytes = 0x00ff00ff00ff00ff;
	uint64_t total = 0;

	while (n) {
		size_t group = n < 8 ? n : 8;
		uint64_t sum = 0;

		for (size_t i = 0; i < group; i++) {
			uint64_t w = words[i];

			w -= w >> 1 & odd;
			w = (w & pairs) + (w >> 2 & pairs);
			sum += (w + (w >> 4)) & nibbles;
		}
		sum = (sum & bytes) + (sum >> 8 & bytes);
		total += sum * 0x0001000100010001 >> 48;
		words += group;
		n -= group;
	}
	return total;
}

/* Bits set in any part in LEN (at most CHUNK_WORDS) words from OFFSET; each part's own if asked. */
static uint64_t merge_chunk(struct seqcheck *const *parts, size_t n, uint64_t offset, size_t len,
			    bool own)
{
	uint64_t merged[CHUNK_WORDS];

	memset(merged, 0, len * sizeof(merged[0]));
	for (size_t i = 0; i < n; i++) {
		const uint64_t *words = parts[i]->bitmap + offset;
		uint64_t there =
			parts[i]->merge_words > offset ? parts[i]->merge_words - offset : 0;
		size_t use = there < len ? there : len;

		for (size_t k = 0; k < use; k++)
			merged[k] |= words[k];
		if (own)
			parts[i]->merge_bits += count_bits(words, use);
	}
	return count_bits(merged, len);
}

/* LEN words from OFFSET in chunks. */
static uint64_t merge_span(struct seqcheck *const *parts, size_t n, uint64_t offset, uint64_t len,
			   bool own)
{
	uint64_t bits = 0;

	while (len) {
		size_t chunk = len < CHUNK_WORDS ? len : CHUNK_WORDS;

		bits += merge_chunk(parts, n, offset, chunk, own);
		offset += chunk;
		len -= chunk;
	}
	return bits;
}

static uint32_t count_seen(struct seqcheck *const *parts, size_t n, uint32_t first, uint32_t count)
{
	uint32_t seen = 0;

	for (uint32_t s = first; s < first + count; s++) {
		bool is_seen = false;

		for (size_t i = 0; i < n && !is_seen; i++)
			is_seen = seqcheck_high(parts[i], s, 1) > 0;
		seen += is_seen;
	}
	return seen;
}

/* All streams: the totals have everything but what two threads saw both. */
static void merge_whole(struct seqcheck *const *parts, size_t n, uint64_t words,
			struct seqcheck_result *result)
{
	uint64_t arrived = 0;

	for (size_t i = 0; i < n; i++) {
		const struct seqcheck_result *t = &parts[i]->totals;

		result->frames += t->frames;
		result->reordered += t->reordered;
		result->corrupt += t->corrupt;
		result->stale += t->stale;
		result->foreign += t->foreign;
		result->bytes += t->bytes;
		arrived += t->unique + t->duplicate;
	}
	result->unique = n == 1 ? parts[0]->totals.unique : merge_span(parts, n, 0, words, false);
	result->duplicate = arrived - result->unique;
}

/* Some streams: their words of each row; how many frames a part saw is in its own bits. */
static void merge_range(struct seqcheck *const *parts, size_t n, uint32_t first, uint32_t count,
			uint64_t words, struct seqcheck_result *result)
{
	uint32_t streams = parts[0]->expect.streams;
	uint64_t arrived = 0;

	for (uint64_t row = 0; row < words; row += streams)
		result->unique += merge_span(parts, n, row + first, count, true);
	for (size_t i = 0; i < n; i++) {
		const struct seqcheck *sc = parts[i];
		uint64_t whole = sc->merge_bits;

		for (uint32_t s = first; s < first + count; s++) {
			const struct seqcheck_tally *t = &sc->tally[s];

			whole += t->duplicate;
			result->reordered += t->reordered;
			result->corrupt += t->corrupt;
			result->bytes += t->bytes_beyond + t->corrupt_bytes;
		}
		arrived += whole;
		result->bytes += whole * sc->common_len;
	}
	result->frames = arrived + result->corrupt;
	result->duplicate = arrived - result->unique;
}

int seqcheck_merge(struct seqcheck *const *parts, size_t n, uint32_t first, uint32_t count,
		   struct seqcheck_result *result, struct error *err)
{
	uint64_t words = 0;
	int ret = check_shapes(parts, n, first, count, err);

	if (ret)
		return ret;
	memset(result, 0, sizeof(*result));
	for (size_t i = 0; i < n; i++) {
		struct seqcheck *sc = parts[i];

		sc->merge_bits = 0;
		sc->merge_words = seqcheck_words(sc, seqcheck_high(sc, first, count));
		words = sc->merge_words > words ? sc->merge_words : words;
	}
	if (count == parts[0]->expect.streams)
		merge_whole(parts, n, words, result);
	else
		merge_range(parts, n, first, count, words, result);
	result->streams_seen = count_seen(parts, n, first, count);
	return 0;
}
