/*
 * A run from its beginning to its end: what it asks for, result made or gone on with, lab up,
 * trials (sweep.c), lab down, report. See run.h.
 */
#include "run.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "hosts.h"
#include "journal.h"
#include "json.h"
#include "log.h"
#include "placement.h"
#include "record.h"
#include "report.h"
#include "running.h"
#include "shared_cpus.h"

#define EPOCHS_APART 4096   /* more than a killed run took behind its last line */
#define MAX_PPS 200000000.0 /* more than any port sends: bounds a trial at rate max */

/* Ctrl-C and its kin become readable; the sides' calls give up then. */
static int open_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int draw_id(struct run *run, struct error *err)
{
	uint32_t random[2];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return error_set(err, EX_OSERR, -errno, "no random numbers: %s", strerror(errno));
	snprintf(run->id, sizeof(run->id), "%x-%04x", (unsigned int)getpid(), random[0] & 0xffff);
	/* two runs on one wire take each other's frames for stale ones, not for their own */
	run->epoch = (uint16_t)random[1];
	return 0;
}

/* What all points together ask for: of a lab, and of the sequence check. */
struct survey {
	uint32_t queues;             /* of the widest side */
	uint32_t mtu;                /* for the largest frame */
	struct placement in_the_lab; /* of sides whose device it is */
};

/* Devices are the same at every point. */
static int survey_lab(struct run *run, struct survey *most, struct error *err)
{
	bool in_lab[PLAN_SIDES_MAX] = {false};
	const struct plan_side *sides;
	const struct plan_path *paths;
	size_t n_sides = plan_sides(run->plan, &sides), n_paths = plan_paths(run->plan, &paths), i;
	struct side_config config;
	int ret;

	for (i = 0; i < n_sides; i++) {
		ret = point_config(run->points[0], &side_knob_set, (int)i, &config, err);
		if (ret)
			return ret;
		in_lab[i] = !strcmp(config.device, "lab");
	}
	return placement_make(sides, n_sides, paths, n_paths, in_lab, &most->in_the_lab, err);
}

static int survey(struct run *run, struct survey *most, struct error *err)
{
	struct side_config side;
	struct traffic_config t;
	size_t i, s;
	int ret;

	*most = (struct survey){.queues = 1, .mtu = LAB_MTU_DEFAULT};
	for (i = 0; i < run->n_points; i++) {
		uint64_t frames;

		ret = point_config(run->points[i], &traffic_knob_set, -1, &t, err);
		if (!ret)
			ret = traffic_check(&t, err);
		if (ret)
			return ret;
		run->send_ns[i] = traffic_send_ns(&t);
		frames = (uint64_t)((isinf(t.rate_pps) ? MAX_PPS : t.rate_pps) *
				    (double)t.duration_ns / 1e9);
		if (t.frames && t.frames < frames)
			frames = t.frames;
		if (frames > run->env.frames_bound)
			run->env.frames_bound = frames;
		if (traffic_frame_max(&t) > most->mtu + FRAME_ETH_LEN + FRAME_FCS_LEN)
			most->mtu = traffic_frame_max(&t) - FRAME_ETH_LEN - FRAME_FCS_LEN;
		for (s = 0; s < run->env.n_sides; s++) {
			ret = point_config(run->points[i], &side_knob_set, (int)s, &side, err);
			if (ret)
				return ret;
			if (side.queues > most->queues)
				most->queues = (uint32_t)side.queues;
		}
	}
	return survey_lab(run, most, err);
}

/* The standing lab, if it is as wide and has as many cables as the plan asks for. */
static int use_standing_lab(struct run *run, const struct survey *most, struct error *err)
{
	int ret = lab_find(&run->lab, "", err);

	if (!ret)
		ret = run->lab_claim = lab_claim(err);
	if (ret < 0)
		return ret;
	if (run->lab.queues < most->queues || run->lab.pairs < most->in_the_lab.pairs)
		return error_set(err, EX_CONFIG, -ERANGE,
				 "the standing lab has %u queues and %u pairs and the plan asks "
				 "for %u and %u: ringloss lab down; ringloss lab up --queues %u "
				 "--pairs %u",
				 run->lab.queues, run->lab.pairs, most->queues,
				 most->in_the_lab.pairs, most->queues, most->in_the_lab.pairs);
	return 0;
}

static int bring_lab_up(struct run *run, const struct survey *most, struct error *err)
{
	size_t i;
	int ret;

	if (run->config.lab == LAB_NONE)
		return 0;
	if (run->config.lab == LAB_STANDING) {
		ret = use_standing_lab(run, most, err);
	} else {
		run->journal = journal_open(run->id, err);
		if (!run->journal)
			return err->code;
		run->lab_is_up = true; /* or half of it: taken down in any case */
		ret = lab_up(&run->lab, run->id, most->queues, most->in_the_lab.pairs, most->mtu,
			     run->journal, err);
	}
	for (i = 0; !ret && i < run->env.n_sides; i++)
		if (most->in_the_lab.end[i] >= 0)
			run->sides[i].lab_end = &run->lab.end[most->in_the_lab.end[i]];
	return ret;
}

static void take_lab_down(struct run *run)
{
	struct error err;

	if (run->lab_is_up && lab_down(run->id, &err))
		log_error("%s; `ringloss restore` tries again", err.text);
	if (run->journal && journal_undo(run->journal, NULL, &err))
		log_error("%s; `ringloss restore` tries again", err.text);
	journal_close(run->journal);
	if (run->lab_claim >= 0)
		close(run->lab_claim);
	run->lab_claim = -1;
	run->journal = NULL;
	run->lab_is_up = false;
}

static void tick(void *ctx, uint64_t elapsed_ns, uint64_t total_ns, bool warm_up)
{
	struct run *run = ctx;

	progress_tick(&run->progress, elapsed_ns, total_ns, warm_up);
}

static int make_room(struct run *run, struct error *err)
{
	run->n_trials = run->n_points * run->config.repeats;
	run->send_ns = calloc(run->n_points, sizeof(*run->send_ns));
	run->block = calloc(run->n_points, sizeof(*run->block));
	run->done = done_new(run->points, run->n_points, run->config.repeats);
	run->met = json_object();
	run->devices = json_object();
	if (run->send_ns && run->block && run->done && run->met && run->devices &&
	    !plan_blocks(run->plan, run->points, run->n_points, run->block, &run->n_blocks))
		return 0;
	return error_set(err, EX_OSERR, -ENOMEM, "no memory for %zu trials", run->n_trials);
}

static void free_room(struct run *run)
{
	free(run->schedule);
	free(run->send_ns);
	free(run->block);
	done_free(run->done);
	json_decref(run->met);
	json_decref(run->devices);
	json_decref(run->build);
}

static int prepare_run(struct run *run, struct error *err)
{
	const struct plan_side *sides;
	const struct plan_path *paths;
	size_t i;
	int ret;

	run->env = (struct trial_env){
		.sides = run->sides,
		.n_sides = plan_sides(run->plan, &sides),
		.paths = run->paths,
		.n_paths = plan_paths(run->plan, &paths),
		.traffic = &run->traffic,
		.epoch = &run->epoch,
		.wake_fd = open_signals(),
		.progress = tick,
		.progress_ctx = run,
	};
	ret = draw_id(run, err);
	if (!ret)
		ret = plan_expand(run->plan, &run->points, &run->n_points, err);
	if (!ret)
		ret = point_config(run->points[0], &plan_knob_set, -1, &run->config, err);
	if (!ret)
		ret = make_room(run, err);
	if (ret)
		return ret;
	for (i = 0; i < run->env.n_sides; i++)
		run->sides[i] =
			(struct side){.plan = &sides[i], .index = (int)i, .run_id = run->id};
	for (i = 0; i < run->env.n_paths; i++)
		run->paths[i] =
			(struct path){.plan = &paths[i], .from = paths[i].from, .to = paths[i].to};
	return 0;
}

static int create_result(struct run *run, struct error *err)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int ret;

	if (!out)
		return error_set(err, EX_OSERR, -errno, "no memory to write the plan");
	ret = plan_write(run->plan, out);
	if (fclose(out) && !ret)
		ret = -errno;
	if (ret) {
		free(text);
		return error_set(err, EX_OSERR, ret, "cannot write the plan: %s", strerror(-ret));
	}
	run->result = result_create(run->options->out_dir, run->config.name, text, err);
	free(text);
	return run->result ? 0 : err->code;
}

/* What a link that goes down for every other trial costs is not to be seen beforehand. */
static void warn_of_links(const struct run *run)
{
	struct scheduled *blocked;
	size_t now, then;

	if (run->config.order != SCHEDULE_SHUFFLED || run->n_blocks < 2)
		return;
	blocked = schedule_make(run->n_points, run->config.repeats, SCHEDULE_BLOCKED,
				run->config.seed, run->block);
	if (!blocked)
		return;
	now = schedule_changes(run->schedule, run->n_trials, run->block);
	then = schedule_changes(blocked, run->n_trials, run->block);
	free(blocked);
	if (then < now)
		log_warn("plan.order = shuffled changes what takes a link down %zu times in %zu "
			 "trials, which on a card costs seconds each; plan.order = blocked does it "
			 "%zu times",
			 now, run->n_trials, then);
}

static int make_schedule(struct run *run, struct error *err)
{
	run->schedule =
		schedule_make(run->n_points, run->config.repeats,
			      (enum schedule_order)run->config.order, run->config.seed, run->block);
	if (!run->schedule)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for %zu trials", run->n_trials);
	return 0;
}

/* A line that is there already. */
static int take_line(void *ctx, json_t *trial, struct error *err)
{
	struct run *run = ctx;

	run->seq = json_u64(trial, "seq", run->seq);
	/* what the run that was killed had on its way has an epoch soon after its last line's */
	run->epoch = (uint16_t)(json_u64(trial, "epoch", 0) + EPOCHS_APART);
	run->stored = true;
	hosts_note_devices(run->devices, trial);
	json_decref(run->build);
	run->build = json_incref(json_object_get(trial, "build"));
	return done_take(run->done, trial, err);
}

static void warn_of_build(const struct run *run)
{
	json_t *now = record_build(), *before = run->build;

	if (before && !json_equal(before, now))
		log_warn("the trials there are of ringloss %s (%s), those to come of %s (%s)",
			 json_str(before, "version", "?"), json_str(before, "commit", "?"),
			 json_str(now, "version", "?"), json_str(now, "commit", "?"));
	json_decref(now);
}

static int resume_result(struct run *run, struct error *err)
{
	run->result = result_resume(run->options->resume, take_line, run, err);
	if (!run->result)
		return err->code;
	log_info("going on with %s: %zu trials are there, %zu are left", result_path(run->result),
		 run->n_trials - done_due(run->done), done_due(run->done));
	warn_of_build(run);
	return 0;
}

static int report(struct run *run, struct error *err)
{
	struct result_set *set = result_load(result_path(run->result), RESULT_LOAD_LEAN, err);
	struct winsize size;
	int ret;

	if (!set)
		return err->code;
	ret = report_write_files(result_path(run->result), set, err);
	if (!run->options->json && !run->options->quiet) {
		bool terminal = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;

		report_print(set, stdout, terminal ? size.ws_col : 100);
		printf("\nresult: %s\n", result_path(run->result));
		fflush(stdout);
	}
	result_set_free(set);
	return ret;
}

static int exit_code(const struct run *run)
{
	size_t valid = done_count(run->done, DONE_VALID);

	if (run->signal)
		return 128 + run->signal;
	if (!valid)
		return run->measured || run->options->resume ? 2 : run->first_failure.exit;
	return valid < run->n_trials ? 1 : 0;
}

/* Everything up, every trial, everything down. */
static int run_trials(struct run *run, const struct survey *most, struct error *err)
{
	size_t i;
	int ret = hosts_meet(run->sides, run->env.n_sides, run->result, err);

	if (!ret)
		ret = bring_lab_up(run, most, err);
	if (!ret)
		ret = sweep_run(run, err);
	if (!ret && run->measured)
		ret = hosts_store(run->sides, run->env.n_sides, run->result, err);
	for (i = 0; i < run->env.n_sides; i++) {
		int left = side_end(&run->sides[i]);

		/* it has said what: last of all the run says that it is no success */
		if (left && !ret)
			ret = error_set(err, left, -EBUSY,
					"%s: not everything is as it was: `ringloss restore` says "
					"what",
					run->sides[i].plan->name);
	}
	take_lab_down(run);
	return ret;
}

/* The result is complete, or worth nothing. CODE is what the run came to. */
static int end_result(struct run *run, int code)
{
	struct error err;
	bool told;

	if (!(run->measured && run->stored) && !run->options->resume) {
		/* nothing was measured: a folder of failures, or of nothing, helps nobody */
		if (!code && !run->options->lines)
			log_error("nothing could be measured: %s", run->first_failure.text);
		result_discard(run->result);
		return code;
	}
	if (run->signal && done_due(run->done))
		log_info("%zu trials are left: ringloss run --resume %s goes on",
			 done_due(run->done), result_path(run->result));
	/* one that may not be gone on with is left as it is */
	told = run->stored && (run->measured || !code);
	if (result_finish(run->result, &err) || (told && report(run, &err))) {
		log_error("%s", err.text);
		code = code ? code : err.exit;
	}
	result_free(run->result);
	return code;
}

/* What the plan comes to. */
static int tell(const struct run *run)
{
	size_t i, changes = run->n_blocks > 1
				    ? schedule_changes(run->schedule, run->n_trials, run->block)
				    : 0;
	double seconds = 0;

	for (i = 0; i < run->n_points; i++)
		seconds += (double)run->send_ns[i] / 1e9 * (double)run->config.repeats;
	printf("plan %s: %zu points, %llu time%s each: %zu trials, %.0f s of sending\n",
	       run->config.name, run->n_points, (unsigned long long)run->config.repeats,
	       run->config.repeats > 1 ? "s" : "", run->n_trials, seconds);
	if (changes)
		printf("what takes a link down is changed %zu times\n", changes);
	return fflush(stdout) == EOF ? EX_IOERR : EX_OK;
}

int run_plan(struct plan *plan, const struct run_options *options)
{
	struct run *run = calloc(1, sizeof(*run));
	struct error err = {0};
	struct survey most;
	int ret, code;

	if (!run) {
		log_error("no memory");
		return EX_OSERR;
	}
	run->plan = plan;
	run->options = options;
	run->lab_claim = -1;
	ret = prepare_run(run, &err);
	if (!ret)
		ret = survey(run, &most, &err);
	if (!ret)
		ret = make_schedule(run, &err);
	if (!ret && options->dry_run) {
		code = tell(run);
		goto out;
	}
	if (!ret)
		ret = options->resume ? resume_result(run, &err) : create_result(run, &err);
	if (!ret && done_due(run->done)) {
		warn_of_shared_cpus(run->sides, run->env.n_sides, run->points[0]);
		warn_of_links(run);
		ret = run_trials(run, &most, &err);
	}
	code = ret ? err.exit : 0;
	if (ret)
		log_error("%s", err.text);
	if (run->result)
		code = end_result(run, code);
	if (!code)
		code = exit_code(run);
out:
	if (run->env.wake_fd >= 0)
		close(run->env.wake_fd);
	free_room(run);
	free(run);
	return code;
}
