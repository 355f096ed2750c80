/*
 * A plan's life, and where its entries come from: the sections of a file, and
 * --set. What entries mean together is found out in finish.c.
 */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "hint.h"
#include "initext.h"
#include "model.h"

/* Lines longer than inih's own 49 for sections never get here; see initext.c. */
#define PREFIX_MAX 64

/* One file being read. */
struct loading {
	struct plan *plan;
	const char *name;
	char prefix[PREFIX_MAX]; /* what the section puts before a key: "rx.napi." */
};

struct plan *plan_new(const struct knob_set *const *sets, size_t n)
{
	struct plan *plan = calloc(1, sizeof(*plan));

	if (!plan)
		return NULL;
	plan->sets = calloc(n + 1, sizeof(plan->sets[0]));
	if (!plan->sets) {
		free(plan);
		return NULL;
	}
	plan->sets[0] = &plan_role_set;
	if (n)
		memcpy(plan->sets + 1, sets, n * sizeof(sets[0]));
	plan->n_sets = n + 1;
	return plan;
}

void plan_free(struct plan *plan)
{
	size_t i;

	if (!plan)
		return;
	for (i = 0; i < plan->n_entries; i++) {
		free(plan->entries[i].key);
		free(plan->entries[i].text);
		free(plan->entries[i].where);
	}
	for (i = 0; i < plan->n_params; i++) {
		free(plan->params[i].key);
		free(plan->params[i].refs);
		free(plan->params[i].same);
		plan_free_values(plan->params[i].values, plan->params[i].n_values);
	}
	for (i = 0; plan->dims && i <= plan->n_dims; i++)
		free(plan->dims[i].axes);
	for (i = 0; i < PLAN_SIDES_MAX; i++)
		free(plan->side_info[i].where);
	for (i = 0; i < PLAN_PATHS_MAX; i++)
		free(plan->path_info[i].where);
	free(plan->entries);
	free(plan->params);
	free(plan->by_key);
	free(plan->axes);
	free(plan->dims);
	free(plan->points);
	free(plan->point_store);
	free(plan->source);
	free(plan->sets);
	free(plan);
}

static int unknown_section(const struct plan *plan, const char *name, const struct origin *at,
			   struct error *err)
{
	struct hint hint = {.wanted = name};
	size_t i;

	if (plan_side_index(plan, name) >= 0)
		return plan_complain(at, err, -EINVAL,
				     "[%s]: only tx and rx go by their names; write [side %s]",
				     name, name);
	for (i = 0; i < plan->n_sets; i++)
		if (plan->sets[i]->scope == KNOB_SCOPE_PLAN)
			hint_offer(&hint, plan->sets[i]->name);
	hint_offer(&hint, "tx");
	hint_offer(&hint, "rx");
	return plan_complain(at, err, -EINVAL,
			     "[%s]: no such section; %s%s%s a side is written [side NAME]",
			     hint_quote(name).text, hint.best[0] ? "did you mean [" : "", hint.best,
			     hint.best[0] ? "]?" : "");
}

/* [SIDE.GROUP], DOT being the dot in NAME. */
static int begin_group(struct loading *l, const char *name, const char *dot,
		       const struct origin *at, struct error *err)
{
	struct hint hint = {.wanted = dot + 1};
	char side[PLAN_NAME_MAX];
	size_t i;
	int ret;

	if ((size_t)(dot - name) >= sizeof(side))
		return plan_complain(at, err, -EINVAL,
				     "[%s]: not a side's name (" PLAN_NAME_RULE ")",
				     hint_quote(name).text);
	memcpy(side, name, (size_t)(dot - name));
	side[dot - name] = '\0';
	for (i = 0; i < l->plan->n_sets; i++) {
		const struct knob_set *set = l->plan->sets[i];

		if (set->scope != KNOB_SCOPE_GROUP)
			continue;
		hint_offer(&hint, set->name);
		if (strcmp(set->name, dot + 1))
			continue;
		ret = plan_mention_side(l->plan, side, false, at, err);
		snprintf(l->prefix, sizeof(l->prefix), "%s.%s.", side, set->name);
		return ret < 0 ? ret : 0;
	}
	if (hint.best[0])
		return plan_complain(at, err, -EINVAL,
				     "[%s]: no such group of a side; did you mean [%s.%s]?",
				     hint_quote(name).text, side, hint.best);
	return plan_complain(at, err, -EINVAL,
			     "[%s]: no such group of a side; `ringloss list knobs` shows them",
			     hint_quote(name).text);
}

/* Sections of two words: [side NAME], [path NAME]. REST begins with blanks. */
static int begin_named(struct loading *l, const char *name, const char *rest, bool side,
		       const struct origin *at, struct error *err)
{
	int ret;

	rest += strspn(rest, " \t");
	if (!*rest)
		return plan_complain(at, err, -EINVAL, "[%s]: without a name; write [%s NAME]",
				     name, name);
	ret = side ? plan_mention_side(l->plan, rest, true, at, err)
		   : plan_mention_path(l->plan, rest, at, err);
	if (ret < 0)
		return ret;
	snprintf(l->prefix, sizeof(l->prefix), "%s%s.", side ? "" : "path.", rest);
	return 0;
}

static int begin_section(struct loading *l, char *name, const struct origin *at, struct error *err)
{
	const char *dot = strchr(name, '.');
	size_t word = strcspn(name, " \t");
	int ret;

	if (word == 4 && (!strncmp(name, "side", word) || !strncmp(name, "path", word)))
		return begin_named(l, name, name + word, name[0] == 's', at, err);
	if (dot)
		return begin_group(l, name, dot, at, err);
	if (plan_is_set_name(l->plan, name)) {
		snprintf(l->prefix, sizeof(l->prefix), "%s.", name);
		return 0;
	}
	if (strcmp(name, "tx") && strcmp(name, "rx"))
		return unknown_section(l->plan, name, at, err);
	ret = plan_mention_side(l->plan, name, true, at, err);
	snprintf(l->prefix, sizeof(l->prefix), "%s.", name);
	return ret < 0 ? ret : 0;
}

/* "FILE:LINE" in a buffer of the caller's. */
static struct origin origin_of(const struct loading *l, int line, char *buf, size_t size)
{
	snprintf(buf, size, "%s:%d", l->name, line);
	return (struct origin){.where = buf};
}

static int on_section(void *ctx, const char *name, int line, struct error *err)
{
	struct loading *l = ctx;
	char where[512], trimmed[PREFIX_MAX];
	struct origin at = origin_of(l, line, where, sizeof(where));
	size_t len;

	name += strspn(name, " \t");
	snprintf(trimmed, sizeof(trimmed), "%s", name);
	len = strlen(trimmed);
	while (len && (trimmed[len - 1] == ' ' || trimmed[len - 1] == '\t'))
		trimmed[--len] = '\0';
	return begin_section(l, trimmed, &at, err);
}

static int on_key(void *ctx, const char *key, const char *value, int line, struct error *err)
{
	struct loading *l = ctx;
	char where[512], whole[256];
	struct origin at = origin_of(l, line, where, sizeof(where));

	if (!l->prefix[0])
		return plan_complain(&at, err, -EINVAL,
				     "%s: a key before the first section; begin with [plan], say",
				     hint_quote(key).text);
	snprintf(whole, sizeof(whole), "%s%s", l->prefix, key);
	return plan_add(l->plan, whole, value, &at, err);
}

static int load(struct plan *plan, const char *name, const char *text, size_t len,
		struct error *err)
{
	struct loading l = {.plan = plan, .name = name};
	struct initext_sink sink = {.section = on_section, .key = on_key, .ctx = &l};

	if (plan->finished)
		return error_set(err, EX_SOFTWARE, -EBUSY, "%s: the plan is finished already",
				 name);
	free(plan->source);
	plan->source = strdup(name);
	if (!plan->source)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory to read %s", name);
	return initext_read(name, text, len, &sink, err);
}

int plan_load_file(struct plan *plan, const char *path, struct error *err)
{
	struct error own;
	struct error *e = err ? err : &own;
	size_t len;
	char *text = file_read(path, &len, e);
	int ret;

	if (!text) {
		if (e->code != -ENOMEM && e->code != -EFBIG)
			e->exit = EX_NOINPUT;
		return e->code;
	}
	ret = load(plan, path, text, len, err);
	free(text);
	return ret;
}

int plan_load_text(struct plan *plan, const char *name, const char *text, struct error *err)
{
	return load(plan, name, text, strlen(text), err);
}

int plan_set(struct plan *plan, const char *assignment, struct error *err)
{
	static const char blanks[] = " \t";
	const struct origin at = {.where = "--set", .cli = true};
	const char *equals = strchr(assignment, '=');
	size_t len = strlen(assignment), key_len;
	char *copy, *value;
	int ret;

	if (plan->finished)
		return error_set(err, EX_SOFTWARE, -EBUSY, "--set: the plan is finished already");
	if (!equals)
		return plan_complain(&at, err, -EINVAL, "\"%s\": write --set key=value",
				     hint_quote(assignment).text);
	if (!plan_text_ok(assignment, len))
		return plan_complain(&at, err, -EINVAL,
				     "control characters, or not UTF-8; write --set key=value");
	copy = strdup(assignment + strspn(assignment, blanks));
	if (!copy)
		return plan_complain(&at, err, -ENOMEM, "no memory");
	value = strchr(copy, '=');
	for (key_len = (size_t)(value - copy); key_len && strchr(blanks, copy[key_len - 1]);)
		key_len--;
	copy[key_len] = '\0';
	value++;
	value += strspn(value, blanks);
	for (len = strlen(value); len && strchr(blanks, value[len - 1]);)
		value[--len] = '\0';
	ret = plan_add(plan, copy, value, &at, err);
	free(copy);
	return ret;
}

bool plan_is_given(const struct plan *plan, const char *key)
{
	return plan_find_entry(plan, key);
}

const char *plan_given(const struct plan *plan, const char *key)
{
	const struct entry *entry = plan_find_entry(plan, key);
	const struct knob *row = NULL;
	struct key cut;
	size_t i;

	if (entry)
		return entry->text;
	for (i = 0; plan_key_cut(plan, key, &cut) && !row && i < plan->n_sets; i++)
		row = plan_key_row(plan->sets[i], &cut);
	return row ? plan_default(row) : "";
}

size_t plan_sides(const struct plan *plan, const struct plan_side **sides)
{
	*sides = plan->sides;
	return plan->n_sides;
}

size_t plan_paths(const struct plan *plan, const struct plan_path **paths)
{
	*paths = plan->paths;
	return plan->n_paths;
}

int plan_side_index(const struct plan *plan, const char *name)
{
	size_t i;

	for (i = 0; i < plan->n_sides; i++)
		if (!strcmp(plan->sides[i].name, name))
			return (int)i;
	return -1;
}
