/*
 * The readers of facts, for facts.c alone: each as fact_row.read (diagnose.h) says; what its object
 * holds is at its row. And what they share.
 */
#ifndef RINGLOSS_DIAGNOSE_FACT_READ_H
#define RINGLOSS_DIAGNOSE_FACT_READ_H

#include <libmnl/libmnl.h>

#include "diagnose.h"

#define FACT_READER(name) json_t *name(const struct subject *subject, int sysfs)

/* facts_device.c */
FACT_READER(fact_rings_read);
FACT_READER(fact_channels_read);
FACT_READER(fact_rss_read);
FACT_READER(fact_coalesce_read);
FACT_READER(fact_pause_read);
FACT_READER(fact_offloads_read);
FACT_READER(fact_xdp_read);

/* facts_rdma.c */
FACT_READER(fact_rdma_read);
FACT_READER(fact_dcb_read);

/* facts_tc.c */
FACT_READER(fact_qdiscs_read);
FACT_READER(fact_filters_read);

/* facts_queue.c */
FACT_READER(fact_irqs_read);
FACT_READER(fact_interrupts_read);
FACT_READER(fact_rps_read);
FACT_READER(fact_napi_read);
FACT_READER(fact_queue_counts_read);

/* facts_stack.c */
FACT_READER(fact_link_read);
FACT_READER(fact_tunnels_read);

/* facts_socket.c */
FACT_READER(fact_listeners_read);
FACT_READER(fact_udp_sockets_read);
FACT_READER(fact_tcp_queues_read);
FACT_READER(fact_tcp_states_read);
FACT_READER(fact_ports_read);

/* facts_netns.c */
FACT_READER(fact_netns_sysctl_read);
FACT_READER(fact_rules_read);
FACT_READER(fact_conntrack_read);
FACT_READER(fact_reverse_path_read);
FACT_READER(fact_neighbours_read);
FACT_READER(fact_fragments_read);

/* facts_machine.c */
FACT_READER(fact_machine_sysctl_read);
FACT_READER(fact_cpus_read);
FACT_READER(fact_log_read);
FACT_READER(fact_pressure_read);
FACT_READER(fact_files_read);
FACT_READER(fact_load_read);
FACT_READER(fact_memory_read);

/* ---- shared ---- */

#define FACT_TEXT 512 /* of a file that is a line */

/*
 * The file FMT below FOLDER (a descriptor, or AT_FDCWD with a path from /) into TEXT without the
 * newline at its end. False if it is not there or says nothing.
 */
bool fact_file(char text[FACT_TEXT], int folder, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Likewise a number at its beginning, into OBJ as KEY; nothing if there is none. */
bool fact_file_number(json_t *obj, const char *key, int folder, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Each of the sysctls NAMES (with dots, up to NULL) that is there, as text by its name. */
json_t *fact_sysctls(const char *const *names);

/* OBJ, or NULL in its place if it is empty. */
json_t *fact_unless_empty(json_t *obj);

/*
 * Of sockets, [{"inode", ...}]: whose they are ("pid", "program"), of the first few that lack it,
 * by what processes have open.
 */
void fact_sockets_owners(json_t *sockets);

/*
 * What a recorded tree says of fact NAME of SUBJECT: ROOT/facts.json,
 * {"machine": {}, "netns": {}, "device": {"eth0": {}}}. New reference or NULL.
 */
json_t *fact_recorded(const char *root, const struct subject *subject, const char *name);

/* A dump of rtnetlink's TYPE with a zeroed header of SIZE bytes, FAMILY its first; as
 * netlink_query. */
int fact_dump(uint16_t type, uint8_t family, size_t size, mnl_cb_t cb, void *ctx);

#endif
