/* Text tables; see table.h. */
#include "table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct table {
	char *align;    /* one of l, r a column */
	size_t cols;    /* strlen(align) */
	char **cells;   /* NULL: memory ran out for this one */
	size_t n, cap;  /* cells in use, room */
	size_t rule[8]; /* row numbers before which a rule is drawn */
	size_t n_rules;
};

struct table *table_new(const char *align)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->align = strdup(align);
	t->cols = strlen(align);
	if (!t->align) {
		free(t);
		return NULL;
	}
	return t;
}

void table_cell(struct table *t, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (t->n == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 64;
		char **grown = realloc(t->cells, cap * sizeof(*grown));

		if (!grown)
			return;
		t->cells = grown;
		t->cap = cap;
	}
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	t->cells[t->n++] = text;
}

void table_rule(struct table *t)
{
	if (t->n_rules < sizeof(t->rule) / sizeof(t->rule[0]))
		t->rule[t->n_rules++] = t->n / t->cols;
}

/* Columns on the terminal: UTF-8 continuation bytes take none. */
static size_t text_width(const char *s)
{
	size_t w = 0;

	for (; *s; s++)
		w += ((unsigned char)*s & 0xc0) != 0x80;
	return w;
}

static const char *cell_text(const struct table *t, size_t i)
{
	return i < t->n && t->cells[i] ? t->cells[i] : i < t->n ? "..." : "";
}

static void print_padding(FILE *out, size_t n, char c)
{
	while (n--)
		fputc(c, out);
}

void table_print(const struct table *t, FILE *out, int indent)
{
	size_t rows = (t->n + t->cols - 1) / t->cols;
	size_t *width = calloc(t->cols, sizeof(*width));
	size_t r, c, k;

	if (!width)
		return;
	for (r = 0; r < rows; r++)
		for (c = 0; c < t->cols; c++) {
			size_t w = text_width(cell_text(t, r * t->cols + c));

			width[c] = w > width[c] ? w : width[c];
		}
	for (r = 0; r < rows; r++) {
		for (k = 0; k < t->n_rules; k++) {
			if (t->rule[k] != r)
				continue;
			print_padding(out, (size_t)indent, ' ');
			for (c = 0; c < t->cols; c++)
				print_padding(out, width[c] + (c + 1 < t->cols ? 2 : 0), '-');
			fputc('\n', out);
		}
		print_padding(out, (size_t)indent, ' ');
		for (c = 0; c < t->cols; c++) {
			const char *text = cell_text(t, r * t->cols + c);
			size_t pad = width[c] - text_width(text);
			bool last = c + 1 == t->cols;

			if (t->align[c] == 'r')
				print_padding(out, pad, ' ');
			fputs(text, out);
			if (last)
				break;
			if (t->align[c] != 'r')
				print_padding(out, pad, ' ');
			fputs("  ", out);
		}
		fputc('\n', out);
	}
	free(width);
}

char *table_string(const struct table *t)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	table_print(t, out, 0);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

void table_free(struct table *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->n; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t->align);
	free(t);
}

const char *table_u64(char *buf, size_t size, unsigned long long value)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", value);
	size_t o = 0;
	int i;

	for (i = 0; i < len; i++) {
		bool comma = i && (len - i) % 3 == 0;

		if (o + comma + 1 >= size)
			break;
		if (comma)
			buf[o++] = ',';
		buf[o++] = digits[i];
	}
	buf[o] = '\0';
	return buf;
}

const char *table_s64(char *buf, size_t size, long long value)
{
	if (value >= 0)
		return table_u64(buf, size, (unsigned long long)value);
	buf[0] = '-';
	table_u64(buf + 1, size - 1, 0ULL - (unsigned long long)value);
	return buf;
}
