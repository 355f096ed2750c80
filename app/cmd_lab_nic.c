/*
 * ringloss lab up --nic MODEL: a shell in a virtual machine with two ports of a NIC, and this
 * program in it. All of that is guest/run's, a script installed beside the program; here it is
 * found and started in this process's place.
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"

/* From the program's folder: where meson installs it, and where it is in the source tree. */
static const char *const places[] = {RINGLOSS_GUEST, "../../guest", NULL};

static int find_run(const char *exe, char *path, size_t size, struct error *err)
{
	char folder[PATH_MAX];
	size_t i;

	snprintf(folder, sizeof(folder), "%s", exe);
	dirname(folder);
	for (i = 0; places[i]; i++) {
		int n = snprintf(path, size, "%s/%s/run", folder, places[i]);

		if (n > 0 && (size_t)n < size && access(path, X_OK) == 0)
			return 0;
	}
	return error_set(err, EX_UNAVAILABLE, -ENOENT,
			 "the guest's scripts are not beside %s (%s, %s): install the program with "
			 "meson install, or run it in the source tree's build/app",
			 exe, places[0], places[1]);
}

int lab_nic_up(const char *model, const char *share, struct error *err)
{
	char exe[PATH_MAX], run[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	int ret;

	if (n < 0)
		return error_set(err, EX_OSERR, -errno, "/proc/self/exe: %s", strerror(errno));
	exe[n] = '\0';
	ret = find_run(exe, run, sizeof(run), err);
	if (ret)
		return ret;
	if (!share) {
		share = "results";
		if (mkdir(share, 0777) < 0 && errno != EEXIST)
			return error_set(err, EX_CANTCREAT, -errno,
					 "%s, to be shared with the guest, cannot be made: %s; "
					 "--share DIR",
					 share, strerror(errno));
	}
	setenv("RINGLOSS", exe, 1); /* the program that the guest gets */
	execl(run, run, model, "--share", share, (char *)NULL);
	return error_set(err, EX_UNAVAILABLE, -errno, "%s cannot be run: %s", run, strerror(errno));
}
