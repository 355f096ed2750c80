/*
 * What RDMA over a device depends upon: the state of its RDMA ports by sysfs, priorities that are
 * paused each for itself (PFC), which packets are of which, and congestion marks; see facts.c.
 */
#include "fact_read.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/dcbnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "netlink.h"

static json_t *rdma_port(int folder, const char *name, const char *port)
{
	static const char *const files[] = {"state", "phys_state", "rate", "link_layer"};
	json_t *one = json_pack("{s:s, s:s}", "device", name, "port", port);
	char text[FACT_TEXT];
	size_t i;

	/* "4: ACTIVE" (Documentation/ABI/stable/sysfs-class-infiniband) */
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (fact_file(text, folder, "%s/ports/%s/%s", name, port, files[i])) {
			const char *said = strstr(text, ": ");

			json_object_set_new(one, files[i], json_text(said ? said + 2 : text));
		}
	return one;
}

static DIR *folder_open(int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !folder)
		close(fd);
	return folder;
}

FACT_READER(fact_rdma_read)
{
	char path[128], ports[384];
	json_t *list = json_array();
	struct dirent *device, *port;
	DIR *devices, *numbers;

	snprintf(path, sizeof(path), "bus/pci/devices/%s/infiniband", subject->bus);
	devices = sysfs < 0 || !subject->bus[0] ? NULL : folder_open(sysfs, path);
	while (devices && (device = readdir(devices))) {
		if (device->d_name[0] == '.')
			continue;
		snprintf(ports, sizeof(ports), "%s/ports", device->d_name);
		numbers = folder_open(dirfd(devices), ports);
		while (numbers && (port = readdir(numbers)))
			if (port->d_name[0] != '.')
				json_array_append_new(
					list,
					rdma_port(dirfd(devices), device->d_name, port->d_name));
		if (numbers)
			closedir(numbers);
	}
	if (devices)
		closedir(devices);
	return fact_unless_empty(list);
}

/* ---- data center bridging ---- */

#define PRIORITIES 8

/* The priorities whose bits are set. */
static json_t *priorities(unsigned int bits)
{
	json_t *list = json_array();
	int i;

	for (i = 0; i < PRIORITIES; i++)
		if (bits & 1u << i)
			json_array_append_new(list, json_integer(i));
	return list;
}

static void pfc_take(json_t *obj, const struct nlattr *attr)
{
	json_t *sent = json_array(), *received = json_array();
	size_t len = mnl_attr_get_payload_len(attr);
	struct ieee_pfc pfc = {0};
	int i;

	memcpy(&pfc, mnl_attr_get_payload(attr), len < sizeof(pfc) ? len : sizeof(pfc));
	json_object_set_new(obj, "pfc", priorities(pfc.pfc_en));
	json_put_u64(obj, "pfc_max", pfc.pfc_cap);
	/* pauses sent and received, where the driver counts them here */
	for (i = 0; i < PRIORITIES; i++) {
		json_array_append_new(sent, json_integer((json_int_t)pfc.requests[i]));
		json_array_append_new(received, json_integer((json_int_t)pfc.indications[i]));
	}
	json_object_set_new(obj, "pfc_requests", sent);
	json_object_set_new(obj, "pfc_indications", received);
}

static void ets_take(json_t *obj, const struct nlattr *attr)
{
	size_t len = mnl_attr_get_payload_len(attr);
	struct ieee_ets ets = {0};

	memcpy(&ets, mnl_attr_get_payload(attr), len < sizeof(ets) ? len : sizeof(ets));
	json_object_set_new(obj, "classes", json_bytes(ets.prio_tc, PRIORITIES));
}

static void apps_take(json_t *obj, const struct nlattr *table)
{
	json_t *dscp = json_object();
	const struct nlattr *attr;
	struct dcb_app app;
	char name[8];

	mnl_attr_for_each_nested(attr, table)
	{
		if (mnl_attr_get_type(attr) != DCB_ATTR_IEEE_APP ||
		    mnl_attr_get_payload_len(attr) < sizeof(app))
			continue;
		memcpy(&app, mnl_attr_get_payload(attr), sizeof(app));
		if (app.selector != IEEE_8021QAZ_APP_SEL_DSCP)
			continue;
		snprintf(name, sizeof(name), "%u", app.protocol);
		json_put_u64(dscp, name, app.priority);
	}
	json_object_set_new(obj, "dscp", dscp);
}

/* net/dcb/dcbnl.c, dcbnl_ieee_fill */
static int dcb_take(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *attr, *inner;

	mnl_attr_for_each(attr, nlh, sizeof(struct dcbmsg))
	{
		if (mnl_attr_get_type(attr) != DCB_ATTR_IEEE)
			continue;
		mnl_attr_for_each_nested(inner, attr)
		{
			switch (mnl_attr_get_type(inner)) {
			case DCB_ATTR_IEEE_PFC:
				pfc_take(ctx, inner);
				break;
			case DCB_ATTR_IEEE_ETS:
				ets_take(ctx, inner);
				break;
			case DCB_ATTR_IEEE_APP_TABLE:
				apps_take(ctx, inner);
				break;
			}
		}
	}
	return MNL_CB_STOP;
}

/* Files that only NVIDIA's own driver has: "1" for a priority that takes part. */
static void ecn_put(json_t *obj, const char *key, const struct subject *subject, int sysfs,
		    const char *role)
{
	char text[FACT_TEXT];
	unsigned int bits = 0;
	bool found = false;
	int i;

	for (i = 0; i < PRIORITIES; i++) {
		if (!fact_file(text, sysfs, "class/net/%s/ecn/%s/enable/%d", subject->ifname, role,
			       i))
			continue;
		found = true;
		bits |= text[0] == '1' ? 1u << i : 0;
	}
	if (found)
		json_object_set_new(obj, key, priorities(bits));
}

FACT_READER(fact_dcb_read)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	json_t *obj = json_object();
	struct dcbmsg *dcb;

	nlh->nlmsg_type = RTM_GETDCB;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = 1;
	dcb = mnl_nlmsg_put_extra_header(nlh, sizeof(*dcb));
	dcb->cmd = DCB_CMD_IEEE_GET;
	mnl_attr_put_strz(nlh, DCB_ATTR_IFNAME, subject->ifname);
	netlink_query(NETLINK_ROUTE, nlh, dcb_take, obj);
	ecn_put(obj, "ecn_notify", subject, sysfs, "roce_np");
	ecn_put(obj, "ecn_react", subject, sysfs, "roce_rp");
	return fact_unless_empty(obj);
}
