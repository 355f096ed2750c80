/*
 * What the older tables of iptables drop: linux/netfilter_ipv4/ip_tables.h, IPT_SO_GET_ENTRIES,
 * and the like of IPv6. Every entry counts, policies too. Only tables that the namespace has are
 * asked for (/proc/net/ip_tables_names), since asking for another one makes it, with its hooks.
 */
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drop_rules.h"
#include "file.h"
#include "source.h"

static const struct family {
	const char *name, *tables;
	int domain, level, get_info, get_entries;
	size_t size; /* of an entry without matches and target */
	size_t target_offset, next_offset, counters;
} families[] = {
	{"ip", "/proc/thread-self/net/ip_tables_names", AF_INET, IPPROTO_IP, IPT_SO_GET_INFO,
	 IPT_SO_GET_ENTRIES, sizeof(struct ipt_entry), offsetof(struct ipt_entry, target_offset),
	 offsetof(struct ipt_entry, next_offset), offsetof(struct ipt_entry, counters)},
	{"ip6", "/proc/thread-self/net/ip6_tables_names", AF_INET6, IPPROTO_IPV6, IP6T_SO_GET_INFO,
	 IP6T_SO_GET_ENTRIES, sizeof(struct ip6t_entry), offsetof(struct ip6t_entry, target_offset),
	 offsetof(struct ip6t_entry, next_offset), offsetof(struct ip6t_entry, counters)},
};

/* The two structures are the same for both families. */
_Static_assert(sizeof(struct ipt_getinfo) == sizeof(struct ip6t_getinfo), "iptables' structures");
_Static_assert(offsetof(struct ipt_get_entries, entrytable) ==
		       offsetof(struct ip6t_get_entries, entrytable),
	       "iptables' structures");

static const char *const hook_chains[NF_INET_NUMHOOKS] = {"PREROUTING", "INPUT", "FORWARD",
							  "OUTPUT", "POSTROUTING"};

/* The comment match's text, if the entry has one that ends. */
static const char *entry_comment(const struct family *f, const char *entry, uint16_t target_offset)
{
	size_t at = f->size;

	while (at + sizeof(struct xt_entry_match) <= target_offset) {
		const struct xt_entry_match *m = (const void *)(entry + at);
		size_t size = m->u.match_size;

		if (size < sizeof(*m) || at + size > target_offset)
			return NULL;
		if (!strncmp(m->u.user.name, "comment", sizeof(m->u.user.name)) &&
		    memchr(m->data, '\0', size - sizeof(*m)))
			return (const char *)m->data;
		at += size;
	}
	return NULL;
}

static bool is_drop(const struct xt_entry_target *target, size_t size)
{
	int verdict;

	if (!strncmp(target->u.user.name, "REJECT", sizeof(target->u.user.name)) ||
	    !strncmp(target->u.user.name, "DROP", sizeof(target->u.user.name)))
		return true;
	if (target->u.user.name[0] || size < sizeof(*target) + sizeof(verdict))
		return false;
	memcpy(&verdict, target->data, sizeof(verdict));
	return verdict == -NF_DROP - 1;
}

/* The built-in chain that begins or, with its policy, ends at an offset; NULL: none. */
static const char *hook_at(const struct ipt_getinfo *info, const unsigned int *offsets, size_t at)
{
	for (size_t h = 0; h < NF_INET_NUMHOOKS; h++)
		if (info->valid_hooks & 1u << h && offsets[h] == at)
			return hook_chains[h];
	return NULL;
}

static int walk_entries(const struct family *f, const struct ipt_getinfo *info, const char *entries,
			drop_rule_cb cb, void *ctx)
{
	char chain[XT_EXTENSION_MAXNAMELEN + 1] = "";
	uint64_t number = 0;
	size_t next;

	for (size_t at = 0; at + f->size <= info->size; at += next) {
		const char *entry = entries + at, *hook = hook_at(info, info->hook_entry, at);
		const struct xt_entry_target *target;
		struct xt_counters counters;
		struct drop_rule rule = {.kind = "rule",
					 .family = f->name,
					 .table = info->name,
					 .chain = chain,
					 .legacy = true,
					 .counted = true};
		uint16_t to_target, to_next;
		int ret;

		memcpy(&to_target, entry + f->target_offset, sizeof(to_target));
		memcpy(&to_next, entry + f->next_offset, sizeof(to_next));
		next = to_next;
		if (to_target < f->size || to_target + sizeof(*target) > next ||
		    next > info->size - at)
			return -EBADMSG;
		target = (const void *)(entry + to_target);
		if (!strncmp(target->u.user.name, XT_ERROR_TARGET, sizeof(target->u.user.name))) {
			/* the head of a chain of the user's, or the end of all */
			strncpy(chain, (const char *)target->data,
				next - to_target - sizeof(*target) < sizeof(chain) - 1
					? next - to_target - sizeof(*target)
					: sizeof(chain) - 1);
			number = 0;
			continue;
		}
		if (hook) {
			strncpy(chain, hook, sizeof(chain) - 1);
			number = 0;
		}
		number++;
		if (!is_drop(target, next - to_target))
			continue;
		memcpy(&counters, entry + f->counters, sizeof(counters));
		rule.packets = counters.pcnt;
		rule.handle = number;
		rule.comment = entry_comment(f, entry, to_target);
		if (hook_at(info, info->underflow, at)) {
			rule.kind = "policy";
			rule.handle = 0;
		}
		ret = cb(&rule, ctx);
		if (ret)
			return ret;
	}
	return 0;
}

static int walk_table(const struct family *f, int fd, const char *name, size_t len, drop_rule_cb cb,
		      void *ctx)
{
	struct ipt_getinfo info = {0};
	socklen_t size = sizeof(info);
	struct ipt_get_entries *get;
	int ret;

	if (len >= sizeof(info.name))
		return -EBADMSG;
	memcpy(info.name, name, len);
	if (getsockopt(fd, f->level, f->get_info, &info, &size) < 0)
		return -errno;
	get = calloc(1, sizeof(*get) + info.size);
	if (!get)
		return -ENOMEM;
	memcpy(get->name, name, len);
	get->size = info.size;
	size = (socklen_t)(sizeof(*get) + info.size);
	/* EAGAIN: the table is another one by now */
	if (getsockopt(fd, f->level, f->get_entries, get, &size) < 0)
		ret = errno == EAGAIN ? -EINTR : -errno;
	else
		ret = walk_entries(f, &info, (const char *)get->entrytable, cb, ctx);
	free(get);
	return ret;
}

static int walk_family(const struct family *f, const char *tables, drop_rule_cb cb, void *ctx)
{
	size_t len;
	int fd, ret = 0;

	if (!*tables)
		return 0;
	fd = socket(f->domain, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd < 0)
		return -errno;
	for (; !ret && *tables; tables += len + (tables[len] == '\n')) {
		len = strcspn(tables, "\n");
		if (len)
			ret = walk_table(f, fd, tables, len, cb, ctx);
	}
	close(fd);
	return ret;
}

int xt_rules_each(drop_rule_cb cb, void *ctx)
{
	bool found = false;

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		struct error err = {0};
		char *tables = file_read(families[i].tables, NULL, &err);
		int ret;

		if (!tables && err.code == -ENOENT)
			continue;
		if (!tables)
			return err.code ? err.code : -EIO;
		found = true;
		ret = walk_family(&families[i], tables, cb, ctx);
		free(tables);
		if (ret)
			return ret;
	}
	return found ? 0 : -EOPNOTSUPP;
}
