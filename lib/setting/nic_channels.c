/*
 * Channels: ETHTOOL_GCHANNELS. Most drivers have combined ones only (igb, i40e, ice, mlx5, virtio),
 * some separate ones for each direction (veth), some both (bnxt). A number is so many combined
 * ones or, where there are none, so many of each direction.
 */
#include <linux/ethtool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "setting_nic.h"
#include "setting_rss.h"

#define FORM "give a number, max, or like rx 2 tx 4"

struct counts {
	uint32_t combined, rx, tx;
};

static int channels_get(const struct setting_site *site, struct ethtool_channels *ch,
			struct error *err)
{
	int ret;

	*ch = (struct ethtool_channels){.cmd = ETHTOOL_GCHANNELS};
	ret = ethtool_call(site->ethtool, site->ifname, ch);
	if (!ret && !ch->max_combined && !ch->max_rx && !ch->max_tx)
		ret = -EOPNOTSUPP;
	return ret ? setting_refused(ret, "channels", err) : 0;
}

/* "combined 1 rx 2 tx 4", each word at most once. */
static bool parse_counts(const char *text, struct counts *out)
{
	static const char *const names[] = {"combined ", "rx ", "tx "};
	uint32_t *const fields[] = {&out->combined, &out->rx, &out->tx};
	unsigned int seen = 0;

	*out = (struct counts){0};
	for (;;) {
		unsigned long n;
		size_t i = 0;
		char *end;

		while (i < 3 && strncmp(text, names[i], strlen(names[i])))
			i++;
		if (i == 3 || seen & (1U << i))
			return false;
		seen |= 1U << i;
		text += strlen(names[i]);
		n = strtoul(text, &end, 10);
		if (*text < '0' || *text > '9' || n > UINT32_MAX)
			return false;
		*fields[i] = (uint32_t)n;
		if (!*end)
			return out->combined || out->rx || out->tx;
		if (*end != ' ')
			return false;
		text = end + 1;
	}
}

static bool parse_number(const char *text, uint32_t *n)
{
	size_t digits = strspn(text, "0123456789");

	*n = (uint32_t)strtoul(text, NULL, 10);
	return digits && digits < 10 && !text[digits] && *n;
}

const char *setting_channels_check(const char *text)
{
	struct counts counts;
	uint32_t n;

	if (!strcmp(text, SETTING_KEEP) || !strcmp(text, "max") || parse_number(text, &n) ||
	    parse_counts(text, &counts))
		return NULL;
	return "no number of channels";
}

static void format(const struct ethtool_channels *ch, char value[SETTING_TEXT_MAX])
{
	const uint32_t combined = ch->combined_count, rx = ch->rx_count, tx = ch->tx_count;

	if (ch->max_combined && !rx && !tx)
		snprintf(value, SETTING_TEXT_MAX, "%u", combined);
	else if (!ch->max_combined && rx == tx)
		snprintf(value, SETTING_TEXT_MAX, "%u", rx);
	else if (!combined)
		snprintf(value, SETTING_TEXT_MAX, "rx %u tx %u", rx, tx);
	else
		snprintf(value, SETTING_TEXT_MAX, "combined %u rx %u tx %u", combined, rx, tx);
}

/* TEXT into the counts of CH. */
static int apply_text(struct ethtool_channels *ch, const char *text, struct error *err)
{
	uint32_t both = ch->max_rx < ch->max_tx ? ch->max_rx : ch->max_tx;
	uint32_t max = ch->max_combined ? ch->max_combined : both;
	struct counts c = {0};
	uint32_t n = max;

	if (strcmp(text, "max") && !parse_number(text, &n)) {
		if (!parse_counts(text, &c))
			return error_set(err, EX_DATAERR, -EINVAL, "\"%.60s\": " FORM, text);
	} else if (n > max) {
		return error_set(err, EX_DATAERR, -ERANGE,
				 "%u channels: the driver's maximum is %u: give that, or max", n,
				 max);
	} else if (ch->max_combined) {
		c.combined = n;
	} else {
		c.rx = c.tx = n;
	}
	if (c.combined > ch->max_combined || c.rx > ch->max_rx || c.tx > ch->max_tx)
		return error_set(err, EX_DATAERR, -ERANGE,
				 "%.60s: the driver's maximum is combined %u, rx %u, tx %u", text,
				 ch->max_combined, ch->max_rx, ch->max_tx);
	ch->combined_count = c.combined;
	ch->rx_count = c.rx;
	ch->tx_count = c.tx;
	return 0;
}

SETTING_READ(setting_channels_read)
{
	struct ethtool_channels ch;
	int ret = channels_get(site, &ch, err);

	if (!ret)
		format(&ch, value);
	return ret;
}

SETTING_RESOLVE(setting_channels_resolve)
{
	struct ethtool_channels ch;
	int ret = channels_get(site, &ch, err);

	if (!ret)
		ret = apply_text(&ch, asked, err);
	if (!ret)
		format(&ch, value);
	return ret;
}

/*
 * The kernel keeps a table that its user made, and then refuses fewer channels than it names
 * (net/ethtool/ioctl.c, ethtool_set_channels). It is noted by the core as belonging to queues, and
 * made again for those that there are then.
 */
static bool table_is_in_the_way(const struct setting_site *site, const struct ethtool_channels *ch)
{
	struct rss_table t;
	bool too_high = false;
	uint32_t i;

	if (!rss_table_get(site, &t))
		for (i = 0; i < t.n && !too_high; i++)
			too_high = t.entry[i] >= ch->combined_count + ch->rx_count;
	rss_table_free(&t);
	return too_high;
}

SETTING_WRITE(setting_channels_write)
{
	struct ethtool_channels ch;
	int ret = channels_get(site, &ch, err);

	if (!ret)
		ret = apply_text(&ch, value, err);
	if (ret)
		return ret;
	ch.cmd = ETHTOOL_SCHANNELS;
	ret = ethtool_call(site->ethtool, site->ifname, &ch);
	if (ret == -EINVAL && table_is_in_the_way(site, &ch) && !rss_table_reset(site))
		ret = ethtool_call(site->ethtool, site->ifname, &ch);
	if (ret == -EINVAL || ret == -EBUSY || ret == -ENOSPC)
		return error_set(
			err, EX_UNAVAILABLE, ret,
			"the driver refuses so many channels (%s): an XDP program or an "
			"AF_XDP socket on a higher queue forbids fewer, and more than the "
			"other end of a veth or the CPUs have: end that, or set it to keep",
			strerror(-ret));
	return ret ? setting_refused(ret, "another number of channels", err) : 0;
}
