/*
 * DPDK: any of its drivers, on a PCI device, on a virtual device of its own, or over an
 * interface of the kernel's. Knobs and the table of functions; the rest is in dpdk_*.c.
 */
#include "dpdk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_lcore.h>

#include "back_ends.h"
#include "clock.h"
#include "dpdk_eal.h"

#define FIELD(member) offsetof(struct dpdk_config, member)
#define MBUFS_LEAST 512 /* fewer make no ring */

static const char *const pmd_names[] = {"net_af_xdp", "net_af_packet", NULL};
static const char *const rss_names[] = {"udp", "ip", "off", NULL};

static const struct knob dpdk_rows[] = {
	{.name = "ring",
	 .type = KNOB_U64,
	 .offset = FIELD(ring),
	 .min = 64,
	 .max = 32768,
	 .def = "1024",
	 .unit = "frames",
	 .help = "descriptors of each RX and TX queue; the port may round them",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "pmd",
	 .type = KNOB_CHOICE,
	 .offset = FIELD(pmd),
	 .choices = pmd_names,
	 .def = "net_af_xdp",
	 .unit = "",
	 .help = "DPDK's driver where device is an interface of the kernel's",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "mbufs",
	 .type = KNOB_U64,
	 .offset = FIELD(mbufs),
	 .max = 1 << 20,
	 .def = "0",
	 .unit = "buffers",
	 .help = "of each queue and direction, beside those in the threads' caches; 0: enough for "
		 "the rings",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "rss",
	 .type = KNOB_CHOICE,
	 .offset = FIELD(rss),
	 .choices = rss_names,
	 .def = "udp",
	 .unit = "",
	 .help = "what spreads frames over several queues, as far as the port can",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
	{.name = "rss_key",
	 .type = KNOB_STRING,
	 .offset = FIELD(rss_key),
	 .size = sizeof(((struct dpdk_config *)0)->rss_key),
	 .def = "default",
	 .unit = "",
	 .help = "default, symmetric (both directions to one queue), or hexadecimal digits",
	 .change = KNOB_REOPEN},
	{.name = "eal",
	 .type = KNOB_STRING,
	 .offset = FIELD(eal),
	 .size = sizeof(((struct dpdk_config *)0)->eal),
	 .def = "",
	 .unit = "",
	 .help = "further arguments of EAL, separated by blanks",
	 .change = KNOB_RESPAWN},
};

static const struct knob_set dpdk_knobs = {
	.name = "dpdk",
	.scope = KNOB_SCOPE_SIDE,
	.endpoint = "dpdk",
	.rows = dpdk_rows,
	.n = sizeof(dpdk_rows) / sizeof(dpdk_rows[0]),
	.config_size = sizeof(struct dpdk_config),
};

static void dpdk_close(struct endpoint *ep)
{
	struct dpdk_priv *p = ep->priv;

	if (!p)
		return;
	dpdk_port_close(p);
	free(p->queues);
	free(p);
	ep->priv = NULL;
}

static int dpdk_open(struct endpoint *ep, struct error *err)
{
	const struct dpdk_config *cfg = ep->setup.config;
	struct dpdk_priv *p;
	int ret;

	if (cfg->mbufs && cfg->mbufs < MBUFS_LEAST)
		return error_set(err, EX_DATAERR, -ERANGE, "mbufs = %llu: 0 or %u and more",
				 (unsigned long long)cfg->mbufs, MBUFS_LEAST);
	p = calloc(1, sizeof(*p));
	if (p)
		p->queues = aligned_alloc(_Alignof(struct dpdk_queue),
					  ep->setup.side->queues * sizeof(*p->queues));
	if (!p || !p->queues) {
		free(p);
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for endpoint dpdk");
	}
	memset(p->queues, 0, ep->setup.side->queues * sizeof(*p->queues));
	p->n = (uint32_t)ep->setup.side->queues;
	p->link_fd = -1;
	ep->priv = p;
	ret = dpdk_port_open(ep, err);
	if (ret) {
		dpdk_close(ep);
		return ret;
	}
	ep->mode = p->mode;
	return 0;
}

static bool is_down(uint16_t port)
{
	struct rte_eth_link link;

	return !rte_eth_link_get_nowait(port, &link) && link.link_status == RTE_ETH_LINK_DOWN;
}

/*
 * Where the other end connects, that one waits. A link that was up and is not has lost its
 * other end: of a driver that opens once nothing can be mended then.
 */
static int dpdk_wait_link(struct endpoint *ep, uint64_t timeout_ns, struct error *err)
{
	struct dpdk_priv *p = ep->priv;
	uint64_t deadline = clock_ns() + timeout_ns;

	if (p->passive)
		return 0;
	while (is_down(p->port)) {
		if (p->was_up && p->driver->opens_once)
			return error_set(err, EX_UNAVAILABLE, -ERESTART, "%s lost its other end",
					 ep->setup.device->name);
		if (clock_ns() > deadline)
			return error_set(
				err, EX_UNAVAILABLE, -EAGAIN,
				"%s has no link: check the cable and the other end; of two memif "
				"ends one is role=server, the other role=client, and socket and id "
				"are the same",
				ep->setup.device->name);
		clock_pause_ns(NSEC_PER_MSEC);
	}
	p->was_up = true;
	return 0;
}

/* A thread that EAL knows has a cache in every pool. */
static int dpdk_thread_begin(struct endpoint *ep)
{
	return rte_thread_register() ? -rte_errno : 0;
}

static void dpdk_thread_end(struct endpoint *ep)
{
	rte_thread_unregister();
}

static int dpdk_expect(struct endpoint *ep, const struct stamp_expect *expect, struct error *err)
{
	int ret = dpdk_xdp_expect(ep->priv, expect, err);

	return ret ? ret : dpdk_tap_expect(ep->priv, expect, err);
}

static void set_text(json_t *effective, const char *key, const char *text)
{
	if (text && text[0])
		json_object_set_new(effective, key, json_string(text));
}

static void dpdk_describe(struct endpoint *ep, json_t *effective)
{
	const struct dpdk_config *cfg = ep->setup.config;
	const struct dpdk_priv *p = ep->priv;
	struct rte_eth_dev_info info;
	uint16_t ring = ep->setup.rx ? p->rx_ring : p->tx_ring;
	char mac[18];

	if (p->driver->has_rings)
		json_object_set_new(effective, "ring", json_integer(ring));
	if (!rte_eth_dev_info_get(p->port, &info))
		set_text(effective, "pmd", info.driver_name);
	json_object_set_new(
		effective, "mbufs",
		json_integer((ep->setup.rx ? p->queues->rx_pool : p->queues->tx_pool)->size));
	set_text(effective, "hugepages", dpdk_eal_hugepages() ? "on" : "off");
	set_text(effective, "rss", p->rss);
	set_text(effective, "rss_key", p->rss_key);
	set_text(effective, "xdp_mode", p->xdp_mode);
	set_text(effective, "eal", cfg->eal);
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", p->src_mac[0], p->src_mac[1],
		 p->src_mac[2], p->src_mac[3], p->src_mac[4], p->src_mac[5]);
	set_text(effective, "mac", mac);
}

const struct endpoint_ops endpoint_dpdk = {
	.name = "dpdk",
	.help = "DPDK: poll-mode drivers on a PCI device, a virtual device, or an interface",
	.caps = ENDPOINT_TX | ENDPOINT_RX | ENDPOINT_TAKES_DEVICE | ENDPOINT_USER_SPACE,
	.tx_run = 1,
	.knobs = &dpdk_knobs,
	.counters = dpdk_counters,
	.n_counters = DPDK_COUNTS,
	.foreign_counter = "xdp.foreign packet.foreign",
	.stale_counter = "xdp.stale packet.stale",
	.open = dpdk_open,
	.close = dpdk_close,
	.wait_link = dpdk_wait_link,
	.thread_begin = dpdk_thread_begin,
	.thread_end = dpdk_thread_end,
	.expect = dpdk_expect,
	.tx_reserve = dpdk_tx_reserve,
	.tx_commit = dpdk_tx_commit,
	.tx_drain = dpdk_tx_drain,
	.rx = dpdk_rx,
	.rx_release = dpdk_rx_release,
	.rx_wait = dpdk_rx_wait,
	.stats = dpdk_stats,
	.more_stats = dpdk_more_stats,
	.describe = dpdk_describe,
};
