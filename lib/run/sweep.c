/* The trials of a run, one after the other, each on the disk before the next begins; see running.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "hosts.h"
#include "json.h"
#include "record.h"
#include "running.h"

static bool user_stops(struct run *run)
{
	struct signalfd_siginfo info;

	if (!run->signal && read(run->env.wake_fd, &info, sizeof(info)) == sizeof(info))
		run->signal = (int)info.ssi_signo;
	return run->signal;
}

/* "rx.endpoint=udp traffic.rate=max #2" */
static void label_trial(const struct point *point, uint64_t repeat, uint64_t repeats, char *buf,
			size_t size)
{
	json_t *axes = point_axes(point), *value;
	const char *key;
	size_t len = 0;

	buf[0] = '\0';
	json_object_foreach (axes, key, value)
		if (len < size)
			len += (size_t)snprintf(buf + len, size - len, "%s%s=%s", len ? " " : "",
						key, json_string_value(value));
	if (!len)
		len = (size_t)snprintf(buf, size, "trial");
	if (repeats > 1 && len < size)
		snprintf(buf + len, size - len, " #%llu", (unsigned long long)repeat);
	json_decref(axes);
}

static int store(struct run *run, const json_t *line, struct error *err)
{
	char *text;
	int ret = result_append(run->result, line, err);

	run->stored |= !ret;
	if (!ret && run->options->lines)
		json_array_append(run->options->lines, (json_t *)line);
	if (ret || !run->options->json)
		return ret;
	text = json_line(line);
	if (!text || puts(text) < 0 || fflush(stdout) == EOF)
		ret = error_set(err, EX_IOERR, -EIO,
				"cannot write to standard output; %s has every line so far",
				result_path(run->result));
	free(text);
	return ret;
}

/* The line of a trial that ran; one that does not close gets a second look. */
static json_t *record_settled(struct run *run, const struct record_context *ctx,
			      struct trial *trial, struct error *err)
{
	json_t *line = record_trial(ctx, trial, err);
	struct error late;

	if (!line || json_flag(line, "balanced", true) || trial_settle(&run->env, trial, &late))
		return line;
	json_decref(line);
	return record_trial(ctx, trial, err);
}

/* Note the devices of a point that was set up, or (LOOK) tell whether all are ones that were. */
static bool devices_met(struct run *run, const struct point *point, bool look)
{
	bool all = true;
	size_t i;

	for (i = 0; i < run->env.n_sides; i++) {
		char key[PLAN_NAME_MAX + 16], *name;
		const char *device, *netns;

		snprintf(key, sizeof(key), "%s.device", run->sides[i].plan->name);
		device = point_value(point, key);
		snprintf(key, sizeof(key), "%s.netns", run->sides[i].plan->name);
		netns = point_value(point, key);
		if (asprintf(&name, "%s %s", netns ? netns : "", device ? device : "") < 0)
			return false;
		all &= json_object_get(run->met, name) != NULL;
		if (!look)
			json_object_set_new(run->met, name, json_true());
		free(name);
	}
	return all;
}

/* A device that was there, and is not now, may come again. */
static bool is_impossible(struct run *run, const struct point *point, const struct error *why)
{
	return trial_is_impossible(why) &&
	       !(why->exit == EX_NOINPUT && devices_met(run, point, true));
}

/* A device (-ENODEV) or CPU (-ENXIO) that is not there, and is the same at every point. */
static bool is_hopeless(const struct run *run, const struct point *point, const struct error *why)
{
	static const char *const device[] = {".device", ".netns", ".nic.driver", NULL};
	static const char *const cpu[] = {".cpus", NULL};
	const char *const *ends = why->code == -ENODEV && why->exit == EX_NOINPUT ? device
				  : why->code == -ENXIO                           ? cpu
										  : NULL;
	json_t *axes, *value;
	const char *key;
	bool same = true;

	if (!ends || run->stored)
		return false;
	axes = point_axes(point);
	json_object_foreach (axes, key, value) {
		const char *const *end;

		for (end = ends; *end; end++)
			same &= !strstr(key, *end);
	}
	json_decref(axes);
	return same;
}

/* Set up, and run if that went well. How it ended; of what was measured *line is the record. */
static enum done_state try_trial(struct run *run, const struct scheduled *s,
				 struct record_context *ctx, json_t **line, struct error *why,
				 struct error *err)
{
	struct trial trial = {0};
	enum done_state state = DONE_FAILED;
	int ret = point_config(ctx->point, &traffic_knob_set, -1, &run->traffic, why);

	if (!ret)
		ret = trial_set_up(&run->env, ctx->point, why);
	if (ret) {
		bool impossible = !user_stops(run) && is_impossible(run, ctx->point, why);

		return impossible ? DONE_SKIPPED : DONE_FAILED;
	}
	devices_met(run, ctx->point, false);
	hosts_check_devices(run->devices, run->sides, run->env.n_sides);
	ctx->set_up = run->measured = true;
	ret = trial_run(&run->env, &trial, why);
	if (!ret) {
		*line = record_settled(run, ctx, &trial, err);
		state = trial.n_reasons ? DONE_INVALID : DONE_VALID;
	}
	trial_free(&trial);
	return state;
}

/* Returns nonzero only for what ends the whole run. */
static int run_trial(struct run *run, const struct scheduled *s, enum knob_change change,
		     struct error *err)
{
	const struct point *point = run->points[s->point];
	struct record_context ctx = {
		.env = &run->env,
		.run = result_run(run->result),
		.plan_name = run->config.name,
		.plan = run->plan,
		.point = point,
		.seq = ++run->seq,
		.repeat = s->repeat + 1,
	};
	enum done_state state;
	struct error why = {0};
	json_t *line = NULL;
	char label[160];
	int ret;

	label_trial(point, s->repeat + 1, run->config.repeats, label, sizeof(label));
	progress_begin(&run->progress, label, change, run->send_ns[s->point]);
	state = try_trial(run, s, &ctx, &line, &why, err);
	if (state == DONE_FAILED && user_stops(run))
		error_set(&why, EX_TEMPFAIL, -EINTR, "interrupted by the user");
	if (state == DONE_SKIPPED && is_hopeless(run, point, &why)) {
		progress_clear(&run->progress);
		*err = why;
		return err->code;
	}
	if (state == DONE_FAILED || state == DONE_SKIPPED) {
		line = record_unmeasured(&ctx, done_verdict(state), &why, err);
		if (!run->first_failure.code)
			run->first_failure = why;
	}
	if (!line)
		return err->code;
	ret = store(run, line, err);
	if (!ret)
		done_set(run->done, s->point, s->repeat, state);
	progress_end(&run->progress, line);
	json_decref(line);
	return ret;
}

/* From the last trial that was due to trial I; a point's repeat right behind it changes nothing. */
static enum knob_change change_to(const struct run *run, const struct point *before, size_t i)
{
	const struct point *point = run->points[run->schedule[i].point];

	return before ? point_change(before, point) : KNOB_RESPAWN;
}

/* Trial I is due: what it takes to get there from *BEFORE, the trial before it. */
static bool is_next(const struct run *run, size_t i, const struct point **before,
		    enum knob_change *change)
{
	const struct scheduled *s = &run->schedule[i];

	if (!done_is_due(run->done, s->point, s->repeat))
		return false;
	*change = change_to(run, *before, i);
	*before = run->points[s->point];
	return true;
}

int sweep_run(struct run *run, struct error *err)
{
	size_t due = done_due(run->done), i;
	const struct point *before = NULL;
	enum knob_change *changes = calloc(run->n_trials, sizeof(*changes));
	bool *planned = calloc(run->n_trials, sizeof(*planned));
	int ret = 0;

	if (!changes || !planned)
		ret = error_set(err, EX_OSERR, -ENOMEM, "no memory for %zu trials", run->n_trials);
	progress_init(&run->progress, run->n_trials - due, run->n_trials);
	for (i = 0; !ret && i < run->n_trials; i++) {
		planned[i] = is_next(run, i, &before, &changes[i]);
		if (planned[i])
			remaining_add(&run->progress.to_come, changes[i],
				      run->send_ns[run->schedule[i].point]);
	}
	for (i = 0; !ret && i < run->n_trials && !user_stops(run); i++) {
		const struct scheduled *s = &run->schedule[i];

		if (!planned[i])
			continue;
		if (done_is_due(run->done, s->point, s->repeat))
			ret = run_trial(run, s, changes[i], err);
		else /* its point was skipped meanwhile */
			progress_skip(&run->progress, changes[i], run->send_ns[s->point]);
	}
	progress_clear(&run->progress);
	free(changes);
	free(planned);
	return ret;
}
