/* The parts of a port's state, in the order in which they are put back; see port_state.h. */
#include "port_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "ethtool.h"
#include "json.h"
#include "netns.h"

#define PATIENCE_NS (5 * NSEC_PER_SEC)
#define RETRY_NS (100 * NSEC_PER_MSEC)

/*
 * Channels before what depends on their number; the link is up before addresses and routes, and
 * before the RSS table, which some drivers make anew for the number of queues when it comes up.
 */
static const struct port_part *const parts[] = {
	&port_part_sysctl, &port_part_ethtool,    &port_part_features, &port_part_link,
	&port_part_hash,   &port_part_sysfs,      &port_part_irq,      &port_part_addresses,
	&port_part_routes, &port_part_neighbours,
};

int port_failed(struct port_at *at, int ret, const char *fmt, ...)
{
	char subject[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(subject, sizeof(subject), fmt, ap);
	va_end(ap);
	if (at->err && !at->err->code)
		error_set(at->err, EX_UNAVAILABLE, ret, "%s: %s cannot be put back: %s", at->ifname,
			  subject, strerror(-ret));
	return ret;
}

json_t *port_hex(const void *bytes, size_t len)
{
	const unsigned char *from = bytes;
	char *text = malloc(2 * len + 1);
	json_t *value;
	size_t i;

	if (!text)
		return NULL;
	text[0] = '\0';
	for (i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", from[i]);
	value = json_string(text);
	free(text);
	return value;
}

bool port_unhex(const json_t *value, void *bytes, size_t len)
{
	const char *text = json_string_value(value);
	unsigned char *to = bytes;
	size_t i;

	if (!text || strlen(text) != 2 * len)
		return false;
	for (i = 0; i < len; i++)
		if (sscanf(text + 2 * i, "%2hhx", &to[i]) != 1)
			return false;
	return true;
}

static void port_leave(struct port_at *at)
{
	if (at->ethtool >= 0)
		close(at->ethtool);
	if (at->sysfs >= 0)
		close(at->sysfs);
	rtnl_close(&at->rtnl);
}

static int port_enter(struct port_at *at, const char *ifname, struct error *err)
{
	int ret;

	memset(at, 0, sizeof(*at));
	snprintf(at->ifname, sizeof(at->ifname), "%s", ifname);
	at->ifindex = (int)if_nametoindex(ifname);
	at->sysfs = -1;
	at->ethtool = ethtool_open();
	ret = at->ethtool < 0 ? at->ethtool : rtnl_open(&at->rtnl, 0);
	if (!at->ifindex)
		ret = error_set(err, EX_NOINPUT, -ENODEV, "there is no interface %s", ifname);
	else if (ret)
		error_set(err, EX_OSERR, ret, "%s: cannot be asked: %s", ifname, strerror(-ret));
	else
		ret = at->sysfs = netns_sysfs_open(err);
	if (ret < 0) {
		port_leave(at);
		return ret;
	}
	ethtool_bus(at->ethtool, ifname, at->bus, sizeof(at->bus));
	return 0;
}

json_t *port_state_read(const char *ifname, struct error *err)
{
	struct port_at at;
	json_t *state;
	size_t i;

	if (port_enter(&at, ifname, err))
		return NULL;
	state = json_pack("{s:s}", "ifname", ifname);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		json_t *part = parts[i]->read(&at);

		if (part)
			json_object_set_new(state, parts[i]->name, part);
	}
	port_leave(&at);
	return state;
}

/* One go; the first thing that failed is in at->err. */
static int parts_write(struct port_at *at, const json_t *state)
{
	size_t i;
	int first = 0;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const json_t *saved = json_object_get(state, parts[i]->name);
		int ret = saved ? parts[i]->write(at, saved) : 0;

		first = first ? first : ret;
	}
	return first;
}

int port_state_write(const char *ifname, const json_t *state, struct error *err)
{
	uint64_t deadline = clock_ns() + PATIENCE_NS;
	struct error why, *out = err ? err : &why;
	struct port_at at;
	int ret;

	ret = port_enter(&at, ifname, out);
	if (ret)
		return ret;
	at.err = out;
	for (;;) {
		memset(out, 0, sizeof(*out));
		ret = parts_write(&at, state);
		if (!ret || clock_ns() > deadline)
			break;
		clock_pause_ns(RETRY_NS);
	}
	port_leave(&at);
	return ret;
}
