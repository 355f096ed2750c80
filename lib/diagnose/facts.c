/*
 * The table of facts, reading them for a subject, and looking them up; see diagnose.h. Who asks the
 * kernel is in facts_*.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fact_read.h"
#include "netns.h"
#include "sight.h"

/*
 * What is not known is left out of an object, never 0. "more": true ends a list (or is in an
 * object) that was cut at its bound.
 */
static const struct fact_row rows[] = {
	/* {rx, rx_max, tx, tx_max}: descriptors */
	{"rings", SUBJECT_DEVICE, false, fact_rings_read},
	/* {rx, tx, combined, max_rx, max_tx, max_combined, rx_queues, tx_queues} */
	{"channels", SUBJECT_DEVICE, false, fact_channels_read},
	/*
	 * {"queues": [{irq, queue, "serves": "rx" | "tx" | "both", "cpus": list where it comes in,
	 * "may": list of its affinity}], count, cpus_used (of receiving ones), cpus_online}
	 */
	{"irqs", SUBJECT_DEVICE, false, fact_irqs_read},
	/* as cpu_work_json: [{cpu, interrupts, net_rx, net_tx}] */
	{"interrupts", SUBJECT_DEVICE, true, fact_interrupts_read},
	/* {"queues": [masks], "on": how many are not 0, "flows": [rps_flow_cnt]} */
	{"rps", SUBJECT_DEVICE, false, fact_rps_read},
	/* {size, "entries": [of the table, that send to each queue]} */
	{"rss", SUBJECT_DEVICE, false, fact_rss_read},
	/* {threaded, gro_flush_timeout, napi_defer_hard_irqs} */
	{"napi", SUBJECT_DEVICE, false, fact_napi_read},
	/* {rx_usecs, rx_frames, adaptive_rx, tx_usecs, tx_frames} */
	{"coalesce", SUBJECT_DEVICE, false, fact_coalesce_read},
	/* {rx, tx, autoneg} */
	{"pause", SUBJECT_DEVICE, false, fact_pause_read},
	/*
	 * {mtu, up, carrier, rx_queues, tx_queues, speed_mbps and duplex (of hardware), numa_node,
	 * tx_queue_len, carrier_changes, kind, master, peer and peer_mtu (a veth's other end),
	 * "below": [{ifname, kind, mtu}], "above": [the same]}, nearest first
	 */
	{"link", SUBJECT_DEVICE, false, fact_link_read},
	/*
	 * [{kind, handle, parent ("root", "1:2", "ingress"), limit (packets; bytes of bfifo and
	 * tbf), backlog (bytes), qlen, drops, overlimits, requeues, ...}]; limit of kinds that have
	 * one
	 */
	{"qdiscs", SUBJECT_DEVICE, true, fact_qdiscs_read},
	/* {gro, gro-hw, lro, tso, ...: true or false} */
	{"offloads", SUBJECT_DEVICE, false, fact_offloads_read},
	/* [{id, name, "mode": "native" | "generic" | "offloaded"}] */
	{"xdp", SUBJECT_DEVICE, false, fact_xdp_read},
	/* [{"hook": "ingress" | "egress", kind ("bpf", "flower", "tcx" ...), name, priority, id}]
	 */
	{"filters", SUBJECT_DEVICE, false, fact_filters_read},
	/* {"rx": [packets of each queue], "tx": []} */
	{"queue_counts", SUBJECT_DEVICE, true, fact_queue_counts_read},
	/* [{device, port, state ("ACTIVE"), phys_state, rate, link_layer}] */
	{"rdma", SUBJECT_DEVICE, false, fact_rdma_read},
	/*
	 * {"pfc": [priorities that pause each for itself], pfc_max, "pfc_requests" (pauses sent)
	 * and "pfc_indications" (received): [by priority], "classes": [of each priority], "dscp":
	 * {"26": priority}, "ecn_notify" and "ecn_react": [priorities], of NVIDIA's own driver}
	 */
	{"dcb", SUBJECT_DEVICE, false, fact_dcb_read},

	/* as drop_rules_json */
	{"rules", SUBJECT_NETNS, true, fact_rules_read},
	/*
	 * [{family, address, port, queue, backlog (of accept), half_open, drops, inode, program,
	 * pid}], fullest first; program and pid of the first ones only, and not twice
	 */
	{"listeners", SUBJECT_NETNS, true, fact_listeners_read},
	/*
	 * [{family, address, port, used, limit (bytes of the receive buffer), drops, inode,
	 * program, pid}], those with most drops, at most 500; program and pid as above
	 */
	{"udp_sockets", SUBJECT_NETNS, true, fact_udp_sockets_read},
	/*
	 * [{family, address, port, receive_queue, limit (bytes), inode, program, pid}]: TCP
	 * connections with most to be read, at most 8
	 */
	{"tcp_queues", SUBJECT_NETNS, false, fact_tcp_queues_read},
	/* {established, syn_recv, time_wait, orphan, listen, ...} */
	{"tcp_states", SUBJECT_NETNS, false, fact_tcp_states_read},
	/* {"net.ipv4.tcp_max_syn_backlog": "256", ...}: those that a namespace has of its own */
	{"sysctl", SUBJECT_NETNS, false, fact_netns_sysctl_read},
	/* {count, max, buckets, "timeouts": {"udp": 30, ...} in seconds} */
	{"conntrack", SUBJECT_NETNS, false, fact_conntrack_read},
	/* {"eth0": 2, ...}: the effective value */
	{"reverse_path", SUBJECT_NETNS, false, fact_reverse_path_read},
	/*
	 * {"ipv4": {entries, thresh1, thresh2, thresh3 (of the machine's table), here, unresolved
	 * (of the namespace), "failed": [addresses], "failed_devices": [their devices]}, "ipv6":
	 * ...}
	 */
	{"neighbours", SUBJECT_NETNS, false, fact_neighbours_read},
	/* {"ipv4": {queues, bytes, high_thresh (bytes), seconds}, "ipv6": ...} */
	{"fragments", SUBJECT_NETNS, false, fact_fragments_read},
	/* [{ifname, kind, mtu, remote, below, below_mtu, overhead, fits}] */
	{"tunnels", SUBJECT_NETNS, false, fact_tunnels_read},
	/* {low, high, in_use (of these, by TCP), reserved (text)} */
	{"ports", SUBJECT_NETNS, false, fact_ports_read},

	/* {"net.core.rmem_max": "212992", ...} */
	{"sysctl", SUBJECT_MACHINE, false, fact_machine_sysctl_read},
	/*
	 * [{cpu, softirq_ticks, steal_ticks, idle_ticks, total_ticks, processed, dropped, squeezed,
	 * rps, flow_limit, backlog (packets now), net_rx, net_tx}]
	 */
	{"cpus", SUBJECT_MACHINE, true, fact_cpus_read},
	/* [{text, seconds_ago}]: lines of the kernel's log in the last hour that concern the
	   network */
	{"log", SUBJECT_MACHINE, false, fact_log_read},
	/* {cpu, memory, io}: % of the last 10 s in which something waited */
	{"pressure", SUBJECT_MACHINE, false, fact_pressure_read},
	/* {open, max} */
	{"files", SUBJECT_MACHINE, false, fact_files_read},
	/* {one_minute, five_minutes, running, tasks, cpus} */
	{"load", SUBJECT_MACHINE, false, fact_load_read},
	/* {"tcp": {pages, min, pressure, max}, "udp": ..., page_bytes} */
	{"memory", SUBJECT_MACHINE, false, fact_memory_read},
};

const struct fact_row *fact_table(size_t *n)
{
	*n = sizeof(rows) / sizeof(rows[0]);
	return rows;
}

/* ---- reading ---- */

static struct subject *subject_home(const struct sight *sight, const struct subject *subject)
{
	return subject->kind == SUBJECT_DEVICE ? &sight->subjects[subject->home]
					       : (struct subject *)subject;
}

/* Of whom a row is when it is asked for at SUBJECT; NULL: of nobody. */
static struct subject *subject_of(const struct sight *sight, struct subject *subject,
				  enum subject_kind kind)
{
	struct subject *home = subject_home(sight, subject);

	if (subject->kind == kind)
		return subject;
	if (kind == SUBJECT_MACHINE)
		return sight->subjects;
	return kind == SUBJECT_NETNS && home->kind == SUBJECT_NETNS ? home : NULL;
}

struct job {
	const struct fact_row *row;
	const struct subject *subject;
	json_t *read;
};

static int job_do(void *arg)
{
	struct job *job = arg;
	int sysfs = job->subject->kind == SUBJECT_DEVICE ? netns_sysfs_open(NULL) : -1;

	job->read = job->row->read(job->subject, sysfs);
	if (sysfs >= 0)
		close(sysfs);
	return 0;
}

/* null stands for what could not be read, so that it is asked for once. */
static void row_read(const struct sight *sight, const struct fact_row *row, struct subject *subject)
{
	const struct subject *home = subject_home(sight, subject);
	struct job job = {.row = row, .subject = subject};

	if (!subject->facts)
		subject->facts = json_object();
	if (json_object_get(subject->facts, row->name))
		return;
	if (*sight->root)
		job.read = fact_recorded(sight->root, subject, row->name);
	else if (home->netns_fd >= 0)
		sight_call(home->netns_fd, job_do, &job, NULL);
	else
		job_do(&job);
	json_object_set_new(subject->facts, row->name, job.read ? job.read : json_null());
}

/* Who the programs are is looked for only of sockets that a finding asks for. */
static bool has_owners(const char *name)
{
	return !strcmp(name, "listeners") || !strcmp(name, "udp_sockets") ||
	       !strcmp(name, "tcp_queues");
}

void facts_read(struct sight *sight, struct subject *subject, const char *names)
{
	size_t i, len;

	for (; names && *(names += strspn(names, " ")); names += len) {
		len = strcspn(names, " ");
		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			const struct fact_row *row = &rows[i];
			struct subject *of;

			if (strlen(row->name) != len || strncmp(row->name, names, len))
				continue;
			of = subject_of(sight, subject, row->of);
			if (!of)
				continue;
			row_read(sight, row, of);
			if (has_owners(row->name) && !(*sight->root))
				fact_sockets_owners(json_object_get(of->facts, row->name));
		}
	}
}

/* ---- looking up ---- */

/* What PATH, LEN bytes of names joined by dots, is in VALUE; the longest name counts first. */
static const json_t *find(const json_t *value, const char *path, size_t len)
{
	const json_t *inner;
	char name[256];
	size_t part;

	if (!len)
		return value;
	if (json_is_array(value)) {
		char *end;
		size_t at = strtoul(path, &end, 10);

		if (end == path || (*end && *end != '.'))
			return NULL;
		part = (size_t)(end - path);
		inner = json_array_get(value, at);
		return inner ? find(inner, path + part + (part < len), len - part - (part < len))
			     : NULL;
	}
	for (part = len; json_is_object(value) && part; part--) {
		if ((part < len && path[part] != '.') || part >= sizeof(name))
			continue;
		memcpy(name, path, part);
		name[part] = '\0';
		inner = json_object_get(value, name);
		if (!inner)
			continue;
		inner = find(inner, path + part + (part < len), len - part - (part < len));
		if (inner)
			return inner;
	}
	return NULL;
}

const json_t *fact(const struct sight *sight, const struct subject *subject, const char *path)
{
	const struct subject *home = subject_home(sight, subject);
	const struct subject *places[] = {subject, home, sight->subjects};
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const json_t *found = find(places[i]->facts, path, strlen(path));

		if (found && !json_is_null(found))
			return found;
	}
	return NULL;
}

/* Number N of a text of numbers with blanks between. */
static bool text_number(const char *text, size_t n, int64_t *value)
{
	char *end;

	do {
		errno = 0;
		*value = strtoll(text, &end, 10);
		if (end == text || errno)
			return false;
		text = end;
	} while (n--);
	return !*end || *end == ' ' || *end == '\t';
}

bool fact_s64(const struct sight *sight, const struct subject *subject, const char *path,
	      int64_t *value)
{
	const json_t *found = fact(sight, subject, path);
	const char *dot = strrchr(path, '.');
	char rest[256];

	if (json_is_integer(found))
		*value = json_integer_value(found);
	else if (json_is_real(found))
		*value = (int64_t)json_real_value(found);
	else if (json_is_boolean(found))
		*value = json_is_true(found);
	else if (json_is_string(found))
		return text_number(json_string_value(found), 0, value);
	if (found)
		return !json_is_object(found) && !json_is_array(found);
	/* "sysctl.net.ipv4.udp_mem.2": the third of it */
	if (!dot || dot[1] < '0' || dot[1] > '9' || (size_t)(dot - path) >= sizeof(rest))
		return false;
	memcpy(rest, path, (size_t)(dot - path));
	rest[dot - path] = '\0';
	found = fact(sight, subject, rest);
	return json_is_string(found) &&
	       text_number(json_string_value(found), strtoul(dot + 1, NULL, 10), value);
}
