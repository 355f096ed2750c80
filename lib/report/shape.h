/*
 * The shape of loss, as trials have it: in how many bursts, how long, and when. Knows no output
 * format.
 */
#ifndef RINGLOSS_REPORT_SHAPE_H
#define RINGLOSS_REPORT_SHAPE_H

#include "model.h"

/* Of one path, over the counted trials of a point. */
struct loss_shape {
	size_t n_trials; /* that lost frames and have bursts */
	int64_t count;   /* bursts, in the order in which a queue of the generator sent */
	int64_t longest; /* frames */
	int64_t of_flow; /* frames of the longest burst of one flow */
	bool timed;      /* one trial, and its series tells when */
	double from_s, to_s;
};

/* Of path NAME; what is not stored counts nothing. */
void shape_of(const struct report_point *point, const char *name, struct loss_shape *shape);

/*
 * When the frames went missing that a path lost: the times T_S of the two samples outside of which
 * not more than a tenth of them did at either end, 0 being the start. A frame on its way is
 * missing, too, so what is missing at a sample and at every later one is all that can have been
 * lost by then. BURST frames may have arrived that do not count as accepted yet, since they are
 * being handed over. False where the samples cannot tell: that many, or as many as were on their
 * way at all times, are more than a tenth of the loss.
 */
bool shape_when(const json_t *t_s, const json_t *accepted, const json_t *received, int64_t burst,
		double *from_s, double *to_s);

/*
 * "loss in 12 bursts, longest 340 frames (of one flow 85 in a row), four fifths of it between 0.400
 * s and 0.600 s" as words for SHAPE with count above 0. The caller frees; NULL: no memory.
 */
char *shape_words(const struct loss_shape *shape);

#endif
