/*
 * What sysfs says of a device on the PCI bus, found by its address there, so that it does not
 * matter in which namespace its interface is: how often its interrupts came
 * (/sys/kernel/irq/N/per_cpu_count, since 4.9, which is a small part of /proc/interrupts), and the
 * counters of its RDMA device. Other devices have neither.
 */
#include "source.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

#define PATTERN_SIZE (2 * SOURCE_PATH_SIZE)

/* Add up the numbers of a file, separated by commas, into *SUM. A file that is not there has none.
 */
static int add_numbers(const char *path, uint64_t *sum, bool *found)
{
	struct error err = {0};
	char *text = file_read(path, NULL, &err), *at = text;

	if (!text)
		return err.code == -ENOENT ? 0 : err.code ? err.code : -EIO;
	while (*at) {
		char *end;
		uint64_t value = strtoull(at, &end, 10);

		if (end == at)
			break;
		*sum += value;
		*found = true;
		at = end + (*end == ',');
	}
	free(text);
	return 0;
}

/* What glob(3) would take for more than itself in the way to a tree is escaped. */
static int make_pattern(const struct source_target *target, const char *path, char *buf)
{
	size_t at = 0;

	for (const char *c = target->root; *c; c++) {
		if (at + 2 >= PATTERN_SIZE)
			return -ENAMETOOLONG;
		if (strchr("*?[\\", *c))
			buf[at++] = '\\';
		buf[at++] = *c;
	}
	return (size_t)snprintf(buf + at, PATTERN_SIZE - at, "%s", path) < PATTERN_SIZE - at
		       ? 0
		       : -ENAMETOOLONG;
}

/* All files of PATTERN, below the target's root. 0 also if there is none. */
static int find_files(const struct source_target *target, const char *path, glob_t *files)
{
	char pattern[PATTERN_SIZE];
	int ret = make_pattern(target, path, pattern);

	if (ret)
		return ret;
	switch (glob(pattern, GLOB_NOSORT, NULL, files)) {
	case 0:
		return 0;
	case GLOB_NOMATCH:
		files->gl_pathc = 0;
		return 0;
	case GLOB_NOSPACE:
		return -ENOMEM;
	}
	return -EIO;
}

int source_irq_read(const struct source_target *target, struct sample *samples, size_t n)
{
	char path[SOURCE_PATH_SIZE], name[SOURCE_PATH_SIZE / 2];
	bool found = false;
	uint64_t sum = 0;
	glob_t irqs = {0};
	int ret;

	if (!target->bus[0])
		return 0;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/msi_irqs/*", target->bus);
	ret = find_files(target, path, &irqs);
	for (size_t i = 0; !ret && i < irqs.gl_pathc; i++) {
		snprintf(name, sizeof(name), "/sys/kernel/irq/%s/per_cpu_count",
			 strrchr(irqs.gl_pathv[i], '/') + 1);
		ret = source_path(target, name, path, sizeof(path));
		if (!ret)
			ret = add_numbers(path, &sum, &found);
	}
	globfree(&irqs);
	for (size_t i = 0; !ret && found && i < n; i++)
		if (sample_is_from(&samples[i], SOURCE_IRQ))
			sample_set(&samples[i], sum);
	return ret;
}

/* Add what the files of PORT say that stand in the sample's locator, a name for each driver. */
static int add_rdma(const char *port, struct sample *sample)
{
	const char *name = sample->def->locator;
	char path[SOURCE_PATH_SIZE];
	int ret = 0;

	while (!ret && *name) {
		int len = (int)strcspn(name, " ");
		uint64_t value = 0;
		bool found = false;

		snprintf(path, sizeof(path), "%s/%.*s", port, len, name);
		ret = add_numbers(path, &value, &found);
		if (!ret && found)
			sample_add(sample, value);
		name += len + (name[len] == ' ');
	}
	return ret;
}

int source_rdma_read(const struct source_target *target, struct sample *samples, size_t n)
{
	char path[SOURCE_PATH_SIZE];
	glob_t ports = {0};
	int ret;

	if (!target->bus[0])
		return 0;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/infiniband/*/ports/*/hw_counters",
		 target->bus);
	ret = find_files(target, path, &ports);
	for (size_t p = 0; !ret && p < ports.gl_pathc; p++)
		for (size_t i = 0; !ret && i < n; i++)
			if (sample_is_from(&samples[i], SOURCE_RDMA))
				ret = add_rdma(ports.gl_pathv[p], &samples[i]);
	globfree(&ports);
	return ret;
}
