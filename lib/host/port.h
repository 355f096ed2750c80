/*
 * The port of a NIC, taken from where its user has it for the time of a run: bound to a driver
 * that hands it to user space, or moved into a network namespace; and given back, with all that
 * this destroys (port_state.h), by the journal.
 */
#ifndef RINGLOSS_HOST_PORT_H
#define RINGLOSS_HOST_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "journal.h"
#include "knob.h"

/* What a plan says for a port's driver (SIDE.nic.driver). */
#define PORT_KEEP "keep"     /* as it is */
#define PORT_AUTO "auto"     /* what the endpoint takes */
#define PORT_KERNEL "kernel" /* the kernel's own for this device */

extern const struct knob_set port_knob_set; /* the group "nic" */

/*
 * The driver that ASKED comes to for the PCI device BUS, into BUF: a driver's name, PORT_KERNEL, or
 * PORT_KEEP when nothing is to be changed. USER_SPACE: the endpoint takes devices away from the
 * kernel. 0, or a negative errno with *err set.
 */
int port_driver_choose(const char *bus, const char *asked, bool user_space, char *buf, size_t size,
		       struct error *err);

/*
 * Bind the PCI device BUS to DRIVER (PORT_KERNEL: the one that the kernel picks). The calling
 * thread is in the namespace where the device's interface is, or comes to be. 0 when it is bound
 * and, with a kernel driver, its interface is there.
 */
int port_driver_take(struct journal *j, const char *bus, const char *driver, struct error *err);

/*
 * Move IFNAME from the calling thread's namespace into NETNS and set it up there, with its
 * addresses, routes and sysctls. Of a family without an address it gets the one given (4 and 16
 * bytes, network order; NULL: none), so that traffic has one.
 */
int port_netns_take(struct journal *j, const char *ifname, const char *netns, const uint8_t *ip,
		    const uint8_t *ip6, struct error *err);

/*
 * -EPERM with EX_CONFIG when IFNAME of this thread's namespace is how somebody reaches this host:
 * it carries a default route, or a TCP connection uses its address. Its settings are left alone
 * then, unless the user insists (SIDE.nic.force).
 */
int port_session_check(const char *ifname, struct error *err);

/*
 * Note what features of IFNAME are active, in this thread's namespace: an XDP program may cost it
 * some, which then come back. A virtual device has nothing to lose.
 */
int port_features_note(struct journal *j, const char *ifname, struct error *err);

/* By these a journal gives the port back. */
extern const struct change_kind port_driver_change_kind, port_netns_change_kind,
	port_features_change_kind;

#endif
