/* ringloss check: a stored result against limits; what its plan has besides is told from plan.ini.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.h"
#include "file.h"
#include "json.h"
#include "judge.h"
#include "log.h"
#include "result.h"

/* By verdict; a result is never skipped as a whole. */
static const int exit_codes[] = {
	[JUDGE_SKIPPED] = 2, [JUDGE_PASS] = 0, [JUDGE_INVALID] = 2, [JUDGE_FAIL] = 1};

/* Points of the plan without a line. */
struct untried {
	struct plan *plan;
	const struct point **points;
	struct judge_untried list;
};

static const char *value_of(void *point, const char *key)
{
	return point_value(point, key);
}

static void *point_of(void *ctx, size_t i)
{
	return (void *)((struct untried *)ctx)->points[i];
}

/* "traffic.rate=max, rx.ring=64"; the caller frees. */
static char *name_of(void *ctx, size_t i)
{
	json_t *axes = point_axes(((struct untried *)ctx)->points[i]), *value;
	char *text = NULL;
	const char *key;
	size_t size, n = 0;
	FILE *out = open_memstream(&text, &size);

	if (out) {
		json_object_foreach (axes, key, value)
			fprintf(out, "%s%s=%s", n++ ? ", " : "", key, json_string_value(value));
		fclose(out);
	}
	json_decref(axes);
	return text;
}

/* {POINT: true} of all lines. NULL: no memory. */
static json_t *points_with_lines(const struct result_set *set)
{
	json_t *known = json_object();
	size_t i;

	for (i = 0; known && i < result_set_size(set); i++) {
		char *text = json_line(json_object_get(result_set_trial(set, i), "point"));

		if (!text || json_object_set_new(known, text, json_true())) {
			json_decref(known);
			known = NULL;
		}
		free(text);
	}
	return known;
}

/*
 * Fill U from the plan beside the trials. False: there is none, or it is of other trials, and then
 * it says nothing.
 */
static bool find_untried(struct untried *u, const struct result_set *set, struct error *err)
{
	json_t *known = points_with_lines(set);
	const struct point **points;
	size_t n, i, found = 0;
	char *file = NULL;
	bool ok = false;

	u->plan = new_plan();
	if (!known || !u->plan || asprintf(&file, "%s/" RESULT_PLAN_FILE, set->folder) < 0) {
		file = NULL;
		error_set(err, EX_OSERR, -ENOMEM, "no memory for the plan of %s", set->folder);
		goto out;
	}
	if (plan_load_file(u->plan, file, err) || plan_finish(u->plan, err) ||
	    plan_expand(u->plan, &points, &n, err))
		goto out;
	u->points = calloc(n + 1, sizeof(*u->points));
	for (i = 0; u->points && i < n; i++) {
		json_t *axes = point_axes(points[i]);
		char *text = json_line(axes);

		if (text && json_object_get(known, text))
			found++;
		else
			u->points[u->list.n++] = points[i];
		free(text);
		json_decref(axes);
	}
	ok = u->points && found == json_object_size(known);
	if (!ok)
		error_set(err, EX_DATAERR, -EINVAL, "%s is not the plan of these trials", file);
	u->list.value = value_of;
	u->list.point = point_of;
	u->list.name = name_of;
	u->list.ctx = u;
out:
	json_decref(known);
	free(file);
	return ok;
}

static int write_junit(const struct judgement *j, const char *file, struct error *err)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int ret = out ? judge_junit(j, out) : -ENOMEM;

	if ((out && fclose(out)) || ret)
		ret = error_set(err, EX_OSERR, -ENOMEM, "no memory for %s", file);
	else
		ret = file_replace(file, text, size, err);
	free(text);
	return ret;
}

static int print(const struct judgement *j, bool json)
{
	struct winsize size;
	bool terminal = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
	json_t *all;
	char *line;
	int ret;

	if (!json)
		return judge_print(j, stdout, terminal ? size.ws_col : 100);
	all = judge_json(j);
	line = all ? json_line(all) : NULL;
	ret = line && puts(line) >= 0 ? 0 : -ENOMEM;
	free(line);
	json_decref(all);
	return ret;
}

static int check(const struct limits *limits, const struct result_set *set, bool json,
		 const char *junit)
{
	struct untried untried = {0};
	struct error err, why = {0};
	struct judgement *j;
	const char *name = strrchr(set->file, '/');
	bool whole = !strcmp(name ? name + 1 : set->file, RESULT_TRIALS_FILE);
	bool known = whole && find_untried(&untried, set, &why);
	int code;

	if (whole && !known)
		log_warn("points that were never tried are not seen: %s", why.text);
	j = judge_make(limits, set->trials, known ? &untried.list : NULL, &err);
	if (!j)
		code = fail(&err);
	else if (print(j, json))
		code = EX_OSERR;
	else if (junit && write_junit(j, junit, &err))
		code = fail(&err);
	else
		code = exit_codes[j->verdict];
	judge_free(j);
	free(untried.points);
	plan_free(untried.plan);
	return code;
}

int cmd_check(int argc, char **argv)
{
	static const struct option options[] = {{"limits", required_argument, NULL, 'l'},
						{"json", no_argument, NULL, 'j'},
						{"junit", required_argument, NULL, 'x'},
						{0}};
	const char *file = NULL, *junit = NULL;
	struct limits *limits;
	struct result_set *set;
	bool json = false;
	struct error err;
	int c, code;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (c == ':')
			return usage_error("check", "missing value: %s", argv[optind - 1]);
		if (c == 'l')
			file = optarg;
		else if (c == 'x')
			junit = optarg;
		else if (c == 'j')
			json = true;
		else
			return usage_error("check", "unknown option %s", argv[optind - 1]);
	}
	if (argc - optind != 1)
		return usage_error("check", "check takes one result folder");
	if (!file)
		return usage_error("check", "by which limits? name them by --limits FILE");
	limits = limits_load(file, &err);
	if (!limits)
		return fail(&err);
	set = result_load(argv[optind], RESULT_LOAD_LEAN, &err);
	if (!set) {
		limits_free(limits);
		return fail(&err);
	}
	if (set->cut)
		log_warn("%s: the last line is cut short and left out", set->file);
	code = check(limits, set, json, junit);
	result_set_free(set);
	limits_free(limits);
	return code;
}
