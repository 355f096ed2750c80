/*
 * offload.*: what the device or its driver does in the stack's place: checksums, merging of
 * received packets, late splitting of sent ones. Features, as `ethtool -K IF gro on` sets them. A
 * veth takes a UDP_SEGMENT send whole as long as uso is on, whatever gso is: real packets go over
 * it with uso off only.
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

static int state_get(const struct setting *row, const struct setting_site *site,
		     struct ethtool_feature *state, struct error *err)
{
	int ret = ethtool_feature_state(site->ethtool, site->ifname, row->what, state);

	return ret ? refused(ret, err) : 0;
}

static int feature_read(const struct setting *row, const struct setting_site *site,
			char value[SETTING_TEXT_MAX], struct error *err)
{
	struct ethtool_feature state;
	int ret = state_get(row, site, &state, err);

	if (!ret)
		snprintf(value, SETTING_TEXT_MAX, "%s", state.wanted ? "on" : "off");
	return ret;
}

static int feature_write(const struct setting *row, const struct setting_site *site,
			 const char *value, struct error *err)
{
	int ret = ethtool_feature_set(site->ethtool, site->ifname, row->what,
				      strcmp(value, "on") == 0);

	return ret && ret != -EBUSY ? refused(ret, err) : 0;
}

/* "off [requested on]", as `ethtool -k` has it. */
static int feature_show(const struct setting *row, const struct setting_site *site,
			char value[SETTING_TEXT_MAX], struct error *err)
{
	struct ethtool_feature state;
	int ret = state_get(row, site, &state, err);

	if (ret)
		return ret;
	snprintf(value, SETTING_TEXT_MAX, "%s%s", state.active ? "on" : "off",
		 state.active == state.wanted ? ""
		 : state.wanted               ? " [requested on]"
					      : " [requested off]");
	return 0;
}

/*
 * FEATURE as the kernel names it: net/ethtool/common.c, netdev_features_strings. RELINK: some
 * drivers make their queues anew for it.
 */
#define FEATURE(key, feature, text) FEATURE_ROW(key, feature, text, KNOB_RETUNE, 0)
#define FEATURE_RELINK(key, feature, text)                                                         \
	FEATURE_ROW(key, feature, text, KNOB_RELINK, SETTING_REMAKES_QUEUES)
#define FEATURE_ROW(key, feature, text, cost, how)                                                 \
	{                                                                                          \
		.knob = {.name = key,                                                              \
			 .type = KNOB_CHOICE,                                                      \
			 .choices = choices,                                                       \
			 .def = SETTING_KEEP,                                                      \
			 .unit = "",                                                               \
			 .help = text,                                                             \
			 .sweepable = true,                                                        \
			 .change = (cost)},                                                        \
		.flags = (how), .absent = "off", .what = (feature), .read = feature_read,          \
		.write = feature_write, .show = feature_show,                                      \
	}

/*
 * What is set is what is wanted; a feature may go because another one does, and comes back with it
 * (netdev_fix_features: no lro, gro_hw without rx_checksum; no tso without tx_checksum, sg). So
 * what others need stands first, that what became of them is true.
 */
static const struct setting rows[] = {
	FEATURE("rx_checksum", "rx-checksum",
		"let the device check checksums (needed by lro, gro_hw)"),
	FEATURE("tx_checksum", "tx-checksum-ip-generic",
		"let the device fill in checksums (needed by tso, gso)"),
	FEATURE("sg", "tx-scatter-gather",
		"let the device gather a packet's parts (needed by tso)"),
	FEATURE_RELINK("lro", "rx-lro", "merge received TCP segments in the device"),
	FEATURE_RELINK("gro_hw", "rx-gro-hw", "merge as gro does, in the device"),
	FEATURE("gro", "rx-gro", "merge received packets (on a veth: also gives it a NAPI)"),
	FEATURE("gso", "tx-generic-segmentation",
		"split large sends at the device (on) or before it (off)"),
	FEATURE("uso", "tx-udp-segmentation",
		"let the device split UDP_SEGMENT sends (off: real packets on a veth)"),
	FEATURE("tso", "tx-tcp-segmentation", "let the device split TCP sends (IPv4)"),
	FEATURE("gro_list", "rx-gro-list", "merge UDP packets of a flow into lists (needs gro)"),
	FEATURE("udp_gro_forwarding", "rx-udp-gro-forwarding",
		"merge UDP packets that no socket here asked to be merged (needs gro)"),
	FEATURE("rx_hash", "rx-hashing", "take the hash of a packet from the device"),
	FEATURE("rx_vlan", "rx-vlan-hw-parse", "let the device take VLAN tags off"),
	FEATURE("tx_vlan", "tx-vlan-hw-insert", "let the device put VLAN tags in"),
	FEATURE("tx_nocache", "tx-nocache-copy", "copy what is sent past the CPU's caches"),
	FEATURE_RELINK("ntuple", "rx-ntuple-filter", "steering rules, and accelerated RFS"),
};

const struct setting_group setting_offload_group = SETTING_GROUP("offload", rows);
