/*
 * UDP_SEGMENT: what a send of several frames at once becomes on its way, which decides what is
 * counted where.
 *
 * The send passes stack and qdisc as one packet. Where the device can cut UDP itself
 * (tx-udp-segmentation) it gets that packet: a NIC sends real packets; a veth has nothing to cut
 * for and hands it on whole, to be cut at the receiving socket or not at all. Elsewhere the kernel
 * cuts it before the driver (validate_xmit_skb), and real packets leave.
 */
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "udp.h"

#define FEATURE "tx-udp-segmentation"
#define FEATURES_MAX 512
/* IPv4's largest packet less its header and UDP's; IPv6's has some more room. */
#define SEND_MAX (65535 - FRAME_IPV4_LEN - FRAME_UDP_LEN)

static int ask(int fd, const char *ifname, void *command)
{
	struct ifreq ifr = {.ifr_data = command};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	return ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

/* Number of FEATURE among the device's features; -1 if the kernel does not know it. */
static int feature_number(int fd, const char *ifname)
{
	struct {
		struct ethtool_sset_info info;
		uint32_t n;
	} sets = {.info = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES}};
	struct ethtool_gstrings *names;
	int found = -1;
	uint32_t i;

	if (ask(fd, ifname, &sets) || !sets.n || sets.n > FEATURES_MAX)
		return -1;
	names = calloc(1, sizeof(*names) + (size_t)sets.n * ETH_GSTRING_LEN);
	if (!names)
		return -1;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = sets.n;
	if (!ask(fd, ifname, names))
		for (i = 0; i < names->len && i < sets.n; i++)
			if (!strncmp((char *)names->data + (size_t)i * ETH_GSTRING_LEN, FEATURE,
				     ETH_GSTRING_LEN))
				found = (int)i;
	free(names);
	return found;
}

static bool device_cuts(const char *ifname)
{
	struct {
		struct ethtool_gfeatures head;
		struct ethtool_get_features_block blocks[FEATURES_MAX / 32];
	} features = {.head = {.cmd = ETHTOOL_GFEATURES, .size = FEATURES_MAX / 32}};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int number = fd < 0 ? -1 : feature_number(fd, ifname);
	bool on = number >= 0 && !ask(fd, ifname, &features) &&
		  (features.blocks[number / 32].active & 1U << number % 32);

	if (fd >= 0)
		close(fd);
	return on;
}

int udp_segment_open(struct endpoint *ep, struct error *err)
{
	const struct udp_config *cfg = ep->setup.config;
	const struct frame_template *t = ep->setup.tx;
	const struct device *device = ep->setup.device;
	struct udp_priv *p = ep->priv;
	uint32_t payload = t->len - t->headers_len, i;

	p->segments = (uint32_t)cfg->segments;
	if (p->segments == 1)
		return 0;
	if (t->n_sizes > 1)
		return error_set(
			err, EX_CONFIG, -EINVAL,
			"segments = %u, and frames have %u sizes: the frames of one send have "
			"one (udp(7)); give traffic.frame one size, or segments = 1",
			p->segments, t->n_sizes);
	if (p->segments * payload > SEND_MAX)
		return error_set(
			err, EX_CONFIG, -EMSGSIZE,
			"segments = %u of %u bytes of payload are more than a send's %u bytes: "
			"segments = %u at most, or smaller frames",
			p->segments, payload, SEND_MAX, SEND_MAX / payload);
	for (i = 0; i < p->n_flows; i++)
		if (udp_set_option(p->flow_fd[i], IPPROTO_UDP, UDP_SEGMENT, (int)payload) < 0)
			return error_set(err, EX_UNAVAILABLE, -errno,
					 "cannot set UDP_SEGMENT: %s; segments = 1",
					 strerror(errno));
	p->whole = device_cuts(device->ifname);
	p->last_only = !p->whole && !strcmp(device->qdisc, "noqueue");
	ep->mode = p->whole ? "gso" : "gso-split";
	return 0;
}

void udp_segment_describe(const struct udp_priv *p, const struct device *device, json_t *effective)
{
	json_object_set_new(effective, "segments", json_integer(p->segments));
	if (p->segments == 1)
		return;
	json_object_set_new(effective, "segments_cut",
			    json_string(!p->whole            ? "by the kernel, before the driver"
					: device->real_speed ? "by the device"
							     : "not by the device, which is none: "
							       "merged packets leave"));
}
