/*
 * What nf_tables drops, from its netlink dumps (linux/netfilter/nf_tables.h): rules whose verdict
 * is drop or reject, base chains whose policy is drop, elements of verdict maps. libnftables would
 * say the same in more time, but neither a policy's counter nor iptables' own targets.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "drop_rules.h"
#include "source.h"

#define VERDICT_DATA 0xffffff00u /* NFT_DATA_VERDICT: the data of a verdict map */
#define UDATA_COMMENT 0          /* libnftnl, NFTNL_UDATA_RULE_COMMENT; length in the next byte */
#define NAME_SIZE (NFT_NAME_MAXLEN + 1)

/* A counter with a name of its own, or a verdict map. */
struct named {
	uint8_t family;
	char table[NAME_SIZE], name[NAME_SIZE];
	uint64_t handle;
	uint32_t uses; /* rules that refer to it */
	uint64_t packets;
};

struct named_list {
	struct named *list;
	size_t n, room;
};

struct walk {
	drop_rule_cb cb;
	void *ctx;
	int stopped; /* what CB returned, or an errno of our own */
	size_t tables;
	struct named_list counters, maps;
	/* of the map that is read */
	uint64_t map_packets;
	bool map_drops, map_counts;
};

static int ask(struct walk *w, uint8_t message, uint8_t family, const char *table, const char *set,
	       mnl_cb_t cb)
{
	_Alignas(struct nlmsghdr) char buf[1024];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;
	int ret;

	nlh->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | message;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = 1;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	if (table)
		mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_TABLE, table);
	if (set)
		mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_SET, set);
	ret = netlink_query(NETLINK_NETFILTER, nlh, cb, w);
	return w->stopped ? w->stopped : ret;
}

static int stop(struct walk *w, int why)
{
	w->stopped = why;
	return why ? MNL_CB_STOP : MNL_CB_OK;
}

static const char *family_name(uint8_t family)
{
	switch (family) {
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_INET:
		return "inet";
	case NFPROTO_ARP:
		return "arp";
	case NFPROTO_BRIDGE:
		return "bridge";
	case NFPROTO_NETDEV:
		return "netdev";
	}
	return "unknown";
}

static uint8_t message_family(const struct nlmsghdr *nlh)
{
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);

	return nfg->nfgen_family;
}

/* The attribute of a type among those of a message or of a nest; NULL: not there. */
static const struct nlattr *find(const struct nlmsghdr *nlh, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == type)
			return attr;
	}
	return NULL;
}

static const struct nlattr *find_in(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attr;

	if (!nest)
		return NULL;
	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) == type)
			return attr;
	}
	return NULL;
}

/* "" for one that is not there or has no end. */
static const char *text(const struct nlattr *attr)
{
	size_t len = attr ? mnl_attr_get_payload_len(attr) : 0;
	const char *s = len ? mnl_attr_get_payload(attr) : NULL;

	return s && memchr(s, '\0', len) ? s : "";
}

static bool is_text(const struct nlattr *attr, const char *want)
{
	return !strcmp(text(attr), want);
}

static uint32_t number32(const struct nlattr *attr, uint32_t fallback)
{
	return attr && mnl_attr_get_payload_len(attr) == sizeof(uint32_t)
		       ? ntohl(mnl_attr_get_u32(attr))
		       : fallback;
}

static uint64_t number64(const struct nlattr *attr)
{
	return attr && mnl_attr_get_payload_len(attr) == sizeof(uint64_t)
		       ? be64toh(mnl_attr_get_u64(attr))
		       : 0;
}

static struct named *add_named(struct named_list *list)
{
	if (list->n == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		struct named *more = realloc(list->list, room * sizeof(*more));

		if (!more)
			return NULL;
		list->list = more;
		list->room = room;
	}
	list->list[list->n] = (struct named){0};
	return &list->list[list->n++];
}

static int take_table(const struct nlmsghdr *nlh, void *ctx)
{
	struct walk *w = ctx;

	w->tables++;
	return MNL_CB_OK;
}

/*
 * A policy's counter counts what falls to it (net/netfilter/nf_tables_core.c, end of
 * nft_do_chain). iptables asks for one, nft does not.
 */
static int take_chain(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *counters = find(nlh, NFTA_CHAIN_COUNTERS);
	struct walk *w = ctx;
	struct drop_rule rule = {
		.kind = "policy",
		.family = family_name(message_family(nlh)),
		.table = text(find(nlh, NFTA_CHAIN_TABLE)),
		.chain = text(find(nlh, NFTA_CHAIN_NAME)),
		.handle = number64(find(nlh, NFTA_CHAIN_HANDLE)),
		.counted = counters,
		.packets = number64(find_in(counters, NFTA_COUNTER_PACKETS)),
	};

	if (!find(nlh, NFTA_CHAIN_HOOK) ||
	    number32(find(nlh, NFTA_CHAIN_POLICY), NF_ACCEPT) != NF_DROP)
		return MNL_CB_OK;
	return stop(w, w->cb(&rule, w->ctx));
}

static int take_object(const struct nlmsghdr *nlh, void *ctx)
{
	struct walk *w = ctx;
	struct named *counter;

	if (number32(find(nlh, NFTA_OBJ_TYPE), 0) != NFT_OBJECT_COUNTER)
		return MNL_CB_OK;
	counter = add_named(&w->counters);
	if (!counter)
		return stop(w, -ENOMEM);
	counter->family = message_family(nlh);
	strncpy(counter->table, text(find(nlh, NFTA_OBJ_TABLE)), NAME_SIZE - 1);
	strncpy(counter->name, text(find(nlh, NFTA_OBJ_NAME)), NAME_SIZE - 1);
	counter->uses = number32(find(nlh, NFTA_OBJ_USE), 0);
	counter->packets = number64(find_in(find(nlh, NFTA_OBJ_DATA), NFTA_COUNTER_PACKETS));
	return MNL_CB_OK;
}

static int take_set(const struct nlmsghdr *nlh, void *ctx)
{
	struct walk *w = ctx;
	struct named *map;

	if (number32(find(nlh, NFTA_SET_DATA_TYPE), 0) != VERDICT_DATA)
		return MNL_CB_OK;
	map = add_named(&w->maps);
	if (!map)
		return stop(w, -ENOMEM);
	map->family = message_family(nlh);
	strncpy(map->table, text(find(nlh, NFTA_SET_TABLE)), NAME_SIZE - 1);
	strncpy(map->name, text(find(nlh, NFTA_SET_NAME)), NAME_SIZE - 1);
	map->handle = number64(find(nlh, NFTA_SET_HANDLE));
	return MNL_CB_OK;
}

static bool is_drop(const struct nlattr *data)
{
	const struct nlattr *verdict = find_in(data, NFTA_DATA_VERDICT);

	return number32(find_in(verdict, NFTA_VERDICT_CODE), NF_ACCEPT) == NF_DROP;
}

/* The packets of an expression, if it is a counter. */
static bool take_counter(const struct nlattr *expr, uint64_t *packets)
{
	if (!is_text(find_in(expr, NFTA_EXPR_NAME), "counter"))
		return false;
	*packets = number64(find_in(find_in(expr, NFTA_EXPR_DATA), NFTA_COUNTER_PACKETS));
	return true;
}

static void take_element(struct walk *w, const struct nlattr *elem)
{
	const struct nlattr *list = find_in(elem, NFTA_SET_ELEM_EXPRESSIONS);
	const struct nlattr *expr = find_in(elem, NFTA_SET_ELEM_EXPR);
	uint64_t packets = 0;
	bool counts = expr && take_counter(expr, &packets);

	if (!is_drop(find_in(elem, NFTA_SET_ELEM_DATA)))
		return;
	if (!counts && list)
		mnl_attr_for_each_nested(expr, list)
		{
			counts = counts || take_counter(expr, &packets);
		}
	w->map_drops = true;
	w->map_counts = w->map_counts && counts;
	w->map_packets += packets;
}

static int take_elements(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *list = find(nlh, NFTA_SET_ELEM_LIST_ELEMENTS), *elem;

	if (list)
		mnl_attr_for_each_nested(elem, list)
		{
			take_element(ctx, elem);
		}
	return MNL_CB_OK;
}

static int walk_map(struct walk *w, const struct named *map)
{
	struct drop_rule rule = {
		.kind = "map",
		.family = family_name(map->family),
		.table = map->table,
		.chain = map->name,
		.handle = map->handle,
	};
	int ret;

	w->map_packets = 0;
	w->map_drops = false;
	w->map_counts = true;
	ret = ask(w, NFT_MSG_GETSETELEM, map->family, map->table, map->name, take_elements);
	/* a map that went in between */
	if (ret == -ENOENT)
		return -EINTR;
	if (ret || !w->map_drops)
		return ret;
	rule.counted = w->map_counts;
	rule.packets = w->map_packets;
	return w->cb(&rule, w->ctx);
}

/* A named counter that several rules share says nothing of one. */
static bool take_named_counter(const struct walk *w, uint8_t family, const char *table,
			       const struct nlattr *data, uint64_t *packets)
{
	const char *name = text(find_in(data, NFTA_OBJREF_IMM_NAME));

	if (number32(find_in(data, NFTA_OBJREF_IMM_TYPE), 0) != NFT_OBJECT_COUNTER)
		return false;
	for (size_t i = 0; i < w->counters.n; i++) {
		const struct named *c = &w->counters.list[i];

		if (c->family != family || strcmp(c->table, table) || strcmp(c->name, name))
			continue;
		*packets = c->packets;
		return c->uses == 1;
	}
	return false;
}

/* Expressions after which every packet goes on to the next one. */
static bool always_goes_on(const char *name)
{
	static const char *const names[] = {"immediate", "log", "notrack", "target", "reject"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static bool drops(const char *name, const struct nlattr *data)
{
	const struct nlattr *target = find_in(data, NFTA_TARGET_NAME);

	if (!strcmp(name, "immediate"))
		return is_drop(find_in(data, NFTA_IMMEDIATE_DATA));
	if (!strcmp(name, "target"))
		return is_text(target, "DROP") || is_text(target, "REJECT");
	return !strcmp(name, "reject");
}

/* The comment of nft, or of iptables' match of that name (struct xt_comment_info). */
static const char *rule_comment(const struct nlmsghdr *nlh, const char *found)
{
	const struct nlattr *attr = find(nlh, NFTA_RULE_USERDATA);
	const uint8_t *at = attr ? mnl_attr_get_payload(attr) : NULL;
	size_t left = attr ? mnl_attr_get_payload_len(attr) : 0;

	while (left > 2 && left - 2 >= at[1]) {
		if (at[0] == UDATA_COMMENT && at[1] && !at[1 + at[1]])
			return (const char *)at + 2;
		left -= 2 + (size_t)at[1];
		at += 2 + at[1];
	}
	return found;
}

static int take_rule(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *list = find(nlh, NFTA_RULE_EXPRESSIONS), *expr;
	struct walk *w = ctx;
	struct drop_rule rule = {
		.kind = "rule",
		.family = family_name(message_family(nlh)),
		.table = text(find(nlh, NFTA_RULE_TABLE)),
		.chain = text(find(nlh, NFTA_RULE_CHAIN)),
		.handle = number64(find(nlh, NFTA_RULE_HANDLE)),
	};
	bool dropping = false;

	if (!list)
		return MNL_CB_OK;
	mnl_attr_for_each_nested(expr, list)
	{
		const char *name = text(find_in(expr, NFTA_EXPR_NAME));
		const struct nlattr *data = find_in(expr, NFTA_EXPR_DATA);

		if (!strcmp(name, "match") && is_text(find_in(data, NFTA_MATCH_NAME), "comment"))
			rule.comment = text(find_in(data, NFTA_MATCH_INFO));
		if (take_counter(expr, &rule.packets))
			rule.counted = true;
		else if (!strcmp(name, "objref"))
			rule.counted = take_named_counter(w, message_family(nlh), rule.table, data,
							  &rule.packets);
		else if (!always_goes_on(name))
			rule.counted = false;
		if (drops(name, data)) {
			dropping = true;
			break;
		}
	}
	if (!dropping)
		return MNL_CB_OK;
	rule.comment = rule_comment(nlh, rule.comment);
	return stop(w, w->cb(&rule, w->ctx));
}

int nft_rules_each(drop_rule_cb cb, void *ctx)
{
	struct walk w = {.cb = cb, .ctx = ctx};
	int ret = ask(&w, NFT_MSG_GETTABLE, NFPROTO_UNSPEC, NULL, NULL, take_table);

	/* no nf_tables, no netlink of netfilter's */
	if (ret == -EINVAL || ret == -EPROTONOSUPPORT)
		return -EOPNOTSUPP;
	if (ret || !w.tables)
		return ret;
	ret = ask(&w, NFT_MSG_GETCHAIN, NFPROTO_UNSPEC, NULL, NULL, take_chain);
	if (!ret)
		ret = ask(&w, NFT_MSG_GETOBJ, NFPROTO_UNSPEC, NULL, NULL, take_object);
	if (!ret)
		ret = ask(&w, NFT_MSG_GETSET, NFPROTO_UNSPEC, NULL, NULL, take_set);
	for (size_t i = 0; !ret && i < w.maps.n; i++)
		ret = walk_map(&w, &w.maps.list[i]);
	if (!ret)
		ret = ask(&w, NFT_MSG_GETRULE, NFPROTO_UNSPEC, NULL, NULL, take_rule);
	free(w.counters.list);
	free(w.maps.list);
	return ret;
}
