/*
 * offload.*: merging of received packets, late splitting of sent ones. Features of the device,
 * as `ethtool -K IF gro on` sets them. A veth takes a UDP_SEGMENT send whole as long as uso is
 * on, whatever gso is: real packets go over it with uso off only.
 */
#include <stdio.h>
#include <string.h>

#include "setting_row.h"

static const char *const choices[] = {SETTING_KEEP, "off", "on", NULL};

static int refused(int ret, struct error *err)
{
	return ret == -EOPNOTSUPP ? error_set(err, EX_UNAVAILABLE, ret,
					      "the driver cannot change it: set it to keep")
				  : setting_refused(ret, "feature", err);
}

static int feature_read(const struct setting *row, const struct setting_site *site,
			char value[SETTING_TEXT_MAX], struct error *err)
{
	bool on = false;
	int ret = ethtool_feature_get(site->ethtool, site->ifname, row->what, &on);

	snprintf(value, SETTING_TEXT_MAX, "%s", on ? "on" : "off");
	return ret ? refused(ret, err) : 0;
}

static int feature_write(const struct setting *row, const struct setting_site *site,
			 const char *value, struct error *err)
{
	int ret = ethtool_feature_set(site->ethtool, site->ifname, row->what,
				      strcmp(value, "on") == 0);

	return ret ? refused(ret, err) : 0;
}

/* FEATURE as the kernel names it: net/ethtool/common.c, netdev_features_strings. */
#define FEATURE(key, feature, text)                                                                \
	{                                                                                          \
		.knob = {.name = key,                                                              \
			 .type = KNOB_CHOICE,                                                      \
			 .choices = choices,                                                       \
			 .def = SETTING_KEEP,                                                      \
			 .unit = "",                                                               \
			 .help = text,                                                             \
			 .sweepable = true,                                                        \
			 .change = KNOB_RETUNE},                                                   \
		.what = (feature), .read = feature_read, .write = feature_write,                   \
	}

static const struct setting rows[] = {
	FEATURE("gro", "rx-gro", "merge received packets (on a veth: also gives it a NAPI)"),
	FEATURE("gso", "tx-generic-segmentation",
		"split large sends at the device (on) or before it (off)"),
	FEATURE("uso", "tx-udp-segmentation",
		"let the device split UDP_SEGMENT sends (off: real packets on a veth)"),
};

const struct setting_group setting_offload_group = SETTING_GROUP("offload", rows);
