/*
 * The ledger of a point: the stored rows of its trials, added up by place.
 * Sums of integers, so that what balances in each trial balances here.
 * See model.h.
 */
#include "model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

/* Results may come from anywhere: a sum that does not fit is the largest that does. */
static void add(int64_t *sum, int64_t n)
{
	if (__builtin_add_overflow(*sum, n, sum))
		*sum = n < 0 ? INT64_MIN : INT64_MAX;
}

static enum loss_state state_of(const json_t *row)
{
	const char *state = json_str(row, "state", "");

	return !strcmp(state, "BOOKED")    ? LOSS_BOOKED
	       : !strcmp(state, "LOCATED") ? LOSS_LOCATED
					   : LOSS_UNSUPPORTED;
}

/* Remainders of either sign stay apart: +5 and -5 are ten frames unexplained. */
static bool same_loss(const struct loss *a, const struct loss *b)
{
	return a->state == b->state && a->place_row == b->place_row &&
	       (a->state != LOSS_LOCATED || (a->frames < 0) == (b->frames < 0)) &&
	       !strcmp(a->place, b->place) && !strcmp(a->path, b->path) &&
	       !strcmp(a->from, b->from) && !strcmp(a->to, b->to) && !strcmp(a->stage, b->stage);
}

static struct loss *loss_get(struct ledger_sum *sum, const struct loss *like)
{
	struct loss *grown;
	size_t i;

	for (i = 0; i < sum->n_rows; i++)
		if (same_loss(&sum->rows[i], like))
			return &sum->rows[i];
	grown = realloc(sum->rows, (sum->n_rows + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	sum->rows = grown;
	grown += sum->n_rows++;
	*grown = *like;
	grown->frames = grown->foreign = 0;
	return grown;
}

static int evidence_add(struct loss *loss, const json_t *list)
{
	const json_t *item;
	size_t i, k;

	json_array_foreach (list, i, item) {
		const char *counter = json_str(item, "counter", "");
		bool known = json_is_integer(json_object_get(item, "delta"));
		struct loss_evidence *e;

		for (k = 0; k < loss->n_evidence; k++)
			if (!strcmp(loss->evidence[k].counter, counter))
				break;
		if (k == loss->n_evidence) {
			e = realloc(loss->evidence, (k + 1) * sizeof(*e));
			if (!e)
				return -ENOMEM;
			loss->evidence = e;
			loss->n_evidence++;
			e[k] = (struct loss_evidence){.counter = counter, .known = true};
		}
		e = &loss->evidence[k];
		/* A sum with an unread counter in it is not known. */
		e->known &= known;
		add(&e->delta, json_s64(item, "delta", 0));
	}
	return 0;
}

static int row_add(struct ledger_sum *sum, const json_t *row)
{
	struct loss like = {
		.path = json_str(row, "path", ""),
		.from = json_str(row, "from", ""),
		.to = json_str(row, "to", ""),
		.stage = json_str(row, "stage", ""),
		.place = json_str(row, "place", ""),
		.remedy = json_str(row, "remedy", ""),
		.place_row = (int)json_s64(row, "place_row", 0),
		.state = state_of(row),
		.frames = json_s64(row, "frames", 0),
		.foreign = json_s64(row, "foreign", 0),
	};
	struct loss *loss = loss_get(sum, &like);

	if (!loss)
		return -ENOMEM;
	if (json_is_array(json_object_get(row, "trust")))
		loss->trust = json_object_get(row, "trust");
	add(&loss->frames, like.frames);
	add(&loss->foreign, like.foreign);
	if (like.state == LOSS_BOOKED)
		add(&sum->booked, like.frames);
	else if (like.state == LOSS_LOCATED)
		add(&sum->unexplained, like.frames);
	return evidence_add(loss, json_object_get(row, "evidence"));
}

static struct path_sum *path_get(struct ledger_sum *sum, const char *name)
{
	struct path_sum *grown;
	size_t i;

	for (i = 0; i < sum->n_paths; i++)
		if (!strcmp(sum->paths[i].name, name))
			return &sum->paths[i];
	grown = realloc(sum->paths, (sum->n_paths + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	sum->paths = grown;
	grown += sum->n_paths++;
	*grown = (struct path_sum){.name = name};
	return grown;
}

static int path_add(struct ledger_sum *sum, const char *name, const json_t *path)
{
	const json_t *offered = json_object_get(path, "offered");
	const json_t *received = json_object_get(path, "received");
	const json_t *rates = json_object_get(path, "rates");
	struct path_sum *p = path_get(sum, name);

	if (!p)
		return -ENOMEM;
	p->n_trials++;
	p->no_sink |= !json_is_object(received);
	add(&p->unsent, json_s64(offered, "unsent", 0));
	add(&p->no_room, json_s64(offered, "no_room", 0));
	add(&p->accepted, json_s64(offered, "accepted", 0));
	add(&p->unique, json_s64(received, "unique", 0));
	p->tx_pps += json_num(rates, "tx_pps", 0);
	p->rx_pps += json_num(rates, "rx_pps", 0);
	return 0;
}

int ledger_sum_add(struct ledger_sum *sum, const json_t *trial)
{
	const json_t *offered = json_object_get(trial, "offered");
	const json_t *received = json_object_get(trial, "received");
	const json_t *row;
	json_t *path;
	const char *name;
	size_t i;

	/* Without both ends there is no balance, and no number may read as 0; but for no sink. */
	if (!json_is_integer(json_object_get(offered, "accepted")) ||
	    (!json_is_null(received) && !json_is_integer(json_object_get(received, "unique"))))
		return 0;
	sum->n_trials++;
	sum->no_sink |= json_is_null(received);
	if (json_is_null(received)) /* what the paths with a sink got is no loss of the others */
		json_object_foreach (json_object_get(trial, "paths"), name, path)
			add(&sum->unique, json_s64(json_object_get(path, "received"), "unique", 0));
	add(&sum->intended, json_s64(offered, "intended", 0));
	add(&sum->unsent, json_s64(offered, "unsent", 0));
	add(&sum->no_room, json_s64(offered, "no_room", 0));
	add(&sum->accepted, json_s64(offered, "accepted", 0));
	add(&sum->unique, json_s64(received, "unique", 0));
	add(&sum->duplicate, json_s64(received, "duplicate", 0));
	add(&sum->reordered, json_s64(received, "reordered", 0));
	add(&sum->corrupt, json_s64(received, "corrupt", 0));
	add(&sum->stale, json_s64(received, "stale", 0));
	add(&sum->foreign, json_s64(received, "foreign", 0));
	add(&sum->remainder, json_s64(trial, "remainder", 0));
	json_array_foreach (json_object_get(trial, "ledger"), i, row)
		if (row_add(sum, row))
			return -ENOMEM;
	json_object_foreach (json_object_get(trial, "paths"), name, path)
		if (path_add(sum, name, path))
			return -ENOMEM;
	return 0;
}

static int64_t size_of(const struct loss *loss)
{
	return loss->frames < 0 ? -loss->frames : loss->frames;
}

static int loss_compare(const void *pa, const void *pb)
{
	const struct loss *a = pa, *b = pb;

	if (a->state != b->state)
		return a->state < b->state ? -1 : 1;
	if (size_of(a) != size_of(b))
		return size_of(a) > size_of(b) ? -1 : 1;
	return strcmp(a->place, b->place);
}

void ledger_sum_finish(struct ledger_sum *sum)
{
	if (sum->n_rows)
		qsort(sum->rows, sum->n_rows, sizeof(*sum->rows), loss_compare);
}

void ledger_sum_clear(struct ledger_sum *sum)
{
	size_t i;

	for (i = 0; i < sum->n_rows; i++)
		free(sum->rows[i].evidence);
	free(sum->rows);
	free(sum->paths);
	*sum = (struct ledger_sum){0};
}

const struct loss *ledger_sum_biggest(const struct ledger_sum *sum)
{
	const struct loss *best = NULL;
	size_t i;

	for (i = 0; i < sum->n_rows; i++)
		if (size_of(&sum->rows[i]) > (best ? size_of(best) : 0))
			best = &sum->rows[i];
	return best;
}

int64_t ledger_sum_gap(const struct ledger_sum *sum)
{
	return sum->accepted - sum->unique - sum->booked - sum->unexplained;
}
