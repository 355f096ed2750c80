/*
 * The interrupts of a PCI device, and which queue of its interface each serves. What the driver
 * tells the kernel (napi.h) counts first, then the names that drivers give their interrupts, then
 * the order of their numbers. Interrupts of no queue (link, events, mailbox) are nobody's.
 */
#ifndef RINGLOSS_DEVICE_IRQ_H
#define RINGLOSS_DEVICE_IRQ_H

#include <stdbool.h>
#include <stddef.h>

enum irq_serves { IRQ_RX = 1, IRQ_TX = 2, IRQ_BOTH = IRQ_RX | IRQ_TX };

struct irq_queue {
	unsigned int irq;
	unsigned int queue; /* the lowest that it serves */
	enum irq_serves serves;
};

/*
 * Numbers of all interrupts of the PCI device BUS, ascending; *irqs is the caller's, also of none.
 * Its message-signalled ones, else that of the slot.
 */
size_t irq_list(const char *bus, unsigned int **irqs);

/*
 * Those that serve queues, by queue, receiving ones first; *list is the caller's. RX_QUEUES and
 * TX_QUEUES are those that the interface has. 0, also with none (the interface is down, or the
 * device has none), or a negative errno.
 */
int irq_queues(int ifindex, const char *bus, unsigned int rx_queues, unsigned int tx_queues,
	       struct irq_queue **list, size_t *n);

/* For qsort(): by queue, receiving ones first. */
int irq_by_queue(const void *a, const void *b);

/* An interrupt and what its driver calls it (/proc/interrupts; /sys/kernel/irq/N/actions). */
struct irq_name {
	unsigned int irq;
	const char *name; /* "": nobody uses it */
};

/*
 * The same from names alone: LIST has room for N. NAMES by ascending number. How many serve queues.
 * GUESS: where the names say nothing, by the order of the numbers.
 */
size_t irq_queues_of_names(const struct irq_name *names, size_t n, unsigned int rx_queues,
			   unsigned int tx_queues, bool guess, struct irq_queue *list);

#endif
