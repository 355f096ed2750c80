/* Agents as child processes of the controller; see spawn.h. */
#include "spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

#define CALL_TIMEOUT_MS 60000 /* above the agent's own patience with its worker */
#define END_PATIENCE_NS (20 * NSEC_PER_SEC)

static _Noreturn void run_agent(int in, int out)
{
	sigset_t none;

	signal(SIGINT, SIG_IGN); /* Ctrl-C reaches the whole group; the controller ends us */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(EX_OSERR);
	close_range(3, ~0U, 0);
	execl("/proc/self/exe", "ringloss", "agent", (char *)NULL);
	_exit(EX_OSERR);
}

int agent_spawn(struct agent_handle *agent, const char *run, const char *side, json_t **hello,
		struct error *err)
{
	int in[2], out[2], ret;
	json_t *args;

	memset(agent, 0, sizeof(*agent));
	snprintf(agent->name, sizeof(agent->name), "agent %s", side);
	if (pipe2(in, O_CLOEXEC) < 0)
		return error_set(err, EX_OSERR, -errno, "cannot start %s: %s", agent->name,
				 strerror(errno));
	if (pipe2(out, O_CLOEXEC) < 0) {
		ret = -errno;
		close(in[0]);
		close(in[1]);
		return error_set(err, EX_OSERR, ret, "cannot start %s: %s", agent->name,
				 strerror(-ret));
	}
	fflush(NULL);
	agent->pid = fork();
	if (agent->pid == 0)
		run_agent(in[0], out[1]);
	ret = -errno;
	close(in[0]);
	close(out[1]);
	agent->to = in[1];
	agent->from = out[0];
	if (agent->pid < 0) {
		close(in[1]);
		close(out[0]);
		agent->pid = 0;
		return error_set(err, EX_OSERR, ret, "cannot start %s: %s", agent->name,
				 strerror(-ret));
	}
	ret = channel_init(&agent->channel, agent->from, agent->to, agent->name, err);
	if (!ret) {
		args = json_pack("{s:s, s:s}", "run", run, "side", side);
		ret = agent_call(agent, "hello", args, -1, hello, err);
		json_decref(args);
	}
	if (ret)
		agent_end(agent);
	return ret;
}

int agent_call(struct agent_handle *agent, const char *op, const json_t *args, int wake_fd,
	       json_t **reply, struct error *err)
{
	int ret;

	if (!agent->pid)
		return error_set(err, EX_UNAVAILABLE, -EPIPE, "%s is gone", agent->name);
	ret = channel_call(&agent->channel, op, args, CALL_TIMEOUT_MS, wake_fd, reply, err);
	if (ret == -EPIPE || ret == -ETIMEDOUT || ret == -EPROTO) {
		kill(agent->pid, SIGTERM); /* one that hangs restores, too, if it can */
		agent_end(agent);
		err->code = ret = -EPIPE;
	}
	return ret;
}

int agent_end(struct agent_handle *agent)
{
	uint64_t deadline = clock_ns() + END_PATIENCE_NS;
	int status = 0;

	if (!agent->pid)
		return 0;
	close(agent->to);
	while (waitpid(agent->pid, &status, WNOHANG) == 0) {
		if (clock_ns() > deadline) {
			kill(agent->pid, SIGKILL);
			waitpid(agent->pid, NULL, 0);
			break;
		}
		clock_pause_ns(NSEC_PER_MSEC / 5);
	}
	close(agent->from);
	channel_free(&agent->channel);
	agent->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}
