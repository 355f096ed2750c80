/* Clocks; see clock.h. */
#include "clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int clock_boot_id(char id[static CLOCK_BOOT_ID_LEN])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	int ret = 0;

	if (!f)
		return -errno;
	if (!fgets(id, CLOCK_BOOT_ID_LEN, f))
		ret = -EIO;
	else
		id[strcspn(id, "\n")] = '\0';
	fclose(f);
	return ret;
}

static long wall_now(struct tm *tm)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, tm);
	return ts.tv_nsec / 1000000;
}

void clock_wall_iso(char *buf, size_t size)
{
	struct tm tm;
	long ms = wall_now(&tm);
	size_t len = strftime(buf, size, "%Y-%m-%dT%H:%M:%S", &tm);

	snprintf(buf + len, size - len, ".%03ldZ", ms);
}

void clock_wall_name(char *buf, size_t size)
{
	struct tm tm;
	long ms = wall_now(&tm);
	size_t len = strftime(buf, size, "%Y%m%d-%H%M%S", &tm);

	snprintf(buf + len, size - len, "-%03ld", ms);
}

void clock_pause_ns(uint64_t ns)
{
	struct timespec ts = {.tv_sec = (time_t)(ns / NSEC_PER_SEC),
			      .tv_nsec = (long)(ns % NSEC_PER_SEC)};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &ts) == EINTR)
		;
}
