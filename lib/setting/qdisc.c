/*
 * qdisc.*: the queueing discipline at the root of a device, by its kind, without parameters;
 * routing netlink, net/sched/sch_api.c. What the kernel made by itself has no handle and comes back
 * when ours is deleted (qdisc_graft, dev_activate); ours is known by its handle. One that its user
 * made could not be put back with all that hangs on it, and is left alone.
 */
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "rtnl.h"
#include "setting_nic.h"

/* By turns: a handle that is there keeps its kind (tc_modify_qdisc). */
#define OURS 0x724c0000U
#define OURS2 0x724d0000U
#define KIND_MAX 32

#define BY_KERNEL "default:" /* "default:mq" */
#define BY_USER "user:"      /* "user:fq_codel" */

struct root {
	int ifindex;
	char kind[KIND_MAX]; /* "": none, the device is down */
	uint32_t handle;
	bool user; /* something on the device was made by its user */
};

static int qdisc_take(const struct nlmsghdr *nlh, void *arg)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	struct root *root = arg;
	const struct nlattr *attr;
	uint32_t major;

	/* what looks at arriving packets (ingress, clsact) is no part of it */
	if (tcm->tcm_ifindex != root->ifindex || tcm->tcm_parent == TC_H_INGRESS)
		return MNL_CB_OK;
	major = TC_H_MAJ(tcm->tcm_handle);
	root->user |= tcm->tcm_handle && major != OURS && major != OURS2;
	if (tcm->tcm_parent != TC_H_ROOT)
		return MNL_CB_OK;
	root->handle = tcm->tcm_handle;
	mnl_attr_for_each(attr, nlh, sizeof(*tcm))
	{
		if (mnl_attr_get_type(attr) == TCA_KIND)
			snprintf(root->kind, sizeof(root->kind), "%s", mnl_attr_get_str(attr));
	}
	return MNL_CB_OK;
}

/* One request; KIND may be NULL. 0 or a negative errno. */
static int talk(struct root *root, uint16_t type, uint16_t flags, uint32_t handle, const char *kind)
{
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	struct tcmsg *tcm;
	struct rtnl rtnl;
	void *extra;
	int ret = rtnl_open(&rtnl, 0);

	if (ret)
		return ret;
	nlh = rtnl_request(buf, type, flags, sizeof(*tcm), &extra);
	tcm = extra;
	tcm->tcm_family = AF_UNSPEC;
	tcm->tcm_ifindex = root->ifindex;
	tcm->tcm_handle = handle;
	if (type != RTM_GETQDISC)
		tcm->tcm_parent = TC_H_ROOT;
	if (kind)
		mnl_attr_put_strz(nlh, TCA_KIND, kind);
	ret = rtnl_talk(&rtnl, nlh, type == RTM_GETQDISC ? qdisc_take : NULL, root);
	rtnl_close(&rtnl);
	return ret;
}

static int root_get(const struct setting_site *site, struct root *root, struct error *err)
{
	int ret;

	*root = (struct root){.ifindex = (int)if_nametoindex(site->ifname)};
	ret = root->ifindex ? talk(root, RTM_GETQDISC, NLM_F_DUMP, 0, NULL) : -ENODEV;
	return ret ? setting_refused(ret, "a queueing discipline", err) : 0;
}

static SETTING_READ(root_read)
{
	struct root root;
	int ret = root_get(site, &root, err);

	if (ret)
		return ret;
	/* the kernel lists none where a device has noqueue by itself (tc_dump_qdisc_root) */
	if (!*root.kind)
		snprintf(root.kind, sizeof(root.kind), "noqueue");
	snprintf(value, SETTING_TEXT_MAX, "%s%s",
		 root.user      ? BY_USER
		 : !root.handle ? BY_KERNEL
				: "",
		 root.kind);
	return 0;
}

static SETTING_RESOLVE(root_resolve)
{
	struct root root;
	int ret = root_get(site, &root, err);

	if (ret)
		return ret;
	if (root.user && strncmp(asked, BY_USER, strlen(BY_USER)))
		return error_set(
			err, EX_CONFIG, -EBUSY,
			"%s has a queueing discipline of its user's (tc qdisc show dev %s), "
			"which could not be put back as it is: delete it (tc qdisc del dev "
			"%s root), or set it to keep",
			site->ifname, site->ifname, site->ifname);
	if (!strcmp(asked, "default") && !root.handle)
		return root_read(row, site, value, err);
	snprintf(value, SETTING_TEXT_MAX, "%s", asked);
	return 0;
}

static SETTING_WRITE(root_write)
{
	struct root root;
	int ret = root_get(site, &root, err);

	if (ret)
		return ret;
	if (!strncmp(value, "default", strlen("default")))
		ret = root.handle ? talk(&root, RTM_DELQDISC, 0, root.handle, NULL) : 0;
	else
		ret = talk(&root, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE,
			   root.handle == OURS ? OURS2 : OURS, value);
	if (ret == -ENOENT)
		return error_set(
			err, EX_UNAVAILABLE, ret,
			"the kernel has no queueing discipline %s (modprobe sch_%s): set it "
			"to keep",
			value, value);
	return ret ? setting_refused(ret, value, err) : 0;
}

/* Those that work without a parameter. */
static const char *const kinds[] = {SETTING_KEEP, "default", "noqueue",  "pfifo_fast", "pfifo",
				    "bfifo",      "fq",      "fq_codel", "codel",      "pie",
				    "sfq",        "cake",    "mq",       NULL};

static const struct setting rows[] = {
	{
		.knob = {.name = "root",
			 .type = KNOB_CHOICE,
			 .choices = kinds,
			 .def = SETTING_KEEP,
			 .unit = "",
			 .help = "queueing discipline of what is sent; default: the kernel's own "
				 "(one that its user made is not replaced)",
			 .sweepable = true,
			 .change = KNOB_RETUNE},
		.read = root_read,
		.resolve = root_resolve,
		.write = root_write,
	},
};

const struct setting_group setting_qdisc_group = SETTING_GROUP("qdisc", rows);
