/* The table of settings, and what every row needs; see setting.h and setting_row.h. */
#include "setting.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "netns.h"
#include "setting_row.h"
#include "value.h"

/*
 * In the order of applying. Channels and rings before what belongs to queues; gro before threaded
 * NAPI, since it is what gives a veth a NAPI.
 */
static const struct setting_group *const groups[] = {
	&setting_nic_group,   &setting_rss_group,  &setting_coalesce_group, &setting_offload_group,
	&setting_qdisc_group, &setting_napi_group, &setting_irq_group,      &setting_rps_group,
	&setting_rfs_group,   &setting_xps_group,  &setting_sysctl_group,   &setting_host_group,
};

#define N_GROUPS (sizeof(groups) / sizeof(groups[0]))

static const struct knob_set *const knob_sets[N_GROUPS] = {
	&setting_nic_group.knobs,     &setting_rss_group.knobs,    &setting_coalesce_group.knobs,
	&setting_offload_group.knobs, &setting_qdisc_group.knobs,  &setting_napi_group.knobs,
	&setting_irq_group.knobs,     &setting_rps_group.knobs,    &setting_rfs_group.knobs,
	&setting_xps_group.knobs,     &setting_sysctl_group.knobs, &setting_host_group.knobs,
};

const struct knob_set *const *setting_knob_sets(size_t *n)
{
	*n = N_GROUPS;
	return knob_sets;
}

int setting_each(int (*fn)(const struct setting *row, const char *key, void *arg), void *arg)
{
	char key[64];
	size_t g, i;
	int ret = 0;

	for (g = 0; g < N_GROUPS; g++) {
		for (i = 0; !ret && i < groups[g]->knobs.n; i++) {
			snprintf(key, sizeof(key), "%s.%s", groups[g]->knobs.name,
				 groups[g]->rows[i].knob.name);
			ret = fn(&groups[g]->rows[i], key, arg);
		}
	}
	return ret;
}

const struct setting *setting_find(const char *key)
{
	size_t g, i;

	for (g = 0; g < N_GROUPS; g++) {
		const struct knob_set *set = &groups[g]->knobs;
		size_t len = strlen(set->name);

		if (strncmp(key, set->name, len) || key[len] != '.')
			continue;
		for (i = 0; i < set->n; i++)
			if (!strcmp(groups[g]->rows[i].knob.name, key + len + 1))
				return &groups[g]->rows[i];
	}
	return NULL;
}

int setting_resolve(const struct setting *row, const struct setting_site *site, const char *asked,
		    char value[SETTING_TEXT_MAX], struct error *err)
{
	const struct value_type *type = value_type(row->knob.type);
	union value parsed;
	const char *why;

	if (row->resolve)
		return row->resolve(row, site, asked, value, err);
	/* "4M" is 4194304, and "064" 64 */
	if ((row->knob.type == KNOB_U64 || row->knob.type == KNOB_BYTES) &&
	    !type->parse(&row->knob, asked, &parsed, &why))
		snprintf(value, SETTING_TEXT_MAX, "%llu", (unsigned long long)parsed.u64);
	else
		snprintf(value, SETTING_TEXT_MAX, "%s", asked);
	return 0;
}

int setting_site_open(struct setting_site *site, const char *ifname, struct error *err)
{
	*site = (struct setting_site){.ifname = ifname, .ethtool = -1, .sysfs = -1};
	site->ethtool = ethtool_open();
	if (site->ethtool < 0)
		return error_set(err, EX_OSERR, site->ethtool, "%s: cannot be asked: %s", ifname,
				 strerror(-site->ethtool));
	site->sysfs = netns_sysfs_open(err);
	if (site->sysfs < 0) {
		int ret = site->sysfs;

		setting_site_close(site);
		return ret;
	}
	if (*ifname)
		ethtool_bus(site->ethtool, ifname, site->bus, sizeof(site->bus));
	return 0;
}

void setting_site_close(struct setting_site *site)
{
	if (site->ethtool >= 0)
		close(site->ethtool);
	if (site->sysfs >= 0)
		close(site->sysfs);
	site->ethtool = site->sysfs = -1;
}

/* A call of setting_machine_call. */
struct machine_call {
	int (*fn)(void *arg);
	void *arg;
	bool done;
	int ret;
};

/* Only the first namespace has them (net/core/sysctl_net_core.c, net_core_table). */
static int machine_try(void *arg)
{
	struct machine_call *call = arg;

	if (access("/proc/sys/net/core/netdev_max_backlog", F_OK))
		return 0;
	call->done = true;
	call->ret = call->fn(call->arg);
	return 0;
}

int setting_machine_call(int (*fn)(void *arg), void *arg, struct error *err)
{
	/* an agent that entered a namespace has its controller outside */
	struct machine_call call = {.fn = fn, .arg = arg};
	char parent[32];
	const char *const places[] = {"/proc/thread-self/ns/net", parent, "/proc/1/ns/net"};
	size_t i;

	snprintf(parent, sizeof(parent), "/proc/%d/ns/net", (int)getppid());
	for (i = 0; !call.done && i < sizeof(places) / sizeof(places[0]); i++) {
		int fd = open(places[i], O_RDONLY | O_CLOEXEC);
		int ret = fd < 0 ? 0 : netns_call_fd(fd, machine_try, &call, err);

		if (fd >= 0)
			close(fd);
		if (ret)
			return ret;
	}
	/* nowhere, as in a container: what there is not is unsupported */
	return call.done ? call.ret : fn(arg);
}

int setting_refused(int ret, const char *what, struct error *err)
{
	if (ret == -EOPNOTSUPP)
		return error_set(err, EX_UNAVAILABLE, ret,
				 "the driver has no such thing (%s): set it to keep", what);
	if (ret == -EPERM || ret == -EACCES || ret == -EROFS)
		return error_set(err, EX_NOPERM, ret,
				 "%s: %s; needs root (CAP_NET_ADMIN) and a /sys and /proc/sys that "
				 "can be written: run with sudo, in a container privileged",
				 what, strerror(-ret));
	return error_set(err, EX_UNAVAILABLE, ret, "%s: %s; set it to keep, or to another value",
			 what, strerror(-ret));
}

static int file_open(const struct setting_site *site, const char *path, int flags)
{
	int fd = openat(site->sysfs, path, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int setting_file_read(const struct setting_site *site, const char *path,
		      char value[SETTING_TEXT_MAX], struct error *err)
{
	int fd = file_open(site, path, O_RDONLY), ret = 0;
	ssize_t n;

	if (fd == -ENOENT || fd == -ENODEV)
		return error_set(err, EX_UNAVAILABLE, -EOPNOTSUPP,
				 "the kernel has no file %s: set it to keep", path);
	if (fd < 0)
		return setting_refused(fd, path, err);
	n = read(fd, value, SETTING_TEXT_MAX - 1);
	/* an attribute that is there, of a driver that has nothing behind it */
	if (n < 0)
		ret = setting_refused(errno == EINVAL || errno == ENOTSUP ? -EOPNOTSUPP : -errno,
				      path, err);
	close(fd);
	if (ret)
		return ret;
	value[n] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

int setting_file_write(const struct setting_site *site, const char *path, const char *value,
		       struct error *err)
{
	int fd = file_open(site, path, O_WRONLY), ret;

	if (fd == -ENOENT)
		return error_set(err, EX_UNAVAILABLE, -EOPNOTSUPP,
				 "the kernel has no file %s: set it to keep", path);
	ret = fd < 0 ? fd : file_write_fd(fd, value, strlen(value));
	if (fd >= 0)
		close(fd);
	return ret ? setting_refused(ret, path, err) : 0;
}
