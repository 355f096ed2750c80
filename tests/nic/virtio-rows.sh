#!/bin/bash
# model: virtio
# needs: guest
# when: all
# Settings of a driver that takes some of them and refuses others without a word.
set -u
# shellcheck source-path=SCRIPTDIR source=rows.sh
. "$(dirname "$0")/rows.sh"

rows <<'JOB'
row "nic.rx_ring=256 nic.tx_ring=64 -- nic.rx_ring=max" "256 64 1024" \
	"ethtool -g eth0 | sed '1,/Current/d' | grep '^[RT]X:'" "RX: 1024 TX: 256"
refused nic.rx_ring=100 "give a power of two"
refused nic.rx_ring=2048 "the driver's maximum is 1024"
refused nic.channels=2 "2 channels: the driver's maximum is 1"
row "nic.mtu=1400 nic.txqueuelen=500 nic.promisc=on" "1400 500 on" \
	"ip link show eth0 | grep -oE 'PROMISC|mtu 1400|qlen 500'" "PROMISC mtu 1400 qlen 500"
row nic.pause=off unsupported "ethtool -a eth0 2>/dev/null | wc -l" 0
row coalesce.rx_usecs=0 0 "ethtool -c eth0 | grep ^rx-usecs:" "rx-usecs: 0"
refused coalesce.rx_usecs=20 "set it to keep"
refused coalesce.adaptive_rx=on "took on without an error, but it is still off"
row offload.gro=off off "ethtool -k eth0 | grep generic-rec" "generic-receive-offload: off"
row offload.gro_hw=on "off [requested on]" "ethtool -k eth0 | grep gro-hw" "rx-gro-hw: off [requested on]"
row qdisc.root=pfifo pfifo "ip link show eth0 | grep -o 'qdisc [a-z_]*'" "qdisc pfifo"
JOB
check_host
