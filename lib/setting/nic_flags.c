/*
 * Private flags: ETHTOOL_GPFLAGS, named by the driver (ETH_SS_PRIV_FLAGS). The canonical value has
 * all of them, so that a flag that moved with another one is put back, too.
 */
#include <linux/ethtool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "setting_nic.h"

#define FLAGS_MAX 32 /* a word of bits: struct ethtool_value */

struct flags {
	uint32_t n, on;
	char name[FLAGS_MAX][ETH_GSTRING_LEN + 1]; /* blanks are _ */
};

/* One "NAME:on" of TEXT, up to a blank or a plus: its length, or 0 when it is none. */
static size_t part(const char *text, size_t *name, bool *on)
{
	size_t len = strcspn(text, " +");

	for (*name = len; *name && text[*name] != ':';)
		--*name;
	*on = len == *name + 3 && !strncmp(text + *name, ":on", 3);
	if (!*name || !(*on || (len == *name + 4 && !strncmp(text + *name, ":off", 4))))
		return 0;
	return len;
}

const char *setting_flags_check(const char *text)
{
	size_t len, name;
	bool on;

	if (!strcmp(text, SETTING_KEEP))
		return NULL;
	for (;; text += len + 1) {
		len = part(text, &name, &on);
		if (!len)
			return "no NAME:on or NAME:off";
		if (!text[len])
			return NULL;
	}
}

static int names_get(const struct setting_site *site, struct flags *f)
{
	struct {
		struct ethtool_gstrings head;
		char text[FLAGS_MAX][ETH_GSTRING_LEN];
	} strings = {.head = {.cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_PRIV_FLAGS}};
	struct {
		struct ethtool_sset_info head;
		uint32_t count;
	} info = {.head = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_PRIV_FLAGS}};
	int ret = ethtool_call(site->ethtool, site->ifname, &info);
	uint32_t i;
	char *c;

	if (ret)
		return ret;
	if (!info.head.sset_mask || !info.count || info.count > FLAGS_MAX)
		return -EOPNOTSUPP;
	strings.head.len = info.count;
	ret = ethtool_call(site->ethtool, site->ifname, &strings);
	if (ret)
		return ret;
	f->n = info.count;
	for (i = 0; i < f->n; i++) {
		snprintf(f->name[i], sizeof(f->name[i]), "%.*s", ETH_GSTRING_LEN, strings.text[i]);
		for (c = f->name[i]; *c; c++)
			if (*c == ' ' || *c == '+')
				*c = '_';
	}
	return 0;
}

static int flags_get(const struct setting_site *site, struct flags *f, struct error *err)
{
	struct ethtool_value value = {.cmd = ETHTOOL_GPFLAGS};
	int ret;

	memset(f, 0, sizeof(*f));
	ret = names_get(site, f);
	if (!ret)
		ret = ethtool_call(site->ethtool, site->ifname, &value);
	f->on = value.data;
	return ret ? setting_refused(ret, "private flags", err) : 0;
}

static void format(const struct flags *f, char value[SETTING_TEXT_MAX])
{
	size_t len = 0;
	uint32_t i;

	value[0] = '\0';
	for (i = 0; i < f->n; i++)
		len += (size_t)snprintf(value + len, SETTING_TEXT_MAX - len, "%s%s:%s",
					i ? " " : "", f->name[i], f->on & (1U << i) ? "on" : "off");
}

static int unknown(const struct flags *f, const char *name, size_t len, struct error *err)
{
	char there[512] = "";
	size_t used = 0;
	uint32_t i;

	for (i = 0; i < f->n && used < sizeof(there); i++)
		used += (size_t)snprintf(there + used, sizeof(there) - used, " %s", f->name[i]);
	return error_set(err, EX_DATAERR, -EINVAL, "the driver has no private flag %.*s; it has%s",
			 (int)len, name, there);
}

/* What TEXT names into F. */
static int apply_text(struct flags *f, const char *text, struct error *err)
{
	size_t len, name;
	uint32_t i;
	bool on;

	for (; *text; text += len + (text[len] != '\0')) {
		len = part(text, &name, &on);
		if (!len)
			return error_set(err, EX_DATAERR, -EINVAL,
					 "\"%.60s\": give NAME:on+NAME:off", text);
		for (i = 0; i < f->n; i++)
			if (strlen(f->name[i]) == name && !strncmp(f->name[i], text, name))
				break;
		if (i == f->n)
			return unknown(f, text, name, err);
		f->on = on ? f->on | (1U << i) : f->on & ~(1U << i);
	}
	return 0;
}

SETTING_READ(setting_flags_read)
{
	struct flags f;
	int ret = flags_get(site, &f, err);

	if (!ret)
		format(&f, value);
	return ret;
}

/* Flags that are not named are as their user has them. */
SETTING_RESOLVE(setting_flags_resolve)
{
	struct flags f;
	int ret = flags_get(site, &f, err);

	if (!ret && site->before)
		ret = apply_text(&f, site->before, err);
	if (!ret)
		ret = apply_text(&f, asked, err);
	if (!ret)
		format(&f, value);
	return ret;
}

SETTING_WRITE(setting_flags_write)
{
	struct ethtool_value set = {.cmd = ETHTOOL_SPFLAGS};
	struct flags f;
	int ret = flags_get(site, &f, err);

	if (!ret)
		ret = apply_text(&f, value, err);
	if (ret)
		return ret;
	set.data = f.on;
	ret = ethtool_call(site->ethtool, site->ifname, &set);
	return ret ? setting_refused(ret, "these private flags", err) : 0;
}
