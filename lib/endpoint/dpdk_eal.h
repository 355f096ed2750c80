/*
 * DPDK's environment (EAL): one a process, started once and never taken down, since EAL cannot
 * be started again. So this is the one file of the endpoints that has a state of the process.
 */
#ifndef RINGLOSS_ENDPOINT_DPDK_EAL_H
#define RINGLOSS_ENDPOINT_DPDK_EAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* What an endpoint needs of EAL. */
struct dpdk_eal_want {
	const char *pci;  /* "0000:3b:00.0,devargs"; NULL for a virtual device */
	const char *args; /* further arguments, separated by blanks; "" */
	uint64_t bytes;   /* memory that pools and rings take */
};

/*
 * Start EAL, or see that the one there is will do. -ERESTART when it will not: another process is
 * needed. -ENOMEM when a PCI device lacks hugepages; other errors with what EAL has logged.
 */
int dpdk_eal_start(const struct dpdk_eal_want *want, struct error *err);

/* Nothing more can be opened in this process. */
void dpdk_eal_spoil(void);

/* A port was opened; whether one ever was in this process. */
void dpdk_eal_use(void);
bool dpdk_eal_used(void);

/* Whether memory lies in hugepages. */
bool dpdk_eal_hugepages(void);

/* From here on, what DPDK logs as an error is kept. */
void dpdk_eal_log_clear(void);

/* What was kept: "; rte_pmd_memif: ...", or "". */
const char *dpdk_eal_log(void);

#endif
