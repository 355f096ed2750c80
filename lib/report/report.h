/*
 * Reports: what a run measured, for a terminal, as CSV and as one HTML page.
 * Reads stored trials only, measures and judges nothing. Numbers are printed
 * as printf does in LC_NUMERIC "C": a program sets LC_CTYPE and no more.
 */
#ifndef RINGLOSS_REPORT_REPORT_H
#define RINGLOSS_REPORT_REPORT_H

#include <stdio.h>

#include <jansson.h>

#include "error.h"
#include "result.h"

/*
 * Print the comparison of all points of SET on OUT: a row a point with the
 * median of its valid trials, what was wrong with the others, the ledger of each
 * point, and each remedy once. COLUMNS is the width to fit when that can be
 * done, 0 for no limit. Text is plain ASCII unless the locale's is UTF-8; control
 * characters in the data never reach OUT. 0 or -ENOMEM (part may be printed).
 */
int report_print(const struct result_set *set, FILE *out, int columns);

/* Print the ledger of one TRIAL with its remedies on OUT. 0 or -ENOMEM. */
int report_print_trial_ledger(const json_t *trial, FILE *out);

/*
 * Write summary.csv, ranking.json and report.html to FOLDER, each replaced as a whole. The
 * page also shows the plan.ini and host-SIDE.json found there. 0 or a negative
 * errno with *err set.
 */
int report_write_files(const char *folder, const struct result_set *set, struct error *err);

/* One row a trial, RFC 4180, with a heading. 0 or a negative errno of OUT. */
int report_csv(const struct result_set *set, FILE *out);

/* What the settings of the sweep did, as one JSON object and a newline. 0 or a negative errno of
 * OUT. */
int report_ranking_json(const struct result_set *set, FILE *out);

/* The page on OUT; FOLDER may be NULL: no plan and hosts. 0 or a negative errno of OUT. */
int report_html(const char *folder, const struct result_set *set, FILE *out);

/* A trust file (lib/trust/trust.h) on OUT, COLUMNS wide (0: as wide as need be). */
void report_print_trust(const json_t *file, FILE *out, int columns);

#endif
