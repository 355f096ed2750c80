/* What there is to be seen: the tables of `ringloss watch` and their columns; see model.h. */
#include "model.h"

/* clang-format off */
static const struct watch_column interface_columns[] = {
	{"interface", "interface", WATCH_TEXT},
	{"state", "state", WATCH_TEXT},
	{"rx_packets_per_second", "rx pkt/s", WATCH_RATE},
	{"tx_packets_per_second", "tx pkt/s", WATCH_RATE},
	{"rx_bytes_per_second", "rx B/s", WATCH_RATE},
	{"tx_bytes_per_second", "tx B/s", WATCH_RATE},
	{"utilisation_percent", "used %", WATCH_PERCENT},
	{"speed_mbps", "Mb/s", WATCH_NUMBER},
	{"duplex", "duplex", WATCH_TEXT},
};

static const struct watch_column queue_columns[] = {
	{"interface", "interface", WATCH_TEXT},
	{"direction", "dir", WATCH_TEXT},
	{"queue", "queue", WATCH_ID},
	{"packets_per_second", "pkt/s", WATCH_RATE},
	{"share_percent", "share %", WATCH_PERCENT},
};

static const struct watch_column drop_columns[] = {
	{"place", "place", WATCH_TEXT},
	{"row", "no.", WATCH_ID},
	{"kind", "kind", WATCH_TEXT},
	{"where", "where", WATCH_TEXT},
	{"per_second", "per s", WATCH_RATE},
	{"total", "since start", WATCH_NUMBER},
	{"unit", "unit", WATCH_TEXT},
};

static const struct watch_column cpu_columns[] = {
	{"cpu", "CPU", WATCH_ID},
	{"busy_percent", "busy %", WATCH_PERCENT},
	{"softirq_percent", "softirq %", WATCH_PERCENT},
	{"steal_percent", "steal %", WATCH_PERCENT},
	{"net_rx_per_second", "NET_RX/s", WATCH_RATE},
	{"net_tx_per_second", "NET_TX/s", WATCH_RATE},
	{"processed_per_second", "processed/s", WATCH_RATE},
	{"dropped_per_second", "dropped/s", WATCH_RATE},
	{"squeezed_per_second", "squeezed/s", WATCH_RATE},
};

static const struct watch_column interrupt_columns[] = {
	{"interface", "interface", WATCH_TEXT},
	{"cpu", "CPU", WATCH_ID},
	{"interrupts_per_second", "interrupts/s", WATCH_RATE},
};

static const struct watch_column socket_columns[] = {
	{"protocol", "protocol", WATCH_TEXT},
	{"address", "address", WATCH_TEXT},
	{"port", "port", WATCH_ID},
	{"receive_queue_bytes", "receive queue", WATCH_NUMBER},
	{"limit_bytes", "limit", WATCH_NUMBER},
	{"full_percent", "full %", WATCH_PERCENT},
	{"drops_per_second", "drops/s", WATCH_RATE},
	{"drops", "drops", WATCH_NUMBER},
	{"program", "program", WATCH_TEXT},
	{"pid", "pid", WATCH_ID},
};

static const struct watch_column listener_columns[] = {
	{"address", "address", WATCH_TEXT},
	{"port", "port", WATCH_ID},
	{"queue", "queue", WATCH_NUMBER},
	{"backlog", "backlog", WATCH_NUMBER},
	{"full_percent", "full %", WATCH_PERCENT},
	{"half_open", "half-open", WATCH_NUMBER},
	{"drops_per_second", "drops/s", WATCH_RATE},
	{"drops", "drops", WATCH_NUMBER},
	{"program", "program", WATCH_TEXT},
	{"pid", "pid", WATCH_ID},
};
/* clang-format on */

#define KIND(id, name, words, is_slow, array, column, down)                                        \
	[id] = {.key = name,                                                                       \
		.title = words,                                                                    \
		.slow = is_slow,                                                                   \
		.columns = array,                                                                  \
		.n_columns = sizeof(array) / sizeof(array[0]),                                     \
		.sort = column,                                                                    \
		.descending = down}

const struct watch_section_kind watch_section_kinds[WATCH_SECTIONS] = {
	KIND(WATCH_INTERFACES, "interfaces", "Interfaces", false, interface_columns, 2, true),
	KIND(WATCH_QUEUES, "queues", "Queues", true, queue_columns, 3, true),
	KIND(WATCH_DROPS, "drops", "Drops by place", false, drop_columns, 4, true),
	KIND(WATCH_CPUS, "cpus", "CPUs", false, cpu_columns, 0, false),
	KIND(WATCH_INTERRUPTS, "interrupts", "Interrupts", true, interrupt_columns, 2, true),
	KIND(WATCH_SOCKETS, "sockets", "Sockets with data waiting", true, socket_columns, 3, true),
	KIND(WATCH_LISTENERS, "listeners", "Listening sockets", true, listener_columns, 4, true),
};
