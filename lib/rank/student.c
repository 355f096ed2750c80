/* Student's t by the incomplete beta function; see student.h. */
#include "student.h"

#include <math.h>

#define STEPS_MAX 500
#define TINY 1e-300

/*
 * The continued fraction of the incomplete beta function I_x(a, b) (NIST DLMF 8.17.22), by
 * Lentz's method; converges fast for x < (a + 1) / (a + b + 2).
 */
static double beta_fraction(double x, double a, double b)
{
	double c = 1, d = 1 - (a + b) * x / (a + 1), value;
	int m;

	d = 1 / (fabs(d) < TINY ? TINY : d);
	value = d;
	for (m = 1; m <= STEPS_MAX; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step;

		d = 1 + even * d;
		c = 1 + even / c;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = fabs(c) < TINY ? TINY : c;
		value *= d * c;
		d = 1 + odd * d;
		c = 1 + odd / c;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = fabs(c) < TINY ? TINY : c;
		step = d * c;
		value *= step;
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return value;
}

/* I_x(a, b) where Y is 1 - x, given apart since x may be too near to 1 for the difference. */
static double beta_regularized(double x, double y, double a, double b)
{
	double front;

	if (x <= 0 || y <= 0)
		return x <= 0 ? 0 : 1;
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(y));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(x, a, b) / a;
	return 1 - front * beta_fraction(y, b, a) / b;
}

double student_beyond(double t, double df)
{
	double square = t * t;

	if (isnan(t) || isnan(df) || df <= 0)
		return NAN;
	if (isinf(t))
		return 0;
	/* NIST DLMF 8.17 and Abramowitz, Stegun 26.7.1 */
	return beta_regularized(df / (df + square), square / (df + square), df / 2, 0.5);
}

double student_critical(double alpha, double df)
{
	double low = 0, high = 1;
	int i;

	if (isnan(alpha) || isnan(df) || df <= 0)
		return NAN;
	while (student_beyond(high, df) > alpha && high < 1e300)
		high *= 2;
	for (i = 0; i < 200 && high - low > 1e-12 * high; i++) {
		double middle = (low + high) / 2;

		if (student_beyond(middle, df) > alpha)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}
