/*
 * The veth of a lab; see cable.h. Sockets are opened inside the two namespaces and used from
 * outside: a socket stays where it was opened.
 */
#include "cable.h"

#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "ethtool.h"
#include "file.h"
#include "netns.h"
#include "rtnl.h"
#include "veth.h"

#define CARRIER_WAIT_NS (10 * NSEC_PER_SEC)

/*
 * Interface numbers of the two ends. They must differ: for a link whose peer has its own number,
 * as in two fresh namespaces, linkwatch_urgent_event (net/core/link_watch.c) takes the carrier
 * for not urgent, and activates the queues up to a second late.
 */
static const int end_ifindex[LAB_ENDS] = {101, 102};

/* The hands in one namespace. */
struct port {
	struct rtnl rtnl;  /* requests */
	struct rtnl watch; /* link notifications */
	int ethtool;       /* ioctl socket */
	int netns;         /* the namespace itself */
};

/*
 * Nothing of its own accord may send a frame: IPv6 without link-local address, detection of
 * duplicates or router solicitations. Set before there is a device, for those to come. Multicast
 * listener reports are prevented by the device's flags; see veth.c.
 */
static int port_silence(void)
{
	static const char *const rows[][2] = {
		{"/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1"}, /* none */
		{"/proc/sys/net/ipv6/conf/default/accept_dad", "0"},
		{"/proc/sys/net/ipv6/conf/default/accept_ra", "0"},
		{"/proc/sys/net/ipv6/conf/default/router_solicitations", "0"},
		{"/proc/sys/net/ipv6/conf/default/disable_ipv6", "0"},
		{"/proc/sys/net/ipv6/conf/all/disable_ipv6", "0"},
	};
	size_t i;
	int ret;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ret = file_write_kernel(rows[i][0], rows[i][1]);
		if (ret && ret != -ENOENT) /* a kernel without IPv6 */
			return ret;
	}
	return 0;
}

static int port_open_here(void *arg)
{
	struct port *port = arg;
	int ret;

	ret = port_silence();
	if (!ret)
		ret = rtnl_open(&port->rtnl, 0);
	if (!ret)
		ret = rtnl_open(&port->watch, RTMGRP_LINK);
	if (ret)
		return ret;
	port->ethtool = ethtool_open();
	return port->ethtool < 0 ? port->ethtool : 0;
}

static int port_open(struct port *port, const char *netns, struct error *err)
{
	struct error why = {0};
	int ret;

	port->ethtool = -1;
	port->netns = netns_open(netns, err);
	if (port->netns < 0)
		return port->netns;
	ret = netns_call(netns, port_open_here, port, &why);
	if (!ret)
		return 0;
	return error_set(err, why.code ? why.exit : EX_OSERR, ret, "%s",
			 why.code ? why.text : strerror(-ret));
}

static void port_close(struct port *port)
{
	rtnl_close(&port->rtnl);
	rtnl_close(&port->watch);
	if (port->ethtool >= 0)
		close(port->ethtool);
	if (port->netns >= 0)
		close(port->netns);
}

/* What would merge our frames is off; GRO itself stays as the kernel has it. */
static int merging_off(struct port *port, const struct lab_end *end)
{
	static const char *const features[] = {"rx-udp-gro-forwarding", "rx-gro-list"};
	size_t i;
	int ret = 0;

	for (i = 0; i < sizeof(features) / sizeof(features[0]) && !ret; i++) {
		bool on = false;

		ret = ethtool_feature_get(port->ethtool, end->ifname, features[i], &on);
		if (!ret && on)
			ret = ethtool_feature_set(port->ethtool, end->ifname, features[i], false);
		if (ret == -EOPNOTSUPP && !on)
			ret = 0; /* what the kernel does not know it does not do */
	}
	return ret;
}

static int end_prepare(const struct lab_end ends[LAB_ENDS], struct port *port, int i)
{
	int ret;

	ret = merging_off(port, &ends[i]);
	if (!ret)
		ret = veth_addresses_add(&port->rtnl, end_ifindex[i], &ends[i]);
	if (!ret)
		ret = veth_set_up(&port->rtnl, end_ifindex[i]);
	if (!ret)
		ret = veth_neighbours_add(&port->rtnl, end_ifindex[i], &ends[!i]);
	return ret;
}

/* Wait for the kernel's word on either link, or for the deadline. */
static int ports_poll(struct port *ports, uint64_t deadline)
{
	struct pollfd fds[LAB_ENDS];
	uint64_t now = clock_ns();
	char buf[32768];
	int i, n;

	if (now >= deadline)
		return -ETIMEDOUT;
	for (i = 0; i < LAB_ENDS; i++) {
		fds[i].fd = mnl_socket_get_fd(ports[i].watch.nl);
		fds[i].events = POLLIN;
	}
	n = poll(fds, LAB_ENDS, (int)((deadline - now) / NSEC_PER_MSEC) + 1);
	if (n < 0 && errno != EINTR)
		return -errno;
	/* What it says does not matter, and neither does an overrun: the state is asked for. */
	for (i = 0; n > 0 && i < LAB_ENDS; i++)
		if (fds[i].revents)
			mnl_socket_recvfrom(ports[i].watch.nl, buf, sizeof(buf));
	return 0;
}

static int carrier_wait(const struct lab_end ends[LAB_ENDS], struct port *ports)
{
	uint64_t deadline = clock_ns() + CARRIER_WAIT_NS;
	struct cable_state state;
	int i = 0, ret;

	while (i < LAB_ENDS) {
		ret = veth_query(&ports[i].rtnl, ends[i].ifname, &state);
		if (ret)
			return ret;
		if (state.up) {
			i++;
			continue;
		}
		ret = ports_poll(ports, deadline);
		if (ret)
			return ret;
	}
	return 0;
}

int cable_make(const struct lab *lab, const struct lab_end ends[LAB_ENDS], struct error *err)
{
	struct port ports[LAB_ENDS] = {{.ethtool = -1, .netns = -1}, {.ethtool = -1, .netns = -1}};
	const char *doing = "create the veth between";
	int i, ret = 0;

	for (i = 0; i < LAB_ENDS && !ret; i++)
		ret = port_open(&ports[i], ends[i].netns, err);
	if (ret)
		goto out;
	ret = veth_add(&ports[0].rtnl, lab, ends, end_ifindex, ports[1].netns);
	for (i = 0; i < LAB_ENDS && !ret; i++) {
		doing = "configure the veth between";
		ret = end_prepare(ends, &ports[i], i);
	}
	if (!ret) {
		doing = "get a link between";
		ret = carrier_wait(ends, ports);
	}
	if (ret)
		error_set(err, EX_OSERR, ret, "cannot %s %s and %s: %s%s", doing, ends[0].netns,
			  ends[1].netns, strerror(-ret),
			  ret == -EOPNOTSUPP ? "; the kernel has no veth: load the module veth"
					     : "");
out:
	for (i = 0; i < LAB_ENDS; i++)
		port_close(&ports[i]);
	return ret;
}

/* One look at an end, carried into its namespace. */
struct look {
	const struct lab_end *end;
	struct cable_state *state;
};

static int end_look(void *arg)
{
	const struct look *look = arg;
	struct rtnl rtnl;
	int ret;

	ret = rtnl_open(&rtnl, 0);
	if (ret)
		return ret;
	ret = veth_query(&rtnl, look->end->ifname, look->state);
	if (!ret && look->state->present)
		ret = veth_addresses_query(&rtnl, look->end, &look->state->addressed);
	rtnl_close(&rtnl);
	return ret == -ENODEV ? 0 : ret;
}

int cable_look(const struct lab_end *end, struct cable_state *state, struct error *err)
{
	struct look look = {.end = end, .state = state};
	struct error why = {0};
	int ret;

	memset(state, 0, sizeof(*state));
	ret = netns_call(end->netns, end_look, &look, &why);
	if (!ret)
		return 0;
	return error_set(err, why.code ? why.exit : EX_OSERR, ret, "cannot look at %s in %s: %s",
			 end->ifname, end->netns, why.code ? why.text : strerror(-ret));
}

static int end_cut(void *arg)
{
	const struct lab_end *end = arg;
	struct rtnl rtnl;
	int ret;

	ret = rtnl_open(&rtnl, 0);
	if (ret)
		return ret;
	ret = rtnl_link_delete(&rtnl, end->ifname);
	rtnl_close(&rtnl);
	return ret == -ENODEV ? 0 : ret;
}

int cable_cut(const struct lab_end ends[LAB_ENDS], struct error *err)
{
	int i, ret, first = 0;

	for (i = 0; i < LAB_ENDS; i++) {
		struct lab_end end = ends[i];

		if (!netns_exists(end.netns))
			continue;
		ret = netns_call(end.netns, end_cut, &end, NULL);
		/* EINVAL: a file that never became a namespace; ENOENT: gone meanwhile. */
		if (ret && ret != -EINVAL && ret != -ENOENT && !first)
			first = error_set(err, EX_OSERR, ret, "cannot delete %s in %s: %s",
					  end.ifname, end.netns, strerror(-ret));
	}
	return first;
}
