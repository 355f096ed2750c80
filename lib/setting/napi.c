/*
 * napi.*: how the device's NAPI contexts are polled. /sys/class/net/IF;
 * Documentation/networking/napi.rst.
 */
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "json.h"
#include "napi.h"
#include "setting_cpus.h"

static const char *const threaded_choices[] = {SETTING_KEEP, "0", "1", NULL};

static int threaded_read(const struct setting *row, const struct setting_site *site,
			 char value[SETTING_TEXT_MAX], struct error *err)
{
	char path[64];

	snprintf(path, sizeof(path), "class/net/%s/threaded", site->ifname);
	return setting_file_read(site, path, value, err);
}

/*
 * A veth has a NAPI only while it has GRO or an XDP program, and takes the value only then, but
 * keeps it without: of a point's first opening, and when the sink has gone before its settings
 * are put back, GRO is there for the moment of writing.
 */
static int write_with_gro(const struct setting_site *site, const char *path, const char *value)
{
	bool on = true;
	int ret = -EOPNOTSUPP;

	if (!ethtool_feature_get(site->ethtool, site->ifname, "rx-gro", &on) && !on &&
	    !ethtool_feature_set(site->ethtool, site->ifname, "rx-gro", true)) {
		ret = setting_file_write(site, path, value, NULL);
		if (ethtool_feature_set(site->ethtool, site->ifname, "rx-gro", false) && !ret)
			ret = -EIO;
	}
	return ret;
}

static int threaded_write(const struct setting *row, const struct setting_site *site,
			  const char *value, struct error *err)
{
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "class/net/%s/threaded", site->ifname);
	ret = setting_file_write(site, path, value, err);
	if (ret == -EOPNOTSUPP && !write_with_gro(site, path, value))
		return 0;
	if (ret == -EOPNOTSUPP)
		return error_set(err, EX_UNAVAILABLE, ret,
				 "the driver has no NAPI (a veth has one with offload.gro = on or "
				 "an XDP program), or the kernel no threaded one (5.12 and later "
				 "do): set it to keep");
	return ret;
}

/* ---- the CPUs of its threads ---- */

/* A NAPI's thread. */
struct poller {
	struct cpu_user user; /* the queue that it polls */
	pid_t pid;
};

/*
 * Whether PID is still the thread of NAPI ID: "napi/eth0-8193" (net/core/dev.c,
 * napi_kthread_create; the interface may have been renamed since).
 */
static bool is_poller(pid_t pid, uint32_t id)
{
	char path[64], end[32], *comm;
	size_t len, tail;
	bool is;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	comm = file_read(path, NULL, NULL);
	if (!comm)
		return false;
	comm[strcspn(comm, "\n")] = '\0';
	len = strlen(comm);
	tail = (size_t)snprintf(end, sizeof(end), "-%u", id);
	is = !strncmp(comm, "napi/", 5) && len > tail && !strcmp(comm + len - tail, end);
	free(comm);
	return is;
}

/* Those of the device, by queue; a NAPI without a queue told is of the one in its order. */
static int pollers_of(const struct setting_site *site, struct poller **list, size_t *n,
		      struct error *err)
{
	unsigned int queues = setting_queue_count(site, "rx");
	struct napi *napis;
	size_t i, n_napis;
	int ret = napi_list((int)if_nametoindex(site->ifname), &napis, &n_napis);

	*n = 0;
	*list = NULL;
	if (ret)
		return error_set(err, EX_UNAVAILABLE, ret,
				 "the kernel does not tell of NAPI threads (6.8 and later do): "
				 "set it to keep");
	*list = calloc(n_napis + 1, sizeof(**list));
	for (i = 0; *list && i < n_napis; i++) {
		const struct napi *napi = &napis[i];
		unsigned int queue = napi->rx_queue >= 0   ? (unsigned int)napi->rx_queue
				     : napi->tx_queue >= 0 ? (unsigned int)napi->tx_queue
				     : queues              ? (unsigned int)i % queues
							   : 0;

		if (napi->pid && is_poller((pid_t)napi->pid, napi->id))
			(*list)[(*n)++] = (struct poller){
				.user = {queue, napi->rx_queue < 0 && napi->tx_queue >= 0},
				.pid = (pid_t)napi->pid,
			};
	}
	free(napis);
	return *list ? 0 : error_set(err, EX_OSERR, -ENOMEM, "no memory for it");
}

static int pollers_read(const struct setting *row, const struct setting_site *site,
			char value[SETTING_TEXT_MAX], struct error *err)
{
	struct poller *list;
	cpu_set_t *sets;
	size_t i, n;
	int ret = pollers_of(site, &list, &n, err);

	if (ret)
		return ret;
	sets = calloc(n + 1, sizeof(*sets));
	if (!sets)
		ret = error_set(err, EX_OSERR, -ENOMEM, "no memory for it");
	for (i = 0; !ret && i < n; i++)
		if (sched_getaffinity(list[i].pid, sizeof(sets[i]), &sets[i]) < 0)
			ret = setting_refused(-errno, "NAPI thread", err);
	if (!ret && n)
		ret = setting_cpus_format(sets, n, value, err);
	else if (!ret)
		snprintf(value, SETTING_TEXT_MAX, CPUS_NONE);
	free(sets);
	free(list);
	return ret;
}

/* Threads that have gone took their CPUs with them: a value noted of them comes to none. */
static int pollers_resolve(const struct setting *row, const struct setting_site *site,
			   const char *asked, char value[SETTING_TEXT_MAX], struct error *err)
{
	bool noted = cpu_words_check(asked) && strspn(asked, "0123456789-+ ") == strlen(asked);
	struct cpu_user *users;
	struct poller *list;
	size_t i, n;
	int ret = pollers_of(site, &list, &n, err);

	if (ret)
		return ret;
	if (!n && (noted || !strcmp(asked, CPUS_NONE))) {
		free(list);
		snprintf(value, SETTING_TEXT_MAX, CPUS_NONE);
		return 0;
	}
	if (!n) {
		free(list);
		return error_set(err, EX_UNAVAILABLE, -EOPNOTSUPP,
				 "it has no NAPI threads: set napi.threaded = 1 (on a veth with "
				 "offload.gro = on, too), or set it to keep");
	}
	/* of threads that there were none of before: wherever the scheduler likes */
	if (!strcmp(asked, CPUS_NONE))
		asked = SETTING_KEEP;
	users = calloc(n, sizeof(*users));
	for (i = 0; users && i < n; i++)
		users[i] = list[i].user;
	if (!users)
		ret = error_set(err, EX_OSERR, -ENOMEM, "no memory for it");
	else if (!strcmp(asked, SETTING_KEEP))
		ret = pollers_read(row, site, value, err);
	else
		ret = setting_cpus_resolve(site, asked, users, n, value, err);
	free(users);
	free(list);
	return ret;
}

static int pollers_write(const struct setting *row, const struct setting_site *site,
			 const char *value, struct error *err)
{
	struct poller *list;
	cpu_set_t *sets = NULL;
	size_t i, n;
	int ret;

	if (!strcmp(value, CPUS_NONE))
		return 0;
	ret = pollers_of(site, &list, &n, err);
	if (ret)
		return ret;
	ret = setting_cpus_parse(value, n, &sets, err);
	for (i = 0; !ret && i < n; i++)
		if (sched_setaffinity(list[i].pid, sizeof(sets[i]), &sets[i]) < 0)
			ret = setting_refused(-errno, "CPUs of a NAPI thread", err);
	free(sets);
	free(list);
	return ret;
}

/* ---- files of the device, for all its NAPIs; .what is the name ---- */

static int file_of_device_read(const struct setting *row, const struct setting_site *site,
			       char value[SETTING_TEXT_MAX], struct error *err)
{
	char path[128];

	snprintf(path, sizeof(path), "class/net/%s/%s", site->ifname, (const char *)row->what);
	return setting_file_read(site, path, value, err);
}

static int file_of_device_write(const struct setting *row, const struct setting_site *site,
				const char *value, struct error *err)
{
	char path[128];

	snprintf(path, sizeof(path), "class/net/%s/%s", site->ifname, (const char *)row->what);
	return setting_file_write(site, path, value, err);
}

/* ---- irq_suspend_timeout: one text when that of all NAPIs is equal ---- */

static int suspend_list(const struct setting_site *site, struct napi **list, size_t *n,
			struct error *err)
{
	int ret = napi_list((int)if_nametoindex(site->ifname), list, n);

	if (!ret && (!*n || (*list)[0].has_suspend))
		return 0;
	if (!ret)
		free(*list);
	return error_set(err, EX_UNAVAILABLE, -EOPNOTSUPP,
			 "the kernel has no irq_suspend_timeout (6.13 and later do): set it to "
			 "keep");
}

static int suspend_read(const struct setting *row, const struct setting_site *site,
			char value[SETTING_TEXT_MAX], struct error *err)
{
	struct napi *list;
	size_t i, n, len = 0, shown = 1;
	int ret = suspend_list(site, &list, &n, err);

	if (ret)
		return ret;
	for (i = 1; i < n; i++)
		if (list[i].irq_suspend_ns != list[0].irq_suspend_ns)
			shown = n;
	snprintf(value, SETTING_TEXT_MAX, CPUS_NONE);
	for (i = 0; n && i < shown && len < SETTING_TEXT_MAX; i++)
		len += (size_t)snprintf(value + len, SETTING_TEXT_MAX - len, "%s%" PRIu64,
					i ? " " : "", list[i].irq_suspend_ns);
	free(list);
	return 0;
}

/* A NAPI that has gone took its value along: what was noted of it comes to none. */
static int suspend_resolve(const struct setting *row, const struct setting_site *site,
			   const char *asked, char value[SETTING_TEXT_MAX], struct error *err)
{
	struct napi *list;
	size_t n;
	int ret = suspend_list(site, &list, &n, err);

	if (ret)
		return ret;
	free(list);
	if (n && !strcmp(asked, CPUS_NONE))
		return suspend_read(row, site, value, err);
	if (!n &&
	    strcmp(json_str(site->values, "napi.irq_suspend_timeout", SETTING_KEEP), SETTING_KEEP))
		return error_set(err, EX_UNAVAILABLE, -EOPNOTSUPP,
				 "it has no NAPI now (a veth has one with offload.gro = on): set "
				 "it to keep");
	snprintf(value, SETTING_TEXT_MAX, "%s", n ? asked : CPUS_NONE);
	return 0;
}

static int suspend_write(const struct setting *row, const struct setting_site *site,
			 const char *value, struct error *err)
{
	const char *at = value;
	struct napi *list;
	size_t i, n;
	int ret = suspend_list(site, &list, &n, err);

	if (ret)
		return ret;
	for (i = 0; !ret && i < n && strcmp(value, CPUS_NONE); i++) {
		char *end;

		ret = napi_set_irq_suspend(list[i].id, strtoull(at, &end, 10));
		if (ret)
			ret = setting_refused(ret, "irq_suspend_timeout", err);
		at = *end == ' ' ? end + 1 : value;
	}
	free(list);
	return ret;
}

static const char *const keep[] = {SETTING_KEEP, NULL};

#define KNOB_NAPI(key, unit_, text)                                                                \
	{                                                                                          \
		.name = (key), .type = KNOB_U64, .max = INT32_MAX, .words = keep,                  \
		.def = SETTING_KEEP, .unit = (unit_), .help = (text), .sweepable = true,           \
		.change = KNOB_RETUNE                                                              \
	}

static const struct setting rows[] = {
	{
		.knob = {.name = "threaded",
			 .type = KNOB_CHOICE,
			 .choices = threaded_choices,
			 .def = SETTING_KEEP,
			 .unit = "",
			 .help = "poll the device by kernel threads (1), in softirqs (0)",
			 .sweepable = true,
			 .change = KNOB_RETUNE},
		.read = threaded_read,
		.write = threaded_write,
	},
	{
		.knob = SETTING_CPUS_KNOB("cpus", setting_cpu_words,
					  "CPUs of the threads that poll, with napi.threaded = 1"),
		.flags = SETTING_OF_QUEUES,
		.read = pollers_read,
		.resolve = pollers_resolve,
		.write = pollers_write,
	},
	{
		.knob = KNOB_NAPI("defer_hard_irqs", "times",
				  "empty polls before the interrupt is switched on again"),
		.what = "napi_defer_hard_irqs",
		.read = file_of_device_read,
		.write = file_of_device_write,
	},
	{
		.knob = KNOB_NAPI("gro_flush_timeout", "ns",
				  "time until the next of these polls, and GRO's limit"),
		.what = "gro_flush_timeout",
		.read = file_of_device_read,
		.write = file_of_device_write,
	},
	{
		.knob = KNOB_NAPI("irq_suspend_timeout", "ns",
				  "interrupts stay off so long while epoll busy-polls"),
		.flags = SETTING_OF_QUEUES,
		.absent = "0",
		.read = suspend_read,
		.resolve = suspend_resolve,
		.write = suspend_write,
	},
};

const struct setting_group setting_napi_group = SETTING_GROUP("napi", rows);
