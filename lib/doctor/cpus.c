/* Sets of CPUs that the kernel tells of. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

unsigned int cpus_count(const cpu_set_t *cpus)
{
	return (unsigned int)CPU_COUNT(cpus);
}

cpu_set_t cpus_without(const cpu_set_t *a, const cpu_set_t *b)
{
	cpu_set_t both = cpus_both(a, b), c;

	CPU_XOR(&c, a, &both);
	return c;
}

cpu_set_t cpus_both(const cpu_set_t *a, const cpu_set_t *b)
{
	cpu_set_t c;

	CPU_AND(&c, a, b);
	return c;
}

cpu_set_t cpus_any(const cpu_set_t *a, const cpu_set_t *b)
{
	cpu_set_t c;

	CPU_OR(&c, a, b);
	return c;
}

/* Cut behind a whole range. */
const char *cpus_text(const cpu_set_t *cpus, char *buf, size_t size)
{
	char all[CPUS_TEXT_MAX];
	size_t end;

	cpus_format(cpus, ',', all);
	if (!CPU_COUNT(cpus))
		all[0] = '\0';
	if (strlen(all) >= size) {
		end = size - sizeof(",...");
		while (end && all[end] != ',')
			end--;
		strcpy(all + end, ",...");
	}
	snprintf(buf, size, "%s", all);
	return buf;
}

bool doctor_cpus(const struct doctor *d, cpu_set_t *cpus, const char *fmt, ...)
{
	char path[PATH_MAX], *text;
	va_list ap;
	bool good;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	text = doctor_file(d, "%s", path);
	if (!text)
		return false;
	/* nohz_full says "(null)" when it is not set (drivers/base/cpu.c) */
	good = !cpus_parse(strcmp(text, "(null)") ? text : "", ',', cpus);
	free(text);
	errno = EINVAL;
	return good;
}

bool doctor_cpus_allowed(const struct doctor *d, cpu_set_t *cpus)
{
	static const char key[] = "\nCpus_allowed_list:";
	char *text = doctor_file(d, "/proc/thread-self/status"), *at;
	bool good = false;

	if (!text)
		return false;
	at = strstr(text, key);
	if (at) {
		at += strlen(key);
		at += strspn(at, " \t");
		at[strcspn(at, "\n")] = '\0';
		good = !cpus_parse(at, ',', cpus);
	}
	free(text);
	errno = EINVAL;
	return good;
}

bool doctor_cpus_online(const struct doctor *d, cpu_set_t *cpus)
{
	return doctor_cpus(d, cpus, "/sys/devices/system/cpu/online");
}
