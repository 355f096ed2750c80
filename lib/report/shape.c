/* Bursts and the time of loss, from stored trials; see shape.h. */
#include "shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "number.h"
#include "table.h"

/* What a generator hands over at once: ENDPOINT_BURST, and XDP_GENERATE_MOST. */
#define BURST 64
#define BURST_XDP 4096

/* Frames missing at sample I; false when one of the two numbers is. */
static bool missing_at(const json_t *accepted, const json_t *received, size_t i, int64_t *missing)
{
	const json_t *a = json_array_get(accepted, i), *r = json_array_get(received, i);

	if (!json_is_integer(a) || !json_is_integer(r))
		return false;
	*missing = json_integer_value(a) - json_integer_value(r);
	return true;
}

/* While frames were sent, at sample FIRST or later: the fewest that were on their way, LOST apart.
 */
static int64_t fewest_under_way(const json_t *accepted, const json_t *received, size_t first,
				int64_t lost)
{
	size_t n = json_array_size(accepted), i;
	int64_t all = json_integer_value(json_array_get(accepted, n - 1));
	int64_t fewest = INT64_MAX, missing = 0;

	for (i = first; i < n && json_integer_value(json_array_get(accepted, i)) < all; i++) {
		missing_at(accepted, received, i, &missing);
		fewest = missing - lost < fewest ? missing - lost : fewest;
	}
	return i > first ? fewest : 0;
}

bool shape_when(const json_t *t_s, const json_t *accepted, const json_t *received, int64_t burst,
		double *from_s, double *to_s)
{
	size_t n = json_array_size(t_s), to = n - 1, i;
	int64_t lost = 0, least, missing = 0;

	for (i = 0; i < n; i++)
		if (!missing_at(accepted, received, i, &lost))
			return false;
	if (lost <= 0 || lost < 10 * burst)
		return false;
	*from_s = 0;
	for (i = n, least = lost; i-- > 0;) {
		missing_at(accepted, received, i, &missing);
		/* at this sample and at every later one */
		least = missing < least ? missing : least;
		if (least >= lost - lost / 10)
			to = i;
		if (least <= lost / 10) {
			*from_s = json_number_value(json_array_get(t_s, i));
			break;
		}
	}
	*to_s = json_number_value(json_array_get(t_s, to));
	return fewest_under_way(accepted, received, to, lost) <= lost / 10;
}

/* Frames that the generators of a path can be handing over at one time. */
static int64_t burst_of(const json_t *trial, const json_t *path)
{
	const json_t *side =
		json_object_get(json_object_get(trial, "sides"), json_str(path, "from", ""));
	size_t threads = json_array_size(json_object_get(side, "threads"));
	bool xdp = !strcmp(json_str(side, "endpoint", ""), "xdp");

	return (int64_t)(threads ? threads : 1) * (xdp ? BURST_XDP : BURST);
}

static void add_trial(const json_t *trial, const char *name, struct loss_shape *shape)
{
	const json_t *path = json_object_get(json_object_get(trial, "paths"), name);
	const json_t *bursts = json_object_get(path, "queue_bursts");
	const json_t *series = json_object_get(trial, "series");
	const json_t *columns = json_object_get(json_object_get(series, "paths"), name);
	int64_t longest = json_s64(bursts, "longest", 0);
	int64_t of_flow = json_s64(json_object_get(path, "bursts"), "longest", 0);

	if (json_s64(bursts, "count", 0) <= 0)
		return;
	shape->n_trials++;
	shape->count += json_s64(bursts, "count", 0);
	shape->longest = longest > shape->longest ? longest : shape->longest;
	shape->of_flow = of_flow > shape->of_flow ? of_flow : shape->of_flow;
	shape->timed =
		shape_when(json_object_get(series, "t_s"), json_object_get(columns, "accepted"),
			   json_object_get(columns, "received"), burst_of(trial, path),
			   &shape->from_s, &shape->to_s);
}

void shape_of(const struct report_point *p, const char *name, struct loss_shape *shape)
{
	size_t i;

	*shape = (struct loss_shape){0};
	for (i = 0; i < p->n_trials; i++)
		if (point_counts(p, p->trials[i]))
			add_trial(p->trials[i], name, shape);
	shape->timed &= p->n_counted == 1;
}

char *shape_words(const struct loss_shape *s)
{
	char count[NUMBER_LEN], longest[NUMBER_LEN], of_flow[NUMBER_LEN];
	char trials[64] = "", flow[64] = "", when[128] = "", *words;

	table_s64(count, sizeof(count), s->count);
	table_s64(longest, sizeof(longest), s->longest);
	table_s64(of_flow, sizeof(of_flow), s->of_flow);
	if (s->n_trials > 1)
		snprintf(trials, sizeof(trials), " of %zu trials", s->n_trials);
	if (s->of_flow && s->of_flow != s->longest)
		snprintf(flow, sizeof(flow), " (of one flow %s in a row)", of_flow);
	if (s->timed)
		snprintf(when, sizeof(when), ", four fifths of it between %.3f s and %.3f s",
			 s->from_s, s->to_s);
	if (asprintf(&words, "loss in %s burst%s%s, longest %s frame%s%s%s", count,
		     s->count == 1 ? "" : "s", trials, longest, s->longest == 1 ? "" : "s", flow,
		     when) < 0)
		return NULL;
	return words;
}
