/*
 * nic.*: what `ethtool -G -L -A --set-priv-flags` and `ip link set` set on a device. Private flags
 * come first, since they may change what else there is; channels before rings, since many drivers
 * give every channel a ring of the size.
 */
#include "setting_nic.h"

#include <stddef.h>

static const char *const keep_or_max[] = {SETTING_KEEP, "max", NULL};
static const char *const keep[] = {SETTING_KEEP, NULL};
static const char *const switch_choices[] = {SETTING_KEEP, "off", "on", NULL};
static const char *const pause_choices[] = {SETTING_KEEP, "off", "rx", "tx", "on", "autoneg", NULL};

#define RING(key, ring, text)                                                                      \
	{                                                                                          \
		.knob = {.name = key,                                                              \
			 .type = KNOB_U64,                                                         \
			 .min = 1,                                                                 \
			 .max = UINT32_MAX,                                                        \
			 .words = keep_or_max,                                                     \
			 .def = SETTING_KEEP,                                                      \
			 .unit = "frames",                                                         \
			 .help = text,                                                             \
			 .sweepable = true,                                                        \
			 .change = KNOB_RELINK},                                                   \
		.flags = SETTING_REMAKES_QUEUES, .what = (ring), .read = setting_ring_read,        \
		.resolve = setting_ring_resolve, .write = setting_ring_write,                      \
	}

#define LINK(key, link, how, ...)                                                                  \
	{                                                                                          \
		.knob = {.name = key, .def = SETTING_KEEP, .sweepable = true, __VA_ARGS__},        \
		.flags = (how), .what = (link), .read = setting_link_read,                         \
		.resolve = setting_link_resolve, .write = setting_link_write,                      \
	}

static const struct setting rows[] = {
	{
		.knob = {.name = "flags",
			 .type = KNOB_STRING,
			 .size = 256,
			 .check = setting_flags_check,
			 .form = "keep or NAME:on+NAME:off",
			 .def = SETTING_KEEP,
			 .unit = "",
			 .help = "private flags of the driver, as `ethtool --show-priv-flags` "
				 "names "
				 "them (blanks in a name as _); the others are left",
			 .sweepable = true,
			 .change = KNOB_RELINK},
		.flags = SETTING_REMAKES_QUEUES,
		.read = setting_flags_read,
		.resolve = setting_flags_resolve,
		.write = setting_flags_write,
	},
	{
		.knob = {.name = "channels",
			 .type = KNOB_STRING,
			 .size = 64,
			 .check = setting_channels_check,
			 .form = "keep, max, 1..., or rx N tx N",
			 .def = SETTING_KEEP,
			 .unit = "channels",
			 .help = "queues that the driver works with: combined ones or, where it "
				 "has "
				 "none, as many for receiving and for sending",
			 .sweepable = true,
			 .change = KNOB_RELINK},
		.flags = SETTING_REMAKES_QUEUES,
		.read = setting_channels_read,
		.resolve = setting_channels_resolve,
		.write = setting_channels_write,
	},
	RING("rx_ring", &setting_ring_rx,
	     "descriptors of each receive queue; the driver may round"),
	RING("tx_ring", &setting_ring_tx, "descriptors of each send queue; the driver may round"),
	LINK("mtu", &setting_link_mtu, SETTING_REMAKES_QUEUES, .type = KNOB_U64, .min = 68,
	     .max = 65535, .words = keep_or_max, .unit = "bytes",
	     .help = "largest packet without its Ethernet header", .change = KNOB_RELINK),
	LINK("txqueuelen", &setting_link_txqueuelen, 0, .type = KNOB_U64, .max = INT32_MAX,
	     .words = keep, .unit = "packets",
	     .help = "what a qdisc that takes its limit from the device holds",
	     .change = KNOB_RETUNE),
	LINK("promisc", &setting_link_promisc, 0, .type = KNOB_CHOICE, .choices = switch_choices,
	     .unit = "", .help = "take frames for other addresses, too, as its user asks for it",
	     .change = KNOB_RETUNE),
	{
		.knob = {.name = "pause",
			 .type = KNOB_CHOICE,
			 .choices = pause_choices,
			 .def = SETTING_KEEP,
			 .unit = "",
			 .help = "obey (rx), send (tx) pause frames, by force; autoneg: as both "
				 "ends "
				 "agree; off hides no loss behind a sender that was slowed down",
			 .sweepable = true,
			 .change = KNOB_RELINK},
		.flags = SETTING_MOVES, /* forced, it may still follow the other end */
		.absent = "off",
		.read = setting_pause_read,
		.resolve = setting_pause_resolve,
		.write = setting_pause_write,
	},
};

const struct setting_group setting_nic_group = SETTING_GROUP("nic", rows);
