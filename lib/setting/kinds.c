/*
 * The one table of kinds of change. In a file of its own, so that a program with kinds of
 * its own (the tests) can define the table itself: the linker then leaves this one out.
 */
#include "journal.h"
#include "neighbour.h"
#include "netns.h"
#include "port.h"
#include "setting.h"

const struct change_kind *const change_kinds[] = {
	&neighbour_change_kind,
	&netns_change_kind,
	&port_driver_change_kind,
	&port_netns_change_kind,
	&port_features_change_kind,
	&setting_change_kind,
	NULL,
};
