/*
 * Drops of a device's qdiscs: RTM_GETQDISC, TCA_STATS2, gnet_stats_queue. Leaves
 * only, because mq and other parents add up what their children dropped
 * (net/sched/sch_mq.c). noqueue holds no packet and counts none, so a device
 * with nothing else is UNSUPPORTED. Ingress hooks are no queue of the sender.
 */
#include "source.h"

#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

struct qdisc {
	uint32_t handle, parent;
	bool counts; /* has statistics, is not noqueue */
	struct gnet_stats_queue stats;
};

struct answer {
	int ifindex;
	struct qdisc *list;
	size_t n, room;
};

static const struct {
	const char *name;
	size_t offset;
} members[] = {
	{"drops", offsetof(struct gnet_stats_queue, drops)},
	{"requeues", offsetof(struct gnet_stats_queue, requeues)},
	{"overlimits", offsetof(struct gnet_stats_queue, overlimits)},
};

/* A newer or older kernel's struct may be longer or shorter: take what both know. */
static bool take_queue_stats(const struct nlattr *stats2, struct gnet_stats_queue *stats)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, stats2)
	{
		size_t len = mnl_attr_get_payload_len(attr);

		if (mnl_attr_get_type(attr) != TCA_STATS_QUEUE)
			continue;
		memset(stats, 0, sizeof(*stats));
		memcpy(stats, mnl_attr_get_payload(attr),
		       len < sizeof(*stats) ? len : sizeof(*stats));
		return true;
	}
	return false;
}

/* A new one at the end of the list; NULL: no memory. */
static struct qdisc *add_qdisc(struct answer *answer)
{
	struct qdisc *q;

	if (answer->n == answer->room) {
		size_t room = answer->room ? 2 * answer->room : 16;

		q = realloc(answer->list, room * sizeof(*q));
		if (!q)
			return NULL;
		answer->list = q;
		answer->room = room;
	}
	q = &answer->list[answer->n++];
	*q = (struct qdisc){0};
	return q;
}

static int take_qdisc(const struct nlmsghdr *nlh, void *ctx)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	struct answer *answer = ctx;
	const struct nlattr *attr;
	struct qdisc *q;
	bool noqueue = false;

	/* The dump holds all devices: net/sched/sch_api.c, tc_dump_qdisc. */
	if (tcm->tcm_ifindex != answer->ifindex || tcm->tcm_parent == TC_H_INGRESS)
		return MNL_CB_OK;
	q = add_qdisc(answer);
	if (!q)
		return MNL_CB_ERROR;
	q->handle = tcm->tcm_handle;
	q->parent = tcm->tcm_parent;
	mnl_attr_for_each(attr, nlh, sizeof(*tcm))
	{
		switch (mnl_attr_get_type(attr)) {
		case TCA_KIND:
			noqueue = !strcmp(mnl_attr_get_str(attr), "noqueue");
			break;
		case TCA_STATS2:
			q->counts = take_queue_stats(attr, &q->stats);
			break;
		}
	}
	q->counts = q->counts && !noqueue;
	return MNL_CB_OK;
}

/*
 * Children name their parent's handle in the major half of tcm_parent. Those that the kernel made
 * by itself, mq with its children, have handle 0 all of them, and only the root of them has
 * children.
 */
static bool is_leaf(const struct answer *answer, const struct qdisc *q)
{
	if (!q->handle && q->parent != TC_H_ROOT)
		return true;
	for (size_t i = 0; i < answer->n; i++) {
		const struct qdisc *other = &answer->list[i];

		if (other != q && other->parent != TC_H_ROOT &&
		    TC_H_MAJ(other->parent) == q->handle)
			return false;
	}
	return true;
}

static void take_leaf(const struct qdisc *q, struct sample *samples, size_t n)
{
	uint32_t value;

	for (size_t i = 0; i < n; i++) {
		if (!sample_is_from(&samples[i], SOURCE_QDISC))
			continue;
		for (size_t m = 0; m < sizeof(members) / sizeof(members[0]); m++) {
			if (strcmp(members[m].name, samples[i].def->locator))
				continue;
			memcpy(&value, (const char *)&q->stats + members[m].offset, sizeof(value));
			sample_add(&samples[i], value);
		}
	}
}

static void take_leaves(const struct answer *answer, struct sample *samples, size_t n)
{
	for (size_t i = 0; i < answer->n; i++)
		if (answer->list[i].counts && is_leaf(answer, &answer->list[i]))
			take_leaf(&answer->list[i], samples, n);
}

int source_qdisc_read(const struct source_target *target, struct sample *samples, size_t n)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct answer answer = {.ifindex = target->ifindex};
	struct tcmsg *tcm;
	int ret;

	nlh->nlmsg_type = RTM_GETQDISC;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = 1;
	tcm = mnl_nlmsg_put_extra_header(nlh, sizeof(*tcm));
	tcm->tcm_family = AF_UNSPEC;
	tcm->tcm_ifindex = target->ifindex;
	ret = netlink_query(NETLINK_ROUTE, nlh, take_qdisc, &answer);
	if (!ret)
		take_leaves(&answer, samples, n);
	free(answer.list);
	return ret;
}

/* "8001:", "8001:2", ":1" of tc: hexadecimal, no more than 16 bits each. */
static bool parse_handle(const char *text, uint32_t *handle)
{
	const char *colon = text ? strchr(text, ':') : NULL;
	unsigned long major, minor;
	char *end;

	if (!colon)
		return false;
	major = strtoul(text, &end, 16);
	if (end != colon)
		return false;
	minor = strtoul(colon + 1, &end, 16);
	*handle = (uint32_t)(major << 16 | minor);
	return !*end && major <= UINT16_MAX && minor <= UINT16_MAX;
}

static int take_recorded(const json_t *qdisc, const char *ifname, struct answer *answer)
{
	const char *dev = json_string_value(json_object_get(qdisc, "dev"));
	const char *kind = json_string_value(json_object_get(qdisc, "kind"));
	bool root = json_is_true(json_object_get(qdisc, "root"));
	struct qdisc *q;
	int ret = 0;

	/* tc leaves the device out if it was asked for one */
	if (dev && strcmp(dev, ifname))
		return 0;
	q = add_qdisc(answer);
	if (!q)
		return -ENOMEM;
	q->parent = TC_H_ROOT;
	if (!kind ||
	    !parse_handle(json_string_value(json_object_get(qdisc, "handle")), &q->handle) ||
	    (!root &&
	     !parse_handle(json_string_value(json_object_get(qdisc, "parent")), &q->parent)))
		return -EBADMSG;
	q->counts = strcmp(kind, "noqueue") && q->parent != TC_H_INGRESS;
	for (size_t m = 0; m < sizeof(members) / sizeof(members[0]); m++) {
		uint64_t value;
		uint32_t cut;

		if (!recorded_count(qdisc, members[m].name, &value, &ret)) {
			q->counts = false;
			continue;
		}
		cut = (uint32_t)value;
		memcpy((char *)&q->stats + members[m].offset, &cut, sizeof(cut));
	}
	return ret;
}

int source_qdisc_replay(const struct source_target *target, struct sample *samples, size_t n)
{
	struct answer answer = {0};
	json_t *qdiscs, *qdisc;
	size_t i;
	int ret = recorded_array(target, "qdisc.json", &qdiscs);

	if (ret)
		return ret;
	json_array_foreach (qdiscs, i, qdisc)
		if (!ret)
			ret = take_recorded(qdisc, target->ifname, &answer);
	if (!ret)
		take_leaves(&answer, samples, n);
	free(answer.list);
	json_decref(qdiscs);
	return ret;
}
