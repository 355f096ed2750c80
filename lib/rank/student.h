/* Student's t distribution, for any positive degrees of freedom. */
#ifndef RINGLOSS_RANK_STUDENT_H
#define RINGLOSS_RANK_STUDENT_H

/* Probability that |t| is larger than |T| with DF degrees of freedom. NAN when one is. */
double student_beyond(double t, double df);

/* The t that is exceeded in absolute value with probability ALPHA, 0 < ALPHA < 1. */
double student_critical(double alpha, double df);

#endif
