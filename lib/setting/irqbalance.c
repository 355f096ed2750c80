/* Stops and continues irqbalance; see setting_irqbalance.h. */
#include "setting_irqbalance.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "json.h"

#define NAME "irqbalance"

const char *const irqbalance_choices[] = {"auto", SETTING_KEEP, IRQBALANCE_PAUSED, NULL};

/*
 * Whether PID is an irqbalance, and the state that proc(5) tells of it, or 0. The file that it runs
 * has to have that name, too, where it can be seen: a process may call itself anything.
 */
static char state_of(const char *pid)
{
	char path[64], exe[PATH_MAX], *stat, *end, state = 0;
	const char *file;
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	stat = file_read(path, NULL, NULL);
	if (!stat)
		return 0;
	end = strrchr(stat, ')');
	if (end && end[1] == ' ' && strstr(stat, "(" NAME ")") && end[2] != 'Z')
		state = end[2];
	free(stat);
	if (!state)
		return 0;
	snprintf(path, sizeof(path), "/proc/%.16s/exe", pid);
	len = readlink(path, exe, sizeof(exe) - 1);
	if (len <= 0)
		return state;
	exe[len] = '\0';
	file = strrchr(exe, '/');
	/* "/usr/sbin/irqbalance (deleted)" after an update */
	return file && !strncmp(file + 1, NAME, strlen(NAME)) ? state : 0;
}

/* Call FN with a pidfd and the state of each; how many there were. */
static int each(int (*fn)(int pidfd, char state, void *arg), void *arg)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int n = 0, ret = 0;

	if (!proc)
		return -errno;
	while (!ret && (entry = readdir(proc))) {
		char state;
		int fd;

		if (!isdigit((unsigned char)entry->d_name[0]) || !state_of(entry->d_name))
			continue;
		/* held first and looked at again: the number may be another process's by now */
		fd = pidfd_open((pid_t)strtol(entry->d_name, NULL, 10), 0);
		if (fd < 0)
			continue;
		state = state_of(entry->d_name);
		if (state) {
			n++;
			ret = fn(fd, state, arg);
		}
		close(fd);
	}
	closedir(proc);
	return ret ? ret : n;
}

static int look(int pidfd, char state, void *arg)
{
	*(bool *)arg |= state != 'T';
	return 0;
}

int irqbalance_read(const struct setting *row, const struct setting_site *site,
		    char value[SETTING_TEXT_MAX], struct error *err)
{
	bool running = false;
	int n = each(look, &running);

	if (n < 0)
		return setting_refused(n, "/proc", err);
	snprintf(value, SETTING_TEXT_MAX, "%s",
		 !n        ? IRQBALANCE_NONE
		 : running ? IRQBALANCE_RUNNING
			   : IRQBALANCE_PAUSED);
	return 0;
}

/*
 * Without an irqbalance there is nothing to pause, nor to go on with. Once paused it stays so until
 * the run's end, for points with and without an affinity are to differ in that only.
 */
int irqbalance_resolve(const struct setting *row, const struct setting_site *site,
		       const char *asked, char value[SETTING_TEXT_MAX], struct error *err)
{
	const char *affinity = json_str(site->values, "irq.affinity", SETTING_KEEP);
	int ret = irqbalance_read(row, site, value, err);

	if (ret || !strcmp(value, IRQBALANCE_NONE))
		return ret;
	if (strcmp(asked, "auto"))
		snprintf(value, SETTING_TEXT_MAX, "%s", asked);
	else if (strcmp(affinity, SETTING_KEEP))
		snprintf(value, SETTING_TEXT_MAX, IRQBALANCE_PAUSED);
	return 0;
}

static int send(int pidfd, char state, void *arg)
{
	/* one that is being traced is not stopped by us */
	return pidfd_send_signal(pidfd, *(int *)arg, NULL, 0) ? -errno : 0;
}

int irqbalance_write(const struct setting *row, const struct setting_site *site, const char *value,
		     struct error *err)
{
	int signal = !strcmp(value, IRQBALANCE_PAUSED) ? SIGSTOP : SIGCONT;
	struct timespec moment = {.tv_nsec = 1000 * 1000};
	char *now;
	int n, tries;

	if (!strcmp(value, IRQBALANCE_NONE))
		return 0;
	n = each(send, &signal);
	if (n == -ESRCH) /* it ended just now */
		n = 0;
	if (n < 0)
		return setting_refused(n, "irqbalance", err);
	/* a signal to stop is obeyed where the process next enters or leaves the kernel */
	now = malloc(SETTING_TEXT_MAX);
	for (tries = 0; now && tries < 1000; tries++) {
		if (irqbalance_read(row, site, now, NULL) || !strcmp(now, value) ||
		    !strcmp(now, IRQBALANCE_NONE))
			break;
		nanosleep(&moment, NULL);
	}
	free(now);
	return 0;
}
