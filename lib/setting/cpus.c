/* CPUs of what belongs to queues; see setting_cpus.h. */
#include "setting_cpus.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpu_deal.h"
#include "json.h"
#include "value.h"

const char *const setting_cpu_words[] = {SETTING_KEEP, "same", "other", "far", "spread", NULL};
const char *const setting_mask_words[] = {SETTING_KEEP, "same", "other", "far",
					  "spread",     "all",  "none",  NULL};

unsigned int setting_queue_count(const struct setting_site *site, const char *direction)
{
	unsigned int n = 0;
	struct dirent *entry;
	char path[64];
	DIR *folder;
	int fd;

	snprintf(path, sizeof(path), "class/net/%s/queues", site->ifname);
	fd = openat(site->sysfs, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	folder = fd < 0 ? NULL : fdopendir(fd);
	if (!folder) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while ((entry = readdir(folder)))
		n += !strncmp(entry->d_name, direction, 2) && entry->d_name[2] == '-';
	closedir(folder);
	return n;
}

static int device_node(const struct setting_site *site)
{
	char path[64], *text = malloc(SETTING_TEXT_MAX);
	int node = -1;

	snprintf(path, sizeof(path), "class/net/%s/device/numa_node", site->ifname);
	if (text && !setting_file_read(site, path, text, NULL))
		node = (int)strtol(text, NULL, 10);
	free(text);
	return node;
}

/* What the plan says of the side, as far as words go by it. */
static void side_take(const json_t *values, struct cpu_where *where)
{
	static const struct knob cpus = {.name = "cpus", .type = KNOB_CPUS, .def = "0"};
	const char *why;
	union value side;

	if (value_type(KNOB_CPUS)->parse(&cpus, json_str(values, "cpus", ""), &side, &why))
		return;
	where->side = side.cpus;
	where->queues = strtoull(json_str(values, "queues", "1"), NULL, 10);
	if (!strcmp(json_str(values, "role", ""), "both"))
		where->first = cpu_deal_threads(&where->side, where->queues);
}

static int no_memory(struct error *err)
{
	return error_set(err, EX_OSERR, -ENOMEM, "no memory for it");
}

int setting_cpus_format(const cpu_set_t *sets, size_t n, char value[SETTING_TEXT_MAX],
			struct error *err)
{
	return cpu_sets_format(sets, n, value, SETTING_TEXT_MAX)
		       ? error_set(err, EX_SOFTWARE, -EFBIG, "more CPUs than a value has room for")
		       : 0;
}

int setting_cpus_resolve(const struct setting_site *site, const char *asked,
			 const struct cpu_user *users, size_t n, char value[SETTING_TEXT_MAX],
			 struct error *err)
{
	struct cpu_topology *topology = malloc(sizeof(*topology));
	cpu_set_t *sets = calloc(n ? n : 1, sizeof(*sets));
	struct cpu_where where = {.topology = topology, .node = device_node(site)};
	int ret = topology && sets ? cpu_topology_read(topology) : -ENOMEM;

	if (ret)
		ret = error_set(err, EX_OSERR, ret, "the host's CPUs cannot be read: %s",
				strerror(-ret));
	if (!ret) {
		side_take(site->values, &where);
		ret = cpu_words_resolve(asked, &where, users, n, sets, err);
	}
	if (!ret)
		ret = setting_cpus_format(sets, n, value, err);
	free(topology);
	free(sets);
	return ret;
}

int setting_cpus_parse(const char *value, size_t n, cpu_set_t **sets, struct error *err)
{
	size_t given = 0;

	*sets = calloc(n + 1, sizeof(**sets));
	if (!*sets)
		return no_memory(err);
	if (!cpu_sets_parse(value, *sets, n + 1, &given) && given == n)
		return 0;
	free(*sets);
	*sets = NULL;
	return error_set(err, EX_UNAVAILABLE, -EAGAIN,
			 "there are %zu now, and the value is of another number: its queues change "
			 "meanwhile",
			 n);
}
