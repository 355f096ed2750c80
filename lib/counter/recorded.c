/*
 * Recorded trees: texts of ethtool, ip and tc instead of the live host (docs/design.md, "Recorded
 * trees"). What the numbers mean is the readers' matter. A file that is not there, or has nothing
 * in it, was not recorded; one that cannot be understood is an error.
 */
#include "source.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATISTICS_HEAD "NIC statistics:"
#define STATISTICS_INDENT 5 /* ethtool.c, do_gstats: five blanks before each name */

/* What ethtool printed of the device into FILE. NULL with a negative errno. */
static char *read_text(const struct source_target *target, const char *file, int *ret)
{
	char path[SOURCE_PATH_SIZE];
	struct error err = {0};
	char *text;

	snprintf(path, sizeof(path), "/ethtool/%s/%s", target->ifname, file);
	text = source_file_read(target, path, &err);
	*ret = text ? 0 : err.code ? err.code : -EIO;
	return text;
}

/* Copy VALUE of a line "KEY: VALUE" of TEXT, without blanks at its ends; "" if there is none. */
static void copy_value(const char *text, const char *key, char *value, size_t size)
{
	size_t key_len = strlen(key), len;

	value[0] = '\0';
	for (const char *line = text; *line; line += len + (line[len] == '\n')) {
		const char *at = line + key_len;

		len = strcspn(line, "\n");
		if (len < key_len || strncmp(line, key, key_len))
			continue;
		at += strspn(at, " \t");
		if (*at != ':')
			continue;
		at++;
		at += strspn(at, " \t");
		snprintf(value, size, "%.*s", (int)strcspn(at, " \t\r\n"), at);
		return;
	}
}

static void find_driver(const struct source_target *target, char *driver, char *bus, size_t size)
{
	int ret;
	char *text = target->ifname[0] ? read_text(target, "driver", &ret) : NULL;

	driver[0] = bus[0] = '\0';
	if (text) {
		copy_value(text, "driver", driver, size);
		copy_value(text, "bus-info", bus, size);
	}
	free(text);
}

static bool flag_is_set(const struct source_target *target, const char *flag)
{
	int ret;
	char *text = read_text(target, "private-flags", &ret);
	char value[8] = "";

	if (text)
		copy_value(text, flag, value, sizeof(value));
	free(text);
	return !strcmp(value, "on");
}

/* "     [0]: rx_discards: 17": what is after the last colon is the value. */
static int take_line(const char *line, size_t len, struct source_statistics *statistics)
{
	const char *colon = memrchr(line, ':', len);
	char *name = statistics->names[statistics->n], *end;
	size_t name_len;

	if (!colon || len < STATISTICS_INDENT || strspn(line, " ") < STATISTICS_INDENT ||
	    colon < line + STATISTICS_INDENT)
		return -EBADMSG;
	name_len = (size_t)(colon - line) - STATISTICS_INDENT;
	if (name_len > SOURCE_NAME_LEN || colon[1] != ' ' || !isdigit((unsigned char)colon[2]))
		return -EBADMSG;
	errno = 0;
	statistics->values[statistics->n] = strtoull(colon + 2, &end, 10);
	if (errno || end != line + len)
		return -EBADMSG;
	memset(name, 0, SOURCE_NAME_LEN);
	memcpy(name, line + STATISTICS_INDENT, name_len);
	statistics->n++;
	return 0;
}

static int take_statistics(const char *text, struct source_statistics *statistics)
{
	size_t lines = 0, len;
	int ret = 0;

	if (strncmp(text, STATISTICS_HEAD, strlen(STATISTICS_HEAD)))
		return -EBADMSG;
	text += strcspn(text, "\n");
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	if (lines > SOURCE_STATISTICS_MAX)
		return -E2BIG;
	statistics->names = calloc(lines + 1, sizeof(*statistics->names));
	statistics->values = calloc(lines + 1, sizeof(*statistics->values));
	if (!statistics->names || !statistics->values)
		return -ENOMEM;
	for (const char *line = text + (*text == '\n'); !ret && *line; line += len) {
		len = strcspn(line, "\n");
		/* the last line is whole only with its end */
		ret = line[len] ? take_line(line, len, statistics) : -EBADMSG;
		len += line[len] == '\n';
	}
	return ret;
}

static int read_statistics(const struct source_target *target, struct source_statistics *statistics)
{
	int ret;
	char *text = read_text(target, "statistics", &ret);

	if (text && text[strspn(text, " \n")])
		ret = take_statistics(text, statistics);
	free(text);
	return ret;
}

const struct source_access source_recorded = {find_driver, read_statistics, flag_is_set};

int recorded_array(const struct source_target *target, const char *file, json_t **array)
{
	char path[SOURCE_PATH_SIZE];
	struct error err = {0};
	char *text;
	int ret = 0;

	snprintf(path, sizeof(path), "/%s", file);
	text = source_file_read(target, path, &err);
	if (!text)
		return err.code ? err.code : -EIO;
	*array = json_loads(text, 0, NULL);
	if (!text[strspn(text, " \t\n")])
		ret = -ENOENT;
	else if (!json_is_array(*array))
		ret = -EBADMSG;
	if (ret)
		json_decref(*array);
	free(text);
	return ret;
}

bool recorded_count(const json_t *object, const char *key, uint64_t *value, int *ret)
{
	const json_t *v = json_object_get(object, key);

	if (!v)
		return false;
	if (!json_is_integer(v) || json_integer_value(v) < 0) {
		*ret = -EBADMSG;
		return false;
	}
	*value = (uint64_t)json_integer_value(v);
	return true;
}
