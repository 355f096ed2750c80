/* The table of back ends, the knobs that all sides share, and opening; see endpoint.h. */
#include "endpoint.h"

#include <stdio.h>
#include <string.h>

#include "back_ends.h"
#include "link.h"

#define BACK_END_ENTRY(name) &endpoint_##name,
const struct endpoint_ops *const endpoint_table[] = {BACK_ENDS(BACK_END_ENTRY) NULL};

/* The words of the knob `endpoint`, in the order of endpoint_table. */
#define BACK_END_NAME(name) #name,
static const char *const endpoint_names[] = {BACK_ENDS(BACK_END_NAME) NULL};

static const char *const idle_names[] = {"spin", "poll", NULL};

#define FIELD(member) offsetof(struct side_config, member)

bool side_to_mac(const struct side_config *config, uint8_t mac[6])
{
	char rest;

	return sscanf(config->to_mac, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%c", &mac[0], &mac[1],
		      &mac[2], &mac[3], &mac[4], &mac[5], &rest) == 6;
}

static const char *check_to_mac(const char *text)
{
	struct side_config config;
	uint8_t mac[6];

	if (!*text)
		return NULL;
	snprintf(config.to_mac, sizeof(config.to_mac), "%s", text);
	return side_to_mac(&config, mac) ? NULL : "six bytes in hexadecimal with colons between";
}

static const struct knob side_rows[] = {
	{.name = "endpoint",
	 .type = KNOB_CHOICE,
	 .offset = FIELD(endpoint),
	 .choices = endpoint_names,
	 .def = "udp",
	 .unit = "",
	 .help = "how this side touches packets",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "device",
	 .type = KNOB_STRING,
	 .offset = FIELD(device),
	 .size = sizeof(((struct side_config *)0)->device),
	 .def = "",
	 .unit = "",
	 .help = "lab (with a lab), net:IFNAME, pci:ADDRESS or vdev:NAME,ARGUMENTS (dpdk); empty "
		 "for endpoint null",
	 .change = KNOB_RESPAWN},
	{.name = "netns",
	 .type = KNOB_STRING,
	 .offset = FIELD(netns),
	 .size = sizeof(((struct side_config *)0)->netns),
	 .def = "",
	 .unit = "",
	 .help = "network namespace that the side lives in, as `ip netns` names it; a port "
		 "that is not in it is moved there for the time of the run; ringloss-...: "
		 "made if it is not there",
	 .change = KNOB_RESPAWN},
	{.name = "queues",
	 .type = KNOB_U64,
	 .offset = FIELD(queues),
	 .min = 1,
	 .max = ENDPOINT_QUEUES_MAX,
	 .def = "1",
	 .unit = "queues",
	 .help = "sockets or rings bound, from queue 0 on",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "cpus",
	 .type = KNOB_CPUS,
	 .offset = FIELD(cpus),
	 .def = "0",
	 .unit = "",
	 .help = "a pinned thread on each of these; queues are dealt out to them",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "ip",
	 .type = KNOB_IPV4,
	 .offset = FIELD(ip),
	 .def = "",
	 .unit = "",
	 .help = "IPv4 address in the frames; empty: the first of the device",
	 .change = KNOB_REOPEN},
	{.name = "ip6",
	 .type = KNOB_IPV6,
	 .offset = FIELD(ip6),
	 .def = "",
	 .unit = "",
	 .help = "IPv6 address in the frames; empty: the first of the device, a global one if "
		 "it has any",
	 .change = KNOB_REOPEN},
	{.name = "to_mac",
	 .type = KNOB_STRING,
	 .offset = FIELD(to_mac),
	 .size = sizeof(((struct side_config *)0)->to_mac),
	 .check = check_to_mac,
	 .form = "a MAC address such as 02:00:00:00:00:77, or nothing",
	 .def = "",
	 .unit = "",
	 .help = "destination MAC address of a generator's frames instead of the sink's, which "
		 "then loses them all on purpose; not endpoint udp, whose kernel writes it",
	 .change = KNOB_REOPEN},
	{.name = "idle",
	 .type = KNOB_CHOICE,
	 .offset = FIELD(idle),
	 .choices = idle_names,
	 .def = "spin",
	 .unit = "",
	 .help = "a sink's thread with nothing to do: spin, or poll (sleep in the kernel)",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "pause",
	 .type = KNOB_DURATION,
	 .offset = FIELD(pause_ns),
	 .max = 86400000000000ULL,
	 .def = "0s",
	 .unit = "",
	 .help = "a sink's thread reads nothing for so long whenever it has emptied its queues: a "
		 "late reader, whose ring must hold what comes meanwhile; longer than the trial: "
		 "a stalled one, which reads at the end",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
};

const struct knob_set side_knob_set = {
	.name = "side",
	.scope = KNOB_SCOPE_SIDE,
	.rows = side_rows,
	.n = sizeof(side_rows) / sizeof(side_rows[0]),
	.config_size = sizeof(struct side_config),
};

const struct endpoint_ops *endpoint_find(const char *name)
{
	size_t i;

	for (i = 0; endpoint_table[i]; i++)
		if (!strcmp(endpoint_table[i]->name, name))
			return endpoint_table[i];
	return NULL;
}

int endpoint_check_interface(const struct endpoint_setup *setup, struct error *err)
{
	const struct device *device = setup->device;
	/* a VLAN tag is no part of the MTU (net/8021q, is_skb_forwardable) */
	uint32_t headers_len = FRAME_ETH_LEN + (setup->vlan ? FRAME_VLAN_LEN : 0);

	if (!device->up)
		return error_set(err, EX_UNAVAILABLE, -ENETDOWN, "%s is down: ip link set %s up",
				 device->ifname, device->ifname);
	if (!setup->any_mtu && setup->frame_len > device->mtu + headers_len)
		return error_set(
			err, EX_CONFIG, -EMSGSIZE,
			"frames of %u bytes do not fit %s, whose MTU is %u: ip link set %s "
			"mtu %u, at both ends",
			setup->frame_len + FRAME_FCS_LEN, device->ifname, device->mtu,
			device->ifname, setup->frame_len - headers_len);
	return 0;
}

int endpoint_open(struct endpoint *ep, const struct endpoint_ops *ops,
		  const struct endpoint_setup *setup, struct error *err)
{
	const struct device *device = setup->device;
	bool six = setup->family == FRAME_IPV6;

	if (setup->tx && !(ops->caps & ENDPOINT_TX))
		return error_set(err, EX_USAGE, -EOPNOTSUPP,
				 "endpoint %s cannot generate; `ringloss list endpoints`",
				 ops->name);
	if (setup->rx && !(ops->caps & ENDPOINT_RX))
		return error_set(err, EX_USAGE, -EOPNOTSUPP,
				 "endpoint %s cannot receive; `ringloss list endpoints`",
				 ops->name);
	if ((ops->caps & ENDPOINT_NEEDS_DEVICE) && !device->ifindex)
		return error_set(
			err, EX_USAGE, -ENODEV,
			"endpoint %s needs an interface of the kernel and device is \"%s\": "
			"name one with device = net:IFNAME",
			ops->name, device->name);
	if ((ops->caps & ENDPOINT_NEEDS_IP) && !(six ? device->has_ip6 : device->has_ip))
		return error_set(err, EX_CONFIG, -EADDRNOTAVAIL,
				 "endpoint %s needs an %s address on %s: ip addr add %s dev %s",
				 ops->name, six ? "IPv6" : "IPv4", device->ifname,
				 six ? "2001:2::1/64" : "198.18.0.1/24", device->ifname);
	if (ops->caps & ENDPOINT_NEEDS_DEVICE) {
		int ret = endpoint_check_interface(setup, err);

		if (ret)
			return ret;
	}
	if (setup->rx && ops->rx_checker && setup->side->pause_ns)
		return error_set(err, EX_CONFIG, -EINVAL,
				 "endpoint %s has no thread that reads: pause = 0s", ops->name);
	ep->ops = ops;
	ep->setup = *setup;
	ep->priv = NULL;
	ep->mode = "";
	return ops->open(ep, err);
}

int endpoint_wait_link(struct endpoint *ep, uint64_t timeout_ns, struct error *err)
{
	const struct device *device = ep->setup.device;
	int ret = 0;

	if (device && device->ifindex)
		ret = link_wait_carrier(device->ifname, timeout_ns, err);
	return ret || !ep->ops->wait_link ? ret : ep->ops->wait_link(ep, timeout_ns, err);
}

void endpoint_close(struct endpoint *ep)
{
	if (!ep || !ep->ops)
		return;
	ep->ops->close(ep);
	ep->ops = NULL;
	ep->priv = NULL;
}
