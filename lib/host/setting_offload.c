/*
 * offload.gro, .gso, .uso: merging of received packets, late splitting of sent ones. Features
 * of the device, as `ethtool -K IF gro on` sets them. A veth takes a UDP_SEGMENT send whole
 * as long as uso is on, whatever gso is: real packets go over it with uso off only.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ethtool.h"
#include "setting_rows.h"

struct offload_config {
	uint32_t gro; /* index into offload_choices */
	uint32_t gso; /* index into offload_choices */
	uint32_t uso; /* index into offload_choices */
};

static const char *const offload_choices[] = {SETTING_KEEP, "off", "on", NULL};

#define OFFLOAD_ROW(field, text)                                                                   \
	{                                                                                          \
		.name = #field, .type = KNOB_CHOICE,                                               \
		.offset = offsetof(struct offload_config, field), .choices = offload_choices,      \
		.def = SETTING_KEEP, .unit = "", .help = text, .sweepable = true,                  \
		.change = KNOB_RETUNE                                                              \
	}

static const struct knob offload_rows[] = {
	OFFLOAD_ROW(gro, "merge received packets (on a veth: also gives it a NAPI)"),
	OFFLOAD_ROW(gso, "split large sends at the device (on) or before it (off)"),
	OFFLOAD_ROW(uso, "let the device split UDP_SEGMENT sends (off: real packets on a veth)"),
};

const struct knob_set setting_offload_knobs = {
	.name = "offload",
	.scope = KNOB_SCOPE_GROUP,
	.rows = offload_rows,
	.n = sizeof(offload_rows) / sizeof(offload_rows[0]),
	.config_size = sizeof(struct offload_config),
};

static int flag_refused(int ret, struct error *err)
{
	if (ret == -EOPNOTSUPP)
		return error_set(err, EX_UNAVAILABLE, ret,
				 "the driver cannot change it: set it to keep");
	return error_set(err, ret == -EPERM ? EX_NOPERM : EX_OSERR, ret, "%s%s", strerror(-ret),
			 ret == -EPERM ? ": needs root (CAP_NET_ADMIN), run with sudo" : "");
}

static int flag_read(const char *ifname, const char *feature, char value[SETTING_VALUE_MAX],
		     struct error *err)
{
	bool on = false;
	int fd = ethtool_open();
	int ret = fd < 0 ? fd : ethtool_feature_get(fd, ifname, feature, &on);

	if (fd >= 0)
		close(fd);
	if (ret)
		return flag_refused(ret, err);
	snprintf(value, SETTING_VALUE_MAX, "%s", on ? "on" : "off");
	return 0;
}

static int flag_write(const char *ifname, const char *feature, const char *value, struct error *err)
{
	int fd = ethtool_open();
	int ret = fd < 0 ? fd : ethtool_feature_set(fd, ifname, feature, strcmp(value, "on") == 0);

	if (fd >= 0)
		close(fd);
	return ret ? flag_refused(ret, err) : 0;
}

static int gro_read(const char *ifname, char value[SETTING_VALUE_MAX], struct error *err)
{
	return flag_read(ifname, "rx-gro", value, err);
}

static int gro_write(const char *ifname, const char *value, struct error *err)
{
	return flag_write(ifname, "rx-gro", value, err);
}

const struct setting_ops setting_offload_gro = {
	.group = "offload",
	.name = "gro",
	.read = gro_read,
	.write = gro_write,
};

static int gso_read(const char *ifname, char value[SETTING_VALUE_MAX], struct error *err)
{
	return flag_read(ifname, "tx-generic-segmentation", value, err);
}

static int gso_write(const char *ifname, const char *value, struct error *err)
{
	return flag_write(ifname, "tx-generic-segmentation", value, err);
}

const struct setting_ops setting_offload_gso = {
	.group = "offload",
	.name = "gso",
	.read = gso_read,
	.write = gso_write,
};

static int uso_read(const char *ifname, char value[SETTING_VALUE_MAX], struct error *err)
{
	return flag_read(ifname, "tx-udp-segmentation", value, err);
}

static int uso_write(const char *ifname, const char *value, struct error *err)
{
	return flag_write(ifname, "tx-udp-segmentation", value, err);
}

const struct setting_ops setting_offload_uso = {
	.group = "offload",
	.name = "uso",
	.read = uso_read,
	.write = uso_write,
};
