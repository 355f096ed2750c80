/* Attaching a sink's XDP program; what af_xdp and xdp have in common. */
#ifndef RINGLOSS_ENDPOINT_XDP_ATTACH_H
#define RINGLOSS_ENDPOINT_XDP_ATTACH_H

#include <stdint.h>

#include "device.h"
#include "error.h"

enum xdp_mode { XDP_MODE_NATIVE, XDP_MODE_GENERIC };

/* The words of the knob xdp_mode, NULL-terminated, in the order of enum xdp_mode. */
extern const char *const xdp_mode_names[];

/*
 * Attach by bpf_link: the kernel detaches the program with the link's last holder. A
 * predecessor that was killed is waited out. The link's descriptor, which is the caller's to
 * close, or a negative errno with *err.
 */
int xdp_attach(const struct device *device, int prog_fd, uint32_t mode, struct error *err);

#endif
