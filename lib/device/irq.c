/* The interrupts of a device; see irq.h. */
#include "irq.h"

#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "napi.h"

static int by_number(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	return x < y ? -1 : x > y;
}

size_t irq_list(const char *bus, unsigned int **irqs)
{
	char pattern[128], *line;
	size_t i, n = 0;
	glob_t found;

	*irqs = NULL;
	if (!bus[0])
		return 0;
	snprintf(pattern, sizeof(pattern), "/sys/bus/pci/devices/%s/msi_irqs/*", bus);
	if (glob(pattern, 0, NULL, &found) == 0) {
		*irqs = calloc(found.gl_pathc, sizeof(**irqs));
		for (i = 0; *irqs && i < found.gl_pathc; i++)
			(*irqs)[n++] = (unsigned int)strtoul(strrchr(found.gl_pathv[i], '/') + 1,
							     NULL, 10);
		if (*irqs)
			qsort(*irqs, n, sizeof(**irqs), by_number);
	}
	globfree(&found);
	if (n || *irqs)
		return n;
	/* a driver that has no message-signalled ones has that of the slot */
	snprintf(pattern, sizeof(pattern), "/sys/bus/pci/devices/%s/irq", bus);
	line = file_read(pattern, NULL, NULL);
	*irqs = calloc(1, sizeof(**irqs));
	if (line && *irqs)
		(*irqs)[0] = (unsigned int)strtoul(line, NULL, 10);
	n = *irqs && (*irqs)[0];
	free(line);
	return n;
}

/* What the driver told the kernel, if that is of every receiving queue. LIST has room for N. */
static size_t of_napis(const struct napi *napis, size_t n, unsigned int rx_queues,
		       struct irq_queue *list)
{
	size_t i, k, found = 0;
	unsigned int received = 0;

	for (i = 0; i < n; i++) {
		const struct napi *napi = &napis[i];
		bool rx = napi->rx_queue >= 0, tx = napi->tx_queue >= 0;

		if (!napi->has_irq || !napi->irq || (!rx && !tx))
			continue;
		received += rx;
		/* two contexts may share an interrupt */
		for (k = 0; k < found && list[k].irq != napi->irq; k++)
			;
		if (k < found) {
			list[k].serves |= (rx ? IRQ_RX : 0) | (tx ? IRQ_TX : 0);
			continue;
		}
		list[found++] = (struct irq_queue){
			.irq = napi->irq,
			.queue = (unsigned int)(rx ? napi->rx_queue : napi->tx_queue),
			.serves = (rx ? IRQ_RX : 0) | (tx ? IRQ_TX : 0),
		};
	}
	return received >= rx_queues ? found : 0;
}

/* The names of IRQS; "" of one that nobody asked for. */
static int names_read(const unsigned int *irqs, size_t n, struct irq_name *names)
{
	char path[64];
	size_t i;

	for (i = 0; i < n; i++) {
		char *text;

		snprintf(path, sizeof(path), "/sys/kernel/irq/%u/actions", irqs[i]);
		text = file_read(path, NULL, NULL);
		if (text)
			text[strcspn(text, "\n")] = '\0';
		if (!text)
			text = strdup("");
		if (!text)
			return -ENOMEM;
		names[i] = (struct irq_name){irqs[i], text};
	}
	return 0;
}

/*
 * What the driver told is of its NAPIs, and one may have an interrupt of its own for sending, which
 * it tells nothing of (e1000e): that goes by its name. LIST has N, and room for all.
 */
static size_t add_senders(struct irq_queue *list, size_t n, const struct irq_queue *named,
			  size_t n_named)
{
	size_t i, k, told = n;

	for (i = 0; i < n_named; i++) {
		for (k = 0; k < told && list[k].irq != named[i].irq; k++)
			;
		if (k == told && named[i].serves == IRQ_TX)
			list[n++] = named[i];
	}
	return n;
}

int irq_queues(int ifindex, const char *bus, unsigned int rx_queues, unsigned int tx_queues,
	       struct irq_queue **list, size_t *n)
{
	struct irq_queue *named = NULL;
	struct irq_name *names = NULL;
	struct napi *napis = NULL;
	unsigned int *irqs;
	size_t i, n_irqs = irq_list(bus, &irqs), n_napis = 0, told, n_named;
	int ret = 0;

	*n = 0;
	*list = NULL;
	if (!n_irqs)
		goto out;
	napi_list(ifindex, &napis, &n_napis);
	*list = calloc(n_irqs + n_napis, sizeof(**list));
	named = calloc(n_irqs, sizeof(*named));
	names = calloc(n_irqs, sizeof(*names));
	if (!*list || !named || !names || names_read(irqs, n_irqs, names)) {
		ret = -ENOMEM;
		goto out;
	}
	told = of_napis(napis, n_napis, rx_queues, *list);
	n_named = irq_queues_of_names(names, n_irqs, rx_queues, tx_queues, !told, named);
	if (told) {
		*n = add_senders(*list, told, named, n_named);
	} else {
		memcpy(*list, named, n_named * sizeof(*named));
		*n = n_named;
	}
	qsort(*list, *n, sizeof(**list), irq_by_queue);
out:
	for (i = 0; names && i < n_irqs; i++)
		free((char *)names[i].name);
	free(names);
	free(named);
	free(napis);
	free(irqs);
	if (ret) {
		free(*list);
		*list = NULL;
		*n = 0;
	}
	return ret;
}
