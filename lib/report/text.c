/* Strings made safe; see text.h. */
#include "text.h"

#include <langinfo.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT 0xfffd

/*
 * The first character of S into *cp and its length in bytes. A byte that
 * begins no valid character (RFC 3629) is a REPLACEMENT of length 1.
 */
static size_t next_char(const char *s, uint32_t *cp)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)s;
	size_t len = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	size_t i;

	*cp = len == 1 ? p[0] : p[0] & (0xffu >> (len + 1));
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			goto bad;
		*cp = *cp << 6 | (p[i] & 0x3f);
	}
	if (p[0] >= 0xf8 || *cp < least[len] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp < 0xe000))
		goto bad;
	return len;
bad:
	*cp = REPLACEMENT;
	return 1;
}

/* Characters that act instead of being seen (C0, DEL, C1, bidirectional controls), and those that
 * XML has not. */
static bool is_control(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069) || cp == 0x200e || cp == 0x200f || cp == 0xfeff ||
	       cp == 0xfffe || cp == 0xffff;
}

static bool locale_is_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

const char *text_clean(char *buf, size_t size, const char *s)
{
	static const char more[] = "...";
	bool utf8 = locale_is_utf8();
	size_t o = 0, keep = 0;
	uint32_t cp;

	for (; *s; keep = o + sizeof(more) <= size ? o : keep) {
		size_t len = next_char(s, &cp);
		bool show = !is_control(cp) && cp != REPLACEMENT && (cp < 0x80 || utf8);
		size_t need = show ? len : 1;

		if (o + need >= size) {
			memcpy(buf + keep, more, sizeof(more));
			return buf;
		}
		if (show)
			memcpy(buf + o, s, len);
		else
			buf[o] = '?';
		o += need;
		s += len;
	}
	buf[o] = '\0';
	return buf;
}

static int width_of(const char *s, size_t len)
{
	int width = 0;

	for (; len--; s++)
		width += ((unsigned char)*s & 0xc0) != 0x80;
	return width;
}

void text_wrap(FILE *out, const char *s, int at, int indent, int columns)
{
	size_t size = strlen(s) + 4;
	char *clean = malloc(size);
	const char *word;

	if (!clean) {
		fputs("...\n", out);
		return;
	}
	for (word = text_clean(clean, size, s); *word;) {
		size_t len = strcspn(word, " ");
		int width = width_of(word, len);

		if (columns && at > indent && at + 1 + width > columns) {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
		} else if (word != clean) {
			fputc(' ', out);
			at++;
		}
		fwrite(word, 1, len, out);
		at += width;
		word += len;
		word += *word == ' ';
	}
	fputc('\n', out);
	free(clean);
}

void text_html(FILE *out, const char *s)
{
	uint32_t cp;
	size_t len;

	for (; *s; s += len) {
		len = next_char(s, &cp);
		if (cp == '&')
			fputs("&amp;", out);
		else if (cp == '<')
			fputs("&lt;", out);
		else if (cp == '>')
			fputs("&gt;", out);
		else if (cp == '"')
			fputs("&quot;", out);
		else if (cp == '\'')
			fputs("&#39;", out);
		else if (cp == '\n' || cp == '\t')
			fputc((int)cp, out);
		else if (is_control(cp) || cp == REPLACEMENT)
			fputs("&#xfffd;", out);
		else
			fwrite(s, 1, len, out);
	}
}
