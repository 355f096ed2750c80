/*
 * A device as JSON, for results and for the other side; see device.h. One row a member, read
 * both ways.
 */
#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "json.h"

enum member_type { MEMBER_TEXT, MEMBER_INT, MEMBER_U32, MEMBER_S64, MEMBER_BOOL, MEMBER_MAC };

struct member {
	const char *key;
	enum member_type type;
	size_t offset; /* in struct device */
	size_t size;   /* of the field */
};

#define MEMBER(field, type)                                                                        \
	{                                                                                          \
#field, type, offsetof(struct device, field), sizeof(((struct device *)0)->field)  \
	}

static const struct member members[] = {
	MEMBER(name, MEMBER_TEXT),       MEMBER(ifname, MEMBER_TEXT),
	MEMBER(ifindex, MEMBER_INT),     MEMBER(bus, MEMBER_TEXT),
	MEMBER(driver, MEMBER_TEXT),     MEMBER(firmware, MEMBER_TEXT),
	MEMBER(mac, MEMBER_MAC),         MEMBER(permanent_mac, MEMBER_MAC),
	MEMBER(numa_node, MEMBER_INT),   MEMBER(mtu, MEMBER_U32),
	MEMBER(rx_queues, MEMBER_U32),   MEMBER(tx_queues, MEMBER_U32),
	MEMBER(up, MEMBER_BOOL),         MEMBER(carrier, MEMBER_BOOL),
	MEMBER(qdisc, MEMBER_TEXT),      MEMBER(speed_mbps, MEMBER_S64),
	MEMBER(real_speed, MEMBER_BOOL), MEMBER(pf, MEMBER_TEXT),
	MEMBER(netns, MEMBER_TEXT),
};

/* Text, or null for a device without. */
static const struct address {
	const char *key;
	int family;
	size_t offset, has_offset; /* in struct device */
} addresses[] = {
	{"ip", AF_INET, offsetof(struct device, ip), offsetof(struct device, has_ip)},
	{"ip6", AF_INET6, offsetof(struct device, ip6), offsetof(struct device, has_ip6)},
};

static json_t *mac_json(const uint8_t *mac)
{
	return json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
			    mac[5]);
}

static int mac_parse(const char *text, uint8_t *mac)
{
	unsigned int b[6];
	int end = -1, i;

	if (strlen(text) != 17 || strspn(text, "0123456789abcdefABCDEF:") != 17 ||
	    sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5],
		   &end) != 6 ||
	    end != 17)
		return -EINVAL;
	for (i = 0; i < 6; i++)
		mac[i] = (uint8_t)b[i];
	return 0;
}

static json_t *member_json(const struct member *m, const void *field)
{
	switch (m->type) {
	case MEMBER_TEXT:
		return json_string(field);
	case MEMBER_INT:
		return json_integer(*(const int *)field);
	case MEMBER_U32:
		return json_integer(*(const uint32_t *)field);
	case MEMBER_S64:
		return json_integer(*(const int64_t *)field);
	case MEMBER_BOOL:
		return json_boolean(*(const bool *)field);
	case MEMBER_MAC:
		return mac_json(field);
	}
	return NULL;
}

static int integer_parse(const json_t *value, int64_t min, int64_t max, int64_t *number)
{
	if (!json_is_integer(value) || json_integer_value(value) < min ||
	    json_integer_value(value) > max)
		return -EINVAL;
	*number = json_integer_value(value);
	return 0;
}

static int member_parse(const struct member *m, const json_t *value, void *field)
{
	int64_t number;

	switch (m->type) {
	case MEMBER_TEXT:
		if (!json_is_string(value) || json_string_length(value) >= m->size)
			return -EINVAL;
		memcpy(field, json_string_value(value), json_string_length(value) + 1);
		return 0;
	case MEMBER_INT:
		if (integer_parse(value, INT32_MIN, INT32_MAX, &number))
			return -EINVAL;
		*(int *)field = (int)number;
		return 0;
	case MEMBER_U32:
		if (integer_parse(value, 0, UINT32_MAX, &number))
			return -EINVAL;
		*(uint32_t *)field = (uint32_t)number;
		return 0;
	case MEMBER_S64:
		return integer_parse(value, INT64_MIN, INT64_MAX, field);
	case MEMBER_BOOL:
		if (!json_is_boolean(value))
			return -EINVAL;
		*(bool *)field = json_is_true(value);
		return 0;
	case MEMBER_MAC:
		return json_is_string(value) ? mac_parse(json_string_value(value), field) : -EINVAL;
	}
	return -EINVAL;
}

json_t *device_json(const struct device *device)
{
	json_t *obj = json_object();
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		json_object_set_new(
			obj, members[i].key,
			member_json(&members[i], (const char *)device + members[i].offset));
	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		const struct address *a = &addresses[i];
		const char *base = (const char *)device;
		char text[INET6_ADDRSTRLEN];

		inet_ntop(a->family, base + a->offset, text, sizeof(text));
		json_object_set_new(obj, a->key,
				    *(const bool *)(base + a->has_offset) ? json_string(text)
									  : json_null());
	}
	return obj;
}

int device_from_json(const json_t *value, struct device *device, struct error *err)
{
	size_t i;

	memset(device, 0, sizeof(*device));
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const struct member *m = &members[i];

		if (member_parse(m, json_object_get(value, m->key), (char *)device + m->offset))
			return error_set(
				err, EX_PROTOCOL, -EPROTO,
				"device of the other side: \"%s\" is missing or of the wrong "
				"form: use the same ringloss on both sides",
				m->key);
	}
	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		const struct address *a = &addresses[i];
		const json_t *text = json_object_get(value, a->key);
		bool *has = (bool *)((char *)device + a->has_offset);

		*has = json_is_string(text);
		if (*has ? inet_pton(a->family, json_string_value(text),
				     (char *)device + a->offset) != 1
			 : !json_is_null(text))
			return error_set(
				err, EX_PROTOCOL, -EPROTO,
				"device of the other side: \"%s\" is no %s address: use the "
				"same ringloss on both sides",
				a->key, a->family == AF_INET ? "IPv4" : "IPv6");
	}
	return 0;
}
