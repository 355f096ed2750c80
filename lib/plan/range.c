/* The range of a knob as a user would write it: for help, `list knobs` and error messages. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "value.h"

/* A text that grows in a buffer of the caller's; what does not fit is cut. */
struct out {
	char *buf;
	size_t size, len;
};

static void put(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(struct out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (o->len >= o->size)
		return;
	va_start(ap, fmt);
	n = vsnprintf(o->buf + o->len, o->size - o->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		o->len += (size_t)n;
}

/* VALUE in the largest of UNITS that divides it. */
static void put_scaled(struct out *o, const struct value_unit *units, uint64_t value)
{
	const struct value_unit *best = units;

	for (; units->name; units++)
		if (value && value % units->factor == 0)
			best = units;
	put(o, "%llu%s", (unsigned long long)(value / best->factor), best->name);
}

static void put_bounds(struct out *o, const struct knob *knob, const struct value_unit *units,
		       const char *unbounded)
{
	if (!knob->min && !knob->max) {
		put(o, "%s", unbounded);
		return;
	}
	put_scaled(o, units, knob->min);
	if (!knob->max) {
		put(o, " or more");
		return;
	}
	put(o, "..");
	put_scaled(o, units, knob->max);
}

static void range_u64(struct out *o, const struct knob *knob)
{
	static const struct value_unit plain[] = {{"", 1}, {}};

	put_bounds(o, knob, plain, "a whole number");
}

static void range_bool(struct out *o, const struct knob *knob)
{
	put(o, "on|off");
}

static void range_choice(struct out *o, const struct knob *knob)
{
	size_t i;

	for (i = 0; knob->choices && knob->choices[i]; i++)
		put(o, "%s%s", i ? "|" : "", knob->choices[i]);
}

static void range_string(struct out *o, const struct knob *knob)
{
	if (knob->form)
		put(o, "%s", knob->form);
	else
		put(o, "a text of at most %zu characters", knob->size ? knob->size - 1 : 0);
}

static void range_bytes(struct out *o, const struct knob *knob)
{
	put_bounds(o, knob, value_byte_units, "a size such as 4096, 64K, 8M or 1G");
}

static void range_duration(struct out *o, const struct knob *knob)
{
	put_bounds(o, knob, value_time_units, "a duration such as 2s, 500ms, 10us or 250ns");
}

static void range_rate(struct out *o, const struct knob *knob)
{
	put_bounds(o, knob, value_rate_units, "a rate such as 9000pps, 250kpps or 1.5Mpps");
	put(o, ", or max");
}

static void range_ratio(struct out *o, const struct knob *knob)
{
	put(o, "0..1 or 0%%..100%%");
}

static void range_cpus(struct out *o, const struct knob *knob)
{
	put(o, "CPUs such as 0, 0-3 or 0+2");
	if (knob->max)
		put(o, ", each %llu..%llu", (unsigned long long)knob->min,
		    (unsigned long long)knob->max);
}

static void range_ipv4(struct out *o, const struct knob *knob)
{
	put(o, "an address such as 198.18.0.1/24, or nothing");
}

static void range_ipv6(struct out *o, const struct knob *knob)
{
	put(o, "an address such as 2001:2::1/64, or nothing");
}

static void (*const ranges[])(struct out *o, const struct knob *knob) = {
	[KNOB_U64] = range_u64,       [KNOB_BOOL] = range_bool,   [KNOB_CHOICE] = range_choice,
	[KNOB_STRING] = range_string, [KNOB_BYTES] = range_bytes, [KNOB_DURATION] = range_duration,
	[KNOB_RATE] = range_rate,     [KNOB_RATIO] = range_ratio, [KNOB_CPUS] = range_cpus,
	[KNOB_SIZES] = range_u64,     [KNOB_IPV4] = range_ipv4,   [KNOB_IPV6] = range_ipv6,
};

void knob_range_text(const struct knob *knob, char *buf, size_t size)
{
	struct out o = {.buf = buf, .size = size};
	size_t i;

	if (!size)
		return;
	buf[0] = '\0';
	for (i = 0; knob->words && knob->words[i]; i++)
		put(&o, "%s|", knob->words[i]);
	if ((size_t)knob->type < sizeof(ranges) / sizeof(ranges[0]))
		ranges[knob->type](&o, knob);
}
