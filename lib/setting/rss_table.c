/* RSS tables: read by ioctl, written as text and parsed; see setting_rss.h. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "setting_rss.h"

#define WEIGHTS_MAX 128

struct ethtool_rxfh *rss_get(const struct setting_site *site, int *ret)
{
	struct ethtool_rxfh head = {.cmd = ETHTOOL_GRSSH}, *rss;

	*ret = ethtool_call(site->ethtool, site->ifname, &head);
	if (*ret)
		return NULL;
	rss = calloc(1, sizeof(*rss) + head.indir_size * sizeof(uint32_t) + head.key_size);
	if (!rss) {
		*ret = -ENOMEM;
		return NULL;
	}
	rss->cmd = ETHTOOL_GRSSH;
	rss->indir_size = head.indir_size;
	rss->key_size = head.key_size;
	*ret = ethtool_call(site->ethtool, site->ifname, rss);
	if (!*ret)
		return rss;
	free(rss);
	return NULL;
}

uint32_t rss_channels(const struct setting_site *site)
{
	struct ethtool_rxnfc nfc = {.cmd = ETHTOOL_GRXRINGS};

	return ethtool_call(site->ethtool, site->ifname, &nfc) ? 0 : (uint32_t)nfc.data;
}

int rss_table_get(const struct setting_site *site, struct rss_table *t)
{
	struct ethtool_rxfh *rss;
	int ret;

	*t = (struct rss_table){.channels = rss_channels(site)};
	rss = rss_get(site, &ret);
	if (rss && rss->indir_size && t->channels) {
		t->entry = malloc(rss->indir_size * sizeof(uint32_t));
		t->n = t->entry ? rss->indir_size : 0;
		ret = t->entry ? 0 : -ENOMEM;
		if (t->entry)
			memcpy(t->entry, rss->rss_config, t->n * sizeof(uint32_t));
	} else if (!ret) {
		ret = -EOPNOTSUPP;
	}
	free(rss);
	return ret;
}

void rss_table_free(struct rss_table *t)
{
	free(t->entry);
	t->entry = NULL;
}

/* The head of a change that changes nothing: how the hash's input is transformed is left, too. */
static int change_head(const struct setting_site *site, struct ethtool_rxfh *head)
{
	*head = (struct ethtool_rxfh){.cmd = ETHTOOL_GRSSH};
	int ret = ethtool_call(site->ethtool, site->ifname, head);

	head->cmd = ETHTOOL_SRSSH;
	head->indir_size = ETH_RXFH_INDIR_NO_CHANGE;
	head->key_size = 0;
	head->hfunc = 0;
	return ret;
}

int rss_table_reset(const struct setting_site *site)
{
	struct ethtool_rxfh head;
	int ret = change_head(site, &head);

	head.indir_size = 0;
	return ret ? ret : ethtool_call(site->ethtool, site->ifname, &head);
}

/* net/ethtool/ioctl.c, ethtool_set_rxfh: first whether there is a way, then what for. */
bool rss_can_set(const struct setting_site *site)
{
	struct ethtool_rxfh head;

	return !change_head(site, &head) &&
	       ethtool_call(site->ethtool, site->ifname, &head) != -EOPNOTSUPP;
}

/* ---- text ---- */

static uint32_t block(const struct rss_table *t, uint32_t i)
{
	return (uint32_t)((uint64_t)i * t->channels / t->n);
}

/* Whether entry I is I % MODULUS; 0: the blocks. */
static bool is_regular(const struct rss_table *t, uint32_t modulus)
{
	uint32_t i = 0;

	while (i < t->n && t->entry[i] == (modulus ? i % modulus : block(t, i)))
		i++;
	return i == t->n;
}

/* The shortest beginning that makes the table when it is repeated, twice at least; or all of it. */
static uint32_t period(const struct rss_table *t)
{
	uint32_t p, i;

	for (p = 1; p <= t->n / 2; p++) {
		for (i = p; i < t->n && t->entry[i] == t->entry[i - p];)
			i++;
		if (i == t->n)
			return p;
	}
	return t->n;
}

void rss_table_format(const struct rss_table *t, char text[SETTING_TEXT_MAX])
{
	uint32_t i, run, n, equal = 0;
	size_t len = 0;

	for (i = 0; i < t->n; i++)
		equal = t->entry[i] >= equal ? t->entry[i] + 1 : equal;
	if (is_regular(t, t->channels)) {
		snprintf(text, SETTING_TEXT_MAX, "default");
	} else if (is_regular(t, equal)) {
		snprintf(text, SETTING_TEXT_MAX, "equal:%u", equal);
	} else if (is_regular(t, 0)) {
		snprintf(text, SETTING_TEXT_MAX, "blocks");
	} else {
		n = period(t);
		for (i = 0; i < n && len < SETTING_TEXT_MAX; i += run) {
			for (run = 1; i + run < n && t->entry[i + run] == t->entry[i];)
				run++;
			len += (size_t)snprintf(text + len, SETTING_TEXT_MAX - len,
						run > 1 ? "%s%u*%u" : "%s%u", i ? " " : "",
						t->entry[i], run);
		}
	}
}

/* Digits at *TEXT, moved behind them. -1: none, or too many. */
static int64_t number(const char **text)
{
	size_t digits = strspn(*text, "0123456789");
	int64_t n = digits && digits < 9 ? strtol(*text, NULL, 10) : -1;

	*text += digits;
	return n;
}

static int malformed(const char *text, struct error *err)
{
	return error_set(err, EX_DATAERR, -EINVAL,
			 "\"%.60s\": give keep, auto, default, blocks, equal:N, weight:1+2, or "
			 "channels like 0+1*2",
			 text);
}

static int too_high(int64_t channel, const struct rss_table *t, struct error *err)
{
	return error_set(err, EX_DATAERR, -ERANGE,
			 "it asks for channel %lld of %u (from 0 on): raise nic.channels, or give "
			 "lower ones",
			 (long long)channel, t->channels);
}

static int parse_equal(struct rss_table *t, const char *text, bool cut, struct error *err)
{
	const char *p = text;
	int64_t n = number(&p);
	uint32_t i;

	if (n < 1 || *p)
		return malformed(text, err);
	if (n > t->channels && !cut)
		return too_high(n - 1, t, err);
	for (i = 0; i < t->n; i++)
		t->entry[i] = i % (uint32_t)n % t->channels;
	return 0;
}

/* As `ethtool -X IF weight` deals them out. */
static int parse_weight(struct rss_table *t, const char *text, struct error *err)
{
	uint32_t weight[WEIGHTS_MAX], i, j;
	uint64_t sum = 0, partial;
	const char *p = text;
	size_t n = 0;

	for (;;) {
		int64_t w = number(&p);

		if (w < 0 || n == WEIGHTS_MAX)
			return malformed(text, err);
		weight[n++] = (uint32_t)w;
		sum += (uint64_t)w;
		if (!*p)
			break;
		if (*p != '+' && *p != ' ')
			return malformed(text, err);
		p++;
	}
	if (!sum)
		return malformed(text, err);
	if (n > t->channels)
		return too_high((int64_t)n - 1, t, err);
	partial = weight[0];
	for (i = j = 0; i < t->n; i++) {
		while (i >= t->n * partial / sum)
			partial += weight[++j];
		t->entry[i] = j;
	}
	return 0;
}

/* "0*32 1*32", "0+1": entries, all of them again until the table is full. */
static int parse_list(struct rss_table *t, const char *text, bool cut, struct error *err)
{
	uint32_t i = 0, filled = 0;
	const char *p = text;

	for (;;) {
		int64_t channel = number(&p), times = 1;

		if (*p == '*') {
			p++;
			times = number(&p);
		}
		if (channel < 0 || times < 1 || (*p && *p != '+' && *p != ' '))
			return malformed(text, err);
		if (channel >= t->channels && !cut)
			return too_high(channel, t, err);
		for (; times && filled < t->n; times--)
			t->entry[filled++] = (uint32_t)channel % t->channels;
		if (!*p)
			break;
		p++;
	}
	for (i = 0; filled < t->n; i++)
		t->entry[filled++] = t->entry[i];
	return 0;
}

int rss_table_parse(struct rss_table *t, const char *text, bool cut, struct error *err)
{
	uint32_t i;

	if (!strncmp(text, "equal:", 6))
		return parse_equal(t, text + 6, cut, err);
	if (!strncmp(text, "weight:", 7))
		return parse_weight(t, text + 7, err);
	if (strcmp(text, "default") && strcmp(text, "blocks"))
		return parse_list(t, text, cut, err);
	for (i = 0; i < t->n; i++)
		t->entry[i] = *text == 'd' ? i % t->channels : block(t, i);
	return 0;
}
