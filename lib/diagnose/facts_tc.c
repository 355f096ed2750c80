/* Qdiscs and traffic-control filters of a device, by rtnetlink and bpf; see facts.c. */
#include "fact_read.h"

#include <linux/gen_stats.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "bpf_query.h"
#include "json.h"
#include "netlink.h"

#define QDISCS_MAX 256 /* of a device; one a queue below mq */
#define FILTERS_MAX 64
#define PROGRAMS_MAX 64 /* at a hook */

struct look {
	int ifindex;
	json_t *list;
	bool ingress, egress; /* it has an ingress or clsact qdisc, at which filters hang */
	const char *hook;
};

/* tc's way of writing: "8001:", "8001:2", "root". */
static void handle_put(json_t *obj, const char *key, uint32_t handle)
{
	char text[16];

	if (handle == TC_H_ROOT)
		snprintf(text, sizeof(text), "root");
	else if (handle == TC_H_INGRESS)
		snprintf(text, sizeof(text), "ingress");
	else if (TC_H_MIN(handle))
		snprintf(text, sizeof(text), "%x:%x", TC_H_MAJ(handle) >> 16, TC_H_MIN(handle));
	else
		snprintf(text, sizeof(text), "%x:", TC_H_MAJ(handle) >> 16);
	json_put_str(obj, key, text);
}

static void stats_take(json_t *one, const struct nlattr *stats2)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, stats2)
	{
		struct gnet_stats_queue queue = {0};
		size_t len = mnl_attr_get_payload_len(attr);

		if (mnl_attr_get_type(attr) != TCA_STATS_QUEUE)
			continue;
		memcpy(&queue, mnl_attr_get_payload(attr),
		       len < sizeof(queue) ? len : sizeof(queue));
		json_put_u64(one, "qlen", queue.qlen);
		json_put_u64(one, "backlog", queue.backlog);
		json_put_u64(one, "drops", queue.drops);
		json_put_u64(one, "overlimits", queue.overlimits);
		json_put_u64(one, "requeues", queue.requeues);
	}
}

/* The attributes of a kind's options that say how much it holds (linux/pkt_sched.h). */
static void nested_limit_take(json_t *one, const char *kind, const struct nlattr *options)
{
	static const struct {
		const char *kind, *key;
		uint16_t type;
	} known[] = {
		{"fq_codel", "limit", TCA_FQ_CODEL_LIMIT},
		{"fq_codel", "memory_limit", TCA_FQ_CODEL_MEMORY_LIMIT},
		{"fq_codel", "flows", TCA_FQ_CODEL_FLOWS},
		{"codel", "limit", TCA_CODEL_LIMIT},
		{"fq", "limit", TCA_FQ_PLIMIT},
		{"fq", "flow_limit", TCA_FQ_FLOW_PLIMIT},
		{"fq_pie", "limit", TCA_FQ_PIE_LIMIT},
		{"pie", "limit", TCA_PIE_LIMIT},
		{"cake", "memory_limit", TCA_CAKE_MEMORY},
	};
	const struct nlattr *attr;
	size_t i;

	mnl_attr_for_each_nested(attr, options)
	{
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (!strcmp(known[i].kind, kind) &&
			    known[i].type == mnl_attr_get_type(attr) &&
			    mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
				json_put_u64(one, known[i].key, mnl_attr_get_u32(attr));
	}
}

/* Others' options begin with a structure. */
static void options_take(json_t *one, const char *kind, const struct nlattr *options)
{
	const void *at = mnl_attr_get_payload(options);
	size_t len = mnl_attr_get_payload_len(options);
	const struct nlattr *attr;

	if ((!strcmp(kind, "pfifo") || !strcmp(kind, "bfifo") ||
	     !strcmp(kind, "pfifo_head_drop")) &&
	    len >= sizeof(struct tc_fifo_qopt)) {
		json_put_u64(one, "limit", ((const struct tc_fifo_qopt *)at)->limit);
	} else if (!strcmp(kind, "netem") && len >= sizeof(struct tc_netem_qopt)) {
		json_put_u64(one, "limit", ((const struct tc_netem_qopt *)at)->limit);
	} else if (!strcmp(kind, "sfq") && len >= sizeof(struct tc_sfq_qopt)) {
		json_put_u64(one, "limit", ((const struct tc_sfq_qopt *)at)->limit);
	} else if (!strcmp(kind, "tbf")) {
		mnl_attr_for_each_nested(attr, options)
		{
			const struct tc_tbf_qopt *tbf = mnl_attr_get_payload(attr);

			if (mnl_attr_get_type(attr) != TCA_TBF_PARMS ||
			    mnl_attr_get_payload_len(attr) < sizeof(*tbf))
				continue;
			json_put_u64(one, "limit", tbf->limit);
			json_put_u64(one, "rate_bytes", tbf->rate.rate);
			/* time to send it, in ticks of 64 ns (include/net/pkt_sched.h) */
			json_put_u64(one, "burst",
				     (uint64_t)tbf->rate.rate * tbf->buffer * 64 / 1000000000);
		}
	} else {
		nested_limit_take(one, kind, options);
	}
}

static int qdisc_take(const struct nlmsghdr *nlh, void *ctx)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *options = NULL;
	const char *kind = "";
	struct look *look = ctx;
	json_t *one;

	if (tcm->tcm_ifindex != look->ifindex)
		return MNL_CB_OK;
	if (json_array_size(look->list) == QDISCS_MAX)
		return MNL_CB_STOP;
	one = json_object();
	mnl_attr_for_each(attr, nlh, sizeof(*tcm))
	{
		switch (mnl_attr_get_type(attr)) {
		case TCA_KIND:
			kind = mnl_attr_get_str(attr);
			json_put_str(one, "kind", kind);
			break;
		case TCA_OPTIONS:
			options = attr;
			break;
		case TCA_STATS2:
			stats_take(one, attr);
			break;
		}
	}
	handle_put(one, "handle", tcm->tcm_handle);
	handle_put(one, "parent", tcm->tcm_parent);
	if (options)
		options_take(one, kind, options);
	if (tcm->tcm_parent == TC_H_INGRESS) {
		look->ingress = true;
		look->egress |= !strcmp(kind, "clsact");
	}
	json_array_append_new(look->list, one);
	return MNL_CB_OK;
}

static int dump(uint16_t type, uint32_t parent, mnl_cb_t cb, struct look *look)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct tcmsg *tcm;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	tcm = mnl_nlmsg_put_extra_header(nlh, sizeof(*tcm));
	tcm->tcm_ifindex = look->ifindex;
	tcm->tcm_parent = parent;
	return netlink_query(NETLINK_ROUTE, nlh, cb, look);
}

FACT_READER(fact_qdiscs_read)
{
	struct look look = {.ifindex = subject->ifindex, .list = json_array()};

	dump(RTM_GETQDISC, 0, qdisc_take, &look);
	return fact_unless_empty(look.list);
}

/* Each filter is one message with a handle, and one without that names its kind and priority. */
static int filter_take(const struct nlmsghdr *nlh, void *ctx)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *inner;
	struct look *look = ctx;
	json_t *one;

	if (nlh->nlmsg_type != RTM_NEWTFILTER || !tcm->tcm_handle)
		return MNL_CB_OK;
	if (json_array_size(look->list) == FILTERS_MAX)
		return MNL_CB_STOP;
	one = json_pack("{s:s, s:I}", "hook", look->hook, "priority",
			(json_int_t)(TC_H_MAJ(tcm->tcm_info) >> 16));
	mnl_attr_for_each(attr, nlh, sizeof(*tcm))
	{
		if (mnl_attr_get_type(attr) == TCA_KIND)
			json_put_str(one, "kind", mnl_attr_get_str(attr));
		if (mnl_attr_get_type(attr) != TCA_OPTIONS ||
		    strcmp(json_str(one, "kind", ""), "bpf"))
			continue;
		mnl_attr_for_each_nested(inner, attr)
		{
			if (mnl_attr_get_type(inner) == TCA_BPF_NAME)
				json_object_set_new(one, "name",
						    json_text(mnl_attr_get_str(inner)));
		}
	}
	/* u32's tables of filters are no filters: net/sched/cls_u32.c, u32_walk */
	if (!strcmp(json_str(one, "kind", ""), "u32") && !TC_U32_KEY(tcm->tcm_handle))
		json_decref(one);
	else
		json_array_append_new(look->list, one);
	return MNL_CB_OK;
}

static void programs_add(int ifindex, bool egress, json_t *list)
{
	uint32_t ids[PROGRAMS_MAX];
	int i, n = bpf_tcx_list(ifindex, egress, ids, PROGRAMS_MAX);

	for (i = 0; i < n && i < PROGRAMS_MAX; i++) {
		char name[16];

		bpf_program_name(ids[i], name);
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:I, s:o}", "hook",
						egress ? "egress" : "ingress", "kind", "tcx", "id",
						(json_int_t)ids[i], "name", json_text(name)));
	}
}

FACT_READER(fact_filters_read)
{
	struct look look = {.ifindex = subject->ifindex, .list = json_array()};
	json_t *qdiscs = look.list;

	dump(RTM_GETQDISC, 0, qdisc_take, &look);
	look.list = json_array();
	json_decref(qdiscs);
	look.hook = "ingress";
	if (look.ingress)
		dump(RTM_GETTFILTER, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), filter_take, &look);
	look.hook = "egress";
	if (look.egress)
		dump(RTM_GETTFILTER, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), filter_take, &look);
	programs_add(subject->ifindex, false, look.list);
	programs_add(subject->ifindex, true, look.list);
	return look.list;
}
