/*
 * ringloss trust: which counters of a NIC tell the truth. Each cause of loss (lib/trust) is a run
 * of its own, whose trial is stored as any other; what its counters did becomes the trust file.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "file.h"
#include "journal.h"
#include "json.h"
#include "log.h"
#include "probe.h"
#include "report.h"
#include "trust.h"
#include "trust_arguments.h"

#define INTERRUPTED 128

struct trust_run {
	const struct trust_arguments *args;
	char folder[PATH_MAX];
	json_t *causes;
	json_t *line; /* of the control: whose port it is */
	int code;     /* to end with */
};

/* One more --set, whose text is kept in TEXTS. False: no memory. */
static bool add_set(struct run_arguments *run, json_t *texts, const char *fmt, const char *value,
		    size_t len)
{
	json_t *text = json_sprintf(fmt, (int)len, value);

	if (!text || json_array_append_new(texts, text))
		return false;
	run->sets[run->n_sets++] = json_string_value(text);
	return true;
}

/* What a user asks for, then the cause, which beats it. False: no memory. */
static bool make_sets(const struct trust_run *t, const struct trust_cause *cause,
		      const struct trust_way *way, struct run_arguments *run, json_t *texts)
{
	const struct trust_arguments *args = t->args;
	const char *at;
	bool fine = add_set(run, texts, "plan.name=%.*s", cause->name, strlen(cause->name));
	size_t len;
	int i;

	if (args->lab) {
		run->sets[run->n_sets++] = "plan.lab=own";
		run->sets[run->n_sets++] = "tx.device=lab";
		run->sets[run->n_sets++] = "rx.device=lab";
	} else {
		fine = fine &&
		       add_set(run, texts, "rx.device=net:%.*s", args->port, strlen(args->port)) &&
		       add_set(run, texts, "tx.device=net:%.*s", args->peer, strlen(args->peer)) &&
		       add_set(run, texts, "rx.netns=%.*s", args->netns, strlen(args->netns)) &&
		       add_set(run, texts, "tx.netns=%.*s", args->peer_netns,
			       strlen(args->peer_netns));
	}
	if (host_cpu_count() == 1) {
		run->sets[run->n_sets++] = "rx.cpus=0";
		run->sets[run->n_sets++] = "rx.idle=poll";
	}
	for (i = 0; i < args->n_sets; i++)
		run->sets[run->n_sets++] = args->sets[i];
	for (at = way->set; fine && *at; at += len + strspn(at + len, " ")) {
		len = strcspn(at, " ");
		fine = add_set(run, texts, "%.*s", at, len);
	}
	return fine;
}

/* The trial of CAUSE in WAY; *line is its record (new reference), NULL if there is none. */
static int run_way(const struct trust_run *t, const struct trust_cause *cause,
		   const struct trust_way *way, json_t **line)
{
	json_t *lines = json_array(), *texts = json_array();
	struct run_arguments run = {
		.options = {.out_dir = t->folder, .quiet = true, .lines = lines}};
	struct plan *plan = new_plan();
	struct error err;
	int code = EX_OSERR;

	*line = NULL;
	if (!plan || !lines || !texts || !make_sets(t, cause, way, &run, texts)) {
		plan_free(plan);
		log_error("no memory");
	} else if (plan_load_text(plan, "trust", trust_plan, &err)) {
		plan_free(plan);
		code = fail(&err);
	} else {
		code = finish_and_run(plan, &run);
	}
	*line = json_incref(json_array_get(lines, 0));
	json_decref(lines);
	json_decref(texts);
	return code;
}

/* Of what kind the port is, as the control's trial has it. */
static bool suits(const struct trust_run *t, const struct trust_way *way)
{
	const json_t *rx = json_object_get(json_object_get(t->line, "sides"), "rx");
	bool card = *json_str(json_object_get(rx, "device"), "bus", "") != '\0';

	return way->port == TRUST_ANY_PORT || (way->port == TRUST_CARD) == card;
}

/* "ring-20261125-201221/trials.jsonl" */
static const char *stored_as(const json_t *line, char *buf, size_t size)
{
	snprintf(buf, size, "%s/trials.jsonl", json_str(line, "run", ""));
	return buf;
}

/* What became of a way to cause a loss. */
struct attempt {
	bool judged, measured;
	bool failed; /* not judged, and that is not what was found out */
	char why[512];
	char stored[NAME_MAX + 32];
};

/* A port may take none of a plan's settings but another choice of them. */
static bool was_refused(const json_t *line, int code)
{
	return code && code < INTERRUPTED &&
	       (!line || !strcmp(json_str(line, "verdict", ""), "skipped"));
}

/*
 * The trial of CAUSE with the first choice of WAY that the port takes. *way becomes that choice, by
 * the text SET; *line as of run_way.
 */
static int run_choices(const struct trust_run *t, const struct trust_cause *cause,
		       struct trust_way *way, char set[TRUST_SET_MAX], json_t **line)
{
	const struct trust_way all = *way;
	size_t nth = 0;
	int code;

	way->set = set;
	trust_way_choose(&all, nth, set, TRUST_SET_MAX);
	code = run_way(t, cause, way, line);
	while (was_refused(*line, code) && trust_way_choose(&all, ++nth, set, TRUST_SET_MAX)) {
		log_info("%s: once more, with %s", cause->name, set);
		json_decref(*line);
		code = run_way(t, cause, way, line);
	}
	return code;
}

/*
 * Cause a loss in one WAY. Nonzero ends the whole: interrupted, or without the first one, which
 * tells whose port it is.
 */
static int try_way(struct trust_run *t, const struct trust_cause *cause,
		   const struct trust_way *way, struct attempt *a)
{
	struct trust_way chosen = *way;
	char set[TRUST_SET_MAX];
	int64_t known = -1;
	json_t *line;
	int code;

	log_info("%s", cause->name);
	code = run_choices(t, cause, &chosen, set, &line);
	snprintf(a->why, sizeof(a->why), "the run could not begin: exit code %d", code);
	a->judged = line && trust_known(cause, &chosen, line, &known, a->why, sizeof(a->why));
	a->failed = known < 0;
	a->measured = json_is_integer(json_object_get(json_object_get(line, "loss"), "frames"));
	stored_as(line, a->stored, sizeof(a->stored));
	if (a->judged)
		json_array_append_new(t->causes, trust_cause_json(cause, &chosen, line,
								  json_array_get(t->causes, 0),
								  known, a->stored, NULL));
	if (!t->line && a->measured)
		t->line = json_incref(line);
	else if (!t->line && line)
		log_error("%s", a->why);
	json_decref(line);
	if (code < INTERRUPTED && t->line)
		return 0;
	return code ? code : EX_SOFTWARE;
}

/* Where frames are lost by themselves no number is known, and so nothing can be judged. */
static int control_failed(const struct trust_run *t, const struct trust_cause *cause,
			  const struct attempt *a)
{
	const struct trust_arguments *args = t->args;
	char ports[300] = "the lab's two ports";

	if (!args->lab)
		snprintf(ports, sizeof(ports), "%s (namespace %s) and its peer %s (%s)", args->port,
			 args->netns, args->peer, args->peer_netns);
	log_error("%s: in the control %s, in which nothing is to be lost, %s. Nothing is judged. %s"
		  "see what was lost where: ringloss report %s/%.*s",
		  ports, cause->name, a->why,
		  args->lab ? "Are the CPUs busy? To "
			    : "Is the cable between these two ports, and does nothing else use "
			      "them? To ",
		  t->folder, (int)strcspn(a->stored, "/"), a->stored);
	return EX_UNAVAILABLE;
}

/* Cause one loss, in one way or another; nonzero ends the whole. */
static int cause_it(struct trust_run *t, const struct trust_cause *cause)
{
	struct attempt a = {.why = "there is no way for such a port"};
	size_t i;
	int code;

	if (!cause->ways[0].set)
		snprintf(a.why, sizeof(a.why), "%s", cause->why);
	for (i = 0; !a.judged && i < TRUST_WAYS_MAX && cause->ways[i].set; i++) {
		if (!suits(t, &cause->ways[i]))
			continue;
		code = try_way(t, cause, &cause->ways[i], &a);
		if (code)
			return code;
	}
	if (a.judged)
		return 0;
	if (cause->control && a.measured)
		return control_failed(t, cause, &a);
	if (a.failed)
		t->code = 1;
	json_array_append_new(t->causes, trust_cause_json(cause, NULL, NULL, NULL, 0, NULL, a.why));
	return 0;
}

static int cause_all(struct trust_run *t)
{
	const struct trust_cause *causes;
	size_t n, i;
	int code = 0;

	causes = trust_causes(&n);
	for (i = 0; !code && i < n; i++)
		/* the first one is the control that tells whose port it is */
		if (!i || !t->args->only || !strcmp(causes[i].name, t->args->only))
			code = cause_it(t, &causes[i]);
	return code;
}

static int columns(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 100;
}

/*
 * Into the state folder, where later runs find it. One cause alone tells too little for them to go
 * by; nor is a file replaced that knows more: *kept is the cause that it would be without.
 */
static int store_state(const struct trust_run *t, const json_t *file, const char *path, char *kept,
		       size_t size, struct error *err)
{
	struct error ignored;
	json_t *was = trust_file_read(path, &ignored);
	const char *forgets = trust_forgets(was, file);

	snprintf(kept, size, "%s", forgets ? forgets : "");
	json_decref(was);
	if (t->args->only)
		return 0;
	if (!*kept)
		return trust_file_write(file, path, err);
	log_warn("%s is kept: it has verdicts for %s, which this time could not be judged; to have "
		 "what was found now instead, remove it and judge again",
		 path, kept);
	return 0;
}

/* The file beside the results, in the state folder, and where asked. */
static int store(struct trust_run *t, struct error *err)
{
	json_t *file = trust_file_json(t->line, json_incref(t->causes), err);
	const char *trial = json_str(json_array_get(t->causes, 0), "trial", "");
	char here[PATH_MAX + 256], there[PATH_MAX + 256], name[128], state[PATH_MAX], kept[64];
	int ret = file ? 0 : err->code;

	if (ret)
		return ret;
	trust_file_name(json_str(file, "driver", ""), json_str(file, "version", ""), name,
			sizeof(name));
	journal_state_dir(state, sizeof(state));
	snprintf(here, sizeof(here), "%s/trust/%s", t->folder, name);
	snprintf(there, sizeof(there), "%s/trust/%s", state, name);
	ret = trust_file_write(file, here, err);
	if (!ret)
		ret = store_state(t, file, there, kept, sizeof(kept), err);
	if (!ret && t->args->out)
		ret = trust_file_write(file, t->args->out, err);
	if (!ret && t->args->json) {
		char *text = json_line(file);

		if (text)
			puts(text);
		free(text);
	} else if (!ret) {
		report_print_trust(file, stdout, columns());
		printf("\ntrust file: %s\n", t->args->only || *kept ? here : there);
		printf("trials: one folder each, for ringloss report %s/%.*s\n", t->folder,
		       (int)strcspn(trial, "/"), trial);
	}
	json_decref(file);
	return ret;
}

int cmd_trust(int argc, char **argv)
{
	struct trust_arguments args;
	struct trust_run t = {.args = &args};
	char time[32];
	struct error err;
	int ret = trust_arguments_parse(argc, argv, &args);

	if (ret)
		return ret;
	clock_wall_name(time, sizeof(time));
	time[sizeof("20260131-123456") - 1] = '\0';
	snprintf(t.folder, sizeof(t.folder), "%s/trust-%s-%s", args.results,
		 args.lab ? "lab" : args.port, time);
	t.causes = json_array();
	if (!t.causes)
		return EX_OSERR;
	ret = cause_all(&t);
	if (!ret && store(&t, &err))
		ret = fail(&err);
	rmdir(t.folder); /* where nothing was measured it is empty */
	json_decref(t.causes);
	json_decref(t.line);
	return ret ? ret : t.code;
}
