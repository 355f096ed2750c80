/*
 * What the rows of [SIDE.nic] are made of: each idea has a file of its own, the table is in
 * setting_nic.c.
 */
#ifndef RINGLOSS_HOST_SETTING_NIC_H
#define RINGLOSS_HOST_SETTING_NIC_H

#include "setting_row.h"

/* How a function of a row looks; see setting_row.h. */
#define SETTING_READ(name)                                                                         \
	int name(const struct setting *row, const struct setting_site *site,                       \
		 char value[SETTING_TEXT_MAX], struct error *err)
#define SETTING_RESOLVE(name)                                                                      \
	int name(const struct setting *row, const struct setting_site *site, const char *asked,    \
		 char value[SETTING_TEXT_MAX], struct error *err)
#define SETTING_WRITE(name)                                                                        \
	int name(const struct setting *row, const struct setting_site *site, const char *value,    \
		 struct error *err)

/* Descriptors of a ring; row->what is a struct setting_ring (setting_nic_ring.c). */
SETTING_READ(setting_ring_read);
SETTING_RESOLVE(setting_ring_resolve);
SETTING_WRITE(setting_ring_write);
extern const struct setting_ring setting_ring_rx, setting_ring_tx;

/* Channels (setting_nic_channels.c): "4", or "combined 1 rx 2 tx 0" where they are not alike. */
const char *setting_channels_check(const char *text);
SETTING_READ(setting_channels_read);
SETTING_RESOLVE(setting_channels_resolve);
SETTING_WRITE(setting_channels_write);

/* What routing netlink says of a link; row->what is a struct setting_link (setting_nic_link.c). */
SETTING_READ(setting_link_read);
SETTING_RESOLVE(setting_link_resolve);
SETTING_WRITE(setting_link_write);
extern const struct setting_link setting_link_mtu, setting_link_txqueuelen, setting_link_promisc;

/* Pause frames (setting_nic_pause.c): "autoneg off rx on tx on". */
SETTING_READ(setting_pause_read);
SETTING_RESOLVE(setting_pause_resolve);
SETTING_WRITE(setting_pause_write);

/* Private flags (setting_nic_flags.c): "NAME:off NAME:on", all that the driver has. */
const char *setting_flags_check(const char *text);
SETTING_READ(setting_flags_read);
SETTING_RESOLVE(setting_flags_resolve);
SETTING_WRITE(setting_flags_write);

#endif
