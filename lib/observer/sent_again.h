/*
 * What TCP sends again, by connection, in every namespace of the host: BPF programs at the kernel's
 * tracepoints tcp:tcp_retransmit_skb, tcp_retransmit_synack, tcp_send_reset and tcp_receive_reset
 * (xdp/retransmit.bpf.c). They cost nothing while nothing is sent again.
 */
#ifndef RINGLOSS_OBSERVER_SENT_AGAIN_H
#define RINGLOSS_OBSERVER_SENT_AGAIN_H

#include <stdint.h>

#include <jansson.h>

#include "error.h"

struct sent_again;

/*
 * Load and attach. 0 with *again, which the caller closes, or a negative errno: -ENOTSUP without
 * BTF or the tracepoints of what is sent again, -EPERM.
 */
int sent_again_open(struct sent_again **again, struct error *err);

/* Detach and free; NULL is fine. */
void sent_again_close(struct sent_again *again);

/*
 * Connections since opening, the 100 with the most segments sent again first: [{"netns" (inode),
 * "family" ("IPv4", "IPv6"), "local", "local_port", "remote", "remote_port", "state" (at its last
 * event: "ESTABLISHED", "SYN_SENT", "SYN_RECV" of a request ...), "segments", "syns" (of these),
 * "resets" (sent or received)}]. An IPv4 connection of an IPv6 socket is IPv4. Never reset, so
 * differences are exact. *missed: segments sent again that are in no connection, for want of room
 * or because a program was at work on that CPU; with these the sum of "segments" in a namespace is
 * its Tcp.RetransSegs. Before 6.16 the kernel says nothing of those that fail in this host's own
 * output (__tcp_retransmit_skb, net/ipv4/tcp_output.c). MISSED may be NULL. New reference; NULL:
 * could not be read.
 */
json_t *sent_again_list(struct sent_again *again, uint64_t *missed);

#endif
