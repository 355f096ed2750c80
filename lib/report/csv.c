/* One row a trial as RFC 4180 has it; empty is what was not measured. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "model.h"

/* Columns from the trial itself; the axes stand between the two halves. */
struct csv_column {
	const char *name;
	const char *group, *key; /* trial[group][key]; group NULL: trial[key] */
};

static const struct csv_column about[] = {
	{"run", NULL, "run"},         {"seq", NULL, "seq"},     {"epoch", NULL, "epoch"},
	{"time_utc", NULL, "time"},   {"plan", "plan", "name"}, {"repeat", NULL, "repeat"},
	{"verdict", NULL, "verdict"},
};

static const struct csv_column numbers[] = {
	{"duration_s", NULL, "duration_s"},
	{"intended_frames", "offered", "intended"},
	{"unsent_frames", "offered", "unsent"},
	{"accepted_frames", "offered", "accepted"},
	{"received_frames", "received", "frames"},
	{"unique_frames", "received", "unique"},
	{"duplicate_frames", "received", "duplicate"},
	{"reordered_frames", "received", "reordered"},
	{"corrupt_frames", "received", "corrupt"},
	{"stale_frames", "received", "stale"},
	{"foreign_frames", "received", "foreign"},
	{"lost_frames", "loss", "frames"},
	{"loss_ratio", "loss", "ratio"},
	{"loss_bursts", "queue_bursts", "count"},
	{"longest_burst_frames", "queue_bursts", "longest"},
	{"longest_flow_burst_frames", "bursts", "longest"},
	{"tx_pps", "rates", "tx_pps"},
	{"rx_pps", "rates", "rx_pps"},
	{"remainder_frames", NULL, "remainder"},
	{"balanced", NULL, "balanced"},
	{"version", "build", "version"},
	{"commit", "build", "commit"},
};

#define N_ABOUT (sizeof(about) / sizeof(about[0]))
#define N_NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

/* A field, quoted only where RFC 4180 section 2 asks for it. */
static void put_text(FILE *out, const char *s)
{
	if (!s[strcspn(s, ",\"\r\n")] && *s != ' ') {
		fputs(s, out);
		return;
	}
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"')
			fputc('"', out);
		fputc(*s, out);
	}
	fputc('"', out);
}

static void put_value(FILE *out, const json_t *value)
{
	if (json_is_string(value))
		put_text(out, json_string_value(value));
	else if (json_is_integer(value))
		fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		fprintf(out, "%.12g", json_real_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "true" : "false", out);
}

static void put_columns(FILE *out, const struct csv_column *columns, size_t n, const json_t *trial)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct csv_column *c = &columns[i];

		put_value(out, json_object_get(c->group ? json_object_get(trial, c->group) : trial,
					       c->key));
		fputc(',', out);
	}
}

/* All reasons in one field, separated by "; ". */
static void put_reasons(FILE *out, const json_t *trial)
{
	const json_t *reasons = json_object_get(json_object_get(trial, "validity"), "reasons");
	size_t size, i;
	char *all = NULL;
	FILE *text = open_memstream(&all, &size);

	if (!text)
		return;
	for (i = 0; i < json_array_size(reasons); i++) {
		const char *reason = json_string_value(json_array_get(reasons, i));

		fprintf(text, "%s%s", i ? "; " : "", reason ? reason : "");
	}
	if (!fclose(text))
		put_text(out, all);
	free(all);
}

/* The place that took most frames of this trial, and how many. */
static int put_biggest(FILE *out, const json_t *trial)
{
	struct ledger_sum sum = {0};
	const struct loss *loss;
	char name[256];

	if (ledger_sum_add(&sum, trial)) {
		ledger_sum_clear(&sum);
		return -ENOMEM;
	}
	loss = ledger_sum_biggest(&sum);
	if (loss)
		put_text(out, loss_name(name, sizeof(name), loss));
	fputc(',', out);
	if (loss)
		fprintf(out, "%lld", (long long)loss->frames);
	ledger_sum_clear(&sum);
	return 0;
}

static void put_heading(FILE *out, const struct model *m)
{
	size_t i;

	for (i = 0; i < N_ABOUT; i++)
		fprintf(out, "%s,", about[i].name);
	for (i = 0; i < m->n_axes; i++) {
		put_text(out, m->axes[i].key);
		fputc(',', out);
	}
	for (i = 0; i < N_NUMBERS; i++)
		fprintf(out, "%s,", numbers[i].name);
	fputs("reasons,biggest_loss_place,biggest_loss_frames\r\n", out);
}

static int put_trial(FILE *out, const struct model *m, const struct report_point *p,
		     const json_t *trial)
{
	size_t a;
	int ret;

	put_columns(out, about, N_ABOUT, trial);
	for (a = 0; a < m->n_axes; a++) {
		put_text(out, p->values[a] ? p->values[a] : "");
		fputc(',', out);
	}
	put_columns(out, numbers, N_NUMBERS, trial);
	put_reasons(out, trial);
	fputc(',', out);
	ret = put_biggest(out, trial);
	fputs("\r\n", out);
	return ret;
}

int report_csv(const struct result_set *set, FILE *out)
{
	struct model *m = model_new(set->trials);
	size_t i, k;
	int ret = m ? 0 : -ENOMEM;

	if (m)
		put_heading(out, m);
	for (i = 0; m && i < m->n_points && !ret; i++) {
		const struct report_point *p = &m->points[i];

		for (k = 0; k < p->n_trials && !ret; k++)
			ret = put_trial(out, m, p, p->trials[k]);
		if (!ret && p->skipped)
			ret = put_trial(out, m, p, p->skipped);
	}
	model_free(m);
	if (!ret && ferror(out))
		ret = -EIO;
	return ret;
}
