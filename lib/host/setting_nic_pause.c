/*
 * Pause frames: ETHTOOL_GPAUSEPARAM. With autonegotiation, some drivers report what the ends agreed
 * on (e1000e, igb, ixgbe: fc.current_mode), which no user set and which comes and goes with the
 * link. What the port offers is told by its link modes; mii_advertise_flowctrl (linux/mii.h) has
 * the code.
 */
#include <linux/ethtool.h>
#include <stdio.h>
#include <string.h>

#include "setting_nic.h"

#define WORDS_MAX 8 /* of 32 link modes; 4 are in use */

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

/* What the port offers, if it negotiates at all and tells. */
static bool advertised(const struct setting_site *site, struct pause *p)
{
	struct {
		struct ethtool_link_settings head;
		uint32_t masks[3 * WORDS_MAX]; /* supported, advertised, the partner's */
	} link = {.head = {.cmd = ETHTOOL_GLINKSETTINGS}};
	const uint32_t *offered;
	bool symmetric, asymmetric;

	/* the first call tells the length, negated */
	if (ethtool_call(site->ethtool, site->ifname, &link))
		return false;
	link.head.link_mode_masks_nwords = (int8_t)-link.head.link_mode_masks_nwords;
	if (link.head.link_mode_masks_nwords <= 0 || link.head.link_mode_masks_nwords > WORDS_MAX)
		return false;
	link.head.cmd = ETHTOOL_GLINKSETTINGS;
	if (ethtool_call(site->ethtool, site->ifname, &link) || link.head.autoneg != AUTONEG_ENABLE)
		return false;
	offered = link.masks + link.head.link_mode_masks_nwords;
	symmetric = offered[0] & (1U << ETHTOOL_LINK_MODE_Pause_BIT);
	asymmetric = offered[0] & (1U << ETHTOOL_LINK_MODE_Asym_Pause_BIT);
	p->rx = symmetric;
	p->tx = symmetric != asymmetric;
	return true;
}

static int pause_get(const struct setting_site *site, struct ethtool_pauseparam *param,
		     struct error *err)
{
	int ret;

	*param = (struct ethtool_pauseparam){.cmd = ETHTOOL_GPAUSEPARAM};
	ret = ethtool_call(site->ethtool, site->ifname, param);
	return ret ? setting_refused(ret, "pause frames", err) : 0;
}

static void format(const struct pause *p, char value[SETTING_TEXT_MAX])
{
	snprintf(value, SETTING_TEXT_MAX, "autoneg %s rx %s tx %s", p->autoneg ? "on" : "off",
		 p->rx ? "on" : "off", p->tx ? "on" : "off");
}

SETTING_READ(setting_pause_read)
{
	struct ethtool_pauseparam param;
	struct pause p;
	int ret = pause_get(site, &param, err);

	if (ret)
		return ret;
	p = (struct pause){param.autoneg, param.rx_pause, param.tx_pause};
	if (p.autoneg)
		advertised(site, &p);
	format(&p, value);
	return 0;
}

SETTING_RESOLVE(setting_pause_resolve)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct pause p = words[i].pause;

		if (strcmp(asked, words[i].word))
			continue;
		/* already so: what it offers is its user's */
		if (p.autoneg && !setting_pause_read(row, site, value, NULL) &&
		    !strncmp(value, "autoneg on", strlen("autoneg on")))
			return 0;
		format(&p, value);
		return 0;
	}
	snprintf(value, SETTING_TEXT_MAX, "%s", asked);
	return 0;
}

SETTING_WRITE(setting_pause_write)
{
	struct ethtool_pauseparam param;
	int ret = pause_get(site, &param, err);

	if (ret)
		return ret;
	param.cmd = ETHTOOL_SPAUSEPARAM;
	param.autoneg = strstr(value, "autoneg on") != NULL;
	param.rx_pause = strstr(value, "rx on") != NULL;
	param.tx_pause = strstr(value, "tx on") != NULL;
	ret = ethtool_call(site->ethtool, site->ifname, &param);
	return ret ? setting_refused(ret, "this use of pause frames", err) : 0;
}
