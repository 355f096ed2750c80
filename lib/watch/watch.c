/* The loop of `ringloss watch`: looks at their times, keys and signals between; see watch.h. */
#include "watch.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "sampler.h"
#include "show.h"

#define SLOW_SECONDS 1  /* between two looks at what is read less often */
#define NEWS_SECONDS 10 /* that an interface is said to be new, or gone */

/* An interface that came or went, and when. */
struct news {
	struct watch_link link;
	bool gone;
	uint64_t time_ns;
};

struct watch {
	const struct watch_request *request;
	struct sampler *sampler;
	struct screen *screen; /* NULL: plain output */
	int signals;
	double interval;
	uint64_t start_ns, next_ns, shown;
	double start_cpu;
	struct watch_fast fast[2]; /* before, after */
	struct watch_slow slow[2];
	bool has_fast[2], has_slow[2];
	struct news *news;
	size_t n_news, notes_told;
	bool paused, over;
};

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* ---- interfaces that come and go ---- */

static bool has_link(const struct watch_fast *look, const struct watch_link *link)
{
	for (size_t i = 0; i < look->n_links; i++)
		if (look->links[i].ifindex == link->ifindex &&
		    !strcmp(look->links[i].ifname, link->ifname))
			return true;
	return false;
}

static void add_news(struct watch *w, const struct watch_link *link, bool gone)
{
	struct news *more = reallocarray(w->news, w->n_news + 1, sizeof(*more));

	if (!more)
		return;
	w->news = more;
	more[w->n_news++] = (struct news){*link, gone, clock_ns()};
}

static bool is_named(const struct watch *w, const char *ifname)
{
	for (size_t i = 0; i < w->request->n_ifnames; i++)
		if (!strcmp(w->request->ifnames[i], ifname))
			return true;
	return false;
}

/* What is gone is forgotten when one of its name is there again, or after a while if nobody asked
 * for it by name. */
static bool is_old(const struct watch *w, const struct news *news)
{
	if (news->gone) {
		for (size_t i = 0; i < w->fast[1].n_links; i++)
			if (!strcmp(w->fast[1].links[i].ifname, news->link.ifname))
				return true;
		if (is_named(w, news->link.ifname))
			return false;
	}
	return clock_ns() - news->time_ns > NEWS_SECONDS * NSEC_PER_SEC;
}

static void take_news(struct watch *w)
{
	size_t kept = 0;

	for (size_t i = 0; w->has_fast[0] && i < w->fast[0].n_links; i++)
		if (!has_link(&w->fast[1], &w->fast[0].links[i]))
			add_news(w, &w->fast[0].links[i], true);
	for (size_t i = 0; w->has_fast[0] && i < w->fast[1].n_links; i++)
		if (!has_link(&w->fast[0], &w->fast[1].links[i]))
			add_news(w, &w->fast[1].links[i], false);
	for (size_t i = 0; i < w->n_news; i++)
		if (!is_old(w, &w->news[i]))
			w->news[kept++] = w->news[i];
	w->n_news = kept;
}

/* ---- a look ---- */

static int look_slow(struct watch *w, struct error *err)
{
	double age = w->has_slow[1] ? (double)(clock_ns() - w->slow[1].time_ns) / NSEC_PER_SEC
				    : SLOW_SECONDS;

	/* half an interval early is nearer than half an interval late */
	if (age + w->interval / 2 < SLOW_SECONDS)
		return 0;
	if (w->has_slow[0])
		watch_slow_free(&w->slow[0]);
	w->slow[0] = w->slow[1];
	w->has_slow[0] = w->has_slow[1];
	w->slow[1] = (struct watch_slow){0};
	w->has_slow[1] = true;
	return sampler_look_slow(w->sampler, &w->slow[1], err);
}

static int look(struct watch *w, struct error *err)
{
	int ret;

	if (w->has_fast[0])
		watch_fast_free(&w->fast[0]);
	w->fast[0] = w->fast[1];
	w->has_fast[0] = w->has_fast[1];
	w->fast[1] = (struct watch_fast){0};
	w->has_fast[1] = true;
	ret = sampler_look_fast(w->sampler, &w->fast[1], err);
	if (ret)
		return ret;
	take_news(w);
	return look_slow(w, err);
}

static struct watch_status status_of(const struct watch *w)
{
	return (struct watch_status){
		.where = w->request->netns ? w->request->netns : "",
		.interval = w->interval,
		.elapsed = (double)(clock_ns() - w->start_ns) / NSEC_PER_SEC,
		.cpu_seconds = cpu_seconds() - w->start_cpu,
		.notes = sampler_notes(w->sampler),
		.notes_told = w->notes_told,
	};
}

static int make_view(struct watch *w, struct watch_view *view, struct error *err)
{
	struct watch_link *gone = calloc(w->n_news + 1, sizeof(*gone));
	int *new_ones = calloc(w->n_news + 1, sizeof(*new_ones));
	struct watch_looks looks = {.before = w->has_fast[0] ? &w->fast[0] : NULL,
				    .after = &w->fast[1],
				    .slow_before = w->has_slow[0] ? &w->slow[0] : NULL,
				    .slow_after = w->has_slow[1] ? &w->slow[1] : NULL,
				    .gone = gone,
				    .new_ones = new_ones};

	*view = (struct watch_view){.no_memory = true};
	for (size_t i = 0; gone && new_ones && i < w->n_news; i++)
		if (w->news[i].gone)
			gone[looks.n_gone++] = w->news[i].link;
		else
			new_ones[looks.n_new++] = w->news[i].link.ifindex;
	if (gone && new_ones)
		watch_view_make(view, &looks);
	free(gone);
	free(new_ones);
	if (!view->no_memory)
		return 0;
	watch_view_free(view);
	return error_set(err, EX_OSERR, -ENOMEM, "no memory");
}

/* What the latest look says; the first one has no rates yet, and is shown on a screen only. */
static int show(struct watch *w, struct error *err)
{
	struct watch_status status = status_of(w);
	struct watch_view view;
	int ret;

	if (!w->screen && !w->has_fast[0])
		return 0;
	ret = make_view(w, &view, err);
	if (ret)
		return ret;
	if (w->screen)
		screen_draw(w->screen, &view, &status);
	else if (w->request->json && !watch_json_print(&view, &status, stdout))
		ret = error_set(err, EX_OSERR, -ENOMEM, "no memory");
	else if (!w->request->json)
		watch_plain_print(&view, &status, stdout);
	watch_view_free(&view);
	w->notes_told = json_array_size(status.notes);
	if (!ret && !w->screen && fflush(stdout) == EOF)
		ret = error_set(err, EX_IOERR, -errno, "cannot write to standard output: %s",
				strerror(errno));
	w->shown += w->has_fast[0];
	w->over |= w->request->count && w->shown == w->request->count;
	return ret;
}

/* ---- keys and signals ---- */

static double next_interval(double now, bool slower)
{
	static const double steps[] = {0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60};
	const size_t n = sizeof(steps) / sizeof(steps[0]);

	for (size_t i = 0; i < n; i++) {
		if (slower && steps[i] > now * 1.001)
			return steps[i];
		if (!slower && steps[n - 1 - i] < now * 0.999)
			return steps[n - 1 - i];
	}
	return now;
}

static void set_interval(struct watch *w, bool slower)
{
	double before = w->interval;

	w->interval = next_interval(before, slower);
	w->next_ns += (uint64_t)(w->interval * NSEC_PER_SEC) - (uint64_t)(before * NSEC_PER_SEC);
}

static void take_keys(struct watch *w)
{
	struct watch_status status;
	enum screen_wish wish;
	bool any = false;

	while (!w->over && (wish = screen_key(w->screen)) != SCREEN_NOTHING) {
		any = true;
		w->over = wish == SCREEN_QUIT;
		if (wish == SCREEN_PAUSE) {
			w->paused = !w->paused;
			screen_pause(w->screen, w->paused);
		} else if (wish == SCREEN_FASTER || wish == SCREEN_SLOWER) {
			set_interval(w, wish == SCREEN_SLOWER);
		}
	}
	if (!any || w->over)
		return;
	status = status_of(w);
	screen_draw(w->screen, NULL, &status);
}

static void take_signals(struct watch *w)
{
	struct signalfd_siginfo info;
	struct watch_status status;

	if (read(w->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo != SIGWINCH) {
		w->over = true;
	} else if (w->screen) {
		status = status_of(w);
		screen_resize(w->screen);
		screen_draw(w->screen, NULL, &status);
	}
}

/* Until the next look is due; keys and signals meanwhile. */
static void wait_for_look(struct watch *w)
{
	while (!w->over && (w->paused || clock_ns() < w->next_ns)) {
		struct pollfd fds[] = {
			{.fd = w->signals, .events = POLLIN},
			{.fd = w->screen ? STDIN_FILENO : -1, .events = POLLIN},
		};
		uint64_t now = clock_ns(), left = w->next_ns > now ? w->next_ns - now : 0;
		struct timespec rest = {.tv_sec = (time_t)(left / NSEC_PER_SEC),
					.tv_nsec = (long)(left % NSEC_PER_SEC)};

		if (ppoll(fds, 2, w->paused ? NULL : &rest, NULL) <= 0)
			continue;
		if (fds[0].revents)
			take_signals(w);
		if (fds[1].revents & POLLIN)
			take_keys(w);
		else if (fds[1].revents)
			w->over = true; /* the terminal went away */
	}
}

static int signals_open(struct error *err)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd >= 0 ? fd : error_set(err, EX_OSERR, -errno, "signalfd: %s", strerror(errno));
}

/* ---- all of it ---- */

static int loop(struct watch *w, struct error *err)
{
	int ret = look(w, err);

	while (!ret && !w->over) {
		ret = show(w, err);
		if (ret || w->over)
			break;
		w->next_ns += (uint64_t)(w->interval * NSEC_PER_SEC);
		/* after a pause, or a host that was busy: go on from now */
		if (w->next_ns < clock_ns())
			w->next_ns = clock_ns();
		wait_for_look(w);
		if (!w->over)
			ret = look(w, err);
	}
	return ret;
}

int watch_run(const struct watch_request *request, struct error *err)
{
	struct watch w = {.request = request,
			  .interval = request->interval,
			  .start_ns = clock_ns(),
			  .start_cpu = cpu_seconds()};
	int ret;

	/* a source that fails is a note, not a line on the screen at every look */
	log_set_level(LOG_LEVEL_WARN);
	ret = sampler_open(request, &w.sampler, err);
	if (ret)
		return ret;
	w.signals = signals_open(err);
	if (w.signals < 0) {
		sampler_close(w.sampler);
		return w.signals;
	}
	if (!request->json && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO))
		w.screen = screen_open();
	w.next_ns = clock_ns();
	ret = loop(&w, err);
	screen_close(w.screen);
	close(w.signals);
	for (size_t i = 0; i < 2; i++) {
		watch_fast_free(&w.fast[i]);
		watch_slow_free(&w.slow[i]);
	}
	free(w.news);
	sampler_close(w.sampler);
	return ret;
}
