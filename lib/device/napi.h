/*
 * NAPI contexts of an interface: which interrupt wakes each, which kernel thread polls it, which
 * queues it serves. From netdev's generic netlink (Documentation/netlink/specs/netdev.yaml), since
 * kernel 6.8; drivers tell as much of it as they know.
 */
#ifndef RINGLOSS_DEVICE_NAPI_H
#define RINGLOSS_DEVICE_NAPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct napi {
	uint32_t id;
	bool has_irq;
	uint32_t irq;
	uint32_t pid; /* of its thread; 0 without */
	bool has_suspend;
	uint64_t irq_suspend_ns;    /* kernel 6.13 and later */
	int32_t rx_queue, tx_queue; /* the lowest that it serves; -1: not told */
};

/*
 * Those of IFINDEX, in this thread's namespace, by ascending id, which is the order in which the
 * driver made them. *list is the caller's. -EOPNOTSUPP: the kernel cannot be asked.
 */
int napi_list(int ifindex, struct napi **list, size_t *n);

/* irq_suspend_timeout of NAPI ID in ns. -EOPNOTSUPP before kernel 6.13. */
int napi_set_irq_suspend(uint32_t id, uint64_t ns);

#endif
