/* What serves a device's queues: interrupts, RPS, NAPI, and what each queue took; see facts.c. */
#include "fact_read.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "counter.h"
#include "cpu_work.h"
#include "cpus.h"
#include "ethtool.h"
#include "irq.h"
#include "json.h"
#include "netlink.h"

#define QUEUES_MAX 1024 /* of a direction, that are looked at */

/* How many folders DIRECTION-N the device's queues have in sysfs. */
static unsigned int queues_of(const struct subject *subject, int sysfs, const char *direction)
{
	struct dirent *entry;
	unsigned int n = 0;
	char path[64];
	DIR *folder;
	int fd;

	snprintf(path, sizeof(path), "class/net/%s/queues", subject->ifname);
	fd = sysfs < 0 ? -1 : openat(sysfs, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	folder = fd < 0 ? NULL : fdopendir(fd);
	if (fd >= 0 && !folder)
		close(fd);
	while (folder && (entry = readdir(folder)))
		n += !strncmp(entry->d_name, direction, 2) && entry->d_name[2] == '-';
	if (folder)
		closedir(folder);
	return n < QUEUES_MAX ? n : QUEUES_MAX;
}

FACT_READER(fact_irqs_read)
{
	struct irq_queue *list = NULL;
	cpu_set_t used, set;
	char text[FACT_TEXT];
	json_t *queues, *obj;
	size_t i, n = 0;

	if (!subject->bus[0] ||
	    irq_queues(subject->ifindex, subject->bus, queues_of(subject, sysfs, "rx"),
		       queues_of(subject, sysfs, "tx"), &list, &n) ||
	    !n) {
		free(list);
		return NULL;
	}
	CPU_ZERO(&used);
	queues = json_array();
	for (i = 0; i < n; i++) {
		json_t *one = json_pack("{s:I, s:I, s:s}", "irq", (json_int_t)list[i].irq, "queue",
					(json_int_t)list[i].queue, "serves",
					list[i].serves == IRQ_RX   ? "rx"
					: list[i].serves == IRQ_TX ? "tx"
								   : "both");

		/* those that the kernel chose of the set that it may use; older kernels: the set */
		if (fact_file(text, AT_FDCWD, "/proc/irq/%u/effective_affinity_list",
			      list[i].irq) ||
		    fact_file(text, AT_FDCWD, "/proc/irq/%u/smp_affinity_list", list[i].irq)) {
			json_put_str(one, "cpus", text);
			if (!cpus_parse(text, ',', &set) && list[i].serves != IRQ_TX)
				CPU_OR(&used, &used, &set);
		}
		if (fact_file(text, AT_FDCWD, "/proc/irq/%u/smp_affinity_list", list[i].irq))
			json_put_str(one, "may", text);
		json_array_append_new(queues, one);
	}
	obj = json_pack("{s:o, s:I, s:I, s:I}", "queues", queues, "count", (json_int_t)n,
			"cpus_used", (json_int_t)CPU_COUNT(&used), "cpus_online",
			(json_int_t)sysconf(_SC_NPROCESSORS_ONLN));
	free(list);
	return obj;
}

FACT_READER(fact_interrupts_read)
{
	return cpu_work_json(subject->bus);
}

static bool mask_is_empty(const char *mask)
{
	return !mask[strspn(mask, "0,")];
}

FACT_READER(fact_rps_read)
{
	unsigned int i, on = 0, rx = queues_of(subject, sysfs, "rx");
	json_t *queues = json_array(), *flows = json_array();
	char text[FACT_TEXT];

	for (i = 0; i < rx; i++) {
		if (!fact_file(text, sysfs, "class/net/%s/queues/rx-%u/rps_cpus", subject->ifname,
			       i))
			break;
		on += !mask_is_empty(text);
		json_array_append_new(queues, json_text(text));
		if (fact_file(text, sysfs, "class/net/%s/queues/rx-%u/rps_flow_cnt",
			      subject->ifname, i))
			json_array_append_new(flows, json_integer(strtoll(text, NULL, 10)));
	}
	if (json_array_size(queues))
		return json_pack("{s:o, s:I, s:o}", "queues", queues, "on", (json_int_t)on, "flows",
				 flows);
	json_decref(queues);
	json_decref(flows);
	return NULL;
}

FACT_READER(fact_napi_read)
{
	static const char *const files[] = {"threaded", "gro_flush_timeout",
					    "napi_defer_hard_irqs"};
	json_t *obj = json_object();
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		fact_file_number(obj, files[i], sysfs, "class/net/%s/%s", subject->ifname,
				 files[i]);
	return fact_unless_empty(obj);
}

/* ---- packets by queue ---- */

struct counts {
	uint64_t rx[QUEUES_MAX], tx[QUEUES_MAX];
	size_t n_rx, n_tx;
};

static void count_put(struct counts *counts, bool tx, uint64_t queue, uint64_t packets)
{
	size_t *n = tx ? &counts->n_tx : &counts->n_rx;

	if (queue >= QUEUES_MAX)
		return;
	(tx ? counts->tx : counts->rx)[queue] += packets;
	if (queue >= *n)
		*n = queue + 1;
}

/* include/uapi/linux/netdev.h; the headers of Debian 12 are older. */
#define FAMILY "netdev"
#define CMD_QSTATS_GET 12
#define SCOPE_QUEUE 1
#define QUEUE_TX 1
enum {
	A_IFINDEX = 1,
	A_QUEUE_TYPE = 2,
	A_QUEUE_ID = 3,
	A_SCOPE = 4,
	A_RX_PACKETS = 8,
	A_TX_PACKETS = 10
};

/* The kernel writes an integer of 64 bits in 32 where it fits (nla_put_uint). */
static uint64_t attr_uint(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) == sizeof(uint64_t) ? mnl_attr_get_u64(attr)
								  : mnl_attr_get_u32(attr);
}

static int qstats_take(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *attr;
	uint64_t queue = 0, packets = 0;
	bool tx = false, has = false;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		switch (mnl_attr_get_type(attr)) {
		case A_QUEUE_TYPE:
			tx = attr_uint(attr) == QUEUE_TX;
			break;
		case A_QUEUE_ID:
			queue = attr_uint(attr);
			break;
		case A_RX_PACKETS:
		case A_TX_PACKETS:
			packets = attr_uint(attr);
			has = true;
			break;
		}
	}
	if (has)
		count_put(ctx, tx, queue, packets);
	return MNL_CB_OK;
}

static void qstats_read(int ifindex, struct counts *counts)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh;
	uint16_t family;

	if (netlink_genl_family(FAMILY, &family))
		return;
	nlh = netlink_genl_request(buf, family, CMD_QSTATS_GET, NLM_F_DUMP);
	mnl_attr_put_u32(nlh, A_IFINDEX, (uint32_t)ifindex);
	mnl_attr_put_u32(nlh, A_SCOPE, SCOPE_QUEUE);
	netlink_query(NETLINK_GENERIC, nlh, qstats_take, counts);
}

/*
 * What drivers call a queue's packets: ixgbe, igb "rx_queue_0_packets"; i40e "rx-0.packets"; ice
 * the same; mlx5, bnxt in part "rx0_packets"; virtio_net "rx_queue_0_packets" or "rx0_packets";
 * ena "queue_0_rx_cnt"; gve "rx_packets[0]"; veth "rx_queue_0_xdp_packets".
 */
static const struct {
	const char *pattern;
	bool tx;
} names[] = {
	{"rx_queue_%u_packets", false},
	{"tx_queue_%u_packets", true},
	{"rx-%u.packets", false},
	{"tx-%u.packets", true},
	{"rx%u_packets", false},
	{"tx%u_packets", true},
	{"queue_%u_rx_cnt", false},
	{"queue_%u_tx_cnt", true},
	{"rx_packets[%u]", false},
	{"tx_packets[%u]", true},
	{"rx-%u.rx_packets", false},
	{"tx-%u.tx_packets", true},
	{"[%u]: rx_ucast_packets", false},
	{"[%u]: tx_ucast_packets", true},
	{"rx_queue_%u_xdp_packets", false},
};

#define STRINGS_MAX 65536

static void strings_take(const struct ethtool_gstrings *strings, const struct ethtool_stats *stats,
			 struct counts *counts)
{
	uint32_t i;
	size_t k;

	for (i = 0; i < strings->len; i++) {
		const char *name = (const char *)strings->data + (size_t)i * ETH_GSTRING_LEN;
		size_t len = strnlen(name, ETH_GSTRING_LEN), digit = 0;

		for (k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			if (counter_name_matches(names[k].pattern, name, len))
				break;
		if (k == sizeof(names) / sizeof(names[0]))
			continue;
		while (digit < len && (name[digit] < '0' || name[digit] > '9'))
			digit++;
		count_put(counts, names[k].tx, strtoull(name + digit, NULL, 10), stats->data[i]);
	}
}

static void strings_read(const char *ifname, struct counts *counts)
{
	struct ethtool_gstrings *strings = NULL;
	struct ethtool_stats *stats = NULL;
	int fd = ethtool_open();

	if (fd >= 0)
		strings = ethtool_strings(fd, ifname, ETH_SS_STATS);
	if (strings && strings->len < STRINGS_MAX)
		stats = calloc(1, sizeof(*stats) + strings->len * sizeof(stats->data[0]));
	if (stats) {
		stats->cmd = ETHTOOL_GSTATS;
		stats->n_stats = strings->len;
		if (!ethtool_call(fd, ifname, stats) && stats->n_stats == strings->len)
			strings_take(strings, stats, counts);
	}
	free(stats);
	free(strings);
	if (fd >= 0)
		close(fd);
}

static json_t *counts_list(const uint64_t *packets, size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(list, json_integer((json_int_t)packets[i]));
	return list;
}

FACT_READER(fact_queue_counts_read)
{
	struct counts *counts = calloc(1, sizeof(*counts));
	json_t *obj = NULL;

	if (!counts)
		return NULL;
	qstats_read(subject->ifindex, counts);
	if (!counts->n_rx)
		strings_read(subject->ifname, counts);
	if (counts->n_rx || counts->n_tx)
		obj = json_pack("{s:o, s:o}", "rx", counts_list(counts->rx, counts->n_rx), "tx",
				counts_list(counts->tx, counts->n_tx));
	free(counts);
	return obj;
}
