/*
 * What the kernel keeps for a port in files: sysctls of its own, NAPI and queue settings in
 * sysfs, the CPUs of its interrupts. Text is kept as it is read, and written where it differs.
 */
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "irq.h"
#include "json.h"
#include "port_state.h"

#define TEXT_MAX 4096

/* Beneath /proc/sys/net, which shows the namespace of the thread that opens it. */
static const char *const sysctls[] = {"ipv4/conf", "ipv6/conf", "ipv4/neigh", "ipv6/neigh"};

/* Beneath /sys/class/net/IF. */
static const char *const attributes[] = {
	"threaded",
	"gro_flush_timeout",
	"napi_defer_hard_irqs",
	"queues/rx-*/rps_cpus",
	"queues/rx-*/rps_flow_cnt",
	"queues/tx-*/xps_cpus",
	"queues/tx-*/xps_rxqs",
	"queues/tx-*/tx_maxrate",
	"queues/tx-*/byte_queue_limits/limit_max",
	"queues/tx-*/byte_queue_limits/limit_min",
};

/* A file's text without its last newline, if it can be read and written. */
static bool text_get(const char *path, char text[TEXT_MAX])
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IWUSR))
		n = read(fd, text, TEXT_MAX - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return true;
}

/* What PATTERN matches, into ALL, by what follows its first SKIP characters. */
static void files_read(json_t *all, const char *pattern, size_t skip)
{
	char text[TEXT_MAX];
	glob_t found;
	size_t i;

	if (glob(pattern, 0, NULL, &found) == 0)
		for (i = 0; i < found.gl_pathc; i++)
			if (text_get(found.gl_pathv[i], text))
				json_object_set_new(all, found.gl_pathv[i] + skip,
						    json_string(text));
	globfree(&found);
}

static int file_put_back(struct port_at *at, const char *path, const char *name, const char *old)
{
	char text[TEXT_MAX];
	int ret;

	if (!text_get(path, text) || !strcmp(text, old))
		return 0;
	ret = file_write_kernel(path, old);
	return ret ? port_failed(at, ret, "%s = %s", name, old) : 0;
}

static json_t *sysctl_read(struct port_at *at)
{
	json_t *all = json_object();
	size_t i;

	for (i = 0; i < sizeof(sysctls) / sizeof(sysctls[0]); i++) {
		json_t *one = json_object();
		char pattern[128];
		int len = snprintf(pattern, sizeof(pattern), "/proc/sys/net/%s/%s/*", sysctls[i],
				   at->ifname);

		files_read(one, pattern, (size_t)len - 1);
		json_object_set_new(all, sysctls[i], one);
	}
	return all;
}

static int sysctl_write(struct port_at *at, const json_t *saved)
{
	const char *folder, *name;
	json_t *files, *text;
	int first = 0;

	json_object_foreach ((json_t *)saved, folder, files) {
		json_object_foreach (files, name, text) {
			char path[256];
			int ret;

			snprintf(path, sizeof(path), "/proc/sys/net/%s/%s/%s", folder, at->ifname,
				 name);
			ret = file_put_back(at, path, name, json_string_value(text));
			first = first ? first : ret;
		}
	}
	return first;
}

const struct port_part port_part_sysctl = {
	.name = "sysctl",
	.read = sysctl_read,
	.write = sysctl_write,
};

/* The folder of the port in the sysfs that shows its namespace. */
static int sysfs_folder(const struct port_at *at, char *buf, size_t size)
{
	return snprintf(buf, size, "/proc/thread-self/fd/%d/class/net/%s/", at->sysfs, at->ifname);
}

static json_t *sysfs_read(struct port_at *at)
{
	json_t *all = json_object();
	size_t i;

	for (i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		char pattern[256];
		int len = sysfs_folder(at, pattern, sizeof(pattern));

		snprintf(pattern + len, sizeof(pattern) - (size_t)len, "%s", attributes[i]);
		files_read(all, pattern, (size_t)len);
	}
	return all;
}

static int sysfs_write(struct port_at *at, const json_t *saved)
{
	const char *name;
	json_t *text;
	int first = 0;

	json_object_foreach ((json_t *)saved, name, text) {
		char path[256];
		int len = sysfs_folder(at, path, sizeof(path)), ret;

		snprintf(path + len, sizeof(path) - (size_t)len, "%s", name);
		ret = file_put_back(at, path, name, json_string_value(text));
		first = first ? first : ret;
	}
	return first;
}

const struct port_part port_part_sysfs = {
	.name = "sysfs",
	.read = sysfs_read,
	.write = sysfs_write,
};

/* ---- interrupts, in order of their numbers, which another driver's start changes ---- */

static void irq_path(unsigned int irq, char *buf, size_t size)
{
	snprintf(buf, size, "/proc/irq/%u/smp_affinity_list", irq);
}

static json_t *irq_read(struct port_at *at)
{
	json_t *list = json_array();
	char path[64], text[TEXT_MAX];
	unsigned int *irqs;
	size_t i, n = irq_list(at->bus, &irqs);

	for (i = 0; i < n; i++) {
		irq_path(irqs[i], path, sizeof(path));
		json_array_append_new(list, json_string(text_get(path, text) ? text : ""));
	}
	free(irqs);
	return list;
}

static int irq_write(struct port_at *at, const json_t *saved)
{
	unsigned int *irqs;
	size_t i, n = irq_list(at->bus, &irqs);
	int first = 0;

	for (i = 0; i < n && i < json_array_size(saved); i++) {
		const char *old = json_string_value(json_array_get(saved, i));
		char path[64], name[48], text[TEXT_MAX];
		int ret;

		irq_path(irqs[i], path, sizeof(path));
		if (!old || !*old || !text_get(path, text) || !strcmp(text, old))
			continue;
		ret = file_write_kernel(path, old);
		/* EIO: the kernel places this one itself (IRQD_AFFINITY_MANAGED) */
		if (ret == -EIO)
			continue;
		snprintf(name, sizeof(name), "CPUs of interrupt %u", irqs[i]);
		ret = ret ? port_failed(at, ret, "%s", name) : 0;
		first = first ? first : ret;
	}
	free(irqs);
	return first;
}

const struct port_part port_part_irq = {
	.name = "irq",
	.read = irq_read,
	.write = irq_write,
};
