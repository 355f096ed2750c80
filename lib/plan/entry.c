/*
 * Keys, and the entries that a plan collects before it is finished: which rows a
 * key names, which key was meant, what stands twice.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hint.h"
#include "model.h"

/* In the order of enum side_role. */
static const char *const role_names[] = {"generator", "sink", "both", "observer", NULL};

static const struct knob role_rows[] = {
	{.name = "role",
	 .type = KNOB_CHOICE,
	 .choices = role_names,
	 .def = "generator",
	 .unit = "",
	 .help = "what the side does; tx generates and rx sinks unless told",
	 .change = KNOB_RESPAWN},
};

const struct knob_set plan_role_set = {
	.name = "side",
	.scope = KNOB_SCOPE_SIDE,
	.rows = role_rows,
	.n = 1,
	.config_size = sizeof(uint32_t),
};

static const struct knob path_rows[] = {
	{.name = "from",
	 .type = KNOB_STRING,
	 .size = PLAN_NAME_MAX,
	 .def = "",
	 .unit = "",
	 .help = "the side that sends",
	 .change = KNOB_RESPAWN},
	{.name = "to",
	 .type = KNOB_STRING,
	 .offset = PLAN_NAME_MAX,
	 .size = PLAN_NAME_MAX,
	 .def = "",
	 .unit = "",
	 .help = "the side that receives; empty: nobody",
	 .change = KNOB_RESPAWN},
};

const struct knob_set plan_path_set = {
	.name = "path",
	.scope = KNOB_SCOPE_PLAN,
	.rows = path_rows,
	.n = 2,
	.config_size = sizeof(char[2][PLAN_NAME_MAX]),
};

int plan_complain(const struct origin *at, struct error *err, int code, const char *fmt, ...)
{
	char text[sizeof(err->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return error_set(err, at->cli ? EX_USAGE : EX_DATAERR, code, "%s: %s", at->where, text);
}

void *plan_grow(void *array, size_t n, size_t size)
{
	/* n is a power of two (or 0): the array is full */
	if (n & (n - 1))
		return array;
	return reallocarray(array, n ? 2 * n : 1, size);
}

bool plan_text_ok(const char *text, size_t len)
{
	json_t *utf8;
	size_t i;

	for (i = 0; i < len; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == 0x7f)
			return false;
	utf8 = json_stringn(text, len);
	json_decref(utf8);
	return utf8;
}

bool plan_is_set_name(const struct plan *plan, const char *name)
{
	size_t i;

	for (i = 0; i < plan->n_sets; i++)
		if (plan->sets[i]->scope == KNOB_SCOPE_PLAN && !strcmp(plan->sets[i]->name, name))
			return true;
	return false;
}

bool plan_name_ok(const struct plan *plan, const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len && !name[len] && len < PLAN_NAME_MAX && name[0] >= 'a' && name[0] <= 'z' &&
	       strcmp(name, "side") && strcmp(name, "path") && !plan_is_set_name(plan, name);
}

bool plan_key_cut(const struct plan *plan, const char *key, struct key *out)
{
	const char *start = key, *dot;

	out->kind = KEY_SIDE;
	if (!strncmp(key, "path.", 5)) {
		out->kind = KEY_PATH;
		start += 5;
	}
	dot = strchr(start, '.');
	if (!dot || (size_t)(dot - start) >= sizeof(out->head))
		return false;
	memcpy(out->head, start, (size_t)(dot - start));
	out->head[dot - start] = '\0';
	out->rest = dot + 1;
	if (out->kind == KEY_SIDE && plan_is_set_name(plan, out->head)) {
		out->kind = KEY_PLAN;
		return true;
	}
	return plan_name_ok(plan, out->head);
}

const struct knob *plan_key_row(const struct knob_set *set, const struct key *key)
{
	size_t len = strlen(set->name);

	if (key->kind == KEY_PATH)
		return set == &plan_path_set ? knob_find(set, key->rest) : NULL;
	switch (set->scope) {
	case KNOB_SCOPE_PLAN:
		return key->kind == KEY_PLAN && !strcmp(set->name, key->head)
			       ? knob_find(set, key->rest)
			       : NULL;
	case KNOB_SCOPE_SIDE:
		return key->kind == KEY_SIDE ? knob_find(set, key->rest) : NULL;
	case KNOB_SCOPE_GROUP:
		return key->kind == KEY_SIDE && !strncmp(key->rest, set->name, len) &&
				       key->rest[len] == '.'
			       ? knob_find(set, key->rest + len + 1)
			       : NULL;
	}
	return NULL;
}

/* The row of set I for KEY; the path's rows come behind the sets. */
static const struct knob *row_at(const struct plan *plan, size_t i, const struct key *key)
{
	return plan_key_row(i < plan->n_sets ? plan->sets[i] : &plan_path_set, key);
}

static void offer_rows(struct hint *hint, const struct knob_set *set, const char *side)
{
	char key[HINT_WORD_MAX];
	size_t i;

	for (i = 0; i < set->n; i++) {
		snprintf(key, sizeof(key), "%s%s%s%s%s", side ? side : "", side ? "." : "",
			 set->scope == KNOB_SCOPE_SIDE ? "" : set->name,
			 set->scope == KNOB_SCOPE_SIDE ? "" : ".", knob_row(set, i)->name);
		hint_offer(hint, key);
	}
}

static int unknown_key(const struct plan *plan, const char *key, const struct origin *at,
		       struct error *err)
{
	struct hint hint = {.wanted = key};
	size_t i, side;

	for (i = 0; i < plan->n_sets; i++) {
		if (plan->sets[i]->scope == KNOB_SCOPE_PLAN) {
			offer_rows(&hint, plan->sets[i], NULL);
			continue;
		}
		for (side = 0; side < plan->n_sides; side++)
			offer_rows(&hint, plan->sets[i], plan->sides[side].name);
		if (!plan->n_sides) {
			offer_rows(&hint, plan->sets[i], "tx");
			offer_rows(&hint, plan->sets[i], "rx");
		}
	}
	if (hint.best[0])
		return plan_complain(at, err, -EINVAL, "%s: no such key; did you mean %s?",
				     hint_quote(key).text, hint.best);
	return plan_complain(at, err, -EINVAL,
			     "%s: no such key; `ringloss list knobs` shows those there are",
			     hint_quote(key).text);
}

int plan_mention_side(struct plan *plan, const char *name, bool declare, const struct origin *at,
		      struct error *err)
{
	int i = plan_side_index(plan, name);
	struct side_info *info;

	/* any key of theirs makes the two short names sides */
	if (!strcmp(name, "tx") || !strcmp(name, "rx"))
		declare = true;
	if (i >= 0) {
		plan->side_info[i].declared |= declare;
		return i;
	}
	if (!plan_name_ok(plan, name))
		return plan_complain(at, err, -EINVAL, "side %s: not a name (" PLAN_NAME_RULE ")",
				     hint_quote(name).text);
	if (plan->n_sides == PLAN_SIDES_MAX)
		return plan_complain(at, err, -E2BIG, "side %s: more than %d sides; use fewer",
				     name, PLAN_SIDES_MAX);
	info = &plan->side_info[plan->n_sides];
	info->where = strdup(at->where);
	if (!info->where)
		return plan_complain(at, err, -ENOMEM, "side %s: no memory", name);
	info->cli = at->cli;
	info->declared = declare;
	snprintf(plan->sides[plan->n_sides].name, PLAN_NAME_MAX, "%s", name);
	return (int)plan->n_sides++;
}

int plan_mention_path(struct plan *plan, const char *name, const struct origin *at,
		      struct error *err)
{
	struct path_info *info;
	size_t i;

	for (i = 0; i < plan->n_paths; i++)
		if (!strcmp(plan->paths[i].name, name))
			return (int)i;
	if (!plan_name_ok(plan, name))
		return plan_complain(at, err, -EINVAL, "path %s: not a name (" PLAN_NAME_RULE ")",
				     hint_quote(name).text);
	if (plan->n_paths == PLAN_PATHS_MAX)
		return plan_complain(at, err, -E2BIG, "path %s: more than %d paths; use fewer",
				     name, PLAN_PATHS_MAX);
	info = &plan->path_info[plan->n_paths];
	info->where = strdup(at->where);
	if (!info->where)
		return plan_complain(at, err, -ENOMEM, "path %s: no memory", name);
	info->cli = at->cli;
	snprintf(plan->paths[plan->n_paths].name, sizeof(plan->paths[0].name), "%s", name);
	plan->paths_given = true;
	return (int)plan->n_paths++;
}

static struct entry *find_entry(const struct plan *plan, const char *key)
{
	size_t i;

	for (i = 0; i < plan->n_entries; i++)
		if (!strcmp(plan->entries[i].key, key))
			return &plan->entries[i];
	return NULL;
}

const struct entry *plan_find_entry(const struct plan *plan, const char *key)
{
	return find_entry(plan, key);
}

/*
 * Whether each value suits one of the rows at least. Which row counts is known
 * only with the side's endpoint; plan_finish asks again then.
 */
static int check_values(const struct plan *plan, const char *key, const struct key *cut,
			char **values, size_t n, const struct origin *at, struct error *err)
{
	size_t v, i;

	for (v = 0; v < n; v++) {
		int ret = -EINVAL;

		for (i = 0; i <= plan->n_sets && ret; i++) {
			const struct knob *row = row_at(plan, i, cut);

			if (row)
				ret = knob_parse(row, values[v], NULL, err);
		}
		if (!ret)
			continue;
		if (err)
			err->exit = at->cli ? EX_USAGE : EX_DATAERR;
		error_prefix(err, "%s: %s", at->where, key);
		return ret;
	}
	return 0;
}

/* Takes the place of OLD's value, or appends. */
static int store(struct plan *plan, struct entry *old, const char *key, const char *text,
		 const struct origin *at)
{
	struct entry fresh = {.text = strdup(text), .where = strdup(at->where), .cli = at->cli};
	struct entry *grown;

	if (!fresh.text || !fresh.where)
		goto no_memory;
	if (old) {
		free(old->text);
		free(old->where);
		fresh.key = old->key;
		*old = fresh;
		return 0;
	}
	fresh.key = strdup(key);
	grown = plan_grow(plan->entries, plan->n_entries, sizeof(fresh));
	if (grown)
		plan->entries = grown;
	if (!fresh.key || !grown)
		goto no_memory;
	plan->entries[plan->n_entries++] = fresh;
	return 0;
no_memory:
	free(fresh.key);
	free(fresh.text);
	free(fresh.where);
	return -ENOMEM;
}

/* A ; that a reader of plan_write's output would take for the beginning of a comment. */
static bool holds_comment(const char *text)
{
	const char *p;

	for (p = strchr(text, ';'); p; p = strchr(p + 1, ';'))
		if (p == text || p[-1] == ' ' || p[-1] == '\t')
			return true;
	return false;
}

int plan_add(struct plan *plan, const char *key, const char *text, const struct origin *at,
	     struct error *err)
{
	struct entry *old = find_entry(plan, key);
	bool known = false, split = false;
	char **values = NULL;
	struct key cut;
	size_t i, n = 0;
	int ret;

	if (plan_key_cut(plan, key, &cut)) {
		for (i = 0; i <= plan->n_sets; i++) {
			const struct knob *row = row_at(plan, i, &cut);

			known |= !!row;
			split |= row && (row->sweepable || row->type != KNOB_STRING);
		}
	}
	if (!known)
		return unknown_key(plan, key, at, err);
	if (old && !old->cli && !at->cli)
		return plan_complain(at, err, -EEXIST, "%s: already given at %s; keep one of them",
				     key, old->where);
	if (holds_comment(text))
		return plan_complain(at, err, -EINVAL,
				     "%s: \"%s\": a ; begins a comment here; leave it out", key,
				     hint_quote(text).text);
	ret = plan_split(text, split, &values, &n);
	if (ret)
		return plan_complain(at, err, ret,
				     ret == -ENOMEM ? "%s: no memory for \"%s\""
						    : "%s: \"%s\": a list with an empty value; "
						      "write it as in 1, 2, 3",
				     key, hint_quote(text).text);
	ret = check_values(plan, key, &cut, values, n, at, err);
	plan_free_values(values, n);
	if (ret)
		return ret;
	if (cut.kind == KEY_SIDE)
		ret = plan_mention_side(plan, cut.head, false, at, err);
	else if (cut.kind == KEY_PATH)
		ret = plan_mention_path(plan, cut.head, at, err);
	if (ret < 0)
		return ret;
	if (old && old->cli && !at->cli)
		return 0; /* --set came first and still wins */
	if (store(plan, old, key, text, at))
		return plan_complain(at, err, -ENOMEM, "%s: no memory", key);
	return 0;
}
