/*
 * What the kernel says about an interface when doctor asks: answers of ethtool and netlink as they
 * are, each with the errno it came with. Asked in one go, so that checks are pure.
 */
#ifndef RINGLOSS_DOCTOR_NIC_FACTS_H
#define RINGLOSS_DOCTOR_NIC_FACTS_H

#include <linux/ethtool.h>
#include <stdbool.h>
#include <stdint.h>

#include "device.h"
#include "port_use.h"

#define NIC_FLAGS_MAX 64
#define NIC_PROGRAMS_MAX 8
#define NIC_QDISCS_MAX 8

/* Features that doctor asks for, in the order of nic_features. */
enum nic_feature {
	NIC_LRO,
	NIC_GRO_HW,
	NIC_GRO_LIST,
	NIC_UDP_GRO_FORWARDING,
	NIC_GRO,
	NIC_FEATURES,
};

/* Their names (net/ethtool/common.c). */
extern const char *const nic_features[NIC_FEATURES];

/* A *_ret is 0, or the negative errno with which the question was answered. */
struct nic_facts {
	int link_ret;
	uint8_t duplex; /* DUPLEX_FULL ... */
	int ring_ret;
	struct ethtool_ringparam ring;
	int push_ret;
	bool tx_push;
	uint32_t tx_push_len; /* bytes; 0: the driver has none */
	int channels_ret;
	struct ethtool_channels channels;
	int rss_ret;
	uint32_t *rss; /* queue of each entry */
	size_t rss_size;
	int pause_ret;
	struct ethtool_pauseparam pause;
	int coalesce_ret;
	struct ethtool_coalesce coalesce;
	int eee_ret;
	struct ethtool_eee eee;
	int feature[NIC_FEATURES]; /* 1, 0 or a negative errno */
	bool fixed[NIC_FEATURES];  /* the driver does not let it be changed */
	int flags_ret;
	char flag_names[NIC_FLAGS_MAX][ETH_GSTRING_LEN + 1]; /* private flags of the driver */
	uint32_t flags;
	size_t n_flags;
	int xdp_features_ret;
	uint64_t xdp_features;
	int xdp_ret;
	size_t n_xdp; /* programs attached */
	uint32_t xdp_ids[NIC_PROGRAMS_MAX];
	const char *xdp_modes[NIC_PROGRAMS_MAX]; /* "native", "generic", "offloaded" */
	uint32_t xdp_links[NIC_PROGRAMS_MAX];    /* that hold them; 0: attached by netlink */
	int tc_ret;
	size_t tc_filters, tcx_programs; /* of both directions */
	int qdisc_ret;
	char qdiscs[NIC_QDISCS_MAX][16]; /* kinds, once each */
	size_t n_qdiscs;
	int use_ret;
	struct port_uses uses;
	int firewall_ret;
	size_t drop_rules;
	uint64_t dropped; /* by those that count */
};

/* Ask for DEVICE's interface in this thread's namespace. */
void nic_facts_read(const struct device *device, struct nic_facts *facts);

void nic_facts_free(struct nic_facts *facts);

#endif
