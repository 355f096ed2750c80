/* Sets of CPUs, as the kernel writes them: "0-3,8". */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

bool cpus_parse_list(const char *text, struct cpus *cpus)
{
	memset(cpus, 0, sizeof(*cpus));
	while (*text) {
		unsigned long first, last;
		char *end;

		first = last = strtoul(text, &end, 10);
		if (end == text)
			return false;
		if (*end == '-') {
			text = end + 1;
			last = strtoul(text, &end, 10);
			if (end == text)
				return false;
		}
		if (last < first || last >= DOCTOR_CPUS || (*end && *end != ','))
			return false;
		for (; first <= last; first++)
			cpus->bits[first / 64] |= 1ULL << first % 64;
		text = end + (*end == ',');
	}
	return true;
}

bool cpus_has(const struct cpus *cpus, unsigned int cpu)
{
	return cpu < DOCTOR_CPUS && cpus->bits[cpu / 64] >> cpu % 64 & 1;
}

unsigned int cpus_count(const struct cpus *cpus)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < DOCTOR_CPUS / 64; i++)
		n += (unsigned int)__builtin_popcountll(cpus->bits[i]);
	return n;
}

struct cpus cpus_without(const struct cpus *a, const struct cpus *b)
{
	struct cpus c = *a;
	size_t i;

	for (i = 0; i < DOCTOR_CPUS / 64; i++)
		c.bits[i] &= ~b->bits[i];
	return c;
}

struct cpus cpus_both(const struct cpus *a, const struct cpus *b)
{
	struct cpus c = *a;
	size_t i;

	for (i = 0; i < DOCTOR_CPUS / 64; i++)
		c.bits[i] &= b->bits[i];
	return c;
}

struct cpus cpus_any(const struct cpus *a, const struct cpus *b)
{
	struct cpus c = *a;
	size_t i;

	for (i = 0; i < DOCTOR_CPUS / 64; i++)
		c.bits[i] |= b->bits[i];
	return c;
}

const char *cpus_text(const struct cpus *cpus, char *buf, size_t size)
{
	unsigned int cpu, last;
	size_t len = 0;

	buf[0] = '\0';
	for (cpu = 0; cpu < DOCTOR_CPUS; cpu = last + 1) {
		char part[32];

		last = cpu;
		if (!cpus_has(cpus, cpu))
			continue;
		while (cpus_has(cpus, last + 1))
			last++;
		if (last > cpu)
			snprintf(part, sizeof(part), "%s%u-%u", len ? "," : "", cpu, last);
		else
			snprintf(part, sizeof(part), "%s%u", len ? "," : "", cpu);
		if (len + strlen(part) + sizeof(",...") > size) {
			snprintf(buf + len, size - len, ",...");
			break;
		}
		len += (size_t)snprintf(buf + len, size - len, "%s", part);
	}
	return buf;
}

bool doctor_cpus(const struct doctor *d, struct cpus *cpus, const char *fmt, ...)
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
	good = cpus_parse_list(strcmp(text, "(null)") ? text : "", cpus);
	free(text);
	errno = EINVAL;
	return good;
}

bool doctor_cpus_allowed(const struct doctor *d, struct cpus *cpus)
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
		good = cpus_parse_list(at, cpus);
	}
	free(text);
	errno = EINVAL;
	return good;
}

bool doctor_cpus_online(const struct doctor *d, struct cpus *cpus)
{
	return doctor_cpus(d, cpus, "/sys/devices/system/cpu/online");
}
