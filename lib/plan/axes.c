/*
 * Which keys are axes, and which axes run together (plan.zip): lists become dimensions of the
 * sweep. A value that a list holds twice counts once; of axes that run together a combination does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hint.h"
#include "model.h"

#define ZIP_MAX 2048
#define ZIP_KEY "plan.zip"

static const struct knob zip_rows[] = {
	{.name = "zip",
	 .type = KNOB_STRING,
	 .size = ZIP_MAX,
	 .def = "",
	 .unit = "",
	 .help = "axes that run together instead of being crossed: keys joined by +, groups "
		 "separated by commas, as in tx.ring+rx.ring, tx.cpus+rx.cpus; lists of a group "
		 "are equally long"},
};

const struct knob_set plan_zip_set = {
	.name = "plan",
	.scope = KNOB_SCOPE_PLAN,
	.rows = zip_rows,
	.n = 1,
	.config_size = sizeof(char[ZIP_MAX]),
};

/* A text and its place in a list. */
struct placed {
	const char *text;
	size_t place;
};

static int by_text(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order ? order : (x->place > y->place) - (x->place < y->place);
}

/*
 * For each of N texts the place of the first that is the same; a list may have 100,000, so it
 * sorts. NULL: no memory. The caller frees.
 */
static uint32_t *first_places(char *const *texts, size_t n)
{
	struct placed *sorted = calloc(n, sizeof(*sorted));
	uint32_t *first = calloc(n, sizeof(*first));
	size_t i;

	if (!sorted || !first) {
		free(sorted);
		free(first);
		return NULL;
	}
	for (i = 0; i < n; i++)
		sorted[i] = (struct placed){texts[i], i};
	qsort(sorted, n, sizeof(*sorted), by_text);
	for (i = 0; i < n; i++)
		first[sorted[i].place] = i && !strcmp(sorted[i - 1].text, sorted[i].text)
						 ? first[sorted[i - 1].place]
						 : (uint32_t)sorted[i].place;
	free(sorted);
	return first;
}

/* Leave those of PARAM's values that are at a first place. */
static void keep_first(struct param *param, const uint32_t *first)
{
	size_t i, kept = 0;

	for (i = 0; i < param->n_values; i++) {
		if (first[i] == i)
			param->values[kept++] = param->values[i];
		else
			free(param->values[i]);
	}
	param->n_values = kept;
}

static int drop_doubles(struct param *param)
{
	uint32_t *first = first_places(param->values, param->n_values);

	if (!first)
		return -ENOMEM;
	keep_first(param, first);
	free(first);
	return 0;
}

/* The values of all members at each index as one text. NULL: no memory. */
static char **join_values(const struct dimension *dim)
{
	char **joined = calloc(dim->n_values, sizeof(*joined));
	size_t i, k, len;

	for (i = 0; joined && i < dim->n_values; i++) {
		FILE *out = open_memstream(&joined[i], &len);

		/* no value has a control character in it */
		for (k = 0; out && k < dim->n; k++)
			fprintf(out, "%s\n", dim->axes[k]->values[i]);
		if (!out || fclose(out)) {
			plan_free_values(joined, dim->n_values);
			return NULL;
		}
	}
	return joined;
}

/* Take away combinations that were there before, and tell each member which of its values are one.
 */
static int settle_group(struct dimension *dim)
{
	char **joined = join_values(dim);
	uint32_t *first = joined ? first_places(joined, dim->n_values) : NULL;
	size_t k;
	int ret = first ? 0 : -ENOMEM;

	plan_free_values(joined, dim->n_values);
	for (k = 0; !ret && k < dim->n; k++) {
		keep_first(dim->axes[k], first);
		dim->axes[k]->same = first_places(dim->axes[k]->values, dim->axes[k]->n_values);
		if (!dim->axes[k]->same)
			ret = -ENOMEM;
	}
	free(first);
	if (!ret)
		dim->n_values = dim->axes[0]->n_values;
	return ret;
}

static int complain_of_key(const struct plan *plan, const struct origin *at, const char *key,
			   struct error *err)
{
	struct hint hint = {.wanted = key};
	size_t i;

	for (i = 0; i < plan->n_params; i++)
		hint_offer(&hint, plan->params[i].key);
	return plan_complain(at, err, -EINVAL, ZIP_KEY ": there is no key \"%s\" here; %s%s%s",
			     hint_quote(key).text, hint.best[0] ? "did you mean " : "",
			     hint.best[0] ? hint.best
					  : "join keys of lists by +, as in "
					    "tx.ring+rx.ring",
			     hint.best[0] ? "?" : "");
}

/* One more member of a group; a key that a --set of the endpoint took away is none. */
static int join_group(struct plan *plan, const struct origin *at, size_t number, const char *key,
		      struct dimension *dim, struct error *err)
{
	struct param *param = plan_find_param(plan, key), **grown;

	if (!param)
		return complain_of_key(plan, at, key, err);
	if (param->overruled)
		return 0;
	if (param->dim != NO_AXIS)
		return plan_complain(at, err, -EEXIST,
				     ZIP_KEY ": %s stands in it twice; once is enough", key);
	if (param->listed < 2)
		return plan_complain(at, err, -EINVAL,
				     ZIP_KEY
				     ": %s has one value and is no axis; give it a list, or "
				     "leave it out here",
				     key);
	grown = plan_grow(dim->axes, dim->n, sizeof(*grown));
	if (!grown)
		return plan_complain(at, err, -ENOMEM, ZIP_KEY ": no memory");
	dim->axes = grown;
	dim->axes[dim->n++] = param;
	dim->n_values = param->n_values;
	param->dim = number;
	return 0;
}

static int check_lengths(const struct dimension *dim, const struct origin *at, struct error *err)
{
	const struct param *a = dim->axes[0], *b;
	size_t k;

	for (k = 1; k < dim->n; k++) {
		b = dim->axes[k];
		if (a->n_values != b->n_values)
			return plan_complain(
				at, err, -EINVAL,
				ZIP_KEY ": %s has %zu values (%s) and %s has %zu (%s); lists that "
					"run together are equally long: repeat values, or cross "
					"them",
				a->key, a->n_values, a->entry->where, b->key, b->n_values,
				b->entry->where);
	}
	return 0;
}

/* "tx.ring + rx.ring" to a dimension. TEXT is cut at its plus signs. */
static int form_group(struct plan *plan, const struct origin *at, char *text, struct error *err)
{
	struct dimension *dim = &plan->dims[plan->n_dims];
	size_t given = 0;
	char *key, *rest = text;
	int ret;

	while ((key = strsep(&rest, "+"))) {
		key += strspn(key, " \t");
		key[strcspn(key, " \t")] = '\0';
		ret = join_group(plan, at, plan->n_dims, key, dim, err);
		if (ret)
			return ret;
		given++;
	}
	if (given < 2)
		return plan_complain(at, err, -EINVAL,
				     ZIP_KEY ": \"%s\" is alone; join it to another axis by +",
				     hint_quote(text).text);
	if (dim->n < 2) { /* the others were taken away: an axis like any */
		if (dim->n)
			dim->axes[0]->dim = NO_AXIS;
		dim->n = 0;
		return 0;
	}
	ret = check_lengths(dim, at, err);
	if (ret)
		return ret;
	plan->n_dims++;
	if (settle_group(dim))
		return plan_complain(at, err, -ENOMEM, ZIP_KEY ": no memory");
	if (dim->n_values < 2)
		return plan_complain(at, err, -EINVAL,
				     ZIP_KEY ": %s and what runs together with it have the same "
					     "values throughout and are no axis; leave it out here",
				     dim->axes[0]->key);
	return 0;
}

/* What plan_write is to write: the groups that there are. */
static int rewrite_zip(struct plan *plan, struct param *zip)
{
	char *text = NULL;
	size_t len, i, k;
	FILE *out = open_memstream(&text, &len);

	for (i = 0; out && i < plan->n_dims; i++)
		for (k = 0; k < plan->dims[i].n; k++)
			fprintf(out, "%s%s", k ? "+" : i ? ", " : "", plan->dims[i].axes[k]->key);
	if (!out || fclose(out))
		return -ENOMEM;
	free(zip->values[0]);
	zip->values[0] = text;
	return 0;
}

static int form_groups(struct plan *plan, struct error *err)
{
	struct param *zip = plan_find_param(plan, ZIP_KEY);
	struct origin at;
	char **groups;
	size_t n, i;
	int ret;

	if (!zip || !zip->entry || !*zip->values[0])
		return 0;
	at = plan_entry_origin(zip->entry);
	ret = plan_split(zip->values[0], true, &groups, &n);
	if (ret)
		return plan_complain(&at, err, ret,
				     ret == -ENOMEM ? ZIP_KEY ": no memory"
						    : ZIP_KEY ": an empty group; write it as in "
							      "tx.ring+rx.ring");
	for (i = 0; !ret && i < n; i++)
		ret = form_group(plan, &at, groups[i], err);
	plan_free_values(groups, n);
	if (!ret && rewrite_zip(plan, zip))
		ret = plan_complain(&at, err, -ENOMEM, ZIP_KEY ": no memory");
	return ret;
}

/* Dimensions come in the order of their first axes. */
static int by_first_axis(const void *a, const void *b)
{
	const struct dimension *x = a, *y = b;
	size_t first[2] = {NO_AXIS, NO_AXIS}, k;

	for (k = 0; k < x->n; k++)
		first[0] = x->axes[k]->axis < first[0] ? x->axes[k]->axis : first[0];
	for (k = 0; k < y->n; k++)
		first[1] = y->axes[k]->axis < first[1] ? y->axes[k]->axis : first[1];
	return (first[0] > first[1]) - (first[0] < first[1]);
}

/* An axis that is in no group is a dimension of its own. */
static int add_axis(struct plan *plan, struct param *param)
{
	struct dimension *dim = &plan->dims[plan->n_dims];
	struct param **grown;

	if (param->dim == NO_AXIS) {
		if (param->n_values && drop_doubles(param))
			return -ENOMEM;
		if (param->n_values < 2)
			return 0;
		/* a group that came to nothing may have left room */
		grown = plan_grow(dim->axes, 0, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		dim->axes = grown;
		dim->axes[0] = param;
		dim->n = 1;
		dim->n_values = param->n_values;
		plan->n_dims++;
	}
	param->axis = plan->n_axes;
	plan->axes[plan->n_axes++] = param;
	return 0;
}

int plan_form_axes(struct plan *plan, struct error *err)
{
	size_t i, k;
	int ret;

	plan->axes = calloc(plan->n_entries + 1, sizeof(*plan->axes));
	/* one more is begun than there are */
	plan->dims = calloc(plan->n_entries + 2, sizeof(*plan->dims));
	if (!plan->axes || !plan->dims)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for the plan");
	ret = form_groups(plan, err);
	if (ret)
		return ret;
	plan->zipped = plan->n_dims;
	for (i = 0; i < plan->n_entries; i++)
		if (add_axis(plan, plan_find_param(plan, plan->entries[i].key)))
			return error_set(err, EX_OSERR, -ENOMEM, "no memory for the plan");
	if (plan->n_dims)
		qsort(plan->dims, plan->n_dims, sizeof(*plan->dims), by_first_axis);
	for (i = 0; i < plan->n_dims; i++)
		for (k = 0; k < plan->dims[i].n; k++)
			plan->dims[i].axes[k]->dim = i;
	return 0;
}
