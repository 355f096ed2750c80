/* Sets of CPUs; see cpus.h. */
#include "cpus.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

/* A CPU's number at *TEXT, which moves behind it. */
static int cpu_read(const char **text, unsigned long *cpu)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	*cpu = strtoul(*text, &end, 10);
	*text = end;
	return *cpu < CPU_SETSIZE ? 0 : -ERANGE;
}

int cpus_parse(const char *text, char separator, cpu_set_t *set)
{
	unsigned long first, last;
	int ret;

	CPU_ZERO(set);
	if (!*text || !strcmp(text, CPUS_NONE))
		return 0;
	for (;;) {
		ret = cpu_read(&text, &first);
		last = first;
		if (!ret && *text == '-') {
			text++;
			ret = cpu_read(&text, &last);
		}
		if (ret)
			return ret;
		if (last < first)
			return -EINVAL;
		for (; first <= last; first++)
			CPU_SET(first, set);
		if (!*text)
			return 0;
		if (*text++ != separator)
			return -EINVAL;
	}
}

void cpus_format(const cpu_set_t *set, char separator, char text[CPUS_TEXT_MAX])
{
	size_t cpu, last, len = 0;

	snprintf(text, CPUS_TEXT_MAX, CPUS_NONE);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu = last + 1) {
		last = cpu;
		if (!CPU_ISSET(cpu, set))
			continue;
		while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, set))
			last++;
		if (len)
			text[len++] = separator;
		len += (size_t)snprintf(text + len, CPUS_TEXT_MAX - len,
					last > cpu ? "%zu-%zu" : "%zu", cpu, last);
	}
}

int cpus_parse_mask(const char *text, cpu_set_t *set)
{
	const char *at = text + strlen(text);
	size_t bit = 0, i;

	CPU_ZERO(set);
	if (at == text)
		return -EINVAL;
	while (at-- > text) {
		int digit = isdigit((unsigned char)*at) ? *at - '0'
							: tolower((unsigned char)*at) - 'a' + 10;

		if (*at == ',')
			continue;
		if (!isxdigit((unsigned char)*at))
			return -EINVAL;
		for (i = 0; i < 4; i++, bit++) {
			if (!(digit & 1 << i))
				continue;
			if (bit >= CPU_SETSIZE)
				return -ERANGE;
			CPU_SET(bit, set);
		}
	}
	return 0;
}

void cpus_format_mask(const cpu_set_t *set, char text[CPUS_TEXT_MAX])
{
	size_t len = 0;
	int group = CPU_SETSIZE / 32, i;

	while (group-- > 0) {
		uint32_t bits = 0;

		for (i = 0; i < 32; i++)
			bits |= CPU_ISSET((size_t)(group * 32 + i), set) ? 1U << i : 0;
		/* the kernel refuses more groups than it has CPUs for */
		if (len)
			len += (size_t)snprintf(text + len, CPUS_TEXT_MAX - len, ",%08x", bits);
		else if (bits || !group)
			len = (size_t)snprintf(text, CPUS_TEXT_MAX, "%x", bits);
	}
}

static int list_read(const char *path, cpu_set_t *set)
{
	char *text = file_read(path, NULL, NULL);
	int ret = -ENOENT;

	if (text) {
		text[strcspn(text, "\n")] = '\0';
		ret = cpus_parse(text, ',', set);
	}
	free(text);
	return ret;
}

int cpu_topology_read(struct cpu_topology *topology)
{
	cpu_set_t set;
	char path[96];
	size_t i, cpu, other;
	glob_t nodes;
	int ret = list_read("/sys/devices/system/cpu/online", &topology->online);

	if (ret)
		return ret;
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return -errno;
	CPU_AND(&topology->allowed, &set, &topology->online);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		topology->node[cpu] = -1;
		topology->core[cpu] = (int16_t)cpu;
		if (!CPU_ISSET(cpu, &topology->online))
			continue;
		snprintf(path, sizeof(path),
			 "/sys/devices/system/cpu/cpu%zu/topology/thread_siblings_list", cpu);
		if (list_read(path, &set))
			continue;
		for (other = 0; other < cpu && !CPU_ISSET(other, &set); other++)
			;
		topology->core[cpu] = (int16_t)other;
	}
	if (glob("/sys/devices/system/node/node[0-9]*", GLOB_NOSORT, NULL, &nodes) == 0)
		for (i = 0; i < nodes.gl_pathc; i++) {
			const char *number = strrchr(nodes.gl_pathv[i], '/') + strlen("/node");

			snprintf(path, sizeof(path), "%s/cpulist", nodes.gl_pathv[i]);
			if (list_read(path, &set))
				continue;
			for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
				if (CPU_ISSET(cpu, &set))
					topology->node[cpu] = (int16_t)strtol(number, NULL, 10);
		}
	globfree(&nodes);
	return 0;
}
