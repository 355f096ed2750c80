/*
 * The run: lab up, every point in its order, one line a trial on disk before
 * the next begins, lab down, report. See run.h.
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
#include "config.h"
#include "journal.h"
#include "json.h"
#include "lab.h"
#include "log.h"
#include "placement.h"
#include "progress.h"
#include "record.h"
#include "report.h"
#include "result.h"
#include "schedule.h"
#include "trial.h"

#define MAX_PPS 200000000.0 /* more than any port sends: bounds a trial at rate max */

struct run {
	struct plan *plan;
	const struct run_options *options;
	const struct point **points;
	size_t n_points;
	struct plan_config config;
	char id[32];             /* of journals and namespaces */
	struct journal *journal; /* of what the controller itself changes */
	struct lab lab;
	int lab_claim;  /* on a standing one; -1: none */
	bool lab_is_up; /* and ours to take down */
	struct side sides[PLAN_SIDES_MAX];
	struct path paths[PLAN_PATHS_MAX];
	struct trial_env env;
	struct traffic_config traffic;
	uint16_t epoch;
	struct result *result;
	struct progress progress;
	size_t n_valid, n_invalid, n_failed;
	bool measured; /* some trial got past its set-up */
	bool stored;   /* some line is on disk */
	struct error first_failure;
	int signal; /* that ended the run, or 0 */
};

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

static bool user_stops(struct run *run)
{
	struct signalfd_siginfo info;

	if (!run->signal && read(run->env.wake_fd, &info, sizeof(info)) == sizeof(info))
		run->signal = (int)info.ssi_signo;
	return run->signal;
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

/* A traffic thread as make_threads in worker.c places it. */
struct planned_thread {
	size_t side;
	uint16_t cpu;
	bool generates, spins;
};

static size_t plan_threads(const struct side *side, const struct side_config *config,
			   struct planned_thread *threads)
{
	uint32_t each = config->cpus.n < config->queues ? config->cpus.n : (uint32_t)config->queues;
	bool both = side_generates(side) && side_sinks(side);
	size_t n = side->plan->role == ROLE_OBSERVER ? 0 : both ? 2 * each : each, i;

	for (i = 0; i < n; i++) {
		bool generates = both ? i < each : side_generates(side);

		threads[i] = (struct planned_thread){
			.side = (size_t)side->index,
			.cpu = config->cpus.cpu[i % config->cpus.n],
			.generates = generates,
			.spins = generates || config->idle == IDLE_SPIN,
		};
	}
	return n;
}

/* Two threads that spin on one CPU measure the scheduler. */
static void warn_of_shared_cpu(const struct run *run, const struct planned_thread *a,
			       const struct planned_thread *b)
{
	const char *names[2] = {run->sides[a->side].plan->name, run->sides[b->side].plan->name};

	if (a->side == b->side)
		log_warn("%s has two threads on CPU %u: name as many in cpus as it has threads "
			 "(generators first, then sinks), or set idle = poll",
			 names[0], a->cpu);
	else if (a->generates && b->generates)
		log_warn("%s and %s generate on CPU %u: give each its own with cpus", names[0],
			 names[1], a->cpu);
	else
		log_warn("%s and %s share CPU %u: give each its own with cpus, or set idle = poll "
			 "for the sink",
			 names[0], names[1], a->cpu);
}

static void warn_of_shared_cpus(struct run *run)
{
	struct planned_thread *threads =
		calloc(PLAN_SIDES_MAX * 2 * CPU_LIST_MAX, sizeof(*threads));
	struct side_config config;
	struct error err;
	size_t i, k, n = 0;

	for (i = 0; threads && i < run->env.n_sides; i++)
		if (!point_config(run->points[0], &side_knob_set, (int)i, &config, &err) &&
		    config.cpus.n)
			n += plan_threads(&run->sides[i], &config, &threads[n]);
	for (i = 0; i < n; i++) {
		for (k = 0; k < i; k++)
			if (threads[k].cpu == threads[i].cpu && threads[k].spins &&
			    threads[i].spins)
				break;
		if (k < i)
			warn_of_shared_cpu(run, &threads[k], &threads[i]);
	}
	free(threads);
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

/* Returns nonzero only for what ends the whole run. */
static int run_trial(struct run *run, const struct scheduled *s, size_t seq, struct error *err)
{
	const struct point *point = run->points[s->point];
	struct record_context ctx = {
		.env = &run->env,
		.run = result_run(run->result),
		.plan_name = run->config.name,
		.plan = run->plan,
		.point = point,
		.seq = seq + 1,
		.repeat = s->repeat + 1,
	};
	struct trial trial = {0};
	struct error why = {0};
	char label[160];
	json_t *line;
	int ret;

	label_trial(point, s->repeat + 1, run->config.repeats, label, sizeof(label));
	progress_begin(&run->progress, label);
	ret = point_config(point, &traffic_knob_set, -1, &run->traffic, &why);
	if (!ret)
		ret = trial_set_up(&run->env, point, &why);
	if (!ret) {
		run->measured = true;
		ret = trial_run(&run->env, &trial, &why);
	}
	if (ret && user_stops(run))
		error_set(&why, EX_TEMPFAIL, -EINTR, "interrupted by the user");
	line = ret ? record_failed(&ctx, &why, err) : record_settled(run, &ctx, &trial, err);
	if (ret && !run->n_failed++)
		run->first_failure = why;
	if (!ret && line)
		*(trial.n_reasons ? &run->n_invalid : &run->n_valid) += 1;
	trial_free(&trial);
	if (!line)
		return err->code;
	ret = store(run, line, err);
	progress_end(&run->progress, line);
	json_decref(line);
	return ret;
}

static int run_schedule(struct run *run, struct error *err)
{
	struct scheduled *schedule;
	size_t i, n = run->n_points * run->config.repeats;
	int ret = 0;

	schedule = schedule_make(run->n_points, run->config.repeats,
				 run->config.order == ORDER_SHUFFLED, run->config.seed);
	if (!schedule)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for %zu trials", n);
	progress_init(&run->progress, n);
	for (i = 0; !ret && i < n && !user_stops(run); i++)
		ret = run_trial(run, &schedule[i], i, err);
	progress_clear(&run->progress);
	free(schedule);
	return ret;
}

static int store_hosts(struct run *run, struct error *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < run->env.n_sides; i++) {
		json_t *host;

		if (!run->sides[i].host)
			continue;
		host = side_host_json(&run->sides[i]);
		ret = host ? result_host(run->result, run->sides[i].plan->name, host, err)
			   : error_set(err, EX_OSERR, -ENOMEM, "no memory");
		json_decref(host);
	}
	return ret;
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
	if (run->signal)
		return 128 + run->signal;
	if (!run->n_valid)
		return run->measured ? 2 : run->first_failure.exit;
	return run->n_invalid || run->n_failed ? 1 : 0;
}

int run_plan(struct plan *plan, const struct run_options *options)
{
	struct run *run = calloc(1, sizeof(*run));
	struct error err = {0}, later;
	struct survey most;
	int ret, code;
	size_t i;

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
		warn_of_shared_cpus(run);
	if (!ret)
		ret = create_result(run, &err);
	if (!ret)
		ret = bring_lab_up(run, &most, &err);
	if (!ret)
		ret = run_schedule(run, &err);
	code = ret ? err.exit : 0;
	if (ret)
		log_error("%s", err.text);
	if (run->measured && run->stored && store_hosts(run, &later) && !ret) {
		log_error("%s", later.text);
		code = later.exit;
	}
	for (i = 0; i < run->env.n_sides; i++)
		side_end(&run->sides[i]);
	take_lab_down(run);
	if (run->result && !(run->measured && run->stored)) {
		/* nothing was measured: a folder of failures, or of nothing, helps nobody */
		if (!ret)
			log_error("nothing could be measured: %s", run->first_failure.text);
		result_discard(run->result);
	} else if (run->result) {
		if (result_finish(run->result, &later) || report(run, &later)) {
			log_error("%s", later.text);
			code = code ? code : later.exit;
		}
		result_free(run->result);
	}
	if (!code)
		code = exit_code(run);
	if (run->env.wake_fd >= 0)
		close(run->env.wake_fd);
	free(run);
	return code;
}
