/*
 * irq.*: on which CPUs the interrupts of the device's queues come in, as /proc/irq/N/
 * smp_affinity_list says (Documentation/core-api/irq/irq-affinity.rst). Those of no queue are left
 * alone. The kernel delivers to one CPU of a set (effective_affinity), from the next interrupt on;
 * the value is the set, which is what is written and put back.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "irq.h"
#include "setting_cpus.h"
#include "setting_irqbalance.h"

static int queues_of(const struct setting_site *site, struct irq_queue **list, size_t *n,
		     struct error *err)
{
	int ret = irq_queues((int)if_nametoindex(site->ifname), site->bus,
			     setting_queue_count(site, "rx"), setting_queue_count(site, "tx"), list,
			     n);

	if (ret)
		return error_set(err, EX_OSERR, ret, "no memory for it");
	if (*n)
		return 0;
	free(*list);
	*list = NULL;
	if (!*site->bus)
		return error_set(err, EX_UNAVAILABLE, -EOPNOTSUPP,
				 "a virtual device has no interrupts: place its work by napi.cpus "
				 "or rps.cpus");
	return error_set(err, EX_UNAVAILABLE, -EOPNOTSUPP,
			 "none of its interrupts is known to serve a queue: is it up (ip link set "
			 "%s up)?",
			 site->ifname);
}

static void affinity_path(unsigned int irq, char *path, size_t size)
{
	snprintf(path, size, "/proc/irq/%u/smp_affinity_list", irq);
}

static int affinity_read(const struct setting *row, const struct setting_site *site,
			 char value[SETTING_TEXT_MAX], struct error *err)
{
	struct irq_queue *list;
	cpu_set_t *sets;
	char path[64];
	size_t i, n;
	int ret = queues_of(site, &list, &n, err);

	if (ret)
		return ret;
	sets = calloc(n, sizeof(*sets));
	if (!sets)
		ret = error_set(err, EX_OSERR, -ENOMEM, "no memory for it");
	for (i = 0; !ret && i < n; i++) {
		affinity_path(list[i].irq, path, sizeof(path));
		ret = setting_file_read(site, path, value, err);
		if (!ret && cpus_parse(value, ',', &sets[i]))
			ret = error_set(err, EX_OSERR, -EBADMSG, "%s: %.100s is no list of CPUs",
					path, value);
	}
	if (!ret)
		ret = setting_cpus_format(sets, n, value, err);
	free(sets);
	free(list);
	return ret;
}

static int affinity_resolve(const struct setting *row, const struct setting_site *site,
			    const char *asked, char value[SETTING_TEXT_MAX], struct error *err)
{
	struct cpu_user *users;
	struct irq_queue *list;
	size_t i, n;
	int ret = queues_of(site, &list, &n, err);

	if (ret)
		return ret;
	users = calloc(n, sizeof(*users));
	for (i = 0; users && i < n; i++)
		users[i] = (struct cpu_user){list[i].queue, list[i].serves == IRQ_TX};
	ret = users ? setting_cpus_resolve(site, asked, users, n, value, err)
		    : error_set(err, EX_OSERR, -ENOMEM, "no memory for it");
	free(users);
	free(list);
	return ret;
}

static int one_write(const struct setting_site *site, unsigned int irq, const cpu_set_t *set,
		     struct error *err)
{
	char path[64], text[CPUS_TEXT_MAX], *now = malloc(SETTING_TEXT_MAX);
	cpu_set_t is;
	int ret;

	affinity_path(irq, path, sizeof(path));
	cpus_format(set, ',', text);
	/* one that the kernel places refuses its own value, too */
	if (now && !setting_file_read(site, path, now, NULL) && !cpus_parse(now, ',', &is) &&
	    CPU_EQUAL(&is, set))
		ret = 0;
	else
		ret = setting_file_write(site, path, text, err);
	free(now);
	/* kernel/irq/proc.c, write_irq_affinity */
	if (ret == -EIO)
		return error_set(err, EX_UNAVAILABLE, ret,
				 "the kernel places interrupt %u itself (managed): set it to keep",
				 irq);
	if (ret == -EINVAL)
		return error_set(err, EX_UNAVAILABLE, ret,
				 "interrupt %u: none of the CPUs %.200s is online", irq, text);
	return ret;
}

static int affinity_write(const struct setting *row, const struct setting_site *site,
			  const char *value, struct error *err)
{
	struct irq_queue *list;
	cpu_set_t *sets = NULL;
	size_t i, n;
	int ret = queues_of(site, &list, &n, err);

	if (ret)
		return ret;
	ret = setting_cpus_parse(value, n, &sets, err);
	for (i = 0; !ret && i < n; i++)
		ret = one_write(site, list[i].irq, &sets[i], err);
	free(sets);
	free(list);
	return ret;
}

/* irqbalance first: it would move again what the other one sets. */
static const struct setting rows[] = {
	{
		.knob = {.name = "irqbalance",
			 .type = KNOB_CHOICE,
			 .choices = irqbalance_choices,
			 .def = "auto",
			 .unit = "",
			 .help = "stop irqbalance; auto: when an affinity is set, till the run "
				 "ends",
			 .sweepable = true,
			 .change = KNOB_RETUNE},
		.flags = SETTING_MACHINE,
		.read = irqbalance_read,
		.resolve = irqbalance_resolve,
		.write = irqbalance_write,
	},
	{
		.knob = SETTING_CPUS_KNOB(
			"affinity", setting_cpu_words,
			"CPUs of the interrupts of the device's queues, by queue"),
		.flags = SETTING_OF_QUEUES,
		.read = affinity_read,
		.resolve = affinity_resolve,
		.write = affinity_write,
	},
};

const struct setting_group setting_irq_group = SETTING_GROUP("irq", rows);
