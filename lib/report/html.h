/* Parts of the HTML page, as html.c puts them together. */
#ifndef RINGLOSS_REPORT_HTML_H
#define RINGLOSS_REPORT_HTML_H

#include <stdio.h>

#include "model.h"
#include "ranking.h"

/* The style sheet, ready to stand in a style element. */
extern const char html_style[];

/* An entry of a chart's key: a patch of the colour of CLASS and what it stands for. */
void html_key(FILE *out, const char *class, const char *text);

/* Offered against received frames per second, a pair of bars a point. */
void html_chart_rates(const struct model *m, FILE *out);

/* Where frames were lost, a stacked bar a point. */
void html_chart_loss(const struct model *m, FILE *out);

/* Frames per second over the time of a trial of each point, where samples are stored. 0 or -ENOMEM.
 */
int html_series(const struct model *m, FILE *out);

/* What the settings of the sweep did, with a plot of each axis. 0 or -ENOMEM. */
int html_ranking(const struct report_ranking *rr, FILE *out);

/* One row a point. */
int html_points(const struct model *m, FILE *out);

/* The ledger of a point, with the edges of its first counted trial folded away. */
int html_ledger(const struct report_point *point, FILE *out);

/* Each place that lost frames with its remedy, once. 0 or -ENOMEM. */
int html_remedies(const struct model *m, FILE *out);

/* What TRIALS were measured with, a line a set-up of a side. 0 or -ENOMEM. */
int html_setup_lines(const json_t *trials, FILE *out);

/* What lies in FOLDER: the hosts and the plan. 0 or -ENOMEM. */
int html_setup(const char *folder, FILE *out);

#endif
