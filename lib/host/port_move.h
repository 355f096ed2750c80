/* Finding a port and moving it between namespaces; shared by port_netns.c and port_driver.c. */
#ifndef RINGLOSS_HOST_PORT_MOVE_H
#define RINGLOSS_HOST_PORT_MOVE_H

#include <net/if.h>
#include <stdbool.h>

/* IFNAME of this thread's namespace into TO (an fd) under the name WANTED. 0 or a negative errno.
 */
int port_move(const char *ifname, int to, const char *wanted);

/* WANTED as the name of IFNAME, which is down. 0 or a negative errno. */
int port_rename(const char *ifname, const char *wanted);

/*
 * The same where WANTED is another's, which is as the kernel has named it, and down: one that came
 * back at the same time, and got each other's name. They swap. -EEXIST: somebody else's.
 */
int port_swap_names(const char *ifname, const char *wanted);

/*
 * The present name in this thread's namespace of the port at BUS, or, when BUS is "", of a
 * virtual one called IFNAME. False: it is not here.
 */
bool port_find(const char *bus, const char *ifname, char now[IF_NAMESIZE]);

#endif
