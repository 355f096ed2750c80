/*
 * sysctl.*: what the whole host's network has in common, in /proc/sys/net/core
 * (Documentation/admin-guide/sysctl/net.rst).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "setting_row.h"

static void path_of(const struct setting *row, char path[128])
{
	snprintf(path, 128, "/proc/sys/net/core/%s", row->knob.name);
}

static int sysctl_read(const struct setting *row, const struct setting_site *site,
		       char value[SETTING_TEXT_MAX], struct error *err)
{
	char path[128];

	path_of(row, path);
	return setting_file_read(site, path, value, err);
}

static int sysctl_write(const struct setting *row, const struct setting_site *site,
			const char *value, struct error *err)
{
	char path[128];
	int ret;

	path_of(row, path);
	ret = setting_file_write(site, path, value, err);
	/* for the kernel's bounds, which are not told, see net/core/sysctl_net_core.c */
	if (ret == -EINVAL || ret == -ERANGE)
		return error_set(err, EX_UNAVAILABLE, ret,
				 "the kernel refuses %.40s: it is too large or too small", value);
	return ret;
}

static const char *const keep[] = {SETTING_KEEP, NULL};

#define SYSCTL(key, kind, least, unit_, text)                                                      \
	{                                                                                          \
		.knob = {.name = (key),                                                            \
			 .type = (kind),                                                           \
			 .min = (least),                                                           \
			 .max = INT32_MAX,                                                         \
			 .words = keep,                                                            \
			 .def = SETTING_KEEP,                                                      \
			 .unit = (unit_),                                                          \
			 .help = (text),                                                           \
			 .sweepable = true,                                                        \
			 .change = KNOB_RETUNE},                                                   \
		.flags = SETTING_MACHINE, .read = sysctl_read, .write = sysctl_write,              \
	}

/*
 * Bounds are of net/core/sysctl_net_core.c (SOCK_MIN_RCVBUF is 2,304 on 64 bits, SOCK_MIN_SNDBUF
 * 4,608, of kernels with small structures less: then the kernel refuses).
 */
static const struct setting rows[] = {
	SYSCTL("netdev_max_backlog", KNOB_U64, 1, "packets",
	       "queue of a CPU for packets of RPS and of devices without NAPI"),
	SYSCTL("netdev_budget", KNOB_U64, 1, "packets", "packets that one softirq takes at most"),
	SYSCTL("netdev_budget_usecs", KNOB_U64, 1, "us",
	       "time that one softirq takes at most; two ticks at least"),
	SYSCTL("dev_weight", KNOB_U64, 1, "packets", "packets of the backlog in one poll"),
	SYSCTL("netdev_tstamp_prequeue", KNOB_U64, 0, "",
	       "stamp packets before RPS' queue (1) or behind it (0)"),
	SYSCTL("gro_normal_batch", KNOB_U64, 1, "packets", "packets that GRO hands on together"),
	SYSCTL("rmem_max", KNOB_BYTES, 2048, "bytes", "largest receive buffer of a socket"),
	SYSCTL("rmem_default", KNOB_BYTES, 2048, "bytes", "a socket's receive buffer unless asked"),
	SYSCTL("wmem_max", KNOB_BYTES, 4096, "bytes", "largest send buffer of a socket"),
	SYSCTL("wmem_default", KNOB_BYTES, 4096, "bytes", "a socket's send buffer unless asked"),
	SYSCTL("optmem_max", KNOB_BYTES, 4096, "bytes", "ancillary memory of a socket"),
	SYSCTL("busy_poll", KNOB_U64, 0, "us", "poll() and select() spin on the device so long"),
	SYSCTL("busy_read", KNOB_U64, 0, "us", "a socket's read spins on the device so long"),
};

const struct setting_group setting_sysctl_group = SETTING_GROUP("sysctl", rows);
