/*
 * The IPv6 counters of the stack, per network namespace: /proc/net/snmp6 (net/ipv6/proc.c), a name
 * and a value a line. A kernel without IPv6 has no such file, and its samples stay UNSUPPORTED.
 * Read through thread-self, because a thread may have entered a namespace by itself.
 */
#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void take_value(const char *name, size_t len, uint64_t value, struct sample *samples,
		       size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sample_is_from(&samples[i], SOURCE_SNMP6) &&
		    !strncmp(samples[i].def->locator, name, len) && !samples[i].def->locator[len])
			sample_set(&samples[i], value);
}

static int take_text(const char *text, struct sample *samples, size_t n)
{
	while (*text) {
		size_t len = strcspn(text, " \t\n");
		const char *digits = text + len + strspn(text + len, " \t");
		uint64_t value;
		char *end;

		errno = 0;
		value = strtoull(digits, &end, 10);
		if (!len || end == digits || errno || (*end && *end != '\n'))
			return -EBADMSG;
		take_value(text, len, value, samples, n);
		text = end + (*end == '\n');
	}
	return 0;
}

int source_snmp6_read(const struct source_target *target, struct sample *samples, size_t n)
{
	struct error err = {0};
	char *text = source_file_read(target, "/proc/thread-self/net/snmp6", &err);
	int ret;

	if (!text)
		return err.code == -ENOENT ? 0 : err.code ? err.code : -EIO;
	ret = take_text(text, samples, n);
	free(text);
	return ret;
}
