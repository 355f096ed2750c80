/*
 * INI lines through inih; see initext.h. Debian's inih holds 199 characters of
 * a line and drops or splits the rest, so a longer value is handed to it in
 * pieces, as continuation lines, and put together again behind it. The user's
 * own indentation is taken away first: it never means a continuation.
 */
#include "initext.h"

#include <ini.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "hint.h"
#include "model.h"

#define SECTION_MAX 48 /* inih keeps 49 characters of a section's name */
#define KEY_MAX 80     /* fits a piece together with some of the value */

struct reader {
	const char *name;
	const struct initext_sink *sink;
	struct error *err;
	int ret; /* first error */

	const char *next, *end; /* text that was not read yet */
	int line;

	char *rest;   /* what of the current line inih has not got, or NULL */
	size_t least; /* the first piece of a key holds at least this: "key=" */
	char *copy;   /* the current line */

	char key[KEY_MAX + 1]; /* "": none begun */
	char *value;           /* of key, so far */
	size_t value_len;
	int key_line;
};

static int bad_line(struct reader *r, const char *what, const char *text)
{
	r->ret = error_set(r->err, EX_DATAERR, -EINVAL, "%s:%d: %s%s%s", r->name, r->line, what,
			   text ? ": " : "", text ? hint_quote(text).text : "");
	return r->ret;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Ends LINE before its comment and its trailing blanks; returns its first non-blank. */
static char *strip(char *line)
{
	char *end;

	while (is_blank(*line))
		line++;
	if (*line == ';' || *line == '#')
		*line = '\0';
	for (end = line; *end; end++)
		if (*end == ';' && end > line && is_blank(end[-1]))
			break;
	while (end > line && is_blank(end[-1]))
		end--;
	*end = '\0';
	return line;
}

/* Hand over the key that is complete once another line begins. */
static int flush_key(struct reader *r)
{
	if (!r->key[0] || r->ret)
		return r->ret;
	r->ret = r->sink->key(r->sink->ctx, r->key, r->value, r->key_line, r->err);
	r->key[0] = '\0';
	return r->ret;
}

static int begin_section(struct reader *r, char *line)
{
	char *close = strchr(line, ']');

	if (!close || close[1])
		return bad_line(r, "a section is written [NAME], alone on its line", line);
	if (close - line - 1 > SECTION_MAX)
		return bad_line(r, "the name of the section is too long", line);
	r->least = 1;
	*close = '\0';
	r->ret = r->sink->section(r->sink->ctx, line + 1, r->line, r->err);
	*close = ']';
	return r->ret;
}

/* LINE as "key=value", so that the first piece holds the whole key. */
static int begin_key(struct reader *r, char *line)
{
	char *equals = strchr(line, '='), *value, *key_end;
	size_t key_len, value_len;

	if (!equals)
		return bad_line(r, "neither [section] nor key = value", line);
	for (key_end = equals; key_end > line && is_blank(key_end[-1]);)
		key_end--;
	for (value = equals + 1; is_blank(*value);)
		value++;
	key_len = (size_t)(key_end - line);
	value_len = strlen(value);
	if (!key_len)
		return bad_line(r, "no key before the =", line);
	if (key_len > KEY_MAX)
		return bad_line(r, "no key is as long as this one", line);
	if (memchr(line, ':', key_len))
		return bad_line(r, "a key is followed by =, not by :", line);
	line[key_len] = '=';
	memmove(line + key_len + 1, value, value_len + 1);
	r->least = key_len + 1;
	free(r->value);
	r->value = malloc(strlen(line) + 1);
	if (!r->value) {
		r->ret = error_set(r->err, EX_OSERR, -ENOMEM, "no memory for line %d of %s",
				   r->line, r->name);
		return r->ret;
	}
	r->value[0] = '\0';
	r->value_len = 0;
	r->key_line = r->line;
	return 0;
}

/* The next line that says something, stripped, into r->copy; NULL at the end or on an error. */
static char *next_line(struct reader *r)
{
	while (r->next < r->end && !r->ret) {
		const char *newline = memchr(r->next, '\n', (size_t)(r->end - r->next));
		size_t len = (size_t)((newline ? newline : r->end) - r->next);
		const char *start = r->next;
		char *line;

		r->next = newline ? newline + 1 : r->end;
		r->line++;
		if (len && start[len - 1] == '\r')
			len--;
		if (memchr(start, '\0', len)) {
			bad_line(r, "a NUL byte; a plan is a text file", NULL);
			break;
		}
		free(r->copy);
		r->copy = strndup(start, len);
		if (!r->copy) {
			r->ret = error_set(r->err, EX_OSERR, -ENOMEM, "no memory for line %d of %s",
					   r->line, r->name);
			break;
		}
		line = strip(r->copy);
		if (!*line)
			continue;
		if (!plan_text_ok(line, strlen(line))) {
			bad_line(r, "control characters, or not UTF-8; a plan is a text file",
				 NULL);
			break;
		}
		if (flush_key(r))
			break;
		if (*line == '[' ? begin_section(r, line) : begin_key(r, line))
			break;
		return line;
	}
	return NULL;
}

/* The length of the piece of TEXT that fits ROOM, so that inih finds neither blanks to take away
 * nor a comment where it is cut; 0: there is no such place. */
static size_t cut_length(const char *text, size_t least, size_t room)
{
	size_t len = strnlen(text, room + 1);

	if (len <= room)
		return len;
	for (len = room; len >= least; len--)
		if (!is_blank(text[len - 1]) && !is_blank(text[len]) && !strchr(";#", text[len]))
			return len;
	return 0;
}

/* An ini_reader: like fgets, one piece a call. */
static char *read_piece(char *buf, int size, void *stream)
{
	struct reader *r = stream;
	bool more = r->rest;
	char *from = more ? r->rest : next_line(r);
	size_t room = (size_t)size - 3, len; /* a blank before, newline and NUL behind */
	char *p = buf;

	if (!from || r->ret)
		return NULL;
	len = cut_length(from, more ? 1 : r->least, room);
	if (!len) {
		bad_line(r, "too many blanks, ; or # in a row within the value", NULL);
		return NULL;
	}
	if (more)
		*p++ = ' ';
	memcpy(p, from, len);
	p[len] = '\n';
	p[len + 1] = '\0';
	r->rest = from[len] ? from + len : NULL;
	return buf;
}

/* An ini_handler: a key with its value, or with a further piece of it. */
static int take_piece(void *user, const char *section, const char *key, const char *value)
{
	struct reader *r = user;
	size_t len = strlen(value);

	if (!r->key[0])
		memcpy(r->key, key, strnlen(key, KEY_MAX) + 1);
	memcpy(r->value + r->value_len, value, len + 1);
	r->value_len += len;
	return 1;
}

int initext_read(const char *name, const char *text, size_t len, const struct initext_sink *sink,
		 struct error *err)
{
	struct reader r = {.name = name, .sink = sink, .err = err, .next = text, .end = text + len};
	int bad;

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		r.next += 3;
	bad = ini_parse_stream(read_piece, &r, take_piece, &r);
	flush_key(&r);
	if (bad && !r.ret)
		r.ret = error_set(err, EX_DATAERR, -EINVAL, "%s: inih cannot read it", name);
	free(r.copy);
	free(r.value);
	return r.ret;
}
