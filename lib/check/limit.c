/*
 * The file of limits; see limit.h. The lines of a section are kept as they stand until it ends:
 * only then it is known what its numbers are of.
 */
#include "limit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "hint.h"
#include "initext.h"
#include "ledger.h"

#define SECTION "limit "

enum limit_key {
	KEY_MEASURE,
	KEY_PLACE,
	KEY_MOST,
	KEY_LEAST,
	KEY_WHERE,
	KEY_OF,
	KEY_PATH,
	KEY_REPEATS,
	KEY_COUNT
};

static const char *const key_names[KEY_COUNT] = {"measure", "place", "most", "least",
						 "where",   "of",    "path", "repeats"};

struct reader {
	struct limits *limits;
	bool open; /* a section has begun: the last of the limits */
	char *text[KEY_COUNT];
	int line[KEY_COUNT];
};

static int bad(const struct reader *r, int line, struct error *err, const char *what,
	       const char *text)
{
	return error_set(err, EX_DATAERR, -EINVAL, "%s:%d: %s%s%s%s", r->limits->file, line,
			 text ? "\"" : "", text ? hint_quote(text).text : "", text ? "\": " : "",
			 what);
}

static int no_memory(const struct reader *r, struct error *err)
{
	return error_set(err, EX_OSERR, -ENOMEM, "no memory for %s", r->limits->file);
}

/* "; did you mean "X"?" into BUF, or "". */
static const char *meant(const struct hint *hint, char *buf, size_t size)
{
	buf[0] = '\0';
	if (hint->best[0])
		snprintf(buf, size, "; did you mean \"%s\"?", hint->best);
	return buf;
}

static int find_measure(const struct reader *r, struct limit *limit, struct error *err)
{
	const char *name = r->text[KEY_MEASURE] ? r->text[KEY_MEASURE] : "place";
	struct hint hint = {.wanted = name};
	char text[160], what[HINT_WORD_MAX + 32];
	size_t n, i;
	const struct limit_measure *rows = limit_measure_table(&n);

	for (i = 0; i < n; i++) {
		if (!strcmp(rows[i].name, name))
			limit->measure = &rows[i];
		hint_offer(&hint, rows[i].name);
	}
	if (!limit->measure) {
		snprintf(text, sizeof(text), "no such measure%s; `ringloss list measures` has all",
			 meant(&hint, what, sizeof(what)));
		return bad(r, r->line[KEY_MEASURE], err, text, name);
	}
	if (!strcmp(name, "place") && !r->text[KEY_PLACE])
		return bad(r, r->line[KEY_MEASURE], err,
			   "which place? give place = NAME (ringloss list places)", NULL);
	if (strcmp(name, "place") && r->text[KEY_PLACE])
		return bad(r, r->line[KEY_PLACE], err,
			   "a limit is of one measure, and this one has two: leave place or "
			   "measure out",
			   NULL);
	return 0;
}

/* A place by its name, also with its number before it, as reports print it. */
static int find_place(const struct reader *r, struct limit *limit, struct error *err)
{
	const char *given = r->text[KEY_PLACE];
	struct hint hint = {.wanted = given};
	char numbered[128], text[200], what[HINT_WORD_MAX + 32];
	size_t n, i;
	const struct loss_def *places = ledger_loss_table(&n);

	if (!given)
		return 0;
	for (i = 0; i < n; i++) {
		snprintf(numbered, sizeof(numbered), "%d %s", places[i].place_row, places[i].place);
		if (!strcmp(given, places[i].place) || !strcmp(given, numbered)) {
			limit->place = strdup(places[i].place);
			return limit->place ? 0 : no_memory(r, err);
		}
		hint_offer(&hint, places[i].place);
	}
	snprintf(text, sizeof(text), "no such place%s; `ringloss list places` has all",
		 meant(&hint, what, sizeof(what)));
	return bad(r, r->line[KEY_PLACE], err, text, given);
}

static int parse_bound(const struct reader *r, struct limit *limit, struct error *err)
{
	enum limit_key key = r->text[KEY_MOST] ? KEY_MOST : KEY_LEAST;
	const char *why;
	char what[120];

	limit->at_most = key == KEY_MOST;
	why = limit_parse_bound(limit, r->text[key]);
	if (!why)
		return 0;
	snprintf(what, sizeof(what), "%s: %s", why, limit_unit_words(limit->measure));
	return bad(r, r->line[key], err, what, r->text[key]);
}

static int parse_of(const struct reader *r, struct limit *limit, struct error *err)
{
	const char *text = r->text[KEY_OF];

	limit->median = text && !strcmp(text, "median");
	if (text && !limit->median && strcmp(text, "each"))
		return bad(r, r->line[KEY_OF], err,
			   "give each (every trial has to keep the limit) or median (of a point's "
			   "trials)",
			   text);
	return 0;
}

static int parse_repeats(const struct reader *r, struct limit *limit, struct error *err)
{
	const char *text = r->text[KEY_REPEATS];
	size_t len = text ? strlen(text) : 0;

	if (!text)
		return 0;
	if (len && len < 8 && strspn(text, "0123456789") == len)
		limit->repeats = strtoull(text, NULL, 10);
	if (!limit->repeats)
		return bad(r, r->line[KEY_REPEATS], err,
			   "give the valid trials that a point needs, 1 or more", text);
	return 0;
}

/* The section is whole: make the limit of its lines. */
static int finish(struct reader *r, struct error *err)
{
	struct limit *limit = r->open ? &r->limits->rows[r->limits->n - 1] : NULL;
	const char *why;
	int ret = 0;

	if (!limit)
		return 0;
	if (!r->text[KEY_MEASURE] && !r->text[KEY_PLACE])
		return bad(r, limit->line, err,
			   "the limit has no measure: give measure = NAME (ringloss list "
			   "measures), or place = NAME",
			   limit->name);
	if (!r->text[KEY_MOST] == !r->text[KEY_LEAST])
		return bad(r, limit->line, err,
			   "a limit has one of most and least; for both, write two limits",
			   limit->name);
	ret = find_measure(r, limit, err);
	if (!ret)
		ret = find_place(r, limit, err);
	if (!ret)
		ret = parse_bound(r, limit, err);
	if (!ret)
		ret = parse_of(r, limit, err);
	if (!ret)
		ret = parse_repeats(r, limit, err);
	if (!ret && r->text[KEY_WHERE] && limit_parse_where(limit, r->text[KEY_WHERE], &why))
		ret = bad(r, r->line[KEY_WHERE], err, why, r->text[KEY_WHERE]);
	if (ret)
		return ret;
	limit->where_line = r->line[KEY_WHERE];
	limit->path_line = r->line[KEY_PATH];
	limit->bound_text = strdup(r->text[limit->at_most ? KEY_MOST : KEY_LEAST]);
	limit->where_text = strdup(r->text[KEY_WHERE] ? r->text[KEY_WHERE] : "");
	if (r->text[KEY_PATH])
		limit->path = strdup(r->text[KEY_PATH]);
	return limit->bound_text && limit->where_text && (limit->path || !r->text[KEY_PATH])
		       ? 0
		       : no_memory(r, err);
}

static void forget_lines(struct reader *r)
{
	size_t k;

	for (k = 0; k < KEY_COUNT; k++) {
		free(r->text[k]);
		r->text[k] = NULL;
		r->line[k] = 0;
	}
}

/* What of a name stands in tables, XML and shells without a quote. */
static bool is_name(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789._-";

	return *name && !name[strspn(name, allowed)];
}

static int take_section(void *ctx, const char *section, int line, struct error *err)
{
	struct reader *r = ctx;
	struct limits *limits = r->limits;
	const char *name = section + strlen(SECTION);
	struct limit *grown;
	size_t i;
	int ret = finish(r, err);

	forget_lines(r);
	if (ret)
		return ret;
	if (strncmp(section, SECTION, strlen(SECTION)))
		return bad(r, line, err,
			   "no section of a file of limits: each is [limit NAME] (a plan is run by "
			   "`ringloss run`)",
			   section);
	name += strspn(name, " \t");
	if (!is_name(name))
		return bad(r, line, err,
			   "the name of a limit is of letters, digits, '.', '_' and "
			   "'-'",
			   name);
	for (i = 0; i < limits->n; i++)
		if (!strcmp(limits->rows[i].name, name))
			return bad(r, line, err, "there is a limit of this name above", name);
	grown = realloc(limits->rows, (limits->n + 1) * sizeof(*grown));
	if (!grown)
		return no_memory(r, err);
	limits->rows = grown;
	grown[limits->n] = (struct limit){.line = line, .name = strdup(name)};
	limits->n++;
	r->open = true;
	return grown[limits->n - 1].name ? 0 : no_memory(r, err);
}

static int take_key(void *ctx, const char *key, const char *value, int line, struct error *err)
{
	struct reader *r = ctx;
	struct hint hint = {.wanted = key};
	char text[200], what[HINT_WORD_MAX + 32];
	size_t k;

	if (!r->open)
		return bad(r, line, err, "a key before the first [limit NAME]", key);
	for (k = 0; k < KEY_COUNT; k++) {
		hint_offer(&hint, key_names[k]);
		if (strcmp(key_names[k], key))
			continue;
		if (r->text[k])
			return bad(r, line, err, "the limit has this key already", key);
		if (!*value)
			return bad(r, line, err, "the key has no value", key);
		r->line[k] = line;
		r->text[k] = strdup(value);
		return r->text[k] ? 0 : no_memory(r, err);
	}
	snprintf(text, sizeof(text),
		 "no key of a limit%s; there are measure, place, most, least, where, of, path and "
		 "repeats",
		 meant(&hint, what, sizeof(what)));
	return bad(r, line, err, text, key);
}

struct limits *limits_parse(const char *file, const char *text, size_t len, struct error *err)
{
	struct reader r = {.limits = calloc(1, sizeof(*r.limits))};
	struct initext_sink sink = {take_section, take_key, &r};
	int ret;

	if (!r.limits || !(r.limits->file = strdup(file))) {
		error_set(err, EX_OSERR, -ENOMEM, "no memory for %s", file);
		free(r.limits);
		return NULL;
	}
	ret = initext_read(file, text, len, &sink, err);
	if (!ret)
		ret = finish(&r, err);
	if (!ret && !r.limits->n)
		ret = error_set(err, EX_DATAERR, -EINVAL,
				"%s has no limit: each is a section [limit NAME]", file);
	forget_lines(&r);
	if (!ret)
		return r.limits;
	limits_free(r.limits);
	return NULL;
}

struct limits *limits_load(const char *file, struct error *err)
{
	struct limits *limits;
	size_t len;
	char *text = file_read(file, &len, err);

	if (!text) {
		if (err->code != -ENOMEM && err->code != -EFBIG)
			err->exit = EX_NOINPUT;
		return NULL;
	}
	limits = limits_parse(file, text, len, err);
	free(text);
	return limits;
}

void limits_free(struct limits *limits)
{
	size_t i;

	if (!limits)
		return;
	for (i = 0; i < limits->n; i++) {
		struct limit *limit = &limits->rows[i];

		limit_free_where(limit);
		free(limit->where_text);
		free(limit->bound_text);
		free(limit->place);
		free(limit->path);
		free(limit->name);
	}
	free(limits->rows);
	free(limits->file);
	free(limits);
}
