/*
 * What `ethtool` sets on a port, by ioctl: structures that are read, kept and written as they
 * are; features; how receive queues are chosen. linux/ethtool.h. The link's speed is left to what
 * the driver negotiates.
 */
#include <linux/ethtool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ethtool.h"
#include "json.h"
#include "port_state.h"

#define STRUCT_MAX 256
#define WORDS_MAX 16 /* of 32 features */

/* Structures that the driver takes back as it gave them; channels before the rest. */
static const struct {
	const char *name;
	uint32_t get, set;
	size_t size;
} structs[] = {
	{"channels", ETHTOOL_GCHANNELS, ETHTOOL_SCHANNELS, sizeof(struct ethtool_channels)},
	{"private flags", ETHTOOL_GPFLAGS, ETHTOOL_SPFLAGS, sizeof(struct ethtool_value)},
	{"rings", ETHTOOL_GRINGPARAM, ETHTOOL_SRINGPARAM, sizeof(struct ethtool_ringparam)},
	{"coalescing", ETHTOOL_GCOALESCE, ETHTOOL_SCOALESCE, sizeof(struct ethtool_coalesce)},
	{"pause frames", ETHTOOL_GPAUSEPARAM, ETHTOOL_SPAUSEPARAM,
	 sizeof(struct ethtool_pauseparam)},
	{"wake-on-LAN", ETHTOOL_GWOL, ETHTOOL_SWOL, sizeof(struct ethtool_wolinfo)},
};

/* Flows whose hashed fields can be chosen (ethtool -N IF rx-flow-hash). */
static const struct {
	const char *name;
	uint32_t type;
} flows[] = {
	{"tcp4", TCP_V4_FLOW}, {"udp4", UDP_V4_FLOW}, {"sctp4", SCTP_V4_FLOW},
	{"tcp6", TCP_V6_FLOW}, {"udp6", UDP_V6_FLOW}, {"sctp6", SCTP_V6_FLOW},
};

static bool struct_get(struct port_at *at, size_t i, void *buf)
{
	memset(buf, 0, STRUCT_MAX);
	*(uint32_t *)buf = structs[i].get;
	return ethtool_call(at->ethtool, at->ifname, buf) == 0;
}

static json_t *structs_read(struct port_at *at)
{
	_Alignas(uint64_t) uint8_t buf[STRUCT_MAX];
	json_t *all = json_object();
	size_t i;

	for (i = 0; i < sizeof(structs) / sizeof(structs[0]); i++)
		if (struct_get(at, i, buf))
			json_object_set_new(all, structs[i].name, port_hex(buf, structs[i].size));
	return all;
}

static int structs_write(struct port_at *at, const json_t *saved)
{
	_Alignas(uint64_t) uint8_t now[STRUCT_MAX], old[STRUCT_MAX];
	int first = 0;
	size_t i;

	for (i = 0; i < sizeof(structs) / sizeof(structs[0]); i++) {
		const json_t *value = json_object_get(saved, structs[i].name);
		int ret;

		if (!value || !port_unhex(value, old, structs[i].size) || !struct_get(at, i, now) ||
		    !memcmp(now, old, structs[i].size))
			continue;
		*(uint32_t *)old = structs[i].set;
		ret = ethtool_call(at->ethtool, at->ifname, old);
		if (ret)
			ret = port_failed(at, ret, "its %s", structs[i].name);
		first = first ? first : ret;
	}
	return first;
}

const struct port_part port_part_ethtool = {
	.name = "ethtool",
	.read = structs_read,
	.write = structs_write,
};

/* ---- features ---- */

struct features {
	uint32_t cmd, size;
	struct ethtool_get_features_block block[WORDS_MAX];
};

static bool features_get(struct port_at *at, struct features *f)
{
	memset(f, 0, sizeof(*f));
	f->cmd = ETHTOOL_GFEATURES;
	f->size = WORDS_MAX;
	/* the kernel says how many words there are, and fills in as many as have room */
	if (ethtool_call(at->ethtool, at->ifname, f) || !f->size)
		return false;
	f->size = f->size < WORDS_MAX ? f->size : WORDS_MAX;
	return true;
}

/* What its user wants, and can change, a word each. */
static json_t *features_read(struct port_at *at)
{
	struct features f;
	json_t *words;
	uint32_t i;

	if (!features_get(at, &f))
		return NULL;
	words = json_array();
	for (i = 0; i < f.size; i++)
		json_array_append_new(words,
				      json_integer(f.block[i].requested & f.block[i].available));
	return words;
}

static int features_write(struct port_at *at, const json_t *saved)
{
	struct {
		uint32_t cmd, size;
		struct ethtool_set_features_block block[WORDS_MAX];
	} set = {.cmd = ETHTOOL_SFEATURES};
	struct features f;
	uint32_t i, changed = 0;
	int ret;

	if (!features_get(at, &f))
		return port_failed(at, -EOPNOTSUPP, "its features");
	set.size = f.size;
	for (i = 0; i < f.size; i++) {
		uint32_t want = (uint32_t)json_integer_value(json_array_get(saved, i));

		set.block[i].valid = (want ^ f.block[i].requested) & f.block[i].available;
		set.block[i].requested = want & set.block[i].valid;
		changed |= set.block[i].valid;
	}
	if (!changed)
		return 0;
	ret = ethtool_call(at->ethtool, at->ifname, &set);
	/* positive: wanted, and kept off by another feature, as before */
	return ret < 0 ? port_failed(at, ret, "its features") : 0;
}

const struct port_part port_part_features = {
	.name = "features",
	.read = features_read,
	.write = features_write,
};

/* ---- how receive queues are chosen ---- */

/* The indirection table and the key, whose lengths the first call tells. NULL: there are none. */
static struct ethtool_rxfh *rss_get(struct port_at *at, size_t *size)
{
	struct ethtool_rxfh head = {.cmd = ETHTOOL_GRSSH}, *rss;

	if (ethtool_call(at->ethtool, at->ifname, &head))
		return NULL;
	*size = sizeof(head) + head.indir_size * sizeof(uint32_t) + head.key_size;
	rss = calloc(1, *size);
	if (!rss)
		return NULL;
	*rss = (struct ethtool_rxfh){
		.cmd = ETHTOOL_GRSSH, .indir_size = head.indir_size, .key_size = head.key_size};
	if (!ethtool_call(at->ethtool, at->ifname, rss))
		return rss;
	free(rss);
	return NULL;
}

static bool fields_get(struct port_at *at, size_t i, struct ethtool_rxnfc *nfc)
{
	*nfc = (struct ethtool_rxnfc){.cmd = ETHTOOL_GRXFH, .flow_type = flows[i].type};
	return ethtool_call(at->ethtool, at->ifname, nfc) == 0;
}

static json_t *hash_read(struct port_at *at)
{
	struct ethtool_rxnfc nfc;
	struct ethtool_rxfh *rss;
	json_t *hash = json_object();
	size_t i, size;

	rss = rss_get(at, &size);
	if (rss)
		json_object_set_new(hash, "rss", port_hex(rss, size));
	free(rss);
	for (i = 0; i < sizeof(flows) / sizeof(flows[0]); i++)
		if (fields_get(at, i, &nfc))
			json_object_set_new(hash, flows[i].name,
					    json_integer((json_int_t)nfc.data));
	return hash;
}

static int rss_write(struct port_at *at, const json_t *value)
{
	struct ethtool_rxfh *now, *old;
	size_t size;
	int ret = 0;

	now = value ? rss_get(at, &size) : NULL;
	old = now ? malloc(size) : NULL;
	if (old && !port_unhex(value, old, size)) {
		ret = -EBADMSG; /* another number of queues, or another NIC */
	} else if (old && memcmp(now, old, size)) {
		old->cmd = ETHTOOL_SRSSH;
		ret = ethtool_call(at->ethtool, at->ifname, old);
	}
	free(now);
	free(old);
	return ret ? port_failed(at, ret, "its RSS table and key") : 0;
}

static int hash_write(struct port_at *at, const json_t *saved)
{
	struct ethtool_rxnfc nfc;
	int first = rss_write(at, json_object_get(saved, "rss"));
	size_t i;

	for (i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
		const json_t *value = json_object_get(saved, flows[i].name);
		int ret;

		if (!value || !fields_get(at, i, &nfc) ||
		    (json_int_t)nfc.data == json_integer_value(value))
			continue;
		nfc.cmd = ETHTOOL_SRXFH;
		nfc.data = (uint64_t)json_integer_value(value);
		ret = ethtool_call(at->ethtool, at->ifname, &nfc);
		if (ret)
			ret = port_failed(at, ret, "the hashed fields of %s", flows[i].name);
		first = first ? first : ret;
	}
	return first;
}

const struct port_part port_part_hash = {
	.name = "hash",
	.read = hash_read,
	.write = hash_write,
};
