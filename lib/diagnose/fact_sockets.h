/*
 * The Internet sockets of this thread's namespace, one by one, for facts_socket.c.
 */
#ifndef RINGLOSS_DIAGNOSE_FACT_SOCKETS_H
#define RINGLOSS_DIAGNOSE_FACT_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

struct socket {
	uint8_t family;   /* AF_INET, AF_INET6 */
	uint8_t state;    /* TCP_LISTEN ... */
	uint8_t addr[16]; /* local, network order */
	uint16_t port;
	uint32_t queue;   /* of a listener: connections to be accepted */
	uint32_t used;    /* bytes in the receive buffer */
	bool has_limits;  /* these are known */
	uint32_t backlog; /* of a listener: the most that its queue takes */
	uint32_t limit;   /* of used */
	uint32_t drops;
	uint32_t inode;     /* 0: nobody has it open */
	uint32_t half_open; /* for the caller */
};

/* False: no more of them. */
typedef bool (*socket_cb)(const struct socket *s, void *ctx);

/*
 * CB for the sockets of PROTOCOL (IPPROTO_TCP, IPPROTO_UDP) in one of STATES (bits 1 << TCP_...),
 * IPv4 first. MEMORY: used, limit and drops are wanted. By sock_diag(7) where the kernel has it
 * already, for asking would load a module; else by /proc/net. False: neither answers.
 */
bool sockets_each(uint8_t protocol, uint32_t states, bool memory, socket_cb cb, void *ctx);

/* The two ways. */
bool sockets_each_diag(uint8_t protocol, uint32_t states, bool memory, socket_cb cb, void *ctx);
bool sockets_each_proc(uint8_t protocol, uint32_t states, socket_cb cb, void *ctx);

#endif
