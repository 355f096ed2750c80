/*
 * What makes an error message about a text useful: the text itself, cut to a
 * length that fits a line, and the known word that the user probably meant.
 */
#ifndef RINGLOSS_PLAN_HINT_H
#define RINGLOSS_PLAN_HINT_H

#include <stddef.h>

#define HINT_QUOTE_MAX 64
struct hint_quoted {
	char text[HINT_QUOTE_MAX + 4]; /* with "..." where it was cut */
};

/* TEXT, or its beginning, cut between two UTF-8 characters. */
struct hint_quoted hint_quote(const char *text);

#define HINT_WORD_MAX 96
/* The best candidate so far for a word that is not known. */
struct hint {
	const char *wanted;       /* what the user wrote */
	size_t distance;          /* of best; meaningless while best is empty */
	char best[HINT_WORD_MAX]; /* "": none is near enough */
};

/*
 * Offer CANDIDATE. It is kept when it is nearer to the wanted word (insertions,
 * deletions, substitutions, swapped neighbours) than the best so far, and near
 * at all: a quarter of the word's length, but at least 2. A candidate whose part
 * behind the last dot is the same as the wanted word's counts as distance 2: the
 * right key in the wrong section.
 */
void hint_offer(struct hint *hint, const char *candidate);

#endif
