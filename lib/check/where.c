/* The points that a limit is for: KEY=VALUE, KEY>=VALUE, ... joined by commas; see limit.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hint.h"
#include "limit.h"
#include "number.h"

/* The longer ones first: "<=" begins with "<". */
static const struct {
	const char *sign;
	enum limit_relation relation;
	bool by_size;
} relations[] = {
	{"!=", LIMIT_OTHER}, {"<=", LIMIT_AT_MOST, true}, {">=", LIMIT_AT_LEAST, true},
	{"=", LIMIT_EQUAL},  {"<", LIMIT_BELOW, true},    {">", LIMIT_ABOVE, true},
};

#define N_RELATIONS (sizeof(relations) / sizeof(relations[0]))

/* LEN bytes without the blanks around. NULL: no memory. */
static char *trimmed(const char *text, size_t len)
{
	while (len && strchr(" \t", *text)) {
		text++;
		len--;
	}
	while (len && strchr(" \t", text[len - 1]))
		len--;
	return strndup(text, len);
}

static int parse_condition(struct limit_condition *c, const char *text, size_t len,
			   const char **why)
{
	size_t key = strcspn(text, "=<>!"), i;

	*why = "a condition is KEY=VALUE, or with !=, <, <=, >, >=; several are joined by commas";
	if (key >= len)
		return -EINVAL;
	for (i = 0; i < N_RELATIONS; i++)
		if (!strncmp(text + key, relations[i].sign, strlen(relations[i].sign)))
			break;
	if (i == N_RELATIONS)
		return -EINVAL;
	c->relation = relations[i].relation;
	c->key = trimmed(text, key);
	key += strlen(relations[i].sign);
	c->value = trimmed(text + key, len - key);
	if (!c->key || !c->value) {
		*why = "no memory";
		return -ENOMEM;
	}
	if (!*c->key || strpbrk(c->key, " \t") || strpbrk(c->value, "=<>!"))
		return -EINVAL;
	if (relations[i].by_size && isnan(number_parse(c->value))) {
		*why = "what is compared by size has to be a number";
		return -EINVAL;
	}
	return 0;
}

int limit_parse_where(struct limit *limit, const char *text, const char **why)
{
	for (;;) {
		size_t len = strcspn(text, ",");
		struct limit_condition *grown =
			realloc(limit->where, (limit->n_where + 1) * sizeof(*limit->where));
		int ret;

		*why = "no memory";
		if (!grown)
			return -ENOMEM;
		limit->where = grown;
		grown[limit->n_where] = (struct limit_condition){0};
		ret = parse_condition(&grown[limit->n_where++], text, len, why);
		if (ret || !text[len])
			return ret;
		text += len + 1;
	}
}

void limit_free_where(struct limit *limit)
{
	size_t i;

	for (i = 0; i < limit->n_where; i++) {
		free(limit->where[i].key);
		free(limit->where[i].value);
	}
	free(limit->where);
}

/* As text or, where both are numbers, by what they are: 1Mpps is 1000kpps. */
static bool equal(const char *a, const char *b)
{
	double x = number_parse(a), y = number_parse(b);

	return !strcmp(a, b) || (!isnan(x) && x == y);
}

int limit_fits(const struct limits *limits, const struct limit *limit, limit_value_fn *value,
	       void *ctx, struct error *err)
{
	size_t i;

	for (i = 0; i < limit->n_where; i++) {
		const struct limit_condition *c = &limit->where[i];
		const char *here = value(ctx, c->key);
		double x, y = number_parse(c->value);
		bool fits = false;

		if (!here)
			return 0;
		x = number_parse(here);
		/* a setting left alone, as which nothing was asked for */
		if (c->relation >= LIMIT_BELOW && !strcmp(here, "keep"))
			return 0;
		if (c->relation >= LIMIT_BELOW && isnan(x))
			return error_set(err, EX_DATAERR, -EINVAL,
					 "%s:%d: limit %s: %s is \"%s\" at a point, which is no "
					 "number to be compared by size: name such points by = or "
					 "!=",
					 limits->file, limit->where_line, limit->name, c->key,
					 hint_quote(here).text);
		switch (c->relation) {
		case LIMIT_EQUAL:
			fits = equal(here, c->value);
			break;
		case LIMIT_OTHER:
			fits = !equal(here, c->value);
			break;
		case LIMIT_BELOW:
			fits = x < y;
			break;
		case LIMIT_AT_MOST:
			fits = x <= y;
			break;
		case LIMIT_ABOVE:
			fits = x > y;
			break;
		case LIMIT_AT_LEAST:
			fits = x >= y;
			break;
		}
		if (!fits)
			return 0;
	}
	return 1;
}
