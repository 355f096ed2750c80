/*
 * Numbers for people. No format here rounds a number to 0 that is not 0, or a
 * share to 100 % that is less.
 */
#ifndef RINGLOSS_REPORT_NUMBER_H
#define RINGLOSS_REPORT_NUMBER_H

#include <stddef.h>

#include "model.h"

#define NUMBER_LEN 40

/* A ratio as per cent without the sign: "10.00", "3e-7", "99.9999997"; NAN: "n/a". */
const char *number_percent(char buf[static NUMBER_LEN], double ratio);

/* Part of a whole in per cent, " %" behind; "n/a" when the whole is 0. */
const char *number_share(char buf[static NUMBER_LEN], double part, double whole);

/* VALUE as its kind is printed: "100,000", "998.0k", "10.00". NAN: "n/a". */
const char *number_text(char buf[static NUMBER_LEN], enum number_kind kind, double value);

/* The median of a spread; "n/a" when it is missing. */
const char *number_median(char buf[static NUMBER_LEN], enum number_kind kind,
			  const struct spread *s);

/* "MIN..MAX" of a spread; "" when there is no difference. */
const char *number_range(char buf[static 2 * NUMBER_LEN], enum number_kind kind,
			 const struct spread *s);

/*
 * TEXT as a number in base units: "64", "64K", "1.5Mpps", "500ms", "80%", "max"
 * (infinite). For sorting only. NAN when it is none.
 */
double number_parse(const char *text);

#endif
