/* What is known of the machine: CPUs, kernel log, pressure, load, files; see facts.c. */
#include "fact_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "json.h"

#define CPUS_MAX 1024
#define LOG_SECONDS 3600
#define LOG_LINES 50      /* that are kept, the latest */
#define LOG_RECORDS 50000 /* that are read: more than the largest common buffer has */

static const char *const sysctls[] = {
	"net.core.rmem_max",
	"net.core.rmem_default",
	"net.core.wmem_max",
	"net.core.wmem_default",
	"net.core.optmem_max",
	"net.core.netdev_max_backlog",
	"net.core.netdev_budget",
	"net.core.netdev_budget_usecs",
	"net.core.dev_weight",
	"net.core.dev_weight_rx_bias",
	"net.core.rps_sock_flow_entries",
	"net.core.flow_limit_cpu_bitmap",
	"net.core.flow_limit_table_len",
	"net.core.busy_poll",
	"net.core.busy_read",
	"net.core.default_qdisc",
	"net.core.somaxconn",
	"net.core.max_skb_frags",
	"net.ipv4.tcp_mem",
	"net.ipv4.udp_mem",
	"net.ipv4.tcp_max_orphans",
	"net.ipv4.tcp_max_tw_buckets",
	"net.ipv4.inet_peer_threshold",
	"net.ipv4.icmp_msgs_per_sec",
	"net.ipv4.icmp_msgs_burst",
	"net.ipv4.neigh.default.gc_thresh1",
	"net.ipv4.neigh.default.gc_thresh2",
	"net.ipv4.neigh.default.gc_thresh3",
	"net.ipv6.neigh.default.gc_thresh1",
	"net.ipv6.neigh.default.gc_thresh2",
	"net.ipv6.neigh.default.gc_thresh3",
	"net.ipv6.route.max_size",
	"net.netfilter.nf_conntrack_max",
	"net.netfilter.nf_conntrack_buckets",
	"vm.min_free_kbytes",
	"fs.file-max",
	"fs.nr_open",
	"kernel.threads-max",
	NULL,
};

FACT_READER(fact_machine_sysctl_read)
{
	return fact_sysctls(sysctls);
}

/* ---- CPUs ---- */

/* The object of CPU, made if it is not there yet. */
static json_t *cpu_object(json_t *cpus[CPUS_MAX], unsigned long cpu)
{
	if (cpu >= CPUS_MAX)
		return NULL;
	if (!cpus[cpu])
		cpus[cpu] = json_pack("{s:i}", "cpu", (int)cpu);
	return cpus[cpu];
}

/* proc(5), /proc/stat: guests' time is in user's already. */
static void ticks_take(const char *text, json_t *cpus[CPUS_MAX])
{
	enum { IDLE = 3, IOWAIT = 4, SOFTIRQ = 6, STEAL = 7, COUNTED = 8 };
	const char *line = text;

	while (line && !strncmp(line, "cpu", 3)) {
		uint64_t ticks[COUNTED] = {0}, total = 0;
		json_t *one = NULL;
		char *at;
		int i;

		/* the first line, "cpu  ", is of all */
		if (line[3] != ' ')
			one = cpu_object(cpus, strtoul(line + 3, &at, 10));
		for (i = 0; one && i < COUNTED; i++) {
			ticks[i] = strtoull(at, &at, 10);
			total += ticks[i];
		}
		if (one) {
			json_put_u64(one, "softirq_ticks", ticks[SOFTIRQ]);
			json_put_u64(one, "steal_ticks", ticks[STEAL]);
			json_put_u64(one, "idle_ticks", ticks[IDLE] + ticks[IOWAIT]);
			json_put_u64(one, "total_ticks", total);
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
}

/* net/core/net-procfs.c, softnet_seq_show: since 5.10 the CPU's number stands in its line. */
static void softnet_take(const char *text, json_t *cpus[CPUS_MAX])
{
	static const char *const names[] = {
		[0] = "processed", [1] = "dropped",     [2] = "squeezed",
		[9] = "rps",       [10] = "flow_limit", [11] = "backlog",
	};
	enum { CPU = 12, FIELDS = 13 };
	const char *line = text;

	while (line && *line) {
		uint64_t values[FIELDS];
		char *at = (char *)line;
		json_t *one;
		size_t i, n;

		for (n = 0; n < FIELDS && *at && *at != '\n'; n++) {
			char *end;

			values[n] = strtoull(at, &end, 16);
			if (end == at)
				break;
			at = end + strspn(end, " ");
		}
		one = n == FIELDS ? cpu_object(cpus, values[CPU]) : NULL;
		for (i = 0; one && i < sizeof(names) / sizeof(names[0]); i++)
			if (names[i])
				json_put_u64(one, names[i], values[i]);
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
}

/* A line of /proc/softirqs; its first line says which CPU each column is of. */
static void softirqs_take(const char *text, const char *name, const char *key,
			  json_t *cpus[CPUS_MAX])
{
	const char *head = text, *end = strchr(text, '\n');
	char *at = end ? strstr(end, name) : NULL;

	if (!at)
		return;
	at += strlen(name);
	for (head = strstr(head, "CPU"); head && head < end; head = strstr(head + 3, "CPU")) {
		json_t *one = cpu_object(cpus, strtoul(head + 3, NULL, 10));
		uint64_t value = strtoull(at, &at, 10);

		if (one)
			json_put_u64(one, key, value);
	}
}

FACT_READER(fact_cpus_read)
{
	char *stat = file_read("/proc/stat", NULL, NULL);
	char *softnet = file_read("/proc/net/softnet_stat", NULL, NULL);
	char *softirqs = file_read("/proc/softirqs", NULL, NULL);
	json_t *cpus[CPUS_MAX] = {0}, *list = json_array();
	size_t i;

	if (stat)
		ticks_take(stat, cpus);
	if (softnet)
		softnet_take(softnet, cpus);
	if (softirqs) {
		softirqs_take(softirqs, "NET_RX:", "net_rx", cpus);
		softirqs_take(softirqs, "NET_TX:", "net_tx", cpus);
	}
	for (i = 0; i < CPUS_MAX; i++)
		if (cpus[i])
			json_array_append_new(list, cpus[i]);
	free(stat);
	free(softnet);
	free(softirqs);
	return fact_unless_empty(list);
}

/* ---- kernel log ---- */

/* Parts of what the kernel says when packets are or will be lost, with the file that says it. */
static const char *const said[] = {
	"SYN flooding",            /* net/ipv4/tcp_input.c, tcp_syn_flood_action */
	"nf_conntrack",            /* net/netfilter/nf_conntrack_core.c: table full */
	"neighbour: ",             /* net/core/neighbour.c: neighbor table overflow */
	"eighbor table overflow",  /* the same */
	"eighbour table overflow", /* older kernels */
	"NETDEV WATCHDOG",         /* net/sched/sch_generic.c, dev_watchdog */
	"ransmit queue",           /* the same and drivers: timed out */
	"Link is ",                /* drivers/net/phy/phy.c and most drivers */
	"link is ",                /* the same */
	"ink becomes ready",       /* net/ipv6/addrconf.c */
	"Link Up",                 /* ixgbe, i40e, mlx5 */
	"Link Down",
	"Link up",
	"Link down",
	"page allocation failure", /* mm/page_alloc.c, warn_alloc */
	"out of memory",           /* net/ipv4/tcp_output.c: TCP: out of memory */
	"Out of memory",           /* mm/oom_kill.c */
	"out of socket memory",    /* older net/ipv4/tcp.c */
	"too many orphaned",       /* net/ipv4/tcp.c, tcp_check_oom */
	"time wait bucket table",  /* net/ipv4/inet_timewait_sock.c, older kernels */
	"martian ",                /* net/ipv4/route.c */
	"Tx Unit Hang",            /* e1000e, igb */
	"Reset adapter",           /* the same */
	"hung",                    /* kernel/hung_task.c and drivers */
	"soft lockup",             /* kernel/watchdog.c */
	"rcu_sched self-detected", /* kernel/rcu */
	"NOHZ tick-stop error",    /* kernel/time/tick-sched.c: softirqs pend */
	"dst cache overflow",      /* net/core/dst.c */
	"Route cache is full",     /* the same, IPv6 */
	"excessive work",          /* drivers' interrupts */
	"PCIe Bus Error",          /* drivers/pci/pcie/aer.c */
	"limited by",              /* drivers/pci: available PCIe bandwidth, limited by ... */
	"UDP: bad checksum",       /* net/ipv4/udp.c */
	"UDP: short packet",
	"over-mtu packet",     /* drivers and net/core/skbuff.c */
	"received packet on ", /* net/bridge/br_fdb.c: with own address as source address */
};

/* "6,339,5140900,-;text\n KEY=VALUE" (Documentation/ABI/testing/dev-kmsg). */
static json_t *log_line(char *record, uint64_t now_us)
{
	char *text = strchr(record, ';'), *at = record;
	uint64_t at_us;
	size_t i;

	for (i = 0; at && i < 2; i++) {
		at = strchr(at, ',');
		at = at ? at + 1 : NULL;
	}
	if (!text || !at)
		return NULL;
	at_us = strtoull(at, NULL, 10);
	text++;
	text[strcspn(text, "\n")] = '\0';
	if (now_us > at_us && (now_us - at_us) / 1000000 > LOG_SECONDS)
		return NULL;
	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (strstr(text, said[i]))
			return json_pack("{s:o, s:I}", "text", json_text(text), "seconds_ago",
					 now_us > at_us ? (json_int_t)((now_us - at_us) / 1000000)
							: (json_int_t)0);
	return NULL;
}

/* What was said before is one line with the time of the last. */
static void log_add(json_t *list, json_t *line)
{
	const char *text = json_str(line, "text", "");
	json_t *one;
	size_t i;

	json_array_foreach (list, i, one)
		if (!strcmp(json_str(one, "text", ""), text)) {
			json_put_u64(line, "times", json_u64(one, "times", 1) + 1);
			json_array_remove(list, i);
			break;
		}
	json_array_append_new(list, line);
}

FACT_READER(fact_log_read)
{
	/* a record that is longer is passed over by the kernel (kernel/printk, devkmsg_read) */
	char record[8192];
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC), i;
	json_t *list = fd < 0 ? NULL : json_array();
	struct timespec now;
	uint64_t now_us;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	for (i = 0; list && i < LOG_RECORDS; i++) {
		ssize_t n = read(fd, record, sizeof(record) - 1);
		json_t *line;

		/* EPIPE: overwritten meanwhile; the next read goes on behind it */
		if (n < 0 && (errno == EPIPE || errno == EINVAL || errno == EINTR))
			continue;
		if (n <= 0)
			break;
		record[n] = '\0';
		line = log_line(record, now_us);
		if (!line)
			continue;
		log_add(list, line);
		if (json_array_size(list) > LOG_LINES)
			json_array_remove(list, 0);
	}
	if (fd >= 0)
		close(fd);
	return list;
}

/* ---- the rest ---- */

/* Documentation/accounting/psi.rst */
FACT_READER(fact_pressure_read)
{
	static const char *const names[] = {"cpu", "memory", "io"};
	json_t *obj = json_object();
	char text[FACT_TEXT], *at;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!fact_file(text, AT_FDCWD, "/proc/pressure/%s", names[i]))
			continue;
		at = strstr(text, "avg10=");
		if (at)
			json_put_num(obj, names[i], strtod(at + strlen("avg10="), NULL));
	}
	return fact_unless_empty(obj);
}

FACT_READER(fact_files_read)
{
	char text[FACT_TEXT];
	uint64_t open_files, unused, max;

	if (!fact_file(text, AT_FDCWD, "/proc/sys/fs/file-nr") ||
	    sscanf(text, "%lu %lu %lu", &open_files, &unused, &max) != 3)
		return NULL;
	return json_pack("{s:I, s:I}", "open", (json_int_t)open_files, "max",
			 max > INT64_MAX ? (json_int_t)INT64_MAX : (json_int_t)max);
}

/* proc(5), /proc/loadavg */
FACT_READER(fact_load_read)
{
	double one, five, fifteen;
	unsigned int running, tasks;
	char text[FACT_TEXT];

	if (!fact_file(text, AT_FDCWD, "/proc/loadavg") ||
	    sscanf(text, "%lf %lf %lf %u/%u", &one, &five, &fifteen, &running, &tasks) != 5)
		return NULL;
	return json_pack("{s:f, s:f, s:I, s:I, s:I}", "one_minute", one, "five_minutes", five,
			 "running", (json_int_t)running, "tasks", (json_int_t)tasks, "cpus",
			 (json_int_t)sysconf(_SC_NPROCESSORS_ONLN));
}

/* Pages of all namespaces' sockets (net/ipv4/proc.c, sockstat_seq_show) against what they may be.
 */
FACT_READER(fact_memory_read)
{
	static const char *const names[] = {"tcp", "udp"}, *const lines[] = {"TCP:", "UDP:"};
	char *stat = file_read("/proc/thread-self/net/sockstat", NULL, NULL);
	json_t *obj = json_object();
	char text[FACT_TEXT];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *line = stat ? strstr(stat, lines[i]) : NULL;
		const char *mem = line ? strstr(line, " mem ") : NULL;
		json_int_t min, pressure, max;
		json_t *one = json_object();

		if (mem && mem < strchrnul(line, '\n'))
			json_put_u64(one, "pages", strtoull(mem + 5, NULL, 10));
		if (fact_file(text, AT_FDCWD, "/proc/sys/net/ipv4/%s_mem", names[i]) &&
		    sscanf(text, "%lld %lld %lld", &min, &pressure, &max) == 3) {
			json_object_set_new(one, "min", json_integer(min));
			json_object_set_new(one, "pressure", json_integer(pressure));
			json_object_set_new(one, "max", json_integer(max));
		}
		one = fact_unless_empty(one);
		if (one)
			json_object_set_new(obj, names[i], one);
	}
	json_put_u64(obj, "page_bytes", (uint64_t)sysconf(_SC_PAGESIZE));
	free(stat);
	return obj;
}
