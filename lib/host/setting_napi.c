/*
 * napi.*: how the device's NAPI contexts are polled. /sys/class/net/IF;
 * Documentation/networking/napi.rst.
 */
#include <stdio.h>
#include <string.h>

#include "setting_row.h"

static const char *const threaded_choices[] = {SETTING_KEEP, "0", "1", NULL};

static int threaded_read(const struct setting *row, const struct setting_site *site,
			 char value[SETTING_TEXT_MAX], struct error *err)
{
	char path[64];

	snprintf(path, sizeof(path), "class/net/%s/threaded", site->ifname);
	return setting_file_read(site, path, value, err);
}

/*
 * A veth has a NAPI only while it has GRO or an XDP program, and takes the value only then, but
 * keeps it without: of a point's first opening, and when the sink has gone before its settings
 * are put back, GRO is there for the moment of writing.
 */
static int write_with_gro(const struct setting_site *site, const char *path, const char *value)
{
	bool on = true;
	int ret = -EOPNOTSUPP;

	if (!ethtool_feature_get(site->ethtool, site->ifname, "rx-gro", &on) && !on &&
	    !ethtool_feature_set(site->ethtool, site->ifname, "rx-gro", true)) {
		ret = setting_file_write(site, path, value, NULL);
		if (ethtool_feature_set(site->ethtool, site->ifname, "rx-gro", false) && !ret)
			ret = -EIO;
	}
	return ret;
}

static int threaded_write(const struct setting *row, const struct setting_site *site,
			  const char *value, struct error *err)
{
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "class/net/%s/threaded", site->ifname);
	ret = setting_file_write(site, path, value, err);
	if (ret == -EOPNOTSUPP && !write_with_gro(site, path, value))
		return 0;
	if (ret == -EOPNOTSUPP)
		return error_set(err, EX_UNAVAILABLE, ret,
				 "the driver has no NAPI (a veth has one with offload.gro = on or "
				 "an XDP program), or the kernel no threaded one (5.12 and later "
				 "do): set it to keep");
	return ret;
}

static const struct setting rows[] = {
	{
		.knob = {.name = "threaded",
			 .type = KNOB_CHOICE,
			 .choices = threaded_choices,
			 .def = SETTING_KEEP,
			 .unit = "",
			 .help = "poll the device by kernel threads (1), in softirqs (0)",
			 .sweepable = true,
			 .change = KNOB_RETUNE},
		.read = threaded_read,
		.write = threaded_write,
	},
};

const struct setting_group setting_napi_group = SETTING_GROUP("napi", rows);
