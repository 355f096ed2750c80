/*
 * rss.*: which channel a received packet goes to, as `ethtool -X` and `ethtool -N IF rx-flow-hash`
 * set it. linux/ethtool.h, struct ethtool_rxfh; Documentation/networking/scaling.rst.
 */
#include "setting_rss.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "setting_nic.h"

static int refused(int ret, struct error *err)
{
	return setting_refused(ret, "receive-side scaling", err);
}

/* ---- the table ---- */

static const char *indirection_check(const char *text)
{
	uint32_t entries[4];
	struct rss_table t = {.channels = 1, .n = 4, .entry = entries};

	if (!strcmp(text, SETTING_KEEP) || !strcmp(text, "auto"))
		return NULL;
	/* how many channels there are is known later */
	t.channels = UINT32_MAX;
	return rss_table_parse(&t, text, true, NULL) ? "no way to spread packets" : NULL;
}

static SETTING_READ(indirection_read)
{
	struct rss_table t;
	int ret = rss_table_get(site, &t);

	if (!ret)
		rss_table_format(&t, value);
	rss_table_free(&t);
	return ret ? refused(ret, err) : 0;
}

/* Receiving by AF_XDP on fewer queues than there are, frames on the others would pass it by. */
static void resolve_auto(const struct setting_site *site, const struct rss_table *t,
			 char value[SETTING_TEXT_MAX])
{
	const char *endpoint = json_str(site->values, "endpoint", "");
	unsigned long queues = strtoul(json_str(site->values, "queues", "0"), NULL, 10);
	bool xsk = !strcmp(endpoint, "af_xdp") ||
		   (!strcmp(endpoint, "dpdk") &&
		    !strcmp(json_str(site->values, "pmd", ""), "net_af_xdp"));

	if (xsk && queues && queues < t->channels &&
	    !strcmp(json_str(site->values, "receives", ""), "yes") && rss_can_set(site))
		snprintf(value, SETTING_TEXT_MAX, "equal:%lu", queues);
	else
		snprintf(value, SETTING_TEXT_MAX, "%s", SETTING_KEEP);
}

static SETTING_RESOLVE(indirection_resolve)
{
	/* what was read once may be of another number of channels */
	bool cut = !site->values || asked == site->before;
	struct rss_table t;
	int ret = rss_table_get(site, &t);

	if (ret) {
		ret = refused(ret, err);
	} else if (!strcmp(asked, "auto")) {
		resolve_auto(site, &t, value);
		if (strcmp(value, SETTING_KEEP) && !rss_table_parse(&t, value, true, err))
			rss_table_format(&t, value);
	} else {
		ret = rss_table_parse(&t, asked, cut, err);
		if (!ret)
			rss_table_format(&t, value);
	}
	rss_table_free(&t);
	return ret;
}

/* Our change of RSS, made of what there is (the caller frees), with nothing asked for yet. */
static struct ethtool_rxfh *change_begin(const struct setting_site *site, struct error *err)
{
	int ret;
	struct ethtool_rxfh *rss = rss_get(site, &ret);

	if (!rss) {
		refused(ret, err);
		return NULL;
	}
	rss->cmd = ETHTOOL_SRSSH;
	rss->hfunc = 0; /* ETH_RSS_HASH_NO_CHANGE */
	return rss;
}

static int change_end(const struct setting_site *site, struct ethtool_rxfh *rss, struct error *err)
{
	int ret = ethtool_call(site->ethtool, site->ifname, rss);

	free(rss);
	return ret ? refused(ret, err) : 0;
}

static SETTING_WRITE(indirection_write)
{
	struct ethtool_rxfh *rss;
	struct rss_table t;
	int ret;

	if (!strcmp(value, "default")) {
		ret = rss_table_reset(site);
		return ret ? refused(ret, err) : 0;
	}
	rss = change_begin(site, err);
	if (!rss)
		return -EOPNOTSUPP;
	rss->key_size = 0;
	t = (struct rss_table){
		.channels = rss_channels(site), .n = rss->indir_size, .entry = rss->rss_config};
	ret = t.channels && t.n ? rss_table_parse(&t, value, true, err) : refused(-EOPNOTSUPP, err);
	if (!ret)
		return change_end(site, rss, err);
	free(rss);
	return ret;
}

/* ---- the key ---- */

/* Bytes of "6d:5a:...", at most SIZE of them into KEY (may be NULL); 0: TEXT is none. */
static size_t parse_key(const char *text, uint8_t *key, size_t size)
{
	size_t n = 0;

	for (;; text += 3) {
		unsigned int byte;

		if (strspn(text, "0123456789abcdefABCDEF") != 2 || n == size ||
		    sscanf(text, "%2x", &byte) != 1)
			return 0;
		if (key)
			key[n] = (uint8_t)byte;
		n++;
		if (!text[2])
			return n;
		if (text[2] != ':')
			return 0;
	}
}

static const char *key_check(const char *text)
{
	return !strcmp(text, SETTING_KEEP) || parse_key(text, NULL, SIZE_MAX)
		       ? NULL
		       : "no bytes like 6d:5a";
}

static void key_format(const uint8_t *key, size_t n, char value[SETTING_TEXT_MAX])
{
	size_t i, len = 0;

	value[0] = '\0';
	for (i = 0; i < n && len < SETTING_TEXT_MAX; i++)
		len += (size_t)snprintf(value + len, SETTING_TEXT_MAX - len, "%s%02x", i ? ":" : "",
					key[i]);
}

/* Where the key lies in RSS: behind the table. */
static uint8_t *key_of(struct ethtool_rxfh *rss)
{
	return (uint8_t *)(rss->rss_config + rss->indir_size);
}

static SETTING_READ(key_read)
{
	int ret;
	struct ethtool_rxfh *rss = rss_get(site, &ret);

	if (rss && rss->key_size)
		key_format(key_of(rss), rss->key_size, value);
	else if (!ret)
		ret = -EOPNOTSUPP;
	free(rss);
	return ret ? refused(ret, err) : 0;
}

/* ASKED over and over into the key of RSS. */
static int key_fill(struct ethtool_rxfh *rss, const char *asked, struct error *err)
{
	uint8_t *key = key_of(rss);
	size_t n, i;

	if (!rss->key_size)
		return refused(-EOPNOTSUPP, err);
	n = parse_key(asked, key, rss->key_size);
	if (!n)
		return error_set(
			err, EX_DATAERR, -ERANGE,
			"the key has %u bytes: give as many, or fewer to be repeated, like "
			"6d:5a",
			rss->key_size);
	for (i = n; i < rss->key_size; i++)
		key[i] = key[i - n];
	return 0;
}

static SETTING_RESOLVE(key_resolve)
{
	struct ethtool_rxfh *rss = change_begin(site, err);
	int ret = rss ? key_fill(rss, asked, err) : -EOPNOTSUPP;

	if (!ret)
		key_format(key_of(rss), rss->key_size, value);
	free(rss);
	return ret;
}

static SETTING_WRITE(key_write)
{
	struct ethtool_rxfh *rss = change_begin(site, err);
	int ret = rss ? key_fill(rss, value, err) : -EOPNOTSUPP;

	if (ret) {
		free(rss);
		return ret;
	}
	rss->indir_size = ETH_RXFH_INDIR_NO_CHANGE;
	return change_end(site, rss, err);
}

/* ---- the function ---- */

static const char *const function_choices[] = {SETTING_KEEP, "toeplitz", "xor", "crc32", NULL};
#define N_FUNCTIONS (sizeof(function_choices) / sizeof(function_choices[0]) - 1)

/* A bit each, in the order of enum RSS hash functions: include/linux/ethtool.h, ETH_RSS_HASH_*. */
static SETTING_READ(function_read)
{
	int ret;
	struct ethtool_rxfh *rss = rss_get(site, &ret);
	size_t i;

	value[0] = '\0';
	for (i = 1; rss && i < N_FUNCTIONS; i++)
		if (rss->hfunc == 1U << (i - 1))
			snprintf(value, SETTING_TEXT_MAX, "%s", function_choices[i]);
	if (!ret && !value[0])
		ret = -EOPNOTSUPP;
	free(rss);
	return ret ? refused(ret, err) : 0;
}

static SETTING_WRITE(function_write)
{
	struct ethtool_rxfh *rss = change_begin(site, err);
	size_t i;

	if (!rss)
		return -EOPNOTSUPP;
	rss->indir_size = ETH_RXFH_INDIR_NO_CHANGE;
	rss->key_size = 0;
	for (i = 1; i < N_FUNCTIONS; i++)
		if (!strcmp(value, function_choices[i]))
			rss->hfunc = (uint8_t)(1U << (i - 1));
	return change_end(site, rss, err);
}

/* ---- hashed fields ---- */

/* The letters of ethtool(8), rx-flow-hash. */
static const struct {
	char letter;
	uint64_t bit;
} fields[] = {
	{'m', RXH_L2DA},   {'v', RXH_VLAN},     {'t', RXH_L3_PROTO}, {'s', RXH_IP_SRC},
	{'d', RXH_IP_DST}, {'f', RXH_L4_B_0_1}, {'n', RXH_L4_B_2_3}, {'r', RXH_DISCARD},
};
#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

static bool parse_fields(const char *text, uint64_t *bits)
{
	size_t i;

	*bits = 0;
	if (!strcmp(text, "none"))
		return true;
	for (; *text; text++) {
		for (i = 0; i < N_FIELDS && fields[i].letter != *text;)
			i++;
		if (i == N_FIELDS)
			return false;
		*bits |= fields[i].bit;
	}
	return *bits != 0;
}

static const char *fields_check(const char *text)
{
	uint64_t bits;

	return !strcmp(text, SETTING_KEEP) || parse_fields(text, &bits) ? NULL
									: "no fields of a packet";
}

/* False when BITS has one that has no letter here. */
static bool fields_format(uint64_t bits, char value[SETTING_TEXT_MAX])
{
	size_t i, len = 0;

	for (i = 0; i < N_FIELDS; i++) {
		if (bits & fields[i].bit)
			value[len++] = fields[i].letter;
		bits &= ~fields[i].bit;
	}
	value[len] = '\0';
	if (!len)
		snprintf(value, SETTING_TEXT_MAX, "none");
	return !bits;
}

static SETTING_READ(fields_read)
{
	const uint32_t *flow = row->what;
	struct ethtool_rxnfc nfc = {.cmd = ETHTOOL_GRXFH, .flow_type = *flow};
	int ret = ethtool_call(site->ethtool, site->ifname, &nfc);

	if (ret == -EINVAL) /* of drivers that know other flows */
		ret = -EOPNOTSUPP;
	if (ret)
		return refused(ret, err);
	return fields_format(nfc.data, value) ? 0 : refused(-EOPNOTSUPP, err);
}

static SETTING_RESOLVE(fields_resolve)
{
	uint64_t bits;

	if (!parse_fields(asked, &bits))
		return error_set(err, EX_DATAERR, -EINVAL, "\"%.40s\": give letters like sdfn",
				 asked);
	fields_format(bits, value);
	return 0;
}

static SETTING_WRITE(fields_write)
{
	const uint32_t *flow = row->what;
	struct ethtool_rxnfc nfc = {.cmd = ETHTOOL_SRXFH, .flow_type = *flow};
	uint64_t bits;
	int ret;

	parse_fields(value, &bits);
	nfc.data = bits;
	ret = ethtool_call(site->ethtool, site->ifname, &nfc);
	if (ret == -EINVAL)
		return error_set(err, EX_UNAVAILABLE, ret,
				 "the driver does not hash by %s: give sd or sdfn, or keep", value);
	return ret ? refused(ret, err) : 0;
}

static const uint32_t udp4 = UDP_V4_FLOW, udp6 = UDP_V6_FLOW;

#define FIELDS(key, flow, text)                                                                    \
	{                                                                                          \
		.knob = {.name = key,                                                              \
			 .type = KNOB_STRING,                                                      \
			 .size = 16,                                                               \
			 .check = fields_check,                                                    \
			 .form = "keep, none or letters of mvtsdfnr",                              \
			 .def = SETTING_KEEP,                                                      \
			 .unit = "",                                                               \
			 .help = text,                                                             \
			 .sweepable = true,                                                        \
			 .change = KNOB_RETUNE},                                                   \
		.what = (flow), .read = fields_read, .resolve = fields_resolve,                    \
		.write = fields_write,                                                             \
	}

static const struct setting rows[] = {
	FIELDS("hash_udp4", &udp4,
	       "fields that choose the channel of UDP over IPv4: s, d addresses; f, n ports"),
	FIELDS("hash_udp6", &udp6, "the same of UDP over IPv6"),
	{
		.knob = {.name = "function",
			 .type = KNOB_CHOICE,
			 .choices = function_choices,
			 .def = SETTING_KEEP,
			 .unit = "",
			 .help = "how the fields are hashed",
			 .sweepable = true,
			 .change = KNOB_RETUNE},
		.read = function_read,
		.write = function_write,
	},
	{
		.knob = {.name = "key",
			 .type = KNOB_STRING,
			 .size = 256,
			 .check = key_check,
			 .form = "keep or bytes like 6d:5a",
			 .def = SETTING_KEEP,
			 .unit = "",
			 .help = "of the hash; fewer bytes than it has are repeated (6d:5a: both "
				 "directions of a flow meet on one channel)",
			 .sweepable = true,
			 .change = KNOB_RETUNE},
		.read = key_read,
		.resolve = key_resolve,
		.write = key_write,
	},
	{
		.knob = {.name = "indirection",
			 .type = KNOB_STRING,
			 .size = 256,
			 .check = indirection_check,
			 .form = "auto, keep, default, blocks, equal:N, weight:1+2, 0+1*2",
			 .def = "auto",
			 .unit = "",
			 .help = "channels that packets are spread over: the first N alike, by "
				 "weights, entries of the table; auto: where AF_XDP receives on "
				 "fewer "
				 "queues than there are, only those",
			 .sweepable = true,
			 .change = KNOB_RETUNE},
		.flags = SETTING_OF_QUEUES,
		.read = indirection_read,
		.resolve = indirection_resolve,
		.write = indirection_write,
	},
};

const struct setting_group setting_rss_group = SETTING_GROUP("rss", rows);
