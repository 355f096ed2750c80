/*
 * The drivers that are known, a row each. What is not known is not supposed: another driver gets
 * its frames laid out anew each time, and its counters are as ethdev gives them.
 */
#include "dpdk_driver.h"

#include <string.h>
#include <sys/socket.h>

/* Missed frames are counted, buffers kept: what the PCI drivers listed have in common. */
#define PCI_KEEPS(driver)                                                                          \
	{                                                                                          \
		.name = driver, .mode = "pci", .keeps_buffers = true, .counts_missed = true,       \
		.counts_nombuf = true, .has_rings = true                                           \
	}

/* Source files are those of DPDK 22.11. */
static const struct dpdk_driver rows[] = {
	/* rte_eth_af_xdp.c, af_xdp_tx_zc: copies what is not of the socket's own pool; a failed
	 * allocation leaves the frames in the ring (af_xdp_rx_zc); imissed leaves a full RX
	 * ring out; the fill ring takes ETH_AF_XDP_DFLT_NUM_DESCS */
	{.name = "net_af_xdp",
	 .mode = "net_af_xdp",
	 .keeps_buffers = true,
	 .counts_missed = true,
	 .has_rings = true,
	 .socket_family = AF_XDP,
	 .extra_mbufs = 2048},
	/* rte_eth_af_packet.c: copies into the ring; VLAN insertion only by ol_flags; neither
	 * MTU nor ring losses are looked at */
	{.name = "net_af_packet",
	 .mode = "net_af_packet",
	 .keeps_buffers = true,
	 .ignores_mtu = true,
	 .has_rings = true,
	 .ring_arg = "framecnt",
	 .socket_family = AF_PACKET},
	/* rte_eth_memif.c: copies, or frees what it has handed over. A frame in several buffers
	 * comes out in pieces when the ring is full (eth_memif_tx). Closing leaves the listening
	 * socket and its callback (memif_socket_remove_device), and uses a control channel that is
	 * gone when the other end went first (memif_dev_close). */
	{.name = "net_memif",
	 .mode = "net_memif",
	 .keeps_buffers = true,
	 .ignores_mtu = true,
	 .opens_once = true,
	 .has_rings = true,
	 .ring_arg = "rsize",
	 .ring_arg_log2 = true,
	 .buffer_arg = "bsize",
	 .passive = "role=server"},
	/* rte_eth_null.c: frees */
	{.name = "net_null", .mode = "net_null", .keeps_buffers = true},
	/* rte_eth_ring.c: the buffers come out at the other end, which is a sink of ours */
	{.name = "net_ring", .mode = "net_ring", .keeps_buffers = true},
	/* pcap_ethdev.c: writes and frees */
	{.name = "net_pcap",
	 .mode = "net_pcap",
	 .file_arg = "tx_pcap",
	 .file_mode = "net_pcap/file",
	 .keeps_buffers = true,
	 .ignores_mtu = true},
	/* rte_eth_tap.c: writes and frees; copies what wants a checksum, by ol_flags */
	{.name = "net_tap", .mode = "net_tap", .keeps_buffers = true},
	{.name = "net_vhost", .mode = "net_vhost"},
	{.name = "net_virtio_user", .mode = "net_virtio"},
	{.name = "net_virtio", .mode = "net_virtio"},
	/* their transmit functions (em_rxtx.c, igb_rxtx.c, igc_txrx.c, ixgbe_rxtx.c, i40e_rxtx.c,
	 * ice_rxtx.c, iavf_rxtx.c and the vector ones beside them) only read buffers */
	PCI_KEEPS("net_e1000_em"),
	PCI_KEEPS("net_e1000_igb"),
	PCI_KEEPS("net_igc"),
	PCI_KEEPS("net_ixgbe"),
	PCI_KEEPS("net_i40e"),
	PCI_KEEPS("net_ice"),
	PCI_KEEPS("net_iavf"),
	/* no imissed */
	{.name = "net_mana", .mode = "pci", .counts_nombuf = true, .has_rings = true},
};

static const struct dpdk_driver pci = {
	.mode = "pci", .counts_missed = true, .counts_nombuf = true, .has_rings = true};
static const struct dpdk_driver other = {.mode = "vdev", .counts_missed = true};

const struct dpdk_driver *dpdk_driver_find(const char *name, bool is_pci)
{
	size_t i;

	for (i = 0; name && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return is_pci ? &pci : &other;
}
