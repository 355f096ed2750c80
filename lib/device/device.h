/*
 * What a user's name for a device means: "net:eth5", "pci:0000:3b:00.0",
 * "lab" (made into net: by the run), "" for endpoints without one. Resolved
 * once, by one function, in the process (and namespace) of the agent.
 */
#ifndef RINGLOSS_DEVICE_DEVICE_H
#define RINGLOSS_DEVICE_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "error.h"

struct device {
	char name[512];           /* as the user wrote it */
	char ifname[16];          /* "" if the kernel has no interface for it */
	int ifindex;              /* 0 without interface */
	char bus[32];             /* "0000:3b:00.0"; "" for virtual ones */
	char driver[32];          /* "veth", "igb", ...; "" unknown */
	char firmware[64];        /* as the driver says; "" unknown */
	uint8_t mac[6];           /* current MAC */
	uint8_t permanent_mac[6]; /* zero if the driver has none */
	uint8_t ip[4];            /* first IPv4 address, network order; 0 without */
	bool has_ip;
	uint8_t ip6[16]; /* first global IPv6 address; link-local if it has no other; 0 without */
	bool has_ip6;
	int numa_node;                 /* -1 unknown */
	uint32_t mtu;                  /* bytes */
	uint32_t rx_queues, tx_queues; /* present number (channels) */
	bool up, carrier;
	char qdisc[16];     /* kind of the root qdisc: "noqueue", "mq", ...; "" unknown */
	int64_t speed_mbps; /* -1 unknown */
	bool real_speed;    /* false for veth and other virtual ones, whose speed means nothing */
	char pf[32];        /* PF of a VF, "" otherwise */
	char netns[64];     /* namespace the side lives in, "" for the host's own */
};

/*
 * EX_USAGE for a name that is none (with the forms that are), EX_NOINPUT for a
 * device that is not there (with those that are).
 */
int device_resolve(const char *name, struct device *device, struct error *err);

/* For results and for the other side. New reference. */
json_t *device_json(const struct device *device);

/* The receiving half of device_json. */
int device_from_json(const json_t *value, struct device *device, struct error *err);

#endif
