/*
 * Pause frames: ETHTOOL_GPAUSEPARAM. "autoneg off rx on tx off" is what is forced; with
 * autonegotiation rx and tx are what the port offers, or on some drivers what both ends agreed on.
 * That comes and goes with the link and the other end, is nobody's setting, and is left out.
 */
#include <linux/ethtool.h>
#include <stdio.h>
#include <string.h>

#include "setting_nic.h"

struct pause {
	bool autoneg, rx, tx;
};

static const struct {
	const char *word;
	struct pause pause;
} words[] = {
	{"off", {false, false, false}},  {"rx", {false, true, false}},
	{"tx", {false, false, true}},    {"on", {false, true, true}},
	{"autoneg", {true, true, true}},
};

/* Those that report hw->fc.current_mode, and offer the same whatever they are told. */
static const char *const by_agreement[] = {"e1000", "e1000e", "igb", "igc", "ixgbe", NULL};

static bool agrees(const struct setting_site *site)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	size_t i;

	if (ethtool_call(site->ethtool, site->ifname, &info))
		return false;
	for (i = 0; by_agreement[i]; i++)
		if (!strcmp(info.driver, by_agreement[i]))
			return true;
	return false;
}

static int pause_get(const struct setting_site *site, struct pause *p, struct error *err)
{
	struct ethtool_pauseparam param = {.cmd = ETHTOOL_GPAUSEPARAM};
	int ret = ethtool_call(site->ethtool, site->ifname, &param);

	*p = (struct pause){param.autoneg, param.rx_pause, param.tx_pause};
	return ret ? setting_refused(ret, "pause frames", err) : 0;
}

static void format(const struct setting_site *site, const struct pause *p,
		   char value[SETTING_TEXT_MAX])
{
	if (p->autoneg && agrees(site))
		snprintf(value, SETTING_TEXT_MAX, "autoneg on");
	else
		snprintf(value, SETTING_TEXT_MAX, "autoneg %s rx %s tx %s",
			 p->autoneg ? "on" : "off", p->rx ? "on" : "off", p->tx ? "on" : "off");
}

SETTING_READ(setting_pause_read)
{
	struct pause p;
	int ret = pause_get(site, &p, err);

	if (!ret)
		format(site, &p, value);
	return ret;
}

SETTING_RESOLVE(setting_pause_resolve)
{
	struct pause now, p;
	size_t i = 0;
	int ret = pause_get(site, &now, err);

	if (ret)
		return ret;
	while (i < sizeof(words) / sizeof(words[0]) && strcmp(asked, words[i].word))
		i++;
	if (i == sizeof(words) / sizeof(words[0])) {
		snprintf(value, SETTING_TEXT_MAX, "%s", asked);
		return 0;
	}
	p = words[i].pause;
	/* negotiating already: what it offers is its user's */
	if (p.autoneg && now.autoneg)
		p = now;
	/* offering exactly this is as good where negotiation cannot be turned off (below) */
	if (now.autoneg && p.rx == now.rx && p.tx == now.tx && !agrees(site))
		p = now;
	format(site, &p, value);
	return 0;
}

/*
 * What is forced holds until the link comes up the next time: some drivers then go by what the port
 * offered when the link was made (igb, e1000e: config_fc_after_link_up). So it is made anew, which
 * offers what is forced. One that does not negotiate has nothing to offer.
 */
static void offer_anew(const struct setting_site *site)
{
	struct ethtool_value restart = {.cmd = ETHTOOL_NWAY_RST};

	ethtool_call(site->ethtool, site->ifname, &restart);
}

SETTING_WRITE(setting_pause_write)
{
	struct ethtool_pauseparam param = {.cmd = ETHTOOL_SPAUSEPARAM};
	struct pause now;
	int ret = pause_get(site, &now, err);

	if (ret)
		return ret;
	param.autoneg = strstr(value, "autoneg on") != NULL;
	param.rx_pause = !strcmp(value, "autoneg on") || strstr(value, "rx on");
	param.tx_pause = !strcmp(value, "autoneg on") || strstr(value, "tx on");
	ret = ethtool_call(site->ethtool, site->ifname, &param);
	/* of the whole link or not at all (i40e, ice): then it offers what is asked for */
	if ((ret == -EOPNOTSUPP || ret == -EINVAL) && now.autoneg && !param.autoneg) {
		param.autoneg = true;
		ret = ethtool_call(site->ethtool, site->ifname, &param);
	}
	if (ret)
		return setting_refused(ret, "this use of pause frames", err);
	if (!param.autoneg)
		offer_anew(site);
	return 0;
}
