/* Set-ups of sides as text; see setup_lines.h. */
#include "setup_lines.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "json.h"

#define LINE_MAX_LEN 512

struct line {
	char text[LINE_MAX_LEN];
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->text + l->len, sizeof(l->text) - l->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		l->len = l->len + (size_t)n < sizeof(l->text) ? l->len + (size_t)n
							      : sizeof(l->text) - 1;
}

static void add_threads(struct line *l, const json_t *threads)
{
	const json_t *thread;
	size_t i;

	json_array_foreach (threads, i, thread)
		add(l, "%s%lld",
		    i                              ? ", "
		    : json_array_size(threads) > 1 ? ", CPUs "
						   : ", CPU ",
		    (long long)json_s64(thread, "cpu", -1));
}

/*
 * Of the host's settings there are many: those that the plan asks for, and what a reader of a
 * NIC's figures asks first.
 */
static bool setting_is_shown(const json_t *asked, const char *key, const json_t *value)
{
	const char *wish = json_str(asked, key, "keep");

	if (json_is_string(value) && !strcmp(json_string_value(value), "unsupported"))
		return false;
	/* what a default found nothing to do for */
	if (!strcmp(wish, "auto") && json_is_string(value) &&
	    (!strcmp(json_string_value(value), "none") ||
	     !strcmp(json_string_value(value), "default")))
		return false;
	return strcmp(wish, "keep") || !strcmp(key, "nic.rx_ring") || !strcmp(key, "nic.channels");
}

/* "ring 2048, zero_copy off": what took effect; host settings ("napi.threaded") last. */
static void add_effective(struct line *l, json_t *effective, const json_t *asked)
{
	const char *key;
	json_t *value;
	int pass;

	for (pass = 0; pass < 2; pass++) {
		json_object_foreach (effective, key, value) {
			bool setting = strchr(key, '.') != NULL;

			if (setting != pass || (setting && !setting_is_shown(asked, key, value)))
				continue;
			if (json_is_string(value))
				add(l, ", %s %s", key, json_string_value(value));
			else if (json_is_integer(value))
				add(l, ", %s %lld", key, (long long)json_integer_value(value));
		}
	}
}

static void describe(struct line *l, const char *name, const json_t *side)
{
	const json_t *device = json_object_get(side, "device");
	const json_t *settings = json_object_get(side, "settings");
	const char *mode = json_str(side, "mode", ""), *ifname = json_str(device, "ifname", "");

	add(l, "%s: %s%s%s", name, json_str(side, "endpoint", "?"), *mode ? " " : "", mode);
	if (*ifname)
		add(l, " on %s (%s, MTU %llu)", ifname, json_str(device, "driver", "?"),
		    (unsigned long long)json_u64(device, "mtu", 0));
	add_threads(l, json_object_get(side, "threads"));
	add_effective(l, json_object_get(settings, "effective"),
		      json_object_get(settings, "asked"));
}

static bool known(const json_t *lines, const char *text)
{
	const json_t *line;
	size_t i;

	json_array_foreach (lines, i, line)
		if (!strcmp(json_string_value(line), text))
			return true;
	return false;
}

json_t *setup_lines(const json_t *trials)
{
	json_t *lines = json_array(), *side, *trial;
	const char *name;
	size_t i;

	json_array_foreach (trials, i, trial) {
		/* of a trial that was not measured it is not known what was open */
		if (!json_is_object(json_object_get(trial, "offered")))
			continue;
		json_object_foreach (json_object_get(trial, "sides"), name, side) {
			struct line l = {0};

			describe(&l, name, side);
			if (!known(lines, l.text) &&
			    json_array_append_new(lines, json_string(l.text)))
				goto fail;
		}
	}
	return lines;
fail:
	json_decref(lines);
	return NULL;
}
