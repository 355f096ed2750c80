/*
 * What `ethtool` sets on a port, by ioctl: structures that are read, kept and written as they
 * are, and how receive queues are chosen. linux/ethtool.h. The link's speed is left to what
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

	/* some drivers have no table before the port is up for the first time (vmxnet3) */
	if (!value || strlen(json_string_value(value)) <= 2 * sizeof(*old))
		return 0;
	now = rss_get(at, &size);
	if (now && size == sizeof(*now)) {
		free(now);
		return 0;
	}
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
