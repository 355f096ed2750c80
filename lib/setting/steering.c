/*
 * rps.*, rfs.* and xps.*: software's steering of packets to CPUs, by files of the device's queues
 * (Documentation/networking/scaling.rst). A veth has them as a NIC has.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "setting_cpus.h"

/* A file that each queue of a direction has. */
struct queue_file {
	const char *direction; /* "rx" or "tx" */
	const char *name;
};

static const struct queue_file rps_cpus = {"rx", "rps_cpus"};
static const struct queue_file rps_flow_cnt = {"rx", "rps_flow_cnt"};
static const struct queue_file xps_cpus = {"tx", "xps_cpus"};

static void queue_path(const struct queue_file *file, const struct setting_site *site,
		       unsigned int queue, char path[128])
{
	snprintf(path, 128, "class/net/%s/queues/%s-%u/%s", site->ifname, file->direction, queue,
		 file->name);
}

static uint64_t power_of_2(uint64_t number)
{
	uint64_t size = 1;

	while (size < number)
		size <<= 1;
	return number ? size : 0;
}

/* How many of them the device has. */
static int queues_of(const struct queue_file *file, const struct setting_site *site,
		     unsigned int *n, struct error *err)
{
	*n = setting_queue_count(site, file->direction);
	if (*n)
		return 0;
	return error_set(err, EX_UNAVAILABLE, -EOPNOTSUPP, "it has no %s queues: set it to keep",
			 file->direction);
}

static int queue_read(const struct queue_file *file, const struct setting_site *site,
		      unsigned int queue, char value[SETTING_TEXT_MAX], struct error *err)
{
	char path[128];
	int ret;

	queue_path(file, site, queue, path);
	ret = setting_file_read(site, path, value, err);
	/* net/core/net-sysfs.c, xps_cpus_show: not without several TX queues */
	if (ret == -ENOENT || ret == -EOPNOTSUPP)
		return error_set(err, EX_UNAVAILABLE, -EOPNOTSUPP,
				 "the kernel has no %s for it (a device with one TX queue has "
				 "no XPS): set it to keep",
				 file->name);
	return ret;
}

/* ---- masks ---- */

static int masks_read(const struct setting *row, const struct setting_site *site,
		      char value[SETTING_TEXT_MAX], struct error *err)
{
	const struct queue_file *file = row->what;
	cpu_set_t *sets;
	unsigned int i, n;
	int ret = queues_of(file, site, &n, err);

	if (ret)
		return ret;
	sets = calloc(n, sizeof(*sets));
	if (!sets)
		ret = error_set(err, EX_OSERR, -ENOMEM, "no memory for it");
	for (i = 0; !ret && i < n; i++) {
		ret = queue_read(file, site, i, value, err);
		if (!ret && cpus_parse_mask(value, &sets[i]))
			ret = error_set(err, EX_OSERR, -EBADMSG, "%s: %.100s is no mask",
					file->name, value);
	}
	if (!ret)
		ret = setting_cpus_format(sets, n, value, err);
	free(sets);
	return ret;
}

static int masks_resolve(const struct setting *row, const struct setting_site *site,
			 const char *asked, char value[SETTING_TEXT_MAX], struct error *err)
{
	const struct queue_file *file = row->what;
	struct cpu_user *users;
	unsigned int i, n;
	int ret = queues_of(file, site, &n, err);

	if (ret)
		return ret;
	users = calloc(n, sizeof(*users));
	for (i = 0; users && i < n; i++)
		users[i] = (struct cpu_user){i, !strcmp(file->direction, "tx")};
	ret = users ? setting_cpus_resolve(site, asked, users, n, value, err)
		    : error_set(err, EX_OSERR, -ENOMEM, "no memory for it");
	free(users);
	return ret;
}

static int masks_write(const struct setting *row, const struct setting_site *site,
		       const char *value, struct error *err)
{
	const struct queue_file *file = row->what;
	char path[128], text[CPUS_TEXT_MAX];
	cpu_set_t *sets = NULL;
	unsigned int i, n;
	int ret = queues_of(file, site, &n, err);

	if (!ret)
		ret = setting_cpus_parse(value, n, &sets, err);
	for (i = 0; !ret && i < n; i++) {
		queue_path(file, site, i, path);
		cpus_format_mask(&sets[i], text);
		ret = setting_file_write(site, path, text, err);
	}
	free(sets);
	return ret;
}

/* ---- a number for each queue: one text when all are equal ---- */

/* NUMBERS as text. */
static int numbers_format(const uint64_t *numbers, unsigned int n, char value[SETTING_TEXT_MAX],
			  struct error *err)
{
	bool equal = true;
	size_t len = 0;
	unsigned int i;

	for (i = 1; i < n; i++)
		equal = equal && numbers[i] == numbers[0];
	for (i = 0; i < (equal ? 1 : n); i++) {
		len += (size_t)snprintf(value + len, SETTING_TEXT_MAX - len, "%s%" PRIu64,
					i ? " " : "", numbers[i]);
		if (len >= SETTING_TEXT_MAX)
			return error_set(err, EX_SOFTWARE, -EFBIG,
					 "more queues than a value has room for");
	}
	return 0;
}

/* And back, cut or repeated to fit. *numbers is the caller's. */
static int numbers_parse(const char *value, unsigned int n, uint64_t **numbers, struct error *err)
{
	const char *at = value;
	unsigned int i;

	*numbers = calloc(n, sizeof(**numbers));
	if (!*numbers)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for it");
	for (i = 0; i < n; i++) {
		char *end;

		(*numbers)[i] = strtoull(at, &end, 10);
		at = *end == ' ' ? end + 1 : value;
	}
	return 0;
}

static int numbers_read(const struct setting *row, const struct setting_site *site,
			char value[SETTING_TEXT_MAX], struct error *err)
{
	const struct queue_file *file = row->what;
	uint64_t *numbers;
	unsigned int i, n;
	int ret = queues_of(file, site, &n, err);

	if (ret)
		return ret;
	numbers = calloc(n, sizeof(*numbers));
	if (!numbers)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for it");
	for (i = 0; !ret && i < n; i++) {
		ret = queue_read(file, site, i, value, err);
		numbers[i] = ret ? 0 : strtoull(value, NULL, 10);
	}
	if (!ret)
		ret = numbers_format(numbers, n, value, err);
	free(numbers);
	return ret;
}

static int numbers_resolve(const struct setting *row, const struct setting_site *site,
			   const char *asked, char value[SETTING_TEXT_MAX], struct error *err)
{
	uint64_t *numbers = NULL;
	unsigned int i, n;
	int ret = queues_of(row->what, site, &n, err);

	if (!ret)
		ret = numbers_parse(asked, n, &numbers, err);
	/* net/core/net-sysfs.c, store_rps_dev_flow_table_cnt: rounded up to a power of 2 */
	for (i = 0; !ret && i < n; i++)
		numbers[i] = power_of_2(numbers[i]);
	if (!ret)
		ret = numbers_format(numbers, n, value, err);
	free(numbers);
	return ret;
}

static int numbers_write(const struct setting *row, const struct setting_site *site,
			 const char *value, struct error *err)
{
	const struct queue_file *file = row->what;
	uint64_t *numbers = NULL;
	char path[128], one[32];
	unsigned int i, n;
	int ret = queues_of(file, site, &n, err);

	if (!ret)
		ret = numbers_parse(value, n, &numbers, err);
	for (i = 0; !ret && i < n; i++) {
		snprintf(one, sizeof(one), "%" PRIu64, numbers[i]);
		queue_path(file, site, i, path);
		ret = setting_file_write(site, path, one, err);
	}
	free(numbers);
	return ret;
}

/* ---- of the machine ---- */

#define FLOWS_PATH "/proc/sys/net/core/rps_sock_flow_entries"

static int entries_read(const struct setting *row, const struct setting_site *site,
			char value[SETTING_TEXT_MAX], struct error *err)
{
	return setting_file_read(site, FLOWS_PATH, value, err);
}

/* net/core/sysctl_net_core.c, rps_sock_flow_sysctl: rounded up to a power of 2. */
static int entries_resolve(const struct setting *row, const struct setting_site *site,
			   const char *asked, char value[SETTING_TEXT_MAX], struct error *err)
{
	snprintf(value, SETTING_TEXT_MAX, "%" PRIu64, power_of_2(strtoull(asked, NULL, 10)));
	return 0;
}

static int entries_write(const struct setting *row, const struct setting_site *site,
			 const char *value, struct error *err)
{
	return setting_file_write(site, FLOWS_PATH, value, err);
}

#define KNOB_FLOWS(key, most, text)                                                                \
	{                                                                                          \
		.name = (key), .type = KNOB_U64, .max = (most), .words = keep,                     \
		.def = SETTING_KEEP, .unit = "flows", .help = (text), .sweepable = true,           \
		.change = KNOB_RETUNE                                                              \
	}

static const char *const keep[] = {SETTING_KEEP, NULL};

static const struct setting rps_rows[] = {
	{
		.knob = SETTING_CPUS_KNOB("cpus", setting_mask_words,
					  "CPUs that take packets of an RX queue from its softirq"),
		.flags = SETTING_OF_QUEUES,
		.what = &rps_cpus,
		.absent = CPUS_NONE,
		.read = masks_read,
		.resolve = masks_resolve,
		.write = masks_write,
	},
	{
		/* it refuses more than INT_MAX / sizeof(struct rps_dev_flow) */
		.knob = KNOB_FLOWS("flow_cnt", 1 << 26,
				   "RFS: flows of an RX queue (rfs.entries / queues), 0 is off"),
		.flags = SETTING_OF_QUEUES,
		.what = &rps_flow_cnt,
		.absent = "0",
		.read = numbers_read,
		.resolve = numbers_resolve,
		.write = numbers_write,
	},
};

static const struct setting rfs_rows[] = {
	{
		/* it refuses more than 1 << 29 */
		.knob = KNOB_FLOWS("entries", 1 << 29,
				   "RFS: flows of the host (rps_sock_flow_entries), 0 is off"),
		.flags = SETTING_MACHINE,
		.absent = "0",
		.read = entries_read,
		.resolve = entries_resolve,
		.write = entries_write,
	},
};

static const struct setting xps_rows[] = {
	{
		.knob = SETTING_CPUS_KNOB("cpus", setting_mask_words,
					  "CPUs that send by a TX queue"),
		.flags = SETTING_OF_QUEUES,
		.what = &xps_cpus,
		.absent = CPUS_NONE,
		.read = masks_read,
		.resolve = masks_resolve,
		.write = masks_write,
	},
};

const struct setting_group setting_rps_group = SETTING_GROUP("rps", rps_rows);
const struct setting_group setting_rfs_group = SETTING_GROUP("rfs", rfs_rows);
const struct setting_group setting_xps_group = SETTING_GROUP("xps", xps_rows);
