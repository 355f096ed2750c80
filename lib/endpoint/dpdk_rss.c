/* Receive-side scaling of a port with several queues: what is asked for, and what is in effect. */
#include <stdio.h>
#include <string.h>

#include "dpdk.h"

#define KEY_MAX 64
#define KEY_DEFAULT_LEN 40

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int bad_key(const struct dpdk_config *cfg, uint32_t len, struct error *err)
{
	return error_set(
		err, EX_DATAERR, -EINVAL,
		"rss_key = %s: it is default, symmetric or the %u bytes of this port's key as "
		"%u hexadecimal digits",
		cfg->rss_key, len, 2 * len);
}

/* 0x6d5a over and over gives both directions of a flow one hash (Woo, Park: KAIST, 2012). */
static int make_key(const struct dpdk_config *cfg, uint32_t len, uint8_t key[KEY_MAX],
		    struct error *err)
{
	const char *text = cfg->rss_key;
	uint32_t i;

	if (!strcmp(text, "symmetric")) {
		for (i = 0; i < len; i++)
			key[i] = i % 2 ? 0x5a : 0x6d;
		return 0;
	}
	if (strlen(text) != 2 * len)
		return bad_key(cfg, len, err);
	for (i = 0; i < len; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return bad_key(cfg, len, err);
		key[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

int dpdk_rss_configure(struct rte_eth_conf *conf, const struct rte_eth_dev_info *info,
		       const struct dpdk_config *cfg, uint32_t queues, uint8_t key[KEY_MAX],
		       struct error *err)
{
	struct rte_eth_rss_conf *rss = &conf->rx_adv_conf.rss_conf;
	bool default_key = !strcmp(cfg->rss_key, "default");
	uint32_t len = info->hash_key_size ? info->hash_key_size : KEY_DEFAULT_LEN;
	uint64_t wanted = RTE_ETH_RSS_IP;
	int ret;

	/* checked though one queue takes all */
	if (!default_key) {
		ret = len > KEY_MAX ? bad_key(cfg, len, err) : make_key(cfg, len, key, err);
		if (ret)
			return ret;
	}
	if (cfg->rss == DPDK_RSS_UDP)
		wanted |= RTE_ETH_RSS_UDP;
	wanted &= info->flow_type_rss_offloads;
	if (queues < 2 || cfg->rss == DPDK_RSS_OFF || !wanted)
		return 0;
	conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	rss->rss_hf = wanted;
	if (!default_key) {
		rss->rss_key = key;
		rss->rss_key_len = (uint8_t)len;
	}
	return 0;
}

void dpdk_rss_read(struct dpdk_priv *p)
{
	uint8_t key[KEY_MAX] = {0};
	struct rte_eth_rss_conf conf = {.rss_key = key, .rss_key_len = sizeof(key)};
	struct rte_eth_dev_info info = {0};
	uint32_t i, len;

	p->rss[0] = p->rss_key[0] = '\0';
	if (rte_eth_dev_rss_hash_conf_get(p->port, &conf))
		return;
	snprintf(p->rss, sizeof(p->rss), "%s",
		 conf.rss_hf & RTE_ETH_RSS_UDP  ? "udp"
		 : conf.rss_hf & RTE_ETH_RSS_IP ? "ip"
						: "off");
	if (!conf.rss_hf)
		return; /* a key that nothing is hashed with */
	/* some drivers leave the length as it was */
	len = conf.rss_key_len < KEY_MAX ? conf.rss_key_len : KEY_MAX;
	if (!rte_eth_dev_info_get(p->port, &info) && info.hash_key_size && info.hash_key_size < len)
		len = info.hash_key_size;
	for (i = 0; i < len; i++)
		snprintf(p->rss_key + 2 * i, sizeof(p->rss_key) - 2 * i, "%02x", key[i]);
}
