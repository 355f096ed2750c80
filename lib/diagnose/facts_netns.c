/* What is known of a network namespace beside its sockets and links; see facts.c. */
#include "fact_read.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drop_rules.h"
#include "file.h"
#include "json.h"

#define DEVICES_MAX 1024     /* of the reverse path filter */
#define FAILED_MAX 16        /* neighbours that are named */
#define NEIGHBOURS_MAX 20000 /* that a dump hands over */

static const char *const sysctls[] = {
	"net.core.somaxconn",
	"net.ipv4.tcp_max_syn_backlog",
	"net.ipv4.tcp_syncookies",
	"net.ipv4.tcp_synack_retries",
	"net.ipv4.tcp_syn_retries",
	"net.ipv4.tcp_abort_on_overflow",
	"net.ipv4.tcp_timestamps",
	"net.ipv4.tcp_tw_recycle",
	"net.ipv4.tcp_tw_reuse",
	"net.ipv4.tcp_fin_timeout",
	"net.ipv4.tcp_max_tw_buckets",
	"net.ipv4.tcp_rmem",
	"net.ipv4.tcp_wmem",
	"net.ipv4.tcp_backlog_ack_defer",
	"net.ipv4.tcp_window_scaling",
	"net.ipv4.tcp_moderate_rcvbuf",
	"net.ipv4.tcp_adv_win_scale",
	"net.ipv4.tcp_retries2",
	"net.ipv4.tcp_mtu_probing",
	"net.ipv4.tcp_sack",
	"net.ipv4.tcp_congestion_control",
	"net.ipv4.tcp_ecn",
	"net.ipv4.tcp_max_orphans",
	"net.ipv4.tcp_challenge_ack_limit",
	"net.ipv4.tcp_invalid_ratelimit",
	"net.ipv4.udp_rmem_min",
	"net.ipv4.udp_wmem_min",
	"net.ipv4.udp_early_demux",
	"net.ipv4.ip_local_port_range",
	"net.ipv4.ip_local_reserved_ports",
	"net.ipv4.ip_forward",
	"net.ipv4.ip_default_ttl",
	"net.ipv4.ip_no_pmtu_disc",
	"net.ipv4.ipfrag_high_thresh",
	"net.ipv4.ipfrag_low_thresh",
	"net.ipv4.ipfrag_time",
	"net.ipv4.ipfrag_max_dist",
	"net.ipv4.icmp_ratelimit",
	"net.ipv4.icmp_ratemask",
	"net.ipv4.icmp_echo_ignore_all",
	"net.ipv4.icmp_echo_ignore_broadcasts",
	"net.ipv4.icmp_msgs_per_sec",
	"net.ipv4.conf.all.rp_filter",
	"net.ipv4.conf.default.rp_filter",
	"net.ipv4.conf.all.log_martians",
	"net.ipv4.conf.all.accept_local",
	"net.ipv4.conf.all.arp_ignore",
	"net.ipv4.neigh.default.unres_qlen_bytes",
	"net.ipv4.fib_multipath_hash_policy",
	"net.ipv6.conf.all.forwarding",
	"net.ipv6.conf.all.disable_ipv6",
	"net.ipv6.ip6frag_high_thresh",
	"net.ipv6.ip6frag_low_thresh",
	"net.ipv6.ip6frag_time",
	"net.ipv6.icmp.ratelimit",
	"net.ipv6.icmp.echo_ignore_all",
	"net.ipv6.neigh.default.unres_qlen_bytes",
	"net.netfilter.nf_conntrack_max",
	"net.netfilter.nf_conntrack_buckets",
	"net.netfilter.nf_conntrack_tcp_be_liberal",
	"net.netfilter.nf_conntrack_tcp_loose",
	"net.netfilter.nf_conntrack_frag6_high_thresh",
	"net.bridge.bridge-nf-call-iptables",
	"net.bridge.bridge-nf-call-ip6tables",
	"net.bridge.bridge-nf-call-arptables",
	NULL,
};

FACT_READER(fact_netns_sysctl_read)
{
	return fact_sysctls(sysctls);
}

FACT_READER(fact_rules_read)
{
	return drop_rules_json(NULL);
}

/* Documentation/networking/nf_conntrack-sysctl.rst. Without connection tracking they are missing.
 */
FACT_READER(fact_conntrack_read)
{
	static const char *const timeouts[] = {
		"generic",
		"icmp",
		"icmpv6",
		"udp",
		"udp_stream",
		"tcp_syn_sent",
		"tcp_syn_recv",
		"tcp_established",
		"tcp_fin_wait",
		"tcp_close_wait",
		"tcp_last_ack",
		"tcp_time_wait",
		"tcp_close",
		"tcp_max_retrans",
		"tcp_unacknowledged",
	};
	json_t *obj = json_object(), *times = json_object();
	size_t i;

	fact_file_number(obj, "count", AT_FDCWD, "/proc/sys/net/netfilter/nf_conntrack_count");
	fact_file_number(obj, "max", AT_FDCWD, "/proc/sys/net/netfilter/nf_conntrack_max");
	fact_file_number(obj, "buckets", AT_FDCWD, "/proc/sys/net/netfilter/nf_conntrack_buckets");
	for (i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++) {
		const char *name = timeouts[i];
		bool tcp = !strncmp(name, "tcp_", 4), stream = !strcmp(name, "udp_stream");

		fact_file_number(times, name, AT_FDCWD,
				 "/proc/sys/net/netfilter/nf_conntrack_%s_timeout%s",
				 tcp      ? "tcp"
				 : stream ? "udp"
					  : name,
				 tcp      ? name + 3
				 : stream ? "_stream"
					  : "");
	}
	times = fact_unless_empty(times);
	if (times)
		json_object_set_new(obj, "timeouts", times);
	return fact_unless_empty(obj);
}

/* ---- reverse path filter ---- */

struct netconf {
	json_t *devices; /* as they are set */
	int all;
};

/* net/ipv4/devinet.c, inet_netconf_fill_devconf */
static int netconf_take(const struct nlmsghdr *nlh, void *ctx)
{
	struct netconf *netconf = ctx;
	const struct nlattr *attr;
	int ifindex = 0, value = -1;
	char name[IF_NAMESIZE];

	mnl_attr_for_each(attr, nlh, sizeof(struct netconfmsg))
	{
		if (mnl_attr_get_type(attr) == NETCONFA_IFINDEX)
			ifindex = (int)mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == NETCONFA_RP_FILTER)
			value = (int)mnl_attr_get_u32(attr);
	}
	if (value < 0)
		return MNL_CB_OK;
	if (ifindex == NETCONFA_IFINDEX_ALL)
		netconf->all = value;
	else if (ifindex > 0 && json_object_size(netconf->devices) < DEVICES_MAX &&
		 if_indextoname((unsigned int)ifindex, name))
		json_object_set_new(netconf->devices, name, json_integer(value));
	return MNL_CB_OK;
}

/* The larger of the device's and that of all: include/linux/inetdevice.h, IN_DEV_RPFILTER. */
FACT_READER(fact_reverse_path_read)
{
	struct netconf netconf = {.devices = json_object()};
	const char *name;
	json_t *value;

	fact_dump(RTM_GETNETCONF, AF_INET, sizeof(struct netconfmsg), netconf_take, &netconf);
	json_object_foreach (netconf.devices, name, value)
		if (json_integer_value(value) < netconf.all)
			json_integer_set(value, netconf.all);
	return fact_unless_empty(netconf.devices);
}

/* ---- neighbours ---- */

struct neighbours {
	json_t *obj, *failed, *devices;
	uint64_t here, incomplete;
};

/*
 * The tables are the machine's, of all namespaces together: entries and thresholds; net/core/
 * neighbour.c, neightbl_fill_info. Each namespace's and device's parameters come as messages of
 * their own, without thresholds.
 */
static int table_take(const struct nlmsghdr *nlh, void *ctx)
{
	static const struct {
		uint16_t type;
		const char *key;
	} thresholds[] = {
		{NDTA_THRESH1, "thresh1"}, {NDTA_THRESH2, "thresh2"}, {NDTA_THRESH3, "thresh3"}};
	struct neighbours *n = ctx;
	const struct nlattr *attr;
	size_t i;

	mnl_attr_for_each(attr, nlh, sizeof(struct ndtmsg))
	{
		const struct ndt_config *config = mnl_attr_get_payload(attr);

		for (i = 0; i < sizeof(thresholds) / sizeof(thresholds[0]); i++)
			if (mnl_attr_get_type(attr) == thresholds[i].type)
				json_put_u64(n->obj, thresholds[i].key, mnl_attr_get_u32(attr));
		if (mnl_attr_get_type(attr) == NDTA_CONFIG &&
		    mnl_attr_get_payload_len(attr) >= sizeof(*config))
			json_put_u64(n->obj, "entries", config->ndtc_entries);
	}
	return MNL_CB_OK;
}

static int neighbour_take(const struct nlmsghdr *nlh, void *ctx)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	char text[INET6_ADDRSTRLEN], device[IF_NAMESIZE];
	struct neighbours *n = ctx;
	const struct nlattr *attr;

	/* those that need no asking (loopback, multicast) are shown by nobody */
	if (ndm->ndm_state & NUD_NOARP)
		return MNL_CB_OK;
	if (++n->here > NEIGHBOURS_MAX)
		return MNL_CB_STOP;
	if (!(ndm->ndm_state & (NUD_FAILED | NUD_INCOMPLETE)))
		return MNL_CB_OK;
	n->incomplete++;
	mnl_attr_for_each(attr, nlh, sizeof(*ndm))
	{
		if (mnl_attr_get_type(attr) != NDA_DST ||
		    json_array_size(n->failed) == FAILED_MAX ||
		    !inet_ntop(ndm->ndm_family, mnl_attr_get_payload(attr), text, sizeof(text)))
			continue;
		if (!if_indextoname((unsigned int)ndm->ndm_ifindex, device))
			device[0] = '\0';
		json_array_append_new(n->failed, json_string(text));
		json_array_append_new(n->devices, json_text(device));
	}
	return MNL_CB_OK;
}

FACT_READER(fact_neighbours_read)
{
	static const struct {
		const char *key;
		uint8_t family;
	} families[] = {{"ipv4", AF_INET}, {"ipv6", AF_INET6}};
	json_t *obj = json_object();
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		struct neighbours n = {
			.obj = json_object(), .failed = json_array(), .devices = json_array()};

		fact_dump(RTM_GETNEIGHTBL, families[i].family, sizeof(struct ndtmsg), table_take,
			  &n);
		if (!fact_dump(RTM_GETNEIGH, families[i].family, sizeof(struct ndmsg),
			       neighbour_take, &n)) {
			json_put_u64(n.obj, "here", n.here);
			json_put_u64(n.obj, "unresolved", n.incomplete);
			json_object_set(n.obj, "failed", n.failed);
			json_object_set(n.obj, "failed_devices", n.devices);
		}
		json_decref(n.failed);
		json_decref(n.devices);
		n.obj = fact_unless_empty(n.obj);
		if (n.obj)
			json_object_set_new(obj, families[i].key, n.obj);
	}
	return fact_unless_empty(obj);
}

/* ---- fragments ---- */

/* net/ipv4/proc.c, sockstat_seq_show: "FRAG: inuse 0 memory 0"; net/ipv6/proc.c likewise. */
FACT_READER(fact_fragments_read)
{
	static const struct {
		const char *key, *file, *line, *sysctl;
	} families[] = {{"ipv4", "sockstat", "FRAG:", "ipv4/ipfrag"},
			{"ipv6", "sockstat6", "FRAG6:", "ipv6/ip6frag"}};
	json_t *obj = json_object();
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		json_t *one = json_object();
		char path[64], *text, *line;
		unsigned long queues, bytes;

		snprintf(path, sizeof(path), "/proc/thread-self/net/%s", families[i].file);
		text = file_read(path, NULL, NULL);
		line = text ? strstr(text, families[i].line) : NULL;
		if (line && sscanf(line + strlen(families[i].line), " inuse %lu memory %lu",
				   &queues, &bytes) == 2) {
			json_put_u64(one, "queues", queues);
			json_put_u64(one, "bytes", bytes);
		}
		free(text);
		fact_file_number(one, "high_thresh", AT_FDCWD, "/proc/sys/net/%s_high_thresh",
				 families[i].sysctl);
		fact_file_number(one, "seconds", AT_FDCWD, "/proc/sys/net/%s_time",
				 families[i].sysctl);
		one = fact_unless_empty(one);
		if (one)
			json_object_set_new(obj, families[i].key, one);
	}
	return fact_unless_empty(obj);
}
