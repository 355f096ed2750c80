/* Numbers for people; see number.h. */
#include "number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

/* "3.0e-07" -> "3e-7". */
static void tidy_exponent(char *buf)
{
	char *e = strchr(buf, 'e');
	char *digits = e + 1, *end;

	if (!e)
		return;
	if (*digits == '-' || *digits == '+')
		digits++;
	memmove(digits, digits + strspn(digits, "0"), strlen(digits + strspn(digits, "0")) + 1);
	for (end = e; end > buf && end[-1] == '0'; end--)
		;
	if (end > buf && end[-1] == '.')
		end--;
	memmove(end, e, strlen(e) + 1);
}

const char *number_percent(char buf[static NUMBER_LEN], double ratio)
{
	double percent = 100 * ratio, size = fabs(percent);
	int digits;

	if (isnan(ratio)) {
		snprintf(buf, NUMBER_LEN, "n/a");
	} else if (ratio == 0 || fabs(ratio) == 1) {
		snprintf(buf, NUMBER_LEN, "%.0f", percent);
	} else if (size < 0.01) {
		snprintf(buf, NUMBER_LEN, "%.1e", percent);
		tidy_exponent(buf);
	} else if (size < 1) {
		snprintf(buf, NUMBER_LEN, "%.3f", percent);
	} else {
		/* As many digits as it takes not to read 100 for what is less. */
		for (digits = 2; digits < 14; digits++) {
			snprintf(buf, NUMBER_LEN, "%.*f", digits, percent);
			if (fabs(ratio) > 1 || fabs(strtod(buf, NULL)) != 100)
				return buf;
		}
		snprintf(buf, NUMBER_LEN, "<100");
	}
	return buf;
}

const char *number_share(char buf[static NUMBER_LEN], double part, double whole)
{
	char percent[NUMBER_LEN];

	if (whole == 0 || isnan(part) || isnan(whole))
		snprintf(buf, NUMBER_LEN, "n/a");
	else
		snprintf(buf, NUMBER_LEN, "%.30s %%", number_percent(percent, part / whole));
	return buf;
}

/* DIGITS digits and a prefix: 998.0k, 14.88M. */
static void pps_text(char buf[static NUMBER_LEN], double value, int digits)
{
	static const char prefix[] = " kMGT";
	char text[NUMBER_LEN];
	double v = value;
	size_t p = 0;
	int before;

	/* 0.5 of the last digit that is shown above 999: there the next prefix begins. */
	while (fabs(v) >= 1000 - 0.5 * pow(10, 3 - digits) && p + 2 < sizeof(prefix)) {
		v /= 1000;
		p++;
	}
	if (p == 0) {
		snprintf(buf, NUMBER_LEN, "%.*g", digits, value);
		return;
	}
	snprintf(text, sizeof(text), "%.*f", digits - 1, v);
	before = (int)strcspn(text + (v < 0), ".");
	snprintf(buf, NUMBER_LEN, "%.*f%c", before < digits ? digits - before : 0, v, prefix[p]);
}

/* The median of an even number of trials may lie between two: 3,949,756.5. */
static void frames_text(char buf[static NUMBER_LEN], double value)
{
	if (fabs(value) > 9e18) /* no counter of frames; a file that says so is damaged */
		snprintf(buf, NUMBER_LEN, "%.3e", value);
	else
		table_s64(buf, NUMBER_LEN, (long long)value);
	if (trunc(value) != value)
		strcat(buf, ".5"); /* 26 characters at most stand before it */
	if (value < 0 && value > -1)
		strcpy(buf, "-0.5");
}

const char *number_text(char buf[static NUMBER_LEN], enum number_kind kind, double value)
{
	if (isnan(value)) {
		snprintf(buf, NUMBER_LEN, "n/a");
		return buf;
	}
	switch (kind) {
	case NUMBER_PPS:
		pps_text(buf, value, 4);
		break;
	case NUMBER_RATIO:
		number_percent(buf, value);
		break;
	case NUMBER_FRAMES:
		frames_text(buf, value);
		break;
	}
	return buf;
}

const char *number_median(char buf[static NUMBER_LEN], enum number_kind kind,
			  const struct spread *s)
{
	return number_text(buf, kind, s->n ? s->median : NAN);
}

const char *number_range(char buf[static 2 * NUMBER_LEN], enum number_kind kind,
			 const struct spread *s)
{
	char min[NUMBER_LEN], max[NUMBER_LEN];

	buf[0] = '\0';
	if (s->n < 2 || s->min == s->max)
		return buf;
	number_text(min, kind, s->min);
	number_text(max, kind, s->max);
	/* A range of rates is about noise: three digits say it, and two ranges fit a line. */
	if (kind == NUMBER_PPS) {
		pps_text(min, s->min, 3);
		pps_text(max, s->max, 3);
	}
	snprintf(buf, (size_t)2 * NUMBER_LEN, "%.35s..%.35s", min, max);
	return buf;
}

double number_parse(const char *text)
{
	static const struct {
		const char *unit;
		double factor;
	} units[] = {
		{"", 1},     {"%", 1},      {"K", 1024},   {"M", 1048576}, {"G", 1073741824},
		{"pps", 1},  {"kpps", 1e3}, {"Mpps", 1e6}, {"Gpps", 1e9},  {"ns", 1},
		{"us", 1e3}, {"ms", 1e6},   {"s", 1e9},
	};
	double value;
	char *end;
	size_t i;

	if (!strcmp(text, "max"))
		return INFINITY;
	value = strtod(text, &end);
	if (end == text || !strchr("0123456789.-+", text[0]))
		return NAN;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(end, units[i].unit))
			return value * units[i].factor;
	return NAN;
}
