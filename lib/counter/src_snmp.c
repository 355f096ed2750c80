/*
 * The counters of the stack, per network namespace: /proc/net/snmp and
 * /proc/net/netstat (net/ipv4/proc.c). Both are pairs of lines, the names and
 * then the values: "Udp: InDatagrams NoPorts", "Udp: 17 0". Read through
 * thread-self, because a thread may have entered a namespace by itself.
 */
#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const files[] = {"/proc/thread-self/net/snmp", "/proc/thread-self/net/netstat"};

static void take_value(const char *group, size_t group_len, const char *name, size_t name_len,
		       const char *value, struct sample *samples, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *locator = samples[i].def->locator;

		if (!sample_is_from(&samples[i], SOURCE_SNMP) ||
		    strncmp(locator, group, group_len) || locator[group_len] != '.' ||
		    strncmp(locator + group_len + 1, name, name_len) ||
		    locator[group_len + 1 + name_len])
			continue;
		sample_set(&samples[i], strtoull(value, NULL, 10));
	}
}

/* The words of a line, one at a time; NULL at its end. */
static const char *next_word(const char **at, size_t *len)
{
	const char *word = *at + strspn(*at, " ");

	*len = strcspn(word, " \n");
	*at = word + *len;
	return *len ? word : NULL;
}

static int take_pair(const char *names, const char *values, struct sample *samples, size_t n)
{
	size_t group_len, values_group_len, name_len, value_len;
	const char *group = next_word(&names, &group_len);
	const char *values_group = next_word(&values, &values_group_len);
	const char *name, *value;

	if (!group || !values_group || group_len != values_group_len ||
	    group[group_len - 1] != ':' || memcmp(group, values_group, group_len))
		return -EBADMSG;
	while ((name = next_word(&names, &name_len))) {
		value = next_word(&values, &value_len);
		if (!value)
			return -EBADMSG;
		take_value(group, group_len - 1, name, name_len, value, samples, n);
	}
	return 0;
}

static int take_text(const char *text, struct sample *samples, size_t n)
{
	while (*text) {
		const char *values = strchr(text, '\n');
		int ret;

		if (!values)
			return -EBADMSG;
		values++;
		ret = take_pair(text, values, samples, n);
		if (ret)
			return ret;
		text = strchr(values, '\n');
		if (!text)
			return 0;
		text++;
	}
	return 0;
}

int source_snmp_read(const struct source_target *target, struct sample *samples, size_t n)
{
	struct error err = {0};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *text = source_file_read(target, files[i], &err);
		int ret;

		if (!text && err.code == -ENOENT && target->root[0])
			continue; /* not recorded */
		if (!text)
			return err.code ? err.code : -EIO;
		ret = take_text(text, samples, n);
		free(text);
		if (ret)
			return ret;
	}
	return 0;
}
