/* The NIC as ethtool shows it: link, rings, channels, spread, pause, what merges and waits. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

#define RING_FINE 1024 /* descriptors; at 10 Gb/s 69 us of 64-byte frames */

void check_link(const struct doctor *d, struct doctor_finding *f)
{
	static const char *const duplexes[] = {[DUPLEX_HALF] = "half", [DUPLEX_FULL] = "full"};
	const struct device *dev = d->device;
	uint8_t duplex = d->nic->duplex;

	if (!dev->up) {
		doctor_found(f, DOCTOR_FAIL, "down");
		doctor_command(f, "ip link set %s up", dev->ifname);
		return;
	}
	if (!dev->carrier) {
		doctor_found(f, DOCTOR_FAIL, "up, but there is no carrier");
		doctor_advice(f, "plug the cable in, or bring up the other end");
		return;
	}
	doctor_found(f, DOCTOR_OK, "up");
	if (dev->speed_mbps > 0)
		doctor_more(f, ", %lld Mb/s%s", (long long)dev->speed_mbps,
			    dev->real_speed ? "" : " (a number only: it is virtual)");
	else
		doctor_more(f, ", speed not told");
	if (duplex <= DUPLEX_FULL)
		doctor_more(f, ", %s duplex", duplexes[duplex]);
	doctor_more(f, ", MTU %u", dev->mtu);
	if (duplex != DUPLEX_HALF)
		return;
	f->state = DOCTOR_FAIL;
	doctor_command(f, "ethtool -s %s autoneg on", dev->ifname);
}

void check_rings(const struct doctor *d, struct doctor_finding *f)
{
	const struct ethtool_ringparam *r = &d->nic->ring;
	uint32_t best;

	if (!doctor_answered(d, f, d->nic->ring_ret, "rings"))
		return;
	doctor_found(f, DOCTOR_OK, "RX %u of %u, TX %u of %u", r->rx_pending, r->rx_max_pending,
		     r->tx_pending, r->tx_max_pending);
	if (r->rx_jumbo_max_pending)
		doctor_more(f, ", second RX %u of %u", r->rx_jumbo_pending,
			    r->rx_jumbo_max_pending);
	if (r->rx_pending >= RING_FINE || r->rx_pending >= r->rx_max_pending)
		return;
	best = r->rx_max_pending < 4096 ? r->rx_max_pending : 4096;
	f->state = DOCTOR_WARN;
	doctor_command(f, "ethtool -G %s rx %u", d->device->ifname, best);
}

void check_channels(const struct doctor *d, struct doctor_finding *f)
{
	const struct ethtool_channels *c = &d->nic->channels;
	uint32_t now = c->rx_count + c->combined_count, most = c->max_rx + c->max_combined;
	cpu_set_t allowed;
	unsigned int cpus;

	if (!doctor_answered(d, f, d->nic->channels_ret, "channels"))
		return;
	if (!doctor_cpus_allowed(d, &allowed)) {
		doctor_unread(f, "/proc/self/status", errno);
		return;
	}
	cpus = cpus_count(&allowed);
	/* some have RX and TX apart, some combined, some both (veth) */
	if (c->combined_count && c->max_combined)
		now = c->combined_count, most = c->max_combined;
	doctor_found(f, DOCTOR_OK, "%u RX queue%s of %u, %u CPUs", now, now == 1 ? "" : "s", most,
		     cpus);
	if (now <= cpus)
		return;
	f->state = DOCTOR_WARN;
	doctor_command(f, "ethtool -L %s %s %u", d->device->ifname,
		       c->combined_count ? "combined" : "rx", cpus);
}

void check_rss(const struct doctor *d, struct doctor_finding *f)
{
	const struct nic_facts *nic = d->nic;
	uint32_t queues = d->device->rx_queues, share[256] = {0}, least = UINT32_MAX, most = 0;
	size_t i, used = 0;

	if (queues < 2) {
		doctor_found(f, DOCTOR_NA, "one RX queue");
		return;
	}
	if (!doctor_answered(d, f, nic->rss_ret, "RSS table"))
		return;
	if (queues > 256)
		queues = 256;
	for (i = 0; i < nic->rss_size; i++)
		if (nic->rss[i] < queues)
			share[nic->rss[i]]++;
	for (i = 0; i < queues; i++) {
		used += share[i] > 0;
		least = share[i] < least ? share[i] : least;
		most = share[i] > most ? share[i] : most;
	}
	doctor_found(f, DOCTOR_OK, "%zu entries over %zu of %u queues, %u to %u each",
		     nic->rss_size, used, queues, least, most);
	if (most - least <= 1 || (nic->rss_size < queues && most == 1))
		return;
	f->state = DOCTOR_WARN;
	doctor_command(f, "ethtool -X %s default", d->device->ifname);
}

void check_pause(const struct doctor *d, struct doctor_finding *f)
{
	const struct ethtool_pauseparam *p = &d->nic->pause;

	if (!doctor_answered(d, f, d->nic->pause_ret, "pause"))
		return;
	doctor_found(f, p->rx_pause || p->tx_pause ? DOCTOR_WARN : DOCTOR_OK,
		     "RX %s, TX %s, negotiated %s", p->rx_pause ? "on" : "off",
		     p->tx_pause ? "on" : "off", p->autoneg ? "yes" : "no");
	if (f->state == DOCTOR_WARN)
		doctor_command(f, "ethtool -A %s%s rx off tx off", d->device->ifname,
			       p->autoneg ? " autoneg off" : "");
}

void check_merging(const struct doctor *d, struct doctor_finding *f)
{
	/* as ethtool -K calls them */
	static const char *const names[NIC_FEATURES] = {
		[NIC_LRO] = "lro",
		[NIC_GRO_HW] = "rx-gro-hw",
		[NIC_GRO_LIST] = "rx-gro-list",
		[NIC_UDP_GRO_FORWARDING] = "rx-udp-gro-forwarding",
		[NIC_GRO] = "gro",
	};
	static const char *const settings[NIC_FEATURES] = {
		[NIC_LRO] = "offload.lro",
		[NIC_GRO_HW] = "offload.gro_hw",
		[NIC_GRO_LIST] = "offload.gro_list",
		[NIC_UDP_GRO_FORWARDING] = "offload.udp_gro_forwarding",
	};
	char off[160] = "", fixed[160] = "";
	size_t i, len = 0, fixed_len = 0;

	for (i = 0; i < NIC_FEATURES; i++) {
		int on = d->nic->feature[i];

		if (on < 0 && on != -EOPNOTSUPP) {
			f->fact[0] = '\0';
			doctor_unread(f, nic_features[i], -on);
			return;
		}
		doctor_more(f, "%s%s %s", i ? ", " : "", names[i],
			    on == 1   ? "on"
			    : on == 0 ? "off"
				      : "not there");
		/* plain GRO leaves UDP alone that no socket asked it for (net/ipv4/udp_offload.c)
		 */
		if (on != 1 || i == NIC_GRO)
			continue;
		if (!d->nic->fixed[i] && !len)
			f->setting = settings[i];
		if (d->nic->fixed[i])
			fixed_len += (size_t)snprintf(fixed + fixed_len, sizeof(fixed) - fixed_len,
						      " %s", names[i]);
		else
			len += (size_t)snprintf(off + len, sizeof(off) - len, " %s off", names[i]);
	}
	if (!len)
		f->setting = "";
	f->state = len + fixed_len ? DOCTOR_WARN : DOCTOR_OK;
	if (fixed_len)
		doctor_more(f, "; fixed:%s", fixed);
	if (fixed_len && !len)
		doctor_advice(
			f, "the driver does not let it be switched off; in a virtual machine the "
			   "hypervisor does");
	if (len)
		doctor_command(f, "ethtool -K %s%s", d->device->ifname, off);
}

/*
 * Drivers to whom a small rx-usecs is no time but a way to adapt: their *_get_coalesce hand out
 * itr_setting as it is up to that number (drivers/net/ethernet/intel).
 */
static const struct {
	const char *driver;
	uint32_t up_to;
} coded[] = {{"e1000", 4}, {"e1000e", 4}, {"igb", 3}, {"igc", 3}, {"ixgbe", 1}};

void check_coalescing(const struct doctor *d, struct doctor_finding *f)
{
	const struct ethtool_coalesce *c = &d->nic->coalesce;
	bool code = false;
	size_t i;

	if (!doctor_answered(d, f, d->nic->coalesce_ret, "coalescing"))
		return;
	for (i = 0; i < sizeof(coded) / sizeof(coded[0]); i++)
		code |= !strcmp(coded[i].driver, d->device->driver) && c->rx_coalesce_usecs &&
			c->rx_coalesce_usecs <= coded[i].up_to;
	if (code) {
		doctor_found(f, DOCTOR_WARN, "rx-usecs %u: no time with this driver, it adapts",
			     c->rx_coalesce_usecs);
		doctor_command(f, "ethtool -C %s rx-usecs 50", d->device->ifname);
		f->setting = "coalesce.rx_usecs";
		return;
	}
	doctor_found(f, c->use_adaptive_rx_coalesce ? DOCTOR_WARN : DOCTOR_OK,
		     "adaptive RX %s; RX %u us, %u frames; TX %u us, %u frames",
		     c->use_adaptive_rx_coalesce ? "on" : "off", c->rx_coalesce_usecs,
		     c->rx_max_coalesced_frames, c->tx_coalesce_usecs, c->tx_max_coalesced_frames);
	if (f->state == DOCTOR_WARN)
		doctor_command(f, "ethtool -C %s adaptive-rx off", d->device->ifname);
}

void check_eee(const struct doctor *d, struct doctor_finding *f)
{
	const struct ethtool_eee *e = &d->nic->eee;

	if (!doctor_answered(d, f, d->nic->eee_ret, "Energy-Efficient Ethernet"))
		return;
	doctor_found(f, e->eee_enabled ? DOCTOR_WARN : DOCTOR_OK, "%s",
		     !e->eee_enabled ? "off"
		     : e->eee_active ? "on, and the other end has it too"
				     : "on; the other end has it not");
	if (e->eee_enabled)
		doctor_command(f, "ethtool --set-eee %s eee off", d->device->ifname);
}
