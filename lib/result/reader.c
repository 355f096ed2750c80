/*
 * Reading trials back; see result.h. Line by line, so that a file of many
 * gigabytes costs what is kept of it and not what is in it.
 */
#include "result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "json.h"

static const char *const verdicts[] = {"valid", "invalid", "failed", "skipped"};

static int set_paths(struct result_set *set, const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	struct stat st;

	if (stat(path, &st) < 0)
		return error_set(err, EX_NOINPUT, -errno,
				 "cannot open %s: %s; name a result folder or a file of trials",
				 path, strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		set->folder = strdup(path);
		if (asprintf(&set->file, "%s/" RESULT_TRIALS_FILE, path) < 0)
			set->file = NULL;
	} else {
		set->file = strdup(path);
		set->folder = slash ? strndup(path, (size_t)(slash - path + 1)) : strdup(".");
	}
	if (!set->file || !set->folder)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory to read %s", path);
	return 0;
}

/* What of a line every reader may rely on. NULL when it is there. */
static const char *line_fault(const json_t *trial)
{
	const char *verdict = json_str(trial, "verdict", "");
	const json_t *point = json_object_get(trial, "point");
	const char *key;
	json_t *value;
	size_t i;

	if (!json_is_object(trial))
		return "not an object";
	if (json_s64(trial, "schema", -1) != RESULT_SCHEMA)
		return "'schema' is not 1; read it with the version of ringloss that wrote it";
	if (!json_is_object(point))
		return "'point' is missing";
	json_object_foreach ((json_t *)point, key, value)
		if (!json_is_string(value))
			return "a value of 'point' is not a string";
	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (!strcmp(verdict, verdicts[i]))
			return NULL;
	return "'verdict' is none of valid, invalid, failed, skipped";
}

static void drop_counters(json_t *trial)
{
	json_t *side;
	const char *name;

	json_object_foreach (json_object_get(trial, "sides"), name, side)
		json_object_del(side, "counters");
}

/* One line of FILE: a trial (new reference) or NULL with *err set, which is untouched by a cut one.
 */
static json_t *read_line(const char *file, const char *line, size_t len, size_t number,
			 struct result_end *end, struct error *err)
{
	json_error_t fault;
	json_t *trial = json_loadb(line, len, JSON_REJECT_DUPLICATES, &fault);
	const char *why;

	end->open = len == 0 || line[len - 1] != '\n';
	/* A line is written with its newline at once: without it, it was not finished. */
	if (!trial && end->open) {
		end->cut = true;
		end->open = false;
		return NULL;
	}
	if (!trial) {
		error_set(err, EX_DATAERR, -EINVAL,
			  "%s:%zu: not a trial: %s; delete the line to read the others", file,
			  number, fault.text);
		return NULL;
	}
	why = line_fault(trial);
	if (!why) {
		end->whole += (long long)len;
		return trial;
	}
	json_decref(trial);
	error_set(err, EX_DATAERR, -EINVAL, "%s:%zu: not a trial: %s", file, number, why);
	return NULL;
}

int result_scan(const char *file, result_taker *take, void *ctx, struct result_end *end,
		struct error *err)
{
	FILE *f = fopen(file, "re");
	struct result_end own;
	size_t cap = 0, number = 0;
	char *line = NULL;
	ssize_t len;
	int ret = 0;

	if (!f)
		return error_set(err, EX_NOINPUT, -errno,
				 "cannot open %s: %s; name a result folder or a file of trials",
				 file, strerror(errno));
	end = end ? end : &own;
	*end = (struct result_end){0};
	while (!ret && !end->cut && (len = getline(&line, &cap, f)) >= 0) {
		json_t *trial = read_line(file, line, (size_t)len, ++number, end, err);

		if (trial)
			ret = take(ctx, trial, err);
		else if (!end->cut)
			ret = -EINVAL;
		json_decref(trial);
	}
	if (!ret && !end->cut && !feof(f))
		ret = error_set(err, EX_IOERR, -(errno ? errno : EIO), "cannot read %s: %s", file,
				strerror(errno ? errno : EIO));
	free(line);
	fclose(f);
	return ret;
}

/* Where a set is read to. */
struct loading {
	struct result_set *set;
	unsigned int flags;
};

/*
 * Whether NOW is as BEFORE. What of its members is becomes the one of BEFORE: host, device and most
 * values are the same in all lines, and 30,000 copies would be most of the memory.
 */
static bool share(json_t *now, json_t *before)
{
	bool same = json_object_size(now) == json_object_size(before);
	json_t *value, *other;
	const char *key;

	if (!json_is_object(now) || !json_is_object(before))
		return json_equal(now, before);
	json_object_foreach (now, key, value) {
		other = json_object_get(before, key);
		if (other && share(value, other))
			json_object_set(now, key, other);
		else
			same = false;
	}
	return same;
}

static int keep_trial(void *ctx, json_t *trial, struct error *err)
{
	struct loading *l = ctx;

	if (l->flags & RESULT_LOAD_LEAN)
		drop_counters(trial);
	share(trial, json_array_get(l->set->trials, json_array_size(l->set->trials) - 1));
	if (json_array_append(l->set->trials, trial) < 0)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for the trials of %s",
				 l->set->file);
	return 0;
}

struct result_set *result_load(const char *path, unsigned int flags, struct error *err)
{
	struct result_set *set = calloc(1, sizeof(*set));
	struct loading loading = {set, flags};
	struct result_end end = {0};

	if (!set || !(set->trials = json_array())) {
		error_set(err, EX_OSERR, -ENOMEM, "no memory to read %s", path);
		goto fail;
	}
	if (set_paths(set, path, err) || result_scan(set->file, keep_trial, &loading, &end, err))
		goto fail;
	set->cut = end.cut;
	return set;
fail:
	result_set_free(set);
	return NULL;
}

size_t result_set_size(const struct result_set *set)
{
	return json_array_size(set->trials);
}

const json_t *result_set_trial(const struct result_set *set, size_t i)
{
	return json_array_get(set->trials, i);
}

void result_set_free(struct result_set *set)
{
	if (!set)
		return;
	json_decref(set->trials);
	free(set->folder);
	free(set->file);
	free(set);
}
