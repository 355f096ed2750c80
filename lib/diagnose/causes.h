/*
 * Inside lib/diagnose: the explain and measure functions that rules name, in files by layer
 * (cause_*.c), and what they are made of.
 */
#ifndef RINGLOSS_DIAGNOSE_CAUSES_H
#define RINGLOSS_DIAGNOSE_CAUSES_H

#include "diagnose.h"

/* A sysctl of the subject's namespace or of the machine, as a number. False: not known. */
bool sysctl_value(const struct explanation *e, const char *name, int64_t *value);

/* An element of a list that is read twice, and by how much its counter rose. */
struct moved {
	const json_t *element;
	int64_t delta;
};

/*
 * Elements of fact NAME of the subject whose COUNTER rose, the most first; elements are the same
 * which are alike in all KEYS. How many, at most MAX.
 */
size_t facts_moved(const struct explanation *e, const char *name, const char *keys,
		   const char *counter, struct moved list[], size_t max);

/* What the observer saw in the subject's namespace under COUNTER ("bpf.no_listener") meanwhile. */
struct event {
	const json_t *event; /* as observer_events lists it */
	int64_t frames;
};

size_t events_moved(const struct explanation *e, const char *counter, struct event list[],
		    size_t max);

/* The name of the interface that an event is of, into BUF; "" if it is not known. */
const char *event_device(const struct explanation *e, const json_t *event, char *buf, size_t size);

/* "IPv4 UDP, port 5000" of an event, as far as it is known, into BUF; "" if nothing is. */
const char *event_flow(const json_t *event, char *buf, size_t size);

/* "port 5000 (iperf3, pid 17)" of a socket, as far as it is known, into BUF. */
const char *socket_text(const json_t *socket, char *buf, size_t size);

/* Lines of the kernel log of the last hour that hold WORD are causes, the newest two. */
void explain_log(struct explanation *e, const char *word);

#define EXPLAIN(name) void cause_##name(struct explanation *e)
#define MEASURE(name) int64_t measure_##name(struct sight *sight, struct subject *subject)
/* cause_nic.c */
EXPLAIN(rx_ring);
EXPLAIN(rx_port);
EXPLAIN(rx_length);
EXPLAIN(wire);
EXPLAIN(carrier);
EXPLAIN(pause_rx);
EXPLAIN(pause_tx);
EXPLAIN(pfc);
EXPLAIN(cloud);
EXPLAIN(rdma);
EXPLAIN(rdma_congestion);
EXPLAIN(interrupts);
MEASURE(interrupts);
/* cause_driver.c */
EXPLAIN(redirect);
EXPLAIN(xdp);
EXPLAIN(xdp_netns);
EXPLAIN(driver_rx);
EXPLAIN(alloc);
EXPLAIN(driver_tx);
EXPLAIN(tx_ring);
EXPLAIN(qdisc);
EXPLAIN(qdisc_netns);
EXPLAIN(inactive);
EXPLAIN(other_host);
/* cause_ip.c */
EXPLAIN(protocol);
EXPLAIN(tc);
EXPLAIN(rp_filter);
EXPLAIN(no_route);
EXPLAIN(ip_address);
EXPLAIN(ip_header);
EXPLAIN(ip_memory);
EXPLAIN(reassembly);
EXPLAIN(neighbour);
EXPLAIN(neighbour_table);
bool when_nobody_observes(struct sight *sight, struct subject *subject);
EXPLAIN(mtu);
EXPLAIN(icmp_rate);
EXPLAIN(storm);
MEASURE(storm);
EXPLAIN(kernel_drop);
/* cause_firewall.c */
EXPLAIN(firewall);
EXPLAIN(conntrack);
EXPLAIN(insert_failed);
/* cause_udp.c */
EXPLAIN(no_listener);
EXPLAIN(checksum);
EXPLAIN(udp_memory);
EXPLAIN(udp_buffer);
EXPLAIN(socket_drop);
EXPLAIN(send_buffer);
/* cause_tcp.c */
EXPLAIN(accept_queue);
EXPLAIN(half_open);
EXPLAIN(paws);
EXPLAIN(tcp_backlog);
EXPLAIN(tcp_buffer);
EXPLAIN(zero_window);
EXPLAIN(tcp_memory);
bool when_tcp_memory_is_full(struct sight *sight, struct subject *subject);
EXPLAIN(time_wait);
EXPLAIN(ports);
MEASURE(ports);
EXPLAIN(retransmission);
bool when_sent_again_for_loss(struct sight *sight, struct subject *subject);
EXPLAIN(resets);
EXPLAIN(signatures);
/* cause_machine.c */
EXPLAIN(backlog);
EXPLAIN(squeeze);
EXPLAIN(steal);
EXPLAIN(softirq_cpus);
EXPLAIN(memory);
MEASURE(steal);
MEASURE(softirq_cpus);
MEASURE(memory);
#undef EXPLAIN
#undef MEASURE

#endif
