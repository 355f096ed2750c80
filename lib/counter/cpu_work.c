/* Interrupts and softirqs by CPU; see cpu_work.h. */
#include "cpu_work.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "irq.h"
#include "json.h"

#define CPUS_MAX 1024

struct work {
	uint64_t interrupts[CPUS_MAX], net_rx[CPUS_MAX], net_tx[CPUS_MAX];
	bool has_interrupts;
};

/* Add the numbers of TEXT, with blanks or commas in between, CPU by CPU. */
static void add_numbers(const char *text, uint64_t *sum, const size_t *cpus, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		char *end;
		uint64_t value = strtoull(text, &end, 10);

		if (end == text)
			return;
		sum[cpus ? cpus[i] : i] += value;
		text = end + (*end == ',');
	}
}

/* Which CPU each column of /proc/softirqs is of: "CPU0 CPU2 ..." (those that are online). */
static size_t columns(const char *head, size_t *cpus)
{
	size_t n = 0;

	while ((head = strstr(head, "CPU")) && n < CPUS_MAX) {
		unsigned long cpu = strtoul(head + 3, NULL, 10);

		if (cpu < CPUS_MAX)
			cpus[n++] = cpu;
		head += 3;
	}
	return n;
}

static bool read_softirqs(struct work *work)
{
	static const char rx[] = "NET_RX:", tx[] = "NET_TX:";
	char *text = file_read("/proc/softirqs", NULL, NULL), *at, *end;
	size_t cpus[CPUS_MAX], n;

	if (!text)
		return false;
	end = strchr(text, '\n');
	if (end)
		*end = '\0';
	n = columns(text, cpus);
	at = end ? strstr(end + 1, rx) : NULL;
	if (at)
		add_numbers(at + sizeof(rx) - 1, work->net_rx, cpus, n);
	at = end ? strstr(end + 1, tx) : NULL;
	if (at)
		add_numbers(at + sizeof(tx) - 1, work->net_tx, cpus, n);
	free(text);
	return n;
}

static void read_interrupts(const char *bus, struct work *work)
{
	unsigned int *irqs;
	size_t i, n = irq_list(bus, &irqs);

	for (i = 0; i < n; i++) {
		char path[64], *text;

		snprintf(path, sizeof(path), "/sys/kernel/irq/%u/per_cpu_count", irqs[i]);
		text = file_read(path, NULL, NULL);
		if (!text)
			continue;
		/* a number for each possible CPU */
		add_numbers(text, work->interrupts, NULL, CPUS_MAX);
		work->has_interrupts = true;
		free(text);
	}
	free(irqs);
}

json_t *cpu_work_json(const char *bus)
{
	struct work *work = calloc(1, sizeof(*work));
	json_t *list = NULL;
	size_t i;

	if (work && read_softirqs(work))
		list = json_array();
	if (list && *bus)
		read_interrupts(bus, work);
	for (i = 0; list && i < CPUS_MAX; i++) {
		json_t *one;

		if (!work->interrupts[i] && !work->net_rx[i] && !work->net_tx[i])
			continue;
		one = json_pack("{s:i, s:I, s:I}", "cpu", (int)i, "net_rx",
				(json_int_t)work->net_rx[i], "net_tx", (json_int_t)work->net_tx[i]);
		if (work->has_interrupts)
			json_put_u64(one, "interrupts", work->interrupts[i]);
		json_array_append_new(list, one);
	}
	free(work);
	return list;
}
