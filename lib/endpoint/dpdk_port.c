/*
 * A port from nothing to running, and back: EAL, the virtual device or the PCI device, its queues
 * with their buffers. On failure dpdk_port_close takes away what there is.
 */
#include <ctype.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_bus_vdev.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "dpdk.h"
#include "dpdk_eal.h"
#include "dpdk_pci.h"

#define NAME_VDEV "vdev:"
#define NAME_PCI "pci:"
#define BUFFER_LEAST 256 /* bytes: of small ones more stay in the caches */

/* How the side's device is to be had. */
struct plan {
	char pci[sizeof(((struct device *)0)->name)]; /* address and arguments; "" */
	char vdev[64];                                /* name of a virtual device; "" */
	char args[sizeof(((struct device *)0)->name) + 64];
};

static bool is_power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

static uint32_t log2_of(uint64_t n)
{
	uint32_t log = 0;

	while (n >>= 1)
		log++;
	return log;
}

/* The argument KEY=, or KEY with its value, among ARGS; NULL if it is not there. */
static const char *find_arg(const char *args, const char *key)
{
	size_t len = strlen(key);
	char end = strchr(key, '=') ? ',' : '=';

	for (; *args; args += strcspn(args, ","), args += *args == ',')
		if (!strncmp(args, key, len) && (args[len] == end || (end == ',' && !args[len])))
			return args;
	return NULL;
}

static bool has_arg(const char *args, const char *key)
{
	return find_arg(args, key) != NULL;
}

static void add_arg(struct plan *plan, const char *key, uint64_t value)
{
	size_t len = strlen(plan->args);

	snprintf(plan->args + len, sizeof(plan->args) - len, "%s%s=%llu", len ? "," : "", key,
		 (unsigned long long)value);
}

/* The driver's arguments for the size of its rings and their buffers, unless the user gave them. */
static int add_sizes(struct plan *plan, const struct dpdk_driver *driver,
		     const struct endpoint_setup *setup, struct error *err)
{
	const struct dpdk_config *cfg = setup->config;
	const char *given;

	if (driver->passive && has_arg(plan->args, driver->passive))
		return 0;
	if (driver->ring_arg && !has_arg(plan->args, driver->ring_arg))
		add_arg(plan, driver->ring_arg,
			driver->ring_arg_log2 ? log2_of(cfg->ring) : cfg->ring);
	if (!driver->buffer_arg)
		return 0;
	given = find_arg(plan->args, driver->buffer_arg);
	if (!given)
		add_arg(plan, driver->buffer_arg,
			setup->frame_len > BUFFER_LEAST ? (setup->frame_len + 63) & ~63u
							: BUFFER_LEAST);
	else if (strtoul(given + strlen(driver->buffer_arg) + 1, NULL, 10) < setup->frame_len)
		return error_set(err, EX_CONFIG, -EMSGSIZE,
				 "%s: frames of %u bytes do not fit a buffer: a larger %s, or none "
				 "named; in several, DPDK's %s loses parts of them",
				 setup->device->name, setup->frame_len + FRAME_FCS_LEN,
				 driver->buffer_arg, driver->name);
	return 0;
}

static void plan_interface(struct plan *plan, const struct endpoint_setup *setup)
{
	const struct dpdk_config *cfg = setup->config;
	const char *ifname = setup->device->ifname;
	unsigned int queues = (unsigned int)setup->side->queues;
	unsigned int frame = dpdk_pool_packet_frame(setup);

	if (cfg->pmd == DPDK_PMD_AF_XDP) {
		snprintf(plan->vdev, sizeof(plan->vdev), "net_af_xdp_%s", ifname);
		snprintf(plan->args, sizeof(plan->args), "iface=%s,start_queue=0,queue_count=%u",
			 ifname, queues);
		return;
	}
	snprintf(plan->vdev, sizeof(plan->vdev), "net_af_packet_%s", ifname);
	snprintf(plan->args, sizeof(plan->args), "iface=%s,qpairs=%u,framesz=%u,blocksz=%u", ifname,
		 queues, frame, frame > 4096 ? frame : 4096);
}

/* The driver by the name of a virtual device: its own, a number behind it. */
static const struct dpdk_driver *driver_of_vdev(const char *vdev)
{
	char name[64];
	size_t len;

	snprintf(name, sizeof(name), "%s", vdev);
	if (!strncmp(name, "net_af_xdp", 10))
		name[10] = '\0';
	else if (!strncmp(name, "net_af_packet", 13))
		name[13] = '\0';
	for (len = strlen(name); len && isdigit((unsigned char)name[len - 1]); len--)
		name[len - 1] = '\0';
	return dpdk_driver_find(name, false);
}

static int make_plan(struct plan *plan, const struct endpoint_setup *setup, struct error *err)
{
	const struct device *device = setup->device;
	const char *rest;
	size_t len;

	memset(plan, 0, sizeof(*plan));
	if (!strncmp(device->name, NAME_PCI, strlen(NAME_PCI))) {
		rest = strchr(device->name, ',');
		snprintf(plan->pci, sizeof(plan->pci), "%s%s", device->bus, rest ? rest : "");
		return 0;
	}
	if (strncmp(device->name, NAME_VDEV, strlen(NAME_VDEV))) {
		if (!device->ifindex)
			return error_set(
				err, EX_USAGE, -ENODEV,
				"endpoint dpdk needs a device and device is \"%s\": name one with "
				"device = net:IFNAME, pci:0000:3b:00.0, or "
				"vdev:net_memif0,role=server "
				"or another of DPDK's virtual devices",
				device->name);
		plan_interface(plan, setup);
		return 0;
	}
	rest = device->name + strlen(NAME_VDEV);
	len = strcspn(rest, ",");
	if (len >= sizeof(plan->vdev))
		return error_set(err, EX_USAGE, -EINVAL,
				 "device \"%s\": the name of a virtual device has at most %zu "
				 "characters",
				 device->name, sizeof(plan->vdev) - 1);
	memcpy(plan->vdev, rest, len);
	snprintf(plan->args, sizeof(plan->args), "%s", rest[len] ? rest + len + 1 : "");
	return 0;
}

/* As the driver reads them (rte_eth_af_xdp.c, xdp_get_channels_info): 1 where there are none. */
static uint32_t combined_channels(const char *ifname)
{
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
	struct ifreq ifr = {.ifr_data = (void *)&channels};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &ifr) < 0)
		channels.combined_count = 0;
	if (fd >= 0)
		close(fd);
	return channels.combined_count ? channels.combined_count : 1;
}

/* What can be told before there is a port. */
static int check(const struct endpoint_setup *setup, const struct dpdk_driver *driver,
		 struct error *err)
{
	const struct dpdk_config *cfg = setup->config;
	const struct device *dev = setup->device;
	bool xdp = driver->socket_family == AF_XDP;
	int ret;

	if ((xdp || driver->ring_arg_log2) && !is_power_of_two(cfg->ring))
		return error_set(err, EX_DATAERR, -EINVAL,
				 "ring = %llu is no power of two, which %s needs",
				 (unsigned long long)cfg->ring, driver->name);
	if (!driver->socket_family)
		return 0;
	ret = endpoint_check_interface(setup, err);
	if (ret)
		return ret;
	if (xdp && setup->side->queues > combined_channels(dev->ifname))
		return error_set(err, EX_DATAERR, -ERANGE,
				 "queues = %llu, and DPDK's net_af_xdp sees %u on %s, its combined "
				 "channels: fewer queues, ethtool -L %s combined N, or pmd = "
				 "net_af_packet",
				 (unsigned long long)setup->side->queues,
				 combined_channels(dev->ifname), dev->ifname, dev->ifname);
	if (xdp && setup->frame_len > dpdk_pool_xdp_frame_max())
		return error_set(
			err, EX_CONFIG, -EMSGSIZE,
			"frames of %u bytes do not fit DPDK's net_af_xdp, which takes %u at most: "
			"pmd = net_af_packet, or endpoint = af_xdp, or smaller frames",
			setup->frame_len + FRAME_FCS_LEN,
			dpdk_pool_xdp_frame_max() + FRAME_FCS_LEN);
	return 0;
}

/* Many functions of DPDK's return -1 for any error. */
static const char *reason(int ret)
{
	return ret == -1 ? "refused" : rte_strerror(-ret);
}

static int port_error(const struct endpoint *ep, const char *what, int ret, struct error *err)
{
	return error_set(err, EX_UNAVAILABLE, ret, "%s: DPDK cannot %s: %s%s",
			 ep->setup.device->name, what, reason(ret), dpdk_eal_log());
}

static int make_vdev(struct endpoint *ep, const struct plan *plan, struct error *err)
{
	struct dpdk_priv *p = ep->priv;
	int ret = rte_vdev_init(plan->vdev, plan->args);

	/* some drivers leave half a port behind, with the name */
	if (ret)
		dpdk_eal_spoil();
	if (ret)
		return error_set(
			err, EX_UNAVAILABLE, ret,
			"%s: DPDK makes no virtual device \"%s%s%s\": %s%s; see "
			"https://doc.dpdk.org/guides-22.11/nics for the names of drivers and "
			"their arguments",
			ep->setup.device->name, plan->vdev, plan->args[0] ? "," : "", plan->args,
			reason(ret), dpdk_eal_log());
	snprintf(p->vdev, sizeof(p->vdev), "%s", plan->vdev);
	ret = rte_eth_dev_get_port_by_name(plan->vdev, &p->port);
	return ret ? port_error(ep, "find the port that it made", ret, err) : 0;
}

/* EAL probes what it is started with; a device that was removed is probed again. */
static int take_pci(struct endpoint *ep, const struct plan *plan, struct error *err)
{
	struct dpdk_priv *p = ep->priv;
	const char *bus = ep->setup.device->bus;
	int ret = 0;

	if (rte_eth_dev_get_port_by_name(bus, &p->port))
		ret = rte_dev_probe(plan->pci);
	if (!ret)
		ret = rte_eth_dev_get_port_by_name(bus, &p->port);
	if (ret)
		return error_set(
			err, EX_UNAVAILABLE, ret,
			"%s: DPDK finds no port on it: %s%s; is the device bound to vfio-pci "
			"(nic.driver = auto), not used by another DPDK process, and of a kind "
			"that DPDK drives?",
			ep->setup.device->name, reason(ret), dpdk_eal_log());
	return 0;
}

/* A driver on a kernel's interface sets promiscuous mode to what ethdev thinks, at the start. */
static void keep_promiscuous(const struct endpoint *ep, uint16_t port)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {0};

	if (fd < 0)
		return;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ep->setup.device->ifname);
	if (!ioctl(fd, SIOCGIFFLAGS, &ifr) && (ifr.ifr_flags & IFF_PROMISC))
		rte_eth_promiscuous_enable(port);
	close(fd);
}

/* The longest frame that the port lets through, without FCS; as rte_eth_dev_configure has it. */
static uint32_t frame_max(const struct rte_eth_dev_info *info, uint32_t tag)
{
	uint32_t by_mtu = (uint32_t)info->max_mtu + FRAME_ETH_LEN + tag;

	return by_mtu < info->max_rx_pktlen ? by_mtu : info->max_rx_pktlen;
}

static int check_port(const struct endpoint *ep, const struct rte_eth_dev_info *info,
		      struct error *err)
{
	const struct dpdk_priv *p = ep->priv;
	const struct endpoint_setup *setup = &ep->setup;
	uint32_t tag = setup->vlan ? FRAME_VLAN_LEN : 0;
	uint32_t most = info->max_rx_queues;

	if (!setup->rx || (setup->tx && info->max_tx_queues < most))
		most = info->max_tx_queues;
	if (setup->side->queues > most)
		return error_set(err, EX_DATAERR, -ERANGE,
				 "queues = %llu, and %s (%s) has %u: fewer queues, or more of them "
				 "in the device's arguments",
				 (unsigned long long)setup->side->queues, setup->device->name,
				 info->driver_name, most);
	if (!p->driver->ignores_mtu && setup->frame_len > frame_max(info, tag))
		return error_set(err, EX_CONFIG, -EMSGSIZE,
				 "frames of %u bytes do not fit %s (%s), which takes %u at most: "
				 "smaller frames, or another driver",
				 setup->frame_len + FRAME_FCS_LEN, setup->device->name,
				 info->driver_name, frame_max(info, tag) + FRAME_FCS_LEN);
	return 0;
}

static int configure(struct endpoint *ep, const struct rte_eth_dev_info *info, struct error *err)
{
	const struct endpoint_setup *setup = &ep->setup;
	const struct dpdk_config *cfg = setup->config;
	struct dpdk_priv *p = ep->priv;
	struct rte_eth_conf conf = {0};
	uint32_t mtu = setup->frame_len - FRAME_ETH_LEN - (setup->vlan ? FRAME_VLAN_LEN : 0);
	uint16_t n = (uint16_t)setup->side->queues;
	uint8_t key[64];
	int ret;

	if (!p->driver->ignores_mtu && mtu > RTE_ETHER_MTU)
		conf.rxmode.mtu = mtu;
	/* buffers of one pool with one user each, as it asks */
	conf.txmode.offloads = info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	ret = dpdk_rss_configure(&conf, info, cfg, n, key, err);
	if (ret)
		return ret;
	/* as many of the other direction: some drivers pair them */
	ret = rte_eth_dev_configure(p->port, n < info->max_rx_queues ? n : info->max_rx_queues,
				    n < info->max_tx_queues ? n : info->max_tx_queues, &conf);
	if (ret)
		return port_error(ep, "configure it", ret, err);
	p->rx_ring = p->tx_ring = (uint16_t)cfg->ring;
	ret = rte_eth_dev_adjust_nb_rx_tx_desc(p->port, &p->rx_ring, &p->tx_ring);
	return ret ? port_error(ep, "set its rings up", ret, err) : 0;
}

static int set_queue_up(struct endpoint *ep, const struct rte_eth_dev_info *info, uint16_t queue,
			struct error *err)
{
	struct dpdk_priv *p = ep->priv;
	struct dpdk_queue *q = &p->queues[queue];
	struct rte_eth_txconf txconf = info->default_txconf;
	unsigned int socket = (unsigned int)rte_eth_dev_socket_id(p->port);
	int ret;

	q->port = p->port;
	q->queue = queue;
	q->tx = ep->setup.tx;
	q->lays_out = !p->driver->keeps_buffers;
	ret = dpdk_pools_open(q, ep, (int)socket, err);
	if (ret)
		return ret;
	if (queue < info->max_rx_queues) {
		ret = rte_eth_rx_queue_setup(p->port, queue, p->rx_ring, socket, NULL, q->rx_pool);
		if (ret) {
			port_error(ep, "set an RX queue up", ret, err);
			/* most likely the kernel has not given the queue back yet */
			return p->driver->socket_family == AF_XDP && dpdk_eal_used() ? -ERESTART
										     : ret;
		}
	}
	if (queue >= info->max_tx_queues)
		return 0;
	txconf.offloads = info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	ret = rte_eth_tx_queue_setup(p->port, queue, p->tx_ring, socket, &txconf);
	return ret ? port_error(ep, "set a TX queue up", ret, err) : 0;
}

static bool is_zero(const uint8_t mac[6])
{
	static const uint8_t zero[6];

	return !memcmp(mac, zero, 6);
}

static int start(struct endpoint *ep, struct error *err)
{
	struct dpdk_priv *p = ep->priv;
	struct rte_eth_dev_info info;
	struct rte_ether_addr mac = {0};
	uint16_t queue;
	int ret;

	ret = rte_eth_dev_info_get(p->port, &info);
	if (ret)
		return port_error(ep, "tell what it can", ret, err);
	p->has_port = true;
	p->rte = info.device;
	p->driver = dpdk_driver_find(info.driver_name, !p->vdev[0]);
	rte_eth_macaddr_get(p->port, &mac);
	memcpy(p->src_mac, mac.addr_bytes, 6);
	if (ep->setup.tx && !is_zero(ep->setup.tx->spec.src_mac))
		memcpy(p->src_mac, ep->setup.tx->spec.src_mac, 6);
	ret = check_port(ep, &info, err);
	if (!ret)
		ret = configure(ep, &info, err);
	for (queue = 0; !ret && queue < p->n; queue++)
		ret = set_queue_up(ep, &info, queue, err);
	if (ret)
		return ret;
	if (p->driver->socket_family)
		keep_promiscuous(ep, p->port);
	ret = rte_eth_dev_start(p->port);
	if (ret)
		return port_error(ep,
				  p->driver->opens_once
					  ? "start it (of memif's ends the sink, which is there "
					    "first, is role=server)"
					  : "start it",
				  ret, err);
	p->started = true;
	dpdk_rss_read(p);
	return 0;
}

int dpdk_port_open(struct endpoint *ep, struct error *err)
{
	const struct endpoint_setup *setup = &ep->setup;
	const struct dpdk_config *cfg = setup->config;
	struct dpdk_priv *p = ep->priv;
	struct dpdk_eal_want want = {.args = cfg->eal, .bytes = dpdk_pools_size(setup)};
	struct dpdk_hushed hushed;
	struct dpdk_fds before;
	struct plan plan;
	int ret;

	ret = make_plan(&plan, setup, err);
	if (ret)
		return ret;
	if (plan.pci[0]) {
		want.pci = plan.pci;
		p->driver = dpdk_driver_find(NULL, true);
		ret = dpdk_pci_check(setup->device, err);
	} else {
		p->driver = driver_of_vdev(plan.vdev);
		ret = check(setup, p->driver, err);
		if (!ret)
			ret = add_sizes(&plan, p->driver, setup, err);
		p->passive = p->driver->passive && has_arg(plan.args, p->driver->passive);
	}
	if (!ret)
		ret = dpdk_eal_start(&want, err);
	if (ret)
		return ret;
	dpdk_eal_log_clear();
	dpdk_fds_look(&before);
	if (p->driver->socket_family == AF_XDP)
		dpdk_xsk_wait_free(setup->device, p->n);
	if (p->driver->socket_family == AF_XDP && !has_arg(plan.args, "xdp_prog"))
		ret = dpdk_xdp_attach(p, setup->device, err);
	dpdk_xdp_hush(&hushed);
	if (!ret)
		ret = plan.pci[0] ? take_pci(ep, &plan, err) : make_vdev(ep, &plan, err);
	if (!ret)
		ret = start(ep, err);
	dpdk_xdp_unhush(&hushed);
	dpdk_sockets_find(&p->sockets, p->driver->socket_family, &before);
	if (!ret && setup->rx && p->driver->socket_family == AF_PACKET)
		ret = dpdk_tap_attach(p, err);
	if (ret)
		return ret;
	dpdk_eal_use();
	p->mode = p->driver->mode;
	if (p->driver->file_arg && has_arg(plan.args, p->driver->file_arg))
		p->mode = p->driver->file_mode;
	if (p->xdp_mode && strcmp(p->xdp_mode, "native"))
		p->mode = "net_af_xdp/generic";
	return 0;
}

void dpdk_port_close(struct dpdk_priv *p)
{
	struct dpdk_hushed hushed;
	uint32_t q;

	/* it goes with the process, which the next one does not come to */
	if (p->vdev[0] && p->driver->opens_once) {
		dpdk_eal_spoil();
		return;
	}
	dpdk_xdp_hush(&hushed);
	if (p->started)
		rte_eth_dev_stop(p->port);
	if (p->vdev[0]) {
		rte_vdev_uninit(p->vdev);
	} else if (p->has_port) {
		rte_eth_dev_close(p->port);
		rte_dev_remove(p->rte);
	}
	dpdk_xdp_unhush(&hushed);
	dpdk_sockets_close(&p->sockets);
	dpdk_tap_detach(p);
	p->started = p->has_port = false;
	p->vdev[0] = '\0';
	for (q = 0; p->queues && q < p->n; q++)
		dpdk_pools_close(&p->queues[q]);
	/* after the port: the driver would attach its own program again */
	dpdk_xdp_detach(p);
}
