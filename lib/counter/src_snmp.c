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

/* Samples in the order of their locators: the files have several times as many names as rows. */
struct index {
	struct sample **list;
	size_t n;
};

static int by_locator(const void *a, const void *b)
{
	const struct sample *const *x = a, *const *y = b;

	return strcmp((*x)->def->locator, (*y)->def->locator);
}

static int index_make(struct index *index, struct sample *samples, size_t n)
{
	index->list = calloc(n + 1, sizeof(index->list[0]));
	if (!index->list)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (sample_is_from(&samples[i], SOURCE_SNMP))
			index->list[index->n++] = &samples[i];
	qsort(index->list, index->n, sizeof(index->list[0]), by_locator);
	return 0;
}

/* As strcmp of "GROUP.NAME" and LOCATOR. */
static int compare(const char *group, size_t group_len, const char *name, size_t name_len,
		   const char *locator)
{
	int order = strncmp(group, locator, group_len);

	if (!order)
		order = '.' - (unsigned char)locator[group_len];
	if (!order)
		order = strncmp(name, locator + group_len + 1, name_len);
	return order ? order : -(unsigned char)locator[group_len + 1 + name_len];
}

static void take_value(const char *group, size_t group_len, const char *name, size_t name_len,
		       const char *value, const struct index *index)
{
	size_t low = 0, high = index->n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		struct sample *sample = index->list[middle];
		int order = compare(group, group_len, name, name_len, sample->def->locator);

		if (!order) {
			sample_set(sample, strtoull(value, NULL, 10));
			return;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
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

static int take_pair(const char *names, const char *values, const struct index *index)
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
		take_value(group, group_len - 1, name, name_len, value, index);
	}
	return 0;
}

static int take_text(const char *text, const struct index *index)
{
	while (*text) {
		const char *values = strchr(text, '\n');
		int ret;

		if (!values)
			return -EBADMSG;
		values++;
		ret = take_pair(text, values, index);
		if (ret)
			return ret;
		text = strchr(values, '\n');
		if (!text)
			return 0;
		text++;
	}
	return 0;
}

static int take_file(const struct source_target *target, const char *path,
		     const struct index *index)
{
	struct error err = {0};
	char *text = source_file_read(target, path, &err);
	int ret;

	if (!text && err.code == -ENOENT && target->root[0])
		return 0; /* not recorded */
	if (!text)
		return err.code ? err.code : -EIO;
	ret = take_text(text, index);
	free(text);
	return ret;
}

int source_snmp_read(const struct source_target *target, struct sample *samples, size_t n)
{
	struct index index = {0};
	int ret = index_make(&index, samples, n);

	for (size_t i = 0; !ret && i < sizeof(files) / sizeof(files[0]); i++)
		ret = take_file(target, files[i], &index);
	free(index.list);
	return ret;
}
