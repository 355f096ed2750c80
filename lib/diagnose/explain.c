/* What explain functions answer with; see diagnose.h. */
#include "causes.h"

#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json.h"
#include "sight.h"
#include "table.h"

#define TEXT_MAX 600

static void add(json_t *list, json_t *value)
{
	size_t i;
	json_t *old;

	json_array_foreach (list, i, old)
		if (json_equal(old, value)) {
			json_decref(value);
			return;
		}
	json_array_append_new(list, value);
}

void explain_cause(struct explanation *e, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	add(e->causes, json_text(text));
}

/* ---- commands ---- */

/* A line that is put together of words; what does not fit makes it void. */
struct line {
	char text[TEXT_MAX];
	size_t len;
	bool too_long;
};

static void put_char(struct line *line, char c)
{
	if (line->len + 1 < sizeof(line->text))
		line->text[line->len++] = c;
	else
		line->too_long = true;
	line->text[line->len] = '\0';
}

static void put_text(struct line *line, const char *text)
{
	while (*text)
		put_char(line, *text++);
}

/*
 * One word of a shell, in quotes where it must be: an interface may be called "a;reboot", and a
 * namespace, a chain or a comment anything at all. An empty one is left out with the blank before.
 */
static void put_word(struct line *line, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_@%+=:,./-";

	if (!*word) {
		if (line->len && line->text[line->len - 1] == ' ')
			line->text[--line->len] = '\0';
		return;
	}
	if (!word[strspn(word, plain)]) {
		put_text(line, word);
		return;
	}
	put_char(line, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			put_text(line, "'\\'");
		put_char(line, *word);
	}
	put_char(line, '\'');
}

/* FMT with %s for words, %d and %lld: no others. */
static void put_words(struct line *line, const char *fmt, va_list ap)
{
	char number[24];

	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put_char(line, *fmt);
		} else if (fmt[1] == 's') {
			put_word(line, va_arg(ap, const char *));
			fmt += 1;
		} else if (fmt[1] == 'd') {
			snprintf(number, sizeof(number), "%d", va_arg(ap, int));
			put_text(line, number);
			fmt += 1;
		} else if (!strncmp(fmt, "%lld", 4)) {
			snprintf(number, sizeof(number), "%lld", va_arg(ap, long long));
			put_text(line, number);
			fmt += 3;
		} else {
			put_char(line, '%');
			fmt += fmt[1] == '%';
		}
	}
}

void explain_advice(struct explanation *e, const char *fmt, ...)
{
	struct line line = {0};
	va_list ap;

	va_start(ap, fmt);
	put_words(&line, fmt, ap);
	va_end(ap);
	add(e->remedies, json_pack("{s:o}", "advice", json_text(line.text)));
}

/* Whether the first word of COMMAND is a program of this host. */
bool program_exists(const char *command)
{
	static const char *const folders[] = {"/usr/sbin", "/usr/bin",        "/sbin",
					      "/bin",      "/usr/local/sbin", "/usr/local/bin"};
	char path[128];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%.*s", folders[i], (int)strcspn(command, " "),
			 command);
		if (!access(path, X_OK))
			return true;
	}
	return false;
}

/* COMMAND as it is typed on the host: of the machine, or in the namespace of subject S. */
static void add_command(struct explanation *e, const struct subject *s, const struct line *command)
{
	struct line line = {0};

	if (!e->sight->root[0] && !program_exists(command->text))
		return;
	if (s->kind != SUBJECT_MACHINE && s->netns[0] && s->netns_fd >= 0) {
		bool named = strncmp(s->netns, "pid:", 4) != 0;

		put_text(&line, named ? "ip netns exec " : "nsenter -t ");
		put_word(&line, named ? s->netns : s->netns + 4);
		put_text(&line, named ? " " : " -n ");
	}
	put_text(&line, command->text);
	if (!line.too_long && !command->too_long)
		add(e->remedies, json_pack("{s:o}", "command", json_text(line.text)));
}

void explain_command(struct explanation *e, const char *fmt, ...)
{
	struct line line = {0};
	va_list ap;

	va_start(ap, fmt);
	put_words(&line, fmt, ap);
	va_end(ap);
	add_command(e, e->subject, &line);
}

/* ---- sysctls ---- */

static bool fact_is_there(const struct explanation *e, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "sysctl.%s", name);
	return fact(e->sight, e->subject, path) != NULL;
}

/* A sysctl as sysctl(8) names it ("net.ipv4.conf.eth0/100.rp_filter"), with its file. */
struct sysctl {
	char path[512];
};

static struct sysctl sysctl_of(const struct explanation *e, const char *name)
{
	const size_t begin = strlen(e->sight->root) + strlen("/proc/sys/");
	struct sysctl sysctl;

	snprintf(sysctl.path, sizeof(sysctl.path), "%s/proc/sys/%s", e->sight->root, name);
	for (char *at = sysctl.path + begin; *at; at++)
		*at = *at == '.' ? '/' : *at == '/' ? '.' : *at;
	return sysctl;
}

static int may_be_written(void *arg)
{
	const struct sysctl *sysctl = arg;
	struct stat st;

	return !stat(sysctl->path, &st) && (st.st_mode & S_IWUSR);
}

/*
 * Whose it is to set: the subject's namespace, the machine (what a namespace has not, or may only
 * read), or nobody's here: NULL.
 */
static const struct subject *sysctl_owner(const struct explanation *e, const char *name)
{
	const struct subject *machine = e->sight->subjects, *s = e->subject;
	struct sysctl sysctl = sysctl_of(e, name);

	if (*e->sight->root)
		return fact_is_there(e, name) ? s : NULL;
	if (s->kind != SUBJECT_MACHINE && s->netns_fd >= 0 &&
	    sight_call(s->netns_fd, may_be_written, &sysctl, NULL) > 0)
		return s;
	return may_be_written(&sysctl) ? machine : NULL;
}

void explain_sysctl(struct explanation *e, const char *name, const char *fmt, ...)
{
	const struct subject *of = sysctl_owner(e, name);
	struct line line = {0};
	char value[128];
	va_list ap;

	if (!of)
		return;
	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	put_text(&line, "sysctl -w ");
	put_word(&line, name);
	put_char(&line, '=');
	put_word(&line, value);
	add_command(e, of, &line);
}

void explain_sysctl_more(struct explanation *e, const char *name, int64_t now, int64_t least,
			 int64_t times)
{
	int64_t more = now > INT_MAX / times ? INT_MAX : now * times;

	more = more < least ? least : more;
	if (more > now)
		explain_sysctl(e, name, "%lld", (long long)more);
}

/* ---- facts, as causes want them ---- */

bool sysctl_value(const struct explanation *e, const char *name, int64_t *value)
{
	char path[128];

	snprintf(path, sizeof(path), "sysctl.%s", name);
	return fact_s64(e->sight, e->subject, path, value);
}

static bool is_same(const json_t *a, const json_t *b, const char *keys)
{
	while (*keys) {
		char key[32];
		size_t len = strcspn(keys, " ");

		snprintf(key, sizeof(key), "%.*s", (int)len, keys);
		if (!json_equal(json_object_get(a, key), json_object_get(b, key)))
			return false;
		keys += len + (keys[len] == ' ');
	}
	return true;
}

/*
 * The element of a list that was read before which is the same in all KEYS (with blanks between).
 * AT: where it is now; it was there before, too, if nothing came or went.
 */
static const json_t *same_before(const json_t *before, const json_t *element, size_t at,
				 const char *keys)
{
	const json_t *old = json_array_get(before, at);
	size_t i;

	if (old && is_same(old, element, keys))
		return old;
	json_array_foreach ((json_t *)before, i, old)
		if (is_same(old, element, keys))
			return old;
	return NULL;
}

/* Whether a list was cut at its bound: its last element says so. */
static bool is_cut(const json_t *list)
{
	size_t n = json_array_size(list);

	return n && json_flag(json_array_get(list, n - 1), "more", false);
}

size_t facts_moved(const struct explanation *e, const char *name, const char *keys,
		   const char *counter, struct moved list[], size_t max)
{
	const struct subject *s = e->subject;
	const json_t *after = json_object_get(s->facts, name), *element;
	const json_t *before = json_object_get(s->facts_before, name);
	size_t i, n = 0;

	json_array_foreach ((json_t *)after, i, element) {
		const json_t *old = same_before(before, element, i, keys);
		int64_t delta;
		size_t at;

		/* of one that a list had no room for it is not known what it was */
		if (!json_is_integer(json_object_get(element, counter)) || (!old && is_cut(before)))
			continue;
		delta = json_s64(element, counter, 0) - (old ? json_s64(old, counter, 0) : 0);
		if (delta <= 0)
			continue;
		/* the most first */
		for (at = n; at > 0 && list[at - 1].delta < delta; at--)
			if (at < max)
				list[at] = list[at - 1];
		if (at < max) {
			list[at] = (struct moved){element, delta};
			n += n < max;
		}
	}
	return n;
}

/* Of most groups there is a counter of others' packets, which here are all. */
static bool is_of_counter(const char *id, const char *counter)
{
	size_t len = strlen(counter);

	return !strncmp(id, counter, len) && (!id[len] || !strcmp(id + len, ".others"));
}

size_t events_moved(const struct explanation *e, const char *counter, struct event list[],
		    size_t max)
{
	static const char keys[] = "kind reason function direction ifindex netns protocol port";
	const struct subject *s = e->subject;
	json_t *event;
	size_t i, n = 0;

	json_array_foreach (e->sight->events, i, event) {
		const json_t *old;
		int64_t frames;
		size_t at;

		if (!is_of_counter(json_str(event, "counter", ""), counter) ||
		    (s->kind != SUBJECT_MACHINE && json_u64(event, "netns", 0) != s->inode) ||
		    (s->kind == SUBJECT_DEVICE && json_s64(event, "ifindex", 0) != s->ifindex))
			continue;
		old = same_before(e->sight->events_before, event, i, keys);
		frames = json_s64(event, "frames", 0) - (old ? json_s64(old, "frames", 0) : 0);
		if (frames <= 0)
			continue;
		for (at = n; at > 0 && list[at - 1].frames < frames; at--)
			if (at < max)
				list[at] = list[at - 1];
		if (at < max) {
			list[at] = (struct event){event, frames};
			n += n < max;
		}
	}
	return n;
}

const char *event_device(const struct explanation *e, const json_t *event, char *buf, size_t size)
{
	const struct sight *sight = e->sight;

	buf[0] = '\0';
	for (size_t i = 0; i < sight->n; i++) {
		const struct subject *s = &sight->subjects[i];

		if (s->kind == SUBJECT_DEVICE && s->inode == json_u64(event, "netns", 0) &&
		    s->ifindex == json_s64(event, "ifindex", 0))
			snprintf(buf, size, "%s", s->ifname);
	}
	return buf;
}

const char *event_flow(const json_t *event, char *buf, size_t size)
{
	const char *protocol = json_str(event, "protocol", "");
	long long port = json_s64(event, "port", 0);

	if (port)
		snprintf(buf, size, "%s%sport %lld", protocol, *protocol ? ", " : "", port);
	else
		snprintf(buf, size, "%s", protocol);
	return buf;
}

const char *socket_text(const json_t *socket, char *buf, size_t size)
{
	const char *program = json_str(socket, "program", "");

	if (*program)
		snprintf(buf, size, "port %lld (%s, pid %lld)",
			 (long long)json_s64(socket, "port", 0), program,
			 (long long)json_s64(socket, "pid", 0));
	else
		snprintf(buf, size, "port %lld", (long long)json_s64(socket, "port", 0));
	return buf;
}

const char *amount_text(char *buf, size_t size, int64_t n, const char *unit)
{
	char number[32];
	int len = (int)strlen(unit);
	const char *end = "";

	table_s64(number, sizeof(number), n);
	if (n == 1 && len > 3 && !strcmp(unit + len - 3, "ies")) {
		len -= 3;
		end = "y";
	} else if (n == 1 && len > 2 && unit[len - 1] == 's') {
		len -= 1;
	}
	snprintf(buf, size, "%s %.*s%s", number, len, unit, end);
	return buf;
}

/* Whether WORD is in TEXT, and no part of a longer word. */
static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at++)
		if ((at == text || !isalnum((unsigned char)at[-1])) &&
		    (!isalnum((unsigned char)word[len - 1]) || !isalnum((unsigned char)at[len])))
			return true;
	return false;
}

void explain_log(struct explanation *e, const char *word)
{
	const json_t *log = fact(e->sight, e->subject, "log");
	size_t shown = 0;

	for (size_t i = json_array_size(log); i > 0 && shown < 2; i--) {
		const json_t *line = json_array_get(log, i - 1);

		if (!has_word(json_str(line, "text", ""), word))
			continue;
		explain_cause(e, "kernel log, %lld s ago: %s",
			      (long long)json_num(line, "seconds_ago", 0),
			      json_str(line, "text", ""));
		shown++;
	}
}
