/*
 * What a swept key took effect as, where the side read it back: a driver makes 128 of 100, "same"
 * is some CPU. Points stay apart by what was asked; what is shown says both. See model.h.
 */
#include "model.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "number.h"

#define SHOWN 48 /* bytes of a value; a list of all CPUs is longer */

/* What TRIAL's side read back for KEY ("SIDE.GROUP.NAME") into buf. False: nothing. */
static bool read_back(const json_t *trial, const char *key, char buf[static SHOWN])
{
	const char *dot = strchr(key, '.');
	const json_t *side, *value;

	if (!dot)
		return false;
	side = json_object_getn(json_object_get(trial, "sides"), key, (size_t)(dot - key));
	value = json_object_get(json_object_get(json_object_get(side, "settings"), "effective"),
				dot + 1);
	if (json_is_string(value))
		snprintf(buf, SHOWN, "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(buf, SHOWN, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		snprintf(buf, SHOWN, "%.9g", json_real_value(value));
	else if (json_is_boolean(value))
		snprintf(buf, SHOWN, "%s", json_is_true(value) ? "on" : "off");
	else
		return false;
	return *buf;
}

/* "10000 us" as number_parse has it, "on" as 1. NAN: a word. */
static double as_number(const char *text)
{
	char tight[SHOWN];
	size_t n = 0;

	for (; *text && n + 1 < sizeof(tight); text++)
		if (*text != ' ')
			tight[n++] = *text;
	tight[n] = '\0';
	if (!strcmp(tight, "on") || !strcmp(tight, "off"))
		return !strcmp(tight, "on");
	return number_parse(tight);
}

static bool same(const char *asked, const char *effective)
{
	double a = as_number(asked), b = as_number(effective);

	return !strcmp(asked, effective) || (!isnan(a) && a == b);
}

int point_show(struct report_point *p, const struct model *m)
{
	char first[SHOWN], other[SHOWN];
	size_t a, i;

	p->shown = calloc(m->n_axes + 1, sizeof(*p->shown));
	if (!p->shown)
		return -ENOMEM;
	for (a = 0; a < m->n_axes; a++) {
		bool known = false, differs = false;

		if (!p->values[a])
			continue;
		for (i = 0; i < p->n_trials; i++) {
			if (!point_counts(p, p->trials[i]) ||
			    !read_back(p->trials[i], m->axes[a].key, known ? other : first))
				continue;
			differs |= known && strcmp(first, other) != 0;
			known = true;
		}
		if (!known || (!differs && same(p->values[a], first)))
			continue;
		if (asprintf(&p->shown[a], "%s (%s)", p->values[a], differs ? "varies" : first) <
		    0) {
			p->shown[a] = NULL;
			return -ENOMEM;
		}
	}
	return 0;
}
