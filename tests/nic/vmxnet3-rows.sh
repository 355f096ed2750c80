#!/bin/bash
# model: vmxnet3
# needs: guest
# when: all
# Every row of a NIC's settings that vmxnet3 has, and what it refuses.
set -u
# shellcheck source-path=SCRIPTDIR source=rows.sh
. "$(dirname "$0")/rows.sh"

rows <<'JOB'
# The driver gives powers of two, at least 32.
row "nic.rx_ring=100 nic.tx_ring=100" "128 128" \
	"ethtool -g eth0 | sed '1,/Current/d' | grep '^[RT]X:'" "RX: 128 TX: 128"
row "nic.rx_ring=1 -- nic.rx_ring=256 -- nic.rx_ring=max" "32 256 4096" \
	"ethtool -g eth0 | sed '1,/Current/d' | grep '^RX:'" "RX: 4096"
refused nic.channels=1 "set it to keep"
row "nic.mtu=1400 nic.txqueuelen=500 nic.promisc=on" "1400 500 on" \
	"ip link show eth0 | grep -oE 'PROMISC|mtu 1400|qlen 500'" "PROMISC mtu 1400 qlen 500"
row nic.pause=off unsupported "ethtool -a eth0 2>/dev/null | wc -l" 0
refused nic.pause=on "set it to keep"
row rss.indirection=equal:1 equal:1 "ethtool -x eth0 | grep '^ *120:'" " 120: 0 0 0 0 0 0 0 0"
row "endpoint=dpdk pmd=net_af_xdp queues=1 receives=yes rss.indirection=auto" "- - - - equal:1" \
	"ethtool -x eth0 | grep '^ *120:'" " 120: 0 0 0 0 0 0 0 0"
refused coalesce.rx_usecs=50 "set it to keep"
row "offload.rx_checksum=off offload.rx_vlan=off" "off off" \
	"ethtool -k eth0 | grep -E 'rx-check|rx-vlan-off'" "rx-checksumming: off rx-vlan-offload: off"
# goes with the checksums, and comes back with them
row "offload.lro=on -- offload.rx_checksum=off offload.lro=on" "on off off [requested on]" \
	"ethtool -k eth0 | grep large" "large-receive-offload: off [requested on]"
row qdisc.root=pfifo pfifo "ip link show eth0 | grep -o 'qdisc [a-z_]*'" "qdisc pfifo"
JOB
check_host
