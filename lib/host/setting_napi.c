/*
 * napi.threaded: whether the device's NAPI contexts are polled by kernel threads, which can be
 * pinned, instead of in softirqs. /sys/class/net/IF/threaded; Documentation/networking/napi.rst.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ethtool.h"
#include "file.h"
#include "netns.h"
#include "setting_rows.h"

struct napi_config {
	uint32_t threaded; /* index into threaded_choices */
};

static const char *const threaded_choices[] = {SETTING_KEEP, "0", "1", NULL};

static const struct knob napi_rows[] = {
	{
		.name = "threaded",
		.type = KNOB_CHOICE,
		.offset = offsetof(struct napi_config, threaded),
		.choices = threaded_choices,
		.def = SETTING_KEEP,
		.unit = "",
		.help = "poll the device by kernel threads (1), in softirqs (0)",
		.sweepable = true,
		.change = KNOB_RETUNE,
	},
};

const struct knob_set setting_napi_knobs = {
	.name = "napi",
	.scope = KNOB_SCOPE_GROUP,
	.rows = napi_rows,
	.n = sizeof(napi_rows) / sizeof(napi_rows[0]),
	.config_size = sizeof(struct napi_config),
};

/* The file, in a sysfs of this thread's namespace: /sys may show another one. */
static int threaded_open(const char *ifname, int flags, struct error *err)
{
	char path[64];
	int sys, fd, ret;

	sys = netns_sysfs_open(err);
	if (sys < 0)
		return sys;
	snprintf(path, sizeof(path), "class/net/%s/threaded", ifname);
	fd = openat(sys, path, flags | O_CLOEXEC);
	ret = fd < 0 ? -errno : fd;
	close(sys);
	if (ret >= 0)
		return ret;
	if (ret == -ENOENT)
		return error_set(
			err, EX_UNAVAILABLE, -EOPNOTSUPP,
			"the kernel has no threaded NAPI (5.12 and later do): set it to keep");
	return error_set(err, ret == -EACCES || ret == -EPERM ? EX_NOPERM : EX_OSERR, ret,
			 "cannot open sysfs file %s: %s; run with sudo", path, strerror(-ret));
}

static int threaded_read(const char *ifname, char value[SETTING_VALUE_MAX], struct error *err)
{
	int fd = threaded_open(ifname, O_RDONLY, err);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, value, SETTING_VALUE_MAX - 1);
	if (n < 0)
		n = error_set(err, EX_OSERR, -errno, "cannot read its sysfs file: %s",
			      strerror(errno));
	close(fd);
	if (n < 0)
		return (int)n;
	value[n] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

/*
 * A veth has a NAPI only while it has GRO or an XDP program, and takes the value only then, but
 * keeps it without: of a point's first opening, and when the sink has gone before its settings
 * are put back, GRO is there for the moment of writing.
 */
static int write_with_gro(const char *ifname, int fd, const char *value)
{
	int ethtool = ethtool_open(), ret = -EOPNOTSUPP;
	bool on = true;

	if (ethtool >= 0 && !ethtool_feature_get(ethtool, ifname, "rx-gro", &on) && !on &&
	    !ethtool_feature_set(ethtool, ifname, "rx-gro", true)) {
		ret = file_write_fd(fd, value, strlen(value));
		if (ethtool_feature_set(ethtool, ifname, "rx-gro", false) && !ret)
			ret = -EIO;
	}
	if (ethtool >= 0)
		close(ethtool);
	return ret;
}

static int threaded_write(const char *ifname, const char *value, struct error *err)
{
	int fd = threaded_open(ifname, O_WRONLY, err);
	int ret;

	if (fd < 0)
		return fd;
	ret = file_write_fd(fd, value, strlen(value));
	if (ret == -EOPNOTSUPP)
		ret = write_with_gro(ifname, fd, value);
	close(fd);
	if (ret == -EOPNOTSUPP)
		return error_set(
			err, EX_UNAVAILABLE, ret,
			"the driver has no NAPI (a veth has one with offload.gro = on or an "
			"XDP program): set it to keep");
	if (ret)
		return error_set(err, EX_OSERR, ret, "the kernel refuses %s: %s; set it to keep",
				 value, strerror(-ret));
	return 0;
}

const struct setting_ops setting_napi_threaded = {
	.group = "napi",
	.name = "threaded",
	.read = threaded_read,
	.write = threaded_write,
};
