/*
 * One netlink request with its answer, and generic netlink's families: what asks the kernel of a
 * device here and there. The socket is opened in this thread's network namespace for each request.
 */
#ifndef RINGLOSS_DEVICE_NETLINK_H
#define RINGLOSS_DEVICE_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

/*
 * One request on PROTOCOL (NETLINK_ROUTE ...); CB for each message of the answer. 0 or a
 * negative errno (that of the kernel's answer included). -EINTR: a dump that is not of one
 * moment (NLM_F_DUMP_INTR).
 */
int netlink_query(int protocol, struct nlmsghdr *request, mnl_cb_t cb, void *ctx);

/*
 * Sockets of FAMILY and IP PROTOCOL in STATES (bits), a message each to CB (struct inet_diag_msg);
 * MEMORY: with INET_DIAG_SKMEMINFO. As netlink_query; sock_diag(7).
 */
int netlink_sockets(uint8_t family, uint8_t protocol, uint32_t states, bool memory, mnl_cb_t cb,
		    void *ctx);

/* The number of a generic netlink family: 0, -ENOENT if the kernel has it not, another errno. */
int netlink_genl_family(const char *name, uint16_t *family);

/* A request to it in BUF (room enough for what is put after it), with its header. */
struct nlmsghdr *netlink_genl_request(char *buf, uint16_t family, uint8_t cmd, uint16_t flags);

#endif
