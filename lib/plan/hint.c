/* Cut quotations and nearest words; see hint.h. */
#include "hint.h"

#include <stdio.h>
#include <string.h>

struct hint_quoted hint_quote(const char *text)
{
	size_t len = strnlen(text, HINT_QUOTE_MAX + 1), cut = len;
	struct hint_quoted q;

	if (len > HINT_QUOTE_MAX) {
		cut = HINT_QUOTE_MAX;
		while (cut && ((unsigned char)text[cut] & 0xc0) == 0x80)
			cut--;
	}
	snprintf(q.text, sizeof(q.text), "%.*s%s", (int)cut, text, cut < len ? "..." : "");
	return q;
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Optimal string alignment distance; both words are shorter than HINT_WORD_MAX. */
static size_t distance(const char *a, const char *b)
{
	size_t row[3][HINT_WORD_MAX];
	size_t la = strlen(a), lb = strlen(b), i, j;

	for (j = 0; j <= lb; j++)
		row[0][j] = j;
	for (i = 1; i <= la; i++) {
		size_t *now = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];

		now[0] = i;
		for (j = 1; j <= lb; j++) {
			now[j] =
				min3(now[j - 1] + 1, up[j] + 1, up[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    up2[j - 2] + 1 < now[j])
				now[j] = up2[j - 2] + 1;
		}
	}
	return row[la % 3][lb];
}

static const char *last_part(const char *key)
{
	const char *dot = strrchr(key, '.');

	return dot ? dot + 1 : key;
}

void hint_offer(struct hint *hint, const char *candidate)
{
	size_t len = strnlen(hint->wanted, HINT_WORD_MAX), limit = len / 4 > 2 ? len / 4 : 2, d;

	if (len >= HINT_WORD_MAX || strlen(candidate) >= HINT_WORD_MAX)
		return;
	d = distance(hint->wanted, candidate);
	if (d > 2 && !strcmp(last_part(hint->wanted), last_part(candidate)))
		d = 2;
	if (d > limit || (hint->best[0] && d >= hint->distance))
		return;
	hint->distance = d;
	snprintf(hint->best, sizeof(hint->best), "%s", candidate);
}
