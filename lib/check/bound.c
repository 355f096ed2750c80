/* The number of a limit with its unit: "0.7%", "3 ppm", "1.5Mpps"; see limit.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limit.h"

/* A unit of a bound, and the power of ten that goes with it. */
static const struct {
	const char *name;
	int power;
	enum limit_unit unit;
} units[] = {
	{"frames", 0, LIMIT_FRAMES}, {"frame", 0, LIMIT_FRAMES}, {"%", -2, LIMIT_SHARE},
	{"ppm", -6, LIMIT_SHARE},    {"pps", 0, LIMIT_PPS},      {"kpps", 3, LIMIT_PPS},
	{"Mpps", 6, LIMIT_PPS},      {"Gpps", 9, LIMIT_PPS},
};

#define N_UNITS (sizeof(units) / sizeof(units[0]))

/*
 * Digits, perhaps with a fraction and an exponent, at TEXT times ten to POWER: rounded once, so
 * that 7 frames of 1,000 are 0.7 %. NULL, or what is wrong.
 */
static const char *parse_number(const char *text, size_t len, int power, double *out)
{
	size_t digits = strspn(text, "0123456789"), end = digits;
	char whole[80];
	long exponent = 0;

	if (digits && text[end] == '.') {
		end += 1 + strspn(text + end + 1, "0123456789");
		if (text[end - 1] == '.')
			return "no number";
	}
	if (!digits)
		return "no number";
	if (end < len && text[end] == 'e') {
		char *behind;

		exponent = strtol(text + end + 1, &behind, 10);
		if (behind != text + len || exponent < -300 || exponent > 300)
			return "no number";
	} else if (end != len) {
		return "no number";
	}
	if (end > 60)
		return "a number with too many digits";
	snprintf(whole, sizeof(whole), "%.*se%ld", (int)end, text, exponent + power);
	*out = strtod(whole, NULL);
	return NULL;
}

const char *limit_unit_words(const struct limit_measure *m)
{
	return m->whole ? "give frames, or a share in % or ppm" : "give pps, kpps, Mpps or Gpps";
}

/* Where the number at TEXT ends and its unit begins: "1e-3 %". */
static size_t number_length(const char *text)
{
	size_t len = strspn(text, "0123456789.");

	if (text[len] == 'e' && strspn(text + len + 1, "+-0123456789"))
		len += 1 + strspn(text + len + 1, "+-0123456789");
	return len;
}

const char *limit_parse_bound(struct limit *limit, const char *text)
{
	const struct limit_measure *m = limit->measure;
	size_t len = number_length(text), i;
	const char *unit = text + len + strspn(text + len, " \t"), *why;

	for (i = 0; i < N_UNITS; i++)
		if (!strcmp(units[i].name, unit))
			break;
	limit->unit = m->whole ? LIMIT_FRAMES : LIMIT_PPS; /* of 0, which needs none */
	why = parse_number(text, len, i < N_UNITS ? units[i].power : 0, &limit->bound);
	if (why)
		return why;
	if (i < N_UNITS)
		limit->unit = units[i].unit;
	else if (*unit)
		return "no such unit";
	else if (limit->bound != 0)
		return "a number without a unit";
	if ((limit->unit == LIMIT_PPS) == !!m->whole)
		return "not a unit of this measure";
	if (limit->unit == LIMIT_FRAMES &&
	    (limit->bound > 9e15 || limit->bound != (double)(int64_t)limit->bound))
		return "not a whole number of frames";
	return limit->unit == LIMIT_SHARE && limit->bound > 1 ? "more than all of it" : NULL;
}
