/* The agent's side of a worker: start it, talk to it, see it die; see worker.h. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json.h"
#include "log.h"
#include "worker.h"

#define WORKER_FD 3           /* where the worker finds its control socket */
#define CALL_TIMEOUT_MS 30000 /* opening many queues with slow drivers included */
#define CONTROL_BUFFER (PROTOCOL_LINE_MAX)

static _Noreturn void run_child(int fd, pid_t parent, struct worker_shared *shared)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EX_SOFTWARE); /* the agent died before the line above */
	prctl(PR_SET_NAME, "ringloss-worker");
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_IGN); /* the agent ends us, when it has stopped the traffic */
	signal(SIGTERM, SIG_DFL);
	/* the agent's own fds end here: a journal's lock must not outlive its owner */
	if (fd != WORKER_FD && dup2(fd, WORKER_FD) < 0)
		_exit(EX_OSERR);
	close_range(WORKER_FD + 1, ~0U, 0);
	/* standard output is the agent's protocol; libraries print on it */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	close(STDIN_FILENO);
	_exit(worker_main(WORKER_FD, shared));
}

int worker_spawn(struct worker *w, struct error *err)
{
	int pair[2], size = CONTROL_BUFFER, i;
	pid_t self = getpid();
	int memfd;

	memset(w, 0, sizeof(*w));
	memfd = memfd_create("ringloss-worker", MFD_CLOEXEC);
	if (memfd < 0 || ftruncate(memfd, sizeof(*w->shared)) < 0) {
		if (memfd >= 0)
			close(memfd);
		return error_set(err, EX_OSERR, -errno, "no memory for a worker's statistics: %s",
				 strerror(errno));
	}
	w->shared = mmap(NULL, sizeof(*w->shared), PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	close(memfd);
	if (w->shared == MAP_FAILED) {
		w->shared = NULL;
		return error_set(err, EX_OSERR, -errno, "no memory for a worker's statistics: %s",
				 strerror(errno));
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		goto fail;
	for (i = 0; i < 2; i++)
		setsockopt(pair[i], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	fflush(NULL);
	w->pid = fork();
	if (w->pid == 0)
		run_child(pair[1], self, w->shared);
	close(pair[1]);
	if (w->pid < 0) {
		close(pair[0]);
		w->pid = 0;
		goto fail;
	}
	w->fd = pair[0];
	if (channel_init(&w->channel, w->fd, w->fd, "the worker", err)) {
		worker_end(w);
		return err->code;
	}
	return 0;
fail:
	munmap(w->shared, sizeof(*w->shared));
	w->shared = NULL;
	return error_set(err, EX_OSERR, -errno, "cannot start a worker: %s", strerror(errno));
}

static void forget(struct worker *w)
{
	close(w->fd);
	channel_free(&w->channel);
	w->pid = 0;
}

static int describe_death(int status, struct error *err)
{
	if (WIFSIGNALED(status))
		return error_set(err, EX_UNAVAILABLE, -ECHILD,
				 "the worker died: killed by signal %d (%s)", WTERMSIG(status),
				 strsignal(WTERMSIG(status)));
	return error_set(err, EX_UNAVAILABLE, -ECHILD, "the worker died: exit code %d",
			 WEXITSTATUS(status));
}

bool worker_alive(struct worker *w, struct error *err)
{
	int status;

	if (!w->pid) {
		error_set(err, EX_UNAVAILABLE, -ECHILD, "there is no worker");
		return false;
	}
	if (waitpid(w->pid, &status, WNOHANG) != w->pid)
		return true;
	forget(w);
	describe_death(status, err);
	return false;
}

int worker_call(struct worker *w, const char *op, const json_t *args, json_t **reply,
		struct error *err)
{
	int ret, status;

	if (!w->pid)
		return error_set(err, EX_UNAVAILABLE, -ECHILD, "there is no worker");
	ret = channel_call(&w->channel, op, args, CALL_TIMEOUT_MS, -1, reply, err);
	if (ret != -EPIPE && ret != -ETIMEDOUT)
		return ret;
	kill(w->pid, SIGKILL); /* silent is as good as dead */
	if (waitpid(w->pid, &status, 0) == w->pid && ret == -EPIPE)
		describe_death(status, err);
	forget(w);
	return -ECHILD;
}

void worker_end(struct worker *w)
{
	if (w->pid) {
		worker_call(w, "close", NULL, NULL, NULL);
		if (w->pid) {
			kill(w->pid, SIGKILL);
			waitpid(w->pid, NULL, 0);
			forget(w);
		}
	}
	if (w->shared)
		munmap(w->shared, sizeof(*w->shared));
	w->shared = NULL;
}

static uint64_t load(const _Atomic uint64_t *value)
{
	return atomic_load_explicit(value, memory_order_relaxed);
}

static json_t *sum_threads(const struct thread_stats *stats, uint32_t n)
{
	uint64_t accepted = 0, refused = 0, intended = 0, late = 0, frames = 0, foreign = 0;
	uint64_t no_room = 0;
	uint64_t first = 0, last = 0;
	bool running = false;
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct thread_stats *s = &stats[i];
		uint64_t began = load(&s->first_ns), ended = load(&s->last_ns);

		running |= atomic_load_explicit(&s->state, memory_order_acquire) == THREAD_RUNNING;
		accepted += load(&s->accepted);
		refused += load(&s->refused);
		intended += load(&s->intended);
		no_room += load(&s->no_room);
		frames += load(&s->frames);
		foreign += load(&s->foreign);
		late = load(&s->late_max_ns) > late ? load(&s->late_max_ns) : late;
		first = began && (!first || began < first) ? began : first;
		last = ended > last ? ended : last;
	}
	return json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "running", running,
			 "accepted", (json_int_t)accepted, "refused", (json_int_t)refused,
			 "intended", (json_int_t)intended, "no_room", (json_int_t)no_room,
			 "late_max_ns", (json_int_t)late, "frames", (json_int_t)frames, "foreign",
			 (json_int_t)foreign, "first_ns", (json_int_t)first, "last_ns",
			 (json_int_t)last);
}

json_t *worker_progress(const struct worker_shared *shared)
{
	return json_pack("{s:o, s:o}", "tx", sum_threads(shared->tx, shared->n_tx), "rx",
			 sum_threads(shared->rx, shared->n_rx));
}
