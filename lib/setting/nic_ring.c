/*
 * Rings: ETHTOOL_GRINGPARAM, linux/ethtool.h. Both directions are in one structure; each row
 * changes its own field and hands the other back as it was read.
 */
#include <linux/ethtool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "setting_nic.h"

struct setting_ring {
	size_t field, max; /* in struct ethtool_ringparam */
};

const struct setting_ring setting_ring_rx = {offsetof(struct ethtool_ringparam, rx_pending),
					     offsetof(struct ethtool_ringparam, rx_max_pending)};
const struct setting_ring setting_ring_tx = {offsetof(struct ethtool_ringparam, tx_pending),
					     offsetof(struct ethtool_ringparam, tx_max_pending)};

static uint32_t *field_of(struct ethtool_ringparam *rings, size_t offset)
{
	return (uint32_t *)((char *)rings + offset);
}

static int rings_get(const struct setting *row, const struct setting_site *site,
		     struct ethtool_ringparam *rings, struct error *err)
{
	const struct setting_ring *ring = row->what;
	int ret;

	*rings = (struct ethtool_ringparam){.cmd = ETHTOOL_GRINGPARAM};
	ret = ethtool_call(site->ethtool, site->ifname, rings);
	if (!ret && !*field_of(rings, ring->max))
		ret = -EOPNOTSUPP;
	return ret ? setting_refused(ret, "a ring of descriptors", err) : 0;
}

SETTING_READ(setting_ring_read)
{
	const struct setting_ring *ring = row->what;
	struct ethtool_ringparam rings;
	int ret = rings_get(row, site, &rings, err);

	if (!ret)
		snprintf(value, SETTING_TEXT_MAX, "%u", *field_of(&rings, ring->field));
	return ret;
}

SETTING_RESOLVE(setting_ring_resolve)
{
	const struct setting_ring *ring = row->what;
	struct ethtool_ringparam rings;
	unsigned long long n, max;
	int ret = rings_get(row, site, &rings, err);

	if (ret)
		return ret;
	max = *field_of(&rings, ring->max);
	n = strcmp(asked, "max") ? strtoull(asked, NULL, 10) : max;
	/* also checked by the kernel (net/ethtool/ioctl.c, ethtool_set_ringparam), without the
	 * number */
	if (n > max)
		return error_set(err, EX_DATAERR, -ERANGE,
				 "%s: the driver's maximum is %llu: give that, or max", asked, max);
	snprintf(value, SETTING_TEXT_MAX, "%llu", n);
	return 0;
}

SETTING_WRITE(setting_ring_write)
{
	const struct setting_ring *ring = row->what;
	struct ethtool_ringparam rings;
	int ret = rings_get(row, site, &rings, err);

	if (ret)
		return ret;
	*field_of(&rings, ring->field) = (uint32_t)strtoul(value, NULL, 10);
	rings.cmd = ETHTOOL_SRINGPARAM;
	ret = ethtool_call(site->ethtool, site->ifname, &rings);
	if (ret == -EINVAL || ret == -ENOMEM)
		return error_set(err, EX_UNAVAILABLE, ret,
				 "the driver refuses a ring of %s (%s): give a power of two, or a "
				 "smaller one",
				 value, strerror(-ret));
	return ret ? setting_refused(ret, "this size of the ring", err) : 0;
}
