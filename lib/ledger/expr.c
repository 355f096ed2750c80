/* Expressions of counters; see expr.h. */
#include "expr.h"

#include <string.h>

#define SEPARATORS "+- "

bool expr_next(const char **at, struct expr_term *term)
{
	const char *p = *at;
	size_t len;

	term->sign = 1;
	for (; *p && strchr(SEPARATORS, *p); p++)
		term->sign = *p == '-' ? -1 : 1;
	len = strcspn(p, SEPARATORS);
	*at = p + len;
	if (!len || len >= sizeof(term->name))
		return false;
	memcpy(term->name, p, len);
	term->name[len] = 0;
	return true;
}

bool expr_edge(const struct expr_reader *reader, enum ledger_end end, const char *expr,
	       int64_t *value)
{
	struct expr_term term;
	int64_t delta;

	*value = 0;
	if (!expr)
		return false;
	while (expr_next(&expr, &term)) {
		if (!reader->read(reader->ctx, end, term.name, &delta))
			return false;
		*value += term.sign * delta;
	}
	return true;
}

bool expr_loss(const struct expr_reader *reader, enum ledger_end end, const char *expr,
	       int64_t *value)
{
	struct expr_term term;
	bool known = false;
	int64_t delta;

	*value = 0;
	while (expr_next(&expr, &term)) {
		if (!reader->read(reader->ctx, end, term.name, &delta))
			continue;
		*value += term.sign * delta;
		known |= term.sign > 0;
	}
	if (*value < 0)
		*value = 0;
	return known;
}
