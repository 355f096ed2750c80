/*
 * Who depends on a port: what would be lost for good when it gets another driver or another
 * namespace, and what nobody would forgive.
 */
#ifndef RINGLOSS_HOST_PORT_USE_H
#define RINGLOSS_HOST_PORT_USE_H

#include <stddef.h>

#define PORT_USES_MAX 16

struct port_uses {
	size_t n;
	struct {
		const char *what; /* "it carries a default route" */
		char remedy[160]; /* how to end that */
	} use[PORT_USES_MAX];
};

/* The `what` of a use that an endpoint of ours makes, too. */
extern const char port_use_xdp[];

/*
 * All uses of IFNAME of this thread's namespace, each kind once. 0, or a negative errno when the
 * kernel does not say; what it did not say about namespaces of others is left out.
 */
int port_uses_find(const char *ifname, struct port_uses *found);

#endif
